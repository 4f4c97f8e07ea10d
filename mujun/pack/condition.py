"""Conditions: trees of ``all`` / ``any`` / ``not`` over leaves ``名称: "op 右边"``, with the place of every leaf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mujun.pack.problems import Place, Problem, nearest
from mujun.pack.yaml import Document, Path_
from mujun.quantity import Quantity

OPERATORS = ("<=", ">=", "!=", "<", ">", "=", "in", "missing", "present")
ORDERINGS = frozenset(("<", "<=", ">", ">="))
_SIGNS = str.maketrans("＜＞＝≤≥≠！　", "<>=≤≥≠! ")
_LEAF = re.compile(r"\s*(<=|>=|!=|==|≤|≥|≠|<|>|=|in\b|missing\b|present\b)\s*(.*?)\s*", re.DOTALL)
_CANON = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "="}
_BRANCHES = ("all", "any", "not")
_EXTRAS = ("cites", "note")


@dataclass(frozen=True, slots=True)
class Ref:
    """A parameter, indicator or field on the right of a comparison."""

    name: str


Right = Quantity | Ref | str | bool | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison. `right` is resolved against the left's type; `written` is what the author wrote."""

    name: str
    op: str
    right: Right
    written: str
    place: Place
    right_place: Place
    cites: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Leaf | All | Any_ | Not


def parse(document: Document, value: Any, path: Path_, problems: list[Problem]) -> Condition | None:
    """Parse the condition at `path` of a document. Faults are added to `problems`, and None is returned.

    Leaves come back unresolved: their `right` is the text behind the operator.
    """
    if not isinstance(value, dict):
        hint = "；疑似用了全角冒号“：”，应为半角冒号加空格" if isinstance(value, str) and "：" in value else ""
        problems.append(Problem(document.place(path), f"此处应为一个条件，如 税收: \">= 300万元\"{hint}"))
        return None
    branch = [key for key in value if key in _BRANCHES]
    if branch:
        return _branch(document, value, path, branch[0], problems)
    named = [key for key in value if key not in _EXTRAS]
    if len(named) != 1:
        what = "没有写条件" if not named else f"写了 {len(named)} 个条件（{'、'.join(named)}），并列请放进 all 或 any"
        problems.append(Problem(document.place(path), f"此处{what}"))
        return None
    return _leaf(document, value, (*path, named[0]), problems)


def _branch(document: Document, value: dict[str, Any], path: Path_, key: str, problems: list[Problem]) -> Condition | None:
    for other in value:
        if other != key:
            problems.append(Problem(document.key((*path, other)), f"“{key}”旁边不能再写“{other}”，请另起一层"))
    below = value[key]
    if key == "not":
        part = parse(document, below, (*path, key), problems)
        return Not(part) if part else None
    if not isinstance(below, list) or not below:
        problems.append(Problem(document.place((*path, key)), f"“{key}”下面应为条件的列表，每条以“- ”开头"))
        return None
    parts = [parse(document, part, (*path, key, index), problems) for index, part in enumerate(below)]
    found = tuple(part for part in parts if part is not None)
    if len(found) < len(parts):
        return None
    return All(found) if key == "all" else Any_(found)


def _leaf(document: Document, value: dict[str, Any], path: Path_, problems: list[Problem]) -> Leaf | None:
    name, written = str(path[-1]), value[path[-1]]
    place, key_place = document.place(path), document.key(path)
    if not isinstance(written, str):
        if isinstance(written, list | dict) and (close := nearest(name, _BRANCHES, "“{}”")):
            problems.append(Problem(key_place, f"“{name}”不是 all、any 或 not，是否想写{close}"))
        else:
            problems.append(Problem(place, f"“{name}”的条件应为带引号的文字，如 \">= 80%\""))
        return None
    match = _LEAF.fullmatch(written.translate(_SIGNS))
    if match is None:
        problems.append(Problem(place, f"条件“{written}”没有比较符，应以 {'  '.join(OPERATORS)} 之一开头，如 \">= 80%\""))
        return None
    op, right = _CANON.get(match[1], match[1]), match[2]
    if op in ("missing", "present"):
        if right:
            problems.append(Problem(place, f"“{op}”后面不写内容，多了“{right}”"))
            return None
    elif not right:
        problems.append(Problem(place, f"比较符“{op}”后面缺少比较的对象"))
        return None
    extras = {key: str(value[key]) for key in _EXTRAS if key in value}
    return Leaf(name, op, right, written.strip(), key_place, place.right(match.start(2)), **extras)


def leaves(condition: Condition | None) -> Iterator[Leaf]:
    """The leaves of a condition, in the order written."""
    match condition:
        case Leaf():
            yield condition
        case All(parts) | Any_(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case None:
            return
