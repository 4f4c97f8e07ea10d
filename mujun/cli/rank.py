"""``mujun rank``: how parks, towns and sectors rank."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from mujun.cli.errors import DONE, FOUND
from mujun.cli.help import ChineseCommand
from mujun.cli.options import (
    LEVEL,
    Names,
    columns_said,
    day_option,
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


@click.command(cls=ChineseCommand, short_help="成组排名：基数与增速、名次升降、长项与短项")
@click.argument("name", metavar="排名")
@click.argument("data", metavar="文件...", nargs=-1, required=True)
@rules_option
@year_option
@set_option
@map_option
@day_option
@click.option("--by", default="", metavar="列", help="改按这一列分组")
@click.option("--indicator", "indicators", multiple=True, type=Names(), metavar="指标",
              help="改按这个口径、指标或字段排名，可多个，以第一个为准；“指标 asc”为小的在前")  # fmt: skip
@output_options
@click.option("--fail-on", type=LEVEL, metavar="级别",
              help="有此级别或更重的数据问题时退出码为 1：提示、警告、错误")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="不在标准错误上报告数据问题与行数")
def rank(
    name: str,
    data: tuple[str, ...],
    rules: str | None,
    year: int | None,
    settings: tuple[tuple[str, str], ...],
    mapping: tuple[Mapped, ...],
    as_of: datetime.date | None,
    by: str,
    indicators: tuple[tuple[str, ...], ...],
    format_: str | None,
    output: str | None,
    columns: tuple[str, ...] | None,
    limit: int | None,
    bom: bool | None,
    fail_on: str | None,
    quiet: bool,
) -> int:
    """成组的排名，写法见政策包的 rankings.yaml，如 parks、towns、sectors。

    统筹基数与增速：每个口径的水平和比上年的增速各折成 0 至 100 分，
    按权重相加；成组的数一律是总量除以总量。并列者同名次（1、2、2、4）。

    例：mujun rank parks 数据.csv；mujun rank towns 数据.csv --indicator 亩均税收
    """
    from mujun.cli.classify import output_target
    from mujun.cli.track import report_boards
    from mujun.output.write import write

    target = output_target(data, rules, format_, output, bom)
    target.check()
    start_early()
    from mujun.groups.rank_page import lines
    from mujun.groups.ranked_rows import columns as columns_
    from mujun.groups.ranked_rows import notes, rows
    from mujun.groups.ranking import rank as order
    from mujun.groups.sheets import sheet

    found = order(
        list(data), rules, name, year, by=by, indicators=[one for names in indicators for one in names],
        parameters=dict(settings), mapping=columns_said(mapping), as_of=as_of,
    )  # fmt: skip
    if not quiet:
        report_boards(found.boards)
    year_ = f"{found.year}年" if found.year is not None else ""
    head = f"{found.by if by else found.ranking.name}排名"
    title = "  ".join(part for part in (head, found.ranking.cites, year_) if part)
    made = [sheet(found.boards.engine, head, columns_(found), rows(found), title, notes(found), limit or None)]
    if columns:
        from mujun.output.sheet import pick

        made = pick(made, columns)
    page = None if columns or limit else partial(lines, found, title)
    files = write(made, found.boards.engine, target, page)
    if files and not quiet:
        remark(f"已写入 {output}")
    return FOUND if fail_on and found.boards.found(fail_on) else DONE
