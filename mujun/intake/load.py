"""Loading: files or a frame become the typed tables of datasets, with findings and a balance of their rows."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mujun import duck, faults, sql
from mujun.errors import DataError, UsageError
from mujun.intake import identity, places, plausible
from mujun.intake.aside import keep_rows
from mujun.intake.datasets import Chooser, check_fields, no_table, own_overrides
from mujun.intake.files import expand
from mujun.intake.header import check_overrides
from mujun.intake.join import Joined, Joiner
from mujun.intake.opening import open_all
from mujun.intake.source import MOST_COLUMNS, Source
from mujun.intake.spelling import tidy
from mujun.intake.typed import make_part, read_stack, stacked
from mujun.later import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from mujun.intake.findings import Finding
    from mujun.intake.kept import Kept
    from mujun.intake.part import Part, Stack
    from mujun.pack.policy import Dataset

    Data = str | os.PathLike[str] | pd.DataFrame | Sequence[str | os.PathLike[str]]
    """What can be loaded: a file, several, or a frame."""

_PLAIN = ("bool", "float32", "float64", *(f"{sign}int{size}" for sign in ("", "u") for size in (8, 16, 32, 64)))
"""The columns of a frame that DuckDB reads as they are."""


class Loaded(msgspec.Struct):
    """What intake hands on: the table bears the dataset's name; its rows are one per enterprise and year.

    `stacks` have the tables of the files, each with its balance; `unused` are those in which there was nothing for the
    dataset. `joined` tells of each kind of file how many enterprises it has and lacks, where there are several.
    """

    stacks: list[Stack]
    unused: list[Part]
    joined: list[Joined]
    enterprises: int
    """Rows of the table."""
    findings: list[Finding] = msgspec.field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        """The tables that it is made of, in the order of the files."""
        return sorted((part for stack in self.stacks for part in stack.parts), key=lambda part: part.number)

    @property
    def label(self) -> str:
        """The files, as named to people."""
        return "、".join(dict.fromkeys(part.source.file for part in self.parts))

    @property
    def read(self) -> list[Part]:
        """Every table opened, used or not, in the order of the files."""
        return sorted((*self.parts, *self.unused), key=lambda part: part.number)

    @property
    def unmapped(self) -> list[str]:
        """The headers that fill no field."""
        return [
            name for part in self.parts for i, name in enumerate(part.source.header)
            if i not in {mapped.index for mapped in part.mapped}
        ]  # fmt: skip

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(part.rows for part in self.parts)

    @property
    def used(self) -> int:
        """Rows that the evaluation rests on."""
        return sum(part.used for part in self.parts)

    @property
    def merged(self) -> int:
        """Rows that only repeat others."""
        return sum(part.merged for part in self.parts)

    @property
    def set_aside(self) -> int:
        """Rows not used, each with a finding."""
        return sum(part.set_aside for part in self.parts)

    @property
    def fields(self) -> set[str]:
        """The fields that the files fill."""
        return set[str]().union(*(part.fields for part in self.parts))


def load(
    connection: duck.DuckDBPyConnection,
    data: Data,
    dataset: Dataset,
    overrides: Mapping[str, str] | None = None,
    needed: Collection[str] | None = None,
    year: int | None = None,
    *,
    thorough: bool = False,
    keep_aside: bool = False,
    kept: Kept | None = None,
) -> Loaded:
    """Load files, or a pandas frame, all of one dataset, into the table ``dataset.name``; see `load_all`."""
    wanted = None if needed is None else {dataset.name: needed}
    found = load_all(
        connection, data, {dataset.name: dataset}, overrides, wanted, year,
        thorough=thorough, keep_aside=keep_aside, kept=kept,
    )  # fmt: skip
    return found[dataset.name]


def load_all(
    connection: duck.DuckDBPyConnection,
    data: Data,
    datasets: Mapping[str, Dataset],
    overrides: Mapping[str, str] | None = None,
    needed: Mapping[str, Collection[str]] | Callable[[str], Collection[str]] | None = None,
    year: int | None = None,
    *,
    thorough: bool = False,
    keep_aside: bool = False,
    kept: Kept | None = None,
) -> dict[str, Loaded]:
    """Load files, or a pandas frame, of whatever datasets they are, each into the table named like its dataset.

    Which dataset a table of a file holds is told by its headers. Those of which there is something are in the result,
    in the order of `datasets`; what is not used at all is with the first of them.

    `overrides` maps headers to fields where the user says so. Only the fields in `needed`, by dataset, are read, by
    default all; the others are NULL in the table. `year` is that of files that say none. `thorough` looks at the
    enterprises' codes, too. With `keep_aside`, the rows set aside are kept as they were written, in the table ``搁置``.
    `kept` says of columns what `overrides` does not, and what differs from it is found.

    The connection is that of an engine. Raises `DataError` where a file cannot be read as any dataset, `UsageError` for
    an override that fits nothing.
    """
    connection.execute("CREATE OR REPLACE TABLE mj_aside (part INTEGER, pos BIGINT, code VARCHAR)").fetchall()
    with contextlib.ExitStack() as closing:
        # Two optimisers of DuckDB make intake slower: one turns its short IN lists into joins, the other computes for
        # every cell what is meant for the few that the quick reading does not take.
        connection.execute("SET disabled_optimizers = 'in_clause,common_subexpressions'").fetchall()
        closing.callback(lambda: connection.execute("RESET disabled_optimizers").fetchall())
        try:
            found = _load(connection, data, datasets, overrides or {}, needed, year, closing, kept, thorough)
            read = parts_of(found.values())
            for loaded in found.values():
                loaded.findings = [finding for part in loaded.read for finding in part.findings]
            if kept:
                from mujun.intake.changes import compare

                next(iter(found.values())).findings += compare(kept, read)
            if keep_aside:
                keep_rows(connection, read)
        except OSError as error:
            raise DataError(f"读取数据时出错：{faults.reason(error)}", faults.advice(error)) from None
        except duck.IOException as error:
            told = str(error).splitlines()[0]
            raise DataError(f"读取数据时出错（{told}）", "请核对磁盘空间、临时文件夹和文件是否被移走") from None
    return found


def parts_of(found: Iterable[Loaded]) -> list[Part]:
    """Every table opened, of any dataset, in the order of the files."""
    return sorted((part for loaded in found for part in loaded.read), key=lambda part: part.number)


def _load(
    connection: duck.DuckDBPyConnection,
    data: Data,
    datasets: Mapping[str, Dataset],
    overrides: Mapping[str, str],
    needed: Mapping[str, Collection[str]] | Callable[[str], Collection[str]] | None,
    year: int | None,
    closing: contextlib.ExitStack,
    kept: Kept | None,
    thorough: bool,
) -> dict[str, Loaded]:
    chooser = Chooser(datasets, overrides, kept)
    sources = _open(connection, data, chooser, closing)
    if kept or overrides:
        # What is said of headers is about those of all tables.
        held = list(sources)
        if kept:
            kept.check(datasets.values())
            for source in itertools.chain(*held):
                source.kept = kept.sheet(source.file, source.sheet)
        check_overrides(overrides, [name for own in held for source in own for name in source.header])
        check_fields(overrides, datasets.values())
        sources = iter(held)

    def make(source: Source, number: int) -> Part:
        dataset = chooser.choose(source)
        wanted = needed(dataset.name) if callable(needed) else None if needed is None else needed.get(dataset.name, ())
        return make_part(source, dataset, own_overrides(overrides, dataset), wanted, number)

    read = _read(connection, sources, make, thorough)
    stacks, unused = [s for s in read if s.is_used], [part for s in read if not s.is_used for part in s.parts]
    if not stacks:
        raise no_table(max(unused, key=lambda part: len(part.source.header)), chooser.first)
    parts = [part for stack in stacks for part in stack.parts]
    _tell_unused(unused, {part.source.file for part in parts})
    _refuse_empty(parts)
    found: dict[str, Loaded] = {}
    for name, dataset in datasets.items():
        own = [stack for stack in stacks if stack.dataset.name == name]
        if own:
            joined, rows = _settle(connection, dataset, own, year)
            found[name] = Loaded(own, [] if found else unused, joined, rows)
    return found


def _open(
    connection: duck.DuckDBPyConnection, data: Data, chooser: Chooser, closing: contextlib.ExitStack
) -> Iterator[list[Source]]:
    """The tables of each file, or of the frame."""
    files = [data] if isinstance(data, str | os.PathLike) else data
    if isinstance(files, list | tuple) and files and all(isinstance(one, str | os.PathLike) for one in files):
        return open_all(expand(files), chooser.known, closing)
    return iter([[_from_frame(connection, data, closing)]])


def _read(
    connection: duck.DuckDBPyConnection,
    sources: Iterator[list[Source]],
    make: Callable[[Source, int], Part],
    thorough: bool,
) -> list[Stack]:
    """Every table as read, numbered in the order of the files; those of a file that are alike together."""
    numbers = itertools.count(1)

    def read(parts: Sequence[Part], cursor: duck.DuckDBPyConnection) -> Stack:
        stack = read_stack(cursor, parts, make)
        if stack.is_used:
            places.settle(cursor, stack)
            plausible.look(cursor, stack)
            if thorough:
                identity.look(cursor, stack)
        return stack

    alike = (parts for own in sources for parts in stacked(make(source, next(numbers)) for source in own))
    return at_once(connection, (partial(read, parts) for parts in alike))


def _settle(
    connection: duck.DuckDBPyConnection, dataset: Dataset, stacks: list[Stack], year: int | None
) -> tuple[list[Joined], int]:
    """Make the table of a dataset from its parts: how they join, and the rows of the table."""
    _settle_years(connection, dataset, stacks, year)
    joiner = Joiner(connection, dataset, stacks)
    joiner.settle()
    plausible.look_at_flags(connection, [*joiner.parts.values()], dataset)
    [(rows,)] = connection.execute(f"SELECT COUNT(*) FROM {sql.name(dataset.name)}").fetchall()
    return joiner.joined, rows


def _tell_unused(unused: Sequence[Part], used: set[str]) -> None:
    for part in unused:
        if part.findings:
            continue
        if part.source.file in used:
            part.find("M107")
        else:
            keys = (*part.dataset.keys, "", "")
            part.find("M104", params=(("code", keys[0]), ("name", keys[1] or keys[0])))


def _refuse_empty(parts: Sequence[Part]) -> None:
    """Refuse files of which no row could be read."""
    if any(part.rows > len(part.source.aside) for part in parts):
        return
    part = next((part for part in parts if part.rows), parts[0])
    if not part.rows:
        raise DataError(f"“{part.label}”只有表头，没有数据行", "请核对是否导出完整")
    first = next(finding for finding in part.findings if finding.row is not None)
    head = f"“{part.label}”的 {part.rows} 行数据全部搁置，如第 {first.row} 行：{first.message}"
    raise DataError(head, first.advice)


def _settle_years(
    connection: duck.DuckDBPyConnection, dataset: Dataset, stacks: Sequence[Stack], wanted: int | None
) -> None:
    """Find the year of parts that have no such column: in titles, the sheet's or file's name, or as the user says."""
    parts = [part for stack in stacks for part in stack.parts]
    lacking = [part for part in parts if dataset.year not in part.fields] if dataset.year else []
    if not lacking:
        return
    from mujun.intake.titles import stated_year

    known = {
        found for stack in stacks if dataset.year in stack.columns for (found,) in
        connection.execute(f"SELECT DISTINCT {stack.columns[dataset.year]} FROM {stack.table}").fetchall()
        if found is not None
    } if len(parts) > 1 else set()  # fmt: skip
    found_years: list[tuple[Part, int | None, str]] = []
    for part in lacking:
        source = part.source
        places = (("标题行", source.titles), ("工作表名", (source.sheet,)), ("文件名", (Path(source.file).stem,)))
        said = ((stated_year(texts), place) for place, texts in places)
        year, place = next(((year, place) for year, place in said if year is not None), (None, ""))
        # A year that no other file has is a slip, not theirs.
        if year is None and wanted is not None and (not known or wanted in known):
            year, place = wanted, " --year "
        found_years.append((part, year, place))
    known |= {year for _, year, _ in found_years if year is not None}
    for part, year, place in found_years:
        if year is None and known:
            year, place = max(known), "其他文件的最近年度"
        part.year = year
        if year is None:
            part.find("M121", params=(("field", dataset.year),))
        else:
            part.find("M122", params=(("field", dataset.year), ("origin", place), ("year", str(year))))


def _from_frame(connection: duck.DuckDBPyConnection, frame: object, closing: contextlib.ExitStack) -> Source:
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(frame, pandas.DataFrame):
        kind = type(frame).__name__
        raise UsageError(f"数据应为文件的路径、几个路径或 pandas 数据框，不是 {kind}", "请核对参数 data")
    if not 0 < frame.shape[1] <= MOST_COLUMNS:
        raise DataError(f"数据框有 {frame.shape[1]} 列，应为 1 至 {MOST_COLUMNS} 列", "请核对数据框的内容")
    if frame.columns.duplicated().any():
        doubles = "、".join(map(str, frame.columns[frame.columns.duplicated()]))
        raise DataError(f"数据框有重复的列名：{doubles}", "请改名后重试")
    numbers = range(frame.shape[1])
    flat = pandas.DataFrame({f"c{i}": _simple(frame.iloc[:, i]) for i in numbers}).reset_index(drop=True)
    connection.register("mj_frame", flat)
    closing.callback(connection.unregister, "mj_frame")
    select = f"(SELECT {', '.join(f'CAST(c{i} AS VARCHAR) AS c{i}' for i in numbers)} FROM mj_frame)"
    return Source("数据框", "", [tidy(str(name)) for name in frame.columns], select)


def _simple(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column as DuckDB reads it without guessing: plain numbers as they are, all else as text."""
    if str(column.dtype) in _PLAIN:
        return column
    text = column.astype("string")
    return text.mask(text == "")
