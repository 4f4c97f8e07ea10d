"""``mujun check``: what is odd about the files, before any list is made of them."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from mujun.cli.errors import DONE, FOUND
from mujun.cli.help import ChineseCommand
from mujun.cli.options import LEVEL, OneOf, input_options
from mujun.engine import start_early

if TYPE_CHECKING:
    from mujun.api import Evaluation

_SHOWN = 5
FORMATS = ("table", "csv", "json", "md")


@click.command(cls=ChineseCommand, short_help="检查数据文件：问题、行数、各字段、各部门能否对上")
@click.argument("data", metavar="文件...", nargs=-1, required=True)
@input_options
@click.option("-f", "--format", "format_", type=OneOf(FORMATS), metavar="格式",
              help="table（默认）、csv（逐条问题）、json、md")  # fmt: skip
@click.option("--all", "all_", is_flag=True, help="每种问题都逐条列出，不只前几条")
@click.option("--fail-on", type=LEVEL, metavar="级别", help="有此级别或更重的数据问题时退出码为 1：提示、警告、错误")
def check(
    data: tuple[str, ...],
    rules: str | None,
    year: int | None,
    settings: tuple[tuple[str, str], ...],
    mapping: tuple[tuple[str, str], ...],
    set_aside: str | None,
    format_: str | None,
    all_: bool,
    fail_on: str | None,
) -> int:
    """检查数据文件，不出清单：

    各文件读入、采用、合并、搁置的行数，各字段填了多少，各部门的企业能否对上，
    能判定哪些清单，以及每一处问题在哪个文件、哪一行、哪一列，该怎么办。

    问题的代码可用 mujun codes 查看。退出码：0 完成，1 有 --fail-on 级别的问题。
    """
    start_early()
    from mujun.api import evaluate

    evaluation = evaluate(
        list(data), rules, year,
        parameters=dict(settings), mapping=dict(mapping), thorough=True, keep_aside=set_aside is not None,
    )  # fmt: skip
    if set_aside is not None:
        from mujun.cli.classify import write_aside
        from mujun.intake.files import expand

        write_aside(evaluation, set_aside, tuple(given.path for given in expand(data)))
    report = Report(evaluation)
    match format_:
        case "csv":
            _write_csv(report)
        case "json":
            _write_json(report)
        case _:
            _write_tables(report, markdown=format_ == "md", most=10**9 if all_ else _SHOWN)
    return FOUND if fail_on and evaluation.found(fail_on) else DONE


class Report:
    """What there is to say about the files, as tables: a header and rows of text."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation, self.loaded = evaluation, evaluation.loaded

    def short(self, label: str) -> str:
        """The name of a file without its folder, where that tells it from the others."""
        files = {part.source.file for part in (*self.loaded.parts, *self.loaded.unused)}
        names = {PurePath(file).name for file in files}
        return "、".join(PurePath(one).name for one in label.split("、")) if len(names) == len(files) else label

    def balance(self) -> list[tuple[Any, ...]]:
        """The rows of each file and sheet."""
        head = ("文件", "读入行", "采用", "合并", "搁置", "编码")
        rows = [
            (self.short(part.label), part.rows, part.used, part.merged, part.set_aside, part.source.encoding)
            for part in self.loaded.parts
        ]
        rows += [(self.short(part.label), 0, 0, 0, 0, "未使用") for part in self.loaded.unused]
        return [head, *rows]

    def coverage(self) -> list[tuple[Any, ...]]:
        """Each field that a file has, and how many of the enterprises of the year judged have it."""
        head = ("字段", "已填", "缺", "读不懂", "来自")
        odd: dict[str, int] = {}
        for part in self.loaded.parts:
            headers = {mapped.header: mapped.field.name for mapped in part.mapped}
            for finding in part.findings:
                if (
                    finding.code.startswith("M20")
                    and finding.code not in ("M204", "M207")
                    and finding.column in headers
                ):
                    name = headers[finding.column]
                    odd[name] = odd.get(name, 0) + finding.count
        rows = []
        for name, filled, total in self.evaluation.coverage():
            files = dict.fromkeys(self.short(part.source.file) for part in self.loaded.parts if name in part.fields)
            rows.append((name, filled, total - filled, odd.get(name, 0), "、".join(files)))
        return [head, *rows]

    def join(self) -> list[tuple[Any, ...]]:
        """How many enterprises each kind of file has, and lacks."""
        if not self.loaded.joined:
            return []
        return [
            ("文件", "企业", "缺（其他文件有）"),
            *((j.label, j.enterprises, j.lacking) for j in self.loaded.joined),
        ]

    def lists(self) -> list[tuple[Any, ...]]:
        """What each list can say of the enterprises."""
        undecided = self.evaluation.undecided
        rows = [
            (s.name, s.yes + s.no, s.pending, s.outside, "、".join(undecided.get(s.name, ())))
            for s in self.evaluation.summaries
        ]
        return [("清单", "能判定", "待核实", "不适用", "缺少的列"), *rows]

    def findings(self) -> list[tuple[Any, ...]]:
        """Every finding, the gravest first."""
        from mujun.intake.findings import LEVELS

        head = ("级别", "代码", "文件", "工作表", "行", "列", "单元格", "处数", "说明", "建议")
        found = sorted(self.evaluation.all_findings, key=lambda f: (-LEVELS.index(f.level), f.code))
        rows = [
            (f.level, f.code, self.short(f.file), f.sheet, f.row, f.column, f.text, f.count, f.message, f.advice)
            for f in found
        ]
        return [head, *rows]

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """All but the findings, by title."""
        found = {"行数": self.balance(), "字段": self.coverage(), "对应": self.join(), "清单": self.lists()}
        return {title: rows for title, rows in found.items() if rows}


def _write_csv(report: Report) -> None:
    from mujun.cli.say import say
    from mujun.output.delimited import quote

    for row in report.findings():
        say(",".join(quote("" if cell is None else str(cell), ",") for cell in row))


def _write_json(report: Report) -> None:
    import json

    from mujun.cli.say import say

    tables = {**report.tables(), "问题": report.findings()}
    data = {title: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for title, rows in tables.items()}
    say(json.dumps(data, ensure_ascii=False, indent=2))


def _write_tables(report: Report, *, markdown: bool, most: int) -> None:
    from mujun.cli.say import say, table, tell
    from mujun.output.table import plain_table

    for title, rows in report.tables().items():
        tell(f"## {title}\n" if markdown else f"{title}")
        for line in plain_table(rows, "pipe" if markdown else "simple"):
            say(line)
        tell("")
    tell("## 问题\n" if markdown else "问题")
    by_code: dict[str, list[tuple[Any, ...]]] = {}
    for row in report.findings()[1:]:
        by_code.setdefault(row[1], []).append(row)
    for rows in by_code.values():
        level, code, *_, advice = rows[0]
        total = sum(row[7] for row in rows)
        tell(f"{'### ' if markdown else ''}{level} {code}  {total} 处{'：' + advice if advice else ''}")
        shown = [(_place(row), row[8]) for row in rows[:most]]
        if markdown:
            for place, message in shown:
                tell(f"- {place}：{message}" if place else f"- {message}")
        else:
            table([("  " + place, message) for place, message in shown])
        if len(rows) > most:
            rest = total - sum(row[7] for row in rows[:most])
            tell(f"{'- ' if markdown else '  '}……另有 {rest} 处，--all 或 -f csv 逐条列出")


def _place(row: tuple[Any, ...]) -> str:
    file = f"{row[2]}#{row[3]}" if row[3] else row[2]
    return " ".join(
        part for part in (file, f"第 {row[4]} 行" if row[4] else "", f"“{row[5]}”列" if row[5] else "") if part
    )
