"""Sums and counts over the rows of a dataset, by group and year: all that measures rest on, as whole numbers.

What is asked of the engine is one query for each dataset and year; what is added up here adds up over groups too, so
that the whole is always the sum of its groups.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

import msgspec

from mujun import sql
from mujun.pack import formula
from mujun.pack.condition import Any_, Leaf
from mujun.pack.formula import Call, Name
from mujun.pack.goals import COUNT, IN_UNIT, Aggregate
from mujun.pack.policy import PolicyList
from mujun.pack.problems import Place
from mujun.plan import arith
from mujun.plan.judged import NO, PENDING, YES
from mujun.plan.plan import Plan
from mujun.quantity import parse_unit

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from mujun.pack.condition import Condition
    from mujun.pack.formula import Expr
    from mujun.pack.goals import Population
    from mujun.pack.policy import Dataset, Pack
    from mujun.plan.figures import Figures
    from mujun.quantity import Unit

_ALL = "全部行"
_WIDTH = 4


class Atom(msgspec.Struct, frozen=True):
    """One sum or count.

    The rows of a sum are those in which it and its `partners` are known: a ratio of sums is over the same rows above
    and below.
    """

    aggregate: Aggregate
    partners: tuple[Expr, ...] = ()


class Tally(msgspec.Struct, frozen=True):
    """What an atom comes to: `total` (millionths of `factor`, or heads), `base` (the heads of a share).

    `known` of `rows` rows have all the figures; of the others it is not known.
    """

    total: int
    base: int
    known: int
    rows: int
    factor: Fraction = Fraction(1)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.total + other.total, self.base + other.base, self.known + other.known, self.rows + other.rows,
            self.factor,
        )  # fmt: skip


class Window(msgspec.Struct, frozen=True):
    """Which rows: those of a year (None: the latest, or of no year), or those dated `start` to `end`, both included."""

    year: int | None = None
    date: str = ""
    start: datetime.date | None = None
    end: datetime.date | None = None


Group = str | None
Run = Callable[[str], list[tuple[Any, ...]]]
Tallies = dict[Group, dict[Atom, Tally]]


class Totals:
    """Answers what a dataset comes to. `atoms` are all that may be asked of it; `by` is the column of the groups.

    `run` runs a query; without it, only what would be read is said.
    """

    def __init__(
        self, pack: Pack, dataset: Dataset, run: Run | None, atoms: Iterable[Atom],
        populations: Mapping[str, Population], by: str = "", dates: Iterable[str] = (),
        as_of: datetime.date | None = None,
    ) -> None:  # fmt: skip
        self.pack, self.dataset, self.run, self.by, self.as_of = pack, dataset, run, by, as_of
        self.dates = tuple(dict.fromkeys(dates))
        self.atoms = tuple(dict.fromkeys(atoms))
        names = {name for atom in self.atoms for name in (atom.aggregate.population, atom.aggregate.within)}
        self.people = {name: as_list(populations.get(name), name, dataset) for name in sorted(names)}
        self._answers: dict[Window, Tallies] = {}

    @property
    def plan(self) -> Plan:
        """The conditions of all populations as one plan."""
        exprs = [expr for atom in self.atoms for expr in _exprs(atom)]
        extra = {found.name for expr in exprs for found, _ in formula.names(expr)} - set(self.pack.parameters)
        known = sorted(name for name in extra if name in self.dataset.fields or name in self.pack.indicators)
        known += sorted({by for name in known if (by := unit_by(name, self.dataset))} - set(known))
        lists = tuple(self.people.values()) or (as_list(None, "", self.dataset),)
        return Plan(self.pack, lists, None, (*known, *([self.by] if self.by else []), *self.dates), self.as_of)

    def of(self, window: Window) -> Tallies:
        """Each group's tallies; the group None has the rows whose group is not known."""
        if window not in self._answers:
            self._answers[window] = self._ask(window)
        return self._answers[window]

    def years(self) -> list[int]:
        """The years that the dataset has, in order."""
        if not self.dataset.year:
            return []
        year = sql.name(self.dataset.year)
        text = f"SELECT DISTINCT {year} FROM {sql.name(self.dataset.name)} WHERE {year} IS NOT NULL ORDER BY 1"
        return [found for (found,) in self._run(text)]

    def _run(self, text: str) -> list[tuple[Any, ...]]:
        return self.run(text) if self.run is not None else []

    def _ask(self, window: Window) -> Tallies:
        plan = msgspec.structs.replace(self.plan, year=window.year)
        figures, columns, factors = plan.figures, list[str](), list[Fraction]()
        for number, atom in enumerate(self.atoms):
            expressions, factor = _columns(atom, plan, self.people)
            factors.append(factor)
            columns += [f"{text} AS a{number}_{i}" for i, text in enumerate(expressions)]
        self._run(plan.setup(view=True))
        group = figures.text(self.by) if self.by else "NULL"
        where = f"\nWHERE {_within(window)}" if window.date else ""
        text = f"SELECT {group} AS g,\n{sql.items(columns)}\nFROM {plan.verdicts}{where}\nGROUP BY 1\nORDER BY 1"
        rows = self._run(text)
        self._run(f"DROP VIEW {plan.verdicts}")
        return {row[0]: self._tallies(row[1:], factors) for row in rows}

    def _tallies(self, cells: Sequence[Any], factors: Sequence[Fraction]) -> dict[Atom, Tally]:
        found = {}
        for number, (atom, factor) in enumerate(zip(self.atoms, factors, strict=True)):
            total, base, known, rows = (int(cell or 0) for cell in cells[_WIDTH * number : _WIDTH * (number + 1)])
            found[atom] = Tally(total, base, known, rows, factor)
        return found


def _exprs(atom: Atom) -> list[Expr]:
    return [*([atom.aggregate.value] if atom.aggregate.value is not None else []), *atom.partners]


def as_list(population: Population | None, name: str, dataset: Dataset) -> PolicyList:
    """A population as a list without an order, whose outcome says who belongs to it; None: every row."""
    first = next(iter(dataset.fields.values()))
    place = Place(first.place.file)
    when: Condition | None = population.when if population is not None else None
    if when is None:
        when = Any_(tuple(Leaf(first.name, op, None, op, place, place) for op in ("present", "missing")))
    among = population.among if population is not None else None
    return PolicyList(name or _ALL, "", dataset.name, among, when, (), (), "", (), None, "", place)


def _columns(atom: Atom, plan: Plan, people: Mapping[str, PolicyList]) -> tuple[list[str], Fraction]:
    """SQL for the total, the base, the rows known and all rows of an atom, and the factor of its total."""
    aggregate = atom.aggregate
    outcome = plan.judged[people[aggregate.population].name].outcome
    if aggregate.value is not None:
        number = _number(aggregate.value, plan.figures)
        known = [arith.present(_number(expr, plan.figures)) for expr in (aggregate.value, *atom.partners)]
        test = " AND ".join(f"({one})" for one in (f"{outcome} = '{YES}'", *dict.fromkeys(known)))
        total = arith.total(f"CASE WHEN {test} THEN {number.top} END")
        rows = f"COUNT(CASE WHEN {outcome} IN ('{YES}', '{PENDING}') THEN 1 END)"
        return [total, "0", f"COUNT(CASE WHEN {test} THEN 1 END)", rows], number.factor
    inside, near = "TRUE", f"{outcome} = '{PENDING}'"
    if aggregate.function != COUNT and aggregate.within:
        scope = plan.judged[people[aggregate.within].name].outcome
        inside = f"{scope} = '{YES}'"
        near = f"({scope} = '{PENDING}' AND {outcome} <> '{NO}') OR ({inside} AND {near})"
    yes = f"COUNT(CASE WHEN {inside} AND {outcome} = '{YES}' THEN 1 END)"
    # Whoever is not among those judged at all is outside, too.
    base = f"COUNT(CASE WHEN {inside} AND {outcome} <> '{PENDING}' THEN 1 END)"
    rows = f"COUNT(CASE WHEN {inside} AND {outcome} <> '{PENDING}' OR {near} THEN 1 END)"
    return [yes, base, base, rows], Fraction(1)


def _number(expr: Expr, figures: Figures) -> arith.Num:
    """A formula over rows; a number of which each row says the unit in one of them, missing where it is another."""
    match expr:
        case Call(function, (Name(figure), Name(unit))) if function == IN_UNIT:
            return _in_unit(figure, parse_unit(unit), figures)
    return figures.formula(expr)


def _in_unit(figure: str, wanted: Unit, figures: Figures) -> arith.Num:
    by = unit_by(figure, figures.dataset)
    units = {text: parse_unit(text) for text in figures.dataset.fields[by].values}
    fitting = {text: found for text, found in units.items() if found.dimension == wanted.dimension}
    # The largest that all of them are whole multiples of.
    whole = Fraction(1, lcm(*(found.factor.denominator for found in fitting.values())))
    number, column = figures.number(figure), figures.text(by)
    scales = {text: int(found.factor / whole) for text, found in fitting.items()}
    cases = [
        f"WHEN {column} = {sql.text(text)} THEN {arith.scaled(number.top, scale, number.most)}"
        for text, scale in scales.items()
    ]
    most = number.most * max(scales.values(), default=1)
    return arith.Num(f"CASE {' '.join(cases)} END", "1", number.factor * whole, most)


def unit_by(name: str, dataset: Dataset) -> str:
    """The field that says the unit of another; "" for none."""
    return dataset.fields[name].unit_by if name in dataset.fields else ""


def _within(window: Window) -> str:
    column = sql.name(window.date)
    tests = [f"{column} >= {sql.date(window.start)}"] if window.start else []
    tests += [f"{column} <= {sql.date(window.end)}"] if window.end else []
    return " AND ".join(tests) or "TRUE"
