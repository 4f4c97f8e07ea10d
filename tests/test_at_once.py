"""Several calls at once: what they return in order, each with a connection of its own, and one fault told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from mujun import duck
from mujun.later import at_once

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def connection() -> Iterator[duck.DuckDBPyConnection]:
    """A database of its own."""
    made = duck.connect(":memory:")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _three_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)


def asked(connection: duck.DuckDBPyConnection, calls: list[Any]) -> list[Any]:
    """What anything returns that takes a connection."""
    return at_once(connection, iter(calls))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_tables_keep_their_order(connection: duck.DuckDBPyConnection, count: int) -> None:
    """The tables come in the order of the files, though a later one may be ready sooner."""
    ready = [threading.Event() for _ in range(count)]

    def read(number: int) -> int:
        # The first of two waits for the second.
        if number % 2 == 0 and number + 1 < count:
            assert ready[number + 1].wait(10)
        ready[number].set()
        return number

    assert asked(connection, [lambda _, n=number: read(n) for number in range(count)]) == list(range(count))


def test_nobody_sees_the_notes_of_another(connection: duck.DuckDBPyConnection) -> None:
    """Each reading has temporary tables of its own, while what it stores is there for all."""
    together = threading.Barrier(3)

    def read(cursor: duck.DuckDBPyConnection, number: int) -> object:
        together.wait(10)
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE notes AS SELECT {number} AS n").fetchall()
        together.wait(10)
        cursor.execute(f"CREATE TABLE kept{number} AS FROM notes").fetchall()
        return cursor.execute("FROM notes").fetchall()

    assert asked(connection, [lambda c, n=n: read(c, n) for n in range(3)]) == [[(0,)], [(1,)], [(2,)]]
    assert connection.execute("FROM kept0 UNION FROM kept1 UNION FROM kept2 ORDER BY 1").fetchall() == [
        (0,),
        (1,),
        (2,),
    ]


def test_the_first_fault_is_told(connection: duck.DuckDBPyConnection) -> None:
    """Of several files that cannot be read the first is named, and nothing goes on behind the back."""
    second = threading.Event()

    def fail(_: object) -> None:
        assert second.wait(10)
        raise ValueError("first")

    def fail_sooner(_: object) -> None:
        second.set()
        raise ValueError("second")

    before = {*threading.enumerate()}
    with pytest.raises(ValueError, match="first"):
        asked(connection, [fail, fail_sooner, lambda _: 3])
    assert {*threading.enumerate()} <= before


def test_a_file_that_cannot_be_opened_ends_all(connection: duck.DuckDBPyConnection) -> None:
    """What fails while others are read is told once they are over."""
    begun, may_end = threading.Event(), threading.Event()

    def read(_: object) -> bool:
        begun.set()
        return may_end.wait(10)

    def opened() -> Iterator[Any]:
        yield read
        yield read
        assert begun.wait(10)
        may_end.set()
        raise ValueError("third")

    before = {*threading.enumerate()}
    with pytest.raises(ValueError, match="third"):
        at_once(connection, opened())
    assert {*threading.enumerate()} <= before
