"""How the grades of the table ``评价`` come to lists: they fill a field where the data do not, and it is said so."""

from __future__ import annotations

from mujun import sql

_WHO, _GRADE = sql.name("评价·谁"), sql.name("评价·等级")


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
