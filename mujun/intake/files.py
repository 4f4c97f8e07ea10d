"""Which files are meant: paths, folders, patterns, ``-`` for standard input, ``FILE#SHEET``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mujun.errors import DataError
from mujun.width import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".htm", ".html", ".parquet")
"""What is taken from a folder."""
STDIN = "-"
_MOST_FILES = 1000


class Given(msgspec.Struct, frozen=True):
    """A file to read: `label` is how it is named to people, `sheet` the one sheet asked for. A path ``-`` is stdin."""

    path: Path
    label: str
    sheet: str | None = None


def expand(names: Iterable[str | os.PathLike[str]]) -> list[Given]:
    """The files meant, each once, in the order given; those of a folder or pattern by name.

    Raises `DataError` where a folder holds no data file or a pattern fits none.
    """
    found: dict[tuple[str, str | None], Given] = {}
    for name in names:
        for given in _expand(os.fspath(name)):
            found.setdefault((_real(given.path), given.sheet), given)
    if len(found) > _MOST_FILES:
        raise DataError(f"共 {len(found)} 个文件，超过 {_MOST_FILES} 个", "请分批处理，或核对文件夹")
    return list(found.values())


def _real(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return str(path)


def _expand(name: str) -> Iterator[Given]:
    if name == STDIN:
        yield Given(Path(STDIN), "标准输入")
        return
    path = Path(name)
    if _exists(path):
        if path.is_dir():
            yield from _folder(path)
        else:
            yield Given(path, printable(name))
        return
    base, sign, sheet = name.rpartition("#")
    if sign and _exists(Path(base)):
        yield Given(Path(base), printable(base), sheet)
    elif any(sign in name for sign in "*?["):
        fitting = _fitting(path)
        if not fitting:
            raise DataError(f"没有符合“{printable(name)}”的数据文件", f"可读的文件：{' '.join(SUFFIXES)}")
        yield from (Given(file, printable(str(file))) for file in fitting)
    else:
        yield Given(path, printable(name))  # whoever opens it says what is wrong


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _folder(path: Path) -> Iterator[Given]:
    try:
        files = sorted(file for file in path.iterdir() if _is_data(file))
    except PermissionError:
        raise DataError(f"没有读取文件夹“{printable(str(path))}”的权限", "请核对权限") from None
    if not files:
        kinds = " ".join(SUFFIXES)
        raise DataError(f"文件夹“{printable(str(path))}”里没有数据文件", f"可读的文件：{kinds}")
    yield from (Given(file, printable(str(file))) for file in files)


def _is_data(file: Path) -> bool:
    """Whether a file of a folder is meant; names that begin with . or ~$ are of editors and spreadsheets at work."""
    return file.suffix.lower() in SUFFIXES and not file.name.startswith((".", "~$")) and file.is_file()


def _fitting(path: Path) -> list[Path]:
    root = Path(path.anchor) if path.anchor else Path()
    pattern = str(path.relative_to(path.anchor)) if path.anchor else str(path)
    return sorted(file for file in root.glob(pattern) if _is_data(file))


def spool(target: Path) -> Path:
    """Write what comes in on stdin into this file. Raises `DataError` where nothing does."""
    if sys.stdin is None or sys.stdin.isatty():
        raise DataError("标准输入没有数据", "用法：cat 数据.csv | mujun classify -")
    import shutil

    with target.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
    return target
