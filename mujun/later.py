"""Work that goes on in the background, where waiting is most of it.

``concurrent.futures`` does what `Later` does and more, and to import it takes a twentieth of a small run.
"""

from __future__ import annotations

import itertools
import os
from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mujun.duck import DuckDBPyConnection

T = TypeVar("T")

_MOST = 4
"""Calls at once by `at_once`: what each reads is held in memory until it is stored."""


class Later(Generic[T]):
    """A call that has begun in a thread of its own."""

    def __init__(self, call: Callable[..., T], *args: Any) -> None:
        self._thread = Thread(target=self._run, args=(call, args))
        self._thread.start()

    def _run(self, call: Callable[..., T], args: tuple[Any, ...]) -> None:
        self._error: BaseException | None = None
        try:
            self._found = call(*args)
        except BaseException as error:
            self._error = error

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, however it ends, or for so long; whether it is over. The call itself never waits."""
        if self._thread is current_thread():
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> T:
        """What the call returns, once it has; or what it raises."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._found


def at_once(connection: DuckDBPyConnection, calls: Iterator[Callable[[DuckDBPyConnection], T]]) -> list[T]:
    """What the calls return, in order, each given a connection of its own to the same database while it lasts.

    While some run, the next is asked for. Raises what the first of them raises, once those that had begun are over.
    """
    first, second = next(calls), next(calls, None)
    if second is None:
        return [first(connection)]
    from concurrent.futures import ThreadPoolExecutor
    from queue import SimpleQueue

    idle: SimpleQueue[DuckDBPyConnection] = SimpleQueue()
    many = min(os.cpu_count() or 1, _MOST)
    for _ in range(many):
        idle.put(connection.cursor())

    def run(call: Callable[[DuckDBPyConnection], T]) -> T:
        cursor = idle.get()
        try:
            return call(cursor)
        finally:
            idle.put(cursor)

    with ThreadPoolExecutor(many) as pool:
        try:
            under_way = [pool.submit(run, call) for call in itertools.chain((first, second), calls)]
            return [one.result() for one in under_way]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
