"""Methods and enterprises drawn at random: every family, policy, cut and move, and many ties."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .grading import CODE, YEAR
from .grading_cases import (
    ACTIONS,
    ADJUSTMENTS,
    FLAGS,
    JUDGE_RATIOS,
    JUDGED,
    RATIOS,
    SMALLER,
    UNITS,
    Case,
    code_of,
    condition,
    decimal,
    field,
    lifted,
    on,
    percent,
    plain,
)  # fmt: skip
from .grading_method import EVERYONE, SCOPE, Benchmark, Cuts, Every, Item, Leaf, Method, Move, Scope, Some, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .grading_method import Condition, Formula, Row, Value

F = Fraction

STEPS: dict[str, tuple[Step, dict[str, Any]]] = {
    "高新企业": (Step("高新企业", on("高新"), lambda _: F(3)), {"when": condition(on("高新")), "points": 3}),
    "纳税品牌": (
        Step("纳税品牌", Every((on("品牌"), Leaf("税收", ">=", F(4)))), lambda _: F(5, 2)),
        {"when": condition(Every((on("品牌"), Leaf("税收", ">=", F(4))))), "points": "2.5"},
    ),
    "研发投入": (Step("研发投入", None, lifted(lambda x: x * 10, "研发")), {"points": "研发 * 10"}),
    "厂房出租": (
        Step("厂房出租", None, lifted(lambda x: -5 * max(F(0), x - 1), "户数")),
        {"points": "-5 * max(0, 户数 - 1)"},
    ),
    "欠缴税款": (Step("欠缴税款", on("欠税"), lambda _: F(-7, 2)), {"when": condition(on("欠税")), "points": -3.5}),
}
BONUS, DEDUCTION = ("高新企业", "纳税品牌", "研发投入"), ("厂房出租", "欠缴税款")

COEFFICIENTS: tuple[tuple[str, Formula], ...] = (
    ("若缺(系数, 1)", lambda row: known if (known := field("系数")(row)) is not None else F(1)),
    ("系数", field("系数")),
    ("1 + 系数 / 10", lifted(lambda x: 1 + x / 10, "系数")),
)

MOVES = (
    Move("高新提档", "提档", "", on("高新")),
    Move("品牌提档", "提档", "", Every((on("品牌"), Leaf("税收", ">", F(3))))),
    Move("欠税降档", "降档", "", on("欠税")),
    Move("户数降档", "降档", "", Leaf("户数", ">=", F(3))),
    Move("事故否决", "一票否决", "D", on("事故")),
    Move("龙头定档", "定档", "A", on("龙头")),
    Move("新品定档", "定档", "B", Every((on("品牌"), on("新办")))),
    Move("否决到C", "一票否决", "C", Leaf("户数", "=", F(5))),
)


class Draw:
    """Draws methods and enterprises."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 -- chance, not secrecy

    def chance(self, share: float) -> bool:
        """True in about this share of calls."""
        return self.rng.random() < share

    # --- methods -----------------------------------------------------------------------------------------------------

    def case(self, scopes: int = 5, firms: int = 120) -> Case:
        """A method with rows."""
        drawn = [self.scope(number) for number in range(scopes)]
        exempt = (("水电", on("新办")),) if self.chance(0.6) else ()
        moves = tuple(self.rng.sample(MOVES, self.rng.randint(0, len(MOVES))))
        method = Method(tuple(scope for scope, _ in drawn), exempt=exempt, moves=moves, ratios=JUDGE_RATIOS)
        grading = {
            "method": "drawn", "title": "抽取的办法", "dataset": "企业", "grades": list(method.grades), "ungraded": "T",
            "source": {"document": "为测试而设"}, "published": "无", "assumed": "全部",
            "exempt": {name: {"when": condition(when), "cites": "一"} for name, when in exempt},
            "scopes": {scope.name: said for scope, said in drawn},
            "moves": {
                move.name: {"action": move.action, "when": condition(move.when), "cites": "二"}
                | ({"to": move.to} if move.to else {})
                for move in moves if move.when
            },
        }  # fmt: skip
        rows = self.rows(firms, scopes)
        table = self.adjustments(rows)
        if table:
            grading["adjustments"] = ADJUSTMENTS
        return Case({key: value for key, value in grading.items() if value}, method, rows, table)

    def adjustments(self, rows: Sequence[Row]) -> tuple[Move, ...]:
        """A few lines of an adjustment table, some for the same enterprise."""
        codes = sorted({str(row[CODE]) for row in rows if row[YEAR] == JUDGED})
        found = []
        for number in range(self.rng.randint(0, 12)):
            action = self.rng.choice(ACTIONS)
            to = self.rng.choice("ABCD") if action in ("定档", "一票否决") else ""
            found.append(Move(f"调整{number}", action, to, None, self.rng.choice(codes[:20])))
        return tuple(found)

    def scope(self, number: int) -> tuple[Scope, dict[str, Any]]:
        """A scope of firms of a 类别."""
        name, among = f"范围{number}", self.among(number)
        names = self.rng.sample([*RATIOS, "研发"], self.rng.randint(1, 5))
        weights = self.weights(len(names))
        drawn = [self.item(name, weight) for name, weight in zip(names, weights, strict=True)]
        cuts, cuts_said = self.cuts()
        scope = Scope(name, among, tuple(item for item, _ in drawn), cuts)
        said: dict[str, Any] = {"among": condition(among), "cites": "三"}
        if self.chance(0.5):
            within = self.rng.choice((("组",), ("组", "园区")))
            scope, said = scope._replace(within=within), said | {"within": list(within)}
        total = sum(weights, F(0))
        scope, said = scope._replace(total=total), said | {"total": plain(total)}
        said["indicators"] = {item.name: told for item, told in drawn}
        if self.chance(0.3):
            words, formula = self.rng.choice(COEFFICIENTS)
            scope, said = scope._replace(coefficient=formula), said | {"coefficient": words}
        if self.chance(0.5):
            scope, said = self.steps(scope, said)
        return scope, said | {"cuts": cuts_said}

    def among(self, number: int) -> Condition:
        """Firms of the 类别 of this number, or of it and more."""
        home = Leaf("类别", "=", f"类{number}")
        return self.rng.choice(
            (home, home, Every((home, Leaf("用地", ">=", F(2)))), Some((home, Leaf("户数", ">", F(6))))),
        )

    def weights(self, count: int) -> list[Fraction]:
        """Weights that add up to 100, or to something else."""
        if self.chance(0.3):
            return [F(self.rng.randint(1, 5) * 10) for _ in range(count)]
        places = sorted(self.rng.sample(range(1, 200), count - 1))
        return [F(high - low, 2) for low, high in zip([0, *places], [*places, 200], strict=True)]

    def item(self, name: str, weight: Fraction) -> tuple[Item, dict[str, Any]]:
        """An indicator, of any family and policy."""
        family = self.rng.choice(("ratio", "ratio", "min-max", "best"))
        item = Item(name, weight, family, self.chance(0.8 if name in SMALLER else 0.1))
        said: dict[str, Any] = {"weight": plain(weight)}
        if family != "ratio" or self.chance(0.3):
            said["formula"] = family
        if item.smaller or self.chance(0.2):
            said["better"] = "smaller" if item.smaller else "larger"
        item, said = self.benchmark(item, said)
        if self.chance(0.5):
            floor = self.rng.choice((None, F(0), F(1, 10), F(-1, 2)))
            item, said = item._replace(floor=floor), said | {"floor": "none" if floor is None else percent(floor)}
        if self.chance(0.4):
            cap = self.rng.choice((F(1), F(3, 2), F(2)))
            item, said = item._replace(cap=cap), said | {"cap": percent(cap)}
        if family == "min-max" and self.chance(0.6):
            item, said = item._replace(base=F(1, 5)), said | {"base": "20%"}
        missing = self.rng.choice(("peers", "peers", "zero", "full", "reweigh", "ungraded", "penalty"))
        item, said = item._replace(missing=missing), said | {"missing": missing}
        if missing == "penalty":
            item, said = item._replace(penalty=F(-3)), said | {"penalty": -3}
        zero = self.rng.choice(("missing", "missing", "zero", "full"))
        return item._replace(zero_divisor=zero), said | ({"zero_divisor": zero} if zero != "missing" else {})

    def benchmark(self, item: Item, said: dict[str, Any]) -> tuple[Item, dict[str, Any]]:
        """A number, or a figure of a group of this year or the last."""
        if item.family == "ratio" and (item.name == "研发" or self.chance(0.4)):
            value = self.rng.choice((F(3), F(7), F(5, 4), F(2601, 100), F(1, 8)))
            top, bottom = RATIOS.get(item.name, ("研发", ""))
            unit = UNITS[top] + (f"/{UNITS[bottom]}" if bottom else "")
            return item._replace(benchmark=Benchmark(value)), said | {"benchmark": f"{decimal(value)}{unit}"}
        group = self.rng.choice(((EVERYONE,), (SCOPE,), (SCOPE,), ("园区",), ("园区", "组")))
        years = int(self.chance(0.3))
        told: dict[str, Any] = {"group": group[0] if group in ((EVERYONE,), (SCOPE,)) else list(group)}
        if years:
            told["year"] = -years
        factor = F(1)
        if item.family == "ratio" and self.chance(0.4):
            factor = self.rng.choice((F(2), F(3, 4), F(11, 10)))
            told["factor"] = decimal(factor)
        return item._replace(benchmark=Benchmark(None, group, years, factor)), said | {"benchmark": told}

    def cuts(self) -> tuple[Cuts, dict[str, Any]]:
        """Lines by share or by score."""
        if self.chance(0.25):
            lines = (("A", F(90)), ("B", F(60)), ("C", F(25, 2)))
            cuts = Cuts(lines, by="score")
            told: dict[str, Any] = {name: plain(line) for name, line in lines}
        else:
            shares = self.rng.choice(((20, 60, 95), (25, 70, 95), (5, 75, 95), (33, 34, 80)))
            cuts = Cuts(tuple(zip("ABC", (F(share, 100) for share in shares), strict=True)))
            told = {name: percent(line) for name, line in cuts.lines}
        cuts = cuts._replace(
            rounding=self.rng.choice(("floor", "round", "ceil")), base=self.rng.choice(("graded", "all")),
            ties=self.rng.choice(("better", "worse")), least=self.rng.choice((F(0), F(0), F(1, 20), F(1, 5))),
        )  # fmt: skip
        said = {"by": cuts.by, "lines": told, "ties": cuts.ties, "base": cuts.base}
        if cuts.by == "share":
            said["rounding"] = cuts.rounding
        return cuts, said | ({"least": percent(cuts.least)} if cuts.least else {})

    def steps(self, scope: Scope, said: dict[str, Any]) -> tuple[Scope, dict[str, Any]]:
        """Bonus and deductions, with limits or without."""
        bonus = [name for name in BONUS if self.chance(0.6)]
        deduction = [name for name in DEDUCTION if self.chance(0.6)]
        if bonus or deduction:
            said = said | {"bonus": {name: STEPS[name][1] | {"cites": "四"} for name in (*bonus, *deduction)}}
        scope = scope._replace(steps=tuple(STEPS[name][0] for name in (*bonus, *deduction)))
        if bonus and self.chance(0.5):
            scope, said = scope._replace(most_bonus=F(5)), said | {"most_bonus": 5}
        if deduction and self.chance(0.5):
            scope, said = scope._replace(most_deduction=F(6)), said | {"most_deduction": 6}
        return scope, said

    # --- enterprises -------------------------------------------------------------------------------------------------

    def rows(self, firms: int, scopes: int) -> list[dict[str, Value]]:
        """Enterprises of the year judged and of the year before; some tie by being alike, or so many times another."""
        sizes = {f"类{number}": self.rng.choice(("tiny", "small", "fine", "huge")) for number in range(scopes)}
        weights = [self.rng.choice((1, 2, 6)) for _ in sizes]
        now: list[dict[str, Value]] = []
        for number in range(firms):
            if now and self.chance(0.25):
                row = self.like(self.rng.choice(now))
            else:
                home = self.rng.choices([*sizes], weights)[0] if self.chance(0.93) else self.rng.choice((None, "其他"))
                row = self.firm(home, sizes.get(str(home), "small"))
            now.append(row | {CODE: code_of(number), YEAR: JUDGED})
        past = []
        for row in now:
            if self.chance(0.6):
                fresh = self.firm(str(row["类别"]) if row["类别"] else None, sizes.get(str(row["类别"]), "small"))
                past.append((fresh if self.chance(0.7) else dict(row)) | {CODE: row[CODE], YEAR: JUDGED - 1})
        rows = [*now, *past]
        self.rng.shuffle(rows)
        return rows

    def like(self, row: Row) -> dict[str, Value]:
        """The same enterprise, or so many times as large."""
        times = self.rng.choice((1, 1, 2, 3))
        same = ("研发", "系数", "户数")
        return {
            name: value * times if isinstance(value, Fraction) and name not in same else value
            for name, value in row.items()
        }

    def firm(self, home: str | None, size: str) -> dict[str, Value]:
        """One enterprise of a 类别, without its identity."""
        row: dict[str, Value] = {"类别": home}
        row["组"] = self.rng.choice(("一", "二", "三", None)) if self.chance(0.3) else "一"
        row["园区"] = self.rng.choice(("甲", "乙", None)) if self.chance(0.4) else "甲"
        for name in FLAGS:
            row[name] = self.rng.choice((True, False, False, False, None))
        for name in UNITS:
            row[name] = self.figure(size)
        row["研发"] = self.rng.choice((None, F(0), F(1, 10), F(1, 5), F(self.rng.randint(0, 10**4), 10**4)))
        row["系数"] = self.rng.choice((None, F(1), F(1), F(9, 10), F(5, 4), F(self.rng.randint(1, 200), 100)))
        row["户数"] = self.rng.choice((None, *(F(count) for count in range(8))))
        return row

    def figure(self, size: str) -> Fraction | None:
        """A figure: few are missing, zero or negative."""
        draw = self.rng.random()
        if draw < 0.07:
            return None
        if draw < 0.12:
            return F(0)
        sign = -1 if draw < 0.15 else 1
        match size:
            case "tiny":
                return F(sign * self.rng.randint(1, 3))
            case "small":
                return F(sign * self.rng.randint(1, 9))
            case "fine":
                return F(sign * self.rng.randrange(1, 10 ** self.rng.randint(3, 9)), 10**4)
        return F(sign * self.rng.randrange(1, 10 ** self.rng.randint(8, 13)), 10**6)
