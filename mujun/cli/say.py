"""Saying things: lines for people, safe on a terminal and wrapped to it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from mujun.width import display_width, printable, wrap

if TYPE_CHECKING:
    from typing import TextIO

_ROOM = 36
"""The last column of a table is not squeezed into less than this."""


def say(text: str) -> None:
    """Write lines to stdout as they are, without control characters."""
    click.echo(printable(text, "\n"))


def remark(text: str) -> None:
    """Write lines to stderr. What nobody can be told is no reason to stop."""
    try:
        click.echo(printable(text, "\n"), err=True)
    except OSError:
        abandon(sys.stderr)


def abandon(stream: TextIO | None) -> None:
    """Let a stream that cannot be written to end nowhere, so that Python does not try once more at exit."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[union-attr]


def tell(line: str, indent: str = "  ") -> None:
    """Write a line to stdout; on a terminal it is wrapped, further lines standing `indent` deeper than the first."""
    line, width = printable(line), terminal_width()
    deeper = " " * (len(line) - len(line.lstrip(" "))) + indent
    for piece in wrap(line, width, deeper) if width else [line]:
        click.echo(piece)


def table(rows: list[tuple[str, ...]]) -> None:
    """Write rows in aligned columns; on a terminal the last is wrapped, below the others where it has little room."""
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    width = terminal_width()
    room = width - sum(widths[:-1]) - 2 * len(widths[:-1])
    below = width > 0 and room < min(_ROOM, width // 2, widths[-1])
    for row in rows:
        cells = [cell + " " * (wide - display_width(cell)) for cell, wide in zip(row[:-1], widths, strict=False)]
        lead = "  ".join([*cells, ""])
        if below:
            click.echo(lead.rstrip())
            lead = " " * (len(lead) - len(lead.lstrip(" ")) + 2)
        for number, piece in enumerate(wrap(row[-1], width - display_width(lead)) if width else row[-1:]):
            click.echo(((" " * display_width(lead) if number else lead) + piece).rstrip())


def heading(*parts: str) -> str:
    """The title of a sheet: what there is of these parts."""
    return "  ".join(filter(None, parts))


def in_year(year: int | None) -> str:
    """A year in a heading; data without years have none."""
    return f"{year}年" if year is not None else ""


def terminal_width() -> int:
    """The width of the terminal that stdout is, 0 for no terminal."""
    import shutil

    return max(shutil.get_terminal_size((80, 24)).columns, 20) if sys.stdout is not None and sys.stdout.isatty() else 0
