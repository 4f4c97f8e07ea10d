"""``mujun rank``: how parks, towns and sectors rank."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.job import begin
from mujun.cli.options import day_option, input_options, names_option, output_options
from mujun.cli.remarks import say_boards
from mujun.cli.say import heading, in_year

if TYPE_CHECKING:
    from mujun.cli.options import Input, Output


@click.command(cls=ChineseCommand, short_help="成组排名：基数与增速、名次升降、长项与短项")
@click.argument("name", metavar="排名")
@input_options(day_option)
@click.option("--by", default="", metavar="列", help="改按这一列分组")
@names_option("--indicator", "indicators", metavar="指标",
              help="改按这个口径、指标或字段排名，可多个，以第一个为准；“指标 asc”为小的在前")  # fmt: skip
@output_options
def rank(given: Input, output: Output, name: str, by: str, indicators: tuple[str, ...]) -> int:
    """成组的排名，写法见政策包的 rankings.yaml，如 parks、towns、sectors。

    统筹基数与增速：每个口径的水平和比上年的增速各折成 0 至 100 分，
    按权重相加；成组的数一律是总量除以总量。并列者同名次（1、2、2、4）。

    例：mujun rank parks 数据.csv；mujun rank towns 数据.csv --indicator 亩均税收
    """
    job = begin(given, output)
    from mujun.groups.rank_page import lines
    from mujun.groups.ranked_rows import columns, notes, rows
    from mujun.groups.ranking import rank as order
    from mujun.groups.sheets import sheet

    found = order(
        job.files, given.rules, name, given.year, by=by, indicators=indicators,
        parameters=given.parameters, mapping=given.mapping, as_of=given.as_of, keep_aside=job.aside is not None,
    )  # fmt: skip
    if not output.quiet:
        say_boards(found.boards)
    job.write_aside(found.boards)
    head = f"{found.by if by else found.ranking.name}排名"
    title = heading(head, found.ranking.cites, in_year(found.year))
    limit = output.limit or None
    made = sheet(found.boards.engine, head, columns(found), rows(found), title, notes(found), limit)
    return job.finish(found.boards, job.pick([made]), partial(lines, found, title))
