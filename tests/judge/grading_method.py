"""A method of evaluation as the independent judge takes it: plain tuples, every default spelt out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

Value = Fraction | str | bool | int | None
Row = Mapping[str, Value]
"""One enterprise in one year: figures as fractions of one set of units; None, or no entry, is unknown."""

Formula = Callable[[Row], Fraction | None]

EVERYONE, SCOPE = "全部", "范围"


class Leaf(NamedTuple):
    """``name op right``; op is one of ``< <= = != >= > in``."""

    name: str
    op: str
    right: Value | tuple[Value, ...]


class Every(NamedTuple):
    """Each part holds."""

    parts: tuple[Condition, ...]


class Some(NamedTuple):
    """At least one part holds."""

    parts: tuple[Condition, ...]


class Never(NamedTuple):
    """The part does not hold."""

    part: Condition


Condition = Leaf | Every | Some | Never


class Benchmark(NamedTuple):
    """A number, or a figure of a group so many years before, times a factor."""

    value: Fraction | None = None
    group: tuple[str, ...] = (SCOPE,)
    years: int = 0
    factor: Fraction = Fraction(1)


class Item(NamedTuple):
    """An indicator with its points; `floor`, `cap` and `base` are shares of the weight."""

    name: str
    weight: Fraction
    family: str = "ratio"
    smaller: bool = False
    benchmark: Benchmark = Benchmark()
    floor: Fraction | None = Fraction(0)
    cap: Fraction | None = None
    base: Fraction = Fraction(0)
    missing: str = "peers"
    penalty: Fraction = Fraction(0)
    zero_divisor: str = "missing"


class Step(NamedTuple):
    """A bonus or deduction."""

    name: str
    when: Condition | None
    points: Formula


class Cuts(NamedTuple):
    """Where a ranking is cut: each grade but the last with its cumulative share or least score."""

    lines: tuple[tuple[str, Fraction], ...]
    by: str = "share"
    rounding: str = "floor"
    base: str = "graded"
    ties: str = "better"
    least: Fraction = Fraction(0)


class Scope(NamedTuple):
    """Those ranked by the same indicators."""

    name: str
    among: Condition | None
    items: tuple[Item, ...]
    cuts: Cuts
    within: tuple[str, ...] = ()
    total: Fraction = Fraction(100)
    coefficient: Formula | None = None
    steps: tuple[Step, ...] = ()
    most_bonus: Fraction | None = None
    most_deduction: Fraction | None = None


class Move(NamedTuple):
    """A reason to move a grade; `when` is None for those of the adjustment table, which name the code."""

    name: str
    action: str
    to: str = ""
    when: Condition | None = None
    code: str = ""


class Method(NamedTuple):
    """A method; `ratios` are the indicators: name -> dividend, divisor (None: a figure as it stands)."""

    scopes: tuple[Scope, ...]
    grades: tuple[str, ...] = ("A", "B", "C", "D")
    ungraded: str = "T"
    exempt: tuple[tuple[str, Condition], ...] = ()
    moves: tuple[Move, ...] = ()
    ratios: Mapping[str, tuple[Formula, Formula | None]] = {}
