"""Joining: from the parts of all files to one row for each enterprise and year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from mujun import sql
from mujun.intake import names
from mujun.intake.findings import MOST_LISTED
from mujun.intake.part import Stack
from mujun.intake.repeats import tell_repeats
from mujun.intake.tables import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.pack.policy import Dataset, Field

_TYPES = {"number": "BIGINT", "year": "INTEGER", "flag": "BOOLEAN", "date": "DATE"}
_SHOWN = 3
_MOST_HINTS, _MOST_COMPARED = 50, 50_000


class Joined(msgspec.Struct, frozen=True):
    """How many enterprises a file, or several of one kind, has, and how many of the others it lacks."""

    label: str
    enterprises: int
    lacking: int


class Joiner:
    """Settles whose row each is, and which of several to use."""

    def __init__(self, connection: duck.DuckDBPyConnection, dataset: Dataset, stacks: Sequence[Stack]) -> None:
        self.connection, self.dataset = connection, dataset
        self.parts = {part.number: part for stack in stacks for part in stack.parts}
        # Each dataset has tables of its own.
        self.tag = min(self.parts)
        self.joined_table = f"mj_joined{self.tag}"
        groups: dict[tuple[frozenset[str], bool], list[Stack]] = {}
        for stack in stacks:
            groups.setdefault((frozenset(stack.columns), stack.parts[0].year is None), []).append(stack)
        self.bases = [self.base(number, group) for number, group in enumerate(groups.values())]
        self.joined: list[Joined] = []

    def run(self, sql_: str) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        return self.connection.execute(sql_).fetchall()

    def base(self, number: int, stacks: list[Stack]) -> Stack:
        """One table for stacks alike."""
        [first, *others] = stacks
        if not others:
            columns = dict(first.columns)
            if first.parts[0].year is not None:
                columns[self.dataset.year] = year_of(first)
            return replace(first, columns=columns)
        table = f"mj_base{self.tag}_{number}"
        names = sorted(first.columns)
        selects = []
        for stack in stacks:
            cells = [f"{stack.columns[name]} AS b{i}" for i, name in enumerate(names)]
            year = f", {year_of(stack)} AS mj_year" if stack.parts[0].year is not None else ""
            selects.append(
                f"SELECT {stack.part} AS mj_part, {stack.row} AS mj_row, {', '.join(cells)}{year} "
                f"FROM {stack.table} WHERE {stack.live}"
            )
        union = "\nUNION ALL\n".join(selects)
        self.run(f"CREATE OR REPLACE TABLE {table} AS\n{union}")
        columns = {name: f"b{i}" for i, name in enumerate(names)}
        if first.parts[0].year is not None:
            columns[self.dataset.year] = "mj_year"
        parts = [part for stack in stacks for part in stack.parts]
        return Stack(parts, table, columns, "mj_row", "mj_part", "TRUE")

    def settle(self) -> None:
        """Make the table of the dataset: one row for each enterprise and year; every row, where nothing tells whose."""
        if self.dataset.keys:
            self.match_names()
            for base in self.bases:
                self.settle_doubles(base)
            relation = self.join() if len(self.bases) > 1 else self.only(self.bases[0])
        else:
            relation = "\nUNION ALL\n".join(self.only(base) for base in self.bases)
            tell_repeats(self)
        self.run(f"CREATE OR REPLACE VIEW {sql.name(self.dataset.name)} AS {relation}")

    # --- whose row it is --------------------------------------------------------------------------------------------

    def match_names(self) -> None:
        """Give rows without a code the code of the one enterprise that bears their name, and names one spelling."""
        code, company = self.dataset.code, self.dataset.company
        named = [base for base in self.bases if company in base.columns]
        if len(named) == 1 and code not in named[0].columns:
            return
        lacking: dict[str, None] = {}
        for base in named:
            distinct = f"SELECT DISTINCT {base.columns[company]} AS n FROM {self.without_code(base)} ORDER BY n"
            lacking.update((name, None) for (name,) in self.run(distinct))
        if not lacking:
            return
        known: dict[str, set[str]] = {}
        spelt: dict[str, str] = {}
        for base in named:
            if code in base.columns:
                both = f"SELECT DISTINCT {base.columns[code]} AS c, {base.columns[company]} AS n FROM {base.table}"
                known_ = f"{both} WHERE {base.live} AND c IS NOT NULL AND n IS NOT NULL ORDER BY 1, 2"
                for number, name in self.run(known_):
                    spelt[name] = number
                    known.setdefault(names.normal(name), set()).add(number)
        codes = {name: known.get(names.normal(name), set()) for name in lacking}
        found = {name: next(iter(fitting)) for name, fitting in codes.items() if len(fitting) == 1}
        several = {name: len(fitting) for name, fitting in codes.items() if len(fitting) > 1}
        none = [name for name, fitting in codes.items() if not fitting]
        first = {names.normal(name): name for name in reversed(none)}
        spellings = {name: one for name in none if (one := first[names.normal(name)]) != name}
        near = names.nearest(none[:_MOST_HINTS], list(spelt)[:_MOST_COMPARED]) if spelt and none else {}
        written = {number: name for name, number in reversed(spelt.items())}
        rows: list[tuple[str, str | None, str]] = [(name, one, written[one]) for name, one in found.items()]
        rows += [(name, None, one) for name, one in spellings.items()]
        for base in named:
            self.tell_names(base, {**found, **spellings}, several, near)
            self.take_names(base, rows)

    def without_code(self, base: Stack) -> str:
        """SQL of the rows that have a name and no code."""
        code, name = base.columns.get(self.dataset.code), base.columns[self.dataset.company]
        return f"{base.table} WHERE {base.live} AND {f'{code} IS NULL AND ' if code else ''}{name} IS NOT NULL"

    def tell_names(self, base: Stack, found: dict[str, str], several: dict[str, int], near: dict[str, str]) -> None:
        """A finding for each row whose enterprise is told by its name, or cannot be."""
        name = base.columns[self.dataset.company]
        told: dict[tuple[int, str], list[tuple[int, str, tuple[tuple[str, str], ...]]]] = {}
        for number, row, text in self.run(
            f"SELECT {base.part}, {base.row}, {name} FROM {self.without_code(base)} ORDER BY 1, 2"
        ):
            if text in found:
                code, params = "M321", (("match", found[text]),)
            elif text in several:
                code, params = "M322", (("count", str(several[text])),)
            elif text in near:
                code, params = "M323", (("match", near[text]),)
            else:
                continue
            told.setdefault((number, code), []).append((row, text, params))
        for (number, code), rows in told.items():
            part = self.parts[number]
            part.find_each(code, rows, len(rows), part.header(self.dataset.company))

    def take_names(self, base: Stack, rows: list[tuple[str, str | None, str]]) -> None:
        """Write the code found for a name, if any, into the table, and the name in its one spelling."""
        if not rows:
            return
        code, name = self.dataset.code, base.columns[self.dataset.company]
        fill(self.connection, "mj_match", dict.fromkeys(("name", "code", "spelt"), "VARCHAR"), rows)
        if not code:
            where = f"WHERE {base.table}.{name} = mj_match.name"
            self.run(f"UPDATE {base.table} SET {name} = mj_match.spelt FROM mj_match {where}")
            return
        if code not in base.columns:
            self.run(f"ALTER TABLE {base.table} ADD COLUMN mj_code VARCHAR")
            base.columns[code] = "mj_code"
        column = base.columns[code]
        self.run(
            f"UPDATE {base.table} SET {column} = mj_match.code, {name} = mj_match.spelt FROM mj_match "
            f"WHERE {base.table}.{name} = mj_match.name AND {base.table}.{column} IS NULL"
        )

    # --- several rows of one ----------------------------------------------------------------------------------------

    def key(self, base: Stack) -> tuple[str, str]:
        """SQL for the enterprise and for the year of a row."""
        whose = [base.columns[name] for name in self.dataset.keys if name in base.columns]
        return f"COALESCE({', '.join([*whose, 'NULL'])})", base.columns.get(self.dataset.year, "CAST(NULL AS INTEGER)")

    def settle_doubles(self, base: Stack) -> None:
        """Of rows of one enterprise and year: merge those that say the same, add up what adds up, or set them aside."""
        key, year = self.key(base)
        where = f"WHERE {base.live}"
        twice = f"SELECT {key} AS k, {year} AS y FROM {base.table} {where} GROUP BY 1, 2 HAVING COUNT(*) > 1"
        if not self.run(f"{twice} LIMIT 1"):
            return
        fields = self.dataset.fields
        figures = [name for name in base.columns if fields[name].kind == "number"]
        # What the file has decides, not what these lists need of it.
        had = [mapped.field for part in base.parts for mapped in part.mapped if mapped.field.kind == "number"]
        adding = bool(had) and all(field.combine for field in had)
        values = f"ROW({', '.join(base.columns.values())})"
        written = self.as_written(base) if adding else ""
        self.run(
            f"CREATE OR REPLACE TABLE mj_alike AS WITH twice AS ({twice})\n"
            f"SELECT {base.part} AS part, {base.row} AS pos, {base.table}.rowid AS id, k, y, {values} AS v, "
            f"{'h' if adding else 'v'} AS same, {', '.join(f'{c} AS {sql.name(n)}' for n, c in base.columns.items())}\n"
            f"FROM {base.table} JOIN twice ON {key} = k AND {year} IS NOT DISTINCT FROM y {written} {where}"
        )
        others = [n for n in base.columns if n not in (*figures, *self.dataset.identity)]
        agree = " AND ".join([f"COUNT(DISTINCT {sql.name(name)}) <= 1" for name in others]) or "TRUE"
        self.run(
            "CREATE OR REPLACE TABLE mj_double AS WITH judged AS (\n"
            f"  SELECT k, y, COUNT(DISTINCT same) = 1 AS agree, {agree if adding else 'FALSE'} AS adds,\n"
            "         list({'part': part, 'pos': pos} ORDER BY part, pos)[:6] AS others FROM mj_alike GROUP BY k, y)\n"
            "SELECT part, pos, id, k, mj_alike.y AS y, agree, adds, others,\n"
            "       ROW_NUMBER() OVER (PARTITION BY k, mj_alike.y, same ORDER BY part, pos) = 1 AS first,\n"
            "       ROW_NUMBER() OVER (PARTITION BY k, mj_alike.y ORDER BY part, pos) = 1 AS stays\n"
            "FROM mj_alike JOIN judged USING (k) WHERE mj_alike.y IS NOT DISTINCT FROM judged.y"
        )
        self.tell_doubles("M302", "(agree OR adds) AND NOT first", merged=True)
        self.tell_doubles("M303", "NOT (agree OR adds)", merged=False)
        if adding:
            self.add_up(base, figures)
        self.run(
            f"CREATE OR REPLACE TABLE {base.table}_gone AS\n"
            "SELECT id FROM mj_double WHERE NOT (agree OR adds) OR NOT stays"
        )
        base.live = f"({base.live}) AND rowid NOT IN (SELECT id FROM {base.table}_gone)"

    def as_written(self, base: Stack) -> str:
        """SQL that joins to each row a hash of all its cells as written, but for its running number."""
        selects = []
        for part in base.parts:
            cells = [f"c{i}" for i in range(len(part.source.header)) if i not in part.source.serial]
            selects.append(
                f"SELECT {part.number} AS p, mj_row AS r, hash({', '.join(cells)}) AS h FROM {part.source.numbered()}"
            )
        return f"JOIN ({' UNION ALL '.join(selects)}) AS written ON p = {base.part} AND r = {base.row}"

    def tell_doubles(self, code: str, condition: str, *, merged: bool) -> None:
        """A finding for each of these rows, with the others of its enterprise."""
        for number, total in self.run(
            f"SELECT part, COUNT(*) FROM mj_double WHERE {condition} GROUP BY part ORDER BY part"
        ):
            part = self.parts[number]
            rows = self.run(
                f"SELECT pos, others FROM mj_double WHERE {condition} AND part = {number} "
                f"ORDER BY pos LIMIT {MOST_LISTED}"
            )
            period = () if self.dataset.year else (("period", ""),)
            places = ((at, "", (("other", self.places(number, at, others)), *period)) for at, others in rows)
            part.find_each(code, places, total)
            if merged:
                part.merged += total
            else:
                part.set_aside += total
        if not merged:
            self.run(f"INSERT INTO mj_aside SELECT part, pos, {sql.text(code)} FROM mj_double WHERE {condition}")

    def places(self, number: int, at: int, others: list[dict[str, int]]) -> str:
        """Where the other rows are: ``第 5、9 行``, with the file where it is another."""
        by_part: dict[int, list[str]] = {}
        for other in others:
            part, row = other["part"], other["pos"]
            if (part, row) != (number, at):
                by_part.setdefault(part, []).append(str(row))
        told = [
            f"{'' if part == number else self.parts[part].label + ' '}第 {'、'.join(rows[:5])} 行"
            for part, rows in by_part.items()
        ]
        return "、".join(told)

    def add_up(self, base: Stack, figures: list[str]) -> None:
        """Put the sums into the first row of an enterprise whose rows add up; a missing figure makes a sum unknown."""
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
            f"CREATE OR REPLACE TABLE mj_sum AS SELECT MAX(d.id) FILTER (WHERE stays) AS id, "
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
        gaps = self.run(f"SELECT part, others, gaps FROM mj_sum WHERE list_contains(gaps, TRUE) LIMIT {MOST_LISTED}")
        for number, others, which in gaps:
            part, row = others[0]["part"], others[0]["pos"]
            lack = "、".join(name for name, gap in zip(figures, which, strict=True) if gap)
            params = (("other", self.places(part, row, others)), ("fields", lack))
            self.parts[number].find("M308", row, params=params)

    # --- one table --------------------------------------------------------------------------------------------------

    def only(self, base: Stack, more: str = "") -> str:
        """SQL of the one base, absent fields as NULL of their type; `more` are columns to precede them."""
        columns = [more] if more else []
        for name, item in self.dataset.fields.items():
            value = base.columns.get(name) or _nothing(item)
            columns.append(f"{value} AS {sql.name(name)}")
        where = f" WHERE {base.live}" if base.live != "TRUE" else ""
        return f"SELECT {', '.join(columns)} FROM {base.table}{where}"

    def join(self) -> str:
        """Join the bases on enterprise and year, and tell where they differ and what each lacks. SQL of the outcome."""
        dataset = self.dataset
        for number, base in enumerate(self.bases):
            key, year = self.key(base)
            self.run(
                f"CREATE OR REPLACE VIEW mj_side{self.tag}_{number} AS SELECT {key} AS k, COALESCE({year}, 0) AS y, "
                f"{', '.join(f'{column} AS {sql.name(name)}' for name, column in base.columns.items())} "
                f"FROM {base.table} WHERE {base.live}"
            )
        sides = " FULL JOIN ".join(
            f"mj_side{self.tag}_{n}" + (" USING (k, y)" if n else "") for n in range(len(self.bases))
        )
        columns = [f"mj_side{self.tag}_{n}.k IS NOT NULL AS in{n}" for n in range(len(self.bases))]
        for name, item in dataset.fields.items():
            values = [
                f"mj_side{self.tag}_{n}.{sql.name(name)}" for n, base in enumerate(self.bases) if name in base.columns
            ]
            columns.append(f"COALESCE({', '.join([*values, _nothing(item)])}) AS {sql.name(name)}")
        self.run(f"CREATE OR REPLACE TABLE {self.joined_table} AS SELECT k, {', '.join(columns)} FROM {sides}")
        self.tell_differences(sides)
        self.tell_lacking()
        return f"SELECT {', '.join(map(sql.name, dataset.fields))} FROM {self.joined_table}"

    def tell_differences(self, sides: str) -> None:
        """Where two bases have a field and differ: the first is taken, and it is said so."""
        dataset = self.dataset
        identity = dataset.identity
        for name, item in dataset.fields.items():
            having = [n for n, base in enumerate(self.bases) if name in base.columns and name not in identity]
            for other in having[1:]:
                first, second = (f"mj_side{self.tag}_{n}.{sql.name(name)}" for n in (having[0], other))
                shown = (
                    f"COALESCE(mj_side{self.tag}_{having[0]}.{sql.name(dataset.company)}, k)"
                    if dataset.company in self.bases[having[0]].columns
                    else "k"
                )
                [(count, example)] = self.run(f"SELECT COUNT(*), MIN({shown}) FROM {sides} WHERE {first} <> {second}")
                if count:
                    part = self.bases[other].parts[0]
                    params = (("field", item.name), ("other", self.bases[having[0]].label), ("example", str(example)))
                    part.find("M331", count=count, params=params)

    def tell_lacking(self) -> None:
        """Which enterprises of the other files each lacks."""
        company = sql.name(self.dataset.company) if self.dataset.company else "k"
        for number, base in enumerate(self.bases):
            inside = f"BOOL_OR(in{number})"
            [(there, gone)] = self.run(
                f"SELECT COUNT(*) FILTER (WHERE x), COUNT(*) FILTER (WHERE NOT x) FROM "
                f"(SELECT {inside} AS x FROM {self.joined_table} GROUP BY k)"
            )
            self.joined.append(Joined(base.label, there, gone))
            if gone:
                shown = self.run(
                    f"SELECT COALESCE(MIN({company}), k) FROM {self.joined_table} GROUP BY k HAVING NOT {inside} "
                    f"ORDER BY k LIMIT {_SHOWN}"
                )
                told = "、".join(str(name) for (name,) in shown) + ("等" if gone > _SHOWN else "")
                base.parts[0].find("M341", count=gone, params=(("names", told),))


def year_of(stack: Stack) -> str:
    """SQL for the year of the rows of a stack whose parts have no such column."""
    years = {part.number: part.year for part in stack.parts}
    [one, *others] = set(years.values())
    if not others:
        return str(one)
    return f"CASE {stack.part} {' '.join(f'WHEN {number} THEN {year}' for number, year in years.items())} END"


def _nothing(field: Field) -> str:
    """SQL for a field that no file has: NULL of its type."""
    return f"CAST(NULL AS {_TYPES.get(field.kind, 'VARCHAR')})"
