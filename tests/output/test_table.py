"""Tables on a terminal: never wider than it, aligned, and open about what they leave out."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from wcwidth import wcswidth

import mujun
from mujun.cli.classify import _lists, _outcomes
from mujun.output.table import terminal
from mujun.plan.plan import Column
from tests.cli.program import DATA
from tests.output.sheets import NUMBERS, TEXTS, Cell, Kept, engine, is_safe, sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mujun.output.sheet import Sheet

ROWS = st.lists(st.tuples(TEXTS, TEXTS, NUMBERS), min_size=1, max_size=5)


def render(one: Sheet, width: int | None) -> list[str]:
    """The lines of a table."""
    return "".join(terminal([one], engine(), width)).splitlines()


@given(
    drawn=ROWS, width=st.integers(20, 200), title=st.text(st.sampled_from("金华 (2021)，。a\x1b\u202e—"), max_size=60)
)
def test_no_line_is_wider_than_the_terminal(drawn: list[tuple[Cell, Cell, int | None]], width: int, title: str) -> None:
    """Whatever the cells and the title hold, no line is wider than the terminal, and no cell breaks its line."""
    one = sheet([[a, b] for a, b, _ in drawn], [number for _, _, number in drawn])
    found = "".join(terminal([replace(one, title=title)], engine(), width))
    lines = found.removesuffix("\n").split("\n")
    assert all(wcswidth(line) <= width for line in lines)
    assert all(map(is_safe, lines))


@given(drawn=ROWS)
def test_columns_are_aligned(drawn: list[tuple[Cell, Cell, int | None]]) -> None:
    """Every figure ends where its column ends, however wide the texts before it are."""
    lines = render(sheet([[a, b] for a, b, _ in drawn], [number for _, _, number in drawn]), None)
    rule = wcswidth(lines[2])
    assert all(wcswidth(line) <= rule for line in lines)
    for line, (_, _, number) in zip(lines[3:], drawn, strict=True):
        assert number is None or wcswidth(line) == rule


@pytest.fixture(scope="module")
def evaluation() -> Iterator[mujun.Evaluation]:
    """The invented enterprises, judged."""
    judged = mujun.evaluate(DATA / "enterprises.csv", DATA / "pack")
    judged.engine = Kept(judged.engine)
    yield judged
    judged.engine.connection.close()


def test_the_lists_fit_every_terminal(evaluation: mujun.Evaluation) -> None:
    """At every width the lists and outcomes fit, keep rank and name, and name each column that is not shown."""
    sheets = (*_lists(evaluation, 3), *_outcomes(evaluation, 3))
    for width, one in itertools.product(range(40, 201), sheets):
        lines = "".join(terminal([one], evaluation.engine, width)).splitlines()
        assert all(wcswidth(line) <= width for line in lines)
        text = "\n".join(lines)
        start = next((i for i, line in enumerate(lines) if line.startswith("---")), None)
        if start is None:
            continue
        heads = " ".join(lines[start - 2 : start]).split()
        note = "".join(text.partition("宽度不够，未显示")[2].split()).partition("；")[0]
        for column in one.unsaid.columns:
            assert (column.name in heads) != (column.name in note.split("、")), column.name
        assert "名次" in heads or one.name == "结论"
        assert "企业名称" in heads


def test_the_lists_fit_the_narrowest_terminal(evaluation: mujun.Evaluation) -> None:
    """Even in twenty columns no line is wider, and every list still names someone."""
    for width, one in itertools.product(range(20, 40), _lists(evaluation, 3)):
        lines = "".join(terminal([one], evaluation.engine, width)).splitlines()
        assert all(wcswidth(line) <= width for line in lines)
        assert one.name == "无人" or any("企业名称" in line and "、" not in line for line in lines)


@pytest.mark.parametrize("names", [("列0",), ("列1", "列0"), ("列0", "列1", "数")])
def test_one_column_always_stays(names: tuple[str, ...]) -> None:
    """Whatever columns are asked for, if only those that repeat who it is, a narrow terminal shows one of them."""
    one = sheet([["甲" * 40, "乙" * 40]], [10**15])
    columns = tuple(column for name in names for column in one.columns if column.name == name)
    lines = render(replace(one, columns=columns, identity=("列0", "列1")), 20)
    assert all(wcswidth(line) <= 20 for line in lines)
    assert lines[0].split()[0] in names


def test_a_wider_terminal_shows_no_less(evaluation: mujun.Evaluation) -> None:
    """A column that is shown is not hidden again where there is more room, and at last all are shown."""
    for one in _lists(evaluation, None):
        hidden = [
            len("".join("".join(terminal([one], evaluation.engine, width)).partition("未显示")[2].split()).split("、"))
            for width in range(40, 400, 20)
        ]
        assert hidden == sorted(hidden, reverse=True)
        assert "未显示" not in "".join(terminal([one], evaluation.engine, None))


def test_figures_are_never_cut() -> None:
    """Where a figure does not fit it is hidden with its column: a cut one would be a wrong one."""
    one = sheet([["甲" * 30]], [123_456_789_012_345])
    for width in range(20, 80):
        text = "".join(terminal([one], engine(), width))
        assert "123,456,789.01" in text or "数" in text.partition("未显示")[2]


def test_a_figure_is_rounded_half_up_for_the_eye() -> None:
    """Figures are shown with the decimals of their column, rounded half up, with thousands separators."""
    shown = render(sheet([["甲"]] * 4, [1_234_565_000, -5_000, 4_999, None]), 80)
    assert [line.split()[1:] for line in shown[3:]] == [["1,234.57"], ["-0.01"], ["0.00"], []]


def test_units_stand_below_names() -> None:
    """A unit has a line of its own, which is not there where no column has one."""
    assert render(sheet([["甲"]], [1]), 80)[:2] == ["列0      数", "     (万元)"]
    assert render(sheet([["甲"]]), 80) == ["列0", "---", "甲"]


def test_columns_asked_for_are_shown_though_the_title_says_them() -> None:
    """What the title says already is left out of the table, unless the sheet says nothing of the kind."""
    one = sheet([["甲", "乙"]])
    assert render(replace(one, said=("列0",)), 80) == ["列1", "---", "乙"]
    assert render(one, 80)[0] == "列0  列1"


def test_a_column_of_a_very_long_name_is_cut_too() -> None:
    """A heading counts like a cell: it cannot push a table over the edge."""
    one = sheet([["甲"]])
    long = Column("很长的列名" * 20)
    assert all(wcswidth(line) <= 40 for line in render(replace(one, columns=(long,)), 40))
