"""Differentiated policy (差别化政策): measures by which an enterprise pays more or less a year, and their tariffs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from mujun.pack.condition import All, Any_, Condition, Leaf, Not
from mujun.pack.formula import Binary, Call, Expr, Name, Number, Past

if TYPE_CHECKING:
    import datetime
    from collections.abc import Container, Iterator, Mapping
    from fractions import Fraction

    from mujun.pack.condition import Ref
    from mujun.pack.policy import Parameter, PolicyList, Source
    from mujun.pack.problems import Place
    from mujun.quantity import Quantity, Unit

FILE = "policies.yaml"
WORD = "差别化政策"
"""What all of a pack's measures are called together."""
RATE = "标准"
"""The name that stands for the rate in the formula of an amount."""

Sign = Literal["加收", "减免"]


class Rate(msgspec.Struct, frozen=True):
    """A row of a tariff: the rate of those for whom `when` holds (None: everyone) from `start` to `end`.

    `by` and `of` are the name by whose values the tariff is told apart and the value of this row; "" for none. `amount`
    is the formula in which `RATE` stands for `value`.
    """

    when: Condition | None
    by: str
    of: str
    value: Quantity | Ref
    amount: Expr
    amount_text: str
    sign: Sign
    start: datetime.date | None
    end: datetime.date | None
    cites: str
    note: str
    place: Place

    def in_force(self, day: datetime.date | None) -> bool:
        """Whether the tariff holds on a day; one without dates always does, None stands for any day."""
        return day is None or ((not self.start or self.start <= day) and (not self.end or day <= self.end))


class Levy(msgspec.Struct, frozen=True):
    """A measure: for those for whom `when` holds (None: everyone) the first of `rates` that holds gives the amount.

    The amount of a year is money, shown in `unit` with `digits` decimals, no less than `least` and no more than `most`.
    No rates: no tariff has been published.
    """

    name: str
    sign: Sign
    when: Condition | None
    amount: Expr
    amount_text: str
    rate_unit: Unit
    unit: Unit
    digits: int
    least: Quantity | Ref | None
    most: Quantity | Ref | None
    rates: tuple[Rate, ...]
    cites: str
    note: str
    place: Place


class Levies(msgspec.Struct, frozen=True):
    """All that a ``policies.yaml`` says, over the rows of `dataset`; its parameters are among those of the pack."""

    title: str
    source: Source
    note: str
    dataset: str
    levies: Mapping[str, Levy]
    parameters: Mapping[str, Parameter]
    place: Place

    @property
    def conditions(self) -> Iterator[Condition]:
        """Every condition, in the order written."""
        for levy in self.levies.values():
            yield from (when for when in (levy.when, *(rate.when for rate in levy.rates)) if when is not None)


def opened(condition: Condition, lists: Mapping[str, PolicyList], known: Container[str]) -> Condition:
    """A condition in which being on a list is that list's own condition; `known` are the names that are no lists."""
    match condition:
        case All(parts):
            return All(tuple(opened(part, lists, known) for part in parts))
        case Any_(parts):
            return Any_(tuple(opened(part, lists, known) for part in parts))
        case Not(part):
            return Not(opened(part, lists, known))
        case Leaf(name, op, right) if name in lists and name not in known:
            item = lists[name]
            inside = item.when if item.among is None else All((item.among, item.when))
            return inside if (right is True) is (op == "=") else Not(inside)
    return condition


def with_rate(expr: Expr, value: Fraction) -> Expr:
    """The formula of an amount with the rate, in base units, in its place."""
    match expr:
        case Name(name) if name == RATE:
            return Number(value)
        case Binary(op, left, right, place):
            return Binary(op, with_rate(left, value), with_rate(right, value), place)
        case Call(function, arguments, place):
            return Call(function, tuple(with_rate(argument, value) for argument in arguments), place)
        case Past(inner, years, place):
            return Past(with_rate(inner, value), years, place)
    return expr


def is_nothing(expr: Expr) -> bool:
    """Whether a formula is 0 whatever its figures are, known or not."""
    match expr:
        case Number(value):
            return value == 0
        case Binary("*", left, right):
            return is_nothing(left) or is_nothing(right)
        case Binary("+" | "-", left, right):
            return is_nothing(left) and is_nothing(right)
        case Binary("/", left, Number(value)):
            return value > 0 and is_nothing(left)
        case Call("min" | "max" | "abs", arguments):
            return all(map(is_nothing, arguments))
    return False
