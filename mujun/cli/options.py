"""The options that commands share: what goes in, and how it comes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mujun.output.formats import FORMATS

_F = TypeVar("_F", bound=Callable[..., Any])


class Assignment(click.ParamType):
    """``name=value``, given several times."""

    name = "assignment"

    def __init__(self, example: str) -> None:
        self.example = example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first ``=``."""
        left, sign, right = str(value).replace("＝", "=").partition("=")
        if not sign or not left.strip() or not right.strip():
            self.fail(f"“{value}”应写作 {self.example}", param, ctx)
        return left.strip(), right.strip()


class Names(click.ParamType):
    """Names separated by commas, in either width, or 、."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ARG002
        """Split at commas."""
        if isinstance(value, tuple):
            return value
        text = str(value).replace("，", ",").replace("、", ",")
        return tuple(part.strip() for part in text.split(",") if part.strip())


def rules_option(function: _F) -> _F:
    """``--rules``: which pack."""
    return click.option("--rules", metavar="政策包", help="政策包的名称或文件夹，默认 jindong")(function)


def set_option(function: _F) -> _F:
    """``--set``: parameters anew."""
    return click.option(
        "--set", "settings", multiple=True, type=Assignment("低效线=4万元/亩"), metavar="参数=值",
        help="另设政策参数，可多次，如 --set 低效线=4万元/亩",
    )(function)  # fmt: skip


def input_options(function: _F) -> _F:
    """What goes in: pack, year, parameters, mapping."""
    for option in reversed([
        rules_option,
        click.option("--year", type=int, metavar="年度", help="评价的年度，默认取数据中最近一年"),
        set_option,
        click.option("--map", "mapping", multiple=True, type=Assignment("实缴税金=税收"), metavar="列名=字段",
                     help="指明某列是哪个字段，可多次"),
    ]):  # fmt: skip
        function = option(function)
    return function


def output_options(function: _F) -> _F:
    """How it comes out: format, target, columns, byte order mark."""
    for option in reversed([
        click.option("-f", "--format", "format_", type=click.Choice(FORMATS), metavar="格式",
                     help=f"{' '.join(FORMATS)}；默认终端上为 table，重定向或管道为 csv"),
        click.option("-o", "--output", type=click.Path(path_type=Path), metavar="路径",
                     help="写入文件（格式看后缀）；给文件夹则每张清单一个文件"),
        click.option("--columns", type=Names(), metavar="列,列", help="只输出这些列，按此顺序；也可写政策包里的其他字段或指标"),
        click.option("--limit", type=click.IntRange(0), metavar="N", help="每张清单至多 N 行；0 为不限（终端默认 20）"),
        click.option("--bom/--no-bom", default=None, help="CSV 是否带 BOM；默认写 .csv 文件时带，管道不带"),
    ]):  # fmt: skip
        function = option(function)
    return function
