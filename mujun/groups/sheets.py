"""Rows made in Python as a sheet, to be written in any format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql
from mujun.output.sheet import Sheet
from mujun.plan.query import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun.engine.duckdb import Engine
    from mujun.plan.query import Column

_AT_ONCE = 500


def sheet(
    engine: Engine, name: str, columns: tuple[Column, ...], rows: Sequence[Sequence[str | None]], title: str = "",
    notes: tuple[str, ...] = (), limit: int | None = None, identity: tuple[str, ...] = (), said: tuple[str, ...] = (),
) -> Sheet:  # fmt: skip
    """A sheet of these rows, in their order; numbers are given as plain decimals."""
    table = sql.name(f"组·{name}")
    kinds = ["DECIMAL(38, 6)" if column.is_number else "VARCHAR" for column in columns]
    shapes = ", ".join(f"{sql.name(column.name)} {kind}" for column, kind in zip(columns, kinds, strict=True))
    engine.run(f"CREATE OR REPLACE TABLE {table} ({sql.name('序')} INTEGER, {shapes})")
    for start in range(0, len(rows), _AT_ONCE):
        values = [
            f"({number}, {', '.join('NULL' if cell is None else sql.text(cell) for cell in row)})"
            for number, row in enumerate(rows[start : start + _AT_ONCE], start)
        ]
        engine.run(f"INSERT INTO {table} VALUES {', '.join(values)}")
    text = f"SELECT {', '.join(sql.name(column.name) for column in columns)}\nFROM {table}\nORDER BY {sql.name('序')}"
    return Sheet(name, Query(text, columns), columns, title, notes, limit, identity, said)
