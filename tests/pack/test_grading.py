"""A method of evaluation means what its YAML says, and every fault of it is reported once, where it is."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from mujun.errors import UsageError
from mujun.pack import PackError, load_method, load_pack
from mujun.pack.condition import Leaf, Ref
from mujun.pack.formula import Binary
from mujun.pack.method import Benchmark, GradeScope, Item, Method
from mujun.pack.method_words import method_lines
from tests.pack.draft import FIELDS, INDICATORS, Draft, Spoilt
from tests.pack.test_anything import signs, texts, values

GRADING = "grading.yaml"

FULL = """\
method: 试评
title: 试评办法
place: 某县
year: 2023
source: {document: 某县〔2023〕1号, url: https://example.org}
published: 权重
assumed: 其余
feeds: 综合评价
parameters:
  甲线: {value: 20%, cites: 第三条}
  基准: {value: 20万元/亩}
  倍数: {value: "2"}
  停产者: {value: [停产, 闲置]}
exempt:
  电力: {when: {行业代码: "in [4411, 4412]"}, cites: 第二条}
scopes:
  规上:
    among: {规上: "= 是"}
    within: [园区]
    cites: 第一条
    each: {missing: reweigh, cap: 150%}
    indicators:
      亩均税收: {weight: 30, benchmark: 基准, cites: 第四条}
      亩均增加值: {weight: 20.5, benchmark: {group: [乡镇街道], year: -1, factor: 倍数}, missing: penalty, penalty: -3}
      单位能耗增加值: {weight: 19.5, benchmark: 2.54万元/吨标煤, floor: none, cap: none, zero_divisor: full}
      用电量: {weight: 10, formula: best, better: smaller, benchmark: {group: 全部}}
      研发占比: {weight: 20, formula: min-max, base: 20%, missing: zero}
    coefficient: 若缺(土地利用率, 1)
    bonus:
      有意愿: {when: {开发意愿: "= 有"}, points: 3}
      少研发: {points: "-5 * max(0, 1 - 研发占比)"}
    most_bonus: 10
    most_deduction: 5.5
    then: [税收 desc, 企业名称 asc]
    cuts:
      lines: {A: 甲线, B: 60%, C: 95%}
      rounding: ceil
      base: all
      ties: worse
      least: 5%
  规下:
    indicators:
      亩均税收: {weight: 40, missing: peers, benchmark: {group: 范围}}
    total: 40
    cuts: {by: score, lines: {A: 35, B: 25.5, C: 10}}
moves:
  大户: {action: 提档, when: {税收: ">= 1000万元"}}
  停产: {action: 一票否决, to: D, when: {土地状态: in 停产者}}
"""


@pytest.fixture
def graded(draft: Draft) -> Draft:
    """The shipped pack with a method that uses all there is."""
    draft.write(GRADING, FULL)
    return draft


def method_of(draft: Draft) -> Method:
    """The method of a pack under work."""
    method = draft.load().method
    assert method is not None
    return method


def item_of(scope: GradeScope, name: str) -> Item:
    """The indicator of this name."""
    [item] = [item for item in scope.items if item.name == name]
    return item


# --- meaning ---------------------------------------------------------------------------------------------------------


def test_a_method_says_who_made_it(graded: Draft) -> None:
    """What a method says of itself is kept: its name, place and year, its source, what is published and assumed."""
    method = method_of(graded)
    assert (method.name, method.title, method.place_name, method.year) == ("试评", "试评办法", "某县", 2023)
    assert (method.source.document, method.source.url) == ("某县〔2023〕1号", "https://example.org")
    assert (method.published, method.assumed, method.incomplete) == ("权重", "其余", ())
    assert (method.dataset, method.feeds) == ("企业", "综合评价")
    assert (method.grades, method.ungraded) == (("A", "B", "C", "D"), "T")
    assert str(method.place).endswith("grading.yaml:1:1")


def test_weights_points_and_shares_are_exact(graded: Draft) -> None:
    """Numbers are what is written, to the last digit: weights, limits, penalties, lines."""
    above, below = method_of(graded).scopes
    assert [item.weight for item in above.items] == [30, Fraction("20.5"), Fraction("19.5"), 10, 20]
    assert [above.total, below.total, above.most_bonus, above.most_deduction] == [100, 40, 10, Fraction("5.5")]
    assert above.cuts.lines == (("A", Fraction(1, 5)), ("B", Fraction(3, 5)), ("C", Fraction(19, 20)))
    assert (above.cuts.rounding, above.cuts.base, above.cuts.ties, above.cuts.least) == (
        "ceil", "all", "worse", Fraction(1, 20),
    )  # fmt: skip
    assert below.cuts.lines == (("A", Fraction(35)), ("B", Fraction("25.5")), ("C", Fraction(10)))
    assert (below.cuts.rounding, below.cuts.base, below.cuts.ties) == ("floor", "graded", "better")
    assert below.cuts.least == 0


def test_an_indicator_says_how_it_is_scored(graded: Draft) -> None:
    """What an indicator does not say itself, ``each`` says, and what neither says has its default."""
    scope, _ = method_of(graded).scopes
    tax, added, energy, power, research = scope.items
    assert (tax.family, tax.smaller_is_better, tax.missing, tax.cites) == ("ratio", False, "reweigh", "第四条")
    assert [tax.floor, tax.cap, tax.base] == [0, Fraction(3, 2), 0]
    assert (added.missing, tax.zero_divisor, energy.zero_divisor) == ("penalty", "missing", "full")
    assert added.penalty == -3
    assert energy.floor is energy.cap is None
    assert (power.family, power.smaller_is_better) == ("best", True)
    assert (research.family, research.base, research.missing) == ("min-max", Fraction(1, 5), "zero")
    assert research.penalty == 0
    assert str(energy.place).endswith("grading.yaml:25:7")


def test_benchmarks(graded: Draft) -> None:
    """A benchmark is a quantity, a parameter, or a figure of a group of some year times a factor."""
    above, below = method_of(graded).scopes
    assert item_of(above, "亩均税收").benchmark == Benchmark(Ref("基准"))
    assert item_of(above, "亩均增加值").benchmark == Benchmark(None, ("乡镇街道",), 1, Fraction(2), "倍数")
    assert str(item_of(above, "单位能耗增加值").benchmark.value) == "2.54万元/吨标煤"
    assert item_of(above, "用电量").benchmark == Benchmark(group=("全部",))
    assert item_of(above, "研发占比").benchmark == item_of(below, "亩均税收").benchmark == Benchmark()


def test_conditions_and_formulas_are_those_of_lists(graded: Draft) -> None:
    """Scopes, exemptions, steps and moves have conditions and formulas as lists and indicators have them."""
    method = method_of(graded)
    above, below = method.scopes
    assert isinstance(above.among, Leaf)
    assert (above.among.name, above.among.right) == ("规上", True)
    assert below.among is None
    assert (above.within, above.then) == (("园区",), (("税收", True), ("企业名称", False)))
    assert above.coefficient is not None
    assert above.coefficient_text == "若缺(土地利用率, 1)"
    bonus, deduction = above.steps
    assert (bonus.name, bonus.points_text, bonus.when is None) == ("有意愿", "3", False)
    assert isinstance(deduction.points, Binary)
    assert deduction.when is None
    [exemption] = method.exempt
    assert isinstance(exemption.when, Leaf)
    assert (exemption.name, exemption.when.right, exemption.cites) == ("电力", ("4411", "4412"), "第二条")
    assert [(move.name, move.action, move.to) for move in method.moves] == [
        ("大户", "提档", ""), ("停产", "一票否决", "D"),
    ]  # fmt: skip
    assert len(list(method.conditions)) == 5


def test_a_pack_may_have_no_method(draft: Draft) -> None:
    """Without grading.yaml a pack has no method and no parameters of one."""
    with_method = set(draft.load().parameters)
    (draft.folder / GRADING).unlink()
    pack = draft.load()
    assert pack.method is None
    assert with_method - set(pack.parameters) == {"A档线", "B档线", "C档线"}


# --- parameters ------------------------------------------------------------------------------------------------------


def test_parameters_of_a_method_are_those_of_the_pack(graded: Draft) -> None:
    """A method's parameters can be set like all others, and its lines and factors follow."""
    pack = graded.load()
    assert {"甲线", "基准", "倍数"} <= set(pack.parameters)
    pack = pack.with_parameters({"甲线": "25%", "倍数": "1.5", "基准": "1元/㎡"})
    assert pack.method is not None
    scope = pack.method.scopes[0]
    assert scope.cuts.lines[0] == ("A", Fraction(1, 4))
    assert scope.cuts.parameters == ("甲线", "", "")
    assert item_of(scope, "亩均增加值").benchmark.factor == Fraction(3, 2)
    assert pack.method.parameters["甲线"].shown == "25%"
    assert pack.parameters["基准"].shown == "1元/㎡"
    again = pack.with_parameters({"低效线": "4万元/亩"}).method
    assert again == pack.method


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"甲线": "60%"}, "范围“规上”的档线不对：累计比例应逐档增大：A 的线是 60%，B 的线是 60%\n涉及的参数：甲线"),
        ({"甲线": "20"}, "A 的线应在 0% 到 100% 之间，现为 2000%，应如 20%"),
        ({"倍数": "0"}, "参数“倍数”是“亩均增加值”的基准，应大于 0，不能设为 0"),
        ({"基准": "-1万元/亩"}, "参数“基准”是“亩均税收”的基准，应大于 0，不能设为 -1万元/亩"),
        ({"基准": "1万元"}, "参数“基准”的单位不对"),
        ({"停产者": "停业"}, "参数“停产者”不能设为“停业”\n应取自：正常、闲置、停产"),
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(graded: Draft, settings: dict[str, str], says: str) -> None:
    """A setting that the method cannot work with is refused, with what it breaks."""
    with pytest.raises(UsageError) as caught:
        graded.load().with_parameters(settings)
    assert says in str(caught.value)


# --- faults ----------------------------------------------------------------------------------------------------------

FAULTS = [
    # weights
    Spoilt(GRADING, "{weight: 30, benchmark: 基准", "{weight: 28.5, benchmark: 基准", "权重合计 98.5，应为 100，少 1.5",
        "▶indicators:\n      亩均税收: {weight: 28.5"),
    Spoilt(GRADING, "    total: 40", "    total: 39", "权重合计 40，应为 39，多 1",
        "▶indicators:\n      亩均税收: {weight: 40"),
    Spoilt(GRADING, "{weight: 30, b", "{weight: ▶30分, b", "“30分”不是数字"),
    Spoilt(GRADING, "{weight: 30, b", "{weight: ▶-30, b", "权重应大于 0，写了“-30”"),
    Spoilt(GRADING, "{weight: 30, benchmark", "{benchmark", "缺少“weight”", "▶亩均税收: {benchmark"),
    # names
    Spoilt(GRADING, "      研发占比: {w", "      ▶研发强度: {w",
        "评价办法“试评”要用指标“研发强度”，政策包“jindong”没有，是否想写“研发"),
    Spoilt(GRADING, "      研发占比: {w", "      ▶园区: {w", "“园区”不是数字，不能打分"),
    Spoilt(GRADING, "      研发占比: {w", "      ▶基准: {w", "评价办法“试评”要用指标“基准”"),
    Spoilt(GRADING, "  甲线: {value: 20%, cites: 第三条}", "  甲线: {value: 20%}\n  ▶低效线: {value: 3}",
        "名称“低效线”已用于 "),
    Spoilt(GRADING, "  甲线: {value: 20%, c", "  甲线: {value: ▶20百分, c", "不认识的单位“百分”"),
    Spoilt(GRADING, "method: 试评\n", "method: 试评\ndataset: ▶企叶\n", "没有数据“企叶”，是否想写“企业”"),
    # benchmarks
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶2.54万元/亩",
        "单位不一致：“单位能耗增加值”是金额/综合能耗，“2.54万元/亩”是金额/面积"),
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶2.54", "应如 2.54万元/吨标煤"),
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶0万元/吨标煤", "“单位能耗增加值”的基准应大于 0"),
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶基准",
        "单位不一致：“单位能耗增加值”是金额/综合能耗，“基准”是金额/面积"),
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶基线", "没有参数“基线”，是否想写“甲线”"),
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶停产者", "参数“停产者”的值（停产、闲置）不是数字"),
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶范围", "benchmark 应为数字、参数名，或 {group: 范围}"),
    Spoilt(GRADING, "benchmark: 2.54万元/吨标煤", "benchmark: ▶[1]", "benchmark 应为数字、参数名，或 {group: 范围}"),
    Spoilt(GRADING, ", benchmark: 2.54万元/吨标煤", "", "“单位能耗增加值”缺少 benchmark（基准）", "▶单位能耗增加值:"),
    Spoilt(GRADING, "{group: [乡镇街道], year", "{group: [▶乡镇街到], year", "没有字段“乡镇街到”，是否想写“乡镇街道”"),
    Spoilt(GRADING, "{group: [乡镇街道], year", "{group: [▶税收], year", "“税收”是数字，不能用来分组"),
    Spoilt(GRADING, "{group: [乡镇街道], year", "{group: [▶综合评价], year", "“综合评价”由等级填充，不能用来分组"),
    Spoilt(GRADING, "{group: [乡镇街道], year", "{group: ▶园区, year",
        "group 应为 全部、范围，或字段的列表，如 [园区]，写了“园区”"),
    Spoilt(GRADING, "year: -1, f", "year: ▶1, f", "“year”不能大于 0，写了“1”"),
    Spoilt(GRADING, "year: -1, f", "▶yaer: -1, f", "不认识的键“yaer”，是否想写“year”，可用：group、year、factor"),
    Spoilt(GRADING, "factor: 倍数}", "factor: ▶倍}", "没有参数“倍”，是否想写“倍数”"),
    Spoilt(GRADING, "factor: 倍数}", "factor: ▶0}", "factor 应为大于 0 的倍数，如 2，写了“0”"),
    Spoilt(GRADING, "factor: 倍数}", "factor: ▶2亩}", "factor 应为大于 0 的倍数，如 2，写了“2亩”"),
    Spoilt(GRADING, "{group: 全部}", "{group: 全部, ▶factor: 2}", "factor 只用于 ratio，这里是 best"),
    Spoilt(GRADING, "benchmark: {group: 全部}", "benchmark: ▶3万千瓦时", "best 以组内的最好值、最差值为准"),
    Spoilt(GRADING, "用电量: {weight: 10, formula: best, better: smaller, benchmark: {",
        "用电量: {weight: 10, better: smaller, benchmark: ▶{",
        "“用电量”是现成的一列，没有分子和分母，算不出组的合计除以合计；请改写数字的基准，或用 formula: min-max、best"),
    Spoilt(GRADING, "      亩均税收: {weight: 40, missing: peers, benchmark: {",
        "      距低效线税收: {weight: 40, missing: peers, benchmark: ▶{",
        "“距低效线税收”（低效线 * 用地面积 - 税收）不是“甲 / 乙”"),
    # how an indicator is scored
    Spoilt(GRADING, "formula: best", "formula: ▶bset",
        "“formula”不能是“bset”，是否想写“best”，可用：ratio、min-max、best"),
    Spoilt(GRADING, "better: smaller", "better: ▶less", "“better”不能是“less”"),
    Spoilt(GRADING, "missing: peers, ", "", "没有说明“亩均税收”缺数据时怎么办，请写 missing：peers",
        "▶亩均税收: {weight: 40"),
    Spoilt(GRADING, "missing: peers", "missing: ▶peer", "“missing”不能是“peer”，是否想写“peers”"),
    Spoilt(GRADING, "penalty: -3", "penalty: ▶3", "penalty 是扣分，应小于 0，写了“3”"),
    Spoilt(GRADING, ", penalty: -3", "", "missing: penalty 应写明扣多少分", "▶亩均增加值:"),
    Spoilt(GRADING, "missing: penalty, penalty", "▶penalty", "penalty 只用于 missing: penalty，这里是 reweigh"),
    Spoilt(GRADING, "{missing: reweigh, cap", "{missing: reweigh, floor: 200%, cap",
        "cap（150%）不能小于 floor（200%）", "cap: ▶150%"),
    Spoilt(GRADING, "cap: 150%", "cap: ▶150万元", "“cap”应为份额，如 150%，写了“150万元”"),
    Spoilt(GRADING, "cap: 150%", "cap: ▶无", "“无”不是数量"),
    Spoilt(GRADING, "base: 20%", "base: ▶20", "base 应不小于 0%、小于 100%，写了“20”"),
    Spoilt(GRADING, "formula: min-max, base", "formula: best, ▶base", "base 只用于 min-max，这里是 best"),
    Spoilt(GRADING, "      研发占比: {weight: 20, f", "      研发占比: {weight: 20, ▶zero: 1, f", "不认识的键“zero”"),
    # cuts
    Spoilt(GRADING, "B: 60%, C", "B: ▶20%, C", "累计比例应逐档增大：A 的线是 20%，B 的线是 20%"),
    Spoilt(GRADING, "C: 95%}", "C: ▶95}", "C 的线应在 0% 到 100% 之间，现为 9500%，应如 95%"),
    Spoilt(GRADING, "C: 95%}", "C: ▶95亩}", "线应为份额，写了“95亩”"),
    Spoilt(GRADING, "C: 95%}", "C: ▶95%上}", "不认识的单位"),
    Spoilt(GRADING, "A: 甲线, B", "A: ▶乙线, B", "没有参数“乙线”，是否想写“甲线”"),
    Spoilt(GRADING, "A: 甲线, B", "A: ▶基准, B", "线应为份额，写了“基准”"),
    Spoilt(GRADING, "B: 60%, C", "C", "lines 缺少 B 的线", "▶lines: {A: 甲线"),
    Spoilt(GRADING, "C: 95%}", "C: 95%, ▶D: 100%}", "最后一档“D”不写线，其余的都归它"),
    Spoilt(GRADING, "C: 95%}", "C: 95%, ▶E: 100%}", "没有等级“E”"),
    Spoilt(GRADING, "B: 25.5, C", "B: ▶35, C", "分数线应逐档减小：A 的线是 35，B 的线是 35"),
    Spoilt(GRADING, "B: 25.5, C", "B: ▶25.5%, C", "按分数划档，线应为分数，如 90，写了“25.5%”"),
    Spoilt(GRADING, "rounding: ceil", "rounding: ▶up", "“rounding”不能是“up”"),
    Spoilt(GRADING, "least: 5%", "least: ▶100%", "least 应不小于 0%、小于 100%，写了“100%”"),
    # the rest of a scope
    Spoilt(GRADING, 'among: {规上: "= 是"}', 'among: {▶规商: "= 是"}', "没有字段或指标“规商”，是否想写“规上”"),
    Spoilt(GRADING, 'among: {规上: "= 是"}', 'among: {▶综合评价: "= A"}',
        "“综合评价”由等级填充，评价办法不能以它为条件"),
    Spoilt(GRADING, 'among: {规上: "= 是"}', "▶among: ", "没有写条件"),
    Spoilt(GRADING, "within: [园区]", "within: [▶园区名]", "没有字段“园区名”，是否想写“园区”"),
    Spoilt(GRADING, "within: [园区]", "within: [▶税收]", "“税收”是数字，不能用来分组"),
    Spoilt(GRADING, "coefficient: 若缺(土地利用率", "coefficient: 若缺(▶土地利用绿", "没有名称“土地利用绿”"),
    Spoilt(GRADING, "coefficient: 若缺(土地利用率, 1)", "coefficient: ▶税收", "修正系数应为不带单位的数，“税收”是金额"),
    Spoilt(GRADING, "points: 3}", "points: ▶税收}", "加减的分应为不带单位的数，“税收”是金额"),
    Spoilt(GRADING, "points: 3}", "points: ▶3分}", "公式里的数字“3分”应为不带单位的小数"),
    Spoilt(GRADING, "most_bonus: 10", "most_bonus: ▶-10", "“most_bonus”是上限，不写负数，写了“-10”"),
    Spoilt(GRADING, "then: [税收 desc,", "then: [▶税收,", "排序“税收”应写明方向"),
    # grades
    Spoilt(GRADING, "feeds: 综合评价", "feeds: ▶综合评阶", "没有字段“综合评阶”，是否想写“综合评价”"),
    Spoilt(GRADING, "feeds: 综合评价", "feeds: ▶园区", "feeds 应为 choice 类型的字段，“园区”是 text"),
    Spoilt(GRADING, "feeds: 综合评价", "feeds: ▶综合评价\nungraded: 不评", "“综合评价”没有取值 不评，等级不能填入"),
    Spoilt(GRADING, "feeds: 综合评价", "grades: [A, B, C, ▶A, D]", "等级“A”写了两次"),
    Spoilt(GRADING, "feeds: 综合评价", "ungraded: ▶D", "不评的“D”不能又是一个等级"),
    # moves and exemptions
    Spoilt(GRADING, "action: 提档", "action: ▶升档", "“action”不能是“升档”，是否想写“降档”，可用：定档、提档"),
    Spoilt(GRADING, "action: 提档", "action: 提档, ▶to: A", "提档 升降一档，不写 to"),
    Spoilt(GRADING, "to: D, ", "", "一票否决 应写明到哪一档，如 to: D", "▶停产: {action"),
    Spoilt(GRADING, "to: D, ", "to: ▶E, ", "没有等级“E”"),
    Spoilt(GRADING, "{土地状态: in 停产者}", '{土地状态: "in [停产, ▶停厂]"}', "“土地状态”没有取值“停厂”"),
    Spoilt(GRADING, '{action: 提档, when: {税收: ">= 1000万元"}}', "{action: 提档}", "缺少“when”", "▶大户:"),
    Spoilt(GRADING, "  大户: {", "  ▶电力: {", "名称“电力”已用于 "),
    Spoilt(GRADING, "{when: {行业代码: ", "{when: {▶行业: ", "没有字段或指标“行业”，是否想写“行业代码”"),
    # scopes that nobody reaches
    Spoilt(GRADING, "  规下:\n", '  ▶规下:\n    among: {规上: "= 是"}\n',
        "范围“规下”永远轮不到：符合它的都已归入排在前面的范围"),
    Spoilt(GRADING, 'among: {规上: "= 是"}', "note: 都评", "范围“规下”永远轮不到：排在它前面的“规上”没有 among",
        "▶规下:"),
    # the whole
    Spoilt(GRADING, "method: 试评\n", "", "缺少“method”", "▶title:"),
    Spoilt(GRADING, "method: 试评\n", "method: 试评\n▶methods: 试评\n", "不认识的键“methods”，是否想写“method”"),
    Spoilt(GRADING, "year: 2023", "year: ▶二三", "“year”应为整数，写了“二三”"),
]  # fmt: skip


@pytest.mark.parametrize("spoilt", FAULTS, ids=str)
def test_faults_of_a_method(graded: Draft, spoilt: Spoilt) -> None:
    """A fault of a method is reported once, at its own place, with what to write instead."""
    graded.spoil(spoilt)


def test_every_fault_at_once(graded: Draft) -> None:
    """Faults in different parts of a method are all reported in one go, in the order of the file."""
    for old, new in (("第二条", "第二条, x: 1"), ("weight: 19.5", "weight: 1九"), ("least: 5%", "least: 5亩"),
                     ("points: 3", "points: 税收"), ("to: D", "to: F")):  # fmt: skip
        graded.edit(GRADING, old, new)
    places = [fault.place for fault in graded.faults()]
    assert [place.split(":")[1] for place in places] == ["15", "25", "30", "40", "48"]


def test_a_fault_of_an_indicator_is_no_fault_of_the_method(graded: Draft) -> None:
    """What is wrong with an indicator or a field is said of it, and not once more of the method that uses it."""
    graded.spoil(
        Spoilt(INDICATORS, "工业增加值 / 用地面积, unit", "工业增加值 / ▶用地面极, unit", "没有名称“用地面极”")
    )


def test_parts_of_a_group_figure_are_not_divided_again(graded: Draft) -> None:
    """A quotient of quotients, also by way of other indicators or fallbacks, is no sum over sum."""
    graded.edit(
        INDICATORS, "指标:\n",
        "指标:\n  甲: {formula: 亩均税收 / 用地面积, unit: 万元/亩·亩}\n  乙: {formula: 亩均税收, unit: 万元/亩}\n"
        "  丙: {formula: 税收 / 能耗指标利用率, unit: 万元}\n",
    )  # fmt: skip
    old = "      亩均税收: {weight: 40, missing: peers, benchmark: {group: 范围}}"
    for name in ("甲", "丙"):
        graded.edit(GRADING, old, old.replace("亩均税收", name))
        assert [fault.message[:4] for fault in graded.faults()] == [f"“{name}”（"]
        graded.edit(GRADING, old.replace("亩均税收", name), old)
    graded.edit(GRADING, old, old.replace("亩均税收", "乙"))
    assert not graded.faults()


def test_what_is_incomplete_may_lack_weights_and_benchmarks(graded: Draft) -> None:
    """A method that says what of it is unknown loads without it, but its weights still cannot be too many."""
    graded.edit(GRADING, "feeds: 综合评价", "feeds: 综合评价\nincomplete: [其余权重, 基准]")
    graded.edit(GRADING, "{weight: 30, benchmark: 基准, ", "{weight: 1, ")
    method = method_of(graded)
    assert method.incomplete == ("其余权重", "基准")
    assert item_of(method.scopes[0], "亩均税收").benchmark == Benchmark(group=())
    graded.edit(GRADING, "{weight: 1, ", "{weight: 31, ")
    assert [fault.message for fault in graded.faults()] == ["权重合计 101，应为 100，多 1"]


def test_lists_do_not_use_the_parameters_of_a_method(graded: Draft) -> None:
    """A list cannot rest on a parameter of the method: with another method it would be gone."""
    graded.edit("lists/1-low-efficiency.yaml", '"< 低效线"', '"< 基准"')
    assert [fault.message for fault in graded.faults()] == ["没有名称“基准”，是否想写“基准日”"]


# --- words -----------------------------------------------------------------------------------------------------------


def test_a_method_in_words(graded: Draft) -> None:
    """All that decides stands in the words: weights, benchmarks, formulas, what is missing, cuts, moves, clauses."""
    pack = graded.load()
    assert pack.method is not None
    said = "\n".join(method_lines(pack, pack.method))
    for words in (
        "公布的  权重", "假定的  其余", "文件  某县〔2023〕1号  https://example.org", "地方  某县，2023年度",
        "步骤  各项得分 → 合计 × 修正系数 → 加分、减分 → 排名 → 划档 → 定档 → 提档 → 降档 → 一票否决",
        "亩均税收 30 分 = 亩均税收 ÷ 基准（20万元/亩） × 30；不低于 0 分，不超过 45 分（权重的 150%）",
        "缺数据的由其余各项的权重顶替",
        "亩均增加值 ÷ 本范围同乡镇街道企业上年的亩均增加值（合计除以合计）的 2 倍（倍数） × 20.5",
        "缺数据的得 -3 分", "除数为 0 的得满分",
        "用电量 10 分 = 全部企业的最小值 ÷ 用电量 × 10",
        "[20% + 80% × （研发占比 - 本范围的最小值）÷（最大值 - 最小值）] × 20",
        "修正系数  若缺(土地利用率, 1)", "少研发：-5 * max(0, 1 - 研发占比) 分", "减分合计至多 5.5 分",
        "按 园区 分别排名", "税收（大的在前），企业名称（小的在前）",
        "A 前 20%（甲线），B 至 60%，C 至 95%，其余 D；家数有小数就进一，不评的计入总数",
        "同分跨线的都归较差的一档；D 至少 5%",
        "A 不低于 35 分，B 不低于 25.5 分，C 不低于 10 分，其余 D",
        "不评（T），得分照算\n  电力  [第二条]", "大户：提档一档", "停产：一票否决为 D", "甲线 = 20%  第三条",
        "结果填入 综合评价",
    ):  # fmt: skip
        assert words in said, words


# --- anything --------------------------------------------------------------------------------------------------------


def refused_or_read(content: str) -> None:
    """A method loads over the shipped pack, or is refused with problems at places within it."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "a.yaml"
        file.write_bytes(content.encode(errors="surrogatepass"))
        problems = []
        try:
            assert load_method(load_pack(), file).method is not None
        except PackError as error:
            problems = error.problems
        for problem in problems:
            assert problem.message
            assert min(problem.place.line, problem.place.column) >= 1


@given(st.data())
def test_any_edit_of_a_method(data: st.DataObject) -> None:
    """A method survives any edit, or is refused."""
    start = data.draw(st.integers(0, len(FULL)))
    end = data.draw(st.integers(start, min(len(FULL), start + 20)))
    refused_or_read(FULL[:start] + data.draw(texts | signs) + FULL[end:])


@given(st.data())
def test_any_value_anywhere_in_a_method(data: st.DataObject) -> None:
    """A method survives any value in any place, or is refused."""
    content: Any = pyyaml.load(FULL, Loader=pyyaml.BaseLoader)  # noqa: S506
    inner = content
    while True:
        key = data.draw(st.sampled_from(list(inner) if isinstance(inner, dict) else list(range(len(inner)))))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.integers(0, 3)) == 0:
            break
        inner = inner[key]
    inner[key] = data.draw(values)
    refused_or_read(pyyaml.safe_dump(content, allow_unicode=True, sort_keys=False))


def test_fields_of_the_grade_can_be_named_otherwise(graded: Draft) -> None:
    """A county may call its grades what it likes, as long as the field that they fill knows them."""
    graded.edit(FIELDS, "values: {A: [A类, A档], B:", "values: {优: [], 良: [], 差: [], 免: [], A: [A类, A档], B:")
    graded.edit(GRADING, "feeds: 综合评价", "feeds: 综合评价\ngrades: [优, 良, 差]\nungraded: 免")
    graded.edit(GRADING, "{A: 甲线, B: 60%, C: 95%}", "{良: 60%, 优: 甲线}")
    graded.edit(GRADING, "{A: 35, B: 25.5, C: 10}", "{优: 35, 良: 25.5}")
    graded.edit(GRADING, "to: D", "to: 差")
    method = method_of(graded)
    assert method.grades == ("优", "良", "差")
    assert method.scopes[0].cuts.lines == (("优", Fraction(1, 5)), ("良", Fraction(3, 5)))
