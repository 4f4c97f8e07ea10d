"""Opening files of every kind: text, workbooks, web pages saved as workbooks, Parquet."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from mujun import sql
from mujun.errors import DataError
from mujun.intake.findings import Finding
from mujun.intake.source import (
    HEAD,
    MOST_COLUMNS,
    ROWS_LOOKED_AT,
    Source,
    literal,
    read_csv,
    reading,
    title_findings,
)
from mujun.intake.text import is_text, open_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from mujun.intake.source import Folder, Known

_TOGETHER = 100
"""Rows written at once."""


def open_sources(path: Path, label: str, sheet: str | None, known: Known, folder: Folder) -> list[Source]:
    """The tables of a file: one, or one for each sheet of a workbook that holds anything.

    Raises `DataError` where there is no such file, or nothing in it that is a table.
    """
    head = first_bytes(path, label)
    if head.startswith(b"PAR1"):
        return [_parquet(path, label)]
    if not is_text(head):
        return [*_book(path, label, sheet, known, folder)]
    if sheet is not None:
        raise DataError(f"“{label}”是文本文件，没有工作表“{sheet}”", "请去掉 # 及其后的内容")
    return [open_text(path, label, head, known, folder)]


def first_bytes(path: Path, label: str) -> bytes:
    """The beginning of a file. Raises `DataError` if it cannot be read, or holds nothing."""
    with reading(path, label), path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise DataError(f"“{label}”是空文件", "请核对是否导出完整")
    return head


def _parquet(path: Path, label: str) -> Source:
    from mujun import duck

    table = f"read_parquet({literal(path)})"
    connection = duck.connect(":memory:")
    try:
        names = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
    except (duck.InvalidInputException, duck.IOException):
        raise DataError(f"“{label}”不是完整的 Parquet 文件", "请核对是否传输完整") from None
    finally:
        connection.close()
    if len(names) > MOST_COLUMNS:
        raise DataError(f"“{label}”有 {len(names)} 列，超过 {MOST_COLUMNS} 列", "请核对文件内容")
    cells = ", ".join(f"CAST({sql.name(name)} AS VARCHAR) AS c{i}" for i, name in enumerate(names))
    from mujun.intake.header import tidy

    return Source(label, "Parquet", [tidy(name) for name in names], f"(SELECT {cells} FROM {table})")


def _book(path: Path, label: str, sheet: str | None, known: Known, folder: Folder) -> Iterator[Source]:
    from mujun.intake.books import open_book
    from mujun.intake.layout import find_layout, serial_columns, stated_units

    empty = True
    for page in open_book(path, label, sheet):
        name = page.name
        if not any(map(any, page.rows)):
            continue
        empty = False
        if page.hidden and sheet is None:
            yield Source(label, "", [], "", sheet=name, findings=[Finding("M103", label, sheet=name)])
            continue
        layout = find_layout(page.rows[:ROWS_LOOKED_AT], known)
        if layout is None:
            yield Source(label, "", [], "", sheet=name)
            continue
        target = folder.file("sheet.csv")
        with target.open("w", encoding="utf-8", newline="") as out:
            _write(out, page.rows[layout.data_row - 1 :])
        width = len(page.rows[0])
        yield Source(
            label, "", [*layout.header, *[""] * (width - len(layout.header))],
            read_csv(target, ",", width, 0, padded=False),
            first_row=layout.data_row, sheet=name, rows=len(page.rows) - layout.data_row + 1, titles=layout.titles,
            units=stated_units(layout.titles), serial=serial_columns(layout),
            findings=title_findings(label, name, layout), layout=layout,
        )  # fmt: skip
    if empty:
        raise DataError(f"“{label}”里没有任何内容", "请核对是否导出完整")


def _write(out: TextIO, rows: list[list[str]]) -> None:
    """Write rows of one length as CSV; many at once, where no cell needs quotes, takes half the time."""
    writer = csv.writer(out, lineterminator="\n")
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        width, text = len(some[0]), "\n".join(map(",".join, some)) + "\n"
        bare = text.count(",") == len(some) * (width - 1) and text.count("\n") == len(some)
        if bare and width > 1 and '"' not in text and "\r" not in text:
            out.write(text)
        else:
            writer.writerows(some)
