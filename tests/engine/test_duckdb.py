"""The engine: rows in order and in batches, frames, and an overflow that is said and never computed."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from mujun.engine.duckdb import Engine
from mujun.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

TOO_LARGE = "SELECT CAST(99999999999999999999999999999999999999 AS DECIMAL(38, 0)) * n AS x FROM range(1, 3) AS r (n)"


@pytest.fixture
def engine() -> Engine:
    """A fresh engine."""
    return Engine()


@pytest.mark.parametrize("ask", [Engine.run, Engine.frame, lambda engine, sql: list(engine.rows(sql))])
def test_an_overflow_is_told_and_not_computed(engine: Engine, ask: Callable[[Engine, str], object]) -> None:
    """A figure beyond 38 digits stops the query with a message for the user, whichever way it is asked."""
    with pytest.raises(DataError, match="38 位"):
        ask(engine, TOO_LARGE)


def test_other_faults_are_not_taken_for_an_overflow(engine: Engine) -> None:
    """A fault of mujun's own SQL stays what it is."""
    with pytest.raises(duckdb.CatalogException, match="nowhere"):
        engine.run("SELECT * FROM nowhere")


def test_many_rows_come_in_batches_and_in_order(engine: Engine) -> None:
    """All rows of a query, each once, in its order, without holding more than a batch."""
    batches = list(engine.rows("SELECT n FROM range(50000) AS r (n) ORDER BY n DESC"))
    assert [n for batch in batches for (n,) in batch] == list(range(49_999, -1, -1))
    assert len(batches) > 1


def test_a_query_can_be_read_while_another_runs(engine: Engine) -> None:
    """Rows that are still being read are not lost when something else is asked."""
    rows = engine.rows("SELECT n FROM range(50000) AS r (n) ORDER BY n")
    first = next(rows)
    assert engine.run("SELECT 7") == [(7,)]
    assert first + [row for batch in rows for row in batch] == [(n,) for n in range(50_000)]


@pytest.mark.parametrize("sizes", [(3,), (0, 2, 0), (50_000, 1, 45_000)])
def test_queries_follow_one_another(engine: Engine, sizes: tuple[int, ...]) -> None:
    """The rows of several queries come in the order of the queries, none twice, none lost."""
    batches = engine.rows(*(f"SELECT {number}, n FROM range({size}) AS r (n)" for number, size in enumerate(sizes)))
    assert [row for batch in batches for row in batch] == [(i, n) for i, size in enumerate(sizes) for n in range(size)]


def test_rows_come_until_a_query_fails(engine: Engine) -> None:
    """An overflow is told in its turn, after the rows of the queries before it."""
    batches = engine.rows("SELECT 1", TOO_LARGE, "SELECT 3")
    assert next(batches) == [(1,)]
    with pytest.raises(DataError, match="38 位"):
        next(batches)


def test_whoever_has_enough_rows_can_stop(engine: Engine) -> None:
    """Rows that nobody takes any more leave nothing behind that still runs."""
    before = threading.active_count()
    batches = engine.rows("SELECT n FROM range(90000) AS r (n)", "SELECT 2")
    next(batches)
    batches.close()
    assert threading.active_count() == before


def test_a_query_that_nobody_waits_for_is_given_up(engine: Engine) -> None:
    """What had begun ahead is not finished first: a reader that has seen enough need not wait for it."""
    many = "range(200000)"
    slow = f"CREATE TABLE done AS SELECT SUM(a.n * b.n) FROM {many} AS a (n), {many} AS b (n) WHERE a.n <> b.n"
    batches = engine.rows("SELECT 1", slow)
    next(batches)
    batches.close()
    assert engine.run("SELECT COUNT(*) FROM duckdb_tables()") == [(0,)]


def test_decimals_stay_decimals(engine: Engine) -> None:
    """Rows hold exact decimals; only frames turn them into floats."""
    query = "SELECT CAST(1.10 AS DECIMAL(38, 2)) AS x, NULL AS y"
    assert engine.run(query) == [(Decimal("1.10"), None)]
    assert engine.frame(query)["x"].tolist() == [1.1]


def test_engines_share_nothing(engine: Engine) -> None:
    """Each engine has a database of its own."""
    engine.run("CREATE TABLE here (n INTEGER)")
    assert engine.run("SELECT COUNT(*) FROM duckdb_tables()") == [(1,)]
    assert Engine().run("SELECT COUNT(*) FROM duckdb_tables()") == [(0,)]
