"""``mujun codes``: what the codes of findings mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.options import OneOf
from mujun.cli.say import say, table, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun.output.sheet import Sheet

GROUPS = {
    "M1": "文件、工作表和列",
    "M2": "单元格",
    "M3": "行，以及各行、各文件之间",
    "M4": "不大可能的数值",
    "M5": "与上次的表头不同",
}
"""What the codes that begin so are about."""

LEVEL_WORDS = {
    "提示": "已按说明处理，知道即可",
    "警告": "可能影响结论，请核对",
    "错误": "有数据没有用上，请改正后重新提交",
}

WORDS = {
    "assumed": "办法里假定的部分",
    "by": "作比较的字段",
    "change": "哪里不同",
    "choices": "可用的写法",
    "code": "代码列",
    "column": "列名",
    "columns": "列名",
    "count": "家数",
    "dataset": "哪种数据",
    "date": "日期",
    "encoding": "编码",
    "example": "举一家为例",
    "field": "字段",
    "fields": "字段",
    "figure": "分母",
    "guess": "可能的原因",
    "header": "行号",
    "high": "上限",
    "hint": "怎么核对",
    "indicator": "指标",
    "low": "下限",
    "map": "保存的表头对应",
    "match": "代码",
    "median": "中位数",
    "method": "评价办法",
    "name": "名称列",
    "names": "企业名称",
    "no": "中位数",
    "origin": "来处",
    "other": "其他行",
    "others": "其他数据",
    "sums": "哪一列应为多少",
    "target": "字段的单位",
    "text": "格内的文字",
    "titles": "标题行的文字",
    "unit": "表里的单位",
    "wanted": "列数",
    "year": "年度",
    "yes": "中位数",
}
"""What stands in a message in place of ``{…}``, for any code ..."""

OWN_WORDS = {
    "M114": {"other": "另一列"},
    "M301": {"names": "代码和名称"},
    "M304": {"count": "格数"},
    "M311": {"text": "合计、小计等", "sums": "与其上各行之和是否相符"},
    "M312": {"text": "合计、小计等"},
    "M313": {"text": "备注的文字"},
    "M321": {"text": "企业名称"},
    "M322": {"text": "企业名称", "count": "个数"},
    "M323": {"match": "企业名称"},
    "M331": {"other": "另一份文件"},
    "M341": {"names": "企业名称"},
    "M421": {"name": "什么不合理"},
}
"""... and for one code alone."""

PLAIN = {"who": "企业", "counter": "家", "period": "同一年度"}
"""What is said as of enterprises, of whatever dataset a finding is."""

_COLUMNS = ("代码", "级别", "说明", "怎么办", "例")
_FORMATS = ("table", "csv", "json", "md")


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"〔{key}〕"


def in_words(code: str, template: str) -> str:
    """A text of the catalogue with what a finding would fill in put in words: ``{column}`` as 〔列名〕."""
    words = {**WORDS, **OWN_WORDS.get(code, {})}
    return template.format_map(_Words({**{key: f"〔{word}〕" for key, word in words.items()}, **PLAIN}))


@click.command(cls=ChineseCommand, short_help="说明数据问题的代码，如 M204")
@click.argument("codes", metavar="[代码...]", nargs=-1)
@click.option("-f", "--format", "format_", type=OneOf(_FORMATS), metavar="格式", default="table",
              help=f"{'、'.join(_FORMATS)}；默认 table")  # fmt: skip
def codes(codes: tuple[str, ...], format_: str) -> None:
    """说明数据问题的代码：级别、意思、怎么办、举例。

    不写代码则列出全部。用法如 mujun codes M204 M301
    """
    from mujun.intake.catalogue import CATALOGUE

    chosen = tuple(dict.fromkeys(map(_known, codes)))
    if format_ == "table":
        _explain(chosen) if chosen else _list()
    elif format_ == "md":
        from mujun.engine.duckdb import Engine
        from mujun.output.table import markdown

        say(("" if chosen else _INTRODUCTION) + "".join(markdown(_sheets(chosen or tuple(CATALOGUE)), Engine())))
    else:
        from mujun.engine.duckdb import Engine
        from mujun.output.write import Target, write

        write(_sheets(chosen or tuple(CATALOGUE)), Engine(), Target(format_))


_INTRODUCTION = (
    "# 数据问题的代码\n\n"
    "读入的文件有不寻常之处时，mujun 报告级别、代码、位置和说明。级别有三种：\n\n"
    + "".join(f"- {level}：{words}\n" for level, words in LEVEL_WORDS.items())
    + "\n〔〕里的在报告时换成文件里的内容。本页由 `mujun codes -f md` 生成。\n\n"
)


def _known(code: str) -> str:
    """A code as the catalogue spells it. Raises `UsageError`."""
    from mujun.errors import UsageError
    from mujun.intake.catalogue import CATALOGUE
    from mujun.pack.problems import nearest
    from mujun.quantity import normalise

    wanted = normalise(code).upper()
    if wanted not in CATALOGUE:
        close = nearest(wanted.replace("O", "0"), CATALOGUE)
        raise UsageError(f"没有代码“{code}”{close}", "全部代码见 mujun codes")
    return wanted


def _list() -> None:
    from mujun.intake.catalogue import CATALOGUE

    for group, about in GROUPS.items():
        entries = {code: entry for code, entry in CATALOGUE.items() if code.startswith(group)}
        tell(f"{group}  {about}")
        table([(code, entry.level, in_words(code, entry.template)) for code, entry in entries.items()])
        tell("")
    for level, words in LEVEL_WORDS.items():
        tell(f"{level}：{words}")
    tell("〔〕里的在报告时换成文件里的内容；怎么办、举例见 mujun codes 代码")


def _explain(chosen: Sequence[str]) -> None:
    from mujun.intake.catalogue import CATALOGUE

    for number, code in enumerate(chosen):
        entry = CATALOGUE[code]
        if number:
            tell("")
        tell(f"{code}  {entry.level}（{LEVEL_WORDS[entry.level]}）")
        rows = [
            ("说明", in_words(code, entry.template)), ("怎么办", in_words(code, entry.advice) or "不必处理"),
            ("例", _example(code)),
        ]  # fmt: skip
        table([(f"  {head}", text) for head, text in rows])


def _example(code: str) -> str:
    from mujun.intake.catalogue import CATALOGUE

    return CATALOGUE[code].example.removeprefix("如 ")


def _sheets(chosen: Sequence[str]) -> list[Sheet]:
    """A sheet for each group that any of these codes is of."""
    from mujun import sql
    from mujun.intake.catalogue import CATALOGUE
    from mujun.output.sheet import Sheet
    from mujun.plan.plan import Column, Query

    columns = tuple(map(Column, _COLUMNS))
    found = []
    for group, about in GROUPS.items():
        rows = [
            (code, entry.level, in_words(code, entry.template), in_words(code, entry.advice), _example(code))
            for code, entry in ((code, CATALOGUE[code]) for code in chosen if code.startswith(group))
        ]
        if rows:
            values = ", ".join(f"({', '.join(map(sql.text, row))})" for row in rows)
            select = f"SELECT * FROM (VALUES {values}) AS codes ({', '.join(map(sql.name, _COLUMNS))})"
            found.append(Sheet(group, Query(select, columns), columns, f"{group} {about}"))
    return found
