"""Rows of a CSV file, taken one by one, so that a row whose cells or quotes are at fault can be named and left out."""

from __future__ import annotations

import contextlib
import csv
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

from mujun.errors import DataError
from mujun.intake.source import MOST_CHARACTERS

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator

_MOST_LINES = 200
"""In a row, by quoted line breaks."""

_limits, _before = Lock(), list[int]()


def reader(lines: Iterable[str], delimiter: str) -> Reader:
    """The csv module's reader: a quote out of place is an error."""
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)


def rows(file: Iterable[str], delimiter: str, width: int, label: str) -> Iterator[tuple[int, list[str] | None, str]]:
    """Every row with its number and first line; None for a line whose quotes do not fit, which is a row by itself."""
    lines = _Lines(file)
    cells, number = reader(lines, delimiter), 0
    with _long_cells():
        while True:
            lines.taken.clear()
            row: list[str] | None
            try:
                row = next(cells)
            except StopIteration:
                return
            except csv.Error:
                row = None
            number += 1
            line = lines.taken[0]
            if len(line) > MOST_CHARACTERS:
                hint = "多半是引号没有成对，或文件不是 CSV，请检查这一行"
                raise DataError(f"“{label}”第 {number} 行超过 {MOST_CHARACTERS // 10_000} 万字", hint)
            if '"' in line:
                if row is None or sum(part.count('"') for part in lines.taken) % 2 or _swallowed(row, delimiter, width):
                    row = None
                    lines.give_back()
                elif len(lines.taken) > 1:
                    row = [" ".join(cell.splitlines()) for cell in row]
            yield number, row, line[:200].rstrip("\r\n")


def _swallowed(row: list[str], delimiter: str, width: int) -> bool:
    """Whether a cell holds a line break because a quote left open swallowed rows: with the delimiters of a row."""
    most = width - 2 if len(row) == width else 0 if len(row) < width else -1
    return any(("\n" in cell or "\r" in cell) and cell.count(delimiter) > most for cell in row)


class _Lines:
    """Lines for a csv reader; those taken for one row can be given back, all but the first."""

    def __init__(self, file: Iterable[str]) -> None:
        self.file, self.ahead, self.taken = iter(file), deque[str](), list[str]()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) > _MOST_LINES or sum(map(len, self.taken)) > MOST_CHARACTERS:
            raise StopIteration
        line = self.ahead.popleft() if self.ahead else next(self.file)
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        self.ahead.extendleft(reversed(self.taken[1:]))


@contextlib.contextmanager
def _long_cells() -> Iterator[None]:
    """The csv module's own limit is for the whole process: the first to need a larger one sets it, the last resets."""
    with _limits:
        _before.append(csv.field_size_limit())
        csv.field_size_limit(max(_before[0], 2 * MOST_CHARACTERS))
    try:
        yield
    finally:
        with _limits:
            first = _before[0]
            _before.pop()
            if not _before:
                csv.field_size_limit(first)
