"""Which columns a list cannot do without, before a single row is judged."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from mujun.pack import Pack, load_pack
from mujun.plan.needs import undecidable

from .small import CODE, NAME, YEAR, Bench, by_code, firm, write_pack

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = {"统一社会信用代码", "企业名称"}
DOUBLING = ("销售收入", "税收", "土地利用率", "产能利用率", "能耗指标利用率", "排放指标利用率", "综合评价")


@pytest.fixture(scope="module")
def jindong() -> Pack:
    """The pack that comes with mujun."""
    return load_pack()


def decided(pack: Pack, present: set[str]) -> set[str]:
    """The lists that such columns decide."""
    return {name for name, item in pack.lists.items() if not undecidable(item, pack, present)}


def gaps(pack: Pack, name: str, present: set[str]) -> tuple[str, ...]:
    """What one list lacks."""
    return undecidable(pack.lists[name], pack, present)


# --- the lists of 金东 -----------------------------------------------------------------------------------------------


def test_tax_and_land_alone_decide_low_efficiency(jindong: Pack) -> None:
    """税收 and 用地面积 are enough for 低效用地 and 临界, and for nothing else."""
    present = {*IDENTITY, "年度", "税收", "用地面积"}
    assert decided(jindong, present) == {"低效用地", "临界"}
    assert gaps(jindong, "低效用地", {*IDENTITY, "税收"}) == ("用地面积",)
    assert gaps(jindong, "低效用地", IDENTITY) == ("税收", "用地面积")


def test_the_parts_of_the_land_stand_in_for_it(jindong: Pack) -> None:
    """用地面积 may be worked out from its three parts; two of them are not enough."""
    parts = ("自有用地", "租入用地", "租出用地")
    assert gaps(jindong, "低效用地", {*IDENTITY, "税收", *parts}) == ()
    for two in combinations(parts, 2):
        assert gaps(jindong, "低效用地", {*IDENTITY, "税收", *two}) == ("用地面积",)


@pytest.mark.parametrize("missing", DOUBLING)
def test_capacity_doubling_needs_each_of_its_columns_but_one_of_sales_and_tax(jindong: Pack, missing: str) -> None:
    """Without one of the utilisations or the grade 产能倍增 is decided for nobody; of 税收 and 销售收入 one will do."""
    present = {*IDENTITY, *DOUBLING} - {missing}
    assert gaps(jindong, "产能倍增", present) == (() if missing in ("税收", "销售收入") else (missing,))


def test_quotas_and_use_stand_in_for_their_utilisation(jindong: Pack) -> None:
    """产能倍增 is decided by the ten columns too in which both utilisations are given by use and quota."""
    quotas = {"综合能耗", "核定能耗", "排放当量", "核定排放"}
    ten = {*DOUBLING, *quotas} - {"能耗指标利用率", "排放指标利用率"} | {"年度"}
    assert len(ten) == 10
    assert gaps(jindong, "产能倍增", ten | IDENTITY) == ()
    assert gaps(jindong, "产能倍增", (ten | IDENTITY) - {"核定能耗"}) == ("能耗指标利用率",)
    assert gaps(jindong, "产能倍增", IDENTITY) == DOUBLING


def test_three_years_below_scale_needs_the_year(jindong: Pack) -> None:
    """Without a year column there is no last year: 三年未上规 names it, and 规上 where that is missing."""
    assert gaps(jindong, "三年未上规", {*IDENTITY, "自有用地", "规上"}) == ("年度",)
    assert gaps(jindong, "三年未上规", {*IDENTITY, "自有用地"}) == ("规上", "年度")
    assert gaps(jindong, "三年未上规", {*IDENTITY, "自有用地", "规上", "年度"}) == ()


def test_high_tax_on_little_land_needs_the_column_of_parks(jindong: Pack) -> None:
    """A blank 园区 says that an enterprise is in none, but without the column nobody could ever be on 高税少地."""
    assert gaps(jindong, "高税少地", {*IDENTITY, "税收", "自有用地", "园区"}) == ()
    assert gaps(jindong, "高税少地", {*IDENTITY, "税收", "自有用地"}) == ("园区",)
    assert gaps(jindong, "高税少地", IDENTITY) == ("税收", "自有用地", "园区")


# --- conditions and formulas of any shape ----------------------------------------------------------------------------

FIELDS: dict[str, Any] = {
    "甲": {"unit": "万元"},
    "乙": {"unit": "万元"},
    "丙": {"unit": "万元"},
    "丁": {"unit": "万元", "fallback": "甲 + 若缺(乙, 0 * 甲)"},
    "戊": {"unit": "万元", "fallback": "线"},
    "己": {"unit": "万元", "fallback": "丁 - 丙"},
    "旗": {"type": "flag"},
}
INDICATORS = {
    "甲或乙": {"formula": "若缺(甲, 乙)", "unit": "万元"},
    "甲与乙": {"formula": "甲 + 乙", "unit": "万元"},
    "比": {"formula": "甲 / max(乙, 丙)"},
    "上年甲": {"formula": "往年(甲, 1)", "unit": "万元"},
    "上年甲或甲": {"formula": "若缺(上年甲, 甲)", "unit": "万元"},
}
A, B, C, FLAG = ({"甲": "> 1元"}, {"乙": "> 1元"}, {"丙": "> 1元"}, {"旗": "= 是"})

CASES: list[tuple[dict[str, Any], set[str], tuple[str, ...]]] = [
    ({"any": [A, B]}, {"甲"}, ()),
    ({"any": [A, B]}, set(), ("甲", "乙")),
    ({"all": [A, B]}, {"甲"}, ("乙",)),
    ({"all": [A, {"any": [B, C]}]}, {"丙"}, ("甲",)),
    ({"any": [{"all": [A, B]}, {"all": [A, C]}]}, {"甲", "丙"}, ()),
    ({"any": [{"all": [A, B]}, {"all": [A, C]}]}, {"甲"}, ("乙", "丙")),
    # An enterprise is off "not all" as soon as one part fails.
    ({"not": {"all": [A, B]}}, {"甲"}, ()),
    ({"not": {"any": [A, B]}}, {"甲"}, ("乙",)),
    ({"not": {"not": {"any": [A, B]}}}, {"甲"}, ()),
    # Whether a figure is given can always be told; but nobody has a figure that there is no column for.
    ({"all": [{"旗": "missing"}, {"甲": "missing"}]}, set(), ()),
    ({"all": [{"旗": "missing"}, {"甲": "present"}]}, set(), ("甲",)),
    ({"not": {"甲": "missing"}}, set(), ("甲",)),
    ({"not": {"旗": "present"}}, set(), ()),
    ({"甲": "> 乙"}, {"甲"}, ("乙",)),
    ({"甲": "> 线"}, set(), ("甲",)),
    ({"甲与乙": "> 线"}, {"乙"}, ("甲",)),
    ({"比": "> 2"}, {"甲", "乙"}, ("丙",)),
    # What 若缺 can do without is no gap.
    ({"甲或乙": "> 线"}, {"乙"}, ()),
    ({"甲或乙": "> 线"}, {"甲"}, ()),
    ({"甲或乙": "> 线"}, {"丙"}, ("甲", "乙")),
    ({"丁": "> 线"}, {"甲"}, ()),
    ({"丁": "> 线"}, {"乙"}, ("丁",)),
    ({"戊": "= 线"}, set(), ()),
    ({"己": "> 线"}, {"甲", "丙"}, ()),
    ({"己": "> 线"}, {"丙"}, ("己",)),
    ({"上年甲": "> 线"}, {"甲", YEAR}, ()),
    ({"上年甲": "> 线"}, {"甲"}, (YEAR,)),
    ({"上年甲或甲": "> 线"}, {"甲"}, ()),
]


@pytest.mark.parametrize(("when", "present", "wanted"), CASES, ids=map(str, range(len(CASES))))
def test_a_gap_is_what_keeps_everybody_off(
    tmp_path: Path, when: dict[str, Any], present: set[str], wanted: tuple[str, ...]
) -> None:
    """A column is a gap if without it nobody can come out as 是: any branch, any stand-in that works is enough."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"when": when}},
        fields=FIELDS,
        indicators=INDICATORS,
        parameters={"线": {"value": "1元"}},
    )
    assert gaps(pack, "名单", {CODE, NAME, *present}) == wanted


def test_who_is_judged_at_all_is_needed_too(tmp_path: Path) -> None:
    """The columns of `among` come first, those of the condition after, each once."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"among": FLAG, "when": {"all": [A, FLAG]}}},
        fields=FIELDS,
        parameters={"线": {"value": "1元"}},
    )
    assert gaps(pack, "名单", {CODE}) == ("旗", "甲")


@pytest.mark.parametrize(("when", "present", "wanted"), CASES, ids=map(str, range(len(CASES))))
def test_a_list_with_a_gap_holds_nobody_and_one_without_can_hold_somebody(
    tmp_path: Path, when: dict[str, Any], present: set[str], wanted: tuple[str, ...]
) -> None:
    """What is called undecidable is so for every enterprise tried, and what is not is decided for one of them."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"when": when}},
        fields=FIELDS,
        indicators=INDICATORS,
        parameters={"线": {"value": "1元"}},
    )
    rows = []
    for number, amounts in enumerate([(0, 0, 0), (9, 1, 1), (1, 9, 0), (9, 9, 9), (0, 0, 9)]):
        figures = {name: value for name, value in zip("甲乙丙", amounts, strict=True) if name in present}
        years = (2023, 2022) if YEAR in present else (None,)
        rows += [firm(str(number), year, **figures) for year in years]
    outcomes = set(by_code(Bench().outcomes(pack, rows)).values())
    assert ("是" in outcomes) is (wanted == ()), outcomes
