"""One clean table polluted in every place: what is read stays right, and what is lost is told.

After each fault the table is the same, or the file is refused, or each row that differs has a finding that names it; a
cell that differs is missing, never another figure.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from mujun.errors import DataError
from mujun.intake.macros import ERRORS, MISSING
from tests.intake.read import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.intake.read import Read

FIELDS = ("统一社会信用代码", "企业名称", "年度", "税收", "用地面积", "规上", "开发意愿", "土地利用率")
HEADER = ["统一社会信用代码", "企业名称", "年度", "税收(元)", "用地面积(㎡)", "规上", "开发意愿", "土地利用率(%)"]
ROWS = [
    ["91330703A0MLW9562D", "甲纸业有限公司", "2023", "1076500.25", "10366.67", "否", "有", "79.25"],
    ["91330703A0Q1Y3TW1X", "乙（浙江）车业有限公司", "2023", "29900", "753.33", "否", "无", ""],
    ["91330703A0Y3EAW562", "丙包装材料有限公司", "2023", "682900", "", "否", "有", "84.5"],
    ["91330703A1YALE254P", "丁棉纺织有限公司", "2022", "", "3300", "是", "", ""],
    ["", "戊机械厂", "2023", "0", "0", "是", "无", "100"],
    ["91330703A2CTE9H43R", "", "2021", "-12.5", "666.67", "", "有", "12"],
    ["91330703A2F1XK7G11", "庚电子有限公司", "2023", "99", "1", "是", "无", ""],
    ["91330703A2F1XK7G2Y", "辛汽配有限公司", "2023", "100000000", "200000.5", "否", "有", "7"],
]
COLUMNS = range(len(HEADER))
MARKERS = ("", " ", "\u3000", "－", *MISSING)


def lines_of(rows: Iterable[list[str]]) -> list[str]:
    """The rows as lines."""
    return [",".join(row) for row in rows]


CLEAN = lines_of([HEADER, *ROWS])


@cache
def clean(folder: Path) -> dict[int, tuple[Any, ...]]:
    """The typed rows of the clean table by their number in the file."""
    found = read_text(folder, "\n".join(CLEAN), FIELDS)
    assert found.findings == []
    assert found.balance == (8, 8, 0, 0)
    assert found.rows[0] == (
        "91330703A0MLW9562D",
        "甲纸业有限公司",
        2023,
        107_650_025,
        15_550_005,
        False,
        "有",
        792_500,
    )
    return dict(enumerate(found.rows, 2))


def settle(folder: Path, lines: Iterable[str]) -> Read | None:
    """Read polluted lines and hold them to the promise; None where the file is refused."""
    text, right, told = "\n".join(lines), clean(folder), ""
    try:
        found = read_text(folder, text, FIELDS)
    except DataError as error:
        told = error.hint
    if told:
        return None
    named = {finding.row for finding in found.findings}
    rest = list(found.rows)
    for row, values in right.items():
        if values in rest:
            rest.remove(values)
            continue
        assert row in named, (text, row)
        like = [other for other in rest if other[0] == values[0] and other[1] == values[1] and fits(other, values)]
        if like:
            rest.remove(like[0])
    assert rest == [], text
    return found


def fits(found: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    """Whether a row differs from the clean one by missing cells only."""
    return all(one is None or one == other for one, other in zip(found, values, strict=True))


def polluted(row: int, line: str) -> list[str]:
    """The clean lines with one changed."""
    return [*CLEAN[:row], line, *CLEAN[row + 1 :]]


def places() -> Iterator[tuple[int, int]]:
    """Every row and column, the header too."""
    return itertools.product(range(len(CLEAN)), COLUMNS)


def cells_of(row: int) -> list[str]:
    """The cells of a line of the clean table."""
    return [HEADER, *ROWS][row]


def test_a_delimiter_too_few(tmp_path: Path) -> None:
    """Two cells run together cost that row; in the header, the file."""
    for row, at in places():
        if at == 0:
            continue
        cells = cells_of(row)
        line = ",".join([*cells[: at - 1], cells[at - 1] + cells[at], *cells[at + 1 :]])
        found = settle(tmp_path, polluted(row, line))
        if row == 0:
            assert found is None
        else:
            assert found is not None
            assert [(code, number) for code, number, _, _ in found.found] == [("M304", row + 1)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_delimiter_too_many(tmp_path: Path, delimiter: str) -> None:
    """A delimiter before, in or behind any cell never moves the figures that stand behind it."""
    table = [line.replace(",", delimiter) for line in CLEAN]
    for row, at in places():
        cells = cells_of(row)
        where = (0, len(cells[at]), 2)[(row + at + ",\t;|".index(delimiter)) % 3]
        cell = cells[at][:where] + delimiter + cells[at][where:]
        line = delimiter.join([*cells[:at], cell, *cells[at + 1 :]])
        found = settle(tmp_path, [*table[:row], line, *table[row + 1 :]])
        if row:
            assert found is not None
            assert [(code, number) for code, number, _, _ in found.found] == [("M304", row + 1)]


def test_a_quote_too_many(tmp_path: Path) -> None:
    """A quote opened, closed or dropped into any cell costs that row at most."""
    for row, at in places():
        cells = cells_of(row)
        first, rest = cells[at][:1], cells[at][1:]
        forms = (f'"{first}{rest}', f'{first}"{rest}', f'{first}{rest}"', f'"{first}{rest}"x')
        for cell in forms[(row + at) % 2 :: 2]:
            line = ",".join([*cells[:at], cell, *cells[at + 1 :]])
            found = settle(tmp_path, polluted(row, line))
            if row and found:
                assert {number for _, number, _, _ in found.found} == {row + 1}, line


def test_quotes_in_two_rows(tmp_path: Path) -> None:
    """A quote opened in one row and closed in another does not swallow the rows between them."""
    for first, last in itertools.combinations(range(1, len(CLEAN)), 2):
        for one, other in ((1, 1), (0, 7), (7, 0), (3, 4), (6, 2)):
            opened, closed = list(cells_of(first)), list(cells_of(last))
            opened[one], closed[other] = f'"{opened[one]}', f'{closed[other]}"'
            lines = list(CLEAN)
            lines[first], lines[last] = ",".join(opened), ",".join(closed)
            found = settle(tmp_path, lines)
            assert found is not None
            assert [(code, number) for code, number, _, _ in found.found] == [("M306", first + 1), ("M306", last + 1)]


def test_a_cell_in_quotes(tmp_path: Path) -> None:
    """Quotes around any cell, with blanks around them or a line break inside, change no figure."""
    for row, at in places():
        cells = cells_of(row)
        form = ('"{}"', ' "{}"', '"{}\n"', '" {}\r\n"')[(row + at) % 4]
        found = settle(tmp_path, polluted(row, ",".join([*cells[:at], form.format(cells[at]), *cells[at + 1 :]])))
        assert found is not None
        assert found.rows == list(clean(tmp_path).values())


@pytest.mark.parametrize("marker", [marker for marker in MARKERS if marker != "无"])
def test_a_missing_marker(tmp_path: Path, marker: str) -> None:
    """Any marker for a missing figure makes that cell missing, in silence; without its year a row is set aside."""
    for at, row in zip(COLUMNS, itertools.cycle((1, 8)), strict=False):
        cells = list(cells_of(row))
        cells[at] = marker
        found = read_text(tmp_path, "\n".join(polluted(row, ",".join(cells))), FIELDS)
        expected = {number: list(values) for number, values in clean(tmp_path).items()}
        expected[row + 1][at] = None
        if FIELDS[at] == "年度":
            del expected[row + 1]
        assert [list(values) for values in found.rows] == list(expected.values())
        assert [code for code, _, _, _ in found.found] == (["M305"] if FIELDS[at] == "年度" else [])


@pytest.mark.parametrize(
    "junk", [*ERRORS, "？", "约5", "约5元", "1,23", "1_0", "1e", "0x5", "--1", "2023/1/1", "五", "=A1", "\x07x"]
)
def test_a_cell_that_says_nothing_readable(tmp_path: Path, junk: str) -> None:
    """A word where a figure should stand is that cell's loss, with its row and column, in every row at once."""
    columns = COLUMNS[3:]
    for shift in range(len(columns)):
        rows, expected = [list(row) for row in ROWS], {number: list(row) for number, row in clean(tmp_path).items()}
        for number, row in enumerate(rows):
            at = columns[(number + shift) % len(columns)]
            row[at], expected[number + 2][at] = f'"{junk}"', None
        found = read_text(tmp_path, "\n".join(lines_of([HEADER, *rows])), FIELDS)
        assert [list(row) for row in found.rows] == list(expected.values())
        assert sorted((number or 0, column, text) for _, number, column, text in found.found) == [
            (number + 2, HEADER[columns[(number + shift) % len(columns)]], junk) for number in range(len(ROWS))
        ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\n", "\n,,,,,,,\n", "\n   \n"])
def test_line_ends(tmp_path: Path, end: str) -> None:
    """Every line end, everywhere or in one place only, gives the same table."""
    expected = list(clean(tmp_path).values())
    for lines in (CLEAN, ["", *CLEAN], [",,,", "", *CLEAN, "", ""]):
        found = read_text(tmp_path, end.join(lines), FIELDS)
        assert (found.rows, found.findings) == (expected, [])
    for row in range(len(CLEAN)):
        found = read_text(tmp_path, "\n".join(CLEAN[: row + 1]) + end + "\n".join(CLEAN[row + 1 :]), FIELDS)
        assert (found.rows, found.findings) == (expected, [])


def test_a_line_that_is_no_row(tmp_path: Path) -> None:
    """A title, a note or a line of dashes between the rows is set aside by itself."""
    for note, row in itertools.product(
        ("注：单位元", "-----", "制表人,张三", ",".join("987654321"), '"', '"注'), range(1, 10)
    ):
        found = read_text(tmp_path, "\n".join([*CLEAN[:row], note, *CLEAN[row:]]), FIELDS)
        assert found.rows == list(clean(tmp_path).values())
        assert [(number, code in ("M304", "M306", "M313")) for code, number, _, _ in found.found] == [(row + 1, True)]


def test_a_row_twice(tmp_path: Path) -> None:
    """A row repeated anywhere is merged; with one figure changed, both are set aside and name each other."""
    for row, to in itertools.product(range(1, 9), (1, 5, 9)):
        lines = [*CLEAN[:to], CLEAN[row], *CLEAN[to:]]
        found = read_text(tmp_path, "\n".join(lines), FIELDS)
        assert sorted(found.rows, key=str) == sorted(clean(tmp_path).values(), key=str)
        assert found.balance == (9, 8, 1, 0)
        first, second = (number for number, line in enumerate(lines, 1) if line == CLEAN[row])
        [finding] = found.findings
        assert (finding.code, finding.row, dict(finding.params)["other"]) == ("M302", second, f"第 {first} 行")
        lines[to] = ",".join([*cells_of(row)[:3], "7", *cells_of(row)[4:]])
        found = read_text(tmp_path, "\n".join(lines), FIELDS)
        assert found.balance == (9, 7, 0, 2)
        assert [(item.code, item.row, dict(item.params)["other"]) for item in found.findings] == [
            ("M303", first, f"第 {second} 行"),
            ("M303", second, f"第 {first} 行"),
        ]


# --- layout ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["合计", "小 计", "总计：", "本页小计", "平均", "孝顺镇合计", "合计(万元)"])
def test_a_total_at_each_place(tmp_path: Path, label: str) -> None:
    """A row of totals, anywhere and under any label, with right or wrong figures, is set aside and named."""
    for at, column in itertools.product(range(1, 10), (0, 1)):
        cells = ["", "", "2023", "1", "", "", "", ""]
        cells[column] = label
        found = read_text(tmp_path, "\n".join([*CLEAN[:at], ",".join(cells), *CLEAN[at:]]), FIELDS)
        assert found.rows == list(clean(tmp_path).values())
        assert [(code in ("M311", "M312"), row, text) for code, row, _, text in found.found] == [(True, at + 1, label)]


def test_right_totals_are_told_from_wrong_ones(tmp_path: Path) -> None:
    """The sum of the rows above is right to the last digit, or it is wrong and the right one is named."""
    taxes = [cell for row in ROWS if (cell := row[3])]
    total = f"{sum(map(float, taxes)):.2f}"
    for figure, code in ((total, "M311"), (f"{float(total) + 0.01:.2f}", "M312"), (total.replace("1", "7"), "M312")):
        found = read_text(tmp_path, "\n".join([*CLEAN, f"合计,,,{figure},,,,"]), FIELDS)
        assert [finding.code for finding in found.findings] == [code]


def test_titles_above_the_header(tmp_path: Path) -> None:
    """Titles, blank rows and a line of units around the header leave the table as it is."""
    titles = ("工业企业基本情况表", "填报单位：某某局,,,,制表日期：", "", ",,,,,,,", "统计口径：规模以上工业")
    for number in range(1, len(titles) + 1):
        for chosen in itertools.combinations(titles, number):
            lines = [*chosen, *CLEAN]
            found = read_text(tmp_path, "\n".join(lines), FIELDS)
            assert found.rows == list(clean(tmp_path).values()), chosen
            assert found.findings == []
    units = ",,,元,㎡,,,%"
    bare = ",".join(name.split("(")[0] for name in HEADER)
    found = read_text(tmp_path, "\n".join([bare, units, *CLEAN[1:]]), FIELDS)
    assert found.rows == list(clean(tmp_path).values())


def test_a_header_repeated_at_each_place(tmp_path: Path) -> None:
    """The header once more, as on every printed page, is set aside wherever it stands."""
    for at in range(2, 10):
        found = read_text(tmp_path, "\n".join([*CLEAN[:at], CLEAN[0], *CLEAN[at:]]), FIELDS)
        assert found.rows == list(clean(tmp_path).values())
        assert [(code, row) for code, row, _, _ in found.found] == [("M314", at + 1)]
