"""CSV and TSV. The engine itself writes each row as one line of UTF-8, so that a million rows take a second."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mujun import sql
from mujun.output.sheet import share_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mujun.engine.duckdb import Engine
    from mujun.output.sheet import Sheet

_FORMULA = r"[=+@\t\r-]"
_ESCAPED = r"'\0"
_NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?"


def lines(sheets: Sequence[Sheet], engine: Engine, delimiter: str) -> Iterator[bytes]:
    """The header and every row of the sheets, stacked, each with its line end, in UTF-8."""
    stacked = share_columns(sheets)
    if not stacked:
        return
    columns = stacked[0].columns
    header = delimiter.join(quote(column.name, delimiter) for column in columns)
    yield f"{header}\n".encode()
    engine.run(_guard(delimiter))
    for batch in engine.rows(*(_query(sheet, delimiter) for sheet in stacked)):
        yield b"".join([line for (line,) in batch])


def _query(sheet: Sheet, delimiter: str) -> str:
    """SQL of the rows of a sheet as lines."""
    parts, between = [], ""
    for column, text in zip(sheet.columns, sheet.expressions(), strict=True):
        if text is not None:
            # CONCAT takes NULL for an empty text.
            parts += [sql.text(between)] if between else []
            parts.append(text if column.is_number else f"mj_cell({text})")
            between = ""
        between += delimiter
    if len(sheet.columns) == 1:
        # A line with nothing on it would be no row: a lone empty cell is written as "".
        parts = [f"COALESCE(NULLIF({parts[0]}, ''), '\"\"')"] if parts else ["'\"\"'"]
    line = ", ".join([*parts, sql.text(between[1:] + "\n")])
    return f"SELECT ENCODE(CONCAT({line})) FROM {sheet.source()}"


def _guard(delimiter: str) -> str:
    """SQL of the macro for a text cell: no formula when opened in a spreadsheet, quoted where it must be."""
    # Nearly every cell is plain, which a quick look tells: all signs of formulas come before the full stop or between
    # the equals sign and the A.
    within = " AND ".join(f"NOT contains(x, {sign})" for sign in ("'\"'", "chr(10)", "chr(13)", sql.text(delimiter)))
    plain = f"x >= '.' AND (x < '=' OR x >= 'A') AND {within}"
    odd = f"regexp_matches(x, '{_odd(delimiter)}') AND NOT regexp_full_match(x, '{_NUMBER}')"
    harmless = f"regexp_replace(x, '^{_FORMULA}', {sql.text(_ESCAPED)})"
    return (
        "CREATE OR REPLACE MACRO mj_cell(x) AS "
        f"CASE WHEN {plain} THEN x WHEN {odd} THEN '\"' || replace({harmless}, '\"', '\"\"') || '\"' ELSE x END"
    )


def _odd(delimiter: str) -> str:
    """What finds a cell that a spreadsheet would take for a formula, or that must be quoted."""
    return f'^{_FORMULA}|["\\n\\r{delimiter}]'


def quote(cell: str, delimiter: str) -> str:
    """A text cell as Python writes it: the same rules as the SQL."""
    if not re.search(_odd(delimiter), cell) or re.fullmatch(_NUMBER, cell):
        return cell
    return '"' + re.sub(f"^{_FORMULA}", _ESCAPED.replace("0", "g<0>"), cell).replace('"', '""') + '"'
