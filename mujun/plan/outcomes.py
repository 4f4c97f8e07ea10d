"""The outcome of every row on every list, whatever datasets they are of, as one table of nine columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql
from mujun.pack.policy import MISSING, RANK, REMARKS, ROUTE
from mujun.plan.judged import PENDING, YES
from mujun.plan.query import Column, Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun.pack.policy import Kind
    from mujun.plan.plan import Plan

OUTCOME_COLUMNS = ("统一社会信用代码", "企业名称", "年度", "清单", "结论", "名次", "建议处置", "缺少", "提示")
"""The columns of ``mujun classify --outcomes``, in this order, always; the first two hold the code and name of a row of
any dataset."""


def outcomes_query(plans: Sequence[Plan]) -> Query:
    """One row for each row judged and list, with `OUTCOME_COLUMNS`; the lists in the order of the plans."""
    parts: list[str] = []
    lists = [(plan, name) for plan in plans for name in range(len(plan.lists))]
    for number, (plan, index) in enumerate(lists):
        parts += _of_list(plan, index, number)
    names = ", ".join([sql.name("序"), *map(sql.name, OUTCOME_COLUMNS)])
    body = "\nUNION ALL\n".join(parts)
    shown_columns = ", ".join(map(sql.name, OUTCOME_COLUMNS))
    rank, code, company = sql.name(RANK), sql.name(OUTCOME_COLUMNS[0]), sql.name(OUTCOME_COLUMNS[1])
    text = (
        f"SELECT {shown_columns}\nFROM (\n{sql.indent(body)}\n) AS {sql.name('全部')} ({names})\n"
        f"ORDER BY {sql.name('序')}, {rank} NULLS LAST, {code} NULLS LAST, {company} NULLS LAST"
    )
    kinds: dict[str, Kind] = {"年度": "year", RANK: "number"}
    columns = [Column(name, kinds.get(name, "text"), digits=0, fixed=True) for name in OUTCOME_COLUMNS]
    return Query(text, tuple(columns))


def _of_list(plan: Plan, index: int, number: int) -> list[str]:
    """The members of a list, ranked, and all others."""
    dataset, item = plan.figures.dataset, plan.lists[index]
    judged = plan.judged[item.name]
    roles = [dataset.code, dataset.company, dataset.year]
    identity = [sql.name(name) if name else "NULL" for name in roles]
    routes = plan.route_columns(item)
    extra = [routes[0], routes[2]] if routes else [f"NULL AS {sql.name(ROUTE)}", f"NULL AS {sql.name(MISSING)}"]
    remarks = f"{judged.remarks()} AS {sql.name(REMARKS)}"
    members = plan.members(item, [*(sql.name(name) for name in roles if name), *extra, remarks])
    route = plan.top(item) or sql.name(ROUTE)
    found = (sql.name(RANK), route, sql.name(MISSING), sql.name(REMARKS))
    shown = [*identity, sql.text(item.name), f"'{YES}'", *found]
    first = f"SELECT {number}, {', '.join(shown)}\nFROM (\n{sql.indent(members)}\n) AS {sql.name('名单')}"
    missing = f"CASE WHEN {judged.outcome} = '{PENDING}' THEN {judged.missing(item.among, item.when)} END"
    others = [*identity, sql.text(item.name), judged.outcome, "NULL", "NULL", missing, judged.remarks()]
    rest = f"FROM {plan.verdicts}\nWHERE {judged.outcome} <> '{YES}'"
    return [first, f"SELECT {number},\n{sql.items(others)}\n{rest}"]
