"""Quotients to 28 decimals in SQL, for scores: what DOUBLE says, and what that leaves over.

A number is ``high + rest``: `high` a DECIMAL of twelve decimals, `rest` a DOUBLE of at most half a unit of the last of
them. The rest of a quotient is worked out exactly, so that products and sums of a few such numbers are right far beyond
the decimals to which a score is rounded. It takes fifty times as long as DOUBLE: it is for what groups have in common,
and for the few scores that lie too near a rounding line for DOUBLE to tell.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec

from mujun.plan.arith import Num, scaled
from mujun.quantity import decimal_text

HIGH = "DECIMAL(38, 12)"
FINE = "DECIMAL(38, 18)"
"""What sums of points are kept in while a score is reckoned."""


class Precise(msgspec.Struct, frozen=True):
    """SQL for the parts of a number. `near` is their sum as DOUBLE."""

    high: str
    rest: str
    near: str


def decimal(value: Fraction, kind: str = FINE) -> str:
    """A constant as DECIMAL, rounded where it has more decimals."""
    digits = int(kind.partition(",")[2].strip(" )"))
    return f"CAST({_plain(value, digits)} AS {kind})"


def double(value: Fraction) -> str:
    """A constant as DOUBLE."""
    return f"CAST({float(value)!r} AS DOUBLE)"


def constant(value: Fraction) -> Precise:
    """A constant."""
    high = Fraction(_plain(value, 12))
    return Precise(decimal(value, HIGH), double(value - high), double(value))


def column(high: str, rest: str, near: str) -> Precise:
    """What has been worked out into columns."""
    return Precise(high, rest, near)


def quotient(top: str, bottom: str, near: str = "") -> Precise:
    """A quotient of two whole numbers, `bottom` > 0 or NULL. `near` is a column that holds it as DOUBLE."""
    if bottom == "1":
        near = near or f"CAST({top} AS DOUBLE)"
        return Precise(f"CAST({top} AS {HIGH})", "CAST(0 AS DOUBLE)", near)
    near = near or f"CAST({top} AS DOUBLE) / CAST({bottom} AS DOUBLE)"
    high = f"CAST({near} AS {HIGH})"
    return Precise(high, f"CAST({top} - {high} * ({bottom}) AS DOUBLE) / CAST({bottom} AS DOUBLE)", near)


def share(top: str, bottom: str, by: Fraction, near: str = "") -> Precise:
    """A quotient of two whole numbers times a constant."""
    return quotient(scaled(top, by.numerator), scaled(bottom, by.denominator), near)


def over(value: Fraction, divisor: Precise) -> Precise:
    """A constant over a number that is more than 0 or NULL."""
    near = f"{double(value)} / {divisor.near}"
    high = f"CAST({near} AS {HIGH})"
    left = f"CAST({decimal(value, HIGH)} - {high} * {divisor.high} AS DOUBLE)"
    return Precise(high, f"({left} - CAST({high} AS DOUBLE) * {divisor.rest}) / {divisor.near}", near)


def minus(left: Precise, right: Precise) -> Precise:
    """The difference."""
    high, rest = f"({left.high} - {right.high})", f"({left.rest} - {right.rest})"
    return Precise(high, rest, f"(CAST({high} AS DOUBLE) + {rest})")


def product(left: Precise, right: Precise) -> str:
    """The product, as a DECIMAL of more decimals than `FINE` has."""
    rest = f"CAST({left.high} AS DOUBLE) * ({right.rest}) + ({left.rest}) * CAST({right.high} AS DOUBLE)"
    return f"({left.high} * {right.high} + CAST({rest} AS DECIMAL(38, 24)))"


def fine(number: Precise) -> str:
    """The number in `FINE`."""
    return f"(CAST({number.high} AS {FINE}) + CAST({number.rest} AS {FINE}))"


def split(expression: str) -> Precise:
    """A number in `FINE` as its parts."""
    high = f"CAST({expression} AS {HIGH})"
    return Precise(high, f"CAST({expression} - {high} AS DOUBLE)", f"CAST({expression} AS DOUBLE)")


def ratio(top: str, bottom: str) -> str:
    """A number in `FINE` over one that is more than 0 or NULL, with at most six decimals, in `FINE`."""
    high = f"CAST(CAST({top} AS DOUBLE) / CAST({bottom} AS DOUBLE) AS {HIGH})"
    return f"({high} + CAST(CAST({top} - {high} * {bottom} AS DOUBLE) / CAST({bottom} AS DOUBLE) AS {FINE}))"


def of(number: Num) -> Precise:
    """A number of the plan, in base units."""
    return share(number.top, number.bottom, number.factor)


def plain(value: Fraction) -> str:
    """A number of at most six decimals as text."""
    return decimal_text(value)


def _plain(value: Fraction, digits: int) -> str:
    """Decimal text with so many decimals, rounded half up."""
    whole = abs(value) * 10**digits
    text = str((2 * whole.numerator + whole.denominator) // (2 * whole.denominator)).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{text[:-digits]}.{text[-digits:]}"
