"""Parts: one table of a file becomes a table of typed cells, each row with its place, and all that was odd is told."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from mujun import duck, sql
from mujun.errors import DataError
from mujun.intake import cells, dates, totals
from mujun.intake.cells import Cells
from mujun.intake.findings import MOST_LISTED, Finding
from mujun.intake.header import Mapped, map_headers, unit_of
from mujun.intake.macros import ERRORS, among
from mujun.width import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from mujun.intake.source import Source
    from mujun.pack.policy import Dataset

_SHOWN_WIDTH, _SHOWN_COLUMNS = 20, 30


class _Refused(Exception):  # noqa: N818
    """DuckDB does not take the file as it should."""


class Part(msgspec.Struct):
    """One table as read: its rows are in the table `table`, the fields in its `columns`.

    `row` is SQL for the Excel row, `live` for the rows that are still to be used. Once all is done, `rows` = `used` +
    `merged` + `set_aside`.
    """

    source: Source
    dataset: Dataset
    number: int
    mapped: list[Mapped]
    read_in: list[Mapped]
    findings: list[Finding]
    live: str = "NOT mj_blank"
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
    def table(self) -> str:
        """Where its rows are."""
        return f"mj_part{self.number}"

    @property
    def row(self) -> str:
        """SQL for the row as Excel counts it."""
        first = self.source.first_row
        return f"{self.table}.mj_row" if first is None else f"{self.table}.rowid + {first}"

    @property
    def columns(self) -> dict[str, str]:
        """The fields read, by name, as SQL over the table."""
        return {mapped.field.name: f"f{mapped.index}" for mapped in self.read_in}

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

    def find_each(
        self, code: str, places: Iterable[tuple[int, str, tuple[tuple[str, str], ...]]], total: int, column: str = ""
    ) -> None:
        """Note rows, each with its text and parameters; the last one listed stands for the rest of `total`."""
        for number, (row, text, params) in enumerate(itertools.islice(places, MOST_LISTED), 1):
            self.find(code, row, column, text, total - number + 1 if number == MOST_LISTED else 1, params)

    @property
    def is_used(self) -> bool:
        """Whether there is anything of the dataset in it."""
        keys = set(self.dataset.keys)
        return bool(self.fields & keys) if keys else bool(self.mapped)

    def header(self, field: str) -> str:
        """The header of the column that fills a field; "" where none does."""
        return next((mapped.header for mapped in self.mapped if mapped.field.name == field), "")


def by_file(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """The parts of each file."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.source.file, []).append(part)
    return found


def read_part(
    connection: duck.DuckDBPyConnection,
    source: Source,
    dataset: Dataset,
    overrides: Mapping[str, str],
    needed: Collection[str] | None,
    number: int,
) -> Part:
    """Read a table into ``mj_part<number>``; only the fields `needed`, by default all.

    A part without enterprises has no `mapped` columns of theirs and no table. Raises `DataError`.
    """
    reader = _Reader(connection, source, dataset, overrides, needed, number)
    try:
        return reader.read()
    except _Refused as refused:
        # DuckDB's strict reader met a row that is not plain: find it.
        if source.apart is None:
            raise DataError(f"无法读取“{source.label}”", f"请核对内容（{refused}）") from None
        again = source.apart()
        again.kept = source.kept
        return _Reader(connection, again, dataset, overrides, needed, number).read()


class _Reader:
    def __init__(
        self,
        connection: duck.DuckDBPyConnection,
        source: Source,
        dataset: Dataset,
        overrides: Mapping[str, str],
        needed: Collection[str] | None,
        number: int,
    ) -> None:
        self.connection, self.source, self.dataset = connection, source, dataset
        mapped, findings = map_headers(source, dataset, overrides)
        wanted = dataset.fields if needed is None else {*dataset.identity, *needed}
        read_in = [m for m in mapped if m.field.name in wanted]
        if not dataset.keys:
            read_in = mapped  # two rows are alike only if all of them is
        self.part = Part(source, dataset, number, mapped, read_in, [*source.findings, *findings])
        self.cells = Cells(source.signs)

    def run(self, sql_: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql_).fetchall()

    def read(self) -> Part:
        part = self.part
        if not part.is_used:
            return part
        self.say_columns()
        self.create()
        if self.count_rows() and len(part.read_in) < len(self.source.header):
            self.create(whole_rows=True)
            self.count_rows()
        self.look_closer()
        self.leave_out()
        return part

    # --- the columns ------------------------------------------------------------------------------------------------

    def say_columns(self) -> None:
        """Units are converted, and assumed, aloud; so are columns left unused."""
        part = self.part
        numbers = [mapped for mapped in part.read_in if mapped.field.kind == "number"]
        assumed = [f"{m.field.name}({m.field.unit.name})" for m in numbers if not m.stated and m.field.unit.name]
        if assumed:
            part.find("M112", params=(("fields", "、".join(assumed)),))
        for mapped in numbers:
            if mapped.stated and mapped.unit.factor != mapped.field.unit.factor:
                target = mapped.field.unit.name or "比值"
                params = (("field", mapped.field.name), ("unit", mapped.unit.name), ("target", target))
                part.find("M111", column=mapped.header, params=params)
        taken = {m.index for m in part.mapped} | {*self.source.serial}
        said = {finding.column for finding in part.findings}
        unused = [name for i, name in enumerate(self.source.header) if name and i not in taken and name not in said]
        if unused:
            shown = "、".join(shorten(name, 2 * _SHOWN_WIDTH) for name in unused[:_SHOWN_COLUMNS])
            more = f" 等 {len(unused)} 列" if len(unused) > _SHOWN_COLUMNS else ""
            part.find("M113", params=(("columns", shown + more),))

    # --- the cells --------------------------------------------------------------------------------------------------

    def create(self, whole_rows: bool = False) -> None:
        """Make the typed table with the quick readings, and keep the text of each cell they did not take.

        A row is blank if all cells read are; with `whole_rows`, if all of its cells are, read or not.
        """
        mapped, source = self.part.read_in, self.source
        looked_at = range(len(source.header)) if whole_rows else [m.index for m in mapped]
        columns = [f"f{m.index}" for m in mapped]
        columns.append(f"{self.cells.unread(mapped)} AS mj_unread")
        # Nearly every row has a code or a name, and then DuckDB looks at no other cell.
        blank = f"trim(CONCAT('' {''.join([f', c{i}' for i in looked_at])})) = ''"
        named = [f"f{m.index}" for m in mapped if m.field.name in (self.dataset.code, self.dataset.company)]
        nameless = f"COALESCE({', '.join([*named, 'NULL'])}) IS NULL"
        columns.append(f"CASE WHEN {nameless} THEN {blank} ELSE FALSE END AS mj_blank")
        columns.append(f"{source.ragged or 'FALSE'} AS mj_ragged")
        if source.first_row is None:
            columns.append(f"CAST(c{len(source.header)} AS BIGINT) AS mj_row")
        typed = source.select
        for stage in self.cells.stages(mapped):
            typed = f"(SELECT *, {', '.join(stage)} FROM {typed})"
        try:
            self.run(f"CREATE OR REPLACE TABLE {self.part.table} AS SELECT {', '.join(columns)}\nFROM {typed}")
        except (duck.InvalidInputException, duck.OutOfRangeException) as error:
            raise _Refused(str(error).splitlines()[0]) from None

    def count_rows(self) -> bool:
        """Count what was read, as a row that DuckDB overlooks would be lost; whether there are blank rows."""
        part, source = self.part, self.source
        [(read, rows, ragged)] = self.run(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE NOT mj_blank), COUNT(*) FILTER (WHERE mj_ragged) "
            f"FROM {part.table}"
        )
        if ragged or source.rows not in (None, read):
            raise _Refused(f"应有 {source.rows} 行，读到 {read} 行，其中 {ragged} 行的格数不对")
        part.live = "TRUE" if read == rows else "NOT mj_blank"
        part.rows = rows + len(source.aside)
        part.set_aside = len(source.aside)
        return bool(read > rows)

    def look_closer(self) -> None:
        """Repair the cells that the quick reading did not take; what stays unreadable is a finding."""
        part = self.part
        [(count,)] = self.run(
            "CREATE OR REPLACE TEMP TABLE mj_unread AS SELECT r, cell.i AS i, cell.t AS t FROM "
            f"(SELECT rowid AS r, unnest(mj_unread) AS cell FROM {part.table} WHERE mj_unread IS NOT NULL)\n"
            "WHERE mj_odd(cell.t)"
        )
        if not count:
            return
        # Most odd cells are plain error values, for which the whole reading need not be planned.
        errors = f"t IN {among(ERRORS)}"
        self.run(
            "CREATE OR REPLACE TEMP TABLE mj_read AS SELECT r, i, t, CAST(NULL AS BIGINT) AS number, "
            f"CAST(NULL AS VARCHAR) AS word, 'error' AS verdict FROM mj_unread WHERE {errors}"
        )
        by_index = {mapped.index: mapped for mapped in part.read_in}
        if self.run(f"DELETE FROM mj_unread WHERE {errors}") != [(count,)]:
            self.repair(by_index)
        # The first of a column one by one, the rest as a count.
        found = self.run(
            f"SELECT {part.row}, i, t, verdict, n, total, number FROM (SELECT *, ROW_NUMBER() OVER "
            "(PARTITION BY i, verdict ORDER BY r) AS n, COUNT(*) OVER (PARTITION BY i, verdict) AS total FROM mj_read "
            f"WHERE verdict NOT IN ('ok', 'nothing')) AS x JOIN {part.table} ON {part.table}.rowid = x.r "
            f"WHERE n <= {MOST_LISTED} ORDER BY i, r"
        )
        for row, index, text, verdict, number, total, read in found:
            rest = total - number + 1 if number == MOST_LISTED else 1
            code, params = cells.finding(by_index[index].field, verdict, read)
            part.find(code, row, by_index[index].header, text, rest, params)

    def repair(self, by_index: Mapping[int, Mapped]) -> None:
        """Read the cells of ``mj_unread`` and put what they say into the table."""
        concerned = [by_index[index] for (index,) in self.run("SELECT DISTINCT i FROM mj_unread ORDER BY i")]
        units = {
            (index, text): unit for index, text in self.run(cells.suffixes())
            if (unit := unit_of(text, by_index[index].field)) is not None
        }  # fmt: skip
        self.run(f"INSERT INTO mj_read {cells.closer_look(concerned, units)}")
        table = self.part.table
        value = {"number": "number", "year": "number", "flag": "CAST(word AS BOOLEAN)", "choice": "word"}
        value["date"] = dates.VALUE
        for (index,) in self.run("SELECT DISTINCT i FROM mj_read WHERE number IS NOT NULL OR word IS NOT NULL"):
            self.run(
                f"UPDATE {table} SET f{index} = {value[by_index[index].field.kind]} FROM mj_read "
                f"WHERE i = {index} AND mj_read.r = {table}.rowid AND (number IS NOT NULL OR word IS NOT NULL)"
            )

    # --- rows that are no enterprise --------------------------------------------------------------------------------

    def leave_out(self) -> None:
        """Set aside totals, notes and repeated headers, rows without a name, and rows without a year."""
        columns = self.part.columns
        names = [columns[name] for name in self.dataset.keys if name in columns]
        self.sort_out(names)
        year = columns.get(self.dataset.year)
        if names:
            words = "也没有".join(self.dataset.keys)
            self.set_aside("M301", f"COALESCE({', '.join([*names, 'NULL'])}) IS NULL", names=words)
        if year:
            self.set_aside("M305", f"{year} IS NULL")

    def set_aside(self, code: str, condition: str, **params: str) -> None:
        """Take rows out of use, each with a finding, the first one by one, the rest as a count."""
        part = self.part
        rows = f"{part.table} WHERE {part.live} AND {condition}"
        [(total,)] = self.run(f"SELECT COUNT(*) FROM {rows}")
        if not total:
            return
        found = self.run(f"SELECT {part.row} FROM {rows} ORDER BY 1 LIMIT {MOST_LISTED}")
        part.find_each(code, ((row, "", tuple(params.items())) for (row,) in found), total)
        self.run(f"INSERT INTO mj_aside SELECT {part.number}, {part.row}, {sql.text(code)} FROM {rows}")
        part.live = f"({part.live}) AND NOT ({condition})"
        part.set_aside += total

    def sort_out(self, names: list[str]) -> None:
        """Find the rows that are no enterprise among those without a plain code, or with a short name.

        Where no column says whose row it is, any may be none.
        """
        part, code = self.part, self.part.columns.get(self.dataset.code)
        if not names:
            suspect = "TRUE"
        elif code:
            suspect = f"{code} IS NULL OR strlen({code}) <> 18 OR length({code}) <> 18"
        else:
            suspect = f"COALESCE(strlen({names[0]}), 0) <= 60"
        suspects = (
            f"SELECT {part.row} AS mj_row FROM {part.table} WHERE {part.live} AND ({suspect} OR mj_ragged IS NULL)"
        )
        if not self.run(f"{suspects} LIMIT 1"):
            return
        if code:
            self.drop_rounded(code)
        self.run(f"CREATE OR REPLACE TEMP TABLE mj_odd AS {totals.sort_out(self.source, suspects)}")
        found = self.run("SELECT mj_row, cells, label, kind FROM mj_odd")
        if not found:
            return
        wanted = (("count", "1"), ("wanted", str(len(self.source.header))))
        for kind, code_, params in (("note", "M313", ()), ("header", "M314", ()), ("short", "M304", wanted)):
            rows = totals.rows_of(found, kind)
            part.find_each(code_, ((row, label, params) for row, label, _ in rows), len(rows))
        if sums := totals.rows_of(found, "total"):
            self.verify(sums)
        wrong = ", ".join(["0", *(str(finding.row) for finding in part.findings if finding.code == "M312")])
        kinds = "WHEN kind = 'note' THEN 'M313' WHEN kind = 'header' THEN 'M314' WHEN kind = 'short' THEN 'M304'"
        code_ = f"CASE {kinds} WHEN mj_row IN ({wrong}) THEN 'M312' ELSE 'M311' END"
        self.run(f"INSERT INTO mj_aside SELECT {part.number}, mj_row, {code_} FROM mj_odd")
        self.run(
            f"CREATE OR REPLACE TABLE {part.table}_odd AS SELECT {part.table}.rowid AS id "
            f"FROM {part.table} JOIN mj_odd ON {part.row} = mj_odd.mj_row"
        )
        part.live = f"({part.live}) AND rowid NOT IN (SELECT id FROM {part.table}_odd)"
        part.set_aside += len(found)
        # A word for a total, or a header, in a column of figures is no odd figure.
        gone = {row for row, *_ in found}
        part.findings = [f for f in part.findings if f.row not in gone or f.code[:2] != "M2"]

    def drop_rounded(self, code: str) -> None:
        """A code in scientific notation has lost its digits: it is none."""
        part = self.part
        rounded = rf"regexp_full_match({code}, '[0-9](\.[0-9]+)?E\+?[0-9]{{2}}')"
        found = self.run(f"SELECT {part.row}, {code} FROM {part.table} WHERE {part.live} AND {rounded} ORDER BY 1")
        if not found:
            return
        part.find_each("M208", ((row, text, ()) for row, text in found), len(found), part.header(self.dataset.code))
        self.run(f"UPDATE {part.table} SET {code} = NULL WHERE {rounded}")

    def verify(self, sums: list[tuple[int, str, list[str]]]) -> None:
        """Compare the totals with the rows above them."""
        part = self.part
        figures = [m for m in part.read_in if m.field.kind == "number"]
        listed = ", ".join([
            f"SUM({own}) OVER w, COUNT({own}) OVER w, f{m.index}"
            for m in figures if (own := f"CASE WHEN kind IS NULL THEN f{m.index} END")
        ])  # fmt: skip
        got = self.run(
            f"SELECT r, kind, {listed or 'COUNT(*) OVER w'} "
            f"FROM (SELECT *, {part.row} AS r FROM {part.table} WHERE {part.live}) AS x\n"
            "LEFT JOIN mj_odd ON r = mj_odd.mj_row\n"
            "WINDOW w AS (ORDER BY r ROWS UNBOUNDED PRECEDING) QUALIFY kind = 'total'"
        )
        upto = {
            row[0]: {m.index: (int(row[2 + 3 * i] or 0), row[3 + 3 * i]) for i, m in enumerate(figures)} for row in got
        }
        stated = {row[0]: {m.index: row[4 + 3 * i] for i, m in enumerate(figures)} for row in got}
        verified = totals.verify(sums, figures, upto, stated, self.source.file, self.source.sheet)
        part.findings += [replace(f, who=self.dataset.name, counter=self.dataset.counter) for f in verified]
