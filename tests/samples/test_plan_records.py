"""The records of the plan's work are what their generator writes, and fit the enterprises they are about."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

from tests.samples.scripts import SAMPLES, script

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_files_are_those_of_the_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes every time."""
    shutil.copy(SAMPLES / "data.csv", tmp_path)
    plan_records = script("plan_records")
    monkeypatch.setattr(plan_records, "HERE", tmp_path)
    plan_records.main()
    for name in ("status.csv", "parks.csv", "ledger.csv"):
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes(), name


def test_there_is_a_status_for_every_enterprise_and_year() -> None:
    """And for none besides."""

    def whose(name: str) -> list[tuple[str, str]]:
        with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
            return [(row["统一社会信用代码"], row["年度"]) for row in csv.DictReader(file)]

    assert whose("status.csv") == whose("data.csv")
