"""Conditions in SQL against an evaluator of Kleene's three-valued logic that knows nothing of SQL."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mujun.pack import Pack, Place, PolicyList
from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref, Right
from mujun.pack.policy import Route
from mujun.plan.plan import Plan
from mujun.quantity import parse_quantity

from .small import CODE, Bench, Row, firm, write_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Truth = bool | None
FLAGS, AMOUNTS, CHOICES = ("甲", "乙", "丙"), ("收入", "支出"), ("优", "良", "差")
LINE = Fraction(3)
INDICATORS = {
    "比": {"formula": "收入 / 支出"},
    "和": {"formula": "若缺(收入, 线) + 支出", "unit": "万元"},
    "商": {"formula": "若缺(收入 / 支出, 收入 / 线)"},
}


# --- the independent evaluator ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """A condition as drawn: ``leaf`` (name, op, right), ``not``, ``all`` or ``any``. Two nodes are never the same."""

    kind: str
    parts: tuple[Node, ...] = ()
    name: str = ""
    op: str = ""
    right: Any = None

    def __repr__(self) -> str:
        if self.kind == "leaf":
            return f"{self.name} {self.op} {self.right if self.right is not None else ''}".strip()
        return f"{self.kind}({', '.join(map(repr, self.parts))})"

    def leaves(self) -> Iterator[Node]:
        """The leaves in the order written."""
        if self.kind == "leaf":
            yield self
        for part in self.parts:
            yield from part.leaves()


_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b, ">": lambda a, b: a > b,
}  # fmt: skip


def figure(name: str, row: Row) -> Fraction | None:
    """A number of a row: an amount, or an indicator over the two. A divisor of 0 or less makes a ratio unknown."""
    if name in AMOUNTS:
        return None if row[name] is None else Fraction(row[name])
    top, bottom = figure("收入", row), figure("支出", row)
    if name == "和":
        return None if bottom is None else (LINE if top is None else top) + bottom
    if top is None:
        return None
    if bottom is None or bottom <= 0:
        return None if name == "比" else top / LINE
    return top / bottom


def gaps(name: str, row: Row) -> Iterator[str]:
    """The missing or useless amounts that make a number unknown; not one that has a stand-in."""
    parts = {"比": AMOUNTS, "商": AMOUNTS, "和": ("支出",)}.get(name, (name,))
    yield from (part for part in parts if row[part] is None)
    if useless(name, row):
        yield "支出"


def useless(name: str, row: Row) -> bool:
    """Whether the divisor of a ratio makes it unknown."""
    return name in ("比", "商") and figure(name, row) is None and row["支出"] is not None and row["支出"] <= 0


def fact(leaf: Node, row: Row) -> Truth:
    """Whether a leaf holds by itself."""
    numeric = leaf.name in (*AMOUNTS, *INDICATORS)
    value = figure(leaf.name, row) if numeric else row[leaf.name]
    if leaf.op in ("missing", "present"):
        return (value is None) is (leaf.op == "missing")
    if value is None:
        return None
    if numeric:
        line = figure("支出", row) if leaf.right == "支出" else LINE
        return None if line is None else _COMPARE[leaf.op](value, line)
    if leaf.op == "in":
        return value in leaf.right
    return (value == leaf.right) is (leaf.op == "=")


def truth(node: Node, row: Row, flipped: Node | None = None) -> Truth:
    """Kleene's logic: a false part settles ``all``, a true one ``any``; otherwise an unknown part leaves it open."""
    if node.kind == "leaf":
        found = fact(node, row)
        return found if node is not flipped or found is None else not found
    below = [truth(part, row, flipped) for part in node.parts]
    if node.kind == "not":
        return None if below[0] is None else not below[0]
    settles = node.kind == "any"
    if settles in below:
        return settles
    return None if None in below else not settles


def outcome(among: Node | None, when: Node, row: Row, flipped: Node | None = None) -> str:
    """不适用 outside, 否 where the condition cannot hold, 是 where both hold, otherwise 待核实."""
    inside = truth(among, row, flipped) if among is not None else True
    holds = truth(when, row, flipped)
    if inside is False:
        return "不适用"
    if holds is False:
        return "否"
    return "是" if inside and holds else "待核实"


def lacking(node: Node, row: Row) -> Iterator[str]:
    """The missing figures of unknown leaves under nothing but unknown nodes, in the order written."""
    if truth(node, row) is not None:
        return
    for part in node.parts:
        yield from lacking(part, row)
    if node.kind == "leaf":
        for name in (node.name, "支出") if node.right == "支出" else (node.name,):
            numeric = name in (*AMOUNTS, *INDICATORS)
            yield from gaps(name, row) if numeric else [name] * (row[name] is None)


def remarked(among: Node | None, when: Node, row: Row) -> Iterator[str]:
    """What is exactly on a line and decides, and a divisor that is no use."""
    for tree in (among, when) if among is not None else (when,):
        for leaf in tree.leaves():
            if leaf.op not in ("<", "<=", ">=", ">"):
                continue
            value = figure(leaf.name, row)
            line = figure("支出", row) if leaf.right == "支出" else LINE
            decides = outcome(among, when, row) != outcome(among, when, row, leaf)
            if value is not None and value == line and decides:
                shown = {"万元": "3万元", "": "3", "线": "线（3万元）"}.get(leaf.right, leaf.right)
                yield f"{leaf.name}恰在线上：{shown}"
            if useless(leaf.name, row):
                yield f"支出不大于0，{leaf.name}无法计算"


# --- what is drawn ---------------------------------------------------------------------------------------------------


def _leaf(name: str, ops: tuple[str, ...], rights: tuple[Any, ...]) -> st.SearchStrategy[Node]:
    return st.builds(Node, st.just("leaf"), st.just(()), st.just(name), st.sampled_from(ops), st.sampled_from(rights))


ORDER = ("<", "<=", ">=", ">", "=", "!=")
leaf_nodes = st.one_of(
    *(_leaf(name, ("=", "!="), (True, False)) for name in FLAGS),
    _leaf("等级", ("in",), (("优",), ("优", "良"))),
    _leaf("等级", ("=", "!="), CHOICES),
    _leaf("收入", ORDER, ("万元", "线", "支出")),
    _leaf("支出", ORDER, ("万元", "线")),
    _leaf("和", ORDER, ("万元", "线", "支出")),
    _leaf("比", ORDER, ("",)),
    _leaf("商", ORDER, ("",)),
    *(_leaf(name, ("missing", "present"), (None,)) for name in ("甲", "收入", "比", "商", "等级")),
)


def _branch(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    many = st.builds(Node, st.sampled_from(["all", "any"]), st.lists(below, min_size=1, max_size=3).map(tuple))
    return many | many | st.builds(Node, st.just("not"), st.tuples(below))


nodes = st.recursive(leaf_nodes, _branch, max_leaves=7)
figures = st.none() | st.sampled_from([3, 3, 1, 9, 0, -1])
facts = st.fixed_dictionaries(
    {
        **dict.fromkeys(FLAGS, st.sampled_from([None, None, True, False])),
        **dict.fromkeys(AMOUNTS, figures),
        "等级": st.none() | st.sampled_from(CHOICES),
    }
)
tables = st.lists(facts, min_size=1, max_size=8).map(
    lambda drawn: [firm(f"C{number}", **row) for number, row in enumerate(drawn)]
)


# --- into the pack ---------------------------------------------------------------------------------------------------

_lines = count(1)


def condition(node: Node) -> Condition:
    """The node as a pack would hold it, each leaf at a place of its own."""
    if node.kind != "leaf":
        parts = tuple(condition(part) for part in node.parts)
        return Not(parts[0]) if node.kind == "not" else All(parts) if node.kind == "all" else Any_(parts)
    right: Right = node.right
    if node.right in ("线", "支出"):
        right = Ref(node.right)
    elif node.name in (*AMOUNTS, *INDICATORS) and node.right is not None:
        right = parse_quantity(f"{LINE}{node.right}")
    place = Place(Path("drawn"), next(_lines))
    return Leaf(node.name, node.op, right, "", place, place)


class World:
    """A pack and an engine for all examples."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.bench = pack, Bench()

    def with_list(self, **changes: Any) -> tuple[Pack, PolicyList]:
        """The pack with its list changed."""
        item = replace(self.pack.lists["名单"], **changes)
        return replace(self.pack, lists={item.name: item}), item


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three flags, two amounts and what is made of them, a choice; a list whose conditions each example replaces."""
    pack = write_pack(
        tmp_path_factory.mktemp("pack"),
        lists={"名单": {"when": {"甲": "= 是"}}},
        fields={
            **{name: {"type": "flag"} for name in FLAGS},
            **{name: {"unit": "万元"} for name in AMOUNTS},
            "等级": {"type": "choice", "values": {choice: [] for choice in CHOICES}},
        },
        indicators=INDICATORS,
        parameters={"线": {"value": f"{LINE}万元"}},
    )
    return World(pack)


# --- outcomes --------------------------------------------------------------------------------------------------------


@given(st.none() | nodes, nodes, tables)
def test_outcomes_missing_figures_and_remarks_follow_three_valued_logic(
    world: World, among: Node | None, when: Node, rows: list[Row]
) -> None:
    """The outcome is Kleene's; 缺少 names what keeps it open, nothing else; 恰在线上 stands where the line decides."""
    changed, _ = world.with_list(among=condition(among) if among is not None else None, when=condition(when))
    found = {row["统一社会信用代码"]: row for row in world.bench.outcomes(changed, rows)}
    assert len(found) == len(rows)
    for row in rows:
        got = found[row[CODE]]
        about = f"among {among} when {when}: {row}"
        wanted = outcome(among, when, row)
        assert got["结论"] == wanted, about
        trees = [tree for tree in (among, when) if tree is not None]
        names = sorted({name for tree in trees for name in lacking(tree, row)}) if wanted == "待核实" else []
        assert sorted(_parts(got["缺少"], "、")) == names, about
        if wanted == "待核实":
            assert names, f"nobody says why it is open: {about}"
        assert _parts(got["提示"], "；") == list(dict.fromkeys(remarked(among, when, row))), about


def _parts(text: str | None, separator: str) -> list[str]:
    return text.split(separator) if text is not None else []


# --- routes ----------------------------------------------------------------------------------------------------------

ROUTES = ("收", "改", "转")


def proposed(routes: list[tuple[str, Node | None]], row: Row) -> tuple[str, list[str]]:
    """The first route that applies, and the figures that may change the choice where it is open."""
    for index, (name, node) in enumerate(routes):
        holds = truth(node, row) if node is not None else True
        if holds:
            return name, []
        if holds is None:
            lacks: set[str] = set()
            for _, other in routes[index:]:
                if other is None or truth(other, row):
                    break
                lacks |= set(lacking(other, row))
            return "待定", sorted(lacks)
    return "无对应处置", []


@given(st.lists(nodes, min_size=3, max_size=3), st.booleans(), st.permutations(ROUTES), tables)
def test_the_first_route_in_precedence_is_proposed_and_none_where_one_before_it_is_unknown(
    world: World, drawn: list[Node], closed: bool, order: list[str], rows: list[Row]
) -> None:
    """A route is proposed only where every earlier one is known not to apply; 待定 names the figures it waits for."""
    trees: dict[str, Node | None] = dict(zip(ROUTES, drawn, strict=True))
    if closed:
        trees[order[-1]] = None  # the last one takes whoever is left
    place = Place(Path("drawn"))
    routes = tuple(
        Route(name, condition(node) if node is not None else None, "", "", place) for name, node in trees.items()
    )
    everyone = condition(Node("any", (Node("leaf", name="甲", op="missing"), Node("leaf", name="甲", op="present"))))
    changed, item = world.with_list(when=everyone, routes=routes, precedence="先后")
    setting = replace(world.pack.parameters["线"], name="先后", value=tuple(order))
    changed = replace(changed, parameters={**world.pack.parameters, "先后": setting})
    told = {row["统一社会信用代码"]: row for row in world.bench.outcomes(changed, rows)}
    members = {row[CODE]: row for row in world.bench.ask(Plan(changed, (item,)).list_query(item))}
    for row in rows:
        got, about = members[row[CODE]], f"{order} {trees}: {row}"
        name, lacks = proposed([(name, trees[name]) for name in order], row)
        assert got["建议处置"] == name, about
        assert sorted(_parts(got["缺少"], "、")) == lacks, about
        applies = [name for name in order if (node := trees[name]) is not None and truth(node, row)]
        assert [reason.split("：")[0] for reason in _parts(got["处置依据"], "；")] == applies, about
        for column in ("建议处置", "缺少", "提示"):
            assert told[row[CODE]][column] == got[column], about


def test_a_reason_says_a_missing_flag_is_missing(tmp_path: Path) -> None:
    """A route for a blank flag gives “缺失” as its reason, and not that the flag is 否."""
    pack = write_pack(
        tmp_path,
        lists={
            "名单": {
                "when": {"收入": "> 0元"},
                "routes": {"核": {"when": {"甲": "missing"}}, "收": {"when": {"甲": "= 否"}}},
            }
        },
        fields={"甲": {"type": "flag"}, "收入": {"unit": "万元"}},
    )
    rows = [firm("A", 收入=1), firm("B", 收入=1, 甲=False), firm("C", 收入=1, 甲=True)]
    found = Bench().members(pack, rows, "名单")
    assert [row["处置依据"] for row in found] == ["核：甲 缺失", "收：甲为否", None]
    assert [row["建议处置"] for row in found] == ["核", "收", "无对应处置"]


def test_a_ratio_with_another_way_out_is_not_called_impossible(tmp_path: Path) -> None:
    """Where a formula has a stand-in for a useless divisor, no remark says that it could not be computed."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"when": {"比": ">= 2"}}},
        fields={"收入": {"unit": "万元"}, "支出": {"unit": "万元"}},
        indicators={"比": {"formula": "若缺(收入 / 支出, 5)"}},
    )
    [row] = Bench().outcomes(pack, [firm("A", 收入=1, 支出=0)])
    assert (row["结论"], row["提示"]) == ("是", None)
