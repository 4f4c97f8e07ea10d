"""Opening: what a workbook's cells say reaches DuckDB as written."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from mujun.intake.opening import _TOGETHER, _write
from mujun.intake.rows import rows

_CELLS = st.text("ab甲,\"\n\r' ", max_size=3)


@st.composite
def _rows(draw: st.DrawFn) -> list[list[str]]:
    """Rows of one length, some more than are written at once, nearly all of them plain."""
    width = draw(st.integers(1, 3))
    rows = [["甲公司", "3.5", ""][:width] for _ in range(draw(st.integers(0, 2 * _TOGETHER)))]
    for _ in range(draw(st.integers(0, 3))):
        rows.insert(draw(st.integers(0, len(rows))), draw(st.lists(_CELLS, min_size=width, max_size=width)))
    return rows


@given(grid=_rows())
def test_rows_are_written_as_the_csv_module_writes_them(grid: list[list[str]]) -> None:
    """Cells with delimiters, quotes and line breaks stay cells, whatever rows are written along with them."""
    usual, out = io.StringIO(newline=""), io.StringIO(newline="")
    csv.writer(usual, lineterminator="\n").writerows([4, number, *row] for number, row in enumerate(grid, 7))
    _write(out, grid, 4, 7)
    assert out.getvalue() == usual.getvalue()


def test_long_cells_of_two_files_at_once() -> None:
    """Files read row by row at the same time share the csv module's limit; the last resets it."""
    limit = csv.field_size_limit()
    long = f"a,{'x' * (limit + 1)}\n"
    one, other = (rows([long, long], ",", 2, name) for name in ("甲", "乙"))
    assert len((next(one)[1] or [])[1]) == limit + 1
    assert len((next(other)[1] or [])[1]) == limit + 1
    assert [number for number, *_ in one] == [2]
    assert [len((row or [])[1]) for _, row, _ in other] == [limit + 1]
    assert csv.field_size_limit() == limit
