"""Mujun against the judge of evaluations: scores, ranks, grades and points, of methods drawn at random and at lines."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pytest

import mujun
from mujun import sql
from mujun.plan.graded import TABLE

from . import grading_cases as cases
from . import test_grading as published
from .grading import CODE, YEAR, Verdict, cut, half_up, judge
from .grading_cases import JUDGED, Case
from .grading_draw import Draw
from .grading_method import Cuts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .grading_method import Value

F = Fraction
LONG = os.environ.get("MUJUN_LONG_TESTS") == "1"
SHOWN = F(51, 10**6)
"""How far a figure that is shown with four decimals may be off, in points."""


class Said(NamedTuple):
    """What is said of an enterprise: by mujun, or by the judge in the same words."""

    scope: str | None
    rank: int | None
    score: Fraction | None
    before: str | None
    grade: str | None


def exact(value: object) -> Fraction | None:
    """A number of a frame; None where there is none."""
    return None if value is None or pd.isna(value) else F(Decimal(str(value)))  # type: ignore[call-overload]


def word(value: object) -> str | None:
    """A text of a frame; None where there is none."""
    return value if isinstance(value, str) and value else None


def said(grades: mujun.Grades) -> dict[str, Said]:
    """What mujun says, by code; nobody twice. Scores with all their decimals, of which frames show four."""
    code, score, table = map(sql.name, (CODE, "得分", TABLE))
    scores = dict(grades.engine.run(f"SELECT {code}, {score} FROM {table}"))
    frame = grades.frame
    columns = [frame[name].tolist() for name in (CODE, "范围", "名次", "得分", "调档前等级", "等级")]
    found = {}
    for one, scope, rank, shown, before, grade in zip(*columns, strict=True):
        found[one] = Said(
            word(scope), None if pd.isna(rank) else int(rank), exact(scores[one]), word(before), word(grade)
        )
        assert near(found[one].score, exact(shown)), one
    assert len(found) == len(frame) == len(scores), "an enterprise has two rows, or none"
    return found


def meant(verdict: Verdict) -> Said:
    """What the judge says, in the same words."""
    before = None if verdict.exempt else verdict.before
    return Said(verdict.scope, verdict.rank, verdict.score, before, verdict.grade)


def near(left: Fraction | None, right: Fraction | None) -> bool:
    """Whether two figures are the same but for how they are shown."""
    if left is None or right is None:
        return left is right
    return abs(left - right) <= SHOWN + abs(left) / 10**12


def differences(expected: Mapping[str, Verdict], grades: mujun.Grades) -> list[str]:
    """What mujun says otherwise than the judge."""
    found = said(grades)
    assert found.keys() == expected.keys()
    told = []
    for code, verdict in expected.items():
        want, got = meant(verdict), found[code]
        if want != got:
            told.append(f"{code}\n  judge {want}\n  mujun {got}\n  {verdict}")
    reasons = dict(zip(grades.frame[CODE].tolist(), grades.frame["调档原因"].tolist(), strict=True))
    for code, verdict in expected.items():
        parts = (word(reasons[code]) or "").split("；")
        names = Counter(part.partition("：")[2].removesuffix("（文件）") for part in parts if part)
        if names != Counter(verdict.moves):
            told.append(f"{code}: moved for {verdict.moves}, mujun says {reasons[code]}")
    detail = grades.detail
    columns = [detail[name].tolist() for name in (CODE, "指标", "分值")]
    points = {(code, item): exact(value) for code, item, value in zip(*columns, strict=True)}
    assert len(points) == len(detail)
    for code, verdict in expected.items():
        told += [
            f"{code} {item}: judge {float(value) if value is not None else None}, mujun {points.get((code, item))}"
            for item, value in verdict.points.items()
            if not near(value, points.get((code, item)))
        ]
    return told


def grade(folder: Path, case: Case) -> mujun.Grades:
    """A case, run through mujun."""
    data, pack = case.save(folder)
    return mujun.grade(data, pack, JUDGED)


# --- drawn at random -------------------------------------------------------------------------------------------------


# DuckDB takes longer to plan a scope than to run it: few scopes at a time, many where there is time.
SCOPES, SEEDS = (5, range(400)) if LONG else (3, range(6))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_method_the_judge_agrees(seed: int, tmp_path: Path) -> None:
    """Scope, score, rank, grade before and after moves, and points are those of exact arithmetic; nobody is lost."""
    case = Draw(seed).case(SCOPES)
    expected = judge(case.method, case.rows, JUDGED, case.adjustments)
    told = differences(expected, grade(tmp_path, case))
    assert not told, f"{len(told)} differences\n" + "\n".join(told[:6])


def test_the_cases_reach_everything() -> None:
    """Every grade, every reason for none, ties and moves come up in numbers."""
    found: Counter[object] = Counter()
    for seed in SEEDS:
        case = Draw(seed).case(SCOPES)
        for verdict in judge(case.method, case.rows, JUDGED, case.adjustments).values():
            found.update((verdict.grade, verdict.why, verdict.before != verdict.grade))
            found["veto of T"] += bool(verdict.exempt) and verdict.grade != "T"
            found["score below 0"] += (verdict.score or 0) < 0
    assert all(found[kind] >= 4 for kind in found), found
    assert len(found) >= 12


# --- cuts ------------------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """A ranking group of the test of cuts: so many firms in ties of sizes, and so many more without a rank."""

    name: str
    sizes: tuple[int, ...]
    exempt: int


def lines_of(counts: Iterable[int], rng: random.Random) -> list[Line]:
    """A group of each size without ties, and one with; some have T firms."""
    found = []
    for count in counts:
        found.append(Line(f"单{count}", (1,) * count, count % 4))
        sizes: list[int] = []
        while sum(sizes) < count:
            sizes.append(min(rng.choice((1, 1, 2, 3, 7)), count - sum(sizes)))
        found.append(Line(f"同{count}", tuple(sizes), (count + 1) % 3))
    return found


KINDS = [
    Cuts((("A", F(a, 100)), ("B", F(b, 100)), ("C", F(c, 100))), "share", rounding, base, ties, least)
    for (a, b, c), rounding, base, ties, least in (
        ((20, 60, 95), "floor", "graded", "better", F(0)), ((20, 60, 95), "round", "all", "worse", F(0)),
        ((25, 70, 95), "ceil", "all", "better", F(0)), ((5, 75, 95), "floor", "all", "worse", F(1, 20)),
        ((15, 75, 95), "round", "graded", "better", F(1, 20)), ((33, 34, 100), "ceil", "graded", "worse", F(1, 10)),
    )
]  # fmt: skip


def test_classes_of_every_size_are_as_the_judge_cuts_them(tmp_path: Path) -> None:
    """Each rounding, with T firms and ties: the classes of a group are those that integers give, and nobody is lost."""
    rng = random.Random(5)  # noqa: S311 -- chance, not secrecy
    counts = {*range(1, 301 if LONG else 41), 100, 199, 275} | ({1000, 1999, 2000} if LONG else set())
    groups = lines_of(sorted(counts), rng)
    rows: list[dict[str, Value]] = []
    scopes, expected = {}, dict[str, str]()
    for number, cuts in enumerate(KINDS):
        scopes[f"范围{number}"] = {
            "among": {"类别": f"= 类{number}"}, "within": ["组"],
            "indicators": {"亩均税收": {"weight": 100, "benchmark": "10万元/亩", "missing": "ungraded"}},
            "cuts": {
                "lines": {name: cases.percent(line) for name, line in cuts.lines}, "rounding": cuts.rounding,
                "base": cuts.base, "ties": cuts.ties, "least": cases.percent(cuts.least),
            },
        }  # fmt: skip
        for group in groups:
            taxes = [F(place) for place, size in enumerate(group.sizes, 1) for _ in range(size)]
            marks = cut(cuts, "D", taxes, group.exempt)
            for tax, mark in [*zip(taxes, marks, strict=True), *((F(5), "T") for _ in range(group.exempt))]:
                code = cases.code_of(len(rows))
                expected[code] = mark
                rows.append({CODE: code, YEAR: JUDGED, "类别": f"类{number}", "组": group.name, "税收": tax,
                             "用地": F(1), "新办": mark == "T"})  # fmt: skip
    grading = {"method": "cuts", "exempt": {"新办": {"when": {"新办": "= 是"}}}, "scopes": scopes}
    path = cases.write_rows(tmp_path / "data.csv", rows, ("类别", "组", "税收", "用地", "新办"))
    frame = mujun.grade(path, cases.write_pack(tmp_path / "pack", grading), JUDGED).frame
    assert len(frame) == len(rows)
    found = dict(zip(frame[CODE].tolist(), frame["等级"].tolist(), strict=True))
    wrong = [row for row in rows if found[str(row[CODE])] != expected[str(row[CODE])]]
    assert not wrong, wrong[:5]


# --- properties ------------------------------------------------------------------------------------------------------

FIXED: dict[str, Any] = {
    "亩均税收": {"weight": 60, "benchmark": "3万元/亩", "missing": "peers", "cap": "150%"},
    "亩均增加值": {"weight": 40, "benchmark": "4万元/亩", "missing": "zero"},
}


def test_more_tax_never_costs_a_rank_or_a_grade(tmp_path: Path) -> None:
    """Where benchmarks are fixed, a firm whose tax goes up has no worse rank and no worse grade."""
    draw = Draw(11)
    firms = [draw.firm("类0", "small") | {"组": "0", "用地": F(number % 4 + 1)} for number in range(40)]
    rows: list[dict[str, Value]] = []
    for group in range(len(firms) + 1):
        for number, firm in enumerate(firms):
            row = firm | {CODE: cases.code_of(group * 100 + number), YEAR: JUDGED, "组": f"组{group}"}
            tax = row["税收"]
            if number + 1 == group and isinstance(tax, Fraction):
                row["税收"] = tax + draw.rng.choice((F(1, 100), F(1), F(3)))
            rows.append(row)
    lines = {"A": "20%", "B": "60%", "C": "95%"}
    for ties in ("better", "worse"):
        scope = {"within": ["组"], "indicators": FIXED, "cuts": {"lines": lines, "ties": ties},
                 "bonus": {"纳税": {"when": {"税收": ">= 4万元"}, "points": 2}}}  # fmt: skip
        pack = cases.write_pack(tmp_path / ties, {"method": "fixed", "scopes": {"全体": scope}})
        found = said(mujun.grade(cases.write_rows(tmp_path / "data.csv", rows), pack, JUDGED))
        raised = 0
        for number in range(len(firms)):
            before = found[cases.code_of(number)]
            after = found[cases.code_of((number + 1) * 100 + number)]
            if before.rank and after.rank and before.grade and after.grade:
                assert after.rank <= before.rank
                assert after.grade <= before.grade
                raised += after.rank < before.rank
        assert raised >= 5


def in_order(grades: mujun.Grades) -> list[dict[Any, Any]]:
    """The rows of a result."""
    return grades.frame.astype(object).where(grades.frame.notna(), None).to_dict("records")


@pytest.mark.parametrize("seed", range(100, 200 if LONG else 101))
def test_the_order_of_rows_and_columns_never_matters(seed: int, tmp_path: Path) -> None:
    """The same figures in another order give the same rows in the same order."""
    case = Draw(seed).case(SCOPES)
    data, pack = case.save(tmp_path)
    first = in_order(mujun.grade(data, pack, JUDGED))
    rng = random.Random(seed)  # noqa: S311 -- chance, not secrecy
    rows = rng.sample(case.rows, len(case.rows))
    data[0] = cases.write_rows(tmp_path / "other.csv", rows, rng.sample(cases.FIELDS, len(cases.FIELDS)))
    assert in_order(mujun.grade(data, pack, JUDGED)) == first


@pytest.mark.parametrize("seed", range(200, 300 if LONG else 201))
def test_a_firm_more_in_one_scope_changes_nothing_in_another(seed: int, tmp_path: Path) -> None:
    """Unless a benchmark is of everyone, scopes have nothing to do with one another."""
    draw = Draw(seed)
    case = draw.case(SCOPES)
    for scope in case.grading["scopes"].values():
        for item in scope["indicators"].values():
            if isinstance(item["benchmark"], dict) and item["benchmark"]["group"] == "全部":
                item["benchmark"]["group"] = "范围"
    before = said(grade(tmp_path, case))
    fresh: list[dict[str, Value]] = [
        draw.firm("类1", "small") | {CODE: cases.code_of(10_000 + number), YEAR: year}
        for number in range(6) for year in (JUDGED, JUDGED - 1)
    ]  # fmt: skip
    after = said(grade(tmp_path, case._replace(rows=[*case.rows, *fresh])))
    # Which scope a newcomer joins, not only its 类别, says whom it may concern.
    joined = {after[str(row[CODE])].scope for row in fresh}
    apart = [code for code, one in before.items() if one.scope not in joined]
    assert len(apart) >= 20
    assert {code: after[code] for code in apart} == {code: before[code] for code in apart}


# --- awkward figures -------------------------------------------------------------------------------------------------


def small_method(**item: Any) -> dict[str, Any]:
    """A method of one indicator for everyone."""
    lines = {"A": "20%", "B": "60%", "C": "95%"}
    items = {"亩均税收": {"weight": 60, "missing": "ungraded"} | item}
    scope = {"total": 60, "indicators": items, "cuts": {"lines": lines}}
    return {"method": "small", "scopes": {"全体": scope}}


def scores_of(folder: Path, grading: dict[str, Any], *rows: dict[str, Value]) -> list[Fraction | None]:
    """The scores of a few enterprises, in their order."""
    known: list[dict[str, Value]] = [
        row | {CODE: cases.code_of(number), YEAR: JUDGED} for number, row in enumerate(rows)
    ]
    found = said(mujun.grade(cases.write_rows(folder / "data.csv", known), cases.write_pack(folder, grading), JUDGED))
    return [found[cases.code_of(number)].score for number in range(len(rows))]


def test_firms_in_proportion_are_alike(tmp_path: Path) -> None:
    """Quotients of other terms are equal: nobody of such a group is behind, in min-max and in best."""
    tax, land = F("74750817.831998"), F("691677.782289")
    rows: list[dict[str, Value]] = [{"税收": tax * times, "用地": land * times} for times in (1, 3, 7)]
    for family in ("min-max", "best"):
        grading = small_method(formula=family, benchmark={"group": "范围"})
        assert scores_of(tmp_path, grading, *rows) == [F(60)] * 3


def test_no_group_of_last_year_is_no_benchmark(tmp_path: Path) -> None:
    """Where nobody of the group was there the year before, a value has no points of its own in any family."""
    row: dict[str, Value] = {"税收": F(3), "用地": F(1), "园区": "甲"}
    for family in ("ratio", "min-max", "best"):
        grading = small_method(formula=family, benchmark={"group": ["园区"], "year": -1})
        assert scores_of(tmp_path, grading, row, row) == [None, None]


def test_an_unknown_group_is_no_group(tmp_path: Path) -> None:
    """Those without a park are not measured against one another, nor by the peers of no group."""
    rows: list[dict[str, Value]] = [{"税收": F(tax), "用地": F(1), "园区": park} for tax, park in
                                    ((3, "甲"), (1, "甲"), (5, None), (5, None))]  # fmt: skip
    grading = small_method(benchmark={"group": ["园区"]})
    assert scores_of(tmp_path, grading, *rows) == [F(90), F(30), None, None]


def test_deductions_count_down_however_the_score_is_reckoned(tmp_path: Path) -> None:
    """Several deductions without a limit are taken off, where a score lies on a rounding line too."""
    grading = small_method(benchmark="3万元/亩")
    grading["scopes"]["全体"]["bonus"] = {
        "出租": {"points": "-5 * max(0, 户数 - 1)"}, "欠税": {"when": {"欠税": "= 是"}, "points": -3.5},
    }  # fmt: skip
    rows: list[dict[str, Value]] = [
        {"税收": F(3) + F(step, 10**6), "用地": F(400_000), "户数": F(3), "欠税": True} for step in range(8)
    ]
    expected = [(F(3) + F(step, 10**6)) / 400_000 * 20 - F(27, 2) for step in range(8)]
    assert scores_of(tmp_path, grading, *rows) == [half_up(one, 10) for one in expected]


# --- published figures -----------------------------------------------------------------------------------------------

LISHUI = Path(__file__).parents[2] / "samples" / "lishui-2019"


@pytest.mark.parametrize(("year", "score"), [(2021, "60.343763"), (2022, "60.943561")])
def test_huangyan_benchmarks_on_the_figures_of_lishui(year: int, score: str, tmp_path: Path) -> None:
    """The ten areas rank and score as the judge has them, and the city's means as arithmetic by hand has it."""
    method, rows = published.huangyan(year), published.areas()
    means = [*published.CITY.values()]
    text = (LISHUI / "areas.csv").read_text(encoding="utf-8-sig").rstrip("\n")
    # In the order of the file: 研发占比 before 劳动生产率, and in per cent.
    cells = [*means[:4], means[5] * 100, means[4]]
    (tmp_path / "areas.csv").write_text(f"{text}\n全市,942,{','.join(map(cases.decimal, cells))}\n", encoding="utf-8")
    pack = tmp_path / "rules"
    shutil.copytree(LISHUI / "rules", pack)
    (pack / "grading.yaml").unlink(missing_ok=True)
    units = ("万元/亩", "万元/亩", "万元/吨标煤", "万元/吨", "万元/人·年", "")
    items = {
        item.name: {"weight": int(item.weight), "benchmark": cases.decimal(item.benchmark.value or F(0)) + unit,
                    "missing": "peers"}
        for item, unit in zip(method.scopes[0].items, units, strict=True)
    }  # fmt: skip
    lines = {"A": "20%", "B": "60%", "C": "95%"}
    scopes = {"全体": {"indicators": items, "cuts": {"lines": lines}}}
    cases.write_yaml(pack / "grading.yaml", {"method": "huangyan", "scopes": scopes})
    grades = mujun.grade(tmp_path / "areas.csv", pack)
    query = f"SELECT {sql.name('企业名称')}, {sql.name('得分')} FROM {sql.name(TABLE)}"
    found = {name: exact(value) for name, value in grades.engine.run(query)}
    expected = judge(method, [*rows, {CODE: "全市", YEAR: 2019, **published.CITY}], 2019)
    assert found == {name: verdict.score for name, verdict in expected.items()}
    assert round(float(found["全市"] or 0), 6) == float(score)
