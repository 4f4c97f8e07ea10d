"""Opening one CSV file: its encoding, delimiter and header, and a table function of DuckDB that reads its cells.

Most files are plain: the same number of cells on every line, quotes where they belong. That is found by counting, and
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
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from mujun.errors import DataError
from mujun.intake.findings import Finding, clean
from mujun.intake.header import tidy
from mujun.intake.rows import MOST_CHARACTERS, reader, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Known = Callable[[Sequence[str]], int]
    """How many of some headers are known."""

_CHUNK = _HEAD = 1 << 20
_SAMPLE = 1 << 18
_DELIMITERS = ",\t;|"
MOST_COLUMNS = 2000
SIGNS = "_%#,"
"""Signs that only some files have in their cells, and that make them slower to read."""
_LOOKED_FOR = SIGNS + '"'
_ROWS_LOOKED_AT = 200
_MOST_LISTED = 1000
"""Rows set aside that are listed one by one; more are counted."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8（带 BOM）", "gb18030": "GB18030",
    "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
}  # fmt: skip
_ASSUMED = ("gb18030", "utf-16-le", "utf-16-be")
_ABSENT = "\x01\x02"
"""No cell says this: only those that a row lacks are NULL."""
_SAVE_AS = "请用 Excel 打开，另存为“CSV UTF-8（逗号分隔）”后重试"


class Source(msgspec.Struct):
    """A file opened: `header` as written, `select` the SQL that yields its cells as ``c0, c1, …`` (VARCHAR).

    `row` is the SQL of the Excel row over a table made from `select` in file order, `rows` how many rows that table
    must have, if known, `ragged` the SQL that tells a row with too few or too many cells, if there may be any.
    `signs` are those of `SIGNS` that its cells may have. `apart` opens the file row by row; None where it is so.
    """

    label: str
    encoding: str
    header: list[str]
    select: str
    row: str
    rows: int | None = None
    ragged: str = ""
    signs: str = SIGNS
    findings: list[Finding] = msgspec.field(default_factory=list)
    set_aside: int = 0
    apart: Callable[[], Source] | None = None


class _Header(msgspec.Struct, frozen=True):
    """The first row that is not blank: its cells, its number, the delimiter, and how many cells the rows have."""

    cells: list[str]
    row: int
    delimiter: str
    width: int
    known: int


def open_csv(path: Path, known: Known, stack: contextlib.ExitStack) -> Source:
    """Open a CSV file; temporary files last as long as `stack`.

    Raises `DataError` where there is no such file, or nothing in it that is a table.
    """
    label = clean(str(path))
    head = _first_bytes(path, label)
    _refuse_other_formats(label, head)
    encoding, header = _encoding(head, known)
    folder = _Folder(stack)
    # DuckDB reads UTF-8, and only files whose name is text.
    plain = path if encoding.startswith("utf-8") and _is_text(str(path)) else folder.file("utf8.csv")
    copy = plain if plain != path else None
    decode = copy is not None or header is None or not header.known
    encoding, look = _scan(path, encoding, header, copy, label, decode=decode)
    header = header or _header(_sample(head, encoding), known)
    if header is None:
        raise DataError(f"“{label}”的表头无法读取", "请核对第一行是否为列名，引号是否成对")
    if len(header.cells) > MOST_COLUMNS:
        raise DataError(f"“{label}”有 {len(header.cells)} 列，超过 {MOST_COLUMNS} 列", "请核对分隔符与文件内容")
    source = Source(label, _NAMES[encoding], [tidy(cell) for cell in header.cells[: header.width]], "", "rowid + 2")
    source.signs = look.signs(header)
    if encoding in _ASSUMED:
        source.findings.append(Finding("M101", label, params=(("encoding", _NAMES[encoding]),)))

    def apart() -> Source:
        if plain == path:
            _scan(path, encoding, header, None, label)
        return _take_apart(source, plain, header, folder)

    if not look.is_plain(header):
        return apart()
    # DuckDB overlooks an empty cell too many: with one column more, and no cells that are NULL, it shows.
    select = _read_csv(plain, header.delimiter, header.width + 1, skip=1)
    ragged = f"c{header.width - 1} IS NULL OR c{header.width} IS NOT NULL"
    return replace(source, select=select, rows=look.rows - 1, ragged=ragged, apart=apart)


class _Folder:
    """A temporary folder, made when it is first needed."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.stack, self.path = stack, ""

    def file(self, name: str) -> Path:
        import tempfile

        self.path = self.path or self.stack.enter_context(tempfile.TemporaryDirectory(prefix="mujun-"))
        return Path(self.path) / name


def _is_text(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name)


# --- what kind of file ----------------------------------------------------------------------------------------------


def _first_bytes(path: Path, label: str) -> bytes:
    try:
        if path.is_dir():
            raise DataError(f"“{label}”是文件夹", "请给出 CSV 文件")
        if path.exists() and not path.is_file():
            raise DataError(f"“{label}”不是普通文件（是管道或设备）", "请先存成文件再读")
        with path.open("rb") as file:
            return file.read(_HEAD)
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"没有文件“{label}”", "请核对路径") from None
    except PermissionError:
        raise DataError(f"没有读取“{label}”的权限", "请核对文件权限，以及是否被其他程序占用") from None
    except (OSError, ValueError) as error:
        raise DataError(f"无法读取“{label}”：{getattr(error, 'strerror', None) or '路径无效'}", "请核对路径") from None


def _refuse_other_formats(label: str, head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise DataError(f"“{label}”是空文件", "请核对是否导出完整")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"“{label}”是 Excel 文件，目前只读 CSV", _SAVE_AS)
    if head[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        raise DataError(f"“{label}”其实是网页（HTML）或 XML，目前只读 CSV", _SAVE_AS)


# --- encoding -------------------------------------------------------------------------------------------------------


def _encoding(head: bytes, known: Known) -> tuple[str, _Header | None]:
    """The encoding in which the header has known words, with that header; the empty string where no encoding has.

    Some GBK text is valid UTF-8, too, and the bytes of UTF-16 without a mark may be anything: its words decide.
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding, _header(_sample(head, encoding), known)
    for encoding in ("utf-8", "gb18030", *(("utf-16-le", "utf-16-be") if b"\0" in head else ())):
        header = _header(_sample(head, encoding), known)
        if header is not None and header.known:
            return encoding, header
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
    last: bytes = b""

    def add(self, raw: bytes) -> None:
        """Note one piece."""
        joint, lines = self.last + raw[:1], raw.count(b"\n")
        if b'"' in raw:
            parts = raw.split(b'"')
            outside = b"".join(parts[self.inside :: 2])
            self.inside = (self.inside + len(parts) - 1) % 2
            self.multiline = self.multiline or outside.count(b"\n") != lines
        elif self.inside and lines:
            self.multiline = True
        self.lines += lines
        if b"\r" in raw:
            self.returns += raw.count(b"\r")
            self.pairs += raw.count(b"\r\n")
        self.pairs += joint == b"\r\n"
        self.seen += "".join(sign for sign in _LOOKED_FOR if sign not in self.seen and sign.encode() in raw)
        self.last = raw[-1:] or self.last

    @property
    def rows(self) -> int:
        return self.lines + (self.last != b"\n")

    def signs(self, header: _Header) -> str:
        """Of `SIGNS` those in the cells: where a comma separates cells, it stands in them only within quotes."""
        within = '"' if header.delimiter == "," else ","
        return "".join(sign for sign in SIGNS if (within if sign == "," else sign) in self.seen)

    def is_plain(self, header: _Header) -> bool:
        """Whether every line is one row, as far as quotes and line ends tell."""
        one_kind_of_end = self.returns == self.pairs and self.pairs in (0, self.lines)
        return one_kind_of_end and not self.multiline and not self.inside and header.row == 1


def _scan(
    path: Path, encoding: str, header: _Header | None, copy: Path | None, label: str, *, decode: bool = True
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
            if header is not None and header.known:
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


def _header(sample: str, known: Known) -> _Header | None:
    """The header as the delimiter reads it that gives most known words, then most cells."""
    headers = [_split_header(sample, sign, known) for sign in _DELIMITERS]
    found = [header for header in headers if header is not None]
    best = max(found, key=lambda header: (header.known, len(header.cells)), default=None)
    # Where a quote is left open, the line is one cell to the other delimiters.
    return None if best and not best.known and len(best.cells) == 1 and None in headers else best


def _split_header(sample: str, delimiter: str, known: Known) -> _Header | None:
    rows = reader(io.StringIO(sample, newline=""), delimiter)
    try:
        number, cells = next((number, row) for number, row in enumerate(rows, 1) if any(map(str.strip, row)))
    except (csv.Error, StopIteration):
        return None
    swallowed = any(delimiter in cell and ("\n" in cell or "\r" in cell) for cell in cells)
    if swallowed or sum(cell.count('"') for cell in cells) % 2:
        return None  # a quote left open, or one too many
    width = len(cells)
    if not cells[-1].strip():
        # The rows may lack the delimiters that such a header ends in; if they do, all of them.
        lengths: list[int] = []
        with contextlib.suppress(csv.Error):
            lengths.extend(len(row) for row in itertools.islice(rows, _ROWS_LOOKED_AT))
        named = max(i for i, cell in enumerate(cells, 1) if cell.strip())
        usual = max(lengths, key=lengths.count, default=width)
        width = usual if named <= usual < width else width
    return _Header(cells, number, delimiter, width, known([tidy(cell) for cell in cells]))


# --- cells ----------------------------------------------------------------------------------------------------------


def _read_csv(path: Path, delimiter: str, columns: int, skip: int) -> str:
    """The table function. The name of the file is no pattern, nor do its suffix and folders say anything."""
    pattern = re.sub(r"[*?\[]", r"[\g<0>]", str(path.absolute())).replace("'", "''")
    spec = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(columns))
    return (
        f"read_csv('{pattern}', auto_detect=false, header=false, skip={skip}, delim='{delimiter}', quote='\"', "
        f"escape='\"', columns={{{spec}}}, strict_mode=true, null_padding=true, nullstr='{_ABSENT}', "
        f"max_line_size={4 * MOST_CHARACTERS}, compression='none', hive_partitioning=false)"
    )


def _take_apart(source: Source, plain: Path, header: _Header, folder: _Folder) -> Source:
    """Read row by row, set aside rows of the wrong length, and write the rest where DuckDB can read it."""
    target, found = folder.file("rows.csv"), [*source.findings]
    aside = written = 0
    with plain.open(encoding="utf-8-sig", newline="") as file, target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for number, row, line in rows(file, header.delimiter, header.width, source.label):
            if number <= header.row or (row is not None and not any(map(str.strip, row))):
                continue
            if row is not None and len(row) == header.width:
                writer.writerow([*row, number])
                written += 1
                continue
            aside += 1
            if aside <= _MOST_LISTED:
                params = (("count", str(len(row or ()))), ("wanted", str(header.width)))
                found.append(Finding("M306" if row is None else "M304", source.label, number, text=line, params=params))
            else:
                found[-1] = replace(found[-1], count=found[-1].count + 1)
    select = _read_csv(target, ",", header.width + 1, skip=0)
    row_sql = f'"c{header.width}"'
    return replace(source, select=select, row=row_sql, rows=written, findings=found, set_aside=aside, apart=None)
