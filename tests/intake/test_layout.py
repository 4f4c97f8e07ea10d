"""Layouts: where the header of a table is, what its columns are called, and what its titles say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mujun.intake.header import Headers
from mujun.intake.layout import Layout, find_layout, serial_columns, stated_units, stated_year
from mujun.intake.spelling import key, tidy
from tests.intake.read import dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

Grid = list[list[str]]

_HEADERS = Headers(dataset())


def grid(text: str) -> Grid:
    """Rows of cells: a line each, cells between ``|``."""
    return [[cell.strip() for cell in line.strip().split("|")] for line in text.strip().splitlines()]


def layout(text: str) -> Layout:
    """The layout of a small grid."""
    found = find_layout(grid(text), _HEADERS.count)
    assert found is not None
    return found


def shape(found: Layout) -> tuple[tuple[int, ...], int | None, int]:
    """Where the lines are."""
    return found.header_rows, found.unit_row, found.data_row


# --- titles and plain headers -----------------------------------------------------------------------------------------

_PLAIN = "序号|企业名称|税收|用地面积\n1|甲公司|1,203.45|8５"


@pytest.mark.parametrize(
    ("above", "titles", "rows"),
    [
        ("", (), ()),
        ("金东区2023年企业情况表|||\n", ("金东区2023年企业情况表",), (1,)),
        ("情况表|情况表|情况表|情况表\n", ("情况表",), (1,)),
        ("情况表|情况表|情况表|情况表\n情况表|情况表|情况表|情况表\n", ("情况表",), (1, 2)),
        (
            "附件1|||\n情况表|||\n|||\n填报单位：经商局|||单位：万元\n",
            ("附件1", "情况表", "填报单位：经商局", "单位：万元"),
            (1, 2, 4),
        ),
        ("填报单位：经商局|填报单位：经商局|单位：万元|单位：万元\n", ("填报单位：经商局", "单位：万元"), (1,)),
        ("金东区经商局|||2023年12月\n", ("金东区经商局", "2023年12月"), (1,)),
        ("\n|||\n|||\n", (), ()),
        ("制表日期：2024-01-05|||\n||2024-01-05|\n", ("制表日期：2024-01-05", "2024-01-05"), (1, 2)),
        ("企业\n", ("企业",), (1,)),
        ("税收|||\n", ("税收",), (1,)),
        ("用地面积|用地面积|用地面积|用地面积\n", ("用地面积",), (1,)),
    ],
)
def test_titles_stand_above_the_header(above: str, titles: tuple[str, ...], rows: tuple[int, ...]) -> None:
    """Titles, in one cell or in merged ones, forms and blank rows are no header, and each title is told once."""
    lines = above.count("\n")
    cells = [line.split("|") for line in above.splitlines()]
    found = find_layout(cells + grid(_PLAIN), _HEADERS.count)
    assert found == Layout(
        ("序号", "企业名称", "税收", "用地面积"), (lines + 1,), None, lines + 2, titles, rows, known=3
    )


@pytest.mark.parametrize(
    "text",
    [
        "企业名称|税收|用地面积\n甲公司|1|2",
        "企业名称|税收|某列|又一列|第三列\n甲公司|1|2|3|4",
        "某列|又一列|第三列|税收\n甲|乙|丙|-",
        "企业名称|2021|2022|2023\n甲公司|1|2|3",
        "企业名称|1|2|3|4\n甲公司|1|2|3|4",
        "企业名称|税收|税收|备注|备注\n甲公司|1|2|好|坏",
        "企业名称||税收|\n甲公司|东区|1|",
        "企业名称||税收\n甲公司|东区|",
        "||企业名称|税收\n||甲公司|1",
        "企业名称|税收\n甲公司|\n乙公司|3",
        "企业名称|年度|税收\n甲公司|2023|\n乙公司|2023年|",
        "企业名称|规上|园区\n甲公司|规上|东区\n乙公司|规下|东区",
        "企业名称|规模类型|区域\n甲公司|规上|工业园区\n乙公司|规上|工业园区",
        "企业名称|用地|税收\n甲公司|自有|\n乙公司|租入|",
        "名称|园区\n名称|东区\n企业|西区",
        "公司|规模|所在镇\n甲公司|规上|孝顺\n乙公司|规下|傅村",
        "公司|规模|所在镇\n甲公司|规上|孝顺\n乙公司|规上|傅村\n丙公司|规上|曹宅\n丁公司|规上|塘雅",
        "规上|备注\n规上|\n规上|好\n规下|好",
        "规上\n规上\n规下",
        "税收\n1\n2",
        "年度\n2023年\n2022年",
        "企业名称|税收\n|\n甲公司|1",
        "企业名称|税收",
        "企业名称\n甲公司|1|2",
        "企业名称|税收|用地面积\n合计||\n甲公司|1|2",
        "序号|企业名称|税收\n|合计|\n1|甲公司|5",
        "单位名称|单位|数\n甲公司|元|5",
        "指标|单位\n|元\n|亩",
        "企业名称|综合评价\n|T\n甲公司|A",
        "企业名称|综合评价\n甲公司|T",
        "企业名称|税收\n913307030000000000|1",
        "企业名称|成立时间\n甲公司|2023年12月31日",
        "地区|户数\n丽水|12",
    ],
)
def test_the_first_row_is_the_header_as_written(text: str) -> None:
    """Without titles the first row is the whole header, whatever columns nobody knows; what is under it are data."""
    found = layout(text)
    assert found.header == tuple(grid(text)[0])
    assert shape(found) == ((1,), None, 2)
    assert (found.titles, found.title_rows) == ((), ())
    assert found.known == _HEADERS.count(grid(text)[0])


def test_headers_are_tidied() -> None:
    """Names come on one line, without quotes and signs that do not show; their own width and blanks stay."""
    found = find_layout([["企业\n名称", "\ufeff“税 收（元）”", "\u3000用地面积\xa0"], ["甲", "1", "2"]], _HEADERS.count)
    assert found is not None
    assert found.header == ("企业名称", "税 收（元）", "用地面积")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("企业名称|税收\n甲公司|1\n企业名称|税收\n乙公司|2", 1),
        ("表\n企业名称|税收\n甲公司|1\n表\n企业名称|税收\n乙公司|2", 2),
        ("企业名称|税收|备注\n甲公司|1|\n企业名称|税收|用地面积\n乙公司|2|3", 1),
        ("企业名称|某列|又一列\n企业|规上|税收\n甲公司|规上|5", 2),
        ("乡镇|税收\n孝顺|5\n\n企业名称|税收|用地面积|年度|乡镇\n甲公司|1|2|2023|孝顺", 4),
        ("企业名称|甲公司|年度|2023\n税收|5||\n企业名称|税收|用地面积|规上\n乙|1|2|是", 3),
        ("说明|本表|如下\n企业名称|税收|用地面积\n甲公司|1|2", 2),
    ],
)
def test_the_row_with_most_known_words_is_the_header(text: str, row: int) -> None:
    """Of several rows the one with most known words is taken, then the first; a page break does not move it."""
    assert layout(text).header_rows[-1] == row


def test_a_row_that_looks_like_a_header_is_taken_where_no_word_is_known() -> None:
    """Without a known word the first row of two texts is the header, and nothing is called known."""
    found = layout("甲地一览表||\n单位：局||表：1\n地区|数|2023\n丽水|1|2")
    assert (found.header, found.known, shape(found)) == (("地区", "数", "2023"), 0, ((3,), None, 4))
    assert found.titles == ("甲地一览表", "单位：局", "表：1")


@pytest.mark.parametrize("rows", [[], [[]], [[""], ["", " "]], [["1", "2"], ["3", "-"]], [["说明"], ["5"]]])
def test_a_grid_without_header_has_no_layout(rows: Grid) -> None:
    """Blank grids, figures alone and single texts have no header."""
    assert find_layout(rows, _HEADERS.count) is None


# --- units and numbers of columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "header", "where"),
    [
        ("企业名称|税收|用地面积\n|元|(亩)\n甲公司|1|2", "企业名称|税收(元)|用地面积(亩)", ((1,), 2, 3)),
        ("企业名称|税收|用地面积\n—|万元|㎡\n甲公司|1|2", "企业名称|税收(万元)|用地面积(㎡)", ((1,), 2, 3)),
        (
            "企业名称|税收|用地面积\n企业名称|万|（平方米）\n甲公司|1|2",
            "企业名称|税收(万)|用地面积(平方米)",
            ((1,), 2, 3),
        ),
        ("企业名称|税收(元)|用地\n|元|亩\n甲公司|1|2", "企业名称|税收(元)|用地(亩)", ((1,), 2, 3)),
        ("企业名称|税收|土地利用率\n|单位：元|%\n甲公司|1|2", "企业名称|税收(元)|土地利用率(%)", ((1,), 2, 3)),
        (
            "企业名称|税收|用地|排放量|产品\n|元|亩|吨|件\n甲|1|2|3|4",
            "企业名称|税收(元)|用地(亩)|排放量(吨)|产品(件)",
            ((1,), 2, 3),
        ),
        ("企业名称|税收|用地\n甲|1|2\n|元|亩\n甲公司|1|2", "企业名称|税收(元)|用地(亩)", ((1,), 3, 4)),
        ("企业名称|税收|用地\n|元|亩\n甲|1|2\n甲公司|1|2", "企业名称|税收(元)|用地(亩)", ((1,), 2, 4)),
        ("企业名称|税收|用地\n||\n|元|亩\n甲公司|1|2", "企业名称|税收(元)|用地(亩)", ((1,), 3, 4)),
        ("企业名称|税收|用地\n|元|亩", "企业名称|税收(元)|用地(亩)", ((1,), 2, 3)),
        ("企业名称|乡镇|税收|用地\n甲|乙|1|2\n甲公司|孝顺|5|6", "企业名称|乡镇|税收|用地", ((1,), None, 3)),
        ("企业名称|税收|用地\n(1)|(2)|(3)=(1)+(2)\n甲公司|5|6", "企业名称|税收|用地", ((1,), None, 3)),
        ("企业名称|税收|用地\n①|②|3=1/2\n甲公司|5|6", "企业名称|税收|用地", ((1,), None, 3)),
        ("序号|企业名称|税收\n栏次|1|2\n1|甲公司|6", "序号|企业名称|税收", ((1,), None, 3)),
        ("序号|企业名称|税收\n1|2|3\n\n1|甲公司|6", "序号|企业名称|税收", ((1,), None, 3)),
        ("序号|企业名称|税收\n1|2|3\n1|913307030000000000|6", "序号|企业名称|税收", ((1,), None, 3)),
    ],
)
def test_units_and_numbers_under_the_header_are_no_data(
    text: str, header: str, where: tuple[tuple[int, ...], int | None, int]
) -> None:
    """The units under a header are put behind the names; lines that number the columns are passed over."""
    found = layout(text)
    assert "|".join(found.header) == header
    assert shape(found) == where
    assert found.known == _HEADERS.count(header.split("|"))


@pytest.mark.parametrize(
    "text",
    [
        "企业名称|税收|用地\n甲|1|2\n乙|3|4",
        "企业名称|税收|用地\n甲|1|2",
        "税收|用地|销售收入\n1|2|3\n4|5|6",
        "序号|企业名称|税收\n1|甲|2\n2|乙公司|3",
        "序号|企业名称|税收\n1|甲公司|2\n2|乙公司|3",
        "企业名称|税收|用地\n甲|2|1\n乙公司|3|4",
        "税收|企业名称\n1|甲公司\n2|乙公司",
    ],
)
def test_small_figures_are_not_taken_for_numbers_of_columns(text: str) -> None:
    """Data that look like numbers of columns, or may be, stay data."""
    assert shape(layout(text)) == ((1,), None, 2)


# --- several lines ----------------------------------------------------------------------------------------------------

_TWO_LINES = [
    (
        "企业名称|用地面积|用地面积|用地面积|税收\n企业名称|自有|租入|租出|税收\n甲公司|1|2|3|4",
        "企业名称|用地面积|||税收\n|自有|租入|租出|\n甲公司|1|2|3|4",
        "企业名称|自有用地面积|租入用地面积|租出用地面积|税收",
    ),
    (
        "企业名称|自有|租入\n企业名称|用地面积|用地面积\n甲公司|1|2",
        "企业名称|自有|租入\n|用地面积|用地面积\n甲公司|1|2",
        "企业名称|自有用地面积|租入用地面积",
    ),
    (
        "企业名称|税收|税收|用地面积\n企业名称|本年|上年|用地面积\n甲公司|1|2|3",
        "企业名称|税收||用地面积\n|本年|上年|\n甲公司|1|2|3",
        "企业名称|税收(本年)|税收(上年)|用地面积",
    ),
    (
        "企业名称|本年|本年|上年|上年\n企业名称|税收|用地|税收|用地\n甲公司|1|2|3|4",
        "企业名称|本年||上年|\n|税收|用地|税收|用地\n甲公司|1|2|3|4",
        "企业名称|税收(本年)|用地(本年)|税收(上年)|用地(上年)",
    ),
    (
        "企业名称|税收|用地面积\n企业名称|2023年|用地面积\n甲公司|1|2",
        "企业名称|税收|用地面积\n|2023年|\n甲公司|1|2",
        "企业名称|税收|用地面积",
    ),
    (
        "企业名称|税收|用地面积\n企业名称|本年累计|用地面积\n甲公司|1|2",
        "企业名称|税收|用地面积\n|本年累计|\n甲公司|1|2",
        "企业名称|税收|用地面积",
    ),
    (
        "企业名称|税收|用地面积\n企业名称|上年同期|用地面积\n甲公司|1|2",
        "企业名称|税收|用地面积\n|上年同期|\n甲公司|1|2",
        "企业名称|税收(上年同期)|用地面积",
    ),
    (
        "企业名称|税收（万元）|税收（万元）|用地面积（亩）|用地面积（亩）\n企业名称|本月|累计|自有|租入\n甲公司|1|2|3|4",
        "企业名称|税收（万元）||用地面积（亩）|\n|本月|累计|自有|租入\n甲公司|1|2|3|4",
        "企业名称|税收(本月)(万元)|税收(累计)(万元)|自有用地面积(亩)|租入用地面积(亩)",
    ),
    (
        "企业名称|用地面积|用地面积|用地面积\n企业名称|自有(亩)|租入(亩)|租出(亩)\n甲公司|1|2|3",
        "企业名称|用地面积||\n|自有(亩)|租入(亩)|租出(亩)\n甲公司|1|2|3",
        "企业名称|自有用地面积(亩)|租入用地面积(亩)|租出用地面积(亩)",
    ),
    (
        "企业名称|用地面积|用地面积|用地面积|用地面积\n企业名称|合计|其中：自有|租入|租出\n甲公司|6|1|2|3",
        "企业名称|用地面积|||\n|合计|其中：自有|租入|租出\n甲公司|6|1|2|3",
        "企业名称|用地面积|自有用地面积|租入用地面积|租出用地面积",
    ),
    (
        "企业名称|税收|税收\n企业名称|实缴税金|增速\n甲公司|6|1",
        "企业名称|税收|\n|实缴税金|增速\n甲公司|6|1",
        "企业名称|实缴税金|税收(增速)",
    ),
    (
        "企业名称|销售收入|销售收入|税收\n企业名称|出口|内销|税收\n甲公司|1|2|3",
        "企业名称|销售收入||税收\n|出口|内销|\n甲公司|1|2|3",
        "企业名称|销售收入(出口)|销售收入(内销)|税收",
    ),
    (
        "企业名称|设备|设备|税收\n企业名称|台数|原值|税收\n甲公司|1|2|3",
        "企业名称|设备||税收\n|台数|原值|\n甲公司|1|2|3",
        "企业名称|设备-台数|设备-原值|税收",
    ),
    (
        "基本情况|基本情况|用地面积|用地面积\n企业名称|乡镇|自有|租入\n甲公司|孝顺|1|2",
        "基本情况||用地面积|\n企业名称|乡镇|自有|租入\n甲公司|孝顺|1|2",
        "企业名称|乡镇|自有用地面积|租入用地面积",
    ),
    (
        "序号|基本情况|基本情况|上年|上年\n序号|企业名称|乡镇|税收|销售收入\n1|甲公司|孝顺|1|2",
        "序号|基本情况||上年|\n|企业名称|乡镇|税收|销售收入\n1|甲公司|孝顺|1|2",
        "序号|企业名称|乡镇|税收(上年)|销售收入(上年)",
    ),
    (
        "企业名称|税收|税收|税收\n企业名称|2021|2022|2023\n甲公司|1|2|3",
        "企业名称|税收||\n|2021|2022|2023\n甲公司|1|2|3",
        "企业名称|税收(2021)|税收(2022)|税收(2023)",
    ),
    (
        "企业名称|税收|用地面积|用地面积\n企业名称|（万元）|自有|租入\n甲公司|1|2|3",
        "企业名称|税收|用地面积|\n|（万元）|自有|租入\n甲公司|1|2|3",
        "企业名称|税收(万元)|自有用地面积|租入用地面积",
    ),
]


@pytest.mark.parametrize(("filled", "blank", "names"), _TWO_LINES, ids=[names for *_, names in _TWO_LINES])
@pytest.mark.parametrize("title", ["", "金东区2023年汇总表", "填报单位：局"])
def test_two_lines_give_one_name(filled: str, blank: str, names: str, title: str) -> None:
    """Merged cells that arrive repeated or blank give the same names, those that are known where there are any.

    Columns that would be one field are told apart by their lines, never guessed.
    """
    for text in (filled, blank):
        found = layout(f"{title}\n{text}" if title else text)
        assert "|".join(found.header) == names
        first = 2 if title else 1
        assert shape(found) == ((first, first + 1), None, first + 2)
        assert found.titles == ((title,) if title else ())
        assert found.known == _HEADERS.count(names.split("|"))


@pytest.mark.parametrize(
    ("text", "names", "where"),
    [
        (
            "企业名称|乡镇|2023年|||\n||税收||用地面积|\n||本月|累计|自有|租入\n||万元|万元|亩|亩\n甲公司|孝顺|1|2|3|4",
            "企业名称|乡镇|税收(2023年-本月)(万元)|税收(2023年-累计)(万元)|自有用地面积(亩)|租入用地面积(亩)",
            ((1, 2, 3), 4, 5),
        ),
        (
            "企业名称|2023年|2023年|2022年\n企业名称|税收|用地面积|税收\n企业名称|税收|自有|税收\n甲公司|1|2|3",
            "企业名称|税收(2023年)|自有用地面积|税收(2022年)",
            ((1, 2, 3), None, 4),
        ),
        (
            "基本情况|基本情况|用地面积|用地面积|用地面积\n企业|企业|自有|租入|租出\n名称|代码|亩|亩|亩\n甲|9|1|2|3",
            "企业名称|企业代码|自有用地面积(亩)|租入用地面积(亩)|租出用地面积(亩)",
            ((1, 2, 3), None, 4),
        ),
    ],
)
def test_three_lines_give_one_name(text: str, names: str, where: tuple[tuple[int, ...], int | None, int]) -> None:
    """A header may have three lines, and units under them."""
    found = layout(text)
    assert "|".join(found.header) == names
    assert shape(found) == where


def test_captions_that_change_no_name_are_titles() -> None:
    """A line above the header that neither makes nor completes a name is told as titles: the header is as written."""
    found = layout("基本情况||2023年|\n企业名称|乡镇|税收|备注\n甲公司|孝顺|1|好")
    assert (found.header, found.titles) == (("企业名称", "乡镇", "税收", "备注"), ("基本情况", "2023年"))
    assert shape(found) == ((2,), None, 3)


def test_words_broken_over_two_lines_are_joined() -> None:
    """Names that were broken into two rows are whole again."""
    found = layout("统一社会|企业|实缴|年\n信用代码|名称|税金|度\n91330703A0MLW9562D|甲公司|5|2023")
    assert (found.header, found.data_row) == (("统一社会信用代码", "企业名称", "实缴税金", "年度"), 3)


def test_a_header_merged_over_two_rows_is_read_once() -> None:
    """Cells that are all merged downwards arrive as two equal rows, neither of which is data."""
    found = layout("企业名称|税收\n企业名称|税收\n甲公司|1")
    assert (found.header, shape(found)) == (("企业名称", "税收"), ((1, 2), None, 3))


# --- what is asked of others ------------------------------------------------------------------------------------------


def test_wide_tables_ask_for_known_words_a_few_hundred_times() -> None:
    """A table of forty columns on two lines over eighty rows asks less than 300 times what is known."""
    calls = 0

    def known(headers: Sequence[str]) -> int:
        nonlocal calls
        calls += 1
        return _HEADERS.count(headers)

    names = list(dataset().fields)[:20]
    upper = ["企业名称", *(name for name in names for _ in range(2))]
    lower = ["企业名称", *["本年", "其他"] * len(names)]
    data = [[f"甲{row}公司", *(f"{row}.{place}" for place in range(2 * len(names)))] for row in range(80)]
    found = find_layout([["情况表"], upper, lower, *data], known)
    assert found is not None
    assert found.header_rows == (2, 3)
    assert calls < 300


def test_rows_of_data_are_not_asked_about() -> None:
    """Once a header is found, no name of an enterprise is looked up that could not make a better one."""
    asked = list[str]()

    def known(headers: Sequence[str]) -> int:
        asked.extend(headers)
        return _HEADERS.count(headers)

    found = find_layout(
        [["企业名称", "税收", "年度"], *([f"甲{row}公司", str(row), "2023"] for row in range(50))], known
    )
    assert found is not None
    assert found.header_rows == (1,)
    assert sum(text.startswith("甲") for text in asked) <= 2


def test_serial_columns_are_those_that_number_the_rows() -> None:
    """序号, 编号, No. and 行号 are found in any width, with blanks in them, and nothing else is."""
    found = layout("序 号|企业名称|编号|Ｎｏ．|行号|№|信用代码|税收\n1|甲公司|2|3|4|5|6|7")
    assert serial_columns(found) == (0, 2, 3, 4, 5)
    assert serial_columns(layout(_PLAIN.removeprefix("序号|").replace("\n1|", "\n"))) == ()


# --- titles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "year"),
    [
        (["金东区2023年度企业评价"], 2023),
        (["数据_2023.csv"], 2023),
        (["data.2023.xlsx", "企业2023(1)"], 2023),
        (["2023年1-12月"], 2023),
        (["２０２３ 年"], 2023),
        (["二〇二三年汇总表"], 2023),
        (["二○二三年", "二零二三年", "2023"], 2023),
        (["税收202312.xls"], 2023),
        (["2023.12"], 2023),
        (["2023亩均效益评价", "2023人均"], 2023),
        (["截至2023年12月31日"], 2023),
        (["浙政发〔2018〕5号", "2023年"], 2023),
        (["2023年度", "制表日期：2024年1月"], 2023),
        (["2023年度", "2024年1月5日"], 2023),
        (["2023年度", "导出20240105", "2024-01-05", "2024/1/5"], 2023),
        (["2021-2023年三年行动计划"], None),
        (["2022-23年"], None),
        (["2022年", "2023年"], None),
        (["二〇二二年至2023年"], None),
        (["前2000家企业", "1950亩", "2,023家", "2000.55"], None),
        (["三年未上规", "金东区", "", "12023", "20231"], None),
        ([], None),
    ],
)
def test_titles_state_a_year(texts: list[str], year: int | None) -> None:
    """The one year of the figures is read, however written; two years, and when a table was made, are none."""
    assert stated_year(texts) == year


@pytest.mark.parametrize(
    ("titles", "units"),
    [
        (["单位：万元"], ["万元"]),
        (["单位:元、平方米"], ["元", "平方米"]),
        (["（单位：千元/亩）"], ["千元/亩"]),
        (["计量单位：万元,亩；人"], ["万元", "亩", "人"]),
        (["(单位 万元)"], ["万元"]),
        (["（单位万元）"], ["万元"]),
        (["情况表（单位：万元）"], ["万元"]),
        (["填报单位：经商局    单位：万元"], ["万元"]),
        (["金额单位：万元，面积单位：亩"], ["万元", "亩"]),
        (["单位：万元（人民币）  2023 年"], ["万元"]),
        (["单位：万元 2023 年"], ["万元"]),
        (["单位：万元　亩"], ["万元", "亩"]),
        (["单位：件、万元"], ["万元"]),
        (["单位：万元", "单位：万元"], ["万元"]),
        (["单位：", "亩"], ["亩"]),
        (["单位", "亩"], ["亩"]),
        (["单位：㎡"], ["㎡"]),
        (["填报单位：经商局"], []),
        (["万元", "（万元）", "税收(万元)"], []),
        (["单位面积税收(万元)", "单位：", ""], []),
        ([], []),
    ],
)
def test_titles_state_units(titles: list[str], units: list[str]) -> None:
    """The units behind 单位 hold for the whole table; elsewhere a unit says nothing of it."""
    assert [unit.name for unit in stated_units(titles)] == units


# --- properties -------------------------------------------------------------------------------------------------------

_KNOWN = sorted({spelling for spelling in _HEADERS.spellings if len(spelling) > 2})
_OTHERS = ["备注", "法人", "联系人", "设备台数", "某列", "其他情况", "X1指标", "说明", "等级情况"]
_FIGURES = ["1,203.45", "8５", "-", "—", "#N/A", "0", "35.2亩", "80%", "9.13E+17", "2023-12-31", "是"]
_TEXTS = ["甲公司", "乙（集团）公司", "孝顺镇", "规上", "2023", "2023年", "正常", "", "元件", "名称", "无"]
_TITLES = ["情况表", "金东区2023年度企业情况汇总表", "填报单位：经商局", "单位：万元", "制表日期：2024年1月5日"]

_headers = st.tuples(
    st.lists(st.sampled_from(_KNOWN), min_size=3, max_size=8, unique=True),
    st.lists(st.sampled_from(_OTHERS), max_size=6, unique=True),
).flatmap(lambda parts: st.permutations(parts[0] + parts[1]))


@st.composite
def _tables(draw: st.DrawFn) -> Grid:
    """A header of known and other names over rows that have a figure or two."""
    header = draw(_headers)
    places = st.lists(st.sampled_from(range(len(header))), min_size=2, max_size=6)
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        row = [draw(st.sampled_from(_TEXTS)) for _ in header]
        for place in draw(places):
            row[place] = draw(st.sampled_from(_FIGURES))
        rows.append(row)
    return [list(header), *rows]


@given(_tables())
def test_the_header_of_a_plain_table_is_found(table: Grid) -> None:
    """The first row of a plain table is its header, as written."""
    found = find_layout(table, _HEADERS.count)
    assert found == Layout(tuple(table[0]), (1,), None, 2, (), (), _HEADERS.count(table[0]))


@st.composite
def _above(draw: st.DrawFn, width: int) -> Grid:
    """Titles, in one cell or repeated as merged ones, and blank rows."""
    rows = []
    for _ in range(draw(st.integers(0, 4))):
        text, kind = draw(st.sampled_from(_TITLES)), draw(st.integers(0, 3))
        rows.append([[text], [text] * width, ["", text, *[""] * width], [""] * width][kind])
    return rows


@given(st.one_of(_tables(), st.sampled_from([grid(text) for pair in _TWO_LINES for text in pair[:2]])), st.data())
def test_titles_only_move_the_header(table: Grid, data: st.DataObject) -> None:
    """Titles and blank rows above any header move its rows, are told, and change nothing else."""
    alone = find_layout(table, _HEADERS.count)
    above = data.draw(_above(len(table[0])))
    found = find_layout([*above, *table], _HEADERS.count)
    assert alone is not None
    assert found is not None
    assert (found.header, found.known, found.unit_row) == (alone.header, alone.known, alone.unit_row)
    assert found.header_rows == tuple(row + len(above) for row in alone.header_rows)
    assert found.data_row == alone.data_row + len(above)
    assert set(found.titles) == {cell for row in above for cell in row if cell}
    assert found.title_rows == tuple(index for index, row in enumerate(above, 1) if any(row))


@given(_tables(), st.randoms())
def test_the_order_of_columns_makes_no_difference(table: Grid, random: object) -> None:
    """The columns in another order have their names in that order."""
    order = list(range(len(table[0])))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = find_layout([[row[place] for place in order] for row in table], _HEADERS.count)
    assert found is not None
    assert found.header == tuple(table[0][place] for place in order)
    assert shape(found) == ((1,), None, 2)


_cells = st.one_of(
    st.text(max_size=6),
    st.text("年度单位:：万元/亩()（）0123456789-=本上累计甲乙一二〇 ", max_size=8),
    st.sampled_from([*_KNOWN, *_OTHERS, *_FIGURES, *_TEXTS, *_TITLES, "本年", "上年", "(1)", "元", "自有", "合计"]),
)


@given(st.lists(st.lists(_cells, max_size=6), max_size=8))
def test_any_grid_has_a_layout_or_none(rows: Grid) -> None:
    """Whatever the cells say, a layout keeps its promises: rows in order, in the grid, a name for each column."""
    found = find_layout(rows, _HEADERS.count)
    texts = [cell for row in rows for cell in row]
    assert stated_year(texts) is None or 1900 <= (stated_year(texts) or 0) <= 2999
    assert all(unit.name for unit in stated_units(texts))
    if found is None:
        return
    first, last = found.header_rows[0], found.header_rows[-1]
    assert found.header_rows == tuple(range(first, last + 1))
    assert len(found.header_rows) <= 3
    assert last < found.data_row <= len(rows) + 1
    assert found.unit_row is None or last < found.unit_row < found.data_row
    assert len(found.header) == max(len(rows[row - 1]) for row in found.header_rows)
    assert all(0 < row < first for row in found.title_rows)
    assert set(found.titles) == {tidy(cell) for row in rows[: first - 1] for cell in row} - {""}
    assert len(set(found.titles)) == len(found.titles)
    assert found.known == _HEADERS.count([name for name in found.header if name])
    assert all(0 <= place < len(found.header) for place in serial_columns(found))


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_a_header_is_tidied_like_any_other(names: list[str]) -> None:
    """Names beside known ones are tidied as headers are everywhere."""
    assume(all(key(name) for name in names))
    found = find_layout(
        [["企业名称", "统一社会信用代码", "税收", "年度", *["用地面积"] * len(names), *names]], _HEADERS.count
    )
    assert found is not None
    assert found.header[-len(names) :] == tuple(map(tidy, names))
