"""Exact figures as plain decimals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.quantity import decimal_text, round_half_up

if TYPE_CHECKING:
    from fractions import Fraction

    from mujun.quantity import Unit

_DIGITS = 6


def text(number: Fraction | None, unit: Unit | None) -> str | None:
    """A figure in a unit, to six decimals at most."""
    return plain(number / unit.factor) if number is not None and unit is not None else None


def plain(number: Fraction | None) -> str | None:
    """A number as a plain decimal, to six decimals at most."""
    return decimal_text(round_half_up(number, _DIGITS)) if number is not None else None
