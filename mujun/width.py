"""Texts in display columns: Chinese characters take two on a terminal."""

from __future__ import annotations

import unicodedata

_CLOSING = "，。；：、）”！？》"


def display_width(text: str) -> int:
    """The columns a text takes on a terminal."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    return 0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else 1


def shorten(text: str, width: int) -> str:
    """A text cut to a display width, ending in … where something was cut."""
    if display_width(text) <= width:
        return text
    kept, used = "", 1
    for char in text:
        used += _width(char)
        if used > width:
            break
        kept += char
    return kept + "…"


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """A text broken into lines of a display width: between wide characters, never inside a word, no line opening with a
    closing sign. Lines after the first start with `indent`."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line.strip() and display_width(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, piece = indent, piece.lstrip()
        line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> list[str]:
    """What stays together: a wide character with the closing signs behind it, or a run of narrow characters."""
    pieces: list[str] = []
    for char in text:
        narrow_run = pieces and char != " " and _width(char) == 1 and _width(pieces[-1][-1]) == 1 and pieces[-1] != " "
        if pieces and (narrow_run or char in _CLOSING):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces
