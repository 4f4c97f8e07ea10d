"""Opening: what a workbook's cells say reaches DuckDB as written."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from mujun.intake.opening import _TOGETHER, _write

_CELLS = st.text("ab甲,\"\n\r' ", max_size=3)


@st.composite
def _rows(draw: st.DrawFn) -> list[list[str]]:
    """Rows of one length, some more than are written at once, nearly all of them plain."""
    width = draw(st.integers(1, 3))
    rows = [["甲公司", "3.5", ""][:width] for _ in range(draw(st.integers(0, 2 * _TOGETHER)))]
    for _ in range(draw(st.integers(0, 3))):
        rows.insert(draw(st.integers(0, len(rows))), draw(st.lists(_CELLS, min_size=width, max_size=width)))
    return rows


@given(rows=_rows())
def test_rows_are_written_as_the_csv_module_writes_them(rows: list[list[str]]) -> None:
    """Cells with delimiters, quotes and line breaks stay cells, whatever rows are written along with them."""
    usual, out = io.StringIO(newline=""), io.StringIO(newline="")
    csv.writer(usual, lineterminator="\n").writerows(rows)
    _write(out, rows)
    assert out.getvalue() == usual.getvalue()
