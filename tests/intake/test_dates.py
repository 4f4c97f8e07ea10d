"""Dates in cells: every usual spelling is one day, months and day numbers are said, what is no day is missing."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mujun.engine.duckdb import Engine
from mujun.intake.load import load
from tests.intake.read import dataset

if TYPE_CHECKING:
    from pathlib import Path

    from mujun.intake.findings import Finding

FIELD = "登记日期"
DAY = datetime.date(2021, 5, 3)

SPELLINGS = (
    "2021-5-3", "2021-05-03", "2021/5/3", "2021/05/03", "2021.5.3", "2021年5月3日", "2021 年 5 月 3 日", "20210503",
    "2021-05-03 00:00:00", "2021-05-03T00:00:00", "2021/5/3 8:30", "２０２１年５月３日", "'2021-05-03", "2021年5月3号",
    "20210503.0", "2021-05-03 00:00:00.000", " 2021-05-03 ",
)  # fmt: skip


class World:
    """An engine and a dataset with a date."""

    def __init__(self, folder: Path) -> None:
        self.path, self.engine = folder / "数据.csv", Engine()
        base = dataset()
        date = replace(base.fields["乡镇街道"], name=FIELD, kind="date", aliases=())
        self.dataset = replace(base, fields={**base.fields, FIELD: date})

    def read(self, *cells: str) -> tuple[list[datetime.date | None], list[Finding]]:
        """Cells of a column of dates as loaded, and the findings about them."""
        rows = "".join(f'公司{number},2023,"{cell}"\n' for number, cell in enumerate(cells))
        self.path.write_text(f"企业名称,年度,{FIELD}\n{rows}", encoding="utf-8")
        loaded = load(self.engine.connection, self.path, self.dataset)
        found = self.engine.run(f'SELECT "{FIELD}" FROM "企业" ORDER BY CAST("企业名称"[3:] AS INTEGER)')
        return [date for (date,) in found], [f for f in loaded.findings if f.column == FIELD]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One for all tests of the module."""
    return World(tmp_path_factory.mktemp("dates"))


@pytest.mark.parametrize("cell", SPELLINGS)
def test_every_spelling_is_the_day(world: World, cell: str) -> None:
    """A day is the same however it is written, without a word."""
    assert world.read(cell) == ([DAY], [])


@pytest.mark.parametrize("cell", ["2021年5月", "2021-5", "2021/05", "2021.5", "202105", "2021年05月份"])
def test_a_month_is_its_first_day(world: World, cell: str) -> None:
    """A month without a day stands for its first, and that is said."""
    [date], [finding] = world.read(cell)
    assert date == datetime.date(2021, 5, 1)
    assert (finding.code, finding.level, finding.text) == ("M213", "提示", cell)
    assert "2021-05-01" in finding.message


@pytest.mark.parametrize(("cell", "day"), [("44319", DAY), ("44319.5", DAY), ("44319.0", DAY), ("29221", None)])
def test_day_numbers_of_spreadsheets(world: World, cell: str, day: datetime.date | None) -> None:
    """A day number of a spreadsheet is read as its day, and that is said."""
    [date], [finding] = world.read(cell)
    assert date == (day or datetime.date(1980, 1, 1))
    assert (finding.code, finding.level) == ("M214", "提示")
    assert str(date) in finding.message


@pytest.mark.parametrize("cell", ["2021-02-29", "2021年2月30日", "20211301", "2021-4-31", "2021年13月", "2023/0/5"])
def test_days_that_are_not(world: World, cell: str) -> None:
    """A day that the calendar does not have is missing, and a finding of its own."""
    [date], [finding] = world.read(cell)
    assert date is None
    assert (finding.code, finding.level, finding.row) == ("M212", "警告", 2)


@pytest.mark.parametrize(
    "cell", ["下半年", "2021", "2021年", "5月3日", "21.5.3", "3/5/21", "2021.1", "20215", "99999", "2021-5-3-1", "1-1"]
)
def test_what_is_no_date(world: World, cell: str) -> None:
    """What is no date, or could be two, is missing and a finding; nothing is guessed."""
    [date], [finding] = world.read(cell)
    assert date is None
    assert (finding.code, finding.level) == ("M211", "警告")


@pytest.mark.parametrize("cell", ["", "-", "—", "/", "无", "  "])
def test_no_date(world: World, cell: str) -> None:
    """The usual marks for a gap are gaps."""
    assert world.read(cell) == ([None], [])


@given(day=st.dates(datetime.date(1980, 1, 1), datetime.date(2099, 12, 31)))
def test_all_spellings_agree(world: World, day: datetime.date) -> None:
    """Of any day, leap days and ends of months too, all spellings give that day."""
    y, m, d = day.year, day.month, day.day
    serial = (day - datetime.date(1899, 12, 30)).days
    cells = (
        f"{day}", f"{y}-{m}-{d}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}年{m}月{d}日", f"{day:%Y%m%d}",
        f"{day} 00:00:00", str(serial),
    )  # fmt: skip
    dates, findings = world.read(*cells)
    assert dates == [day] * len(cells)
    assert [f.code for f in findings] == ["M214"]
