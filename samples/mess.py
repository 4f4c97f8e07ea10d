"""What happens to a table on its way through an office: other spellings, units inside cells, error cells, doubles.

None of it changes a figure or whose it is. All that is done is kept with the row, so that the row's place can be
written down once it is known.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from random import Random

MISSING = ("", "-", "--", "—", "/", "#N/A", "无")
"""How data.csv writes that there is no figure."""
MARKS = ("", "", "", "", "", "", "-", "--", "—", "/", "无")
"""How the bureaus do; the last one not where 无 is a value."""

NBSP, IDEOGRAPHIC = "\N{NO-BREAK SPACE}", "\N{IDEOGRAPHIC SPACE}"


class Share(msgspec.Struct, frozen=True):
    """A number that a workbook shows as a percentage: 0.7925 as 79.25%."""

    value: Fraction


class Fault(msgspec.Struct, frozen=True):
    """An error cell, such as ``#N/A``."""

    text: str


Cell = str | Fraction | Share | Fault


class Line(msgspec.Struct):
    """One row of a bureau: its cells by column, the figures in the file's unit, what is missing, what was planted.

    `firm` is the code of data.csv, `planted` has a (column, kind, finding) for each thing done to the row.
    """

    firm: str
    year: str
    cells: dict[str, Cell]
    amounts: dict[str, Fraction] = msgspec.field(default_factory=dict)
    missing: set[str] = msgspec.field(default_factory=set)
    planted: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    alone: bool = True  # the only row of its firm and year

    def put(self, rng: Random, column: str, text: str, scale: Fraction | None = None) -> None:
        """Fill a cell with what data.csv says, as a figure times `scale` where there is one, or mark it missing.

        无 in a column of words stays as it is: for some it is a value.
        """
        if text in MISSING and (text != "无" or scale is not None):
            self.lose(column, rng.choice(MARKS if scale is not None else MARKS[:-1]))
        elif scale is None:
            self.cells[column] = text
        else:
            self.cells[column] = self.amounts[column] = Fraction(text) * scale

    def lose(self, column: str, mark: str) -> None:
        """Leave a cell without a figure."""
        self.cells[column] = mark
        self.missing.add(column)


class Planted(msgspec.Struct, frozen=True):
    """One odd thing in a written file; `row` as a spreadsheet counts it, 0 for the file or sheet as a whole."""

    file: str
    sheet: str
    row: int
    column: str
    kind: str
    code: str
    text: str


class Ledger(list[Planted]):
    """All that was planted, in the order of writing."""

    def note(self, file: str, sheet: str, row: int, kind: str, code: str, text: str = "", column: str = "") -> None:
        """Write one thing down."""
        self.append(Planted(file, sheet, row, column, kind, code, text))

    def note_line(self, file: str, sheet: str, row: int, line: Line) -> None:
        """Write down all that was planted in a row."""
        for column, kind, code in line.planted:
            self.note(file, sheet, row, kind, code, shown(line.cells[column]) if column else "", column)

    def write(self, path: Path) -> None:
        """Write the list as CSV."""
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(Planted.__struct_fields__)
            for entry in self:
                out.writerow(value or "" for value in msgspec.structs.astuple(entry))


# --- spellings ------------------------------------------------------------------------------------------------------


def plain(value: Fraction) -> str:
    """A number as a decimal; it must be a finite one of at most ten decimals."""
    scaled = value * 10**10
    assert scaled.denominator == 1, value
    whole, part = divmod(abs(scaled.numerator), 10**10)
    return ("-" if value < 0 else "") + (f"{whole}.{part:010d}".rstrip("0") if part else str(whole))


def shown(cell: Cell) -> str:
    """A cell as text, as a spreadsheet shows it."""
    match cell:
        case str():
            return cell
        case Fraction():
            return plain(cell)
        case Share(value):
            return f"{float(value * 100):.2f}%"
        case Fault(text):
            return text


def grouped(value: Fraction) -> str:
    """With thousands separators: 1,203.45."""
    whole, dot, part = plain(value).partition(".")
    return f"{int(whole):,}{dot}{part}"


def percent(value: Fraction) -> str:
    """As text with a percent sign."""
    return plain(value * 100) + "%"


def wide(text: str) -> str:
    """In full-width signs: ８．５."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def wide_number(value: Fraction) -> str:
    """A number in full-width signs."""
    return wide(plain(value))


def in_unit(unit: str, parts: Fraction) -> Callable[[Fraction], str]:
    """A figure with its unit in the cell; `parts` of the file's unit are one of it."""
    return lambda value: plain(value / parts) + unit


# --- messes ---------------------------------------------------------------------------------------------------------


def anything(_: Line) -> bool:
    """Tell that any row will do."""
    return True


def says(column: str, word: str, line: Line) -> bool:
    """Whether a row has this word in a column."""
    return line.cells[column] == word


def lacks(column: str, line: Line) -> bool:
    """Whether a row has nothing to say in a column."""
    return column in line.missing


class Spoiler:
    """Spoils rows, each of them in one way only."""

    def __init__(self, rng: Random, lines: Iterable[Line]) -> None:
        self.rng = rng
        self.pool = [line for line in lines if line.alone]

    def take(self, count: int, fits: Callable[[Line], object] = anything) -> list[Line]:
        """Choose so many untouched rows that fit, or as many as there are."""
        pool = [line for line in self.pool if not line.planted and fits(line)]
        return self.rng.sample(pool, min(count, len(pool)))

    def respell(
        self, count: int, column: str, kind: str, spell: Callable[[Fraction], str], code: str = "", least: int = 1
    ) -> None:
        """Write figures of at least `least` in another way."""
        for line in self.take(count, lambda line: line.amounts.get(column, -1) >= least):
            line.cells[column] = spell(line.amounts[column])
            line.planted.append((column, kind, code))

    def reword(self, count: int, column: str, words: dict[str, str]) -> None:
        """Write values in another word that means the same."""
        for word, other in words.items():
            for line in self.take(count, partial(says, column, word)):
                line.cells[column] = other
                line.planted.append((column, "another word for the value", ""))

    def break_cells(self, columns: Sequence[str], texts: Sequence[str], *, real: bool) -> None:
        """Put error cells where a figure is missing, in the columns by turns; real ones, or the same as text."""
        for place, text in enumerate(texts):
            column = columns[place % len(columns)]
            for line in self.take(1, partial(lacks, column)):
                line.cells[column] = Fault(text) if real else text
                line.planted.append((column, "error cell" if real else "error cell, as text", "M202"))

    def identity(self, count: int, code: str, name: str) -> None:
        """Codes with an apostrophe, in lower case and in full width; names with blanks behind that do not show."""
        changes: tuple[tuple[str, str, Callable[[str], str]], ...] = (
            (code, "leading apostrophe", lambda text: "'" + text),
            (code, "lower case", str.lower),
            (code, "full-width code", wide),
            (name, "no-break space behind", lambda text: text + NBSP),
            (name, "ideographic space behind", lambda text: text + IDEOGRAPHIC),
        )
        for column, kind, change in changes:
            for line in self.take(count):
                line.cells[column] = change(str(line.cells[column]))
                line.planted.append((column, kind, ""))

    def hide_codes(self, count: int, code: str, name: str, text: str) -> None:
        """Codes that a spreadsheet took for numbers: the name has to do."""
        for line in self.take(count):
            line.cells[code] = text
            line.planted += [(code, "scientific notation", "M208"), (name, "matched by name", "M321")]

    def double(self, count: int, lines: list[Line], apart: int, fits: Callable[[Line], object] = anything) -> None:
        """Write rows a second time, some rows below."""
        for line in self.take(count, fits):
            again = lines.index(line) + 1 + self.rng.randrange(apart)
            while again > len(lines) or lines[again - 1].year != line.year:
                again -= 1
            lines.insert(again, msgspec.structs.replace(line, planted=[("", "identical duplicate row", "M302")]))
            self.pool.remove(line)  # nothing more may happen to the first of them


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Part a whole number by weights; the rest goes to the first."""
    parts = [total * weight // sum(weights) for weight in weights]
    parts[0] += total - sum(parts)
    return parts
