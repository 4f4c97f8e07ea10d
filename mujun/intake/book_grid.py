"""A sheet as a grid of text: how large it may be, its merged cells, and how numbers are written in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mujun.errors import DataError
from mujun.width import printable

if TYPE_CHECKING:
    Cell = tuple[int, int]
    """Row and column, both counted from 0."""
    Table = tuple[str, list[list[str]], bool]
    """Name of a sheet, its rows, and whether it is hidden."""

MOST_ROWS = 1 << 20
MOST_COLUMNS = 2_000
MOST_CELLS = 20_000_000
SAVE_AS = "请用 Excel 或 WPS 打开，另存为 .xlsx 后重试"
"""The advice that nearly always helps."""


def fits(rows: int, columns: int) -> bool:
    """Whether a sheet with so many rows and columns can be read."""
    return rows <= MOST_ROWS and columns <= MOST_COLUMNS and rows * columns <= MOST_CELLS


def too_far(label: str, sheet: str, right: Cell, low: Cell) -> DataError:
    """That a sheet reaches too far, given its cells farthest right and farthest down."""
    far = f"{cell_name(right)}、{cell_name(low)}"
    if right[0] >= low[0] or low[1] >= right[1]:  # one is the farthest both ways
        far = cell_name(right if right[0] >= low[0] else low)
    which = f"工作表“{printable(sheet)}”" if sheet else "表格"
    return DataError(
        f"“{label}”的{which}一直写到 {far}，共 {low[0] + 1} 行 × {right[1] + 1} 列，无法读取",
        f"最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列、{MOST_CELLS // 10_000} 万格；"
        "请在 Excel 中删除表格以外的行和列，保存后重试",
    )


def cell_name(cell: Cell) -> str:
    """As Excel names it: ``XFD1048576``."""
    letters, column = "", cell[1] + 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{cell[0] + 1}"


def cell_at(name: str) -> Cell:
    """The other way round. Raises `ValueError` where that is no cell."""
    found = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})", name)
    if not found:
        raise ValueError(name)
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


class Grid:
    """A sheet filled cell by cell; `put` raises `DataError` where it reaches too far."""

    def __init__(self, label: str, name: str = "") -> None:
        self.label, self.name = label, name
        self.rows: list[list[str]] = []
        self.merged: list[tuple[Cell, Cell]] = []
        self.width = 0

    def put(self, row: int, column: int, text: str, height: int = 1, width: int = 1) -> None:
        """Set a cell, which may stand for several."""
        if not text:
            return
        if column >= self.width or row >= len(self.rows):
            self.width = max(self.width, column + 1)
            if not fits(row + 1, self.width):
                raise too_far(self.label, self.name, (row, column), (row, column))
            self.rows.extend([] for _ in range(row + 1 - len(self.rows)))
        cells = self.rows[row]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = text
        if height > 1 or width > 1:
            self.merged.append(((row, column), (row + height - 1, column + width - 1)))

    def put_row(self, row: int, texts: list[str]) -> bool:
        """Set a row below all that are set, unless it reaches too far; whether it does not."""
        filled = len(texts)
        while filled and not texts[filled - 1]:
            filled -= 1
        if not filled:
            return True
        width = max(self.width, filled)
        if not fits(row + 1, width):
            return False
        self.width = width
        while len(self.rows) < row:
            self.rows.append([])
        self.rows.append(texts[:filled])
        return True

    def finish(self) -> list[list[str]]:
        """The rows, all of one length."""
        for row in self.rows:
            row.extend([""] * (self.width - len(row)))
        fill(self.rows, self.merged, self.label)
        return self.rows


def fill(rows: list[list[str]], merged: list[tuple[Cell, Cell]], label: str) -> None:
    """Give every cell of a merged range the value of its first, as far as the rows go."""
    height, width, work = len(rows), len(rows[0]) if rows else 0, 0
    for (top, left), (bottom, right) in merged:
        if top >= height or left >= width or not rows[top][left]:
            continue
        bottom, right = min(bottom + 1, height), min(right + 1, width)
        work += max(0, bottom - top) * max(0, right - left)
        if work > MOST_CELLS:
            raise DataError(f"“{label}”的合并单元格互相重叠，文件可能已损坏", SAVE_AS)
        for row in rows[top:bottom]:
            row[left:right] = [rows[top][left]] * (right - left)


def number_text(value: float) -> str:
    """A number as mujun writes it: whole ones without ".0", as long as a float holds all their digits."""
    return f"{value + 0:.0f}" if value % 1 == 0 and -1e15 < value < 1e15 else repr(value)
