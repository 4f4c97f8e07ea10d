"""How the grades of the table ``评价`` come to lists: they fill a field where the data do not, and it is said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql
from mujun.pack.condition import Ref

if TYPE_CHECKING:
    from mujun.plan.plan import Plan

_WHO, _GRADE = sql.name("评价·谁"), sql.name("评价·等级")


def decisive(plan: Plan) -> set[str]:
    """The fields of the year judged on which an outcome or a route may turn."""
    leaves = [leaf for judged in plan.judged.values() for leaf in judged.numbers]
    names = {leaf.name for leaf in leaves} | {leaf.right.name for leaf in leaves if isinstance(leaf.right, Ref)}
    return {figure.field for name in names for figure in plan.figures.figures(name) if not figure.years}


def computed(field: str) -> str:
    """The quoted column that holds a grade where it was computed; NULL where the data have one."""
    return sql.name(f"{field}·测算")


def columns(field: str) -> str:
    """The field as filled, and where it was, over its table joined by `join`."""
    own = sql.name(field)
    return f"CASE WHEN {own} IS NULL THEN {_GRADE} END AS {computed(field)},\nCOALESCE({own}, {_GRADE}) AS {own}"


def join(key: str) -> str:
    """The grades, to append to the table of the field; `key` tells an enterprise in either table."""
    grades = f"SELECT {key} AS {_WHO}, {sql.name('等级')} AS {_GRADE} FROM {sql.name('评价')}"
    return f"\n  LEFT JOIN ({grades}) AS {sql.name('测算')} ON {key} = {_WHO}"
