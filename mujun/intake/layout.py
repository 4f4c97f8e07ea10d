"""Where a table begins: its header among the first rows of a grid of texts, its units, and what its titles say.

Bureaus put titles above the header, write it on two or three lines with merged cells, and units or numbers of columns
under it. Merged cells arrive repeated (workbooks) or as one text and blanks (CSV). Where two readings are possible the
one that keeps a row as data, and a column unknown, is taken: that shows, and a wrong guess would not.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from mujun.intake.captions import (
    CODE,
    STEMS,
    YEAR,
    Row,
    Words,
    column_names,
    is_caption,
    is_part,
    is_value,
    joint,
    padded,
    paths,
    unit_text,
    with_unit,
)
from mujun.intake.header import serial_columns
from mujun.intake.macros import MISSING
from mujun.intake.source import Layout
from mujun.intake.spelling import key, tidy
from mujun.intake.titles import stated_units, stated_year
from mujun.quantity import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Layout", "find_layout", "serial_columns", "stated_units", "stated_year"]

_MOST_LINES = 3
"""Lines of a header."""

# A line of numbers of columns: 甲, 1, (1), (3)=(1)+(2), 3栏. NFKC has made ① a 1.
_NUMBERED = re.compile(r"\(?(\d{1,3})[)栏列]?(?:=[\d()+\-*/×÷%.]+)?", re.ASCII)
_NUMBERING_WORDS = {"栏次", "行次", "栏号", "列号", "列次", "栏目"}


def find_layout(rows: Sequence[Sequence[str]], known: Callable[[Sequence[str]], int]) -> Layout | None:
    """The header that gives most known words, else the first row that looks like one; None where nothing does.

    `known` says how many of some headers are known words. `rows` are the first of the grid, from row 1.
    """
    grid = [tuple(_tidied(cell) for cell in row) for row in rows]
    words = Words(known)
    anchor = _anchor(grid, words)
    if anchor is None:
        return None
    first, last = anchor, anchor
    while last - first < _MOST_LINES - 1 and _is_lower(grid, first, last, words):
        last += 1
    while last - first < _MOST_LINES - 1 and _is_upper(grid, first, last, words):
        first -= 1
    lines = grid[first : last + 1]
    names = column_names(lines, words)
    unit_row, data = _below(grid, last, lines)
    if unit_row is not None:
        names = [with_unit(*pair) for pair in zip(names, padded(grid[unit_row], len(names)), strict=True)]
    titles = dict.fromkeys(cell for row in grid[:first] for cell in row if cell)
    return Layout(
        tuple(names),
        tuple(range(first + 1, last + 2)),
        None if unit_row is None else unit_row + 1,
        data + 1,
        tuple(titles),
        tuple(index + 1 for index, row in enumerate(grid[:first]) if any(row)),
        known([name for name in names if name]),
    )


def _tidied(cell: str) -> str:
    # A text whose signs all show needs no search for those that do not, which is slow.
    return cell.strip("\"'‘’“” ") if cell.isprintable() else tidy(cell)


# --- where the header is ----------------------------------------------------------------------------------------------


def _anchor(grid: Sequence[Row], words: Words) -> int | None:
    """The row with most known words, or that looks like a header where no row has any."""
    usual = _recurring(grid)
    wide = any(len(set(row) - {""}) > 1 for row in grid)
    best, score, lone = None, 0, None
    data_between = False
    said = list[list[str]]()

    @cache
    def count(index: int) -> int:
        return words.count(said[index]) if said[index] else 0

    for index, row in enumerate(grid):
        texts = dict.fromkeys(text for text in row if text and not is_value(text))
        telling = {text for place, text in enumerate(row) if text in texts and (place, text) not in usual}
        said.append([text for text in texts if text in telling])
        figures = sum(1 for text in row if text and text not in texts)
        # A second table below the data of the first is not its header, unless it says far more.
        least = max(score + 1, 2 * score) if data_between else score + 1
        title = wide and len(texts) == 1 and not figures
        if len(telling) - figures < least and (data_between or not figures) and not (title and lone is None):
            continue  # a row of data: whatever words it has decide nothing
        if count(index) <= figures:
            data_between = data_between or figures > 0
        elif title:
            lone = index if lone is None else lone
        elif count(index) - figures >= least:
            best, score, data_between = index, count(index) - figures, False
    plain = next(_plain_headers(grid), None)
    if best is not None:
        return plain if plain is not None and _is_fuller(grid, plain, best) and score <= count(plain) + 1 else best
    if lone is not None and (plain is None or lone < plain):
        return lone
    if plain is None and any(map(count, range(len(grid)))):
        return max(range(len(grid)), key=count)
    return plain


def _recurring(grid: Sequence[Row]) -> set[tuple[int, str]]:
    """Texts that stand in one column again and again, in rows that differ otherwise: values such as 规上, not names."""
    counts = Counter(cell for row in set(grid) for cell in enumerate(row))
    return {cell for cell, count in counts.items() if count > _MOST_LINES}


def _plain_headers(grid: Sequence[Row]) -> Iterator[int]:
    """Rows of at least two texts, those first that are no titles."""
    texts = [[text for text in row if text and not is_value(text) and not YEAR.fullmatch(text)] for row in grid]
    yield from (index for index, row in enumerate(texts) if len(set(filter(is_caption, row))) > 1)
    yield from (index for index, row in enumerate(texts) if len(set(row)) > 1)
    yield from (index for index, row in enumerate(texts) if len(row) > 1)


def _is_fuller(grid: Sequence[Row], first: int, later: int) -> bool:
    """Whether a row has as many texts, all different, as a later one with a word that may be a value: 规上."""
    texts = [text for text in grid[first] if text]
    return first < later and len(set(texts)) == len(texts) >= max(3, sum(map(bool, grid[later])))


def _is_lower(grid: Sequence[Row], first: int, last: int, words: Words) -> bool:
    """Whether the next row is one more line of the header: only texts, each of which has its part in a name."""
    lines, lower = grid[first : last + 1], grid[last + 1] if last + 1 < len(grid) else ()
    cells = {text for text in lower if text}
    if not cells or any(map(is_value, cells)) or _is_units(lower, lines):
        return False
    width = max(len(lower), *map(len, lines))
    upper, lower = padded(lines[-1], width), padded(lower, width)
    if all(text in ("", above) for above, text in zip(upper, lower, strict=True)):
        return len(cells) > 1  # all cells are merged over both lines, or the header is repeated
    head = next(place for place in range(width) if any(padded(line, width)[place] for line in lines))
    # Under the first column a merged cell is repeated, or blank, which data are not.
    merged = lower[head] == upper[head] != "" or (
        not lower[head] and any(padded(row, width)[head] for row in grid[last + 2 : last + 7])
    )
    columns = paths([*lines, lower])
    new = [place for place, text in enumerate(lower) if text and not (upper[place] and len(columns[place]) == 1)]
    later = {padded(row, width) for row in grid[last + 2 :]} - {lower}
    if any(sum(row[place] == lower[place] for row in later) > 1 for place in new):
        return False  # what stands there again and again is a value
    parts = [_has_part(place, upper, lower, columns, words, merged=merged) for place in new]
    alone = [merged and len(columns[place]) == 1 for place in new]
    return any(parts) and all(map(any, zip(parts, alone, strict=True)))


def _has_part(place: int, upper: Row, lower: Row, columns: Sequence[Row], words: Words, *, merged: bool) -> bool:
    """Whether a text under others is a caption, and not a value: known words, several under one, 本年."""
    text, above = lower[place], columns[place][:-1]
    beside = [near for near in (place - 1, place + 1) if 0 <= near < len(lower) and lower[near] not in ("", text)]
    group = [near for near in beside if above and columns[near][:-1] == above]
    if words.knows(text) and (group or not above or not words.knows(above[-1])):
        return True
    if above and joint(above[-1], text, words):
        return True
    if above and unit_text(text) and not _lists_units(above):
        return True
    if group:
        return merged or any(upper[near] == upper[place] != "" for near in group) or is_part(text)
    return merged and bool(above) and is_part(text) and not YEAR.fullmatch(text)


def _is_upper(grid: Sequence[Row], first: int, last: int, words: Words) -> bool:
    """Whether the row above is one more line of the header: only captions, which make or complete names."""
    upper = grid[first - 1] if first else ()
    texts = {text for text in upper if text}
    if not texts or not all(map(is_caption, texts)):
        return False
    lines = grid[first : last + 1]
    width = max(len(upper), *map(len, lines))
    before = padded(tuple(column_names(lines, words)), width)
    after = padded(tuple(column_names([upper, *lines], words)), width)
    has_data = [any(len(row) > place and row[place] for row in grid[last + 1 : last + 6]) for place in range(width)]
    changed = [place for place in range(width) if before[place] != after[place]]
    gained = [place for place in changed if words.knows(after[place]) and not words.knows(before[place])]
    if any(before[place] or has_data[place] for place in gained):
        return True
    if len(texts) == 1:
        return False  # a title
    return (
        _repeats(after) < _repeats(before)
        or any(words.knows(before[place]) or (not before[place] and has_data[place]) for place in changed)
        or any(text and text == below for text, below in zip(upper, lines[0], strict=False))
    )


def _repeats(names: Sequence[str]) -> int:
    named = [key(name) for name in names if name]
    return len(named) - len(set(named))


# --- between the header and the data ----------------------------------------------------------------------------------


def _below(grid: Sequence[Row], last: int, lines: Sequence[Row]) -> tuple[int | None, int]:
    """The line of units under the header, if there is one, and where the data begin; lines of numbers are passed."""
    unit_row, data = None, last + 1
    for index in range(last + 1, len(grid)):
        if not any(grid[index]):
            continue
        if unit_row is None and _is_units(grid[index], lines):
            unit_row = index
        elif not _is_numbering(grid, index):
            break
        data = index + 1
    return unit_row, data


def _is_units(row: Row, lines: Sequence[Row]) -> bool:
    """Whether a row has only units, beside marks and merged cells of the header. A table may list units: 单位."""
    over = [{line[place] for line in lines if place < len(line)} for place in range(len(row))]
    cells = [(text, above) for text, above in zip(row, over, strict=True) if text and text not in {*above, *MISSING}]
    units = [(text, above) for text, above in cells if unit_text(text)]
    if any(_lists_units(above) for _, above in units):
        return False
    # 件 or 项 are units that nobody converts; and a T alone is a grade.
    others = [text for text, _ in cells if not unit_text(text)]
    if others and (len(units) < _MOST_LINES * len(others) or any(len(text) > 4 or is_value(text) for text in others)):
        return False
    return any(not (len(text) == 1 and text.isalpha() and text.isascii()) for text, _ in units)


def _lists_units(names: Iterable[str]) -> bool:
    """Whether a column has units for data, as that of a list of indicators."""
    return any(key(name) in {"单位", "计量单位"} for name in names)


def _is_numbering(grid: Sequence[Row], index: int) -> bool:
    """Whether a row numbers the columns: 甲 乙 1 2 …; so may a row of data, and then the next one is like it."""
    numbers = []
    stems = ""
    marks = {place: normalise(text).replace(" ", "") for place, text in enumerate(grid[index]) if text}
    for text in marks.values():
        found = _NUMBERED.fullmatch(text)
        if found:
            numbers.append(int(found[1]))
        elif text in tuple(STEMS) and not numbers:
            stems += text
        elif text not in {*MISSING, *_NUMBERING_WORDS}:
            return False
    counted = bool(numbers) and numbers[0] <= 2 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    if not (counted and STEMS.startswith(stems) and len(numbers) + len(stems) > 1):
        return False
    after = next((row for row in grid[index + 1 :] if any(row)), ())
    return any(
        place in marks and text and (CODE.fullmatch(text) or not is_value(text)) for place, text in enumerate(after)
    )
