"""The sample data: the same bytes every time, codes that check, and published figures that add up."""

from __future__ import annotations

import csv
import re
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from tests.samples.scripts import SAMPLES, script

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

LISHUI = SAMPLES / "lishui-2019"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """``samples/generate.py``, which is a script and not part of a package."""
    return script("generate")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """The committed sample."""
    with (SAMPLES / "data.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_sample_is_what_the_script_writes(generate: ModuleType, tmp_path: Path) -> None:
    """Writing the sample again gives the committed file, byte for byte."""
    generate.main(["--out", str(tmp_path / "data.csv")])
    assert (tmp_path / "data.csv").read_bytes() == (SAMPLES / "data.csv").read_bytes()


def test_a_smaller_or_other_district_can_be_written(generate: ModuleType, tmp_path: Path) -> None:
    """Any number of enterprises, other years and another seed give a file of the same columns, again and again."""
    wanted = ["--firms", "30", "--years", "2022", "2021", "--seed", "7", "--out"]
    for name in ("one.csv", "two.csv"):
        generate.main([*wanted, str(tmp_path / name)])
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    with (tmp_path / "one.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == generate.COLUMNS
    assert Counter(row["年度"] for row in found) == {"2021": 30, "2022": 30}


@pytest.mark.parametrize("firms", [1, 2, 49, 50, 51])
def test_a_district_of_any_size_can_be_written(generate: ModuleType, tmp_path: Path, firms: int) -> None:
    """However few enterprises are asked for, each year has that many."""
    generate.main(["--firms", str(firms), "--out", str(tmp_path / "few.csv")])
    with (tmp_path / "few.csv").open(encoding="utf-8", newline="") as file:
        years = Counter(row["年度"] for row in csv.DictReader(file))
    assert years == dict.fromkeys(("2020", "2021", "2022", "2023"), firms)


def test_every_year_has_two_thousand_enterprises(rows: list[dict[str, str]]) -> None:
    """2,000 enterprises in each of four years, each once a year, in the order of year and code; 2,112 in all."""
    assert Counter(row["年度"] for row in rows) == dict.fromkeys(("2020", "2021", "2022", "2023"), 2000)
    keys = [(row["年度"], row["统一社会信用代码"]) for row in rows]
    assert keys == sorted(set(keys))
    assert len({code for _, code in keys}) == 2112


ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_every_code_is_valid(rows: list[dict[str, str]]) -> None:
    """18 characters of GB 32100-2015, with the right check character, for both the organisation and the whole."""
    for code in {row["统一社会信用代码"] for row in rows}:
        assert re.fullmatch(rf"91\d{{6}}[{ALPHABET}]{{10}}", code), code
        total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(code[:17]))
        assert ALPHABET[(31 - total % 31) % 31] == code[17], code


def test_the_land_adds_up(rows: list[dict[str, str]]) -> None:
    """Where all four are given, 用地面积 = 自有用地 + 租入用地 - 租出用地, to the hundredth."""
    checked = 0
    for row in rows:
        parts = [row[f"{name}(亩)"] for name in ("用地面积", "自有用地", "租入用地", "租出用地")]
        if all(re.fullmatch(r"[\d.]+", part) for part in parts):
            land, own, rented, let = map(Fraction, parts)
            assert land == own + rented - let, row
            checked += 1
    assert checked > 6000


def test_land_is_whole_in_square_metres(rows: list[dict[str, str]]) -> None:
    """Land owned, rented and let comes in steps of 0.03亩 = 20㎡; only the line of 20亩 itself lies between two."""
    between: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for name in ("自有用地(亩)", "租入用地(亩)", "租出用地(亩)"):
            if re.fullmatch(r"[\d.]+", row[name]) and Fraction(row[name]) * 100 % 3:
                between[name, row[name]] += 1
    assert between == {("自有用地(亩)", "20"): 36}


def test_the_sample_is_as_untidy_as_it_says(rows: list[dict[str, str]]) -> None:
    """About 3% of the cells that may be missing are, in every way that the description names."""
    names = [name for name in rows[0] if name not in ("统一社会信用代码", "企业名称", "年度", "乡镇街道", "园区")]
    names = [name for name in names if name not in ("能耗指标利用率", "排放指标利用率", "开发意愿")]
    marks = Counter(row[name] for row in rows for name in names if row[name] in ("", "-", "--", "—", "/", "#N/A", "无"))
    share = marks.total() / (len(rows) * len(names))
    assert 0.02 < share < 0.04
    assert set(marks) == {"", "-", "--", "—", "/", "#N/A", "无"}


def test_some_enterprises_stand_exactly_on_a_line(rows: list[dict[str, str]]) -> None:
    """In 2023 there are enterprises with a tax per mu of exactly 3, some that floats would put on its wrong side."""
    exact, blurred = 0, 0
    for row in rows:
        tax, land = row["税收(万元)"], row["用地面积(亩)"]
        if row["年度"] == "2023" and re.fullmatch(r"[\d.]+", tax) and re.fullmatch(r"[\d.]*[1-9][\d.]*", land):
            on_line = Fraction(tax) == 3 * Fraction(land)
            exact += on_line
            blurred += on_line and float(tax) / float(land) != 3
    assert exact >= 12
    assert blurred >= 12


# --- the published figures of 丽水 -----------------------------------------------------------------------------------


def test_the_areas_of_lishui_are_the_published_ten() -> None:
    """Ten areas with 942 enterprises between them, as the city's total says."""
    with (LISHUI / "areas.csv").open(encoding="utf-8", newline="") as file:
        areas = list(csv.DictReader(file))
    assert len(areas) == len({area["区县"] for area in areas}) == 10
    assert sum(int(area["规上企业数(家)"]) for area in areas) == 942


def test_the_figure_of_the_city_is_sum_by_sum() -> None:
    """The published 18.9 is 573564 / 30341, and neither the mean nor the sum of the areas' ratios."""
    with (LISHUI / "city-totals.csv").open(encoding="utf-8", newline="") as file:
        totals = {row["item"]: Fraction(row["value"].replace(",", "")) for row in csv.DictReader(file)}
    with (LISHUI / "areas.csv").open(encoding="utf-8", newline="") as file:
        ratios = [Fraction(row["亩均税收(万元/亩)"]) for row in csv.DictReader(file)]
    assert totals["规上企业数"] == 942
    assert totals["税收实际贡献"] == 573_564
    assert totals["用地面积"] == 30_341
    pooled = totals["税收实际贡献"] / totals["用地面积"]
    assert round(float(pooled), 4) == 18.9039
    assert round(float(pooled), 1) == float(totals["亩均税收"])
    assert sum(ratios) == Fraction("209.58")
    assert float(sum(ratios) / 10) == 20.958
    added = totals["工业增加值"] / totals["用地面积"]
    assert int(added * 100) / 100 == float(totals["亩均增加值"]), "the published figure is truncated"


def test_moves_are_of_enterprises_of_the_sample(rows: list[dict[str, str]]) -> None:
    """The sample of adjustments moves grades of firms of the sample, each once, in every way there is."""
    with (SAMPLES / "moves.csv").open(encoding="utf-8", newline="") as file:
        moves = list(csv.DictReader(file))
    firms = {(row["统一社会信用代码"], row["企业名称"]) for row in rows}
    moved = [(move["统一社会信用代码"], move["企业名称"]) for move in moves]
    assert len(set(moved)) == len(moved)
    assert set(moved) <= firms
    assert {move["调档方式"] for move in moves} == {"定档", "提档", "降档", "一票否决"}
    assert all(re.search("虚构", move["调档依据"]) for move in moves)
