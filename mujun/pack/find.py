"""Which pack is meant, and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mujun.errors import UsageError
from mujun.pack.cache import cached
from mujun.pack.problems import nearest
from mujun.pack.shipped import packs_folder, shipped_methods

if TYPE_CHECKING:
    import os

    from mujun.pack.policy import Pack

DEFAULT_PACK = "jindong"


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
    folder = find_pack(name_or_path)
    # A method may extend those that come with mujun.
    methods = tuple(shipped_methods().values()) if (folder / "grading.yaml").is_file() else ()
    return cached(folder, _read, methods)


def find_method(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a method of evaluation: one that comes with mujun by name, or a path. Raises `UsageError`."""
    methods = shipped_methods()
    if str(name_or_path) in methods:
        return methods[str(name_or_path)]
    path = Path(name_or_path)
    if path.is_file():
        return path
    missing = path.suffix in (".yaml", ".yml")
    head = f"没有文件“{path}”" if missing else f"没有评价办法“{name_or_path}”{nearest(str(name_or_path), methods)}"
    raise UsageError(head, f"自带的评价办法：{'、'.join(methods)}；也可给出 yaml 文件的路径")


def load_method(pack: Pack, name_or_path: str | os.PathLike[str]) -> Pack:
    """The same pack with another method of evaluation: a shipped one by name (``huangyan-2021``), or a file.

    Its parameters take the place of those of the pack's own method, and where it does not say which field its grades
    fill, they fill the same. Set parameters afterwards. Raises `UsageError` if there is no such method, `PackError`,
    with every fault at its place, if it is not sound or the pack lacks what it needs.
    """
    from mujun.pack.load import read_with_method

    return read_with_method(pack, find_method(name_or_path))


def _read(folder: Path) -> Pack:
    # Imported only when a pack must be read: pydantic and PyYAML are a third of a small run.
    from mujun.pack.load import read_pack

    return read_pack(folder)
