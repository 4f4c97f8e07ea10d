"""Loading a small table and looking at what came of it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from mujun.engine.duckdb import Engine
from mujun.errors import DataError
from mujun.intake.load import Loaded, load
from mujun.pack import load_pack

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from mujun.intake.findings import Finding
    from mujun.pack.policy import Dataset

CODE, COMPANY, YEAR = "统一社会信用代码", "企业名称", "年度"
FIELDS = (CODE, COMPANY, YEAR, "税收")
HEADER = ",".join(FIELDS)
ROWS = ("91330703A0MLW9562D,甲公司,2023,5", "91330703A0Q1Y3TW1X,乙公司,2023,6.5", "91330703A0Y3EAW562,丙公司,2023,7.25")
TABLE = "\n".join((HEADER, *ROWS)) + "\n"
VALUES = [
    ("91330703A0MLW9562D", "甲公司", 2023, 5_000_000),
    ("91330703A0Q1Y3TW1X", "乙公司", 2023, 6_500_000),
    ("91330703A0Y3EAW562", "丙公司", 2023, 7_250_000),
]
"""`TABLE` as loaded: 税收 in millionths of 万元."""


@cache
def dataset() -> Dataset:
    """The dataset 企业 of the pack that comes with mujun."""
    return load_pack().datasets["企业"]


@cache
def _engine() -> Engine:
    """One for all: what was loaded before must make no difference, and a new one takes as long as a small table."""
    return Engine()


@dataclass(frozen=True)
class Read:
    """A table as loaded: its rows in some fields, in file order, and the balance."""

    loaded: Loaded
    rows: list[tuple[Any, ...]]

    @property
    def findings(self) -> list[Finding]:
        """The findings that are about cells and rows."""
        return [finding for finding in self.loaded.findings if finding.row is not None]

    @property
    def found(self) -> list[tuple[str, int | None, str, str]]:
        """Code, row, column and text of those."""
        return [(finding.code, finding.row, finding.column, finding.text) for finding in self.findings]

    @property
    def codes(self) -> list[str]:
        """The codes of all findings."""
        return [finding.code for finding in self.loaded.findings]

    @property
    def balance(self) -> tuple[int, int, int, int]:
        """Rows read, used, merged, set aside."""
        loaded = self.loaded
        assert loaded.rows == loaded.used + loaded.merged + loaded.set_aside
        return loaded.rows, loaded.used, loaded.merged, loaded.set_aside


def read(
    data: Path | pd.DataFrame,
    fields: Sequence[str] = FIELDS,
    overrides: Mapping[str, str] | None = None,
    needed: Collection[str] | None = None,
) -> Read:
    """Load a file or frame."""
    loaded = load(_engine().connection, data, dataset(), overrides, needed)
    columns = ", ".join(f'"{name}"' for name in fields)
    rows = _engine().run(f'SELECT {columns} FROM "企业"')
    found = Read(loaded, rows)
    assert len(rows) == found.balance[1]
    return found


def read_text(
    folder: Path, text: str | bytes, fields: Sequence[str] = FIELDS, overrides: Mapping[str, str] | None = None
) -> Read:
    """Load a file of this content."""
    path = folder / "数据.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path, fields, overrides)


def column(folder: Path, header: str, cells: Sequence[str], field: str) -> Read:
    """Load one column beside the names of as many enterprises; each row is one of the cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([(COMPANY, header), *((f"公司{number}", cell) for number, cell in enumerate(cells))])
    return read_text(folder, out.getvalue(), (field,))


def many(count: int, name: str = "公司") -> str:
    """Rows of as many enterprises."""
    return "".join(f"91330703{i:010d},{name}{i},2023,{i % 1000}.25\n" for i in range(count))


def refusal(folder: Path, content: str | bytes) -> str:
    """The message with which a file is refused: one line for what and where, one for what to do."""
    with pytest.raises(DataError) as caught:
        read_text(folder, content)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2, lines
    assert str(folder) in lines[0]
    assert all(len(line) < 400 for line in lines)
    return lines[0]
