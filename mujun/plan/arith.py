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
"""The type that plans calculate in: exact, and an overflow is an error and never a wrong number."""


class Num(msgspec.Struct, frozen=True):
    """The number ``top / bottom * factor``; `top` and `bottom` are integer SQL expressions, `bottom` > 0 or NULL.

    A `bottom` of ``"1"`` means none. `factor` is positive and leads to base units (see `mujun.quantity.Unit`). `digits`
    is how many digits `top` or `bottom` have at most; 0 for those that are ``"1"``.
    """

    top: str
    bottom: str = "1"
    factor: Fraction = Fraction(1)
    digits: int = 0


def column(identifier: str, unit: Unit) -> Num:
    """A stored amount of `unit`."""
    return Num(identifier, "1", unit.factor / SCALE, 16)


def constant(value: Fraction) -> Num:
    """A constant in base units."""
    if value <= 0:
        return Num(_literal(value.numerator), "1", Fraction(1, value.denominator), len(str(value.numerator)))
    return Num("1", "1", value)


def times(left: str, right: str) -> str:
    """The product of two integer expressions, without idle ones."""
    if left == "1":
        return right
    if right == "1":
        return left
    return f"{_closed(left)} * {_closed(right)}"


def scaled(expression: str, by: int) -> str:
    """An integer expression times a whole number."""
    return times(_literal(by), expression)


def _literal(number: int) -> str:
    """A whole number as SQL. With more digits than `INTEGER` has it would silently be read as DOUBLE."""
    if abs(number) >= 10**38:
        raise UsageError("政策里有数字超过 38 位，无法精确比较", "请减少参数和公式里数字的位数")
    return str(number)


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
    digits = number.digits + (len(str(by)) if by != 1 else 0)
    return Num(scaled(number.top, by), number.bottom, factor, digits)


def add(left: Num, right: Num, sign: str = "+") -> Num:
    """Sum or difference."""
    left, right = _aligned(left, right)
    a, b, bottom, digits = left.top, right.top, left.bottom, max(left.digits, right.digits)
    if left.bottom != right.bottom:
        a, b, bottom = times(a, right.bottom), times(b, left.bottom), times(left.bottom, right.bottom)
        digits = left.digits + right.digits
    return Num(f"{a} {sign} {_closed(b) if sign == '-' else b}", bottom, left.factor, digits + 1)


def multiply(left: Num, right: Num) -> Num:
    """Product."""
    top, bottom = times(left.top, right.top), times(left.bottom, right.bottom)
    return Num(top, bottom, left.factor * right.factor, left.digits + right.digits)


def divide(left: Num, right: Num) -> Num:
    """Quotient; missing where the divisor is not positive."""
    factor = left.factor / right.factor
    top = times(left.top, right.bottom)
    if right.top == "1":
        return Num(top, left.bottom, factor, left.digits + right.digits)
    divisor = f"CASE WHEN {right.top} > 0 THEN {right.top} END"
    plain = left.bottom == right.bottom == "1"
    digits = max(left.digits, right.digits) if plain else left.digits + right.digits
    return Num(top, times(left.bottom, divisor) if left.bottom != "1" else divisor, factor, digits)


def compare(left: Num, op: str, right: Num) -> str:
    """A three-valued comparison: NULL where either side is missing."""
    a, b = times(left.top, right.bottom), times(right.top, left.bottom)
    ratio = left.factor / right.factor
    a, b = scaled(a, ratio.numerator), scaled(b, ratio.denominator)
    return f"{a} {'<>' if op == '!=' else op} {b}"


def present(number: Num) -> str:
    """Whether a number is known."""
    known = [f"{part} IS NOT NULL" for part in (number.top, number.bottom) if part != "1"]
    return " AND ".join(known) if known else "TRUE"


def if_missing(value: Num, other: Num) -> Num:
    """``若缺(x, y)``: x where it is known, else y."""
    return _choose(present(value), value, other)


def least(left: Num, right: Num, op: str) -> Num:
    """The smaller (op ``<=``) or larger (op ``>=``) of two; missing if either is."""
    if left.bottom == right.bottom == "1":
        # Written so that neither stands more than twice: several of them nest.
        left, right = _aligned(left, right)
        both, choose = f"{left.top} IS NOT NULL AND {right.top} IS NOT NULL", "LEAST" if op == "<=" else "GREATEST"
        top = f"CASE WHEN {both} THEN {choose}({left.top}, {right.top}) END"
        return Num(top, "1", left.factor, max(left.digits, right.digits))
    chosen = _choose(compare(left, op, right), left, right)
    both = f"{present(left)} AND {present(right)}"
    return Num(f"CASE WHEN {both} THEN {chosen.top} END", chosen.bottom, chosen.factor, chosen.digits)


def absolute(number: Num) -> Num:
    """The absolute value."""
    return Num(f"ABS({number.top})", number.bottom, number.factor, number.digits)


def _choose(condition: str, one: Num, other: Num) -> Num:
    one, other = _aligned(one, other)
    bottom = one.bottom
    if one.bottom != other.bottom:
        bottom = f"CASE WHEN {condition} THEN {one.bottom} ELSE {other.bottom} END"
    top = f"CASE WHEN {condition} THEN {one.top} ELSE {other.top} END"
    return Num(top, bottom, one.factor, max(one.digits, other.digits))


def approximate(number: Num) -> str:
    """The number as DOUBLE, up to its constant factor: one correctly rounded division."""
    top = f"CAST({number.top} AS DOUBLE)"
    return top if number.bottom == "1" else f"{top} / CAST({number.bottom} AS DOUBLE)"


def ranking(number: Num) -> list[str]:
    """SQL keys that order numbers as they are, from the first that differs.

    A quotient of two amounts is told apart to 28 decimals: a DOUBLE, then what its first twelve decimals leave over.
    Two different quotients of land and tax can be one DOUBLE from about 260亩 on. What is too large for that, such as
    products of amounts, is ranked as DOUBLE.
    """
    if number.bottom == "1":
        return [number.top]
    near = approximate(number)
    if number.digits > 25:
        return [near]
    top, bottom = _closed(number.top), _closed(number.bottom)
    rest = f"({top} - CAST({near} AS DECIMAL(38, 12)) * {bottom}) * {10**12}"
    return [near, f"CAST(CAST({rest} AS {INTEGER}) AS DOUBLE) / CAST({number.bottom} AS DOUBLE)"]


def shown(number: Num, unit: Unit, digits: int) -> str:
    """The number in `unit`, rounded half up (四舍五入) to `digits` decimals, as DECIMAL."""
    factor = number.factor / unit.factor * 10**digits
    top, bottom = scaled(number.top, factor.numerator), scaled(number.bottom, factor.denominator)
    rounded = f"ROUND(CAST({top} AS DOUBLE) / CAST({bottom} AS DOUBLE))"
    return f"CAST(CAST({rounded} AS {INTEGER}) * {_step(digits)} AS DECIMAL(38, {digits}))"


def exact(number: Num) -> str:
    """A stored amount in its unit, as DECIMAL with all its decimals."""
    return f"CAST({number.top} * {_step(6)} AS DECIMAL(38, 6))"


def _step(digits: int) -> str:
    return "0." + "0" * (digits - 1) + "1" if digits else "1"
