"""What a notebook, and the command line, asks for: load a pack, evaluate data, take the lists."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.engine.duckdb import Engine
from mujun.errors import DataError, UsageError
from mujun.intake.findings import LEVELS, Finding
from mujun.intake.header import Headers
from mujun.intake.load import Loaded, load
from mujun.pack import Pack, load_pack
from mujun.pack.policy import RESULT_COLUMNS
from mujun.pack.problems import nearest
from mujun.plan.needs import undecidable
from mujun.plan.plan import OUTCOME_COLUMNS, Column, Plan, Query

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    import pandas as pd

    from mujun.feeding import Feeder
    from mujun.intake.load import Data
    from mujun.intake.mapping import Columns, Kept
    from mujun.pack.policy import Dataset

_MANY_ROWS = 200_000
"""From here on, planning each query anew costs less than a table of every verdict."""

_EXAMPLES = 3

__all__ = ["Evaluation", "Summary", "evaluate", "load_pack"]


class Total(msgspec.Struct, frozen=True):
    """The sum of a field over a list, in its unit, and how many enterprises of the list have the figure."""

    name: str
    unit: str
    value: Decimal | None
    known: int


class Summary(msgspec.Struct, frozen=True):
    """How many enterprises came out how on one list."""

    name: str
    cites: str
    yes: int
    no: int
    pending: int
    outside: int
    totals: tuple[Total, ...]


class Evaluation(msgspec.Struct, dict=True, eq=False):
    """The result of `evaluate`: lists, outcomes and findings, computed when asked for.

    `year` is the year judged; None for data without years. `loaded` is the balance of the rows read.
    """

    pack: Pack
    plan: Plan
    engine: Engine
    loaded: Loaded
    year: int | None
    undecided: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        year = f"{self.year}年 " if self.year is not None else ""
        counts = "、".join(f"{summary.name} {summary.yes}" for summary in self.summaries)
        return f"<Evaluation {self.pack.name} {year}{self.judged} 家：{counts}>"

    @cached_property
    def lists(self) -> dict[str, pd.DataFrame]:
        """Each list by name as a frame: 清单, 名次, the leading columns, the list's own. Ranked, numbers as float."""
        return {item.name: self._frame(self.plan.list_query(item)) for item in self.plan.lists}

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per enterprise and list: 统一社会信用代码, 企业名称, 年度, 清单, 结论, 名次, 建议处置, 缺少, 提示."""
        return self._frame(self.plan.outcomes_query())

    @cached_property
    def findings(self) -> pd.DataFrame:
        """The data findings: 代码, 级别, 文件, 工作表, 行, 列, 单元格, 处数, 说明, 建议."""
        import pandas as pd

        rows = [
            (f.code, f.level, f.file, f.sheet, f.row, f.column, f.text, f.count, f.message, f.advice)
            for f in self.all_findings
        ]
        names = ["代码", "级别", "文件", "工作表", "行", "列", "单元格", "处数", "说明", "建议"]
        return pd.DataFrame(rows, columns=names).astype({"行": "Int64"})

    @cached_property
    def all_findings(self) -> list[Finding]:
        """The findings of intake and those of the evaluation itself."""
        found = list(self.loaded.findings)
        for (indicator, figure), count in zip(self.plan.divisor_labels, self._divisor_counts(), strict=True):
            if count:
                params = (("figure", figure), ("indicator", indicator))
                file = self.loaded.label if len(self.loaded.parts) == 1 else ""
                found.append(Finding("M401", file, count=count, params=params))
        return found

    def _divisor_counts(self) -> tuple[int, ...]:
        return tuple(self.engine.run(self.plan.divisors_query())[0]) if self.plan.divisor_labels else ()

    @cached_property
    def summaries(self) -> list[Summary]:
        """The counts and totals of every list, in the order of the pack."""
        dataset = self.plan.figures.dataset
        found = []
        for row, item in zip(self.engine.run(self.plan.summary_query()), self.plan.lists, strict=True):
            yes, no, pending, outside = row[1:5]
            totals = tuple(
                Total(name, dataset.fields[name].unit.name, row[5 + 2 * i], row[6 + 2 * i])
                for i, name in enumerate(dataset.totals)
            )
            found.append(Summary(item.name, item.cites, yes, no, pending, outside, totals))
        return found

    def coverage(self) -> list[tuple[str, int, int]]:
        """For each field that the files have: its name, how many rows of the year judged have it, and of how many."""
        dataset = self.plan.figures.dataset
        names = [name for name in dataset.fields if name in self.loaded.fields]
        counts = ", ".join(f"COUNT({sql.name(name)})" for name in names)
        year = f"WHERE {sql.name(dataset.year)} = {self.year}" if self.year is not None else ""
        [(total, *filled)] = self.engine.run(f"SELECT COUNT(*), {counts} FROM {sql.name(dataset.name)} {year}")
        return [(name, count, total) for name, count in zip(names, filled, strict=True)]

    def found(self, level: str) -> bool:
        """Whether there is a finding of this level, or a graver one."""
        grave = LEVELS.index(level)
        return any(finding.gravity >= grave for finding in self.all_findings)

    def aside_query(self) -> Query:
        """The rows set aside, each with its place, why, and what it says. Only for data loaded with `keep_aside`."""
        return aside_query()

    @property
    def judged(self) -> int:
        """How many enterprises of the year were judged."""
        one = self.summaries[0]
        return one.yes + one.no + one.pending + one.outside

    def _frame(self, query: Query) -> pd.DataFrame:
        frame = self.engine.frame(query.sql)
        return frame.astype(
            {column.name: "Int64" for column in query.columns if column.is_number and column.unit is None}
        )


def aside_query() -> Query:
    """The rows set aside, of whatever was loaded."""
    names = ("文件", "工作表", "行", "代码", "原因", "原文")
    columns = tuple(Column(name, "number" if name == "行" else "text", digits=0, fixed=True) for name in names)
    return Query(f"SELECT {', '.join(map(sql.name, names))}\nFROM {sql.name('搁置')}\nORDER BY 1, 2, 3", columns)


def evaluate(
    data: Data,
    rules: str | os.PathLike[str] | Pack | None = None,
    year: int | None = None,
    *,
    lists: Iterable[str] = (),
    parameters: Mapping[str, str] | None = None,
    mapping: Columns | None = None,
    show: Iterable[str] = (),
    thorough: bool = False,
    keep_aside: bool = False,
    official_grades: bool = False,
) -> Evaluation:
    """Judge the enterprises of one or several files, or of a pandas frame, by a policy pack.

    `data` is a path, several paths (CSV, Excel, HTML, Parquet; also folders and ``FILE#SHEET``), which are joined on
    enterprise and year, or a frame.

    `rules` is a pack, its name or its folder (default: 金东). `year` is the year to judge, by default the latest in the
    data; earlier years serve 往年. `lists` limits the lists, `parameters` sets some anew (``{"低效线": "4万元/亩"}``),
    `mapping` says which header is which field where aliases do not: a dict, the path of a file that ``mujun check
    --save-map`` wrote, or both in a list; what differs from such a file is a finding. `show` names fields and
    indicators to have on every list beside its own columns.

    `thorough` reads and checks every column, needed or not, and runs the checks of the pack; that no list can be
    decided is then no error. `keep_aside` keeps the rows set aside for `Evaluation.aside_query`. Where lists rest on a
    grade and the data have none, the method of the pack (``grading.yaml``) gives it, unless `official_grades`.

    Raises `PackError`, `UsageError` or `DataError`, all of them `MujunError`.
    """
    pack = rules if isinstance(rules, Pack) else load_pack(rules)
    pack = pack.with_parameters(parameters or {})
    chosen = pack.select((lists,) if isinstance(lists, str) else tuple(lists))
    dataset = pack.dataset_of(chosen[0])
    engine = Engine()
    extra = _extra(show, dataset, pack)
    draft = Plan(pack, chosen, extra=extra)
    feeder = None if official_grades else _feeder(pack, draft)
    needed = None if thorough else {*draft.fields, *(feeder.fields if feeder else ())}
    overrides, kept = columns_of(mapping)
    loaded = load(
        engine.connection, data, dataset, overrides, needed, year,
        thorough=thorough, keep_aside=keep_aside, kept=kept,
    )  # fmt: skip
    known = loaded.fields | ({feeder.method.feeds} if feeder and feeder.can(loaded.fields) else set())
    undecided = {item.name: gaps for item in chosen if (gaps := undecidable(item, pack, known))}
    if len(undecided) == len(chosen) and not thorough:
        raise DataError(
            "这份数据一张清单也判定不了：\n" + "\n".join(_gap_lines(undecided, pack, loaded)), "请补上所缺的列"
        )
    judged = year_to_judge(engine, dataset.name, dataset.year, year)
    if thorough:
        _run_checks(engine, pack, dataset, judged, loaded)
    graded = feeder.feed(engine, loaded, judged, thorough=thorough) if feeder else ""
    plan = Plan(pack, chosen, judged, extra, graded=graded)
    engine.run(plan.setup(view=loaded.enterprises > _MANY_ROWS))
    return Evaluation(pack, plan, engine, loaded, judged, undecided)


def _feeder(pack: Pack, plan: Plan) -> Feeder | None:
    """What grades the enterprises for lists that rest on a grade; None where none does, or no method can."""
    method = pack.method
    if method is None or method.incomplete or method.dataset != plan.dataset_name or method.feeds not in plan.decisive:
        return None
    from mujun.feeding import Feeder

    return Feeder(pack, method)


def columns_of(mapping: Columns | None) -> tuple[Mapping[str, str], Kept | None]:
    """What the caller says of headers, and the map kept of an earlier month."""
    if mapping is None or isinstance(mapping, dict):
        return mapping or {}, None
    from mujun.intake.mapping import gather

    return gather(mapping)


def _run_checks(engine: Engine, pack: Pack, dataset: Dataset, year: int | None, loaded: Loaded) -> None:
    """A finding for each check of the pack that holds for some enterprise, in the year judged."""
    checks = tuple(item for item in pack.checks.values() if item.dataset == dataset.name)
    if not checks:
        return
    plan = Plan(pack, checks, year)
    engine.run(plan.setup(view=True))
    for item, row in zip(checks, engine.run(plan.summary_query()), strict=True):
        if count := row[1]:
            shown = "、".join(str(name) for (name,) in engine.run(plan.examples_query(item, _EXAMPLES)))
            params = (("name", item.name), ("example", shown), ("hint", item.note))
            loaded.findings.append(Finding("M421", "", count=count, params=params))
    engine.run(f"DROP VIEW {sql.name('结论')}")


def _extra(show: Iterable[str], dataset: Dataset, pack: Pack) -> tuple[str, ...]:
    """The fields and indicators to have on every list; the columns that lists have anyway may be named, too."""
    known = [*dataset.fields, *pack.indicators, *RESULT_COLUMNS, *OUTCOME_COLUMNS]
    names = (show,) if isinstance(show, str) else tuple(show)
    for name in names:
        if name not in known:
            raise UsageError(f"没有列“{name}”{nearest(name, known)}", f"可用的列：{'、'.join(dict.fromkeys(known))}")
    return tuple(name for name in names if name in dataset.fields or name in pack.indicators)


def year_to_judge(engine: Engine, table: str, column: str, wanted: int | None) -> int | None:
    """The year to judge: as wanted, else the latest. Raises `UsageError` where the data have no such year."""
    years = [
        found
        for (found,) in engine.run(f"SELECT DISTINCT {sql.name(column)} FROM {sql.name(table)} ORDER BY 1")
        if found is not None
    ]
    if wanted is None:
        return years[-1] if years else None
    if wanted not in years:
        raise UsageError(f"数据里没有 {wanted} 年", f"有的年度：{'、'.join(map(str, years))}")
    return wanted


def gap_lines(evaluation: Evaluation) -> list[str]:
    """For each list that cannot be decided: the columns it lacks, each with the nearest header of the file."""
    return _gap_lines(evaluation.undecided, evaluation.pack, evaluation.loaded)


def _gap_lines(undecided: Mapping[str, tuple[str, ...]], pack: Pack, loaded: Loaded) -> list[str]:
    lines = []
    for name, fields in undecided.items():
        dataset = pack.dataset_of(pack.lists[name])
        headers = Headers(dataset)
        shown = []
        for gap in fields:
            close = headers.suggest(dataset.fields[gap], loaded.unmapped) if gap in dataset.fields else ""
            shown.append(f"{gap}（最接近的列：“{close}”）" if close else gap)
        lines.append(f"清单“{name}”无法判定：缺少列 {'、'.join(shown)}")
    return lines
