"""The options that commands share: what goes in, and how it comes out."""

from __future__ import annotations

import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
import msgspec

from mujun.output.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mujun.intake.mapping import Columns

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # click 8.2 knows no type arguments here

_F = TypeVar("_F", bound="Callable[..., Any]")


class Assignment(_ParamType):
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


class ColumnMap(Assignment):
    """``header=field``, or the path of a map."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Tell a path by its suffix."""
        text = str(value)
        if text.lower().endswith((".yaml", ".yml")) and ("=" not in text or Path(text).is_file()):
            return Path(text)
        return super().convert(value, param, ctx)


class Names(_ParamType):
    """Names separated by commas, in either width, or 、."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split at commas."""
        if isinstance(value, tuple):
            return value
        text = str(value).replace("，", ",").replace("、", ",")
        names = tuple(part.strip() for part in text.split(",") if part.strip())
        if not names:
            self.fail("没有写名称", param, ctx)
        return names


class OneOf(click.Choice[str]):
    """One of a few words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002
        """What is wrong with a word that is none of them."""
        import difflib

        close = difflib.get_close_matches(str(value), self.choices, n=1)
        return f"“{value}”不在可选值之内{f'，是否想写“{close[0]}”' if close else ''}；可选：{'、'.join(self.choices)}"


class Whole(_ParamType):
    """A whole number, 0 or more."""

    name = "整数"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the digits."""
        if isinstance(value, int):
            return value
        text = str(value).strip()
        if not text.isdecimal() or len(text) > 18:
            self.fail(f"“{value}”不是 0 或正整数", param, ctx)
        return int(text)


class Year(Whole):
    """A year of four digits."""

    name = "年度"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the digits."""
        text = str(value).strip().removesuffix("年")
        if not text.isdecimal() or len(text) != 4:
            self.fail(f"“{value}”不是年度，应写四位年份，如 2023", param, ctx)
        return int(text)


class Day(_ParamType):
    """A date."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        """Read year, month and day."""
        from mujun.errors import UsageError
        from mujun.pack.dates import parse_date

        if isinstance(value, datetime.date):
            return value
        try:
            return parse_date(str(value))
        except UsageError as error:
            self.fail(f"{error.message}，{error.hint}", param, ctx)


class Input(msgspec.Struct, frozen=True):
    """What goes in: files, folders and patterns as written, and how they are to be read and judged."""

    data: tuple[str, ...]
    rules: str | None
    year: int | None
    parameters: dict[str, str]
    mapping: Columns
    set_aside: str | None
    as_of: datetime.date | None = None


class Output(msgspec.Struct, frozen=True):
    """How it comes out: on `path` or stdout, which columns and how many rows, and what is said of the data."""

    format: str | None = None
    path: str | None = None
    columns: tuple[str, ...] = ()
    limit: int | None = None
    bom: bool | None = None
    fail_on: str | None = None
    quiet: bool = False


def _together(name: str, struct: type[msgspec.Struct], options: Sequence[Callable[[_F], _F]]) -> Callable[[_F], _F]:
    """Options that a command takes as one argument, with any others that fill a field of this struct."""

    def decorate(function: _F) -> _F:
        @wraps(function)
        def call(**values: Any) -> Any:
            filled = {field: values.pop(field) for field in struct.__struct_fields__ if field in values}
            return function(**values, **{name: struct(**filled)})

        command = cast("_F", call)
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _joined(_ctx: click.Context, _param: click.Parameter, value: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(name for names in value for name in names)


def _pairs(_ctx: click.Context, _param: click.Parameter, value: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return dict(value)


def _columns(_ctx: click.Context, _param: click.Parameter, value: tuple[tuple[str, str] | Path, ...]) -> Columns:
    """All that was said of columns, as `mujun.evaluate` takes it."""
    pairs = dict(one for one in value if not isinstance(one, Path))
    paths = [one for one in value if isinstance(one, Path)]
    return [*paths, pairs] if paths else pairs


def names_option(*names: str, metavar: str, help: str) -> Callable[[_F], _F]:  # noqa: A002
    """An option of names, given several times or separated by commas: a tuple of all."""
    return click.option(*names, multiple=True, type=Names(), callback=_joined, metavar=metavar, help=help)


rules_option = click.option("--rules", metavar="政策包", help="政策包的名称或文件夹，默认 jindong")
set_option = click.option(
    "--set", "parameters", multiple=True, type=Assignment("低效线=4万元/亩"), callback=_pairs, metavar="参数=值",
    help="另设政策参数，可多次，如 --set 低效线=4万元/亩",
)  # fmt: skip
list_option = names_option("--list", "lists", metavar="清单", help="只要这些清单，可多次或用逗号分隔")
year_option = click.option("--year", type=Year(), metavar="年度", help="评价的年度，默认取数据中最近一年")
map_option = click.option(
    "--map", "mapping", multiple=True, type=ColumnMap("实缴税金=税收"), callback=_columns, metavar="列名=字段",
    help="指明某列是哪个字段，可多次；也可写 check --save-map 存的文件，如 map.yaml",
)  # fmt: skip
aside_option = click.option(
    "--set-aside", type=click.Path(readable=False), metavar="文件",
    help="把没有采用的行连同原因写入这个文件（.csv、.tsv、.jsonl）",
)  # fmt: skip
day_option = click.option(
    "--as-of", type=Day(), metavar="日期", help="清单用到的基准日，如 2022-06-30；默认今天"
)  # fmt: skip
"""基准日 of lists."""
as_of_option = click.option(
    "--as-of", type=Day(), metavar="日期", help="截至哪一天（当天算在内），如 2023-06-30；默认为数据最近一年的年末"
)
"""The day judged."""
method_option = click.option(
    "--method", metavar="办法", help="评价办法：自带的名称（见 mujun rules list）或 .yaml 文件，默认政策包的"
)
official_option = click.option(
    "--official-grades", "official", is_flag=True, help="等级只用数据里公布的，空白的不按评价办法测算补上"
)
fail_option = click.option(
    "--fail-on", type=OneOf(("提示", "警告", "错误")), metavar="级别",
    help="有此级别或更重的数据问题时退出码为 1：提示、警告、错误",
)  # fmt: skip


def input_options(*more: Callable[[Any], Any]) -> Callable[[_F], _F]:
    """The files, how they are read, and more options: the command takes what fills an `Input` as `given`."""
    files = click.argument("data", metavar="文件...", nargs=-1, required=True)
    usual = (rules_option, year_option, set_option, map_option, aside_option)
    return _together("given", Input, (files, *usual, *more))


output_options = _together("output", Output, (
    click.option("-f", "--format", type=OneOf(FORMATS), metavar="格式",
                 help=f"{'、'.join(FORMATS)}；默认终端上为 table，重定向或管道为 csv"),
    click.option("-o", "--output", "path", type=click.Path(readable=False), metavar="路径",
                 help="写入文件，格式看后缀；给文件夹（以 / 结尾）则每张清单一个文件"),
    click.option("--columns", type=Names(), default=(), metavar="列,列",
                 help="只输出这些列，按此顺序；也可写政策包里的其他字段或指标"),
    click.option("--limit", type=Whole(), metavar="N", help="每张清单至多 N 行；0 为不限（终端默认 20）"),
    click.option("--bom/--no-bom", default=None, help="CSV 是否带 BOM；默认写 .csv 文件时带，管道不带"),
    fail_option,
    click.option("-q", "--quiet", is_flag=True, help="不在标准错误上报告数据问题与行数"),
))  # fmt: skip
"""How it comes out: the command takes it as `output`, an `Output`."""
