"""Mujun against the judge: every outcome, rank, proposed route and missing figure, on and beside every line."""

from __future__ import annotations

import csv
import gc
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mujun

from . import cases, judge
from .cases import CODE, COMPANY, JUDGED, YEAR, Cells, Form
from .judge import Value, Verdict

if TYPE_CHECKING:
    from pathlib import Path

Verdicts = Mapping[tuple[str, str], Verdict]


# --- comparing ------------------------------------------------------------------------------------------------------


def said(evaluation: mujun.Evaluation) -> dict[tuple[str, str], Verdict]:
    """What mujun says, in the judge's words."""
    frame = evaluation.outcomes
    columns = [frame[name].tolist() for name in (CODE, "清单", "结论", "名次", "建议处置", "缺少")]
    found = {}
    for code, name, outcome, rank, route, missing in zip(*columns, strict=True):
        names = missing.split("、") if isinstance(missing, str) else []
        assert len(names) == len(set(names)), f"{code} {name}: named twice: {missing}"
        found[code, name] = Verdict(
            outcome, None if pd.isna(rank) else int(rank), route if isinstance(route, str) else None, frozenset(names)
        )
    assert len(found) == len(frame), "an enterprise has two rows on one list"
    return found


def differences(expected: Verdicts, found: Verdicts, rows: Iterable[Mapping[str, Any]]) -> str:
    """What differs, counted by list and aspect, with the first few cases and their rows; empty where nothing does."""
    if expected == found:
        return ""
    counts: Counter[str] = Counter()
    first: list[tuple[str, str]] = []
    for key in sorted(expected.keys() | found.keys()):
        want, got = expected.get(key), found.get(key)
        if want == got:
            continue
        aspects = [a for a in Verdict._fields if want is None or got is None or getattr(want, a) != getattr(got, a)]
        fresh = [aspect for aspect in aspects if not counts[f"{key[1]} {aspect}"]]
        counts.update(f"{key[1]} {aspect}" for aspect in aspects)
        if fresh or len(first) < 4:
            first.append(key)
    lines = [f"{sum(counts.values())} differences: {dict(counts)}"]
    for code, name in first[:8]:
        lines += [f"{code} {name}", f"  judge {expected.get((code, name))}", f"  mujun {found.get((code, name))}"]
        lines += [f"  {dict(row)}" for row in rows if row[CODE] == code]
    return "\n".join(lines)


def order_faults(evaluation: mujun.Evaluation, expected: Verdicts) -> list[str]:
    """Lists whose rows do not stand in the order of the judge's ranks, and within a tie of the credit codes."""
    members: dict[str, list[tuple[int, str]]] = {name: [] for name in judge.LISTS}
    for (code, name), verdict in expected.items():
        if verdict.rank is not None:
            members[name].append((verdict.rank, code))
    yes = evaluation.outcomes.query("结论 == '是'")
    faults = []
    for name, wanted in members.items():
        wanted.sort()
        shown, rows = evaluation.lists[name], yes[yes["清单"] == name]
        if list(zip(shown["名次"].tolist(), shown[CODE].tolist(), strict=True)) != wanted:
            faults.append(f"the list {name}")
        if rows[CODE].tolist() != [code for _, code in wanted]:
            faults.append(f"the outcomes of {name}")
    return faults


# --- a hundred thousand enterprises ---------------------------------------------------------------------------------


@pytest.fixture
def unwatched() -> Iterator[None]:
    """Millions of small objects live until the end: no use in the collector walking them over and over."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("unwatched")
@pytest.mark.parametrize(
    ("forms", "seed"),
    [pytest.param(cases.CANONICAL, 20210523, id="万元-亩"), pytest.param(cases.BUREAU, 20210622, id="元-㎡")],
)
def test_a_hundred_thousand_enterprises_come_out_as_the_judge_says(
    forms: cases.Forms, seed: int, tmp_path: Path
) -> None:
    """Every outcome, rank, route and missing figure is what exact arithmetic and three-valued logic make of the row."""
    rows = cases.table(forms, 100_000, with_past=20_000, seed=seed)
    path = cases.write(tmp_path / "enterprises.csv", forms, rows, ("", "", "", "", "", "-", "/", "N/A"), seed)
    expected = judge.judge(cases.canonical(forms, rows), JUDGED)
    assert_covers(expected)
    evaluation = mujun.evaluate(path, year=JUDGED, lists=judge.LISTS, official_grades=True)
    assert (evaluation.loaded.used, evaluation.loaded.set_aside, evaluation.loaded.merged) == (len(rows), 0, 0)
    told = differences(expected, said(evaluation), rows)
    assert not told, told
    assert not order_faults(evaluation, expected)


def assert_covers(expected: Verdicts) -> None:
    """The cases reach every outcome of every list and every route in numbers, and ranks tie."""
    outcomes = Counter((name, verdict.outcome) for (_, name), verdict in expected.items())
    routes = Counter(verdict.route for verdict in expected.values())
    ranks = Counter((name, verdict.rank) for (_, name), verdict in expected.items() if verdict.rank)
    for pair in product(judge.LISTS, (judge.YES, judge.NO, judge.PENDING)):
        assert outcomes[pair] >= 1000, (pair, outcomes[pair])
    for route in ("收回", "转让", "改造", "待定", "候补"):
        assert routes[route] >= 1000, (route, routes[route])
    assert routes["优先供地"] == 13, "ranks 1, 5 and 9 of 高税少地 hold 4, 4 and 5"
    for name in judge.LISTS:
        assert sum(1 for (on, _), count in ranks.items() if on == name and count > 1) >= 10, f"{name}: hardly a tie"


# --- what a missing figure may do -----------------------------------------------------------------------------------

PAST = ("上年规上", "前年规上")
# 园区 is asked for only as present or not: without one an enterprise stands in no park, and nothing is unknown.
REMOVED = (*(name for name in cases.FIELDS if name != "园区"), *PAST)
OWN_LINES: dict[str, tuple[int | Fraction, ...]] = {
    "税收": (300,), "销售收入": (10_000,), "自有用地": (3, 20), **dict.fromkeys(cases.USE_FIELDS, (Fraction(4, 5),)),
}  # fmt: skip


def fillings(name: str, row: Cells, draw: cases.Draw) -> list[cases.Cell]:
    """Values for a missing cell: for a word every one, for a figure below, on and above each line it can be held to."""
    if name in PAST:
        return [True, False]
    if name in cases.WORDS:
        return list(cases.WORDS[name])
    exact = [Fraction(line) / draw.forms[name].step for line in OWN_LINES.get(name, ())]
    figure = {key: Fraction(cell) for key, cell in row.items() if isinstance(cell, int) and not isinstance(cell, bool)}
    parts = [figure.get(part) for part in cases.LAND_FIELDS[1:]]
    land = figure.get("用地面积")
    own, rented, let = (part if part is not None else Fraction(0) for part in parts)
    if land is None and None not in parts:
        land = own + rented - let
    for per_mu in (Fraction(3), Fraction(33, 10)):
        if name == "税收" and land is not None:
            exact.append(per_mu * land)
        if name in cases.LAND_FIELDS and "税收" in figure:
            total = figure["税收"] / per_mu
            exact.append({"用地面积": total, "自有用地": total - rented + let, "租入用地": total - own + let,
                          "租出用地": own + rented - total}[name])  # fmt: skip
    for used, granted in (("综合能耗", "核定能耗"), ("排放当量", "核定排放")):
        if name == used and granted in figure:
            exact.append(figure[granted] * Fraction(4, 5))
        if name == granted and used in figure:
            exact.append(figure[used] / Fraction(4, 5))
    near = [line.numerator // line.denominator + beside for line in exact for beside in (-1, 0, 1, 2)]
    return [*dict.fromkeys([0, 1, *near, 10**12])]


class Blanks:
    """Enterprises with one figure removed, and the same with that figure filled in every way of `fillings`."""

    def __init__(self, seed: int, firms: int) -> None:
        self.rows: list[Cells] = []
        self.cases: list[tuple[str, bool, str, list[str]]] = []
        """(figure, whether all else is known and of use, code of the blank, codes of the filled)."""
        rng = random.Random(seed)  # noqa: S311 -- chance, not secrecy
        self.draw = cases.Draw(cases.CANONICAL, rng)
        for number in range(firms):
            whole = number % 2 == 0
            row = self.draw.firm(gaps=0 if whole else 0.08)
            row |= {name: rng.choice((True, False, False, None if not whole else False)) for name in PAST}
            for name in REMOVED:
                self.vary(row, name, whole)

    def vary(self, row: Cells, name: str, whole: bool) -> None:
        """Remove a figure, and what would stand in for it, then fill it again."""
        base = row | {name: None}
        for field, part in (("用地面积", "租入用地"), ("能耗指标利用率", "核定能耗"), ("排放指标利用率", "核定排放")):
            if name == field:
                base[part] = None
        blank = self.add(base)
        filled = [self.add(base | {name: value}) for value in fillings(name, base, self.draw)]
        self.cases.append((name, whole and self.is_sound(row), blank, filled))

    def is_sound(self, row: Cells) -> bool:
        """Whether tax, land, use and quotas are positive, so that a ratio can fall on either side of its line."""
        numbers = {name: cell for name, cell in row.items() if isinstance(cell, int) and not isinstance(cell, bool)}
        land = numbers.get("用地面积", numbers["自有用地"] + numbers["租入用地"] - numbers["租出用地"])
        return min(land, *(numbers[name] for name in ("税收", "综合能耗", "核定能耗", "排放当量", "核定排放"))) > 0

    def add(self, row: Cells) -> str:
        """One enterprise with its two earlier years."""
        code = f"91330703MB{len(self.rows):08d}"
        self.rows.append({CODE: code, YEAR: JUDGED, **{name: row[name] for name in cases.FIELDS}})
        for back, name in enumerate(PAST, 1):
            empty = dict.fromkeys(cases.FIELDS)
            self.rows.append({**empty, CODE: code, YEAR: JUDGED - back, "规上": row[name]})
        return code


@pytest.fixture(scope="module")
def blanks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Blanks, dict[tuple[str, str], Verdict]]:
    """Enterprises with a figure removed and filled again, and what mujun says of each."""
    found = Blanks(seed=3, firms=80)
    path = cases.write(tmp_path_factory.mktemp("blanks") / "blanks.csv", cases.CANONICAL, found.rows)
    return found, said(mujun.evaluate(path, year=JUDGED, lists=judge.LISTS, official_grades=True))


def test_a_missing_figure_never_decides(blanks: tuple[Blanks, Verdicts]) -> None:
    """What is 是 or 否, or proposed, without a figure stays so whatever the figure turns out to be."""
    table, found = blanks
    held = Counter[tuple[str, str]]()
    for name, _, blank, filled in table.cases:
        for item in judge.LISTS:
            without = found[blank, item]
            if without.outcome == judge.PENDING:
                continue
            outcomes = {found[code, item].outcome for code in filled}
            assert outcomes == {without.outcome}, (item, name, blank, [found[code, item] for code in filled])
            if item == judge.LOW and without.route not in (None, judge.UNDECIDED_ROUTE):
                routes = {found[code, item].route for code in filled}
                assert routes == {without.route}, (name, blank, [found[code, item] for code in filled])
            held[item, without.outcome] += 1
    assert min(held[pair] for pair in product(judge.LISTS, (judge.YES, judge.NO))) >= 10, held


def test_only_a_figure_that_decides_leaves_an_outcome_open(blanks: tuple[Blanks, Verdicts]) -> None:
    """Where all else is known, 待核实 means that the missing figure could make it 是 and could make it 否."""
    table, found = blanks
    opened = Counter[str]()
    for name, sound, blank, filled in table.cases:
        for item in judge.LISTS:
            if sound and found[blank, item].outcome == judge.PENDING:
                outcomes = {found[code, item].outcome for code in filled}
                assert outcomes >= {judge.YES, judge.NO}, (item, name, blank, [found[code, item] for code in filled])
                assert found[blank, item].missing, (item, name, blank)
                opened[item] += 1
    assert min(opened[item] for item in judge.LISTS) >= 5, opened


def test_the_judge_leaves_open_exactly_what_its_unknowns_can_decide() -> None:
    """The judge's three-valued logic and its search through all completions agree wherever they could differ."""
    for name, count in zip(judge.LISTS, (1, 2, 7, 3, 4), strict=True):
        for truths in product((True, False, None), repeat=count):
            truth, matter = judge.settle(name, truths)
            assert (truth is None) == bool(matter), (name, truths)
    states = ("正常", "闲置", "停产", None)
    for values in product(states, (True, False, None), ("有", "无", None), (True, False, None)):
        route, gaps = judge.propose(values)
        assert (route == judge.UNDECIDED_ROUTE) == bool(gaps), values


# --- small tables, adversarially written ----------------------------------------------------------------------------

LINES = {
    "税收": (0, 300), "销售收入": (0, 10_000), "用地面积": (0, 100), "自有用地": (0, 3, 20), "租入用地": (0, 3, 20),
    "租出用地": (0, 3), **dict.fromkeys((*cases.COAL_FIELDS, *cases.TONNE_FIELDS), (0, 1)),
    **dict.fromkeys(cases.USE_FIELDS, (0, Fraction(4, 5), 1)),
}  # fmt: skip
FULL_WIDTH = str.maketrans("0123456789.,-%", "０１２３４５６７８９．，－％")
BLANKS = ("", "-", "—", "/", " ", "N/A", "#DIV/0!", "NULL")


@st.composite
def spelt(draw: st.DrawFn, steps: int, form: Form, pure: bool) -> str:
    """A figure as someone might have typed it, without changing what it says."""
    text = cases.decimal(steps, form.places)
    styles = ["plain", "bare", "zeros", "commas", "wide", "apostrophe", "plus", "blanks"]
    match draw(st.sampled_from([*styles, "percent"] if pure else styles)):
        case "bare":
            return text.rstrip("0").rstrip(".")
        case "zeros":
            return text + "0" * draw(st.integers(1, 12 - form.places))
        case "commas":
            whole, _, rest = text.lstrip("-").partition(".")
            return ("-" if steps < 0 else "") + f"{int(whole):,}.{rest}"
        case "wide":
            return text.translate(FULL_WIDTH)
        case "apostrophe":
            return "'" + text
        case "plus":
            return text if steps < 0 else f"+{text}"
        case "blanks":
            return f" {text}\u3000"
        case "percent":
            # As a share of a hundred, whatever the header says.
            return cases.decimal(int(steps * form.step * 10**6), 4) + draw(st.sampled_from(("%", "％")))
    return text


@st.composite
def figure(draw: st.DrawFn, name: str, forms: Mapping[str, Form], row: Mapping[str, int | None]) -> int | None:
    """A figure in steps: missing, of any size, or at a line, where the figures already in the row draw one."""
    kind = draw(st.sampled_from(("line", "line", "line", "any", "any", "none")))
    if kind == "none":
        return None
    step = forms[name].step
    lines = [Fraction(line) / step for line in LINES[name]]
    for top, bottom, ratios in (
        ("税收", "用地面积", (Fraction(3), Fraction(33, 10))),
        ("综合能耗", "核定能耗", (Fraction(4, 5),)),
        ("排放当量", "核定排放", (Fraction(4, 5),)),
    ):
        if name == top:
            divisor: Fraction | None = worth(row, bottom, forms)
            if top == "税收" and divisor is None:
                parts = [worth(row, part, forms) for part in cases.LAND_FIELDS[1:]]
                own, rented, let = (part or Fraction(0) for part in parts)
                divisor = own + rented - let
            lines += [ratio * divisor / step for ratio in ratios if divisor]
    most = int(cases.LARGEST / step) if name not in cases.USE_FIELDS else int(2 / step)
    if kind == "any":
        return draw(st.one_of(st.integers(-100, 10_000), st.integers(-most, most)))
    line = draw(st.sampled_from(lines))
    steps = line.numerator // line.denominator + draw(st.sampled_from((0, 0, 1, -1, 2)))
    return max(-most, min(most, steps))


def worth(row: Mapping[str, int | None], name: str, forms: Mapping[str, Form]) -> Fraction | None:
    """A figure of the row in its canonical unit."""
    steps = row.get(name)
    return None if steps is None else steps * forms[name].step


# Divisors before what is divided by them.
ORDER = (*cases.LAND_FIELDS, "税收", "销售收入", "核定能耗", "综合能耗", "核定排放", "排放当量", *cases.USE_FIELDS)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], list[dict[str, Value]]]:
    """A small table: the cells of its file, header first, and the rows that they mean."""
    forms = {}
    for name in cases.NUMBERS:
        if name in ("税收", "自有用地") or draw(st.integers(0, 9)):
            forms[name] = cases.number_form(name, *draw(st.sampled_from(cases.HEADERS[name])))
    # 税收, 自有用地 and 园区 are always there, so that one list at least can be decided.
    words = [name for name in cases.WORDS if name == "园区" or draw(st.integers(0, 9))]
    columns = draw(st.permutations([*forms, *words]))
    header = [CODE, COMPANY, YEAR, *(forms[name].header if name in forms else name for name in columns)]
    texts: list[list[str]] = [header]
    meant: list[dict[str, Value]] = []
    keys = draw(st.lists(st.tuples(st.integers(0, 7), st.sampled_from((0, 0, 0, 1, 2, -1))), unique=True, max_size=11))
    for number, back in [(9, 0), *keys]:
        code, year = f"91330703MC{number:08d}", JUDGED - back
        steps: dict[str, int | None] = {}
        for name in ORDER:
            if name in forms:
                # Of other years nothing but 规上 may count.
                steps[name] = draw(figure(name, forms, steps)) if not back else number
        row: dict[str, Value] = {CODE: code, YEAR: year}
        cells = [code, f"企业{number}", draw(st.sampled_from((f"{year}", f"{year}年", f"{year}年度", f"{year}.0")))]
        for name in columns:
            found = steps.get(name)
            if found is not None:
                row[name] = forms[name].value(found)
                cells.append(draw(spelt(found, forms[name], name in cases.USE_FIELDS)))
            elif name in words and draw(st.integers(0, 6)):
                word = draw(st.sampled_from(cases.WORDS[name]))
                row[name] = word
                cells.append(draw(st.sampled_from(cases.SPELLINGS[name][word])))
            else:
                cells.append(draw(st.sampled_from(BLANKS)))
        texts.append(cells)
        meant.append(row)
    return texts, meant


def save(path: Path, table: list[list[str]]) -> None:
    """A table as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)


@cache
def pack() -> mujun.Pack:
    """The 金东 pack, loaded once."""
    return mujun.load_pack("jindong")


@pytest.mark.parametrize(
    "text", ["20000000000", "20000000000.000", "'20000000000", "２００００００００００", "20,000,000,000.00"]
)
def test_a_large_figure_counts_however_it_is_written(text: str, tmp_path: Path) -> None:
    """What one spelling of a figure says, two hundred 亿元 of tax, every other spelling says too."""
    path = tmp_path / "large.csv"
    cells = ["91330703MD00000000", "企业", str(JUDGED), text, "0", "鞋塘工业园区"]
    save(path, [[CODE, COMPANY, YEAR, "税收(元)", "自有用地", "园区"], cells])
    found = said(mujun.evaluate(path, pack(), lists=judge.LISTS, official_grades=True))
    assert found["91330703MD00000000", judge.SUPPLY] == Verdict(judge.YES, 1, "优先供地", frozenset())


@pytest.mark.parametrize("text", ["79.9999%", "79.9999％", "'79.9999%", "79.9999 %", "７９．９９９９ ％", "0.799999"])
def test_a_share_may_be_written_with_its_percent_sign(text: str, tmp_path: Path) -> None:
    """A cell with a percent sign, set apart or not, is a share of a hundred and falls on its side of the line."""
    path = tmp_path / "share.csv"
    cells = ["91330703MD00000000", "企业", str(JUDGED), "300", "0", "鞋塘工业园区", text]
    save(path, [[CODE, COMPANY, YEAR, "税收", "自有用地", "园区", "土地利用率"], cells])
    found = said(mujun.evaluate(path, pack(), lists=judge.LISTS, official_grades=True))
    assert found["91330703MD00000000", judge.DOUBLING].outcome == judge.NO


@settings(max_examples=60, deadline=None)
@given(data=tables())
def test_however_the_figures_are_written_the_judge_agrees(
    tmp_path_factory: pytest.TempPathFactory, data: tuple[list[list[str]], list[dict[str, Value]]]
) -> None:
    """Units, header forms, separators, full-width digits and absent columns never change an outcome, rank or gap."""
    texts, meant = data
    path = tmp_path_factory.getbasetemp() / "small.csv"
    save(path, texts)
    expected = judge.judge(meant, JUDGED)
    evaluation = mujun.evaluate(path, pack(), JUDGED, lists=judge.LISTS, official_grades=True)
    shown = [dict(zip(texts[0], cells, strict=True)) for cells in texts[1:]]
    told = differences(expected, said(evaluation), shown)
    assert not told, told
