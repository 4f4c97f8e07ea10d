"""Why an enterprise has its grade: its strengths and weaknesses among its peers, and what would move it up.

What would move it up is one figure changed, all others as they are: more of what an indicator divides, or less of what
it divides by. Benchmarks that are figures of the group move along with it: each change is worked out from what the
benchmarks are, the whole group is graded anew, and the change corrected until it does what it says.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import msgspec

from mujun import sql
from mujun.errors import UsageError
from mujun.pack.formula import Name
from mujun.pack.problems import nearest
from mujun.plan.graded import TABLE, GradePlan
from mujun.quantity import SCALE

if TYPE_CHECKING:
    from mujun.grading import Grades
    from mujun.pack.method import GradeScope
    from mujun.plan.points import Points

_TRIES = 6
_MANY = 100_000
"""From so many enterprises on, a change is not tried out: each trial grades them all."""
_STEP = Fraction(1, 10**10)
"""The smallest difference of two scores."""
STRONG, WEAK = "强项", "弱项"
_QUARTER = Fraction(1, 4)


class Standing(msgspec.Struct, frozen=True):
    """How an enterprise stands in one indicator: `place` of `peers` who have points, who on average have `mean`."""

    name: str
    unit: str
    value: Decimal | None
    benchmark: float | None
    weight: Fraction
    points: float | None
    cap: Fraction | None
    place: int | None
    peers: int
    mean: float | None

    @property
    def word(self) -> str:
        """强项 in the best quarter, 弱项 in the last; no points of its own are a weakness, too."""
        if self.place is None:
            return "缺数据"
        if Fraction(self.place, self.peers) <= _QUARTER:
            return STRONG
        return WEAK if Fraction(self.place - 1, self.peers) >= 1 - _QUARTER else ""


class Change(msgspec.Struct, frozen=True):
    """One figure that would move the grade up if it were `to` instead of `now`, in `unit`; None where it cannot.

    `items` are the indicators it helps. `tried` is whether the whole group was graded anew with it.
    """

    items: tuple[str, ...]
    field: str
    unit: str
    now: Fraction | None
    to: Fraction | None
    tried: bool
    note: str


class Diagnosis(msgspec.Struct, frozen=True):
    """An enterprise among its peers. `short` are the points it lacks to `better`, which is "" for the best grade."""

    code: str
    company: str
    scope: str
    group: str
    rank: int | None
    ranked: int | None
    score: Decimal | None
    grade: str
    before: str
    moved: str
    ungraded: str
    remarks: str
    better: str
    line: Decimal | None
    short: Decimal | None
    standings: tuple[Standing, ...]
    changes: tuple[Change, ...]


def diagnose(grades: Grades, who: str) -> Diagnosis:
    """The diagnosis of an enterprise, named by its code or its whole name. Raises `UsageError` for one unknown."""
    return _Patient(grades, _find(grades, who)).diagnosis()


def _find(grades: Grades, who: str) -> str:
    """The test that is true of this enterprise alone."""
    dataset = grades.plan.figures.dataset
    code, company = sql.name(dataset.code), sql.name(dataset.company)
    wanted = sql.text(who.strip())
    for column in (code, company):
        test = f"{column} = {wanted}"
        [(count,)] = grades.engine.run(f"SELECT COUNT(*) FROM {sql.name(TABLE)} WHERE {test}")
        if count == 1:
            return test
        if count > 1:
            raise UsageError(f"有 {count} 家企业叫“{who}”", f"请改用{dataset.code}")
    names = [
        name for row in grades.engine.run(f"SELECT {code}, {company} FROM {sql.name(TABLE)}") for name in row if name
    ]
    raise UsageError(
        f"{grades.year or ''}{'年' if grades.year else ''}没有企业“{who}”{nearest(who, names)}", "请核对代码或全名"
    )


class _Patient:
    def __init__(self, grades: Grades, test: str) -> None:
        self.grades, self.test, self.engine = grades, test, grades.engine
        names = ["范围", "名次", "家数", "得分", "等级", "调档前等级", "调档原因", "未评原因", "提示", "修正系数"]
        dataset = grades.plan.figures.dataset
        self.row = dict(zip(names, self._one([*map(sql.name, names)]), strict=True))
        self.code, self.company = self._one([sql.name(dataset.code), sql.name(dataset.company)])
        scopes = {scope.name: scope for scope in grades.method.scopes}
        self.scope: GradeScope | None = scopes.get(self.row["范围"] or "")

    def _one(self, columns: list[str], table: str = TABLE) -> tuple[Any, ...]:
        [row] = self.engine.run(f"SELECT {', '.join(columns)} FROM {sql.name(table)} WHERE {self.test}")
        return row

    @property
    def _peers(self) -> str:
        """The test of those ranked together with it."""
        assert self.scope is not None  # noqa: S101
        tests = [f"{sql.name('范围')} = {sql.text(self.scope.name)}"]
        for name in self.scope.within:
            column = self.grades.plan.figures.text(name)
            tests.append(f"{column} IS NOT DISTINCT FROM (SELECT {column} FROM {sql.name(TABLE)} WHERE {self.test})")
        return " AND ".join(tests)

    def diagnosis(self) -> Diagnosis:
        row, scope = self.row, self.scope
        better, line = self._better()
        short = line - row["得分"] if line is not None else None
        standings = tuple(self._standing(points) for points in self._points())
        group = ""
        if scope and scope.within:
            found = self._one([self.grades.plan.figures.text(name) for name in scope.within])
            group = "、".join(str(value) for value in found if value is not None)
        return Diagnosis(
            self.code or "", self.company or "", row["范围"] or "", group, row["名次"], row["家数"], row["得分"],
            row["等级"] or "", row["调档前等级"] or "", row["调档原因"] or "", row["未评原因"] or "", row["提示"] or "",
            better, line, short, standings, tuple(self._changes(better)) if short is not None else (),
        )  # fmt: skip

    def _points(self) -> tuple[Points, ...]:
        return self.grades.plan.scored[self.scope.name].points if self.scope else ()

    # --- among its peers --------------------------------------------------------------------------------------------

    def _standing(self, points: Points) -> Standing:
        item, own = points.item, points.column("自得")
        value, benchmark, got, mine = self._one([
            self.grades.ranking.value(points), points.column("基准"), points.column("得分"), own,
        ])  # fmt: skip
        ahead_of = "NULL" if mine is None else repr(mine)
        [(peers, mean, ahead)] = self.engine.run(
            f"SELECT COUNT({own}), AVG({own}), COUNT(CASE WHEN {own} > {ahead_of} THEN 1 END) "
            f"FROM {sql.name(TABLE)} WHERE {self._peers}"
        )
        cap = item.cap * item.weight if item.cap is not None else None
        place = ahead + 1 if mine is not None else None
        unit = self.grades.plan.figures.unit(item.name).name
        return Standing(item.name, unit, value, benchmark, item.weight, got, cap, place, peers, mean)

    # --- what would move it up --------------------------------------------------------------------------------------

    def _better(self) -> tuple[str, Decimal | None]:
        """The next grade up, before any moves, and the score that it takes; "" for the best, None for no ranking."""
        grades, before = self.grades.method.grades, self.row["调档前等级"]
        if self.scope is None or before is None or before == grades[0]:
            return "", None
        better = grades[grades.index(before) - 1]
        cuts = self.scope.cuts
        if cuts.by == "score":
            line = dict(cuts.lines)[better]
            return better, Decimal(line.numerator) / Decimal(line.denominator)
        upto = ", ".join(map(sql.text, grades[: grades.index(better) + 1]))
        [(least,)] = self.engine.run(
            f"SELECT MIN({sql.name('得分')}) FROM {sql.name(TABLE)} "
            f"WHERE {self._peers} AND {sql.name('调档前等级')} IN ({upto})"
        )
        if least is None:
            return better, None
        # Who ties with the last of a grade shares it, unless ties go to the worse.
        return better, least if cuts.ties == "better" else least + Decimal(_STEP.numerator) / _STEP.denominator

    def _changes(self, better: str) -> list[Change]:
        """For each figure that indicators rest on, how far it would have to go up (or down), all others as they are."""
        found: dict[tuple[str, bool], list[Points]] = {}
        for points in self._points():
            for name, above in self._figures(points):
                # What divides helps by being less; where smaller is better it is the other way round.
                found.setdefault((name, above is not points.item.smaller_is_better), []).append(points)
        return [self._change(field, items, better, more=more) for (field, more), items in found.items()]

    def _figures(self, points: Points) -> list[tuple[str, bool]]:
        expr = points.quotient
        sides = (
            ((expr.left, True), (expr.right, False)) if expr else ((Name(points.item.name, points.item.place), True),)
        )
        fields = self.grades.plan.figures.dataset.fields
        return [(side.name, above) for side, above in sides if isinstance(side, Name) and side.name in fields]

    def _change(self, field: str, items: list[Points], better: str, *, more: bool) -> Change:
        of, unit = tuple(points.item.name for points in items), self.grades.plan.figures.dataset.fields[field].unit
        (stored,) = self._one([sql.name(field)])
        if stored is None:
            return Change(of, field, unit.name, None, None, tried=False, note=f"缺少 {field}")
        now = Fraction(int(stored), SCALE)
        estimates = [found for points in items if (found := self._estimate(points, now, more=more)) is not None]
        if not estimates:
            return Change(of, field, unit.name, now, None, tried=False, note="已到上限或现值不大于 0，单靠它不够")
        to = (min if more else max)(estimates)
        if self.grades.judged > _MANY:
            return Change(of, field, unit.name, now, to, tried=False, note="按别的企业与基准不变估算")
        least = self._search(field, now, to, better, more=more)
        note = "" if least is not None else "基准随之变动，单靠它不够"
        return Change(of, field, unit.name, now, least, tried=True, note=note)

    def _estimate(self, points: Points, now: Fraction, *, more: bool) -> Fraction | None:
        """What the figure must be for this item alone to make up the points, benchmarks as they are; None: no use."""
        item = points.item
        got, value, factor = self._one([points.column("自得"), points.column("值"), points.column("系数约")])
        if got is None or value is None or not factor or not self.row["修正系数"] or value <= 0:
            return None
        need = Fraction(self._better()[1] - self.row["得分"]) / Fraction(self.row["修正系数"])
        most = item.weight if item.family == "min-max" else item.cap * item.weight if item.cap is not None else None
        if most is not None and Fraction(got) + need > most:
            return None
        step = need / Fraction(factor)
        down = item.family == "min-max" and item.smaller_is_better
        ratio = (Fraction(value) + (-step if down else step)) / Fraction(value)
        if ratio <= 0:
            return None
        return now * max(ratio, 1 / ratio) if more else now * min(ratio, 1 / ratio)

    def _search(self, field: str, now: Fraction, to: Fraction, better: str, *, more: bool) -> Fraction | None:
        """The least change that moves the grade, found by grading all anew; None where none is found.

        The score is nearly linear in what divides, or in the inverse of what it is divided by.
        """
        digits = Fraction(10 ** self.grades.plan.figures.dataset.fields[field].digits)

        def rounded(figure: Fraction) -> Fraction:
            return (Fraction(ceil(figure * digits)) if more else Fraction(floor(figure * digits))) / digits

        def turned(figure: Fraction) -> Fraction:
            return figure if more else 1 / figure

        fails, lacks = now, Fraction(self.row["得分"] - self._better()[1])
        works: Fraction | None = None
        self.engine.run("BEGIN TRANSACTION")
        try:
            for _ in range(_TRIES):
                to = rounded(to)
                if to <= 0:
                    break
                self._set(field, to)
                margin = self._margin(better)
                if margin >= 0:
                    works, surplus = to, margin
                else:
                    fails, lacks = to, margin
                if works is None:
                    # The line moves away with the benchmark: go half as far again.
                    to = turned(turned(fails) + (turned(fails) - turned(now)) / 2)
                    continue
                if abs(works - fails) <= 1 / digits:
                    break
                share = -lacks / (surplus - lacks) if surplus > lacks else Fraction(1, 2)
                at = turned(fails) + (turned(works) - turned(fails)) * share
                to = rounded(turned(at))
                if to in (works, fails):
                    to = works - 1 / digits if more else works + 1 / digits
        finally:
            self.engine.run("ROLLBACK")
        return works

    def _margin(self, better: str) -> Fraction:
        """By how much the score is above what the better grade takes, now; below 0 where it is not reached."""
        grades = self.grades.method.grades
        score, grade = self._one([sql.name("得分"), sql.name("调档前等级")])
        if self.scope is not None and self.scope.cuts.by == "score":
            return Fraction(score) - dict(self.scope.cuts.lines)[better]
        upto = ", ".join(map(sql.text, grades[: grades.index(better) + 1]))
        reached = grades.index(grade) <= grades.index(better)
        function, within = ("MAX", "NOT IN") if reached else ("MIN", "IN")
        [(line,)] = self.engine.run(
            f"SELECT {function}({sql.name('得分')}) FROM {sql.name(TABLE)} "
            f"WHERE {self._peers} AND {sql.name('调档前等级')} {within} ({upto})"
        )
        if line is None:
            return Fraction(0) if reached else Fraction(-1)
        margin = Fraction(score) - Fraction(line)
        return max(margin, Fraction(0)) if reached else min(margin, -_STEP)

    def _set(self, field: str, value: Fraction) -> None:
        """Grade all with one figure changed. A temporary table hides the one of that name."""
        dataset, year = self.grades.plan.figures.dataset, self.grades.year
        when = f" AND {sql.name(dataset.year)} = {year}" if year is not None else ""
        table, column, stored = sql.name(dataset.name), sql.name(field), int(value * SCALE)
        changed = f"* REPLACE (CASE WHEN {self.test}{when} THEN {stored} ELSE {column} END AS {column})"
        self.engine.run(f"DROP TABLE IF EXISTS temp.{table}")
        self.engine.run(f"CREATE TEMP TABLE {table} AS SELECT {changed} FROM memory.main.{table}")
        self.engine.run(f"DROP TABLE {sql.name(TABLE)}")
        plan: GradePlan = self.grades.plan
        self.engine.run(plan.setup())
