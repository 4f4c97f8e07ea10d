"""Rules are told in words that an analyst reads as sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from mujun.pack import Pack, load_pack
from mujun.pack.condition import Condition, Leaf, Not, Ref, Right
from mujun.pack.problems import Place
from mujun.pack.words import condition_lines, leaf_words, right_words
from mujun.quantity import parse_quantity

HERE = Place(Path("lists/a.yaml"))


@pytest.fixture(scope="module")
def pack() -> Pack:
    """The shipped pack."""
    return load_pack()


def leaf(name: str, op: str, right: Right = None, cites: str = "", note: str = "") -> Leaf:
    """A comparison."""
    return Leaf(name, op, right, "", HERE, HERE, cites, note)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (leaf("税收", "<", parse_quantity("3万元")), "税收 低于 3万元"),
        (leaf("税收", "<=", parse_quantity("3万元")), "税收 不高于 3万元"),
        (leaf("税收", ">=", Ref("倍增税收线")), "税收 不低于 倍增税收线（300万元）"),
        (leaf("亩均税收", ">", Ref("临界线")), "亩均税收 高于 临界线"),
        (leaf("规上", "=", True), "规上 为 是"),
        (leaf("规上", "!=", False), "规上 不为 否"),
        (leaf("综合评价", "=", "A"), "综合评价 为 A"),
        (leaf("综合评价", "in", ("A", "B")), "综合评价 属于 A、B"),
        (leaf("综合评价", "in", Ref("倍增等级")), "综合评价 属于 倍增等级（A、B）"),
        (leaf("园区", "missing"), "园区 缺失"),
        (leaf("园区", "present"), "园区 已填"),
    ],
)
def test_comparisons_in_words(pack: Pack, one: Leaf, words: str) -> None:
    """A comparison is told with the value of the parameter it uses."""
    assert leaf_words(one, pack) == words


def test_words_follow_the_setting(pack: Pack) -> None:
    """What is told is the value in force, not the one that ships."""
    changed = pack.with_parameters({"低效线": "4万元/亩"})
    assert right_words(leaf("亩均税收", "<", Ref("低效线")), changed) == "低效线（4万元/亩）"


def test_trees_in_words(pack: Pack) -> None:
    """A condition is told line by line, indented as it nests."""
    assert condition_lines(pack.lists["产能倍增"].when, pack) == [
        "同时满足：",
        "  满足其一：",
        "    销售收入 不低于 倍增销售线（1亿元）",
        "    税收 不低于 倍增税收线（300万元）",
        "  土地利用率 不低于 倍增利用率（80%）",
        "  产能利用率 不低于 倍增利用率（80%）",
        "  能耗指标利用率 不低于 倍增利用率（80%）",
        "  排放指标利用率 不低于 倍增利用率（80%）",
        "  综合评价 属于 倍增等级（A、B）",
    ]


def test_notes_in_words(pack: Pack) -> None:
    """What an author notes and cites beside a comparison is told with it."""
    tree: Condition = Not(leaf("园区", "present", cites="二（一）", note="原文“园区内”"))
    assert condition_lines(tree, pack, 1) == ["  不满足：", "    园区 已填（原文“园区内”）  [二（一）]"]
