"""The methods that come with mujun, what extends them, and how a pack takes one of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mujun.errors import DataError, UsageError
from mujun.pack import Pack, PackError, load_method, load_pack, packs_folder, shipped_methods
from mujun.pack.extends import read_extended
from mujun.pack.method import Method, check_complete
from mujun.pack.method_words import method_lines
from mujun.quantity import Quantity, parse_quantity
from tests.test_docs import ENGLISH, blocks, section

if TYPE_CHECKING:
    from mujun.pack.problems import Problem
    from tests.pack.draft import Draft

LISHUI = Path(__file__).parents[2] / "samples" / "lishui-2019"
PARTIAL = {"yiwu-2022", "longyou-2021", "huaian-2024"}

PUBLISHED = {
    ("huangyan-2021", "规上"): {
        "亩均税收": (30, "26.01万元/亩"), "亩均增加值": (20, "132.27万元/亩"),
        "单位能耗增加值": (20, "2.54万元/吨标煤"),
        "单位排放增加值": (10, "4861.08万元/吨"), "全员劳动生产率": (10, "17.45万元/人"), "研发占比": (10, "0.0305"),
    },
    ("huangyan-2021", "规下"): {"亩均税收": (50, "16.601058万元/亩"), "单位用电税收": (50, "0.236565元/千瓦时")},
    ("huangyan-2022", "规上"): {
        "亩均税收": (30, "24.097万元/亩"), "亩均增加值": (20, "136.16万元/亩"),
        "单位能耗增加值": (20, "2.694万元/吨标煤"),
        "单位排放增加值": (10, "4929.81万元/吨"), "全员劳动生产率": (10, "18.14万元/人"), "研发占比": (10, "0.0302"),
    },
    ("huangyan-2022", "规下"): {"亩均税收": (50, "11.5932万元/亩"), "单位用电税收": (50, "0.2352元/千瓦时")},
    ("yiwu-2022", "规上"): {
        "亩均税收": (35, ""), "亩均增加值": (20, ""), "单位能耗增加值": (17, ""), "研发占比": (10, ""),
    },
    ("longyou-2021", "规上"): {"亩均税收": (30, ""), "亩均增加值": (25, "")},
    ("huaian-2024", "全部企业"): {"亩均税收": (45, ""), "亩均销售收入": (35, ""), "单位能耗税收": (20, "")},
    ("anhui-county", "规上"): {
        "亩均税收": (45, ""), "亩均销售收入": (20, ""), "单位能耗增加值": (15, ""), "研发占比": (15, ""),
        "全员劳动生产率": (5, ""),
    },
    ("anhui-county", "规下"): {"亩均税收": (100, "")},
}  # fmt: skip
"""What counties have published: weights and benchmarks."""

CUTS = {
    ("zhejiang-six", "规上"): (20, 60, 95),
    ("anhui-county", "规上"): (25, 70, 95),
    ("tongling-2021", "规上"): (20, 65, 95),
    ("cuts-15-75-95", "规上"): (15, 75, 95),
    ("wenling-2022", "规上"): (20, 80, 95),
    ("wenling-2022", "规下"): (5, 75, 95),
    ("huaian-2024", "全部企业"): (20, 60, 95),
}
"""Published shares of A, B and C, each with those before it, in percent."""


@pytest.fixture(scope="module")
def jindong() -> Pack:
    """The pack that comes with mujun."""
    return load_pack()


def method_of(pack: Pack) -> Method:
    """The method of a pack."""
    assert pack.method is not None
    return pack.method


# --- presets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_methods())
def test_every_method_works_with_the_shipped_pack(jindong: Pack, name: str) -> None:
    """Each method loads over 金东's pack, bears the name of its file, fills its field and can be put into words."""
    pack = load_method(jindong, name)
    method = method_of(pack)
    assert (method.name, method.feeds) == (name, "综合评价")
    assert all(words for words in (method.title, method.published, method.assumed))
    assert bool(method.incomplete) == (name in PARTIAL)
    assert set(method.parameters) <= set(pack.parameters)
    assert name in method_lines(pack, method)[0]


@pytest.mark.parametrize("name", sorted(set(shipped_methods()) - {"cuts-15-75-95"}))
def test_every_method_says_where_it_comes_from(jindong: Pack, name: str) -> None:
    """Each method names its document; what is nobody's says that too."""
    assert method_of(load_method(jindong, name)).source.document


@pytest.mark.parametrize(("name", "scope"), PUBLISHED)
def test_weights_and_benchmarks_are_the_published_ones(jindong: Pack, name: str, scope: str) -> None:
    """Weights and benchmarks are, to the last digit, those that the county has published."""
    [found] = [one for one in method_of(load_method(jindong, name)).scopes if one.name == scope]
    wanted = PUBLISHED[name, scope]
    assert {item.name: item.weight for item in found.items} == {key: weight for key, (weight, _) in wanted.items()}
    for item in found.items:
        value = item.benchmark.value
        assert value is None or isinstance(value, Quantity)
        text = wanted[item.name][1]
        assert (value.base_value if value else None) == (parse_quantity(text).base_value if text else None)


@pytest.mark.parametrize(("name", "scope"), CUTS)
def test_cuts_are_the_published_ones(jindong: Pack, name: str, scope: str) -> None:
    """Each grade's share is the published one."""
    [found] = [one for one in method_of(load_method(jindong, name)).scopes if one.name == scope]
    assert found.cuts.lines == tuple(zip("ABC", (Fraction(cut, 100) for cut in CUTS[name, scope]), strict=True))


def test_formulas_of_the_families(jindong: Pack) -> None:
    """旌德 scores between the least and the largest value, 开化 up to 1.5 times the weight, 黄岩 without a limit."""
    for name, family, base, cap in (
        ("jingde", "min-max", Fraction(1, 5), None),
        ("kaihua-2014", "ratio", Fraction(0), Fraction(3, 2)),
        ("huangyan-2021", "ratio", Fraction(0), None),
    ):
        for scope in method_of(load_method(jindong, name)).scopes:
            assert {(item.family, item.base, item.cap) for item in scope.items} == {(family, base, cap)}
            assert {item.floor for item in scope.items} == {0}


def test_a_missing_emission_is_no_zero(jindong: Pack) -> None:
    """Who has no figure of emissions gets its peers' mean, with 黄岩 and by the standard method."""
    for name in ("huangyan-2021", "huangyan-2022", "zhejiang-six"):
        [found] = [
            item for scope in method_of(load_method(jindong, name)).scopes for item in scope.items
            if item.name == "单位排放增加值"
        ]  # fmt: skip
        assert found.missing == "peers"


@pytest.mark.parametrize(("name", "score"), [("huangyan-2021", "60.343763"), ("huangyan-2022", "60.943561")])
def test_the_published_means_of_a_city_score_what_they_must(jindong: Pack, name: str, score: str) -> None:
    """黄岩's weights and benchmarks on the means that 丽水 published for 2019 give the known scores."""
    means = {
        "亩均税收": "18.9万元/亩", "亩均增加值": "73.71万元/亩", "单位能耗增加值": "1.14万元/吨标煤",
        "单位排放增加值": "611.55万元/吨", "全员劳动生产率": "16.45万元/人", "研发占比": "2.36%",
    }  # fmt: skip
    total = Fraction(0)
    for item in method_of(load_method(jindong, name)).scopes[0].items:
        assert isinstance(item.benchmark.value, Quantity)
        total += parse_quantity(means[item.name]).base_value / item.benchmark.value.base_value * item.weight
    assert f"{float(total):.6f}" == score


@pytest.mark.parametrize("name", sorted(PARTIAL))
def test_a_partial_method_refuses_to_run(jindong: Pack, name: str) -> None:
    """A method of which something is unknown says what that is, where it was published, and how to supply it."""
    method = method_of(load_method(jindong, name))
    with pytest.raises(DataError) as caught:
        check_complete(method)
    assert caught.value.message.startswith(f"评价办法“{name}”不完整，不能运行，尚缺：{method.incomplete[0]}")
    assert method.source.url in caught.value.message
    assert f"extends: {name}" in caught.value.hint
    assert "--method" in caught.value.hint


def test_a_complete_method_may_run(jindong: Pack) -> None:
    """A method of which everything is known or assumed is complete."""
    for name in set(shipped_methods()) - PARTIAL:
        check_complete(method_of(load_method(jindong, name)))


def test_the_shipped_pack_says_that_its_method_is_not_its_own(jindong: Pack) -> None:
    """金东 has published no method: its pack takes the standard one and says so."""
    method = method_of(jindong)
    assert (method.name, method.feeds) == ("jindong", "综合评价")
    assert "未见公布" in method.published
    assert "zhejiang-six" in method.assumed
    assert [item.weight for item in method.scopes[0].items] == [30, 20, 20, 10, 10, 10]


# --- choosing one ----------------------------------------------------------------------------------------------------


def test_a_method_takes_the_place_of_the_packs_own(jindong: Pack) -> None:
    """The parameters of the old method are gone, those of the new one there; all else is as before."""
    other = load_method(jindong, "huaian-2024")
    assert set(jindong.parameters) - set(other.parameters) == {"A档线", "B档线", "C档线"}
    assert set(other.parameters) - set(jindong.parameters) == {"基准倍数"}
    assert (other.lists, other.indicators) == (jindong.lists, jindong.indicators)
    assert load_method(other, packs_folder() / "jindong" / "grading.yaml").parameters == jindong.parameters


def test_a_method_of_ones_own(jindong: Pack, tmp_path: Path) -> None:
    """A partial method is completed in a file of one's own that extends it."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        "method: mine\nextends: longyou-2021\nincomplete: []\nscopes:\n  规上:\n    indicators:\n"
        "      亩均税收: {benchmark: 20万元/亩}\n      亩均增加值: {benchmark: 100万元/亩}\n"
        "      研发占比: {weight: 45, benchmark: 3%, missing: zero}\n    coefficient: '1'\n",
        encoding="utf-8",
    )
    method = method_of(load_method(jindong, file))
    check_complete(method)
    [scope] = method.scopes
    assert [item.name for item in scope.items] == ["亩均税收", "亩均增加值", "研发占比"]
    assert [item.weight for item in scope.items] == [30, 25, 45]
    assert [item.missing for item in scope.items] == ["ungraded", "ungraded", "zero"]
    # The place of everything is where it was said last.
    assert [item.place.file.name for item in scope.items] == ["mine.yaml"] * 3
    assert method.place.file.name == "mine.yaml"
    assert method.source == method_of(load_method(jindong, "longyou-2021")).source


def test_the_example_in_the_readme_is_sound(jindong: Pack, tmp_path: Path) -> None:
    """The method that the README shows is sound and complete, and each that comes with mujun is named there."""
    [example] = blocks(section(ENGLISH, "The method of evaluation"), "yaml")
    file = tmp_path / "某县.yaml"
    file.write_text(example, encoding="utf-8")
    method = method_of(load_method(jindong, file))
    check_complete(method)
    assert method.name == "某县2023"
    assert [item.name for item in method.scopes[0].items][:2] == ["亩均税收", "亩均增加值"]
    assert all(f"`{name}`" in ENGLISH.read_text(encoding="utf-8") for name in shipped_methods())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("huangyan2021", "没有评价办法“huangyan2021”，是否想写“huangyan-2021”\n自带的评价办法：anhui-county、"),
        ("某办法", "没有评价办法“某办法”\n自带的评价办法："),
        ("没有/a.yaml", "没有文件“没有/a.yaml”\n自带的评价办法："),
    ],
)  # fmt: skip
def test_an_unknown_method_is_refused_with_the_nearest(jindong: Pack, name: str, says: str) -> None:
    """A method that is not there is refused with the nearest name and all that there are."""
    with pytest.raises(UsageError) as caught:
        load_method(jindong, name)
    assert str(caught.value).startswith(says)


def test_an_indicator_that_a_pack_lacks_is_named_with_the_method(draft: Draft) -> None:
    """A method that needs what a pack does not have is refused, with the method, the indicator and its place."""
    draft.edit("indicators.yaml", "  单位用电税收: {", "  单位电耗税收: {")
    with pytest.raises(PackError) as caught:
        load_method(draft.load(), "huangyan-2021")
    [problem] = caught.value.problems
    assert problem.place.file == shipped_methods()["huangyan-2021"]
    assert problem.message.startswith(
        "评价办法“huangyan-2021”要用指标“单位用电税收”，政策包“jindong”没有，是否想写“单位电耗税收”"
    )
    assert caught.value.message.startswith("评价办法用于政策包“jindong”时有 1 处错误")


def test_a_clash_of_names_is_refused(draft: Draft) -> None:
    """A parameter of the new method must not be called like something of the pack."""
    draft.edit("indicators.yaml", "指标:\n", "指标:\n  基准倍数: {formula: 2 * 土地利用率}\n")
    with pytest.raises(PackError) as caught:
        load_method(draft.load(), "huaian-2024")
    assert any(problem.message.startswith("名称“基准倍数”已用于 ") for problem in caught.value.problems)


# --- extending -------------------------------------------------------------------------------------------------------


def grading(draft: Draft, text: str) -> None:
    """Give a pack a method."""
    draft.write("grading.yaml", text)


def test_what_is_not_said_is_inherited(draft: Draft) -> None:
    """A file that extends another says only what differs: mappings merge, the rest is replaced."""
    grading(
        draft,
        "method: 甲\nextends: huangyan-2021\nparameters:\n  A档线: {value: 30%}\n"
        "source: {document: 甲办法}\nscopes:\n  规上:\n    total: 110\n    indicators:\n"
        "      亩均税收: {weight: 40, benchmark: {group: 范围}}\n    cuts: {lines: {B: 50%}}\n  规下:\n    among:\n",
    )
    method = method_of(draft.load())
    above, below = method.scopes
    assert (method.name, method.year, method.place_name) == ("甲", 2021, "浙江省台州市黄岩区")
    assert (method.source.document, method.source.url) == ("甲办法", "")
    assert above.cuts.lines == (("A", Fraction(3, 10)), ("B", Fraction(1, 2)), ("C", Fraction(19, 20)))
    assert [item.weight for item in above.items] == [40, 20, 20, 10, 10, 10]
    assert (above.items[0].benchmark.value, above.items[0].benchmark.group) == (None, ("范围",))
    assert above.among is not None
    assert below.among is None
    assert method.parameters["A档线"].note == "累计比例；未见公布，暂取"


def test_nothing_takes_away(draft: Draft) -> None:
    """A key without a value takes away what would be inherited: an indicator, a scope."""
    grading(
        draft,
        "method: 甲\nextends: huangyan-2021\nscopes:\n  规下:\n  规上:\n    total: 90\n"
        "    indicators:\n      研发占比:\n",
    )
    [scope] = method_of(draft.load()).scopes
    assert (scope.name, len(scope.items)) == ("规上", 5)
    assert scope.total == 90


def test_a_condition_is_replaced_whole(draft: Draft) -> None:
    """Another condition takes the place of the inherited one; the two are not mixed."""
    grading(draft, 'method: 甲\nextends: huangyan-2021\nscopes: {规上: {among: {用地面积: ">= 3亩"}}}\n')
    assert not draft.faults()


def test_faults_are_where_they_are_written(draft: Draft) -> None:
    """A fault of what is inherited is reported in the file that says it, a fault of what is added in the own one."""
    text = "method: 甲\nextends: zhejiang-six\nscopes:\n  规上:\n    indicators:\n      亩均税收: {weight: 31}\n"
    grading(draft, text)
    [fault] = draft.faults()
    assert fault == ("grading.yaml:5:5", "权重合计 101，应为 100，多 1")
    grading(draft, text + "      亩均税受: {weight: 1}\nparameters:\n  A档线: {value: 60%}\n")
    own, *inherited = sorted(draft.faults())
    assert own.place == "grading.yaml:7:7"
    assert own.message.startswith("评价办法“甲”要用指标“亩均税受”，政策包“jindong”没有，是否想写“亩均税收”")
    assert inherited == [
        (f"methods/zhejiang-six.yaml:{place}", "累计比例应逐档增大：A 的线是 60%，B 的线是 60%")
        for place in ("26:26", "34:26")
    ]


def test_what_cannot_be_extended_is_said(draft: Draft) -> None:
    """A method to extend that is not there is one fault, with the nearest name and all that there are."""
    grading(draft, "method: 甲\nextends: zhejiang-sex\n")
    [fault] = draft.faults()
    assert fault.place == "grading.yaml:2:10"
    assert fault.message.startswith("没有评价办法“zhejiang-sex”，是否想写“zhejiang-six”，自带的有：anhui-county、")


def test_extending_in_a_circle_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods that extend each other are refused and not followed for ever."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("method: a\nextends: b\n", encoding="utf-8")
    second.write_text("method: b\nextends: a\n", encoding="utf-8")
    monkeypatch.setattr("mujun.pack.extends.shipped_methods", lambda: {"a": first, "b": second})
    problems: list[Problem] = []
    assert read_extended(first, problems) is None
    [problem] = problems
    assert (problem.place.file, problem.place.line) == (second, 2)
    assert problem.message == "“a”不能以自己为底本，extends 绕成了圈"


# --- kept packs ------------------------------------------------------------------------------------------------------


def test_a_kept_pack_rests_on_what_it_extends(draft: Draft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of a shipped method is seen by a pack that was kept before."""
    monkeypatch.setenv("MUJUN_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "base.yaml"
    text = shipped_methods()["zhejiang-six"].read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    for module in ("extends", "find"):
        monkeypatch.setattr(f"mujun.pack.{module}.shipped_methods", lambda: {"zhejiang-six": file})
    assert method_of(draft.load()).parameters["A档线"].shown == "20%"
    file.write_text(text.replace("value: 20%", "value: 30%"), encoding="utf-8")
    assert method_of(draft.load()).parameters["A档线"].shown == "30%"
    assert method_of(draft.load()) == method_of(draft.load())


# --- real figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "first"), [(None, "26.01万元/亩"), (LISHUI / "huangyan-2022.yaml", "24.097万元/亩")]
)
def test_the_sample_of_lishui_takes_the_methods_of_huangyan(method: Path | None, first: str) -> None:
    """The ten areas of 丽水 are all above scale: there 黄岩's methods have one scope, of everybody."""
    pack = load_pack(LISHUI / "rules")
    found = method_of(load_method(pack, method) if method else pack)
    [scope] = found.scopes
    assert scope.among is None
    assert str(scope.items[0].benchmark.value) == first
    assert [item.weight for item in scope.items] == [30, 20, 20, 10, 10, 10]
    assert found.feeds == ""
