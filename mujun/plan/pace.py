"""Time and progress: how much of a period has gone by, and what should have been reached by then. All exact."""

from __future__ import annotations

import datetime
from fractions import Fraction

from mujun.quantity import round_half_up

_DAY = datetime.timedelta(days=1)


def elapsed(start: datetime.date, deadline: datetime.date, as_of: datetime.date) -> Fraction:
    """The share of a period that is over at the end of the day `as_of`: 0 to 1; `start` and `deadline` are in it.

    A period of whole years passes year by year, each by its own days, so that leap days do not shift the years' ends:
    after two of three years it is exactly 2/3. Any other period passes day by day. Raises ValueError where it ends
    before it starts.
    """
    if deadline < start:
        raise ValueError(f"{deadline} is before {start}")
    if as_of >= deadline:
        return Fraction(1)
    if as_of < start:
        return Fraction(0)
    years = whole_years(start, deadline)
    if not years:
        return Fraction((as_of - start).days + 1, (deadline - start).days + 1)
    done = 0
    while anniversary(start, done + 1) <= as_of:
        done += 1
    first, following = anniversary(start, done), anniversary(start, done + 1)
    return (done + Fraction((as_of - first).days + 1, (following - first).days)) / years


def whole_years(start: datetime.date, deadline: datetime.date) -> int:
    """How many years from `start` to the end of `deadline`; 0 where they are not whole."""
    years = deadline.year - start.year + 1
    return next((n for n in (years, years - 1) if n > 0 and anniversary(start, n) == deadline + _DAY), 0)


def anniversary(start: datetime.date, years: int) -> datetime.date:
    """The same day some years later; 1 March for 29 February in a year that has none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return datetime.date(start.year + years, 3, 1)


def is_over(deadline: datetime.date, as_of: datetime.date) -> bool:
    """Whether a deadline has passed: not before the day after it."""
    return as_of > deadline


def compounded(base: Fraction, rate: Fraction, years: int) -> Fraction:
    """What `base` becomes after `years` of the same yearly rate: a rise of 10% for 3 years is times 1.331."""
    return base * (1 + rate) ** years


def yearly_rate(before: Fraction, after: Fraction, years: int, digits: int) -> Fraction | None:
    """The yearly rate at which `before` became `after`, rounded half up to `digits` decimals, exactly.

    None where there is none: for no years, or figures that are not positive.
    """
    if years < 1 or before <= 0 or after < 0:
        return None
    step = 10**digits
    # The root of a fraction, as the largest whole number of half steps whose power does not exceed it.
    wanted = after / before
    low = root_floor(wanted * (2 * step) ** years, years)
    return round_half_up(Fraction(low, 2 * step), digits) - 1


def root_floor(value: Fraction, power: int) -> int:
    """The largest whole number whose `power` is not above `value` (0 or more)."""
    low, high = 0, 1
    while high**power <= value:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**power <= value else (low, middle)
    return low
