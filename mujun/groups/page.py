"""Targets on one page, for a terminal: what was to be reached, how far it has come, and what is still needed."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mujun.groups.tracking import BEHIND, MET, ON_PACE, OPEN, OVERDUE, UNKNOWN
from mujun.quantity import decimal_text, round_half_up
from mujun.width import display_width, printable, shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mujun.groups.tracking import Progress, Tracked
    from mujun.quantity import Unit

_LEAST, _MOST, _BAR, _SHARE, _FIGURES = 60, 100, 14, 7, 21
_FULL, _EMPTY, _DUE = "█", "░", "│"
_SIGNS = {">=": "≥", "<=": "≤"}
_ORDER = (OVERDUE, BEHIND, UNKNOWN, ON_PACE, MET, OPEN)


def lines(tracked: Tracked, width: int | None) -> Iterator[str]:
    """The page, in lines of at most `width` columns (None: 80), each with its end."""
    for line in _page(tracked, max(min(width or 80, _MOST), _LEAST)):
        yield f"{line}\n"


def _page(tracked: Tracked, width: int) -> Iterator[str]:
    found = tracked.progress
    yield from wrap(printable(tracked.pack.title), width)
    yield from wrap(f"目标进度，截至 {tracked.as_of.isoformat()}（当天算在内）", width)
    counts = [f"{status} {tracked.count(status)}" for status in _ORDER if tracked.count(status)]
    yield from wrap("，".join(counts), width)
    above: str | None = None
    for one in found:
        head = one.target.name if tracked.by else one.target.cites
        if head != above:
            yield ""
            yield from _head(one, head, width, by=bool(tracked.by))
            above = head
        yield from _target(one, width)
    yield ""
    yield from wrap(f"条中的 {_DUE} 是按时序应达的位置；数字全表请用 -o 目标.csv", width)


def _head(one: Progress, head: str, width: int, *, by: bool) -> list[str]:
    if not by:
        return wrap(printable(head), width)
    return wrap(printable(f"{head}  {_wanted(one)}  {one.target.cites}  期限 {one.target.deadline.isoformat()}"), width)


def _target(one: Progress, width: int) -> Iterator[str]:
    name = one.group if one.group is not None else one.target.name
    lead = one.status + " " * max(6 - display_width(one.status), 1)
    room = width - display_width(lead) - _FIGURES - 2 - _BAR - _SHARE
    share = "" if one.completion is None else f"{decimal_text(round_half_up(one.completion * 100, 1))}%"
    figures = _figures(one)
    if display_width(figures) > _FIGURES:
        room -= display_width(figures) - _FIGURES
    title = shorten(printable(name), max(room, 8))
    gap = " " * max(room - display_width(title) + max(_FIGURES - display_width(figures), 0), 0)
    yield f"{lead}{title}{gap}{figures}  {_bar(one)}{share.rjust(_SHARE)}".rstrip()
    for piece in _below(one):
        for number, line in enumerate(wrap(piece, width - 8)):
            yield f"{' ' * (8 if number else 6)}{line}"


def _figures(one: Progress) -> str:
    """``76% / ≥70%``; for a group, what it has."""
    if one.actual is None:
        return _wanted(one)
    if one.group is not None:
        return _shown(one.actual, one.unit, one)
    return f"{_shown(one.actual, one.unit, one)} / {_wanted(one)}"


def _wanted(one: Progress) -> str:
    if one.goal is None:
        return ""
    sign = _SIGNS[one.target.op]
    return f"{sign}{decimal_text(one.goal / one.unit.factor, 2)}{one.unit.name}"


def _shown(number: Fraction, unit: Unit, one: Progress) -> str:
    digits = one.measure.digits if unit == one.measure.unit else 2
    return f"{decimal_text(round_half_up(number / unit.factor, digits))}{unit.name}"


def _bar(one: Progress) -> str:
    """How much of the goal is reached, with a mark where the pace would have it by now."""
    if one.completion is None:
        return " " * _BAR
    done = min(max(one.completion, Fraction(0)), Fraction(1))
    cells = [_FULL if index < int(done * _BAR) else _EMPTY for index in range(_BAR)]
    mark = one.mark if one.status in (ON_PACE, BEHIND) else None
    if mark is not None and 0 < mark < 1:
        cells[min(int(mark * _BAR), _BAR - 1)] = _DUE
    return "".join(cells)


def _below(one: Progress) -> Iterator[str]:
    """What is still needed, what is missing, what to know of it."""
    parts = [f"缺 {'、'.join(one.gaps)}"] if one.gaps else []
    if one.need is not None:
        parts.append(f"还差 {_amount(one)}")
    if one.due is not None and one.status == BEHIND and one.pace < 1:
        parts.append(f"按时序应达 {_shown(one.due, one.measure.unit, one)}")
    if one.status in (BEHIND, OVERDUE, UNKNOWN) and one.group is None:
        parts.append(f"期限 {one.target.deadline.isoformat()}")
    parts += one.remarks
    if parts and one.status != MET:
        yield "，".join(parts)


def _amount(one: Progress) -> str:
    need = one.need
    if need is None:
        return ""
    points = "个百分点" if need.unit.name == "%" else need.unit.name
    text = f"{decimal_text(round_half_up(need.value / need.unit.factor, 2))}{points}"
    if need.part is not None and need.part_unit is not None:
        text += f"（{decimal_text(round_half_up(need.part / need.part_unit.factor, 0))}{need.part_unit.name}）"
    return text
