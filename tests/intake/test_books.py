"""Workbooks: every format opens as the same grids of text, and no file harms or hangs."""

from __future__ import annotations

import datetime
import io
import os
import random
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import xlwt  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mujun.errors import DataError
from mujun.intake import book_grid, book_scan
from mujun.intake.books import is_book, open_book
from tests.intake.book_files import (
    contents,
    ods,
    ods_cell,
    package,
    pages,
    refusal,
    rows,
    spreadsheet,
    xlsb,
    xlsx,
    xlsx_grid,
    zipped,
)

if TYPE_CHECKING:
    from pathlib import Path

    import xlsxwriter  # type: ignore[import-untyped]

SAMPLE = [["企业名称", "税收"], ["甲公司", "3.5"], ["乙公司", "12"]]


def table(grid: list[list[str]], attributes: str = "") -> str:
    """A grid as a table of HTML."""
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in grid)
    return f"<table{attributes}>{lines}</table>"


def xls(fill: Any) -> bytes:
    """A workbook written by xlwt."""
    book, out = xlwt.Workbook(encoding="utf-8"), io.BytesIO()
    fill(book)
    book.save(out)
    return out.getvalue()


def small_xls(**_: Any) -> bytes:
    """`SAMPLE` as xls."""

    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("Sheet1")
        for i, (name, tax) in enumerate(SAMPLE):
            sheet.write(i, 0, name)
            sheet.write(i, 1, float(tax) if i else tax)

    return xls(fill)


def small_ods() -> bytes:
    """`SAMPLE` as ods."""
    body = "".join(
        f'<table:table-row>{ods_cell(name)}<table:table-cell office:value-type="float" office:value="{tax}"/>'
        "</table:table-row>"
        if i
        else f"<table:table-row>{ods_cell(name)}{ods_cell(tax)}</table:table-row>"
        for i, (name, tax) in enumerate(SAMPLE)
    )
    return ods(f'<table:table table:name="Sheet1">{body}</table:table>')


def small_xml() -> str:
    """`SAMPLE` as SpreadsheetML."""
    body = "".join(
        f'<Row><Cell><Data ss:Type="String">{name}</Data></Cell>'
        f'<Cell><Data ss:Type="{"Number" if i else "String"}">{tax}</Data></Cell></Row>'
        for i, (name, tax) in enumerate(SAMPLE)
    )
    return spreadsheet(f'<Worksheet ss:Name="Sheet1"><Table>{body}</Table></Worksheet>')


def small_xlsx() -> bytes:
    """`SAMPLE` as xlsx."""
    return xlsx_grid([SAMPLE[0], *([name, float(tax)] for name, tax in SAMPLE[1:])])


def small_xlsb() -> bytes:
    """`SAMPLE` as xlsb."""
    cells = {(i, j): float(cell) if i and j else cell for i, row in enumerate(SAMPLE) for j, cell in enumerate(row)}
    return xlsb("Sheet1", cells)


MAKERS: dict[str, Any] = {
    "xlsx": small_xlsx, "xlsb": small_xlsb, "xls": small_xls, "ods": small_ods, "xml": small_xml,
    "html": lambda: f"<html><body>{table(SAMPLE)}</body></html>",
}  # fmt: skip


# --- every format ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["数据.xls", "数据.xlsx", "数据.csv", "数据"])
@pytest.mark.parametrize("kind", MAKERS)
def test_every_format_gives_the_same_cells(tmp_path: Path, kind: str, name: str) -> None:
    """What a file is, its content says; its name makes no difference."""
    [page] = pages(tmp_path, MAKERS[kind](), name=name)
    assert page.rows == SAMPLE
    assert page.name == ("" if kind == "html" else "Sheet1")
    assert not page.hidden


@pytest.mark.parametrize(
    "head",
    ["企业名称,税收\n甲,1\n", "\ufeff企业名称\t税收", "<5万元,甲", "< 3", "PK,1", "", "a<table>", "mime,version"],
)
def test_text_is_no_workbook(head: str) -> None:
    """A text file is not taken for a workbook, even where its first cell begins with a sign of one."""
    assert not is_book(head.encode())


@pytest.mark.parametrize("kind", MAKERS)
def test_a_sheet_that_is_not_there(tmp_path: Path, kind: str) -> None:
    """A sheet that a file does not have is named, with the nearest and with those it has."""
    told = refusal(tmp_path, MAKERS[kind](), "Sheet2")
    assert "没有工作表“Sheet2”" in told
    assert ("最接近的是“Sheet1”" in told and "有的工作表：“Sheet1”" in told) == (kind != "html")


@pytest.mark.parametrize("kind", MAKERS)
def test_damage_is_told(tmp_path: Path, kind: str) -> None:
    """Whatever happens to the bytes of a file, it opens or is refused in words."""
    data = MAKERS[kind]()
    data = data.encode() if isinstance(data, str) else data
    path, chance = tmp_path / "a", random.Random(kind)  # noqa: S311
    for _ in range(60):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(broken[: chance.choice((len(data), chance.randrange(len(data))))]))
        try:
            open_book(path, "a")
        except DataError:
            continue


@pytest.mark.parametrize("kind", ["xlsx", "xlsb", "xls", "ods"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_still_being_copied(tmp_path: Path, kind: str, share: float) -> None:
    """A file cut short is said to be incomplete, perhaps still being copied."""
    data = MAKERS[kind]()
    told = refusal(tmp_path, data[: int(len(data) * share)])
    assert "不完整" in told
    assert "复制" in told


# --- xlsx ------------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=12)
NUMBERS = st.one_of(st.integers(-(10**15) + 1, 10**15 - 1), st.floats(allow_nan=False, allow_infinity=False))


def written(value: str | float | None) -> str:
    """How a cell should be read."""
    if value is None or isinstance(value, str):
        return value or ""
    as_float = float(f"{value:.16G}")  # as XlsxWriter writes it
    return repr(as_float) if abs(as_float) >= 1e15 or as_float % 1 else str(int(as_float))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grid=st.lists(st.lists(st.one_of(st.none(), TEXT, NUMBERS), max_size=5), min_size=1, max_size=6))
def test_any_grid_comes_back(tmp_path: Path, grid: list[list[str | float | None]]) -> None:
    """Texts come back as they are and numbers with their digits, each in its row and column."""
    cells = {(i, j): text for i, row in enumerate(grid) for j, cell in enumerate(row) if (text := written(cell))}
    if not cells:
        assert "没有任何内容" in refusal(tmp_path, xlsx_grid(grid))
        return
    read = rows(tmp_path, xlsx_grid(grid))
    assert {(i, j): text for i, row in enumerate(read) for j, text in enumerate(row) if text} == cells


def test_rows_and_columns_keep_their_numbers(tmp_path: Path) -> None:
    """Blank rows above and blank columns before the first cell are there."""
    assert rows(tmp_path, xlsx_grid([[], [], [None, None, "甲"]])) == [["", "", ""], ["", "", ""], ["", "", "甲"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (330702000012345.0, "330702000012345"), (9.13307e17, "9.13307e+17"), (-0.0, "0"), (2023, "2023"),
        (0.1, "0.1"), (-3.0, "-3"), (1e-7, "1e-07"), (999999999999999, "999999999999999"), (1e15, "1000000000000000.0"),
        (True, "TRUE"), (False, "FALSE"), (datetime.date(2021, 5, 3), "2021-05-03"),
        (datetime.datetime(2021, 5, 3, 8, 30), "2021-05-03 08:30:00"),  # noqa: DTZ001
        (datetime.time(8, 30), "08:30:00"),
    ],
)  # fmt: skip
def test_numbers_and_dates(tmp_path: Path, value: object, text: str) -> None:
    """Codes have no ".0"; of numbers whose digits are lost it shows; dates are ISO, with the time if there is one."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        if isinstance(value, datetime.datetime):
            sheet.write_datetime(0, 0, value, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        elif isinstance(value, datetime.date | datetime.time):
            shape = "hh:mm" if isinstance(value, datetime.time) else 'yyyy"年"m"月"d"日"'
            sheet.write_datetime(0, 0, value, book.add_format({"num_format": shape}))
        else:
            sheet.write(0, 0, value)

    assert rows(tmp_path, xlsx(fill)) == [[text]]


ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


def test_errors_are_spelt_out(tmp_path: Path) -> None:
    """A cell in error is not blank: it says which error, and the results of other formulas are read."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for j, error in enumerate(ERRORS):
            sheet.write_formula(1, j, "=A1/0", None, error)
        sheet.write_formula(1, len(ERRORS), '="a<b"', None, "a<b")

    assert rows(tmp_path, xlsx(fill))[1] == [*ERRORS, "a<b"]


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="2"><c t="e" r="B2"><v>#N/A</v></c><c r="C2"><v>5</v></c></row>',
        '<row r="2"><c/><c t="e"><v>#N/A</v></c><c><v>5</v></c></row>',
        """<row r='2'><c r='B2' t='e'><v>#N/A</v></c><c r="C2"><v>5</v></c></row>""",
        '<row r="2"><c r="B2"\n t="e"><f>A1<!-- x -->/0</f><v>#N/A</v></c><c r="C2"><v>5</v></c></row>',
        """<row r="2"><c r="B2" t = "e"><v>#N/A</v></c><c r="C2" t='n'><v>5</v></c></row>""",
        '<row r="2"><c r="A2"/><c r="B2" s="1" t="e"><f t="shared" si="0"/><v>#N/A</v></c><c r="C2"><v>5</v></c></row>',
    ],
)
def test_errors_however_they_are_written(tmp_path: Path, cells: str) -> None:
    """Cells that say their place last, not at all or in other quotes are found, too."""
    assert rows(tmp_path, package({"甲": cells})) == [["", "", ""], ["", "#N/A", "5"]]


def test_a_text_like_the_mark_of_an_error(tmp_path: Path) -> None:
    """A text may have in it what marks a cell as an error, and is no error."""
    text = """<c r="A1" t="inlineStr"><is><t>等级"e"或'e'</t></is></c>"""
    error = '<c r="B1" t="e"><v>#N/A</v></c>'
    assert rows(tmp_path, package({"甲": f'<row r="1">{text}{error}</row>'})) == [["等级\"e\"或'e'", "#N/A"]]


def test_merged_cells_are_filled(tmp_path: Path) -> None:
    """A name merged over several rows and a heading over several columns stand in each; nothing beyond the table."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:B1", "税收")
        sheet.write_row("A2", ["国税", "地税", "地块"])
        sheet.merge_range("A3:A4", "甲公司")
        sheet.write("C3", 1.5)
        sheet.write("C4", 2.5)
        sheet.merge_range("D10:F12", "")
        sheet.merge_range("C2:Z2", "地块")

    assert rows(tmp_path, xlsx(fill)) == [
        ["税收", "税收", ""], ["国税", "地税", "地块"], ["甲公司", "", "1.5"], ["甲公司", "", "2.5"]
    ]  # fmt: skip


def test_merged_cells_that_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merged ranges that would take for ever to fill are refused."""
    data = '<row r="1"><c r="A1"><v>1</v></c></row><row r="5"><c r="E5"><v>1</v></c></row>'
    merged = "<mergeCells>{}</mergeCells>"
    monkeypatch.setattr(book_grid, "MOST_CELLS", 60)
    assert rows(tmp_path, package({"甲": data}, merged.format('<mergeCell ref="A1:E5"/>' * 2))) == [["1"] * 5] * 5
    assert "重叠" in refusal(tmp_path, package({"甲": data}, merged.format('<mergeCell ref="A1:E5"/>' * 3)))


def test_sheets_by_name_and_hidden_ones(tmp_path: Path) -> None:
    """All sheets come in their order, hidden ones marked, charts not; one may be asked for."""

    def fill(book: xlsxwriter.Workbook) -> None:
        for name in ("孝顺镇", "空", "底稿", "极密"):
            sheet = book.add_worksheet(name)
            if name != "空":
                sheet.write(0, 0, name)
        book.worksheets()[2].hide()
        book.worksheets()[3].very_hidden()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=孝顺镇!$A$1:$A$1"})
        book.add_chartsheet("图").set_chart(chart)

    data = xlsx(fill)
    found = [(page.name, page.hidden, page.rows) for page in pages(tmp_path, data)]
    assert found == [
        ("孝顺镇", False, [["孝顺镇"]]), ("空", False, []), ("底稿", True, [["底稿"]]), ("极密", True, [["极密"]])
    ]  # fmt: skip
    assert [page.name for page in pages(tmp_path, data, "底稿")] == ["底稿"]
    assert "工作表“空”里没有任何内容" in refusal(tmp_path, data, "空")
    told = refusal(tmp_path, data, "孝顺")
    assert "最接近的是“孝顺镇”" in told
    assert "图" not in told


# --- what is too large -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["XFD1048576", "XFD1", "BXY2", "ZZ1000000"])
@pytest.mark.parametrize("first", ['r="A1"', "", "r='A1'"])
def test_a_lone_cell_far_away(tmp_path: Path, place: str, first: str) -> None:
    """A sheet that reaches too far is refused before memory is taken, and the cell is named."""
    data = f'<row r="1"><c {first}><v>1</v></c></row><row r="9"><c r="{place}" t="str"><v>x</v></c></row>'
    told = refusal(tmp_path, package({"好": "", "远": data}))
    assert "“远”" in told
    assert place in told
    assert "删除" in told


def test_a_glance_tells_cells_that_are_near_from_others() -> None:
    """A sheet with no cell but those the glance passes over fits; a cell farther off or written otherwise is seen."""
    row, column = book_scan._NEAR
    assert book_grid.cell_at("FZ99999") == (row, column)
    assert book_grid.fits(row + 1, column + 1)
    for name in ("A1", "Z99999", "AA1", "FZ99999"):
        assert not book_scan._NOT_NEAR.search(f'<cols><col/></cols><c r="{name}" s="1"><v>1</v></c>'.encode())
    for cell in ('<c r="GA1">', '<c r="A100000"/>', '<c r="AAA1">', '<c r="a1">', "<c>", "<c/>", '<c s="1" r="A1">'):
        assert book_scan._NOT_NEAR.search(cell.encode())


def test_far_cells_that_are_blank(tmp_path: Path) -> None:
    """Cells that are only coloured do not count, however far they reach."""
    far = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/><c r="XFC1" s="1"></c></row>'
    more = '<row r="1048576"><c r="B1048576" s="1"><v></v></c><c r="XFD1048576"><f>A1</f></c></row>'
    assert rows(tmp_path, package({"甲": far + more})) == [["1"]]


def test_cells_without_a_place_are_counted(tmp_path: Path) -> None:
    """Cells that do not say where they stand take room all the same."""
    data = "<row><c><v>1</v></c></row>" + '<row r="1048576">' + "<c><v>1</v></c>" * 30 + "</row>"
    assert "AD1048576" in refusal(tmp_path, package({"甲": data}))


def test_the_widest_sheet(tmp_path: Path) -> None:
    """2,000 columns are read, one more is refused."""
    assert len(rows(tmp_path, xlsx_grid([["x"] * book_grid.MOST_COLUMNS]))[0]) == book_grid.MOST_COLUMNS
    assert "BXY1" in refusal(tmp_path, xlsx_grid([["x"] * (book_grid.MOST_COLUMNS + 1)]))


def test_sheets_that_are_too_many_cells_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many sheets, each of which would fit, do not take memory without bounds."""
    monkeypatch.setattr("mujun.intake.books.MOST_CELLS", 30)

    def fill(book: xlsxwriter.Workbook) -> None:
        for _ in range(3):
            book.add_worksheet().write("F2", 1)

    assert "加起来" in refusal(tmp_path, xlsx(fill))


def test_zip_bombs(tmp_path: Path) -> None:
    """A member that inflates to hundreds of times its size is refused unread."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as member:
        for _ in range(130):
            member.write(b" " * (1 << 20))
    assert "大得异常" in refusal(tmp_path, out.getvalue())


def test_zips_that_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that inflates beyond what it declares is refused; the sum of all has a limit, too."""
    data = bytearray(package({"甲": '<row r="1"><c r="A1"><v>1</v></c></row>' + " " * 100_000}))
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = struct.pack("<I", 50)
    assert "损坏" in refusal(tmp_path, bytes(data))
    monkeypatch.setattr(book_scan, "MOST_BYTES", 1000)
    assert "大得异常" in refusal(tmp_path, small_xlsx())


@pytest.mark.parametrize("head", ["", "<c/>"])
def test_texts_that_are_too_many(tmp_path: Path, head: str) -> None:
    """A file that claims more texts than it has bytes is refused: memory would be set aside for them."""
    data = package({"甲": '<row r="1"><c r="A1"><v>1</v></c></row>'})
    members = {name: content for name, content in contents(data).items() if name != "xl/sharedStrings.xml"}
    claim = f'<x>{head}<sst uniqueCount="{2**40}"/></x>'
    assert "损坏" in refusal(tmp_path, zipped({**members, "xl/sharedStrings.xml": claim}))


def test_a_package_without_folders(tmp_path: Path) -> None:
    """Some programs do not put the parts of a workbook into the usual folders."""
    data = package({"甲": '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c></row>'})
    flat = {name.replace("xl/worksheets/", "").replace("xl/", ""): content for name, content in contents(data).items()}
    flat["_rels/.rels"] = flat["_rels/.rels"].replace(b"xl/workbook", b"workbook")
    flat["_rels/workbook.xml.rels"] = flat["_rels/workbook.xml.rels"].replace(b"worksheets/", b"")
    assert rows(tmp_path, zipped(flat)) == [["1", "#N/A"]]


def test_sheets_that_are_missing(tmp_path: Path) -> None:
    """A workbook that lacks a sheet it lists is damaged."""
    for data in (small_xlsx(), small_xlsb()):
        members = {name: content for name, content in contents(data).items() if "sheet1" not in name}
        assert "损坏" in refusal(tmp_path, zipped(members))


def test_large_sheets_are_seen_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a sheet is cut for looking at, its far cells and errors are found."""
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="e"><f>A1/0</f><v>#REF!</v></c></row>' for i in range(1, 40))
    far = '<row r="9"><c r="XFD9" s="1"/><c r="XFD1048576"><v>1</v></c></row>'
    for size in (30, 64, 101, 257):
        monkeypatch.setattr(book_scan, "_PIECE", size)
        assert rows(tmp_path, package({"甲": cells})) == [["#REF!"]] * 39
        assert "XFD1048576" in refusal(tmp_path, package({"甲": cells + far}))


@pytest.mark.parametrize("name", ["A1", "Z1", "AA10", "AZ7", "XFD1048576", "ZZ99"])
def test_names_of_cells(name: str) -> None:
    """Cells are named as Excel does, both ways."""
    assert book_grid.cell_name(book_grid.cell_at(name)) == name


# --- xls and xlsb ----------------------------------------------------------------------------------------------------


def test_xls_with_all_it_can_hold(tmp_path: Path) -> None:
    """Errors, dates, merged cells, hidden sheets and row numbers of the old format are read."""

    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("孝顺镇")
        sheet.write_merge(2, 3, 1, 1, "甲公司")
        sheet.write(2, 2, 330702000012345.0)
        sheet.write(2, 3, datetime.date(2021, 5, 3), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
        sheet.write(2, 4, True)
        sheet.row(2).set_cell_error(5, "#DIV/0!")
        sheet.row(2).set_cell_error(6, 42)
        sheet.write(3, 2, 5.5)
        hidden = book.add_sheet("底稿")
        hidden.visibility = 1
        hidden.write(0, 0, "x")

    data = xls(fill)
    first, second = pages(tmp_path, data)
    assert first.rows[:2] == [[""] * 7] * 2
    assert first.rows[2] == ["", "甲公司", "330702000012345", "2021-05-03", "TRUE", "#DIV/0!", "#N/A"]
    assert first.rows[3][1:3] == ["甲公司", "5.5"]
    assert (second.name, second.hidden, second.rows) == ("底稿", True, [["x"]])
    assert "最接近的是“孝顺镇”" in refusal(tmp_path, data, "孝顺")


def test_formulas_of_xls_in_error(tmp_path: Path) -> None:
    """The error that a formula of an xls file came to is read; without it the cell would be blank."""

    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("甲")
        sheet.write(0, 0, "x")
        sheet.write(0, 1, xlwt.Formula("A1/0"))

    data = bytearray(xls(fill))
    [found] = re.finditer(rb"\x06\x00..\x00\x00\x01\x00..", data, re.DOTALL)
    at = found.end()
    data[at : at + 8] = b"\x02\x00\x07\x00\x00\x00\xff\xff"
    assert rows(tmp_path, bytes(data)) == [["x", "#DIV/0!"]]


def test_large_xls(tmp_path: Path) -> None:
    """A file of many sectors is followed through its tables."""

    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("甲")
        for i in range(20_000):
            sheet.write(i, 0, f"企业{i}")
            sheet.write(i, 1, i + 0.5)
        sheet.row(20_000).set_cell_error(0, "#REF!")

    data = xls(fill)
    assert len(data) > 1_000_000
    read = rows(tmp_path, data)
    assert read[19_999] == ["企业19999", "19999.5"]
    assert read[20_000] == ["#REF!", ""]


def ole(*names: str) -> bytes:
    """A container with empty streams of these names."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    struct.pack_into("<HHHHH", head, 24, 62, 3, 0xFFFE, 9, 6)
    struct.pack_into("<6I", head, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0)
    struct.pack_into("<2I", head, 68, 0xFFFFFFFE, 0)
    head[76:] = struct.pack("<I", 0) + b"\xff" * 432
    folder = b""
    for number, (name, kind) in enumerate([("Root Entry", 5), *((name, 2) for name in names)]):
        text = name.encode("utf-16-le")
        links = (0xFFFFFFFF, number + 1 if number else 0xFFFFFFFF, 0xFFFFFFFF if number else 1)
        folder += text.ljust(64, b"\0") + struct.pack("<HBB3I48x", len(text) + 2, kind, 1, *links)
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504
    return bytes(head) + table + folder.ljust(512, b"\0")


def test_containers_that_are_no_workbook(tmp_path: Path) -> None:
    """An encrypted workbook, a Word document and others in the same container are told apart."""
    assert "设有打开密码" in refusal(tmp_path, ole("EncryptionInfo", "EncryptedPackage"))
    assert "是Word 文档" in refusal(tmp_path, ole("WordDocument"))
    assert "不是工作簿" in refusal(tmp_path, ole("Sonst"))


def test_an_encrypted_xls(tmp_path: Path) -> None:
    """An xls file with a password is refused, whatever the kind of encryption."""
    data = small_xls()
    at = data.index(b"\x09\x08\x10\x00", 512) + 20
    assert "设有打开密码" in refusal(tmp_path, data[: at - 0] + b"\x2f\x00\x04\x00" + data[at + 4 :])


def test_xls_beyond_its_bounds(tmp_path: Path) -> None:
    """An xls file with a cell where none can be is refused before memory is taken; what it claims does not matter."""

    def fill(book: xlwt.Workbook) -> None:
        sheet = book.add_sheet("甲")
        sheet.write(0, 0, 1.5)
        sheet.write(40_000, 200, 2.5)

    data = xls(fill)
    place = struct.pack("<HH", 40_000, 200)
    assert data.count(place) == 1
    assert "CJRT40001" not in refusal(tmp_path, data.replace(place, struct.pack("<HH", 40_000, 60_000)))
    claimed = struct.pack("<IIHH", 0, 40_001, 0, 201)
    assert data.count(claimed) == 1
    for claim in ((0, 2**32 - 1, 0, 65_535), (2**31, 3, 0, 2)):
        assert len(rows(tmp_path, data.replace(claimed, struct.pack("<IIHH", *claim)))) == 40_001


def test_xlsb(tmp_path: Path) -> None:
    """Binary workbooks are read with their errors and merged cells, and refused where they reach too far."""
    cells: dict[tuple[int, int], object] = {(1, 1): "甲公司", (1, 2): 2.5, (2, 2): 0x07, (2, 3): 0x2A}
    found = rows(tmp_path, xlsb("甲", cells, (1, 2, 1, 1)))
    assert found == [[""] * 4, ["", "甲公司", "2.5", ""], ["", "甲公司", "#DIV/0!", "#N/A"]]
    assert "XFD1048576" in refusal(tmp_path, xlsb("甲", {**cells, (1_048_575, 16_383): "x"}))


# --- ods -------------------------------------------------------------------------------------------------------------


def test_ods_with_all_it_can_hold(tmp_path: Path) -> None:
    """Repeats, merged cells, errors, dates, notes and hidden sheets of OpenDocument are read."""
    styles = """<style:style style:name="h" style:family="table">
      <style:table-properties table:display="false"/></style:style>"""
    error = '<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error">'
    note = "<office:annotation><text:p>批注</text:p></office:annotation>"
    wide = '<table:table-cell table:style-name="x" table:number-columns-repeated="16384"/>'
    first = f"""<table:table table:name="甲"><table:table-column table:number-columns-repeated="16384"/>
      <table:table-row table:number-rows-repeated="2">{wide}</table:table-row>
      <table:table-header-rows><table:table-row><table:table-cell table:number-columns-repeated="1"/>
        {ods_cell("税收", table__number_columns_spanned="2")}<table:covered-table-cell/>
      </table:table-row></table:table-header-rows>
      <table:table-row table:number-rows-repeated="2"><table:table-cell/>
        <table:table-cell office:value-type="float" office:value="3.0" table:number-columns-repeated="2"/>
        {error}<text:p>#DIV/0!</text:p></table:table-cell></table:table-row>
      <table:table-row><table:table-cell/>
        <table:table-cell office:value-type="date" office:date-value="2021-05-03"/>
        <table:table-cell office:value-type="date" office:date-value="2021-05-03T08:30:00"/>
        <table:table-cell office:value-type="boolean" office:boolean-value="true"/>
        <table:table-cell office:value-type="time" office:time-value="PT08H30M00S"/>
        <table:table-cell office:value-type="percentage" office:value="0.8"/>
        <table:table-cell office:value-type="string">{note}
          <text:p>甲<text:s text:c="2"/><text:span>乙</text:span>丙</text:p><text:p>丁</text:p>
        </table:table-cell></table:table-row>
      <table:table-row table:number-rows-repeated="1048000">{wide}</table:table-row></table:table>"""
    second = f"""<table:table table:name="底稿" table:style-name="h">
      <table:table-row>{ods_cell("x")}</table:table-row></table:table>"""
    page, hidden = pages(tmp_path, ods(first + second, styles))
    assert page.rows == [
        [""] * 7, [""] * 7, ["", "税收", "税收", "", "", "", ""], *[["", "3", "3", "#DIV/0!", "", "", ""]] * 2,
        ["", "2021-05-03", "2021-05-03 08:30:00", "TRUE", "08:30:00", "0.8", "甲  乙丙\n丁"],
    ]  # fmt: skip
    assert (hidden.name, hidden.hidden, hidden.rows) == ("底稿", True, [["x"]])


MANY = ods_cell("x", table__number_columns_repeated=9)


@pytest.mark.parametrize(
    "row",
    [
        f"<table:table-row>{ods_cell('x', table__number_columns_repeated=16384)}</table:table-row>",
        f'<table:table-row table:number-rows-repeated="1048577">{ods_cell("x")}</table:table-row>',
        f'<table:table-row table:number-rows-repeated="9999999999"/><table:table-row>{ods_cell("x")}</table:table-row>',
        f'<table:table-row><table:table-cell table:number-columns-repeated="99999"/>{ods_cell("x")}</table:table-row>',
        f'<table:table-row table:number-rows-repeated="99999">{MANY}</table:table-row>',
    ],
)
def test_ods_that_repeats_too_much(tmp_path: Path, row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that repeat a few bytes into millions are refused."""
    monkeypatch.setattr(book_grid, "MOST_CELLS", 100_000)
    assert "一直写到" in refusal(tmp_path, ods(f'<table:table table:name="甲">{row}</table:table>'))


def test_tables_within_cells_of_ods(tmp_path: Path) -> None:
    """A table within a cell is no sheet and adds no rows."""
    inner = (
        f'<table:table table:name="内"><table:table-row>{ods_cell("y")}{ods_cell("z")}</table:table-row></table:table>'
    )
    cell = ods_cell("x").replace("</table:table-cell>", f"{inner}</table:table-cell>")
    body = f"<table:table-row>{cell}</table:table-row><table:table-row>{ods_cell('w')}</table:table-row>"
    assert rows(tmp_path, ods(f'<table:table table:name="外">{body}</table:table>')) == [["x"], ["w"]]


def test_other_zips(tmp_path: Path) -> None:
    """What else is a zip is told apart: documents, encrypted workbooks, archives."""
    assert "Word 文档" in refusal(tmp_path, zipped({"[Content_Types].xml": "", "word/document.xml": "<w/>"}))
    assert "压缩包" in refusal(tmp_path, zipped({"甲.xlsx": small_xlsx(), "乙.csv": "a,b"}))
    assert "压缩包" in refusal(tmp_path, zipped({}))
    assert "密码" in refusal(tmp_path, ods("", manifest="<encryption-data/>"))
    text = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"})
    assert "其他 OpenDocument 文档" in refusal(tmp_path, text)


# --- SpreadsheetML ---------------------------------------------------------------------------------------------------


X = '<Cell><Data ss:Type="String">x</Data></Cell>'


def sheet(body: str, name: str = "表", more: str = "") -> str:
    """One sheet of SpreadsheetML."""
    return f'<Worksheet ss:Name="{name}"><Table>{body}</Table>{more}</Worksheet>'


def test_spreadsheet_xml_with_all_it_can_hold(tmp_path: Path) -> None:
    """Places, merged cells, types and hidden sheets of Excel's older XML are read."""
    body = """<Column ss:Index="2"/><Row ss:Index="2">
      <Cell ss:Index="2" ss:MergeAcross="1"><Data ss:Type="String">税收</Data></Cell>
      <Cell ss:MergeDown="1"><ss:Data ss:Type="String"><B xmlns="http://www.w3.org/TR/REC-html40">甲</B>公司</ss:Data>
      <Comment><ss:Data>批注</ss:Data></Comment></Cell></Row>
      <Row><Cell><Data ss:Type="Number">3.0</Data></Cell><Cell><Data ss:Type="Number">913307020000123456</Data></Cell>
      <Cell><Data ss:Type="DateTime">2021-05-03T00:00:00.000</Data></Cell></Row>
      <Row><Cell><Data ss:Type="Error">#DIV/0!</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell>
      <Cell><Data ss:Type="DateTime">2021-05-03T08:30:00.000</Data></Cell><Cell ss:StyleID="s1"/></Row>"""
    hidden = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>"
    data = spreadsheet(sheet(body, "孝顺镇") + sheet("<Row>" + X + "</Row>", "底稿", hidden))
    first, last = pages(tmp_path, data)
    assert first.name == "孝顺镇"
    assert first.rows == [
        [""] * 4, ["", "税收", "税收", "甲公司"], ["3", "913307020000123456", "2021-05-03", "甲公司"],
        ["#DIV/0!", "TRUE", "2021-05-03 08:30:00", ""],
    ]  # fmt: skip
    assert (last.name, last.hidden) == ("底稿", True)


def test_spreadsheet_xml_in_gbk(tmp_path: Path) -> None:
    """XML that says gb2312 is read as GB18030: names have rarer characters."""
    body = '<Row><Cell><Data ss:Type="String">金华湉岑镕</Data></Cell></Row>'
    assert rows(tmp_path, spreadsheet(sheet(body), "gb2312").encode("gb18030")) == [["金华湉岑镕"]]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(8)
)


def test_entities_and_depth_in_xml(tmp_path: Path) -> None:
    """Files that unfold into gigabytes, or nest without end, are refused at once."""
    laugh = sheet('<Row><Cell><Data ss:Type="String">&i;</Data></Cell></Row>')
    assert "实体" in refusal(tmp_path, spreadsheet(laugh, prolog=LAUGHS + "]>"))
    body = f'<table:table table:name="甲"><table:table-row>{ods_cell("x")}</table:table-row></table:table>'
    assert "实体" in refusal(tmp_path, ods(body, prolog=LAUGHS + "]>"))
    external = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
    assert "实体" in refusal(tmp_path, spreadsheet(laugh, prolog=external))
    assert "损坏" in refusal(tmp_path, spreadsheet("<a>" * 5000 + "</a>" * 5000))
    far = sheet('<Row ss:Index="{}"><Cell ss:Index="{}"><Data ss:Type="String">x</Data></Cell></Row>')
    assert "XFD1048576" in refusal(tmp_path, spreadsheet(far.format(1048576, 16384)))
    assert "损坏" in refusal(tmp_path, spreadsheet(far.format(-5, 1)))
    assert "是 XML，但不是表格" in refusal(tmp_path, '<?xml version="1.0"?><数据><行/></数据>')


# --- HTML ------------------------------------------------------------------------------------------------------------

ENCODED = [
    (encoding, said)
    for encoding, said in [
        ("utf-8", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "GBK"), ("utf-8-sig", "gb2312"), ("utf-16", "utf-8"),
        ("gb18030", "utf-8"), ("gb18030", ""), ("utf-8", ""), ("utf-8", "iso-8859-1"), ("big5hkscs", "big5"),
    ]
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "said"), ENCODED)
def test_encodings_of_web_pages(tmp_path: Path, encoding: str, said: str) -> None:
    """A mark at the beginning decides, then what the page says, then whether it is UTF-8."""
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={said}">' if said else ""
    name = "金華工具" if encoding == "big5hkscs" else "金华湉岑工具"
    assert rows(tmp_path, f"<html><head>{meta}</head>{table([[name]])}".encode(encoding)) == [[name]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("\n   甲公司\n  ", "甲公司"), ("甲<br>乙", "甲 乙"), ("<p>甲</p><p>乙</p>", "甲  乙"), ("&nbsp;", ""),
        ("&nbsp;甲&lt;乙&amp;", " 甲<乙&"), ("<b>甲</b>公<i>司</i>", "甲公司"), ("甲<!-- 注 -->乙", "甲乙"),
        ("<style>p{}</style>甲<script>x()</script>", "甲"), ("<table><tr><td>3.5</td></tr></table>", "3.5"),
        ("甲　乙", "甲　乙"), ("&#20013;", "中"),
    ],
)  # fmt: skip
def test_text_of_web_cells(tmp_path: Path, cell: str, text: str) -> None:
    """A cell is what a browser shows of it, in one line."""
    [row] = rows(tmp_path, f"<TABLE border=1><tr><td>{cell}<td>x</TABLE>")
    assert [part.replace("  ", " ") for part in row] == [text.replace("  ", " "), "x"]


def test_exact_numbers_of_web_cells(tmp_path: Path) -> None:
    """Where Excel shows a rounded number and keeps the exact one beside it, the exact one is read."""
    cells = '<td x:num="12345.678">12,345.68</td><td x:num="44319">2021年5月</td><td x:num>7</td>'
    assert rows(tmp_path, f"<table><tr>{cells}</tr></table>") == [["12345.678", "2021年5月", "7"]]


def test_spans_of_web_tables(tmp_path: Path) -> None:
    """Cells over several rows and columns stand in each, and others make room for them."""
    page = """<table><thead><tr><th rowspan=2>企业<th colspan=2>税收<th rowspan="2">地块</tr>
    <tr><th>国税<th>地税</tr></thead>
    <tbody><tr><td rowspan=0>甲<td>1<td>2<td>3</tr><tr><td>4<td>5<td>6</tr></tbody></table>"""
    assert rows(tmp_path, page) == [
        ["企业", "税收", "税收", "地块"], ["企业", "国税", "地税", "地块"], ["甲", "1", "2", "3"], ["甲", "4", "5", "6"]
    ]  # fmt: skip


WEB_CELLS = st.sampled_from(["", "甲公司", "1,2", " a  b ", "&nbsp;", "\u3000x", "\n", "&amp;", "x&nbsp;y", "5 "])
SPANS = st.sampled_from(["", "", "", "", " rowspan=2", " colspan=2", " rowspan=3 colspan=2"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grid=st.lists(st.lists(st.tuples(SPANS, WEB_CELLS), max_size=4), min_size=1, max_size=6))
def test_rows_of_web_tables_are_read_alike(tmp_path: Path, grid: list[list[tuple[str, str]]]) -> None:
    """A row of cells that say nothing but their text is read as one with attributes, which is taken cell by cell."""

    def page(look: str) -> str:
        lines = ("".join(f"<td{span}{look}>{cell}</td>" for span, cell in row) for row in grid)
        return f"<table><tr><td>甲</td></tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"

    assert rows(tmp_path, page("")) == rows(tmp_path, page(" class=x"))


def test_several_tables(tmp_path: Path) -> None:
    """Each table is a sheet of its own, found by its number."""
    page = f"<html>{table([['甲']])}<p>以下</p>{table([['', '']])}{table([['乙']])}</html>"
    assert [(found.name, found.rows) for found in pages(tmp_path, page)] == [("表1", [["甲"]]), ("表2", [["乙"]])]
    assert [found.rows for found in pages(tmp_path, page, "表2")] == [[["乙"]]]
    assert "最接近的是“表" in refusal(tmp_path, page, "表3")


def test_layout_tables_do_not_double_the_data(tmp_path: Path) -> None:
    """Tables that only lay out the page are not data; what stands in them beside the data is not lost."""
    inner = table(SAMPLE)
    assert rows(tmp_path, f"<table><tr><td><table><tr><td>{inner}</td></tr></table></td></tr></table>") == SAMPLE
    title, data = pages(tmp_path, f"<table><tr><td>2023年报表</td></tr><tr><td>{inner}</td></tr></table>")
    assert (title.rows, data.rows) == ([["2023年报表"]], SAMPLE)


@pytest.mark.parametrize(
    "page",
    [
        "<tr><td>甲<td>1<tr><td>乙<td>2</table>",
        "<table><form><tr><td>甲<td>1</form><tr><td>乙<td>2</table>",
        "<table><td>甲<td>1<tr><td>乙<td>2</table>",
    ],
)
def test_careless_web_pages(tmp_path: Path, page: str) -> None:
    """Rows without a table or without ends are read as browsers do."""
    assert rows(tmp_path, page) == [["甲", "1"], ["乙", "2"]]


def test_a_web_page_cut_short(tmp_path: Path) -> None:
    """A page that ends within its table may lack rows, and is not read as if it were whole."""
    page = f"<html><body>{table(SAMPLE)}</body></html>"
    assert "没有结尾" in refusal(tmp_path, page[: page.index("乙公司")])


def test_web_pages_beyond_bounds(tmp_path: Path) -> None:
    """Pages nested without end, with endless text, too many columns or overlapping spans are refused, not cut short."""
    assert "层层嵌套" in refusal(tmp_path, "<table><tr><td>" + "<div>" * 3000 + "x")
    assert "层层嵌套" in refusal(tmp_path, "<table><tr><td>" + "<table><tr><td>1<td>" * 300 + "x")
    assert "长得异常" in refusal(tmp_path, "<table><tr><td>" + "y" * 11_000_000)
    assert "BXY1" in refusal(tmp_path, table([["x"] * 2001]))
    assert "一直写到" in refusal(
        tmp_path, "<table>" + "<tr><td rowspan=60000 colspan=1000>x</td></tr>" * 3 + "</table>"
    )
    assert "NUL" in refusal(tmp_path, table([["a\0b"]]))
    assert "没有表格" in refusal(tmp_path, "<html><body>请先登录</body></html>")
    assert "没有任何内容" in refusal(tmp_path, "<table><tr><td>&nbsp;</td></tr></table>")
    assert "文字编码" in refusal(tmp_path, b"<table><tr><td>\xff\xff\x80\x80</td></tr></table>")


# --- files that cannot be read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "是空文件"), (b"\0" * 100, "是空文件"), ("企业名称,税收\n甲,1\n", "不是工作簿"),
        (b"\x09\x08\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00", "很旧的 Excel 格式"),
        ("MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>", "MHTML"),
        (b"PK\x03\x04", "不完整"), (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "不完整"),
    ],
)  # fmt: skip
def test_files_that_are_none(tmp_path: Path, data: bytes | str, told: str) -> None:
    """Whatever else is given as a workbook is refused in words that say what it is."""
    assert told in refusal(tmp_path, data)


def test_the_mark_of_an_open_file(tmp_path: Path) -> None:
    """What Excel lays beside an open workbook is told apart from it."""
    assert "临时文件" in refusal(tmp_path, b"\x06Zhang " + b" " * 150, name="~$数据.xlsx")
    assert pages(tmp_path, small_xlsx(), name="~$数据.xlsx")[0].rows == SAMPLE


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    """A folder, a missing file, a file for others, a pipe and a path that cannot be are told apart."""

    def told(path: Path) -> str:
        with pytest.raises(DataError) as caught:
            open_book(path, "数据.xlsx")
        return str(caught.value)

    assert "是文件夹" in told(tmp_path)
    assert "没有文件“数据.xlsx”" in told(tmp_path / "a.xlsx")
    (tmp_path / "f").write_bytes(b"x")
    assert "没有文件" in told(tmp_path / "f" / "a.xlsx")
    assert "名称太长" in told(tmp_path / ("x" * 300))
    assert "无法读取" in told(tmp_path / "a\0b")
    os.mkfifo(tmp_path / "pipe")
    assert "不是普通文件" in told(tmp_path / "pipe")


def test_a_file_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read, or that another program holds, says so."""

    def deny(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", deny)
    assert "没有读取“数据.xls”的权限" in refusal(tmp_path, small_xlsx())
