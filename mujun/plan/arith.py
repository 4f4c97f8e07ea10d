"""Exact arithmetic in SQL: a number is a fraction of two integers, so that no division can blur a threshold.

Amounts reach a plan as whole millionths of their unit (`SCALE`). A formula becomes numerator, denominator and an exact
constant factor; ``税收 / 用地面积 < 3万元/亩`` is compared as ``税收 < 3 * 用地面积``. Measured against this, DOUBLE
and DuckDB's DECIMAL division put one in five of the firms exactly on the line on its wrong side.

Denominators are positive or NULL: a zero or negative divisor makes the ratio missing.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec

from mujun.errors import UsageError
from mujun.quantity import SCALE, Unit

INTEGER = "DECIMAL(38, 0)"
"""The type of whole numbers that may outgrow BIGINT, in which plans calculate otherwise, as it is quicker.

Both are exact, and an overflow is an error and never a wrong number.
"""

_LARGEST = 10**16
"""A stored amount, in millionths of its unit; intake takes none beyond 2.25e15, and adds up a few of them."""

_BIGINT = 2**63


class Num(msgspec.Struct, frozen=True):
    """The number ``top / bottom * factor``; `top` and `bottom` are integer SQL expressions, `bottom` > 0 or NULL.

    A `bottom` of ``"1"`` means none. `factor` is positive and leads to base units (see `mujun.quantity.Unit`). `most`
    is the largest that `top` or `bottom` can be, but for their sign.
    """

    top: str
    bottom: str = "1"
    factor: Fraction = Fraction(1)
    most: int = 1

    @property
    def value(self) -> Fraction | None:
        """A constant in base units; None for what differs from row to row."""
        return self.factor * int(self.top) if self.bottom == "1" and _is_literal(self.top) else None


def column(identifier: str, unit: Unit) -> Num:
    """A stored amount of `unit`."""
    return Num(identifier, "1", unit.factor / SCALE, _LARGEST)


def constant(value: Fraction) -> Num:
    """A constant in base units."""
    if value <= 0:
        return Num(_literal(value.numerator), "1", Fraction(1, value.denominator), abs(value.numerator))
    return Num("1", "1", value)


def _times(left: str, right: str, most: int) -> str:
    """The product of two integer expressions, without idle ones; it is `most` at most."""
    if left == "1":
        return right
    if right == "1":
        return left
    if _is_literal(left) and _is_literal(right):
        # DuckDB would take them for INTEGER, and their product for too large.
        return _literal(int(left) * int(right))
    return f"{_closed(left)} * {_closed(right) if most < _BIGINT else _wide(right)}"


def _wide(expression: str) -> str:
    return f"CAST({expression} AS {INTEGER})"


def scaled(expression: str, by: int, most: int = _BIGINT) -> str:
    """An integer expression times a whole number; the expression is `most` at most."""
    return _times(_literal(by), expression, most * abs(by))


def total(expression: str) -> str:
    """The sum of an integer expression over the rows of a group, as `INTEGER`."""
    return _wide(f"SUM({expression})")


def _literal(number: int) -> str:
    """A whole number as SQL. With more digits than `INTEGER` has it would silently be read as DOUBLE."""
    if abs(number) >= 10**38:
        raise UsageError("政策里有数字超过 38 位，无法精确比较", "请减少参数和公式里数字的位数")
    return str(number)


def _is_literal(expression: str) -> bool:
    return expression.removeprefix("-").isdecimal()


def _closed(expression: str) -> str:
    if expression.startswith(("CASE ", "-")) or " + " in expression or " - " in expression:
        return f"({expression})"
    return expression


def _aligned(left: Num, right: Num) -> tuple[Num, Num]:
    """Two numbers over one common factor."""
    ratio = left.factor / right.factor
    factor = right.factor / ratio.denominator
    return _over(left, ratio.numerator, factor), _over(right, ratio.denominator, factor)


def _over(number: Num, by: int, factor: Fraction) -> Num:
    return Num(scaled(number.top, by, number.most), number.bottom, factor, number.most * by)


def add(left: Num, right: Num, sign: str = "+") -> Num:
    """Sum or difference."""
    if left.value is not None and right.value is not None:
        return constant(left.value + right.value if sign == "+" else left.value - right.value)
    left, right = _aligned(left, right)
    a, b, bottom, most = left.top, right.top, left.bottom, left.most + right.most
    if left.bottom != right.bottom:
        each = left.most * right.most
        a, b, bottom = (_times(*pair, each) for pair in ((a, right.bottom), (b, left.bottom), (bottom, right.bottom)))
        most = 2 * each
    a = a if most < _BIGINT else _wide(a)
    return Num(f"{a} {sign} {_closed(b) if sign == '-' else b}", bottom, left.factor, most)


def multiply(left: Num, right: Num) -> Num:
    """Product."""
    if left.value is not None and right.value is not None:
        return constant(left.value * right.value)
    most = left.most * right.most
    top, bottom = _times(left.top, right.top, most), _times(left.bottom, right.bottom, most)
    return Num(top, bottom, left.factor * right.factor, most)


def divide(left: Num, right: Num) -> Num:
    """Quotient; missing where the divisor is not positive."""
    if left.value is not None and right.value is not None and right.value > 0:
        return constant(left.value / right.value)
    factor, both = left.factor / right.factor, left.most * right.most
    top = _times(left.top, right.bottom, both)
    if right.top == "1":
        return Num(top, left.bottom, factor, both)
    divisor = f"CASE WHEN {right.top} > 0 THEN {right.top} END"
    most = max(left.most, right.most) if left.bottom == right.bottom == "1" else both
    return Num(top, _times(left.bottom, divisor, both), factor, most)


def compare(left: Num, op: str, right: Num) -> str:
    """A three-valued comparison: NULL where either side is missing."""
    both, ratio = left.most * right.most, left.factor / right.factor
    a, b = _times(left.top, right.bottom, both), _times(right.top, left.bottom, both)
    a = scaled(a, ratio.numerator, left.most if right.bottom == "1" else both)
    b = scaled(b, ratio.denominator, right.most if left.bottom == "1" else both)
    return f"{a} {'<>' if op == '!=' else op} {b}"


def present(number: Num) -> str:
    """Whether a number is known."""
    known = [f"{part} IS NOT NULL" for part in (number.top, number.bottom) if part != "1"]
    return " AND ".join(known) if known else "TRUE"


def if_missing(value: Num, other: Num) -> Num:
    """``若缺(x, y)``: x where it is known, else y."""
    if value.value is not None:
        return value
    return _choose(present(value), value, other)


def least(left: Num, right: Num, op: str) -> Num:
    """The smaller (op ``<=``) or larger (op ``>=``) of two; missing if either is."""
    if left.value is not None and right.value is not None:
        return constant((min if op == "<=" else max)(left.value, right.value))
    if left.bottom == right.bottom == "1":
        # Written so that neither stands more than twice: several of them nest.
        left, right = _aligned(left, right)
        both, choose = f"{left.top} IS NOT NULL AND {right.top} IS NOT NULL", "LEAST" if op == "<=" else "GREATEST"
        top = f"CASE WHEN {both} THEN {choose}({left.top}, {right.top}) END"
        return Num(top, "1", left.factor, max(left.most, right.most))
    chosen = _choose(compare(left, op, right), left, right)
    both = f"{present(left)} AND {present(right)}"
    return Num(f"CASE WHEN {both} THEN {chosen.top} END", chosen.bottom, chosen.factor, chosen.most)


def absolute(number: Num) -> Num:
    """The absolute value."""
    if number.value is not None:
        return constant(abs(number.value))
    return Num(f"ABS({number.top})", number.bottom, number.factor, number.most)


def _choose(condition: str, one: Num, other: Num) -> Num:
    one, other = _aligned(one, other)
    bottom = one.bottom
    if one.bottom != other.bottom:
        bottom = f"CASE WHEN {condition} THEN {one.bottom} ELSE {other.bottom} END"
    top = f"CASE WHEN {condition} THEN {one.top} ELSE {other.top} END"
    return Num(top, bottom, one.factor, max(one.most, other.most))


def approximate(number: Num) -> str:
    """The number as DOUBLE, up to its constant factor: one correctly rounded division."""
    top = f"CAST({number.top} AS DOUBLE)"
    return top if number.bottom == "1" else f"{top} / CAST({number.bottom} AS DOUBLE)"


def ranking(number: Num) -> list[str]:
    """SQL keys that order numbers as they are, from the first that differs.

    A quotient of two amounts is told apart to 28 decimals: a DOUBLE, then what its first twelve decimals leave over
    (in HUGEINT: to bring a DECIMAL to fewer decimals takes thirty times as long). Two different quotients of land and
    tax can be one DOUBLE from about 260亩 on. What is too large for that, such as products of amounts, is ranked as
    DOUBLE.
    """
    if number.bottom == "1":
        return [number.top]
    near = approximate(number)
    if number.most >= 10**25:
        return [near]
    top, bottom = (f"CAST({part} AS HUGEINT)" for part in (number.top, number.bottom))
    rest = f"{top} * {10**12} - CAST({near} * 1e12 AS HUGEINT) * {bottom}"
    return [near, f"CAST({rest} AS DOUBLE) / CAST({number.bottom} AS DOUBLE)"]


def shown(number: Num, unit: Unit, digits: int) -> str:
    """The number in `unit`, rounded half up (四舍五入) to `digits` decimals, as DECIMAL."""
    factor = number.factor / unit.factor * 10**digits
    top, bottom = (
        scaled(part, by, number.most)
        for part, by in ((number.top, factor.numerator), (number.bottom, factor.denominator))
    )
    rounded = f"ROUND(CAST({top} AS DOUBLE) / CAST({bottom} AS DOUBLE))"
    return f"CAST(CAST({rounded} AS {INTEGER}) * {_step(digits)} AS DECIMAL(38, {digits}))"


def exact(number: Num) -> str:
    """A stored amount in its unit, as DECIMAL with all its decimals."""
    return f"CAST({number.top} * {_step(6)} AS DECIMAL(38, 6))"


def _step(digits: int) -> str:
    return "0." + "0" * (digits - 1) + "1" if digits else "1"
