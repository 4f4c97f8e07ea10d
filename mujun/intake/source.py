"""Sources: what every kind of file is opened as, a table function of DuckDB over one table of text cells."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Protocol

import msgspec

from mujun import faults, sql
from mujun.errors import DataError
from mujun.intake.findings import Finding
from mujun.width import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mujun.intake.kept import Sheet
    from mujun.quantity import Unit

    Known = Callable[[Sequence[str]], int]
    """How many of some headers are known."""

HEAD = 1 << 20
"""Bytes looked at to tell what a file is."""
MOST_COLUMNS = 2000
MOST_CHARACTERS = 1_000_000
"""In a row of a text file, so that a quote left open does not swallow the file."""
ROWS_LOOKED_AT = 60
"""Rows among which the header is looked for."""
SIGNS = "_+%#,"
"""Signs that only some files have in their cells, and that make them slower to read."""
_ABSENT = "\x01\x02"
"""No cell says this: only those that a row lacks are NULL."""
_SHOWN_TITLES = 60


class Layout(msgspec.Struct, frozen=True):
    """How a table lies in its grid. Rows are counted as Excel does, from 1.

    `header` has a name for each column, ``""`` for one without; the units of the line `unit_row` under the header are
    part of the names: ``税收(元)``. `titles` are the texts above the header, each once; `known` is how many columns
    have known names.
    """

    header: tuple[str, ...]
    header_rows: tuple[int, ...]
    unit_row: int | None
    data_row: int
    titles: tuple[str, ...]
    title_rows: tuple[int, ...]
    known: int


class Source(msgspec.Struct):
    """One table opened: `header` as written, `select` the SQL that yields its cells as ``c0, c1, …`` (VARCHAR).

    `first_row` is the Excel row of the first of these records, where each is a row below the one before; otherwise it
    is None and ``mj_row`` is among the columns. Of a file of several tables, its own are those where ``mj_sheet`` is
    `sheet_number`. `rows` is how many records there must be, if known, `ragged`
    the SQL that tells a record with too few or too many cells, if there may be any; NULL for one of a single cell.
    `signs` are those of `SIGNS` that the cells may have. `titles` stand above the header and state `units`, columns in
    `serial` only number the rows. `apart` opens a text file row by row; None where it is so.
    """

    file: str
    encoding: str
    header: list[str]
    select: str
    first_row: int | None = 1
    sheet_number: int | None = None
    sheet: str = ""
    rows: int | None = None
    ragged: str = ""
    signs: str = SIGNS
    titles: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    serial: tuple[int, ...] = ()
    findings: list[Finding] = msgspec.field(default_factory=list)
    aside: list[tuple[Finding, list[str]]] = msgspec.field(default_factory=list)
    """Rows that could not be read as records: why, and their cells."""
    apart: Callable[[], Source] | None = None
    layout: Layout | None = None
    """Where its header and data lie; None where there are no rows above the data."""
    kept: Sheet | None = None
    """What a map says of it."""

    @property
    def label(self) -> str:
        """How it is named to people: ``land.xlsx#孝顺镇``."""
        return f"{self.file}#{self.sheet}" if self.sheet else self.file

    def records(self) -> str:
        """SQL of its records."""
        if self.sheet_number is None:
            return self.select
        return f"(SELECT * FROM {self.select} WHERE mj_sheet = {self.sheet_number})"

    def numbered(self) -> str:
        """SQL of its records with ``mj_row``, the Excel row."""
        if self.first_row is None:
            return self.records()
        return f"(SELECT *, ROW_NUMBER() OVER () + {self.first_row - 1} AS mj_row FROM {self.select})"


class Folder(Protocol):
    """Where temporary files go."""

    def file(self, name: str) -> Path:
        """A path for a new file."""


@contextlib.contextmanager
def reading(path: Path, label: str) -> Iterator[None]:
    """Around the reading of a file: what the system has against it is a `DataError` in words."""
    try:
        if path.is_dir():
            raise DataError(f"“{label}”是文件夹", "请给出其中的文件")
        if path.exists() and not path.is_file():
            raise DataError(f"“{label}”不是普通文件（是管道或设备）", "请先存成文件再读")
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"没有文件“{label}”", "请核对路径") from None
    except PermissionError:
        raise DataError(f"没有读取“{label}”的权限", "请核对文件权限，以及是否被其他程序占用") from None
    except OSError as error:
        raise DataError(f"无法读取“{label}”：{faults.reason(error)}", "请核对路径") from None
    except ValueError:
        raise DataError(f"无法读取“{label}”：路径无效", "请核对路径") from None


def read_csv(
    path: Path, delimiter: str, columns: int, skip: int, *, padded: bool = False, places: Sequence[str] = ()
) -> str:
    """The table function. The name of the file is no pattern, nor do its suffix and folders say anything.

    `places` are the names of columns before the cells that say where a record is from, as numbers.
    `padded`: a record may have fewer cells than columns; those it lacks are NULL, as no other cell is.
    """
    spec = ", ".join([f"'{name}': 'BIGINT'" for name in places] + [f"'c{i}': 'VARCHAR'" for i in range(columns)])
    padding = "null_padding=true, " if padded else ""
    return (
        f"read_csv({literal(path)}, auto_detect=false, header=false, skip={skip}, delim='{delimiter}', quote='\"', "
        f"escape='\"', columns={{{spec}}}, strict_mode=true, {padding}nullstr='{_ABSENT}', "
        f"max_line_size={4 * MOST_CHARACTERS}, compression='none', hive_partitioning=false)"
    )


def literal(path: Path) -> str:
    """A path as a SQL literal that is no pattern."""
    return sql.text(re.sub(r"[*?\[]", r"[\g<0>]", str(path.absolute())))


def title_findings(label: str, sheet: str, layout: Layout) -> list[Finding]:
    """That rows above the header were passed over."""
    if not layout.titles:
        return []
    told = printable("；".join(title.strip() for title in layout.titles if title.strip() not in layout.header))
    shown = told if len(told) <= _SHOWN_TITLES else told[:_SHOWN_TITLES] + "…"
    params = (("header", str(layout.header_rows[0])), ("titles", shown))
    return [Finding("M105", label, params=params, sheet=sheet)]
