"""Parts, the tables of files, and stacks of those alike: what was read of each, and all that was odd in it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.intake.findings import MOST_LISTED, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from mujun.intake.header import Mapped
    from mujun.intake.source import Source
    from mujun.pack.policy import Dataset, Field

    Place = tuple[int, str, tuple[tuple[str, str], ...]]
    """The Excel row of a finding, its text and its parameters."""

_TYPES = {"number": "BIGINT", "year": "INTEGER", "flag": "BOOLEAN", "date": "DATE"}


class Part(msgspec.Struct):
    """One table of a file: `mapped` are the columns that fill fields, `read_in` those of them that are read.

    Once all is done, `rows` = `used` + `merged` + `set_aside`.
    """

    source: Source
    dataset: Dataset
    number: int
    mapped: list[Mapped]
    read_in: list[Mapped]
    findings: list[Finding]
    year: int | None = None
    """The year of all its rows, where it has no such column."""
    rows: int = 0
    merged: int = 0
    set_aside: int = 0

    @property
    def used(self) -> int:
        """Rows that the evaluation rests on."""
        return self.rows - self.merged - self.set_aside

    @property
    def label(self) -> str:
        """How it is named to people."""
        return self.source.label

    @property
    def fields(self) -> set[str]:
        """The fields that it fills."""
        return {mapped.field.name for mapped in self.mapped}

    def find(self, code: str, row: int | None = None, column: str = "", text: str = "", count: int = 1,
             params: tuple[tuple[str, str], ...] = ()) -> None:  # fmt: skip
        """Note something odd."""
        source, dataset = self.source, self.dataset
        self.findings.append(
            Finding(code, source.file, row, column, text, count, params, source.sheet, dataset.name, dataset.counter)
        )

    def find_each(self, code: str, places: Iterable[Place], total: int, column: str = "") -> None:
        """Note rows, each with its text and parameters; the last one listed stands for the rest of `total`."""
        for number, (row, text, params) in enumerate(itertools.islice(places, MOST_LISTED), 1):
            self.find(code, row, column, text, total - number + 1 if number == MOST_LISTED else 1, params)

    @property
    def is_used(self) -> bool:
        """Whether there is anything of the dataset in it."""
        keys = set(self.dataset.keys)
        return bool(self.fields & keys) if keys else bool(self.mapped)

    @property
    def filling(self) -> dict[str, Mapped]:
        """The columns that are read, by the field they fill."""
        return {mapped.field.name: mapped for mapped in self.read_in}

    def header(self, field: str) -> str:
        """The header of the column that fills a field; "" where none does."""
        return next((mapped.header for mapped in self.mapped if mapped.field.name == field), "")


class Stack(msgspec.Struct):
    """Parts with the same fields in one table of DuckDB, as DuckDB takes longer to plan a sheet than to read it.

    The fields are `columns` of `table`, by name, as SQL; `row` and `part` are SQL for the Excel row and the number of
    the part it is in, `live` for the rows that are still to be used.
    """

    parts: list[Part]
    table: str
    columns: dict[str, str]
    row: str
    part: str
    live: str = "NOT mj_blank"

    @property
    def dataset(self) -> Dataset:
        """What its rows are of."""
        return self.parts[0].dataset

    @property
    def is_used(self) -> bool:
        """Whether there is anything of the dataset in it."""
        return self.parts[0].is_used

    def numbered(self) -> dict[int, Part]:
        """The parts by number."""
        return {part.number: part for part in self.parts}

    def by_part(self, found: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Part, list[tuple[Any, ...]]]]:
        """Rows of a query that begin with the number of a part and are in its order, without it, part by part."""
        parts = self.numbered()
        for number, rows in itertools.groupby(found, lambda row: row[0]):
            yield parts[number], [row[1:] for row in rows]

    @property
    def width(self) -> int:
        """The most cells that a row as written has."""
        return max(len(part.source.header) for part in self.parts)

    def key(self) -> tuple[str, str]:
        """SQL for the enterprise and for the year of a row."""
        whose = [self.columns[name] for name in self.dataset.keys if name in self.columns]
        return f"COALESCE({', '.join([*whose, 'NULL'])})", self.columns.get(self.dataset.year, "CAST(NULL AS INTEGER)")

    def first(self, rows: int) -> str:
        """SQL of a condition for the first rows of each part, or a few less: DuckDB looks at no others."""
        return f"rowid < {rows}" if len(self.parts) == 1 else f"mj_row <= {rows}"

    def select(self, more: str = "") -> str:
        """SQL of the rows to be used, absent fields as NULL of their type; `more` are columns to precede them."""
        columns = [more] if more else []
        for name, item in self.dataset.fields.items():
            columns.append(f"{self.columns.get(name) or nothing(item)} AS {sql.name(name)}")
        where = f" WHERE {self.live}" if self.live != "TRUE" else ""
        return f"SELECT {', '.join(columns)} FROM {self.table}{where}"

    def written(self) -> str:
        """SQL of the records as written, with ``mj_row``, the Excel row, and ``mj_part``; cells that lack are NULL."""
        width = self.width
        together: dict[str, list[Part]] = {}
        for part in self.parts:
            together.setdefault(part.source.select, []).append(part)
        selects = []
        for select, parts in together.items():
            first, own = parts[0], len(parts[0].source.header)
            cells = [*(f"c{i}" for i in range(own)), *(f"CAST(NULL AS VARCHAR) AS c{i}" for i in range(own, width))]
            records, part_of = first.source.numbered(), str(first.number)
            if len(parts) > 1:
                numbers = {part.source.sheet_number: part.number for part in parts}
                records = f"{select} WHERE mj_sheet IN ({', '.join(map(str, numbers))})"
                whens = [f"WHEN {sheet} THEN {number}" for sheet, number in numbers.items()]
                part_of = f"CASE mj_sheet {' '.join(whens)} END"
            selects.append(f"SELECT {', '.join(cells)}, mj_row, {part_of} AS mj_part FROM {records}")
        return "\nUNION ALL\n".join(selects)


def nothing(field: Field) -> str:
    """SQL for a field that no file has: NULL of its type."""
    return f"CAST(NULL AS {_TYPES.get(field.kind, 'VARCHAR')})"


def places(parts: Mapping[int, Part], number: int, at: int, others: Iterable[Mapping[str, int]]) -> str:
    """Where rows other than the one at `at` of a part are: ``第 5、9 行``, with the file where it is another.

    `parts` are by number, `others` name their ``part`` and ``pos``.
    """
    by_part: dict[int, list[str]] = {}
    for other in others:
        part, row = other["part"], other["pos"]
        if (part, row) != (number, at):
            by_part.setdefault(part, []).append(str(row))
    told = [
        f"{'' if part == number else parts[part].label + ' '}第 {'、'.join(rows[:5])} 行"
        for part, rows in by_part.items()
    ]
    return "、".join(told)


def by_file(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """The parts of each file."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.source.file, []).append(part)
    return found
