"""Rules in words, for people: ``亩均税收 低于 3万元/亩（低效线）``."""

from __future__ import annotations

from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref
from mujun.pack.policy import WORDS_FOR_FLAG, Pack

_VERBS = {
    "<": "低于",
    "<=": "不高于",
    "=": "为",
    "!=": "不为",
    ">=": "不低于",
    ">": "高于",
    "in": "属于",
    "missing": "缺失",
    "present": "已填",
}
_VERBS_OF_DATES = {**_VERBS, "<": "早于", "<=": "不晚于", ">=": "不早于", ">": "晚于"}


def right_words(leaf: Leaf, pack: Pack) -> str:
    """What a leaf compares with: ``低效线3万元/亩``, ``A、B``, ``是``."""
    match leaf.right:
        case Ref(name):
            parameter = pack.parameters.get(name)
            return f"{name}（{parameter.shown}）" if parameter else name
        case bool():
            return WORDS_FOR_FLAG[leaf.right]
        case tuple():
            return "、".join(leaf.right)
        case None:
            return ""
        case _:
            return str(leaf.right)


def leaf_words(leaf: Leaf, pack: Pack) -> str:
    """One comparison in words."""
    verbs = _VERBS_OF_DATES if pack.kind(leaf.name) == "date" else _VERBS
    return f"{leaf.name} {verbs[leaf.op]} {right_words(leaf, pack)}".strip()


def condition_lines(condition: Condition, pack: Pack, depth: int = 0) -> list[str]:
    """A condition as indented lines, one a leaf."""
    lead = "  " * depth
    match condition:
        case Leaf():
            cites = f"  [{condition.cites}]" if condition.cites else ""
            note = f"（{condition.note}）" if condition.note else ""
            return [f"{lead}{leaf_words(condition, pack)}{note}{cites}"]
        case All(parts):
            head = "同时满足："
        case Any_(parts):
            head = "满足其一："
        case Not(part):
            head, parts = "不满足：", (part,)
    return [lead + head, *(line for part in parts for line in condition_lines(part, pack, depth + 1))]
