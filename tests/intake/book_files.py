"""Workbooks made for tests: by libraries where they can, by hand where nobody writes such files."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from mujun.errors import DataError
from mujun.intake.books import Page, is_book, open_book

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def pages(folder: Path, data: bytes | str, sheet: str | None = None, name: str = "数据.xls") -> list[Page]:
    """Open a file of this content; it must be told from text by how it begins."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    assert is_book(path.read_bytes()[:1024])
    found = open_book(path, name, sheet)
    assert all(len({len(row) for row in page.rows}) <= 1 for page in found)
    return found


def rows(folder: Path, data: bytes | str) -> list[list[str]]:
    """The cells of a file with one sheet."""
    [page] = pages(folder, data)
    return page.rows


def refusal(folder: Path, data: bytes | str, sheet: str | None = None, name: str = "数据.xls") -> str:
    """The message with which a file is refused: one line for what and where, one for what to do."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(DataError) as caught:
        open_book(path, name, sheet)
    assert f"“{name}”" in caught.value.message
    assert caught.value.hint
    assert str(caught.value).isprintable() or str(caught.value).count("\n") == 1
    assert len(str(caught.value)) < 800
    return str(caught.value)


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    """The members of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- xlsx ------------------------------------------------------------------------------------------------------------


def xlsx(fill: Callable[[xlsxwriter.Workbook], Any], **options: Any) -> bytes:
    """A workbook written by XlsxWriter."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        fill(book)
    return out.getvalue()


def xlsx_grid(grid: Sequence[Sequence[object]], name: str = "Sheet1") -> bytes:
    """A workbook of one sheet; see `xlsx_grids`."""
    return xlsx_grids({name: grid})


def xlsx_grids(grids: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook of these sheets: texts as texts, numbers as numbers, None not at all."""

    def fill(book: xlsxwriter.Workbook) -> None:
        for name, grid in grids.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(grid):
                for j, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(i, j, value)
                    elif value is not None:
                        sheet.write_number(i, j, value)

    return xlsx(fill, nan_inf_to_errors=True)


def package(sheets: Mapping[str, str], after: str = "") -> bytes:
    """An xlsx whose sheets have this as sheetData, and all of them the same after it."""
    listed = "".join(f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
            "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{related}</Relationships>',
            **{
                f"xl/worksheets/sheet{i}.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData>'
                f"{after}</worksheet>"
                for i, data in enumerate(sheets.values(), 1)
            },
        }
    )


# --- xlsb ------------------------------------------------------------------------------------------------------------


def _record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(data)
    return head + (bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(name: str, cells: Mapping[tuple[int, int], object], merged: tuple[int, int, int, int] | None = None) -> bytes:
    """A binary workbook of one sheet: texts, floats, and error codes as ints; `merged` is rows from, to, columns."""
    data = _record(0x81) + _record(0x94, bytes(16)) + _record(0x91)
    row = -1
    for (at, column), value in sorted(cells.items()):
        if at != row:
            data += _record(0, struct.pack("<I", at) + bytes(13))
        row, place = at, struct.pack("<II", column, 0)
        if isinstance(value, str):
            data += _record(6, place + _wide(value))
        elif isinstance(value, float):
            data += _record(5, place + struct.pack("<d", value))
        else:
            data += _record(3, place + struct.pack("<B", value))
    data += _record(0x92)
    if merged:
        data += _record(177, struct.pack("<I", 1)) + _record(176, struct.pack("<4I", *merged)) + _record(178)
    book = _record(0x83) + _record(0x8F) + _record(0x9C, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name))
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
            "xl/workbook.bin": book + _record(0x90) + _record(0x84),
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
            f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
            "xl/worksheets/sheet1.bin": data + _record(0x82),
        }
    )


# --- ods and SpreadsheetML -------------------------------------------------------------------------------------------


def ods(tables: str, styles: str = "", prolog: str = "", manifest: str = "") -> bytes:
    """An OpenDocument workbook with these tables."""
    names = {"office": "office", "table": "table", "text": "text", "style": "style"}
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for short, name in names.items()
    )
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<office:document-content {spaces}>'
            f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def ods_cell(text: str, **more: object) -> str:
    """A cell of text; `more` are attributes, with "__" for ":" and "_" for "-"."""
    written = "".join(f' {name.replace("__", ":").replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<table:table-cell office:value-type="string"{written}><text:p>{escape(text)}</text:p></table:table-cell>'


def spreadsheet(sheets: str, encoding: str = "UTF-8", prolog: str = "") -> str:
    """A workbook in the XML of Excel 2003."""
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<?mso-application progid="Excel.Sheet"?>{prolog}\n'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
        f' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">{sheets}</Workbook>'
    )
