"""What the values of a scope are measured against, as SQL: constants, and figures of groups, of this year or earlier.

A group's figure is sum / sum, or an extreme value. What it makes of one unit of the value, in points, is worked out
precisely once for each group and then joined to its enterprises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.method import EVERYONE, SCOPE

if TYPE_CHECKING:
    from mujun.pack.method import GradeScope
    from mujun.plan.points import Points


class Benchmarks(msgspec.Struct, frozen=True):
    """The benchmarks of a scope's items. Data without years have no earlier ones."""

    scope: GradeScope
    points: tuple[Points, ...]
    has_years: bool

    def _groupings(self) -> list[tuple[str, tuple[str, ...], int, list[Points]]]:
        """Stage, group, years back and the items that are measured against a figure of that group."""
        found: dict[tuple[tuple[str, ...], int], list[Points]] = {}
        for points in self.points:
            if points.grouped:
                found.setdefault((points.item.benchmark.group, points.item.benchmark.years), []).append(points)
        return [
            (f"{self.scope.name}·基准{number}", group, years, items)
            for number, ((group, years), items) in enumerate(found.items(), 1)
        ]

    def _keys(self, group: tuple[str, ...]) -> list[str]:
        if group in ((EVERYONE,), (SCOPE,)):
            return []
        return [self.points[0].figures.text(name) for name in group]

    def stages(self) -> list[tuple[str, str, str]]:
        """Name, note and text of each stage."""
        return [stage for grouping in self._groupings() for stage in self._stages(*grouping)]

    def _stages(
        self, stage: str, group: tuple[str, ...], years: int, items: list[Points]
    ) -> list[tuple[str, str, str]]:
        who, where, keys = sql.name("范围"), "", self._keys(group)
        if years and self.has_years:
            who = sql.name(f"范围·前{years}年")
        elif years:
            where = "\nWHERE FALSE"
        if not where and group != (EVERYONE,):
            where = f"\nWHERE {who}.{sql.name('范围')} = {sql.text(self.scope.name)}"
        own = [f"{who}.{key}" for key in keys]
        by = f"\nGROUP BY {', '.join(own)}" if own else ""
        sums = [column for points in items for column in points.group_columns()]
        name, note = f"{stage}·合计", f"{'、'.join(points.item.name for points in items)}，按{'、'.join(group)}"
        found = [(name, note, f"SELECT\n{sql.items([*own, *sums])}\nFROM {who}{where}{by}")]
        if ends := [column for points in items for column in points.end_columns()]:
            below = sql.name(name)
            # All rows of a group are joined with the same row of aggregates.
            held = [f"ANY_VALUE({below}.{_alias(column)}) AS {_alias(column)}" for column in sums]
            body = f"SELECT\n{sql.items([*own, *held, *ends])}\nFROM {who}\n{self._join('JOIN', who, below, keys)}"
            name = f"{stage}·两端"
            found.append((name, "最大、最小值的精确部分", f"{body}{where}{by}"))
        factors = [column for points in items for column in points.factor_columns()]
        found.append((stage, "每一单位值的得分", f"SELECT\n{sql.items(['*', *factors])}\nFROM {sql.name(name)}"))
        return found

    def _join(self, kind: str, left: str, right: str, keys: list[str]) -> str:
        # Those of unknown groups are no group of their own.
        same = [f"{left}.{key} = {right}.{key}" for key in keys]
        return f"{kind} {right} ON {' AND '.join(same) or 'TRUE'}"

    def values(self) -> str:
        """The enterprises of the scope with the value of each item and what it is measured against."""
        who = sql.name("范围")
        columns, joins = [f"{who}.*"], []
        for stage, group, _, items in self._groupings():
            for points in items:
                held = [*points.factor_columns(), *points.end_columns()]
                held += points.group_columns() if points.end_columns() else []
                columns += [f"{sql.name(stage)}.{_alias(column)}" for column in held]
            joins.append(self._join("LEFT JOIN", who, sql.name(stage), self._keys(group)))
        for points in self.points:
            columns += [] if points.grouped else points.factor_columns()
            columns.append(f"{points.rough_value()} AS {points.column('值')}")
        where = f"WHERE {who}.{who} = {sql.text(self.scope.name)}"
        return f"SELECT\n{sql.items(columns)}\n" + "\n".join([f"FROM {who}", *joins, where])


def _alias(column: str) -> str:
    """The name that a column is given."""
    return column.rpartition(" AS ")[2]
