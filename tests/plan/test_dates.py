"""Dates in plans: compared, moved by months and counted in days as Python does it, three-valued throughout."""

from __future__ import annotations

import calendar
import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mujun.pack import Pack, PackError
from mujun.plan.plan import Plan
from tests.plan.small import Bench, by_code, firm, write_pack

if TYPE_CHECKING:
    from pathlib import Path

FROM, UNTIL = "签约日", "开工日"
FIELDS = {FROM: {"type": "date"}, UNTIL: {"type": "date"}}
Day = datetime.date | None
DAYS = st.dates(datetime.date(1999, 1, 1), datetime.date(2060, 12, 31))


class World:
    """A bench and packs with two dates."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bench, self.number = folder, Bench(), 0

    def pack(self, when: Any, indicators: dict[str, Any] | None = None, **parameters: Any) -> Pack:
        """A pack of one list."""
        self.number += 1
        item = {"when": when, "rank": [f"{FROM} asc"], "columns": [FROM, *(indicators or {})]}
        return write_pack(self.folder / str(self.number), {"甲": item}, FIELDS, indicators, parameters)

    def rows(self, pack: Pack, *pairs: tuple[Day, Day], as_of: str = "2022-06-30") -> Plan:
        """Lay down rows of two dates and judge them."""
        firms = [firm(f"{n:03d}", **{FROM: str(a) if a else None, UNTIL: str(b) if b else None})
                 for n, (a, b) in enumerate(pairs)]  # fmt: skip
        self.bench.load(pack, firms)
        plan = Plan(pack, tuple(pack.lists.values()), as_of=datetime.date.fromisoformat(as_of))
        self.bench.judge(plan)
        return plan

    def outcomes(self, pack: Pack, *pairs: tuple[Day, Day], as_of: str = "2022-06-30") -> list[str]:
        """The outcomes, in the order of the rows."""
        plan = self.rows(pack, *pairs, as_of=as_of)
        found = by_code(self.bench.ask(plan.outcomes_query()))
        return [found[code] for code in sorted(found)]

    def shown(self, pack: Pack, column: str, *pairs: tuple[Day, Day]) -> list[Any]:
        """A column of the list, in the order of the rows, all of which are on it."""
        plan = self.rows(pack, *pairs)
        found = {row["代码"]: row[column] for row in self.bench.ask(plan.list_query(plan.lists[0]))}
        return [found[code] for code in sorted(found)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One for all tests of the module."""
    return World(tmp_path_factory.mktemp("dates"))


def day(text: str) -> datetime.date:
    """A date."""
    return datetime.date.fromisoformat(text)


def later(start: datetime.date, months: int) -> datetime.date:
    """The same day so many months later, or the last of that month, by Python's calendar."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


@pytest.mark.parametrize(
    ("op", "outcomes"),
    [("<", "是否否"), ("<=", "是是否"), ("=", "否是否"), ("!=", "是否是"), (">=", "否是是"), (">", "否否是")],
)
@pytest.mark.parametrize("right", ["2022-06-30", "2022/6/30", "2022年6月30日", "基准日", "线"])
def test_every_comparison_at_the_day(world: World, op: str, outcomes: str, right: str) -> None:
    """The day before, the day itself and the day after, against a literal, 基准日 and a parameter; a gap is 待核实."""
    pack = world.pack({FROM: f"{op} {right}"}, 线={"value": "2022-06-30"})
    pairs = [(day("2022-06-29"), None), (day("2022-06-30"), None), (day("2022-07-01"), None), (None, None)]
    assert world.outcomes(pack, *pairs) == [*outcomes, "待核实"]


def test_one_date_against_another(world: World) -> None:
    """A date is compared with another field; where either is missing it is open, and says which."""
    pack = world.pack({UNTIL: f"< {FROM}"})
    a, b = day("2020-02-28"), day("2020-02-29")
    assert world.outcomes(pack, (b, a), (a, b), (a, a), (a, None), (None, b)) == ["是", "否", "否", "待核实", "待核实"]
    missing = by_code(world.bench.ask(Plan(pack, tuple(pack.lists.values())).outcomes_query()), "缺少")
    assert [missing[f"{n:03d}"] for n in range(5)] == [None, None, None, UNTIL, FROM]


def test_a_day_on_its_line_is_said(world: World) -> None:
    """A date exactly on the day that decides is remarked on, as a figure on its line is."""
    pack = world.pack({FROM: "<= 线"}, 线={"value": "2022-06-30"})
    plan = world.rows(pack, (day("2022-06-29"), None), (day("2022-06-30"), None), (day("2022-07-01"), None))
    found = by_code(world.bench.ask(plan.outcomes_query()), "提示")
    assert [found[code] for code in sorted(found)] == [None, f"{FROM}恰在线上：线（2022-06-30）", None]


def test_missing_and_present(world: World) -> None:
    """Whether there is a date can be asked, of a date computed, too."""
    pack = world.pack({"any": [{UNTIL: "missing"}, {"后": "present"}]}, {"后": {"formula": f"加月({FROM}, 1)"}})
    a = day("2020-01-31")
    assert world.outcomes(pack, (None, None), (a, a), (None, a)) == ["是", "是", "否"]


@settings(deadline=None, max_examples=40)
@given(pairs=st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=8))
def test_days_are_counted_exactly(world: World, pairs: list[tuple[datetime.date, datetime.date]]) -> None:
    """``天数`` is what Python's calendar says, over leap days and in either direction."""
    pack = _KEPT.setdefault(
        "days", world.pack({FROM: "present"}, {"差": {"formula": f"天数({FROM}, {UNTIL})", "unit": "天"}})
    )
    assert world.shown(pack, "差", *pairs) == [(b - a).days for a, b in pairs]


@settings(deadline=None, max_examples=60)
@given(start=DAYS, months=st.integers(-60, 60))
def test_months_are_clipped_at_their_end(world: World, start: datetime.date, months: int) -> None:
    """``加月`` keeps the day, or takes the last of a shorter month: 29 February, the 30th and the 31st included."""
    pack = _KEPT.setdefault(str(months), world.pack({FROM: "present"}, {"后": {"formula": f"加月({FROM}, {months})"}}))
    assert world.shown(pack, "后", (start, None)) == [later(start, months)]


_KEPT: dict[str, Pack] = {}


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2021-01-31", "1", "2021-02-28"), ("2020-01-31", "1", "2020-02-29"), ("2020-02-29", "12", "2021-02-28"),
        ("2020-02-29", "48", "2024-02-29"), ("2021-03-31", "-1", "2021-02-28"), ("2021-12-31", "2", "2022-02-28"),
        ("2019-06-30", "期", "2022-06-30"), ("2020-02-29", "期", "2023-02-28"), ("2022-06-30", "-期", "2019-06-30"),
        ("2021-05-31", "2 * 3", "2021-11-30"),
    ],
)  # fmt: skip
def test_ends_of_months_and_leap_days(world: World, start: str, months: str, end: str) -> None:
    """The cases that calendars get wrong; the months may be a parameter in years."""
    pack = world.pack({FROM: "present"}, {"后": {"formula": f"加月({FROM}, {months})"}}, 期={"value": "3年"})
    assert world.shown(pack, "后", (day(start), None)) == [day(end)]


def test_earlier_later_and_in_place_of(world: World) -> None:
    """``min`` and ``max`` are missing where either date is; ``若缺`` takes the other."""
    formulas = {"早": f"min({FROM}, {UNTIL})", "晚": f"max({FROM}, {UNTIL}, 线)", "代": f"若缺({UNTIL}, 线)"}
    indicators = {name: {"formula": text} for name, text in formulas.items()}
    pack = world.pack({"代": "present"}, indicators, 线={"value": "2021-01-01"})
    a, b, line = day("2020-02-29"), day("2022-03-01"), day("2021-01-01")
    pairs = [(a, b), (b, a), (a, None), (None, b)]
    assert world.shown(pack, "早", *pairs) == [a, a, None, None]
    assert world.shown(pack, "晚", *pairs) == [b, b, None, None]
    assert world.shown(pack, "代", *pairs) == [b, a, line, b]


def test_the_day_judged_is_said(world: World) -> None:
    """A plan knows whether it rests on 基准日, directly or through indicators."""
    direct, through = (
        world.pack({FROM: "<= 基准日"}),
        world.pack({"差": "> 3天"}, {"差": {"formula": f"天数({FROM}, 基准日)", "unit": "天"}}),
    )
    neither = world.pack({FROM: "<= 2022-01-01"})
    plans = [Plan(pack, tuple(pack.lists.values())) for pack in (direct, through, neither)]
    assert [plan.uses_as_of for plan in plans] == [True, True, False]
    assert "CURRENT_DATE" in plans[0].text
    assert "DATE '2022-06-30'" in replace(plans[0], as_of=day("2022-06-30")).text


@pytest.mark.parametrize(
    ("formula", "unit", "says"),
    [
        (f"{FROM} - {UNTIL}", "天", "日期不能用“-”计算，请用 天数(从, 到) 或 加月(日期, n)"),
        (f"天数({FROM}, 3)", "天", "函数 天数 的两项都应为日期，这里是日期、无单位的数"),
        (f"加月(3, {FROM})", "", "函数 加月 应写作 加月(日期, n)"),
        (f"加月({FROM}, 1.5)", "", "加月(日期, n) 的 n 应为 1200 以内的整月数"),
        (f"加月({FROM}, 面积线)", "", "加月(日期, n) 的 n 应为月数或年数，这里是面积"),
        (f"加月({FROM}, {UNTIL})", "", "加月(日期, n) 的 n 应为数字或参数，不能随数据而变"),
        (f"abs({FROM})", "", "函数 abs 的项应为数字"),
        (f"min({FROM}, 3)", "", "单位不一致：函数 min 的各项是日期、无单位的数"),
        (f"天数({FROM}, {UNTIL})", "年", "单位不一致：“差”是年数"),
        (f"加月({FROM}, 3)", "天", "“差”不是数字，不能有单位"),
        (f"天数({FROM}, 基准)", "天", "没有名称“基准”，是否想写“基准日”"),
    ],
)  # fmt: skip
def test_faults_in_formulas(world: World, formula: str, unit: str, says: str) -> None:
    """What cannot be computed of dates is a fault at its place when the pack loads."""
    with pytest.raises(PackError) as caught:
        world.pack({FROM: "present"}, {"差": {"formula": formula, "unit": unit}}, 面积线={"value": "3亩"})
    [problem] = caught.value.problems
    assert says in problem.message
    assert problem.place.file.name == "indicators.yaml"
    assert problem.place.column > 1


@pytest.mark.parametrize(
    ("leaf", "says"),
    [
        ({FROM: ">= 2021-02-29"}, "没有“2021-02-29”这一天"), ({FROM: ">= 2021年5月"}, "“2021年5月”不是日期"),
        ({FROM: ">= 3天"}, "“3天”不是日期"), ({FROM: "in [2021-01-01]"}, "是日期，不能用 in"),
        ({FROM: f"> {'名称'}"}, "“名称”不是日期，不能与“签约日”比较"), ({FROM: "> 基准"}, "没有名称“基准”"),
        ({"基准日": "> 2021-01-01"}, "“基准日”是评价的日期，条件的左边应为字段或指标"),
        ({FROM: "> 1850-01-01"}, "应在 1900 至 2099 年之间"),
    ],
)  # fmt: skip
def test_faults_in_conditions(world: World, leaf: dict[str, str], says: str) -> None:
    """A date is compared with dates only, and a day must be one."""
    with pytest.raises(PackError) as caught:
        world.pack(leaf)
    [problem] = caught.value.problems
    assert says in problem.message


def test_a_list_nobody_can_reach(world: World) -> None:
    """Dates that contradict each other are found when the pack loads."""
    with pytest.raises(PackError, match="自相矛盾"):
        world.pack({"all": [{FROM: "< 2021-01-01"}, {FROM: "> 2021-01-01"}]})


def test_a_parameter_that_is_a_date_can_be_set(world: World) -> None:
    """``--set`` takes another date for one, and nothing else."""
    pack = world.pack({FROM: "< 线"}, 线={"value": "2022-01-01"})
    assert pack.with_parameters({"线": "2023年5月1日"}).parameters["线"].shown == "2023-05-01"
    with pytest.raises(Exception, match="参数“线”：“3万元”不是日期"):
        pack.with_parameters({"线": "3万元"})
