"""The layout of files kept from one month to the next: saved as YAML that can be edited, read back, and compared.

A file is found again by its name, in which ``*`` stands for dates and numbers; a sheet by its own; a column by its
header. What differs from what was kept is told (M501), and nothing of it is used in silence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic import Field as Key

from mujun.errors import UsageError
from mujun.intake.kept import Column, Kept, MapError, Sheet, best_name
from mujun.intake.part import by_file
from mujun.pack import yaml
from mujun.pack.problems import Problem, Unsound
from mujun.pack.shape import validate
from mujun.quantity import QuantityError, Unit, parse_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun.intake.part import Part
    from mujun.intake.source import Source

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


# --- names ------------------------------------------------------------------------------------------------------------


def general(name: str) -> str:
    """A name with ``*`` for dates and numbers, and before the suffix of a file: ``税收*.csv`` for ``税收2023.csv``."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z]{3,7}", suffix):
        return re.sub(r"\*+", "*", _DATED.sub("*", name))
    found = re.sub(r"\*+", "*", _DATED.sub("*", stem))
    return f"{found if '*' in found else found + '*'}.{suffix}"


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


def save(parts: Iterable[Part]) -> str:
    """How tables of files were read, as YAML: files, sheets and columns in their order."""
    items = []
    for file, own in by_file(parts).items():
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
