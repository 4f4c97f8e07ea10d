"""Typing: the tables of files become tables of typed cells, each row with its place, and all that was odd is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mujun import duck, sql
from mujun.errors import DataError
from mujun.intake import cells, dates, totals
from mujun.intake.cells import Cells
from mujun.intake.findings import MOST_LISTED
from mujun.intake.header import Mapped, map_headers, unit_of
from mujun.intake.macros import ERRORS, among
from mujun.intake.part import Part, Stack
from mujun.width import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from mujun.intake.source import Source
    from mujun.pack.policy import Dataset

_SHOWN_WIDTH, _SHOWN_COLUMNS = 20, 30


class _Refused(Exception):  # noqa: N818
    """DuckDB does not take a table as it should: its name, and why."""


def make_part(
    source: Source, dataset: Dataset, overrides: Mapping[str, str], needed: Collection[str] | None, number: int
) -> Part:
    """The part that a table will be, of which only the fields `needed` are read, by default all.

    Raises what `map_headers` does.
    """
    mapped, findings = map_headers(source, dataset, overrides)
    wanted = dataset.fields if needed is None else {*dataset.identity, *needed}
    read_in = [m for m in mapped if m.field.name in wanted]
    if not dataset.keys:
        read_in = mapped  # two rows are alike only if all of them is
    part = Part(source, dataset, number, mapped, read_in, [*source.findings, *findings])
    if part.is_used:
        _say_columns(part)
    return part


def stacked(parts: Iterable[Part]) -> list[list[Part]]:
    """Those of the parts that can be read as one, together: sheets with the same fields in the same units."""
    found: dict[object, list[Part]] = {}
    for part in parts:
        source = part.source
        units = frozenset((mapped.field.name, mapped.unit.factor, mapped.offers_none) for mapped in part.read_in)
        alike = (part.dataset.name, units) if part.is_used and source.sheet_number is not None else part.number
        found.setdefault(alike, []).append(part)
    return [*found.values()]


def read_stack(
    connection: duck.DuckDBPyConnection, parts: Sequence[Part], make: Callable[[Source, int], Part]
) -> Stack:
    """Read parts that are alike into a table; `make` is `make_part` for a source that must be opened in another way.

    A part in which nothing is of its dataset has no table. Raises `DataError`.
    """
    try:
        return _Reader(connection, parts).read()
    except _Refused as refused:
        # DuckDB's strict reader met a row that is not plain: find it.
        label, why = refused.args
        [first, *_] = parts
        if first.source.apart is None:
            raise DataError(f"无法读取“{label}”", f"请核对内容（{why}）") from None
        again = first.source.apart()
        again.kept = first.source.kept
        return _Reader(connection, [make(again, first.number)]).read()


def _say_columns(part: Part) -> None:
    """Units are converted, and assumed, aloud; so are columns left unused."""
    numbers = [mapped for mapped in part.read_in if mapped.field.kind == "number"]
    assumed = [f"{m.field.name}({m.field.unit.name})" for m in numbers if not m.stated and m.field.unit.name]
    if assumed:
        part.find("M112", params=(("fields", "、".join(assumed)),))
    for mapped in numbers:
        if mapped.stated and mapped.unit.factor != mapped.field.unit.factor:
            target = mapped.field.unit.name or "比值"
            params = (("field", mapped.field.name), ("unit", mapped.unit.name), ("target", target))
            part.find("M111", column=mapped.header, params=params)
    taken = {m.index for m in part.mapped} | {*part.source.serial}
    said = {finding.column for finding in part.findings}
    unused = [name for i, name in enumerate(part.source.header) if name and i not in taken and name not in said]
    if unused:
        shown = "、".join(shorten(name, 2 * _SHOWN_WIDTH) for name in unused[:_SHOWN_COLUMNS])
        more = f" 等 {len(unused)} 列" if len(unused) > _SHOWN_COLUMNS else ""
        part.find("M113", params=(("columns", shown + more),))


class _Reader:
    """Reads a stack. The cells of its table are numbered as those of its first part, `read_in`, are."""

    def __init__(self, connection: duck.DuckDBPyConnection, parts: Sequence[Part]) -> None:
        self.connection, first = connection, parts[0]
        self.source, self.dataset, self.read_in = first.source, first.dataset, first.read_in
        columns = {mapped.field.name: f"f{mapped.index}" for mapped in first.read_in}
        table = f"mj_part{first.number}"
        if len(parts) > 1:
            row, part = f"{table}.mj_row", f"{table}.mj_part"
        else:
            row = f"{table}.mj_row" if self.source.first_row is None else f"{table}.rowid + {self.source.first_row}"
            part = str(first.number)
        self.stack = Stack([*parts], table, columns, row, part)
        self.parts = self.stack.numbered()
        self.place = f"{part} AS mj_part, {row} AS mj_row"
        self.cells = Cells(self.source.signs)

    def run(self, sql_: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql_).fetchall()

    def read(self) -> Stack:
        if not self.stack.is_used:
            return self.stack
        # Where DuckDB reads the file of the user, cells that nobody needs are not looked at without cause.
        whole_rows = self.source.first_row is None or len(self.read_in) == len(self.source.header)
        self.create(whole_rows)
        if self.count_rows() and not whole_rows:
            self.create(whole_rows=True)
            self.count_rows()
        self.look_closer()
        self.leave_out()
        return self.stack

    # --- the cells --------------------------------------------------------------------------------------------------

    def create(self, whole_rows: bool) -> None:
        """Make the typed table with the quick readings, and keep the text of each cell they did not take.

        A row is blank if all cells read are; with `whole_rows`, if all of its cells are, read or not.
        """
        mapped, source, stack = self.read_in, self.source, self.stack
        several = len(stack.parts) > 1
        looked_at = [f"c{i}" for i in (range(len(source.header)) if whole_rows else [m.index for m in mapped])]
        columns = [f"f{m.index}" for m in mapped]
        columns.append(f"{self.cells.unread(mapped)} AS mj_unread")
        # Nearly every row has a code or a name, and then DuckDB looks at no other cell.
        blank = f"trim(CONCAT({', '.join(['mj_whole'] if several else looked_at)})) = ''"
        named = [f"f{m.index}" for m in mapped if m.field.name in (self.dataset.code, self.dataset.company)]
        nameless = f"COALESCE({', '.join([*named, 'NULL'])}) IS NULL"
        columns.append(f"CASE WHEN {nameless} THEN {blank} ELSE FALSE END AS mj_blank")
        columns.append(f"{source.ragged or 'FALSE'} AS mj_ragged")
        if source.first_row is None:
            columns.append("mj_row")
        if several:
            columns.append("mj_part")
        typed = self.aligned() if several else source.records()
        for stage in self.cells.stages(mapped):
            typed = f"(SELECT *, {', '.join(stage)} FROM {typed})"
        try:
            self.run(f"CREATE OR REPLACE TABLE {stack.table} AS SELECT {', '.join(columns)}\nFROM {typed}")
        except (duck.InvalidInputException, duck.OutOfRangeException) as error:
            raise _Refused(source.label, str(error).splitlines()[0]) from None

    def aligned(self) -> str:
        """SQL of the records of all parts, with the cells of a field in one column, and all cells of a row in one."""
        filling = {number: part.filling for number, part in self.parts.items()}
        moved = []
        for m in self.read_in:
            places: dict[int, list[str]] = {}
            for number, own in filling.items():
                places.setdefault(own[m.field.name].index, []).append(str(number))
            if {*places} != {m.index}:
                whens = [f"WHEN mj_part IN ({', '.join(numbers)}) THEN c{index}" for index, numbers in places.items()]
                moved.append(f"CASE {' '.join(whens)} END AS c{m.index}")
        every = f"* REPLACE ({', '.join(moved)})" if moved else "*"
        whole = f"CONCAT({', '.join([f'c{i}' for i in range(self.stack.width)])}) AS mj_whole"
        return f"(SELECT {every}, {whole} FROM ({self.stack.written()}))"

    def count_rows(self) -> bool:
        """Count what was read, as a row that DuckDB overlooks would be lost; whether there are blank rows."""
        stack = self.stack
        counted = self.run(
            f"SELECT {stack.part}, COUNT(*), COUNT(*) FILTER (WHERE NOT mj_blank), COUNT(*) FILTER (WHERE mj_ragged) "
            f"FROM {stack.table} GROUP BY 1"
        )
        counts = {number: rest for number, *rest in counted}
        for number, part in self.parts.items():
            source = part.source
            read, rows, ragged = counts.get(number, (0, 0, 0))
            if ragged or source.rows not in (None, read):
                raise _Refused(part.label, f"应有 {source.rows} 行，读到 {read} 行，其中 {ragged} 行的格数不对")
            part.rows = rows + len(source.aside)
            part.set_aside = len(source.aside)
        has_blank = any(read > rows for read, rows, _ in counts.values())
        stack.live = "NOT mj_blank" if has_blank else "TRUE"
        return has_blank

    def look_closer(self) -> None:
        """Repair the cells that the quick reading did not take; what stays unreadable is a finding."""
        table = self.stack.table
        [(count,)] = self.run(
            "CREATE OR REPLACE TEMP TABLE mj_unread AS SELECT r, cell.i AS i, cell.t AS t FROM "
            f"(SELECT rowid AS r, unnest(mj_unread) AS cell FROM {table} WHERE mj_unread IS NOT NULL)\n"
            "WHERE mj_odd(cell.t)"
        )
        if not count:
            return
        by_index = {mapped.index: mapped for mapped in self.read_in}
        # Most odd cells are plain error values, for which the whole reading need not be planned.
        kinds = self.run(f"SELECT DISTINCT i, t IN {among(ERRORS)} FROM mj_unread ORDER BY ALL")
        if all(error for _, error in kinds):
            self.run(
                "CREATE OR REPLACE TEMP TABLE mj_read AS SELECT *, 'error' AS verdict, NULL AS number FROM mj_unread"
            )
        else:
            self.repair([by_index[index] for index in dict.fromkeys(index for index, _ in kinds)])
        # The first of a column one by one, the rest as a count.
        found = self.run(
            f"SELECT mj_part, mj_row, i, t, verdict, number, ROW_NUMBER() OVER (w ORDER BY mj_row) AS n, "
            f"COUNT(*) OVER w FROM (SELECT mj_read.*, {self.place} FROM mj_read JOIN {table} ON {table}.rowid = r "
            "WHERE verdict NOT IN ('ok', 'nothing'))\n"
            f"WINDOW w AS (PARTITION BY mj_part, i, verdict) QUALIFY n <= {MOST_LISTED} ORDER BY mj_part, i, mj_row"
        )
        for number, row, index, text, verdict, read, n, total in found:
            rest = total - n + 1 if n == MOST_LISTED else 1
            field, part = by_index[index].field, self.parts[number]
            code, params = cells.finding(field, verdict, read)
            part.find(code, row, part.header(field.name), text, rest, params)

    def repair(self, concerned: Collection[Mapped]) -> None:
        """Read the cells of ``mj_unread``, which are of these columns, and put what they say into the table."""
        table, fields = self.stack.table, {mapped.index: mapped.field for mapped in concerned}
        suffixes = self.run(cells.suffixes()) if any(field.kind == "number" for field in fields.values()) else []
        units = {(index, text): unit for index, text in suffixes if (unit := unit_of(text, fields[index])) is not None}
        self.run(f"CREATE OR REPLACE TEMP TABLE mj_read AS {cells.closer_look(concerned, units)}")
        value = {"number": "number", "year": "number", "flag": "CAST(word AS BOOLEAN)", "choice": "word"}
        value["date"] = dates.VALUE
        for (index,) in self.run("SELECT DISTINCT i FROM mj_read WHERE number IS NOT NULL OR word IS NOT NULL"):
            self.run(
                f"UPDATE {table} SET f{index} = {value[fields[index].kind]} FROM mj_read "
                f"WHERE i = {index} AND mj_read.r = {table}.rowid AND (number IS NOT NULL OR word IS NOT NULL)"
            )

    # --- rows that are no enterprise --------------------------------------------------------------------------------

    def leave_out(self) -> None:
        """Set aside totals, notes and repeated headers, rows without a name, and rows without a year."""
        columns = self.stack.columns
        names = [columns[name] for name in self.dataset.keys if name in columns]
        self.sort_out(names)
        reasons = []
        if names:
            reasons.append(("M301", f"COALESCE({', '.join([*names, 'NULL'])}) IS NULL"))
        if self.dataset.year in columns:
            reasons.append(("M305", f"{columns[self.dataset.year]} IS NULL"))
        if reasons:
            self.set_aside(reasons)

    def set_aside(self, reasons: Sequence[tuple[str, str]]) -> None:
        """Take rows out of use, each with a finding of the first code whose condition holds; many as a count."""
        stack = self.stack
        gone = " OR ".join([condition for _, condition in reasons])
        why = f"CASE {' '.join(f'WHEN {condition} THEN {sql.text(code)}' for code, condition in reasons)} END AS code"
        rows = f"SELECT {self.place}, {why} FROM {stack.table} WHERE {stack.live} AND ({gone})"
        counted = self.run(f"SELECT mj_part, code, COUNT(*) FROM ({rows}) GROUP BY ALL ORDER BY ALL")
        params = {"M301": (("names", "也没有".join(self.dataset.keys)),)}
        for number, code, total in counted:
            whose = f"mj_part = {number} AND code = {sql.text(code)}"
            found = self.run(f"SELECT mj_row FROM ({rows}) WHERE {whose} ORDER BY 1 LIMIT {MOST_LISTED}")
            part = self.parts[number]
            part.find_each(code, ((row, "", params.get(code, ())) for (row,) in found), total)
            part.set_aside += total
        if counted:
            self.run(f"INSERT INTO mj_aside {rows}")
            stack.live = f"({stack.live}) AND NOT ({gone})"

    def sort_out(self, names: list[str]) -> None:
        """Find the rows that are no enterprise among those without a plain code, or with a short name.

        Where no column says whose row it is, any may be none.
        """
        stack, code = self.stack, self.stack.columns.get(self.dataset.code)
        if not names:
            suspect = "TRUE"
        elif code:
            suspect = f"{code} IS NULL OR strlen({code}) <> 18 OR length({code}) <> 18"
        else:
            suspect = f"COALESCE(strlen({names[0]}), 0) <= 60"
        where = f"{stack.live} AND ({suspect} OR mj_ragged IS NULL)"
        suspects = f"SELECT {self.place} FROM {stack.table} WHERE {where}"
        if not self.run(f"{suspects} LIMIT 1"):
            return
        if code:
            self.drop_rounded(code)
        self.run(f"CREATE OR REPLACE TEMP TABLE mj_odd AS {totals.sort_out(stack, suspects)}")
        found = self.run("SELECT mj_part, mj_row, cells, label, kind FROM mj_odd ORDER BY 1, 2")
        if not found:
            return
        wanted = (("count", "1"), ("wanted", str(len(self.source.header))))
        summed: dict[int, list[totals.Total]] = {}
        for part, rows in stack.by_part(found):
            for kind, which, params in (("note", "M313", ()), ("header", "M314", ()), ("short", "M304", wanted)):
                those = totals.rows_of(rows, kind)
                part.find_each(which, ((row, label, params) for row, label, _ in those), len(those))
            summed[part.number] = totals.rows_of(rows, "total")
            part.set_aside += len(rows)
        if any(summed.values()):
            self.verify(summed)
        unlike = [f"({number}, {f.row})" for number in summed for f in self.parts[number].findings if f.code == "M312"]
        kinds = "WHEN kind = 'note' THEN 'M313' WHEN kind = 'header' THEN 'M314' WHEN kind = 'short' THEN 'M304'"
        code = f"CASE {kinds} WHEN (mj_part, mj_row) IN ({', '.join(['(0, 0)', *unlike])}) THEN 'M312' ELSE 'M311' END"
        self.run(f"INSERT INTO mj_aside SELECT mj_part, mj_row, {code} FROM mj_odd")
        self.run(
            f"CREATE OR REPLACE TABLE {stack.table}_odd AS SELECT {stack.table}.rowid AS id "
            f"FROM {stack.table} JOIN mj_odd ON {stack.row} = mj_odd.mj_row AND {stack.part} = mj_odd.mj_part"
        )
        stack.live = f"({stack.live}) AND rowid NOT IN (SELECT id FROM {stack.table}_odd)"
        # A word for a total, or a header, in a column of figures is no odd figure.
        gone = {(number, row) for number, row, *_ in found}
        for number in summed:
            part = self.parts[number]
            part.findings = [f for f in part.findings if (number, f.row) not in gone or f.code[:2] != "M2"]

    def drop_rounded(self, code: str) -> None:
        """A code in scientific notation has lost its digits: it is none."""
        stack = self.stack
        rounded = rf"regexp_full_match({code}, '[0-9](\.[0-9]+)?E\+?[0-9]{{2}}')"
        found = self.run(
            f"SELECT {self.place}, {code} FROM {stack.table} WHERE {stack.live} AND {rounded} ORDER BY 1, 2"
        )
        for part, rows in stack.by_part(found):
            places = ((row, text, ()) for row, text in rows)
            part.find_each("M208", places, len(rows), part.header(self.dataset.code))
        if found:
            self.run(f"UPDATE {stack.table} SET {code} = NULL WHERE {rounded}")

    def verify(self, summed: Mapping[int, Sequence[totals.Total]]) -> None:
        """Compare the totals of each part with the rows above them."""
        stack = self.stack
        figures = {m.field.name: f"f{m.index}" for m in self.read_in if m.field.kind == "number"}
        listed = ", ".join([
            f"SUM({own}) OVER w, COUNT({own}) OVER w, {column}"
            for column in figures.values() if (own := f"CASE WHEN kind IS NULL THEN {column} END")
        ])  # fmt: skip
        got = self.run(
            f"SELECT mj_part, mj_row, kind, {listed or 'COUNT(*) OVER w'} FROM ("
            f"SELECT {', '.join([*figures.values(), self.place])} "
            f"FROM {stack.table} WHERE {stack.live}) LEFT JOIN mj_odd USING (mj_part, mj_row)\n"
            "WINDOW w AS (PARTITION BY mj_part ORDER BY mj_row ROWS UNBOUNDED PRECEDING) QUALIFY kind = 'total'"
        )
        for number, sums in summed.items():
            part, rows = self.parts[number], [one[1:] for one in got if one[0] == number]
            filling = part.filling
            mapped = [filling[name] for name in figures]
            upto = {
                row[0]: {m.index: (int(row[2 + 3 * i] or 0), row[3 + 3 * i]) for i, m in enumerate(mapped)}
                for row in rows
            }
            stated = {row[0]: {m.index: row[4 + 3 * i] for i, m in enumerate(mapped)} for row in rows}
            mapped.sort(key=lambda m: m.index)
            verified = totals.verify(sums, mapped, upto, stated, part.source.file, part.source.sheet)
            part.findings += [replace(f, who=self.dataset.name, counter=self.dataset.counter) for f in verified]
