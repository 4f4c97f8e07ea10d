"""What is asked of the table of scores and grades: rankings, the points behind a score, how many are what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.method import SCORE_DIGITS, WORDS_FOR_STEPS
from mujun.pack.policy import REMARKS
from mujun.plan import arith
from mujun.plan.graded import TABLE
from mujun.plan.query import Column, Query
from mujun.plan.scored import MISSING_WORDS
from mujun.quantity import decimal_text

if TYPE_CHECKING:
    from mujun.pack.method import GradeScope
    from mujun.plan.graded import GradePlan
    from mujun.plan.points import Points

SCOPE_COLUMN, RANK, SCORE, GRADE, BEFORE, MOVED, UNGRADED = (
    "范围", "名次", "得分", "等级", "调档前等级", "调档原因", "未评原因",
)  # fmt: skip
POINT_DIGITS = 4
"""Scores and points are shown with so many decimals."""
OUTSIDE, NO_GRADE = "不在范围", "未评"
"""The scope of those who belong to none, the grade of those who have none."""


class Ranking(msgspec.Struct, frozen=True):
    """The queries over the table ``评价``. `extra` names fields and indicators to have beside the own columns."""

    plan: GradePlan

    # --- the ranking ------------------------------------------------------------------------------------------------

    def _leading(self) -> list[str]:
        dataset = self.plan.figures.dataset
        return list(dict.fromkeys((*dataset.leading, dataset.code, dataset.company)))

    def _shown(self, name: str) -> tuple[str, Column]:
        return self.plan.base.shown(name)

    def _points(self, expression: str, name: str) -> tuple[str, Column]:
        rounded = f"CAST({expression} AS DECIMAL(38, {POINT_DIGITS}))"
        return rounded, Column(name, "number", digits=POINT_DIGITS, fixed=True)

    def _score(self) -> tuple[str, Column]:
        """As other points, but by way of narrow decimals, which are rounded thirty times as fast."""
        score = sql.name(SCORE)
        rounded, column = self._points(score, SCORE)
        quick, _ = self._points(f"CAST({score} AS DECIMAL(18, {SCORE_DIGITS}))", SCORE)
        most = 10 ** (17 - SCORE_DIGITS)
        return f"CASE WHEN {score} BETWEEN -{most} AND {most} THEN {quick} ELSE {rounded} END", column

    def scope(self, scope: GradeScope | None) -> Query:
        """The enterprises of a scope (None: of none), best first, then those without a rank."""
        outer: list[tuple[str, Column]] = []
        name = sql.text(scope.name) if scope else "CAST(NULL AS VARCHAR)"
        outer.append((name, Column(SCOPE_COLUMN)))
        outer.append((sql.name(RANK), Column(RANK, "number", digits=0, fixed=True)))
        outer += [self._shown(field) for field in self._leading()]
        outer += [self._shown(field) for field in (scope.within if scope else ()) if field not in self._leading()]
        outer.append(self._score())
        outer += [(sql.name(column), Column(column)) for column in (GRADE, BEFORE)]
        if self.plan.method.feeds:
            outer.append(self._shown(self.plan.method.feeds))
        if scope:
            for points in self.plan.scored[scope.name].points:
                outer.append(self._shown(points.item.name))
                outer.append(self._points(points.column("得分"), f"{points.item.name}得分"))
            if scope.coefficient is not None:
                outer.append(self._points(sql.name("修正系数"), "修正系数"))
            if scope.steps:
                outer += [self._points(sql.name(column), column) for column in ("加分", "减分")]
        taken = {column.name for _, column in outer}
        outer += [self._shown(field) for field in self.plan.extra if field not in taken]
        outer += [(sql.name(column), Column(column)) for column in (MOVED, UNGRADED, REMARKS)]
        columns = [f"{expression} AS {sql.name(column.name)}" for expression, column in outer]
        text = (
            f"SELECT\n{sql.items(columns)}\nFROM {sql.name(TABLE)} AS {sql.name('行')}\n"
            f"WHERE {self._where(scope)}\nORDER BY {self._order(scope)}"
        )
        return Query(text, tuple(column for _, column in outer))

    def _where(self, scope: GradeScope | None) -> str:
        own = f"{sql.name('行')}.{sql.name(SCOPE_COLUMN)}"
        return f"{own} = {sql.text(scope.name)}" if scope else f"COALESCE({own}, '') = ''"

    def _order(self, scope: GradeScope | None) -> str:
        figures, keys = self.plan.figures, []
        if scope is not None:
            keys += [f"{figures.text(name)} NULLS LAST" for name in scope.within]
            row = sql.name("行")
            keys += [f"{row}.{sql.name(RANK)} NULLS LAST", f"{row}.{sql.name(SCORE)} DESC NULLS LAST"]
            for name, descending in scope.then:
                is_number = figures.kind(name) == "number"
                found = arith.ranking(figures.number(name)) if is_number else [figures.text(name)]
                keys += [f"{key} {'DESC' if descending else 'ASC'} NULLS LAST" for key in found]
        row = sql.name("行")
        dataset = figures.dataset
        return ", ".join([*keys, *(f"{row}.{sql.name(n)} NULLS LAST" for n in (dataset.code, dataset.company))])

    # --- each point -------------------------------------------------------------------------------------------------

    def detail(self, scope: GradeScope) -> Query:
        """One row for each enterprise and indicator: value, benchmark, weight, points and their limit."""
        figures = self.plan.figures
        dataset = figures.dataset
        columns = [
            Column(SCOPE_COLUMN),
            Column(RANK, "number", digits=0, fixed=True),
            Column(dataset.code),
            Column(dataset.company),
            Column("指标"),
            Column("单位"),
            Column("数值", "number", digits=4),
            Column("基准", "number", digits=4),
            Column("权重", "number"),
            Column("分值", "number", digits=POINT_DIGITS, fixed=True),
            Column("上限", "number", digits=POINT_DIGITS),
            Column("算法"),
            Column("说明"),
        ]
        parts = []
        for number, points in enumerate(self.plan.scored[scope.name].points):
            item = points.item
            cap = decimal_text(item.cap * item.weight) if item.cap is not None else ""
            remark = f"CASE WHEN {points.column('自得')} IS NULL THEN {sql.text(MISSING_WORDS[item.missing])} END"
            values = [
                f"{number} AS {sql.name('序')}",
                sql.name(RANK), sql.name(SCORE), sql.name(dataset.code), sql.name(dataset.company),
                sql.text(item.name), sql.text(figures.unit(item.name).name),
                self.value(points), f"CAST({points.column('基准')} AS DECIMAL(38, 6))",
                f"CAST({decimal_text(item.weight)} AS DECIMAL(38, 6))",
                f"CAST({points.column('得分')} AS DECIMAL(38, {POINT_DIGITS}))",
                f"CAST({cap or 'NULL'} AS DECIMAL(38, {POINT_DIGITS}))", sql.text(words(points)), remark,
            ]  # fmt: skip
            source = f"FROM {sql.name(TABLE)} AS {sql.name('行')} WHERE {self._where(scope)}"
            parts.append(f"SELECT {', '.join(values)}\n{source}")
        names = ["序", RANK, SCORE, *(column.name for column in columns[2:])]
        body = "\nUNION ALL\n".join(parts)
        shown = [sql.text(scope.name), *(sql.name(column.name) for column in columns[1:])]
        named = [f"{expression} AS {sql.name(column.name)}" for expression, column in zip(shown, columns, strict=True)]
        order = [f"{sql.name(name)} NULLS LAST" for name in (RANK, dataset.code, dataset.company)]
        text = (
            f"SELECT\n{sql.items(named)}\nFROM (\n{sql.indent(body)}\n) AS {sql.name('明细')} "
            f"({', '.join(map(sql.name, names))})\n"
            f"ORDER BY {order[0]}, {sql.name(SCORE)} DESC NULLS LAST, {', '.join(order[1:])}, {sql.name('序')}"
        )
        return Query(text, tuple(columns))

    def value(self, points: Points) -> str:
        """SQL for the value of an item in its unit, rounded to six decimals."""
        return arith.shown(points.number, self.plan.figures.unit(points.item.name), 6)

    # --- the distribution -------------------------------------------------------------------------------------------

    def distribution(self) -> Query:
        """One row for each scope and grade: firms, their share of those graded, where it is cut, firms before moves."""
        totals = [(name, self.plan.figures.dataset.fields[name]) for name in self.plan.totals]
        columns = (
            Column(SCOPE_COLUMN),
            Column(GRADE),
            Column("家数", "number", digits=0, fixed=True),
            *(Column(name, "number", digits=2, fixed=True) for name in ("占比%", "累计%")),
            Column("划档线"),
            Column("调档前家数", "number", digits=0, fixed=True),
            *(Column(name, "number", field.unit, field.digits, fixed=True) for name, field in totals),
        )
        table, scope, grade = sql.name(TABLE), sql.name(SCOPE_COLUMN), sql.name(GRADE)
        whose = f"COALESCE(NULLIF({table}.{scope}, ''), {sql.text(OUTSIDE)})"
        sums = []
        for name, field in totals:
            number = self.plan.figures.number(name)
            known = number.top if number.bottom == "1" else f"CAST({arith.approximate(number)} AS {arith.INTEGER})"
            total = arith.Num(arith.total(known), "1", number.factor)
            sums.append(f"{arith.shown(total, field.unit, field.digits)} AS {sql.name(name)}")
        counts = [
            f"{whose} AS {scope}",
            f"COALESCE({grade}, '{NO_GRADE}') AS {grade}",
            f"COUNT(*) AS {sql.name('家数')}",
        ]
        now = f"SELECT\n{sql.items([*counts, *sums])}\nFROM {table}\nGROUP BY 1, 2"
        earlier = f"SELECT {whose} AS {scope}, {sql.name(BEFORE)} AS {grade}, COUNT(*) AS {sql.name('调档前家数')}\n"
        earlier += f"FROM {table}\nWHERE {sql.name(BEFORE)} IS NOT NULL\nGROUP BY 1, 2"
        firms = f"CASE WHEN {sql.name('评')} THEN COALESCE({sql.name('家数')}, 0) ELSE 0 END"
        own = f"PARTITION BY {sql.name('档')}.{scope}"
        all_graded = f"NULLIF(SUM({firms}) OVER ({own}), 0)"
        upto = f"SUM({firms}) OVER ({own} ORDER BY {sql.name('序')} ROWS UNBOUNDED PRECEDING)"
        shares = []
        for name, count in (("占比%", firms), ("累计%", upto)):
            share = f"CAST(100.0 * {count} / {all_graded} AS DECIMAL(38, 2))"
            shares.append(f"CASE WHEN {sql.name('评')} THEN {share} END AS {sql.name(name)}")
        shown = [
            f"{sql.name('档')}.{scope}", f"{sql.name('档')}.{grade}",
            f"COALESCE({sql.name('家数')}, 0) AS {sql.name('家数')}", *shares, sql.name("划档线"),
            f"CASE WHEN {sql.name('评')} THEN COALESCE({sql.name('调档前家数')}, 0) END AS {sql.name('调档前家数')}",
            *(sql.name(name) for name, _ in totals),
        ]  # fmt: skip
        text = (
            f"WITH {sql.name('档')} ({', '.join(map(sql.name, ('序', SCOPE_COLUMN, GRADE, '划档线', '评')))}) AS (\n"
            f"  VALUES\n{sql.items(self._rungs(), 4)}\n),\n{sql.name('现')} AS (\n{sql.indent(now)}\n),\n"
            f"{sql.name('前')} AS (\n{sql.indent(earlier)}\n)\n"
            f"SELECT\n{sql.items(shown)}\nFROM {sql.name('档')}\n"
            f"LEFT JOIN {sql.name('现')} USING ({scope}, {grade})\n"
            f"LEFT JOIN {sql.name('前')} USING ({scope}, {grade})\n"
            f"WHERE {sql.name('家数')} > 0 OR {sql.name('评')}\nORDER BY {sql.name('序')}"
        )
        return Query(text, columns)

    def _rungs(self) -> list[str]:
        """The rows of the distribution: scope, grade, where it is cut, whether it is a grade of the ranking."""
        method, rows = self.plan.method, []
        for scope in method.scopes:
            lines = dict(scope.cuts.lines)
            for grade in (*method.grades, method.ungraded, NO_GRADE):
                line = sql.text(scope.cuts.shown(lines[grade])) if grade in lines else "NULL"
                rows.append((sql.text(scope.name), sql.text(grade), line, str(grade in method.grades).upper()))
        rows.append((sql.text(OUTSIDE), sql.text(NO_GRADE), "NULL", "FALSE"))
        return [f"({number}, {', '.join(row)})" for number, row in enumerate(rows)]

    def differences(self, most: int) -> str | None:
        """Name, official and computed grade of those whose grades differ, and of how many; None where none can."""
        feeds, dataset = self.plan.method.feeds, self.plan.figures.dataset
        if not feeds:
            return None
        official, grade = self.plan.figures.text(feeds), sql.name(GRADE)
        who = f"COALESCE({sql.name(dataset.company)}, {sql.name(dataset.code)})"
        return (
            f"SELECT {who}, {official}, {grade}, COUNT(*) OVER ()\nFROM {sql.name(TABLE)}\n"
            f"WHERE {official} <> {grade}\nORDER BY {sql.name(dataset.code)} NULLS LAST, 1\nLIMIT {most}"
        )

    def why(self) -> Query:
        """Why enterprises have no grade of the ranking: reason and count."""
        columns = (Column(SCOPE_COLUMN), Column(UNGRADED), Column("家数", "number", digits=0, fixed=True))
        scope, why = sql.name(SCOPE_COLUMN), sql.name(UNGRADED)
        text = (
            f"SELECT COALESCE(NULLIF({scope}, ''), {sql.text(OUTSIDE)}) AS {scope}, {why}, "
            f"COUNT(*) AS {sql.name('家数')}\n"
            f"FROM {sql.name(TABLE)}\nWHERE {why} IS NOT NULL\nGROUP BY 1, 2\nORDER BY 3 DESC, 1, 2"
        )
        return Query(text, columns)


def words(points: Points) -> str:
    """How the points come about, in words."""
    item = points.item
    weight = decimal_text(item.weight)
    if item.family == "min-max":
        over = f"（{'最大 - 值' if item.smaller_is_better else '值 - 最小'}） / （最大 - 最小）"
        if item.base:
            over = f"（{decimal_text(item.base * 100)}% + {decimal_text((1 - item.base) * 100)}% × {over}）"
        return f"{over} × {weight}"
    return f"{'基准 / 值' if item.smaller_is_better else '值 / 基准'} × {weight}"


def text(plan: GradePlan) -> str:
    """All the SQL of an evaluation, as an auditor reads it."""
    method, ranking = plan.method, Ranking(plan)
    queries = {f"范围 {scope.name}": ranking.scope(scope) for scope in method.scopes}
    queries |= {OUTSIDE: ranking.scope(None), "分布": ranking.distribution()}
    parts = [f"\n{sql.comment(title)}\n{query.sql};" for title, query in queries.items()]
    head = sql.comment(f"评价办法 {method.name}：{method.title}")
    return "\n".join([head, sql.comment(WORDS_FOR_STEPS), plan.setup() + ";", *parts]) + "\n"
