"""Texts whose names the pack knows, as towns and parks: other spellings become them, unknown ones are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql
from mujun.intake.findings import MOST_LISTED
from mujun.intake.macros import among
from mujun.quantity import normalise

if TYPE_CHECKING:
    from mujun import duck
    from mujun.intake.part import Stack
    from mujun.pack.policy import Field


def settle(connection: duck.DuckDBPyConnection, stack: Stack) -> None:
    """Give each known name its one spelling in the table of a stack; a name that is not known stays as it is."""
    for name, column in stack.columns.items():
        field = stack.dataset.fields[name]
        if field.kind != "text" or not field.values:
            continue
        known = spellings(field)
        texts = connection.execute(
            f"SELECT DISTINCT {column} FROM {stack.table} WHERE {column} IS NOT NULL ORDER BY 1"
        ).fetchall()
        meant = {text: known.get(normalise(text), "") for (text,) in texts}
        for text, one in meant.items():
            if one and one != text:
                connection.execute(
                    f"UPDATE {stack.table} SET {column} = {sql.text(one)} WHERE {column} = {sql.text(text)}"
                ).fetchall()
        if not all(meant.values()):
            _tell(connection, stack, name)


def _tell(connection: duck.DuckDBPyConnection, stack: Stack, field: str) -> None:
    """One finding in each part for each name that is not known, at the first row that has it."""
    column = stack.columns[field]
    found = connection.execute(
        f"SELECT {stack.part} AS part, {column} AS text, MIN({stack.row}), COUNT(*) FROM {stack.table} "
        f"WHERE {stack.live} AND text NOT IN {among(stack.dataset.fields[field].values)} GROUP BY 1, 2\n"
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY part ORDER BY text) <= {MOST_LISTED} ORDER BY 1, 2"
    ).fetchall()
    for part, rows in stack.by_part(found):
        for text, row, count in rows:
            part.find("M215", row, part.header(field), text, count)


def spellings(field: Field) -> dict[str, str]:
    """Each spelling of a name, folded, with the name."""
    return {
        normalise(word): name for name, others in field.values.items() for word in (name, *others)
    }  # fmt: skip
