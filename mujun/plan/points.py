"""The points of one indicator in SQL: its value, what it is measured against, and what its weight makes of both.

Points are ``constant + factor x value``, limited by floor and cap. `constant` and `factor` are the same for a whole
group: they are worked out precisely, once. For each enterprise the points are reckoned as DOUBLE (`rough`), and
precisely (`sharp`) where a score lies so near a rounding line that DOUBLE cannot tell.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.condition import Ref
from mujun.pack.formula import Binary, Name
from mujun.plan import arith, precise
from mujun.quantity import Quantity

if TYPE_CHECKING:
    from mujun.pack.formula import Expr
    from mujun.pack.method import Item
    from mujun.pack.policy import Pack
    from mujun.plan.arith import Num
    from mujun.plan.figures import Figures
    from mujun.plan.precise import Precise


_ALIKE = "1e-24"
"""Extremes no further apart than this are the same: equal quotients of other terms may be 1e-28 apart."""


_HUGE = "1e12"
"""Points beyond this come of figures that cannot be, and would outgrow exact products."""


def setting(pack: Pack, value: Fraction | Quantity | Ref) -> Fraction:
    """A number of a method, in base units, or that of the parameter it names."""
    if isinstance(value, Ref):
        found = pack.parameters[value.name].value
        return found.base_value if isinstance(found, Quantity) else Fraction(0)
    return value.base_value if isinstance(value, Quantity) else value


class Points(msgspec.Struct, frozen=True, dict=True):
    """An item of a method over the columns of the indicator stage."""

    item: Item
    figures: Figures

    def column(self, what: str) -> str:
        """A quoted column of this item: ``亩均税收·得分``."""
        return sql.name(f"{self.item.name}·{what}")

    # --- the value --------------------------------------------------------------------------------------------------

    @cached_property
    def number(self) -> Num:
        """The value over the columns of the indicator stage."""
        return self.figures.number(self.item.name)

    @cached_property
    def quotient(self) -> Binary | None:
        """The formula of the value where it is a quotient, other indicators opened."""
        expr: Expr | None = Name(self.item.name, self.item.place)
        while isinstance(expr, Name):
            indicator = self.figures.pack.indicators.get(expr.name)
            expr = indicator.expr if indicator else None
        return expr if isinstance(expr, Binary) and expr.op == "/" else None

    @cached_property
    def parts(self) -> tuple[Num, Num] | None:
        """Dividend and divisor of the value over the joined table; None where it is no quotient."""
        expr = self.quotient
        return (self.figures.formula(expr.left), self.figures.formula(expr.right)) if expr else None

    @property
    def turned(self) -> bool:
        """Whether points grow with the inverse of the value."""
        return self.item.smaller_is_better and self.item.family != "min-max"

    @cached_property
    def ratio(self) -> tuple[str, str]:
        """What points are proportional to, as whole numbers: the second is more than 0 or NULL."""
        top, bottom = self.number.top, self.number.bottom
        return (bottom, f"CASE WHEN {top} > 0 THEN {top} END") if self.turned else (top, bottom)

    def rough_value(self) -> str:
        """What points are proportional to, as DOUBLE."""
        return precise.quotient(*self.ratio).near

    def value(self) -> Precise:
        """What points are proportional to, over the column that holds it as DOUBLE."""
        return precise.quotient(*self.ratio, near=self.column("值"))

    # --- what it is measured against --------------------------------------------------------------------------------

    @property
    def grouped(self) -> bool:
        """Whether it is measured against a figure of its group."""
        return self.item.benchmark.value is None

    def group_columns(self) -> list[str]:
        """The aggregates behind the benchmark, over a group's enterprises of the indicator stage."""
        if self.item.family == "ratio":
            left, right = self.parts or (self.number, arith.constant(Fraction(1)))
            known = f"{right.top} >= 0"
            top = arith.total(f"CASE WHEN {known} THEN {left.top} END")
            bottom = arith.total(f"CASE WHEN {known} AND {left.top} IS NOT NULL THEN {right.top} END")
            return [f"{top} AS {self.column('分子和')}", f"{bottom} AS {self.column('分母和')}"]
        near = self.rough_value()
        ends = [("最大", "MAX")] if self.item.family == "best" else [("最大", "MAX"), ("最小", "MIN")]
        return [f"{function}({near}) AS {self.column(end)}" for end, function in ends]

    def end_columns(self) -> list[str]:
        """What DOUBLE leaves over of the group's extreme values, over its enterprises joined with those values."""
        if self.item.family == "ratio":
            return []
        ends = [("最大", "MAX")] if self.item.family == "best" else [("最大", "MAX"), ("最小", "MIN")]
        exact = precise.quotient(*self.ratio)
        rest = f"CASE WHEN {exact.near} = {{}} THEN {exact.rest} END"
        return [f"{function}({rest.format(self.column(end))}) AS {self.column(end + '余')}" for end, function in ends]

    def factor_columns(self) -> list[str]:
        """The factor of the value, with its parts, over the group's aggregates: each column may read those before."""
        factor = self._factor()
        high, near = self.column("系数"), self.column("系数约")
        return [
            f"{factor.near} AS {near}",
            f"{factor.high.replace(factor.near, near) if self.grouped else factor.high} AS {high}",
            f"{factor.rest.replace(factor.high, high) if self.grouped else factor.rest} AS {self.column('系数余')}",
            f"{self.shown_benchmark()} AS {self.column('基准')}",
        ]

    def _factor(self) -> Precise:
        item, pack = self.item, self.figures.pack
        if not self.grouped:
            benchmark = setting(pack, item.benchmark.value)  # type: ignore[arg-type]
            by = self.number.factor / benchmark
            return precise.constant(item.weight * (1 / by if self.turned else by))
        if item.family == "ratio":
            tops, bottoms = self.column("分子和"), self.column("分母和")
            top, bottom = (tops, bottoms) if self.turned else (bottoms, tops)
            times = setting(pack, item.benchmark.factor)
            factor = precise.share(top, bottom, item.weight * (times if self.turned else 1 / times))
            known = f"CASE WHEN {tops} > 0 AND {bottoms} > 0 THEN {factor.near} END"
            return precise.column(
                factor.high.replace(factor.near, known), factor.rest.replace(factor.near, known), known
            )
        if item.family == "best":
            return precise.over(item.weight, self._end("最大"))
        width = precise.minus(self._end("最大"), self._end("最小"))
        positive = precise.column(width.high, width.rest, f"CASE WHEN {width.near} > {_ALIKE} THEN {width.near} END")
        return precise.over(item.weight * (1 - item.base), positive)

    def _end(self, end: str) -> Precise:
        near = self.column(end)
        found = f"CASE WHEN {near} > 0 THEN {near} END" if self.item.family == "best" else near
        return precise.column(f"CAST({near} AS {precise.HIGH})", self.column(end + "余"), found)

    def factor_read(self) -> Precise:
        """The factor as read from the columns of the group."""
        return precise.column(self.column("系数"), self.column("系数余"), self.column("系数约"))

    @property
    def unit_factor(self) -> Fraction:
        """From raw quotients to the unit that is shown."""
        return self.number.factor / self.figures.unit(self.item.name).factor

    def shown_benchmark(self) -> str:
        """What the value is measured against, in its unit, as DOUBLE for show."""
        item = self.item
        if not self.grouped:
            value = setting(self.figures.pack, item.benchmark.value)  # type: ignore[arg-type]
            return precise.double(value / self.figures.unit(item.name).factor)
        unit = precise.double(self.unit_factor)
        if item.family == "ratio":
            times = precise.double(self.unit_factor * setting(self.figures.pack, item.benchmark.factor))
            bottom = f"CASE WHEN {self.column('分母和')} > 0 THEN CAST({self.column('分母和')} AS DOUBLE) END"
            return f"CAST({self.column('分子和')} AS DOUBLE) / {bottom} * {times}"
        end = self.column("最小" if item.family == "min-max" and item.smaller_is_better else "最大")
        return f"{unit} / {end}" if self.turned else f"{end} * {unit}"

    # --- points -----------------------------------------------------------------------------------------------------

    def rough(self) -> str:
        """The points before floor and cap as DOUBLE, over the value's column and the group's."""
        value, factor = self.column("值"), self.column("系数约")
        if self.item.family != "min-max":
            return f"{value} * {factor}"
        largest, least = self.column("最大"), self.column("最小")
        steps = f"{largest} - {value}" if self.item.smaller_is_better else f"{value} - {least}"
        base = precise.double(self.item.weight * self.item.base)
        # Where all of a group are alike, nobody is behind.
        return f"COALESCE({base} + ({steps}) * {factor}, {precise.double(self.item.weight)})"

    def sharp(self) -> str:
        """The same in `precise.FINE`."""
        value, factor = self.value(), self.factor_read()
        if self.item.family != "min-max":
            return f"CAST({precise.product(value, factor)} AS {precise.FINE})"
        largest, least = (
            precise.column(f"CAST({self.column(end)} AS {precise.HIGH})", self.column(end + "余"), self.column(end))
            for end in ("最大", "最小")
        )
        steps = precise.minus(largest, value) if self.item.smaller_is_better else precise.minus(value, least)
        base = precise.decimal(self.item.weight * self.item.base)
        points = f"CAST({base} + {precise.product(steps, factor)} AS {precise.FINE})"
        return f"COALESCE({points}, {precise.decimal(self.item.weight)})"

    def limited(self, points: str, *, sharp: bool) -> str:
        """Points, unless NULL, within floor and cap."""
        item, literal = self.item, precise.decimal if sharp else precise.double
        if item.floor is not None:
            points = f"GREATEST({points}, {literal(item.floor * item.weight)})"
        if item.cap is not None:
            points = f"LEAST({points}, {literal(item.cap * item.weight)})"
        return points

    def own(self) -> str:
        """The points as DOUBLE: NULL where the value, or what it is measured against, is not known."""
        item, branches = self.item, []
        if given := self.given(sharp=False):
            branches.append(given)
        # Where all of a group are alike there is no factor, but there are extremes.
        against = self.column("最大") if item.family == "min-max" else self.column("系数约")
        known = f"{self.column('值')} * {against}"
        # GREATEST and LEAST pass over what is unknown.
        branches.append(f"WHEN {known} IS NOT NULL THEN {self.limited(self.rough(), sharp=False)}")
        return f"CASE {' '.join(branches)} END"

    def given(self, *, sharp: bool) -> str:
        """A branch of CASE for values that get their points without reckoning; "" for none."""
        item, literal, found = self.item, precise.decimal if sharp else precise.double, []
        if self.parts and item.zero_divisor != "missing":
            left, right = self.parts
            points = item.weight if item.zero_divisor == "full" else Fraction(0)
            found.append(f"WHEN {right.top} = 0 AND {left.top} IS NOT NULL THEN {literal(points)}")
        if self.turned and item.cap is not None:
            useless = f"{self.number.top} <= 0 AND {arith.present(self.number)} AND {self.column('系数约')} IS NOT NULL"
            found.append(f"WHEN {useless} THEN {literal(item.cap * item.weight)}")
        return " ".join(found)

    def exactly(self) -> str:
        """The points in `precise.FINE`, for those that have points of their own; beyond `_HUGE` as DOUBLE has them."""
        own, limited = self.column("自得"), self.limited(self.sharp(), sharp=True)
        huge = f"WHEN ABS({own}) > {_HUGE} THEN CAST({own} AS {precise.FINE})"
        return f"CASE {' '.join(part for part in (huge, self.given(sharp=True)) if part)} ELSE {limited} END"

    def doubt(self) -> str:
        """By how much more than by its size the rough reckoning may be wrong, as a multiple of DOUBLE's precision."""
        if self.item.family != "min-max":
            return ""
        most = f"GREATEST(ABS({self.column('最大')}), ABS({self.column('最小')}))"
        return f"COALESCE({most} * ABS({self.column('系数约')}), 0)"
