"""Every fault of fields, parameters and indicators is reported where it is, with what is wrong."""

from __future__ import annotations

import pytest

from tests.pack.draft import FIELDS, INDICATORS, PACK, Draft, Spoilt

NAMES = "只能由汉字、半角字母、数字和下划线组成，且不以数字开头"

FIELD_FAULTS = [
    # units
    Spoilt(FIELDS, "unit: 万元\n      aliases: [实缴税金", "unit: ▶万圆元\n      aliases: [实缴税金",
        "不认识的单位“万圆元”，可用：元、万元"),
    Spoilt(FIELDS, "type: flag\n      aliases: [是否规上企业",
        "type: flag\n      ▶unit: 家\n      aliases: [是否规上企业", "“规上”的类型是 flag，只有 number 有单位"),
    # plausible
    Spoilt(FIELDS, "[0.5万元, 20000万元]", "[▶0.5亩, 20000万元]", "单位不一致：“税收”是金额，“0.5亩”是面积"),
    Spoilt(FIELDS, "[0.5万元, 20000万元]", "[0.5万元, ▶2]", "单位不一致：“税收”是金额，“2”是无单位的数，应如 2万元"),
    Spoilt(FIELDS, "[0.5万元, 20000万元]", "[▶少, 20000万元]", "“少”不是数量，应为数字加单位，如 3万元/亩、80%"),
    Spoilt(FIELDS, "[0.5万元, 20000万元]", "▶[20000万元, 0.5万元]",
        "“税收”的合理范围应先小后大，写了 20000万元 到 0.5万元"),
    # values
    Spoilt(FIELDS, "      values: {正常: [在用, 正常使用, 正常生产], 闲置: [空置, 土地闲置], 停产: [停工, 停产停业]}\n",
        "", "choice 类型的“土地状态”缺少 values", "▶土地状态:"),
    Spoilt(FIELDS, "values: {是: [规上, 规模以上], 否", "values: {▶对: [规上, 规模以上], 否",
        "flag 的 values 只能是 是 和 否，写了“对”"),
    Spoilt(FIELDS, "aliases: [统一信用代码, 信用代码, 社会信用代码, 纳税人识别号, 企业代码]", "▶values: {甲: []}",
        "类型 code 没有 values，只有 choice、flag 和 text 有"),
    Spoilt(FIELDS, "B: [B类, B档]", "B: [B类, ▶A档]", "别写“A档”已属于取值“A”"),
    Spoilt(FIELDS, "B: [B类, B档]", "B: [B类, ▶C]", "别写“C”已属于取值“C”"),
    # aliases
    Spoilt(FIELDS, "aliases: [产值, 总产值", "aliases: [产值, ▶税收", "别名“税收”已属于字段“税收”"),
    Spoilt(FIELDS, "aliases: [增加值]", "aliases: [▶产值]", "别名“产值”已属于字段“工业总产值”"),
    # roles
    Spoilt(FIELDS, "year: 年度}", "year: ▶年渡}", "没有字段“年渡”，是否想写“年度”"),
    Spoilt(FIELDS, "year: 年度}", "year: ▶税收}", "identity 的 year 应为 year 类型的字段，“税收”是 number"),
    Spoilt(FIELDS, "name: 企业名称, year", "name: ▶规上, year",
        "identity 的 name 应为 text 或 code 类型的字段，“规上”是 flag"),
    Spoilt(FIELDS, "乡镇街道, 园区]\n  totals", "▶乡镇街到, 园区]\n  totals", "没有字段“乡镇街到”，是否想写“乡镇街道”"),
    Spoilt(FIELDS, "totals: [用地面积, 税收]", "totals: [用地面积, ▶税受]", "没有字段“税受”，是否想写“税收”"),
    Spoilt(FIELDS, "totals: [用地面积, 税收]", "totals: [▶园区, 税收]", "“园区”不是数字，不能合计"),
    Spoilt(FIELDS, "larger: 销售收入", "larger: ▶销售收人", "没有字段“销售收人”，是否想写“销售收入”"),
    Spoilt(FIELDS, "larger: 销售收入", "larger: ▶园区", "“园区”不是数字，不能用来比较大小"),
    Spoilt(FIELDS, "aliases: [增加值]", "aliases: [增加值]\n      larger: ▶税收",
        "“工业增加值”的类型是 number，只有 flag 有 larger"),
    Spoilt(FIELDS, "type: text\n      aliases: [所在园区", "type: text\n      combine: ▶sum\n      aliases: [所在园区",
        "“园区”的类型是 text，只有 number 能相加"),
    # names
    Spoilt(FIELDS, "    工业增加值:", "    ▶增加值(工业): {}\n    工业增加值:", f"名称“增加值(工业)”{NAMES}"),
    Spoilt(FIELDS, "    工业增加值:", "    ▶2023增加值: {}\n    工业增加值:", f"名称“2023增加值”{NAMES}"),
    Spoilt(FIELDS, "    工业增加值:", "    ▶增加值Ａ: {}\n    工业增加值:", f"名称“增加值Ａ”{NAMES}"),
    Spoilt(FIELDS, "    工业增加值:", "    ▶max: {}\n    工业增加值:", "名称“max”是保留字，请改名"),
    Spoilt(FIELDS, "    工业增加值:", "    ▶any: {}\n    工业增加值:", "名称“any”是保留字，请改名"),
    Spoilt(FIELDS, "    工业增加值:", "    ▶if: {}\n    工业增加值:", "名称“if”是保留字，请改名"),
    # fallbacks
    Spoilt(FIELDS, "fallback: 自有用地 + 租入用地", "fallback: 自有用地 + ▶租入永地",
        "没有名称“租入永地”，是否想写“租入用地”"),
    Spoilt(FIELDS, "fallback: 自有用地 + 租入用地", "fallback: ▶自有用地 + 税收",
        "单位不一致：“+”左边是面积，右边是金额"),
    Spoilt(FIELDS, "fallback: 自有用地 + 租入用地", "fallback: ▶自有用地 * 租入用地",
        "单位不一致：“-”左边是面积^2，右边是面积"),
    Spoilt(FIELDS, "fallback: 综合能耗 / 核定能耗", "fallback: ▶综合能耗 / 用电量",
        "单位不一致：“能耗指标利用率”是无单位的数，“综合能耗 / 用电量”是综合能耗/电量"),
    Spoilt(FIELDS, "fallback: 综合能耗 / 核定能耗", "fallback: ▶往年(综合能耗, 1) / 核定能耗",
        "fallback 里不能用 往年，只能用当年的字段和参数"),
    Spoilt(FIELDS, "fallback: 综合能耗 / 核定能耗", "fallback: 综合能耗 / ▶规上", "“规上”不是数字，不能计算"),
    Spoilt(FIELDS, "fallback: 综合能耗 / 核定能耗", "fallback: 综合能耗 / ▶(核定能耗",
        "公式“综合能耗 / (核定能耗”写法有误：括号从这里开始，没有结束"),
    Spoilt(FIELDS, "fallback: 综合能耗 / 核定能耗", "fallback: 能耗指标利用率 + 0",
        "循环引用：能耗指标利用率 → 能耗指标利用率", "▶能耗指标利用率:"),
    Spoilt(FIELDS, "aliases: [所在园区, 所属园区, 工业园区, 园区名称]", "fallback: ▶乡镇街道",
        "“园区”不是数字，不能有 fallback"),
]  # fmt: skip

PARAMETER_FAULTS = [
    Spoilt(PACK, "value: 3万元/亩", "value: ▶3万园/亩", "不认识的单位“万园/亩”"),
    Spoilt(PACK, "value: 3万元/亩", "value: ▶1,23万元/亩", "“1,23万元/亩”的数字写法有误"),
    Spoilt(PACK, "value: 3万元/亩", "value: ▶－3，0万元", "“－3，0万元”的数字写法有误"),
    Spoilt(PACK, "parameters:\n", "parameters:\n  ▶低效线.2: {value: 3}\n", f"名称“低效线.2”{NAMES}"),
    Spoilt(PACK, "parameters:\n", "parameters:\n  ▶综合评价: {value: 3}\n", "名称“综合评价”已用于 "),
]  # fmt: skip

INDICATOR_FAULTS = [
    Spoilt(INDICATORS, "税收 / 用地面积, unit", "税收 / ▶用地面极, unit", "没有名称“用地面极”，是否想写“用地面积”"),
    Spoilt(INDICATORS, "税收 / 用地面积, unit", "税收 / ▶园区, unit", "“园区”不是数字，不能计算"),
    Spoilt(INDICATORS, "税收 / 用地面积, unit", "▶税收 / 平均职工人数, unit",
        "单位不一致：“亩均税收”是金额/面积，“税收 / 平均职工人数”是金额/人数"),
    Spoilt(INDICATORS, "税收 / 用地面积, unit", "▶税收 + 用地面积, unit", "单位不一致：“+”左边是金额，右边是面积"),
    Spoilt(INDICATORS, "税收 / 用地面积, unit", '"▶max(税收, 用地面积, 0)", unit',
        "单位不一致：函数 max 的各项是金额、面积"),
    Spoilt(INDICATORS, "税收 / 用地面积, unit: 万元/亩", "税收 / 用地面积, unit: ▶万元/母", "不认识的单位“万元/母”"),
    Spoilt(INDICATORS, "税收 / 用地面积, unit: 万元/亩", "▶3, unit: 万元/亩",
        "单位不一致：“亩均税收”是金额/面积，“3”是无单位的数"),
    Spoilt(INDICATORS, '"往年(规上, 1)"}', '"往年(规上, 1)", unit: ▶家}', "“上年规上”不是数字，不能有单位"),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  甲: {formula: '往年(▶处置顺序, 1)'}\n", "“处置顺序”不是数字，不能计算"),
    Spoilt(INDICATORS, '"往年(规上, 1)"}', '"往年(▶处置顺序, 1)"}', "“处置顺序”不是数字，不能计算"),
    Spoilt(INDICATORS, '"往年(规上, 1)"}', '"往年(▶亩均, 1)"}', "没有名称“亩均”，是否想写“"),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  ▶税收: {formula: 用地面积, unit: 亩}\n", "名称“税收”已用于 "),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  ▶低效线: {formula: 用地面积, unit: 亩}\n", "名称“低效线”已用于 "),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  ▶提示: {formula: 用地面积, unit: 亩}\n",
        "名称“提示”是清单自带的列，请改名"),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  x: {formula: 用地面积, unit: 亩}\n  ▶X: {formula: 税收, unit: 万元}\n",
        "名称“X”已用于 "),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  ▶全部: {formula: 全部 + 1}\n", "循环引用：全部 → 全部"),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  ▶甲: {formula: 乙}\n  乙: {formula: 1 - 丙}\n  丙: {formula: 2 * 甲}\n",
        "循环引用：甲 → 乙 → 丙 → 甲"),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  ▶甲: {formula: '往年(乙, 1)'}\n  乙: {formula: '往年(甲, 1)'}\n",
        "循环引用：甲 → 乙 → 甲"),
    Spoilt(INDICATORS, "指标:\n", "指标:\n  ▶甲: {formula: '往年(甲, 1)'}\n", "循环引用：甲 → 甲"),
]  # fmt: skip


@pytest.mark.parametrize("spoilt", FIELD_FAULTS, ids=str)
def test_faults_of_fields(draft: Draft, spoilt: Spoilt) -> None:
    """A fault of a field is reported once, at its own place, and causes no others."""
    draft.spoil(spoilt)


@pytest.mark.parametrize("spoilt", PARAMETER_FAULTS, ids=str)
def test_faults_of_parameters(draft: Draft, spoilt: Spoilt) -> None:
    """A fault of a parameter is reported once, at its own place; that its users cannot use it is no further fault."""
    draft.spoil(spoilt)


@pytest.mark.parametrize("spoilt", INDICATOR_FAULTS, ids=str)
def test_faults_of_indicators(draft: Draft, spoilt: Spoilt) -> None:
    """A fault of an indicator is reported once, at the name or sign in its formula that is wrong."""
    draft.spoil(spoilt)


def test_every_circle_is_reported(draft: Draft) -> None:
    """Circles that share indicators, and one over a fallback, are all reported in one go."""
    draft.edit(INDICATORS, "指标:\n", "指标:\n  甲: {formula: 乙}\n  乙: {formula: 1 - 丙}\n  丙: {formula: 乙 * 甲}\n")
    draft.edit(FIELDS, "fallback: 综合能耗 / 核定能耗", "fallback: 排放指标利用率")
    draft.edit(FIELDS, "fallback: 排放当量 / 核定排放", "fallback: 能耗指标利用率")
    assert [tuple(fault) for fault in draft.faults()] == [
        (f"{FIELDS}:152:5", "循环引用：能耗指标利用率 → 排放指标利用率 → 能耗指标利用率"),
        (f"{INDICATORS}:2:3", "循环引用：甲 → 乙 → 丙 → 甲"),
        (f"{INDICATORS}:3:3", "循环引用：乙 → 丙 → 乙"),
    ]


def test_a_long_chain_is_no_circle(draft: Draft) -> None:
    """Thousands of indicators that rest on each other in a row are no circle and no fault."""
    before = len(draft.load().indicators)
    chain = "".join(f"  链{i}: {{formula: 链{i + 1} + 1}}\n" for i in range(3000))
    draft.edit(INDICATORS, "指标:\n", f"指标:\n{chain}  链3000: {{formula: 土地利用率}}\n")
    assert len(draft.load().indicators) == before + 3001


def test_a_name_is_told_where_it_is_taken(draft: Draft) -> None:
    """A name given twice is reported with the place of its other meaning, and keeps that meaning."""
    draft.edit(INDICATORS, "指标:\n", "指标:\n  税收: {formula: 园区 + 1, unit: 亩}\n")
    faults = draft.faults()
    assert [fault.place for fault in faults] == [f"{INDICATORS}:2:3"]
    assert faults[0].message.endswith("fields.yaml:72:5，请改名")


def test_a_parameter_may_be_text(draft: Draft) -> None:
    """A parameter that is no number stays text, and one of several texts keeps their order."""
    draft.edit(PACK, "value: [A, B]", "value: A")
    draft.edit("lists/3-capacity-doubling.yaml", "in 倍增等级", "= 倍增等级")
    parameters = draft.load().parameters
    assert parameters["倍增等级"].value == "A"
    assert parameters["倍增等级"].shown == "A"
    assert parameters["处置顺序"].value == ("收回", "转让", "改造")
    assert parameters["处置顺序"].shown == "收回、转让、改造"


def test_the_past_of_a_flag_is_a_flag(draft: Draft) -> None:
    """The past value of a flag, text or choice has that type; of anything computed it is a number."""
    draft.edit(
        INDICATORS,
        "指标:\n",
        "指标:\n  甲: {formula: '往年(综合评价, 1)'}\n  乙: {formula: '往年(税收, 1)', unit: 亿元}\n"
        "  丙: {formula: '往年(企业名称, 3)'}\n",
    )
    indicators = draft.load().indicators
    assert [indicators[name].kind for name in ("甲", "乙", "丙", "上年规上")] == ["choice", "number", "text", "flag"]
