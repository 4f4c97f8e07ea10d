"""Which pack is meant, and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import mujun
from mujun.errors import UsageError
from mujun.pack.cache import cached
from mujun.pack.problems import nearest

if TYPE_CHECKING:
    import os

    from mujun.pack.policy import Pack

DEFAULT_PACK = "jindong"


def packs_folder() -> Path:
    """Where the packs that come with mujun lie: inside the installed package, or beside it in a checkout."""
    package = Path(mujun.__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def find_pack(name_or_path: str | os.PathLike[str] | None = None) -> Path:
    """The folder of a pack given by name (``jindong``) or by path. Raises `UsageError` if there is none."""
    if name_or_path is None:
        return packs_folder() / DEFAULT_PACK
    path = Path(name_or_path)
    if path.is_dir():
        if not (path / "pack.yaml").is_file():
            raise UsageError(
                f"文件夹“{path}”不是政策包：缺少 pack.yaml", "政策包的写法见 README，可从 rules/jindong 复制一份改起"
            )
        return path
    shipped = sorted(folder.name for folder in packs_folder().iterdir() if (folder / "pack.yaml").is_file())
    if str(name_or_path) in shipped:
        return packs_folder() / name_or_path
    suggestion = nearest(str(name_or_path), shipped)
    raise UsageError(
        f"没有政策包“{name_or_path}”{suggestion}", f"自带的政策包：{'、'.join(shipped)}；也可给出文件夹的路径"
    )


def load_pack(name_or_path: str | os.PathLike[str] | None = None) -> Pack:
    """Load and check a pack: a shipped one by name, or a folder. Default: 金东.

    Raises `UsageError` if there is no such pack and `PackError`, with every fault at its file, line and column, if it
    is not sound.
    """
    return cached(find_pack(name_or_path), _read)


def _read(folder: Path) -> Pack:
    # Imported only when a pack must be read: pydantic and PyYAML are a third of a small run.
    from mujun.pack.load import read_pack

    return read_pack(folder)
