"""Texts whose names the pack knows, as towns and parks: other spellings become them, unknown ones are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql
from mujun.intake.findings import MOST_LISTED
from mujun.quantity import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.intake.part import Part
    from mujun.pack.policy import Field


def settle(connection: duck.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    """Give each known name its one spelling in the tables of the parts; a name that is not known stays as it is."""
    for part in parts:
        for mapped in part.read_in:
            if mapped.field.kind != "text" or not mapped.field.values:
                continue
            column = f"f{mapped.index}"
            known = spellings(mapped.field)
            texts = connection.execute(
                f"SELECT DISTINCT {column} FROM {part.table} WHERE {column} IS NOT NULL ORDER BY 1"
            ).fetchall()
            meant = {text: known.get(normalise(text), "") for (text,) in texts}
            for text, name in meant.items():
                if name and name != text:
                    connection.execute(
                        f"UPDATE {part.table} SET {column} = {sql.text(name)} WHERE {column} = {sql.text(text)}"
                    ).fetchall()
            _tell(connection, part, column, mapped.header, [text for text, name in meant.items() if not name])


def _tell(connection: duck.DuckDBPyConnection, part: Part, column: str, header: str, unknown: Sequence[str]) -> None:
    """One finding for each name that is not known, at the first row that has it."""
    for text in unknown[:MOST_LISTED]:
        rows = f"{part.table} WHERE {part.live} AND {column} = {sql.text(text)}"
        [(row, count)] = connection.execute(f"SELECT MIN({part.row}), COUNT(*) FROM {rows}").fetchall()
        if count:
            part.find("M215", row, header, text, count)


def spellings(field: Field) -> dict[str, str]:
    """Each spelling of a name, folded, with the name."""
    return {
        normalise(word): name for name, others in field.values.items() for word in (name, *others)
    }  # fmt: skip
