"""The layout kept of an earlier month, as read from a map: which column is which field, by file, sheet and header."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import msgspec

from mujun.errors import MujunError
from mujun.intake.spelling import key
from mujun.pack.problems import Place, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mujun.pack.policy import Dataset, Field
    from mujun.quantity import Unit


class MapError(MujunError):
    """A map is refused; every fault is named at its line and column."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        found = sorted(set(problems))
        lines = "\n".join(map(str, found))
        super().__init__(f"“{file}”有 {len(found)} 处错误，未采用：\n{lines}", "请按“文件:行:列”改正后重试")


class Column(msgspec.Struct, frozen=True):
    """What a header is: the field it fills, None if it is not used, and the unit that was stated or that the user says.

    `places` are those of the field and the unit in the map.
    """

    header: str
    field: str | None
    unit: Unit | None
    places: tuple[Place, Place]


class Sheet(msgspec.Struct, frozen=True):
    """One table: rows are counted as Excel does; `skipped` are those above the data that are no header."""

    header_rows: tuple[int, ...]
    skipped: tuple[int, ...]
    units: tuple[Unit, ...]
    """Those that titles state."""
    columns: Mapping[str, Column]
    """By header."""
    dataset: str = ""
    """What it holds; empty where the headers are to tell."""

    def column(self, header: str) -> Column | None:
        """What is kept of a header, in whichever width it is written."""
        found = self.columns.get(header)
        return found or next((column for known, column in self.columns.items() if key(known) == key(header)), None)


class Kept(msgspec.Struct, frozen=True):
    """A map as read: its name, and the sheets of each file by name or pattern; ``""`` where a file has no sheets."""

    name: str
    files: Mapping[str, Mapping[str, Sheet]]

    def sheets(self, file: str) -> Mapping[str, Sheet] | None:
        """The sheets kept of a file of this name."""
        name = best_name(self.files, file)
        return None if name is None else self.files[name]

    def headers(self) -> Iterator[str]:
        """The headers of the columns that fill a field, of any table."""
        for sheets in self.files.values():
            for sheet in sheets.values():
                yield from (header for header, column in sheet.columns.items() if column.field is not None)

    def sheet(self, file: str, sheet: str) -> Sheet | None:
        """What is kept of a sheet of a file."""
        sheets = self.sheets(file) or {}
        name = best_name(sheets, sheet)
        return None if name is None else sheets[name]

    def check(self, datasets: Iterable[Dataset]) -> None:
        """Raise `MapError` for fields that no dataset has, and units that are not theirs."""
        problems = []
        fields = {name: field for dataset in datasets for name, field in dataset.fields.items()}
        for sheets in self.files.values():
            for column in (column for sheet in sheets.values() for column in sheet.columns.values()):
                if column.field is None:
                    continue
                field = fields.get(column.field)
                if field is None:
                    close = nearest(column.field, fields)
                    problems.append(Problem(column.places[0], f"没有字段“{column.field}”{close}"))
                elif column.unit is not None and not _fits(column.unit, field):
                    wanted = field.unit.name or ("比值" if field.kind == "number" else "不写单位")
                    told = f"单位“{column.unit.name}”不能用于“{field.name}”（应为{wanted}）"
                    problems.append(Problem(column.places[1], told))
        if problems:
            raise MapError(self.name, problems)


def _fits(unit: Unit, field: Field) -> bool:
    return field.kind == "number" and unit.dimension == field.unit.dimension


def best_name(names: Iterable[str], label: str) -> str | None:
    """Of names and patterns the most specific one that fits: an exact one, else the one that says most."""
    fitting = [name for name in names if _matches(name, label)]
    return max(fitting, key=lambda name: ("*" not in name, len(name.replace("*", ""))), default=None)


def _matches(name: str, label: str) -> bool:
    """Whether a name fits the end of a path with as many folders."""
    parts = label.replace("\\", "/").split("/")
    end = _folded("/".join(parts[-1 - name.count("/") :]))
    pattern = ".*".join(map(re.escape, _folded(name).split("*")))
    return re.fullmatch(pattern, end, re.DOTALL) is not None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower()
