"""Rankings of groups: parks, towns, sectors, by level and growth together. See `rank`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mujun.errors import DataError, UsageError
from mujun.groups.boards import open_boards
from mujun.pack import load_pack
from mujun.pack.goals import Measure, Ranking
from mujun.pack.measures import lifted
from mujun.pack.policy import Pack, Scope
from mujun.pack.problems import Place, nearest
from mujun.plan.totals import Window
from mujun.quantity import Quantity

if TYPE_CHECKING:
    import datetime
    import os
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from mujun.groups.boards import Boards
    from mujun.intake.load import Data
    from mujun.intake.mapping import Columns
    from mujun.pack.goals import Goals

SPREAD, BEST = "极差", "占最优比"
"""How figures are put on one scale: by where they lie between the worst and the best, or as a share of the best."""

_HUNDRED = Fraction(100)


class Part(msgspec.Struct, frozen=True):
    """One measure of one group, in base units: its level, that of the year before, and the growth between them.

    `level_points` and `growth_points` are where these lie on the scale of 0 to 100.
    """

    measure: Measure
    level: Fraction | None
    before: Fraction | None
    growth: Fraction | None
    known: int
    rows: int
    gaps: tuple[str, ...]
    level_points: Fraction | None = None
    growth_points: Fraction | None = None


class Standing(msgspec.Struct, frozen=True):
    """Where one group stands. Without a score, since figures are missing, it has no rank."""

    group: str
    rank: int | None
    score: Fraction | None
    parts: tuple[Part, ...]
    uplifts: tuple[tuple[str, Fraction | None], ...] = ()
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    last_rank: int | None = None
    gaps: tuple[str, ...] = ()

    @property
    def change(self) -> int | None:
        """By how many places it has gone up since the year before."""
        return self.last_rank - self.rank if self.rank is not None and self.last_rank is not None else None


class Ranked(msgspec.Struct, frozen=True):
    """The result of `rank`: the groups, best first, those without a rank last. `shares` are the weights used."""

    pack: Pack
    boards: Boards
    ranking: Ranking
    by: str
    year: int | None
    standings: tuple[Standing, ...]
    level_weight: Fraction
    growth_weight: Fraction
    weights: tuple[tuple[str, Fraction], ...]
    outside: int
    """Rows whose group is not known."""
    single: bool
    """Whether groups are ranked by the level of one indicator."""

    @property
    def frame(self) -> pd.DataFrame:
        """One row per group: 名次, the group, 得分, each measure with 上年 and 增速, the uplifts, 长项, 短项, …"""
        import pandas as pd

        from mujun.groups.ranked_rows import columns, rows

        shown = columns(self)
        frame = pd.DataFrame(rows(self), columns=[column.name for column in shown])
        numbers = [column.name for column in shown if column.is_number]
        frame[numbers] = frame[numbers].astype(float)
        return frame


def rank(
    data: Data,
    rules: str | os.PathLike[str] | Pack | None = None,
    name: str = "",
    year: int | None = None,
    *,
    by: str = "",
    indicators: Iterable[str] = (),
    parameters: Mapping[str, str] | None = None,
    mapping: Columns | None = None,
    as_of: datetime.date | None = None,
    keep_aside: bool = False,
) -> Ranked:
    """Rank the groups of a ranking of the pack (by default its first), by files or a frame.

    `by` is another column to group by. `indicators` are measures, or fields and indicators of rows (then summed up, or
    sum over sum), to rank by instead: the first decides, the others are shown; ``"名称 asc"`` ranks the smallest first.
    `as_of` is 基准日, for measures that rest on it. `keep_aside` keeps the rows set aside.

    Raises `PackError`, `UsageError` or `DataError`.
    """
    pack = (rules if isinstance(rules, Pack) else load_pack(rules)).with_parameters(parameters or {})
    goals = pack.goals
    chosen = goals.ranking(name or next(iter(goals.rankings), ""))
    said = (indicators,) if isinstance(indicators, str) else tuple(indicators)
    if said:
        chosen = msgspec.structs.replace(chosen, indicators=(), note="")
    wanted = [_direction(text) for text in said or chosen.indicators]
    single = bool(wanted)
    own = [measure_of(text, pack, goals, chosen.dataset) for text, _ in wanted]
    if single:
        chosen = msgspec.structs.replace(chosen, measures={one.name: "" for one in own}, uplifts={})
    measures = own or [goals.measures[one] for one in chosen.measures]
    extra = [goals.measures[one] for parts in chosen.uplifts.values() for one, _ in parts]
    column = by or chosen.by
    boards = open_boards(
        data, pack, by=column, mapping=mapping, year=year, choose=lambda _: [*measures, *extra],
        nothing="这个排名没有口径", as_of=as_of, keep_aside=keep_aside,
    )  # fmt: skip
    ranker = _Ranker(boards, chosen, measures, [descending for _, descending in wanted], single=single)
    latest = ranker.latest(year)
    standings = ranker.standings(latest)
    if not standings:
        gaps = "、".join(dict.fromkeys(gap for one in measures for gap in boards.board.gaps(one)))
        raise DataError(f"没有可排名的{column}：缺 {gaps or column}", "请补上所缺的数据或列")
    outside = ranker.outside(latest)
    return Ranked(
        boards.pack, boards, chosen, column, latest, standings, ranker.level_weight, ranker.growth_weight,
        tuple(ranker.weights.items()), outside, single,
    )  # fmt: skip


def _direction(text: str) -> tuple[str, bool]:
    """A name, and whether the largest is first."""
    name, _, order = text.strip().partition(" ")
    if order.strip() not in ("", "asc", "desc"):
        raise UsageError(f"“{text}”的方向应为 asc 或 desc", "如 --indicator “名称 asc”（小的在前）")
    return name, order.strip() != "asc"


def measure_of(name: str, pack: Pack, goals: Goals, dataset: str) -> Measure:
    """A measure by its name, or a figure of rows made into one: a sum, or sums over sums. Raises `UsageError`."""
    if name in goals.measures:
        return goals.measures[name]
    home = pack.datasets[dataset]
    scope = Scope(home.fields, pack.parameters, pack.indicators)
    known = [*goals.measures, *home.fields, *pack.indicators]
    if name not in home.fields and name not in pack.indicators:
        raise UsageError(f"没有指标“{name}”{nearest(name, known)}", f"可用的口径：{'、'.join(goals.measures)}")
    expr = lifted(name, home, scope)
    if expr is None:
        raise UsageError(f"“{name}”不能成组计算：它不是可相加的数，也不是这样的数之比", "请在 measures.yaml 里写明口径")
    digits = pack.indicators[name].digits if name in pack.indicators else home.fields[name].digits
    return Measure(name, dataset, expr, name, scope.unit(name), digits, "", "", "", Place(Path()))


class _Ranker:
    """Works out standings, year by year."""

    def __init__(
        self, boards: Boards, ranking: Ranking, measures: Sequence[Measure], directions: Sequence[bool], *, single: bool
    ) -> None:
        self.boards, self.board, self.ranking, self.measures, self.single = (
            boards, boards.board, ranking, measures, single
        )  # fmt: skip
        self.descending = dict(zip((one.name for one in measures), directions, strict=False))
        weights = {name: Fraction(1) if single else self.weight(text) for name, text in ranking.measures.items()}
        total = sum(weights.values()) or Fraction(1)
        self.weights = {name: weight / total for name, weight in weights.items()}
        self.level_weight = Fraction(1) if single else self.weight(ranking.level)
        self.growth_weight = Fraction(0) if single else self.weight(ranking.growth)

    def weight(self, text: str) -> Fraction:
        """A weight, from a parameter or as written."""
        from mujun.quantity import parse_quantity

        if text in self.boards.pack.parameters:
            value = self.boards.pack.parameters[text].value
            return value.base_value if isinstance(value, Quantity) else Fraction(0)
        return parse_quantity(text).base_value

    def latest(self, wanted: int | None) -> int | None:
        """The year ranked: as asked for, or the latest that all measures have. Raises `UsageError`."""
        years = [set(self.board.years(one)) for one in self.measures if not self.board.gaps(one)]
        shared = sorted(set.intersection(*(found for found in years if found))) if any(years) else []
        if wanted is not None and wanted not in shared:
            raise UsageError(f"数据里没有 {wanted} 年", f"有的年度：{'、'.join(map(str, shared))}")
        return wanted if wanted is not None else (shared[-1] if shared else None)

    def groups(self, year: int | None) -> list[str]:
        """The groups of a year."""
        names = {
            group for one in self.measures if not self.board.gaps(one)
            for group in self.board.groups(one, Window(year)) if group is not None and group not in self.ranking.without
        }  # fmt: skip
        return sorted(names)

    def outside(self, year: int | None) -> int:
        """How many rows are of no group."""
        window = Window(year)
        lost = [one for one in self.measures if None in self.board.groups(one, window)]
        return max((self.board.value(one, window, None).rows for one in lost), default=0)

    # --- a year -----------------------------------------------------------------------------------------------------

    def standings(self, year: int | None) -> tuple[Standing, ...]:
        """The groups of a year, ranked, with their ranks of the year before."""
        found = self.scored(year)
        before = self.scored(year - 1) if year is not None else []
        last = {one.group: one.rank for one in before}
        found = [msgspec.structs.replace(one, last_rank=last.get(one.group)) for one in found]
        return tuple(sorted(found, key=lambda one: (one.rank is None, one.rank or 0, one.group)))

    def scored(self, year: int | None) -> list[Standing]:
        """The groups of a year with their scores and ranks."""
        names = self.groups(year)
        parts = {name: [self.part(one, year, name) for one in self.measures] for name in names}
        for index in range(len(self.measures)):
            down = self.descending.get(self.measures[index].name, True)
            level = self.scale([parts[name][index].level for name in names], down)
            growth = self.scale([parts[name][index].growth for name in names], down)
            for number, name in enumerate(names):
                parts[name][index] = msgspec.structs.replace(
                    parts[name][index], level_points=level[number], growth_points=growth[number]
                )
        uplifts = self.uplifts(year, names)
        scores = {name: self.score(parts[name]) for name in names}
        ranks = _ranks(scores)
        strong, weak = self.sides(names, parts, uplifts)
        beside = {name: tuple((key, uplifts[key][name]) for key in uplifts) for name in names}
        return [
            Standing(
                name, ranks.get(name), scores[name], tuple(parts[name]), beside[name],
                strong[name], weak[name], None, self.missing(parts[name], year),
            )
            for name in names
        ]  # fmt: skip

    def part(self, measure: Measure, year: int | None, group: str) -> Part:
        """One measure of one group."""
        value = self.board.value(measure, Window(year), group)
        before = self.board.value(measure, Window(year - 1), group).number if year is not None else None
        growth = value.number / before - 1 if value.number is not None and before is not None and before > 0 else None
        return Part(measure, value.number, before, growth, value.known, value.rows, value.gaps)

    def scale(self, numbers: Sequence[Fraction | None], descending: bool = True) -> list[Fraction | None]:
        """Figures on a scale of 0 (the worst) to 100 (the best)."""
        known = [number for number in numbers if number is not None]
        if not known:
            return [None] * len(numbers)
        low, high = min(known), max(known)
        return [None if number is None else self._points(number, low, high, descending) for number in numbers]

    def _points(self, number: Fraction, low: Fraction, high: Fraction, descending: bool) -> Fraction:
        if self.ranking.normalise == SPREAD:
            if low == high:
                return _HUNDRED
            return _HUNDRED * ((number - low) if descending else (high - number)) / (high - low)
        if descending:
            return _HUNDRED * max(number, Fraction(0)) / high if high > 0 else Fraction(0)
        return _HUNDRED * low / number if number > 0 and low > 0 else Fraction(0)

    def score(self, parts: Sequence[Part]) -> Fraction | None:
        """The weighted points of a group; None where a figure that counts is missing."""
        if self.single:
            level = parts[0].level
            return None if level is None else (level if self.descending[parts[0].measure.name] else -level)
        total = Fraction(0)
        for part in parts:
            for weight, points in ((self.level_weight, part.level_points), (self.growth_weight, part.growth_points)):
                if weight and self.weights[part.measure.name]:
                    if points is None:
                        return None
                    total += self.weights[part.measure.name] * weight * points
        return total

    def missing(self, parts: Sequence[Part], year: int | None) -> tuple[str, ...]:
        """What keeps a group from a rank."""
        found: dict[str, None] = {}
        for part in parts[:1] if self.single else parts:
            if part.level is None:
                found.update(dict.fromkeys(part.gaps or (part.measure.name,)))
            elif part.growth is None and self.growth_weight:
                before = f"{year - 1}年" if year is not None else "上年"
                found[f"{before}{part.measure.name}"] = None
        return tuple(found)

    # --- beside the score -------------------------------------------------------------------------------------------

    def uplifts(self, year: int | None, names: Sequence[str]) -> dict[str, dict[str, Fraction | None]]:
        """The uplifts of each group, 0 to 100: the mean of what is known of their measures."""
        found: dict[str, dict[str, Fraction | None]] = {}
        for key, parts in self.ranking.uplifts.items():
            columns = []
            for name, descending in parts:
                measure = self.boards.goals.measures[name]
                values = [self.board.value(measure, self.window(measure, year), group).number for group in names]
                columns.append(self.scale(values, descending))
            found[key] = {group: _mean([column[number] for column in columns]) for number, group in enumerate(names)}
        return found

    def window(self, measure: Measure, year: int | None) -> Window:
        """A year of a dated dataset is its days."""
        import datetime

        if not measure.date or year is None:
            return Window(year)
        return Window(None, measure.date, datetime.date(year, 1, 1), datetime.date(year, 12, 31))

    def sides(
        self,
        names: Sequence[str],
        parts: Mapping[str, Sequence[Part]],
        uplifts: Mapping[str, Mapping[str, Fraction | None]],
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        """In what each group is among the best third, and in what among the last."""
        strong: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
        weak = dict(strong)
        if self.single:
            return strong, weak
        aspects: dict[str, dict[str, Fraction | None]] = {}
        for index, measure in enumerate(self.measures):
            aspects[measure.name] = {name: parts[name][index].level_points for name in names}
            aspects[f"{measure.name}增速"] = {name: parts[name][index].growth_points for name in names}
        aspects.update({key: dict(one) for key, one in uplifts.items()})
        for aspect, points in aspects.items():
            ranks = _ranks(points)
            for name, place in ranks.items():
                if place is None or len(set(points.values())) < 2:
                    continue
                count = sum(one is not None for one in ranks.values())
                if place * 3 <= count:
                    strong[name] += (f"{aspect}({place})",)
                elif place * 3 > 2 * count:
                    weak[name] += (f"{aspect}({place})",)
        return strong, weak


def _ranks(scores: Mapping[str, Fraction | None]) -> dict[str, int | None]:
    """The rank of each score: the largest is 1, equal scores share theirs (1, 2, 2, 4)."""
    known = [score for score in scores.values() if score is not None]
    return {
        name: None if score is None else 1 + sum(other > score for other in known) for name, score in scores.items()
    }


def _mean(points: Sequence[Fraction | None]) -> Fraction | None:
    known = [one for one in points if one is not None]
    return sum(known, Fraction(0)) / len(known) if known else None
