"""``mujun check``: what is odd about the files, before any list is made of them."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.job import begin
from mujun.cli.options import OneOf, Output, day_option, fail_option, input_options
from mujun.cli.remarks import say_as_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mujun.api import Evaluation
    from mujun.cli.options import Input
    from mujun.intake.findings import Finding
    from mujun.intake.part import Part
    from mujun.judging import Share
    from mujun.output.write import Target

_SHOWN, _ROWS_SHOWN = 5, 6
_NARROWEST = 10
_EDITED = "其中可能有改过的内容"
"""Why a map is not overwritten."""
FORMATS = ("table", "csv", "json", "md")
UNREADABLE = ("M201", "M202", "M203", "M205", "M206", "M208", "M211", "M212")
"""The findings of cells that count as missing."""
HEADER = ("级别", "代码", "文件", "工作表", "行", "列", "单元格", "处数", "说明", "建议")
"""The columns of the findings."""

Row = tuple[Any, ...]
Rows = list[Row]


@click.command(cls=ChineseCommand, short_help="检查数据文件：问题、行数、各字段、各部门能否对上")
@input_options(day_option)
@click.option("-f", "--format", type=OneOf(FORMATS), metavar="格式",
              help="table（默认）、csv（逐条问题）、json、md")  # fmt: skip
@click.option("--save-map", type=click.Path(readable=False), metavar="文件",
              help="把各列是哪个字段、什么单位写入这个文件（.yaml），下月用 --map 核对；已有的文件不覆盖")  # fmt: skip
@click.option("--all", "all_", is_flag=True, help="每种问题都逐条列出，不只前几条")
@fail_option
def check(given: Input, format: str | None, save_map: str | None, all_: bool, fail_on: str | None) -> int:  # noqa: A002
    """检查数据文件，不出清单：

    各文件读入、采用、合并、搁置的行数，各字段填了多少，各部门的企业能否对上，
    能判定哪些清单，以及每一处问题在哪个文件、哪一行、哪一列，该怎么办。

    问题的代码可用 mujun codes 查看。退出码：0 完成，1 有 --fail-on 级别的问题。
    """
    job = begin(given, Output(format or "table", fail_on=fail_on))
    if save_map is not None:
        _check_map(Path(save_map))
    from mujun.api import evaluate

    evaluation = evaluate(
        job.files, given.rules, given.year, parameters=given.parameters, mapping=given.mapping, thorough=True,
        keep_aside=job.aside is not None, as_of=given.as_of,
    )  # fmt: skip
    job.write_aside(evaluation)
    if save_map is not None:
        _save_map(evaluation, Path(save_map))
    say_as_of(evaluation, given.as_of)
    report = Report(evaluation)
    match format:
        case "csv":
            _write_csv(report, job.target)
        case "json":
            _write_json(report)
        case "md":
            _write_markdown(report, most=None if all_ else _SHOWN)
        case _:
            _write_tables(report, most=None if all_ else _SHOWN)
    return job.code(evaluation)


def _check_map(path: Path) -> None:
    """Refuse to write a map there, before any work is done: an existing one may have been edited."""
    from mujun.errors import UsageError
    from mujun.output.write import Target, refuse_existing

    if path.suffix.lower() not in (".yaml", ".yml"):
        raise UsageError(f"列对应表是 YAML 文件，不能写成“{path}”", "文件名应以 .yaml 结尾，如 --save-map map.yaml")
    refuse_existing(path, _EDITED)
    Target(path=path).check_path(path)


def _save_map(evaluation: Evaluation, path: Path) -> None:
    from mujun.cli.say import remark
    from mujun.intake.mapping import save
    from mujun.output.write import write_new

    write_new(path, save(evaluation.read).encode(), _EDITED)
    remark(f"已写入 {path}")


class Report:
    """What there is to say about the files, as tables: a header and rows of text."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation, self.parts = evaluation, evaluation.parts
        files = list(dict.fromkeys(part.source.file for part in evaluation.read))
        names = {file: PurePath(file).name for file in files}
        self.names = names if len(set(names.values())) == len(files) else {}
        self.several = len(evaluation.shares) > 1

    def short(self, label: str) -> str:
        """The name of a file, or of several, without the folders, where that tells it from the others."""
        if label in self.names or not self.names:
            return self.names.get(label, label)
        return "、".join(self.names.get(one, one) for one in label.split("、"))

    def table(self, part: Part) -> str:
        """A file, or its sheet."""
        return self.short(part.source.file) + (f"#{part.source.sheet}" if part.source.sheet else "")

    def balance(self) -> Rows:
        """The rows of each file and sheet, with what it holds where the files hold several things."""
        head: Row = ("文件", "读入行", "采用", "合并", "搁置", "备注")
        used: Rows = [
            (self.table(part), part.rows, part.used, part.merged, part.set_aside, part.source.encoding)
            for part in self.parts
        ]
        unused = [part for share in self.evaluation.shares for part in share.loaded.unused]
        used += [(self.table(part), None, None, None, None, "未使用") for part in unused]
        if not self.several:
            return [head, *used]
        kinds = [*(part.dataset.name for part in self.parts), *[None] * (len(used) - len(self.parts))]
        return [
            (head[0], "数据", *head[1:]),
            *((row[0], kind, *row[1:]) for row, kind in zip(used, kinds, strict=True)),
        ]

    def coverage(self, share: Share) -> Rows:
        """Each field that a file has, and how many of the enterprises of the year judged have it."""
        odd: dict[str, int] = {}
        parts = share.loaded.parts
        for part in parts:
            headers = {mapped.header: mapped.field.name for mapped in part.mapped}
            for finding in part.findings:
                if finding.code in UNREADABLE and finding.column in headers:
                    name = headers[finding.column]
                    odd[name] = odd.get(name, 0) + finding.count
        everywhere = {self.short(part.source.file) for part in parts}
        rows: Rows = [("字段", "已填", "缺", "读不懂", "来自")]
        for name, filled, total in share.coverage(self.evaluation.engine):
            files = dict.fromkeys(self.short(part.source.file) for part in parts if name in part.fields)
            origin = "全部文件" if len(everywhere) > 1 and set(files) == everywhere else "、".join(files)
            rows.append((name, filled, total - filled, odd.get(name, 0), origin))
        return rows

    def join(self, share: Share) -> Rows:
        """How many enterprises each kind of file has, and lacks."""
        rows = [(self.short(side.label), side.enterprises, side.lacking) for side in share.loaded.joined]
        return [("文件", share.dataset.name, "缺（其他文件有）"), *rows] if rows else []

    def lists(self) -> Rows:
        """What each list can say of the enterprises."""
        undecided = self.evaluation.undecided
        rows = [
            (s.name, s.yes + s.no, s.pending, s.outside, "、".join(undecided.get(s.name, ())))
            for s in self.evaluation.summaries
        ]
        for dataset, names in self.evaluation.absent.items():
            rows += [(name, 0, 0, 0, f"没有“{dataset}”的数据") for name in names]
        return [("清单", "能判定", "待核实", "不适用", "缺少的列"), *rows]

    def found(self) -> dict[str, list[Finding]]:
        """The findings of each code, the gravest first."""
        from mujun.intake.findings import by_kind

        return by_kind(self.evaluation.all_findings)

    def findings(self) -> Rows:
        """Every finding as a row below `HEADER`."""
        return [
            (f.level, f.code, self.short(f.file), f.sheet, f.row, f.column, f.text, f.count, f.message, f.advice)
            for findings in self.found().values()
            for f in findings
        ]

    def tables(self) -> dict[str, Rows]:
        """All but the findings, by title; those of a dataset for each where there are several: 字段·项目."""
        found = {"行数": self.balance()}
        for share in self.evaluation.shares:
            found[self.titled("字段", share)] = self.coverage(share)
            found[self.titled("对应", share)] = self.join(share)
        found["清单"] = self.lists()
        return {title: rows for title, rows in found.items() if rows}

    def titled(self, title: str, share: Share) -> str:
        """The title of a table about one dataset."""
        return f"{title}·{share.dataset.name}" if self.several else title

    def heading(self, title: str) -> str:
        """The title of a table, and what its figures count."""
        counted = {}
        for share, count in zip(self.evaluation.shares, self.evaluation.counts, strict=True):
            year = "" if not share.dataset.year else f"{share.year}年 " if share.year is not None else "全部 "
            what, years = share.dataset.name, "，计全部年度" if share.dataset.year else ""
            counted[what] = f"{year}{count} {share.dataset.counter}{what}"
            if title == self.titled("字段", share):
                return f"{title}（{counted[what]}；读不懂的是单元格{years}）"
            if title == self.titled("对应", share):
                return f"{title}（各文件的{what}{years}）"
        return f"{title}（{'每个文件、每张工作表' if title == '行数' else '、'.join(counted.values())}）"

    def groups(self, most: int | None) -> Iterator[tuple[str, list[tuple[str, str]], int]]:
        """For each kind of finding: a heading, up to `most` pairs of place and message, and how many it leaves out.

        What is said of several rows alike is one pair, unless all (None) are asked for.
        """
        for code, findings in self.found().items():
            alike: dict[object, list[Finding]] = {}
            for number, f in enumerate(findings):
                key = number if most is None or f.row is None else (f.file, f.sheet, f.column, f.message)
                alike.setdefault(key, []).append(f)
            advices = {f.advice for f in findings}
            shared = f"：{findings[0].advice}" if len(advices) == 1 and findings[0].advice else ""
            pairs, left = [], 0
            for number, group in enumerate(alike.values()):
                if most is not None and number >= most:
                    left += sum(f.places for f in group)
                    continue
                own = f"；{group[0].advice}" if len(advices) > 1 and group[0].advice else ""
                pairs.append((self.place(group), group[0].message + own))
            yield f"{findings[0].level} {code}  {sum(f.places for f in findings)} 处{shared}", pairs, left

    def place(self, group: Sequence[Finding]) -> str:
        """Where findings that are alike are: the file where it is one of them, the rows, and the column."""
        first = group[0]
        # What the message names already, and a list of all files, would only be in the way.
        labels = [share.loaded.label for share in self.evaluation.shares if len(share.loaded.parts) > 1]
        all_of_them = first.file in labels and (not self.several or "、" in first.file)
        file = "" if all_of_them else self.short(first.file)
        parts = [f"{file}#{first.sheet}" if first.sheet else file]
        if first.row is not None:
            rows = "、".join(str(f.row) for f in group[:_ROWS_SHOWN])
            parts.append(f"第 {rows} 行" if len(group) <= _ROWS_SHOWN else f"第 {rows} 等 {len(group)} 行")
        if first.column and f"“{first.column}”" not in first.message:
            parts.append(f"“{first.column}”列")
        return " ".join(part for part in parts if part)


def _write_csv(report: Report, target: Target) -> None:
    from mujun import sql
    from mujun.intake.tables import fill
    from mujun.output.sheet import Sheet
    from mujun.output.write import write
    from mujun.plan.plan import Column, Query

    # The engine writes it, as it writes every CSV: guarded, quoted, and with a mark for Excel.
    engine, figures = report.evaluation.engine, ("行", "处数")
    kinds = {name: "BIGINT" if name in figures else "VARCHAR" for name in HEADER}
    fill(engine.connection, "问题", kinds, report.findings())
    columns = tuple(Column(name, "number" if name in figures else "text", digits=0, fixed=True) for name in HEADER)
    names = ", ".join(map(sql.name, HEADER))
    query = Query(f"SELECT {names} FROM {sql.name('问题')} ORDER BY rowid", columns)
    write([Sheet("问题", query, columns)], engine, target)


def _write_json(report: Report) -> None:
    import json

    from mujun.cli.say import say

    tables = {**report.tables(), "问题": [HEADER, *report.findings()]}
    data = {title: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for title, rows in tables.items()}
    say(json.dumps(data, ensure_ascii=False, indent=2))


def _write_markdown(report: Report, *, most: int | None) -> None:
    from mujun.cli.say import say
    from mujun.output.table import escape, plain_table

    for title, rows in report.tables().items():
        say(f"## {title}\n\n{escape(report.heading(title).removeprefix(title))}\n")
        safe = [tuple(escape(cell) if isinstance(cell, str) else cell for cell in row) for row in rows]
        say("\n".join(plain_table(safe, "pipe")) + "\n")
    say("## 问题")
    for heading, pairs, left in report.groups(most):
        say(f"\n### {escape(heading)}\n")
        for place, message in pairs:
            say(f"- {escape(f'{place}：{message}' if place else message)}")
        if left:
            say(f"- ……另有 {left} 处，--all 或 -f csv 逐条列出")
    if not report.found():
        say("\n没有发现问题")


def _write_tables(report: Report, *, most: int | None) -> None:
    from mujun.cli.say import say, table, tell, terminal_width
    from mujun.output.table import plain_table

    for title, rows in report.tables().items():
        tell(report.heading(title))
        for line in plain_table(_fitted(rows, terminal_width()), "simple"):
            say(line.rstrip())
        tell("")
    tell("问题")
    for heading, pairs, left in report.groups(most):
        tell(heading)
        if any(place for place, _ in pairs):
            table([("  " + place, message) for place, message in pairs])
        else:
            for _, message in pairs:
                tell("  " + message, indent="")
        if left:
            tell(f"  ……另有 {left} 处，--all 或 -f csv 逐条列出")
    if not report.found():
        tell("  没有发现问题")


def _fitted(rows: Rows, width: int) -> Rows:
    """The rows with their texts broken into lines, the widest first, to fit the table into `width`; 0 is no limit."""
    from mujun.width import display_width, wrap

    if not width:
        return rows
    # As tabulate measures: a heading has two columns to spare.
    widths = [max(map(display_width, map(str, cells))) for cells in zip(*rows[1:], strict=True)]
    widths = [max(wide, display_width(name) + 2) for wide, name in zip(widths, rows[0], strict=True)]
    texts = [i for i, cells in enumerate(zip(*rows[1:], strict=True)) if any(isinstance(cell, str) for cell in cells)]
    for i in sorted(texts, key=lambda i: -widths[i]):
        excess = sum(widths) + 2 * (len(widths) - 1) - width
        widths[i] = max(widths[i] - max(excess, 0), min(widths[i], _NARROWEST))
    broken = [
        tuple("\n".join(wrap(cell, widths[i])) if isinstance(cell, str) else cell for i, cell in enumerate(row))
        for row in rows[1:]
    ]
    return [rows[0], *broken]
