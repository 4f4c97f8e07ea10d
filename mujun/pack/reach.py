"""Lists and routes that no enterprise can ever reach: contradictions in the conditions of a pack.

A condition is opened into alternatives (disjunctive form) of leaves over constants; each alternative is tested name by
name: an interval for numbers, a set for texts. What cannot be told (comparisons of two figures) counts as possible.
"""

from __future__ import annotations

import datetime
from fractions import Fraction
from itertools import pairwise, product
from typing import TYPE_CHECKING

from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref
from mujun.pack.policy import Scope
from mujun.pack.problems import Problem
from mujun.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mujun.pack.policy import Pack, PolicyList

_MAX_ALTERNATIVES = 2000
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "=", "in": "not in", "missing": "present",
             "present": "missing"}  # fmt: skip

_Literal = tuple[str, str, object]


def check_reachable(pack: Pack, problems: list[Problem]) -> None:
    """Report lists that can hold nobody and routes that can never be proposed."""
    for item in pack.lists.values():
        scope = Scope(pack.dataset_of(item).fields, pack.parameters, pack.indicators)
        base = All(tuple(part for part in (item.among, item.when) if part is not None))
        if not possible(base, scope):
            problems.append(Problem(item.place, f"清单“{item.name}”的条件自相矛盾，任何企业都不可能列入"))
            continue
        _check_routes(pack, item, base, scope, problems)


def _check_routes(pack: Pack, item: PolicyList, base: Condition, scope: Scope, problems: list[Problem]) -> None:
    taken: list[Condition] = []
    closed = ""
    for route in pack.routes(item):
        if closed:
            problems.append(Problem(route.place, f"处置“{route.name}”永远轮不到：排在它前面的“{closed}”没有条件"))
            continue
        if route.when is None:
            closed = route.name
            continue
        if not possible(All((base, route.when)), scope):
            problems.append(Problem(route.place, f"处置“{route.name}”永远轮不到：与清单“{item.name}”的条件矛盾"))
        elif not possible(All((base, route.when, *(Not(before) for before in taken))), scope):
            problems.append(Problem(route.place, f"处置“{route.name}”永远轮不到：符合它的都已归入排在前面的处置"))
        taken.append(route.when)


def possible(condition: Condition, scope: Scope) -> bool:
    """Whether some combination of figures may satisfy a condition."""
    alternatives = _open(condition, True, scope)
    return alternatives is None or any(_consistent(literals) for literals in alternatives)


def _open(condition: Condition, wanted: bool, scope: Scope) -> list[list[_Literal]] | None:
    """The alternatives that make a condition come out as `wanted`; None when there are too many to try."""
    if isinstance(condition, Not):
        return _open(condition.part, not wanted, scope)
    if isinstance(condition, Leaf):
        return [[_literal(condition, wanted, scope)]]
    below = [_open(part, wanted, scope) for part in condition.parts]
    if any(part is None for part in below):
        return None
    parts = [part for part in below if part is not None]
    if isinstance(condition, Any_) is wanted:
        return [literals for part in parts for literals in part]
    count = 1
    for part in parts:
        count *= len(part)
    if count > _MAX_ALTERNATIVES:
        return None
    return [[literal for literals in chosen for literal in literals] for chosen in product(*parts)]


def _literal(leaf: Leaf, wanted: bool, scope: Scope) -> _Literal:
    """A leaf as a test of one name: against a number, or for being one of a set; ``?`` where that cannot be told."""
    op = leaf.op if wanted else _OPPOSITE[leaf.op]
    if op in ("missing", "present"):
        return leaf.name, op, None
    right: object = leaf.right
    if isinstance(right, Ref):
        parameter = scope.parameters.get(right.name)
        right = parameter.value if parameter else None
    if right is None:
        return leaf.name, "?", None
    if isinstance(right, Quantity):
        return leaf.name, op, right.base_value
    if isinstance(right, datetime.date):
        return leaf.name, op, Fraction(right.toordinal())
    chosen: frozenset[object] = frozenset(right if isinstance(right, tuple) else (right,))
    every: frozenset[object] = frozenset((True, False) if isinstance(right, bool) else scope.choices(leaf.name))
    if op in ("!=", "not in") and every:
        op, chosen = "in", every - chosen
    return leaf.name, op, chosen


def _consistent(literals: Iterable[_Literal]) -> bool:
    by_name: dict[str, list[tuple[str, object]]] = {}
    for name, op, right in literals:
        by_name.setdefault(name, []).append((op, right))
    return all(_satisfiable(tests) for tests in by_name.values())


def _satisfiable(tests: list[tuple[str, object]]) -> bool:
    """Whether one name may pass all tests; a comparison holds only where the name is known."""
    ops = {op for op, _ in tests}
    if "missing" in ops and len(ops) > 1:
        return False
    numbers = [(op, right) for op, right in tests if isinstance(right, Fraction)]
    if numbers and not _interval(numbers):
        return False
    allowed = [right for op, right in tests if isinstance(right, frozenset) and op in ("=", "in")]
    refused = [right for op, right in tests if isinstance(right, frozenset) and op in ("!=", "not in")]
    return not allowed or bool(frozenset.intersection(*allowed).difference(*refused))


def _interval(tests: list[tuple[str, Fraction]]) -> bool:
    """Whether a number may pass all comparisons."""
    points = sorted({right for _, right in tests})
    candidates = [points[0] - 1, *points, points[-1] + 1, *((a + b) / 2 for a, b in pairwise(points))]
    compare = {
        "<": lambda x, y: x < y, "<=": lambda x, y: x <= y, ">": lambda x, y: x > y, ">=": lambda x, y: x >= y,
        "=": lambda x, y: x == y, "!=": lambda x, y: x != y,
    }  # fmt: skip
    return any(all(compare[op](point, right) for op, right in tests) for point in candidates)
