"""Loading: one file or frame becomes the typed table of a dataset, with findings and a balance of its rows."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mujun import duck
from mujun.errors import DataError, UsageError
from mujun.intake import cells
from mujun.intake.cells import Cells
from mujun.intake.findings import Finding
from mujun.intake.header import Headers, Mapped, map_headers, tidy
from mujun.intake.source import MOST_COLUMNS, Source, open_csv
from mujun.quantity import NUMBER
from mujun.width import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from mujun.pack.policy import Dataset, Field

_TYPES = {"number": "BIGINT", "year": "INTEGER", "flag": "BOOLEAN"}
_RAW = "mj_raw"
_MOST_LISTED = 1000
"""Odd cells of a column, and rows, listed one by one; more of the same are counted."""
_SHOWN_WIDTH, _SHOWN_COLUMNS = 20, 30
_PLAIN = ("bool", "float32", "float64", *(f"{sign}int{size}" for sign in ("", "u") for size in (8, 16, 32, 64)))
"""The columns of a frame that DuckDB reads as they are."""


class Loaded(msgspec.Struct):
    """What intake hands on: the table bears the dataset's name; its rows are one per enterprise and year.

    `rows` = `used` + `merged` + `set_aside`, always.
    """

    label: str
    encoding: str
    header: list[str]
    mapped: list[Mapped]
    rows: int = 0
    used: int = 0
    merged: int = 0
    set_aside: int = 0
    findings: list[Finding] = msgspec.field(default_factory=list)

    @property
    def fields(self) -> set[str]:
        """The fields that the file fills."""
        return {mapped.field.name for mapped in self.mapped}


def load(
    connection: duck.DuckDBPyConnection,
    data: str | Path | pd.DataFrame,
    dataset: Dataset,
    overrides: Mapping[str, str] | None = None,
    needed: Collection[str] | None = None,
) -> Loaded:
    """Load a CSV file or a pandas frame into the table ``dataset.name``.

    `overrides` maps headers to fields where the user says so. Only the fields in `needed` are read, by default all;
    the others are NULL in the table. Raises `DataError` where the file cannot be read as this dataset, `UsageError` for
    an override that fits nothing.
    """
    connection.execute(cells.MACROS).fetchall()
    with contextlib.ExitStack() as stack:
        # Two optimisers of DuckDB make intake slower: one turns its short IN lists into joins, the other computes for
        # every cell what is meant for the few that the quick reading does not take.
        connection.execute("SET disabled_optimizers = 'in_clause,common_subexpressions'").fetchall()
        stack.callback(lambda: connection.execute("RESET disabled_optimizers").fetchall())
        try:
            if isinstance(data, str | Path):
                source = open_csv(Path(data), Headers(dataset).count, stack)
            else:
                source = _from_frame(connection, data, stack)
            try:
                return _Loader(connection, source, dataset, overrides or {}, needed).load()
            except _Refused as refused:
                # DuckDB's strict reader met a row that is not plain: find it.
                if source.apart is None:
                    raise DataError(f"无法读取“{source.label}”", f"请核对内容（{refused}）") from None
                return _Loader(connection, source.apart(), dataset, overrides or {}, needed).load()
        except OSError as error:
            told = error.strerror or type(error).__name__
            raise DataError(f"读取“{data}”时出错：{told}", "请核对磁盘空间、临时文件夹和文件是否被移走") from None


class _Refused(Exception):  # noqa: N818
    """DuckDB does not take the file as it should."""


def _from_frame(connection: duck.DuckDBPyConnection, frame: object, stack: contextlib.ExitStack) -> Source:
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(frame, pandas.DataFrame):
        raise UsageError(f"数据应为 CSV 文件的路径或 pandas 数据框，不是 {type(frame).__name__}", "请核对参数 data")
    if not 0 < frame.shape[1] <= MOST_COLUMNS:
        raise DataError(f"数据框有 {frame.shape[1]} 列，应为 1 至 {MOST_COLUMNS} 列", "请核对数据框的内容")
    if frame.columns.duplicated().any():
        doubles = "、".join(map(str, frame.columns[frame.columns.duplicated()]))
        raise DataError(f"数据框有重复的列名：{doubles}", "请改名后重试")
    numbers = range(frame.shape[1])
    flat = pandas.DataFrame({f"c{i}": _simple(frame.iloc[:, i]) for i in numbers}).reset_index(drop=True)
    connection.register("mj_frame", flat)
    stack.callback(connection.unregister, "mj_frame")
    select = f"(SELECT {', '.join(f'CAST(c{i} AS VARCHAR) AS c{i}' for i in numbers)} FROM mj_frame)"
    return Source("数据框", "", [tidy(str(name)) for name in frame.columns], select, "rowid + 1")


def _simple(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column as DuckDB reads it without guessing: plain numbers as they are, all else as text."""
    if str(column.dtype) in _PLAIN:
        return column
    text = column.astype("string")
    return text.mask(text == "")


class _Loader:
    def __init__(
        self,
        connection: duck.DuckDBPyConnection,
        source: Source,
        dataset: Dataset,
        overrides: Mapping[str, str],
        needed: Collection[str] | None,
    ) -> None:
        self.connection, self.source, self.dataset = connection, source, dataset
        mapped, findings = map_headers(source.header, dataset, source.label, overrides)
        self.loaded = Loaded(
            source.label, source.encoding, source.header, mapped, findings=[*source.findings, *findings]
        )
        wanted = dataset.fields if needed is None else {dataset.code, dataset.company, dataset.year, *needed}
        self.read_in = [m for m in mapped if m.field.name in wanted]
        self.cells = Cells(source.signs)
        self.blank = 0

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def load(self) -> Loaded:
        self.check_header()
        self.read()
        if len(self.read_in) < len(self.source.header) and self.run(f"SELECT 1 FROM {_RAW} WHERE mj_blank LIMIT 1"):
            self.read(whole_rows=True)
        self.count_rows()
        self.look_closer()
        self.settle_keys()
        self.finish()
        return self.loaded

    # --- the header -------------------------------------------------------------------------------------------------

    def check_header(self) -> None:
        """Refuse a table without enterprises; say what is used how."""
        loaded, dataset = self.loaded, self.dataset
        if not loaded.fields & {dataset.code, dataset.company}:
            headers = Headers(dataset)
            wanted = (dataset.code, dataset.company)
            near = {name: headers.suggest(dataset.fields[name], self.source.header) for name in wanted}
            told = "".join(f"，最接近“{name}”的是“{header}”" for name, header in near.items() if header)
            shown = "、".join(shorten(name, _SHOWN_WIDTH) for name in self.source.header[:8])
            raise DataError(
                f"“{self.source.label}”的第一行里没有认出“{dataset.code}”或“{dataset.company}”{told}",
                f"第一行应为列名，读到的是：{shown}；可用 --map 列名={dataset.code} 指明",
            )
        self.say_units()
        unused = [name for i, name in enumerate(loaded.header) if name and i not in {m.index for m in loaded.mapped}]
        said = {finding.column for finding in loaded.findings}
        if unused := [name for name in unused if name not in said]:
            shown = "、".join(shorten(name, 2 * _SHOWN_WIDTH) for name in unused[:_SHOWN_COLUMNS])
            more = f" 等 {len(unused)} 列" if len(unused) > _SHOWN_COLUMNS else ""
            self.find("M113", params=(("columns", shown + more),))
        if dataset.year not in loaded.fields:
            self.find("M121", params=(("field", dataset.year),))

    def say_units(self) -> None:
        """Units are converted, and assumed, aloud."""
        numbers = [mapped for mapped in self.read_in if mapped.field.kind == "number"]
        assumed = [
            f"{m.field.name}({m.field.unit.name})" for m in numbers if not m.stated and m.field.unit is not NUMBER
        ]
        if assumed:
            self.find("M112", params=(("fields", "、".join(assumed)),))
        for mapped in numbers:
            if mapped.stated and mapped.unit.factor != mapped.field.unit.factor:
                target = mapped.field.unit.name or "比值"
                params = (("field", mapped.field.name), ("unit", mapped.unit.name), ("target", target))
                self.find("M111", column=mapped.header, params=params)

    def find(self, code: str, row: int | None = None, column: str = "", text: str = "", count: int = 1,
             params: tuple[tuple[str, str], ...] = ()) -> None:  # fmt: skip
        self.loaded.findings.append(Finding(code, self.source.label, row, column, text, count, params))

    # --- the cells --------------------------------------------------------------------------------------------------

    def read(self, whole_rows: bool = False) -> None:
        """Make the typed table with the quick readings, and keep the text of each cell they did not take.

        A row is blank if all cells read are; with `whole_rows`, if all of its cells are, read or not.
        """
        mapped = self.read_in
        looked_at = range(len(self.source.header)) if whole_rows else [m.index for m in mapped]
        typed = [f"{self.cells.quick(m)} AS f{m.index}" for m in mapped]
        unread = [f"CASE WHEN {self.cells.unread(m)} THEN c{m.index} END AS u{m.index}" for m in mapped]
        texts = [f"u{m.index}" for m in mapped]
        cells = ", ".join([f"{{'i': {m.index}, 't': u{m.index}}}" for m in mapped])
        columns = [f"f{m.index}" for m in mapped]
        columns.append(f"CASE WHEN COALESCE({', '.join([*texts, 'NULL'])}) IS NOT NULL THEN [{cells}] END AS mj_unread")
        blank = " AND ".join([f"COALESCE(c{i}, '') = ''" for i in looked_at])
        # Within a CASE, DuckDB stops at the first condition that does not hold.
        columns.append(f"CASE WHEN {blank or 'FALSE'} THEN TRUE ELSE FALSE END AS mj_blank")
        columns.append(f"{self.source.ragged or 'FALSE'} AS mj_ragged")
        if not self.source.row.startswith("rowid"):
            columns.append(f"CAST({self.source.row} AS BIGINT) AS mj_row")
        try:
            self.run(
                f"CREATE OR REPLACE TABLE {_RAW} AS SELECT {', '.join(columns)}\n"
                f"FROM (SELECT *, {', '.join(unread)} FROM (SELECT *, {', '.join(typed)} FROM {self.source.select}))"
            )
        except (duck.InvalidInputException, duck.OutOfRangeException) as error:
            raise _Refused(str(error).splitlines()[0]) from None

    @property
    def row(self) -> str:
        """SQL for the row as Excel counts it."""
        return "mj_row" if not self.source.row.startswith("rowid") else self.source.row

    def count_rows(self) -> None:
        """Count what was read: a row that DuckDB overlooks would be lost."""
        [(read, rows, ragged)] = self.run(
            f"SELECT COUNT(*), COUNT(*) FILTER (WHERE NOT mj_blank), COUNT(*) FILTER (WHERE mj_ragged) FROM {_RAW}"
        )
        if ragged or self.source.rows not in (None, read):
            raise _Refused(f"应有 {self.source.rows} 行，读到 {read} 行，其中 {ragged} 行的格数不对")
        self.blank = read - rows
        self.loaded.rows = rows + self.source.set_aside
        self.loaded.set_aside = self.source.set_aside
        if not self.loaded.rows:
            raise DataError(f"“{self.source.label}”只有表头，没有数据行", "请核对是否导出完整")
        if not rows:
            first = next(finding for finding in self.source.findings if finding.row is not None)
            head = f"“{self.source.label}”的 {self.loaded.rows} 行数据全部搁置，如第 {first.row} 行：{first.message}"
            raise DataError(head, first.advice)

    def look_closer(self) -> None:
        """Repair the cells that the quick reading did not take; what stays unreadable is a finding."""
        if not self.run(f"SELECT 1 FROM {_RAW} WHERE mj_unread IS NOT NULL LIMIT 1"):
            return
        self.run(
            "CREATE OR REPLACE VIEW mj_unread AS SELECT r, cell.i AS i, cell.t AS t FROM "
            f"(SELECT rowid AS r, unnest(mj_unread) AS cell FROM {_RAW} WHERE mj_unread IS NOT NULL)\n"
            "WHERE cell.t IS NOT NULL"
        )
        self.run(f"CREATE OR REPLACE TABLE mj_read AS {cells.closer_look(self.read_in)}")
        by_index = {mapped.index: mapped for mapped in self.read_in}
        value = {"number": "number", "year": "number", "flag": "CAST(word AS BOOLEAN)", "choice": "word"}
        for (index,) in self.run("SELECT DISTINCT i FROM mj_read WHERE number IS NOT NULL OR word IS NOT NULL"):
            self.run(
                f"UPDATE {_RAW} SET f{index} = {value[by_index[index].field.kind]} FROM mj_read "
                f"WHERE mj_read.i = {index} AND mj_read.r = {_RAW}.rowid AND (number IS NOT NULL OR word IS NOT NULL)"
            )
        # The first of a column one by one, the rest as a count.
        found = self.run(
            f"SELECT {_RAW}.{self.row}, i, t, verdict, n, total FROM (SELECT *, ROW_NUMBER() OVER "
            "(PARTITION BY i, verdict ORDER BY r) AS n, COUNT(*) OVER (PARTITION BY i, verdict) AS total FROM mj_read "
            f"WHERE verdict NOT IN ('ok', 'nothing')) AS x JOIN {_RAW} ON {_RAW}.rowid = x.r "
            f"WHERE n <= {_MOST_LISTED} ORDER BY i, r"
        )
        for row, index, text, verdict, number, total in found:
            rest = total - number + 1 if number == _MOST_LISTED else 1
            code, params = _judge(by_index[index].field, verdict)
            self.find(code, row, by_index[index].header, text, rest, params)

    # --- whose row it is --------------------------------------------------------------------------------------------

    def settle_keys(self) -> None:
        """Set aside rows without a name or with a rival, merge rows that say the same."""
        index = {mapped.field.name: f"f{mapped.index}" for mapped in self.read_in}
        names = [index[name] for name in (self.dataset.code, self.dataset.company) if name in index]
        key, year = f"COALESCE({', '.join([*names, 'NULL'])})", index.get(self.dataset.year, "NULL")
        # Nothing is deleted before all rows are named: that would move the others.
        words = f"{self.dataset.code}也没有{self.dataset.company}"
        aside, merged = self._list("M301", f"{_RAW} WHERE NOT mj_blank AND {key} IS NULL", names=words), 0
        whole = f"NOT mj_blank AND {key} IS NOT NULL"
        if year != "NULL":
            aside += self._list("M305", f"{_RAW} WHERE {whole} AND {year} IS NULL")
            whole += f" AND {year} IS NOT NULL"
        gone = f"NOT ({whole})"
        if self._find_doubles(key, year, whole, list(index.values())):
            merged = self._list("M302", "mj_double WHERE agree AND mj_row <> others[1]", "others[1:1]")
            aside += self._list("M303", "mj_double WHERE NOT agree", "others")
            gone += " OR rowid IN (SELECT id FROM mj_double WHERE NOT agree OR mj_row <> others[1])"
        if aside or merged or self.blank:
            self.run(f"DELETE FROM {_RAW} WHERE {gone}")
        self.loaded.merged = merged
        self.loaded.set_aside += aside

    def _list(self, code: str, rows: str, others: str = "[]", **params: str) -> int:
        """A finding for each of some rows, the first one by one, the rest as a count. Returns how many there are."""
        [(total,)] = self.run(f"SELECT COUNT(*) FROM {rows}")
        row = "mj_row" if rows.startswith("mj_double") else self.row
        found = self.run(f"SELECT {row}, {others} FROM {rows} ORDER BY 1 LIMIT {_MOST_LISTED}") if total else []
        for number, (at, rivals) in enumerate(found, 1):
            other = "、".join([str(rival) for rival in rivals if rival != at][:5])
            rest = total - number + 1 if number == _MOST_LISTED else 1
            told = {**params, "other": other} if other else params
            self.find(code, at, count=rest, params=tuple(told.items()))
        return int(total)

    def _find_doubles(self, key: str, year: str, whole: str, columns: list[str]) -> bool:
        """Make the table ``mj_double`` of the rows whose enterprise and year other rows have, too, if there are any.

        `agree` says whether they are the same in every field, `others` are the first rows of the enterprise and year.
        """
        twice = f"SELECT {key} AS k, {year} AS y FROM {_RAW} WHERE {whole} GROUP BY 1, 2 HAVING COUNT(*) > 1"
        if not self.run(f"{twice} LIMIT 1"):
            return False
        self.run(
            f"CREATE OR REPLACE TABLE mj_double AS WITH twice AS ({twice}),\n"
            f"alike AS (SELECT {self.row} AS mj_row, {_RAW}.rowid AS id, k, y, ROW({', '.join(columns)}) AS v\n"
            f"          FROM {_RAW} JOIN twice ON {key} = k AND {year} IS NOT DISTINCT FROM y WHERE {whole}),\n"
            "judged AS (SELECT k, y, COUNT(DISTINCT v) = 1 AS agree, min(mj_row, 6) AS others FROM alike\n"
            "           GROUP BY k, y)\n"
            "SELECT mj_row, id, agree, others FROM alike JOIN judged\n"
            "ON alike.k = judged.k AND alike.y IS NOT DISTINCT FROM judged.y"
        )
        return True

    # --- the table --------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Hand on the table under the dataset's name, absent fields as NULL of their type."""
        index = {mapped.field.name: f"f{mapped.index}" for mapped in self.read_in}
        columns = []
        for name, item in self.dataset.fields.items():
            value = index.get(name) or f"CAST(NULL AS {_TYPES.get(item.kind, 'VARCHAR')})"
            columns.append(f'{value} AS "{name}"')
        self.run(f'CREATE OR REPLACE VIEW "{self.dataset.name}" AS SELECT {", ".join(columns)} FROM {_RAW}')
        [(self.loaded.used,)] = self.run(f"SELECT COUNT(*) FROM {_RAW}")


def _judge(field: Field, verdict: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Which finding an unreadable cell is."""
    codes = {"cut": "M204", "error": "M202", "huge": "M203"}
    if verdict in codes:
        return codes[verdict], ()
    if field.kind in ("choice", "flag"):
        choices = "、".join(field.values) if field.kind == "choice" else "是、否、1、0、√"
        return "M205", (("field", field.name), ("choices", choices))
    return "M206" if field.kind == "year" else "M201", ()
