"""Measures of groups: formulas over sums and counts, worked out in exact fractions.

A figure of a group is sum / sum, never a mean of ratios. A sum over rows of which some lack the figure is that of the
others, and says how many of how many those are.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

import msgspec

from mujun.pack.formula import AGGREGATES, Binary, Call, Expr, Name, Number, Past, names
from mujun.pack.goals import SHARE, SUM, bare
from mujun.pack.measures import aggregates
from mujun.pack.policy import Scope
from mujun.plan.needs import lacking, undecidable
from mujun.plan.totals import Atom, Group, Tally, Totals, Window, as_list, unit_by
from mujun.quantity import Quantity, Unit, parse_unit

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping

    from mujun.pack.goals import Aggregate, Goals, Measure
    from mujun.pack.policy import Dataset, Pack
    from mujun.plan.totals import Run

ALL = object()
"""The group of all rows."""

HEADS = parse_unit("家")


class Value(msgspec.Struct, frozen=True):
    """What a measure comes to, in base units; None where it is not known.

    `known` of `rows` rows have the figures; `gaps` are the inputs that are missing: a dataset, a column, a year. Of a
    quotient, `top` and `bottom` are what is divided, `part` the unit of the top.
    """

    number: Fraction | None
    known: int = 0
    rows: int = 0
    gaps: tuple[str, ...] = ()
    top: Fraction | None = None
    bottom: Fraction | None = None
    part: Unit | None = None


class Board:
    """The measures of a pack over the datasets that are loaded: by name, group and period.

    `fields` are those that the files fill, by dataset; a dataset that is not there was not given. `by` is the column
    that tells the groups apart.
    """

    def __init__(
        self, pack: Pack, goals: Goals, run: Run, fields: Mapping[str, set[str]], measures: Iterable[Measure],
        by: str = "", as_of: datetime.date | None = None,
    ) -> None:  # fmt: skip
        self.pack, self.goals, self.fields, self.by = pack, goals, fields, by
        self.measures = {measure.name: measure for measure in measures}
        found = totals_of(pack, goals, run, self.measures.values(), by, as_of)
        self.totals = {name: totals for name, totals in found.items() if name in fields}

    # --- what there is ----------------------------------------------------------------------------------------------

    def years(self, measure: Measure) -> list[int]:
        """The years for which all datasets of a measure have rows; empty where none of them has years."""
        found = [set(self.totals[name].years()) for name in self.homes(measure) if name in self.totals]
        return sorted(set.intersection(*(years for years in found if years))) if any(found) else []

    def groups(self, measure: Measure, window: Window) -> list[Group]:
        """The groups that have rows for a measure, in order; None, if there, is last."""
        names = {group for home in self.homes(measure) if home in self.totals for group in self._tallies(home, window)}
        return sorted(names, key=lambda group: (group is None, group or ""))

    def _tallies(self, home: str, window: Window) -> Mapping[Group, Mapping[Atom, Tally]]:
        return self.totals[home].of(self._window(home, window))

    def _window(self, home: str, window: Window) -> Window:
        dataset = self.pack.datasets[home]
        year = window.year if dataset.year else None
        return Window(year, window.date, window.start, window.end) if window.date in dataset.fields else Window(year)

    def homes(self, measure: Measure) -> list[str]:
        """The datasets of a measure."""
        return list(dict.fromkeys(found.dataset for found in aggregates(measure, self.goals)))

    def gaps(self, measure: Measure) -> tuple[str, ...]:
        """The inputs that a measure lacks altogether: datasets, and columns of those that are there."""
        found: dict[str, None] = {}
        for aggregate in aggregates(measure, self.goals):
            home = aggregate.dataset
            if home not in self.fields:
                found[f"{home}数据"] = None
                continue
            dataset = self.pack.datasets[home]
            for column in self._columns(aggregate, dataset, measure.date):
                found[f"{home}的{column}"] = None
            if self.by and not grouping(dataset, self.by):
                found[f"{home}没有{self.by}"] = None
        return tuple(found)

    def _columns(self, aggregate: Aggregate, dataset: Dataset, date: str) -> Iterable[str]:
        present = self.fields[dataset.name]
        for name in (aggregate.population, aggregate.within):
            if name:
                yield from undecidable(as_list(self.goals.populations[name], name, dataset), self.pack, present)
        if aggregate.value is not None:
            yield from lacking(aggregate.value, self.pack, dataset, present)
            units = {unit_by(found.name, dataset) for found, _ in names(aggregate.value)}
            yield from sorted(units - present - {""})
        if date and date not in present:
            yield date
        column = grouping(dataset, self.by)
        if column:
            yield from lacking(Name(column, dataset.fields[column].place), self.pack, dataset, present)

    # --- figures ----------------------------------------------------------------------------------------------------

    def value(self, measure: Measure, window: Window, group: Group | object = ALL) -> Value:
        """A measure over a period, of one group or of all."""
        gaps = self.gaps(measure)
        if gaps:
            return Value(None, gaps=gaps)
        return self._eval(measure.expr, measure.dataset, window, group)

    def _eval(
        self, expr: Expr, dataset: str, window: Window, group: Group | object, over: tuple[Call, ...] = ()
    ) -> Value:
        match expr:
            case Number(value):
                return Value(value)
            case Name(name) if name in self.pack.parameters:
                setting = self.pack.parameters[name].value
                return Value(setting.base_value if isinstance(setting, Quantity) else None)
            case Name(name):
                inner = self.goals.measures[name]
                return self._eval(inner.expr, inner.dataset, window, group, over)
            case Past(value, years):
                before = msgspec.structs.replace(window, year=window.year - years if window.year is not None else None)
                return self._eval(value, dataset, before, group, over)
            case Binary("/", left, right):
                return self._quotient(left, right, dataset, window, group)
            case Call(function) if function in AGGREGATES:
                return self._aggregate(self.goals.aggregate(expr, dataset), over, window, group)
            case Binary(op, left, right):
                parts = [self._eval(one, dataset, window, group, over) for one in (left, right)]
                return _united(parts, _OPERATIONS[op])
            case Call(function, arguments):
                parts = [self._eval(one, dataset, window, group, over) for one in arguments]
                if function == "若缺":
                    return parts[0] if parts[0].number is not None else parts[1]
                return _united(parts, _FUNCTIONS[function])
        raise AssertionError(expr)

    def _quotient(self, left: Expr, right: Expr, dataset: str, window: Window, group: Group | object) -> Value:
        """Sums above and below are over the same rows: those that have both figures."""
        over = partners((left, right), dataset, self.goals)
        top, bottom = (self._eval(one, dataset, window, group, over) for one in (left, right))
        found = _united([top, bottom], _divided)
        return msgspec.structs.replace(found, top=top.number, bottom=bottom.number, part=self._unit(left, dataset))

    def _unit(self, expr: Expr, dataset: str) -> Unit | None:
        """The unit of the first figure in a formula."""
        match expr:
            case Name(name) if name in self.goals.measures:
                return self.goals.measures[name].unit
            case Call(function) if function in AGGREGATES:
                aggregate = self.goals.aggregate(expr, dataset)
                if function != SUM:
                    return None if function == SHARE else HEADS
                home = self.pack.datasets[aggregate.dataset]
                scope = Scope(home.fields, self.pack.parameters, self.pack.indicators)
                return scope.unit(aggregate.value.name) if isinstance(aggregate.value, Name) else None
            case Binary(_, left):
                return self._unit(left, dataset)
        return None

    def _aggregate(self, aggregate: Aggregate, over: tuple[Call, ...], window: Window, group: Group | object) -> Value:
        atom = Atom(aggregate, _partners_of(aggregate, over))
        tallies = self._tallies(aggregate.dataset, window)
        rows = [found[atom] for name, found in tallies.items() if group is ALL or name == group]
        if not rows and not window.date:
            return Value(None, gaps=(self._no_rows(aggregate.dataset, window),))
        # A ledger in which nothing is written says that nothing was done.
        tally = reduce(Tally.__add__, rows, Tally(0, 0, 0, 0, rows[0].factor if rows else Fraction(1)))
        if aggregate.function == SUM:
            if not tally.known and tally.rows:
                return Value(None, 0, tally.rows, (f"{aggregate.dataset}的有关数字全部缺失",))
            return Value(tally.total * tally.factor, tally.known, tally.rows)
        if aggregate.function == SHARE:
            total, base = Fraction(tally.total), Fraction(tally.base)
            number = total / base if base else None
            gaps = () if base else (f"{aggregate.dataset}中没有这样的对象",)
            return Value(number, tally.known, tally.rows, gaps, total, base, HEADS)
        return Value(Fraction(tally.total), tally.known, tally.rows)

    def _no_rows(self, dataset: str, window: Window) -> str:
        year = f"{window.year}年" if window.year is not None and self.pack.datasets[dataset].year else ""
        return f"{year}{dataset}数据"


def _divided(a: Fraction, b: Fraction) -> Fraction | None:
    # As for rows: what is divided by nothing, or by less, is not known.
    return a / b if b > 0 else None


_OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Fraction]] = {"min": min, "max": max, "abs": abs}


def _united(parts: list[Value], operation: Callable[..., Fraction | None]) -> Value:
    """A figure of several: known where all are; the rows are those of the part that is known least."""
    gaps = tuple(dict.fromkeys(gap for part in parts for gap in part.gaps))
    least = max(parts, key=lambda part: part.rows - part.known)
    numbers = [part.number for part in parts]
    if any(number is None for number in numbers):
        return Value(None, least.known, least.rows, gaps)
    number = operation(*numbers)
    return Value(number, least.known, least.rows, gaps if number is not None else (*gaps, "除数不大于0"))


# --- which rows ------------------------------------------------------------------------------------------------------


def atoms(measure: Measure, goals: Goals) -> list[Atom]:
    """Every sum and count that a measure rests on, each with the figures over whose rows it goes."""
    return list(_atoms(measure.expr, measure.dataset, goals, ()))


def _atoms(expr: Expr, dataset: str, goals: Goals, over: tuple[Call, ...]) -> Iterable[Atom]:
    match expr:
        case Call(function) if function in AGGREGATES:
            aggregate = goals.aggregate(expr, dataset)
            yield Atom(aggregate, _partners_of(aggregate, over))
        case Call(_, arguments):
            for argument in arguments:
                yield from _atoms(argument, dataset, goals, over)
        case Binary(op, left, right):
            below = partners((left, right), dataset, goals) if op == "/" else over
            yield from _atoms(left, dataset, goals, below)
            yield from _atoms(right, dataset, goals, below)
        case Past(value):
            yield from _atoms(value, dataset, goals, over)
        case Name(name) if name in goals.measures:
            yield from _atoms(goals.measures[name].expr, goals.measures[name].dataset, goals, over)


def partners(exprs: Iterable[Expr], dataset: str, goals: Goals) -> tuple[Call, ...]:
    """The sums within formulas."""
    found: list[Call] = []
    for expr in exprs:
        found += _sums(expr, dataset, goals)
    return tuple(found)


def _sums(expr: Expr, dataset: str, goals: Goals) -> list[Call]:
    match expr:
        case Call(function) if function == SUM:
            return [expr]
        case Binary(_, left, right):
            return [*_sums(left, dataset, goals), *_sums(right, dataset, goals)]
        case Past(value):
            return _sums(value, dataset, goals)
        case Name(name) if name in goals.measures:
            return _sums(goals.measures[name].expr, goals.measures[name].dataset, goals)
    return []


def _partners_of(aggregate: Aggregate, over: tuple[Call, ...]) -> tuple[Expr, ...]:
    """The figures that a row must have, too, to count in a sum: those of the other sums over the same rows."""
    if aggregate.function != SUM:
        return ()
    others = {bare(call.arguments[0]) for call in over if _people(call) == aggregate.population}
    return tuple(sorted(others - {aggregate.value}, key=repr))


def _people(call: Call) -> str:
    last = call.arguments[1] if len(call.arguments) > 1 else None
    return last.name if isinstance(last, Name) else ""


def grouping(dataset: Dataset, by: str) -> str:
    """The column of a dataset that tells the groups apart; "" where it has none. A dataset of the groups is its own."""
    if by in dataset.fields:
        return by
    return dataset.company if by and by == dataset.name else ""


def totals_of(
    pack: Pack, goals: Goals, run: Run | None, measures: Iterable[Measure], by: str = "",
    as_of: datetime.date | None = None,
) -> dict[str, Totals]:  # fmt: skip
    """What measures ask of each dataset that they rest on."""
    wanted: dict[str, dict[Atom, None]] = {}
    dates: dict[str, dict[str, None]] = {}
    for measure in measures:
        for atom in atoms(measure, goals):
            home = pack.datasets[atom.aggregate.dataset]
            wanted.setdefault(home.name, {})[atom] = None
            if measure.date in home.fields:
                dates.setdefault(home.name, {})[measure.date] = None
    return {
        name: Totals(
            pack, pack.datasets[name], run, found, goals.populations, grouping(pack.datasets[name], by),
            dates.get(name, ()), as_of,
        )
        for name, found in wanted.items()
    }  # fmt: skip


def wanted_fields(pack: Pack, goals: Goals, measures: Iterable[Measure], by: str = "") -> dict[str, set[str]]:
    """The datasets that measures rest on, in the order of the pack, and the fields of each that are read."""
    found = totals_of(pack, goals, None, measures, by)
    return {name: set(found[name].plan.fields) for name in pack.datasets if name in found}
