"""What a notebook, and the command line, asks for: load a pack, evaluate data, take the lists."""

from __future__ import annotations

import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from mujun import sql
from mujun.engine.duckdb import Engine
from mujun.errors import DataError, UsageError
from mujun.intake.findings import LEVELS, Finding
from mujun.intake.header import Headers
from mujun.intake.load import Loaded, load_all, parts_of
from mujun.judging import Share, Summary
from mujun.pack import Pack, load_pack
from mujun.pack.dates import parse_date
from mujun.pack.policy import RESULT_COLUMNS
from mujun.pack.problems import nearest
from mujun.plan.feeding import decisive
from mujun.plan.needs import barred, undecidable
from mujun.plan.outcomes import OUTCOME_COLUMNS, outcomes_query
from mujun.plan.plan import Column, Plan, Query, plans

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from mujun.feeding import Feeder
    from mujun.intake.kept import Kept
    from mujun.intake.load import Data
    from mujun.intake.mapping import Columns
    from mujun.intake.part import Part
    from mujun.pack.policy import PolicyList

_MANY_ROWS = 200_000
"""From here on, planning each query anew costs less than a table of every verdict."""

__all__ = ["Evaluation", "Summary", "evaluate", "load_pack"]


class Evaluation(msgspec.Struct, dict=True, eq=False):
    """The result of `evaluate`: lists, outcomes and findings, computed when asked for.

    `shares` are the datasets that the files hold, those with lists first; `plan`, `loaded` and `year` are of the first.
    """

    pack: Pack
    engine: Engine
    shares: tuple[Share, ...]
    undecided: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    absent: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """The datasets of which there is no file, each with the lists that need it."""
    as_of: datetime.date | None = None
    """基准日, where anything asked for rests on it."""

    def __repr__(self) -> str:
        year = f"{self.year}年 " if self.year is not None else ""
        counts = "、".join(f"{summary.name} {summary.yes}" for summary in self.summaries)
        return f"<Evaluation {self.pack.name} {year}{self.judged} {self.shares[0].dataset.counter}：{counts}>"

    @property
    def plan(self) -> Plan:
        """The plan of the first dataset."""
        return self.shares[0].plan

    @property
    def loaded(self) -> Loaded:
        """The balance of the first dataset."""
        return self.shares[0].loaded

    @property
    def year(self) -> int | None:
        """The year judged of the first dataset."""
        return self.shares[0].year

    @property
    def read(self) -> list[Part]:
        """Every table of the files, used or not, in their order."""
        return parts_of(share.loaded for share in self.shares)

    @property
    def parts(self) -> list[Part]:
        """Every table of the files that is used."""
        return [part for share in self.shares for part in share.loaded.parts]

    @cached_property
    def lists(self) -> dict[str, pd.DataFrame]:
        """Each list by name as a frame: 清单, 名次, the leading columns, the list's own. Ranked, numbers as float."""
        plans = [share.plan for share in self.shares]
        return {item.name: self._frame(plan.list_query(item)) for plan in plans for item in plan.lists}

    @property
    def outcomes_query(self) -> Query:
        """What yields `outcomes`."""
        return outcomes_query([share.plan for share in self.shares if share.plan.lists])

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row per enterprise and list: 统一社会信用代码, 企业名称, 年度, 清单, 结论, 名次, 建议处置, 缺少, 提示."""
        return self._frame(self.outcomes_query)

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
        found = [finding for share in self.shares for finding in share.loaded.findings]
        for share in self.shares:
            found += share.useless_divisors(self.engine)
        return found

    @cached_property
    def summaries(self) -> list[Summary]:
        """The counts and totals of every list, by dataset in the order of the pack."""
        return [summary for share in self.shares for summary in share.summaries(self.engine)]

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many rows of each dataset were judged: those of the year, of one that has years."""
        return tuple(share.count(self.engine) for share in self.shares)

    def found(self, level: str) -> bool:
        """Whether there is a finding of this level, or a graver one."""
        grave = LEVELS.index(level)
        return any(finding.gravity >= grave for finding in self.all_findings)

    def aside_query(self) -> Query:
        """The rows set aside, each with its place, why, and what it says. Only for data loaded with `keep_aside`."""
        return aside_query()

    @property
    def judged(self) -> int:
        """How many enterprises of the year were judged, or rows of what else comes first."""
        return self.counts[0]

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
    as_of: datetime.date | str | None = None,
) -> Evaluation:
    """Judge the enterprises (projects, parks, …) of one or several files, or of a pandas frame, by a policy pack.

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
    `as_of` is 基准日, by default today.

    Raises `PackError`, `UsageError` or `DataError`, all of them `MujunError`.
    """
    pack = rules if isinstance(rules, Pack) else load_pack(rules)
    pack = pack.with_parameters(parameters or {})
    chosen = pack.select((lists,) if isinstance(lists, str) else tuple(lists))
    engine, day = Engine(), _day(as_of)
    draft = Drafts(pack, chosen, _extra(show, pack), day, official_grades=official_grades)
    overrides, kept = columns_of(mapping)
    loaded = load_all(
        engine.connection, data, pack.datasets, overrides, None if thorough else draft.needed, year,
        thorough=thorough, keep_aside=keep_aside, kept=kept,
    )  # fmt: skip
    absent: dict[str, tuple[str, ...]] = {}
    for item in chosen:
        if item.dataset not in loaded:
            absent[item.dataset] = (*absent.get(item.dataset, ()), item.name)
    known = {name: draft.known(name, found.fields) for name, found in loaded.items()}
    undecided = {
        item.name: gaps for item in chosen
        if item.dataset in known and (gaps := undecidable(item, pack, known[item.dataset]))
    }  # fmt: skip
    if len(undecided) + sum(map(len, absent.values())) == len(chosen) and not thorough:
        lines = [*_gap_lines(undecided, pack, loaded), *_absent_lines(absent)]
        raise DataError(
            "这份数据一张清单也判定不了：\n" + "\n".join(lines), "请补上所缺的列" if undecided else "请补上所缺的数据"
        )
    shares, dated = [], False
    for name, found in loaded.items():
        dataset, feeder = pack.datasets[name], draft.feeder(name)
        judged = year_to_judge(engine, name, dataset.year, year)
        plan = draft.plan(name)
        able = tuple(item for item in plan.lists if not barred(item, found.fields))
        share = Share(dataset, replace(plan, year=judged, lists=able, dataset=name), found, judged)
        if thorough:
            dated |= share.check(engine, pack, day)
        if feeder:
            graded = feeder.feed(engine, found, judged, thorough=thorough)
            share = replace(share, plan=replace(share.plan, graded=graded))
        share.judge(engine, view=found.enterprises > _MANY_ROWS)
        dated |= bool(share.plan.lists) and share.plan.uses_as_of
        shares.append(share)
    # What is judged comes before what is only looked at.
    shares.sort(key=lambda share: not share.plan.lists)
    return Evaluation(pack, engine, tuple(shares), undecided, absent, day if dated else None)


def _day(as_of: datetime.date | str | None) -> datetime.date:
    """The date as of which is judged, today if none is said."""
    if as_of is None:
        return datetime.datetime.now().astimezone().date()
    return as_of if isinstance(as_of, datetime.date) else parse_date(as_of)


class Drafts:
    """The plans of the lists chosen, as far as they are known before the data; made for the datasets that there are."""

    def __init__(
        self, pack: Pack, chosen: Sequence[PolicyList], extra: tuple[str, ...], day: datetime.date, *,
        official_grades: bool,
    ) -> None:  # fmt: skip
        self.pack, self.chosen, self.extra, self.day = pack, chosen, extra, day
        self.official_grades = official_grades
        self.plan, self.feeder = cache(self._plan), cache(self._feeder)

    def _plan(self, name: str) -> Plan:
        own = tuple(item for item in self.chosen if item.dataset == name)
        found = plans(self.pack, own, extra=self.extra, as_of=self.day)
        return found[0] if found else Plan(self.pack, (), as_of=self.day, dataset=name)

    def _feeder(self, name: str) -> Feeder | None:
        """What grades the enterprises for lists that rest on a grade; None where none does, or no method can."""
        method, plan = self.pack.method, self.plan(name)
        if self.official_grades or method is None or method.incomplete or method.dataset != name:
            return None
        if not plan.lists or method.feeds not in decisive(plan):
            return None
        from mujun.feeding import Feeder

        return Feeder(self.pack, method)

    def needed(self, name: str) -> set[str]:
        """The fields that the lists of a dataset read."""
        if not any(item.dataset == name for item in self.chosen):
            return set()
        feeder = self.feeder(name)
        return {*self.plan(name).fields, *(feeder.fields if feeder else ())}

    def known(self, name: str, present: set[str]) -> set[str]:
        """The fields that lists can rest on, of those present."""
        feeder = self.feeder(name)
        return present | ({feeder.method.feeds} if feeder and feeder.can(present) else set())


def columns_of(mapping: Columns | None) -> tuple[Mapping[str, str], Kept | None]:
    """What the caller says of headers, and the map kept of an earlier month."""
    if mapping is None or isinstance(mapping, dict):
        return mapping or {}, None
    from mujun.intake.mapping import gather

    return gather(mapping)


def _extra(show: Iterable[str], pack: Pack) -> tuple[str, ...]:
    """The fields and indicators to have on every list; the columns that lists have anyway may be named, too."""
    fields = list(dict.fromkeys(name for dataset in pack.datasets.values() for name in dataset.fields))
    known = [*fields, *pack.indicators, *RESULT_COLUMNS, *OUTCOME_COLUMNS]
    names = (show,) if isinstance(show, str) else tuple(show)
    for name in names:
        if name not in known:
            raise UsageError(f"没有列“{name}”{nearest(name, known)}", f"可用的列：{'、'.join(dict.fromkeys(known))}")
    return tuple(name for name in names if name in fields or name in pack.indicators)


def year_to_judge(engine: Engine, table: str, column: str, wanted: int | None) -> int | None:
    """The year to judge: as wanted, else the latest; None where there are no years.

    Raises `UsageError` where the data have no such year.
    """
    if not column:
        return None
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
    """For each list that cannot be decided: the columns it lacks, each with the nearest header of the file.

    Lists of a dataset of which there is no file are on one line.
    """
    loaded = {share.dataset.name: share.loaded for share in evaluation.shares}
    return [*_gap_lines(evaluation.undecided, evaluation.pack, loaded), *_absent_lines(evaluation.absent)]


def _gap_lines(undecided: Mapping[str, tuple[str, ...]], pack: Pack, loaded: Mapping[str, Loaded]) -> list[str]:
    lines = []
    for name, fields in undecided.items():
        dataset = pack.dataset_of(pack.lists[name])
        headers = Headers(dataset)
        shown = []
        for gap in fields:
            known = gap in dataset.fields
            close = headers.suggest(dataset.fields[gap], loaded[dataset.name].unmapped) if known else ""
            shown.append(f"{gap}（最接近的列：“{close}”）" if close else gap)
        lines.append(f"清单“{name}”无法判定：缺少列 {'、'.join(shown)}")
    return lines


def _absent_lines(absent: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"没有“{name}”的数据，未判定清单：{'、'.join(lists)}" for name, lists in absent.items()]
