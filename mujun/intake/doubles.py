"""Several rows of one enterprise and year: merged where they say the same, added up where they may be, or set aside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mujun import sql
from mujun.intake.findings import MOST_LISTED
from mujun.intake.part import places
from mujun.later import at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.intake.part import Stack


def settle_all(connection: duck.DuckDBPyConnection, bases: Sequence[Stack]) -> None:
    """Leave in each base one row for each enterprise and year, and tell what became of the others."""
    largest_first = sorted(bases, key=lambda base: -sum(part.rows for part in base.parts))
    at_once(connection, (partial(_settle, base) for base in largest_first))


def _settle(base: Stack, connection: duck.DuckDBPyConnection) -> None:
    _Doubles(connection, base).settle()


class _Doubles:
    def __init__(self, connection: duck.DuckDBPyConnection, base: Stack) -> None:
        self.connection, self.base, self.parts = connection, base, base.numbered()
        fields = base.dataset.fields
        self.figures = [name for name in base.columns if fields[name].kind == "number"]
        # What the files have decides, not what these lists need of it.
        had = [mapped.field for part in base.parts for mapped in part.mapped if mapped.field.kind == "number"]
        self.adding = bool(had) and all(field.combine for field in had)

    def run(self, sql_: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql_).fetchall()

    def settle(self) -> None:
        base = self.base
        key, year = base.key()
        where = f"WHERE {base.live}"
        twice = f"SELECT {key} AS k, {year} AS y FROM {base.table} {where} GROUP BY 1, 2 HAVING COUNT(*) > 1"
        if not self.run(f"{twice} LIMIT 1"):
            return
        values = f"ROW({', '.join(base.columns.values())})"
        written = self.as_written() if self.adding else ""
        own = ", ".join(f"{column} AS {sql.name(name)}" for name, column in base.columns.items())
        self.run(
            f"CREATE OR REPLACE TEMP TABLE mj_alike AS WITH twice AS ({twice})\n"
            f"SELECT {base.part} AS part, {base.row} AS pos, {base.table}.rowid AS id, k, y, {values} AS v, "
            f"{'h' if self.adding else 'v'} AS same, {own}\n"
            f"FROM {base.table} JOIN twice ON {key} = k AND {year} IS NOT DISTINCT FROM y {written} {where}"
        )
        others = [name for name in base.columns if name not in (*self.figures, *base.dataset.identity)]
        agree = " AND ".join([f"COUNT(DISTINCT {sql.name(name)}) <= 1" for name in others]) or "TRUE"
        self.run(
            "CREATE OR REPLACE TEMP TABLE mj_double AS WITH judged AS (\n"
            f"  SELECT k, y, COUNT(DISTINCT same) = 1 AS agree, {agree if self.adding else 'FALSE'} AS adds,\n"
            "         list({'part': part, 'pos': pos} ORDER BY part, pos)[:6] AS others FROM mj_alike GROUP BY k, y)\n"
            "SELECT part, pos, id, k, mj_alike.y AS y, agree OR adds AS merges, adds, others,\n"
            "       ROW_NUMBER() OVER (PARTITION BY k, mj_alike.y, same ORDER BY part, pos) = 1 AS first,\n"
            "       ROW_NUMBER() OVER (PARTITION BY k, mj_alike.y ORDER BY part, pos) = 1 AS stays\n"
            "FROM mj_alike JOIN judged USING (k) WHERE mj_alike.y IS NOT DISTINCT FROM judged.y"
        )
        self.tell()
        if self.adding:
            self.add_up()
        self.run(f"CREATE OR REPLACE TABLE {base.table}_gone AS SELECT id FROM mj_double WHERE NOT (merges AND stays)")
        base.live = f"({base.live}) AND rowid NOT IN (SELECT id FROM {base.table}_gone)"

    def as_written(self) -> str:
        """SQL that joins to each row a hash of all its cells as written, but for its running number."""
        base = self.base
        numbering: dict[int, list[str]] = {}
        for part in base.parts:
            for i in part.source.serial:
                numbering.setdefault(i, []).append(str(part.number))
        cells = [
            f"CASE WHEN mj_part NOT IN ({', '.join(numbering[i])}) THEN c{i} END" if i in numbering else f"c{i}"
            for i in range(base.width)
        ]
        hashes = f"SELECT mj_part AS p, mj_row AS r, hash({', '.join(cells)}) AS h FROM ({base.written()})"
        return f"JOIN ({hashes}) AS written ON p = {base.part} AND r = {base.row}"

    def tell(self) -> None:
        """A finding for each row that is merged or set aside, with the others of its enterprise."""
        base, gone = self.base, "FROM mj_double WHERE NOT (merges AND first)"
        period = () if base.dataset.year else (("period", ""),)
        counted = self.run(f"SELECT merges, part, COUNT(*) {gone} GROUP BY 1, 2 ORDER BY 1 DESC, 2")
        for merged, number, total in counted:
            part = self.parts[number]
            rows = self.run(
                f"SELECT pos, others {gone} AND merges = {merged} AND part = {number} ORDER BY pos LIMIT {MOST_LISTED}"
            )
            told = ((at, "", (("other", places(self.parts, number, at, others)), *period)) for at, others in rows)
            part.find_each("M302" if merged else "M303", told, total)
            if merged:
                part.merged += total
            else:
                part.set_aside += total
        if not all(merged for merged, *_ in counted):
            self.run("INSERT INTO mj_aside SELECT part, pos, 'M303' FROM mj_double WHERE NOT merges")

    def add_up(self) -> None:
        """Put the sums into the first row of an enterprise whose rows add up; a missing figure makes a sum unknown."""
        base, figures = self.base, self.figures
        if not figures:
            return
        sums = [
            f"CASE WHEN COUNT({sql.name(n)}) = COUNT(*) THEN CAST(SUM({sql.name(n)}) AS BIGINT) END AS s{i}"
            for i, n in enumerate(figures)
        ]
        rest = [n for n in base.columns if n not in figures]
        kept = [f"MAX({sql.name(n)}) AS o{i}" for i, n in enumerate(rest)]
        part = [f"COUNT({sql.name(n)}) BETWEEN 1 AND COUNT(*) - 1" for n in figures]
        self.run(
            f"CREATE OR REPLACE TEMP TABLE mj_sum AS SELECT MAX(d.id) FILTER (WHERE stays) AS id, "
            f"{', '.join(sums + kept)}, [{', '.join(part)}] AS gaps, MIN(d.part) AS part,\n"
            "list({'part': d.part, 'pos': d.pos} ORDER BY d.part, d.pos)[:6] AS others "
            "FROM mj_double AS d JOIN mj_alike USING (id) WHERE adds AND first GROUP BY d.k, d.y HAVING COUNT(*) > 1"
        )
        written = [f"{base.columns[n]} = s{i}" for i, n in enumerate(figures)]
        written += [f"{base.columns[n]} = o{i}" for i, n in enumerate(rest) if base.columns[n].isidentifier()]
        self.run(f"UPDATE {base.table} SET {', '.join(written)} FROM mj_sum WHERE {base.table}.rowid = mj_sum.id")
        words = "、".join(figures)
        for number, count in self.run("SELECT part, COUNT(*) FROM mj_sum GROUP BY part ORDER BY part"):
            self.parts[number].find("M307", count=count, params=(("fields", words),))
        gaps = self.run(
            f"SELECT part, others, gaps FROM mj_sum WHERE list_contains(gaps, TRUE) "
            f"ORDER BY part, others LIMIT {MOST_LISTED}"
        )
        for number, others, which in gaps:
            first, row = others[0]["part"], others[0]["pos"]
            lack = "、".join(name for name, gap in zip(figures, which, strict=True) if gap)
            params = (("other", places(self.parts, first, row, others)), ("fields", lack))
            self.parts[number].find("M308", row, params=params)
