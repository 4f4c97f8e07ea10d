"""The quantified criteria on the sample: each figure against a computation in plain Python from the CSV files."""

from __future__ import annotations

import csv
import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mujun.api import evaluate
from mujun.groups.coverage import coverage
from mujun.groups.ranking import rank
from mujun.groups.tracking import UNKNOWN, Progress, track
from mujun.pack import load_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SAMPLES = Path(__file__).parents[2] / "samples"
DATA, STATUS, PARKS, LEDGER = (SAMPLES / f"{name}.csv" for name in ("data", "status", "parks", "ledger"))
CRITERIA = Path(__file__).parent / "data" / "plan_criteria.csv"
"""The 43 quantified criteria, as read from 金东区工业园区“二次开发”三年行动计划2.0版（2021-2023年）."""

Row = dict[str, str]
Figure = Fraction | None
MISSING = ("", "-", "--", "—", "/", "无", "#N/A")


def rows(file: Path) -> list[Row]:
    """The rows of a file, with what stands for no figure as nothing, and headers without units."""
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return [
            {key.partition("(")[0]: "" if cell in MISSING and key != "开发意愿" else cell for key, cell in row.items()}
            for row in csv.DictReader(handle)
        ]


@cache
def firms(year: int) -> tuple[Row, ...]:
    """The enterprises of a year, with their status."""
    status = {(row["统一社会信用代码"], row["年度"]): row for row in rows(STATUS)}
    found = [row for row in rows(DATA) if row["年度"] == str(year)]
    return tuple({**status[row["统一社会信用代码"], row["年度"]], **row} for row in found)


def land(row: Row) -> Figure:
    """The land of a firm; where it is not said, own and leased, less what is let."""
    if row["用地面积"]:
        return Fraction(row["用地面积"])
    parts = [row[name] for name in ("自有用地", "租入用地", "租出用地")]
    return Fraction(parts[0]) + Fraction(parts[1]) - Fraction(parts[2]) if all(parts) else None


def figure(name: str) -> Callable[[Row], Figure]:
    """A column as a number."""
    return land if name == "用地面积" else lambda row: Fraction(row[name]) if row[name] else None


def total(found: Iterable[Row], name: str) -> Fraction:
    """The sum of a column."""
    return sum((value for row in found if (value := figure(name)(row)) is not None), Fraction(0))


def ratio(found: Iterable[Row], top: str, bottom: str, which: Callable[[Row], bool] = lambda _: True) -> Fraction:
    """Sum over sum, over the rows that have both."""
    pairs = [(figure(top)(row), figure(bottom)(row)) for row in found if which(row)]
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    return sum((a for a, _ in both), Fraction(0)) / sum((b for _, b in both), Fraction(0))


def part(found: Iterable[Row], name: str, which: Callable[[Row], bool]) -> Fraction:
    """The share, in percent, that some rows have of the sum of a column."""
    found = list(found)
    return 100 * total(filter(which, found), name) / total(found, name)


def share(found: Iterable[Row], yes: Callable[[Row], bool | None]) -> Fraction:
    """The share, in percent, of those of whom it is known."""
    known = [answer for row in found if (answer := yes(row)) is not None]
    return 100 * Fraction(sum(known), len(known))


def flag(name: str) -> Callable[[Row], bool | None]:
    """A column of 是 and 否."""
    return lambda row: {"是": True, "否": False}.get(row[name])


def is_big(row: Row) -> bool:
    """Whether a firm is known to be 规上."""
    return row["规上"] == "是"


SECTORS = {
    "五金工量具": ("332", "3465", "3351", "338", "4013"),
    "塑棉制品": ("292", "171", "176", "177"),
    "建筑建材": ("30", "331", "203"),
    "食品加工": ("13", "14", "15"),
}


def sector(row: Row) -> str:
    """The traditional sector of a firm, by its code."""
    return next((name for name, codes in SECTORS.items() if row["行业代码"].startswith(codes)), "")


def big_of(found: Iterable[Row], *names: str) -> list[Row]:
    """The 规上 firms of some sectors."""
    return [row for row in found if is_big(row) and sector(row) in names]


def to_leave(row: Row) -> bool | None:
    """Whether a polluting firm has to leave: Kleene's logic, as cells are missing."""
    dirty, area, big, clean = (flag(name)(row) for name in ("涉污企业", "退出区域", "规上", "就地整治合规"))
    stays = False if False in (big, clean) else None if None in (big, clean) else True
    parts = (dirty, area, None if stays is None else not stays)
    return False if False in parts else None if None in parts else True


def big_and_dirty(row: Row) -> bool:
    """A firm known to be both."""
    return is_big(row) and row["涉污企业"] == "是"


def done(matter: str, unit: str, first: int = 2021) -> Fraction:
    """What the ledger says was done of a matter up to the end of 2023, in a unit."""
    factors = {("平方米", "万㎡"): Fraction(1, 10_000)}
    return sum(
        (
            Fraction(row["数量"]) * factors.get((row["单位"], unit), Fraction(1))
            for row in rows(LEDGER)
            if row["事项"] == matter and f"{first}-01-01" <= row["日期"] <= "2023-12-31"
        ),
        Fraction(0),
    )


def growth(now: Fraction, before: Fraction) -> tuple[Fraction, Fraction]:
    """The figures between which a yearly rate is told."""
    return before, now


def wanted() -> dict[str, Fraction]:
    """The figure of each target at the end of 2023, in the unit of its measure."""
    now = firms(2023)
    parks = [row for row in rows(PARKS) if row["年度"] == "2023"]
    heads = {name: Fraction(len(big_of(now, name))) for name in SECTORS}
    output = {name: total(big_of(now, name), "工业总产值") / 10_000 for name in SECTORS}
    return {
        "工业企业入园率": share(now, lambda row: bool(row["园区"])),
        "规上工业企业入园率": share(filter(is_big, now), lambda row: bool(row["园区"])),
        "涉污企业关停或入园": share(
            filter(to_leave, now),
            lambda row: row["涉污处置"] in ("已关停", "改造入园") if row["涉污处置"] else None,
        ),
        "工业园区循环化改造": share(parks, flag("循环化改造")),
        "规上涉污企业清洁生产": share(filter(big_and_dirty, now), flag("清洁生产")),
        "万元工业增加值能耗下降": ratio(now, "综合能耗", "工业增加值"),
        "僵尸企业出清": share(filter(flag("僵尸企业"), now), flag("已出清")),
        "新兴产业增加值占比": part(now, "工业增加值", lambda row: row["新兴产业"] == "是"),
        "高新产业增加值占比": part(now, "工业增加值", lambda row: row["高新技术产业"] == "是"),
        "各园区主导产业1至2个": share(parks, lambda row: 1 <= int(row["主导产业数"]) <= 2),
        "工业园区产值年均增长": total([row for row in now if row["园区"]], "工业总产值") / 10_000,
        "研发投入占营收比重": 100 * ratio(now, "研发经费", "销售收入"),
        "隐形冠军企业": Fraction(sum(row["隐形冠军"] == "是" for row in now)),
        "低效用地盘活": done("低效用地盘活", "亩"),
        "当年低效用地盘活": done("低效用地盘活", "亩", 2023),
        "新建标准厂房": done("新建标准厂房", "万㎡"),
        "改造旧厂房": done("改造旧厂房", "万㎡"),
        "小微企业园建设": done("小微企业园建成", "个"),
        "四大传统产业规上企业": sum(heads.values(), Fraction(0)),
        "四大传统产业规上产值": sum(output.values(), Fraction(0)),
        **{f"{name}规上企业": heads[name] for name in SECTORS},
        **{f"{name}产值": output[name] for name in SECTORS},
        "当年低散乱整治提升": done("低散乱整治提升", "家", 2023),
        "当年落后产能淘汰": done("落后产能淘汰", "家", 2023),
        "园区四化改造": share(parks, flag("四化改造")),
        "企业围墙通透化": 100 * total(parks, "围墙通透企业数") / total(parks, "主干道企业数"),
        "规上五美创建": share(filter(is_big, now), flag("五美创建")),
        "当年低效企业整治": done("低效企业整治", "家", 2023),
        "当年低效用地整治": done("低效用地整治", "亩", 2023),
        "工业亩均税收年均增长": ratio(now, "税收", "用地面积"),
        "规上亩均税收年均增长": ratio(now, "税收", "用地面积", is_big),
    }


@cache
def progress(*files: Path) -> dict[str, Progress]:
    """The targets by name, at the end of 2023."""
    found = track(list(files), as_of=datetime.date(2023, 12, 31))
    return {one.target.name: one for one in found.progress}


# --- figures ---------------------------------------------------------------------------------------------------------


def test_every_target_is_what_plain_python_makes_of_it() -> None:
    """Each figure on the sample, to the last digit."""
    found = progress(DATA, STATUS, PARKS, LEDGER)
    figures = {name: one.now and one.now / one.measure.unit.factor for name, one in found.items()}
    assert figures == wanted()


@pytest.mark.parametrize(
    ("name", "rate", "top", "bottom", "only_big"),
    [
        ("工业亩均税收年均增长", "0.02", "税收", "用地面积", False),
        ("规上亩均税收年均增长", "0.1", "税收", "用地面积", True),
        ("万元工业增加值能耗下降", "-0.05", "综合能耗", "工业增加值", False),
    ],
)
def test_rates_compound_from_2020(name: str, rate: str, top: str, bottom: str, only_big: bool) -> None:
    """What should be reached after three years is the figure of 2020 times the rate three times over."""
    base = ratio(firms(2020), top, bottom, is_big if only_big else lambda _: True)
    one = progress(DATA, STATUS, PARKS, LEDGER)[name]
    assert one.base is not None
    assert one.due is not None
    factor = one.measure.unit.factor
    assert (one.base / factor, one.due / factor) == (base, base * (1 + Fraction(rate)) ** 3)


@pytest.mark.parametrize("name", list(wanted()))
def test_a_target_whose_data_are_not_given_says_what_is_missing(name: str) -> None:
    """Leave out the file that a target rests on, and it is 缺数据 with the dataset or the column named."""
    full = progress(DATA, STATUS, PARKS, LEDGER)[name]
    homes = {home for home, _ in needs(name)}
    files = {"企业": [PARKS, LEDGER], "园区": [DATA, STATUS, LEDGER], "台账": [DATA, STATUS, PARKS]}
    [home] = homes
    bare = progress(*files[home])[name]
    assert full.status != UNKNOWN
    assert (bare.status, bare.gaps, bare.actual) == (UNKNOWN, (f"{home}数据",), None)
    if home == "企业":
        found = [progress(DATA)[name], progress(STATUS)[name]]
        columns = {field for _, field in needs(name)}
        lacking = [one for one in found if one.status == UNKNOWN]
        assert lacking
        for one in lacking:
            assert all(gap.removeprefix("企业的") in columns | {"行业代码"} for gap in one.gaps), one.gaps


def needs(name: str) -> set[tuple[str, str]]:
    """The datasets and columns of a target."""
    from mujun.groups.coverage import measured_fields

    pack = load_pack()
    goals = pack.goals
    found = measured_fields(goals.measures[goals.targets[name].measure], pack, goals)
    return {(home, field.partition("（")[0]) for home, field in found}


# --- rankings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "column"), [("parks", "园区"), ("towns", "乡镇街道")])
def test_rankings_are_what_plain_python_makes_of_them(name: str, column: str) -> None:
    """Half level and half growth, half output and half tax per mu, each from 0 for the worst to 100 for the best."""

    def scores(year: int) -> dict[str, Fraction]:
        levels: dict[str, list[dict[str, Fraction]]] = {}
        for one in (year - 1, year):
            by = {row[column]: [] for row in firms(one) if row[column]}  # type: dict[str, list[Row]]
            for row in firms(one):
                if row[column]:
                    by[row[column]].append(row)
            levels.setdefault("产值", []).append({g: total(filter(is_big, r), "工业总产值") for g, r in by.items()})
            levels.setdefault("亩均", []).append({g: ratio(r, "税收", "用地面积") for g, r in by.items()})
        points = dict.fromkeys(levels["产值"][1], Fraction(0))
        for before, now in levels.values():
            rates = {group: now[group] / before[group] - 1 for group in now}
            for figures in (now, rates):
                low, high = min(figures.values()), max(figures.values())
                for group, value in figures.items():
                    points[group] += 25 * (value - low) / (high - low)
        return points

    def places(points: dict[str, Fraction]) -> dict[str, int]:
        return {group: 1 + sum(other > score for other in points.values()) for group, score in points.items()}

    found = rank(DATA, name=name)
    assert {one.group: one.score for one in found.standings} == scores(2023)
    assert {one.group: one.rank for one in found.standings} == places(scores(2023))
    assert {one.group: one.last_rank for one in found.standings} == places(scores(2022))


@pytest.mark.parametrize("column", ["园区", "乡镇街道"])
def test_land_in_one_piece_is_that_of_the_low_list(column: str) -> None:
    """连片: the land, firms and tax below the low-efficiency line, and their share of the land, by any column."""
    tax, found = figure("税收"), rank(DATA, name="连片", by=column)
    groups: dict[str, list[Row]] = {}
    for row in firms(2023):
        if row[column]:
            groups.setdefault(row[column], []).append(row)
    for one in found.standings:
        known = [(mu, paid) for row in groups[one.group] if (mu := land(row)) and (paid := tax(row)) is not None]
        low = [(mu, paid) for mu, paid in known if paid < 3 * mu]
        every = sum((mu for row in groups[one.group] if (mu := land(row)) is not None), Fraction(0))
        area = sum((mu for mu, _ in low), Fraction(0))
        shown = {part.measure.name: part.level for part in one.parts}
        units = {part.measure.name: part.measure.unit.factor for part in one.parts}
        assert shown["低效用地面积"] == area * units["低效用地面积"]
        assert shown["低效企业数"] == len(low)
        assert shown["低效企业税收"] == sum((paid for _, paid in low), Fraction(0)) * units["低效企业税收"]
        assert shown["低效用地占比"] == area / every
    areas = [{part.measure.name: part.level for part in one.parts}["低效用地面积"] for one in found.standings]
    assert areas == sorted(areas, key=lambda area: -(area or 0))


@pytest.mark.parametrize("column", ["园区", "乡镇街道"])
def test_projects_are_counted_as_the_lists_have_them(column: str) -> None:
    """五未 by town and park: as many as stand on the lists of the same day, no more and no fewer."""
    day = datetime.date(2022, 6, 30)
    lists = evaluate(SAMPLES / "projects.csv", lists=["五未项目", "项目逾期"], as_of=day).lists
    found = rank(SAMPLES / "projects.csv", name="五未", by=column, as_of=day)
    for measure, name in (("五未项目数", "五未项目"), ("逾期项目数", "项目逾期")):
        counts = lists[name][column].value_counts().to_dict()
        shown = {one.group: {part.measure.name: part.level for part in one.parts}[measure] for one in found.standings}
        assert {group: count for group, count in shown.items() if count} == counts


# --- coverage --------------------------------------------------------------------------------------------------------


def criteria() -> list[Row]:
    """The criteria of the document."""
    with CRITERIA.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_pack_cites_every_criterion_as_it_is() -> None:
    """All 43, word for word."""
    told = [
        {"id": c.id, "section": c.section, "criterion": c.text, "op": c.op, "value": c.value, "unit": c.unit,
         "deadline_or_period": c.period, "basis": c.basis}
        for c in load_pack().goals.criteria.values()
    ]  # fmt: skip
    assert told == criteria()


def test_every_criterion_lives_somewhere() -> None:
    """In a list, a target or a ranking."""
    homeless = [c.id for c in load_pack().goals.criteria.values() if not (c.lists or c.targets or c.rankings)]
    assert homeless == []


def test_every_target_and_list_comes_from_a_criterion() -> None:
    """No target is there that the document does not have."""
    goals = load_pack().goals
    assert {name for c in goals.criteria.values() for name in c.targets} == set(goals.targets)


def test_the_page_of_coverage_is_that_of_the_pack() -> None:
    """docs/plan-coverage.md is what ``mujun rules coverage`` writes."""
    page = Path(__file__).parents[2] / "docs" / "plan-coverage.md"
    assert page.read_text(encoding="utf-8").rstrip("\n") == "".join(coverage(load_pack())).rstrip("\n")
