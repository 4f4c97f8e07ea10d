"""Tables for people: on a terminal, fitted to its width, and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.pack.policy import MISSING, RANK, REASONS, REMARKS, ROUTE
from mujun.width import printable, shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mujun.engine.duckdb import Engine
    from mujun.output.sheet import Sheet
    from mujun.plan.plan import Column

_GAP = 2
_TEXT, _SHORT_TEXT = 22, 8
"""Texts are cut to no less than this before a column is hidden, and to no less than that before the last are."""


def terminal(sheets: Sequence[Sheet], engine: Engine, width: int | None) -> Iterator[str]:
    """Each sheet under its heading, in at most `width` columns (None: as wide as it is).

    What does not fit is named, not lost in silence.
    """
    for number, sheet in enumerate(sheets):
        if number:
            yield "\n"
        for line in (sheet.title, *sheet.notes):
            if line:
                yield _paragraph(line, width)
        yield from _table(sheet.unsaid, engine, width)


def plain_table(rows: Sequence[Sequence[object]], style: str) -> list[str]:
    """A header and rows as lines in one of tabulate's styles, figures to the right."""
    import tabulate

    tabulate.PRESERVE_WHITESPACE = False
    body = [["" if cell is None else str(cell) for cell in row] for row in rows]
    right = [all(isinstance(row[i], int | None) for row in rows[1:]) for i in range(len(rows[0]))]
    align = ["right" if figures and len(rows) > 1 else "left" for figures in right]
    return tabulate.tabulate(body[1:], body[0], style, disable_numparse=True, colalign=align).splitlines()


def _paragraph(text: str, width: int | None) -> str:
    text = printable(text)
    return "\n".join(wrap(text, width, "  ") if width else [text]) + "\n"


def _table(sheet: Sheet, engine: Engine, width: int | None) -> Iterator[str]:
    import tabulate

    columns = sheet.columns
    rows = [[_shown(column, cell) for column, cell in zip(columns, row, strict=True)] for row in sheet.rows(engine)]
    if not rows:
        return
    names = [printable(column.name) for column in columns]
    units = [f"({column.unit.name})" if column.unit and column.unit.name else "" for column in columns]
    fit = _Fit(sheet, [max(map(_width, cells)) for cells in zip(names, units, *rows, strict=True)], width)
    above = [names, units] if any(units[i] for i in fit.keep) else [names]
    rules = ["-" * fit.widths[i] for i in range(len(columns))]
    # The headings go in as rows: as headings they would be given two more columns each.
    text = tabulate.tabulate(
        [[fit.cell(i, row[i]) for i in fit.keep] for row in (*above, rules, *rows)],
        tablefmt="plain", disable_numparse=True,
        colalign=["right" if columns[i].is_number else "left" for i in fit.keep],
    )  # fmt: skip
    yield "\n".join(line.rstrip() for line in text.split("\n")) + "\n"
    if fit.hidden:
        hidden = "、".join(names[i] for i in fit.hidden)
        yield _paragraph(f"宽度不够，未显示 {hidden}；要全部列请写入文件，如 -o 清单.csv", width)


def _width(text: str) -> int:
    """As tabulate measures it."""
    import wcwidth

    return wcwidth.wcswidth(text)


def _shown(column: Column, cell: str | None) -> str:
    """A cell for the eye: rounded, with thousands separators, on one line."""
    if cell is None:
        return ""
    if column.kind != "number":
        return " ".join(printable(cell, "\t\r\n").split())
    if column.unit is None and column.digits == 0:
        return cell
    from fractions import Fraction

    from mujun.quantity import round_half_up

    rounded = round_half_up(Fraction(cell), column.digits)
    whole, rest = divmod(abs(int(rounded * 10**column.digits)), 10**column.digits)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{column.digits}d}" if column.digits else "")


class _Fit:
    """Which columns stay on a terminal, to what width each is cut, and which are hidden.

    First to go are the reasons and columns without any text, then what only repeats who it is, then remarks, then the
    list's own columns from the right; rank, name and proposal stay longest. Figures are hidden, never cut.
    """

    def __init__(self, sheet: Sheet, widths: list[int], width: int | None) -> None:
        self.columns, self.full, self.room = sheet.columns, widths, width or 0
        self.widths = list(widths)
        self.keep = list(range(len(widths)))
        if width is None:
            return
        for going in (None, *self._order(sheet)):
            if going is not None and len(self.keep) > 1:
                self.keep.remove(going)
            self._cut(_TEXT)
            if self._excess() <= 0:
                return
        # Two or three columns are left: rank, name and proposal, or whatever was asked for.
        self._cut(_SHORT_TEXT)
        while self._excess() > 0 and len(self.keep) > 1:
            numbers = [i for i in self.keep if self.columns[i].is_number]
            self.keep.remove(numbers[-1] if numbers else self.keep[-1])
            self._cut(_SHORT_TEXT)
        self.widths[self.keep[0]] = min(self.widths[self.keep[0]], width)

    @property
    def hidden(self) -> list[int]:
        """The columns that do not stay."""
        return [i for i in range(len(self.columns)) if i not in self.keep]

    def cell(self, column: int, text: str) -> str:
        """A cell cut to its column."""
        return shorten(text, self.widths[column], _width)

    def _order(self, sheet: Sheet) -> list[int]:
        named = {column.name: i for i, column in enumerate(self.columns)}
        first = [named[REASONS]] if REASONS in named else []
        first += [named[name] for name in (MISSING, REMARKS) if name in named and self._is_empty(named[name])]
        first += [named[name] for name in (*sheet.identity, REMARKS, MISSING) if name in named]
        rest = [i for i, column in enumerate(self.columns) if column.name not in (RANK, ROUTE, *sheet.identity)]
        # The first of the rest says who it is.
        return list(dict.fromkeys([*first, *reversed(rest[1:])]))

    def _is_empty(self, i: int) -> bool:
        return self.full[i] <= _width(self.columns[i].name)

    def _excess(self) -> int:
        return sum(self.widths[i] for i in self.keep) + _GAP * (len(self.keep) - 1) - self.room

    def _cut(self, least: int) -> None:
        """Cut texts as far as need be, none below `least`: remarks first, then from the right, proposals last."""
        remarks = (REASONS, REMARKS, MISSING)
        self.widths = list(self.full)
        texts = [(self.columns[i].name, i) for i in self.keep if not self.columns[i].is_number]
        for _, i in sorted(texts, key=lambda text: (text[0] not in remarks, text[0] == ROUTE, -text[1])):
            self.widths[i] = max(min(self.full[i], least), self.full[i] - max(self._excess(), 0))


def markdown(sheets: Sequence[Sheet], engine: Engine) -> Iterator[str]:
    """Each sheet as a Markdown table under a heading."""
    for number, sheet in enumerate(sheets):
        if number:
            yield "\n"
        if sheet.title:
            yield f"## {escape(sheet.title)}\n\n"
        for note in sheet.notes:
            yield f"{escape(note)}\n\n"
        columns = sheet.unsaid.columns
        yield _line([escape(f"{c.name}({c.unit.name})" if c.unit and c.unit.name else c.name) for c in columns])
        yield _line(["---:" if column.is_number else "---" for column in columns])
        for row in sheet.unsaid.rows(engine):
            yield _line([escape(cell or "") for cell in row])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


_MARKUP = str.maketrans({sign: "\\" + sign for sign in "\\|*_`[]~#"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape(text: str) -> str:
    """A text on one line that Markdown and HTML show as it is."""
    return " ".join(printable(text, "\t\r\n").split()).translate(_MARKUP)
