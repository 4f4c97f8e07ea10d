"""Tables for people: on a terminal, fitted to its width, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mujun.output.sheet import Sheet
from mujun.plan.plan import LIST, MISSING, RANK, REASONS, REMARKS, ROUTE, Column
from mujun.width import display_width, shorten, wrap

if TYPE_CHECKING:
    from mujun.engine.duckdb import Engine

_GAP = 2
_NARROWEST = 16


def terminal(sheets: Sequence[Sheet], engine: Engine, width: int) -> Iterator[str]:
    """Each sheet under its heading, in at most `width` columns; what does not fit is named, not lost in silence."""
    import tabulate

    for number, sheet in enumerate(sheets):
        if number:
            yield "\n"
        for line in (sheet.title, *sheet.notes):
            if line:
                yield "\n".join(wrap(line, width, "  ")) + "\n"
        rows = [[_shown(column, cell) for column, cell in zip(sheet.columns, row, strict=True)] for row in sheet.rows(engine)]
        if not rows:
            continue
        heads = [_head(column, "\n") for column in sheet.columns]
        widths = [max(display_width(line) for cell in cells for line in cell.split("\n")) for cells in zip(heads, *rows, strict=True)]
        keep, cut, hidden = _fit(sheet, widths, width)
        body = [[shorten(row[i], cut.get(i, widths[i])) for i in keep] for row in rows]
        align = ["right" if sheet.columns[i].is_number else "left" for i in keep]
        text = tabulate.tabulate(
            body, [heads[i] for i in keep], tablefmt="simple", disable_numparse=True, colalign=align
        )  # fmt: skip
        yield "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
        if hidden:
            names = "、".join(sheet.columns[i].name for i in hidden)
            yield "\n".join(wrap(f"宽度不够，未显示 {names}；要全部列，写入文件：-o 清单.csv", width, "  ")) + "\n"


def _shown(column: Column, cell: str | None) -> str:
    """A cell for the eye: rounded, with thousands separators, on one line."""
    if cell is None:
        return ""
    if column.kind != "number":
        return "".join(char if char.isprintable() else " " for char in cell)
    if column.unit is None and column.digits == 0:
        return cell
    from fractions import Fraction

    from mujun.quantity import round_half_up

    rounded = round_half_up(Fraction(cell), column.digits)
    whole, rest = divmod(abs(int(rounded * 10**column.digits)), 10**column.digits)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{column.digits}d}" if column.digits else "")


def _head(column: Column, before_unit: str = "") -> str:
    return f"{column.name}{before_unit}({column.unit.name})" if column.unit and column.unit.name else column.name


def _fit(sheet: Sheet, widths: Sequence[int], width: int) -> tuple[list[int], dict[int, int], list[int]]:
    """Which columns stay, to what width long texts are cut, and which columns are hidden.

    First to go are empty remarks and reasons, then what only repeats who it is, then the list's own columns from the right;
    rank, name and proposal stay.
    """
    columns = sheet.columns
    keep = [i for i, column in enumerate(columns) if column.name != LIST]
    cut: dict[int, int] = {}
    rest = [i for i in reversed(keep) if columns[i].name not in (RANK, ROUTE)]
    order = [i for i in keep if columns[i].name == REASONS]
    order += [i for i in keep if columns[i].name in (MISSING, REMARKS) and widths[i] <= display_width(columns[i].name)]
    for name in (*sheet.identity, REMARKS, MISSING):
        order += [i for i in keep if columns[i].name == name]
    order = list(dict.fromkeys([*order, *rest[:-1]]))

    def excess() -> int:
        return sum(cut.get(i, widths[i]) for i in keep) + _GAP * (len(keep) - 1) - width

    for i in order:
        for j in keep:
            # Cutting a long text a little beats hiding a column.
            if excess() > 0 and not columns[j].is_number and columns[j].name not in (REASONS, *sheet.identity):
                cut[j] = min(widths[j], max(_NARROWEST, widths[j] - excess()))
        if excess() <= 0:
            break
        keep.remove(i)
        cut.clear()
    return keep, cut, [i for i, column in enumerate(columns) if i not in keep and column.name != LIST]


def markdown(sheets: Sequence[Sheet], engine: Engine) -> Iterator[str]:
    """Each sheet as a Markdown table under a heading."""
    for number, sheet in enumerate(sheets):
        if number:
            yield "\n"
        if sheet.title:
            yield f"## {_escape(sheet.title)}\n\n"
        for note in sheet.notes:
            yield f"{_escape(note)}\n\n"
        columns = [column for column in sheet.columns if column.name != LIST or not sheet.title]
        yield _line([_escape(_head(column)) for column in columns])
        yield _line(["---:" if column.is_number else "---" for column in columns])
        for row in sheet.rows(engine):
            yield _line([_escape(_cell(cell)) for column, cell in zip(sheet.columns, row, strict=True) if column in columns])


def _cell(cell: str | None) -> str:
    return "" if cell is None else " ".join(cell.split())


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _escape(text: str) -> str:
    for sign in "\\|<>*_`[]":
        text = text.replace(sign, "\\" + sign) if sign not in "<>" else text.replace(sign, {"<": "&lt;", ">": "&gt;"}[sign])
    return text


