"""A method of evaluation as SQL: joined -> indicators -> conditions -> scopes -> points -> scores -> ranks -> grades.

`GradePlan.setup` makes the table ``评价``, one row per enterprise of the year judged, whether it is graded or not;
`mujun.plan.grades` reads it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack import formula
from mujun.pack.condition import All
from mujun.pack.method import EVERYONE, SCOPE
from mujun.pack.policy import PolicyList, Route
from mujun.plan.moved import MOVES_COLUMNS, MOVES_TABLE
from mujun.plan.plan import Plan
from mujun.plan.points import Points
from mujun.plan.scored import VALUES, Scored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mujun.pack.condition import Condition
    from mujun.pack.formula import Expr
    from mujun.pack.method import Method
    from mujun.pack.policy import Pack
    from mujun.plan.figures import Figure, Figures
    from mujun.plan.judged import Judged

TABLE = "评价"
NO_SCOPE = "不在评价范围"


class _Base(Plan, frozen=True, dict=True):
    """The plan of a method's figures and conditions; `formulas` are those of bonus and coefficient."""

    formulas: tuple[Expr, ...] = ()

    @cached_property
    def used(self) -> list[Figure]:
        """Every field, and year of it, that the method rests on."""
        found = [figure for name in self.names for figure in self.figures.figures(name)]
        found += [figure for expr in self.formulas for figure in self.figures.rests_on(expr)]
        return list(dict.fromkeys(found))


class GradePlan(msgspec.Struct, frozen=True, dict=True):
    """What is asked of the engine to grade by a method the enterprises of a year (None: data without years).

    `moved` is whether there is an adjustment table. `extra` names fields and indicators to have in every ranking.
    `detailed` is whether the result keeps how each indicator's points come about.
    """

    pack: Pack
    method: Method
    year: int | None = None
    moved: bool = False
    extra: tuple[str, ...] = ()
    detailed: bool = True

    @cached_property
    def base(self) -> _Base:
        """The figures and conditions, as a plan without lists of its own."""
        return self._base(self.year)

    def _base(self, year: int | None) -> _Base:
        method = self.method
        routes = tuple(Route(name, when, "", "", method.place) for name, when in self._conditions())
        item = PolicyList(
            TABLE, "", method.dataset, None, All(()), (), (), "", routes, None, "", method.place
        )  # fmt: skip
        names = [item.name for scope in method.scopes for item in scope.items]
        names += [name for scope in method.scopes for name in (*scope.within, *(key for key, _ in scope.then))]
        formulas = [step.points for scope in method.scopes for step in scope.steps]
        formulas += [scope.coefficient for scope in method.scopes if scope.coefficient is not None]
        groups = [
            name for scope in method.scopes for item in scope.items for name in item.benchmark.group
            if name not in (EVERYONE, SCOPE)
        ]  # fmt: skip
        feeds = (method.feeds,) if method.feeds else ()
        names += [found.name for expr in formulas for found, _ in formula.names(expr)] + groups
        wanted = dict.fromkeys((*names, *self.totals, *feeds, *self.extra))
        columns = tuple(name for name in wanted if name not in self.pack.parameters)
        return _Base(self.pack, (item,), year, columns, formulas=tuple(formulas))

    def _conditions(self) -> Iterator[tuple[str, Condition]]:
        """Every condition of the method, each with a name of its own."""
        for scope in self.method.scopes:
            if scope.among is not None:
                yield f"范围 {scope.name}", scope.among
            yield from ((f"加减分 {scope.name} {s.name}", s.when) for s in scope.steps if s.when is not None)
        yield from ((f"免评 {one.name}", one.when) for one in self.method.exempt)
        yield from ((f"调档 {move.name}", move.when) for move in self.method.moves)

    @property
    def figures(self) -> Figures:
        """The names of the pack over the method's dataset."""
        return self.base.figures

    @property
    def judged(self) -> Judged:
        """The method's conditions over the columns of their leaves."""
        return self.base.judged[TABLE]

    @property
    def totals(self) -> tuple[str, ...]:
        """The fields that are summed for each grade."""
        return self.pack.datasets[self.method.dataset].totals

    @property
    def fields(self) -> tuple[str, ...]:
        """The stored fields that the method reads, fallbacks included."""
        return self.base.fields

    @cached_property
    def scored(self) -> dict[str, Scored]:
        """The scopes, each as SQL."""
        return {
            scope.name: Scored(scope, self.method, self.judged, tuple(Points(i, self.figures) for i in scope.items))
            for scope in self.method.scopes
        }

    # --- stages that all scopes share -------------------------------------------------------------------------------

    def _scopes(self, years: int) -> str:
        """Which scope each enterprise belongs to: the first it is among, NULL where that is not known."""
        branches = []
        for scope in self.method.scopes:
            name = sql.text(scope.name)
            if scope.among is None:
                branches.append(f"WHEN TRUE THEN {name}")
                break
            test = self.judged.tree(scope.among)
            branches += [f"WHEN {test} THEN {name}", f"WHEN ({test}) IS NULL THEN NULL"]
        columns = [f"CASE {' '.join(branches)} ELSE '' END AS {sql.name('范围')}"]
        if not years:
            exempt = [
                f"CASE WHEN {self.judged.tree(one.when)} THEN {sql.text(one.name)} END" for one in self.method.exempt
            ]
            text = f"NULLIF(CONCAT_WS('、', {', '.join(exempt)}), '')" if exempt else "CAST(NULL AS VARCHAR)"
            columns.append(f"{text} AS {sql.name('免评')}")
            if self.moved:
                code = sql.name(self.figures.dataset.code)
                table = sql.name(MOVES_TABLE)
                columns += [f"{table}.{sql.name(name)} AS {sql.name('表·' + name)}" for name in MOVES_COLUMNS[1:]]
                return (
                    f"SELECT\n{sql.items([sql.name('条件') + '.*', *columns])}\nFROM {sql.name('条件')}\n"
                    f"LEFT JOIN {table} ON {table}.{sql.name(MOVES_COLUMNS[0])} = {sql.name('条件')}.{code}"
                )
        return f"SELECT\n{sql.items(['*', *columns])}\nFROM {sql.name('条件' + _ago(years))}"

    def _stages(self, years: int) -> list[tuple[str, str, str]]:
        """Name, note and text of the stages up to the scopes, of the year judged or some years before."""
        base = self._base(self.year - years) if years and self.year is not None else self.base
        ago = _ago(years)
        return [
            ("并表" + ago, "当年一行；金额、面积等都是其单位的百万分之一的整数", base.joined()),
            ("指标" + ago, "分子与分母", _select("并表" + ago, base.indicators())),
            (
                "条件" + ago,
                "逐条成立、不成立或不知道（NULL）",
                _select("指标" + ago, base.judged[TABLE].leaf_columns()),
            ),
            ("范围" + ago, "属于第一个符合的范围；空为不在任何范围，NULL 为缺数据", self._scopes(years)),
        ]

    @cached_property
    def _past(self) -> list[int]:
        """The earlier years whose figures benchmarks are."""
        years = {i.benchmark.years for s in self.method.scopes for i in s.items if i.benchmark.value is None}
        return sorted(years - {0}) if self.year is not None else []

    @cached_property
    def _kept(self) -> list[str]:
        """The columns of the scope stage that the result keeps, quoted: what is shown and ordered by."""
        dataset, method = self.figures.dataset, self.method
        names = [*dataset.leading, dataset.code, dataset.company, *self.totals, *self.extra]
        names += [method.feeds] if method.feeds else []
        for scope in method.scopes:
            names += [*scope.within, *(item.name for item in scope.items), *(name for name, _ in scope.then)]
        if self.detailed:
            items = (item.name for scope in method.scopes for item in scope.items)
            names += [figure.field for item in items for figure in self.figures.figures(item) if not figure.years]
        found = []
        for name in dict.fromkeys(names):
            if self.figures.kind(name) != "number":
                found.append(self.figures.text(name))
                continue
            number = self.figures.number(name)
            found += [number.top] if number.bottom == "1" else [number.top, number.bottom]
        return list(dict.fromkeys([*found, sql.name("范围")]))

    # --- the text ---------------------------------------------------------------------------------------------------

    def setup(self) -> str:
        """The statement that makes the table of scores and grades."""
        stages = [stage for years in (0, *self._past) for stage in self._stages(years)]
        points = list(dict.fromkeys(item.name for scope in self.method.scopes for item in scope.items))
        selects = []
        for scope in self.method.scopes:
            scored = self.scored[scope.name]
            stages += scored.stages(self.year is not None, bool(self.moved))
            own = {item.name for item in scope.items}
            columns = [*self._kept, *scored.results()]
            for name in points:
                columns += self._item_columns(name, given=name in own)
            selects.append(f"SELECT\n{sql.items(columns)}\nFROM {sql.name(scope.name + '·等级')}")
        outside = [*self._kept, *Scored.empty(self._why_outside())]
        for name in points:
            outside += self._item_columns(name, given=False)
        rest = f"WHERE {sql.name('范围')} IS NULL OR {sql.name('范围')} = ''"
        selects.append(f"SELECT\n{sql.items(outside)}\nFROM {sql.name('范围')}\n{rest}")
        ctes = ",\n".join(_stage(*stage) for stage in stages)
        return f"CREATE TABLE {sql.name(TABLE)} AS\nWITH\n{ctes}\n" + "\nUNION ALL\n".join(selects)

    def _item_columns(self, name: str, *, given: bool) -> list[str]:
        parts = ("得分", "自得", "值", "基准", "系数约") if self.detailed else ("得分",)
        columns = [sql.name(f"{name}·{what}") for what in parts]
        return [column if given else f"CAST(NULL AS DOUBLE) AS {column}" for column in columns]

    def _why_outside(self) -> str:
        """SQL for why an enterprise belongs to no scope."""
        missing = self.judged.missing(*(scope.among for scope in self.method.scopes))
        return f"CASE WHEN {sql.name('范围')} = '' THEN '{NO_SCOPE}' ELSE '缺少 ' || {missing} END"


def _stage(name: str, note: str, body: str) -> str:
    how = "NOT MATERIALIZED " if name.endswith(f"·{VALUES}") else ""
    return sql.stage(f"{name}：{note}", name, body, how)


def _select(source: str, columns: list[str]) -> str:
    return f"SELECT\n{sql.items(['*', *columns])}\nFROM {sql.name(source)}"


def _ago(years: int) -> str:
    return f"·前{years}年" if years else ""
