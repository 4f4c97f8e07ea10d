"""The SQL arithmetic against plain fractions: whatever the formula, the database says what exact arithmetic says."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mujun import duck
from mujun.errors import UsageError
from mujun.plan import arith
from mujun.quantity import SCALE, parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mujun.plan.arith import Num

UNITS = {"a": parse_unit("万元"), "b": parse_unit("亩"), "c": parse_unit("吨标煤"), "d": parse_unit("%")}
OPERATORS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, "!=": operator.ne, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip

Row = dict[str, int | None]


# --- the independent evaluator ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """A formula: a column, a constant, or an operation on other formulas."""

    op: str
    below: tuple[Tree, ...] = ()
    value: Fraction = Fraction(0)

    def __repr__(self) -> str:
        if self.op == "const":
            return str(self.value)
        return f"{self.op}({', '.join(map(repr, self.below))})" if self.below else self.op


def exact(tree: Tree, row: Row) -> Fraction | None:
    """What a formula comes to in base units; None where it is not known."""
    if tree.op == "const":
        return tree.value
    if not tree.below:
        stored = row[tree.op]
        return None if stored is None else Fraction(stored, SCALE) * UNITS[tree.op].factor
    values = [exact(part, row) for part in tree.below]
    if tree.op == "若缺":
        return values[0] if values[0] is not None else values[1]
    known = [value for value in values if value is not None]
    if len(known) < len(values) or (tree.op == "/" and known[1] <= 0):
        return None
    match tree.op:
        case "+":
            return known[0] + known[1]
        case "-":
            return known[0] - known[1]
        case "*":
            return known[0] * known[1]
        case "/":
            return known[0] / known[1]
        case "abs":
            return abs(known[0])
        case _:
            return min(known) if tree.op == "min" else max(known)


def in_sql(tree: Tree) -> Num:
    """The same formula, built from the functions under test."""
    if tree.op == "const":
        return arith.constant(tree.value)
    if not tree.below:
        return arith.column(f'"{tree.op}"', UNITS[tree.op])
    parts = [in_sql(part) for part in tree.below]
    match tree.op:
        case "+" | "-":
            return arith.add(parts[0], parts[1], tree.op)
        case "*":
            return arith.multiply(parts[0], parts[1])
        case "/":
            return arith.divide(parts[0], parts[1])
        case "abs":
            return arith.absolute(parts[0])
        case "若缺":
            return arith.if_missing(parts[0], parts[1])
        case _:
            return arith.least(parts[0], parts[1], "<=" if tree.op == "min" else ">=")


def ask(connection: duck.DuckDBPyConnection, expressions: Sequence[str], rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The values of some SQL expressions for each row."""
    cells = ", ".join(
        f"({n}, {', '.join('NULL' if row[name] is None else str(row[name]) for name in UNITS)})"
        for n, row in enumerate(rows)
    )
    columns = ", ".join(f'CAST("{name}" AS BIGINT) AS "{name}"' for name in UNITS)
    source = f"SELECT n, {columns} FROM (VALUES {cells}) AS v (n, {', '.join(UNITS)})"
    return connection.execute(f"SELECT {', '.join(expressions)} FROM ({source}) ORDER BY n").fetchall()


# --- what is drawn ---------------------------------------------------------------------------------------------------

LARGEST = 2**51
amounts = (
    st.integers(-9, 9) | st.integers(-(10**7), 10**7) | st.sampled_from([SCALE, 3 * SCALE, -SCALE, LARGEST, -LARGEST])
)
rows = st.lists(st.fixed_dictionaries({name: st.none() | amounts for name in UNITS}), min_size=1, max_size=6)
constants = st.fractions(-20, 20, max_denominator=12) | st.sampled_from(
    [Fraction(0), Fraction(1), Fraction(-1), Fraction(3)]
)
leaves = st.sampled_from([Tree(name) for name in UNITS]) | constants.map(lambda value: Tree("const", value=value))


def _grow(below: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    two = st.tuples(st.sampled_from(["+", "-", "*", "/", "/", "min", "max", "若缺"]), st.tuples(below, below))
    return (two | st.tuples(st.just("abs"), st.tuples(below))).map(lambda drawn: Tree(*drawn))


trees = st.recursive(leaves, _grow, max_leaves=6)


@pytest.fixture(scope="module")
def connection() -> duck.DuckDBPyConnection:
    """A database without tables."""
    return duck.connect(":memory:")


# --- comparing -------------------------------------------------------------------------------------------------------


@given(trees, trees, rows)
@example(
    Tree("/", (Tree("a"), Tree("b"))),
    Tree("const", value=Fraction(45)),
    [{"a": 3_300_000, "b": 1_100_000, "c": 0, "d": 0}],
)
def test_comparisons_are_those_of_exact_arithmetic(
    connection: duck.DuckDBPyConnection, left: Tree, right: Tree, rows: list[Row]
) -> None:
    """Any formula against any other: each comparison is exactly true, exactly false, or unknown where a side is."""
    a, b = in_sql(left), in_sql(right)
    try:
        found = ask(connection, [arith.compare(a, op, b) for op in OPERATORS], rows)
    except duck.OutOfRangeException as error:
        # Too large for 38 digits is an error, and never a wrong answer; too large for BIGINT must not happen.
        if "INT" in str(error):
            raise
        assume(False)
    for row, answers in zip(rows, found, strict=True):
        x, y = exact(left, row), exact(right, row)
        wanted = tuple(None if x is None or y is None else holds(x, y) for holds in OPERATORS.values())
        assert answers == wanted, f"{left} ? {right} with {row}: {x} ? {y}"


@given(trees, rows)
def test_a_formula_is_present_exactly_where_it_can_be_computed(
    connection: duck.DuckDBPyConnection, tree: Tree, rows: list[Row]
) -> None:
    """A figure counts as known exactly where it can be computed: no missing part, no divisor of 0 or less."""
    number = in_sql(tree)
    try:
        found = ask(connection, [arith.present(number)], rows)
    except duck.OutOfRangeException:
        assume(False)
    assert [known for (known,) in found] == [exact(tree, row) is not None for row in rows], str(tree)


@given(trees, rows)
def test_a_denominator_is_never_zero_or_negative(
    connection: duck.DuckDBPyConnection, tree: Tree, rows: list[Row]
) -> None:
    """Denominators are positive or missing, so that multiplying by them turns no comparison round."""
    number = in_sql(tree)
    assert number.factor > 0
    try:
        found = ask(connection, [f"{number.bottom} > 0"], rows)
    except duck.OutOfRangeException:
        assume(False)
    assert all(positive is not False for (positive,) in found), str(tree)


# --- showing ---------------------------------------------------------------------------------------------------------


def half_up(value: Fraction, digits: int) -> Decimal:
    """四舍五入, away from zero at the half, in whole steps of the last digit."""
    scaled = abs(value) * 10**digits
    steps = int(scaled) + (scaled - int(scaled) >= Fraction(1, 2))
    return Decimal(steps if value >= 0 else -steps).scaleb(-digits)


ratios = st.sampled_from([Tree("/", (Tree("a"), Tree("b"))), Tree("/", (Tree("c"), Tree("b"))), Tree("a"), Tree("d")])
sums = st.tuples(ratios, ratios).map(lambda pair: Tree("+", pair)) | ratios.map(
    lambda ratio: Tree("-", (ratio, Tree("const", value=Fraction(7))))
)


@given(ratios | sums, rows, st.integers(0, 6))
@example(Tree("a"), [{"a": 5000, "b": None, "c": None, "d": None}], 2)
@example(Tree("a"), [{"a": -5000, "b": None, "c": None, "d": None}], 2)
@example(Tree("/", (Tree("a"), Tree("b"))), [{"a": 1_000_000, "b": 8_000_000, "c": None, "d": None}], 2)
def test_figures_are_shown_rounded_half_up(
    connection: duck.DuckDBPyConnection, tree: Tree, rows: list[Row], digits: int
) -> None:
    """A shown figure is the exact one rounded 四舍五入 in its unit, with the decimals asked for; missing stays so."""
    unit = parse_unit("万元")  # dimensions do not matter here
    found = ask(connection, [arith.shown(in_sql(tree), unit, digits)], rows)
    for row, (shown,) in zip(rows, found, strict=True):
        value = exact(tree, row)
        if value is None:
            assert shown is None
            continue
        # Beyond 2**52 steps a double cannot tell a half from what is just below it.
        number = in_sql(tree)
        steps = value / unit.factor * 10**digits
        if abs(steps.numerator) * number.factor.denominator < 2**52:
            assert shown == half_up(value / unit.factor, digits), f"{tree} with {row}"
            assert shown.as_tuple().exponent == -digits


@given(st.integers(-(2**51), 2**51))
def test_stored_amounts_are_shown_to_the_last_decimal(connection: duck.DuckDBPyConnection, stored: int) -> None:
    """An amount as read comes out as it went in, with all six decimals and no rounding."""
    unit = parse_unit("万元")
    [(shown,)] = ask(
        connection,
        [arith.exact(arith.column('CAST("a" AS DECIMAL(38, 0))', unit))],
        [{"a": stored, "b": 0, "c": 0, "d": 0}],
    )
    assert shown == Decimal(stored).scaleb(-6)


# --- ranking ---------------------------------------------------------------------------------------------------------

pairs = st.tuples(st.integers(-(2**20), 2**20), st.integers(1, 2**20), st.integers(1, 2**30)).map(
    lambda drawn: (drawn[0] * drawn[2], drawn[1] * drawn[2])
)


figures = st.lists(
    pairs | st.tuples(st.integers(-(2**51), 2**51), st.integers(1, 2**51)), min_size=2, max_size=12
)  # fmt: skip
ties = [(3_300_000, 1_100_000), (3_000_000, 1_000_000), (9_900_000, 3_300_000)]
one_double = [(2**51 - 1, 2**51 - 3), (2**51 - 3, 2**51 - 5), (2**51 - 2, 2**51 - 4)]


def ranked(
    connection: duck.DuckDBPyConnection, number: Num, table: list[Row]
) -> list[tuple[Fraction, tuple[float, ...]]]:
    """The exact ratios a / b of a table in their order, each with the keys by which the database ranks it."""
    keys = ask(connection, arith.ranking(number), table)
    return sorted(zip((Fraction(row["a"] or 0, row["b"] or 1) for row in table), keys, strict=True))


@given(figures)
@example(ties)
@example(one_double)
@example([(1_760_000, 2_200_000), (800_000, 1_000_000), (4, 5)])
def test_ratios_rank_as_exactly_as_they_compare(
    connection: duck.DuckDBPyConnection, figures: list[tuple[int, int]]
) -> None:
    """Equal ratios rank equal however written (3.3/1.1 and 3/1), others in their order even where doubles are blind."""
    number = arith.divide(arith.column('CAST("a" AS DECIMAL(38, 0))', UNITS["a"]), arith.column('"b"', UNITS["b"]))
    table: list[Row] = [{"a": top, "b": bottom, "c": None, "d": None} for top, bottom in figures]
    for (smaller, low), (larger, high) in pairwise(ranked(connection, number, table)):
        if larger - smaller > Fraction(1, 10**24):
            assert low < high
        else:
            assert low == high if smaller == larger else low <= high


@given(st.lists(st.none() | st.integers(-(2**51), 2**51), min_size=2, max_size=8))
def test_amounts_rank_as_they_are(connection: duck.DuckDBPyConnection, amounts: list[int | None]) -> None:
    """Stored amounts rank by themselves, exactly; a missing one has no rank key."""
    number = arith.column('CAST("a" AS DECIMAL(38, 0))', UNITS["a"])
    [*keys] = ask(connection, arith.ranking(number), [{"a": amount, "b": 1, "c": 1, "d": 1} for amount in amounts])
    assert [key for (key,) in keys] == amounts


@given(trees, rows)
def test_any_formula_can_be_ranked_by(connection: duck.DuckDBPyConnection, tree: Tree, rows: list[Row]) -> None:
    """Keys never contradict the exact order of a formula, and are missing exactly where it is."""
    try:
        found = ask(connection, arith.ranking(in_sql(tree)), rows)
    except duck.OutOfRangeException:
        assume(False)
    values = [exact(tree, row) for row in rows]
    assert [None in keys for keys in found] == [value is None for value in values]
    known = sorted((value, keys) for value, keys in zip(values, found, strict=True) if value is not None)
    for (smaller, low), (larger, high) in pairwise(known):
        assert low == high if smaller == larger else low[0] <= high[0], str(tree)


@pytest.mark.parametrize("digits", [3, 9, 12, 20])
def test_a_long_constant_does_not_stop_the_ranking(connection: duck.DuckDBPyConnection, digits: int) -> None:
    """Whatever the digits of a constant in a formula: what can be compared exactly can be ranked."""
    ratio = Tree("/", (Tree("a"), Tree("b")))
    long = Tree("const", value=Fraction("3.14159265358979323846264338327950"[: digits + 2]))
    table: list[Row] = [{"a": a, "b": b, "c": None, "d": None} for a, b in ((5, 10**6), (9, None), (3 * 10**6, 10**6))]
    for tree in (
        Tree("若缺", (ratio, long)),
        Tree("max", (ratio, long)),
        Tree("/", (Tree("+", (Tree("a"), long)), ratio)),
    ):
        values = [exact(tree, row) for row in table]
        keys = ask(connection, arith.ranking(in_sql(tree)), table)
        known = sorted((value, key) for value, key in zip(values, keys, strict=True) if value is not None)
        assert all(low <= high for (_, low), (_, high) in pairwise(known))


# --- numbers too large -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("top", [10**12 - 1, 10**12])
def test_a_product_too_large_is_an_error(connection: duck.DuckDBPyConnection, top: int) -> None:
    """A product beyond 38 digits stops the run; it never becomes an approximate number."""
    number = in_sql(Tree("a"))
    for _ in range(3):
        number = arith.multiply(number, in_sql(Tree("a")))
    row: Row = {"a": top, "b": None, "c": None, "d": None}
    with pytest.raises(duck.OutOfRangeException):
        ask(connection, [arith.compare(number, ">", arith.constant(Fraction(1, 7)))], [row])


@pytest.mark.parametrize(
    "value", [Fraction(10**45 + 1), Fraction(-(10**45)), Fraction(10**45 + 1, 10**45), Fraction(1, 3**90)]
)
def test_a_constant_of_too_many_digits_is_refused(value: Fraction) -> None:
    """A threshold that 38 digits cannot hold is refused: DuckDB would compare it as DOUBLE, and wrong at the line."""
    with pytest.raises(UsageError, match="38"):
        arith.compare(in_sql(Tree("a")), "<", arith.constant(value))
