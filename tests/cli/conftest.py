"""What the tests of the command line share."""

from __future__ import annotations

import pytest

from tests.cli.program import DATA


@pytest.fixture(autouse=True)
def _among_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in the folder of the test data, so that messages name it in the same way everywhere."""
    monkeypatch.chdir(DATA)
