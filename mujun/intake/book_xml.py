"""Workbooks in XML: SpreadsheetML of Excel 2003, and OpenDocument (ods)."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import IO, TYPE_CHECKING

from mujun.errors import DataError
from mujun.intake.book_grid import MOST_COLUMNS, MOST_ROWS, Grid, number_text, too_far

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from mujun.intake.book_grid import Table

_MOST_BLANKS = 1000


def _number(text: str) -> str:
    """A number as XML has it; digits alone stay as they are, for they may be a long code."""
    if re.fullmatch(r"-?[0-9]+", text):
        return text
    try:
        return number_text(float(text))
    except ValueError:
        return text


def _moment(text: str) -> str:
    """A date and time of XML, without what it does not say."""
    day, _, time = text.partition("T")
    time = re.sub(r"\.0*$", "", time.rstrip("Z"))
    if not time.strip("0:"):
        return day
    return time if day in ("1899-12-30", "1899-12-31") else f"{day} {time}"


def _duration(text: str) -> str:
    found = re.fullmatch(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S", text)
    if not found:
        return text
    hours, minutes, seconds = map(int, found.groups())
    short = f"{hours:02}:{minutes:02}:{seconds:02}"
    return short if hours < 24 or hours > 10**6 else str(timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _walk(stream: IO[bytes], label: str, *tags: str) -> Iterator[tuple[str, _Element]]:
    """Starts and ends of elements; what has ended is dropped, for such files are long."""
    from lxml import etree

    walk = etree.iterparse(
        stream, ("start", "end"), tag=tags, resolve_entities=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    first = True
    for event, item in walk:
        if first and (types := item.getroottree().docinfo.internalDTD) is not None and any(types.iterentities()):
            raise DataError(
                f"“{label}”声明了 XML 实体，不是 Excel 写的表格，不予读取", "请核对文件来源，或另存为 .xlsx 后重试"
            )
        first = False
        yield event, item
        if event == "end" and item.tag == tags[-1]:
            item.clear()
            while item.getprevious() is not None:
                del item.getparent()[0]


_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_X = "{urn:schemas-microsoft-com:office:excel}"


def spreadsheet_tables(text: str, label: str) -> list[Table]:
    """The sheets of SpreadsheetML. Raises `DataError`, and `SyntaxError` where it is damaged."""
    tables: list[Table] = []
    grid, row = Grid(label), 0
    for event, item in _walk(io.BytesIO(text.encode()), label, _SS + "Worksheet", _SS + "Row"):
        if item.tag == _SS + "Worksheet":
            if event == "start":
                grid, row = Grid(label, item.get(_SS + "Name", "")), 0
            else:
                visible = item.findtext(f"{_X}WorksheetOptions/{_X}Visible", "")
                tables.append((grid.name, grid.finish(), visible in ("SheetHidden", "SheetVeryHidden")))
        elif event == "end":
            row = int(item.get(_SS + "Index", row + 1)) - 1
            column = 0
            for cell in item.iterfind(_SS + "Cell"):
                column = int(cell.get(_SS + "Index", column + 1)) - 1
                across, down = int(cell.get(_SS + "MergeAcross", 0)), int(cell.get(_SS + "MergeDown", 0))
                if row < 0 or column < 0 or across < 0 or down < 0:
                    raise ValueError("a cell before the first")
                grid.put(row, column, _data(cell.find(_SS + "Data")), down + 1, across + 1)
                column += across + 1
            row += 1 + int(item.get(_SS + "Span", 0))
    return tables


def _data(item: _Element | None) -> str:
    if item is None:
        return ""
    text, kind = "".join(map(str, item.itertext())), item.get(_SS + "Type")
    if kind == "Number":
        return _number(text)
    if kind == "DateTime":
        return _moment(text)
    return {"1": "TRUE", "0": "FALSE"}.get(text, text) if kind == "Boolean" else text


_OFFICE, _TABLE, _TEXT, _STYLE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text", "style")
)
_ERROR_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def ods_tables(stream: IO[bytes], label: str) -> list[Table]:
    """The sheets of the content of an ods file. Raises `DataError`, and `SyntaxError` where it is damaged."""
    tables: list[Table] = []
    hidden: set[str | None] = set()
    grid, row = Grid(label), 0
    for event, item in _walk(stream, label, _STYLE + "style", _TABLE + "table", _TABLE + "table-row"):
        if item.tag == _STYLE + "style":
            look = item.find(_STYLE + "table-properties")
            if event == "end" and look is not None and look.get(_TABLE + "display") == "false":
                hidden.add(item.get(_STYLE + "name"))
        elif item.tag == _TABLE + "table":
            parent = item.getparent()
            if parent is None or parent.tag != _OFFICE + "spreadsheet":
                continue  # within a cell
            if event == "start":
                grid, row = Grid(label, item.get(_TABLE + "name", "")), 0
            elif item.find(_TABLE + "table-source") is None:  # what other files said last
                tables.append((grid.name, grid.finish(), item.get(_TABLE + "style-name") in hidden))
        elif event == "end" and next(item.iterancestors(_TABLE + "table-cell"), None) is None:
            row = _ods_row(grid, row, item)
    return tables


def _ods_row(grid: Grid, row: int, item: _Element) -> int:
    """Put the cells of one row, as often as it stands; the number of the next."""
    repeated = max(1, int(item.get(_TABLE + "number-rows-repeated", 1)))
    column = 0
    for cell in item.iterfind(_TABLE + "*"):
        times = max(1, int(cell.get(_TABLE + "number-columns-repeated", 1)))
        text = _ods_text(cell) if len(cell) or cell.attrib else ""
        if text:
            height, width = (int(cell.get(f"{_TABLE}number-{way}-spanned", 1)) for way in ("rows", "columns"))
            if row + repeated > MOST_ROWS or column + times > MOST_COLUMNS:
                far = (row + repeated - 1, column + times - 1)
                raise too_far(grid.label, grid.name, far, far)
            for place in range(row, row + repeated):
                for copy in range(column, column + times):
                    grid.put(place, copy, text, height, width)
        column += times
    return row + repeated


def _ods_text(cell: _Element) -> str:
    kind = cell.get(_OFFICE + "value-type", "")
    value = cell.get(f"{_OFFICE}{'string' if kind == 'string' else kind}-value", "")
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(_OFFICE + "value", ""))
    if kind == "date":
        return _moment(value)
    if kind == "time":
        return _duration(value)
    if kind == "boolean":
        return value.upper()
    if value and cell.get(_ERROR_TYPE) != "error":
        return value
    return "\n".join("".join(_ods_words(line)) for line in cell.iterfind(_TEXT + "p"))


def _ods_words(line: _Element) -> Iterator[str]:
    for item in line.iter():
        if item.tag == _TEXT + "s":
            yield " " * min(int(item.get(_TEXT + "c", 1)), _MOST_BLANKS)
        elif item.tag in (_TEXT + "tab", _TEXT + "line-break"):
            yield "\t" if item.tag == _TEXT + "tab" else "\n"
        yield item.text or ""
        if item is not line:
            yield item.tail or ""
