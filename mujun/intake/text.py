"""Opening one text file: its encoding, delimiter and header, and a table function of DuckDB that reads its cells.

Most files are plain: every line is a record, quotes stand where they belong. That is found by searching the bytes, and
DuckDB then reads the file (as UTF-8) strictly and in parallel. Any other file is taken apart row by row by Python's csv
module, so that each fault can be named with its row.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import itertools
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from mujun.errors import DataError
from mujun.intake.findings import MOST_LISTED, Finding
from mujun.intake.header import serial_columns
from mujun.intake.rows import reader, rows
from mujun.intake.source import HEAD, MOST_COLUMNS, ROWS_LOOKED_AT, SIGNS, Layout, Source, read_csv, title_findings
from mujun.intake.spelling import tidy
from mujun.intake.totals import is_total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mujun.intake.source import Folder, Known

_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_DELIMITERS = ",\t;|"
_LOOKED_FOR = SIGNS + '"'
_MOST_BLANK = 4096
"""Bytes of blank lines at the end of a file."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8（带 BOM）", "gb18030": "GB18030",
    "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
}  # fmt: skip
_ASSUMED = ("gb18030", "utf-16-le", "utf-16-be")
_SAVE_AS = "请用 Excel 打开，另存为“CSV UTF-8（逗号分隔）”后重试"
_FIGURE = re.compile(r"[+-]?[0-9][0-9,.]*%?")


class _Table(msgspec.Struct, frozen=True):
    """How the text is parted: its layout, the delimiter, how many cells a row has.

    `in_lines` is whether every row above the data is one line.
    """

    layout: Layout
    delimiter: str
    width: int
    in_lines: bool

    @property
    def known(self) -> int:
        return self.layout.known


def is_text(head: bytes) -> bool:
    """Whether a file that begins so is no workbook."""
    if not head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) and b"<" not in head[:1024]:
        return True
    from mujun.intake.books import is_book

    return not is_book(head)


def open_text(path: Path, label: str, head: bytes, known: Known, folder: Folder) -> Source:
    """Open a text file that begins with `head`.

    Raises `DataError` where there is nothing in it that is a table.
    """
    encoding, table = _encoding(head, known)
    # DuckDB reads UTF-8, and only files whose name is text.
    plain = path if encoding.startswith("utf-8") and _is_unicode(str(path)) else folder.file("utf8.csv")
    copy = plain if plain != path else None
    decode = copy is not None or table is None or not table.known
    encoding, look = _scan(path, encoding, table, copy, label, decode=decode)
    table = table or _table(_sample(head, encoding), known)
    if table is None:
        raise DataError(f"“{label}”的表头无法读取", "请核对第一行是否为列名，引号是否成对")
    if table.width > MOST_COLUMNS:
        raise DataError(f"“{label}”有 {table.width} 列，超过 {MOST_COLUMNS} 列", "请核对分隔符与文件内容")
    layout = table.layout
    header = [*layout.header, *[""] * table.width][: table.width]
    source = Source(label, _NAMES[encoding], header, "", titles=layout.titles, serial=serial_columns(layout))
    if layout.titles:
        from mujun.intake.titles import stated_units

        source.units = stated_units(layout.titles)
    source.first_row, source.signs, source.layout = layout.data_row, look.signs(table), layout
    source.findings += title_findings(label, "", layout)
    if encoding in _ASSUMED:
        source.findings.append(Finding("M101", label, params=(("encoding", _NAMES[encoding]),)))

    def apart() -> Source:
        if plain == path:
            _scan(path, encoding, table, None, label)
        return _take_apart(source, plain, table, folder)

    if not look.is_plain(table) or not look.is_even(table):
        return apart()
    width, above = table.width, layout.data_row - 1
    # DuckDB overlooks an empty cell too many: with one column more, and no cells that are NULL, it shows. A line of a
    # single cell may be a note, which is seen to later.
    select = read_csv(plain, table.delimiter, width + 1, above, padded=True)
    ragged = f"c{width - 1} IS NULL OR c{width} IS NOT NULL"
    if width > 1:
        ragged = f"CASE WHEN c1 IS NOT NULL THEN {ragged} END"
    return replace(source, select=select, rows=max(look.rows - above, 0), ragged=ragged, apart=apart)


def _is_unicode(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name)


# --- encoding -------------------------------------------------------------------------------------------------------


def _encoding(head: bytes, known: Known) -> tuple[str, _Table | None]:
    """The encoding in which the header has known words, with that header; the empty string where no encoding has.

    Some GBK text is valid UTF-8, too, and the bytes of UTF-16 without a mark may be anything: its words decide. A
    longer file that begins without a single Chinese word says nothing yet.
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding, _table(_sample(head, encoding), known)
    if len(head) == HEAD and head.isascii() and b"\0" not in head:
        return "", None
    for encoding in ("utf-8", "gb18030", *(("utf-16-le", "utf-16-be") if b"\0" in head else ())):
        table = _table(_sample(head, encoding), known)
        if table is not None and table.known:
            return encoding, table
    return "", None


def _sample(head: bytes, encoding: str) -> str:
    """The beginning of the text, as far as it is text in this encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(head[:_SAMPLE])
    except UnicodeDecodeError as error:
        return error.object[: error.start].decode(encoding)


class _Look(msgspec.Struct):
    """What a text is like, found piece by piece; every search is a scan in C over its UTF-8."""

    lines: int = 0
    returns: int = 0
    pairs: int = 0
    inside: int = 0
    """1 inside quotes."""
    multiline: bool = False
    seen: str = ""
    tail: bytes = b""
    pieces: int = 0
    unquoted: bytes = b""
    """Of the last piece what stands outside quotes."""

    def add(self, raw: bytes) -> None:
        """Note one piece."""
        if not raw:
            return
        joint, lines = self.tail[-1:] + raw[:1], raw.count(b"\n")
        self.pieces, self.unquoted = self.pieces + 1, raw
        if b'"' in raw:
            parts = raw.split(b'"')
            self.unquoted = b"".join(parts[self.inside :: 2])
            self.inside = (self.inside + len(parts) - 1) % 2
            self.multiline = self.multiline or self.unquoted.count(b"\n") != lines
        elif self.inside and lines:
            self.multiline = True
        self.lines += lines
        if b"\r" in raw:
            self.returns += raw.count(b"\r")
            self.pairs += raw.count(b"\r\n")
        self.pairs += joint == b"\r\n"
        self.seen += "".join(sign for sign in _LOOKED_FOR if sign not in self.seen and sign.encode() in raw)
        self.tail = (self.tail + raw[-_MOST_BLANK:])[-_MOST_BLANK:]

    @property
    def rows(self) -> int:
        """Lines, but for blank ones at the end, which DuckDB passes over."""
        text = self.tail.rstrip(b"\r\n")
        return self.lines - self.tail.count(b"\n", len(text)) + 1

    def signs(self, table: _Table) -> str:
        """Of `SIGNS` those in the cells: where a comma separates cells, it stands in them only within quotes."""
        within = '"' if table.delimiter == "," else ","
        return "".join(sign for sign in SIGNS if (within if sign == "," else sign) in self.seen)

    def is_plain(self, table: _Table) -> bool:
        """Whether every line is one row, as far as quotes and line ends tell."""
        one_kind_of_end = self.returns == self.pairs and self.pairs in (0, self.lines)
        return one_kind_of_end and not self.multiline and not self.inside and table.in_lines

    def is_even(self, table: _Table) -> bool:
        """Whether no line of a small file is blank, or has too few or too many cells, but for lines of a single one.

        Of a large file DuckDB tells sooner.
        """
        if self.pieces > 1:
            return True
        lines = self.unquoted.rstrip(b"\r\n").split(b"\n")[table.layout.data_row - 1 :]
        sign = table.delimiter.encode()
        return {line.count(sign) for line in lines} <= {0, table.width - 1} and not {b"", b"\r"} & {*lines}


def _scan(
    path: Path, encoding: str, table: _Table | None, copy: Path | None, label: str, *, decode: bool = True
) -> tuple[str, _Look]:
    """Look at the whole text once, strictly, and write it into `copy` as UTF-8 if there is one.

    Without an encoding, try which fits. UTF-8 need not be decoded where DuckDB will check it.
    """
    for attempt in [encoding] if encoding else ["utf-8", "gb18030"]:
        look = _Look()
        try:
            with copy.open("wb") if copy else contextlib.nullcontext() as out:
                for raw in _pieces(path, attempt) if decode else _raw_pieces(path):
                    if b"\0" in raw:
                        row = look.lines + raw[: raw.index(b"\0")].count(b"\n") + 1
                        raise DataError(
                            f"“{label}”第 {row} 行有 NUL 字节，不是文本", "请核对是否为 CSV，或导出是否中断"
                        )
                    look.add(raw)
                    if out:
                        out.write(raw)
        except UnicodeDecodeError as error:
            if table is not None and table.known:
                row = look.lines + error.object[: error.start].count(b"\n") + 1
                raise DataError(
                    f"“{label}”第 {row} 行有不是 {_NAMES[attempt]} 编码的字节",
                    "文件可能由两种编码拼成或已损坏，请重新导出",
                ) from None
        else:
            return attempt, look
    raise DataError(f"认不出“{label}”的文字编码（不是 UTF-8、GB18030 或 UTF-16）", _SAVE_AS)


def _raw_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _pieces(path: Path, encoding: str) -> Iterator[bytes]:
    """The text in UTF-8, piece by piece, decoded strictly."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    for chunk in _raw_pieces(path):
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


# --- header ---------------------------------------------------------------------------------------------------------


def _table(sample: str, known: Known) -> _Table | None:
    """The header as the delimiter reads it that gives most known words, then most cells."""
    tables = [_split(sample, sign, known) for sign in _DELIMITERS if sign in sample or sign == ","]
    found = [table for table in tables if table is not None]
    best = max(found, key=lambda table: (table.known, table.width), default=None)
    # Where a quote is left open, the line is one cell to the other delimiters.
    return None if best and not best.known and best.width == 1 and None in tables else best


def _split(sample: str, delimiter: str, known: Known) -> _Table | None:
    cells = reader(io.StringIO(sample, newline=""), delimiter)
    head: list[list[str]] = []
    ends: list[int] = []
    with contextlib.suppress(csv.Error):
        for row in itertools.islice(cells, ROWS_LOOKED_AT):
            head.append(row)
            ends.append(cells.line_num)
    layout = _plain_layout(head, known)
    if layout is None:
        from mujun.intake.layout import find_layout

        layout = find_layout(head, known) or _first_row(head)
    if layout is None:
        return None
    lines = [row for number in layout.header_rows for row in head[number - 1 : number]]
    swallowed = any(delimiter in cell and ("\n" in cell or "\r" in cell) for row in lines for cell in row)
    if swallowed or any(sum(cell.count('"') for cell in row) % 2 for row in lines):
        return None  # a quote left open, or one too many
    width = _width(lines[-1], head[layout.data_row - 1 :])
    above = ends[: layout.data_row - 1]
    return _Table(layout, delimiter, width, above == list(range(1, len(above) + 1)))


def _plain_layout(head: Sequence[Sequence[str]], known: Known) -> Layout | None:
    """The layout of most files: names in the first row, figures in the second. To look further takes longer."""
    if len(head) < 2 or len(head[0]) != len(head[1]):
        return None
    names, figures = [tidy(cell) for cell in head[0]], [cell for cell in head[1] if _FIGURE.fullmatch(cell.strip())]
    in_turn = figures == [str(number) for number in range(1, len(figures) + 1)]
    if not all(names) or len({*names}) < len(names) or in_turn or (found := known(names)) < 2:
        return None
    return Layout(tuple(names), (1,), None, 2, (), (), found)


def _first_row(head: Sequence[Sequence[str]]) -> Layout | None:
    """The first row that is not blank, so that it can be shown."""
    number = next((number for number, row in enumerate(head, 1) if any(map(str.strip, row))), 0)
    return Layout(tuple(map(tidy, head[number - 1])), (number,), None, number + 1, (), (), 0) if number else None


def _width(header: Sequence[str], below: Sequence[Sequence[str]]) -> int:
    """How many cells a row has: as many as the header, but for delimiters at its end that the rows lack."""
    width = len(header)
    if header and not header[-1].strip():
        lengths = [len(row) for row in below if row]
        named = max((i for i, cell in enumerate(header, 1) if cell.strip()), default=0)
        usual = max(lengths, key=lengths.count, default=width)
        width = usual if named <= usual < width else width
    return width


# --- row by row -----------------------------------------------------------------------------------------------------


def _take_apart(source: Source, plain: Path, table: _Table, folder: Folder) -> Source:
    """Read row by row, set aside rows of the wrong length, and write the rest where DuckDB can read it."""
    target, found = folder.file("rows.csv"), [*source.findings]
    aside: list[tuple[Finding, list[str]]] = []
    written, width = 0, table.width
    with plain.open(encoding="utf-8-sig", newline="") as file, target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for number, row, line in rows(file, table.delimiter, width, source.label):
            if number < table.layout.data_row or (row is not None and not any(map(str.strip, row))):
                continue
            if row is not None and len(row) < width and (len(row) == 1 or any(map(is_total, row))):
                row = [*row, *[""] * (width - len(row))]
            if row is not None and len(row) == width:
                writer.writerow([number, *row])
                written += 1
                continue
            params = (("count", str(len(row or ()))), ("wanted", str(width)))
            why = Finding("M306" if row is None else "M304", source.file, number, text=line, params=params)
            aside.append((why, row or [line]))
    found += [why for why, _ in aside[:MOST_LISTED]]
    if more := len(aside[MOST_LISTED:]):
        found[-1] = replace(found[-1], count=more + 1)
    select = read_csv(target, ",", width, 0, places=("mj_row",))
    return replace(source, select=select, first_row=None, rows=written, findings=found, aside=aside, apart=None)
