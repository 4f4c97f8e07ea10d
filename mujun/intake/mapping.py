"""The layout of files kept from one month to the next: saved as YAML that can be edited, read back, and compared.

A file is found again by its name, in which ``*`` stands for dates and numbers; a sheet by its own; a column by its
header. What differs from what was kept is told (M501), and nothing of it is used in silence.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic import Field as Key

from mujun.errors import MujunError, UsageError
from mujun.intake.header import key
from mujun.intake.part import by_file
from mujun.pack import yaml
from mujun.pack.problems import Place, Problem, Unsound, nearest
from mujun.pack.shape import validate
from mujun.quantity import QuantityError, Unit, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mujun.intake.load import Loaded
    from mujun.intake.part import Part
    from mujun.intake.source import Source
    from mujun.pack.policy import Dataset, Field

    One = Mapping[str, str] | str | os.PathLike[str]
    Columns = One | Iterable[One]
    """What says which column is which field: headers and fields, the path of a map, or several of these."""

SUFFIXES = (".yaml", ".yml")
USUAL = "企业"
"""The dataset that is not written down."""
UNUSED = "空"
"""The field of a column that is not used."""
_LONGEST_KEY = 100
# A run of digits with the words and signs of a date around it; and a month or quarter in Chinese numerals.
_DATED = re.compile(
    r"[ _.\-(（\[【]*(?:\d[\d年月日号季度上中下旬半至到第._~\-—() （）\]】]*"
    r"|第?[一二三四]季度?|[一二三四五六七八九十]{1,2}月份?)[)）\]】]*"
)

_T = TypeVar("_T")

_HEAD = """\
# 列对应表：各文件的表头在哪一行，每一列是哪个字段、什么单位。由 mujun check --save-map 写成。
# 用法：mujun check 下月的文件 --map 本文件（classify 也可）。版式与此不同之处报为 M501。
#
# 文件、工作表：按名称对应，* 代表任意文字（日期、期数）；几项都合适时取字数最多的一项。
# 表头行、跳过行（标题、单位、栏次等行）、标题单位：用来核对版式；表头每月按列名重新认，下面“列”里的也认。
# 列：表头: {字段: …, 单位: …}，可以改：
#   字段  政策包里的字段（见 mujun rules list）；“空”表示不用这一列
#   单位  文件没有写单位时按此计，都没有写则按政策包的单位；文件写了别的单位时以文件为准，并报 M501
# 命令行上的 --map 列名=字段 先于本文件。
"""


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

    def attach(self, sources: Iterable[Source]) -> None:
        """Give each source what is kept of it."""
        for source in sources:
            sheets = self.sheets(source.file) or {}
            name = best_name(sheets, source.sheet)
            source.kept = None if name is None else sheets[name]

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


# --- names ------------------------------------------------------------------------------------------------------------


def general(name: str) -> str:
    """A name with ``*`` for dates and numbers, and before the suffix of a file: ``税收*.csv`` for ``税收2023.csv``."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z]{3,7}", suffix):
        return re.sub(r"\*+", "*", _DATED.sub("*", name))
    found = re.sub(r"\*+", "*", _DATED.sub("*", stem))
    return f"{found if '*' in found else found + '*'}.{suffix}"


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


def _named(items: Sequence[tuple[str, tuple[str, ...], _T]]) -> dict[str, _T]:
    """Things under the first of their names, or the next where that would stand for another one, too.

    An item is what it is called in full, its names from general to exact, and what it is.
    """
    levels = [0] * len(items)
    while True:
        chosen = [names[level] for (_, names, _), level in zip(items, levels, strict=True)]
        things = {name: [item[2] for item, own in zip(items, chosen, strict=True) if own == name] for name in chosen}
        clashing = [
            number for number, (label, names, _) in enumerate(items)
            if levels[number] < len(names) - 1 and (
                any(thing != things[chosen[number]][0] for thing in things[chosen[number]])
                or best_name(things, label) != chosen[number]
            )
        ]  # fmt: skip
        if not clashing:
            return {name: those[0] for name, those in things.items()}
        for number in clashing:
            levels[number] += 1


# --- writing ----------------------------------------------------------------------------------------------------------


def save(loaded: Loaded, *others: Loaded) -> str:
    """How the files were read, as YAML: files, sheets and columns in their order. `others` are of more datasets."""
    items = []
    read = sorted((part for one in (loaded, *others) for part in one.read), key=lambda part: part.number)
    for file, own in by_file(read).items():
        path = file.replace("\\", "/")
        *_, folder, name = ["", *path.split("/")]
        items.append((file, (general(name), name, f"{folder}/{name}", path), _file_lines(own)))
    lines = ["文件:"]
    for name, below in _named(items).items():
        lines += _indented([*_entry(name, ""), *_indented(below)])
    return "\n".join([_HEAD, *lines, ""])


def _file_lines(parts: Sequence[Part]) -> list[str]:
    sheets = [(p.source.sheet, (general(p.source.sheet), p.source.sheet), _sheet_lines(p)) for p in parts]
    named = _named(sheets)
    if list(named) == [""]:
        return ["表:", *_indented(named[""])]
    lines = ["工作表:"]
    for name, below in named.items():
        lines += _indented([*_entry(name, ""), *_indented(below)])
    return lines


def _sheet_lines(part: Part) -> list[str]:
    source = part.source
    header_rows, skipped = rows_above(source)
    lines = [f"表头行: [{', '.join(map(str, header_rows))}]", f"跳过行: [{', '.join(map(str, skipped))}]"]
    if part.is_used and part.dataset.name != USUAL:
        lines.insert(0, f"数据: {_flow([part.dataset.name])[1:-1]}")
    if source.units:
        lines.append(f"标题单位: {_flow([unit.name for unit in source.units])}")
    by_header = {mapped.header: mapped for mapped in part.mapped}
    below = []
    for header in filter(None, dict.fromkeys(source.header)):
        mapped, note = by_header.get(header), ""
        said = {"字段": mapped.field.name if mapped else UNUSED}
        if mapped and mapped.field.kind == "number":
            if mapped.stated:
                said["单位"] = mapped.unit.name
            elif mapped.unit.name:
                note = f"  # 没有写单位，按 {mapped.unit.name} 计"
        below += _indented(_entry(header, f" {_flow(said)}{note}"))
    return [*lines, "列:" if below else "列: {}", *below]


def rows_above(source: Source) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The rows of the header, and those above the data that are no header."""
    if source.layout is None:
        return (), ()
    header = source.layout.header_rows
    return header, tuple(row for row in range(1, source.layout.data_row) if row not in header)


def _flow(value: object) -> str:
    """A value as YAML on one line."""
    from yaml import safe_dump

    return safe_dump(value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10**9).strip()


def _entry(name: str, rest: str) -> list[str]:
    """The entry of a mapping, quoted where need be; YAML takes long keys only behind a question mark."""
    quoted = _flow([name])[1:-1]
    return [f"{quoted}:{rest}"] if len(quoted) <= _LONGEST_KEY else [f"? {quoted}", f":{rest}"]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


# --- reading ----------------------------------------------------------------------------------------------------------

_Rows = list[Annotated[int, Key(ge=1)]]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ColumnShape(_Shape):
    field: Annotated[str | None, AfterValidator(lambda name: None if name in ("", UNUSED) else name)] = Key(
        alias="字段"
    )
    unit: str | None = Key(None, alias="单位")


class _SheetShape(_Shape):
    dataset: str = Key("", alias="数据")
    header_rows: _Rows = Key([], alias="表头行")
    skipped: _Rows = Key([], alias="跳过行")
    units: list[str] = Key([], alias="标题单位")
    columns: dict[str, _ColumnShape] = Key(alias="列")


class _FileShape(_Shape):
    sheet: _SheetShape | None = Key(None, alias="表")
    sheets: dict[str, _SheetShape] = Key({}, alias="工作表")


class _MapShape(_Shape):
    files: dict[str, _FileShape] = Key(alias="文件")


def gather(given: Columns | None) -> tuple[dict[str, str], Kept | None]:
    """What the user says of headers, and the map. Raises `UsageError`, and `MapError` for a map with faults."""
    one_alone = given is None or isinstance(given, str | os.PathLike | Mapping)
    overrides, kept = dict[str, str](), None
    for one in [given] if one_alone else given:  # type: ignore[union-attr]
        if isinstance(one, Mapping):
            overrides |= one
        elif isinstance(one, str | os.PathLike):
            if kept is not None:
                raise UsageError("列对应表只能给一个", "请把几个表的内容并到一个文件里")
            kept = read(one)
        elif one is not None:
            raise UsageError(f"列的对应应为字典或文件的路径，不是 {type(one).__name__}", "请核对参数 mapping")
    return overrides, kept


def read(path: str | os.PathLike[str]) -> Kept:
    """Read a map. Raises `UsageError` where there is no such file, `MapError` with every fault in it."""
    file = Path(path)
    if not file.is_file():
        raise UsageError(f"没有列对应表“{file}”", "请核对路径；列对应表用 mujun check 文件 --save-map 写成")
    problems: list[Problem] = []
    document = yaml.read(file, problems)
    if document is None:
        raise MapError(str(file), problems)
    shape = validate(_MapShape, document, (), document.value, problems, Unsound())
    if problems or shape is None:
        raise MapError(str(file), problems)
    reader = _Reader(document, problems)
    files = {name: reader.file(("文件", name), below) for name, below in shape.files.items()}
    if problems:
        raise MapError(str(file), problems)
    return Kept(str(file), files)


class _Reader:
    """Turns the shape of a map into what it means."""

    def __init__(self, document: yaml.Document, problems: list[Problem]) -> None:
        self.document, self.problems = document, problems

    def file(self, path: yaml.Path_, shape: _FileShape) -> dict[str, Sheet]:
        found = {name: self.sheet((*path, "工作表", name), below) for name, below in shape.sheets.items()}
        return found if shape.sheet is None else {"": self.sheet((*path, "表"), shape.sheet), **found}

    def sheet(self, path: yaml.Path_, shape: _SheetShape) -> Sheet:
        units = [self.unit((*path, "标题单位", number), text) for number, text in enumerate(shape.units)]
        columns = {}
        for header, below in shape.columns.items():
            own = (*path, "列", header)
            unit = self.unit((*own, "单位"), below.unit) if below.unit else None
            places = self.document.place((*own, "字段")), self.document.place((*own, "单位"))
            columns[header] = Column(header, below.field, unit, places)
        rows = tuple(shape.header_rows), tuple(shape.skipped)
        return Sheet(*rows, tuple(filter(None, units)), columns, shape.dataset)

    def unit(self, path: yaml.Path_, text: str) -> Unit | None:
        try:
            return parse_unit(text)
        except QuantityError as error:
            self.problems.append(Problem(self.document.place(path), str(error)))
            return None
