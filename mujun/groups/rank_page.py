"""A ranking on one page, for a terminal: level, growth and change of each group, its strengths and weaknesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.groups.ranked_rows import notes
from mujun.quantity import decimal_text, round_half_up
from mujun.width import display_width, printable, shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from mujun.groups.ranking import Ranked, Standing

_LEAST, _NAME, _GAP = 40, 20, "  "


def lines(ranked: Ranked, title: str, width: int | None) -> Iterator[str]:
    """The page, in lines of at most `width` columns (None: any), each with its end."""
    for line in (title, *notes(ranked)):
        for piece in wrap(printable(line), max(width, _LEAST), "  ") if width else [printable(line)]:
            yield f"{piece}\n"
    table, hidden = _fitted(_table(ranked), width)
    for standing, line in zip((None, None, None, *ranked.standings), table, strict=True):
        yield f"{line}\n"
        if standing is not None:
            for piece in _below(standing):
                for part in wrap(piece, max(width, _LEAST) - 6, "  ") if width else [piece]:
                    yield f"      {part}\n"
    if hidden:
        yield f"宽度不够，未显示 {'、'.join(hidden)}\n"
    yield "数字全表请用 -o 排名.csv\n"


def _table(ranked: Ranked) -> list[tuple[str, list[str], bool]]:
    """The columns: a heading, two lines of it and then the cells, whether they are figures."""
    standings = ranked.standings
    found = [
        ("名次", ["名次", "", *(_whole(one.rank) for one in standings)], True),
        (ranked.by, [ranked.by, "", *(shorten(printable(one.group), _NAME) for one in standings)], False),
    ]
    if not ranked.single:
        found.append(("得分", ["得分", "", *(_number(one.score, 2) for one in standings)], True))
    found.append(("升降", ["升降", "", *(_change(one) for one in standings)], False))
    for index, part in enumerate(standings[0].parts):
        measure = part.measure
        factor = measure.unit.factor
        levels = [one.parts[index].level for one in standings]
        shown = [_number(None if level is None else level / factor, measure.digits) for level in levels]
        unit = f"({measure.unit.name})" if measure.unit.name else ""
        found.append((measure.name, [measure.name, unit, *shown], True))
        growth = [one.parts[index].growth for one in standings]
        cells = [_number(None if rate is None else rate * 100, 1, "%") for rate in growth]
        found.append((f"{measure.name}增速", ["增速", "", *cells], True))
    for index, (name, _) in enumerate(standings[0].uplifts):
        if any(one.uplifts[index][1] is not None for one in standings):
            cells = [_number(one.uplifts[index][1], 0) for one in standings]
            found.append((name, [name[:2], name[2:], *cells], True))
    return found


def _fitted(columns: Sequence[tuple[str, list[str], bool]], width: int | None) -> tuple[list[str], list[str]]:
    """The lines of a table with as many columns as there is room for, and the names of the others."""
    widths = [max(map(display_width, cells)) for _, cells, _ in columns]
    keep = len(columns)
    while width and keep > 2 and sum(widths[:keep]) + len(_GAP) * (keep - 1) > width:
        keep -= 1
    made = []
    for row in range(len(columns[0][1])):
        cells = []
        for (_, texts, right), wide in zip(columns[:keep], widths, strict=False):
            blank = " " * (wide - display_width(texts[row]))
            cells.append(blank + texts[row] if right else texts[row] + blank)
        made.append(_GAP.join(cells).rstrip())
    rule = _GAP.join("-" * wide for wide in widths[:keep])
    return [*made[:2], rule, *made[2:]], [name for name, _, _ in columns[keep:]]


def _below(one: Standing) -> Iterator[str]:
    if one.strong or one.weak:
        sides = [f"{word} {'、'.join(found)}" for word, found in (("长", one.strong), ("短", one.weak)) if found]
        yield "；".join(sides)
    if one.gaps:
        yield f"缺 {'、'.join(one.gaps)}"


def _whole(number: int | None) -> str:
    return "" if number is None else str(number)


def _change(one: Standing) -> str:
    if one.change is None:
        return ""
    return f"↑{one.change}" if one.change > 0 else f"↓{-one.change}" if one.change < 0 else "—"


def _number(number: Fraction | None, digits: int, sign: str = "") -> str:
    if number is None:
        return ""
    whole, _, rest = decimal_text(round_half_up(number, digits)).partition(".")
    return f"{whole}.{rest.ljust(digits, '0')}{sign}" if digits else f"{whole}{sign}"
