"""The ledger of differentiated policy against plain fractions: amounts, what is open and why, sums of groups."""

from __future__ import annotations

import csv
import datetime
import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import mujun
from mujun import sql
from mujun.plan.ledger import TABLE, half_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from mujun.ledger import Ledger

Row = dict[str, Any]
Truth = bool | None
Figure = Fraction | None

PACK = {
    "pack.yaml": """\
pack: small
title: 小包
source: {document: 为测试而设}
parameters:
  低效线: {value: 3万元/亩}
""",
    "fields.yaml": """\
企业:
  identity: {code: 代码, name: 名称, year: 年度}
  leading: [代码, 名称, 镇]
  fields:
    代码: {type: code}
    名称: {type: text}
    年度: {type: year}
    镇: {type: text}
    规上: {type: flag}
    等级: {type: choice, values: {A: [], B: [], C: [], D: []}}
    行业: {type: text}
    税收: {unit: 万元}
    用地: {unit: 亩}
    用电: {unit: 万千瓦时}
    能耗: {unit: 吨标煤}
    核定: {unit: 吨标煤}
""",
    "indicators.yaml": "指标:\n  亩均税收: {formula: 税收 / 用地, unit: 万元/亩}\n",
    "lists/1.yaml": """\
list: 低效
cites: 一
among: {规上: "= 是"}
when: {亩均税收: "< 低效线"}
rank: [亩均税收 asc]
""",
    "policies.yaml": """\
parameters:
  税额: {value: 7元/㎡, cites: 虚构1号}
  封顶: {value: 9万元, cites: 虚构2号}
措施:
  电价:
    cites: 一
    sign: 加收
    amount: 用电 * 标准
    rate_unit: 元/千瓦时
    digits: 4
    tariffs:
      - {cites: 甲, when: {低效: "= 是"}, rate: 0.3元/千瓦时}
      - {cites: 乙, when: {all: [{等级: "= A"}, {低效: "= 否"}]}, rate: 0.05元/千瓦时, sign: 减免}
      - {cites: 丙, by: 等级, rates: {B: 0元/千瓦时, C: 0.1元/千瓦时, D: 0.3元/千瓦时}}
  土地:
    cites: 二
    sign: 减免
    when: {等级: "in [A, B]"}
    amount: 用地 * 税额 * 标准
    rate_unit: "%"
    most: 封顶
    least: 100元
    tariffs:
      - {cites: 丁, from: 2024, by: 等级, rates: {A: 100%, B: 100%}}
      - {cites: 戊, to: 2023-12-31, by: 等级, rates: {A: 80%, B: 33%}}
  用能:
    cites: 三
    sign: 加收
    when: {any: [{规上: "= 是"}, {行业: "= 化工"}]}
    amount: max(0, 能耗 - 核定) * 标准
    rate_unit: 元/吨标煤
    digits: 3
    tariffs:
      - {cites: 己, when: {行业: "in [化工, 造纸]"}, rate: 200元/吨标煤}
      - {cites: 庚, when: {能耗: "> 核定"}, rate: 70元/吨标煤}
  奖励:
    cites: 四
    sign: 减免
    when: {低效: "= 否"}
    amount: 税收 * 税收 / 用地 * 标准
    rate_unit: 亩/万元
    unit: 元
    digits: 0
    tariffs:
      - {cites: 辛, rate: 0.01亩/万元}
""",
}
FIGURES = ("税收", "用地", "用电", "能耗", "核定")
WORDS: dict[str, tuple[Any, ...]] = {
    "规上": (True, False), "等级": tuple("ABCD"), "行业": ("化工", "造纸", "五金"), "镇": ("东", "西"),
}  # fmt: skip
MU = Fraction(2000, 3)
WAN = 10_000
QUOTIENT = Fraction(1, 10_000)
LEVIES = ("电价", "土地", "用能", "奖励")


class Due(NamedTuple):
    """What the judge says of one measure: whether it concerns a firm, and how much in 元; None is unknown."""

    applies: Truth
    amount: Figure
    no_tariff: bool = False


def both(*parts: Truth) -> Truth:
    return False if False in parts else None if None in parts else True


def either(*parts: Truth) -> Truth:
    return True if True in parts else None if None in parts else False


def no(part: Truth) -> Truth:
    return None if part is None else not part


def among(value: Any, *wanted: Any) -> Truth:
    return None if value is None else value in wanted


def times(*factors: Figure) -> Figure:
    if None in factors:
        return None
    found = Fraction(1)
    for factor in factors:
        found *= factor or 0
    return found


def rounded(value: Fraction, step: Fraction) -> Fraction:
    """Half up, away from zero."""
    steps = abs(value) / step
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return whole * step * (1 if value >= 0 else -1)


def low(row: Row) -> Truth:
    """Whether a firm is on the list: above scale, and less than 3万元/亩 of tax."""
    tax, land = row["税收"], row["用地"]
    poor = None if tax is None or land is None or land <= 0 else tax < 3 * land
    return both(row["规上"], poor)


def choose(rows: Iterable[tuple[Truth, Any]]) -> Any:
    """What the first row that holds says; None where it is not known which that is and it matters; "" where none."""
    possible: list[Any] = []
    for holds, said in rows:
        if holds is not False:
            possible.append(said)
        if holds:
            break
    else:
        possible.append("")
    return possible[0] if len(set(possible)) == 1 else None


def power(row: Row) -> Due:
    on, grade = low(row), row["等级"]
    rate = choose([
        (on, Fraction(3, 10)), (both(among(grade, "A"), no(on)), Fraction(-5, 100)), (among(grade, "B"), Fraction(0)),
        (among(grade, "C"), Fraction(1, 10)), (among(grade, "D"), Fraction(3, 10)),
    ])  # fmt: skip
    if rate == 0:
        return Due(True, Fraction(0))
    return Due(True, times(row["用电"], Fraction(WAN), rate))


def land(row: Row, year: int) -> Due:
    grade = row["等级"]
    shares = {"A": Fraction(1), "B": Fraction(1)} if year >= 2024 else {"A": Fraction(8, 10), "B": Fraction(33, 100)}
    full = times(row["用地"], MU, Fraction(7), shares.get(grade))
    amount = None if full is None else -max(min(full, Fraction(9 * WAN)), Fraction(100))
    applies = among(grade, "A", "B")
    return Due(applies, amount if applies else None)


def energy(row: Row) -> Due:
    applies = either(row["规上"], among(row["行业"], "化工"))
    used, granted = row["能耗"], row["核定"]
    over = None if used is None or granted is None else used - granted
    beyond = None if over is None else over > 0
    rate = choose([(among(row["行业"], "化工", "造纸"), Fraction(200)), (beyond, Fraction(70))])
    if rate == "":
        return Due(applies, None, no_tariff=applies is not False)
    amount = None if over is None else times(max(over, Fraction(0)), rate)
    return Due(applies, amount if applies else None)


def reward(row: Row) -> Due:
    applies, tax, mu = no(low(row)), row["税收"], row["用地"]
    if not applies or tax is None or mu is None or mu <= 0:
        return Due(applies, None)
    return Due(applies, -rounded(tax * tax * WAN / mu / 100, QUOTIENT))


def judge(row: Row, year: int = 2023) -> dict[str, Due]:
    """The four measures of one firm."""
    return dict(zip(LEVIES, (power(row), land(row, year), energy(row), reward(row)), strict=True))


# --- cases -----------------------------------------------------------------------------------------------------------


def draw(rng: random.Random, gaps: float) -> Row:
    """A firm; figures have up to six decimals, some are on a line or nothing."""
    row: Row = {name: rng.choice(words) for name, words in WORDS.items()}
    for name in FIGURES:
        row[name] = Fraction(rng.randrange(10 ** rng.randint(1, 9)), 10 ** rng.choice((0, 2, 4, 6)))
    row["核定"] = rng.choice((row["能耗"], row["核定"], row["能耗"] + Fraction(1, 10**6)))
    row["税收"] = rng.choice((row["税收"], min(row["用地"] * 3, Fraction(10**9))))
    if rng.random() < 0.05:
        row["用地"] = Fraction(0)
    for name in (*FIGURES, *WORDS):
        if rng.random() < gaps:
            row[name] = None
    return row


def supplied(rng: random.Random, name: str) -> Any:
    """A figure, and not 0."""
    while (value := draw(rng, 0)[name]) == 0:
        pass
    return value


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Fraction):
        scaled = value * 10**6
        assert scaled.denominator == 1
        return f"{scaled.numerator // 10**6}.{scaled.numerator % 10**6:06d}"
    return str({True: "是", False: "否"}.get(value, value))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of this test."""
    folder = tmp_path_factory.mktemp("pack")
    for name, text in PACK.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def ledger_of(rows: list[Row], folder: Path, at: Path, **more: Any) -> Ledger:
    """The ledger of these rows; their codes are their numbers."""
    file = at / "data.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["代码", "名称", "年度", *WORDS, *FIGURES])
        for number, row in enumerate(rows):
            values = [cell(row[name]) for name in (*WORDS, *FIGURES)]
            writer.writerow([f"{number:018d}", f"企业{number}", "2023", *values])
    return mujun.policy(file, folder, **more)


def told(ledger: Ledger, *, everyone: bool = True) -> list[dict[str, Any]]:
    """The rows of a ledger, in the order of their codes, figures as they are in SQL."""
    query = ledger.accounts.firms(everyone=everyone)
    names = [column.name for column in query.columns]
    return sorted(
        (dict(zip(names, row, strict=True)) for row in ledger.engine.run(query.sql)), key=lambda row: str(row["代码"])
    )


def kept(ledger: Ledger) -> list[dict[str, Figure]]:
    """The amounts of the ledger's table, exactly, in 元, in the order of codes."""
    columns = ", ".join(sql.name(f"{name}·额") for name in LEVIES)
    rows = ledger.engine.run(f"SELECT {columns} FROM {sql.name(TABLE)} ORDER BY {sql.name('代码')}")
    factor = ledger.accounts.plan.factor
    return [{n: None if v is None else int(v) * factor for n, v in zip(LEVIES, row, strict=True)} for row in rows]


def is_open(due: Due) -> bool:
    return due.applies is not False and due.amount is None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("year", [2023, 2024])
def test_amounts_are_exact(pack: Path, tmp_path: Path, seed: int, year: int) -> None:
    """Each amount is the very fraction of an independent reckoning, known exactly where that knows it; sums too."""
    rng = random.Random(seed * 10 + year)  # noqa: S311 -- chance, not secrecy
    rows = [draw(rng, 0.12) for _ in range(400)]
    ledger = ledger_of(rows, pack, tmp_path, as_of=datetime.date(year, 12, 31))
    wanted = [judge(row, year) for row in rows]
    assert kept(ledger) == [{name: due.amount for name, due in dues.items()} for dues in wanted]
    units = {"电价": (WAN, 4), "土地": (WAN, 2), "用能": (WAN, 3), "奖励": (1, 0)}
    for found, dues in zip(told(ledger), wanted, strict=True):
        for name, due in dues.items():
            unit, digits = units[name]
            shown = None if due.amount is None else rounded(due.amount / unit, Fraction(1, 10**digits))
            assert (None if found[name] is None else Fraction(found[name])) == shown, (name, found)
        opened = any(map(is_open, dues.values()))
        total = sum((due.amount or Fraction(0) for due in dues.values()), Fraction(0))
        assert (None if found["合计"] is None else Fraction(found["合计"])) == (
            None if opened else rounded(total / WAN, Fraction(1, 10_000))
        )
        assert bool(found["缺少"]) == opened
        assert ("用能的标准" in str(found["缺少"])) == dues["用能"].no_tariff
    concerned = [dues for dues in wanted if any(due.applies is not False for due in dues.values())]
    assert len(told(ledger, everyone=False)) == len(concerned)


def test_sums_of_groups(pack: Path, tmp_path: Path) -> None:
    """A group has the sum of the known amounts, rounded once, and counts those that are open; none is lost."""
    rng = random.Random(7)  # noqa: S311 -- chance, not secrecy
    rows = [draw(rng, 0.1) for _ in range(300)]
    ledger = ledger_of(rows, pack, tmp_path)
    query = ledger.accounts.groups("镇")
    names = [column.name for column in query.columns]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in ledger.engine.run(query.sql)}
    assert [*found] == ["东", "西", "未填"]
    for town, group in found.items():
        dues = [judge(row) for row in rows if (row["镇"] or "未填") == town]
        assert group["家数"] == sum(any(due.applies is not False for due in one.values()) for one in dues)
        assert group["待定家数"] == sum(any(map(is_open, one.values())) for one in dues)
        exact = {name: sum((one[name].amount or Fraction(0) for one in dues), Fraction(0)) for name in LEVIES}
        assert Fraction(group["电价"]) == rounded(exact["电价"] / WAN, Fraction(1, 10_000))
        assert Fraction(group["奖励"]) == rounded(exact["奖励"], Fraction(1))
        assert Fraction(group["合计"]) == rounded(sum(exact.values(), Fraction(0)) / WAN, Fraction(1, 10_000))
    whole = ledger.summaries[-1]
    assert whole.open == sum(group["待定家数"] for group in found.values())
    assert whole.known + whole.open == sum(group["家数"] for group in found.values())
    frame = ledger.groups("等级")
    assert list(frame["等级"]) == ["A", "B", "C", "D", "未填"]
    assert frame["家数"].sum() == whole.known + whole.open


def test_what_is_named_is_what_is_missing(pack: Path, tmp_path: Path) -> None:
    """Each figure named is one that is not there (or of no use), and once all are supplied, nothing is open."""
    rng = random.Random(11)  # noqa: S311 -- chance, not secrecy
    rows = [draw(rng, 0.25) for _ in range(300)]
    named = [set(str(found["缺少"] or "").split("、")) - {""} for found in told(ledger_of(rows, pack, tmp_path))]
    assert sum(map(bool, named)) > 100
    for row, names in zip(rows, named, strict=True):
        for name in names - {"用能的标准"}:
            assert row[name] is None or (name == "用地" and row[name] == 0)
            row[name] = supplied(rng, name)
    for found, row in zip(told(ledger_of(rows, pack, tmp_path)), rows, strict=True):
        assert found["缺少"] in (None, "用能的标准"), (found, row)


ONE: Row = {
    "规上": False, "等级": "C", "行业": "五金", "镇": "东", "税收": Fraction(30), "用地": Fraction(2),
    "用电": Fraction(50), "能耗": Fraction(10), "核定": Fraction(10),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "amounts", "missing"),
    [
        ({}, ("5.0000", None, None, "-45000"), None),
        ({"用电": None}, (None, None, None, "-45000"), "用电"),
        ({"等级": "A", "规上": True, "税收": Fraction(3)}, ("15.0000", "-0.75", None, None), "用能的标准"),
        # Whether it is poor decides between two prices, and whether there is a reward.
        ({"规上": True, "税收": None}, (None, None, None, None), "税收、用能的标准"),
        # The worst grade pays what the poor pay: it does not matter which of the two it is.
        ({"规上": True, "税收": None, "等级": "D"}, ("15.0000", None, None, None), "税收、用能的标准"),
        ({"等级": None}, (None, None, None, "-45000"), "等级"),
        ({"行业": None}, ("5.0000", None, None, "-45000"), "行业"),
        ({"行业": "化工", "能耗": Fraction(15)}, ("5.0000", None, "0.100", "-45000"), None),
        ({"行业": "化工", "核定": None}, ("5.0000", None, None, "-45000"), "核定"),
    ],
)  # fmt: skip
def test_cases_by_hand(
    pack: Path, tmp_path: Path, change: Row, amounts: tuple[str | None, ...], missing: str | None
) -> None:
    """Amounts and gaps of one firm, as reckoned by hand; what is missing is named, and only where it decides."""
    [found] = told(ledger_of([ONE | change], pack, tmp_path))
    assert tuple(None if found[name] is None else str(found[name]) for name in LEVIES) == amounts
    assert found["缺少"] == missing


def test_a_rate_of_nothing_needs_no_figures(pack: Path, tmp_path: Path) -> None:
    """Who pays a rate of 0 pays 0, whether or not it is known how much power it used."""
    changed = (pack / "policies.yaml").read_text(encoding="utf-8")
    own = tmp_path / "own.yaml"
    kept_rows = [line for line in changed.splitlines() if "cites: 甲" not in line and "cites: 乙" not in line]
    own.write_text("\n".join(kept_rows), encoding="utf-8")
    ledger = ledger_of([ONE | {"等级": "B", "用电": None, "用地": None}], pack, tmp_path, policies=own)
    [found] = told(ledger)
    assert str(found["电价"]) == "0.0000"
    assert "用电" not in found["缺少"]


@pytest.mark.parametrize(
    ("settings", "amounts"),
    [({"税额": "70元/㎡"}, "-7.47"), ({"封顶": "1万元"}, "-0.75"), ({"封顶": "1000元"}, "-0.10")],
)
def test_parameters_may_be_set(pack: Path, tmp_path: Path, settings: dict[str, str], amounts: str) -> None:
    """The parameters of the file count as they are set: 2亩 are 1333 1/3㎡, 80% of the tax on them is remitted."""
    [found] = told(ledger_of([ONE | {"等级": "A"}], pack, tmp_path, parameters=settings))
    assert str(found["土地"]) == amounts
    assert "封顶" not in str(found["依据"])


@pytest.mark.parametrize("year", [2022, 2025])
def test_no_tariff_on_the_day(pack: Path, tmp_path: Path, year: int) -> None:
    """Only a tariff in force on the day counts; where none is, that is what is missing."""
    own = tmp_path / "own.yaml"
    text = (pack / "policies.yaml").read_text(encoding="utf-8")
    own.write_text(
        text.replace("from: 2024,", "from: 2024, to: 2024,").replace("to: 2023-12-31", "from: 2023, to: 2023")
    )
    ledger = ledger_of([ONE | {"等级": "A"}], pack, tmp_path, policies=own, as_of=datetime.date(year, 6, 30))
    [found] = told(ledger)
    assert (found["土地"], found["合计"]) == (None, None)
    assert found["缺少"] == "土地的标准"


def test_the_cites_say_by_which_tariff(pack: Path, tmp_path: Path) -> None:
    """Each amount is traced to its tariff: whom it is for, the rate, and who published it."""
    [found] = told(ledger_of([ONE | {"行业": "造纸", "规上": True, "能耗": Fraction(11)}], pack, tmp_path))
    assert found["依据"] == (
        "电价：等级为C，加收0.1元/千瓦时（丙）；用能：加收200元/吨标煤（己）；奖励：减免0.01亩/万元（辛）"
    )
    [found] = told(ledger_of([ONE | {"规上": True, "税收": Fraction(5)}], pack, tmp_path))
    assert found["所在清单"] == "低效"


def test_the_order_of_rows_does_not_matter(pack: Path, tmp_path: Path) -> None:
    """The same firms in another order have the same ledger."""
    rng = random.Random(3)  # noqa: S311 -- chance, not secrecy
    rows = [draw(rng, 0.1) for _ in range(60)]
    once = [tuple(row[name] for name in (*LEVIES, "合计", "缺少")) for row in told(ledger_of(rows, pack, tmp_path))]
    again = [
        tuple(row[name] for name in (*LEVIES, "合计", "缺少")) for row in told(ledger_of(rows[::-1], pack, tmp_path))
    ]
    assert once == again[::-1]


def test_whole_numbers_are_rounded_half_up(run: Callable[[str], Any]) -> None:
    """Quotients of any size are rounded half up, away from zero, exactly at the half."""
    rng = random.Random(5)  # noqa: S311 -- chance, not secrecy
    for _ in range(300):
        bottom = rng.randrange(1, 10 ** rng.randint(1, 12))
        top = rng.randrange(10 ** rng.randint(1, 24)) * bottom + rng.choice(
            (0, bottom // 2, (bottom + 1) // 2, bottom - 1)
        )
        for value in (top, -top):
            cast = f"CAST({value} AS DECIMAL(38, 0))"
            assert run(f"SELECT {half_up(cast, str(bottom))}") == rounded(Fraction(value, bottom), Fraction(1))


@pytest.fixture(scope="module")
def run() -> Callable[[str], Any]:
    """Ask an engine for one value."""
    from mujun.engine.duckdb import Engine

    engine = Engine()
    return lambda text: Fraction(engine.run(text)[0][0])
