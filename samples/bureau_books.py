"""The two bureaus that send workbooks: the land registry, with a sheet for each town, and the statistics bureau."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import xlsxwriter  # type: ignore[import-untyped]
from mess import Fault, Ledger, Line, Share, Spoiler, grouped, in_unit, percent, plain, split, wide_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mess import Cell

LAND_FILE, OUTPUT_FILE = "自然资源局_用地.xlsx", "统计局_产出.xlsx"
LAND_SEED, OUTPUT_SEED = 1102, 1104
MADE = datetime(2024, 3, 1, tzinfo=UTC).replace(tzinfo=None)  # XlsxWriter wants it without a zone

FORMULAS = {"#N/A": "=NA()", "#DIV/0!": "=1/0", "#REF!": "=#REF!", "#VALUE!": '="无"*1', "#NAME?": "=SUMM(A1)"}


class Book:
    """A workbook that is the same on every run."""

    def __init__(self, path: Path) -> None:
        self.book = xlsxwriter.Workbook(str(path))
        self.book.set_properties({"title": "虚构样例", "created": MADE})
        self.share = self.book.add_format({"num_format": "0.00%"})
        self.centred = self.book.add_format({"align": "center", "valign": "vcenter"})

    def put(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        """Write a cell; row and column count from 0. A text stays one, whatever it looks like."""
        match cell:
            case str():
                if cell:
                    sheet.write_string(row, column, cell)
            case Fraction():
                sheet.write_number(row, column, float(plain(cell)))
            case Share(value):
                sheet.write_number(row, column, float(plain(value)), self.share)
            case Fault(text):
                sheet.write_formula(row, column, FORMULAS[text], None, text)


# --- the land registry: a sheet for each town, a row for each parcel, figures in ㎡ ---------------------------------

SQUARE_METRES = Fraction(2000, 3)  # in a 亩
YEAR, STATE, ON_SALE, WILL = "年度", "土地使用状态", "是否进入交易", "有无开发意愿"


class LandSheet(msgspec.Struct, frozen=True):
    """How the sheet of a town looks. `start` is the row of the title, 0 for none."""

    town: str
    start: int
    merged: bool
    code: str
    name: str
    parcel: str
    own: str
    rented: str
    let: str
    total: str
    mean: str
    note: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The header. What is merged stands first, the parcel before or after the year."""
        middle = (YEAR, self.parcel) if self.start == 1 else (self.parcel, YEAR)
        return (self.code, self.name, *middle, self.own, self.rented, self.let, STATE, ON_SALE, WILL)

    @property
    def areas(self) -> tuple[str, str, str]:
        """The columns with figures."""
        return self.own, self.rented, self.let


def land_sheet(place: int, town: str) -> LandSheet:
    """The look of the sheet of the town at `place`: the clerks of each town have their own habits."""
    unit = "（平方米）" if place % 3 else "（㎡）"
    return LandSheet(
        town=town,
        start=0 if place == 5 else 3 if place % 3 == 1 else 1,
        merged=place % 2 == 0,
        code="统一社会信用代码" if place % 2 else "信用代码",
        name="单位名称" if place % 4 else "企业名称",
        parcel="宗地号" if place % 2 else "地块编号",
        own=("土地使用权面积" if place % 4 != 3 else "自有用地面积") + unit,
        rented=("租入用地面积" if place % 2 else "承租用地面积") + unit,
        let="出租用地面积" + unit,
        total="" if place % 4 == 3 else "合  计" if place % 4 == 1 else "合计",
        mean="平均" if place == 4 else "",
        note="注：虚构样例；一家企业有多宗地的，逐宗列出。" if place % 3 == 0 else "",
    )


def land_rows(rng: Random, sheet: LandSheet, serial: int, rows: Sequence[dict[str, str]]) -> list[Line]:
    """The parcels of one firm, by year. It keeps its parcels; a rented one may be a parcel of its own."""
    weights = [rng.randint(10, 90) for _ in range(rng.choices((1, 2, 3, 4), (72, 19, 7, 2))[0])]
    apart, finest = rng.random() < 0.6, rng.choice((1, 1, 100))  # some are surveyed to the hundredth of a ㎡
    lines = []
    for row in rows:
        whole = Line(row["统一社会信用代码"], row["年度"], {})
        for column, field in zip(sheet.areas, ("自有用地(亩)", "租入用地(亩)", "租出用地(亩)"), strict=True):
            whole.put(rng, column, row[field], SQUARE_METRES)
        for column, field in ((STATE, "土地状态"), (ON_SALE, "进入交易"), (WILL, "开发意愿")):
            whole.put(rng, column, row[field])
        own, rented = (whole.amounts.get(column, Fraction(0)) for column in sheet.areas[:2])
        parts = [own]
        if own > 2000 and own.denominator == 1:
            parts = [Fraction(part, finest) for part in split(int(own) * finest, weights)]
        own_parcels = len(parts)
        if apart and own and rented:
            parts.append(Fraction(0))
        for number, part in enumerate(parts):
            line = msgspec.structs.replace(whole, cells=dict(whole.cells), amounts=dict(whole.amounts), planted=[])
            line.alone = len(parts) == 1
            line.cells |= {sheet.code: line.firm, sheet.name: row["企业名称"], YEAR: line.year}
            line.cells[sheet.parcel] = f"330703{serial:05d}-{number + 1 if number < own_parcels else 'Z'}"
            area = {sheet.own: part, sheet.rented: rented if number == len(parts) - 1 else Fraction(0)}
            area[sheet.let] = whole.amounts.get(sheet.let, Fraction(0)) if number == 0 else Fraction(0)
            for column, value in area.items():
                if column not in line.missing:
                    line.cells[column] = line.amounts[column] = value
            if own == 20 * SQUARE_METRES and number == 0:
                # 13,333.33… is not what the deed says
                line.cells[sheet.own] = rng.choice(("20亩", "20.00亩"))
                line.planted.append((sheet.own, "unit in the cell", "M207"))
            lines.append(line)
    return lines


def spoil_land(rng: Random, lines: list[Line], sheet: LandSheet, place: int) -> None:
    """A little in every sheet."""
    spoiler = Spoiler(rng, lines)
    if place % 2:
        spoiler.identity(1, sheet.code, sheet.name)
    spoiler.break_cells([sheet.own, sheet.rented], [("#N/A", "#REF!", "#VALUE!")[place % 3]], real=True)
    spoiler.respell(1, sheet.own, "unit in the cell", in_unit("亩", SQUARE_METRES), "M207", least=100)
    if place % 3 == 0:
        spoiler.respell(1, sheet.own, "unit in the cell", in_unit("㎡", Fraction(1)), "M207", least=100)
        spoiler.respell(1, sheet.rented, "unit in the cell", in_unit("亩", SQUARE_METRES), "M207", least=100)
    spoiler.respell(1, sheet.own, "thousands separators", grouped, least=1000)
    spoiler.respell(1, sheet.own, "full-width digits", wide_number, least=100)
    if place % 3 == 2:
        spoiler.reword(1, STATE, {"正常": "在用", "闲置": "空置"})
        spoiler.reword(1, ON_SALE, {"是": "√", "否": "×"})
        spoiler.reword(1, WILL, {"有": "有意愿", "无": "无意愿"})
    if not sheet.total and not sheet.merged:
        spoiler.double(2, lines, 1)


def write_land(path: Path, rows: Sequence[dict[str, str]], ledger: Ledger) -> None:
    """A sheet for each town, firm by firm."""
    rng = Random(LAND_SEED)
    book = Book(path)
    firms: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        firms.setdefault(row["统一社会信用代码"], []).append(row)
    serials = {code: serial for serial, code in enumerate(sorted(firms), start=1)}
    towns = sorted({row["乡镇街道"] for row in rows})
    for place, town in enumerate(towns):
        sheet = land_sheet(place, town)
        lines = []
        for code, of_firm in firms.items():
            if of_firm[0]["乡镇街道"] == town:
                lines += land_rows(rng, sheet, serials[code], of_firm)
        spoil_land(rng, lines, sheet, place)
        write_land_sheet(book, path.name, sheet, lines, ledger)
    book.book.close()


def write_land_sheet(book: Book, file: str, sheet: LandSheet, lines: Sequence[Line], ledger: Ledger) -> None:
    """One sheet; code and name are merged over the parcels of a firm and year where that is the habit."""
    out = book.book.add_worksheet(sheet.town)
    columns, row = sheet.columns, 0
    if sheet.start:
        title = f"{sheet.town}工业企业用地情况表（虚构样例）"
        out.merge_range(sheet.start - 1, 0, sheet.start - 1, len(columns) - 1, title, book.centred)
        ledger.note(file, sheet.town, 0, "title rows", "M105")
        row = sheet.start
    out.write_row(row, 0, columns)
    top = row + 1
    for number, line in enumerate(lines):
        row += 1
        merged = sheet.merged and not line.alone
        for place, name in enumerate(columns):
            if not merged or place > 1:
                book.put(out, row, place, line.cells[name])
        ledger.note_line(file, sheet.town, row + 1, line)
        if merged and (number + 1 == len(lines) or whose(lines[number + 1]) != whose(line)):
            first = top + next(i for i, other in enumerate(lines) if whose(other) == whose(line))
            for place, name in enumerate(columns[:2]):
                out.merge_range(first, place, row, place, line.cells[name], book.centred)
    end_land_sheet(book, out, row, file, sheet, lines, ledger)


def whose(line: Line) -> tuple[str, str]:
    """The firm and the year of a row."""
    return line.firm, line.year


def end_land_sheet(
    book: Book, out: Any, row: int, file: str, sheet: LandSheet, lines: Sequence[Line], ledger: Ledger
) -> None:
    """What stands below the rows, the last of which is `row`: a total, a mean, a note."""
    for label in filter(None, (sheet.total, sheet.mean)):
        row += 1
        out.write_string(row, 0, label)
        for name in sheet.areas:
            amounts = [line.amounts[name] for line in lines if name in line.amounts]
            value = sum(amounts, Fraction(0))
            if label == sheet.mean:
                value = Fraction(int(value * 100 / max(1, len(amounts)) + Fraction(1, 2)), 100)
            book.put(out, row, sheet.columns.index(name), value)
        ledger.note(file, sheet.town, row + 1, "mean" if label == sheet.mean else "total", "M311", label)
    if sheet.note:
        out.write_string(row + 1, 0, sheet.note)
        ledger.note(file, sheet.town, row + 2, "note", "M313", sheet.note)


# --- the statistics bureau: two lines of header, a line of units, money in 千元 --------------------------------------

CODE, NAME, EVAL_YEAR = "统一社会信用代码", "单位详细名称", "数据年份"
SALES, LAND, USE, CAPACITY, ENERGY_USE, EMISSION_USE = (
    *("营业收入", "用地面积", "土地利用率", "产能利用率", "能耗指标利用率", "排放指标利用率"),
)
STAFF, SCALE, GRADE, POLICY = "平均职工人数", "是否规上", "综合评价", "是否符合产业政策"

# Heading above, column, column of data.csv, unit as the unit row says, figure of the file in one of data.csv's
OUTPUT_COLUMNS: tuple[tuple[str, str, str, str, int], ...] = (
    ("", CODE, "统一社会信用代码", "", 0),
    ("", NAME, "企业名称", "", 0),
    ("", EVAL_YEAR, "年度", "", 0),
    ("", "所属乡镇", "乡镇街道", "", 0),
    ("", "所在园区", "园区", "", 0),
    ("", "行业代码", "行业代码", "", 0),
    ("", SCALE, "规上", "", 0),
    ("经济指标", SALES, "销售收入(万元)", "千元", 10),
    ("经济指标", "工业总产值", "工业总产值(万元)", "千元", 10),
    ("经济指标", "工业增加值", "工业增加值(万元)", "千元", 10),
    ("", LAND, "用地面积(亩)", "亩", 1),
    ("能耗", "综合能耗", "综合能耗(吨标煤)", "吨标准煤", 1),
    ("能耗", "核定能耗", "核定能耗(吨标煤)", "吨标准煤", 1),
    ("污染物排放", "主要污染物排放量", "排放当量(吨)", "吨", 1),
    ("污染物排放", "核定排放量", "核定排放(吨)", "吨", 1),
    ("", STAFF, "平均职工人数(人)", "人", 1),
    ("利用率", USE, "土地利用率", "", 1),
    ("利用率", CAPACITY, "产能利用率", "", 1),
    ("利用率", ENERGY_USE, "能耗指标利用率", "", 1),
    ("利用率", EMISSION_USE, "排放指标利用率", "", 1),
    ("", GRADE, "综合评价", "", 0),
    ("", POLICY, "符合产业政策", "", 0),
)


def output_lines(rng: Random, rows: Sequence[dict[str, str]]) -> list[Line]:
    """The rows of the statistics bureau. One utilisation is a number shown as a percentage, the others are ratios."""
    lines = []
    for row in rows:
        line = Line(row["统一社会信用代码"], row["年度"], {})
        for _, column, field, _, times in OUTPUT_COLUMNS:
            line.put(rng, column, row[field], Fraction(times) if times else None)
        use = line.cells[CAPACITY]
        line.cells[CAPACITY] = Share(use) if isinstance(use, Fraction) else use
        lines.append(line)
    return lines


def spoil_output(rng: Random, lines: list[Line]) -> None:
    """What is usual in a workbook that several people filled in."""
    spoiler = Spoiler(rng, lines)
    spoiler.identity(5, CODE, NAME)
    texts = ("#N/A", "#DIV/0!", "#DIV/0!", "#REF!", "#N/A", "#VALUE!", "#NAME?")
    spoiler.break_cells((SALES, USE, ENERGY_USE, LAND, EMISSION_USE), [*texts, *texts], real=True)
    spoiler.break_cells((SALES, CAPACITY, STAFF), ["#N/A"] * 3, real=False)
    spoiler.respell(20, USE, "percent sign", percent, least=0)
    spoiler.respell(10, EMISSION_USE, "percent sign", percent, least=0)
    spoiler.respell(5, CAPACITY, "ratio among percentages", plain, least=0)
    spoiler.respell(8, SALES, "thousands separators", grouped, least=1000)
    spoiler.respell(6, LAND, "full-width digits", wide_number)
    spoiler.respell(5, SALES, "unit in the cell", in_unit("万元", Fraction(10)), "M207")
    spoiler.respell(4, SALES, "unit in the cell", in_unit("亿元", Fraction(100_000)), "M207", least=100_000)
    spoiler.respell(4, LAND, "unit in the cell", in_unit("亩", Fraction(1)), "M207")
    spoiler.respell(4, STAFF, "unit in the cell", in_unit("人", Fraction(1)), "M207")
    for yes, no in (("规上", "规下"), ("1", "0"), ("√", "×")):
        spoiler.reword(4, SCALE, {"是": yes, "否": no})
    spoiler.reword(4, GRADE, {"A": "A类", "B": "B档", "C": "C类", "D": "D档"})
    spoiler.reword(4, POLICY, {"是": "√", "否": "×"})
    spoiler.double(6, lines, 60)


def write_output(path: Path, rows: Sequence[dict[str, str]], ledger: Ledger) -> None:
    """One sheet for all: a title, two lines of header with merged cells, a line of units, the rows, a note."""
    rng = Random(OUTPUT_SEED)
    lines = output_lines(rng, rows)
    spoil_output(rng, lines)
    book = Book(path)
    out = book.book.add_worksheet("产出")
    last = len(OUTPUT_COLUMNS) - 1
    out.merge_range(0, 0, 0, last, "工业企业主要指标表（虚构样例）", book.centred)
    ledger.note(path.name, "产出", 0, "title rows", "M105")
    groups = [heading for heading, *_ in OUTPUT_COLUMNS]
    for place, (heading, column, _, unit, _) in enumerate(OUTPUT_COLUMNS):
        if not heading:
            out.merge_range(1, place, 2, place, column, book.centred)
        else:
            if groups.index(heading) == place:
                out.merge_range(1, place, 1, place + groups.count(heading) - 1, heading, book.centred)
            out.write_string(2, place, column, book.centred)
        book.put(out, 3, place, unit)
    row = 3
    for line in lines:
        row += 1
        for place, (_, column, *_) in enumerate(OUTPUT_COLUMNS):
            book.put(out, row, place, line.cells[column])
        ledger.note_line(path.name, "产出", row + 1, line)
    note = "说明：虚构样例；用地面积为自有加租入减出租，空缺为未报。"
    out.write_string(row + 1, 0, note)
    ledger.note(path.name, "产出", row + 2, "note", "M313", note)
    book.book.close()
