"""Figures that can hardly be: columns in another unit than they say, and figures that contradict one another."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mujun
from mujun.pack import load_pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mujun.api import Evaluation

FIRMS = 30
USUAL = {
    "税收(万元)": "120", "用地面积(亩)": "20", "销售收入(万元)": "4000", "综合能耗(吨标煤)": "300",
    "用电量(万千瓦时)": "90", "研发经费(万元)": "100", "排放当量(吨)": "3", "土地利用率(%)": "85", "产能利用率": "0.85",
}  # fmt: skip
"""Columns, and a figure that is usual in each."""
CHECKS = {name: item for name, item in load_pack().checks.items() if item.dataset == "企业"}


def table(columns: Mapping[str, Sequence[str]]) -> str:
    """A file of `FIRMS` enterprises in 2023 with these columns, their cells repeated as need be."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("企业名称", "年度", *columns))
    for number in range(FIRMS):
        writer.writerow((f"第{number}公司", 2023, *(cells[number % len(cells)] for cells in columns.values())))
    return out.getvalue()


def check(folder: Path, columns: Mapping[str, Sequence[str]]) -> Evaluation:
    """A thorough look at such a file."""
    path = folder / "数据.csv"
    path.write_text(table(columns), encoding="utf-8")
    return mujun.evaluate(path, thorough=True)


def told(evaluation: Evaluation, code: str) -> list[dict[str, str]]:
    """What the findings of a code say."""
    return [{"column": f.column, **dict(f.params)} for f in evaluation.all_findings if f.code == code]


def shrunk(figure: str, times: float) -> list[str]:
    """Figures about `figure` divided by `times`."""
    return [f"{float(figure) / times * share:.6f}".rstrip("0").rstrip(".") for share in (0.6, 0.8, 1, 1.2, 1.4)]


# --- M411: the unit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "figure", "times", "unit"),
    [
        ("用地面积(㎡)", "20", 1, "亩"),
        ("用地面积(公顷)", "13000", 1, "㎡"),
        ("用地面积(亩)", "13000", 1, "㎡"),
        ("税收(元)", "120", 1, "万元"),
        ("税收(千元)", "1", 1, "万元"),
        ("税收(万元)", "1200000", 1, "元"),
        ("税收(亿元)", "120", 1, "万元"),
        ("销售收入(千元)", "0.4", 10, "亿元"),
        ("用电量(千瓦时)", "90", 1, "万千瓦时"),
        ("用电量(万千瓦时)", "900000", 1, "千瓦时"),
        ("研发经费(亿元)", "100", 1, "万元"),
        ("综合能耗(吨标煤)", "300000", 1, ""),
        ("土地利用率(%)", "0.85", 1, ""),
        ("产能利用率", "85", 1, "%"),
        ("产能利用率(%)", "0.85", 1, ""),
    ],
)
def test_a_column_in_another_unit_than_it_says(
    tmp_path: Path, header: str, figure: str, times: float, unit: str
) -> None:
    """Figures that are usual only in another unit are told, with the unit in which they would be."""
    evaluation = check(tmp_path, {header: shrunk(figure, times)})
    [finding] = told(evaluation, "M411")
    assert finding["column"] == header
    assert unit in finding["guess"]
    [one] = [f for f in evaluation.all_findings if f.code == "M411"]
    assert (one.level, one.row) == ("警告", None)
    assert f"列“{header}”的中位数为 " in one.message


@pytest.mark.parametrize("header", USUAL)
def test_a_usual_column_is_not_questioned(tmp_path: Path, header: str) -> None:
    """Figures as they usually are lead to no word about their unit."""
    assert not told(check(tmp_path, {header: shrunk(USUAL[header], 1)}), "M411")


@pytest.mark.parametrize(
    ("header", "figure"), [("用地面积(㎡)", "13000"), ("税收(元)", "1200000"), ("用电量(千瓦时)", "900000")]
)
def test_another_unit_that_is_stated_is_not_questioned(tmp_path: Path, header: str, figure: str) -> None:
    """A column in a unit of its own, and with figures to match, is converted and not questioned."""
    evaluation = check(tmp_path, {header: shrunk(figure, 1)})
    assert not told(evaluation, "M411")
    assert told(evaluation, "M111")


def test_few_figures_say_nothing(tmp_path: Path) -> None:
    """Fewer than five figures are no ground for doubt, and neither are zeros and blanks."""
    assert not told(check(tmp_path, {"税收(万元)": [*["9999999"] * 4, *["0", "-"] * 13]}), "M411")
    assert told(check(tmp_path, {"税收(万元)": [*["9999999"] * 5, *["0"] * 25]}), "M411")


def test_a_few_odd_figures_do_not_matter(tmp_path: Path) -> None:
    """It is the middle of a column that counts: ten large firms among thirty are no wrong unit."""
    assert not told(check(tmp_path, {"税收(万元)": [*["90000"] * 10, *["60"] * 20]}), "M411")


def test_the_ends_of_the_range_are_plausible(tmp_path: Path) -> None:
    """A median exactly at an end of the plausible range is inside it."""
    for figure, questioned in (("0.5", 0), ("0.499999", 1), ("20000", 0), ("20000.000001", 1)):
        assert len(told(check(tmp_path, {"税收(万元)": [figure]}), "M411")) == questioned


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for many examples."""
    return tmp_path_factory.mktemp("examples")


@given(st.lists(st.integers(51, 1_999_999), min_size=5, max_size=FIRMS))
def test_no_plausible_column_is_ever_questioned(somewhere: Path, figures: list[int]) -> None:
    """Whatever figures within the range a column holds, nothing is said of its unit."""
    assert not told(check(somewhere, {"税收(万元)": [f"{figure / 100}" for figure in figures]}), "M411")


# --- M421: figures beside one another ------------------------------------------------------------------------------

BROKEN: dict[str, dict[str, str]] = {
    "税收大于销售收入": {"税收(万元)": "500", "销售收入(万元)": "499.99"},
    "有税收而用地为零": {"税收(万元)": "0.01", "用地面积(亩)": "0"},
    "有能耗而无销售": {"综合能耗(吨标煤)": "5", "销售收入(万元)": "0"},
    "土地利用率过高": {"土地利用率(%)": "150.01"},
    "产能利用率过高": {"产能利用率": "1.6"},
    "能耗指标利用率过高": {"综合能耗(吨标煤)": "151", "核定能耗(吨标煤)": "100"},
    "排放指标利用率过高": {"排放指标利用率(%)": "8500"},
}
KEPT: dict[str, dict[str, str]] = {
    "税收大于销售收入": {"税收(万元)": "500", "销售收入(万元)": "500"},
    "有税收而用地为零": {"税收(万元)": "0", "用地面积(亩)": "0"},
    "有能耗而无销售": {"综合能耗(吨标煤)": "0", "销售收入(万元)": "0"},
    "土地利用率过高": {"土地利用率(%)": "150"},
    "产能利用率过高": {"产能利用率": "1.5"},
    "能耗指标利用率过高": {"综合能耗(吨标煤)": "150", "核定能耗(吨标煤)": "100"},
    "排放指标利用率过高": {"排放指标利用率(%)": "150"},
}


def test_every_check_of_the_pack_is_tried() -> None:
    """No check of the pack is without an example of a firm that breaks it and of one just inside."""
    assert set(BROKEN) == set(KEPT) == set(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_names_the_firms_that_break_it(tmp_path: Path, name: str) -> None:
    """A firm with figures that cannot both be is counted and named, with what to do; the others are not."""
    inside, outside = KEPT[name], BROKEN[name]
    assert inside.keys() == outside.keys()
    columns = {header: [inside[header]] * 7 + [outside[header]] + [inside[header]] * 22 for header in inside}
    findings = [f for f in check(tmp_path, columns).all_findings if f.code == "M421"]
    [finding] = [f for f in findings if dict(f.params)["name"] == name]
    assert (finding.level, finding.count, finding.advice) == ("警告", 1, CHECKS[name].note)
    assert finding.message == f"{name}：1 家企业，如第7公司"


@pytest.mark.parametrize("name", CHECKS)
def test_figures_on_the_line_or_missing_break_no_check(tmp_path: Path, name: str) -> None:
    """A firm just inside, or one of whose figures is missing, is not named."""
    columns = {header: [cell, "-"] for header, cell in KEPT[name].items()}
    assert name not in {finding["name"] for finding in told(check(tmp_path, columns), "M421")}
    first, *rest = BROKEN[name]
    gap = {first: ["-"], **{header: [BROKEN[name][header]] for header in rest}}
    assert name not in {finding["name"] for finding in told(check(tmp_path, gap), "M421")}


def test_many_firms_are_counted_and_three_are_named(tmp_path: Path) -> None:
    """Of many firms that break a check, three stand for all."""
    evaluation = check(tmp_path, {"税收(万元)": ["5"], "用地面积(亩)": ["0"]})
    [finding] = [f for f in evaluation.all_findings if f.code == "M421"]
    assert finding.count == FIRMS
    assert len(dict(finding.params)["example"].split("、")) == 3


# --- no list depends on them ---------------------------------------------------------------------------------------


def test_the_lists_are_the_same_with_and_without(tmp_path: Path) -> None:
    """Doubts change no outcome: who looks thoroughly gets the very lists of who does not."""
    columns: dict[str, list[str]] = {header: [cell, "0", "-"] for header, cell in USUAL.items()}
    columns["税收(万元)"] = ["1200000", "900000", "5"]
    path = tmp_path / "数据.csv"
    path.write_text(table(columns), encoding="utf-8")
    plain, thorough = mujun.evaluate(path), mujun.evaluate(path, thorough=True)
    assert told(thorough, "M421")
    assert told(thorough, "M411")
    assert not told(plain, "M421")
    outcomes = [run.engine.run(run.plan.outcomes_query().sql) for run in (plain, thorough)]
    assert outcomes[0] == outcomes[1]
    assert plain.summaries == thorough.summaries
