"""Differentiated policy as SQL, over the table of verdicts: measures -> tariffs -> amounts -> what is missing.

`with_measures` puts what the measures rest on into the pack: a list of all whom one of them concerns, with their
conditions as its routes, and an indicator for each amount. `LedgerPlan.setup` then makes the table ``台账``, one row
per enterprise: whom each measure concerns, by which tariff, how much, exactly.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from mujun import sql
from mujun.errors import UsageError
from mujun.pack.condition import Any_, Leaf, Ref
from mujun.pack.formula import Call, Expr, Number
from mujun.pack.goals import bare
from mujun.pack.levies import RATE, WORD, is_nothing, opened, with_rate
from mujun.pack.levies_read import CITES
from mujun.pack.policy import MISSING, Indicator, PolicyList, Route
from mujun.pack.words import condition_lines
from mujun.plan import arith
from mujun.plan.judged import joined
from mujun.quantity import Quantity

if TYPE_CHECKING:
    import datetime

    from mujun.pack.condition import Condition
    from mujun.pack.levies import Levies, Levy, Rate
    from mujun.pack.policy import Dataset, Pack
    from mujun.plan.judged import Judged
    from mujun.plan.plan import Plan
    from mujun.quantity import Unit

TABLE = "台账"
NO_TARIFF = f"的{RATE}"
"""What is missing of a measure without a tariff for an enterprise: 差别化电价的标准."""
QUOTIENT = Fraction(1, 10_000)
"""An amount whose formula divides is rounded half up to this, in 元; all others are kept as they are."""


def with_measures(pack: Pack, levies: Levies, columns: tuple[str, ...] = ()) -> Pack:
    """The same pack with the list `WORD` of all whom a measure concerns, and the amounts as indicators.

    `columns` are fields and indicators that are wanted besides. Raises `UsageError` where a parameter that is a rate
    has been set below 0.
    """
    dataset = pack.datasets[levies.dataset]
    key = (dataset.keys or dataset.leading)[0]
    routes, wheres, amounts = [], [], list[Indicator]()
    for levy in levies.levies.values():
        when = _opened(levy.when, pack, dataset)
        wheres.append(when if when is not None else _anyone(levy, key))
        routes += [Route(levy.name, when, "", "", levy.place)] if when is not None else []
        for number, rate in enumerate(levy.rates, 1):
            name = _amount_name(levy, number)
            own = _opened(rate.when, pack, dataset)
            routes += [Route(name, own, "", "", rate.place)] if own is not None else []
            expr = amount(levy, rate, pack)
            if not is_nothing(expr):
                text = f"{rate.amount_text}（{RATE} {rate_shown(rate, pack)}）"
                amounts.append(
                    Indicator(name, "number", expr, text, levy.unit, levy.digits, rate.cites, rate.note, rate.place)
                )
    wanted = tuple(dict.fromkeys((*columns, *(one.name for one in amounts))))
    item = PolicyList(
        WORD, "", dataset.name, None, Any_(tuple(wheres)), ((key, False),), wanted, "", tuple(routes), None, "",
        levies.place,
    )  # fmt: skip
    indicators = {**pack.indicators, **{one.name: one for one in amounts}}
    return replace(pack, lists={**pack.lists, item.name: item}, indicators=indicators)


def _opened(condition: Condition | None, pack: Pack, dataset: Dataset) -> Condition | None:
    return None if condition is None else opened(condition, pack.lists, {*dataset.fields, *pack.indicators})


def _anyone(levy: Levy, key: str) -> Condition:
    """A condition that holds for everybody."""
    return Any_(tuple(Leaf(key, op, None, op, levy.place, levy.place) for op in ("present", "missing")))


def _amount_name(levy: Levy, number: int) -> str:
    return f"{levy.name}·{number}"


def number_of(value: Quantity | Ref, pack: Pack) -> Quantity:
    """A figure of a tariff as it holds now. Raises `UsageError` where a parameter has been set below 0."""
    if not isinstance(value, Ref):
        return value
    found = pack.parameters[value.name].value
    if not isinstance(found, Quantity) or found.value < 0:
        raise UsageError(f"参数“{value.name}”是差别化政策的{RATE}，不能设为负数", "少收请在政策里写 sign: 减免")
    return found


def rate_shown(rate: Rate, pack: Pack) -> str:
    """A rate as text."""
    return str(number_of(rate.value, pack))


def amount(levy: Levy, rate: Rate, pack: Pack) -> Expr:
    """The formula of what is due by a tariff, in base units, within the limits of the measure."""
    expr = with_rate(rate.amount, number_of(rate.value, pack).base_value)
    for limit, function in ((levy.most, "min"), (levy.least, "max")):
        if limit is not None:
            expr = Call(function, (expr, Number(number_of(limit, pack).base_value)), levy.place)
    return expr


def half_up(top: str, bottom: str) -> str:
    """SQL for a quotient of whole numbers, `bottom` > 0, rounded half up (四舍五入) to a whole number, exactly."""
    size = f"ABS({top})"
    if bottom == "1":
        return top
    divisor = f"CAST({bottom} AS DOUBLE)"
    near = f"CAST(ROUND(CAST({size} AS DOUBLE) / {divisor}) AS {arith.INTEGER})"
    # A DOUBLE has sixteen digits: what it leaves over is divided again, and then it errs by one at most.
    near = f"({near} + CAST(ROUND(CAST({size} - {near} * ({bottom}) AS DOUBLE) / {divisor}) AS {arith.INTEGER}))"
    twice = f"2 * ({size} - {near} * ({bottom}))"
    found = f"({near} + CASE WHEN {twice} >= {bottom} THEN 1 WHEN {twice} < -({bottom}) THEN -1 ELSE 0 END)"
    return f"CASE WHEN {top} < 0 THEN -{found} ELSE {found} END"


class _Row(msgspec.Struct, frozen=True):
    """A tariff in force: its number among all of the measure, the SQL of its condition, its amount (None: 0)."""

    number: int
    rate: Rate
    when: Condition | None
    test: str
    outcome: object
    amount: arith.Num | None


class LedgerPlan(msgspec.Struct, frozen=True, dict=True):
    """What is asked of the engine for the ledger, after the verdicts of `base`, whose pack has the measures in it.

    `day` is that on which tariffs must be in force; None for any.
    """

    base: Plan
    levies: Levies
    day: datetime.date | None

    @property
    def pack(self) -> Pack:
        """The pack, with the measures in it."""
        return self.base.pack

    @property
    def dataset(self) -> Dataset:
        """The dataset of those concerned."""
        return self.pack.datasets[self.levies.dataset]

    @property
    def judged(self) -> Judged:
        """The conditions of the measures over the columns of their leaves."""
        return self.base.judged[WORD]

    @cached_property
    def rows(self) -> dict[str, list[_Row]]:
        """The tariffs in force of each measure, in their order."""
        found: dict[str, list[_Row]] = {}
        for levy in self.levies.levies.values():
            found[levy.name] = []
            for number, rate in enumerate(levy.rates, 1):
                if not rate.in_force(self.day):
                    continue
                when = _opened(rate.when, self.pack, self.dataset)
                expr = amount(levy, rate, self.pack)
                nothing = is_nothing(expr)
                number_ = None if nothing else self._number(_amount_name(levy, number))
                outcome = 0 if nothing else (bare(expr), rate.sign)
                test = "TRUE" if when is None else f"({self.judged.tree(when)})"
                found[levy.name].append(_Row(number, rate, when, test, outcome, number_))
        return found

    def _number(self, name: str) -> arith.Num:
        """An amount as a whole number of a part of 元."""
        number = self.base.figures.number(name)
        if number.bottom == "1":
            return number
        by = number.factor / QUOTIENT
        top, bottom = arith.scaled(number.top, by.numerator), arith.scaled(number.bottom, by.denominator)
        return arith.Num(half_up(top, bottom), "1", QUOTIENT)

    @cached_property
    def factor(self) -> Fraction:
        """What all amounts are kept in: the largest part of 元 of which each is a whole number."""
        factors = [row.amount.factor for rows in self.rows.values() for row in rows if row.amount]
        if not factors:
            return Fraction(1)
        return Fraction(gcd(*(one.numerator for one in factors)), lcm(*(one.denominator for one in factors)))

    # --- the table --------------------------------------------------------------------------------------------------

    def setup(self) -> str:
        """The statement that makes the table of measures and amounts."""
        levies = self.levies.levies.values()
        which = [column for levy in levies for column in self._which(levy)]
        amounts = [f"{self._amount(levy)} AS {column_of(levy, '额')}" for levy in levies]
        missing = [f"{self._missing()} AS {sql.name(MISSING)}", f"{self._cites()} AS {sql.name(CITES)}"]
        stages = [
            ("措施", "对谁：是、否、不知道（NULL）；按哪一个标准：序号，0 为没有标准", which, self.base.verdicts),
            ("数额", f"每家每年，单位是元的 {self.factor}，整数，减免为负", amounts, sql.name("措施")),
            ("缺少", "起决定作用而没有的数据和标准", missing, sql.name("数额")),
        ]
        ctes = ",\n".join(
            sql.stage(f"{name}：{note}", name, f"SELECT\n{sql.items(['*', *columns])}\nFROM {source}")
            for name, note, columns, source in stages
        )
        return f"CREATE TABLE {sql.name(TABLE)} AS\nWITH\n{ctes}\nSELECT * FROM {sql.name('缺少')}"

    def _which(self, levy: Levy) -> list[str]:
        """Whether a measure concerns an enterprise, and by which tariff: only where no unknown one could say else."""
        when = _opened(levy.when, self.pack, self.dataset)
        rows, branches = self.rows[levy.name], []
        for place, row in enumerate(rows):
            others = [f"NOT {one.test}" for one in rows[:place] if one.outcome != row.outcome]
            branches.append(f"WHEN {' AND '.join([row.test, *others])} THEN {row.number}")
        none = " AND ".join(f"NOT {row.test}" for row in rows)
        number = f"CASE {' '.join(branches)} WHEN {none} THEN 0 END" if rows else "0"
        lines = condition_lines(levy.when, self.pack) if levy.when is not None else ["全部企业"]
        notes = "\n".join(sql.comment(line) for line in [f"{levy.name}  {levy.cites}", *lines])
        return [
            f"{notes}\n{'TRUE' if when is None else self.judged.tree(when)} AS {column_of(levy, '适用')}",
            f"{number} AS {column_of(levy, '行')}",
        ]

    def _amount(self, levy: Levy) -> str:
        branches = []
        for row in self.rows[levy.name]:
            top = "0"
            if row.amount is not None:
                by = (row.amount.factor / self.factor).numerator * (-1 if row.rate.sign == "减免" else 1)
                top = f"CAST({arith.scaled(row.amount.top, by)} AS {arith.INTEGER})"
            branches.append(f"WHEN {row.number} THEN {top}")
        if not branches:
            return f"CAST(NULL AS {arith.INTEGER})"
        return f"CASE WHEN {column_of(levy, '适用')} THEN CASE {column_of(levy, '行')} {' '.join(branches)} END END"

    # --- why it is open ---------------------------------------------------------------------------------------------

    def _missing(self) -> str:
        """SQL for the figures and tariffs for want of which an amount is not known, each named once."""
        leaves: list[tuple[Leaf, str]] = []
        tariffs: list[tuple[str, str]] = []
        for levy in self.levies.levies.values():
            here = is_open(levy)
            if levy.when is not None:
                leaves += self.judged.open_leaves(_opened(levy.when, self.pack, self.dataset), here)
            for row in self.rows[levy.name]:
                if row.when is not None:
                    leaves += self.judged.open_leaves(row.when, here)
                if row.amount is not None:
                    name = _amount_name(levy, row.number)
                    leaf = Leaf(name, "present", None, "present", row.rate.place, row.rate.place)
                    leaves.append((leaf, f"{here} AND {row.test} IS DISTINCT FROM FALSE"))
                here += f" AND {row.test} IS DISTINCT FROM TRUE"
            tariffs.append((f"{is_open(levy)} AND {column_of(levy, '行')} = 0", sql.text(levy.name + NO_TARIFF)))
        parts = [self.judged.lacking(leaves), joined("、", tariffs)]
        return f"NULLIF(CONCAT_WS('、', {', '.join(parts)}), '')"

    def _cites(self) -> str:
        """SQL for the tariffs by which an enterprise pays, each with what it is and who published it."""
        found = []
        for levy in self.levies.levies.values():
            for row in self.rows[levy.name]:
                test = f"{column_of(levy, '适用')} AND {column_of(levy, '行')} = {row.number}"
                found.append((test, sql.text(self.cite(levy, row.rate))))
        return joined("；", found)

    def cite(self, levy: Levy, rate: Rate) -> str:
        """A tariff in a few words: ``差别化电价：综合评价为D，加收0.3元/千瓦时（某发改〔2023〕1号）``."""
        who = f"{rate.by}为{rate.of}，" if rate.by else ""
        return f"{levy.name}：{who}{rate.sign}{rate_shown(rate, self.pack)}（{rate.cites}）"

    @property
    def concerned(self) -> str:
        """SQL for whether a measure concerns an enterprise, or may do so."""
        tests = [f"{column_of(levy, '适用')} IS DISTINCT FROM FALSE" for levy in self.levies.levies.values()]
        return f"({' OR '.join(tests)})"

    @property
    def open(self) -> str:
        """SQL for whether the amount of a measure is not known."""
        return f"({' OR '.join(is_open(levy) for levy in self.levies.levies.values())})"

    @property
    def total(self) -> str:
        """SQL for what the measures come to together, as far as they are known; NULL where none is."""
        columns = [column_of(levy, "额") for levy in self.levies.levies.values()]
        known = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        return f"CASE WHEN {known} THEN {' + '.join(f'COALESCE({column}, 0)' for column in columns)} END"

    def shown(self, expression: str, unit: Unit, digits: int) -> str:
        """SQL for an amount of the table in a unit, rounded half up for show."""
        by = self.factor / unit.factor * 10**digits
        step = "0." + "0" * (digits - 1) + "1" if digits else "1"
        number = half_up(arith.scaled(f"({expression})", by.numerator), str(by.denominator))
        return f"CAST(({number}) * {step} AS DECIMAL(38, {digits}))"


def column_of(levy: Levy, what: str) -> str:
    """The quoted column of a measure: ``适用`` (BOOLEAN), ``行`` (the tariff's number, 0 for none), ``额``."""
    return sql.name(f"{levy.name}·{what}")


def is_open(levy: Levy) -> str:
    """SQL for whether a measure concerns an enterprise, or may do so, with an amount that is not known."""
    return f"{column_of(levy, '适用')} IS DISTINCT FROM FALSE AND {column_of(levy, '额')} IS NULL"
