"""Targets: what counts towards them, what they come to, and what is still needed."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mujun.errors import UsageError
from mujun.groups.tracking import BEHIND, MET, ON_PACE, OPEN, OVERDUE, UNKNOWN, Progress, track
from mujun.pack import Pack, load_pack
from tests.groups.small import FIRMS, LEDGER, targets, write_csv, write_pack

if TYPE_CHECKING:
    from pathlib import Path

Day = datetime.date


def firms(folder: Path, *rows: tuple[object, ...]) -> Path:
    """Firms as (year, district, 规上, tax, land), each with a code of its own but the same through the years."""
    counts: dict[object, int] = {}
    lines = []
    for year, *rest in rows:
        counts[year] = counts.get(year, 0) + 1
        lines.append((f"A{counts[year]:03}", f"企业{counts[year]}", year, *rest))
    return write_csv(folder / "firms.csv", FIRMS, lines)


def one(folder: Path, item: dict[str, Any], data: Any, as_of: Day | None = None, **options: Any) -> Progress:
    """The progress of one target."""
    pack = write_pack(folder / "pack", targets=targets(它=item))
    [found] = track(data, pack, as_of=as_of, **options).progress
    return found


# --- levels and counts ------------------------------------------------------------------------------------------------


def test_a_level_on_its_line_is_reached(tmp_path: Path) -> None:
    """3.3 / 1.1 is exactly 3, and that is not less than 3, which floats get wrong."""
    data = firms(tmp_path, (2023, "东", "是", 3.3, 1.1))
    found = one(tmp_path, {"measure": "亩均税收", "target": ">= 3万元/亩"}, data)
    assert (found.status, found.completion, found.need) == (MET, Fraction(1), None)


def test_a_level_of_a_group_is_sum_over_sum(tmp_path: Path) -> None:
    """Not the mean of two ratios: (9 + 1) / (1 + 9) is 1, where the mean is about 4.6."""
    data = firms(tmp_path, (2023, "东", "是", 9, 1), (2023, "西", "是", 1, 9))
    found = one(tmp_path, {"measure": "亩均税收", "target": ">= 2万元/亩"}, data)
    assert found.now == Fraction(10_000, 1) * 3 / 2000
    assert found.completion == Fraction(1, 2)


def test_a_firm_without_land_counts_neither_above_nor_below(tmp_path: Path) -> None:
    """A ratio of sums is over the firms that have both, and says how many those are."""
    data = firms(tmp_path, (2023, "东", "是", 6, 2), (2023, "东", "是", 100, None), (2023, "东", "是", None, 50))
    found = one(tmp_path, {"measure": "亩均税收", "target": ">= 3万元/亩"}, data)
    assert (found.status, found.known, found.rows) == (MET, 1, 3)
    assert found.remarks == ("1/3 行有数",)


def test_shares_need_whole_heads(tmp_path: Path) -> None:
    """Of 3 firms 1 is 规上; 60% takes 2, so one more."""
    data = firms(tmp_path, (2023, "东", "是", 1, 1), (2023, "东", "否", 1, 1), (2023, "东", "否", 1, 1))
    found = one(tmp_path, {"measure": "规上占比", "target": ">= 入规目标"}, data)
    assert found.actual == Fraction(1, 3)
    assert found.need is not None
    assert (found.need.value, found.need.part) == (Fraction(60, 100) - Fraction(1, 3), Fraction(1))


def test_a_parameter_may_be_the_target(tmp_path: Path) -> None:
    """--set moves a target that is a parameter."""
    data = firms(tmp_path, (2023, "东", "是", 1, 1), (2023, "东", "否", 1, 1))
    item = {"measure": "规上占比", "target": ">= 入规目标"}
    assert one(tmp_path, item, data).status == BEHIND
    assert one(tmp_path, item, data, parameters={"入规目标": "50%"}).status == MET


def test_unknown_firms_are_neither_in_nor_out(tmp_path: Path) -> None:
    """A firm of which it is not known is left out of a share, and said."""
    data = firms(tmp_path, (2023, "东", "是", 1, 1), (2023, "东", "否", 1, 1), (2023, "东", None, 1, 1))
    found = one(tmp_path, {"measure": "规上占比", "target": ">= 50%"}, data)
    assert (found.actual, found.known, found.rows) == (Fraction(1, 2), 2, 3)


def test_a_level_goes_in_step_with_time_from_its_baseline(tmp_path: Path) -> None:
    """From 20% to 80% in three years: 40% after the first, 60% after the second."""
    rows = [(2020, "东", "是" if i < 1 else "否", 1, 1) for i in range(5)]
    rows += [(2021, "东", "是" if i < 2 else "否", 1, 1) for i in range(5)]
    rows += [(2022, "东", "是" if i < 2 else "否", 1, 1) for i in range(5)]
    item = {"measure": "规上占比", "target": ">= 80%"}
    data = firms(tmp_path, *rows)
    first = one(tmp_path, item, data, Day(2021, 12, 31))
    assert (first.base, first.due, first.status) == (Fraction(1, 5), Fraction(2, 5), ON_PACE)
    second = one(tmp_path, item, data, Day(2022, 12, 31))
    assert (second.due, second.status) == (Fraction(3, 5), BEHIND)
    assert second.trend == ((2020, Fraction(1, 5)), (2021, Fraction(2, 5)), (2022, Fraction(2, 5)))
    assert second.last == Fraction(2, 5)


def test_on_the_day_of_the_deadline_it_is_not_late(tmp_path: Path) -> None:
    """Behind on the last day, overdue from the next."""
    data = firms(tmp_path, (2023, "东", "否", 1, 1))
    item = {"measure": "规上占比", "target": ">= 80%"}
    assert one(tmp_path, item, data, Day(2023, 12, 31)).status == BEHIND
    late = one(tmp_path, item, data, Day(2024, 1, 1))
    assert (late.status, late.pace) == (OVERDUE, Fraction(1))


def test_what_is_reached_late_is_reached(tmp_path: Path) -> None:
    """After the deadline a target may still be met."""
    data = firms(tmp_path, (2023, "东", "否", 1, 1), (2024, "东", "是", 1, 1))
    found = one(tmp_path, {"measure": "规上占比", "target": ">= 80%"}, data, Day(2024, 12, 31))
    assert (found.status, found.year) == (MET, 2024)


def test_the_latest_year_up_to_the_day_counts(tmp_path: Path) -> None:
    """As of June 2022 the figures of 2023 are not looked at, and those of 2021 say that they are of 2021."""
    data = firms(tmp_path, (2021, "东", "否", 1, 1), (2023, "东", "是", 1, 1))
    found = one(tmp_path, {"measure": "规上占比", "target": ">= 80%"}, data, Day(2022, 6, 30))
    assert (found.year, found.status) == (2021, BEHIND)
    assert "数据为2021年" in found.remarks


def test_no_more_than_so_many(tmp_path: Path) -> None:
    """A list that is to be cleared: from 4 to 0, three quarters of the way at 1."""
    rows = [(2020, "东", "是", 0, 1)] * 4 + [(2021, "东", "是", 0 if i == 0 else 5, 1) for i in range(4)]
    item = {"measure": "清单家数", "target": "<= 0家", "kind": "cleared"}
    found = one(tmp_path, item, firms(tmp_path, *rows), Day(2021, 12, 31))
    assert (found.status, found.completion, found.due) == (ON_PACE, Fraction(3, 4), Fraction(8, 3))
    assert found.need is not None
    assert found.need.value == 1


# --- growth and decline ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "rate", "figures", "statuses"),
    [
        ("growth", "10%", ("1000000", "1100000", "1210000", "1331000"), (ON_PACE, ON_PACE, MET)),
        ("growth", "10%", ("1000000", "1099999.99", "1209999.99", "1330999.99"), (BEHIND, BEHIND, BEHIND)),
        ("growth", "2%", ("1000000", "1020000", "1040400", "1061208"), (ON_PACE, ON_PACE, MET)),
        ("decline", "5%", ("1000000", "950000", "902500", "857375"), (ON_PACE, ON_PACE, MET)),
        ("decline", "5%", ("1000000", "950000.01", "902500.01", "857375.01"), (BEHIND, BEHIND, BEHIND)),
    ],
)
def test_yearly_rates_compound(
    tmp_path: Path, kind: str, rate: str, figures: tuple[str, ...], statuses: tuple[str, ...]
) -> None:
    """1.1³, 1.02³ and 0.95³, to the last digit: on the line it is reached, a hundredth off it is not."""
    data = firms(tmp_path, *((2020 + i, "东", "是", figure, 1) for i, figure in enumerate(figures)))
    item = {"measure": "总税收", "kind": kind, "target": f">= {rate}"}
    found = tuple(one(tmp_path, item, data, Day(2021 + i, 12, 31)).status for i in range(3))
    assert found == statuses


def test_a_rate_says_what_it_would_take(tmp_path: Path) -> None:
    """After two years of 10% it should be 121; at 110 it is 11 short, and the rate was 4.88%."""
    data = firms(tmp_path, (2020, "东", "是", 100, 1), (2022, "东", "是", 110, 1))
    found = one(tmp_path, {"measure": "总税收", "kind": "growth", "target": ">= 10%"}, data, Day(2022, 12, 31))
    assert found.need is not None
    assert found.need.value == 11 * 10_000
    assert found.actual == Fraction("0.048809")


def test_a_rate_without_its_baseline_is_unknown(tmp_path: Path) -> None:
    """The year to compare with is named."""
    data = firms(tmp_path, (2022, "东", "是", 110, 1))
    found = one(tmp_path, {"measure": "总税收", "kind": "growth", "target": ">= 10%"}, data)
    assert found.status == UNKNOWN
    assert found.gaps == ("2020年企业数据（基期）",)


# --- ledgers ---------------------------------------------------------------------------------------------------------


def ledger(folder: Path, *rows: tuple[object, ...]) -> Path:
    """Entries of a ledger as (day, matter, area)."""
    return write_csv(folder / "ledger.csv", LEDGER, rows)


CUMULATIVE = {"measure": "盘活面积合计", "kind": "cumulative", "target": ">= 6000亩"}


@pytest.mark.parametrize(
    ("as_of", "area", "status"),
    [
        (Day(2021, 12, 31), 2000, ON_PACE),
        (Day(2021, 12, 31), 1999.99, BEHIND),
        (Day(2022, 12, 31), 4000, ON_PACE),
        (Day(2022, 12, 31), 3999.99, BEHIND),
        (Day(2023, 12, 31), 6000, MET),
        (Day(2023, 12, 31), 5999.99, BEHIND),
        (Day(2024, 1, 1), 5999.99, OVERDUE),
    ],
)
def test_what_adds_up_keeps_pace_or_not(tmp_path: Path, as_of: Day, area: float, status: str) -> None:
    """Of 6000亩 in three years, 2000 after the first and 4000 after the second, to the hundredth."""
    data = ledger(tmp_path, (Day(2021, 3, 1), "盘活", area))
    assert one(tmp_path, CUMULATIVE, data, as_of).status == status


def test_only_what_falls_into_the_period_counts(tmp_path: Path) -> None:
    """The first day and the day judged are in it, the day before and the day after are not; nor are other matters."""
    data = ledger(
        tmp_path, (Day(2020, 12, 31), "盘活", 1), (Day(2021, 1, 1), "盘活", 20), (Day(2022, 6, 30), "盘活", 300),
        (Day(2022, 7, 1), "盘活", 4000), (Day(2022, 1, 1), "整治", 50000),
    )  # fmt: skip
    found = one(tmp_path, CUMULATIVE, data, Day(2022, 6, 30))
    assert found.actual is not None
    assert found.actual / found.unit.factor == 320
    assert [value and value / found.unit.factor for _, value in found.trend] == [20, 300]


def test_a_year_begins_anew(tmp_path: Path) -> None:
    """Of a yearly target only the year's own entries count, and its pace is that of the year."""
    data = ledger(tmp_path, (Day(2021, 5, 1), "盘活", 5000), (Day(2022, 5, 1), "盘活", 900))
    item = {"measure": "盘活面积合计", "kind": "yearly", "target": ">= 2000亩"}
    found = one(tmp_path, item, data, Day(2022, 6, 30))
    assert found.actual is not None
    assert (found.actual / found.unit.factor, found.pace, found.status) == (Fraction(900), Fraction(181, 365), BEHIND)
    assert one(tmp_path, item, data, Day(2021, 12, 31)).status == MET
    assert one(tmp_path, item, data, Day(2022, 12, 31)).status == BEHIND


def test_a_ledger_alone_is_of_the_year_of_its_last_entry(tmp_path: Path) -> None:
    """Without --as-of and without years, the end of that year is meant."""
    data = ledger(tmp_path, (Day(2021, 5, 1), "盘活", 5), (Day(2022, 3, 1), "盘活", 5))
    pack = write_pack(tmp_path / "pack", targets=targets(它=CUMULATIVE))
    assert track(data, pack).as_of == Day(2022, 12, 31)


def test_an_empty_period_is_nothing_and_not_unknown(tmp_path: Path) -> None:
    """A ledger that is there and has no entry says that nothing was done."""
    data = ledger(tmp_path, (Day(2020, 5, 1), "盘活", 5000))
    found = one(tmp_path, CUMULATIVE, data, Day(2021, 6, 30))
    assert (found.actual, found.status) == (Fraction(0), BEHIND)


# --- what is missing -------------------------------------------------------------------------------------------------


def test_what_is_not_given_is_named(tmp_path: Path) -> None:
    """A file that is not there, and a column that a file lacks."""
    firms_ = firms(tmp_path, (2023, "东", "是", 1, 1))
    assert one(tmp_path, CUMULATIVE, firms_).gaps == ("台账数据",)
    bare = write_csv(tmp_path / "bare.csv", "代码,名称,年度,税收(万元)", [("A1", "甲", 2023, 5)])
    found = one(tmp_path, {"measure": "亩均税收", "target": ">= 1万元/亩"}, bare)
    assert (found.status, found.gaps) == (UNKNOWN, ("企业的用地",))


def test_a_column_without_a_figure_is_no_zero(tmp_path: Path) -> None:
    """Blank from top to bottom, a column is unknown."""
    data = firms(tmp_path, (2023, "东", "是", None, 1))
    assert one(tmp_path, {"measure": "总税收", "target": ">= 1万元"}, data).status == UNKNOWN


def test_unknown_targets_and_groups_are_refused(tmp_path: Path) -> None:
    """With the nearest name."""
    pack = write_pack(tmp_path / "pack", targets=targets(入规={"measure": "规上占比", "target": ">= 1%"}))
    data = firms(tmp_path, (2023, "东", "是", 1, 1))
    with pytest.raises(UsageError, match="是否想写“入规”"):
        track(data, pack, targets="入园规")
    with pytest.raises(UsageError, match="没有可分组的列“片”"):
        track(data, pack, by="片")


# --- groups ----------------------------------------------------------------------------------------------------------


def test_who_lags_comes_first(tmp_path: Path) -> None:
    """By group, the worst first; the spellings of a name are one group."""
    data = firms(tmp_path, (2023, "东", "是", 1, 1), (2023, "西片", "否", 1, 1), (2023, "西", "是", 1, 1))
    pack = write_pack(tmp_path / "pack", targets=targets(入规={"measure": "规上占比", "target": ">= 60%"}))
    found = track(data, pack, by="片区").progress
    assert [(item.group, item.actual, item.status) for item in found] == [
        ("西片", Fraction(1, 2), BEHIND), ("东片", 1, MET)
    ]  # fmt: skip


def test_an_amount_is_not_divided_by_itself(tmp_path: Path) -> None:
    """Groups have no target of an amount unless the pack divides it among them."""
    data = firms(tmp_path, (2023, "东", "是", 1, 1), (2023, "西", "否", 1, 1))
    item: dict[str, Any] = {"measure": "规上数", "target": ">= 5家"}
    pack = write_pack(tmp_path / "pack", targets=targets(家数=item))
    assert {found.status for found in track(data, pack, by="片区").progress} == {OPEN}
    item["split"] = {"片区": {"东片": "1家"}}
    pack = write_pack(tmp_path / "pack", targets=targets(家数=item))
    assert {found.group: found.status for found in track(data, pack, by="片区").progress} == {
        "东片": MET, "西片": OPEN
    }  # fmt: skip


FIRM = st.tuples(
    st.sampled_from(["东片", "西片"]), st.sampled_from(["是", "否", None]),
    st.none() | st.integers(0, 999), st.none() | st.integers(1, 99),
)  # fmt: skip


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The small pack with a target for each measure."""
    units = {
        "亩均税收": "万元/亩", "规上亩均": "万元/亩", "总税收": "万元", "规上数": "家", "规上占比": "%",
        "大户规上占比": "%", "户均税收": "万元/家", "清单家数": "家",
    }  # fmt: skip
    items = {name: {"measure": name, "target": f">= 1{unit}"} for name, unit in units.items()}
    return load_pack(write_pack(tmp_path_factory.mktemp("pack"), targets=targets(**items)))


@settings(max_examples=25)
@given(rows=st.lists(FIRM, min_size=1, max_size=12))
def test_measures_are_what_plain_python_makes_of_them(
    measured: Pack,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str | None, int | None, int | None]],
) -> None:
    """Sums, counts, shares and their quotients, with figures missing, against a computation of a few lines."""
    folder = tmp_path_factory.mktemp("measures")
    data = firms(folder, *((2023, *row) for row in rows))
    found = {
        one.target.name: None if one.now is None else one.now / one.measure.unit.factor
        for one in track(data, measured).progress
    }

    def ratio(pairs: list[tuple[int, int]]) -> Fraction | None:
        return Fraction(sum(a for a, _ in pairs), sum(b for _, b in pairs)) if pairs else None

    taxes = [tax for _, _, tax, _ in rows if tax is not None]
    flags = [flag for _, flag, _, _ in rows if flag]
    big = [flag for _, flag, tax, _ in rows if tax is not None and tax >= 10 and flag]
    own = [(tax, land) for _, flag, tax, land in rows if tax is not None and land is not None and flag == "是"]
    in_scale = any(flag == "是" for _, flag, _, _ in rows)
    wanted = {
        "亩均税收": ratio([(tax, land) for _, _, tax, land in rows if tax is not None and land is not None]),
        "规上亩均": ratio(own) if in_scale or own else None,
        "总税收": Fraction(sum(taxes)) if taxes else None,
        "规上数": Fraction(flags.count("是")),
        "规上占比": 100 * Fraction(flags.count("是"), len(flags)) if flags else None,
        "大户规上占比": 100 * Fraction(big.count("是"), len(big)) if big else None,
        "户均税收": Fraction(sum(taxes), len(rows)) if taxes else None,
        "清单家数": Fraction(sum(tax < 1 for tax in taxes)),
    }
    assert found == wanted
