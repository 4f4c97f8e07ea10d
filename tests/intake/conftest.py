"""What holds for every test of intake."""

from __future__ import annotations

import csv
import tempfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever happens, no temporary file stays behind and no setting of the process is changed."""
    folder, limit = tmp_path_factory.mktemp("temporary"), csv.field_size_limit()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []
    assert csv.field_size_limit() == limit
