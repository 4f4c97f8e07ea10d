"""Web pages that call themselves xls: their encoding and their tables."""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import TYPE_CHECKING, cast

from mujun.errors import DataError
from mujun.intake.book_grid import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, SAVE_AS, Grid, too_far

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mujun.intake.book_grid import Table

_MOST_BYTES = 300 << 20
_MOST_SPAN = 1000

# --- text ------------------------------------------------------------------------------------------------------------

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_SAID = {"utf-8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs"}
"""How encodings are read that a file may name. Others, as latin-1, are what programs write that do not know."""


def decode(data: bytes, label: str) -> str:
    """The text of a file, in the encoding it names, or else UTF-8 or GB18030. Raises `DataError` if it is not text."""
    if len(data) > _MOST_BYTES:
        raise DataError(f"“{label}”超过 {_MOST_BYTES >> 20} MB，太大", SAVE_AS)
    guesses = [encoding for bom, encoding in _BOMS if data.startswith(bom)]
    if not guesses:
        guesses = ["utf-16-le"] if data[1:2] == b"\0" else ["utf-16-be"] if data[:1] == b"\0" else []
        for found in _CHARSET.finditer(data[:8192]):
            try:
                name = codecs.lookup(found[1].decode()).name
            except LookupError:
                continue
            guesses.extend([_SAID[name]] if name in _SAID else [])
        guesses += ["utf-8", "gb18030"]
    for encoding in guesses:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise DataError(f"“{label}”第 {line} 行有 NUL 字节，文件可能已损坏", "请重新导出")
        return text
    raise DataError(f"认不出“{label}”的文字编码（不是 UTF-8、GB18030 或 UTF-16）", SAVE_AS)


# --- HTML ------------------------------------------------------------------------------------------------------------

_BREAKS = frozenset(("br", "p", "div", "li", "tr", "td", "th", "hr"))
_UNSEEN = frozenset(("script", "style"))
_PLAIN = re.compile(r"-?[\d,]*\.?\d+")


class _HtmlTable:
    """One table being read: cells are put where rows and columns above leave room."""

    def __init__(self, label: str) -> None:
        self.grid = Grid(label)
        self.row = self.column = self.work = self.reach = 0
        self.started = False
        self.taken: list[int] = []
        """For each column, the row down to which a cell above reaches; `reach` is that of any."""

    def next_row(self) -> None:
        self.row += self.started
        self.started, self.column = True, 0

    def put(self, text: str, height: int, width: int) -> None:
        self.started = True
        row, column, taken = self.row, self.column, self.taken
        while column < len(taken) and taken[column] > row:
            column += 1
        end = column + 1
        while end < min(column + width, MOST_COLUMNS) and (end >= len(taken) or taken[end] <= row):
            end += 1
        self.work += end - column
        if self.work > MOST_CELLS or (column >= MOST_COLUMNS and text):
            raise too_far(self.grid.label, "", (row, column), (row, column))
        if height > 1 and column < MOST_COLUMNS:
            taken.extend([0] * (end - len(taken)))
            taken[column:end] = [row + height] * (end - column)
            self.reach = max(self.reach, row + height)
        self.grid.put(row, column, text, height, end - column)
        self.column = end

    def put_row(self, texts: list[str]) -> None:
        """The next row, of cells that each stand for one."""
        self.next_row()
        work = self.work + len(texts)
        if self.row < self.reach or work > MOST_CELLS or not self.grid.put_row(self.row, texts):
            for text in texts:
                self.put(text, 1, 1)
        else:
            self.work, self.column = work, len(texts)


class _Page:
    """A web page being read: its tables, those that are open, and those that are but text of a cell."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.tables: list[_HtmlTable] = []
        self.open: list[_HtmlTable] = []
        self.folded: set[_Element] = set()

    def table(self, item: _Element, *, starts: bool) -> None:
        if starts and _is_text(item):
            self.folded.add(item)
        elif starts:
            self.begin()
        elif item not in self.folded:
            self.open.pop()

    def begin(self) -> None:
        self.open.append(_HtmlTable(self.label))
        self.tables.append(self.open[-1])

    def shows(self, item: _Element) -> bool:
        """Whether a row or cell is not but text of another, and then there is a table to put it into."""
        if self.folded and any(above in self.folded for above in item.iterancestors("table")):
            return False
        if not self.open:  # rows without a table around them
            self.begin()
        return True

    def plain_row(self, item: _Element) -> None:
        if not self.shows(item):
            return
        texts = [cell.text or "" for cell in item.iterchildren("td", "th")]
        whole = "".join(texts)
        if " " in whole or not whole.isprintable():
            texts = [_shown(text) for text in texts]
        self.open[-1].put_row(texts)

    def part(self, item: _Element, *, starts: bool) -> None:
        if not self.shows(item):
            return
        if item.tag == "tr":
            if starts:
                self.open[-1].next_row()
        elif not starts:
            height, width = _span(item, "rowspan", MOST_ROWS), _span(item, "colspan", _MOST_SPAN)
            self.open[-1].put(_cell_text(item, self.folded), height, width)


def html_tables(text: str, label: str) -> list[Table]:
    """The tables of a web page; those nested to lay it out are parted, and a nested table of one cell is text.

    Raises `DataError` where it has no table, is nested too deep, or ends within a table.
    """
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    root = etree.fromstring(text.encode(), parser)
    if any(error.level == etree.ErrorLevels.FATAL for error in parser.error_log):  # the rest would be left out
        raise DataError(f"“{label}”的网页标记层层嵌套，或内容长得异常，无法读完", SAVE_AS)
    if _is_cut_short(text):
        raise DataError(f"“{label}”的网页没有结尾，后面的行可能缺失", "请核对是否导出、下载或复制完整，再重试")
    page = _Page(label)
    if root is not None:
        _read_page(page, root)
    if not page.tables:
        raise DataError(f"“{label}”是网页，其中没有表格", "请核对是否导出完整，或在 Excel 中打开后另存为 .xlsx")
    pages = [rows for table in page.tables if (rows := table.grid.finish())]
    return [(f"表{number}" if len(pages) > 1 else "", rows, False) for number, rows in enumerate(pages, 1)]


def _read_page(page: _Page, root: _Element) -> None:
    """Put what the tables say where it belongs. Nearly all rows are plain: nothing but texts, taken all at once."""
    from lxml import etree

    others = set(cast("list[_Element]", root.xpath("//tr[*/* or */@*]")))
    walk = etree.iterwalk(root, ("start", "end"), ("table", "tr", "td", "th"))
    for event, item in walk:
        if item.tag == "table":
            page.table(item, starts=event == "start")
        elif item.tag != "tr" or item in others:
            page.part(item, starts=event == "start")
        elif event == "start":
            page.plain_row(item)
            walk.skip_subtree()


def _is_cut_short(text: str) -> bool:
    """Whether a page ends within a table; of all careless programs, hardly one leaves out that end."""
    if "</html" in text[-100:].lower():
        return False
    text = text.lower()
    return text.rfind("<table") > text.rfind("</table") and "</html" not in text


def _is_text(table: _Element) -> bool:
    """Whether a table is one cell within another, so that it is but a frame for its text."""
    single = next(islice(table.iter("td", "th"), 1, None), None) is None
    return single and next(table.iterancestors("td", "th"), None) is not None


def _span(cell: _Element, name: str, most: int) -> int:
    written = cell.get(name)
    found = re.match(r"\s*(\d{1,9})", written) if written else None
    return 1 if not found else min(int(found[1]) or (most if name == "rowspan" else 1), most)


def _cell_text(cell: _Element, folded: set[_Element]) -> str:
    """What a cell shows, without the tables within it that are read by themselves."""
    parts = [cell.text or ""]
    if len(cell):
        from lxml import etree

        walk = etree.iterwalk(cell, ("start", "end"))
        next(walk)
        for event, item in walk:
            tag = str(item.tag)
            if event == "end":
                parts.append((" " if tag in _BREAKS else "") + (item.tail or "" if item is not cell else ""))
            elif tag in _UNSEEN or (tag == "table" and item not in folded):
                walk.skip_subtree()
            else:
                parts.append((" " if tag in _BREAKS else "") + (item.text or ""))
    text = _shown("".join(parts))
    exact = cell.get("x:num")
    if exact and _PLAIN.fullmatch(text) and _PLAIN.fullmatch(exact):
        return exact  # Excel shows a rounded number and keeps the number here
    return text


def _shown(text: str) -> str:
    """A text as a browser shows it, in one line; what is but blanks shows nothing."""
    text = re.sub(r"[ \t\r\n\f]+", " ", text).strip(" ").replace("\xa0", " ")
    return text if text.strip(" ") else ""
