"""Write the fictional district of ``data.csv`` as four bureaus would send it, with what is usual in such files.

``python samples/bureaus.py`` rewrites ``samples/bureaus/`` and ``samples/bureaus-planted.csv``, the same on every run.
The four files together hold every figure of data.csv exactly; ``bureaus-planted.csv`` says what is odd in them.
"""

from __future__ import annotations

import argparse
import csv
import html
from fractions import Fraction
from io import StringIO
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bureau_books import LAND_FILE, OUTPUT_FILE, write_land, write_output
from mess import Ledger, Line, Spoiler, grouped, in_unit, plain, shown, split, wide_number

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
TAX_FILE, GRID_FILE = "税务局_税收.csv", "供电公司_用电.xls"
FILES = (TAX_FILE, LAND_FILE, GRID_FILE, OUTPUT_FILE)

TAX_SEED, GRID_SEED = 1101, 1103


# --- the tax bureau: CSV in GB18030, figures in 元 ------------------------------------------------------------------

TAX_COLUMNS = ("序号", "纳税人识别号", "纳税人名称", "所属年度", "实缴税金(元)", "允许扣除的研发费用")
NUMBER, TAX_CODE, TAX_NAME, TAX_YEAR, TAX, RESEARCH = TAX_COLUMNS
YUAN = Fraction(10_000)  # in a 万元


def tax_lines(rng: Random, rows: Sequence[dict[str, str]]) -> list[Line]:
    """The rows of the tax bureau, by year, in an order of its own within a year."""
    lines = []
    for row in rows:
        code, name, year = row["统一社会信用代码"], row["企业名称"], row["年度"]
        line = Line(code, year, {TAX_CODE: code, TAX_NAME: name, TAX_YEAR: year})
        line.put(rng, TAX, row["税收(万元)"], YUAN)
        line.put(rng, RESEARCH, row["研发经费(万元)"], YUAN)
        lines.append(line)
    rng.shuffle(lines)
    lines.sort(key=lambda line: line.year)
    return lines


def spoil_tax(rng: Random, lines: list[Line]) -> None:
    """What is usual in a file that went through Excel and back to CSV."""
    spoiler = Spoiler(rng, lines)
    spoiler.hide_codes(4, TAX_CODE, TAX_NAME, "9.13E+17")
    spoiler.identity(6, TAX_CODE, TAX_NAME)
    spoiler.break_cells([TAX, TAX, RESEARCH], ["#N/A", "#DIV/0!", "#REF!", "#N/A", "#N/A"], real=False)
    spoiler.respell(20, TAX, "thousands separators", grouped, least=1000)
    spoiler.respell(6, RESEARCH, "thousands separators", grouped, least=1000)
    spoiler.respell(6, TAX, "full-width digits", wide_number)
    spoiler.respell(6, TAX, "unit in the cell", in_unit("万元", YUAN), "M207")
    spoiler.respell(3, TAX, "unit in the cell", in_unit("元", Fraction(1)), "M207")
    spoiler.respell(4, TAX, "blanks around the figure", lambda value: f" {plain(value)} ")
    for ending in ("年", "年度"):
        for line in spoiler.take(5):
            line.cells[TAX_YEAR] = line.year + ending
            line.planted.append((TAX_YEAR, "year in words", ""))
    # Sums are the same whether or not a double counts: those doubled have none of the figures.
    spoiler.double(5, lines, 40, pays_nothing)


def pays_nothing(line: Line) -> bool:
    """Whether all the figures of a row are 0 or missing."""
    return not any(line.amounts.values())


def transposed(value: Fraction) -> Fraction:
    """A whole figure with two neighbouring digits changed about, the first that differ; another one if none do."""
    digits = list(plain(value))
    place = next((i for i in range(1, len(digits) - 1) if digits[i] != digits[i + 1]), None)
    if place is None:
        return value + 9
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    return Fraction("".join(digits))


def write_tax(path: Path, rows: Sequence[dict[str, str]], ledger: Ledger) -> None:
    """Titles, a header that comes again at each page break, a subtotal for each year, a total, a note."""
    rng = Random(TAX_SEED)
    lines = tax_lines(rng, rows)
    spoil_tax(rng, lines)
    years = sorted({line.year for line in lines})
    width = len(TAX_COLUMNS)
    out: list[list[str]] = [
        ["工业企业实缴税金明细表（虚构样例）"] + [""] * (width - 1),
        ["填报单位：税务局"] + [""] * (width - 2) + ["单位：元"],
        list(TAX_COLUMNS),
    ]
    ledger.note(path.name, "", 0, "title rows", "M105")

    def total(label: str, place: int, year: str, added: list[Line], *, wrong: bool = False) -> None:
        row = [""] * width
        row[place], row[3] = label, year
        for column in (TAX, RESEARCH):
            value = sum((line.amounts.get(column, Fraction(0)) for line in added), Fraction(0))
            row[TAX_COLUMNS.index(column)] = grouped(transposed(value) if wrong and column == TAX else value)
        out.append(row)
        kind = "total with two digits changed about" if wrong else "total"
        ledger.note(path.name, "", len(out), kind, "M312" if wrong else "M311", label)

    for number, line in enumerate(lines):
        if number in (len(lines) // 2 + 500, len(lines) - 700):
            out.append(list(TAX_COLUMNS))
            ledger.note(path.name, "", len(out), "header again", "M314", NUMBER)
        out.append([str(number + 1), *(shown(line.cells[column]) for column in TAX_COLUMNS[1:])])
        ledger.note_line(path.name, "", len(out), line)
        if number + 1 == len(lines) or lines[number + 1].year != line.year:
            of_year = [other for other in lines if other.year == line.year]
            total("小计", 2, line.year, of_year, wrong=years.index(line.year) == 1)
            if line.year == years[0]:
                out.append([""] * width)
    total("合计", 0, "", lines)
    out.append([])
    out.append(["注：本表为虚构样例，企业、代码和金额均属编造；税金按入库口径统计。"] + [""] * (width - 1))
    ledger.note(path.name, "", len(out), "note", "M313", out[-1][0])
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(out)
    path.write_bytes(text.getvalue().encode("gb18030"))


# --- the grid company: an .xls that is HTML in GBK, figures in 千瓦时 -----------------------------------------------

GRID_COLUMNS = ("户号", "统一社会信用代码", "单位名称", "年份", "用电量（千瓦时）")
METER, GRID_CODE, GRID_NAME, GRID_YEAR, POWER = GRID_COLUMNS
KWH = Fraction(10_000)  # in a 万千瓦时


def grid_lines(rng: Random, rows: Sequence[dict[str, str]]) -> list[Line]:
    """The rows of the grid company: a row for each meter, by year and meter. A firm keeps its meters."""
    meters: dict[str, list[tuple[str, int]]] = {}
    numbers = rng.sample(range(10**7, 10**8), 3 * len(rows))
    lines = []
    for row in rows:
        code, name, year = row["统一社会信用代码"], row["企业名称"], row["年度"]
        if code not in meters:
            count = rng.choices((1, 2, 3), (90, 8, 2))[0]
            meters[code] = [(f"57{numbers.pop()}", rng.randint(10, 90)) for _ in range(count)]
        whole = Line(code, year, {})
        whole.put(rng, POWER, row["用电量(万千瓦时)"], KWH)
        total = whole.amounts.get(POWER)
        parts = split(total.numerator, [weight for _, weight in meters[code]]) if total is not None else None
        for place, (meter, _) in enumerate(meters[code]):
            line = Line(code, year, {METER: meter, GRID_CODE: code, GRID_NAME: name, GRID_YEAR: year})
            line.alone = len(meters[code]) == 1
            if parts is None:
                line.lose(POWER, str(whole.cells[POWER]))
            else:
                line.put(rng, POWER, str(parts[place]), Fraction(1))
            lines.append(line)
    return sorted(lines, key=lambda line: (line.year, str(line.cells[METER])))


def spoil_grid(rng: Random, lines: list[Line]) -> None:
    """Meters are in the name that was once given: some have no code, and the name is not quite the registered one."""
    spoiler = Spoiler(rng, lines)
    spoiler.hide_codes(3, GRID_CODE, GRID_NAME, "9.13307E+17")
    for line in spoiler.take(14, lambda line: "（" in str(line.cells[GRID_NAME])):
        line.cells[GRID_CODE] = rng.choice(("", "", "-", "无"))
        line.cells[GRID_NAME] = str(line.cells[GRID_NAME]).replace("（", "(").replace("）", ")")
        line.planted.append((GRID_NAME, "matched by name: half-width brackets", "M321"))
    for line in spoiler.take(8):
        line.cells[GRID_CODE] = ""
        line.cells[GRID_NAME] = str(line.cells[GRID_NAME]).replace("金华", "金华 ", 1)
        line.planted.append((GRID_NAME, "matched by name: a blank inside", "M321"))
    for line in spoiler.take(4):
        line.cells[GRID_CODE] = ""
        line.planted.append((GRID_NAME, "matched by name", "M321"))
    spoiler.identity(4, GRID_CODE, GRID_NAME)
    spoiler.break_cells([POWER], ["#N/A", "#N/A", "#VALUE!"], real=False)
    spoiler.respell(10, POWER, "thousands separators", grouped, least=1000)
    spoiler.respell(4, POWER, "full-width digits", wide_number)
    spoiler.respell(5, POWER, "unit in the cell", in_unit("万千瓦时", KWH), "M207")
    spoiler.respell(4, POWER, "unit in the cell", in_unit("千瓦时", Fraction(1)), "M207")
    spoiler.respell(3, POWER, "unit in the cell", in_unit("度", Fraction(1)), "M207")
    spoiler.double(4, lines, 30, pays_nothing)


def write_grid(path: Path, rows: Sequence[dict[str, str]], ledger: Ledger) -> None:
    """A page with one table, as web systems export it: Excel opens it and shows rows and columns."""
    rng = Random(GRID_SEED)
    lines = grid_lines(rng, rows)
    spoil_grid(rng, lines)
    title = "工业企业年度用电情况表（虚构样例）"
    out = [f"<tr><td colspan={len(GRID_COLUMNS)}>{title}</td></tr>"]
    ledger.note(path.name, "", 0, "title rows", "M105")
    header = "<tr>" + "".join(f"<th>{column}</th>" for column in GRID_COLUMNS) + "</tr>"
    out.append(header)
    for number, line in enumerate(lines):
        if number == len(lines) * 2 // 3:
            out.append(header)
            ledger.note(path.name, "", len(out), "header again", "M314", METER)
        out.append(html_row([shown(line.cells[column]) for column in GRID_COLUMNS]))
        ledger.note_line(path.name, "", len(out), line)
    power = sum((line.amounts.get(POWER, Fraction(0)) for line in lines), Fraction(0))
    out.append(html_row(["合　计", "", "", "", grouped(power)]))
    ledger.note(path.name, "", len(out), "total", "M311", "合　计")
    note = "注：虚构样例；一家企业有多个户号的，逐户列出。"
    out.append(f"<tr><td colspan={len(GRID_COLUMNS)}>{note}</td></tr>")
    ledger.note(path.name, "", len(out), "note", "M313", note)
    head = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel">\n<head>\n<meta charset=gb2312>\n'
        f'<title>{title}</title>\n<style>td{{mso-number-format:"\\@"}}</style>\n</head>\n<body>\n<table border=1>\n'
    )
    text = head + "\n".join(out) + "\n</table>\n</body>\n</html>\n"
    path.write_bytes(text.encode("gbk"))


def html_row(cells: Sequence[str]) -> str:
    """A row of a table; the no-break space is not in GBK and has a name."""
    texts = (html.escape(cell).replace("\N{NO-BREAK SPACE}", "&nbsp;") for cell in cells)
    return "<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"


# --- all of them ----------------------------------------------------------------------------------------------------


def write(rows: Sequence[dict[str, str]], folder: Path, planted: Path) -> None:
    """Write the four files into a folder, and the list of what is odd in them."""
    folder.mkdir(exist_ok=True)
    ledger = Ledger()
    write_tax(folder / TAX_FILE, rows, ledger)
    write_land(folder / LAND_FILE, rows, ledger)
    write_grid(folder / GRID_FILE, rows, ledger)
    write_output(folder / OUTPUT_FILE, rows, ledger)
    ledger.write(planted)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the sample as four bureaus would send it, always the same.")
    parser.add_argument("--data", type=Path, default=HERE / "data.csv", help="the district, as generate.py writes it")
    parser.add_argument("--out", type=Path, default=HERE / "bureaus", help="folder to write")
    parser.add_argument("--planted", type=Path, default=HERE / "bureaus-planted.csv", help="what is odd in the files")
    options = parser.parse_args(arguments)
    with options.data.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    write(rows, options.out, options.planted)


if __name__ == "__main__":
    main()
