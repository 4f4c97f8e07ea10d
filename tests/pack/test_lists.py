"""Every fault of a list is reported where it is, with what is wrong."""

from __future__ import annotations

import pytest

from tests.pack.draft import DOUBLING, LOW, PACK, SCALE, TAX, WATCH, Draft, Spoilt

CONDITION_FAULTS = [
    # names
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', '- ▶亩均税手: ">= 低效线"',
        "没有字段或指标“亩均税手”，是否想写“亩均税收”"),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', '- ▶低效线: "< 亩均税收"', "“低效线”是参数，条件的左边应为字段或指标"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶低效现"', "没有名称“低效现”，是否想写“低效线”"),
    Spoilt(WATCH, '">= 低效线"', "'>=  ▶低效现'", "没有名称“低效现”"),
    # numbers
    Spoilt(WATCH, '">= 低效线"', '">= ▶3万元"', "单位不一致：“亩均税收”是金额/面积，“3万元”是金额"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶3"', "单位不一致：“亩均税收”是金额/面积，“3”是无单位的数，应如 3万元/亩"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶高税线"', "单位不一致：“亩均税收”是金额/面积，“高税线”是金额"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶用地面积"', "单位不一致：“亩均税收”是金额/面积，“用地面积”是面积"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶3万园/亩"', "不认识的单位“万园/亩”"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶－3，0万元/亩"', "“－3，0万元/亩”的数字写法有误"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶园区"', "“园区”不是数字，不能与“亩均税收”比较"),
    Spoilt(WATCH, '">= 低效线"', '">= ▶处置顺序"', "“处置顺序”不是数字，不能与“亩均税收”比较"),
    Spoilt(WATCH, '">= 低效线"', "in ▶[3万元/亩]", "“亩均税收”是数字，不能用 in，请用两个比较并列"),
    # years
    Spoilt(WATCH, '亩均税收: ">= 低效线"', '年度: ">= ▶2021年"', "“年度”只能与年份比较，如 2021，写了“2021年”"),
    Spoilt(WATCH, '亩均税收: ">= 低效线"', '年度: ">= ▶2021.5"', "“年度”只能与年份比较，如 2021，写了“2021.5”"),
    Spoilt(WATCH, '亩均税收: ">= 低效线"', '年度: ">= ▶土地利用率"', "“年度”只能与年份比较，如 2021，写了“土地利用率”"),
    # flags
    Spoilt(SCALE, '- 规上: "= 否"', '- 规上: "= ▶规下"', '“规上”只有 是 和 否，应写 "= 是" 或 "= 否"，写了“= 规下”'),
    Spoilt(SCALE, '- 规上: "= 否"', "- 规上: in ▶[是, 否]", "“规上”只有 是 和 否"),
    Spoilt(SCALE, '- 规上: "= 否"', '- 规上: "<= ▶否"', "“规上”不是数字，不能用 <=，可用 =  !=  in"),
    # choices
    Spoilt(LOW, "in [闲置, 停产]", "in [闲置, ▶停长]",
        "“土地状态”没有取值“停长”，是否想写“停产”，可用：正常、闲置、停产"),
    Spoilt(LOW, "in [闲置, 停产]", "\"in [▶'闲至']\"", "“土地状态”没有取值“闲至”，是否想写“闲置”"),
    Spoilt(LOW, '"= 无"', '"= ▶没有"', "“开发意愿”没有取值“没有”，是否想写“有”，可用：有、无"),
    Spoilt(LOW, '"= 无"', '"> ▶无"', "“开发意愿”不是数字，不能用 >，可用 =  !=  in"),
    Spoilt(LOW, "in [闲置, 停产]", "in ▶闲置", "in 后面应为方括号的列表或参数名，如 in [A, B]，写了“闲置”"),
    Spoilt(LOW, "in [闲置, 停产]", "in ▶[闲置, ]", "in 后面应为方括号的列表或参数名"),
    Spoilt(LOW, "in [闲置, 停产]", "in ▶[]", "in 后面应为方括号的列表或参数名"),
    Spoilt(LOW, "in [闲置, 停产]", "in ▶[闲置, 停产", "in 后面应为方括号的列表或参数名"),
    Spoilt(DOUBLING, "in 倍增等级", "in ▶倍增等极", "写了“倍增等极”，是否想写“倍增等级”"),
    Spoilt(DOUBLING, "in 倍增等级", '"= ▶倍增等级"', "参数“倍增等级”的值（A、B）不能用于“=”，请用 in"),
    Spoilt(DOUBLING, "in 倍增等级", "in ▶倍增销售线", "参数“倍增销售线”的值（1亿元）不能用于“in”"),
    Spoilt(PACK, "value: [A, B]", "value: [A, E]", "“综合评价”没有取值“E”", f"{DOUBLING}|in ▶倍增等级"),
    # shape
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', '- ▶亩均税收：">= 低效线"',
        '此处应为一个条件，如 税收: ">= 300万元"；疑似用了全角冒号“：”'),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', "- ▶亩均税收", '此处应为一个条件，如 税收: ">= 300万元"'),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', "- ▶note: 甲", "此处没有写条件"),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', '- ▶{税收: "> 3万元", 用地面积: "> 3亩"}',
        "此处写了 2 个条件（税收、用地面积），并列请放进 all 或 any"),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', '- {税收: "> 3万元", note: ▶[甲]}', "“note”应为文字"),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', '- {税收: "> 3万元", cites: ▶}', "“cites”应为文字"),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', "- 亩均税收:▶", '“亩均税收”的条件应为带引号的文字，如 ">= 80%"'),
    Spoilt(WATCH, '- 亩均税收: ">= 低效线"', "- 综合评价: ▶[A, B]", '“综合评价”的条件应为带引号的文字，如 "in [A, B]"'),
    Spoilt(WATCH, "  all:\n", "  ▶alll:\n", "“alll”不是 all、any 或 not，是否想写“all”"),
    Spoilt(WATCH, "  all:\n", "  ▶All:\n", "“All”不是 all、any 或 not，是否想写“all”"),
    Spoilt(WATCH, "  all:\n", "  ▶note: 甲\n  all:\n", "“all”旁边不能再写“note”，请另起一层"),
    Spoilt(WATCH, "  all:\n", "  not:\n", '此处应为一个条件，如 税收: ">= 300万元"', "not:\n    ▶"),
    Spoilt(SCALE, '"= 否"\n    - 上年规上', '"= 否"\n    - any: ▶[]\n    - 上年规上',
        "“any”下面应为条件的列表，每条以“- ”开头"),
    Spoilt(SCALE, '"= 否"\n    - 上年规上', '"= 否"\n    - all: ▶甲\n    - 上年规上',
        "“all”下面应为条件的列表，每条以“- ”开头"),
    # operators
    Spoilt(WATCH, '">= 低效线"', '"▶=> 低效线"',
        '条件“=> 低效线”应以比较符开头，是否想写“>=”，可用：<=  >=  !=  <  >  =  in  missing  present，如 ">= 80%"'),
    Spoilt(WATCH, '">= 低效线"', '"▶<> 低效线"', "条件“<> 低效线”应以比较符开头，是否想写“!=”，可用：<="),
    Spoilt(WATCH, '">= 低效线"', '"▶~ 低效线"', "条件“~ 低效线”应以比较符开头，可用：<="),
    Spoilt(WATCH, '">= 低效线"', '"▶不低于 低效线"', "条件“不低于 低效线”应以比较符开头，是否想写“>=”，可用：<="),
    Spoilt(WATCH, '">= 低效线"', '"▶“>= 低效线”"', "应以比较符开头，引号应为半角的"),
    Spoilt(WATCH, '">= 低效线"', '"▶"', "条件“”应以比较符开头，可用：<="),
    Spoilt(WATCH, '">= 低效线"', '"▶>="', "比较符“>=”后面缺少比较的对象"),
    Spoilt(DOUBLING, "in 倍增等级", "▶IN 倍增等级", "是否想写“in”"),
    Spoilt(DOUBLING, "in 倍增等级", "▶is A", "是否想写“=”"),
    Spoilt(DOUBLING, "in 倍增等级", "▶in倍增等级", "条件“in倍增等级”应以比较符开头，可用：<="),
    Spoilt(TAX, "园区: present", "园区: ▶presnet", "条件“presnet”应以比较符开头，是否想写“present”"),
    Spoilt(TAX, "园区: present", "园区: present ▶甲", "“present”后面不写内容，多了“甲”"),
]  # fmt: skip

LIST_FAULTS = [
    Spoilt(WATCH, 'when:\n  all:\n    - 亩均税收: ">= 低效线"\n    - 亩均税收: "< 临界线"', "▶when:", "清单缺少条件"),
    Spoilt(WATCH, "note: 不", "among: ▶亩均税收\nnote: 不", '此处应为一个条件，如 税收: ">= 300万元"'),
    Spoilt(WATCH, "note: 不", "dataset: ▶企事业\nnote: 不", "没有数据“企事业”，是否想写“企业”"),
    Spoilt(WATCH, "list: 临界", "▶list: 低效用地", "清单“低效用地”已在 "),
    Spoilt(WATCH, "[亩均税收 asc, 用地面积 desc]", "[亩均税收 asc, ▶用地面机 desc]",
        "没有字段或指标“用地面机”，是否想写“用地面积”"),
    Spoilt(WATCH, "[亩均税收 asc, 用地面积 desc]", "[亩均税收 asc, ▶低效线 desc]",
        "“低效线”是参数，此处应为字段或指标"),
    Spoilt(WATCH, "[亩均税收 asc, 用地面积 desc]", "[▶亩均税收]",
        "排序“亩均税收”应写明方向：“亩均税收 desc”（大的在前）或“亩均税收 asc”（小的在前）"),
    Spoilt(WATCH, "[亩均税收 asc, 用地面积 desc]", "[▶亩均税收 降序]", "排序“亩均税收 降序”应写明方向"),
    Spoilt(WATCH, "[税收, 用地面积, 亩均税收, 上年亩均税收]", "[税收, ▶用地, 亩均税收]",
        "没有字段或指标“用地”，应写字段名“用地面积”"),
    Spoilt(WATCH, "[税收, 用地面积, 亩均税收, 上年亩均税收]", "[▶低效线]", "“低效线”是参数，此处应为字段或指标"),
    Spoilt(LOW, "precedence: 处置顺序", "precedence: ▶处置次序", "没有参数“处置次序”，是否想写“处置顺序”"),
    Spoilt(LOW, "precedence: 处置顺序", "precedence: ▶倍增等级",
        "参数“倍增等级”（A、B）应恰好包含各处置：收回、转让、改造"),
    Spoilt(LOW, "precedence: 处置顺序", "precedence: ▶低效线", "参数“低效线”（3万元/亩）应恰好包含各处置"),
    Spoilt(PACK, "[收回, 转让, 改造]", "[收回, 转让]", "参数“处置顺序”（收回、转让）应恰好包含各处置",
        f"{LOW}|precedence: ▶"),
    Spoilt(PACK, "[收回, 转让, 改造]", "[收回, 转让, 转让]", "应恰好包含各处置：收回、转让、改造",
        f"{LOW}|precedence: ▶"),
    Spoilt(WATCH, "note: 不", "precedence: ▶处置顺序\nnote: 不", "清单没有 routes，不必写 precedence"),
    Spoilt(TAX, "first: 优选家数", "first: ▶优选个数", "没有参数“优选个数”，是否想写“优选家数”"),
    Spoilt(TAX, "first: 优选家数", "first: ▶税收", "没有参数“税收”"),
    Spoilt(TAX, "first: 优选家数", "first: ▶高税线",
        "top.first 应为家数的参数，且为正整数，如 10家，“高税线”是 300万元"),
    Spoilt(TAX, "first: 优选家数", "first: ▶处置顺序",
        "top.first 应为家数的参数，且为正整数，如 10家，“处置顺序”是 收回、转让、改造"),
    Spoilt(TAX, "top: {first", "routes: {收回: {cites: 二}}\n▶top: {first", "top 与 routes 都给出建议处置，只能用一个"),
    Spoilt(PACK, "value: 10家", "value: 2.5家", "“优选家数”是 2.5家", f"{TAX}|first: ▶"),
    Spoilt(PACK, "value: 10家", "value: -1家", "“优选家数”是 -1家", f"{TAX}|first: ▶"),
    Spoilt(LOW, '        - 开发意愿: "= 无"', '        - ▶开发意原: "= 无"',
        "没有字段或指标“开发意原”，是否想写“开发意愿”"),
]  # fmt: skip


@pytest.mark.parametrize("spoilt", CONDITION_FAULTS, ids=str)
def test_faults_of_conditions(draft: Draft, spoilt: Spoilt) -> None:
    """A fault of a condition is reported once, at the name, sign or value that is wrong."""
    draft.spoil(spoilt)


@pytest.mark.parametrize("spoilt", LIST_FAULTS, ids=str)
def test_faults_of_lists(draft: Draft, spoilt: Spoilt) -> None:
    """A fault of a list is reported once, at the key or value that is wrong."""
    draft.spoil(spoilt)
