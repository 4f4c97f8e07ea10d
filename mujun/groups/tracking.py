"""Targets: what was to be reached by when, what has been, and whether that is on time. See `track`."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from mujun.groups.boards import Boards, open_boards
from mujun.pack.condition import Ref
from mujun.plan.measures import ALL, HEADS, Value
from mujun.plan.pace import compounded, elapsed, is_over, yearly_rate
from mujun.plan.totals import Group, Window
from mujun.quantity import Quantity, Unit, parse_unit

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from mujun.intake.load import Data
    from mujun.intake.mapping import Columns
    from mujun.pack.goals import Measure, Target
    from mujun.pack.policy import Pack

STATUSES = MET, ON_PACE, BEHIND, OVERDUE, UNKNOWN, OPEN = "达标", "正常", "滞后", "逾期", "缺数据", "未分解"
"""What a target can come to; the last is a group's where the target is not divided among groups."""

_WORST_FIRST = (OVERDUE, BEHIND, UNKNOWN, ON_PACE, OPEN, MET)
_RATE_DIGITS = 6
PERCENT = parse_unit("%")


class Need(msgspec.Struct, frozen=True):
    """What is still needed: `value` of `unit`, and of `part`, for a quotient, so much more (or less) above the line."""

    value: Fraction
    unit: Unit
    part: Fraction | None = None
    part_unit: Unit | None = None


class Progress(msgspec.Struct, frozen=True):
    """How far a target has come, for all or for one group. Figures are in base units; None where not known.

    `goal` and `actual` are of `unit` (a rate for yearly growth); `base`, `now` and `due` of the measure's own unit:
    the figure of the baseline, that of now, and what the pace asks for by now. `completion` is the share of the goal
    that is reached, `mark` what that should be by now, `pace` the share of the time which has gone by. `trend` has the
    figures of the years.
    """

    target: Target
    measure: Measure
    unit: Unit
    group: Group | None
    year: int | None
    status: str
    pace: Fraction
    goal: Fraction | None = None
    actual: Fraction | None = None
    base: Fraction | None = None
    now: Fraction | None = None
    last: Fraction | None = None
    due: Fraction | None = None
    mark: Fraction | None = None
    completion: Fraction | None = None
    need: Need | None = None
    known: int = 0
    rows: int = 0
    trend: tuple[tuple[int, Fraction | None], ...] = ()
    gaps: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class Tracked(msgspec.Struct, frozen=True):
    """The result of `track`: `progress` in the order of the pack, with `by` the groups that lag first."""

    pack: Pack
    boards: Boards
    as_of: datetime.date
    by: str
    progress: tuple[Progress, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """One row per target, and group with `by`: 目标, 条款, 分组, 状态, 目标值, 实绩, 单位, 完成率, 时序进度, …"""
        import pandas as pd

        from mujun.groups.tracked_rows import COLUMNS, rows

        frame = pd.DataFrame(rows(self), columns=[column.name for column in COLUMNS])
        numbers = [column.name for column in COLUMNS if column.is_number]
        frame[numbers] = frame[numbers].astype(float)
        return frame

    def count(self, status: str) -> int:
        """How many targets have come to this."""
        return sum(one.status == status for one in self.progress)


def track(
    data: Data,
    rules: str | os.PathLike[str] | Pack | None = None,
    year: int | None = None,
    *,
    as_of: datetime.date | None = None,
    by: str = "",
    targets: Iterable[str] = (),
    parameters: Mapping[str, str] | None = None,
    mapping: Columns | None = None,
    keep_aside: bool = False,
) -> Tracked:
    """Say how far the targets of a pack have come, by files or a frame, at the end of the day `as_of`.

    `as_of` is by default the end of `year`, or of the latest year in the data, and never later than today. Levels are
    those of the latest year up to it, or of `year`. `by` is a column whose groups are told apart; `targets` limits the
    targets. `keep_aside` keeps the rows set aside. Raises `PackError`, `UsageError` or `DataError`.
    """
    names = (targets,) if isinstance(targets, str) else tuple(targets)
    boards = open_boards(
        data, rules, by=by, parameters=parameters, mapping=mapping, as_of=as_of, year=year, keep_aside=keep_aside,
        choose=lambda goals: [goals.measures[item.measure] for item in goals.select(names)],
        nothing="这个政策包没有 targets.yaml",
    )  # fmt: skip
    day = boards.as_of
    tracker = _Tracker(boards, day, year)
    found: list[Progress] = []
    for item in boards.goals.select(names):
        found += tracker.groups(item) if by else [tracker.progress(item, ALL)]
    return Tracked(boards.pack, boards, day, by, tuple(found))


class _Tracker:
    """Works out targets as of a day."""

    def __init__(self, boards: Boards, as_of: datetime.date, year: int | None) -> None:
        self.boards, self.board, self.as_of, self.wanted = boards, boards.board, as_of, year

    # --- periods ----------------------------------------------------------------------------------------------------

    def year(self, target: Target, measure: Measure) -> int | None:
        """The year of the data judged: the one asked for, else the latest up to the date; None where there are none."""
        last = self.as_of.year
        if target.kind in ("growth", "decline"):
            last = min(last, target.deadline.year)
        years = [year for year in self.board.years(measure) if year <= last]
        if self.wanted is not None:
            return min(self.wanted, last)
        return years[-1] if years else None

    def window(self, target: Target, measure: Measure, year: int | None) -> Window:
        """The rows that count towards a target."""
        if not measure.date:
            return Window(year)
        start, end = target.start, self.as_of
        if target.kind == "yearly":
            start, end = self.season(target)
            end = min(end, self.as_of)
        return Window(year, measure.date, start, end)

    def season(self, target: Target) -> tuple[datetime.date, datetime.date]:
        """The part of the period that falls into the year of the date, or the first or last year of it."""
        year = min(max(self.as_of.year, target.start.year), target.deadline.year)
        first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        return max(first, target.start), min(last, target.deadline)

    def period(self, target: Target) -> tuple[datetime.date, datetime.date]:
        """From when to when the pace of a target runs."""
        return self.season(target) if target.kind == "yearly" else (target.start, target.deadline)

    # --- one target -------------------------------------------------------------------------------------------------

    def groups(self, target: Target) -> list[Progress]:
        """A target for each group, those that lag most first."""
        measure = self.boards.goals.measures[target.measure]
        gaps = self.board.gaps(measure)
        if gaps:
            return [self.progress(target, ALL)]
        window = self.window(target, measure, self.year(target, measure))
        found = [self.progress(target, group) for group in self.board.groups(measure, window) if group is not None]
        return sorted(
            found, key=lambda one: (_WORST_FIRST.index(one.status), one.completion or Fraction(0), one.group or "")
        )

    def progress(self, target: Target, group: Group | object) -> Progress:
        """How far a target has come."""
        measure = self.boards.goals.measures[target.measure]
        year = self.year(target, measure)
        window = self.window(target, measure, year)
        value = self.board.value(measure, window, group)
        pace = elapsed(*self.period(target), self.as_of)
        goal = self.goal(target, measure, group)
        unit = self.unit(target, measure)
        shown = group if group is not ALL else None
        blank = Progress(
            target, measure, unit, shown if isinstance(shown, str) else None, year, UNKNOWN, pace, goal,
            known=value.known, rows=value.rows, gaps=value.gaps,
        )  # fmt: skip
        if value.number is None:
            return blank
        trend = self.trend(target, measure, group, year)
        last = dict(trend).get(year - 1) if year is not None else None
        found = msgspec.structs.replace(
            blank,
            now=value.number,
            actual=value.number,
            trend=trend,
            last=last,
            remarks=self.remarks(target, measure, value, year),
        )
        if target.kind in ("growth", "decline"):
            return self.rate(found, value, group)
        return self.judged(found, value, self.base(target, measure, group))

    def goal(self, target: Target, measure: Measure, group: Group | object) -> Fraction | None:
        """What is to be reached; None for a group where the target is an amount and not divided."""
        value = self.boards.pack.parameters[target.value.name].value if isinstance(target.value, Ref) else target.value
        if not isinstance(value, Quantity):
            return None
        if group is ALL:
            return value.base_value
        own = target.split.get(self.board.by, {}).get(str(group))
        if own is not None:
            return own.base_value
        rate = target.kind in ("growth", "decline", "cleared")
        per_unit = not measure.unit.dimension or any(power < 0 for _, power in measure.unit.dimension)
        return value.base_value if rate or per_unit else None

    def unit(self, target: Target, measure: Measure) -> Unit:
        """The unit in which the target was written."""
        if target.kind in ("growth", "decline"):
            return PERCENT
        value = target.value
        if isinstance(value, Quantity) and value.unit.name:
            return value.unit
        return measure.unit

    def base(self, target: Target, measure: Measure, group: Group | object) -> Fraction | None:
        """The figure compared with; None where there is none."""
        if isinstance(target.baseline, Quantity):
            return target.baseline.base_value if group is ALL else None
        if target.baseline is None or measure.date:
            return None
        if target.baseline not in self.board.years(measure):
            return None
        return self.board.value(measure, Window(target.baseline), group).number

    def trend(
        self, target: Target, measure: Measure, group: Group | object, year: int | None
    ) -> tuple[tuple[int, Fraction | None], ...]:
        """The figures of the years up to the one judged; of a ledger, what each year of the period added."""
        if measure.date:
            last = min(self.as_of, target.deadline).year
            windows = [
                (one, Window(None, measure.date, max(datetime.date(one, 1, 1), target.start),
                             min(datetime.date(one, 12, 31), self.as_of)))
                for one in range(target.start.year, last + 1)
            ]  # fmt: skip
        else:
            windows = [(one, Window(one)) for one in self.board.years(measure) if year is not None and one <= year]
        return tuple((one, self.board.value(measure, window, group).number) for one, window in windows)

    def remarks(self, target: Target, measure: Measure, value: Value, year: int | None) -> tuple[str, ...]:
        """What a reader of the figure should know."""
        found = []
        if value.known < value.rows:
            found.append(f"{value.known}/{value.rows} 行有数")
        if year is not None and year < min(self.as_of, target.deadline).year and not measure.date:
            found.append(f"数据为{year}年")
        return tuple(found)

    # --- judging ----------------------------------------------------------------------------------------------------

    def judged(self, found: Progress, value: Value, base: Fraction | None) -> Progress:
        """A level, a count or a sum, against what the pace asks for."""
        target, goal, now = found.target, found.goal, value.number
        if goal is None or now is None:
            return msgspec.structs.replace(found, base=base, status=OPEN)
        rising = target.op == ">="
        if target.kind in ("cumulative", "yearly"):
            base = None
        towards = base is not None and (base < goal if rising else base > goal)
        due: Fraction | None
        if towards and base is not None:
            due = base + (goal - base) * found.pace
        else:
            due = goal * found.pace if rising else goal
        met = now >= goal if rising else now <= goal
        start = base if towards else None
        return msgspec.structs.replace(
            found, base=base, due=due, mark=_completion(due, goal, start, rising=rising),
            completion=_completion(now, goal, start, rising=rising),
            status=self.status(found, met=met, on_pace=now >= due if rising else now <= due),
            need=None if met else _need(goal, now, found.unit, value, rising=rising),
        )  # fmt: skip

    def rate(self, found: Progress, value: Value, group: Group | object) -> Progress:
        """A yearly rise or fall, compounded from the year of the baseline."""
        target, measure, now = found.target, found.measure, value.number
        since = target.baseline
        base = self.base(target, measure, group)
        if not isinstance(since, int) or found.year is None or base is None or base <= 0:
            return msgspec.structs.replace(
                found,
                status=UNKNOWN,
                actual=None,
                gaps=(*found.gaps, f"{since}年{'、'.join(self.board.homes(measure))}数据（基期）"),
            )
        years, whole = found.year - since, target.deadline.year - since
        if years < 1 or found.goal is None or now is None:
            return msgspec.structs.replace(
                found, base=base, actual=None, gaps=(f"{since}年以后的数据",), status=UNKNOWN
            )
        rising = target.kind == "growth"
        wanted = found.goal if rising else -found.goal
        due, final = compounded(base, wanted, years), compounded(base, wanted, whole)
        rate = yearly_rate(base, now, years, _RATE_DIGITS)
        on_pace = now >= due if rising else now <= due
        met = now >= final if rising else now <= final
        return msgspec.structs.replace(
            found, base=base, due=due, actual=None if rate is None else (rate if rising else -rate),
            mark=(due - base) / (final - base) if final != base else None,
            completion=(now - base) / (final - base) if final != base else None,
            status=self.status(found, met=met, on_pace=on_pace),
            need=None if on_pace else _need(due, now, measure.unit, value, rising=rising),
            remarks=(*found.remarks, f"{since}年起 {years} 年"),
        )  # fmt: skip

    def status(self, found: Progress, *, met: bool, on_pace: bool) -> str:
        """Met, or late, or on its way; on the day of the deadline it is not yet late."""
        if met:
            return MET
        if is_over(self.period(found.target)[1], self.as_of):
            return OVERDUE
        return ON_PACE if on_pace else BEHIND


def _completion(now: Fraction, goal: Fraction, base: Fraction | None, *, rising: bool) -> Fraction | None:
    """The share of the goal that is reached; where less is better, of the way from the baseline to it."""
    if rising:
        return now / goal if goal > 0 else None
    if base is not None:
        return (base - now) / (base - goal)
    return None if now > goal else Fraction(1)


def _need(goal: Fraction, now: Fraction, unit: Unit, value: Value, *, rising: bool) -> Need:
    """What is still needed for a goal; heads are counted whole."""
    lacking = goal - now if rising else now - goal
    if value.top is None or value.bottom is None or value.part is None:
        return Need(_heads(lacking, unit), unit)
    more = goal * value.bottom - value.top if rising else value.top - goal * value.bottom
    return Need(lacking, unit, _heads(more, value.part), value.part)


def _heads(number: Fraction, unit: Unit) -> Fraction:
    return Fraction(-(-number.numerator // number.denominator)) if unit.dimension == HEADS.dimension else number
