"""``mujun policy``: the ledger of differentiated policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.job import begin
from mujun.cli.options import as_of_option, input_options, official_option, output_options
from mujun.cli.remarks import balances, say_as_of, say_findings
from mujun.cli.say import heading, in_year, remark

if TYPE_CHECKING:
    from mujun.cli.options import Input, Output
    from mujun.ledger import Ledger, LevySummary
    from mujun.output.sheet import Sheet


@click.command(cls=ChineseCommand, short_help="差别化政策台账：每家企业每年加收、减免多少")
@input_options()
@click.option("--policies", type=click.Path(readable=False), metavar="文件",
              help="用这个差别化政策文件，不用政策包里的 policies.yaml")  # fmt: skip
@as_of_option
@official_option
@click.option("--by", default="", metavar="列", help="按这一列合计，如 乡镇街道、园区、综合评价")
@click.option("--all", "everyone", is_flag=True, help="列出全部企业，包括与各项措施无关的")
@output_options
def policy(given: Input, output: Output, policies: str | None, official: bool, by: str, everyone: bool) -> int:
    """差别化政策台账：每家企业按各项措施每年加收、减免多少。

    措施和标准写在政策包的 policies.yaml 里，或用 --policies 另给一个文件；
    mujun rules show 差别化政策 用文字说明它。减免为负数；缺数据或缺标准的
    不算作 0，数额空着，“缺少”一列写明缺什么，合计也空着。

    标准按截至 --as-of 有效的一个，算一整年。--by 按乡镇、园区、等级合计：
    只合计已知的数额，“待定家数”是还有数额未知的企业。
    """
    job = begin(given, output, *([Path(policies)] if policies else []))
    from mujun.ledger import policy as policy_

    ledger = policy_(
        job.files, given.rules, given.year, policies=policies, as_of=given.as_of, parameters=given.parameters,
        mapping=given.mapping, show=output.columns, by=by, keep_aside=job.aside is not None, official_grades=official,
    )  # fmt: skip
    limit = job.limit
    sheet = _groups(ledger, by, limit, everyone=everyone) if by else _firms(ledger, limit, everyone=everyone)
    sheets = job.pick([sheet])
    if not output.quiet:
        _report(ledger)
        say_as_of(ledger.evaluation, given.as_of)
    job.write_aside(ledger.evaluation)
    return job.finish(ledger.evaluation, sheets)


def _firms(ledger: Ledger, limit: int | None, *, everyone: bool) -> Sheet:
    from mujun.output.sheet import Sheet
    from mujun.pack.levies import WORD
    from mujun.pack.levies_read import CITES, LISTS

    query = ledger.accounts.firms(everyone=everyone)
    dataset = ledger.accounts.plan.dataset
    identity = (CITES, LISTS, *dataset.repeated)
    whole = ledger.summaries[-1]
    notes = [_told("涉及", whole)]
    rows = ledger.evaluation.judged if everyone else whole.known + whole.open
    if limit is not None and rows > limit:
        notes.append(f"共 {rows} 家，只列前 {limit} 家，全部请用 --limit 0 或 -o 台账.csv")
    return Sheet(WORD, query, query.columns, _title(ledger), tuple(notes), limit, identity)


def _groups(ledger: Ledger, by: str, limit: int | None, *, everyone: bool) -> Sheet:
    from mujun.output.sheet import Sheet

    query = ledger.accounts.groups(by, everyone=everyone)
    notes = (_told("涉及", ledger.summaries[-1]),)
    return Sheet(f"按{by}", query, query.columns, _title(ledger), notes, limit)


def _title(ledger: Ledger) -> str:
    from mujun.pack.levies import WORD

    day = f"{ledger.day} 有效的标准" if ledger.day else ""
    return heading(ledger.levies.title or WORD, in_year(ledger.year), day)


def _told(name: str, summary: LevySummary) -> str:
    """What a measure comes to, on one line."""
    parts = [f"{summary.known + summary.open} 家"]
    if summary.total is not None:
        parts.append(f"已知的数额 {summary.total:,}{summary.unit}")
    if summary.open:
        parts.append(f"{summary.open} 家还有未知")
    return f"{name}：{'，'.join(parts)}"


def _report(ledger: Ledger) -> None:
    """The balance, what each measure comes to, which tariffs and columns are missing, and the findings."""
    from mujun.ledger import gap_lines, tariff_lines

    for line in balances(ledger.evaluation):
        remark(line)
    levies = ledger.levies
    if told := heading(levies.title, levies.source.document, levies.note):
        remark(f"差别化政策：{told}")
    for summary in ledger.summaries[:-1]:
        if summary.total is not None or not summary.untold:
            remark(_told(summary.name, summary))
    for line in (*tariff_lines(ledger), *gap_lines(ledger)):
        remark(line)
    say_findings(ledger.evaluation)
