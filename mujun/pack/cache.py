"""Checked packs, kept between runs as Python keeps compiled modules.

Reading and checking a pack takes longer than judging two thousand enterprises by it. What is kept is used only if every
file of the pack, and the code that read it, is unchanged.
"""

from __future__ import annotations

import os
import pickle
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mujun

if TYPE_CHECKING:
    from collections.abc import Callable

    from mujun.pack.policy import Pack


def cached(folder: Path, read: Callable[[Path], Pack], beside: tuple[Path, ...] = ()) -> Pack:
    """The pack in `folder`: as kept, or read anew and kept. A cache that cannot be used costs nothing but time.

    `beside` are files outside the folder that the pack rests on, too.

    Set ``MUJUN_CACHE`` to a folder to keep packs there, or to nothing to keep none.
    """
    place = _cache_folder()
    if place is None:
        return read(folder)
    folder = folder.absolute()
    state = _state(folder, beside)
    file = place / f"{folder.name}-{zlib.crc32(str(folder).encode()):08x}.pack"
    try:
        # Only what this user's mujun wrote into this user's folder is read back.
        kept_state, pack = pickle.loads(file.read_bytes())  # noqa: S301
        if kept_state == state:
            return pack  # type: ignore[no-any-return]
    except Exception:  # noqa: S110 -- whatever is wrong with a kept pack, reading it anew is right
        pass
    pack = read(folder)
    _keep(file, (state, pack))
    return pack


def _cache_folder() -> Path | None:
    """Where packs are kept: a folder that nobody else may write to; None where there is none."""
    chosen = os.environ.get("MUJUN_CACHE")
    if chosen == "":
        return None
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        folder = Path(chosen) if chosen else (Path(base) if base else Path.home() / ".cache") / "mujun"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except (OSError, RuntimeError):
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        return None
    return folder


def _state(folder: Path, beside: tuple[Path, ...]) -> tuple[Any, ...]:
    """All that a kept pack rests on: Python, the code that reads packs, and every file of the pack."""
    code = Path(mujun.__file__).parent
    sources = [code / "quantity.py", *(Path(entry) for entry in sorted((code / "pack").glob("*.py")))]
    stamps = tuple((source.name, source.stat().st_mtime_ns, source.stat().st_size) for source in sources)
    files = tuple(
        (str(file.relative_to(folder)), file.read_bytes())
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in (".yaml", ".yml") and file.is_file()
    )
    files += tuple((str(file), file.read_bytes()) for file in beside)
    return sys.version, mujun.__version__, str(folder), stamps, files


def _keep(file: Path, content: tuple[Any, ...]) -> None:
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(pickle.dumps(content, pickle.HIGHEST_PROTOCOL))
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
