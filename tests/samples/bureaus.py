"""The four bureau files read in plain Python, apart from mujun and from the script that writes them.

Nothing is shared with either: what a file says is worked out here once more, so that a figure which only looks right
to its own writer is caught.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from fractions import Fraction
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import msgspec
from python_calamine import load_workbook

if TYPE_CHECKING:
    from pathlib import Path

MISSING = {"", "-", "--", "—", "/", "无", "#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?"}

# Header as written, without its brackets: column of data.csv, and what one of its unit is in the unit of data.csv
FIGURES: dict[str, str] = {
    "实缴税金": "税收(万元)", "允许扣除的研发费用": "研发经费(万元)", "土地使用权面积": "自有用地(亩)",
    "自有用地面积": "自有用地(亩)", "租入用地面积": "租入用地(亩)", "承租用地面积": "租入用地(亩)",
    "出租用地面积": "租出用地(亩)", "用电量": "用电量(万千瓦时)", "营业收入": "销售收入(万元)",
    "工业总产值": "工业总产值(万元)", "工业增加值": "工业增加值(万元)", "用地面积": "用地面积(亩)",
    "综合能耗": "综合能耗(吨标煤)", "核定能耗": "核定能耗(吨标煤)", "主要污染物排放量": "排放当量(吨)",
    "核定排放量": "核定排放(吨)", "平均职工人数": "平均职工人数(人)", "土地利用率": "土地利用率",
    "产能利用率": "产能利用率", "能耗指标利用率": "能耗指标利用率", "排放指标利用率": "排放指标利用率",
}  # fmt: skip
WORDS = {
    "所属乡镇": "乡镇街道", "所在园区": "园区", "行业代码": "行业代码", "是否规上": "规上", "综合评价": "综合评价",
    "是否符合产业政策": "符合产业政策", "土地使用状态": "土地状态", "是否进入交易": "进入交易",
    "有无开发意愿": "开发意愿",
}  # fmt: skip
CODES = {"统一社会信用代码", "信用代码", "纳税人识别号"}
NAMES = {"企业名称", "单位名称", "单位详细名称", "纳税人名称"}
YEARS = {"年度", "年份", "所属年度", "数据年份"}
PARTS = {"户号", "宗地号", "地块编号"}
SUMMED = ("自有用地(亩)", "租入用地(亩)", "租出用地(亩)", "用电量(万千瓦时)")
MEANINGS: dict[str, dict[str, str]] = {
    "规上": {"规上": "是", "规下": "否", "1": "是", "0": "否", "√": "是", "×": "否"},
    "符合产业政策": {"√": "是", "×": "否"},
    "进入交易": {"√": "是", "×": "否"},
    "土地状态": {"在用": "正常", "空置": "闲置"},
    "开发意愿": {"有意愿": "有", "无意愿": "无"},
    "综合评价": {"A类": "A", "B档": "B", "C类": "C", "D档": "D"},
}
UNITS = {
    "元": Fraction(1, 10_000), "千元": Fraction(1, 10), "万元": Fraction(1), "亿元": Fraction(10_000),
    "m2": Fraction(15, 10_000), "平方米": Fraction(15, 10_000), "亩": Fraction(1), "千瓦时": Fraction(1, 10_000),
    "度": Fraction(1, 10_000), "万千瓦时": Fraction(1), "吨标准煤": Fraction(1), "吨": Fraction(1), "人": Fraction(1),
}  # fmt: skip

Seen = tuple[str, str, int, str, str]
"""A finding: file, sheet, row, column, code."""


class Sheet(msgspec.Struct):
    """A sheet as rows of text, merged cells filled in; `header` is the row of column names, from 0."""

    file: str
    name: str
    rows: list[list[str]]
    header: int
    columns: list[str]
    units: list[str]
    first: int

    def __repr__(self) -> str:
        """Short: a test that fails shows what it works on."""
        return f"Sheet({self.file}, {self.name})"


class Record(msgspec.Struct):
    """One row about a firm: what it says by column of data.csv, figures in the unit of data.csv."""

    file: str
    sheet: str
    row: int
    code: str
    name: str
    year: str
    part: str
    figures: dict[str, Fraction | None]
    words: dict[str, str | None]


class District(msgspec.Struct):
    """Everything in the four files, and what was odd about them."""

    sheets: list[Sheet]
    records: list[Record]
    seen: set[Seen]
    sums: dict[tuple[str, str, int], bool]

    def __repr__(self) -> str:
        """Short: a test that fails shows what it works on."""
        return "District(…)"


# --- files as rows of text ------------------------------------------------------------------------------------------


class _Table(HTMLParser):
    """The cells of the one table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("td", "th")
        if self.inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def table_of_page(path: Path) -> list[list[str]]:
    """The rows of an .xls that is HTML."""
    table = _Table()
    table.feed(path.read_bytes().decode("gbk"))
    return table.rows


def sheets_of_book(path: Path) -> dict[str, list[list[str]]]:
    """The rows of each sheet, every cell of a merged range with the text of its first."""
    book, sheets = load_workbook(path), {}
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            for row in range(top, bottom + 1):
                rows[row][left : right + 1] = [rows[top][left]] * (right + 1 - left)
        sheets[name] = rows
    return sheets


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def open_sheets(folder: Path) -> list[Sheet]:
    """All sheets of the four files."""
    sheets = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".csv":
            text = path.read_bytes().decode("gb18030")
            found = {"": list(csv.reader(text.split("\r\n")[:-1]))}
        else:
            found = {"": table_of_page(path)} if path.suffix == ".xls" else sheets_of_book(path)
        for name, rows in found.items():
            header = next(i for i, row in enumerate(rows) if YEARS & set(row))
            columns, first = rows[header], header + 1
            units = [match[1] if (match := re.search(r"\((.+)\)$", _fold(column))) else "" for column in columns]
            if name == "产出":  # two lines of header, then the units
                columns, units, first = rows[header + 1], rows[header + 2], header + 3
            elif path.name.startswith("税务"):
                units = [unit or "元" for unit in units]  # as the title says
            sheets.append(Sheet(path.name, name, rows, header, columns, units, first))
    return sheets


# --- rows as records ------------------------------------------------------------------------------------------------


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def read(folder: Path) -> District:
    """Read the four files; rows that are no enterprise are only noted, doubles are dropped."""
    district = District(open_sheets(folder), [], set(), {})
    for sheet in district.sheets:
        if sheet.header:
            district.seen.add((sheet.file, sheet.name, 0, "", "M105"))
        _read_sheet(sheet, district)
    codes: dict[str, set[str]] = {}
    for record in district.records:
        if record.code:
            codes.setdefault(bare_name(record.name), set()).add(record.code)
    for record in district.records:
        if not record.code:
            [record.code] = codes[bare_name(record.name)]
    return district


def bare_name(name: str) -> str:
    """A name as compared: full-width signs folded, no blanks."""
    return re.sub(r"\s", "", _fold(name))


def _read_sheet(sheet: Sheet, district: District) -> None:
    written: set[tuple[str, ...]] = set()
    above: list[Record] = []
    since = 0
    for number, row in enumerate(sheet.rows[sheet.first :], start=sheet.first + 1):
        place = (sheet.file, sheet.name, number)
        texts = [re.sub(r"\s", "", cell) for cell in row if cell.strip()]
        if not texts:
            continue
        if row == sheet.columns:
            district.seen.add((*place, "", "M314"))
        elif {"合计", "小计", "平均"} & set(texts):
            right = _adds_up(sheet, row, above[since:] if "小计" in texts else above, mean="平均" in texts)
            since = len(above)
            district.sums[place] = right
            district.seen.add((*place, "", "M311" if right else "M312"))
        elif len(set(texts)) == 1:
            district.seen.add((*place, "", "M313"))
        else:
            record = _record(sheet, number, row, district.seen)
            cells = tuple(cell for cell, column in zip(row, sheet.columns, strict=True) if column != "序号")
            if cells in written:
                district.seen.add((*place, "", "M302"))
                # Whether or not a double counts, the sums are to be the same.
                assert not any(record.figures.values()) or not _has_totals(sheet)
                continue
            written.add(cells)
            above.append(record)
            district.records.append(record)


def _has_totals(sheet: Sheet) -> bool:
    return any(re.sub(r"\s", "", cell) in ("合计", "小计") for row in sheet.rows for cell in row[:3])


def _record(sheet: Sheet, number: int, row: list[str], seen: set[Seen]) -> Record:
    record = Record(sheet.file, sheet.name, number, "", "", "", "", {}, {})
    for cell, header, unit in zip(row, sheet.columns, sheet.units, strict=True):
        column, text = _fold(header).split("(")[0], _fold(cell)
        if header in CODES:
            record.code = _code(sheet, number, header, text, seen)
        elif header in NAMES:
            record.name = cell.strip()
            if not record.code:
                seen.add((sheet.file, sheet.name, number, header, "M321"))
        elif header in YEARS:
            record.year = text[:4]
        elif header in PARTS:
            record.part = text
        elif column in FIGURES:
            record.figures[FIGURES[column]] = _figure(sheet, number, header, text, unit, seen)
        elif column in WORDS:
            meaning = MEANINGS.get(WORDS[column], {}).get(text, text)
            missing = text in MISSING and not (text == "无" and column == "有无开发意愿")
            record.words[WORDS[column]] = None if missing else meaning
    return record


def _code(sheet: Sheet, number: int, header: str, text: str, seen: set[Seen]) -> str:
    """A code, or the empty string where there is none to be read."""
    code = text.lstrip("'").upper()
    if re.fullmatch(r"[0-9A-Z]{18}", code):
        return code
    if re.fullmatch(r"9\.\d+E\+17", code):
        seen.add((sheet.file, sheet.name, number, header, "M208"))
    else:
        assert code in MISSING, code
    return ""


def _figure(sheet: Sheet, number: int, header: str, text: str, unit: str, seen: set[Seen]) -> Fraction | None:
    """A cell in the unit of data.csv."""
    if text.startswith("#"):
        seen.add((sheet.file, sheet.name, number, header, "M202"))
    if text in MISSING:
        return None
    match = re.fullmatch(r"((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?) ?(\D.*)?", text)
    assert match, (sheet.file, sheet.name, number, header, text)
    value = Fraction(match[1].replace(",", ""))
    if match[2] == "%":
        return value / 100
    if match[2]:
        seen.add((sheet.file, sheet.name, number, header, "M207"))
    unit = match[2] or _fold(unit)
    return value * UNITS[unit] if unit else value


def _adds_up(sheet: Sheet, row: list[str], above: list[Record], *, mean: bool) -> bool:
    """Whether a total has the sums of the rows above it, a mean their mean to the hundredth, half up."""
    right = True
    for cell, header, unit in zip(row, sheet.columns, sheet.units, strict=True):
        column = FIGURES.get(_fold(header).split("(")[0])
        if column is None:
            continue
        figures = [figure for record in above if (figure := record.figures[column]) is not None]
        wanted = sum(figures, Fraction(0)) / UNITS[_fold(unit)]
        if mean:
            wanted = Fraction(int(wanted * 100 / len(figures) + Fraction(1, 2)), 100)
        right &= Fraction(cell.replace(",", "")) == wanted
    return right
