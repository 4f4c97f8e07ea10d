"""Opening one CSV file: its encoding, delimiter and header, and a table function of DuckDB that reads its cells.

Most files are plain: UTF-8, the same number of cells in every row, quotes where they belong. DuckDB reads those directly,
strictly and in parallel. Whatever else is first decoded to UTF-8, and a file that DuckDB's strict reader refuses is taken
apart row by row by Python's csv module, so that the fault can be named with its row.
"""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mujun.errors import DataError
from mujun.intake.findings import Finding, clean

_CHUNK = 1 << 20
_DELIMITERS = ",\t;|"
_MAX_CELL = 1 << 20
_MAX_COLUMNS = 2000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8（带 BOM）", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
          "gb18030": "GB18030"}  # fmt: skip


@dataclass
class Source:
    """A file opened: `header` as written, `select` the SQL that yields its cells as ``c0, c1, …`` (VARCHAR).

    `row` is the SQL of the Excel row over a table made from `select` in file order. `rough` says that the file holds
    odd blanks or control characters, `risky_numbers` that some number may be written with ``_`` or a negative exponent.
    """

    label: str
    encoding: str
    header: list[str]
    select: str
    row: str
    rough: bool = True
    risky_numbers: bool = True
    findings: list[Finding] = field(default_factory=list)
    set_aside: int = 0
    close: list[tempfile.TemporaryDirectory[str]] = field(default_factory=list)


def open_csv(path: Path, *, strict: bool = True) -> Source:
    """Open a CSV file. With `strict` DuckDB reads it; without, it is taken apart row by row.

    Raises `DataError` where there is no such file, or nothing in it that is a table.
    """
    label = str(path)
    if path.is_dir():
        raise DataError(f"“{label}”是文件夹", "请给出 CSV 文件")
    try:
        with path.open("rb") as file:
            head = file.read(_CHUNK)
    except FileNotFoundError:
        raise DataError(f"没有文件“{label}”", "请核对路径") from None
    except OSError as error:
        raise DataError(f"无法读取“{label}”：{error.strerror}", "请核对文件是否可读、是否被其他程序占用") from None
    _refuse_other_formats(label, head)
    encoding, traits = _decode_check(path, head, label)
    folder: list[tempfile.TemporaryDirectory[str]] = []
    plain = path
    if encoding not in ("utf-8", "utf-8-sig"):
        folder.append(tempfile.TemporaryDirectory(prefix="mujun-"))
        plain = Path(folder[0].name) / "utf8.csv"
        _transcode(path, encoding, plain)
    with plain.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(_CHUNK // 4)
    delimiter, header, lines = _header(sample, label)
    source = Source(label, _NAMES[encoding], header, "", "rowid + 2", traits.rough, traits.risky_numbers, close=folder)
    if encoding == "gb18030":
        source.findings.append(Finding("M101", label, params=(("encoding", "GB18030"),)))
    if strict and lines == 1 and not traits.blank_lines:
        source.select = _read_csv(plain, delimiter, len(header), skip=1)
        return source
    _take_apart(source, plain, delimiter)
    return source


def _refuse_other_formats(label: str, head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise DataError(f"“{label}”是空文件", "请核对是否导出完整")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError(f"“{label}”是 Excel 文件，目前只读 CSV", "请在 Excel 中另存为“CSV UTF-8（逗号分隔）”后重试")
    if head[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise DataError(f"“{label}”其实是网页（HTML），目前只读 CSV", "请用 Excel 打开，另存为“CSV UTF-8（逗号分隔）”后重试")


@dataclass
class _Traits:
    blank_lines: bool = False
    rough: bool = False
    risky_numbers: bool = False
    tail: str = ""

    def look(self, raw: bytes, text: str) -> None:
        """Note what a piece of the file holds; each test is a scan in C."""
        if "\0" in text:
            raise DataError("文件里有 NUL 字节，不是文本", "请核对是否为 CSV，或导出是否中断")
        joint = self.tail + text[:2]
        self.blank_lines = self.blank_lines or any(ends in part for ends in _BLANK for part in (text, joint))
        self.blank_lines = self.blank_lines or ("\r" in text and "\r\n" not in text + "\n")
        self.tail = text[-2:]
        self.risky_numbers = self.risky_numbers or any(mark in text for mark in ("_", "e-", "E-"))
        self.rough = self.rough or any(mark in text for mark in _ODD_BLANKS)
        self.rough = self.rough or len(raw.translate(None, _CONTROLS)) != len(raw)


_BLANK = ("\n\n", "\n\r\n")
_ODD_BLANKS = ("\u3000", "\xa0", "\u200b", "\ufeff", "\u2028")
_CONTROLS = bytes([*range(1, 9), 11, 12, *range(14, 32), 127])


def _decode_check(path: Path, head: bytes, label: str) -> tuple[str, _Traits]:
    """The encoding: byte order mark, then strict UTF-8, then strict GB18030; and what the text is like."""
    for encoding in _candidates(head):
        traits = _Traits()
        try:
            for raw, text in _pieces(path, encoding):
                traits.look(b"" if encoding.startswith("utf-16") else raw, text)
        except UnicodeError:
            continue
        except DataError as error:
            raise DataError(f"“{label}”：{error.message}", error.hint) from None
        traits.rough = traits.rough or encoding.startswith("utf-16")
        return encoding, traits
    raise DataError(
        f"认不出“{label}”的文字编码（不是 UTF-8、GB18030 或 UTF-16）", "请用 Excel 打开，另存为“CSV UTF-8（逗号分隔）”后重试"
    )


def _candidates(head: bytes) -> list[str]:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return [encoding]
    # UTF-16 without a mark: every other byte of the ASCII signs is zero.
    if head[:400].count(0) > len(head[:400]) // 8:
        return ["utf-16-le" if head[1:2] == b"\0" or head[1:400:2].count(0) > head[:400:2].count(0) else "utf-16-be"]
    return ["utf-8", "gb18030"]


def _pieces(path: Path, encoding: str) -> Iterator[tuple[bytes, str]]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk, decoder.decode(chunk)
    yield b"", decoder.decode(b"", final=True)


def _transcode(path: Path, encoding: str, target: Path) -> None:
    with target.open("wb") as out:
        for _, text in _pieces(path, encoding):
            out.write(text.encode("utf-8"))


def _header(sample: str, label: str) -> tuple[str, list[str], int]:
    """The delimiter, the header's cells and how many lines the header takes."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=lambda sign: (len(next(csv.reader([first], delimiter=sign))), sign == ","))
    start = len(sample) - len(sample.lstrip("\r\n"))
    reader = csv.reader(io.StringIO(sample[start:], newline=""), delimiter=delimiter)
    try:
        header = next(reader)
    except (csv.Error, StopIteration):
        raise DataError(f"“{label}”的表头无法读取", "请核对第一行是否为列名") from None
    if len(header) > _MAX_COLUMNS:
        raise DataError(f"“{label}”有 {len(header)} 列，超过 {_MAX_COLUMNS} 列", "请核对分隔符与文件内容")
    while header and not header[-1].strip():
        header.pop()
    return delimiter, [clean(cell).strip() for cell in header], reader.line_num if not start else 2


def _read_csv(path: Path, delimiter: str, columns: int, skip: int) -> str:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    spec = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(columns))
    return (
        f"read_csv({quoted(str(path.absolute()))}, auto_detect=false, header=false, skip={skip}, delim={quoted(delimiter)}, "
        f"quote='\"', escape='\"', columns={{{spec}}}, strict_mode=true, nullstr='', max_line_size=16777216)"
    )


def _take_apart(source: Source, plain: Path, delimiter: str) -> None:
    """Read row by row, set aside rows of the wrong length, and write the rest where DuckDB can read it."""
    if not source.close:
        source.close.append(tempfile.TemporaryDirectory(prefix="mujun-"))
    target = Path(source.close[0].name) / "rows.csv"
    csv.field_size_limit(_MAX_CELL)
    width, number = len(source.header), 0
    with plain.open(encoding="utf-8-sig", newline="") as file, target.open("w", encoding="utf-8", newline="") as out:
        reader, writer = csv.reader(file, delimiter=delimiter), csv.writer(out, lineterminator="\n")
        seen_header = False
        try:
            for number, row in enumerate(reader, 1):  # noqa: B007 -- the last number is used in the message
                if not any(cell.strip() for cell in row):
                    continue
                if not seen_header:
                    seen_header = True
                    continue
                while len(row) > width and not row[-1].strip():
                    row.pop()
                if len(row) != width:
                    source.set_aside += 1
                    params = (("count", str(len(row))), ("wanted", str(width)))
                    source.findings.append(Finding("M304", source.label, number, text=delimiter.join(row), params=params))
                else:
                    writer.writerow([*row, number])
        except csv.Error:
            most = _MAX_CELL // 10_000
            raise DataError(
                f"“{source.label}”第 {number + 1} 行有超过 {most} 万字的单元格", "多半是引号没有成对，请检查这一行附近的引号"
            ) from None
    source.select = _read_csv(target, ",", width + 1, skip=0)
    source.row = f'"c{width}"'
