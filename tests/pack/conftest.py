"""What the tests of packs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pack.draft import Draft

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    """A copy of the shipped pack that a test may spoil."""
    return Draft(tmp_path / "pack")
