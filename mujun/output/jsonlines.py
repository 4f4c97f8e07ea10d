"""JSON and JSON lines: one object a row, numbers as numbers with every decimal they have, missing as null."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mujun.output.sheet import Row, Sheet
from mujun.plan.plan import Column

if TYPE_CHECKING:
    from mujun.engine.duckdb import Engine


def json_lines(sheets: Sequence[Sheet], engine: Engine) -> Iterator[str]:
    """One object a line; each row has the columns of its own list."""
    for sheet in sheets:
        for row in sheet.rows(engine):
            yield _object(sheet.columns, row) + "\n"


def json_array(sheets: Sequence[Sheet], engine: Engine) -> Iterator[str]:
    """One array of all rows."""
    before = "[\n"
    for line in json_lines(sheets, engine):
        yield before + line.rstrip("\n")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _object(columns: Sequence[Column], row: Row) -> str:
    parts = []
    for column, cell in zip(columns, row, strict=True):
        value = "null" if cell is None else cell if column.is_number else json.dumps(cell, ensure_ascii=False)
        parts.append(f"{json.dumps(column.name, ensure_ascii=False)}: {value}")
    return "{" + ", ".join(parts) + "}"


