"""DuckDB, embedded: runs a plan over the table that intake left on the same connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mujun import duck
from mujun.engine import connection
from mujun.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_BATCH = 20_000
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

    def rows(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a query in batches, in order; the next one is fetched while one is put to use."""
        try:
            cursor = self.connection.cursor()
            cursor.execute(sql)
            batch = cursor.fetchmany(_BATCH)
            if len(batch) < _BATCH:
                if batch:
                    yield batch
                return
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(1) as pool:
                while batch:
                    following = pool.submit(cursor.fetchmany, _BATCH)
                    yield batch
                    batch = following.result()
        except _TOO_LARGE:
            raise _too_large() from None

    def frame(self, sql: str) -> pd.DataFrame:
        """A query as a pandas frame."""
        try:
            return self.connection.execute(sql).df()
        except _TOO_LARGE:
            raise _too_large() from None


def _too_large() -> DataError:
    return DataError("有数值大到指标无法精确计算（超过 38 位）", "请用 mujun classify 的数据问题提示核对数值与单位")
