"""``mujun track``: how far the targets have come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.job import begin
from mujun.cli.options import as_of_option, input_options, names_option, output_options
from mujun.cli.remarks import say_boards

if TYPE_CHECKING:
    from mujun.cli.options import Input, Output


@click.command(cls=ChineseCommand, short_help="目标进度：完成多少、是否按时序、还差多少")
@input_options(as_of_option)
@click.option("--by", default="", metavar="列", help="按这一列分组，滞后的在前，如 乡镇街道、园区")
@names_option("--target", "targets", metavar="目标", help="只要这些目标，可多次或用逗号分隔")
@output_options
def track(given: Input, output: Output, by: str, targets: tuple[str, ...]) -> int:
    """目标进度：每个目标的实绩、完成率、时序进度、状态和还差多少。

    文件可以是企业、园区、项目、台账等数据，一起给；缺数据的目标会写明缺什么。
    截至 --as-of 当天；不写则为数据最近一年的年末。

    终端上是一页进度条；重定向或管道时是 CSV，也可写 -f json、-o 目标.md。
    """
    job = begin(given, output)
    from mujun.groups.page import lines
    from mujun.groups.sheets import sheet
    from mujun.groups.tracked_rows import COLUMNS, rows
    from mujun.groups.tracking import track as follow

    found = follow(
        job.files, given.rules, given.year, as_of=given.as_of, by=by, targets=targets,
        parameters=given.parameters, mapping=given.mapping, keep_aside=job.aside is not None,
    )  # fmt: skip
    if not output.quiet:
        say_boards(found.boards)
    job.write_aside(found.boards)
    title = f"目标进度  截至 {found.as_of.isoformat()}"
    made = sheet(found.boards.engine, "目标进度", COLUMNS, rows(found), title, (), output.limit or None, ("条款",))
    return job.finish(found.boards, job.pick([made]), partial(lines, found))
