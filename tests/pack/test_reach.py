"""Lists that can hold nobody and routes that are never proposed are reported, and no others."""

from __future__ import annotations

import operator
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.pack import load_pack
from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref, Right
from mujun.pack.policy import Scope
from mujun.pack.problems import Place
from mujun.pack.reach import possible
from mujun.quantity import Quantity, parse_quantity
from tests.pack.draft import LOW, PACK, Draft, Fault

HERE = Place(Path("lists/a.yaml"))

# --- whether a condition can hold, against trying every combination -------------------------------------------------

CHOICES = ("A", "B", "C", "D", "T")
DOMAINS: dict[str, tuple[Fraction | bool | str | None, ...]] = {
    "税收": (None, *(Fraction(half, 2) * 10_000 for half in range(-1, 8))),
    "规上": (None, True, False),
    "综合评价": (None, *CHOICES),
    "园区": (None, "甲", "乙", "其他"),
}
ORDERINGS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@cache
def scope() -> Scope:
    """The names of the shipped pack."""
    pack = load_pack()
    return Scope(pack.datasets["企业"].fields, pack.parameters, pack.indicators)


def leaf(name: str, op: str, right: Right = None) -> Leaf:
    """A comparison."""
    return Leaf(name, op, right, "", HERE, HERE)


known = st.sampled_from(["missing", "present"])
leaves_ = st.one_of(
    st.builds(leaf, st.sampled_from(sorted(DOMAINS)), known),
    st.builds(
        leaf,
        st.just("税收"),
        st.sampled_from([*ORDERINGS, "=", "!="]),
        st.integers(0, 3).map(lambda n: parse_quantity(f"{n}万元")),
    ),
    st.builds(leaf, st.just("规上"), st.sampled_from(["=", "!="]), st.booleans()),
    st.builds(leaf, st.just("综合评价"), st.sampled_from(["=", "!="]), st.sampled_from(CHOICES)),
    st.builds(
        leaf, st.just("综合评价"), st.just("in"), st.lists(st.sampled_from(CHOICES), min_size=1, unique=True).map(tuple)
    ),
    st.builds(leaf, st.just("综合评价"), st.just("in"), st.just(Ref("倍增等级"))),
    st.builds(leaf, st.just("园区"), st.sampled_from(["=", "!="]), st.sampled_from(["甲", "乙"])),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves_,
    lambda below: (
        st.builds(Not, below)
        | st.builds(All, st.lists(below, min_size=1, max_size=4).map(tuple))
        | st.builds(Any_, st.lists(below, min_size=1, max_size=4).map(tuple))
    ),
    max_leaves=10,
)


def holds(condition: Condition, row: dict[str, Fraction | bool | str | None]) -> bool | None:
    """A condition for one enterprise, in three-valued logic."""
    match condition:
        case Not(part):
            inner = holds(part, row)
            return None if inner is None else not inner
        case All(parts) | Any_(parts):
            found = {holds(part, row) for part in parts}
            decides = isinstance(condition, Any_)
            return decides if decides in found else (None if None in found else not decides)
        case Leaf():
            return compare(condition, row[condition.name])


def compare(one: Leaf, value: Fraction | bool | str | None) -> bool | None:
    """One comparison for one value."""
    if one.op in ("missing", "present"):
        return (value is None) == (one.op == "missing")
    right = scope().parameters[one.right.name].value if isinstance(one.right, Ref) else one.right
    if value is None:
        return None
    if isinstance(right, Quantity):
        if one.op in ORDERINGS:
            return bool(ORDERINGS[one.op](value, right.base_value))
        return (value == right.base_value) == (one.op == "=")
    inside = value in right if isinstance(right, tuple) else value == right
    return inside == (one.op in ("=", "in"))


def names(condition: Condition) -> set[str]:
    """The fields of a condition."""
    match condition:
        case Leaf():
            return {condition.name}
        case Not(part):
            return names(part)
        case All(parts) | Any_(parts):
            return set().union(*map(names, parts))


@given(conditions)
def test_possible_is_what_some_enterprise_can_be(condition: Condition) -> None:
    """A condition counts as possible exactly if some combination of figures, missing ones too, satisfies it."""
    used = sorted(names(condition))
    rows = (dict(zip(used, values, strict=True)) for values in product(*(DOMAINS[name] for name in used)))
    assert possible(condition, scope()) == any(holds(condition, row) is True for row in rows)


def test_what_cannot_be_told_counts_as_possible() -> None:
    """Comparisons of two figures, and conditions with too many alternatives, are given the benefit of the doubt."""
    never = All((leaf("税收", "<", Ref("销售收入")), leaf("税收", ">", Ref("销售收入"))))
    assert possible(never, scope())
    many = All(tuple(Any_((leaf("园区", "=", f"甲{i}"), leaf("园区", "=", f"乙{i}"))) for i in range(12)))
    assert possible(many, scope())
    assert possible(Not(Any_((many, Not(many)))), scope())


# --- lists and routes -----------------------------------------------------------------------------------------------

NOBODY = "清单“甲”的条件自相矛盾，任何企业都不可能列入"


@pytest.mark.parametrize(
    "condition",
    [
        "all: [{税收: '> 3万元'}, {税收: '< 20000元'}]",
        "all: [{亩均税收: '< 低效线'}, {亩均税收: '>= 45元/㎡'}]",
        "all: [{税收: missing}, {税收: '>= 0万元'}]",
        "all: [{规上: '= 是'}, {规上: '!= 是'}]",
        "all: [{综合评价: 'in 倍增等级'}, {综合评价: 'in [C, D]'}]",
        "all: [{综合评价: '!= A'}, {综合评价: '!= B'}, {综合评价: '!= C'}, {综合评价: '!= D'}, {综合评价: '!= T'}]",
        "not: {any: [{园区: missing}, {园区: present}]}",
        "all: [{年度: '= 2021'}, {年度: '= 2022'}]",
        "all: [{税收: '= 1万元'}, {not: {税收: '= 10000元'}}]",
    ],
)
def test_a_list_that_can_hold_nobody(draft: Draft, condition: str) -> None:
    """A list whose condition contradicts itself is reported at its name."""
    draft.write("lists/9.yaml", f"list: 甲\ncites: 一\nwhen:\n  {condition}\nrank: [税收 desc]\n")
    assert [tuple(fault) for fault in draft.faults()] == [("lists/9.yaml:1:1", NOBODY)]


def test_a_list_against_its_own_range(draft: Draft) -> None:
    """What `among` leaves and `when` asks for must go together."""
    draft.write("lists/9.yaml", "cites: 一\nlist: 甲\namong: {规上: '= 是'}\nwhen: {规上: '= 否'}\nrank: [税收 desc]\n")
    assert [tuple(fault) for fault in draft.faults()] == [("lists/9.yaml:2:1", NOBODY)]


def route(draft: Draft, routes: str, order: str = "收回, 转让, 改造") -> list[Fault]:
    """The faults of a list with these routes."""
    draft.edit(PACK, "value: [收回, 转让, 改造]", f"value: [{order}]")
    (draft.folder / LOW).unlink()
    for file in ("policies.yaml", "measures.yaml", "targets.yaml", "rankings.yaml", "criteria.yaml"):
        (draft.folder / file).unlink()  # they speak of that list, or of one another
    draft.write(
        "lists/9.yaml",
        "list: 甲\ncites: 一\nwhen: {税收: '< 3万元'}\nrank: [税收 desc]\nprecedence: 处置顺序\nroutes:\n" + routes,
    )
    return draft.faults()


def test_a_route_against_its_list(draft: Draft) -> None:
    """A route that contradicts its list is reported."""
    routes = "  收回: {when: {税收: '> 5万元'}}\n  转让: {when: {规上: '= 是'}}\n  改造: {}\n"
    assert route(draft, routes) == [("lists/9.yaml:7:3", "处置“收回”永远轮不到：与清单“甲”的条件矛盾")]


def test_a_route_behind_those_that_take_all(draft: Draft) -> None:
    """A route whose enterprises all go to those in front of it is reported."""
    routes = "  收回: {when: {规上: '= 是'}}\n  转让: {when: {规上: '= 否'}}\n  改造: {when: {规上: present}}\n"
    assert route(draft, routes) == [("lists/9.yaml:9:3", "处置“改造”永远轮不到：符合它的都已归入排在前面的处置")]


def test_a_route_behind_one_without_condition(draft: Draft) -> None:
    """Nothing comes behind a route without a condition, in the order of the setting and not that of the file."""
    routes = "  收回: {when: {规上: '= 是'}}\n  转让: {when: {规上: '= 否'}}\n  改造: {}\n"
    assert route(draft, routes, "收回, 改造, 转让") == [
        ("lists/9.yaml:8:3", "处置“转让”永远轮不到：排在它前面的“改造”没有条件")
    ]


def test_routes_that_all_have_their_turn(draft: Draft) -> None:
    """Routes that overlap, or take what is left, are no fault."""
    routes = "  收回: {when: {综合评价: 'in [A, B]'}}\n  转让: {when: {综合评价: 'in [B, C]'}}\n  改造: {}\n"
    assert route(draft, routes) == []
