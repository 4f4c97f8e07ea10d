"""An independent judge of the five lists of the 金东 pack: plain Python, exact fractions, explicit three-valued logic.

It is written from what the pack says and imports nothing of mujun, so that the two can be compared. Rows are
canonical: 万元, 亩, 吨标煤, 吨, ratios as pure numbers; None is unknown. An outcome follows Kleene's logic. Which
figures are to be named as missing is found another way, by trying every completion of what is unknown: a figure
matters if, all else being the same, the result can depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from typing import NamedTuple

Truth = bool | None
Value = Fraction | str | bool | int | None
Row = Mapping[str, Value]

LOW, NEAR, DOUBLING, SUPPLY, BELOW_SCALE = "低效用地", "临界", "产能倍增", "高税少地", "三年未上规"
LISTS = (LOW, NEAR, DOUBLING, SUPPLY, BELOW_SCALE)
YES, NO, PENDING = "是", "否", "待核实"
UNDECIDED_ROUTE, NO_ROUTE = "待定", "无对应处置"

LOW_LINE = Fraction(3)  # 万元/亩
NEAR_LINE = LOW_LINE * (1 + Fraction(10, 100))
SALES_LINE = Fraction(10_000)  # 1亿元 in 万元
TAX_LINE = Fraction(300)
USE_LINE = Fraction(80, 100)
GOOD_GRADES = ("A", "B")
HIGH_TAX = Fraction(300)
LITTLE_LAND = Fraction(3)
FIRST = 10
SCALE_LAND = Fraction(20)

_STATES, _FLAGS, _WISHES = ("正常", "闲置", "停产"), (True, False), ("有", "无")
_ROUTE_FIGURES = ("土地状态", "进入交易", "开发意愿", "符合产业政策")
_ROUTE_DOMAINS: tuple[tuple[Value, ...], ...] = (_STATES, _FLAGS, _WISHES, _FLAGS)


class Verdict(NamedTuple):
    """What the judge says of one enterprise on one list."""

    outcome: str
    rank: int | None
    route: str | None
    missing: frozenset[str]


def both(*parts: Truth) -> Truth:
    """Kleene's conjunction: one false part settles it, otherwise one unknown part leaves it open."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def either(*parts: Truth) -> Truth:
    """Kleene's disjunction: one true part settles it, otherwise one unknown part leaves it open."""
    if any(part is True for part in parts):
        return True
    return None if any(part is None for part in parts) else False


def _doubling(sales: Truth, tax: Truth, *others: Truth) -> Truth:
    return both(either(sales, tax), *others)


CONDITIONS: dict[str, Callable[..., Truth]] = {
    LOW: both,
    NEAR: both,
    DOUBLING: _doubling,
    SUPPLY: both,
    BELOW_SCALE: both,
}
"""Each list's condition over the truth of its comparisons, in the order of `_comparisons`."""


@cache
def settle(name: str, truths: tuple[Truth, ...]) -> tuple[Truth, tuple[int, ...]]:
    """The truth of a list's condition, and which of its unknown comparisons can decide it."""
    condition = CONDITIONS[name]
    domains = [(truth,) if truth is not None else _FLAGS for truth in truths]
    matter = []
    for index, truth in enumerate(truths):
        if truth is None:
            others = product(*domains[:index], _FLAGS[:1], *domains[index + 1 :])
            if any(condition(*one) != condition(*one[:index], False, *one[index + 1 :]) for one in others):
                matter.append(index)
    return condition(*truths), tuple(matter)


def _equals(value: Value, *wanted: Value) -> Truth:
    return None if value is None else value in wanted


def _propose(values: tuple[Value, ...]) -> str:
    """The first route that applies, in the order 收回, 转让, 改造; open where one before it is unknown."""
    state, traded, wish, suits = values
    routes = {
        "收回": either(_equals(state, "闲置", "停产"), _equals(traded, True)),
        "转让": either(_equals(wish, "无"), _equals(suits, False)),
        "改造": both(_equals(suits, True), _equals(wish, "有")),
    }
    for name, applies in routes.items():
        if applies is None:
            return UNDECIDED_ROUTE
        if applies:
            return name
    return NO_ROUTE


@cache
def propose(values: tuple[Value, ...]) -> tuple[str, frozenset[str]]:
    """The route of a 低效用地 row, and the unknown figures on which it can depend."""
    domains = [(value,) if value is not None else domain for value, domain in zip(values, _ROUTE_DOMAINS, strict=True)]
    matter = set()
    for index, value in enumerate(values):
        if value is None:
            for one in product(*domains[:index], (None,), *domains[index + 1 :]):
                found = {_propose((*one[:index], filled, *one[index + 1 :])) for filled in _ROUTE_DOMAINS[index]}
                if len(found) > 1:
                    matter.add(_ROUTE_FIGURES[index])
    return _propose(values), frozenset(matter)


def _number(row: Row, field: str) -> Fraction | None:
    value = row.get(field)
    return value if isinstance(value, Fraction) else None


def _ratio(top: Fraction | None, bottom: Fraction | None) -> Fraction | None:
    """A quotient; a divisor that is not positive is of no use."""
    if top is None or bottom is None or bottom <= 0:
        return None
    return top / bottom


def _land(row: Row) -> Fraction | None:
    """用地面积, or else own + rented - let, where all three are known."""
    stated = _number(row, "用地面积")
    if stated is not None:
        return stated
    own, rented, let = _number(row, "自有用地"), _number(row, "租入用地"), _number(row, "租出用地")
    return None if own is None or rented is None or let is None else own + rented - let


def _use(row: Row, stated: str, used: str, granted: str) -> Fraction | None:
    """A utilisation as stated, or else used / granted."""
    value = _number(row, stated)
    return value if value is not None else _ratio(_number(row, used), _number(row, granted))


def _at_least(value: Fraction | None, line: Fraction) -> Truth:
    return None if value is None else value >= line


def _below(value: Fraction | None, line: Fraction) -> Truth:
    return None if value is None else value < line


Key = tuple[tuple[bool, Fraction], ...]


def _low_first(value: Fraction | None) -> tuple[bool, Fraction]:
    return (True, Fraction(0)) if value is None else (False, value)


def _high_first(value: Fraction | None) -> tuple[bool, Fraction]:
    return (True, Fraction(0)) if value is None else (False, -value)


def ranks(keys: Mapping[str, Key]) -> dict[str, int]:
    """Ranks by key, smallest first; equals share one and use up as many: 1, 2, 2, 4."""
    found: dict[str, int] = {}
    before: Key | None = None
    rank = 0
    for place, (code, key) in enumerate(sorted(keys.items(), key=lambda item: item[1]), 1):
        if key != before:
            before, rank = key, place
        found[code] = rank
    return found


class _Firm:
    """The figures of one enterprise in the year judged."""

    def __init__(self, row: Row, last: Value, before_last: Value, year: int) -> None:
        self.row, self.past, self.year = row, (last, before_last), year
        self.tax, self.land, self.own = _number(row, "税收"), _land(row), _number(row, "自有用地")
        self.per_mu = _ratio(self.tax, self.land)

    def comparisons(self) -> dict[str, tuple[Truth, ...]]:
        """List -> the truth of each of its comparisons."""
        row, tax = self.row, self.tax
        return {
            LOW: (_below(self.per_mu, LOW_LINE),),
            NEAR: (_at_least(self.per_mu, LOW_LINE), _below(self.per_mu, NEAR_LINE)),
            DOUBLING: (
                _at_least(_number(row, "销售收入"), SALES_LINE),
                _at_least(tax, TAX_LINE),
                _at_least(_number(row, "土地利用率"), USE_LINE),
                _at_least(_number(row, "产能利用率"), USE_LINE),
                _at_least(_use(row, "能耗指标利用率", "综合能耗", "核定能耗"), USE_LINE),
                _at_least(_use(row, "排放指标利用率", "排放当量", "核定排放"), USE_LINE),
                _equals(row.get("综合评价"), *GOOD_GRADES),
            ),
            SUPPLY: (
                _at_least(tax, HIGH_TAX),
                None if self.own is None else self.own <= LITTLE_LAND,
                row.get("园区") is not None,
            ),
            BELOW_SCALE: (
                _at_least(self.own, SCALE_LAND),
                _equals(row.get("规上"), False),
                _equals(self.past[0], False),
                _equals(self.past[1], False),
            ),
        }

    def figures(self, name: str, index: int) -> set[str]:
        """The figures to be named where a comparison of a list is unknown."""
        if name in (LOW, NEAR):
            # Land that is not positive is as good as none: only another figure would give a ratio.
            gaps = {"税收"} if self.tax is None else set()
            return gaps | ({"用地面积"} if self.land is None or self.land <= 0 else set())
        names = {
            DOUBLING: (
                "销售收入", "税收", "土地利用率", "产能利用率", "能耗指标利用率", "排放指标利用率", "综合评价",
            ),
            SUPPLY: ("税收", "自有用地", "园区"),
            BELOW_SCALE: ("自有用地", "规上", f"{self.year - 1}年规上", f"{self.year - 2}年规上"),
        }  # fmt: skip
        return {names[name][index]}

    def key(self, name: str) -> Key:
        """What the members of a list are ranked by; the unknown come last."""
        match name:
            case "低效用地" | "临界":
                return _low_first(self.per_mu), _high_first(self.land)
            case "产能倍增":
                return _high_first(self.tax), _high_first(self.per_mu)
            case "高税少地":
                return (_high_first(self.tax),)
            case _:
                return _high_first(self.own), _low_first(self.tax)


def judge(rows: Iterable[Row], year: int) -> dict[tuple[str, str], Verdict]:
    """Judge the enterprises of `year`; rows of other years serve as its past. (code, list) -> verdict."""
    known = {(row["统一社会信用代码"], row["年度"]): row for row in rows}
    found: dict[tuple[str, str], Verdict] = {}
    members: dict[str, dict[str, Key]] = {name: {} for name in LISTS}
    for (code, when), row in known.items():
        if when != year:
            continue
        last, before_last = (known.get((code, year - back), {}).get("规上") for back in (1, 2))
        firm = _Firm(row, last, before_last, year)
        for name, truths in firm.comparisons().items():
            truth, matter = settle(name, truths)
            where = str(code), name
            if truth is None:
                gaps = frozenset(figure for index in matter for figure in firm.figures(name, index))
                found[where] = Verdict(PENDING, None, None, gaps)
            elif truth:
                route, gaps = (None, frozenset[str]())
                if name == LOW:
                    route, gaps = propose(tuple(row.get(figure) for figure in _ROUTE_FIGURES))
                found[where] = Verdict(YES, None, route, gaps)
                members[name][str(code)] = firm.key(name)
            else:
                found[where] = Verdict(NO, None, None, frozenset())
    for name, keys in members.items():
        for code, rank in ranks(keys).items():
            verdict = found[code, name]._replace(rank=rank)
            if name == SUPPLY:
                verdict = verdict._replace(route="优先供地" if rank <= FIRST else "候补")
            found[code, name] = verdict
    return found
