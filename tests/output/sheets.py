"""Sheets of drawn cells, in an engine of their own."""

from __future__ import annotations

import atexit
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from mujun.engine.duckdb import Engine
from mujun.output.sheet import Sheet
from mujun.plan.plan import Column, Query
from mujun.quantity import parse_unit

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

Cell = str | None

# What can be in a file: no surrogates, no NUL.
CHARS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.one_of(
    st.none(),
    st.text(CHARS, max_size=12),
    st.text(st.sampled_from("=+-@\t\r\n\",;|'01.金_*<&`[\\#~"), max_size=6),
)
NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**15), 10**15),
    st.integers(-(10**27), 10**27),
    st.builds(lambda whole, step: whole * 10**step, st.integers(-(10**6), 10**6), st.integers(0, 14)),
    st.builds(lambda near: 10**17 + near, st.integers(-(10**7), 10**7)),
)
"""Millionths: with all decimals and with few, small and beyond 18 digits, and at the edge of those."""


def is_safe(text: str) -> bool:
    """Whether a text has no control or formatting character."""
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


@cache
def engine() -> Engine:
    """One engine for all examples; each makes its table anew."""
    atexit.register(engine.cache_clear)
    return Engine()


class Kept(Engine):
    """An engine that remembers the rows of each query, for sheets that are shown many times."""

    def __init__(self, behind: Engine) -> None:
        self.connection, self.behind = behind.connection, behind
        self.found: dict[str, list[list[tuple[Any, ...]]]] = {}

    def rows(self, *queries: str) -> Generator[list[tuple[Any, ...]]]:
        for sql in queries:
            if sql not in self.found:
                self.found[sql] = list(self.behind.rows(sql))
            yield from self.found[sql]


def sheet(texts: Sequence[Sequence[Cell]], numbers: Sequence[int | None] = (), name: str = "清单甲") -> Sheet:
    """A sheet of rows of texts, with a column of numbers, given in millionths, behind them."""
    columns = [Column(f"列{i}") for i in range(len(texts[0]))]
    cells = [f"t[{i + 1}] AS 列{i}" for i in range(len(texts[0]))]
    rows = [list(row) for row in texts]
    if numbers:
        columns.append(Column("数", "number", parse_unit("万元"), 2))
        cells.append("CAST(n * 0.000001 AS DECIMAL(38, 6)) AS 数")
    engine().connection.execute(
        "CREATE OR REPLACE TABLE drawn AS SELECT unnest(?::INTEGER[]) AS i, unnest(?::VARCHAR[][]) AS t,"
        " unnest(?::DECIMAL(38, 0)[]) AS n",
        [list(range(len(rows))), rows, list(numbers) or [None] * len(rows)],
    )
    query = Query(f"SELECT {', '.join(cells)} FROM drawn ORDER BY i", tuple(columns))
    return Sheet(name, query, query.columns)


def rows(width: int) -> st.SearchStrategy[list[list[Cell]]]:
    """Some rows of `width` texts."""
    return st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=5)
