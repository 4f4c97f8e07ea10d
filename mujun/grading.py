"""亩均效益综合评价: load data, score and grade the enterprises by a method, take rankings, points and distribution."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.api import aside_query, columns_of, year_to_judge
from mujun.engine.duckdb import Engine
from mujun.errors import DataError
from mujun.feeding import differences
from mujun.intake.findings import LEVELS, Finding
from mujun.intake.header import Headers
from mujun.intake.load import Loaded, load_all
from mujun.pack import Pack, load_method, load_pack
from mujun.pack.condition import leaves
from mujun.pack.formula import Name
from mujun.pack.method import method_of
from mujun.plan.graded import TABLE, GradePlan
from mujun.plan.grades import Ranking
from mujun.plan.moved import moves_faults, moves_setup
from mujun.plan.needs import lacking

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Mapping
    from decimal import Decimal

    import pandas as pd

    from mujun.intake.load import Data
    from mujun.intake.mapping import Columns
    from mujun.pack.method import Adjustments, GradeScope, Method
    from mujun.pack.policy import Dataset
    from mujun.plan.query import Query


_EXAMPLES = 3


class Grades(msgspec.Struct, dict=True, eq=False):
    """The result of `grade`, computed when asked for.

    `year` is the year graded; None for data without years. `loaded` is the balance of the rows read. `gaps` says
    what of the method nobody can have, and which columns are missing for it.
    """

    pack: Pack
    plan: GradePlan
    engine: Engine
    loaded: Loaded
    year: int | None
    gaps: dict[str, tuple[str, ...]]
    moves: Loaded | None = None
    """The balance of the adjustment table, if one was given."""
    others: dict[str, Loaded] = {}
    """The files of other datasets, of which nothing is used."""

    def __repr__(self) -> str:
        year = f"{self.year}年 " if self.year is not None else ""
        return f"<Grades {self.method.name} {year}{self.judged} 家>"

    @property
    def method(self) -> Method:
        """The method of evaluation."""
        return self.plan.method

    @property
    def ranking(self) -> Ranking:
        """The queries."""
        return Ranking(self.plan)

    @cached_property
    def scopes(self) -> tuple[GradeScope | None, ...]:
        """The scopes that hold anybody, in the method's order; None stands for those who belong to no scope."""
        names = {name for (name,) in self.engine.run(f"SELECT DISTINCT {sql.name('范围')} FROM {sql.name(TABLE)}")}
        found: list[GradeScope | None] = [scope for scope in self.method.scopes if scope.name in names]
        return (*found, None) if names & {None, ""} else tuple(found)

    @cached_property
    def judged(self) -> int:
        """How many enterprises of the year there are."""
        [(count,)] = self.engine.run(f"SELECT COUNT(*) FROM {sql.name(TABLE)}")
        return int(count)

    @cached_property
    def rankings(self) -> dict[str, pd.DataFrame]:
        """Each scope by name as a frame: 范围, 名次, the leading columns, 得分, 等级, …; "" holds those of no scope."""
        return {scope.name if scope else "": self._frame(self.ranking.scope(scope)) for scope in self.scopes}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rankings of all scopes in one frame, one row per enterprise."""
        return self._stacked([self.ranking.scope(scope) for scope in self.scopes])

    @cached_property
    def detail(self) -> pd.DataFrame:
        """One row per enterprise and indicator: 范围, 名次, …, 指标, 单位, 数值, 基准, 权重, 分值, 上限, 算法, 说明."""
        return self._stacked([self.ranking.detail(scope) for scope in self.scopes if scope is not None])

    @cached_property
    def distribution(self) -> pd.DataFrame:
        """One row per scope and grade: 范围, 等级, 家数, 占比%, 累计%, 划档线, 调档前家数, totals."""
        return self._frame(self.ranking.distribution())

    @cached_property
    def counts(self) -> list[tuple[str, str, int, Decimal | None]]:
        """The head of each row of `distribution`: scope, grade, how many, their share in percent."""
        return [
            (scope, name, count, share)
            for scope, name, count, share, *_ in self.engine.run(self.ranking.distribution().sql)
        ]

    @cached_property
    def reasons(self) -> list[tuple[str, str, int]]:
        """Why enterprises have no grade, for each scope, and how many that are."""
        return [(scope, why, count) for scope, why, count in self.engine.run(self.ranking.why().sql)]

    @cached_property
    def all_findings(self) -> list[Finding]:
        """The findings of intake, and where the official grades differ from these."""
        moves = self.moves.findings if self.moves else []
        return [*self.loaded.findings, *moves, *differences(self.engine, self.plan)]

    def aside_query(self) -> Query:
        """The rows set aside, each with its place, why, and what it says. Only for data loaded with `keep_aside`."""
        return aside_query()

    def found(self, level: str) -> bool:
        """Whether there is a finding of this level, or a graver one."""
        grave = LEVELS.index(level)
        return any(finding.gravity >= grave for finding in self.all_findings)

    def _frame(self, query: Query) -> pd.DataFrame:
        frame = self.engine.frame(query.sql)
        whole = {
            column.name: "Int64" for column in query.columns
            if column.is_number and not column.digits and column.unit is None
        }  # fmt: skip
        return frame.astype(whole)

    def _stacked(self, queries: list[Query]) -> pd.DataFrame:
        import pandas as pd

        frames = [self._frame(query) for query in queries]
        names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
        # An empty column says nothing of its type.
        filled = [frame.dropna(axis="columns", how="all") for frame in frames]
        return pd.concat(filled, ignore_index=True).reindex(columns=names) if frames else pd.DataFrame()


def grade(
    data: Data,
    rules: str | os.PathLike[str] | Pack | None = None,
    year: int | None = None,
    *,
    method: str | os.PathLike[str] | None = None,
    parameters: Mapping[str, str] | None = None,
    mapping: Columns | None = None,
    show: Iterable[str] = (),
    keep_aside: bool = False,
    detailed: bool = True,
) -> Grades:
    """Score, rank and grade the enterprises of one or several files, or of a pandas frame.

    `data`, `rules`, `year`, `parameters`, `mapping`, `show` and `keep_aside` are as for `mujun.evaluate`. `method` is
    the name of a preset (``huangyan-2021``) or the path of a file; by default the pack's own ``grading.yaml``. Without
    `detailed`, `Grades.detail` and `mujun.diagnosis` have nothing to go by, which saves memory on large data.

    Raises `PackError`, `UsageError` or `DataError`, all of them `MujunError`.
    """
    pack = rules if isinstance(rules, Pack) else load_pack(rules)
    if method is not None:
        pack = load_method(pack, method)
    pack = pack.with_parameters(parameters or {})
    method_ = method_of(pack)
    dataset = pack.datasets[method_.dataset]
    extra = _extra(show, dataset, pack)
    engine = Engine()
    needed: dict[str, Collection[str]] = {dataset.name: GradePlan(pack, method_, extra=extra).fields}
    adjustments = method_.adjustments
    if adjustments is not None:
        needed[adjustments.dataset] = tuple(pack.datasets[adjustments.dataset].fields)
    overrides, kept = columns_of(mapping)
    found = load_all(engine.connection, data, pack.datasets, overrides, needed, year, keep_aside=keep_aside, kept=kept)
    if dataset.name not in found:
        raise DataError(f"给出的文件里没有“{dataset.name}”的数据，有的是：{'、'.join(found)}", "请给出要评价的数据文件")
    loaded = found[dataset.name]
    gaps = _gaps(pack, method_, loaded)
    own = year_to_judge(engine, dataset.name, dataset.year, year)
    moves = found.get(adjustments.dataset) if adjustments else None
    plan = GradePlan(pack, method_, own, moves is not None, extra, detailed)
    if adjustments and moves:
        engine.run(moves_setup(adjustments, method_.grades))
    engine.run(plan.setup())
    if adjustments and moves:
        moves.findings += _unused_moves(engine, adjustments, plan)
    used = {dataset.name, adjustments.dataset if adjustments else ""}
    others = {name: one for name, one in found.items() if name not in used}
    return Grades(pack, plan, engine, loaded, own, gaps, moves, others)


def _unused_moves(engine: Engine, adjustments: Adjustments, plan: GradePlan) -> list[Finding]:
    """The adjustments that move no grade, because they concern nobody or do not say enough."""
    strangers, useless = moves_faults(adjustments, TABLE, plan.figures.dataset.code)
    findings, codes = [], [code for (code,) in engine.run(strangers)]
    if codes:
        findings.append(Finding("M433", "", count=len(codes), params=(("example", "、".join(codes[:_EXAMPLES])),)))
    [(count,)] = engine.run(useless)
    return [*findings, *([Finding("M434", "", count=count)] if count else [])]


def _extra(show: Iterable[str], dataset: Dataset, pack: Pack) -> tuple[str, ...]:
    """The fields and indicators to have in every ranking; names of other columns are left to the output."""
    names = (show,) if isinstance(show, str) else tuple(show)
    return tuple(name for name in names if name in dataset.fields or name in pack.indicators)


def _gaps(pack: Pack, method: Method, loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """What nobody can have of the method, in words, and the columns that keep it so.

    Raises `DataError` where no indicator can be worked out.
    """
    dataset, gaps = pack.datasets[method.dataset], dict[str, tuple[str, ...]]()
    for scope in method.scopes:
        names = [Name(leaf.name, leaf.place) for leaf in leaves(scope.among)]
        if gone := dict.fromkeys(gap for name in names for gap in lacking(name, pack, dataset, loaded.fields)):
            gaps[f"范围“{scope.name}”无法判定"] = tuple(gone)
    items = {item.name: Name(item.name, item.place) for scope in method.scopes for item in scope.items}
    short = {
        f"指标“{name}”无法计算": found for name, one in items.items()
        if (found := lacking(one, pack, dataset, loaded.fields))
    }  # fmt: skip
    if len(short) == len(items):
        lines = gap_lines(short, dataset, loaded)
        raise DataError("这份数据一项指标也算不出：\n" + "\n".join(lines), "请补上所缺的列")
    return gaps | short


def gap_lines(gaps: Mapping[str, tuple[str, ...]], dataset: Dataset, loaded: Loaded) -> list[str]:
    """A line for each gap: what cannot be said, and the columns it lacks, each with the nearest header of the files."""
    headers, lines = Headers(dataset), []
    for what, fields in gaps.items():
        shown = []
        for gap in fields:
            close = headers.suggest(dataset.fields[gap], loaded.unmapped) if gap in dataset.fields else ""
            shown.append(f"{gap}（最接近的列：“{close}”）" if close else gap)
        lines.append(f"{what}：缺少列 {'、'.join(shown)}")
    return lines


__all__ = ["Grades", "gap_lines", "grade"]
