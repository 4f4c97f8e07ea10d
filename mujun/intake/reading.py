"""Reading several tables: while DuckDB reads some, Python opens the next."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from mujun.errors import DataError
from mujun.intake.files import STDIN, spool
from mujun.intake.opening import open_sources

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable, Iterator, Sequence

    from mujun.duck import DuckDBPyConnection
    from mujun.intake.files import Given
    from mujun.intake.part import Stack
    from mujun.intake.source import Known, Source

    Reading = Callable[[DuckDBPyConnection], Stack]
    """What reads tables that are alike by a connection of its own."""

_MOST = 4
"""Tables read at once: each is held in memory until it is stored."""


class _Folder:
    """A temporary folder, made when it is first needed."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.stack, self.path, self.numbers = stack, "", itertools.count()
        self.lock = Lock()

    def file(self, name: str) -> Path:
        import tempfile

        with self.lock:
            self.path = self.path or self.stack.enter_context(tempfile.TemporaryDirectory(prefix="mujun-"))
        return Path(self.path) / f"{next(self.numbers)}-{name}"


def open_all(files: Sequence[Given], known: Known, stack: contextlib.ExitStack) -> Iterator[list[Source]]:
    """The tables of each file, opened when they are asked for. What `stack` closes with is needed until all is read."""
    folder = _Folder(stack)
    for given in files:
        path = spool(folder.file("stdin")) if str(given.path) == STDIN else given.path
        before = _state(path)
        yield open_sources(path, given.label, given.sheet, known, folder)
        stack.callback(_refuse_change, path, given.label, before)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns


def _refuse_change(path: Path, label: str, before: tuple[int, int] | None) -> None:
    """What was read while the file was being written is neither the old data nor the new."""
    if _state(path) != before:
        raise DataError(f"读取时“{label}”还在变化", "可能正在复制或保存，请等它写完再运行")


def read_all(connection: DuckDBPyConnection, readings: Iterator[Reading]) -> list[Stack]:
    """All that is read, in order. Raises what the first of them raises, once those that had begun are over."""
    first, second = next(readings), next(readings, None)
    if second is None:
        return [first(connection)]
    from concurrent.futures import ThreadPoolExecutor
    from queue import SimpleQueue

    idle: SimpleQueue[DuckDBPyConnection] = SimpleQueue()
    many = min(os.cpu_count() or 1, _MOST)
    for _ in range(many):
        idle.put(connection.cursor())

    def read(reading: Reading) -> Stack:
        cursor = idle.get()
        try:
            return reading(cursor)
        finally:
            idle.put(cursor)

    with ThreadPoolExecutor(many) as pool:
        try:
            under_way = [pool.submit(read, reading) for reading in itertools.chain((first, second), readings)]
            return [one.result() for one in under_way]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
