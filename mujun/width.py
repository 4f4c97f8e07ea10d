"""Texts for a terminal: in display columns, as Chinese characters take two, and without control characters."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_OPENING = "（“《〔【"
_CLOSING = "，。；：、）”！？》〕】….,;:!?)]/"
"""A closing sign stays with what is before it, an opening sign with what follows."""


def display_width(text: str) -> int:
    """The columns a text takes on a terminal."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def printable(text: str, keep: str = "") -> str:
    """A text that is safe on a terminal: control characters, save those in `keep`, are shown as ``�``."""
    if text.isprintable():
        return text
    return "".join(char if char in keep or not _is_control(char) else "�" for char in text)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def shorten(text: str, width: int, measure: Callable[[str], int] = display_width) -> str:
    """A text cut to a display width, ending in … where something was cut."""
    if measure(text) <= width:
        return text
    end = 0
    while measure(text[: end + 1]) < width:
        end += 1
    return text[:end] + "…"


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """A text broken into lines of a display width, lines after the first opening with `indent`.

    Breaks fall between wide characters and at blanks; a word is broken only where it is wider than a line. No line
    opens with a closing sign.
    """
    lines: list[str] = []
    line = ""
    lead = max(len(text) - len(text.lstrip(" ")), display_width(indent))
    for piece in _pieces(text, max(width - lead, 2)):
        if line.strip() and display_width(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = indent + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str, width: int) -> list[str]:
    """What stays together: a wide character with the signs around it, or a run of narrow ones, up to `width`."""
    pieces: list[str] = []
    for char in text:
        if pieces and _sticks(pieces[-1][-1], char) and display_width(pieces[-1] + char) <= width:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _sticks(before: str, char: str) -> bool:
    if " " in (before, char):
        return False
    narrow_run = _width(before) <= 1 and _width(char) <= 1
    return narrow_run or before in _OPENING or char in _CLOSING or _width(char) == 0
