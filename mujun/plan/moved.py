"""The last steps of an evaluation as SQL: 定档, 提档, 降档, 一票否决, by conditions and by a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.method import ACTIONS
from mujun.plan.judged import Judged, joined

if TYPE_CHECKING:
    from mujun.pack.method import Action, Method

MOVES_COLUMNS = ("代码", *ACTIONS, "原因")
"""The adjustment table: a row per enterprise; 定档 and 一票否决 hold a grade, 提档 and 降档 are BOOLEAN."""


class Moved(msgspec.Struct, frozen=True):
    """How grades are moved. `by_table`: there is an adjustment table, its columns begin with ``表·``."""

    method: Method
    judged: Judged
    by_table: bool

    def select(self, source: str, remarks: str) -> str:
        """The grades before and after, over the number of the grade in ``档``, with the reasons."""
        last = len(self.method.grades)
        up, down = self._any("提档"), self._any("降档")
        body = f"SELECT * FROM {sql.name(source)}"
        # A grade that is not there cannot go up or down: NULL stays NULL.
        for column, expression in (
            ("定", f"COALESCE({self._fixed('定档')}, {sql.name('档')})"),
            ("提", f"{sql.name('定')} - CASE WHEN ({up}) AND {sql.name('定')} > 1 THEN 1 ELSE 0 END"),
            ("降", f"{sql.name('提')} + CASE WHEN ({down}) AND {sql.name('提')} < {last} THEN 1 ELSE 0 END"),
            ("终", f"COALESCE({self._fixed('一票否决')}, {sql.name('降')})"),
        ):
            inner = sql.indent(body)
            body = f"SELECT *, {expression} AS {sql.name(column)}\nFROM (\n{inner}\n) AS {sql.name(column + '档')}"
        exempt = f"CASE WHEN {sql.name('免评')} IS NOT NULL THEN {sql.text(self.method.ungraded)} END"
        columns = [
            f"{self._grade('档')} AS {sql.name('调档前等级')}",
            f"COALESCE({self._grade('终')}, {exempt}) AS {sql.name('等级')}",
            f"{self._reasons()} AS {sql.name('调档原因')}",
            f"{remarks} AS {sql.name('提示')}",
        ]
        return f"SELECT\n{sql.items(['*', *columns])}\nFROM (\n{sql.indent(body)}\n) AS {sql.name('调档')}"

    def _moves(self, action: Action) -> list[tuple[str, str, str]]:
        """For each reason of an action: its test, the grade it leads to or "", what it is called."""
        return [(self.judged.tree(m.when), m.to, m.name) for m in self.method.moves if m.action == action]

    def _fixed(self, action: Action) -> str:
        """SQL for the number of the grade that is fixed, the worst of several; NULL where none is."""
        grades = self.method.grades
        found = [f"CASE WHEN {test} THEN {grades.index(to) + 1} END" for test, to, _ in self._moves(action)]
        if self.by_table:
            branches = [f"WHEN {sql.text(name)} THEN {number}" for number, name in enumerate(grades, 1)]
            found.append(f"CASE {sql.name('表·' + action)} {' '.join(branches)} END")
        # GREATEST passes over what is unknown.
        return f"GREATEST({', '.join(found)})" if len(found) > 1 else "".join(found) or "CAST(NULL AS INTEGER)"

    def _any(self, action: Action) -> str:
        tests = [f"({test})" for test, _, _ in self._moves(action)]
        tests += [f"COALESCE({sql.name('表·' + action)}, FALSE)"] if self.by_table else []
        return " OR ".join(tests) or "FALSE"

    def _grade(self, column: str) -> str:
        branches = [f"WHEN {number} THEN {sql.text(name)}" for number, name in enumerate(self.method.grades, 1)]
        return f"CASE {sql.name(column)} {' '.join(branches)} END"

    def _reasons(self) -> str:
        found = [
            (test, sql.text(f"{action}{to}：{name}")) for action in ACTIONS for test, to, name in self._moves(action)
        ]
        if self.by_table:
            found.append((f"{sql.name('表·原因')} IS NOT NULL", sql.name("表·原因")))
        return joined("；", found)
