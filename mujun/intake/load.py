"""Loading: one file or frame becomes the typed table of a dataset, with findings and a balance of its rows."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mujun.errors import DataError
from mujun.intake import cells
from mujun.intake.cells import Cells
from mujun.intake.findings import Finding
from mujun.intake.header import Headers, Mapped, map_headers
from mujun.intake.source import Source, open_csv
from mujun.pack.policy import Dataset
from mujun.quantity import NUMBER

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_TYPES = {"number": "BIGINT", "year": "INTEGER", "flag": "BOOLEAN"}
_RAW = "mj_raw"
_MOST_PER_COLUMN = 1000
"""Odd cells listed one by one for each column; more of the same are counted."""


@dataclass
class Loaded:
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
    findings: list[Finding] = field(default_factory=list)

    @property
    def fields(self) -> set[str]:
        """The fields that the file fills."""
        return {mapped.field.name for mapped in self.mapped}


def load(
    connection: duckdb.DuckDBPyConnection,
    data: str | Path | pd.DataFrame,
    dataset: Dataset,
    overrides: Mapping[str, str] | None = None,
) -> Loaded:
    """Load a CSV file or a pandas frame into the table ``dataset.name``.

    `overrides` maps headers to fields where the user says so. Raises `DataError` where the file cannot be read as this
    dataset, `UsageError` for an override that fits nothing.
    """
    connection.execute(cells.MACROS).fetchall()
    if isinstance(data, str | Path):
        source = open_csv(Path(data))
    else:
        source = _from_frame(connection, data)
    with contextlib.ExitStack() as stack:
        try:
            return _Loader(connection, source, dataset, overrides or {}).load()
        except _Refused:
            # DuckDB's strict reader met a row that is not plain: find it.
            retry = open_csv(Path(str(data)), strict=False)
            for folder in (*source.close, *retry.close):
                stack.enter_context(folder)
            return _Loader(connection, retry, dataset, overrides or {}).load()
        finally:
            for folder in source.close:
                stack.enter_context(folder)


class _Refused(Exception):
    """DuckDB's strict reader does not take the file."""


def _from_frame(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> Source:
    if frame.columns.duplicated().any():
        doubles = "、".join(map(str, frame.columns[frame.columns.duplicated()]))
        raise DataError(f"数据框有重复的列名：{doubles}", "请改名后重试")
    flat = frame.set_axis([f"c{i}" for i in range(frame.shape[1])], axis=1).reset_index(drop=True)
    connection.register("mj_frame", flat)
    columns = ", ".join(f"nullif(CAST(c{i} AS VARCHAR), '') AS c{i}" for i in range(frame.shape[1]))
    return Source("数据框", "", [str(name) for name in frame.columns], f"(SELECT {columns} FROM mj_frame)", "rowid + 1")


class _Loader:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, source: Source, dataset: Dataset, overrides: Mapping[str, str]
    ) -> None:
        self.connection, self.source, self.dataset = connection, source, dataset
        mapped, findings = map_headers(source.header, dataset, source.label, overrides)
        self.loaded = Loaded(source.label, source.encoding, source.header, mapped, findings=[*source.findings, *findings])
        self.cells = Cells(source.rough, source.risky_numbers)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def load(self) -> Loaded:
        self.check_header()
        self.read()
        self.count_rows()
        self.look_closer()
        self.settle_keys()
        self.finish()
        return self.loaded

    # --- the header -------------------------------------------------------------------------------------------------

    def check_header(self) -> None:
        loaded, dataset = self.loaded, self.dataset
        if not loaded.fields & {dataset.code, dataset.company}:
            headers = Headers(dataset)
            lines = [f"“{self.source.label}”的第一行里没有认出“{dataset.code}”或“{dataset.company}”"]
            for name in (dataset.code, dataset.company):
                if close := headers.suggest(dataset.fields[name], self.source.header):
                    lines.append(f"，最接近“{name}”的是“{close}”")
            shown = "、".join(self.source.header[:8])
            raise DataError("".join(lines), f"第一行应为列名，读到的是：{shown}；可用 --map 列名={dataset.code} 指明")
        self.say_units()
        unused = [name for i, name in enumerate(loaded.header) if name and i not in {m.index for m in loaded.mapped}]
        told = {finding.column for finding in loaded.findings}
        if unused := [name for name in unused if name not in told]:
            self.find("M113", params=(("columns", "、".join(unused)),))
        if dataset.year not in loaded.fields:
            self.find("M121", params=(("field", dataset.year),))

    def say_units(self) -> None:
        """Units are converted, and assumed, aloud."""
        numbers = [mapped for mapped in self.loaded.mapped if mapped.field.kind == "number"]
        assumed = [f"{m.field.name}({m.field.unit.name})" for m in numbers if not m.stated and m.field.unit is not NUMBER]
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

    def read(self) -> None:
        """Make the typed table with the quick readings, and keep the text of each cell they did not take."""
        import duckdb

        mapped = self.loaded.mapped
        typed = [f"{self.cells.quick(m)} AS f{m.index}" for m in mapped]
        looked = [m for m in mapped if m.field.kind in ("number", "year", "flag", "choice")]
        tests = {m.index: self.cells.unread(m) for m in looked}
        cases = ", ".join(f"CASE WHEN {test} THEN {{'i': {i}, 't': c{i}}} END" for i, test in tests.items())
        any_unread = " OR ".join(f"({test})" for test in tests.values())
        columns = [f"f{m.index}" for m in mapped]
        columns.append(f"CASE WHEN {any_unread} THEN [{cases}] END AS mj_unread" if tests else "NULL AS mj_unread")
        columns.append(f"COALESCE({', '.join(f'c{i}' for i in range(len(self.source.header)))}) IS NULL AS mj_blank")
        if not self.source.row.startswith("rowid"):
            columns.append(f"CAST({self.source.row} AS BIGINT) AS mj_row")
        try:
            self.run(
                f"CREATE OR REPLACE TABLE {_RAW} AS SELECT {', '.join(columns)}\n"
                f"FROM (SELECT *, {', '.join(typed)} FROM {self.source.select})"
            )
        except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
            if not self.source.row.startswith("rowid + 2"):
                raise DataError(f"无法读取“{self.source.label}”：{str(error).splitlines()[0]}", "请核对文件内容") from None
            raise _Refused from None

    @property
    def row(self) -> str:
        """SQL for the row as Excel counts it."""
        return "mj_row" if not self.source.row.startswith("rowid") else self.source.row

    def count_rows(self) -> None:
        [(rows,)] = self.run(f"SELECT COUNT(*) FROM {_RAW} WHERE NOT mj_blank")
        self.loaded.rows = rows + self.source.set_aside
        self.loaded.set_aside = self.source.set_aside
        if not rows:
            raise DataError(f"“{self.source.label}”只有表头，没有数据行", "请核对是否导出完整")

    def look_closer(self) -> None:
        """Repair the cells that the quick reading did not take; what stays unreadable is a finding."""
        if not self.run(f"SELECT 1 FROM {_RAW} WHERE mj_unread IS NOT NULL LIMIT 1"):
            return
        self.run(
            "CREATE OR REPLACE VIEW mj_unread AS SELECT r, cell.i AS i, cell.t AS t FROM "
            f"(SELECT rowid AS r, unnest(mj_unread) AS cell FROM {_RAW} WHERE mj_unread IS NOT NULL) WHERE cell IS NOT NULL"
        )
        self.run(f"CREATE OR REPLACE TABLE mj_read AS {cells.closer_look(self.loaded.mapped)}")
        by_index = {mapped.index: mapped for mapped in self.loaded.mapped}
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
            f"WHERE n <= {_MOST_PER_COLUMN} ORDER BY i, r"
        )
        for row, index, text, verdict, number, total in found:
            rest = total - number + 1 if number == _MOST_PER_COLUMN else 1
            code, params = _judge(by_index[index], text, verdict)
            self.find(code, row, by_index[index].header, text, rest, params)

    # --- whose row it is --------------------------------------------------------------------------------------------

    def settle_keys(self) -> None:
        """Set aside rows without a name or with a rival, merge rows that say the same."""
        index = {mapped.field.name: f"f{mapped.index}" for mapped in self.loaded.mapped}
        code, company = index.get(self.dataset.code, "NULL"), index.get(self.dataset.company, "NULL")
        year = index.get(self.dataset.year)
        self.key = f"COALESCE({code}, {company})" if code != "NULL" else company
        self.run(f"DELETE FROM {_RAW} WHERE mj_blank")
        self._set_aside("M301", f"{self.key} IS NULL")
        if year:
            self._set_aside("M305", f"{year} IS NULL")
        self._rivals(self.key, year or "NULL", list(index.values()))

    def _set_aside(self, code: str, condition: str) -> None:
        rows = self.run(f"SELECT {self.row}, rowid FROM {_RAW} WHERE {condition} ORDER BY 1")
        for row, _ in rows:
            self.find(code, row)
        self.loaded.set_aside += len(rows)
        self._drop([rowid for _, rowid in rows])

    def _drop(self, rowids: list[int]) -> None:
        # rowids stay what they are, so later findings still name the right rows.
        for start in range(0, len(rowids), 10_000):
            self.run(f"DELETE FROM {_RAW} WHERE rowid IN ({', '.join(map(str, rowids[start : start + 10_000]))})")

    def _rivals(self, key: str, year: str, columns: list[str]) -> None:
        """Rows of one enterprise and year: merged if they agree in every field, set aside if not."""
        doubles = f"SELECT {key}, {year} FROM {_RAW} GROUP BY 1, 2 HAVING COUNT(*) > 1"
        if not self.run(f"SELECT COUNT(*) FROM ({doubles})")[0][0]:
            return
        rows = self.run(
            f"WITH d (k, y) AS ({doubles}),\n"
            f"a AS (SELECT {self.row} AS r, {_RAW}.rowid AS id, k, y, ROW({', '.join(columns)}) AS v\n"
            f"      FROM {_RAW} JOIN d ON {key} = k AND {year} IS NOT DISTINCT FROM y),\n"
            "versions AS (SELECT k, y, COUNT(DISTINCT v) AS n FROM a GROUP BY k, y)\n"
            "SELECT a.r, a.id, a.k, a.y, n FROM a\n"
            "JOIN versions ON a.k = versions.k AND a.y IS NOT DISTINCT FROM versions.y ORDER BY a.k, a.y, a.r"
        )
        groups: dict[tuple[Any, Any], list[tuple[int, int, int]]] = {}
        for row, rowid, name, year, versions in rows:
            groups.setdefault((name, year), []).append((row, rowid, versions))
        drop: list[int] = []
        for members in groups.values():
            agree = members[0][2] == 1
            for position, (row, rowid, _) in enumerate(members):
                if agree and position == 0:
                    continue
                others = [other for other, _, _ in members if other != row] if not agree else [members[0][0]]
                params = (("other", "、".join(map(str, others[:5]))),)
                self.find("M302" if agree else "M303", row, params=params)
                drop.append(rowid)
            if agree:
                self.loaded.merged += len(members) - 1
            else:
                self.loaded.set_aside += len(members)
        self._drop(drop)

    # --- the table --------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Hand on the table under the dataset's name, absent fields as NULL of their type."""
        index = {mapped.field.name: f"f{mapped.index}" for mapped in self.loaded.mapped}
        columns = []
        for name, item in self.dataset.fields.items():
            value = index.get(name) or f"CAST(NULL AS {_TYPES.get(item.kind, 'VARCHAR')})"
            columns.append(f'{value} AS "{name}"')
        self.run(f'CREATE OR REPLACE VIEW "{self.dataset.name}" AS SELECT {", ".join(columns)} FROM {_RAW}')
        [(self.loaded.used,)] = self.run(f"SELECT COUNT(*) FROM {_RAW}")


def _judge(mapped: Mapped, text: str, verdict: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Which finding an unreadable cell is."""
    field = mapped.field
    if verdict == "cut":
        return "M204", ()
    if text.strip().upper() in cells.ERRORS:
        return "M202", ()
    if field.kind == "year":
        return "M206", ()
    if field.kind == "choice":
        return "M205", (("field", field.name), ("choices", "、".join(field.values)))
    if field.kind == "flag":
        return "M205", (("field", field.name), ("choices", "是、否、1、0、√"))
    return "M203" if verdict == "huge" else "M201", ()
