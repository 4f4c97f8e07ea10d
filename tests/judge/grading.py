"""An independent judge of 亩均效益综合评价: plain Python over exact fractions, explicit three-valued logic.

It is written from what a method means and imports nothing of mujun, so that the two can be compared. A method is given
as plain tuples with every default spelt out. Rows are canonical (figures as fractions of one set of units); None, or
no entry, is unknown.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from .grading_method import EVERYONE, SCOPE, Condition, Cuts, Item, Leaf, Method, Move, Never, Row, Scope, Some, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Truth = bool | None

CODE, YEAR = "统一社会信用代码", "年度"
OUTSIDE, UNPLACED, UNSCORED, UNWEIGHED, UNGROUPED = "不在评价范围", "范围待核实", "缺分值", "缺修正系数", "缺分组"
"""Why an enterprise has no grade."""

DIGITS = 10


Bench = Fraction | tuple[Fraction, Fraction] | None
"""What a value is measured against: one figure, or the least and the largest."""


class Verdict(NamedTuple):
    """What the judge says of one enterprise. `points` are those counted, what stands in for a missing value included.

    `moves` are the reasons that applied, in the order of the steps; `unknown` those that could not be told. `gaps` are
    the missing figures for which an enterprise is in no scope.
    """

    scope: str | None = None
    group: tuple[Value, ...] | None = None
    exempt: tuple[str, ...] = ()
    values: Mapping[str, Fraction | None] = {}
    benchmarks: Mapping[str, Bench] = {}
    points: Mapping[str, Fraction | None] = {}
    score: Fraction | None = None
    rank: int | None = None
    before: str | None = None
    grade: str | None = None
    why: str = ""
    moves: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    gaps: frozenset[str] = frozenset()


def half_up(value: Fraction, digits: int = 0) -> Fraction:
    """四舍五入: half away from zero."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def whole(count: int, share: Fraction, rounding: str) -> int:
    """A share of so many as a number of firms, in integers."""
    top, bottom = count * share.numerator, share.denominator
    match rounding:
        case "floor":
            return top // bottom
        case "round":
            return (2 * top + bottom) // (2 * bottom)
        case _:
            return -(-top // bottom)


def ranks(scores: Sequence[Fraction]) -> list[int]:
    """The rank of each of the scores, the highest first: 1, 2, 2, 4."""
    first: dict[Fraction, int] = {}
    for place, score in enumerate(sorted(scores, reverse=True), 1):
        first.setdefault(score, place)
    return [first[score] for score in scores]


def cut(cuts: Cuts, last: str, scores: Sequence[Fraction], extra: int = 0) -> list[str]:
    """The grade of each of the scores of one ranking group, `extra` firms of which have no rank."""
    found = ranks(scores)
    ends = {rank: rank + many - 1 for rank, many in Counter(found).items()}
    count = len(scores) + (extra if cuts.base == "all" else 0)
    kept = len(scores) - min(whole(count, cuts.least, "ceil"), len(scores))
    lines = [(grade, line if cuts.by == "score" else whole(count, line, cuts.rounding)) for grade, line in cuts.lines]
    grades = []
    for rank, score in zip(found, scores, strict=True):
        place = rank if cuts.ties == "better" else ends[rank]
        if cuts.by == "score":
            grade = next((grade for grade, line in lines if score >= line), last)
        else:
            grade = next((grade for grade, line in lines if place <= line), last)
        grades.append(last if ends[rank] > kept else grade)
    return grades


class Judge:
    """A method at work on the rows of all years."""

    def __init__(self, method: Method, rows: Iterable[Row]) -> None:
        self.method = method
        self.rows = list(rows)
        self.homes = [self.home(row) for row in self.rows]
        self._benchmarks: dict[tuple[str, str, int, tuple[Value, ...]], Bench] = {}

    # --- three-valued logic ------------------------------------------------------------------------------------------

    def figure(self, row: Row, name: str) -> Value:
        """A field or indicator; a quotient is known where its divisor is above 0."""
        if name not in self.method.ratios:
            return row.get(name)
        top, bottom = self.parts(row, name)
        return None if top is None or bottom is None or bottom <= 0 else top / bottom

    def parts(self, row: Row, name: str) -> tuple[Fraction | None, Fraction | None]:
        """Dividend and divisor of an indicator, or a figure and 1."""
        if name not in self.method.ratios:
            value = row.get(name)
            return (value if isinstance(value, Fraction) else None), Fraction(1)
        dividend, divisor = self.method.ratios[name]
        return dividend(row), divisor(row) if divisor else Fraction(1)

    def holds(self, row: Row, condition: Condition | None) -> Truth:
        """Whether a condition holds, by Kleene's logic."""
        match condition:
            case None:
                return True
            case Leaf(name, op, right):
                return _compare(self.figure(row, name), op, right)
            case Never(part):
                found = self.holds(row, part)
                return None if found is None else not found
        truths = [self.holds(row, part) for part in condition.parts]
        settled = isinstance(condition, Some)
        if settled in truths:
            return settled
        return None if None in truths else not settled

    def gaps(self, row: Row, condition: Condition | None) -> set[str]:
        """The unknown figures of a condition that is unknown; each of its names stands in it once."""
        match condition:
            case None:
                return set()
            case Leaf(name):
                return {name} if self.figure(row, name) is None else set()
            case Never(part):
                return self.gaps(row, part)
        open_ = (part for part in condition.parts if self.holds(row, part) is None)
        return set[str]().union(*(self.gaps(row, part) for part in open_))

    # --- who is with whom --------------------------------------------------------------------------------------------

    def home(self, row: Row) -> tuple[Scope | None, str, frozenset[str]]:
        """The scope of a row; else why it has none, and for want of which figures."""
        for scope in self.method.scopes:
            truth = self.holds(row, scope.among)
            if truth is None:
                return None, UNPLACED, frozenset(self.gaps(row, scope.among))
            if truth:
                return scope, "", frozenset()
        return None, OUTSIDE, frozenset()

    def benchmark(self, scope: Scope, item: Item, row: Row, year: int) -> Bench:
        """What a row's value of an item is measured against."""
        against = item.benchmark
        if against.value is not None:
            return against.value
        fields = () if against.group in ((EVERYONE,), (SCOPE,)) else against.group
        key = tuple(row.get(field) for field in fields)
        if None in key:
            return None
        where = scope.name, item.name, year, key
        if where not in self._benchmarks:
            peers = [
                other
                for other, (home, *_) in zip(self.rows, self.homes, strict=True)
                if other[YEAR] == year - against.years
                and (against.group == (EVERYONE,) or home is scope)
                and tuple(other.get(field) for field in fields) == key
            ]
            self._benchmarks[where] = self.group_figure(item, peers)
        return self._benchmarks[where]

    def group_figure(self, item: Item, peers: Sequence[Row]) -> Bench:
        """Sum over sum, or the extreme values, of those who have both parts."""
        parts = [self.parts(row, item.name) for row in peers]
        known = [(top, bottom) for top, bottom in parts if top is not None and bottom is not None and bottom >= 0]
        factor = item.benchmark.factor
        if item.family == "ratio":
            divisor = sum((bottom for _, bottom in known), Fraction(0))
            figure = sum((top for top, _ in known), Fraction(0)) / divisor * factor if divisor else Fraction(0)
            return figure if figure > 0 else None
        values = [top / bottom for top, bottom in known if bottom]
        if item.family == "min-max":
            return (min(values) * factor, max(values) * factor) if values else None
        positive = [value for value in values if value > 0]
        if not positive:
            return None
        return (min(positive) if item.smaller else max(positive)) * factor

    # --- points ------------------------------------------------------------------------------------------------------

    def own_points(self, item: Item, row: Row, against: Bench) -> Fraction | None:
        """The points of a row's own value; None where there are none."""
        top, bottom = self.parts(row, item.name)
        if top is None or bottom is None or bottom < 0:
            return None
        if bottom == 0:
            return {"missing": None, "zero": Fraction(0), "full": item.weight}[item.zero_divisor]
        share = _share(item, top / bottom, against)
        if share is None:
            return None
        if item.floor is not None:
            share = max(share, item.floor)
        if item.cap is not None:
            share = min(share, item.cap)
        return share * item.weight

    def all_points(
        self, scope: Scope, own: Sequence[Mapping[str, Fraction | None]]
    ) -> list[dict[str, Fraction | None]]:
        """The points of each of a ranking group, with what stands in for those that are missing."""
        found: list[dict[str, Fraction | None]] = [{} for _ in own]
        for item in scope.items:
            have = [mine for one in own if (mine := one[item.name]) is not None]
            instead = {
                "peers": sum(have, Fraction(0)) / len(have) if have else None,
                "zero": Fraction(0),
                "full": item.weight,
                "penalty": item.penalty,
            }.get(item.missing)
            for row, points in zip(found, own, strict=True):
                row[item.name] = instead if points[item.name] is None else points[item.name]
        return found

    def score(self, scope: Scope, row: Row, points: Mapping[str, Fraction | None]) -> tuple[Fraction | None, str]:
        """The score of a row, or why it has none."""
        total = known = Fraction(0)
        for item in scope.items:
            mine = points[item.name]
            if mine is not None:
                total, known = total + mine, known + item.weight
            elif item.missing != "reweigh":
                return None, UNSCORED
        if not known:
            return None, UNSCORED
        if known != scope.total:
            total *= scope.total / known
        coefficient = scope.coefficient(row) if scope.coefficient else Fraction(1)
        if coefficient is None:
            return None, UNWEIGHED
        bonus, deduction = self.extras(scope, row)
        if scope.most_bonus is not None:
            bonus = min(bonus, scope.most_bonus)
        if scope.most_deduction is not None:
            deduction = min(deduction, scope.most_deduction)
        return half_up(total * coefficient + bonus - deduction, DIGITS), ""

    def extras(self, scope: Scope, row: Row) -> tuple[Fraction, Fraction]:
        """Bonus and deduction, both from 0 up; what is unknown adds nothing."""
        points = [step.points(row) for step in scope.steps if self.holds(row, step.when)]
        known = [one for one in points if one is not None]
        return sum((max(one, Fraction(0)) for one in known), Fraction(0)), sum(
            (max(-one, Fraction(0)) for one in known), Fraction(0)
        )

    # --- grades ------------------------------------------------------------------------------------------------------

    def move(self, row: Row, before: str | None, table: Iterable[Move]) -> tuple[str | None, tuple[str, ...]]:
        """The grade after 定档, 提档, 降档 and 一票否决, and the reasons that applied."""
        grades = self.method.grades
        applied = [move for move in self.method.moves if self.holds(row, move.when)]
        applied += [move for move in table if move.code == row[CODE]]
        grade, names = before, list[str]()
        for action in ("定档", "提档", "降档", "一票否决"):
            chosen = [move for move in applied if move.action == action]
            if not chosen or (action in ("提档", "降档") and grade not in grades):
                # Where there is no grade, none goes up or down.
                continue
            names += [move.name for move in chosen]
            if action in ("定档", "一票否决"):
                grade = max((move.to for move in chosen), key=grades.index)
            else:
                place = grades.index(str(grade)) + (-1 if action == "提档" else 1)
                grade = grades[min(max(place, 0), len(grades) - 1)]
        return grade, tuple(names)


def judge(method: Method, rows: Iterable[Row], year: int, adjustments: Iterable[Move] = ()) -> dict[str, Verdict]:
    """Judge the enterprises of `year`; rows of other years serve as its past. code -> verdict."""
    table, court = list(adjustments), Judge(method, rows)
    found: dict[str, Verdict] = {}
    groups: dict[tuple[str, tuple[Value, ...]], list[Row]] = {}
    scopes = {scope.name: scope for scope in method.scopes}
    for row, (home, why, gaps) in zip(court.rows, court.homes, strict=True):
        if row[YEAR] != year:
            continue
        if home is None:
            found[str(row[CODE])] = Verdict(why=why, gaps=gaps)
            continue
        group = tuple(row.get(field) for field in home.within)
        # Those whose group is unknown are each for themselves.
        apart = (*group, str(row[CODE])) if None in group else group
        groups.setdefault((home.name, apart), []).append(row)
    for (name, group), members in groups.items():
        scope = scopes[name]
        found |= _group(court, scope, group if len(group) == len(scope.within) else None, members, year)
    for row in court.rows:
        code = str(row[CODE])
        if row[YEAR] == year and found[code].scope is not None:
            grade, names = court.move(row, found[code].before, table)
            unknown = tuple(move.name for move in method.moves if court.holds(row, move.when) is None)
            found[code] = found[code]._replace(grade=grade, moves=names, unknown=unknown)
    return found


def _group(
    court: Judge, scope: Scope, group: tuple[Value, ...] | None, members: Sequence[Row], year: int
) -> dict[str, Verdict]:
    """The verdicts of one ranking group, before moves."""
    against = [{item.name: court.benchmark(scope, item, row, year) for item in scope.items} for row in members]
    own = [
        {item.name: court.own_points(item, row, one[item.name]) for item in scope.items}
        for row, one in zip(members, against, strict=True)
    ]
    found: dict[str, Verdict] = {}
    scores: dict[str, Fraction] = {}
    for row, one, points in zip(members, against, court.all_points(scope, own), strict=True):
        code, (score, why) = str(row[CODE]), court.score(scope, row, points)
        exempt = tuple(name for name, when in court.method.exempt if court.holds(row, when))
        values = {}
        for item in scope.items:
            top, bottom = court.parts(row, item.name)
            values[item.name] = None if top is None or bottom is None or bottom <= 0 else top / bottom
        why = "" if exempt else why or (UNGROUPED if group is None else "")
        found[code] = Verdict(
            scope.name, group, exempt, values, one, points, score, why=why,
            before=court.method.ungraded if exempt else None,
        )  # fmt: skip
        if not exempt and score is not None and group is not None:
            scores[code] = score
    extra = sum(1 for verdict in found.values() if verdict.exempt)
    grades = cut(scope.cuts, court.method.grades[-1], list(scores.values()), extra)
    for code, rank, grade in zip(scores, ranks(list(scores.values())), grades, strict=True):
        found[code] = found[code]._replace(rank=rank, before=grade)
    return found


def _compare(value: Value, op: str, right: Value | tuple[Value, ...]) -> Truth:
    if value is None:
        return None
    if op in ("=", "!="):
        return (value == right) is (op == "=")
    if op == "in":
        return isinstance(right, tuple) and value in right
    assert isinstance(value, Fraction)
    assert isinstance(right, Fraction)
    return {"<": value < right, "<=": value <= right, ">": value > right, ">=": value >= right}[op]


def _share(item: Item, value: Fraction, against: Bench) -> Fraction | None:
    """The share of the weight that a value earns, before floor and cap; None where it cannot be told."""
    if against is None:
        return None
    if isinstance(against, tuple):
        least, most = against
        if least == most:
            return Fraction(1)
        gained = (most - value if item.smaller else value - least) / (most - least)
        return item.base + (1 - item.base) * gained
    if not item.smaller:
        return value / against
    # Nothing at all used or let out is better than any benchmark; without a cap there is no number for it.
    return against / value if value > 0 else item.cap
