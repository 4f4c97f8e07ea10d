"""``policies.yaml``: what is read, and every fault at its place."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from mujun.errors import UsageError
from mujun.pack import PackError, load_pack
from mujun.pack.condition import All, Leaf, Not
from mujun.pack.formula import parse
from mujun.pack.levies import is_nothing, opened, with_rate
from mujun.pack.levies_read import load_levies
from mujun.pack.levies_words import levies_lines
from mujun.pack.problems import Place
from tests.pack.draft import Draft, Spoilt

if TYPE_CHECKING:
    from pathlib import Path

    from mujun.pack.levies import Levy, Rate

FILE = "policies.yaml"
TABLE = """\
title: 虚构
parameters:
  税额: {value: 6元/㎡, cites: 虚税1号}
措施:
  电价:
    cites: 办法一
    sign: 加收
    amount: 用电量 * 标准
    rate_unit: 元/千瓦时
    tariffs:
      - {cites: 虚2号, from: 2023-07-01, when: {低效用地: "= 是"}, rate: 0.5元/千瓦时}
      - cites: 虚3号
        to: 2024
        by: 综合评价
        rates: {A: 0元/千瓦时, C: 0.1元/千瓦时, D: 30元/万千瓦时}
      - {cites: 虚4号, when: {税收: "> 100万元"}, rate: 5元/万千瓦时, sign: 减免}
      - {cites: 虚5号, amount: 销售收入 * 标准, rate_unit: "%", rate: 1%}
  土地税:
    cites: 办法二
    sign: 减免
    when: {综合评价: "in [A, B]"}
    amount: max(0, 自有用地) * 税额 * 标准
    rate_unit: "%"
    unit: 元
    digits: 0
    least: 10元
    most: 30万元
"""


@pytest.fixture
def table(draft: Draft) -> Draft:
    """A pack with a sound table of measures."""
    draft.write(FILE, TABLE)
    return draft


def levies(draft: Draft) -> dict[str, Levy]:
    """The measures of a draft."""
    found = draft.load().levies
    assert found is not None
    return dict(found.levies)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_the_shipped_tables_are_empty() -> None:
    """金东's measures are there with their clause, and no tariff of them is invented."""
    found = load_pack().levies
    assert found is not None
    assert set(found.levies) == {"差别化电价", "差别化水价"}
    assert all(not levy.rates and levy.cites.startswith("二（一）2") for levy in found.levies.values())


def test_a_pack_may_have_none(draft: Draft) -> None:
    """A pack without the file has no measures."""
    (draft.folder / FILE).unlink()
    assert draft.load().levies is None


def test_the_rows_of_a_tariff(table: Draft) -> None:
    """Each rate is a row in the order written, with its rate, sign, term, clause and formula."""

    def shown(rate: Rate) -> tuple[Any, ...]:
        return rate.by, rate.of, str(rate.value), rate.sign, rate.start, rate.end, rate.cites, rate.amount_text

    day, end, plain = datetime.date(2023, 7, 1), datetime.date(2024, 12, 31), "用电量 * 标准"
    assert [shown(rate) for rate in levies(table)["电价"].rates] == [
        ("", "", "0.5元/千瓦时", "加收", day, None, "虚2号", plain),
        ("综合评价", "A", "0元/千瓦时", "加收", None, end, "虚3号", plain),
        ("综合评价", "C", "0.1元/千瓦时", "加收", None, end, "虚3号", plain),
        ("综合评价", "D", "30元/万千瓦时", "加收", None, end, "虚3号", plain),
        ("", "", "5元/万千瓦时", "减免", None, None, "虚4号", plain),
        ("", "", "1%", "加收", None, None, "虚5号", "销售收入 * 标准"),
    ]


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2023-06-30", [False, True]), ("2023-07-01", [True, True]), ("2024-12-31", [True, True]),
     ("2025-01-01", [True, False])],
)  # fmt: skip
def test_terms_count_their_first_and_last_day(table: Draft, day: str, holds: list[bool]) -> None:
    """A tariff holds on the day it begins and on the day it ends; a year stands for its last day."""
    rates = levies(table)["电价"].rates
    assert [rate.in_force(datetime.date.fromisoformat(day)) for rate in rates[:2]] == holds
    assert all(rate.in_force(datetime.date.fromisoformat(day)) for rate in rates[4:])


def test_a_file_of_ones_own(draft: Draft, tmp_path: Path) -> None:
    """``--policies``: a file takes the place of the pack's measures and parameters, and no others are left."""
    own = tmp_path / "own.yaml"
    own.write_text(TABLE, encoding="utf-8")
    pack = load_levies(draft.load(), own)
    assert pack.levies is not None
    assert set(pack.levies.levies) == {"电价", "土地税"}
    assert pack.parameters["税额"].shown == "6元/㎡"
    own.write_text(TABLE.replace("税额", "地税"), encoding="utf-8")
    again = load_levies(pack, own)
    assert "地税" in again.parameters
    assert "税额" not in again.parameters
    with pytest.raises(UsageError, match="没有文件"):
        load_levies(pack, tmp_path / "nowhere.yaml")
    own.write_text(TABLE.replace("cites: 虚4号, ", ""), encoding="utf-8")
    with pytest.raises(PackError, match="缺少“cites”"):
        load_levies(pack, own)


def test_in_words(table: Draft) -> None:
    """All of a measure is said: for whom, how much, by which tariff of whom, in which order, within which limits."""
    pack = table.load()
    assert pack.levies is not None
    text = "\n".join(levies_lines(pack, pack.levies))
    for said in (
        "差别化政策  虚构", "电价  加收  [办法一]", "全部企业", "数额  用电量 * 标准  万元/年，标准的单位是 元/千瓦时",
        "1. 0.5元/千瓦时，自 2023-07-01  [虚2号]", "低效用地 为 是", "4. 30元/万千瓦时，至 2024-12-31  [虚3号]",
        "5. 减免 5元/万千瓦时  [虚4号]", "6. 1%，按 销售收入 * 标准  [虚5号]", "其余的企业", "标准  未公布",
        "元/年，标准的单位是 %，每家不少于 10元，每家不超过 30万元", "税额 = 6元/㎡  虚税1号",
    ):  # fmt: skip
        assert said in text, said
    assert "土地税" not in "\n".join(levies_lines(pack, pack.levies, ("电价",)))


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt",
    [
        Spoilt(FILE, "- {cites: 虚4号, when", "- ▶{when", "缺少“cites”"),
        Spoilt(FILE, "cites: 虚3号\n        to", 'cites: "▶ "\n        to', "标准的 cites 是空的"),
        Spoilt(FILE, "cites: 办法一", 'cites: "▶"', "cites 是空的，应写明这项措施的依据"),
        Spoilt(FILE, "  税额: {value: 6元/㎡, cites: 虚税1号}", "  ▶税额: {value: 6元/㎡}", "参数“税额”缺少 cites"),
        Spoilt(FILE, "sign: 减免\n    when", "sign: ▶免减\n    when", "“sign”不能是“免减”"),
        Spoilt(FILE, "    sign: 加收\n    amount", "    ▶sing: 加收\n    amount", "是否想写“sign”"),
        Spoilt(FILE, "amount: 用电量 * 标准", "amount: ▶用水电 * 标准", "没有名称“用水电”，是否想写"),
        Spoilt(FILE, "amount: 用电量 * 标准", "amount: ▶用电量 * 0.1", "没有用到“标准”"),
        Spoilt(FILE, "amount: 用电量 * 标准", "amount: ▶用水量 * 标准",
               "（标准的单位是 元/千瓦时，用 rate_unit 写明）"),
        Spoilt(FILE, "    amount: max(0, 自有用地) * 税额 * 标准", "    amount: ▶max(1, 自有用地) * 税额 * 标准",
               "单位不一致：函数 max"),
        Spoilt(FILE, "rate_unit: 元/千瓦时", "rate_unit: ▶元/千瓦小", "不认识的单位"),
        Spoilt(FILE, "unit: 元\n", "unit: ▶亩\n", "数额应为金额，“亩”是面积"),
        Spoilt(FILE, "most: 30万元", "most: ▶30亩", "单位不一致：“most”是金额，“30亩”是面积"),
        Spoilt(FILE, "most: 30万元", "most: ▶30", "应如 30万元"),
        Spoilt(FILE, "most: 30万元", "most: ▶低效线", "单位不一致"),
        Spoilt(FILE, "most: 30万元", "most: ▶税限", "没有参数“税限”"),
        Spoilt(FILE, "most: 30万元", "most: ▶倍增等级", "不是数字"),
        Spoilt(FILE, "rate: 0.5元/千瓦时", "rate: ▶0.5元", "单位不一致：“标准”是金额/电量，“0.5元”是金额"),
        Spoilt(FILE, "rate: 0.5元/千瓦时", "rate: ▶-0.5元/千瓦时", "少收请用 sign: 减免"),
        Spoilt(FILE, "C: 0.1元/千瓦时", "C: ▶0.1", "应如 0.1元/千瓦时"),
        Spoilt(FILE, "{A: 0元/千瓦时", "{▶E: 0元/千瓦时", "“综合评价”没有取值“E”"),
        Spoilt(FILE, "by: 综合评价", "by: ▶综合评介", "没有字段、指标或清单“综合评介”，是否想写“综合评价”"),
        Spoilt(FILE, "by: 综合评价", "by: ▶用电量", "不能按它的取值写标准"),
        Spoilt(FILE, "      - cites: 虚3号", "      - ▶cites: 虚3号\n        rate: 1元/千瓦时", "标准应写一个数额"),
        Spoilt(FILE, "        by: 综合评价\n", "", "标准应写一个数额", "- ▶cites: 虚3号"),
        Spoilt(FILE, "低效用地: \"= 是\"", "▶低校用地: \"= 是\"", "没有字段、指标或清单“低校用地”，是否想写“低效用地”"),
        Spoilt(FILE, "低效用地: \"= 是\"", "低效用地: \"= ▶有\"", "“低效用地”是清单，应写"),
        Spoilt(FILE, "低效用地: \"= 是\"", "低效用地: \"present▶\"", "“低效用地”是清单，应写"),
        Spoilt(FILE, "综合评价: \"in [A, B]\"", "综合评价: \"in [A, ▶F]\"", "没有取值“F”"),
        Spoilt(FILE, "    when: {综合评价: \"in [A, B]\"}", "    ▶when:", "没有写条件；不限条件请删去 when"),
        Spoilt(FILE, "from: 2023-07-01", "from: ▶2023-13-01", "没有“2023-13-01”这一天"),
        Spoilt(FILE, "from: 2023-07-01", "from: ▶明年", "不是日期"),
        Spoilt(FILE, "from: 2023-07-01,", "from: 2023-07-01, to: ▶2022,", "期限先止后起"),
        Spoilt(FILE, "  电价:", "  ▶低效用地:", "名称“低效用地”已是清单"),
        Spoilt(FILE, "  电价:", "  ▶用电量:", "名称“用电量”已用于"),
        Spoilt(FILE, "  电价:", "  ▶依据:", "是台账自带的列"),
        Spoilt(FILE, "  电价:", "  ▶合计:", "保留字"),
        Spoilt(FILE, "title: 虚构", "title: 虚构\ndataset: ▶企页", "没有数据“企页”，是否想写“企业”"),
        Spoilt(FILE, "{cites: 虚4号, when: {税收: \"> 100万元\"}",
               "▶{cites: 虚4号, to: 2023, when: {综合评价: \"in [A, C]\"}", "符合它的都已归入排在前面的标准"),
    ],
    ids=str,
)  # fmt: skip
def test_faults(table: Draft, spoilt: Spoilt) -> None:
    """Each fault is reported once, at its line and column, with what is wrong and the nearest name."""
    table.spoil(spoilt)


def test_nothing_comes_behind_a_tariff_for_everybody(table: Draft) -> None:
    """Each row behind one that takes all, as long as that holds, is reported; one that holds longer is not."""
    table.edit(FILE, 'from: 2023-07-01, when: {低效用地: "= 是"},', "from: 2023-07-01,")
    assert table.faults() == []
    table.edit(FILE, "from: 2023-07-01, rate", "rate")
    assert [fault.place.split(":")[1] for fault in table.faults()] == ["15", "15", "15", "16", "17"]
    assert all("永远轮不到：排在它前面的（" in fault.message for fault in table.faults())


def test_a_list_that_is_gone(table: Draft) -> None:
    """A measure that speaks of a list that is not there is told so, with the nearest name."""
    table.edit("lists/1-low-efficiency.yaml", "list: 低效用地", "list: 低效土地")
    [fault] = [fault for fault in table.faults() if fault.place.startswith(FILE)]
    assert fault == ("policies.yaml:11:47", "没有字段、指标或清单“低效用地”，是否想写“低效土地”")


def test_every_fault_at_once(table: Draft) -> None:
    """Faults of several measures and tariffs are all reported together, in their order."""
    table.edit(FILE, "rate: 0.5元/千瓦时", "rate: 0.5")
    table.edit(FILE, "cites: 虚4号, ", "")
    table.edit(FILE, "most: 30万元", "most: 30亩")
    assert [fault.place.split(":")[1] for fault in table.faults()] == ["11", "16", "27"]


def test_a_measure_nobody_can_meet(table: Draft) -> None:
    """A condition that contradicts itself is a fault, also by way of a list's own condition."""
    contradiction = 'when: {all: [{低效用地: "= 是"}, {亩均税收: ">= 5万元/亩"}]}'
    table.edit(FILE, 'when: {综合评价: "in [A, B]"}', contradiction)
    [fault] = table.faults()
    assert "任何企业都不可能适用" in fault.message


def test_a_list_at_fault_is_one_fault(table: Draft) -> None:
    """Where a list cannot be read, a measure that speaks of it is no further fault."""
    table.edit("lists/1-low-efficiency.yaml", '亩均税收: "< 低效线"', '亩均税收: "< 低效"')
    assert not [fault for fault in table.faults() if fault.place.startswith(FILE)]


# --- what conditions and formulas become -----------------------------------------------------------------------------


def test_being_on_a_list_is_its_condition(table: Draft) -> None:
    """``清单: "= 是"`` is what the list asks for, ``= 否`` its opposite, whatever has the name of a field stays."""
    pack = table.load()
    item = pack.lists["低效用地"]
    leaf = levies(table)["电价"].rates[0].when
    assert isinstance(leaf, Leaf)
    assert opened(leaf, pack.lists, ()) == item.when
    assert opened(Not(leaf), pack.lists, ()) == Not(item.when)
    other = Leaf(leaf.name, "!=", True, "", leaf.place, leaf.place)
    assert opened(All((other,)), pack.lists, ()) == All((Not(item.when),))
    assert opened(leaf, pack.lists, {"低效用地"}) == leaf


@pytest.mark.parametrize(
    ("text", "nothing"),
    [("甲 * 标准", True), ("标准 * 甲 / 2", True), ("甲 * 标准 + 标准", True), ("max(甲 * 标准, 标准)", True),
     ("甲 * 标准 + 1", False), ("甲 + 标准", False), ("甲 / 标准", False), ("标准 / 甲", False),
     ("max(甲, 标准)", False)],
)  # fmt: skip
def test_what_is_nothing_whatever_the_figures_are(text: str, nothing: bool, tmp_path: Path) -> None:
    """A rate of 0 makes an amount 0 even where the figure is missing, but not one that does not rest on it."""
    expr = parse(text, Place(tmp_path), [])
    assert expr is not None
    assert is_nothing(with_rate(expr, Fraction(0))) is nothing
    assert not is_nothing(with_rate(expr, Fraction(1)))


def test_parameters_of_the_file_may_be_set(table: Draft) -> None:
    """``--set`` changes what the measures' own parameters hold, and keeps to their unit."""
    pack = table.load().with_parameters({"税额": "10元/㎡"})
    assert pack.parameters["税额"].shown == "10元/㎡"
    with pytest.raises(UsageError, match="单位不对"):
        pack.with_parameters({"税额": "10元"})
