"""Dates in a pack: literals, and the months by which a formula moves a date."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from mujun.errors import UsageError
from mujun.pack.formula import Binary, Expr, Name, Number
from mujun.quantity import PURE, Dimension, Quantity, describe, multiply, normalise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from mujun.pack.policy import Parameter

_DATE = re.compile("([0-9]{4})([-/年])([0-9]{1,2})([-/月])([0-9]{1,2})(日?)")
_SIGNS = (("-", "-", ""), ("/", "/", ""), ("年", "月", "日"))
_YEARS: Dimension = (("年", 1),)
_MOST_MONTHS = 1200
_FIRST, _LAST = 1900, 2099


def looks_like_date(text: str) -> bool:
    """Whether a text is written as a date: ``2021-05-23``, ``2021/5/23``, ``2021年5月23日``."""
    return _parts(text) is not None


def _parts(text: str) -> tuple[int, int, int] | None:
    found = _DATE.fullmatch(normalise(text))
    return (int(found[1]), int(found[3]), int(found[5])) if found and found.group(2, 4, 6) in _SIGNS else None


def parse_date(text: str) -> datetime.date:
    """Parse a date. Raises `UsageError` for what is none, and for a day that the calendar does not have."""
    found = _parts(text)
    if found is None:
        raise UsageError(f"“{text.strip()}”不是日期", "应写年月日，如 2021-05-23")
    year, month, day = found
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        raise UsageError(f"没有“{text.strip()}”这一天", "请核对年月日") from None
    if not _FIRST <= year <= _LAST:
        raise UsageError(f"日期“{text.strip()}”应在 {_FIRST} 至 {_LAST} 年之间", "请核对年份")
    return date


def months(expr: Expr, parameters: Mapping[str, Parameter]) -> int:
    """The months that the second part of ``加月(日期, n)`` stands for: a whole number, or a time such as 3年.

    Raises `UsageError` where it is neither, or rests on data.
    """
    value, dimension = _fold(expr, parameters)
    if dimension == _YEARS:
        value *= 12
    elif dimension != PURE:
        raise UsageError(f"加月(日期, n) 的 n 应为月数或年数，这里是{describe(dimension)}", "如 12、3年")
    if value.denominator != 1 or abs(value) > _MOST_MONTHS:
        raise UsageError(f"加月(日期, n) 的 n 应为 {_MOST_MONTHS} 以内的整月数", "如 12、3年")
    return int(value)


def _fold(expr: Expr, parameters: Mapping[str, Parameter]) -> tuple[Fraction, Dimension]:
    match expr:
        case Number(value):
            return value, PURE
        case Name(name) if name in parameters and isinstance(found := parameters[name].value, Quantity):
            return found.base_value, found.unit.dimension
        case Binary(op, left, right) if op in "*/":
            (a, unit), (b, other) = _fold(left, parameters), _fold(right, parameters)
            if op == "/" and not b:
                raise UsageError("加月(日期, n) 的 n 不能除以 0", "如 12、3年")
            return (a * b if op == "*" else a / b), multiply(unit, other, 1 if op == "*" else -1)
    raise UsageError("加月(日期, n) 的 n 应为数字或参数，不能随数据而变", "如 12，或值为 3年 的参数")
