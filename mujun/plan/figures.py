"""What names stand for in SQL: fields, their fallbacks, their past values, indicators, parameters."""

from __future__ import annotations

import datetime
from fractions import Fraction
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack import dates, formula
from mujun.pack.formula import AS_OF, DAYS, MONTHS, Binary, Call, Expr, Name, Number, Past
from mujun.pack.problems import Place
from mujun.plan import arith
from mujun.plan.arith import Num
from mujun.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mujun.pack.policy import Dataset, Field, Indicator, Kind, Pack
    from mujun.quantity import Unit

_NOWHERE = Place(Path())
_OPERATIONS: dict[str, Callable[[Num, Num], Num]] = {
    "+": arith.add,
    "-": partial(arith.add, sign="-"),
    "*": arith.multiply,
    "/": arith.divide,
    "min": partial(arith.least, op="<="),
    "max": partial(arith.least, op=">="),
    "若缺": arith.if_missing,
}
_EXTREMES = {"min": "LEAST", "max": "GREATEST"}


class Figure(msgspec.Struct, frozen=True):
    """A field as read `years` years before the year judged."""

    field: str
    years: int = 0

    @property
    def column(self) -> str:
        """The quoted column of the joined table."""
        return sql.name(self.field if not self.years else f"{self.field}·前{self.years}年")

    @property
    def bottom(self) -> str:
        """The quoted column of the denominator, for a field whose fallback is a ratio."""
        return sql.name(f"{self.field}·分母" if not self.years else f"{self.field}·前{self.years}年·分母")


class Figures:
    """Turns the names of a pack, for one dataset, into SQL over the columns of the joined table."""

    def __init__(self, pack: Pack, dataset: Dataset, as_of: datetime.date | None = None, graded: str = "") -> None:
        self.pack, self.dataset, self.graded = pack, dataset, graded
        self.as_of = "CURRENT_DATE" if as_of is None else sql.date(as_of)
        self._bases: dict[str, Num] = {}
        self.staged: tuple[str, ...] = ()
        """The indicators that are dates and columns of the indicator stage, in the order computed."""

    def kind(self, name: str) -> Kind:
        """The type of a field or indicator; parameters are numbers here."""
        if name in self.dataset.fields:
            return self.dataset.fields[name].kind
        if name in self.pack.indicators:
            return self.pack.indicators[name].kind
        setting = self.pack.parameters.get(name)
        is_date = name == AS_OF or (setting is not None and isinstance(setting.value, datetime.date))
        return "date" if is_date else "number"

    # --- fields as stored -------------------------------------------------------------------------------------------

    def base(self, field: str) -> Num:
        """A numeric field over the columns of the stored table, with its fallback."""
        if field not in self._bases:
            item = self.dataset.fields[field]
            stored = arith.column(sql.name(field), item.unit)
            if item.fallback is not None:
                stored = arith.if_missing(stored, self._number(item.fallback, 0, self.base))
            self._bases[field] = stored
        return self._bases[field]

    def stored(self, field: str) -> str:
        """A text, flag, choice, year or date of the stored table as a column: a choice, where blank, by its code."""
        column, by_code = sql.name(field), self.dataset.fields[field].by_code
        if by_code is None:
            return column
        whole = sql.name(by_code.of)
        # C3351 is 3351 of section C.
        code = f"SUBSTR({whole}, CASE WHEN {whole} >= 'A' THEN 2 ELSE 1 END)"
        branches = dict[tuple[int, str], list[str]]()
        for prefix, value in by_code.prefixes:
            branches.setdefault((len(prefix), value), []).append(sql.text(prefix))
        open_ = ", ".join(map(sql.text, by_code.open))
        cases = [f"WHEN {code} IN ({open_}) THEN NULL"] if open_ else []
        cases += [
            f"WHEN SUBSTR({code}, 1, {length}) IN ({', '.join(found)}) THEN {sql.text(value)}"
            for (length, value), found in branches.items()
        ]
        others = f" WHEN {code} IS NOT NULL THEN {sql.text(by_code.others)}" if by_code.others else ""
        return f"COALESCE({column}, CASE {' '.join(cases)}{others} END) AS {column}"

    # --- numbers over the joined table ------------------------------------------------------------------------------

    def figure(self, figure: Figure) -> Num:
        """A numeric field over the columns of the joined table."""
        base = self.base(figure.field)
        return Num(figure.column, "1" if base.bottom == "1" else figure.bottom, base.factor, base.most)

    def number(self, name: str) -> Num:
        """A numeric field, indicator or parameter of the year judged."""
        if name in self.pack.indicators and self.pack.indicators[name].kind == "number":
            computed = self.indicator(self.pack.indicators[name])
            if computed.value is not None:
                return computed
            # The indicator stage has computed it: refer to its columns.
            bottom = "1" if computed.bottom == "1" else sql.name(f"{name}·分母")
            return Num(sql.name(f"{name}·分子"), bottom, computed.factor, computed.most)
        return self._number(Name(name, _NOWHERE), 0, None)

    def indicator(self, indicator: Indicator) -> Num:
        """An indicator's formula over the columns of the joined table."""
        return self._number(indicator.expr, 0, None)

    def formula(self, expr: Expr) -> Num:
        """A formula over the columns of the joined table."""
        return self._number(expr, 0, None)

    def unit(self, name: str) -> Unit:
        """The unit in which a numeric field or indicator is shown."""
        return self.pack.indicators[name].unit if name in self.pack.indicators else self.dataset.fields[name].unit

    def quantity(self, quantity: Quantity) -> Num:
        """A constant."""
        return arith.constant(quantity.base_value)

    def _number(self, expr: Expr, years: int, base: Callable[[str], Num] | None) -> Num:
        """A formula as a number; `base` reads fields from the stored table, without it from the joined one."""
        match expr:
            case Number(value):
                return arith.constant(value)
            case Past(value, back):
                return self._number(value, years + back, base)
            case Name(name):
                return self._named(name, years, base)
            case Binary(op, left, right):
                return _OPERATIONS[op](self._number(left, years, base), self._number(right, years, base))
            case Call(function, arguments) if function == DAYS:
                since, until = (self._date(argument, years) for argument in arguments)
                return Num(f"DATE_DIFF('day', {since}, {until})", "1", Fraction(1), 10**7)
            case Call(function, arguments):
                found = [self._number(argument, years, base) for argument in arguments]
                return arith.absolute(found[0]) if function == "abs" else reduce(_OPERATIONS[function], found)

    def _named(self, name: str, years: int, base: Callable[[str], Num] | None) -> Num:
        if name in self.pack.parameters:
            setting = self.pack.parameters[name].value
            return arith.constant(setting.base_value if isinstance(setting, Quantity) else Fraction(0))
        if name in self.pack.indicators:
            return self._number(self.pack.indicators[name].expr, years, base)
        return base(name) if base else self.figure(Figure(name, years))

    # --- dates ------------------------------------------------------------------------------------------------------

    def date(self, indicator: Indicator) -> str:
        """An indicator that is a date, over the columns of the joined table."""
        return self._date(indicator.expr, 0)

    def _date(self, expr: Expr, years: int) -> str:
        """A formula that gives a date, as SQL over the joined table."""
        match expr:
            case Past(value, back):
                return self._date(value, years + back)
            case Name(name) if name in self.staged and not years:
                return sql.name(name)
            case Name(name) if name in self.pack.indicators:
                return self._date(self.pack.indicators[name].expr, years)
            case Name(name):
                return self._constant_date(name) or Figure(name, years).column
            case Call(function, (moved, by)) if function == MONTHS:
                count = dates.months(by, self.pack.parameters)
                return f"CAST({self._date(moved, years)} + INTERVAL ({count}) MONTH AS DATE)"
            case Call(function, arguments):
                found = [self._date(argument, years) for argument in arguments]
                if function not in _EXTREMES:
                    return f"COALESCE({', '.join(found)})"
                known = " AND ".join(f"{date} IS NOT NULL" for date in found)
                return f"CASE WHEN {known} THEN {_EXTREMES[function]}({', '.join(found)}) END"
        raise AssertionError(expr)

    def stage_dates(self, names: Iterable[str]) -> None:
        """Have the dates that these names rest on computed once, each after those it rests on: they nest deeply."""
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            item = self.pack.indicators.get(name)
            for part, years in formula.names(item.expr) if item else ():
                if not years:
                    visit(part.name)
            if item is not None and item.kind == "date":
                found[name] = None

        for name in names:
            visit(name)
        self.staged = tuple(found)

    def _constant_date(self, name: str) -> str:
        """A parameter, or the date as of which is judged; empty for other names."""
        if name == AS_OF:
            return self.as_of
        setting = self.pack.parameters.get(name)
        return sql.date(setting.value) if setting and isinstance(setting.value, datetime.date) else ""

    def _known(self, expr: Expr, years: int) -> str:
        """SQL for whether a formula has a value."""
        if formula.is_date(expr, lambda name: self.kind(name) == "date"):
            return f"{self._date(expr, years)} IS NOT NULL"
        return arith.present(self._number(expr, years, None))

    # --- what a name rests on ---------------------------------------------------------------------------------------

    def _nodes(self, expr: Expr, years: int = 0, needed: str = "") -> Iterator[tuple[Expr, int, str]]:
        """Every node of a formula, indicators opened, with how many years back it is read.

        The third is SQL, to append to a test, for "and nothing stands in for it": each 若缺 around it is unknown.
        """
        yield expr, years, needed
        match expr:
            case Name(name) if name in self.pack.indicators:
                yield from self._nodes(self.pack.indicators[name].expr, years, needed)
            case Past(value, back):
                yield from self._nodes(value, years + back, needed)
            case Binary(_, left, right):
                yield from self._nodes(left, years, needed)
                yield from self._nodes(right, years, needed)
            case Call(function, arguments):
                if function == "若缺":
                    needed += f" AND NOT ({self._known(expr, years)})"
                for argument in arguments:
                    yield from self._nodes(argument, years, needed)

    def figures(self, name: str) -> list[Figure]:
        """The fields (and years) that a name is computed from, in the order written, each once."""
        return self.rests_on(Name(name, _NOWHERE))

    def rests_on(self, expr: Expr, years: int = 0) -> list[Figure]:
        """The fields (and years) in a formula, indicators opened."""
        found = [
            Figure(node.name, back)
            for node, back, _ in self._nodes(expr, years)
            if isinstance(node, Name) and node.name in self.dataset.fields
        ]
        return list(dict.fromkeys(found))

    def uses_as_of(self, name: str) -> bool:
        """Whether a name rests on 基准日."""
        return any(isinstance(node, Name) and node.name == AS_OF for node, *_ in self._nodes(Name(name, _NOWHERE)))

    def parameters(self, name: str) -> list[str]:
        """The parameters in a name's formula, or the name itself if it is one."""
        nodes = (node for node, *_ in self._nodes(Name(name, _NOWHERE)))
        return [node.name for node in nodes if isinstance(node, Name) and node.name in self.pack.parameters]

    def gaps(self, name: str) -> list[tuple[Figure, str]]:
        """The figures of a name's formula, each with the SQL test that it is missing and that this matters."""
        found = []
        for node, years, needed in self._nodes(Name(name, _NOWHERE)):
            if isinstance(node, Name) and node.name in self.dataset.fields:
                figure = Figure(node.name, years)
                found.append((figure, f"NOT ({self.known(figure)}){needed}"))
        return found

    def divisors(self, name: str) -> list[tuple[list[Figure], str]]:
        """The figures by which a name's formula divides, each with the SQL test that they make it impossible."""
        found = []
        for node, years, needed in self._nodes(Name(name, _NOWHERE)):
            if isinstance(node, Binary) and node.op == "/" and (figures := self.rests_on(node.right, years)):
                found.append((figures, f"{self._number(node.right, years, None).top} <= 0{needed}"))
        return found

    def text(self, name: str) -> str:
        """A text, flag, choice, year or date over the columns of the joined table."""
        if name in self.pack.indicators and self.pack.indicators[name].kind == "date":
            return sql.name(name)  # the indicator stage has computed it
        return self._constant_date(name) or self.figures(name)[0].column

    def field(self, figure: Figure) -> Field:
        """The field behind a figure."""
        return self.dataset.fields[figure.field]

    def label(self, figure: Figure) -> str:
        """SQL for a figure's name as the user reads it: ``规上`` or ``2022年规上``."""
        if not figure.years:
            return sql.text(figure.field)
        year = sql.name(self.dataset.year)
        past = f"COALESCE(CAST({year} - {figure.years} AS VARCHAR) || '年', '前{figure.years}年')"
        return f"{past} || {sql.text(figure.field)}"

    def known(self, figure: Figure) -> str:
        """SQL for whether a figure is there."""
        if self.field(figure).kind == "number":
            return arith.present(self.figure(figure))
        return f"{figure.column} IS NOT NULL"
