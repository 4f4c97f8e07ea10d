"""Differentiated policy (差别化政策): load data, take the ledger of what each enterprise pays more or less a year."""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from mujun.api import Evaluation, evaluate
from mujun.errors import UsageError
from mujun.intake.header import Headers
from mujun.pack import Pack, load_pack
from mujun.pack.levies import FILE, WORD
from mujun.pack.levies_read import load_levies
from mujun.pack.problems import nearest
from mujun.plan.accounts import TOTAL, Accounts
from mujun.plan.ledger import LedgerPlan, amount, with_measures
from mujun.plan.needs import lacking, undecidable
from mujun.quantity import round_half_up

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from mujun.engine.duckdb import Engine
    from mujun.intake.findings import Finding
    from mujun.intake.load import Data, Loaded
    from mujun.intake.mapping import Columns
    from mujun.pack.levies import Levies, Levy
    from mujun.pack.policy import Dataset
    from mujun.plan.query import Query


class LevySummary(msgspec.Struct, frozen=True):
    """What one measure comes to: whom it concerns, of how many the amount is known, how many are open.

    `untold` of the open have no tariff. `total` is the sum of the known amounts, in `unit`, reliefs below 0; None where
    none is known.
    """

    name: str
    concerned: int
    known: int
    open: int
    untold: int
    total: Decimal | None
    unit: str


class Ledger(msgspec.Struct, dict=True, eq=False):
    """The result of `policy`, computed when asked for.

    `day` is that on which the tariffs are in force; None where none has dates. `gaps` names for each measure that
    nobody's figures suffice for the columns that are missing.
    """

    evaluation: Evaluation
    accounts: Accounts
    day: datetime.date | None
    gaps: dict[str, tuple[str, ...]]

    def __repr__(self) -> str:
        whole = self.summaries[-1]
        return f"<Ledger {self.pack.name} {whole.known + whole.open} 家：{whole.total}{whole.unit}，待定 {whole.open}>"

    @property
    def pack(self) -> Pack:
        """The pack."""
        return self.evaluation.pack

    @property
    def levies(self) -> Levies:
        """The measures."""
        return self.accounts.plan.levies

    @property
    def engine(self) -> Engine:
        """What runs the queries."""
        return self.evaluation.engine

    @property
    def year(self) -> int | None:
        """The year whose figures count; None for data without years."""
        return self.evaluation.year

    @cached_property
    def frame(self) -> pd.DataFrame:
        """A row for each enterprise that a measure concerns or may concern, the largest sum first.

        Who it is, its grade, 所在清单, a column for each measure, 合计, 缺少, 依据. Where an amount is not known, it is
        missing, and so is the sum.
        """
        return self._frame(self.accounts.firms())

    @cached_property
    def everyone(self) -> pd.DataFrame:
        """The same with a row for every enterprise of the year."""
        return self._frame(self.accounts.firms(everyone=True))

    def groups(self, by: str) -> pd.DataFrame:
        """One row for each value of a field that was loaded: 家数, the known amounts, 合计, 待定家数."""
        check_group(by, self.accounts.plan.dataset)
        return self._frame(self.accounts.groups(by))

    @cached_property
    def summaries(self) -> list[LevySummary]:
        """What each measure comes to, in the order of the file; the last is all of them together."""
        levies = self.levies.levies.values()
        shown = [*((levy.name, levy.unit, levy.digits) for levy in levies), (TOTAL, *self.accounts.unit)]
        found = []
        rows = self.engine.run(self.accounts.summary())
        for (name, unit, digits), (_, concerned, known, opened, untold, total) in zip(shown, rows, strict=True):
            money = None
            if total is not None:
                amount = round_half_up(int(total) * self.accounts.plan.factor / unit.factor, digits)
                money = Decimal(int(amount * 10**digits)).scaleb(-digits)
            found.append(LevySummary(name, concerned, known, opened, untold, money, unit.name))
        return found

    @property
    def all_findings(self) -> list[Finding]:
        """The data findings."""
        return self.evaluation.all_findings

    def _frame(self, query: Query) -> pd.DataFrame:
        frame = self.engine.frame(query.sql)
        whole = [column.name for column in query.columns if column.is_number and column.unit is None]
        return frame.astype(dict.fromkeys(whole, "Int64"))


def policy(
    data: Data,
    rules: str | os.PathLike[str] | Pack | None = None,
    year: int | None = None,
    *,
    policies: str | os.PathLike[str] | None = None,
    as_of: datetime.date | None = None,
    parameters: Mapping[str, str] | None = None,
    mapping: Columns | None = None,
    show: Iterable[str] = (),
    by: str = "",
    keep_aside: bool = False,
    official_grades: bool = False,
) -> Ledger:
    """What each enterprise pays more (加收) or less (减免) a year by the differentiated policy of a pack.

    `data`, `rules`, `year`, `parameters`, `mapping`, `show`, `keep_aside` and `official_grades` are as for
    `mujun.evaluate`. `policies` is a file to take instead of the pack's own ``policies.yaml``. The tariffs are those in
    force on `as_of`, by default on the last day of the year judged. `by` names a field by which `Ledger.groups` will
    be asked.

    Raises `PackError`, `UsageError` or `DataError`, all of them `MujunError`.
    """
    pack = rules if isinstance(rules, Pack) else load_pack(rules)
    if policies is not None:
        pack = load_levies(pack, Path(policies))
    pack = pack.with_parameters(parameters or {})
    levies = pack.levies
    if levies is None:
        raise UsageError(f"政策包“{pack.name}”没有{WORD}（{FILE}）", "请用 --policies 指明一个文件")
    dataset = pack.datasets[levies.dataset]
    if by:
        check_group(by, dataset)
    known = pack.scope(dataset)
    names = (show,) if isinstance(show, str) else tuple(show)
    extra = tuple(name for name in names if name in dataset.fields or name in known.indicators)
    grade = pack.method.feeds if pack.method and pack.method.dataset == dataset.name else ""
    wanted = tuple(name for name in (grade, by, *extra) if name)
    full = with_measures(pack, levies, wanted)
    lists = [item.name for item in full.lists.values() if item.dataset == dataset.name]
    evaluation = evaluate(
        data, full, year, lists=lists, mapping=mapping, keep_aside=keep_aside, official_grades=official_grades,
        as_of=as_of,
    )  # fmt: skip
    plan = LedgerPlan(evaluation.plan, levies, _day(levies, as_of, evaluation.year))
    evaluation.engine.run(plan.setup())
    return Ledger(evaluation, Accounts(plan, grade, extra), plan.day, _gaps(plan, evaluation.loaded))


def check_group(by: str, dataset: Dataset) -> None:
    """Raise `UsageError` where the rows of a dataset cannot be parted by a field."""
    fields = [name for name, field in dataset.fields.items() if field.kind != "number"]
    if by not in fields:
        known = "、".join(fields)
        what = f"“{by}”是数字，不能用来分组" if by in dataset.fields else f"没有列“{by}”{nearest(by, fields)}"
        raise UsageError(what, f"可以分组的列：{known}")


def _day(levies: Levies, as_of: datetime.date | None, year: int | None) -> datetime.date | None:
    """The day on which tariffs must be in force."""
    if as_of is not None:
        return as_of
    if year is not None:
        return datetime.date(year, 12, 31)
    if any(rate.start or rate.end for levy in levies.levies.values() for rate in levy.rates):
        raise UsageError("数据没有年度，看不出用哪一天的标准", "请用 --as-of 指明日期，如 2023-12-31")
    return None


def _gaps(plan: LedgerPlan, loaded: Loaded) -> dict[str, tuple[str, ...]]:
    """The columns whose absence leaves a measure with tariffs open for everybody whom it may concern."""
    pack, dataset, found = plan.pack, plan.dataset, {}
    for levy in plan.levies.levies.values():
        gaps: tuple[str, ...] = ()
        routes = {route.name: route.when for route in pack.lists[WORD].routes}
        if (when := routes.get(levy.name)) is not None:
            gaps = undecidable(replace(pack.lists[WORD], when=when), pack, loaded.fields)
        amounts = [
            lacking(amount(levy, row.rate, pack), pack, dataset, loaded.fields)
            for row in plan.rows[levy.name] if row.amount is not None
        ]  # fmt: skip
        if amounts and all(amounts):
            gaps += tuple(gap for one in amounts for gap in one)
        if gaps:
            found[levy.name] = tuple(dict.fromkeys(gaps))
    return found


def gap_lines(ledger: Ledger) -> list[str]:
    """For each measure that cannot be reckoned: the columns it lacks, each with the nearest header of the files."""
    dataset, loaded, lines = ledger.accounts.plan.dataset, ledger.evaluation.loaded, []
    headers = Headers(dataset)
    for name, fields in ledger.gaps.items():
        shown = []
        for gap in fields:
            close = headers.suggest(dataset.fields[gap], loaded.unmapped) if gap in dataset.fields else ""
            shown.append(f"{gap}（最接近的列：“{close}”）" if close else gap)
        lines.append(f"措施“{name}”算不出：缺少列 {'、'.join(shown)}")
    return lines


def tariff_lines(ledger: Ledger) -> list[str]:
    """For each measure that lacks a tariff for somebody: for how many, and where to write it."""
    lines = []
    for levy, summary in zip(ledger.levies.levies.values(), ledger.summaries[:-1], strict=True):
        rows = ledger.accounts.plan.rows[levy.name]
        if rows and not summary.untold:
            continue
        lines.append(_tariff_line(levy, summary, day=ledger.day, some=bool(rows)))
    return lines


def _tariff_line(levy: Levy, summary: LevySummary, *, day: datetime.date | None, some: bool) -> str:
    if some:
        return f"{levy.name}：{summary.untold} 家没有对应的标准；请在 {levy.place} 的 tariffs 里补上"
    told = f"没有 {day} 有效的标准" if levy.rates else "标准未公布"
    unit = f"（{levy.rate_unit.name}）" if levy.rate_unit.name else ""
    who = f"涉及 {summary.concerned} 家" + (
        f"，另有 {rest} 家待核实" if (rest := summary.open - summary.concerned) else ""
    )
    return f"{levy.name}：{told}{unit}，{who}；公布后请写入 {levy.place} 的 tariffs"


__all__ = ["Ledger", "LevySummary", "gap_lines", "policy", "tariff_lines"]
