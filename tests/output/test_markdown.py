"""Markdown: every cell is text, never markup."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from mujun.output.table import markdown
from tests.output.sheets import NUMBERS, TEXTS, Cell, engine, is_safe, sheet


@given(drawn=st.lists(st.tuples(TEXTS, NUMBERS), min_size=1, max_size=5))
def test_a_cell_cannot_leave_its_place(drawn: list[tuple[Cell, int | None]]) -> None:
    """Whatever a cell holds, each row is one line of as many cells as the header has, without markup or HTML."""
    one = sheet([[text] for text, _ in drawn], [number for _, number in drawn])
    lines = "".join(markdown([one], engine())).removesuffix("\n").split("\n")
    assert lines[:2] == ["| 列0 | 数(万元) |", "| --- | ---: |"]
    assert len(lines) == 2 + len(drawn)
    for line, (text, _) in zip(lines[2:], drawn, strict=True):
        bare = re.sub(r"\\[\\|*_`\[\]~#]", "", line)
        assert bare.count("|") == 3
        assert not re.search(r"[<>*_`\[\]~#\\]|&(?!amp;|lt;|gt;)", bare)
        assert is_safe(line)
        shown = re.sub(r"\\(.)", r"\1", line.split(" | ")[0][2:])
        shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if text is not None and text.isprintable():
            assert shown.strip() == " ".join(text.split())
