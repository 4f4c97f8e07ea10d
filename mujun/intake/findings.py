"""Findings: what was odd about the data, as coded facts; they become text only at the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun.intake.catalogue import CATALOGUE, LEVELS
from mujun.width import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CATALOGUE", "LEVELS", "MOST_LISTED", "Finding", "by_kind"]

MOST_LISTED = 1000
"""Findings of a kind, in one column or of one table's rows, that are listed one by one; more are counted."""


class Finding(msgspec.Struct, frozen=True):
    """One odd thing: where it is, what the cell said, and what was done about it.

    `row` is the row as Excel counts it (the header is 1); None for the whole file or column. `count` stands for that
    many alike, of which this is the first. `who` and `counter` name and count what a row is: 3 家企业.
    """

    code: str
    file: str
    row: int | None = None
    column: str = ""
    text: str = ""
    count: int = 1
    params: tuple[tuple[str, str], ...] = ()
    sheet: str = ""
    who: str = "企业"
    counter: str = "家"

    @property
    def level(self) -> str:
        """提示, 警告 or 错误."""
        return CATALOGUE[self.code].level

    @property
    def gravity(self) -> int:
        """The level as a number: the graver, the larger."""
        return LEVELS.index(self.level)

    @property
    def places(self) -> int:
        """How many places it stands for; where its message counts enterprises, it is one."""
        counted = "{count}" in CATALOGUE[self.code].template and "count" not in dict(self.params)
        return 1 if counted else self.count

    @property
    def message(self) -> str:
        """What is odd, as text."""
        return self._fill(CATALOGUE[self.code].template)

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self._fill(CATALOGUE[self.code].advice)

    @property
    def place(self) -> str:
        """Where it is: file, row and column."""
        file = f"{self.file}#{self.sheet}" if self.sheet else self.file
        parts = [file] if file else []
        if self.row is not None:
            parts.append(f"第 {self.row} 行")
        if self.column:
            parts.append(f"“{printable(self.column)}”列")
        return " ".join(parts)

    def _fill(self, template: str) -> str:
        params = {"text": _short(self.text), "column": self.column, "count": str(self.count), "who": self.who,
                  "counter": self.counter, "period": "同一年度", **dict(self.params)}  # fmt: skip
        return printable(template.format(**params))


def by_kind(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings of each code, the gravest codes first."""
    found: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: (-finding.gravity, finding.code)):
        found.setdefault(finding.code, []).append(finding)
    return found


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[:most] + "…"
