"""JSON: what comes in comes out, numbers as numbers and gaps as null."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mujun.output.jsonlines import json_array, json_lines
from tests.output.sheets import NUMBERS, TEXTS, Cell, engine, sheet

ROWS = st.lists(st.tuples(TEXTS, NUMBERS), min_size=1, max_size=5)


@given(drawn=ROWS)
def test_every_cell_comes_back(drawn: list[tuple[Cell, int | None]]) -> None:
    """Any text and any figure come back exactly, from the array and from the lines alike."""
    one = sheet([[text] for text, _ in drawn], [number for _, number in drawn])
    array = json.loads("".join(json_array([one], engine())), parse_float=Decimal, parse_int=Decimal)
    lines = "".join(json_lines([one], engine())).removesuffix("\n").split("\n")
    assert [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines] == array
    assert array == [{"列0": text, "数": None if number is None else Decimal(number) / 10**6} for text, number in drawn]


def test_no_rows_are_an_empty_array() -> None:
    """Without rows JSON is an empty array, and JSON lines are no lines."""
    assert "".join(json_array([], engine())) == "[]\n"
    assert list(json_lines([], engine())) == []
