"""Whose row it is that has a name and no code: the enterprise's that bears the name, if it is the only one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mujun.intake import names
from mujun.intake.tables import fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mujun import duck
    from mujun.intake.part import Place, Stack

    Row = tuple[int, int, int, str]
    """The base, the part and the Excel row of a row, and its name."""

_MOST_HINTS, _MOST_COMPARED = 50, 50_000


def match_names(connection: duck.DuckDBPyConnection, bases: Sequence[Stack]) -> None:
    """Give rows without a code the code of the one enterprise that bears their name, and names one spelling."""
    dataset = bases[0].dataset
    named = [base for base in bases if dataset.company in base.columns]
    if len(named) > 1 or (named and dataset.code in named[0].columns):
        _Matcher(connection, named).match()


class _Matcher:
    def __init__(self, connection: duck.DuckDBPyConnection, bases: Sequence[Stack]) -> None:
        self.connection, self.bases = connection, bases
        self.code, self.company = bases[0].dataset.code, bases[0].dataset.company

    def run(self, sql_: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql_).fetchall()

    def match(self) -> None:
        without = "\nUNION ALL\n".join(map(self.without_code, range(len(self.bases))))
        rows: list[Row] = self.run(f"{without}\nORDER BY ALL")
        if not rows:
            return
        lacking = dict.fromkeys(name for _, name in sorted({(base, name) for base, *_, name in rows}))
        known: dict[str, set[str]] = {}
        spelt: dict[str, str] = {}
        for number, name in self.coded():
            spelt[name] = number
            known.setdefault(names.normal(name), set()).add(number)
        codes = {name: known.get(names.normal(name), set()) for name in lacking}
        found = {name: next(iter(fitting)) for name, fitting in codes.items() if len(fitting) == 1}
        several = {name: len(fitting) for name, fitting in codes.items() if len(fitting) > 1}
        none = [name for name, fitting in codes.items() if not fitting]
        first = {names.normal(name): name for name in reversed(none)}
        spellings = {name: one for name in none if (one := first[names.normal(name)]) != name}
        near = names.nearest(none[:_MOST_HINTS], list(spelt)[:_MOST_COMPARED]) if spelt and none else {}
        self.tell(rows, {**found, **spellings}, several, near)
        written = {number: name for name, number in reversed(spelt.items())}
        taken: list[tuple[str, str | None, str]] = [(name, one, written[one]) for name, one in found.items()]
        taken += [(name, None, one) for name, one in spellings.items()]
        if taken:
            fill(self.connection, "mj_match", dict.fromkeys(("name", "code", "spelt"), "VARCHAR"), taken)
            for base in sorted({base for base, *_, name in rows if name in found or name in spellings}):
                self.take(self.bases[base])

    def without_code(self, number: int) -> str:
        """SQL of the rows of a base that have a name and no code."""
        base = self.bases[number]
        code, name = base.columns.get(self.code), base.columns[self.company]
        no_code = f"{code} IS NULL AND " if code else ""
        return (
            f"SELECT {number}, {base.part}, {base.row}, {name} FROM {base.table} "
            f"WHERE {base.live} AND {no_code}{name} IS NOT NULL"
        )

    def coded(self) -> list[tuple[str, str]]:
        """Each code with each of its names, those of the first base first."""
        pairs = "\nUNION ALL\n".join([
            f"SELECT {base.columns[self.code]} AS c, {base.columns[self.company]} AS n, {number} AS b "
            f"FROM {base.table} WHERE {base.live}"
            for number, base in enumerate(self.bases) if self.code in base.columns
        ])  # fmt: skip
        if not pairs:
            return []
        whole = f"SELECT c, n FROM ({pairs}) WHERE c IS NOT NULL AND n IS NOT NULL"
        return [(c, n) for c, n in self.run(f"{whole} GROUP BY c, n ORDER BY MIN(b), c, n")]

    def tell(
        self, rows: Sequence[Row], found: Mapping[str, str], several: Mapping[str, int], near: Mapping[str, str]
    ) -> None:
        """A finding for each row whose enterprise is told by its name, or cannot be."""
        told: dict[tuple[int, int, str], list[Place]] = {}
        for base, number, row, text in rows:
            if text in found:
                code, params = "M321", (("match", found[text]),)
            elif text in several:
                code, params = "M322", (("count", str(several[text])),)
            elif text in near:
                code, params = "M323", (("match", near[text]),)
            else:
                continue
            told.setdefault((base, number, code), []).append((row, text, params))
        for (base, number, code), places in told.items():
            part = self.bases[base].numbered()[number]
            part.find_each(code, places, len(places), part.header(self.company))

    def take(self, base: Stack) -> None:
        """Write the code found for a name, if any, into the table, and the name in its one spelling."""
        name = base.columns[self.company]
        if not self.code:
            where = f"WHERE {base.table}.{name} = mj_match.name"
            self.run(f"UPDATE {base.table} SET {name} = mj_match.spelt FROM mj_match {where}")
            return
        if self.code not in base.columns:
            self.run(f"ALTER TABLE {base.table} ADD COLUMN mj_code VARCHAR")
            base.columns[self.code] = "mj_code"
        column = base.columns[self.code]
        self.run(
            f"UPDATE {base.table} SET {column} = mj_match.code, {name} = mj_match.spelt FROM mj_match "
            f"WHERE {base.table}.{name} = mj_match.name AND {base.table}.{column} IS NULL"
        )
