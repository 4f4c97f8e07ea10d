"""Grades for lists: an enterprise for which the data have none gets that of the pack's method, and it is said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.intake.findings import Finding
from mujun.pack.formula import Name
from mujun.plan.graded import TABLE, GradePlan
from mujun.plan.grades import Ranking
from mujun.plan.needs import lacking

if TYPE_CHECKING:
    from mujun.engine.duckdb import Engine
    from mujun.intake.load import Loaded
    from mujun.pack.method import Method
    from mujun.pack.policy import Pack

_EXAMPLES = 3


class Feeder(msgspec.Struct, frozen=True):
    """The method of a pack, for lists that rest on the field that its grades fill."""

    pack: Pack
    method: Method

    @property
    def fields(self) -> tuple[str, ...]:
        """The stored fields that the method reads."""
        return GradePlan(self.pack, self.method).fields

    def can(self, present: set[str]) -> bool:
        """Whether any indicator can be worked out from these fields."""
        dataset = self.pack.datasets[self.method.dataset]
        items = (item for scope in self.method.scopes for item in scope.items)
        return any(not lacking(Name(item.name, item.place), self.pack, dataset, present) for item in items)

    def feed(self, engine: Engine, loaded: Loaded, year: int | None, *, thorough: bool) -> str:
        """Grade all where some have no grade, with findings; the field that is filled, "" where nobody needs it.

        `thorough`: where official grades differ is a finding, too.
        """
        feeds, dataset = self.method.feeds, self.pack.datasets[self.method.dataset]
        if not self.can(loaded.fields):
            return ""
        when = f"WHERE {sql.name(dataset.year)} = {year}" if year is not None else ""
        counts = f"SELECT COUNT(*) - COUNT({sql.name(feeds)}) FROM {sql.name(dataset.name)} {when}"
        if not engine.run(counts)[0][0]:
            return ""
        plan = GradePlan(self.pack, self.method, year, detailed=False)
        engine.run(plan.setup())
        own, grade = sql.name(feeds), sql.name("等级")
        [(filled,)] = engine.run(f"SELECT COUNT(*) FROM {sql.name(TABLE)} WHERE {own} IS NULL AND {grade} IS NOT NULL")
        if filled:
            params = (("field", feeds), ("method", self.method.name), ("assumed", self.method.assumed))
            loaded.findings.append(Finding("M432", "", count=filled, params=params))
        loaded.findings += differences(engine, plan) if thorough else []
        return feeds


def differences(engine: Engine, plan: GradePlan) -> list[Finding]:
    """Where the grades of the data are not those of the method."""
    query = Ranking(plan).differences(_EXAMPLES)
    rows = engine.run(query) if query else []
    if not rows:
        return []
    shown = "、".join(f"{name}（公布 {official}，测算 {computed}）" for name, official, computed, _ in rows)
    params = (("field", plan.method.feeds), ("method", plan.method.name), ("example", shown))
    return [Finding("M431", "", count=rows[0][3], params=params)]
