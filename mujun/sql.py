"""Writing SQL: every identifier and literal of a plan is quoted here, and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

_BREAKS = re.compile(r"""('[^']*'|"[^"]*"|--[^\n]*)|\n(?!\n|$)""")
"""What holds no line break of the statement itself, and those that do; doubled quotes are two texts side by side."""


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def date(value: datetime.date) -> str:
    """A date literal."""
    return f"DATE '{value.isoformat()}'"


def comment(line: str) -> str:
    """A one-line comment; line breaks in it cannot end it."""
    return "-- " + " ".join(line.split())


def indent(block: str, spaces: int = 2) -> str:
    """A block shifted to the right, but for what stands in quotes."""
    return " " * spaces + _BREAKS.sub(lambda found: found[1] or "\n" + " " * spaces, block)


def items(expressions: list[str], spaces: int = 2) -> str:
    """A comma-separated list, one expression a line."""
    return ",\n".join(indent(expression, spaces) for expression in expressions)


def stage(title: str, identifier: str, body: str, how: str = "") -> str:
    """A named query of WITH under its title; `how` is whether its rows are kept, where that is not left to DuckDB."""
    return f"{comment(title)}\n{name(identifier)} AS {how}(\n{indent(body)}\n)"


NARROW = "BETWEEN -100000000000 AND 100000000000"
"""Where a figure with six decimals fits into 18 digits.

Wide decimals take four times as long to write as those, and to trim zeros takes twice as long again.
"""
_FEWER = [f"CAST(x AS DECIMAL({12 + digits}, {digits}))" for digits in range(3)]
_CASES = " ".join(f"WHEN x = {fewer} THEN CAST({fewer} AS VARCHAR)" for fewer in _FEWER)
MACROS = f"""
CREATE OR REPLACE MACRO mj_narrow(x) AS CASE {_CASES} ELSE RTRIM(CAST(x AS VARCHAR), '0') END;
CREATE OR REPLACE MACRO mj_amount(x) AS CASE WHEN x {NARROW} THEN mj_narrow(CAST(x AS DECIMAL(18, 6)))
  ELSE RTRIM(RTRIM(CAST(x AS VARCHAR), '0'), '.') END;
"""
"""``mj_amount`` writes a DECIMAL(38, 6) in the shortest form. Every database has it."""
