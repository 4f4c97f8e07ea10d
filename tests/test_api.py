"""The Python interface: what `mujun.evaluate` takes, what it gives back, and what must never change an outcome."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mujun
from mujun.errors import DataError, UsageError
from mujun.plan.plan import OUTCOME_COLUMNS

ROOT = Path(__file__).parent.parent
LISHUI = ROOT / "samples" / "lishui-2019"
CODE, NAME, YEAR = "统一社会信用代码", "企业名称", "年度"
PACK = mujun.load_pack()
LISTS = [item.name for item in PACK.lists.values() if item.dataset == "企业"]
FIRST = LISTS[:5]
FINDING_COLUMNS = ["代码", "级别", "文件", "工作表", "行", "列", "单元格", "处数", "说明", "建议"]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries, missing cells as None."""
    values = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in values.to_dict("records")]


def by_list(result: mujun.Evaluation, column: str = "结论") -> dict[tuple[str, str], Any]:
    """One column of the outcomes by code and list."""
    return {(row[CODE], row["清单"]): row[column] for row in rows_of(result.outcomes)}


@pytest.fixture
def district() -> pd.DataFrame:
    """Four enterprises in two years; B stands exactly on the line, C lacks its tax."""
    columns = [CODE, NAME, YEAR, "税收", "用地面积", "自有用地", "园区", "规上", "土地状态"]
    rows = [
        ("A", "甲厂", 2023, 1.5, 2.0, 2.0, "东园", "否", "闲置"),
        ("B", "乙厂", 2023, 3.3, 1.1, 0.0, "东园", "否", "正常"),
        ("C", "丙厂", 2023, None, 9.0, 9.0, None, "是", "正常"),
        ("D", "丁厂", 2023, 400.0, 9.0, 2.5, "西园", "是", "正常"),
        ("A", "甲厂", 2022, 9.0, 2.0, 2.0, "东园", "否", "正常"),
    ]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def outcomes(district: pd.DataFrame) -> dict[tuple[str, str], Any]:
    """What mujun makes of the district."""
    return by_list(mujun.evaluate(district))


# --- what goes in ----------------------------------------------------------------------------------------------------


def test_a_path_a_text_and_a_frame_are_judged_alike(
    district: pd.DataFrame, outcomes: dict[tuple[str, str], Any], tmp_path: Path
) -> None:
    """It does not matter whether data come as a path, as its text, or as a frame."""
    path = tmp_path / "district.csv"
    district.to_csv(path, index=False)
    assert by_list(mujun.evaluate(path)) == by_list(mujun.evaluate(str(path))) == outcomes
    assert outcomes["A", "低效用地"] == "是"
    assert outcomes["B", "低效用地"] == "否"
    assert outcomes["C", "低效用地"] == "待核实"


def test_the_types_of_a_frame_do_not_matter(district: pd.DataFrame, outcomes: dict[tuple[str, str], Any]) -> None:
    """Texts, nullable numbers, decimals, booleans and categories are read like the same cells of a file."""
    as_text = (
        district.astype(object).where(district.notna(), None).map(lambda cell: None if cell is None else str(cell))
    )
    nullable = district.convert_dtypes().astype({YEAR: "Int16", "园区": "category", "土地状态": "category"})
    nullable["规上"] = (district["规上"] == "是").astype("boolean")
    taxes = [None if pd.isna(tax) else Decimal(str(tax)) for tax in district["税收"]]
    exact = district.assign(税收=pd.Series(taxes, dtype=object))
    for frame in (as_text, nullable, exact):
        assert by_list(mujun.evaluate(frame)) == outcomes


def test_a_frame_is_left_as_it_was(district: pd.DataFrame, outcomes: dict[tuple[str, str], Any]) -> None:
    """Judging changes nothing of the frame, and its index says nothing."""
    odd = district.set_axis(["x", "x", "y", "z", "x"], axis=0)
    before = odd.copy(deep=True)
    assert by_list(mujun.evaluate(odd)) == outcomes
    pd.testing.assert_frame_equal(odd, before)


def test_rules_may_be_a_pack_its_name_or_its_folder(
    district: pd.DataFrame, outcomes: dict[tuple[str, str], Any]
) -> None:
    """A pack can be given loaded, by name or by folder."""
    for rules in (mujun.load_pack(), "jindong", ROOT / "rules" / "jindong", str(ROOT / "rules" / "jindong")):
        assert by_list(mujun.evaluate(district, rules)) == outcomes


def test_the_year_is_the_latest_unless_another_is_asked_for(district: pd.DataFrame) -> None:
    """By default the latest year is judged; another one with its own enterprises on request."""
    assert mujun.evaluate(district).year == 2023
    earlier = mujun.evaluate(district, year=2022)
    assert (earlier.year, earlier.judged) == (2022, 1)
    assert by_list(earlier)["A", "低效用地"] == "否"
    undated = mujun.evaluate(district.query(f"{YEAR} == 2023").drop(columns=YEAR))
    assert (undated.year, undated.judged) == (None, 4)


def test_lists_parameters_mapping_and_show_are_heeded(district: pd.DataFrame) -> None:
    """Lists can be chosen, thresholds set, headers explained, and further columns asked for."""
    renamed = district.rename(columns={"税收": "缴了多少(元)"}).assign(**{"缴了多少(元)": district["税收"] * 10_000})
    result = mujun.evaluate(
        renamed,
        lists=["临界", "低效用地"],
        parameters={"低效线": "4万元/亩"},
        mapping={"缴了多少(元)": "税收"},
        show=["规上", "上年亩均税收"],
    )
    assert list(result.lists) == ["低效用地", "临界"]
    [first, second] = rows_of(result.lists["低效用地"])
    assert (first[CODE], first["税收"], first["规上"], first["上年亩均税收"]) == ("A", 1.5, "否", 4.5)
    assert (second[CODE], second["亩均税收"], second["提示"]) == ("B", 3.0, None)
    assert mujun.load_pack().parameters["低效线"].shown == "3万元/亩"


# --- what comes out --------------------------------------------------------------------------------------------------


def test_the_lists_are_frames_with_their_columns(district: pd.DataFrame) -> None:
    """Each list by name: 清单, 名次, the leading columns, its own; ranks are whole, figures floats, the rest texts."""
    result = mujun.evaluate(district)
    assert list(result.lists) == LISTS
    low = result.lists["低效用地"]
    assert list(low.columns) == [
        "清单", "名次", CODE, NAME, "乡镇街道", "园区", "税收", "用地面积", "亩均税收", "距低效线税收",
        "建议处置", "处置依据", "缺少", "提示",
    ]  # fmt: skip
    for name, frame in result.lists.items():
        figures = {"名次": "Int64"} | dict.fromkeys(("税收", "用地面积", "自有用地", "销售收入", "亩均税收"), "float64")
        assert {column: str(frame[column].dtype) for column in figures if column in frame} == {
            column: kind for column, kind in figures.items() if column in frame
        }, name
        assert set(frame["清单"]) <= {name}
    assert rows_of(low)[0] | {"缺少": None} == {
        "清单": "低效用地", "名次": 1, CODE: "A", NAME: "甲厂", "乡镇街道": None, "园区": "东园", "税收": 1.5,
        "用地面积": 2.0, "亩均税收": 0.75, "距低效线税收": 4.5, "建议处置": "收回", "处置依据": "收回：土地状态为闲置",
        "缺少": None, "提示": None,
    }  # fmt: skip


def test_the_outcomes_hold_every_enterprise_on_every_list_once(district: pd.DataFrame) -> None:
    """One row per enterprise of the year and list, always the same nine columns; 年度 and 名次 are whole numbers."""
    frame = mujun.evaluate(district).outcomes
    assert tuple(frame.columns) == OUTCOME_COLUMNS
    assert (str(frame[YEAR].dtype), str(frame["名次"].dtype)) == ("Int64", "Int64")
    assert sorted(zip(frame[CODE], frame["清单"], strict=True)) == sorted((c, name) for c in "ABCD" for name in LISTS)
    assert set(frame["结论"]) <= {"是", "否", "待核实", "不适用"}
    ranked = frame["名次"].notna()
    assert (ranked == (frame["结论"] == "是")).all()
    assert (frame["缺少"].notna() == (frame["结论"] == "待核实"))[frame["清单"] != "低效用地"].all()


def test_the_outcomes_agree_with_the_lists_and_the_summaries(district: pd.DataFrame) -> None:
    """Who is 是 stands on the list at the same rank, and the summaries count the same."""
    result = mujun.evaluate(district)
    told = rows_of(result.outcomes)
    assert [summary.name for summary in result.summaries] == LISTS
    for summary in result.summaries:
        mine = [row for row in told if row["清单"] == summary.name]
        members = rows_of(result.lists[summary.name])
        assert [(row["名次"], row[CODE]) for row in mine if row["结论"] == "是"] == [
            (r["名次"], r[CODE]) for r in members
        ]
        counted = [sum(row["结论"] == value for row in mine) for value in ("是", "否", "待核实", "不适用")]
        assert counted == [summary.yes, summary.no, summary.pending, summary.outside]
        assert sum(counted) == result.judged == 4
    land, tax = result.summaries[0].totals
    assert (land.name, land.unit, land.value, land.known) == ("用地面积", "亩", Decimal("2.00"), 1)
    assert (tax.name, tax.unit, tax.value, tax.known) == ("税收", "万元", Decimal("1.50"), 1)


def test_the_findings_are_a_frame_too(district: pd.DataFrame) -> None:
    """What was odd about the data: code, level, place, text, message and advice; also a divisor that is no use."""
    odd = district.astype(object)
    odd.loc[1, "税收"], odd.loc[0, "用地面积"] = "三万", 0
    frame = mujun.evaluate(odd).findings
    assert list(frame.columns) == FINDING_COLUMNS
    assert (str(frame["行"].dtype), str(frame["处数"].dtype)) == ("Int64", "int64")
    found = {row["代码"]: row for row in rows_of(frame)}
    assert (found["M201"]["行"], found["M201"]["列"], found["M201"]["单元格"]) == (2, "税收", "三万")
    assert found["M401"]["说明"] == "用地面积不大于 0，1 家企业算不出亩均税收"


def test_without_findings_the_frame_still_has_its_columns() -> None:
    """Clean data give an empty frame of findings, with the same columns."""
    frame = pd.DataFrame({CODE: ["A"], NAME: ["甲厂"], YEAR: [2023], "税收(万元)": [1], "用地面积(亩)": [1]})
    found = mujun.evaluate(frame).findings
    assert (len(found), list(found.columns), str(found["行"].dtype)) == (0, FINDING_COLUMNS, "Int64")


def test_an_evaluation_shows_itself_in_a_line(district: pd.DataFrame) -> None:
    """In a notebook an evaluation says what was judged by what, and not the whole pack."""
    assert (
        repr(mujun.evaluate(district, lists=FIRST))
        == "<Evaluation jindong 2023年 4 家：低效用地 1、临界 1、产能倍增 0、高税少地 1、三年未上规 0>"
    )


# --- what cannot be done ---------------------------------------------------------------------------------------------


def refusal(kind: type[mujun.MujunError], *arguments: Any, **options: Any) -> str:
    """The message and hint with which `evaluate` refuses."""
    with pytest.raises(kind) as caught:
        mujun.evaluate(*arguments, **options)
    assert isinstance(caught.value, mujun.MujunError)
    return str(caught.value)


def test_a_year_that_is_not_there_is_refused_with_those_that_are(district: pd.DataFrame) -> None:
    """An unknown year names the years of the data; a year given for data without years is theirs."""
    assert refusal(UsageError, district, year=2019) == "数据里没有 2019 年\n有的年度：2022、2023"
    undated = district.drop(columns=YEAR).drop_duplicates(CODE)
    assert mujun.evaluate(undated, year=2023).year == 2023


def test_an_unknown_list_is_refused_with_the_nearest(district: pd.DataFrame) -> None:
    """A misspelt list names the nearest one and all there are."""
    told = refusal(UsageError, district, lists=["低效用土地"])
    assert told == f"没有清单“低效用土地”，是否想写“低效用地”\n可用的清单：{'、'.join(PACK.lists)}"


def test_an_unknown_column_to_show_is_refused_with_the_nearest(district: pd.DataFrame) -> None:
    """A misspelt column to show is not ignored."""
    assert refusal(UsageError, district, show=["亩均税首"]).startswith("没有列“亩均税首”，是否想写“亩均税收”")


def test_one_list_may_be_given_as_its_name(district: pd.DataFrame) -> None:
    """A text is one name, not many of one character."""
    assert list(mujun.evaluate(district, lists="低效用地", show="规上").lists) == ["低效用地"]


def test_data_that_decide_nothing_are_refused_with_the_nearest_headers(district: pd.DataFrame) -> None:
    """Where no list can be decided, every list names the columns it lacks and the header nearest to each."""
    told = refusal(DataError, district[[CODE, NAME]].drop_duplicates().assign(税收收入额=1, 占地=2))
    assert "清单“低效用地”无法判定：缺少列 税收（最接近的列：“税收收入额”）、用地面积（最接近的列：“占地”）" in told
    assert all(f"清单“{name}”无法判定" in told for name in LISTS)


def test_a_list_that_cannot_be_decided_does_not_stop_the_others(district: pd.DataFrame) -> None:
    """With some lists decidable the others say what they lack, hold nobody, and leave everyone 待核实."""
    result = mujun.evaluate(district.drop(columns=["自有用地", "园区"]), lists=FIRST)
    assert result.undecided["高税少地"] == ("自有用地", "园区")
    assert set(result.undecided) == {"产能倍增", "高税少地", "三年未上规"}
    assert len(result.lists["三年未上规"]) == 0
    outcomes = by_list(result)
    assert outcomes["A", "三年未上规"] == "待核实"
    assert outcomes["A", "低效用地"] == "是"


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"parameters": {"低效线": "4"}}, UsageError, "单位不对"),
        ({"parameters": {"低效性": "4万元/亩"}}, UsageError, "是否想写“低效线”"),
        ({"mapping": {"税": "税收"}}, UsageError, "是否想写“税收”"),
        ({"mapping": {"税收": "税款"}}, UsageError, "税款"),
        ({"rules": "jindon"}, UsageError, "是否想写“jindong”"),
        ({"parameters": {"低效线": f"3.{'0' * 50}1万元/亩"}}, UsageError, "38 位"),
    ],
)
def test_what_does_not_exist_is_refused(
    district: pd.DataFrame, options: dict[str, Any], kind: type[mujun.MujunError], words: str
) -> None:
    """Settings, mappings and packs that do not fit are told in words, before anything is judged."""
    assert words in refusal(kind, district, **options)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A missing file is named."""
    assert "没有.csv" in refusal(DataError, tmp_path / "没有.csv")


# --- the published figures of 丽水 -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lishui() -> mujun.Evaluation:
    """The ten areas of 丽水 for 2019, by the pack beside them."""
    return mujun.evaluate(LISHUI / "areas.csv", rules=LISHUI / "rules")


def test_the_leaders_of_lishui_are_the_published_ones(lishui: mujun.Evaluation) -> None:
    """Five areas are above the city in tax and value added per mu, in this order; the other five are below in tax."""
    assert lishui.lists["税地领先"][NAME].tolist() == ["莲都区", "缙云县", "龙泉市", "青田县", "云和县"]
    assert lishui.lists["亩均税收偏低"][NAME].tolist() == ["开发区", "景宁县", "庆元县", "松阳县", "遂昌县"]
    assert lishui.lists["税地领先"]["亩均税收"].tolist() == [46.38, 36.91, 22.97, 21.41, 21.36]


def test_an_unpublished_emission_is_open_only_where_it_decides(lishui: mujun.Evaluation) -> None:
    """Of the areas without published emissions two fail by their energy alone, two are 待核实 for that one figure."""
    green = [row for row in rows_of(lishui.outcomes) if row["清单"] == "绿色领先"]
    open_ = {row[NAME]: row["缺少"] for row in green if row["结论"] == "待核实"}
    assert open_ == {"青田县": "单位排放增加值", "松阳县": "单位排放增加值"}
    assert lishui.lists["绿色领先"][NAME].tolist() == ["莲都区", "景宁县"]
    assert {row[NAME]: row["结论"] for row in green}["缙云县"] == "否"


def test_a_published_figure_on_the_line_is_remarked(lishui: mujun.Evaluation) -> None:
    """莲都区 spends exactly the city's share on research: it is on the list, with a remark that says so."""
    [row] = rows_of(lishui.lists["创新与效率"])
    assert (row[NAME], row["研发占比"]) == ("莲都区", 0.0236)
    assert row["提示"] == "研发占比恰在线上：全市研发占比（2.36%）"


# --- what must not change an outcome ---------------------------------------------------------------------------------

cents = st.integers(0, 200).map(lambda value: Decimal(value) / 100)
maybe_cents = st.none() | cents | st.sampled_from([Decimal("3.3"), Decimal(3), Decimal(6), Decimal(400)])
enterprises = st.fixed_dictionaries(
    {
        "税收": maybe_cents,
        "上年税收": maybe_cents,
        "销售收入": st.none() | st.sampled_from([Decimal(10_000), Decimal("9999.99"), Decimal(20)]),
        "自有用地": st.none() | st.sampled_from([Decimal("1.1"), Decimal(1), Decimal(2), Decimal(0), Decimal(20)]),
        "租入用地": st.sampled_from([None, Decimal(0), Decimal(1)]),
        "园区": st.sampled_from([None, "东园"]),
        "规上": st.sampled_from([None, "是", "否", "否"]),
        **dict.fromkeys(
            ("土地利用率", "产能利用率", "能耗指标利用率", "排放指标利用率"),
            st.sampled_from([None, "0.8", "80%", "0.79"]),
        ),
        "综合评价": st.sampled_from([None, "A", "C"]),
        "土地状态": st.sampled_from([None, "正常", "闲置"]),
        "进入交易": st.sampled_from([None, "是", "否"]),
        "开发意愿": st.sampled_from([None, "有", "无"]),
        "符合产业政策": st.sampled_from([None, "是", "否"]),
    }
)


def table(drawn: list[dict[str, Any]]) -> pd.DataFrame:
    """Enterprises as a frame of texts: this year, and for the odd ones the two years before."""
    rows = []
    for number, row in enumerate(drawn):
        figures = {name: value for name, value in row.items() if name != "上年税收"}
        own, rented = row["自有用地"], row["租入用地"]
        figures["租出用地"] = Decimal(0)
        figures["用地面积"] = own + rented if own is not None and rented is not None else None
        for back in range(3 if number % 2 else 1):
            past = {"税收": row["上年税收"]} if back else {}
            rows.append({CODE: f"9133070{number}", NAME: f"企业{number}", YEAR: 2023 - back, **figures, **past})
    return pd.DataFrame(rows, dtype=object).map(lambda cell: cell if cell is None else str(cell))


tables = st.lists(enterprises, min_size=4, max_size=24).map(table)
few = settings(max_examples=8)  # an evaluation takes a tenth of a second, and each example needs two
CELLS = ["结论", "建议处置", "缺少", "提示"]


def told(frame: pd.DataFrame, columns: list[str] = CELLS) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What is told of each enterprise on each list."""
    found = rows_of(mujun.evaluate(frame, year=2023).outcomes)
    return {(row[CODE], row["清单"]): tuple(row[column] for column in columns) for row in found}


@few
@given(tables, st.data())
def test_the_order_of_rows_and_columns_does_not_matter(frame: pd.DataFrame, data: st.DataObject) -> None:
    """Shuffling rows and columns changes no outcome, rank, proposal, gap or remark."""
    rows = data.draw(st.permutations(range(len(frame))))
    columns = data.draw(st.permutations(list(frame.columns)))
    every = [*CELLS, "名次"]
    assert told(frame.iloc[rows][columns], every) == told(frame, every)


@few
@given(tables)
def test_the_unit_of_a_column_does_not_matter(frame: pd.DataFrame) -> None:
    """The same amounts in 元, 亿元 or per cent, said so in the header, change nothing, at the line neither."""
    scales = {
        "税收": ("税收(元)", "10000"),
        "销售收入": ("销售收入（亿元）", "0.0001"),
        "土地利用率": ("土地利用率(%)", "100"),
    }
    other = frame.copy()
    for name, (header, scale) in scales.items():
        plain = ["0.8" if cell == "80%" else cell for cell in frame[name].tolist()]
        moved = [None if pd.isna(cell) else str(Decimal(cell) * Decimal(scale)) for cell in plain]
        other[header] = pd.Series(moved, dtype=object)
        other = other.drop(columns=name)
    every = [*CELLS, "名次"]
    assert told(other, every) == told(frame, every)


@few
@given(tables, st.integers(0, 9), cents)
def test_more_tax_never_puts_an_enterprise_on_the_list_of_low_efficiency(
    frame: pd.DataFrame, place: int, more: Decimal
) -> None:
    """Who pays more is not for that on 低效用地, nor off 高税少地 or 产能倍增; nothing else changes for the others."""
    this_year = frame.index[(frame[YEAR] == "2023") & frame["税收"].notna()]
    if not len(this_year):
        return
    chosen = this_year[place % len(this_year)]
    raised = frame.copy()
    raised.loc[chosen, "税收"] = str(Decimal(frame.loc[chosen, "税收"]) + more)
    before, after = told(frame, ["结论"]), told(raised, ["结论"])
    code = frame.loc[chosen, CODE]
    assert (before[code, "低效用地"], after[code, "低效用地"]) != (("否",), ("是",))
    for name in ("高税少地", "产能倍增"):
        assert (before[code, name], after[code, name]) != (("是",), ("否",))
    assert {key: value for key, value in after.items() if key[0] != code} == {
        key: value for key, value in before.items() if key[0] != code
    }


@few
@given(tables, enterprises)
def test_an_unrelated_enterprise_changes_no_other_outcome(frame: pd.DataFrame, newcomer: dict[str, Any]) -> None:
    """Judging one more enterprise leaves every other outcome, gap and remark as it was."""
    extra = table([newcomer]).assign(**{CODE: "NEW", NAME: "新厂"})
    columns = ["结论", "缺少", "提示"]
    after = told(pd.concat([extra, frame], ignore_index=True), columns)
    assert {key: value for key, value in after.items() if key[0] != "NEW"} == told(frame, columns)


@few
@given(tables, st.data())
def test_a_missing_figure_never_turns_into_yes_or_no(frame: pd.DataFrame, data: st.DataObject) -> None:
    """Blanking a cell leaves an outcome as it was or makes it 待核实: never 是 out of 否, nor 否 out of 是."""
    # A blank 园区 says that the enterprise is in none; the parts of the land stand in for the whole.
    names = [name for name in frame.columns if name not in (CODE, NAME, YEAR, "园区")]
    row, column = data.draw(st.sampled_from(list(frame.index))), data.draw(st.sampled_from(names))
    blank = frame.copy()
    blank.loc[row, column] = None
    before, after = told(frame, ["结论"]), told(blank, ["结论"])
    for key, (outcome,) in after.items():
        assert outcome in ("待核实", *before[key]), f"{key}: {before[key]} became {outcome} without {column}"
