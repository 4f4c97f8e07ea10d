"""Every key and every form of value that does not belong is reported where it is, with what does belong."""

from __future__ import annotations

import pytest

from tests.pack.draft import FIELDS, INDICATORS, LOW, PACK, TAX, WATCH, Draft, Spoilt

TAXES = "aliases: [实缴税金, 税收实际贡献, 全口径税收, 区县级税收, 评价税收, 实缴税收, 税收收入, 入库税收]"

KEYS = [
    Spoilt(PACK, "title: 金", "▶titel: 金",
        "不认识的键“titel”，是否想写“title”，可用：pack、title、source、note、parameters"),
    Spoilt(PACK, "  issued: 2021", "  ▶isued: 2021",
        "不认识的键“isued”，是否想写“issued”，可用：document、issued、effective、url"),
    Spoilt(PACK, "    note: 原文“3万元以下”", "    ▶notes: 原文“3万元以下”",
        "不认识的键“notes”，是否想写“note”，可用：value、cites、note"),
    Spoilt(FIELDS, "  leading: ", "  ▶leadings: ",
        "不认识的键“leadings”，是否想写“leading”，可用：identity、leading、totals、fields"),
    Spoilt(FIELDS, "year: 年度}", "year: 年度, ▶yaer: 年度}",
        "不认识的键“yaer”，是否想写“year”，可用：code、name、year"),
    Spoilt(FIELDS, TAXES, TAXES.replace("aliases", "▶alias"),
        "不认识的键“alias”，是否想写“aliases”，可用：type、unit、aliases"),
    Spoilt(INDICATORS, "{formula: 税收 / 用地面积, unit", "{formula: 税收 / 用地面积, ▶uint: 家, unit",
        "不认识的键“uint”，是否想写“unit”，可用：formula、unit、digits、cites、note"),
    Spoilt(INDICATORS, "指标:", "▶说明: {}\n指标:", "不认识的键“说明”，可用：指标"),
    Spoilt(WATCH, "columns:", "▶colums:",
        "不认识的键“colums”，是否想写“columns”，可用：list、cites、dataset、among、when、rank"),
    Spoilt(LOW, "    cites: 二（一）2 收回一批", "    ▶cite: 二（一）2 收回一批",
        "不认识的键“cite”，是否想写“cites”，可用：when、cites、note"),
    Spoilt(TAX, "beyond: 候补", "▶beyand: 候补", "不认识的键“beyand”，是否想写“beyond”，可用：first、within、beyond"),
    Spoilt(PACK, "source:\n", "source:\n  ▶<<: 甲\n", "不认识的键“<<”"),
]  # fmt: skip

MISSING = [
    Spoilt(PACK, "pack: jindong\n", "▶", "缺少“pack”"),
    Spoilt(PACK, "  document: 金东区工业园区“二次开发”三年行动计划2.0版（2021-2023年）\n", "", "缺少“document”",
        "▶source:"),
    Spoilt(PACK, "    value: 3万元/亩\n", "", "缺少“value”", "▶低效线:"),
    Spoilt(FIELDS, ", year: 年度}", "}", "缺少“year”", "▶identity:"),
    Spoilt(INDICATORS, "    formula: 低效线 * 用地面积 - 税收\n", "", "缺少“formula”", "▶距低效线税收:"),
    Spoilt(WATCH, "cites: 二（一）2\n", "", "缺少“cites”", "▶list:"),
    Spoilt(WATCH, "rank: [亩均税收 asc, 用地面积 desc]\n", "", "缺少“rank”", "▶list:"),
    Spoilt(TAX, ", within: 优先供地", "", "缺少“within”", "▶top:"),
]  # fmt: skip

FORMS = [
    Spoilt(PACK, "title: 金东区工业园区“二次开发”三年行动计划2.0（2021-2023年）", "title:▶", "“title”应为文字"),
    Spoilt(PACK, "title: 金东区工业园区“二次开发”三年行动计划2.0（2021-2023年）", "title: ▶true", "“title”应为文字"),
    Spoilt(PACK, "    cites: 二（二）2\n    note: 土地", "    cites: ▶[二, 三]\n    note: 土地", "“cites”应为文字"),
    Spoilt(PACK, "value: [A, B]", "value: ▶[]", "“value”至少要有 1 项"),
    Spoilt(PACK, "value: [A, B]", "value: [A, ▶{B: C}]", "“value”应为文字"),
    Spoilt(PACK, "value: [A, B]", "value: ▶{A: B}", "“value”应为文字"),
    Spoilt(PACK, "value: [A, B]", "value:▶", "“value”应为文字"),
    Spoilt(PACK, "issued: 2021-05-23", "issued: ▶2021年5月", "“issued”应为日期，如 2021-05-23，写了“2021年5月”"),
    Spoilt(PACK, "issued: 2021-05-23", "issued: ▶2021-13-23", "“issued”应为日期，如 2021-05-23，写了“2021-13-23”"),
    Spoilt(PACK, "issued: 2021-05-23", "issued: ▶86400", "“issued”应为日期，如 2021-05-23，写了“86400”"),
    Spoilt(PACK, "issued: 2021-05-23", "issued: ▶[甲]", "“issued”应为日期，如 2021-05-23"),
    Spoilt(PACK,
        "  document: 金东区工业园区“二次开发”三年行动计划2.0版（2021-2023年）\n  issued: 2021-05-23\n"
        "  effective: 2021-06-22",
        "  ▶document：金东区", "“source”应为“名称: 值”的形式；疑似用了全角冒号“：”，应为半角冒号加空格“: ”"),
    Spoilt(FIELDS, "digits: 4\n      aliases: [现有土地", "digits: ▶7\n      aliases: [现有土地",
        "“digits”不能大于 6，写了“7”"),
    Spoilt(FIELDS, "digits: 4\n      aliases: [现有土地", "digits: ▶-1\n      aliases: [现有土地",
        "“digits”不能小于 0，写了“-1”"),
    Spoilt(FIELDS, "digits: 4\n      aliases: [现有土地", "digits: ▶四\n      aliases: [现有土地",
        "“digits”应为整数，写了“四”"),
    Spoilt(FIELDS, "digits: 4\n      aliases: [现有土地", "digits:▶\n      aliases: [现有土地", "“digits”应为整数"),
    Spoilt(FIELDS, "digits: 4\n      aliases: [现有土地", f"digits: ▶{'9' * 5000}\n      aliases: [现有土地",
        "“digits”的值不对"),
    Spoilt(FIELDS, "type: choice\n      aliases: [用地状态", "type: ▶choise\n      aliases: [用地状态",
        "“type”不能是“choise”，是否想写“choice”，可用：number、code、text、year、flag、choice"),
    Spoilt(FIELDS, TAXES, "aliases: ▶实缴税金", "“aliases”应为列表，如 [甲, 乙]"),
    Spoilt(FIELDS, TAXES, "aliases: [实缴税金, ▶[税]]", "“aliases”应为文字"),
    Spoilt(FIELDS, "values: {是: [规上, 规模以上], 否: [规下, 规模以下]}", "values: ▶[规上, 规下]",
        "“values”应为“名称: 值”的形式"),
    Spoilt(FIELDS, "values: {是: [规上, 规模以上], 否: [规下, 规模以下]}", "values: {是: ▶规上}",
        "“是”应为列表，如 [甲, 乙]"),
    Spoilt(FIELDS, "[0.5万元, 20000万元]", "▶[0.5万元]", "“plausible”至少要有 2 项"),
    Spoilt(FIELDS, "[0.5万元, 20000万元]", "▶[0.5万元, 2万元, 20000万元]", "“plausible”至多 2 项"),
    Spoilt(FIELDS, "identity: {code: 统一社会信用代码, name: 企业名称, year: 年度}", "identity: ▶企业名称",
        "“identity”应为“名称: 值”的形式"),
    Spoilt(INDICATORS, '{formula: "往年(规上, 1)"}', '"▶往年(规上, 1)"', "“上年规上”应为“名称: 值”的形式"),
    Spoilt(WATCH, "rank: [亩均税收 asc, 用地面积 desc]", "rank: ▶[]", "“rank”至少要有 1 项"),
    Spoilt(WATCH, "rank: [亩均税收 asc, 用地面积 desc]", "rank: ▶亩均税收 asc", "“rank”应为列表，如 [甲, 乙]"),
    Spoilt(TAX, "top: {first: 优选家数, within: 优先供地, beyond: 候补}", "top: ▶优选家数",
        "“top”应为“名称: 值”的形式"),
    Spoilt(LOW, "routes:\n", "routes:\n  其他:▶\n", "“其他”应为“名称: 值”的形式"),
]  # fmt: skip


@pytest.mark.parametrize("spoilt", KEYS, ids=str)
def test_unknown_keys(draft: Draft, spoilt: Spoilt) -> None:
    """An unknown key is reported with the nearest known one and all that are known."""
    draft.spoil(spoilt)


@pytest.mark.parametrize("spoilt", MISSING, ids=str)
def test_missing_keys(draft: Draft, spoilt: Spoilt) -> None:
    """A missing key is reported where it should stand."""
    draft.spoil(spoilt)


@pytest.mark.parametrize("spoilt", FORMS, ids=str)
def test_wrong_forms(draft: Draft, spoilt: Spoilt) -> None:
    """A value of the wrong form is reported with the form it should have, and nothing that follows from it."""
    draft.spoil(spoilt)


def test_commas_in_braces(draft: Draft) -> None:
    """A formula with a comma, without quotes within braces, is told that it needs them."""
    draft.edit(INDICATORS, "指标:\n", "指标:\n  甲: {formula: max(1, 2)}\n")
    broken, rest = draft.faults()
    assert broken == (f"{INDICATORS}:2:19", "公式“max(1”写法有误：括号从这里开始，没有结束")
    assert rest.place == f"{INDICATORS}:2:23"
    assert rest.message.endswith("；花括号里的值含“,”时请加引号")
