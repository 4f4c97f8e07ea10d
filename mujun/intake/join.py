"""Joining: from the parts of all files to one row for each enterprise and year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from mujun import sql
from mujun.intake.doubles import settle_all
from mujun.intake.matching import match_names
from mujun.intake.part import Stack, by_file, nothing
from mujun.intake.repeats import tell_repeats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.pack.policy import Dataset

_SHOWN = 3


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
                columns[self.dataset.year] = _year_of(first)
            return replace(first, columns=columns)
        table = f"mj_base{self.tag}_{number}"
        names = [*first.columns]
        selects = []
        for stack in stacks:
            cells = [f"{stack.columns[name]} AS b{i}" for i, name in enumerate(names)]
            year = f", {_year_of(stack)} AS mj_year" if stack.parts[0].year is not None else ""
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

    def label(self, base: Stack) -> str:
        """How a base is named to people: its files, or the sheets where a file has others, too."""
        own, every = by_file(base.parts), by_file(self.parts.values())
        names = [
            name for file, parts in own.items()
            for name in ([file] if len(parts) == len(every[file]) else [part.label for part in parts])
        ]  # fmt: skip
        return "、".join(names[:_SHOWN]) + ("等" if len(names) > _SHOWN else "")

    def settle(self) -> None:
        """Make the table of the dataset: one row for each enterprise and year; every row, where nothing tells whose."""
        if self.dataset.keys:
            match_names(self.connection, self.bases)
            settle_all(self.connection, self.bases)
            relation = self.join() if len(self.bases) > 1 else self.bases[0].select()
        else:
            relation = "\nUNION ALL\n".join(base.select() for base in self.bases)
            tell_repeats(self.connection, self.bases)
        self.run(f"CREATE OR REPLACE VIEW {sql.name(self.dataset.name)} AS {relation}")

    # --- one table --------------------------------------------------------------------------------------------------

    def join(self) -> str:
        """Join the bases on enterprise and year, and tell where they differ and what each lacks. SQL of the outcome."""
        dataset = self.dataset
        for number, base in enumerate(self.bases):
            key, year = base.key()
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
            columns.append(f"COALESCE({', '.join([*values, nothing(item)])}) AS {sql.name(name)}")
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
                    params = (
                        ("field", item.name),
                        ("other", self.label(self.bases[having[0]])),
                        ("example", str(example)),
                    )
                    part.find("M331", count=count, params=params)

    def tell_lacking(self) -> None:
        """Which enterprises of the other files each lacks."""
        company = sql.name(self.dataset.company) if self.dataset.company else "k"
        inside = [f"BOOL_OR(in{number})" for number in range(len(self.bases))]
        counts = [f"COUNT(*) FILTER (WHERE x{n}), COUNT(*) FILTER (WHERE NOT x{n})" for n in range(len(inside))]
        each = ", ".join([f"{one} AS x{number}" for number, one in enumerate(inside)])
        [found] = self.run(f"SELECT {', '.join(counts)} FROM (SELECT {each} FROM {self.joined_table} GROUP BY k)")
        for base, one, there, gone in zip(self.bases, inside, found[::2], found[1::2], strict=True):
            self.joined.append(Joined(self.label(base), there, gone))
            if gone:
                shown = self.run(
                    f"SELECT COALESCE(MIN({company}), k) FROM {self.joined_table} GROUP BY k HAVING NOT {one} "
                    f"ORDER BY k LIMIT {_SHOWN}"
                )
                told = "、".join(str(name) for (name,) in shown) + ("等" if gone > _SHOWN else "")
                base.parts[0].find("M341", count=gone, params=(("names", told),))


def _year_of(stack: Stack) -> str:
    """SQL for the year of the rows of a stack whose parts have no such column."""
    years = {part.number: part.year for part in stack.parts}
    [one, *others] = set(years.values())
    if not others:
        return str(one)
    return f"CASE {stack.part} {' '.join(f'WHEN {number} THEN {year}' for number, year in years.items())} END"
