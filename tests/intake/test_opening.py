"""Opening: files two at a time and in their order; what a workbook's cells say reaches DuckDB as written."""

from __future__ import annotations

import contextlib
import csv
import io
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.errors import DataError
from mujun.intake import opening
from mujun.intake.files import expand
from mujun.intake.opening import _TOGETHER, _write, open_all
from mujun.intake.rows import rows
from tests.intake.read import TABLE

if TYPE_CHECKING:
    from pathlib import Path

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


def _files(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.csv" for number in range(count)]
    for path in paths:
        path.write_text(TABLE, encoding="utf-8")
    return paths


@pytest.mark.parametrize("small", [0, 1 << 20])
def test_files_come_in_their_order(tmp_path: Path, small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether files are opened before their turn, as small ones are, or not makes no difference to their order."""
    monkeypatch.setattr(opening, "_SMALL", small)
    paths = _files(tmp_path, 7)
    before = {*threading.enumerate()}
    with contextlib.ExitStack() as stack:
        found = list(open_all(expand(paths), len, stack))
        assert bool({*threading.enumerate()} - before) == (small > 0)
    assert [[source.file for source in own] for own in found] == [[str(path)] for path in paths]
    assert {*threading.enumerate()} <= before


def test_the_first_file_at_fault_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two files that cannot be opened it is the first in order, though the other is found out sooner."""
    paths, told = _files(tmp_path, 3), threading.Event()
    real = opening.open_sources

    def open_late(path: Path, *args: object) -> object:
        if path == paths[1]:
            assert told.wait(10)
        if path == paths[2]:
            told.set()
        return real(path, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "open_sources", open_late)
    for path in paths[1:]:
        path.write_bytes(b"")
    with contextlib.ExitStack() as stack, pytest.raises(DataError, match=r"1\.csv”是空文件"):
        list(open_all(expand(paths), len, stack))
