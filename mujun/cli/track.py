"""``mujun track``: how far the targets have come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from mujun.cli.errors import DONE, FOUND
from mujun.cli.help import ChineseCommand
from mujun.cli.options import (
    LEVEL,
    Names,
    as_of_option,
    columns_said,
    map_option,
    output_options,
    rules_option,
    set_option,
    year_option,
)
from mujun.cli.say import remark
from mujun.engine import start_early

if TYPE_CHECKING:
    import datetime

    from mujun.cli.options import Mapped
    from mujun.groups.boards import Boards


@click.command(cls=ChineseCommand, short_help="目标进度：完成多少、是否按时序、还差多少")
@click.argument("data", metavar="文件...", nargs=-1, required=True)
@rules_option
@year_option
@as_of_option
@set_option
@map_option
@click.option("--by", default="", metavar="列", help="按这一列分组，滞后的在前，如 乡镇街道、园区")
@click.option(
    "--target", "targets", multiple=True, type=Names(), metavar="目标", help="只要这些目标，可多次或用逗号分隔"
)
@output_options
@click.option("--fail-on", type=LEVEL, metavar="级别",
              help="有此级别或更重的数据问题时退出码为 1：提示、警告、错误")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="不在标准错误上报告数据问题与行数")
def track(
    data: tuple[str, ...],
    rules: str | None,
    year: int | None,
    as_of: datetime.date | None,
    settings: tuple[tuple[str, str], ...],
    mapping: tuple[Mapped, ...],
    by: str,
    targets: tuple[tuple[str, ...], ...],
    format_: str | None,
    output: str | None,
    columns: tuple[str, ...] | None,
    limit: int | None,
    bom: bool | None,
    fail_on: str | None,
    quiet: bool,
) -> int:
    """目标进度：每个目标的实绩、完成率、时序进度、状态和还差多少。

    文件可以是企业、园区、项目、台账等数据，一起给；缺数据的目标会写明缺什么。
    截至 --as-of 当天；不写则为数据最近一年的年末。

    终端上是一页进度条；重定向或管道时是 CSV，也可写 -f json、-o 目标.md。
    """
    from mujun.cli.classify import output_target
    from mujun.output.write import write

    target = output_target(data, rules, format_, output, bom)
    target.check()
    start_early()
    from mujun.groups.page import lines
    from mujun.groups.sheets import sheet
    from mujun.groups.tracked_rows import COLUMNS, rows
    from mujun.groups.tracking import track as follow

    found = follow(
        list(data), rules, year, as_of=as_of, by=by, targets=[name for names in targets for name in names],
        parameters=dict(settings), mapping=columns_said(mapping),
    )  # fmt: skip
    if not quiet:
        report_boards(found.boards)
    title = f"目标进度  截至 {found.as_of.isoformat()}"
    made = [sheet(found.boards.engine, "目标进度", COLUMNS, rows(found), title, (), limit or None, ("条款",))]
    if columns:
        from mujun.output.sheet import pick

        made = pick(made, columns)
    page = None if columns or limit else partial(lines, found)
    files = write(made, found.boards.engine, target, page)
    if files and not quiet:
        remark(f"已写入 {output}")
    return FOUND if fail_on and found.boards.found(fail_on) else DONE


def report_boards(boards: Boards) -> None:
    """The rows of each dataset, and how many findings of which kind: mujun check tells more."""
    from mujun.intake.findings import LEVELS

    for name, loaded in boards.loaded.items():
        aside = f"，搁置 {loaded.set_aside} 行" if loaded.set_aside else ""
        remark(f"{name}：{loaded.label}，采用 {loaded.used + loaded.merged} 行{aside}")
    found = boards.findings
    places = {level: sum(finding.places for finding in found if finding.level == level) for level in reversed(LEVELS)}
    counts = [f"{level} {count} 处" for level, count in places.items() if count]
    if counts:
        remark(f"数据问题：{'，'.join(counts)}；逐条见 mujun check")
