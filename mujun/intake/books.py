"""Workbooks of every kind that bureaus send, opened as sheets of text: xlsx, xlsm, xlsb, xls, ods, HTML, XML.

What a file is, its content says and not its name: much that is called xls is a web page. Whatever is wrong with a file
is a `DataError`, and none takes more than bounded time and memory.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from mujun.errors import DataError
from mujun.intake.book_grid import MOST_CELLS, SAVE_AS, fill
from mujun.intake.book_html import decode, html_tables
from mujun.intake.book_ole import encrypted, look_over_xls
from mujun.intake.book_scan import MOST_BYTES, Look, look_over, open_zip
from mujun.intake.book_xml import ods_tables, spreadsheet_tables
from mujun.intake.source import reading
from mujun.width import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import python_calamine as calamine

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLE = b"\xd0\xcf\x11\xe0"
_MARKUP = re.compile(rb"<(?:!--|!doctype|\?xml|\?mso|[a-z][a-z0-9]*(?::[a-z]+)?[\s/>])", re.IGNORECASE)
_OLDEST = re.compile(rb"\x09[\0\x02\x04\x08][\x04\x06\x08\x10]\0")
"""Excel 2 to 5 without a container, as some programs still write it."""
_BLANK = b"\xef\xbb\xbf\xff\xfe \t\r\n\x0b\x0c"
_HEAD = 4096
_LISTED = 20
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, SyntaxError, ValueError,
    IndexError, KeyError, OverflowError, OSError,
)  # fmt: skip
"""What the readers raise where a file is not as it should be; lxml raises `SyntaxError`."""


class Page(msgspec.Struct, frozen=True):
    """One sheet: `rows` are the cells as text, "" for blank; `rows[i]` is Excel row i + 1.

    Leading blank rows and columns are kept. All rows have the same length. Merged cells all have their value.
    """

    name: str
    """Of the sheet; "" where the format has no sheets (HTML with one table)."""
    rows: list[list[str]]
    hidden: bool = False


def is_book(head: bytes) -> bool:
    """Whether a file that begins so (1 KB or more) is a workbook (zip, OLE, HTML, XML), not text."""
    return bool(_kind(head))


def open_book(path: Path, label: str, sheet: str | None = None) -> list[Page]:
    """All sheets that can hold cells, or the one named; `label` is the file as named in errors.

    Raises `DataError` where the file cannot be read, is no workbook, is damaged, has a password, is larger than can be
    read, holds nothing, or has no such sheet.
    """
    data = _read(path, label)
    try:
        pages = _pages(data, label, sheet)
    except _BROKEN:
        cause = "不完整或已损坏" if data.startswith((*_ZIP, _OLE)) else "不完整、已损坏或不合规范"
        raise DataError(f"“{label}”{cause}，无法读取", f"文件可能还在复制、下载或保存；若已完成，{SAVE_AS}") from None
    except MemoryError:
        raise DataError(f"内存不足，无法读取“{label}”", "请关闭其他程序，或把文件分成几个") from None
    if not any(any(map(any, page.rows)) for page in pages):
        which = f"“{label}”的工作表“{printable(sheet)}”" if sheet is not None else f"“{label}”"
        raise DataError(f"{which}里没有任何内容", "请核对是否导出完整")
    return pages


# --- the file --------------------------------------------------------------------------------------------------------


def _read(path: Path, label: str) -> bytes:
    with reading(path, label):
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"“{label}”超过 {MOST_BYTES >> 30} GB，太大", "请分成几个文件，或另存为 CSV")
        data = path.read_bytes()
    if path.name.startswith("~$") and not is_book(data[:_HEAD]):
        raise DataError(f"“{label}”是 Excel 打开文件时的临时文件，不是数据", "请改用同名而没有“~$”的文件")
    if not data.strip(_BLANK + b"\0"):
        raise DataError(f"“{label}”是空文件", "请核对是否导出完整，或是否还在复制")
    return data


def _kind(head: bytes) -> str:
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_OLE):
        return "ole"
    if _OLDEST.match(head):
        return "oldest"
    start = head[:_HEAD].replace(b"\0", b"").lstrip(_BLANK)
    if _MARKUP.match(start):
        return "markup"
    return "mhtml" if start[:13].lower() == b"mime-version:" and b"multipart" in start.lower() else ""


def _pages(data: bytes, label: str, sheet: str | None) -> list[Page]:
    kind = _kind(data[:_HEAD])
    if kind == "zip":
        return _zip_pages(data, label, sheet)
    if kind == "ole":
        looks, workbook = look_over_xls(data, label)
        return _calamine_pages(workbook, looks, label, sheet)
    if kind == "markup":
        return _chosen(_markup_pages(decode(data, label), label), label, sheet)
    if kind == "oldest":
        raise DataError(f"“{label}”是很旧的 Excel 格式（5.0 以前）", SAVE_AS)
    if kind == "mhtml":
        raise DataError(f"“{label}”其实是单个文件的网页（MHTML）", SAVE_AS)
    raise DataError(f"“{label}”不是工作簿", "可读的工作簿：xlsx、xlsm、xlsb、xls、ods，以及网页表格")


def _markup_pages(text: str, label: str) -> list[Page]:
    root = re.search(
        r"<(?![!?])([\w.-]+:)?([\w.-]+)([^>]*)", re.sub(r"<!--.*?-->", "", text[: 1 << 16], flags=re.DOTALL)
    )
    if root and root[2] == "Workbook":
        tables = spreadsheet_tables(text, label)
    elif root and root[1] == "office:":
        tables = ods_tables(io.BytesIO(text.encode()), label)
    elif text.lstrip("\ufeff \t\r\n").startswith("<?xml") and root and root[2].lower() != "html":
        raise DataError(f"“{label}”是 XML，但不是表格", SAVE_AS)
    else:
        tables = html_tables(text, label)
    return [Page(*table) for table in tables]


# --- zip files -------------------------------------------------------------------------------------------------------

_OTHERS = {
    "word/": "Word 文档", "ppt/": "PowerPoint 演示文稿", "index/document.iwa": "Numbers 或 Pages 文档",
    "content.xml": "其他 OpenDocument 文档",
}  # fmt: skip


def _zip_pages(data: bytes, label: str, sheet: str | None) -> list[Page]:
    archive = open_zip(data, label)
    names = [name.lower().replace("\\", "/") for name in archive.namelist()]
    if "[content_types].xml" in names and {"workbook.xml", "workbook.bin"} & {name.split("/")[-1] for name in names}:
        return _calamine_pages(data, look_over(archive, label), label, sheet)
    if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:100]:
        if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
            "META-INF/manifest.xml"
        ):
            raise encrypted(label)
        with archive.open("content.xml") as content:
            return _chosen([Page(*table) for table in ods_tables(content, label)], label, sheet)
    what = next((what for start, what in _OTHERS.items() if any(name.startswith(start) for name in names)), None)
    if what:
        raise DataError(f"“{label}”是{what}，不是工作簿", "请把表格放进 Excel，另存为 .xlsx 后重试")
    raise DataError(f"“{label}”是压缩包，不是工作簿", "请解压，再给出其中的文件")


# --- what calamine reads ---------------------------------------------------------------------------------------------


def _calamine_pages(data: bytes, looks: Sequence[Look], label: str, sheet: str | None) -> list[Page]:
    """The sheets of a workbook that was looked over."""
    import python_calamine as calamine

    kinds, visible = calamine.SheetTypeEnum, calamine.SheetVisibleEnum.Visible
    with _translated(label):
        book = calamine.load_workbook(io.BytesIO(data))
        metas = book.sheets_metadata
    usable = [i for i, meta in enumerate(metas) if meta.typ in (kinds.WorkSheet, kinds.MacroSheet)]
    if sheet is not None:
        usable = [usable[_index([metas[i].name for i in usable], sheet, label)]]
    pages: list[Page] = []
    cells = 0
    for i in usable:
        with _translated(label):
            grid = book.get_sheet_by_index(i)
            pages.append(_page(grid, looks[i], label, hidden=metas[i].visible != visible))
        cells += sum(map(len, pages[-1].rows))
        if cells > MOST_CELLS:
            raise DataError(f"“{label}”的工作表加起来超过 {MOST_CELLS // 10_000} 万格", "请分成几个文件")
    return pages


@contextlib.contextmanager
def _translated(label: str) -> Iterator[None]:
    """What calamine raises, as an error of ours or as one of `_BROKEN`."""
    import python_calamine as calamine

    try:
        yield
    except calamine.PasswordError:
        raise encrypted(label) from None
    except calamine.CalamineError as error:
        raise ValueError(error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine came upon what it did not foresee
            raise
        raise ValueError(error) from None


def _page(sheet: calamine.CalamineSheet, look: Look, label: str, *, hidden: bool) -> Page:
    # A comprehension for each row, without a call for the usual cell: large sheets are mostly this.
    values: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    rows: list[list[str]] = [
        [
            value
            if (kind := value.__class__) is str
            else (str(int(value)) if value.is_integer() and -1e15 < value < 1e15 else repr(value))
            if kind is float
            else _text(value)
            for value in row
        ]
        for row in values
    ]
    for (row, column), text in look.errors.items():
        if row < len(rows) and column < len(rows[row]) and not rows[row][column]:
            rows[row][column] = text
    fill(rows, sheet.merged_cell_ranges or look.merged, label)
    return Page(sheet.name, rows, hidden)


def _text(value: object) -> str:
    """A cell that is neither text nor a float."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return str(value) if value.time() != datetime.time() else str(value.date())
    return str(value)


# --- sheets by name --------------------------------------------------------------------------------------------------


def _chosen(pages: list[Page], label: str, sheet: str | None) -> list[Page]:
    return pages if sheet is None else [pages[_index([page.name for page in pages], sheet, label)]]


def _index(names: list[str], sheet: str, label: str) -> int:
    """Which sheet has this name. Raises `DataError` where none has."""
    if sheet in names:
        return names.index(sheet)
    head = f"“{label}”没有工作表“{printable(sheet)}”"
    if not any(names):
        raise DataError(head, "它只有一张没有名称的表，请不写工作表名")
    import difflib

    near = difflib.get_close_matches(sheet, names, n=1, cutoff=0.3)
    told = f"最接近的是“{printable(near[0])}”；" if near else ""
    listed = "、".join(f"“{shorten(printable(name), 40)}”" for name in names[:_LISTED])
    more = f"等 {len(names)} 张" if len(names) > _LISTED else ""
    raise DataError(head, f"{told}有的工作表：{listed}{more}")
