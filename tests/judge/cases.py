"""Cases for the judge: enterprises drawn at random, most of them on a line of the policy or one step beside it.

A table is drawn as whole steps (the last decimal that its columns hold), so that the text for mujun and the fraction
for the judge come from the same integer.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .judge import Value

CODE, COMPANY, YEAR = "统一社会信用代码", "企业名称", "年度"
Cell = int | str | bool | None
Cells = dict[str, Cell]
"""One row by field: a figure in steps, or a word, a flag, None for missing."""

JUDGED = 2023

MU = {"亩": Fraction(1), "㎡": Fraction(3, 2000), "公顷": Fraction(15)}
WAN = {"万元": Fraction(1), "元": Fraction(1, 10_000), "亿元": Fraction(10_000), "千元": Fraction(1, 10)}
TONNES = {"吨": Fraction(1), "kg": Fraction(1, 1000), "万吨": Fraction(10_000)}
COAL = {"吨标煤": Fraction(1), "千克标煤": Fraction(1, 1000), "万吨标煤": Fraction(10_000)}
PURE = {"": Fraction(1), "%": Fraction(1, 100)}

MONEY_FIELDS = ("税收", "销售收入")
LAND_FIELDS = ("用地面积", "自有用地", "租入用地", "租出用地")
COAL_FIELDS = ("综合能耗", "核定能耗")
TONNE_FIELDS = ("排放当量", "核定排放")
USE_FIELDS = ("土地利用率", "产能利用率", "能耗指标利用率", "排放指标利用率")
NUMBERS = (*MONEY_FIELDS, *LAND_FIELDS, *COAL_FIELDS, *TONNE_FIELDS, *USE_FIELDS)
WORDS: dict[str, tuple[Cell, ...]] = {
    "园区": ("鞋塘工业园区",),
    "规上": (True, False),
    "综合评价": ("A", "B", "C", "D", "T"),
    "土地状态": ("正常", "闲置", "停产"),
    "进入交易": (True, False),
    "开发意愿": ("有", "无"),
    "符合产业政策": (True, False),
}
FIELDS = (*NUMBERS, *WORDS)
UNITS = {
    **dict.fromkeys(MONEY_FIELDS, WAN),
    **dict.fromkeys(LAND_FIELDS, MU),
    **dict.fromkeys(COAL_FIELDS, COAL),
    **dict.fromkeys(TONNE_FIELDS, TONNES),
    **dict.fromkeys(USE_FIELDS, PURE),
}
USUAL = {name: next(iter(units)) for name, units in UNITS.items()}
AMOUNTS = tuple(name for name in NUMBERS if name not in USE_FIELDS)
LARGEST = Fraction(10**9)
"""The largest amount drawn, in 万元, 亩, 吨标煤 or 吨."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a column is written: its header; for figures decimals and the size of a step, for words their spelling."""

    header: str
    places: int = 0
    step: Fraction = Fraction(1)
    spelling: Mapping[Cell, str] = field(default_factory=dict)

    def value(self, cell: Cell) -> Value:
        """What a cell means."""
        if isinstance(cell, int) and not isinstance(cell, bool):
            return Fraction(cell * self.step.numerator, self.step.denominator)
        return cell

    def text(self, cell: Cell) -> str:
        """What the file says."""
        if cell is None:
            return ""
        if cell in self.spelling:
            return self.spelling[cell]
        if isinstance(cell, bool):
            return "是" if cell else "否"
        return cell if isinstance(cell, str) else decimal(cell, self.places)


Forms = Mapping[str, Form]


def number_form(name: str, header: str, unit: str, places: int) -> Form:
    """A column of figures in `unit` with so many decimals."""
    return Form(header, places, UNITS[name][unit] / 10**places)


def decimal(steps: int, places: int) -> str:
    """A whole number of steps as a decimal."""
    if not places:
        return str(steps)
    whole, rest = divmod(abs(steps), 10**places)
    return f"{'-' if steps < 0 else ''}{whole}.{rest:0{places}d}"


CANONICAL: Forms = {
    **{name: number_form(name, f"{name}({unit})" if unit else name, unit, 4) for name, unit in USUAL.items()},
    **{name: Form(name) for name in WORDS},
}
"""万元, 亩, 吨标煤, 吨 with four decimals."""

BUREAU: Forms = {
    "税收": number_form("税收", "税收(元)", "元", 2),
    "销售收入": number_form("销售收入", "销售收入(元)", "元", 2),
    "用地面积": number_form("用地面积", "用地面积（㎡）", "㎡", 2),
    "自有用地": number_form("自有用地", "自有用地(平方米)", "㎡", 2),
    "租入用地": number_form("租入用地", "租赁用地（m²）", "㎡", 2),
    "租出用地": number_form("租出用地", "出租用地面积(㎡)", "㎡", 2),
    "综合能耗": number_form("综合能耗", "年综合能耗(千克标煤)", "千克标煤", 3),
    "核定能耗": number_form("核定能耗", "核定能耗(吨标煤)", "吨标煤", 3),
    "排放当量": number_form("排放当量", "排放当量(kg)", "kg", 2),
    "核定排放": number_form("核定排放", "核定排放量（吨）", "吨", 4),
    "土地利用率": number_form("土地利用率", "土地利用率(%)", "%", 2),
    "产能利用率": number_form("产能利用率", "现有产能利用率（%）", "%", 4),
    "能耗指标利用率": number_form("能耗指标利用率", "能耗利用率(%)", "%", 3),
    "排放指标利用率": number_form("排放指标利用率", "排放指标利用率", "", 6),
    "园区": Form("所在园区"),
    "规上": Form("是否规上企业", spelling={True: "规上", False: "规下"}),
    "综合评价": Form("评价结果", spelling={"A": "A类", "B": "B类", "C": "C类", "D": "D类", "T": "不定等级"}),
    "土地状态": Form("用地状态", spelling={"正常": "在用", "闲置": "空置", "停产": "停工"}),
    "进入交易": Form("是否进入交易", spelling={True: "1", False: "0"}),
    "开发意愿": Form("开发意愿和能力", spelling={"有": "有意愿", "无": "无能力"}),
    "符合产业政策": Form("是否符合产业政策", spelling={True: "√", False: "×"}),
}
"""元, ㎡, kg and % with two decimals or so, under headers as bureaus write them."""


def code_of(number: int) -> str:
    """The credit code of an enterprise; codes are not in the order in which enterprises are drawn."""
    return f"91330703MA{number * 48_271 % 99_999_989:08d}"


def canonical(forms: Forms, rows: Iterable[Cells]) -> Iterator[dict[str, Value]]:
    """The rows as the judge takes them."""
    for row in rows:
        found: dict[str, Value] = {CODE: row[CODE], YEAR: row[YEAR]}
        for name, form in forms.items():
            cell = row[name]
            if cell is not None:
                found[name] = form.value(cell)
        yield found


def write(path: Path, forms: Forms, rows: Iterable[Cells], blanks: Sequence[str] = ("",), seed: int = 0) -> Path:
    """The rows as a CSV file; a missing cell says one of `blanks`."""
    rng = random.Random(seed)  # noqa: S311 -- chance, not secrecy
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([CODE, COMPANY, YEAR, *(form.header for form in forms.values())])
        for row in rows:
            cells = [form.text(row[name]) or rng.choice(blanks) for name, form in forms.items()]
            writer.writerow([row[CODE], f"企业{row[CODE]}", row[YEAR], *cells])
    return path


class Draw:
    """Draws enterprises in steps of the given forms."""

    def __init__(self, forms: Forms, rng: random.Random) -> None:
        self.forms, self.rng = forms, rng
        self.lines: dict[tuple[str, Fraction], tuple[int, bool]] = {}
        self.ratios: dict[tuple[str, str, Fraction], Fraction] = {}
        self.most = {name: int(LARGEST / forms[name].step) for name in AMOUNTS}

    def chance(self, share: float) -> bool:
        """True in about this share of calls."""
        return self.rng.random() < share

    def beside(self, steps: int, exact: bool) -> int:
        """On a line or one step to a side; where the line falls between two steps, one of them."""
        return steps + self.rng.choice((-1, 0, 0, 1) if exact else (0, 1))

    def near(self, name: str, line: Fraction) -> int:
        """A figure on a line of its own, or beside it."""
        if (name, line) not in self.lines:
            exact = line / self.forms[name].step
            self.lines[name, line] = exact.numerator // exact.denominator, exact.denominator == 1
        return self.beside(*self.lines[name, line])

    def near_ratio(self, top: str, bottom: str, line: Fraction, divisor: int) -> int:
        """A numerator that puts top / bottom on a line, or one step beside it."""
        ratio = self.ratio(top, bottom, line)
        steps, rest = divmod(divisor * ratio.numerator, ratio.denominator)
        return self.beside(steps, rest == 0)

    def ratio(self, top: str, bottom: str, line: Fraction) -> Fraction:
        """How many steps of `top` one step of `bottom` takes to be on a line."""
        if (top, bottom, line) not in self.ratios:
            self.ratios[top, bottom, line] = line * self.forms[bottom].step / self.forms[top].step
        return self.ratios[top, bottom, line]

    def amount(self, name: str, share: int = 1) -> int:
        """A positive figure of any magnitude up to the largest (or a part of it)."""
        most = self.most[name] // share
        return self.rng.randrange(1, 10 ** self.rng.randint(2, len(str(most)) - 1))

    def divisor(self, name: str, other: str, line: Fraction) -> int:
        """A figure of any magnitude to divide by: mostly with an exact numerator on the line, few zero or negative."""
        draw = self.rng.random()
        if draw < 0.02:
            return 0
        steps = self.amount(name, 10)
        if draw < 0.04:
            return -steps
        whole = self.ratio(other, name, line).denominator
        return steps if draw < 0.2 else max(steps // whole, 1) * whole

    def firm(self, gaps: float = 0.08) -> Cells:
        """One enterprise of one year, without its identity; `gaps` is the share of missing cells."""
        row: Cells = {}
        self.land(row)
        self.money(row)
        for name in USE_FIELDS[:2]:
            row[name] = self.use(name)
        self.quota(row, "能耗指标利用率", "综合能耗", "核定能耗")
        self.quota(row, "排放指标利用率", "排放当量", "核定排放")
        for name, words in WORDS.items():
            row[name] = self.rng.choice(words)
        if self.chance(0.5):
            row["综合评价"] = "B"
        if self.chance(0.6):
            row["规上"] = False
        if self.chance(0.4):
            row["土地状态"], row["进入交易"] = "正常", False
        for name in FIELDS:
            if self.chance(gaps):
                row[name] = None
        return row

    def land(self, row: Cells) -> None:
        """Own, rented, let and stated land; 40% state none, so that it is own + rented - let."""
        draw = self.rng.random()
        if draw < 0.3:
            row["自有用地"] = self.near("自有用地", Fraction(3))
        elif draw < 0.65:
            row["自有用地"] = self.near("自有用地", Fraction(20))
        elif draw < 0.75:
            row["自有用地"] = 0
        else:
            row["自有用地"] = self.amount("自有用地") * (-1 if draw < 0.78 else 1)
        row["租入用地"] = self.amount("租入用地") if self.chance(0.5) else 0
        row["租出用地"] = self.amount("租出用地", 1000) if self.chance(0.3) else 0
        stated = None if self.chance(0.4) else self.divisor("用地面积", "税收", Fraction(33, 10))
        if stated is not None and self.chance(0.15):
            # Few different figures, so that some enterprises tie.
            stated = self.rng.randint(1, 9) * 10_000
        row["用地面积"] = stated

    def money(self, row: Cells) -> None:
        """Tax on a line per 亩 or by itself, sales on their line."""
        land = row["用地面积"]
        if land is None:
            land = sum(int(row[name] or 0) for name in LAND_FIELDS[1:3]) - int(row["租出用地"] or 0)
        assert isinstance(land, int)
        draw = self.rng.random()
        if draw < 0.6 and land:
            tax = self.near_ratio("税收", "用地面积", Fraction(3) if draw < 0.3 else Fraction(33, 10), land)
            if draw < 0.05:
                tax += self.rng.randint(-9, 9)
        elif draw < 0.85:
            tax = self.near("税收", Fraction(300))
            if draw < 0.7:
                land = self.near("用地面积", Fraction(100) if draw < 0.65 else Fraction(1000, 11))
                row["用地面积"] = land
        elif draw < 0.9:
            # Whole 万元, so that some enterprises tie.
            tax = self.rng.randint(301, 400) * int(1 / self.forms["税收"].step)
        else:
            tax = self.amount("税收") * (-1 if draw < 0.92 else 1)
        row["税收"] = tax if abs(tax) <= self.most["税收"] else self.amount("税收")
        row["销售收入"] = self.near("销售收入", Fraction(10_000)) if self.chance(0.6) else self.amount("销售收入")

    def use(self, name: str) -> int:
        """A utilisation, mostly on its line."""
        if self.chance(0.7):
            return self.near(name, Fraction(4, 5))
        return int(self.rng.random() ** 0.5 * 1.2 / self.forms[name].step)

    def quota(self, row: Cells, stated: str, used: str, granted: str) -> None:
        """Use and quota, mostly on the line; in half of the cases that is all there is."""
        quota = self.divisor(granted, used, Fraction(4, 5))
        row[granted] = quota
        if self.chance(0.7):
            row[used] = self.near_ratio(used, granted, Fraction(4, 5), quota)
        else:
            row[used] = abs(self.near_ratio(used, granted, Fraction(self.rng.randint(60, 120), 100), quota))
        row[stated] = self.use(stated) if self.chance(0.5) else None


def table(forms: Forms, count: int, with_past: int, seed: int) -> list[Cells]:
    """`count` enterprises in the year judged, `with_past` of them in the two years before too, and strays around."""
    rng = random.Random(seed)  # noqa: S311 -- chance, not secrecy
    draw = Draw(forms, rng)
    now = [{CODE: code_of(number), YEAR: JUDGED, **draw.firm()} for number in range(count)]
    _staircase(forms, now)
    rows = list(now)
    for number, row in enumerate(now[:with_past]):
        for back in (1, 2):
            if not draw.chance(0.04):
                # Figures of another enterprise: only 规上 of an earlier year may count.
                other = now[rng.randrange(count)]
                flag = None if draw.chance(0.05) else draw.chance(0.25)
                rows.append({**other, CODE: row[CODE], YEAR: JUDGED - back, "规上": flag})
        if number % 20 == 0:
            rows += [{**now[-1 - number], CODE: row[CODE], YEAR: year} for year in (JUDGED - 3, JUDGED + 1)]
    rng.shuffle(rows)
    return rows


def _staircase(forms: Forms, rows: list[Cells]) -> None:
    """Thirteen enterprises that tie at the top of 高税少地 in steps of 4, 4 and 5: the last five share rank 9."""
    most = int(LARGEST / forms["税收"].step)
    for place, row in enumerate(rows[7:20]):
        row.update({"税收": most - min(place // 4, 2), "自有用地": 0, "园区": "鞋塘工业园区"})


# What one column may look like: header, unit, and the most decimals at which every step is whole millionths of the
# canonical unit.
HEADERS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "税收": (("税收", "万元", 6), ("税收（元）", "元", 2), ("实缴税金(万)", "万元", 6), ("税收_元", "元", 2),
             ("入库税收(亿元)", "亿元", 10), ("税收 (千元)", "千元", 5)),
    "销售收入": (("销售收入(万元)", "万元", 6), ("主营业务收入/元", "元", 2), ("营业收入（亿元）", "亿元", 10)),
    "用地面积": (("用地面积", "亩", 6), ("用地面积（㎡）", "㎡", 2), ("占地面积(公顷)", "公顷", 6),
                 ("实际用地面积[平方米]", "㎡", 2)),
    "自有用地": (("自有用地(亩)", "亩", 6), ("土地使用权面积(m2)", "㎡", 2), ("登记用地面积（公顷）", "公顷", 6)),
    "租入用地": (("租入用地", "亩", 6), ("承租用地（平方米）", "㎡", 2)),
    "租出用地": (("租出用地", "亩", 6), ("出租用地面积(m²)", "㎡", 2)),
    "综合能耗": (("综合能耗(吨标煤)", "吨标煤", 6), ("年综合能耗(千克标准煤)", "千克标煤", 3),
                 ("总用能量（万吨标煤）", "万吨标煤", 10)),
    "核定能耗": (("核定能耗", "吨标煤", 6), ("核定用能(kgce)", "千克标煤", 3)),
    "排放当量": (("排放当量(吨)", "吨", 6), ("排污量（公斤）", "kg", 3)),
    "核定排放": (("核定排放", "吨", 6), ("排污权(kg)", "kg", 3)),
    "土地利用率": (("土地利用率", "", 6), ("现有土地利用率(%)", "%", 4)),
    "产能利用率": (("产能利用率", "", 6), ("产能利用率（%）", "%", 4)),
    "能耗指标利用率": (("能耗指标利用率", "", 6), ("核定能耗利用率(％)", "%", 4)),
    "排放指标利用率": (("排放指标利用率", "", 6), ("排放利用率/%", "%", 4)),
}  # fmt: skip
SPELLINGS: dict[str, dict[Cell, tuple[str, ...]]] = {
    "园区": {"鞋塘工业园区": ("鞋塘工业园区",)},
    "规上": {True: ("是", "规上", "1", "√", "规模以上"), False: ("否", "规下", "0", "×", "规模以下")},
    "综合评价": {
        **{grade: (grade, f"{grade}类", f"{grade}档", grade.lower()) for grade in "ABCD"},
        "T": ("T", "暂不评价"),
    },
    "土地状态": {"正常": ("正常", "在用"), "闲置": ("闲置", "空置"), "停产": ("停产", "停工")},
    "进入交易": {True: ("是", "TRUE", "1.0"), False: ("否", "False", "N")},
    "开发意愿": {"有": ("有", "是", "有意愿"), "无": ("无", "否", "无能力")},
    "符合产业政策": {True: ("是", "Y"), False: ("否", "0")},
}
