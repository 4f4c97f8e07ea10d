"""What an output format writes: named sheets of columns, each with the query that yields its rows as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from mujun import sql
from mujun.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mujun.engine.duckdb import Engine
    from mujun.plan.plan import Column, Query

Row = tuple[str | None, ...]


class Sheet(msgspec.Struct, frozen=True):
    """One table to write: `title` and `notes` head it where a format has headings.

    `columns` are written in this order; those that the query lacks are empty. `limit` cuts the rows. `identity` names
    the columns that repeat who it is, the first to go where room is short; `said` those that the title says already.
    """

    name: str
    query: Query
    columns: tuple[Column, ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    limit: int | None = None
    identity: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def expressions(self) -> list[str | None]:
        """SQL for each column as plain text, None for one that the query lacks.

        Numbers are in their shortest exact form, NULL is for a missing figure.
        """
        own = {column.name for column in self.query.columns}
        return [_as_text(column) if column.name in own else None for column in self.columns]

    def source(self) -> str:
        """SQL of the rows behind the expressions, in order."""
        limit = f"\nLIMIT {self.limit}" if self.limit is not None else ""
        return f"(\n{sql.indent(self.query.sql)}{limit}\n) AS {sql.name('行')}"

    def rows(self, engine: Engine) -> Iterator[Row]:
        """The rows as text, in order."""
        text = f"SELECT {', '.join(one or 'NULL' for one in self.expressions())} FROM {self.source()}"
        for batch in engine.rows(text):
            yield from batch

    @property
    def unsaid(self) -> Sheet:
        """The sheet without the columns that its title says already."""
        return replace(self, columns=tuple(column for column in self.columns if column.name not in self.said))


def _as_text(column: Column) -> str:
    name = sql.name(column.name)
    text = f"CAST({name} AS VARCHAR)"
    if column.kind == "date":
        return text
    if not column.is_number:
        return name
    if column.fixed and not column.digits:
        return text
    if column.fixed:
        narrow = f"CAST({name} AS DECIMAL({12 + column.digits}, {column.digits}))"
        return f"CASE WHEN {name} {sql.NARROW} THEN CAST({narrow} AS VARCHAR) ELSE {text} END"
    return f"mj_amount({name})"


def pick(sheets: Sequence[Sheet], names: Sequence[str]) -> list[Sheet]:
    """The sheets with only these columns, in this order. Raises `UsageError` for a column that no sheet has."""
    known = {column.name: column for sheet in sheets for column in sheet.query.columns}
    for name in names:
        if name not in known:
            from mujun.pack.problems import nearest

            raise UsageError(f"没有列“{name}”{nearest(name, known)}", f"可用的列：{'、'.join(known)}")
    columns = tuple(known[name] for name in dict.fromkeys(names))
    return [replace(sheet, columns=columns, said=()) for sheet in sheets]


def share_columns(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The sheets with the union of their columns, in the order first met, so that they stack into one file."""
    union = {column.name: column for sheet in sheets for column in sheet.columns}
    return [replace(sheet, columns=tuple(union.values())) for sheet in sheets]
