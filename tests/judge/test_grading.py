"""The judge of evaluations by itself: published figures, cuts in integers, each policy worked out by hand."""

from __future__ import annotations

import csv
import os
import random
from fractions import Fraction
from itertools import accumulate, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import grading
from .grading import CODE, YEAR, Verdict, judge
from .grading_method import EVERYONE, Benchmark, Cuts, Item, Leaf, Method, Move, Never, Scope, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .grading_method import Formula, Row, Value

F = Fraction
LONG = os.environ.get("MUJUN_LONG_TESTS") == "1"
CUTS = Cuts((("A", F(1, 5)), ("B", F(3, 5)), ("C", F(19, 20))))
SAMPLE = Path(__file__).parents[2] / "samples" / "lishui-2019" / "areas.csv"


def field(name: str) -> Formula:
    """The figure of a row as a formula."""

    def read(row: Row) -> Fraction | None:
        value = row.get(name)
        return value if isinstance(value, Fraction) else None

    return read


PER_MU = {"亩均税收": (field("税收"), field("用地面积"))}


def firm(code: str, year: int = 2023, /, **figures: Value) -> dict[str, Value]:
    """A row; whole numbers are figures."""
    exact = {name: F(value) if type(value) is int else value for name, value in figures.items()}
    return {CODE: code, YEAR: year, **exact}


def firms(**taxes: Value) -> list[dict[str, Value]]:
    """Enterprises on one 亩 each, by their tax."""
    return [firm(code, 税收=tax, 用地面积=1) for code, tax in taxes.items()]


def method(*items: Item, cuts: Cuts = CUTS, **more: Any) -> Method:
    """A method of one scope; `more` are parts of the scope, or of the method."""
    of_scope = {name: more.pop(name) for name in list(more) if name in Scope._fields}
    scope = Scope("规上", None, items, cuts)._replace(
        **{"total": sum((item.weight for item in items), F(0))} | of_scope
    )
    return Method((scope,), ratios=PER_MU)._replace(**more)


def scores(found: Mapping[str, Verdict]) -> dict[str, Fraction | None]:
    """Code -> score."""
    return {code: verdict.score for code, verdict in found.items()}


# --- published figures ----------------------------------------------------------------------------------------------

NAMES = ("亩均税收", "亩均增加值", "单位能耗增加值", "单位排放增加值", "劳动生产率", "研发占比")
WEIGHTS = (30, 20, 20, 10, 10, 10)
HUANGYAN = {
    2021: ("26.01", "132.27", "2.54", "4861.08", "17.45", "0.0305"),
    2022: ("24.097", "136.16", "2.694", "4929.81", "18.14", "0.0302"),
}
CITY = dict(zip(NAMES, map(F, ("18.9", "73.71", "1.14", "611.55", "16.45", "0.0236")), strict=True))


def huangyan(year: int) -> Method:
    """黄岩's published method over figures as published."""
    items = zip(NAMES, WEIGHTS, HUANGYAN[year], strict=True)
    return method(*(Item(name, F(weight), benchmark=Benchmark(F(line))) for name, weight, line in items))._replace(
        ratios={}
    )


def areas() -> list[dict[str, Value]]:
    """The ten areas of 丽水 as the sample has them; "/" is unknown."""
    headers = ("亩均税收", "亩均增加值", "单位能耗增加值", "单位排放增加值", "R&D经费支出占比", "全员劳动生产率")
    names = dict(zip(headers, (*NAMES[:4], "研发占比", "劳动生产率"), strict=True))
    found = []
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            figures: dict[str, Value] = {CODE: row["区县"], YEAR: 2019}
            for header, cell in row.items():
                name = names.get(header.split("(")[0])
                if name and cell != "/":
                    figures[name] = F(cell) / (100 if "%" in header else 1)
            found.append(figures)
    return found


@pytest.mark.parametrize(("year", "score"), [(2021, "60.343763"), (2022, "60.943561")])
def test_huangyan_benchmarks_on_the_means_of_lishui(year: int, score: str) -> None:
    """The published method on published means gives the score that hand arithmetic gives."""
    found = judge(huangyan(year), [{CODE: "全市", YEAR: 2019, **CITY}], 2019)["全市"].score
    assert found is not None
    assert grading.half_up(found, 6) == F(score)


def test_ten_areas_have_scores_and_none_is_taken_for_zero() -> None:
    """Areas without published emissions get the mean points of those with them, and each has a rank."""
    found = judge(huangyan(2021), areas(), 2019)
    published = [
        F(x) / F("4861.08") * 10 for x in ("1119.07", "365.47", "409.73", "392.11", "173.53", "786.86", "1445.33")
    ]
    mean = sum(published, F(0)) / 7
    for name in ("缙云县", "青田县", "松阳县"):
        assert found[name].points["单位排放增加值"] == mean
        assert found[name].values["单位排放增加值"] is None
    assert sorted(verdict.rank or 0 for verdict in found.values()) == list(range(1, 11))
    assert found["莲都区"].rank == 1


# --- cuts ------------------------------------------------------------------------------------------------------------

SHARES = ((20, 60, 95), (25, 70, 95), (15, 75, 95), (5, 75, 95), (33, 34, 100), (1, 50, 99))
ROUNDINGS = ("floor", "round", "ceil")


def in_integers(count: int, percent: int, rounding: str) -> int:
    """So many hundredths of a count of firms."""
    return (count * percent + {"floor": 0, "round": 50, "ceil": 99}[rounding]) // 100


def cuts_of(percents: Sequence[int], **more: Any) -> Cuts:
    """Cuts at so many hundredths."""
    return Cuts(tuple(zip("ABC", (F(percent, 100) for percent in percents), strict=True)))._replace(**more)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_share_of_any_number_of_firms_is_what_integers_say(rounding: str) -> None:
    """For every n up to 2,000 a line falls where integer arithmetic puts it, and no line above a better one's."""
    for percents in SHARES:
        for count in range(1, 2001):
            lines = [grading.whole(count, F(percent, 100), rounding) for percent in percents]
            assert lines == [in_integers(count, percent, rounding) for percent in percents]
            assert 0 <= lines[0] <= lines[1] <= lines[2] <= count


@pytest.mark.parametrize(("rounding", "base"), list(product(ROUNDINGS, ("graded", "all"))))
def test_classes_are_as_large_as_the_lines_say(rounding: str, base: str) -> None:
    """Without ties the classes of n firms, with T firms or without, have the sizes of the lines; nobody is lost."""
    step = 1 if LONG else 13
    for count in [*range(1, 100), *range(100, 2001, step)]:
        percents, extra = SHARES[count % len(SHARES)], count % 7
        base_count = count + (extra if base == "all" else 0)
        grades = grading.cut(cuts_of(percents, rounding=rounding, base=base), "D", [F(-i) for i in range(count)], extra)
        ends = [min(in_integers(base_count, percent, rounding), count) for percent in percents]
        assert [grades.count(grade) for grade in "ABCD"] == [
            ends[0], ends[1] - ends[0], ends[2] - ends[1], count - ends[2],
        ]  # fmt: skip
        assert grades == sorted(grades)


@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=30),
    percents=st.sampled_from(SHARES),
    rounding=st.sampled_from(ROUNDINGS),
    ties=st.sampled_from(("better", "worse")),
    least=st.sampled_from((F(0), F(1, 20), F(1, 3), F(1))),
    extra=st.integers(0, 9),
)
def test_ties_stay_together(
    sizes: list[int], percents: Sequence[int], rounding: str, ties: str, least: Fraction, extra: int
) -> None:
    """Firms that tie share a grade: the better or the worse of the line they lie across, the last one at the end."""
    cuts = cuts_of(percents, rounding=rounding, ties=ties, least=least, base="all")
    count, ends = sum(sizes), list(accumulate(sizes))
    grades = grading.cut(cuts, "D", [F(-i) for i, size in enumerate(sizes) for _ in range(size)], extra)
    assert len(grades) == count
    for end, size in zip(ends, sizes, strict=True):
        assert len(set(grades[end - size : end])) == 1
    kept = count - min(-(-(count + extra) * least.numerator // least.denominator), count)
    # Where the last of those to be kept above the last grade lies in a tie, the whole tie falls.
    kept = max((end for end in ends if end <= kept), default=0)
    for number, percent in enumerate(percents, 1):
        line = min(in_integers(count + extra, percent, rounding), count)
        whole = [end for end in (0, *ends) if end <= line]
        size = whole[-1] if ties == "worse" or whole[-1] == line else ends[len(whole) - 1]
        assert sum(grade in "ABC"[:number] for grade in grades) == min(size, kept)


def test_lines_of_score_are_reached_by_the_score_itself() -> None:
    """A score on a line has the grade of the line; a least share of the last grade takes from the others."""
    lines = Cuts((("A", F(90)), ("B", F(70)), ("C", F(50))), by="score")
    at = [F(95), F(90), F(90) - F(1, 10**12), F(70), F(50), F(49)]
    assert "".join(grading.cut(lines, "D", at)) == "AABBCD"
    assert "".join(grading.cut(lines._replace(least=F(1, 3)), "D", at)) == "AABBDD"


# --- scopes ----------------------------------------------------------------------------------------------------------


def test_an_enterprise_is_in_the_first_scope_that_holds() -> None:
    """None holds: outside; an earlier one is unknown: nowhere, and the missing figure is named."""
    item = Item("亩均税收", F(100), benchmark=Benchmark(F(10)))
    large = Scope("规上", Leaf("规上", "=", True), (item,), CUTS)
    big = Scope("大户", Leaf("用地面积", ">=", F(3)), (item,), CUTS)
    rows = [
        firm("a", 规上=True, 税收=5, 用地面积=9), firm("b", 规上=False, 税收=5, 用地面积=9),
        firm("c", 税收=5, 用地面积=9), firm("d", 规上=False, 税收=5), firm("e", 规上=False, 税收=5, 用地面积=1),
    ]  # fmt: skip
    found = judge(Method((large, big), ratios=PER_MU), rows, 2023)
    assert [found[code].scope for code in "abcde"] == ["规上", "大户", None, None, None]
    assert [found[code].why for code in "cde"] == [grading.UNPLACED, grading.UNPLACED, grading.OUTSIDE]
    assert (found["c"].gaps, found["d"].gaps) == (frozenset({"规上"}), frozenset({"用地面积"}))


# --- values, benchmarks, points --------------------------------------------------------------------------------------


def points(item: Item, rows: Iterable[Row], year: int = 2023) -> dict[str, Fraction | None]:
    """Code -> points of the one item."""
    found = judge(method(item), rows, year)
    return {code: verdict.points.get(item.name) for code, verdict in found.items()}


def test_a_group_is_measured_sum_by_sum() -> None:
    """The benchmark is what the group has together: zero divisors, negative dividends and exempt firms count."""
    rows = [
        firm("a", 税收=10, 用地面积=2, 免=True), firm("b", 税收=-4, 用地面积=1), firm("c", 税收=3, 用地面积=0),
        firm("d", 税收=100, 用地面积=-5), firm("e", 税收=100), firm("f", 用地面积=50),
    ]  # fmt: skip
    item = Item("亩均税收", F(30), missing="zero", floor=F(0))
    rule = method(item, exempt=(("新办", Leaf("免", "=", True)),))
    found = judge(rule, rows, 2023)
    assert found["a"].benchmarks == {"亩均税收": F(9, 3)}
    assert found["a"].points == {"亩均税收": F(50)}
    assert (found["a"].grade, found["a"].rank, found["a"].score) == ("T", None, F(50))
    assert {found[code].points["亩均税收"] for code in "bcdef"} == {F(0)}
    double = item._replace(benchmark=Benchmark(factor=F(2)), floor=None)
    assert points(double, rows)["b"] == F(-4) / 6 * 30


def test_the_year_before_is_judged_by_its_own_rows() -> None:
    """A benchmark of the year before takes those who were in the scope and the group then."""
    rows = [
        firm("a", 税收=10, 用地面积=1, 园区="甲"), firm("b", 税收=8, 用地面积=1, 园区="乙"),
        firm("a", 2022, 税收=4, 用地面积=1, 园区="乙"), firm("x", 2022, 税收=6, 用地面积=1, 园区="甲"),
        firm("y", 2022, 税收=6, 用地面积=2, 园区="甲", 关=True), firm("z", 2021, 税收=1, 用地面积=1, 园区="甲"),
        firm("c", 税收=8, 用地面积=1, 园区="丙"), firm("d", 税收=8, 用地面积=1),
    ]  # fmt: skip
    item = Item("亩均税收", F(10), benchmark=Benchmark(group=("园区",), years=1), missing="zero")
    assert points(item, rows) == {"a": F(10) / 4 * 10, "b": F(20), "c": F(0), "d": F(0)}
    assert points(item._replace(benchmark=Benchmark(years=1)), rows)["a"] == F(25)
    marked = [row | {"关": row.get("关", False)} for row in rows]
    closed = method(item._replace(benchmark=Benchmark(years=1)), among=Never(Leaf("关", "=", True)))
    assert judge(closed, marked, 2023)["a"].benchmarks == {"亩均税收": F(5)}
    everyone = item._replace(benchmark=Benchmark(group=(EVERYONE,), years=1))
    assert points(everyone, rows)["a"] == F(25)


def test_min_max_and_best() -> None:
    """The families by their formulas, in both directions, with equal extremes and with values of zero and below."""
    rows = firms(a=10, b=4, c=0, d=-10, e=None)
    spread = Item("亩均税收", F(20), "min-max", base=F(1, 5), missing="ungraded")
    assert points(spread, rows) == {"a": F(20), "b": F(76, 5), "c": F(12), "d": F(4), "e": None}
    assert points(spread._replace(smaller=True), rows) == {"a": 4, "b": F(44, 5), "c": 12, "d": 20, "e": None}
    assert points(spread, firms(a=3, b=3, e=None)) == {"a": F(20), "b": F(20), "e": None}
    best = Item("亩均税收", F(20), "best", missing="penalty", penalty=F(-3))
    assert points(best, rows) == {"a": F(20), "b": F(8), "c": F(0), "d": F(0), "e": F(-3)}
    least = best._replace(smaller=True)
    assert points(least, rows) == {"a": F(8), "b": F(20), "c": F(-3), "d": F(-3), "e": F(-3)}
    assert points(least._replace(cap=F(3, 2)), rows)["c"] == 30
    assert points(best, firms(a=0, b=-1)) == {"a": F(-3), "b": F(-3)}


def test_ratio_floor_and_cap() -> None:
    """Points are kept within floor and cap; where smaller is better zero earns the cap, or counts as missing."""
    item = Item("亩均税收", F(20), benchmark=Benchmark(F(5)), floor=F(1, 10), cap=F(3, 2), missing="full")
    rows = firms(a=10, b=4, c=0, d=-1)
    assert points(item, rows) == {"a": F(30), "b": F(16), "c": F(2), "d": F(2)}
    assert points(item._replace(floor=None, cap=None), rows) == {"a": F(40), "b": F(16), "c": F(0), "d": F(-4)}
    assert points(item._replace(smaller=True), rows) == {"a": F(10), "b": F(25), "c": F(30), "d": F(30)}
    assert points(item._replace(smaller=True, cap=None), rows)["c"] == 20


def test_no_divisor_at_all() -> None:
    """A divisor of exactly zero gets what the method says; an unknown one what missing values get."""
    rows = [firm("a", 税收=5, 用地面积=0), firm("b", 税收=5), firm("c", 税收=5, 用地面积=1)]
    item = Item("亩均税收", F(20), benchmark=Benchmark(F(10)), missing="penalty", penalty=F(-1))
    for zero, expected in (("missing", -1), ("zero", 0), ("full", 20)):
        assert points(item._replace(zero_divisor=zero), rows) == {"a": F(expected), "b": F(-1), "c": F(10)}


# --- missing ---------------------------------------------------------------------------------------------------------

TWO = (
    Item("亩均税收", F(60), benchmark=Benchmark(F(10)), missing="reweigh"),
    Item("研发占比", F(40), benchmark=Benchmark(F(1, 10)), missing="reweigh"),
)


def test_what_missing_values_get() -> None:
    """Other weights stand in, or peers of the same group, or nothing does."""
    rows = [
        firm("a", 税收=5, 用地面积=1, 研发占比=F(1, 10), 组="一"), firm("b", 税收=5, 用地面积=1, 组="一"),
        firm("c", 研发占比=F(1, 20), 组="一"), firm("d", 组="一"), firm("e", 税收=5, 用地面积=1, 组="二"),
    ]  # fmt: skip
    assert scores(judge(method(*TWO), rows, 2023)) == {"a": F(70), "b": F(50), "c": F(50), "d": None, "e": F(50)}
    peers = [item._replace(missing="peers") for item in TWO]
    found = scores(judge(method(*peers, within=("组",)), rows, 2023))
    assert found == {"a": F(70), "b": F(60), "c": F(50), "d": F(60), "e": None}
    strict = [TWO[0]._replace(missing="ungraded"), TWO[1]]
    assert scores(judge(method(*strict), rows, 2023)) == {"a": F(70), "b": F(50), "c": None, "d": None, "e": F(50)}


def test_scores_are_rounded_and_then_tie() -> None:
    """1/3 + 2/3 and 1 are the same score, whatever fractions they are the sum of."""
    items = [Item(name, F(1), benchmark=Benchmark(F(3)), missing="zero") for name in ("甲", "乙")]
    rows = [firm("a", 甲=1, 乙=2), firm("b", 甲=3, 乙=0), firm("c", 甲=1, 乙=1)]
    found = judge(method(*items)._replace(ratios={}), rows, 2023)
    assert [found[code].rank for code in "abc"] == [1, 1, 3]
    assert found["c"].score == F(6_666_666_667, 10**10)


# --- coefficient, bonus, deduction -----------------------------------------------------------------------------------


def test_coefficient_first_then_bonus_and_deduction_within_their_limits() -> None:
    """Sum x coefficient + bonus - deduction; without a known coefficient no score; an unknown bonus adds nothing."""
    steps = (
        Step("高新", Leaf("高新", "=", True), lambda _: F(8)),
        Step("品牌", None, lambda row: F(4) if row.get("品牌") else None),
        Step("出租", None, lambda row: -5 * (field("户数")(row) or F(0))),
    )
    item = Item("亩均税收", F(100), benchmark=Benchmark(F(10)), missing="zero")
    rule = method(item, steps=steps, most_bonus=F(10), most_deduction=F(12), coefficient=field("系数"))
    rows = [
        firm("a", 税收=5, 用地面积=1, 系数=F(3, 2), 高新=True, 品牌="有"),
        firm("b", 税收=5, 用地面积=1, 系数=1, 户数=2),
        firm("c", 税收=5, 用地面积=1, 系数=1, 户数=3, 高新=True), firm("d", 税收=5, 用地面积=1, 高新=True),
    ]  # fmt: skip
    found = judge(rule, rows, 2023)
    assert scores(found) == {"a": F(85), "b": F(40), "c": F(46), "d": None}
    assert found["d"].why == grading.UNWEIGHED


# --- moves -----------------------------------------------------------------------------------------------------------


def test_grades_move_in_the_order_of_the_steps() -> None:
    """Fixed, up, down, vetoed: one up at most and one down, the worst of several, nothing beyond the ends."""
    item = Item("亩均税收", F(100), benchmark=Benchmark(F(10)), missing="ungraded")
    moves = (
        Move("高新", "提档", when=Leaf("高新", "=", True)), Move("品牌", "提档", when=Leaf("品牌", "=", True)),
        Move("欠税", "降档", when=Leaf("欠税", "=", True)), Move("事故", "一票否决", "D", Leaf("事故", "=", True)),
        Move("龙头", "定档", "A", Leaf("龙头", "=", True)), Move("整治", "定档", "C", Leaf("整治", "=", True)),
    )  # fmt: skip
    by_score = Cuts((("A", F(90)), ("B", F(70)), ("C", F(50))), by="score")
    cases: dict[str, tuple[int | None, dict[str, Value], str | None]] = {
        "two up is one up": (60, {"高新": True, "品牌": True}, "B"),
        "not above the first": (95, {"高新": True}, "A"),
        "not below the last": (5, {"欠税": True}, "D"),
        "up and down": (95, {"高新": True, "欠税": True}, "B"),
        "down after up": (5, {"高新": True, "欠税": True}, "D"),
        "the worst of the fixed": (5, {"龙头": True, "整治": True}, "C"),
        "fixed and then up": (5, {"整治": True, "品牌": True}, "B"),
        "veto last": (95, {"龙头": True, "高新": True, "事故": True}, "D"),
        "unknown does not move": (95, {}, "A"),
        "no grade, none moved": (None, {"高新": True}, None),
        "no grade, vetoed": (None, {"事故": True}, "D"),
        "exempt": (95, {"免": True, "欠税": True}, "T"),
        "exempt, vetoed": (95, {"免": True, "事故": True}, "D"),
        "exempt, fixed": (5, {"免": True, "龙头": True}, "A"),
        "exempt, fixed, then down": (5, {"免": True, "龙头": True, "欠税": True}, "B"),
        "by the table": (95, {}, "B"),
    }
    rows = []
    for name, (score, facts, _) in cases.items():
        tax = F(score, 10) if score is not None else None
        known = (
            facts if name == "unknown does not move" else dict.fromkeys(("高新", "品牌", "欠税", "事故"), False) | facts
        )
        rows.append(firm(name, 税收=tax, 用地面积=1) | known)
    rule = method(item, cuts=by_score, moves=moves, exempt=(("免", Leaf("免", "=", True)),))
    found = judge(
        rule, rows, 2023, [Move("信用", "降档", code="by the table"), Move("无此企业", "提档", code="nobody")]
    )
    assert {name: verdict.grade for name, verdict in found.items()} == {
        name: want for name, (*_, want) in cases.items()
    }
    assert found["unknown does not move"].unknown == ("高新", "品牌", "欠税", "事故", "龙头", "整治")
    assert found["by the table"].before == "A"
    assert found["veto last"].moves == ("龙头", "高新", "事故")


# --- against a library -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["min-max", "best"])
def test_scores_and_ranks_are_those_of_a_library(family: str) -> None:
    """Weighted sums over min-max and linear normalisation, and their ranks, are the same in pymcdm."""
    # Slow to import, and needed nowhere else.
    import numpy as np
    from pymcdm import normalizations  # type: ignore[import-untyped]
    from pymcdm.helpers import rankdata  # type: ignore[import-untyped]
    from pymcdm.methods import WSM  # type: ignore[import-untyped]

    rng = random.Random(7)  # noqa: S311 -- chance, not secrecy
    normal = {"min-max": normalizations.minmax_normalization, "best": normalizations.linear_normalization}[family]
    for _ in range(30):
        kinds = [rng.random() < 0.4 for _ in range(rng.randint(2, 6))]
        weights = [rng.randint(1, 40) for _ in kinds]
        table = [[rng.randint(1, 10**6) for _ in kinds] for _ in range(rng.randint(2, 40))]
        items = [
            Item(str(i), F(weight), family, smaller)
            for i, (weight, smaller) in enumerate(zip(weights, kinds, strict=True))
        ]
        rows = [firm(str(n)) | {str(i): F(x) for i, x in enumerate(line)} for n, line in enumerate(table)]
        found = judge(method(*items)._replace(ratios={}), rows, 2023)
        directions = np.array([-1 if smaller else 1 for smaller in kinds])
        theirs = WSM(normal)(np.array(table, float), np.array(weights) / sum(weights), directions) * sum(weights)
        ours = [float(found[str(n)].score or 0) for n in range(len(table))]
        assert ours == pytest.approx(list(theirs), rel=1e-9)
        assert [found[str(n)].rank for n in range(len(table))] == list(rankdata(np.round(theirs, 9), reverse=True))
