"""CSV and TSV, which SQL writes, are read back by Python as the cells that were put in."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.output.delimited import lines as encoded
from mujun.output.delimited import quote
from tests.output.sheets import CHARS, NUMBERS, Cell, engine, rows, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun.output.sheet import Sheet

DELIMITERS = [",", "\t"]


def lines(sheets: Sequence[Sheet], delimiter: str) -> str:
    """The sheets as text."""
    return b"".join(encoded(sheets, engine(), delimiter)).decode()


def guarded(cell: Cell) -> str:
    """A text as it is promised to come out: with an apostrophe where a spreadsheet would take it for a formula."""
    text = cell or ""
    is_number = re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text and not is_number else text


def read(text: str, delimiter: str) -> list[list[str]]:
    """What Python's reader makes of it."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


@pytest.mark.parametrize("delimiter", DELIMITERS)
@given(drawn=st.integers(1, 3).flatmap(rows))
def test_every_text_comes_back(delimiter: str, drawn: list[list[Cell]]) -> None:
    """Any text comes back from the file as it was, save for the apostrophe before what looks like a formula."""
    header, *found = read(lines([sheet(drawn)], delimiter), delimiter)
    assert header == [f"列{i}" for i in range(len(drawn[0]))]
    assert found == [[guarded(cell) for cell in row] for row in drawn]


@given(numbers=st.lists(NUMBERS, min_size=1, max_size=5))
def test_every_number_comes_back(numbers: list[int | None]) -> None:
    """A figure is written with every decimal it has, and no more, and never with an apostrophe."""
    _, *found = read(lines([sheet([["甲"]] * len(numbers), numbers)], ","), ",")
    for (_, cell), number in zip(found, numbers, strict=True):
        assert re.fullmatch(r"-?[0-9]+(\.[0-9]*[1-9])?", cell) if number is not None else cell == ""
        assert number is None or cell == plain(number)


def plain(millionths: int) -> str:
    """A number of millionths as a decimal."""
    whole, rest = divmod(abs(millionths), 10**6)
    return ("-" if millionths < 0 else "") + (f"{whole}.{rest:06}".rstrip("0").rstrip("."))


@pytest.mark.parametrize("delimiter", DELIMITERS)
@given(text=st.text(CHARS, max_size=12))
def test_headers_are_quoted_like_cells(delimiter: str, text: str) -> None:
    """What Python quotes, the header, follows the rules of what SQL quotes, the cells."""
    [_, line] = lines([sheet([["x", text]])], delimiter).split("\n", 1)
    assert line == f"x{delimiter}{quote(text, delimiter)}\n"


def test_stacked_sheets_share_their_columns() -> None:
    """Of sheets with different columns each has a cell for every column, empty where it has none."""
    one = sheet([["a", "b"]])
    assert lines([one], ",") == "列0,列1\na,b\n"
    other = sheet([["c"]], [2_500_000])
    text = lines([other, other], ",")
    assert text == "列0,数\nc,2.5\nc,2.5\n"


def test_no_sheets_are_no_text() -> None:
    """Without a sheet there is nothing, not even a header."""
    assert lines([], ",") == ""
