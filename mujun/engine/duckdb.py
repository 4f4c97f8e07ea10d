"""DuckDB, embedded: runs a plan over the table that intake left on the same connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mujun import duck
from mujun.engine import connection
from mujun.errors import DataError
from mujun.later import Later

if TYPE_CHECKING:
    from collections.abc import Generator

    import pandas as pd

_BATCH = 5_000
_SHORTLY = 0.01
"""Seconds."""
_TOO_LARGE = (duck.OutOfRangeException, duck.ConversionException)


class Engine:
    """A private in-memory database. Not shared between threads."""

    def __init__(self) -> None:
        self.connection = connection()

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows. Raises `DataError` where a figure outgrows exact arithmetic."""
        try:
            return self.connection.execute(sql).fetchall()
        except _TOO_LARGE:
            raise _too_large() from None

    def rows(self, *queries: str) -> Generator[list[tuple[Any, ...]]]:
        """The rows of queries, one query after the other, in batches, in order.

        While a batch is put to use, the next one is fetched, and the next query begins.
        """
        cursors = [self.connection.cursor() for _ in queries]
        begun: Later[Any] | None = None
        following: Later[Any] | None = None
        fetching: Later[list[tuple[Any, ...]]] | None = None
        try:
            for number, (cursor, sql) in enumerate(zip(cursors, queries, strict=True), 1):
                begun, following = following, None
                if number < len(queries):
                    following = Later(cursors[number].execute, queries[number])
                if begun:
                    begun.result()
                else:
                    cursor.execute(sql)
                batch = cursor.fetchmany(_BATCH)
                while len(batch) == _BATCH:
                    fetching = Later(cursor.fetchmany, _BATCH)
                    yield batch
                    batch = fetching.result()
                if batch:
                    yield batch
        except _TOO_LARGE:
            raise _too_large() from None
        finally:
            # Whoever asked may have had enough. What is not yet under way cannot be interrupted.
            for pending in filter(None, (begun, following, fetching)):
                while not pending.wait(_SHORTLY):
                    for cursor in cursors:
                        cursor.interrupt()

    def frame(self, sql: str) -> pd.DataFrame:
        """A query as a pandas frame."""
        try:
            return self.connection.execute(sql).df()
        except _TOO_LARGE:
            raise _too_large() from None


def _too_large() -> DataError:
    return DataError("有数值大到指标无法精确计算（超过 38 位）", "请用 mujun classify 的数据问题提示核对数值与单位")
