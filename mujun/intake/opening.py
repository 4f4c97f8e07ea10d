"""Opening files of every kind: text, workbooks, web pages saved as workbooks, Parquet."""

from __future__ import annotations

import contextlib
import csv
import itertools
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from mujun import sql
from mujun.errors import DataError
from mujun.intake.files import STDIN, spool
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
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from typing import TextIO

    from mujun.intake.files import Given
    from mujun.intake.source import Folder, Known

    State = tuple[int, int] | None
    """Size and time of a file; None where there is none."""

_TOGETHER = 100
"""Rows written at once."""
_SMALL, _AT_ONCE = 8 << 20, 2
"""Bytes of a file that may be opened before its turn, and how many are: Python takes turns, but not the libraries."""


class _Folder:
    """A temporary folder, made when it is first needed and gone when `stack` closes."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.made = contextlib.ExitStack()
        stack.push(self.made)
        self.path, self.numbers, self.lock = "", itertools.count(), Lock()

    def file(self, name: str) -> Path:
        import tempfile

        with self.lock:
            self.path = self.path or self.made.enter_context(tempfile.TemporaryDirectory(prefix="mujun-"))
        return Path(self.path) / f"{next(self.numbers)}-{name}"


def open_all(files: Sequence[Given], known: Known, stack: contextlib.ExitStack) -> Iterator[list[Source]]:
    """The tables of each file, opened when they are asked for; small ones before, two at a time.

    What `stack` closes with is needed until all is read. Raises what `open_sources` does.
    """
    folder = _Folder(stack)

    def open_one(given: Given) -> tuple[list[Source], Path, State]:
        path = spool(folder.file("stdin")) if str(given.path) == STDIN else given.path
        before = _state(path)
        return open_sources(path, given.label, given.sheet, known, folder), path, before

    ahead: list[Future[tuple[list[Source], Path, State]] | None] = [None] * len(files)
    if len(files) > 1:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(_AT_ONCE)
        stack.callback(pool.shutdown, cancel_futures=True)
        ahead = [pool.submit(open_one, given) if _may_wait(given.path) else None for given in files]
    for given, begun in zip(files, ahead, strict=True):
        sources, path, before = begun.result() if begun else open_one(given)
        yield sources
        stack.callback(_refuse_change, path, given.label, before)


def _may_wait(path: Path) -> bool:
    """Whether a file may be opened before it is its turn: one that is at hand, and fits into memory beside another."""
    state = None if str(path) == STDIN else _state(path)
    return state is not None and state[0] <= _SMALL


def _state(path: Path) -> State:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns


def _refuse_change(path: Path, label: str, before: State) -> None:
    """What was read while the file was being written is neither the old data nor the new."""
    if _state(path) != before:
        raise DataError(f"读取时“{label}”还在变化", "可能正在复制或保存，请等它写完再运行")


def open_sources(path: Path, label: str, sheet: str | None, known: Known, folder: Folder) -> list[Source]:
    """The tables of a file: one, or one for each sheet of a workbook that holds anything.

    Raises `DataError` where there is no such file, or nothing in it that is a table.
    """
    head = first_bytes(path, label)
    if head.startswith(b"PAR1"):
        return [_parquet(path, label)]
    if not is_text(head):
        return _book(path, label, sheet, known, folder)
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
    from mujun.intake.spelling import tidy

    return Source(label, "Parquet", [tidy(name) for name in names], f"(SELECT {cells} FROM {table})")


def _book(path: Path, label: str, sheet: str | None, known: Known, folder: Folder) -> list[Source]:
    """The sheets of a workbook; those of one width are written to one file, which DuckDB reads sooner than many."""
    from mujun.intake.books import open_book
    from mujun.intake.layout import find_layout, serial_columns, stated_units

    found: list[Source] = []
    written: dict[int, Path] = {}
    for page in open_book(path, label, sheet):
        name = page.name
        if not any(map(any, page.rows)):
            continue
        if page.hidden and sheet is None:
            found.append(Source(label, "", [], "", sheet=name, findings=[Finding("M103", label, sheet=name)]))
            continue
        layout = find_layout(page.rows[:ROWS_LOOKED_AT], known)
        if layout is None:
            found.append(Source(label, "", [], "", sheet=name))
            continue
        width, number, first = len(page.rows[0]), len(found), layout.data_row
        target = written.get(width) or written.setdefault(width, folder.file("sheets.csv"))
        with target.open("a", encoding="utf-8", newline="") as out:
            _write(out, page.rows[first - 1 :], number, first)
        found.append(Source(
            label, "", [*layout.header, *[""] * (width - len(layout.header))],
            read_csv(target, ",", width, 0, places=("mj_sheet", "mj_row")), first_row=None, sheet_number=number,
            sheet=name, rows=len(page.rows) - first + 1, titles=layout.titles,
            units=stated_units(layout.titles), serial=serial_columns(layout),
            findings=title_findings(label, name, layout), layout=layout,
        ))  # fmt: skip
    if not found:
        raise DataError(f"“{label}”里没有任何内容", "请核对是否导出完整")
    return found


def _write(out: TextIO, rows: list[list[str]], sheet: int, first: int) -> None:
    """Write rows of one length as CSV, each behind the number of its sheet and its own, from `first`.

    Many at once, where no cell needs quotes, takes half the time.
    """
    writer = csv.writer(out, lineterminator="\n")
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        width, lines = len(some[0]), [*map(",".join, some)]
        text = "\n".join(lines)
        if (
            text.count(",") == len(some) * (width - 1)
            and text.count("\n") == len(some) - 1
            and '"' not in text
            and "\r" not in text
        ):
            numbers = range(first + start, first + start + len(some))
            out.write("".join([f"{sheet},{number},{line}\n" for number, line in zip(numbers, lines, strict=True)]))
        else:
            writer.writerows([sheet, number, *row] for number, row in enumerate(some, first + start))
