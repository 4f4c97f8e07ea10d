"""What a pack says of groups: measures, targets, rankings, and where each criterion of its document lives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from mujun.errors import UsageError
from mujun.pack.formula import Binary, Call, Expr, Name, Past
from mujun.pack.problems import Place, nearest

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from mujun.pack.condition import Condition, Ref
    from mujun.quantity import Quantity, Unit

GOAL_FILES = ("measures.yaml", "targets.yaml", "rankings.yaml", "criteria.yaml")
"""The files that say so; a pack may leave out each of them."""

TargetKind = Literal["level", "count", "cumulative", "yearly", "growth", "decline", "cleared"]

SUM, COUNT, SHARE = "合计", "计数", "占比"
IN_UNIT = "折算"
"""``折算(x, 单位)``: a number of rows that say its unit, in one unit. The reader of measures writes it, no author."""


class Population(msgspec.Struct, frozen=True):
    """Of whom a measure speaks: the rows of a dataset for which a condition holds; every row without one."""

    name: str
    dataset: str
    among: Condition | None
    when: Condition | None
    cites: str = ""
    note: str = ""


class Measure(msgspec.Struct, frozen=True):
    """A figure of a group. `dataset` is that of its sums and counts which name no population.

    `date` is the field by which rows fall into a period; "" where the year of a row does.
    """

    name: str
    dataset: str
    expr: Expr
    text: str
    unit: Unit
    digits: int
    date: str
    cites: str
    note: str
    place: Place


class Aggregate(msgspec.Struct, frozen=True):
    """One call of 合计, 计数 or 占比: of `value` (for 合计), over `population`, for 占比 within another ("": all)."""

    function: str
    dataset: str
    value: Expr | None
    population: str
    within: str = ""


class Target(msgspec.Struct, frozen=True):
    """What is to be reached: the measure `op` `value`, from `start` to the end of `deadline`.

    `baseline` is the year compared with, or the figure itself; None for none. `split` gives groups, by the column that
    tells them apart, targets of their own.
    """

    name: str
    cites: str
    measure: str
    kind: TargetKind
    op: str
    value: Quantity | Ref
    start: datetime.date
    deadline: datetime.date
    baseline: int | Quantity | None
    split: Mapping[str, Mapping[str, Quantity]]
    note: str
    place: Place


class Ranking(msgspec.Struct, frozen=True):
    """How groups are ranked. `level` and `growth` name the weights of the two; `measures` maps each to its own.

    `uplifts` are evaluated beside the score: each is the mean of measures, of which the smaller is the better where the
    second is False. Groups in `without` are left out. With `indicators` there are no weights: the first decides.
    """

    name: str
    aliases: tuple[str, ...]
    by: str
    cites: str
    dataset: str
    normalise: str
    level: str
    growth: str
    measures: Mapping[str, str]
    uplifts: Mapping[str, tuple[tuple[str, bool], ...]]
    without: tuple[str, ...]
    note: str
    place: Place
    indicators: tuple[str, ...] = ()


class Criterion(msgspec.Struct, frozen=True):
    """One quantified criterion of the document, and the lists, targets and rankings in which it lives."""

    id: str
    section: str
    text: str
    op: str
    value: str
    unit: str
    period: str
    basis: str
    lists: tuple[str, ...]
    targets: tuple[str, ...]
    rankings: tuple[str, ...]
    note: str


class Goals(msgspec.Struct, frozen=True):
    """All that a pack says of groups, by name."""

    populations: Mapping[str, Population] = {}
    measures: Mapping[str, Measure] = {}
    targets: Mapping[str, Target] = {}
    rankings: Mapping[str, Ranking] = {}
    criteria: Mapping[str, Criterion] = {}

    def ranking(self, name: str) -> Ranking:
        """The ranking of this name or alias. Raises `UsageError`."""
        spellings = {key: item for item in self.rankings.values() for key in (item.name, *item.aliases)}
        if name not in spellings:
            known = "、".join("/".join((item.name, *item.aliases)) for item in self.rankings.values())
            hint = f"可用的排名：{known}" if known else "这个政策包没有 rankings.yaml"
            raise UsageError(f"没有排名“{name}”{nearest(name, spellings)}", hint)
        return spellings[name]

    def select(self, names: tuple[str, ...]) -> tuple[Target, ...]:
        """The targets of these names, in the order of the pack; all of them for no names. Raises `UsageError`."""
        for name in names:
            if name not in self.targets:
                known = "、".join(self.targets)
                raise UsageError(f"没有目标“{name}”{nearest(name, self.targets)}", f"可用的目标：{known}")
        return tuple(item for item in self.targets.values() if not names or item.name in names)

    def aggregate(self, call: Call, dataset: str) -> Aggregate:
        """A call of 合计, 计数 or 占比 within a measure of `dataset`."""
        named = [argument.name for argument in call.arguments if isinstance(argument, Name)]
        if call.function == SUM:
            people = named[-1] if len(call.arguments) > 1 else ""
            return Aggregate(SUM, self._home(people, dataset), bare(call.arguments[0]), people)
        within = named[1] if len(named) > 1 else ""
        return Aggregate(call.function, self._home(named[0], dataset), None, named[0], within)

    def _home(self, population: str, dataset: str) -> str:
        return self.populations[population].dataset if population in self.populations else dataset


_NOWHERE = Place(Path())


def bare(expr: Expr) -> Expr:
    """A formula without the places where it was written, so that the same formula is equal wherever it stands."""
    match expr:
        case Name(name):
            return Name(name, _NOWHERE)
        case Binary(op, left, right):
            return Binary(op, bare(left), bare(right), _NOWHERE)
        case Past(value, years):
            return Past(bare(value), years, _NOWHERE)
        case Call(function, arguments):
            return Call(function, tuple(map(bare, arguments)), _NOWHERE)
    return expr
