"""``mujun classify``: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.job import begin
from mujun.cli.options import day_option, input_options, list_option, official_option, output_options
from mujun.cli.remarks import balance_lines, say_as_of, say_findings
from mujun.cli.say import heading, in_year, remark

if TYPE_CHECKING:
    from mujun.api import Evaluation
    from mujun.cli.options import Input, Output
    from mujun.output.sheet import Sheet


@click.command(cls=ChineseCommand, short_help="按政策包判定企业，输出各清单")
@input_options(day_option, official_option)
@list_option
@click.option("--outcomes", is_flag=True, help="输出每家企业在每张清单上的结论：是、否、待核实、不适用")
@output_options
def classify(given: Input, output: Output, official: bool, lists: tuple[str, ...], outcomes: bool) -> int:
    """按政策包判定企业，输出低效用地、产能倍增等清单。

    文件可以是 CSV、Excel（可写 文件#工作表）、网页另存的 .xls、Parquet，
    也可以是文件夹；几个部门的文件一起给，按代码和年度并到一家企业。

    清单写到标准输出，数据问题与行数写到标准错误。终端上显示表格，
    重定向或管道时是 CSV：mujun classify 数据.csv > 清单.csv

    退出码：0 完成，1 有 --fail-on 级别的数据问题，2 用法错误，3 无法运行。
    """
    job = begin(given, output)
    from mujun.api import evaluate

    evaluation = evaluate(
        job.files, given.rules, given.year, lists=lists, parameters=given.parameters, mapping=given.mapping,
        show=output.columns, keep_aside=job.aside is not None, official_grades=official, as_of=given.as_of,
    )  # fmt: skip
    make = _outcomes if outcomes else _lists
    sheets = job.pick(make(evaluation, job.limit, headed=job.target.is_headed))
    if not output.quiet:
        _report(evaluation)
        say_as_of(evaluation, given.as_of)
    job.write_aside(evaluation)
    return job.finish(evaluation, sheets)


def _lists(evaluation: Evaluation, limit: int | None, *, headed: bool = True) -> list[Sheet]:
    """A sheet for each list; the counts in its heading are worked out only where there is one."""
    from mujun.output.sheet import Sheet
    from mujun.pack.policy import LIST

    found = []
    judged = [(share, item) for share in evaluation.shares for item in share.plan.lists]
    summaries = evaluation.summaries if headed else [None] * len(judged)
    for (share, item), summary in zip(judged, summaries, strict=True):
        dataset, query = share.dataset, share.plan.list_query(item)
        notes = [_counts(summary)] if summary else []
        if item.name in evaluation.undecided:
            notes.append(f"缺少列 {'、'.join(evaluation.undecided[item.name])}，这张清单无法判定")
        if summary and limit is not None and summary.yes > limit:
            notes.append(f"只列前 {limit} {dataset.counter}，全部请用 --limit 0 或 -o 清单.csv")
        title = heading(item.name, item.cites, in_year(share.year))
        found.append(Sheet(item.name, query, query.columns, title, tuple(notes), limit, dataset.repeated, (LIST,)))
    return found


def _outcomes(evaluation: Evaluation, limit: int | None, *, headed: bool = True) -> list[Sheet]:
    """The one sheet of all outcomes."""
    from mujun.output.sheet import Sheet
    from mujun.plan.plan import OUTCOME_COLUMNS

    query = evaluation.outcomes_query
    summaries = evaluation.summaries if headed else []
    notes = [_balance(summary) for summary in summaries]
    rows = sum(summary.judged for summary in summaries)
    if limit is not None and rows > limit:
        notes.append(f"共 {rows} 行，只列前 {limit} 行，全部请用 --limit 0 或 -o 结论.csv")
    title = heading("结论", in_year(evaluation.year))
    code, _, year = OUTCOME_COLUMNS[:3]
    return [Sheet("结论", query, query.columns, title, tuple(notes), limit, (year, code))]


def _counts(summary: Any) -> str:
    counter = summary.counter
    parts = [f"{summary.yes} {counter}"]
    for total in summary.totals:
        unknown = f"（{summary.yes - total.known} {counter}缺）" if total.known < summary.yes else ""
        if total.known:
            parts.append(f"{total.name} {total.value:,}{total.unit}{unknown}")
    parts.append(f"待核实 {summary.pending} {counter}")
    return "，".join(parts)


def _balance(summary: Any) -> str:
    outside = f"，不适用 {summary.outside}" if summary.outside else ""
    return f"{summary.name}：是 {summary.yes}，否 {summary.no}，待核实 {summary.pending}{outside}"


def _report(evaluation: Evaluation) -> None:
    """The balance of the rows, what cannot be decided, and the findings."""
    from mujun.api import gap_lines

    several = len(evaluation.shares) > 1
    for share, judged in zip(evaluation.shares, evaluation.counts, strict=True):
        name = share.dataset.name if several else ""
        for line in balance_lines(share.loaded, judged, share.year, share.dataset.counter, name):
            remark(line)
    for line in gap_lines(evaluation):
        remark(line)
    say_findings(evaluation, evaluation.parts)
