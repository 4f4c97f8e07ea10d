"""What comes with mujun: the folder of the packs, and the methods of evaluation that any pack may use."""

from __future__ import annotations

from pathlib import Path

import mujun


def packs_folder() -> Path:
    """Where the packs that come with mujun lie: inside the installed package, or beside it in a checkout."""
    package = Path(mujun.__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def shipped_methods() -> dict[str, Path]:
    """The file of each method of evaluation that comes with mujun, by name."""
    return {file.stem: file for file in sorted((packs_folder() / "methods").glob("*.yaml"))}
