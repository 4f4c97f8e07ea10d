"""What comes of one dataset of an evaluation: its plan over its table, counts of outcomes, and what is odd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.intake.findings import Finding
from mujun.plan.plan import Plan

if TYPE_CHECKING:
    import datetime
    from decimal import Decimal

    from mujun.engine.duckdb import Engine
    from mujun.intake.load import Loaded
    from mujun.pack.policy import Dataset, Pack

_EXAMPLES = 3


class Total(msgspec.Struct, frozen=True):
    """The sum of a field over a list, in its unit, and how many enterprises of the list have the figure."""

    name: str
    unit: str
    value: Decimal | None
    known: int


class Summary(msgspec.Struct, frozen=True):
    """How many enterprises came out how on one list; `counter` counts them: 3 家."""

    name: str
    cites: str
    yes: int
    no: int
    pending: int
    outside: int
    totals: tuple[Total, ...]
    counter: str = "家"

    @property
    def judged(self) -> int:
        """How many were judged."""
        return self.yes + self.no + self.pending + self.outside


class Share(msgspec.Struct, frozen=True):
    """A dataset of an evaluation: `plan` has those of its lists that were asked for, `loaded` the balance of its rows.

    `year` is the year judged; None for data without years.
    """

    dataset: Dataset
    plan: Plan
    loaded: Loaded
    year: int | None

    def judge(self, engine: Engine, *, view: bool) -> None:
        """Make the table of verdicts."""
        if self.plan.lists:
            engine.run(self.plan.setup(view=view))

    def summaries(self, engine: Engine) -> list[Summary]:
        """The counts and totals of every list."""
        found = []
        rows = engine.run(self.plan.summary_query()) if self.plan.lists else []
        for row, item in zip(rows, self.plan.lists, strict=True):
            yes, no, pending, outside = row[1:5]
            totals = tuple(
                Total(name, self.dataset.fields[name].unit.name, row[5 + 2 * i], row[6 + 2 * i])
                for i, name in enumerate(self.dataset.totals)
            )
            found.append(Summary(item.name, item.cites, yes, no, pending, outside, totals, self.dataset.counter))
        return found

    def coverage(self, engine: Engine) -> list[tuple[str, int, int]]:
        """For each field that the files have: its name, how many rows of the year judged have it, and of how many."""
        names = [name for name in self.dataset.fields if name in self.loaded.fields]
        counts = ", ".join(["COUNT(*)", *(f"COUNT({sql.name(name)})" for name in names)])
        [(total, *filled)] = engine.run(f"SELECT {counts} FROM {self._rows()}")
        return [(name, count, total) for name, count in zip(names, filled, strict=True)]

    def count(self, engine: Engine) -> int:
        """How many rows there are in the year judged."""
        [(found,)] = engine.run(f"SELECT COUNT(*) FROM {self._rows()}")
        return int(found)

    def _rows(self) -> str:
        year = f" WHERE {sql.name(self.dataset.year)} = {self.year}" if self.year is not None else ""
        return sql.name(self.dataset.name) + year

    def useless_divisors(self, engine: Engine) -> list[Finding]:
        """A finding for each figure that makes an indicator of the lists impossible for some."""
        if not self.plan.lists or not self.plan.divisor_labels:
            return []
        found = []
        [counts] = engine.run(self.plan.divisors_query())
        for (indicator, figure), count in zip(self.plan.divisor_labels, counts, strict=True):
            if count:
                params = (("figure", figure), ("indicator", indicator))
                file = self.loaded.label if len(self.loaded.parts) == 1 else ""
                found.append(self._finding("M401", file, count, params))
        return found

    def check(self, engine: Engine, pack: Pack, as_of: datetime.date) -> bool:
        """A finding for each check of the pack that holds for some row of the year judged; whether any uses 基准日."""
        checks = tuple(item for item in pack.checks.values() if item.dataset == self.dataset.name)
        if not checks:
            return False
        plan = Plan(pack, checks, self.year, as_of=as_of)
        engine.run(plan.setup(view=True))
        for item, row in zip(checks, engine.run(plan.summary_query()), strict=True):
            if count := row[1]:
                shown = "、".join(str(name) for (name,) in engine.run(plan.examples_query(item, _EXAMPLES)))
                params = (("name", item.name), ("example", shown), ("hint", item.note))
                self.loaded.findings.append(self._finding("M421", "", count, params))
        engine.run(f"DROP VIEW {plan.verdicts}")
        return plan.uses_as_of

    def _finding(self, code: str, file: str, count: int, params: tuple[tuple[str, str], ...]) -> Finding:
        return Finding(code, file, count=count, params=params, who=self.dataset.name, counter=self.dataset.counter)
