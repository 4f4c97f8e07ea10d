"""Headers: aliases, units, choices, and columns that contend for a field."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mujun.errors import DataError, UsageError
from mujun.intake.header import Headers, check_overrides, map_headers
from mujun.intake.source import Source
from mujun.intake.spelling import tidy
from mujun.quantity import parse_unit
from tests.intake.read import CODE, COMPANY, YEAR, dataset, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mujun.intake.findings import Finding
    from mujun.intake.header import Mapped

_SPELLINGS = [(spelling, name) for name, field in dataset().fields.items() for spelling in (name, *field.aliases)]


def mapped(*headers: str, overrides: Mapping[str, str] | None = None) -> tuple[list[Mapped], list[Finding]]:
    """The columns that fill fields, and the findings."""
    check_overrides(overrides or {}, headers)
    return map_headers(Source("x.csv", "", list(headers), ""), dataset(), overrides or {})


def one(header: str) -> Mapped | None:
    """What one header fills, if anything."""
    [*found], findings = mapped(header)
    assert not findings
    return found[0] if found else None


@pytest.mark.parametrize(("spelling", "field"), _SPELLINGS, ids=lambda text: text)
def test_every_spelling_of_the_pack_is_known(spelling: str, field: str) -> None:
    """Each name and alias means its field, in any width, with blanks in it and a unit behind it."""
    wide = "".join(chr(ord(char) + 0xFEE0) if char in "()/&%" else char for char in spelling)
    for header in (spelling, wide, " " + "\u3000".join(spelling) + " ", spelling.lower()):
        found = one(header)
        assert found is not None
        assert (found.field.name, found.stated) == (field, False)
    unit = dataset().fields[field].unit
    if unit.name:
        found = one(f"{spelling}（{unit.name}）")
        assert found is not None
        assert (found.field.name, found.stated, found.unit.factor) == (field, True, unit.factor)


@pytest.mark.parametrize(
    ("header", "field", "unit"),
    [
        ("税收(元)", "税收", "元"),
        ("税收 （万元）", "税收", "万元"),
        ("税收[千元]", "税收", "千元"),
        ("税收【亿元】", "税收", "亿元"),
        ("税收（单位：元）", "税收", "元"),
        ("税收(单位:万元)", "税收", "万元"),
        ("税收（单位 元）", "税收", "元"),
        ("税收（元", "税收", None),
        ("税收_万元", "税收", "万元"),
        ("税收/万元", "税收", "万元"),
        ("税收／万元", "税收", "万元"),
        ("税收：元", "税收", "元"),
        ("税收，元", "税收", "元"),
        ("税收-百万元", "税收", "百万元"),
        ("税收——元", "税收", "元"),
        ("税收 元", "税收", "元"),
        ("税收万元", "税收", "万元"),
        ("实缴税金(万)", "税收", "万元"),
        ("实缴税金（亿）", "税收", "亿元"),
        ("研究与试验发展(R&D)经费支出（千元）", "研发经费", "千元"),
        ("R＆D经费支出(元)", "研发经费", "元"),
        ("用地面积（平方米）", "用地面积", "㎡"),
        ("用地面积(㎡)", "用地面积", "㎡"),
        ("用地面积(m²)", "用地面积", "㎡"),
        ("占地面积（公顷）", "用地面积", "公顷"),
        ("占用土地面积(平方米)", "用地面积", "㎡"),
        ("综合能耗（千克标准煤）", "综合能耗", "kgce"),
        ("企业用电数据（千瓦时）", "用电量", "千瓦时"),
        ("用电量(KWh)", "用电量", "千瓦时"),
        ("用电量(万度)", "用电量", "万千瓦时"),
        ("污染物排放量(当量吨)", "排放当量", "吨"),
        ("排放当量(kg)", "排放当量", "千克"),
        ("年平均员工(人)", "平均职工人数", "人"),
        ("土地利用率(%)", "土地利用率", "%"),
        ("土地利用率（％）", "土地利用率", "%"),
        ("土地利用率%", "土地利用率", "%"),
        ("产能利用率(‰)", "产能利用率", "‰"),
    ],
)
def test_units_are_read_from_headers(header: str, field: str, unit: str | None) -> None:
    """A unit in brackets of any kind, behind a sign or behind nothing, is that of the column."""
    found = one(header)
    if unit is None:
        assert found is None
        return
    assert found is not None
    assert found.field.name == field
    assert found.stated
    assert found.unit.factor == parse_unit(unit).factor


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("规上(是/否)", "规上"),
        ("规上（1/0）", "规上"),
        ("规上企业（是、否）", "规上"),
        ("规上【规上或规下】", "规上"),
        ("是否规上企业(Y/N)", "规上"),
        ("开发意愿(有/无)", "开发意愿"),
        ("土地状态(正常/闲置/停产)", "土地状态"),
        ("评价等级(A/B/C/D)", "综合评价"),
        ("进入交易（是|否）", "进入交易"),
    ],
)
def test_choices_in_brackets_are_no_other_column(header: str, field: str) -> None:
    """Brackets that list the choices belong to the name."""
    found = one(header)
    assert found is not None
    assert found.field.name == field


@pytest.mark.parametrize(
    "header",
    [
        "税收/亩",
        "税收占比(%)",
        "亩均税收",
        "亩均税收(万元/亩)",
        "税收增长",
        "税收(美元)",
        "规上(0=是,1=否)",
        "规上(1=否/0=是)",
        "开发意愿(强/弱)",
        "企业数",
        "",
        "序号",
        "(元)",
        "_万元",
        "税收" * 60,
    ],
)
def test_what_only_looks_like_a_field_is_left_alone(header: str) -> None:
    """A ratio, a coding of its own, an unknown unit: no column is guessed."""
    assert one(header) is None


@pytest.mark.parametrize(
    ("header", "unit", "target"),
    [
        ("税收(亩)", "亩", "万元"),
        ("税收_吨", "吨", "万元"),
        ("税收(万元/年)", "万元/年", "万元"),
        ("税收(%)", "%", "万元"),
        ("用地面积（万元）", "万元", "亩"),
        ("综合能耗(吨)", "吨", "吨标煤"),
        ("土地利用率(亩)", "亩", "比值"),
        ("企业(家)", "家", "文字"),
    ],
)
def test_a_unit_of_the_wrong_kind_is_told(header: str, unit: str, target: str) -> None:
    """A column whose unit cannot be that of its field is not used, and that is a finding."""
    found, [finding] = mapped(header)
    assert found == []
    assert (finding.code, finding.column) == ("M115", header)
    assert f"单位“{unit}”不能用于" in finding.message
    assert f"应为{target}" in finding.message


def test_two_columns_for_one_field_are_an_error_that_names_both() -> None:
    """Which of two aliases is meant is not guessed."""
    with pytest.raises(DataError, match=r"2 列都对应字段“税收”：“实缴税金”、“税收收入\(元\)”") as caught:
        mapped("企业名称", "实缴税金", "税收收入(元)")
    assert "--map" in caught.value.hint
    with pytest.raises(DataError, match="“税收”、“税收”") as caught:
        mapped("企业名称", "税收", "税收")
    assert "重复的列名" in caught.value.hint
    with pytest.raises(DataError, match=r"“税收\(元\)”、“税收\(万元\)”"):
        mapped("税收(元)", "税收(万元)")


@pytest.mark.parametrize(
    "headers",
    [("实缴税金", "税收", "税收收入"), ("税收(元)", "实缴税金", "税收收入"), ("实缴税金", "税收收入", "税收")],
)
def test_the_column_with_the_name_of_the_field_wins(headers: Sequence[str]) -> None:
    """One column bears the field's own name: the others are left, and that is said."""
    [found], findings = mapped(*headers)
    assert found.header.startswith("税收")
    assert found.header != "税收收入"
    assert [(finding.code, finding.column) for finding in findings] == [
        ("M114", header) for header in headers if header != found.header
    ]
    assert all(f"取自列“{found.header}”" in finding.message for finding in findings)


def test_the_user_decides_over_all_names() -> None:
    """--map takes that column, even beside one with the field's own name, with the unit its header states."""
    [found], [finding] = mapped("税收", "上缴（元）", overrides={"上缴（元）": "税收"})
    assert (found.index, found.unit.name, found.stated) == (1, "元", True)
    assert (finding.code, finding.column) == ("M114", "税收")
    for header in ("上缴/元", "上缴_元", "上缴:元"):
        [found], _ = mapped(header, overrides={header: "税收"})
        assert found.unit.name == "元"
    [found], _ = mapped("上缴", overrides={"上缴": "税收"})
    assert (found.unit.name, found.stated) == ("万元", False)
    [found], _ = mapped("销售收入", overrides={"销售收入": "税收"})
    assert found.field.name == "税收"


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"税后": "税收"}, "没有列“税后”，是否想写“税额”"),
        ({"税额": "税受"}, "没有字段“税受”，是否想写“税收”"),
        ({"占地(亩)": "税收"}, "单位“亩”不能用于“税收”（应为万元）"),
    ],
)
def test_an_override_that_fits_nothing_is_a_wrong_use(overrides: Mapping[str, str], says: str) -> None:
    """A header or field that does not exist is named, with the nearest that does."""
    with pytest.raises(UsageError, match=says) as caught:
        mapped("企业名称", "税额", "占地(亩)", overrides=overrides)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("税收\n（元）", "税收（元）"),
        ("\ufeff企业\u200b名称\r\n", "企业名称"),
        ("'税收", "税收"),
        ('"税收"', "税收"),
        ("\xa0税收\u3000", "税收"),
        ("税\t收", "税收"),
    ],
)
def test_headers_are_shown_on_one_line(written: str, shown: str) -> None:
    """Line breaks, characters that do not show and quotes are no part of a name."""
    assert tidy(written) == shown


def test_units_and_assumptions_are_told(tmp_path: Path) -> None:
    """What is converted, what is assumed and what is not used are findings, with the column as written."""
    found = read_text(
        tmp_path,
        "企业名称,税收（元）,用地面积,土地利用率,备注,税 收(亩)\n甲,5,6,0.7,1,2\n",
        ("税收", "用地面积", "土地利用率"),
    )
    assert found.rows == [(500, 6_000_000, 700_000)]
    told = {finding.code: finding for finding in found.loaded.findings}
    assert list(told) == ["M115", "M112", "M111", "M113", "M121"]
    assert told["M111"].column == "税收（元）"
    assert "由 元 换算为 万元" in told["M111"].message
    assert told["M112"].message.endswith("：用地面积(亩)")
    assert told["M113"].message == "未使用的列：备注"
    assert told["M115"].column == "税 收(亩)"


def test_no_known_header_names_the_nearest(tmp_path: Path) -> None:
    """A table without enterprises is refused with the headers it has and those that are nearest."""
    with pytest.raises(DataError) as caught:
        read_text(tmp_path, "统一社会信用码,企业全称,金额\n1,甲,3\n")
    assert f"没有认出“{CODE}”或“{COMPANY}”，最接近“{CODE}”的是“统一社会信用码”" in caught.value.message
    assert "读到的是：统一社会信用码、企业全称、金额" in caught.value.hint


def test_one_of_code_and_name_is_enough(tmp_path: Path) -> None:
    """A table with only codes or only names is read; without a year it is one year."""
    for header in (CODE, COMPANY):
        found = read_text(tmp_path, f"{header},税收(万元)\nX1,5\n")
        assert found.rows == [("X1" if header == CODE else None, "X1" if header == COMPANY else None, None, 5_000_000)]
        assert found.codes == ["M121"]
    assert read_text(tmp_path, f"{COMPANY},{YEAR}\nX1,2023\n").codes == []


@given(st.text(max_size=40))
def test_any_text_is_a_header(text: str) -> None:
    """No header, however odd, is more than not known."""
    known = Headers(dataset())
    known.match(text)
    known.match(f"税收{text}")
    known.suggest(dataset().fields["税收"], [text])


@given(
    st.sampled_from([(name, field) for name, field in dataset().fields.items() if field.unit.name]),
    st.sampled_from(
        ["元", "万元", "亿元", "亩", "㎡", "公顷", "吨标煤", "kgce", "千瓦时", "吨", "kg", "人", "家", "%"]
    ),
    st.sampled_from(["{}({})", "{}（{}）", "{} [{}]", "{}_{}", "{}：{}", "{}（单位：{}）"]),
)
def test_a_unit_is_taken_if_and_only_if_it_measures_the_same(named: tuple[str, object], unit: str, form: str) -> None:
    """Any unit of the same kind is converted exactly, any other is told."""
    name, field = named[0], dataset().fields[named[0]]
    found, findings = mapped(form.format(name, unit))
    if parse_unit(unit).dimension == field.unit.dimension:
        assert (found[0].unit.factor, found[0].stated, findings) == (parse_unit(unit).factor, True, [])
    else:
        assert (found, [finding.code for finding in findings]) == ([], ["M115"])


def test_a_unit_converts_to_that_of_the_pack() -> None:
    """What a header's unit is converted to is the pack's to say."""
    fields = dict(dataset().fields)
    fields["税收"] = replace(fields["税收"], unit=parse_unit("亿元"))
    [found], _ = map_headers(Source("x.csv", "", ["税收(元)"], ""), replace(dataset(), fields=fields), {})
    assert found.unit.factor / found.field.unit.factor == Fraction(1, 10**8)
