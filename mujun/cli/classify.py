"""``mujun classify``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.options import Names, input_options, output_options

if TYPE_CHECKING:
    from mujun.api import Evaluation
    from mujun.output.sheet import Sheet

_SHOWN_PER_CODE = 5
_TERMINAL_ROWS = 20


@click.command(cls=ChineseCommand, short_help="按政策包判定企业，输出各清单")
@click.argument("data", metavar="数据.csv", type=click.Path(path_type=Path))
@input_options
@click.option("--list", "lists", multiple=True, type=Names(), metavar="清单", help="只要这些清单，可多次或用逗号分隔")
@click.option("--outcomes", is_flag=True, help="输出每家企业在每张清单上的结论：是、否、待核实、不适用")
@output_options
@click.option("--fail-on", type=click.Choice(("提示", "警告", "错误")), metavar="级别",
              help="有此级别或更重的数据问题时退出码为 1：提示 警告 错误")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="不在标准错误上报告数据问题与行数")
def classify(
    data: Path,
    rules: str | None,
    year: int | None,
    settings: tuple[tuple[str, str], ...],
    mapping: tuple[tuple[str, str], ...],
    lists: tuple[tuple[str, ...], ...],
    outcomes: bool,
    format_: str | None,
    output: Path | None,
    columns: tuple[str, ...] | None,
    limit: int | None,
    bom: bool | None,
    fail_on: str | None,
    quiet: bool,
) -> int:
    """按政策包判定企业，输出低效用地、产能倍增等清单。

    清单写到标准输出，数据问题与行数写到标准错误。终端上显示表格，
    重定向或管道时是 CSV：mujun classify 数据.csv > 清单.csv

    退出码：0 完成，1 有 --fail-on 级别的数据问题，2 用法错误，3 无法运行。
    """
    from mujun.api import evaluate
    from mujun.output.write import Target, write

    target = Target(format_, output, bom, (data,))
    target.check()
    evaluation = evaluate(
        data, rules, year,
        lists=[name for names in lists for name in names], parameters=dict(settings), mapping=dict(mapping),
        show=columns or (),
    )  # fmt: skip
    sheets = _sheets(evaluation, outcomes, columns, _limit(limit, target.chosen, output))
    if not quiet:
        _report(evaluation)
    write(sheets, evaluation.engine, target)
    return _exit_code(evaluation, fail_on)


def _limit(limit: int | None, format_: str, output: Path | None) -> int | None:
    if limit is None and format_ == "table" and output is None and sys.stdout.isatty():
        return _TERMINAL_ROWS
    return limit or None


def _sheets(
    evaluation: Evaluation, outcomes: bool, columns: tuple[str, ...] | None, limit: int | None
) -> list[Sheet]:
    from mujun.output.sheet import Sheet, pick

    year = f"  {evaluation.year}年" if evaluation.year is not None else ""
    dataset = evaluation.plan.figures.dataset
    identity = tuple(name for name in reversed(dataset.leading) if name != dataset.company)
    found = []
    if outcomes:
        query = evaluation.plan.outcomes_query()
        found.append(Sheet("结论", query, query.columns, f"结论{year}", limit=limit, identity=(dataset.code,)))
    else:
        for item, summary in zip(evaluation.plan.lists, evaluation.summaries, strict=True):
            query = evaluation.plan.list_query(item)
            notes = [_counts(summary)]
            if item.name in evaluation.undecided:
                notes.append(f"缺少列 {'、'.join(evaluation.undecided[item.name])}，这张清单无法判定")
            if limit is not None and summary.yes > limit:
                notes.append(f"只列前 {limit} 名，全部请用 --limit 0 或 -o 清单.csv")
            title = f"{item.name}  {item.cites}{year}"
            found.append(Sheet(item.name, query, query.columns, title, tuple(notes), limit, identity))
    return pick(found, columns) if columns else found


def _counts(summary: Any) -> str:
    parts = [f"{summary.yes} 家"]
    for total in summary.totals:
        unknown = f"（{summary.yes - total.known} 家缺）" if total.known < summary.yes else ""
        if total.known:
            parts.append(f"{total.name} {total.value:,.2f}{total.unit}{unknown}")
    parts.append(f"待核实 {summary.pending} 家")
    return "，".join(parts)


def _report(evaluation: Evaluation) -> None:
    """The balance of the rows, what cannot be decided, and the findings, a few of each kind."""
    from mujun.api import gap_lines
    from mujun.intake.findings import LEVELS, clean

    loaded = evaluation.loaded
    merged = f" + 合并 {loaded.merged}" if loaded.merged else ""
    earlier = loaded.used - evaluation.judged
    years = f"（{evaluation.year}年 {evaluation.judged} 家，往年 {earlier} 行）" if evaluation.year is not None else ""
    balance = f"读入 {loaded.rows} 行 = 评价 {loaded.used}{years}{merged} + 搁置 {loaded.set_aside}"
    click.echo(f"{clean(loaded.label)}：{balance}", err=True)
    for line in gap_lines(evaluation):
        click.echo(line, err=True)
    by_code: dict[str, list[Any]] = {}
    for finding in evaluation.all_findings:
        by_code.setdefault(finding.code, []).append(finding)
    for code, findings in sorted(by_code.items(), key=lambda pair: (-LEVELS.index(pair[1][0].level), pair[0])):
        for finding in findings[:_SHOWN_PER_CODE]:
            place = finding.place.removeprefix(loaded.label).strip()
            click.echo(f"{finding.level} {code} {clean(place)}{'：' if place else ''}{finding.message}", err=True)
        total = sum(finding.count for finding in findings)
        shown = sum(finding.count for finding in findings[:_SHOWN_PER_CODE])
        if total > shown:
            click.echo(f"{findings[0].level} {code} 同类共 {total} 处，以上为前 {shown} 处", err=True)


def _exit_code(evaluation: Evaluation, fail_on: str | None) -> int:
    from mujun.intake.findings import LEVELS

    if fail_on is None:
        return 0
    grave = LEVELS.index(fail_on)
    return int(any(LEVELS.index(finding.level) >= grave for finding in evaluation.all_findings))
