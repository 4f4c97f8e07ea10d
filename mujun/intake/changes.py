"""What differs from the layout kept of an earlier month: a finding M501 for each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.intake.findings import Finding
from mujun.intake.kept import best_name
from mujun.intake.mapping import rows_above
from mujun.intake.part import by_file
from mujun.width import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mujun.intake.header import Mapped
    from mujun.intake.kept import Kept, Sheet
    from mujun.intake.part import Part
    from mujun.quantity import Unit

    Change = tuple[str, str, str]
    """A sheet, a column, and what has changed; the first two may be empty."""

_SHOWN_WIDTH = 40


def compare(kept: Kept, parts: Sequence[Part]) -> list[Finding]:
    """What differs from the map. `parts` are all tables opened, used or not, to which it was attached."""
    files = by_file(parts)
    changes = [(file, *change) for file, own in files.items() for change in _file_changes(kept.sheets(file), own)]
    present = {best_name(kept.files, file) for file in files}
    changes += [("", "", "", f"没有文件“{name}”") for name in kept.files if name not in present]
    return [
        Finding("M501", file, column=column, params=(("map", kept.name), ("change", change)), sheet=sheet)
        for file, sheet, column, change in changes
    ]


def _file_changes(kept: Mapping[str, Sheet] | None, parts: Sequence[Part]) -> Iterator[Change]:
    if kept is None:
        yield "", "", "多了这个文件"
        return
    for part in parts:
        source = part.source
        if source.kept is None:
            yield source.sheet, "", f"多了工作表“{source.sheet}”" if source.sheet else "原来有工作表，现在没有"
        else:
            yield from ((source.sheet, column, change) for column, change in _changes(source.kept, part))
    present = {best_name(kept, part.source.sheet) for part in parts}
    for name in kept:
        if name not in present:
            yield "", "", f"没有工作表“{name}”" if name else "原来没有工作表，现在有"


def _changes(kept: Sheet, part: Part) -> Iterator[tuple[str, str]]:
    """What differs in a sheet: the column, if it is about one, and what has changed."""
    source = part.source
    header_rows, skipped = rows_above(source)
    if header_rows != kept.header_rows:
        yield "", f"表头由{_in_words(kept.header_rows)}变为{_in_words(header_rows)}"
    elif skipped != kept.skipped:
        yield "", f"跳过的行由{_in_words(kept.skipped)}变为{_in_words(skipped)}"
    stated = {unit.dimension for unit in source.units}
    gone = "、".join(unit.name for unit in kept.units if unit.dimension not in stated)
    if gone:
        yield "", f"标题里不再写单位“{gone}”"
    known = {kept.column(header): header for header in source.header}
    for column in kept.columns.values():
        if column not in known:
            was = f"（原为“{column.field}”）" if column.field else ""
            yield "", f"没有列“{shorten(column.header, _SHOWN_WIDTH)}”{was}"
    used = {mapped.header: mapped for mapped in part.mapped}
    for header in filter(None, dict.fromkeys(source.header)):
        known_column, mapped = kept.column(header), used.get(header)
        if known_column is None:
            now = f"按“{mapped.field.name}”使用" if mapped else "未使用"
            yield header, f"多了列“{shorten(header, _SHOWN_WIDTH)}”，{now}"
        elif mapped is not None and mapped.field.name == known_column.field:
            yield from ((header, change) for change in _unit_changes(known_column.unit, mapped))


def _unit_changes(unit: Unit | None, mapped: Mapped) -> Iterator[str]:
    now, column = mapped.unit.name, f"列“{shorten(mapped.header, _SHOWN_WIDTH)}”"
    if mapped.unit.factor == (unit or mapped.field.unit).factor:
        return
    if unit is None:
        yield f"{column}写了单位 {now}，原来没有写（按 {mapped.field.unit.name or '比值'} 计）"
    else:
        yield f"{column}的单位由 {unit.name} 变为 {now}，按 {now} 计"


def _in_words(rows: Sequence[int]) -> str:
    return f"第 {'、'.join(map(str, rows))} 行" if rows else "“无”"
