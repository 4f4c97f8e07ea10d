"""One scope of a method as SQL: from its enterprises' figures to points, scores, ranks and grades."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.method import ACTIONS, SCORE_DIGITS
from mujun.plan import arith, precise
from mujun.plan.benchmarks import Benchmarks
from mujun.plan.judged import Judged, joined
from mujun.plan.moved import Moved
from mujun.plan.points import Points, setting

if TYPE_CHECKING:
    from mujun.pack.condition import Condition
    from mujun.pack.formula import Expr
    from mujun.pack.method import GradeScope, Item, Method, Step
    from mujun.plan.figures import Figures

SCORE = f"DECIMAL(38, {SCORE_DIGITS})"
RESULTS = {
    "得分": SCORE, "加分": "DOUBLE", "减分": "DOUBLE", "修正系数": "DOUBLE", "名次": "BIGINT", "末位": "BIGINT",
    "家数": "BIGINT", "调档前等级": "VARCHAR", "等级": "VARCHAR", "调档原因": "VARCHAR", "未评原因": "VARCHAR",
    "提示": "VARCHAR",
}  # fmt: skip
"""What a scope says of each of its enterprises, column -> type. 末位 is the last place of a tie, 家数 who is ranked."""

VALUES = "数值"
"""The stage with the most columns: to keep its rows takes longer than to work them out anew where they are read."""

_DOUBT = 8e-15
"""What DOUBLE may be wrong by, as a share of the points added up: some thirty times its precision."""


class Scored(msgspec.Struct, frozen=True):
    """A scope over the columns of the scope stage."""

    scope: GradeScope
    method: Method
    judged: Judged
    points: tuple[Points, ...]

    @property
    def figures(self) -> Figures:
        """The names of the pack."""
        return self.judged.figures

    def name(self, stage: str) -> str:
        """A stage of this scope."""
        return f"{self.scope.name}·{stage}"

    def stages(self, has_years: bool, moved: bool) -> list[tuple[str, str, str]]:
        """Name, note and text of each stage. `moved`: there is an adjustment table."""
        against = Benchmarks(self.scope, self.points, has_years)
        found = [
            *against.stages(),
            (self.name(VALUES), "各项的值与其基准", against.values()),
            (self.name("自得"), "按值得分，封顶保底；不知道的为 NULL", self._own()),
        ]
        if self._by_peers():
            found.append((self.name("同类"), "同类企业各项得分的平均", self._peers()))
        exempt = [(self.name("不评"), "免评的家数", self._exempt())] if self.scope.cuts.base == "all" else []
        return [
            *found,
            (self.name("各项"), "缺值按办法处理后的各项得分", self._filled()),
            (self.name("粗分"), "合计 × 修正系数 + 加分 - 减分，双精度", self._rough()),
            (self.name("总分"), f"四舍五入到小数点后 {SCORE_DIGITS} 位；离舍入线太近的精确计算", self._score()),
            *exempt,
            (self.name("名次"), "每个得分的名次（1、2、2、4）、同分的末位、全组家数", self._places()),
            (self.name("排名"), "名次到企业", self._ranked()),
            (self.name("划档"), "名次乘分母与家数乘分子比较，不做除法", self._cut()),
            (
                self.name("等级"),
                " → ".join(ACTIONS),
                Moved(self.method, self.judged, moved).select(self.name("划档"), self._remarks()),
            ),
        ]

    # --- points -----------------------------------------------------------------------------------------------------

    def _own(self) -> str:
        columns = [
            f"{sql.comment(_item_words(points.item))}\n{points.own()} AS {points.column('自得')}"
            for points in self.points
        ]
        return _select(self.name(VALUES), columns)

    def _by_peers(self) -> list[Points]:
        return [points for points in self.points if points.item.missing == "peers"]

    def _within(self) -> list[str]:
        return [self.figures.text(name) for name in self.scope.within]

    def _peers(self) -> str:
        sums, means = self._within(), self._within()
        for points in self._by_peers():
            own, total, count = (points.column(what) for what in ("自得", "同类和", "同类数"))
            sums.append(f"SUM(CASE WHEN {own} IS NOT NULL THEN {points.exactly()} END) AS {total}")
            sums.append(f"CAST(NULLIF(COUNT({own}), 0) AS {arith.INTEGER}) AS {count}")
            means.append(f"{precise.ratio(total, count)} AS {points.column('同类')}")
        by = f"\nGROUP BY {', '.join(self._within())}" if self._within() else ""
        inner = f"SELECT\n{sql.items(sums)}\nFROM {sql.name(self.name('自得'))}{by}"
        return f"SELECT\n{sql.items(means)}\nFROM (\n{sql.indent(inner)}\n) AS {sql.name('合计')}"

    def _instead(self, points: Points, *, sharp: bool) -> str:
        """What an unknown value gets; "" for nothing."""
        item, literal = points.item, precise.decimal if sharp else precise.double
        match item.missing:
            case "peers":
                return points.column("同类") if sharp else f"CAST({points.column('同类')} AS DOUBLE)"
            case "zero":
                return literal(Fraction(0))
            case "full":
                return literal(item.weight)
            case "penalty":
                return literal(item.penalty)
        return ""

    def _filled(self) -> str:
        source = sql.name(self.name("自得"))
        columns, join = [f"{source}.*"], ""
        if peers := self._by_peers():
            means = sql.name(self.name("同类"))
            columns += [f"{means}.{points.column('同类')}" for points in peers]
            # Those of unknown groups are no group of their own.
            same = " AND ".join(f"{source}.{key} = {means}.{key}" for key in self._within())
            join = f"\nLEFT JOIN {means} ON {same or 'TRUE'}"
        for points in self.points:
            instead = self._instead(points, sharp=False)
            own = points.column("自得")
            columns.append(f"{f'COALESCE({own}, {instead})' if instead else own} AS {points.column('得分')}")
        return f"SELECT\n{sql.items(columns)}\nFROM {source}{join}"

    # --- the score --------------------------------------------------------------------------------------------------

    def _reweighed(self) -> list[Points]:
        return [points for points in self.points if points.item.missing == "reweigh"]

    def _weights(self) -> str:
        """SQL for the sum of the weights that count, as an exact decimal."""
        fixed = sum((p.item.weight for p in self.points if p.item.missing != "reweigh"), Fraction(0))
        parts = [f"CAST({_short(fixed)} AS DECIMAL(18, 6))"]
        parts += [
            f"CASE WHEN {p.column('自得')} IS NOT NULL THEN {_short(p.item.weight)} ELSE 0 END"
            for p in self._reweighed()
        ]
        return f"CAST({' + '.join(parts)} AS DECIMAL(18, 6))"

    def _sum(self, *, sharp: bool) -> str:
        """SQL for the sum of the points, of those that count."""
        parts = []
        for points in self.points:
            part = points.column("得分")
            if sharp:
                own = f"CASE WHEN {points.column('自得')} IS NOT NULL THEN {points.exactly()}"
                instead = self._instead(points, sharp=True)
                part = f"{own} ELSE {instead} END" if instead else f"{own} END"
            parts.append(f"COALESCE({part}, 0)" if points.item.missing == "reweigh" else part)
        return "\n  + ".join(parts)

    def _step(self, step: Step, *, sharp: bool) -> str:
        """SQL for the points of one bonus or deduction: 0 where its condition or its points are not known."""
        number = precise.of(self.figures.formula(step.points))
        points = precise.fine(number) if sharp else number.near
        when = f"{self.judged.tree(step.when)} AND " if step.when is not None else ""
        known = arith.present(self.figures.formula(step.points))
        return f"CASE WHEN {when}{known} THEN {points} ELSE {'CAST(0 AS ' + precise.FINE + ')' if sharp else '0'} END"

    def _steps(self, *, sharp: bool, bonus: bool) -> str:
        """SQL for the sum of the bonuses, or of the deductions, within their limit; both are 0 or more."""
        literal = precise.decimal if sharp else precise.double
        parts = [f"GREATEST({'' if bonus else '-'}({self._step(step, sharp=sharp)}), 0)" for step in self.scope.steps]
        most = self.scope.most_bonus if bonus else self.scope.most_deduction
        total = " + ".join(parts) or literal(Fraction(0))
        return f"LEAST({total}, {literal(most)})" if most is not None and parts else total

    def _rough(self) -> str:
        coefficient = precise.of(self.figures.formula(self.scope.coefficient)).near if self.scope.coefficient else "1"
        size = " + ".join(f"ABS(COALESCE({points.column('得分')}, 0))" for points in self.points)
        doubts = [found for points in self.points if (found := points.doubt())]
        columns = [
            f"{self._sum(sharp=False)} AS {sql.name('合计')}",
            f"{' + '.join([size, *doubts])} AS {sql.name('规模')}",
            f"{self._weights()} AS {sql.name('权重')}" if self._reweighed() else f"1 AS {sql.name('权重')}",
            f"CAST({coefficient} AS DOUBLE) AS {sql.name('修正系数')}",
            f"CAST({self._steps(sharp=False, bonus=True)} AS DOUBLE) AS {sql.name('加分')}",
            f"CAST({self._steps(sharp=False, bonus=False)} AS DOUBLE) AS {sql.name('减分')}",
        ]
        return _select(self.name("各项"), columns)

    def _score(self) -> str:
        total = precise.double(self.scope.total)
        shares = f" * {total} / NULLIF(CAST({sql.name('权重')} AS DOUBLE), 0)" if self._reweighed() else ""
        rough = f"{sql.name('合计')}{shares} * {sql.name('修正系数')} + {sql.name('加分')} - {sql.name('减分')}"
        size = f"{sql.name('规模')}{shares} * ABS({sql.name('修正系数')}) + {sql.name('加分')} + {sql.name('减分')}"
        inner = _select(self.name("粗分"), [f"{rough} AS {sql.name('粗分')}", f"{size} AS {sql.name('总规模')}"])
        scaled = f"{sql.name('粗分')} * 1e{SCORE_DIGITS}"
        doubtful = (
            f"ABS({scaled} - FLOOR({scaled}) - 0.5) <= {sql.name('总规模')} * {_DOUBT * 10**SCORE_DIGITS!r} + 1e-3"
        )
        score = (
            f"CASE WHEN {sql.name('粗分')} IS NULL THEN NULL\n"
            f"     WHEN {doubtful} THEN CAST({self._sharp()} AS {SCORE})\n"
            f"     ELSE CAST({sql.name('粗分')} AS {SCORE}) END AS {sql.name('得分')}"
        )
        return f"SELECT\n{sql.items(['*', score])}\nFROM (\n{sql.indent(inner)}\n) AS {sql.name('粗算')}"

    def _sharp(self) -> str:
        total = f"({self._sum(sharp=True)})"
        if self._reweighed():
            times = f"CAST({total} * {_short(self.scope.total)} AS {precise.FINE})"
            total = precise.ratio(times, f"NULLIF({sql.name('权重')}, 0)")
        if self.scope.coefficient is not None:
            coefficient = precise.of(self.figures.formula(self.scope.coefficient))
            total = f"CAST({precise.product(precise.split(total), coefficient)} AS {precise.FINE})"
        if not self.scope.steps:
            return total
        return f"{total} + ({self._steps(sharp=True, bonus=True)}) - ({self._steps(sharp=True, bonus=False)})"

    # --- ranks and cuts ---------------------------------------------------------------------------------------------

    def _why(self) -> str:
        """SQL for why an enterprise of the scope has no grade of its own; NULL where it is ranked."""
        lacking: dict[str, list[str]] = {}
        useless = []
        for points in (points for points in self.points if points.item.missing in ("ungraded", "peers")):
            unknown = f"{points.column('得分')} IS NULL"
            gaps = self.figures.gaps(points.item.name)
            for figure, test in gaps:
                lacking.setdefault(self.figures.label(figure), []).append(f"({unknown} AND {test})")
            known = " AND ".join(f"NOT ({test})" for _, test in gaps) or "TRUE"
            useless.append((f"{unknown} AND {known}", sql.text(f"{points.item.name}无法计算")))
        if self.scope.coefficient is not None:
            for figure in self.figures.rests_on(self.scope.coefficient):
                test = f"({sql.name('修正系数')} IS NULL AND NOT ({self.figures.known(figure)}))"
                lacking.setdefault(self.figures.label(figure), []).append(test)
            useless.append((f"{sql.name('修正系数')} IS NULL", "'修正系数无法计算'"))
        for name, column in zip(self.scope.within, self._within(), strict=True):
            lacking.setdefault(sql.text(name), []).append(f"{column} IS NULL")
        if self._reweighed():
            useless.append((f"{sql.name('权重')} = 0", "'各项都缺数据'"))
        gone = joined("、", [(" OR ".join(tests), label) for label, tests in lacking.items()])
        exempt = (f"{sql.name('免评')} IS NOT NULL", f"{sql.text(self.method.ungraded + '：')} || {sql.name('免评')}")
        return joined("；", [exempt, ("TRUE", f"'缺少 ' || {gone}"), *useless])

    def _is_ranked(self) -> str:
        known = [f"{column} IS NOT NULL" for column in (sql.name("得分"), *self._within())]
        return " AND ".join([f"{sql.name('免评')} IS NULL", *known])

    def _places(self) -> str:
        """The places of each score of a group: of the scores only, as sorting whole rows takes many times as long."""
        score, keys = sql.name("得分"), self._within()
        counts = f"SELECT\n{sql.items([*keys, score, 'COUNT(*) AS ' + sql.name('同分')])}\n"
        counts += f"FROM {sql.name(self.name('总分'))}\nWHERE {self._is_ranked()}\n"
        counts += f"GROUP BY {', '.join([*keys, score])}"
        by = f"PARTITION BY {', '.join(keys)}" if keys else ""
        upto = f"SUM({sql.name('同分')}) OVER ({by} ORDER BY {score} DESC ROWS UNBOUNDED PRECEDING)"
        columns = [
            f"CAST({upto} - {sql.name('同分')} + 1 AS BIGINT) AS {sql.name('名次')}",
            f"CAST({upto} AS BIGINT) AS {sql.name('末位')}",
            f"CAST(SUM({sql.name('同分')}) OVER ({by}) AS BIGINT) AS {sql.name('家数')}",
        ]
        return f"SELECT\n{sql.items(['*', *columns])}\nFROM (\n{sql.indent(counts)}\n) AS {sql.name('各分')}"

    def _ranked(self) -> str:
        rows, places, keys = sql.name(self.name("总分")), sql.name(self.name("名次")), self._within()
        same = [f"{places}.{column} = {rows}.{column}" for column in (sql.name("得分"), *keys)]
        join = f"LEFT JOIN {places} ON {sql.name('免评')} IS NULL AND {' AND '.join(same)}"
        columns = [f"{rows}.*", *(f"{places}.{sql.name(name)}" for name in ("名次", "末位", "家数"))]
        base = f"{places}.{sql.name('家数')}"
        if self.scope.cuts.base == "all":
            exempt = sql.name(self.name("不评"))
            alike = [f"{exempt}.{column} = {rows}.{column}" for column in keys]
            join += f"\nLEFT JOIN {exempt} ON {' AND '.join(alike) or 'TRUE'}"
            base = f"{base} + COALESCE({exempt}.{sql.name('不评数')}, 0)"
        columns.append(f"{base} AS {sql.name('基数')}")
        return f"SELECT\n{sql.items(columns)}\nFROM {rows}\n{join}"

    def _exempt(self) -> str:
        """How many of each group are exempt from grading."""
        keys, count = self._within(), f"COUNT(*) AS {sql.name('不评数')}"
        by = f"\nGROUP BY {', '.join(keys)}" if keys else ""
        where = f"WHERE {sql.name('免评')} IS NOT NULL"
        return f"SELECT\n{sql.items([*keys, count])}\nFROM {sql.name(self.name('总分'))}\n{where}{by}"

    def grade_number(self, place: str) -> str:
        """SQL for the number of the grade (1 is the best) of a place in the ranking."""
        cuts, last = self.scope.cuts, len(self.method.grades)
        if cuts.by == "score":
            lines = [(f"{sql.name('得分')} >= {self._line(line)}") for _, line in cuts.lines]
        else:
            lines = [self._share_test(place, line) for _, line in cuts.lines]
        branches = []
        least = setting(self.figures.pack, cuts.least)
        if least:
            behind = f"({sql.name('家数')} - {sql.name('末位')}) * {least.denominator}"
            branches.append(f"WHEN {behind} < {sql.name('基数')} * {least.numerator} THEN {last}")
        branches += [f"WHEN {test} THEN {number}" for number, test in enumerate(lines, 1)]
        return f"CASE WHEN {sql.name('名次')} IS NULL THEN NULL {' '.join(branches)} ELSE {last} END"

    def _line(self, line: Fraction) -> str:
        return precise.decimal(setting(self.figures.pack, line))

    def _share_test(self, place: str, line: Fraction) -> str:
        share, base = setting(self.figures.pack, line), sql.name("基数")
        top, bottom = share.numerator, share.denominator
        match self.scope.cuts.rounding:
            case "floor":
                return f"{place} * {bottom} <= {base} * {top}"
            case "ceil":
                return f"({place} - 1) * {bottom} < {base} * {top}"
            case "round":
                return f"2 * {place} * {bottom} <= 2 * {base} * {top} + {bottom}"

    def _cut(self) -> str:
        first, last = (self.grade_number(sql.name(place)) for place in ("名次", "末位"))
        chosen = first if self.scope.cuts.ties == "better" else last
        why = f"CASE WHEN {sql.name('名次')} IS NULL THEN {self._why()} END AS {sql.name('未评原因')}"
        columns = [why, f"{chosen} AS {sql.name('档')}", f"{first} <> {last} AS {sql.name('跨线')}"]
        return _select(self.name("排名"), columns)

    def _remarks(self) -> str:
        """SQL for what should be known of a score: ties across a line, what could not be added or decided."""
        ties = "较高" if self.scope.cuts.ties == "better" else "较低"
        count = f"CAST({sql.name('末位')} - {sql.name('名次')} + 1 AS VARCHAR)"
        found = [(sql.name("跨线"), f"{count} || {sql.text(f' 家同分跨划档线，同取{ties}一档')}")]
        for points in self.points:
            if points.item.missing != "ungraded":
                words = f"{points.item.name}缺数据，{MISSING_WORDS[points.item.missing]}"
                test = f"{points.column('自得')} IS NULL AND {points.column('得分')} IS NOT NULL"
                if points.item.missing == "reweigh":
                    test = f"{points.column('自得')} IS NULL"
                found.append((test, sql.text(words)))
        for step in self.scope.steps:
            found += self._open(f"加减分“{step.name}”未计", step.when, step.points)
        for move in self.method.moves:
            found += self._open(f"“{move.name}”是否调档待核实", move.when)
        for one in self.method.exempt:
            found += self._open(f"“{one.name}”待核实", one.when)
        return joined("；", found)

    def _open(self, words: str, when: Condition | None, points: Expr | None = None) -> list[tuple[str, str]]:
        found = []
        if when is not None:
            lead = sql.text(words + "，缺少 ")
            found.append((f"({self.judged.tree(when)}) IS NULL", f"{lead} || {self.judged.missing(when)}"))
        if points is not None:
            passed = f"({self.judged.tree(when)}) AND " if when is not None else ""
            unknown = f"{passed}NOT ({arith.present(self.figures.formula(points))})"
            found.append((unknown, sql.text(words + "，缺少所需的数据")))
        return found

    # --- what is handed on ------------------------------------------------------------------------------------------

    def results(self) -> list[str]:
        """The columns of the result, from the last stage."""
        return [sql.name(column) for column in RESULTS]

    @staticmethod
    def empty(why: str) -> list[str]:
        """The same for enterprises of no scope, with the reason."""
        return [
            f"{why if column == '未评原因' else f'CAST(NULL AS {kind})'} AS {sql.name(column)}"
            for column, kind in RESULTS.items()
        ]


MISSING_WORDS = {
    "peers": "按同类平均计分",
    "zero": "计 0 分",
    "full": "计满分",
    "reweigh": "不计，权重按比例分给有数据的各项",
    "ungraded": "不评级",
    "penalty": "按规定扣分",
}
"""What is done about an unknown value, in words."""


def _item_words(item: Item) -> str:
    return f"{item.name}，{precise.plain(item.weight)} 分"


def _short(value: Fraction) -> str:
    """A constant with at most six decimals."""
    return precise.plain(value)


def _select(source: str, columns: list[str]) -> str:
    return f"SELECT\n{sql.items(['*', *columns])}\nFROM {sql.name(source)}"
