"""Rows set aside, kept as they were written, so that they can be handed back with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql
from mujun.intake.tables import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.intake.part import Part


def keep_rows(connection: duck.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    """Make the table ``搁置`` (文件, 工作表, 行, 代码, 原因, 原文) of ``mj_aside`` and of what was never read as a row.

    The reason is the message of the row's finding; where there are too many to have one each, that of the last.
    """
    table = sql.name("搁置")
    columns = "文件 VARCHAR, 工作表 VARCHAR, 行 BIGINT, 代码 VARCHAR, 原因 VARCHAR, 原文 VARCHAR"
    connection.execute(f"CREATE OR REPLACE TABLE {table} ({columns})").fetchall()
    for part in parts:
        source = part.source
        reasons = {(f.row, f.code): f.message for f in part.findings if f.row is not None}
        told = [(row, code, message) for (row, code), message in reasons.items()]
        fill(connection, "mj_reason", {"pos": "BIGINT", "code": "VARCHAR", "reason": "VARCHAR"}, told)
        last = "(SELECT arg_max(reason, pos) FROM mj_reason AS l WHERE l.code = a.code)"
        place = f"{sql.text(source.file)}, {sql.text(source.sheet)}"
        if source.aside:
            rows = [(why.row, why.code, why.message, " | ".join(cells)) for why, cells in source.aside]
            kinds = {"pos": "BIGINT", "code": "VARCHAR", "reason": "VARCHAR", "text": "VARCHAR"}
            fill(connection, "mj_unread_rows", kinds, rows)
            connection.execute(f"INSERT INTO {table} SELECT {place}, * FROM mj_unread_rows").fetchall()
        if not source.select:
            continue
        cells = ", ".join([f"COALESCE(c{i}, '')" for i in range(len(source.header))])
        connection.execute(
            f"INSERT INTO {table} SELECT {place}, a.pos, a.code, COALESCE(reason, {last}), concat_ws(' | ', {cells})\n"
            "FROM mj_aside AS a LEFT JOIN mj_reason USING (pos, code)\n"
            f"JOIN {source.numbered()} AS w ON w.mj_row = a.pos\n"
            f"WHERE a.part = {part.number}"
        ).fetchall()
