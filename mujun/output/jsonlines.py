"""JSON and JSON lines: one object a row, numbers as numbers with every decimal they have, missing as null."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mujun.engine.duckdb import Engine
    from mujun.output.sheet import Sheet

_quoted = json.JSONEncoder(ensure_ascii=False).encode


def json_lines(sheets: Sequence[Sheet], engine: Engine) -> Iterator[str]:
    """One object a line; each row has the columns of its own list."""
    for sheet in sheets:
        heads = [f"{_quoted(column.name)}: " for column in sheet.columns]
        plain = [column.is_number for column in sheet.columns]
        for row in sheet.rows(engine):
            parts = [
                head + ("null" if cell is None else cell if is_number else _quoted(cell))
                for head, is_number, cell in zip(heads, plain, row, strict=True)
            ]
            yield f"{{{', '.join(parts)}}}\n"


def json_array(sheets: Sequence[Sheet], engine: Engine) -> Iterator[str]:
    """One array of all rows."""
    before = "[\n"
    for line in json_lines(sheets, engine):
        yield before + line.rstrip("\n")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"
