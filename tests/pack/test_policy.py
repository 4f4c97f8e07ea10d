"""A pack is asked for its lists and routes, and set anew, in the words of its author."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mujun.errors import UsageError
from mujun.pack import Pack, load_pack
from mujun.pack.condition import Leaf
from mujun.pack.policy import Scope
from mujun.quantity import PURE, Quantity, parse_quantity
from tests.pack.draft import DOUBLING, INDICATORS, LOW, PACK, WATCH, Draft


@pytest.fixture(scope="module")
def pack() -> Pack:
    """The shipped pack."""
    return load_pack()


# --- parameters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("低效线", "4万元/亩", parse_quantity("4万元/亩")),
        ("低效线", " ６０元／㎡ ", parse_quantity("60元/㎡")),
        ("临界幅度", "0.2", parse_quantity("0.2")),
        ("优选家数", "5家", parse_quantity("5家")),
        ("倍增等级", "A", ("A",)),
        ("倍增等级", "[A, B, C]", ("A", "B", "C")),
        ("倍增等级", "A，B、C", ("A", "B", "C")),
        ("处置顺序", "改造,收回", ("改造", "收回")),
    ],
)
def test_a_parameter_is_set(pack: Pack, name: str, text: str, value: Quantity | tuple[str, ...]) -> None:
    """A parameter takes a value of its kind, in any unit of what it measures and any sort of comma."""
    changed = pack.with_parameters({name: text})
    assert changed.parameters[name].value == value
    assert changed.parameters[name].cites == pack.parameters[name].cites
    assert {key for key in pack.parameters if changed.parameters[key] != pack.parameters[key]} == {name}


def test_setting_leaves_the_pack_as_it_was(pack: Pack) -> None:
    """Setting a parameter gives another pack and leaves the first alone."""
    before = pack.parameters["低效线"]
    assert pack.with_parameters({}) == pack
    assert pack.with_parameters({"低效线": "9万元/亩", "少地线": "1公顷"}) != pack
    assert pack.parameters["低效线"] is before
    with pytest.raises(AttributeError):
        pack.name = "乙"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("低校线", "4万元/亩", "没有参数“低校线”，是否想写“低效线”", "可设的参数：低效线、临界幅度、处置顺序"),
        ("低效线", "4万元", "参数“低效线”的单位不对：“4万元”是金额，应为金额/面积", "例如 3万元/亩"),
        ("低效线", "4", "参数“低效线”的单位不对：“4”是无单位的数，应为金额/面积", "例如 3万元/亩"),
        ("低效线", "四万元/亩", "参数“低效线”：“四万元/亩”不是数量，应为数字加单位，如 3万元/亩、80%", "现值 3万元/亩"),
        ("低效线", "4万圆/母", "参数“低效线”：不认识的单位“万圆/母”，可用：元、万元", "现值 3万元/亩"),
        ("倍增等级", "A,E", "参数“倍增等级”不能设为“A,E”", "应取自：A、B、C、D、T，各写一次"),
        ("倍增等级", "A,A", "参数“倍增等级”不能设为“A,A”", "应取自：A、B、C、D、T，各写一次"),
        ("倍增等级", "", "参数“倍增等级”不能设为“”", "应取自：A、B、C、D、T，各写一次"),
        ("倍增等级", "A,", "参数“倍增等级”不能设为“A,”", "应取自：A、B、C、D、T，各写一次"),
        ("优选家数", "2.5家", "参数“优选家数”应为正整数，不能设为“2.5家”", "例如 10家"),
        ("优选家数", "-1家", "参数“优选家数”应为正整数，不能设为“-1家”", "例如 10家"),
        ("处置顺序", "收回、拍卖", "参数“处置顺序”不能设为“收回、拍卖”", "应取自：收回、转让、改造，各写一次"),
    ],
)
def test_a_parameter_is_refused(pack: Pack, name: str, text: str, message: str, hint: str) -> None:
    """What is no parameter or no value for it is refused, with what is."""
    with pytest.raises(UsageError) as caught:
        pack.with_parameters({name: text})
    assert caught.value.message[: len(message)] == message
    assert caught.value.hint.startswith(hint)
    assert caught.value.exit_code == 2


def test_choices_compared_anywhere(draft: Draft) -> None:
    """A parameter takes the values of the choice it is compared with, be it a past one, in `among` or in a route."""
    draft.edit(PACK, "parameters:\n", "parameters:\n  甲: {value: [A]}\n  乙: {value: B}\n  丙: {value: [正常]}\n")
    draft.edit(INDICATORS, "指标:\n", "指标:\n  上年评价: {formula: '往年(综合评价, 1)'}\n")
    draft.edit(WATCH, "note: 不", "among: {上年评价: in 甲}\nnote: 不")
    draft.edit(DOUBLING, "综合评价: in 倍增等级", '综合评价: "!= 乙"')
    draft.edit(LOW, "- 土地状态: in [闲置, 停产]", "- 土地状态: in 丙")
    pack = draft.load()
    assert pack.with_parameters({"甲": "C", "乙": " D ", "丙": "停产"}).parameters["乙"].value == "D"
    for name, hint in (
        ("甲", "A、B、C、D、T，各写一次"),
        ("乙", "A、B、C、D、T"),
        ("丙", "正常、闲置、停产，各写一次"),
    ):
        with pytest.raises(UsageError) as caught:
            pack.with_parameters({name: "甲"})
        assert caught.value.hint == f"应取自：{hint}"


def test_a_parameter_compared_with_text(draft: Draft) -> None:
    """A parameter that nothing limits takes any text but none."""
    draft.edit(PACK, "parameters:\n", "parameters:\n  甲: {value: 某园区}\n  乙: {value: 甲园}\n")
    draft.edit(WATCH, "note: 不", "among: {园区: '= 甲'}\nnote: 不")
    pack = draft.load()
    assert pack.with_parameters({"甲": "另一园区"}).parameters["甲"].shown == "另一园区"
    with pytest.raises(UsageError) as caught:
        pack.with_parameters({"甲": " "})
    assert (caught.value.message, caught.value.hint) == ("参数“甲”不能设为“ ”", "现值 某园区")


# --- lists and routes -----------------------------------------------------------------------------------------------


def test_lists_are_selected_in_the_order_of_the_pack(pack: Pack) -> None:
    """Lists come in the order of the pack, however they are asked for, and all of them for no names."""
    assert [item.name for item in pack.select(("三年未上规", "低效用地"))] == ["低效用地", "三年未上规"]
    assert [item.name for item in pack.select(())] == list(pack.lists)


def test_an_unknown_list_is_refused(pack: Pack) -> None:
    """An unknown list is refused with the nearest, and all that there are."""
    with pytest.raises(UsageError) as caught:
        pack.select(("低效用地", "三年末上规"))
    assert caught.value.message == "没有清单“三年末上规”，是否想写“三年未上规”"
    assert caught.value.hint == f"可用的清单：{'、'.join(pack.lists)}"


@pytest.mark.parametrize(
    ("order", "routes"),
    [
        (None, ["收回", "转让", "改造"]),
        ("改造、收回、转让", ["改造", "收回", "转让"]),
        ("改造", ["改造", "收回", "转让"]),
        ("转让, 收回", ["转让", "收回", "改造"]),
    ],
)
def test_routes_follow_their_setting(pack: Pack, order: str | None, routes: list[str]) -> None:
    """Routes come in the order of the setting; those it leaves out come behind, as written."""
    changed = pack.with_parameters({"处置顺序": order} if order else {})
    assert [route.name for route in changed.routes(changed.lists["低效用地"])] == routes


def test_routes_without_a_setting_stand_as_written(draft: Draft) -> None:
    """Without a setting, routes come in the order written."""
    draft.edit(LOW, "precedence: 处置顺序\n", "")
    pack = draft.load()
    assert [route.name for route in pack.routes(pack.lists["低效用地"])] == ["收回", "转让", "改造"]
    assert pack.routes(pack.lists["临界"]) == ()


# --- what a pack means ----------------------------------------------------------------------------------------------


def test_what_a_list_says(pack: Pack) -> None:
    """A list holds what its file says, resolved."""
    item = pack.lists["低效用地"]
    assert isinstance(item.when, Leaf)
    assert item.rank == (("亩均税收", False), ("用地面积", True))
    assert item.columns == ("税收", "用地面积", "亩均税收", "距低效线税收")
    assert (item.dataset, item.precedence, item.among, item.top) == ("企业", "处置顺序", None, None)
    assert item.routes[0].cites == "二（一）2 收回一批"
    top = pack.lists["高税少地"].top
    assert top is not None
    assert (top.first, top.within, top.beyond) == ("优选家数", "优先供地", "候补")


def test_what_a_field_says(pack: Pack) -> None:
    """A field holds what its file says, resolved."""
    dataset = pack.datasets["企业"]
    field = dataset.fields["税收"]
    assert (field.kind, field.unit.name, field.digits) == ("number", "万元", 2)
    assert field.plausible == (parse_quantity("0.5万元"), parse_quantity("20000万元"))
    assert dataset.fields["规上"].values == {"是": ("规上", "规模以上"), "否": ("规下", "规模以下")}
    assert (dataset.code, dataset.company, dataset.year) == ("统一社会信用代码", "企业名称", "年度")
    assert dataset.totals == ("用地面积", "税收")


def test_the_scope_knows_every_name(pack: Pack) -> None:
    """Every name of a pack has a type, and every number what it measures."""
    scope = Scope(pack.datasets["企业"].fields, pack.parameters, pack.indicators)
    assert {scope.kind(name) for name in scope} == {"number", "code", "text", "year", "flag", "choice", "date"}
    assert [scope.kind(name) for name in ("税收", "低效线", "处置顺序", "上年规上", "不存在")] == [
        "number", "number", "text", "flag", None,
    ]  # fmt: skip
    assert scope.dimension("亩均税收") == scope.dimension("低效线") == (("㎡", -1), ("元", 1))
    assert scope.unit("税收").factor == Fraction(10_000)
    assert scope.dimension("处置顺序") == PURE
    assert scope.choices("综合评价") == ("A", "B", "C", "D", "T")
    assert scope.choices("税收") == scope.choices("规上") == scope.choices("亩均税收") == ()
