"""Conditions are read as trees of comparisons that know their places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.pack import condition
from mujun.pack.condition import All, Any_, Condition, Leaf, Not, leaves
from mujun.pack.problems import Place, Problem
from mujun.pack.yaml import Document, Path_

FILE = Path("lists/a.yaml")


def document(value: Any) -> Document:
    """A document whose places nobody looks at."""
    return Document(FILE, value, {(): Place(FILE)}, {})


def parse(value: Any) -> Condition:
    """A condition without faults."""
    problems: list[Problem] = []
    found = condition.parse(document(value), value, (), problems)
    assert not problems
    assert found is not None
    return found


def bare(tree: Condition) -> object:
    """A condition without places."""
    match tree:
        case Leaf():
            return (tree.name, tree.op, tree.right)
        case All(parts):
            return ["all", *map(bare, parts)]
        case Any_(parts):
            return ["any", *map(bare, parts)]
        case Not(part):
            return ["not", bare(part)]


@pytest.mark.parametrize(
    ("written", "op", "right"),
    [
        (">= 80%", ">=", "80%"),
        (">=80%", ">=", "80%"),
        ("  <   低效线 ", "<", "低效线"),
        ("== 是", "=", "是"),
        ("!= A", "!=", "A"),
        ("≤ 3亩", "<=", "3亩"),
        ("≥ 3亩", ">=", "3亩"),
        ("≠ 3亩", "!=", "3亩"),
        ("＜＝　３亩", "<=", "３亩"),
        ("！＝ 好！", "!=", "好！"),
        ("in [A, B]", "in", "[A, B]"),
        ("in[A]", "in", "[A]"),
        ("in 等级", "in", "等级"),
        ("> -3%", ">", "-3%"),
        ("missing", "missing", ""),
        (" present ", "present", ""),
    ],
)
def test_comparisons(written: str, op: str, right: str) -> None:
    """A comparison is an operator, in either width, and what stands behind it, untouched."""
    assert bare(parse({"税收": written})) == ("税收", op, right)


def test_trees() -> None:
    """all, any and not nest, and leaves come in the order written."""
    value = {"all": [{"甲": "> 1"}, {"any": [{"乙": "missing"}, {"not": {"丙": "= 是"}}]}]}
    tree = parse(value)
    assert bare(tree) == ["all", ("甲", ">", "1"), ["any", ("乙", "missing", ""), ["not", ("丙", "=", "是")]]]
    assert [leaf.name for leaf in leaves(tree)] == ["甲", "乙", "丙"]
    assert list(leaves(None)) == []


def test_notes_belong_to_their_comparison() -> None:
    """A comparison keeps what its author notes and cites beside it."""
    leaf = parse({"税收": " > 1 ", "cites": "二（一）", "note": "全口径"})
    assert isinstance(leaf, Leaf)
    assert (leaf.cites, leaf.note, leaf.written) == ("二（一）", "全口径", "> 1")


def test_places() -> None:
    """A comparison knows where its name and its right stand."""
    places: dict[Path_, Place] = {(): Place(FILE, 4, 3), ("税收",): Place(FILE, 4, 8)}
    found = Document(FILE, {}, places, {("税收",): Place(FILE, 4, 3)})
    leaf = condition.parse(found, {"税收": ">=   低效线"}, (), [])
    assert isinstance(leaf, Leaf)
    assert (leaf.place, leaf.right_place) == (Place(FILE, 4, 3), Place(FILE, 4, 13))


@pytest.mark.parametrize(
    ("written", "close"),
    [
        ("=> 3", ">="),
        ("=< 3", "<="),
        ("<> 3", "!="),
        ("> = 3", ">="),
        ("! = 3", "!="),
        ("不低于 3", ">="),
        ("不超过3", "<="),
        ("低于 3万元", "<"),
        ("大于3", ">"),
        ("大于等于 3", ">="),
        ("为 是", "="),
        ("不为 是", "!="),
        ("属于 [A]", "in"),
        ("IN [A]", "in"),
        ("缺失", "missing"),
        ("已填", "present"),
        ("misssing", "missing"),
    ],
)
def test_what_an_author_may_mean(written: str, close: str) -> None:
    """What authors write instead of an operator is answered with the operator."""
    problems: list[Problem] = []
    assert condition.parse(document({}), {"税收": written}, (), problems) is None
    [problem] = problems
    assert problem.message.startswith(
        f"条件“{written}”应以比较符开头，是否想写“{close}”，可用：<=  >=  !=  <  >  =  in"
    )


def test_all_faults_of_a_tree() -> None:
    """Every leaf at fault is reported, not only the first."""
    problems: list[Problem] = []
    value = {"any": [{"甲": "1"}, {"not": {"all": ["乙", {"丙": "="}]}}, {"丁": "missing 1"}, {"戊": "> 1"}]}
    assert condition.parse(document(value), value, (), problems) is None
    assert len(problems) == 4


plain = st.recursive(
    st.text(max_size=8) | st.none() | st.booleans(),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "note", "税收"]) | st.text(max_size=3), below, max_size=3
        )
    ),
    max_leaves=10,
)


@given(plain)
def test_any_value_is_a_condition_or_a_fault(value: Any) -> None:
    """Whatever stands where a condition should, it is one or is reported."""
    problems: list[Problem] = []
    found = condition.parse(document(value), value, (), problems)
    assert found is not None or problems
