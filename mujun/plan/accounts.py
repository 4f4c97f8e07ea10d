"""What is asked of the ledger of differentiated policy: its rows, its sums by groups, how many are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.levies import WORD
from mujun.pack.levies_read import CITES, LISTS
from mujun.pack.policy import MISSING
from mujun.plan.judged import YES, joined
from mujun.plan.ledger import TABLE, LedgerPlan, column_of, is_open
from mujun.plan.query import Column, Query

if TYPE_CHECKING:
    from mujun.pack.levies import Levy
    from mujun.quantity import Unit

TOTAL, FIRMS, OPEN = "合计", "家数", "待定家数"
UNNAMED = "未填"
"""The group of those of whom it is not known to which they belong."""


class Accounts(msgspec.Struct, frozen=True):
    """The queries over the table ``台账``.

    `grade` names the field of the grade, "" for none; `extra` fields and indicators to be shown beside.
    """

    plan: LedgerPlan
    grade: str = ""
    extra: tuple[str, ...] = ()

    @property
    def _levies(self) -> list[Levy]:
        return list(self.plan.levies.levies.values())

    @property
    def unit(self) -> tuple[Unit, int]:
        """The unit and decimals of sums over several measures: those of the one shown most finely."""
        finest = max(self._levies, key=lambda levy: 10**levy.digits / levy.unit.factor)
        return finest.unit, finest.digits

    def _money(self, sums: dict[str, str]) -> list[tuple[str, Column]]:
        """A column for each measure, and their total; `sums` gives the SQL of each."""
        found = []
        for levy in self._levies:
            column = Column(levy.name, "number", levy.unit, levy.digits, True)
            found.append((self.plan.shown(sums[levy.name], levy.unit, levy.digits), column))
        unit, digits = self.unit
        return [*found, (self.plan.shown(sums[TOTAL], unit, digits), Column(TOTAL, "number", unit, digits, True))]

    def firms(self, *, everyone: bool = False) -> Query:
        """One row for each enterprise that a measure concerns or may concern, or for everyone; the largest sum first.

        Their total is blank where the amount of one measure is not known.
        """
        plan, dataset = self.plan, self.plan.dataset
        grade = (self.grade,) if self.grade else ()
        names = dict.fromkeys((*dataset.leading, *dataset.keys, *grade, *self.extra))
        on_lists = [
            (f"{plan.base.judged[item.name].outcome} = '{YES}'", sql.text(item.name))
            for item in plan.base.lists if item.name != WORD
        ]  # fmt: skip
        sums = {levy.name: column_of(levy, "额") for levy in self._levies}
        sums[TOTAL] = sql.name("序")
        columns = [
            *(plan.base.shown(name) for name in names),
            (joined("、", on_lists), Column(LISTS)),
            *self._money(sums),
            *((sql.name(name), Column(name)) for name in (MISSING, CITES)),
        ]
        known = f"CASE WHEN NOT {plan.open} THEN {plan.total} END AS {sql.name('序')}"
        where = "" if everyone else f"\nWHERE {plan.concerned}"
        source = f"SELECT *, {known}\nFROM {sql.name(TABLE)}{where}"
        own = sql.name("家")
        order = [f"{own}.{sql.name('序')} DESC NULLS LAST"]
        order += [f"{own}.{sql.name(name)} NULLS LAST" for name in dataset.keys or dataset.leading]
        text = (
            f"SELECT\n{sql.items([f'{expression} AS {sql.name(column.name)}' for expression, column in columns])}\n"
            f"FROM (\n{sql.indent(source)}\n) AS {own}\nORDER BY {', '.join(order)}"
        )
        return Query(text, tuple(column for _, column in columns))

    def groups(self, by: str, *, everyone: bool = False) -> Query:
        """One row for each value of a field: how many are concerned, the known amounts, how many are open."""
        plan, field = self.plan, self.plan.dataset.fields[by]
        expression, column = plan.base.shown(by)
        concerned = f"COUNT(CASE WHEN {plan.concerned} THEN 1 END)"
        inner = [
            f"{expression} AS {sql.name('组')}",
            f"{concerned} AS {sql.name(FIRMS)}",
            *(f"SUM({column_of(levy, '额')}) AS {column_of(levy, '和')}" for levy in self._levies),
            f"SUM({plan.total}) AS {sql.name('总')}",
            f"COUNT(CASE WHEN {plan.open} THEN 1 END) AS {sql.name(OPEN)}",
        ]
        having = "" if everyone else f"\nHAVING {concerned} > 0"
        group = f"SELECT\n{sql.items(inner)}\nFROM {sql.name(TABLE)}\nGROUP BY 1{having}"
        sums = {levy.name: column_of(levy, "和") for levy in self._levies}
        sums[TOTAL] = sql.name("总")
        columns = [
            (f"COALESCE({sql.name('组')}, '{UNNAMED}')", Column(column.name)),
            (sql.name(FIRMS), Column(FIRMS, "number", digits=0, fixed=True)),
            *self._money(sums),
            (sql.name(OPEN), Column(OPEN, "number", digits=0, fixed=True)),
        ]
        known = [f"WHEN {sql.text(value)} THEN {number}" for number, value in enumerate(field.values)]
        order = f"CASE {sql.name('组')} {' '.join(known)} END NULLS LAST, " if field.kind == "choice" else ""
        text = (
            f"SELECT\n{sql.items([f'{shown} AS {sql.name(column.name)}' for shown, column in columns])}\n"
            f"FROM (\n{sql.indent(group)}\n) AS {sql.name('分组')}\nORDER BY {order}{sql.name('组')} NULLS LAST"
        )
        return Query(text, tuple(column for _, column in columns))

    def summary(self) -> str:
        """A row for each measure: whom it concerns, of how many the amount is known, open, without a tariff; the sum.

        Then one for all of them together. Sums are whole numbers of `LedgerPlan.factor`, NULL where nothing is known.
        """
        plan, parts = self.plan, []
        for levy in self._levies:
            applies, amount = column_of(levy, "适用"), column_of(levy, "额")
            untold = f"{is_open(levy)} AND {column_of(levy, '行')} = 0"
            parts.append(([applies, f"{amount} IS NOT NULL", is_open(levy), untold], amount))
        parts.append(([plan.concerned, f"{plan.concerned} AND NOT {plan.open}", plan.open, "FALSE"], plan.total))
        selects = []
        for number, (tests, amount) in enumerate(parts):
            counts = [f"COUNT(CASE WHEN {test} THEN 1 END)" for test in tests]
            selects.append(f"SELECT {number}, {', '.join(counts)}, SUM({amount}) FROM {sql.name(TABLE)}")
        return "\nUNION ALL\n".join(selects) + "\nORDER BY 1"
