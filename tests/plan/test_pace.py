"""Time and progress at their edges: leap days, year ends, the day of the deadline, rates that compound."""

from __future__ import annotations

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.plan.pace import (
    anniversary,
    compounded,
    elapsed,
    is_over,
    root_floor,
    whole_years,
    yearly_rate,
)

Day = datetime.date
START, DEADLINE = Day(2021, 1, 1), Day(2023, 12, 31)
DAYS = st.dates(Day(1950, 1, 1), Day(2080, 12, 31))


@pytest.mark.parametrize(
    ("as_of", "share"),
    [
        (Day(2020, 12, 31), Fraction(0)),
        (Day(2021, 1, 1), Fraction(1, 3 * 365)),
        (Day(2021, 12, 30), Fraction(364, 3 * 365)),
        (Day(2021, 12, 31), Fraction(1, 3)),
        (Day(2022, 1, 1), Fraction(366, 3 * 365)),
        (Day(2022, 12, 31), Fraction(2, 3)),
        (Day(2023, 12, 30), Fraction(3 * 365 - 1, 3 * 365)),
        (Day(2023, 12, 31), Fraction(1)),
        (Day(2024, 1, 1), Fraction(1)),
    ],
)
def test_three_years(as_of: Day, share: Fraction) -> None:
    """At the ends of the plan's years exactly a third, two thirds and all of its time have gone by."""
    assert elapsed(START, DEADLINE, as_of) == share


@pytest.mark.parametrize(
    ("as_of", "share"),
    [
        (Day(2023, 12, 31), Fraction(1, 3)),
        (Day(2024, 2, 28), Fraction(1, 3) + Fraction(59, 366 * 3)),
        (Day(2024, 2, 29), Fraction(1, 3) + Fraction(60, 366 * 3)),
        (Day(2024, 3, 1), Fraction(1, 3) + Fraction(61, 366 * 3)),
        (Day(2024, 12, 31), Fraction(2, 3)),
        (Day(2025, 12, 31), Fraction(1)),
    ],
)
def test_a_leap_year_is_a_year(as_of: Day, share: Fraction) -> None:
    """29 February is a day like others, and makes no year longer than another."""
    assert elapsed(Day(2023, 1, 1), Day(2025, 12, 31), as_of) == share


def test_a_period_that_is_not_of_whole_years_goes_by_its_days() -> None:
    """From 23 May to the end of the year each day counts alike."""
    start, deadline = Day(2021, 5, 23), Day(2021, 12, 31)
    days = (deadline - start).days + 1
    assert whole_years(start, deadline) == 0
    assert elapsed(start, deadline, Day(2021, 5, 23)) == Fraction(1, days)
    assert elapsed(start, deadline, Day(2021, 12, 30)) == Fraction(days - 1, days)


def test_whole_years_need_not_begin_in_january() -> None:
    """A year from any day is whole; from 29 February it ends on 28 February."""
    assert whole_years(Day(2021, 5, 23), Day(2024, 5, 22)) == 3
    assert whole_years(Day(2024, 2, 29), Day(2025, 2, 28)) == 1
    assert anniversary(Day(2024, 2, 29), 1) == Day(2025, 3, 1)
    assert anniversary(Day(2024, 2, 29), 4) == Day(2028, 2, 29)
    assert elapsed(Day(2024, 2, 29), Day(2026, 2, 28), Day(2025, 2, 28)) == Fraction(1, 2)


def test_a_single_day() -> None:
    """A period of one day is over on that day."""
    assert elapsed(START, START, START) == 1
    assert elapsed(START, START, Day(2020, 12, 31)) == 0


def test_a_period_cannot_end_before_it_starts() -> None:
    """That is an error and not a share."""
    with pytest.raises(ValueError, match="2020-12-31"):
        elapsed(START, Day(2020, 12, 31), START)


@given(DAYS, DAYS, DAYS)
def test_time_goes_by(one: Day, other: Day, as_of: Day) -> None:
    """The share is between 0 and 1, 0 only before the start, 1 from the deadline on, and grows with every day."""
    start, deadline = min(one, other), max(one, other)
    share = elapsed(start, deadline, as_of)
    assert 0 <= share <= 1
    assert (share == 0) == (as_of < start)
    assert (share == 1) == (as_of >= deadline)
    if start <= as_of < deadline:
        assert share < elapsed(start, deadline, as_of + datetime.timedelta(days=1))


@given(DAYS, st.integers(1, 10), st.integers(1, 10))
def test_each_year_is_as_long_as_another(start: Day, years: int, done: int) -> None:
    """After n of the years of a period, exactly n of them are over, however many leap days they have."""
    day = datetime.timedelta(days=1)
    deadline = anniversary(start, years) - day
    as_of = anniversary(start, min(done, years)) - day
    assert elapsed(start, deadline, as_of) == Fraction(min(done, years), years)


def test_the_day_of_the_deadline_is_in_time() -> None:
    """What is done on the last day is done in time; the day after it is late."""
    assert not is_over(DEADLINE, DEADLINE)
    assert is_over(DEADLINE, Day(2024, 1, 1))


def test_rates_compound() -> None:
    """5% less for three years is times 0.95³, 10% more times 1.1³, 2% more times 1.02³, exactly."""
    assert compounded(Fraction(1), Fraction(-5, 100), 3) == Fraction(857375, 10**6)
    assert compounded(Fraction(1), Fraction(10, 100), 3) == Fraction(1331, 1000)
    assert compounded(Fraction(1), Fraction(2, 100), 3) == Fraction(1061208, 10**6)


@pytest.mark.parametrize(("rate", "years"), [("0.1", 1), ("0.1", 3), ("0.02", 3), ("-0.05", 3), ("0", 2), ("-1", 2)])
def test_a_rate_is_found_again(rate: str, years: int) -> None:
    """The yearly rate of what was compounded is the rate itself."""
    base = Fraction(3, 7)
    assert yearly_rate(base, compounded(base, Fraction(rate), years), years, 6) == Fraction(rate)


def test_what_has_no_rate() -> None:
    """From nothing, to less than nothing, or in no time at all there is no rate."""
    assert yearly_rate(Fraction(0), Fraction(1), 1, 6) is None
    assert yearly_rate(Fraction(1), Fraction(-1), 1, 6) is None
    assert yearly_rate(Fraction(1), Fraction(1), 0, 6) is None


@given(
    st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=10**6),
    st.fractions(min_value=0, max_value=1000, max_denominator=10**6),
    st.integers(1, 5),
)
def test_a_rate_is_rounded_right(before: Fraction, after: Fraction, years: int) -> None:
    """The rate shown is within half a millionth of the true one, checked by powers and not by roots."""
    rate = yearly_rate(before, after, years, 6)
    assert rate is not None
    half = Fraction(1, 2 * 10**6)
    assert max(1 + rate - half, Fraction(0)) ** years <= after / before < (1 + rate + half) ** years
    assert (rate * 10**6).denominator == 1


@given(st.fractions(min_value=0, max_value=10**12), st.integers(1, 6))
def test_roots_are_whole_and_below(value: Fraction, power: int) -> None:
    """The whole root is the last whose power is not above."""
    root = root_floor(value, power)
    assert root**power <= value < (root + 1) ** power
