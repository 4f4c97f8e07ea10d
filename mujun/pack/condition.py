"""Conditions: trees of ``all`` / ``any`` / ``not`` over leaves ``名称: "op 右边"``, with the place of every leaf."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

import msgspec

from mujun.pack.problems import Place, Problem, nearest
from mujun.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mujun.pack.yaml import Document, Path_

OPERATORS = ("<=", ">=", "!=", "<", ">", "=", "in", "missing", "present")
ORDERINGS = frozenset(("<", "<=", ">", ">="))
_SIGNS = str.maketrans("＜＞＝！　", "<>=! ")
_LEAF = re.compile(r"\s*([<>=!≤≥≠~][<>=!≤≥≠~\s]*(?<!\s)|(?:in|missing|present)\b)\s*(.*?)\s*", re.DOTALL)
_CANON = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "="}
_MEANT = {
    **dict.fromkeys(("=>", "不低于", "不小于", "大于等于", "不少于", "至少"), ">="),
    **dict.fromkeys(("=<", "不高于", "不大于", "小于等于", "不超过", "至多"), "<="),
    **dict.fromkeys(("<>", "=!", "不等于", "不为", "不是"), "!="),
    **dict.fromkeys(("低于", "小于", "少于"), "<"),
    **dict.fromkeys(("高于", "大于", "超过"), ">"),
    **dict.fromkeys(("is", "等于", "为", "是"), "="),
    **dict.fromkeys(("属于", "IN", "In"), "in"),
    "缺失": "missing",
    "已填": "present",
}
"""What authors write instead of an operator."""
_BRANCHES = ("all", "any", "not")
_EXTRAS = ("cites", "note")


class Ref(msgspec.Struct, frozen=True):
    """A parameter, indicator or field on the right of a comparison."""

    name: str


Right = Quantity | Ref | datetime.date | str | bool | tuple[str, ...] | None


class Leaf(msgspec.Struct, frozen=True):
    """One comparison. `right` is resolved against the left's type; `written` is what the author wrote."""

    name: str
    op: str
    right: Right
    written: str
    place: Place
    right_place: Place
    cites: str = ""
    note: str = ""


class All(msgspec.Struct, frozen=True):
    """Every part holds."""

    parts: tuple[Condition, ...]


class Any_(msgspec.Struct, frozen=True):  # noqa: N801
    """At least one part holds."""

    parts: tuple[Condition, ...]


class Not(msgspec.Struct, frozen=True):
    """The part does not hold."""

    part: Condition


Condition = Leaf | All | Any_ | Not


def parse(document: Document, value: Any, path: Path_, problems: list[Problem]) -> Condition | None:
    """Parse the condition at `path` of a document. Faults are added to `problems`, and None is returned.

    Leaves come back unresolved: their `right` is the text behind the operator.
    """
    if not isinstance(value, dict):
        hint = "；疑似用了全角冒号“：”，应为半角冒号加空格" if isinstance(value, str) and "：" in value else ""
        problems.append(Problem(document.place(path), f'此处应为一个条件，如 税收: ">= 300万元"{hint}'))
        return None
    branch = next((key for key in value if key in _BRANCHES), None)
    if branch:
        return _branch(document, value, path, branch, problems)
    named = [key for key in value if key not in _EXTRAS]
    if len(named) == 1:
        return _leaf(document, value, path, named[0], problems)
    what = "没有写条件" if not named else f"写了 {len(named)} 个条件（{'、'.join(named)}），并列请放进 all 或 any"
    problems.append(Problem(document.place(path), f"此处{what}"))
    return None


def _branch(
    document: Document, value: dict[str, Any], path: Path_, key: str, problems: list[Problem]
) -> Condition | None:
    problems.extend(
        Problem(document.key((*path, other)), f"“{key}”旁边不能再写“{other}”，请另起一层")
        for other in value
        if other != key
    )
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


def _leaf(document: Document, value: dict[str, Any], path: Path_, name: str, problems: list[Problem]) -> Leaf | None:
    written, place = value[name], document.place((*path, name))

    def fail(message: str, where: Place = place) -> None:
        problems.append(Problem(where, message))

    extras = {}
    for key in _EXTRAS:
        extras[key] = value.get(key, "")
        if not isinstance(extras[key], str):
            fail(f"“{key}”应为文字", document.place((*path, key)))
            return None
    if not isinstance(written, str):
        example = "in [A, B]" if isinstance(written, list) else ">= 80%"
        if isinstance(written, list | dict) and (close := nearest(name.lower(), _BRANCHES, "“{}”")):
            fail(f"“{name}”不是 all、any 或 not，是否想写{close}", document.key((*path, name)))
        else:
            fail(f'“{name}”的条件应为带引号的文字，如 "{example}"')
        return None
    match = _LEAF.fullmatch(written.translate(_SIGNS))
    right = written[match.start(2) : match.end(2)] if match else ""
    op = _CANON.get(match[1], match[1]) if match else ""
    if match is None or op not in OPERATORS:
        fail(_no_operator(written.strip()))
    elif op in ("missing", "present") and right:
        fail(f"“{op}”后面不写内容，多了“{right}”", place.right(match.start(2)))
    elif op not in ("missing", "present") and not right:
        fail(f"比较符“{op}”后面缺少比较的对象")
    else:
        at_right = place.right(match.start(2))
        return Leaf(name, op, right, written.strip(), document.key((*path, name)), at_right, **extras)
    return None


def _no_operator(written: str) -> str:
    meant = {**_MEANT, **{" ".join(op): op for op in OPERATORS if len(op) == 2}}
    word = max((word for word in meant if written.startswith(word)), key=len, default="")
    if written[:1] in set("“”‘’＂"):
        close = "，引号应为半角的"
    elif word:
        close = f"，是否想写“{meant[word]}”"
    else:
        close = nearest(written.split()[0], ("missing", "present")) if written.strip() else ""
    return f'条件“{written}”应以比较符开头{close}，可用：{"  ".join(OPERATORS)}，如 ">= 80%"'


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
