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
