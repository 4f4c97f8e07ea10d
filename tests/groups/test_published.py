"""The published figures of 丽水: the city's from totals, not from the ratios of its ten areas; growth as published."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

from mujun.groups.ranking import rank
from mujun.groups.tracking import track
from mujun.quantity import round_half_up
from tests.groups.small import targets, write_csv, write_pack

LISHUI = Path(__file__).parents[2] / "samples" / "lishui-2019"
FIELDS = {
    "企业": {
        "identity": {"name": "区域", "year": "年度"},
        "leading": ["区域"],
        "fields": {
            "区域": {"type": "text"}, "年度": {"type": "year"}, "税收": {"unit": "万元"},
            "增加值": {"unit": "万元"}, "用地": {"unit": "亩"}, "亩均": {"unit": "万元/亩"},
        },
    }
}  # fmt: skip
MEASURES = {
    "口径": {
        "亩均税收": {"formula": "合计(税收) / 合计(用地)", "unit": "万元/亩", "digits": 4},
        "亩均增加值": {"formula": "合计(增加值) / 合计(用地)", "unit": "万元/亩", "digits": 4},
    }
}
RANKINGS = {"排名": {"区域": {"by": "区域", "level": "100%", "growth": "0%", "measures": {"亩均税收": "1"}}}}
LIST = {"list": "低", "cites": "一", "when": {"税收": "< 1万元"}, "rank": ["税收 asc"]}


def totals() -> dict[str, Fraction]:
    """The totals of the city, as published."""
    with (LISHUI / "city-totals.csv").open(encoding="utf-8", newline="") as file:
        return {row["item"]: Fraction(row["value"].replace(",", "")) for row in csv.DictReader(file)}


def pack(folder: Path) -> Path:
    """A pack of these measures."""
    items = {name: {"measure": name, "target": ">= 1万元/亩"} for name in MEASURES["口径"]}
    return write_pack(
        folder / "pack",
        fields=FIELDS,
        measures=MEASURES,
        targets=targets(**items),
        rankings=RANKINGS,
        **{"lists/1": LIST},
    )


def test_the_city_is_its_totals(tmp_path: Path) -> None:
    """573564 / 30341 is 18.9039 and 2236605 / 30341 is 73.7156; the mean of the ten areas, 20.958, is neither."""
    found = totals()
    row = ("丽水市", 2019, found["税收实际贡献"], found["工业增加值"], found["用地面积"])
    data = write_csv(tmp_path / "city.csv", "区域,年度,税收(万元),增加值(万元),用地(亩)", [row])
    shown = [
        round_half_up(one.now / one.measure.unit.factor, 4) for one in track(data, pack(tmp_path)).progress if one.now
    ]
    assert shown == [Fraction("18.9039"), Fraction("73.7156")]
    with (LISHUI / "areas.csv").open(encoding="utf-8", newline="") as file:
        ratios = [Fraction(row["亩均税收(万元/亩)"]) for row in csv.DictReader(file)]
    assert sum(ratios) / len(ratios) == Fraction("20.958")


def test_growth_is_that_published(tmp_path: Path) -> None:
    """From 12.01 to 17.5 to 573564 / 30341: 45.7% and 8.0%."""
    found = totals()
    rows = [
        ("丽水市", 2017, found["亩均税收 2017"], 1), ("丽水市", 2018, found["亩均税收 2018"], 1),
        ("丽水市", 2019, found["税收实际贡献"], found["用地面积"]),
    ]  # fmt: skip
    lines = [tuple(float(cell) if isinstance(cell, Fraction) else cell for cell in row) for row in rows]
    data = write_csv(tmp_path / "years.csv", "区域,年度,税收(万元),用地(亩)", lines)
    rates = []
    for year in (2018, 2019):
        [one] = rank(data, pack(tmp_path), year=year).standings
        assert one.parts[0].growth is not None
        rates.append(round_half_up(one.parts[0].growth * 100, 1))
    assert rates == [Fraction("45.7"), Fraction("8.0")]
