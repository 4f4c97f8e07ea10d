"""Projects and parcels of the samples against plain Python, written from the words of the plan."""

from __future__ import annotations

import csv
import datetime
import re
from calendar import monthrange
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mujun
from tests.samples.scripts import script

if TYPE_CHECKING:
    from mujun.api import Evaluation

SAMPLES = Path(__file__).parents[2] / "samples"
STEPS = ("开工", "竣工", "投产", "上规", "达产")
STATES = ("签约未开工", "开工未竣工", "竣工未投产", "投产未上规", "上规未达产")
DAYS = ("2021-02-28", "2022-06-30", "2023-12-31", "2024-02-29")
NEVER = datetime.date(9999, 12, 31)

Row = dict[str, str]


@cache
def rows(name: str) -> list[Row]:
    """A sample as it stands."""
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> datetime.date | None:
    """A date as people write it; a month is its first day."""
    parts = [int(part) for part in re.findall(r"\d+", text)]
    return datetime.date(*(parts if len(parts) == 3 else [*parts, 1])) if parts else None


def three_years_before(end: datetime.date) -> datetime.date:
    """The same day three years ago; 28 February for a leap day."""
    return end.replace(year=end.year - 3, day=min(end.day, monthrange(end.year - 3, end.month)[1]))


def reached(row: Row, as_of: datetime.date) -> int:
    """How many steps a project has made: the last one that is dated counts those before it."""
    dates = [day(row[f"{step}日期"]) for step in STEPS]
    return max((number for number, date in enumerate(dates, 1) if date and date <= as_of), default=0)


def five_nots(row: Row, as_of: datetime.date) -> tuple[str, str | None]:
    """Whether a project is on 五未项目, and where it has stopped."""
    signed, steps = day(row["签约日期"]), reached(row, as_of)
    if row["项目状态"] == "终止":
        return "不适用", None
    if steps == len(STEPS):
        return "否", None
    if signed is None:
        return "待核实", None
    if three_years_before(as_of) <= signed <= as_of:
        return "是", STATES[steps]
    return "否", None


def overdue(row: Row, as_of: datetime.date) -> tuple[str, str | None]:
    """Whether a project is late, and with which step first."""
    if row["项目状态"] == "终止":
        return "不适用", None
    ahead = STEPS[reached(row, as_of) :]
    agreed = {step: day(row[f"约定{step}日期"]) for step in ahead}
    late = [step for step in ahead if (found := agreed[step]) and found < as_of]
    unknown = [step for step in ahead if agreed[step] is None]
    if late:
        # Where the contract is silent on an earlier step, which one came first is not known.
        return "是", "待定" if unknown and ahead.index(unknown[0]) < ahead.index(late[0]) else f"逾期未{late[0]}"
    return ("待核实", None) if unknown else ("否", None)


def kept(row: Row, as_of: datetime.date, figure: str, unit: str, step: str) -> tuple[str, str | None]:
    """Whether a project falls short of its contract."""
    if reached(row, as_of) < STEPS.index(step) + 1:
        return "不适用", None
    if row["项目状态"] == "终止":
        return "不适用", None
    agreed, real = row[f"约定{figure}({unit})"], row[f"实际{figure}({unit})"]
    if not agreed or not real:
        return "待核实", None
    return ("是" if Fraction(real) < Fraction(agreed) else "否"), None


@cache
def found(as_of: str) -> Evaluation:
    """The samples as mujun judges them."""
    return mujun.evaluate([SAMPLES / "projects.csv", SAMPLES / "parcels.csv"], as_of=as_of)


def outcomes(as_of: str, name: str) -> dict[str, tuple[str, str | None]]:
    """Outcome and route of a list, by number."""
    frame = found(as_of).outcomes
    mine = frame[frame["清单"] == name]
    routes = mine["建议处置"].astype(object).where(mine["建议处置"].notna(), None)
    return dict(zip(mine["统一社会信用代码"], zip(mine["结论"], routes, strict=True), strict=True))


@pytest.mark.parametrize("as_of", DAYS)
@pytest.mark.parametrize(
    "name", ["五未项目", "项目逾期", "投资强度未履约", "亩均税收未履约", "产值未履约"]
)  # fmt: skip
def test_every_project(as_of: str, name: str) -> None:
    """Each project comes out on each list as the plain computation says, as of ends of months and leap days, too."""
    end = datetime.date.fromisoformat(as_of)
    judges = {
        "五未项目": lambda row: five_nots(row, end),
        "项目逾期": lambda row: overdue(row, end),
        "投资强度未履约": lambda row: kept(row, end, "投资强度", "万元/亩", "竣工"),
        "亩均税收未履约": lambda row: kept(row, end, "亩均税收", "万元/亩", "达产"),
        "产值未履约": lambda row: kept(row, end, "产值", "万元", "达产"),
    }
    assert outcomes(as_of, name) == {row["项目编号"]: judges[name](row) for row in rows("projects.csv")}


@pytest.mark.parametrize("as_of", DAYS)
def test_the_days_overdue(as_of: str) -> None:
    """The days by which each step is late, those made late too; the longest ranks the list."""
    end, listed = datetime.date.fromisoformat(as_of), found(as_of).lists["项目逾期"].set_index("项目编号")
    sample = {row["项目编号"]: row for row in rows("projects.csv")}
    for number, shown in listed.iterrows():
        row, longest = sample[str(number)], []
        for place, step in enumerate(STEPS):
            agreed = day(row[f"约定{step}日期"])
            later = [date for one in STEPS[place:] if (date := day(row[f"{one}日期"]))]
            if agreed is None:
                assert shown.isna()[f"{step}逾期天数"]
                continue
            longest.append((min([end, *later]) - agreed).days)
            assert shown[f"{step}逾期天数"] == longest[-1], (number, step)
        assert shown["最长逾期天数"] == max(longest)
    assert list(listed["最长逾期天数"]) == sorted(listed["最长逾期天数"], reverse=True)


def test_every_parcel() -> None:
    """Each parcel that is not industrial is on its list, with what is to become of it."""
    expected = {}
    for row in rows("parcels.csv"):
        use, fit = row["用途"], row["符合改工业条件"]
        outcome = "待核实" if not use else "否" if use == "工业" else "是"
        route = {"是": "改工业", "否": "调整用地性质", "": "待定"}[fit] if outcome == "是" else None
        expected[row["地块编号"]] = (outcome, route)
    assert outcomes(DAYS[0], "非工业用地") == expected


def test_impossible_orders_are_findings() -> None:
    """The projects whose completion stands before their start are counted by the check."""
    wrong = [
        row for row in rows("projects.csv")
        if (start := day(row["开工日期"])) and (end := day(row["竣工日期"])) and end < start
    ]  # fmt: skip
    checked = mujun.evaluate(SAMPLES / "projects.csv", as_of=DAYS[2], thorough=True)
    [finding] = [f for f in checked.all_findings if f.code == "M421" and "竣工早于开工" in f.message]
    assert wrong
    assert finding.count == len(wrong)
    assert finding.message.startswith(f"竣工早于开工：{len(wrong)} 个项目，如")


def test_the_samples_are_as_written(tmp_path: Path) -> None:
    """The generator writes the same bytes as are there; codes are those of the district's firms."""
    known = {row["统一社会信用代码"] for row in rows("data.csv")}
    assert all(row["统一社会信用代码"] in known for row in rows("projects.csv"))
    projects = script("projects")
    firms = [row for row in rows("data.csv") if row["年度"] == "2023" and row["园区"]]
    assert list(projects.projects(firms)) == [list(row.values()) for row in rows("projects.csv")]
    assert list(projects.parcels(firms)) == [list(row.values()) for row in rows("parcels.csv")]
