"""The four files of the sample bureaus: the same outcomes as the one clean file, and every planted oddity told."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mujun

if TYPE_CHECKING:
    from mujun.api import Evaluation

SAMPLES = Path(__file__).parents[2] / "samples"
ONCE = ("M105", "M111", "M112", "M113", "M122", "M101", "M307", "M401", "M421")
"""Findings about a whole file, column or list: nothing was planted for these, but for M105."""


@pytest.fixture(scope="module")
def joined() -> Evaluation:
    """The four files, thoroughly."""
    return mujun.evaluate(SAMPLES / "bureaus", thorough=True)


def outcomes(evaluation: Evaluation) -> list[tuple[object, ...]]:
    """Every outcome, in the order written."""
    return evaluation.engine.run(evaluation.plan.outcomes_query().sql)


def test_four_bureaus_give_the_outcomes_of_one_file(joined: Evaluation) -> None:
    """Files in other units, layouts and encodings, with several rows a firm, lead to the very same verdicts."""
    assert outcomes(joined) == outcomes(mujun.evaluate(SAMPLES / "data.csv"))


def test_the_order_of_the_files_makes_no_difference(joined: Evaluation) -> None:
    """Whichever file comes first, the outcomes are the same."""
    files = sorted((SAMPLES / "bureaus").iterdir(), reverse=True)
    assert outcomes(mujun.evaluate(files)) == outcomes(joined)


def test_every_planted_oddity_is_told_at_its_row_and_nothing_else(joined: Evaluation) -> None:
    """What was planted is found, file by file, sheet by sheet and row by row; no other cell or row is complained of."""
    with (SAMPLES / "bureaus-planted.csv").open(encoding="utf-8", newline="") as file:
        planted = [row for row in csv.DictReader(file) if row["code"]]
    wanted = Counter((row["file"], row["sheet"], int(row["row"] or 0), row["code"]) for row in planted)
    assert sum(wanted.values()) > 200
    found = Counter(
        (Path(f.file).name, f.sheet, f.row or 0, f.code)
        for f in joined.loaded.findings
        if f.row is not None or f.code == "M105"
    )
    named = {(file, sheet): sheet for file, sheet, *_ in found}
    by_sheet = Counter({key if key[:2] in named else (key[0], "", *key[2:]): n for key, n in wanted.items()})
    assert found == by_sheet


def test_the_rows_of_every_sheet_balance(joined: Evaluation) -> None:
    """Rows read are rows used, merged and set aside, and each of the latter has a finding."""
    for part in joined.loaded.parts:
        assert part.rows == part.used + part.merged + part.set_aside
        aside = [
            f
            for f in part.findings
            if f.code in ("M301", "M303", "M304", "M305", "M306", "M311", "M312", "M313", "M314")
        ]
        assert sum(f.count for f in aside) == part.set_aside
        assert sum(f.count for f in part.findings if f.code == "M302") == part.merged
    assert all(side.lacking == 0 for side in joined.loaded.joined)
