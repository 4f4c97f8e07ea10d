"""DuckDB, embedded: runs a plan over the table that intake left on the same connection."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from mujun import duck
from mujun.engine import connection
from mujun.errors import DataError
from mujun.later import Later

if TYPE_CHECKING:
    from collections.abc import Generator

    import pandas as pd

_BATCH = 5_000
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
        opening: Later[duck.DuckDBPyConnection] | None = None
        fetching: Later[list[tuple[Any, ...]]] | None = None
        try:
            for sql, following in zip_longest(queries, queries[1:]):
                opened, opening = opening, Later(self._open, following) if following else None
                cursor = opened.result() if opened else self._open(sql)
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
            # Whoever asked may have had enough.
            for pending in (opening, fetching):
                if pending:
                    pending.wait()

    def _open(self, sql: str) -> duck.DuckDBPyConnection:
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return cursor

    def frame(self, sql: str) -> pd.DataFrame:
        """A query as a pandas frame."""
        try:
            return self.connection.execute(sql).df()
        except _TOO_LARGE:
            raise _too_large() from None


def _too_large() -> DataError:
    return DataError("有数值大到指标无法精确计算（超过 38 位）", "请用 mujun classify 的数据问题提示核对数值与单位")
