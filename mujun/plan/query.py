"""What the engine is asked, and what the columns of an answer hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from mujun.pack.policy import Kind
    from mujun.quantity import Unit


class Column(msgspec.Struct, frozen=True):
    """A column of a result: numbers have a unit and, rounded figures, a fixed number of decimals."""

    name: str
    kind: Kind = "text"
    unit: Unit | None = None
    digits: int = 2
    fixed: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the cells are numbers."""
        return self.kind in ("number", "year")


class Query(msgspec.Struct, frozen=True):
    """A SELECT and what its columns hold."""

    sql: str
    columns: tuple[Column, ...]
