"""The last steps of an evaluation as SQL: 定档, 提档, 降档, 一票否决, by conditions and by a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.method import ACTIONS
from mujun.plan.judged import Judged, joined

if TYPE_CHECKING:
    from mujun.pack.method import Action, Adjustments, Method

_STEPS = ("提档", "降档")
"""What moves a grade that is there, and nothing else."""
MOVES_COLUMNS = ("代码", *ACTIONS, "原因", "升降原因")
"""The adjustment table: a row per enterprise; 定档 and 一票否决 hold a grade, 提档 and 降档 are BOOLEAN.

The reasons of 提档 and 降档 stand apart: where there is no grade to move, they are none."""

MOVES_TABLE = "调档表"


def moves_setup(adjustments: Adjustments, grades: tuple[str, ...]) -> str:
    """The statement that makes the adjustment table of the rows of its dataset.

    Of several grades that are fixed for an enterprise, the worst counts. A veto that names no grade is the last one.
    """
    action, grade, code = (sql.name(name) for name in (adjustments.action, adjustments.grade, adjustments.code))
    number = " ".join(f"WHEN {sql.text(name)} THEN {place}" for place, name in enumerate(grades, 1))
    back = " ".join(f"WHEN {place} THEN {sql.text(name)}" for place, name in enumerate(grades, 1))

    def fixed(which: Action, otherwise: str) -> str:
        found = f"CASE WHEN {action} = '{which}' THEN COALESCE(CASE {grade} {number} END, {otherwise}) END"
        return f"CASE MAX({found}) {back} END AS {sql.name(which)}"

    reason, source = sql.name(adjustments.reason), sql.name(adjustments.source)
    to = f"CASE WHEN {action} IN ('定档', '一票否决') THEN COALESCE({grade}, '') ELSE '' END"
    steps = f"({', '.join(map(sql.text, _STEPS))})"
    said = f"{action} || {to} || COALESCE('：' || {reason}, '') || COALESCE('（' || {source} || '）', '')"
    columns = [
        f"{code} AS {sql.name(MOVES_COLUMNS[0])}",
        fixed("定档", "NULL"),
        f"BOOL_OR({action} = '提档') AS {sql.name('提档')}",
        f"BOOL_OR({action} = '降档') AS {sql.name('降档')}",
        fixed("一票否决", str(len(grades))),
        f"STRING_AGG({said}, '；' ORDER BY {said}) FILTER (WHERE {action} NOT IN {steps}) AS {sql.name('原因')}",
        f"STRING_AGG({said}, '；' ORDER BY {said}) FILTER (WHERE {action} IN {steps}) AS {sql.name('升降原因')}",
    ]
    return (
        f"CREATE TABLE {sql.name(MOVES_TABLE)} AS\nSELECT\n{sql.items(columns)}\n"
        f"FROM {sql.name(adjustments.dataset)}\n"
        f"WHERE {code} IS NOT NULL AND {action} IS NOT NULL AND ({action} <> '定档' OR {grade} IS NOT NULL)\n"
        f"GROUP BY {code}"
    )


def moves_faults(adjustments: Adjustments, table: str, code: str) -> tuple[str, str]:
    """Queries of the codes of adjustments that concern nobody, and of how many rows say too little to be used."""
    own, action, grade = (sql.name(name) for name in (adjustments.code, adjustments.action, adjustments.grade))
    rows = sql.name(adjustments.dataset)
    known = f"SELECT {sql.name(code)} FROM {sql.name(table)} WHERE {sql.name(code)} IS NOT NULL"
    strangers = f"SELECT DISTINCT {own} FROM {rows} WHERE {own} NOT IN ({known}) ORDER BY 1"
    useless = f"{own} IS NULL OR {action} IS NULL OR ({action} = '定档' AND {grade} IS NULL)"
    return strangers, f"SELECT COUNT(*) FROM {rows} WHERE {useless}"


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
        graded = f" AND {sql.name('定')} IS NOT NULL"
        found = [
            (f"({test}){graded}" if action in _STEPS else test, sql.text(f"{action}{to}：{name}"))
            for action in ACTIONS
            for test, to, name in self._moves(action)
        ]
        if self.by_table:
            fixed, stepped = sql.name("表·原因"), sql.name("表·升降原因")
            found += [(f"{fixed} IS NOT NULL", fixed), (f"{stepped} IS NOT NULL{graded}", stepped)]
        return joined("；", found)
