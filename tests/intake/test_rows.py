"""Rows that are at fault: each is set aside and named, and costs no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.intake.read import HEADER, ROWS, TABLE, VALUES, read_text, refusal

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    """The header is row 1, blank lines are rows, and a quoted line break is inside one row."""
    lines = [HEADER, "", '91330703A0MLW9562D,"甲\n公司",2023,x', ",,,", "91330703A0Q1Y3TW1X,乙公司,2023,y"]
    found = read_text(tmp_path, "\r\n".join(lines))
    assert found.found == [("M201", 3, "税收", "x"), ("M201", 5, "税收", "y")]
    assert found.rows[0][1] == "甲 公司"


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ("91330703A0Q1Y3TW1X,乙公司2023,6.5", "M304", "这一行有 3 格，表头有 4 列"),
        ("91330703A0Q1Y3TW1X,乙,公司,2023,6.5", "M304", "这一行有 5 格，表头有 4 列"),
        ("91330703A0Q1Y3TW1X,,乙公司,2023,", "M304", "这一行有 5 格，表头有 4 列"),
        ("91330703A0Q1Y3TW1X,乙公司,2023,6.5,", "M304", "这一行有 5 格，表头有 4 列"),
        ('91330703A0Q1Y3TW1X,"乙公司,2023,6.5', "M306", "引号"),
        ('91330703A0Q1Y3TW1X,乙公司",2023,6.5', "M306", "引号"),
        ('91330703A0Q1Y3TW1X,乙公司,2023,"6"5', "M306", "引号"),
        ('91330703A0Q1Y3TW1X,乙公司,2023,"6.5', "M306", "引号"),
    ],
)
def test_a_row_at_fault_is_set_aside_and_named(tmp_path: Path, row: str, code: str, says: str) -> None:
    """A delimiter or quote too many or too few costs that row and no other, and never moves a figure."""
    found = read_text(tmp_path, "\n".join([HEADER, ROWS[0], row, ROWS[2]]))
    assert found.rows == [VALUES[0], VALUES[2]]
    assert found.balance == (3, 2, 0, 1)
    [finding] = found.findings
    assert (finding.code, finding.row, finding.text) == (code, 3, row)
    assert says in finding.message


@pytest.mark.parametrize("end", ["甲公司", '甲公司"', '"甲公司"', '"甲公司""'])
def test_quotes_left_open_in_two_rows_do_not_swallow_what_is_between(tmp_path: Path, end: str) -> None:
    """Where one row opens a quote and a later one closes it, the rows in between are not taken for one cell."""
    rows = [ROWS[0].replace("甲公司", '"甲公司'), ROWS[1], ROWS[2], "91330703A0MLW9569D,丁公司,2023,8"]
    rows.append("91330703A1YALE254P," + end.replace("甲", "戊") + ",2023,9")
    found = read_text(tmp_path, "\n".join([HEADER, *rows]))
    assert found.rows[:3] == [*VALUES[1:], ("91330703A0MLW9569D", "丁公司", 2023, 8_000_000)]
    assert found.found[0] == ("M306", 2, "", rows[0])
    assert found.balance[0] == 5


def test_a_row_of_two_lines_with_a_cell_too_few_is_one_row(tmp_path: Path) -> None:
    """A line break that belongs where it is makes no second row of the one at fault."""
    found = read_text(tmp_path, f'{HEADER}\n{ROWS[0]}\nX,"乙\n公司",2023\n{ROWS[2]}\n,,,x')
    assert [(code, row) for code, row, _, _ in found.found] == [("M304", 3), ("M201", 5), ("M301", 5)]


def test_cells_with_line_breaks_and_delimiters_are_cells(tmp_path: Path) -> None:
    """A quoted address of two lines with a comma in it is one cell."""
    table = 'a,b,c,企业名称,税收\n1,"路 1 号,\n二楼",3,"甲,\r\n公司",5\n'
    found = read_text(tmp_path, table)
    assert found.rows == [(None, "甲, 公司", None, 5_000_000)]


def test_many_rows_at_fault_are_listed_and_then_counted(tmp_path: Path) -> None:
    """A thousand rows are listed one by one; the last of them stands for all the others."""
    found = read_text(tmp_path, TABLE + "1,2\n" * 1500)
    assert found.balance == (1503, 3, 0, 1500)
    assert len(found.findings) == 1000
    assert sum(finding.count for finding in found.findings) == 1500
    assert found.findings[0].row == 5


def test_where_no_row_is_left_the_first_fault_is_told(tmp_path: Path) -> None:
    """A file of which every row is set aside is refused with the reason."""
    assert "3 行数据全部搁置，如第 2 行：这一行有 5 格" in refusal(
        tmp_path, HEADER + "\n" + ",".join("12345") + "\n1,2\n3,4\n"
    )
