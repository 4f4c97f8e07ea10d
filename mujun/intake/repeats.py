"""Rows that say just what one before them says, in data of which every row counts for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql
from mujun.intake.part import places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.intake.part import Place, Stack


def tell_repeats(connection: duck.DuckDBPyConnection, bases: Sequence[Stack]) -> None:
    """A finding for each such row, which still counts."""
    parts = {part.number: part for base in bases for part in base.parts}
    every = "\nUNION ALL\n".join(base.select(f"{base.part} AS mj_p, {base.row} AS mj_r") for base in bases)
    same = ", ".join(map(sql.name, bases[0].dataset.fields))
    alike = (
        "SELECT *, ROW_NUMBER() OVER w AS n, "
        f"list({{'part': mj_p, 'pos': mj_r}}) OVER (PARTITION BY {same})[:6] AS others "
        f"FROM ({every}) WINDOW w AS (PARTITION BY {same} ORDER BY mj_p, mj_r)"
    )
    found: dict[int, list[Place]] = {}
    query = f"SELECT mj_p, mj_r, others FROM ({alike}) WHERE n > 1 ORDER BY mj_p, mj_r"
    for number, at, others in connection.execute(query).fetchall():
        found.setdefault(number, []).append((at, "", (("other", places(parts, number, at, others)),)))
    for number, rows in found.items():
        parts[number].find_each("M309", rows, len(rows))
