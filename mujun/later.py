"""Work that goes on in the background, where waiting is most of it.

``concurrent.futures`` does this and more, and to import it takes a twentieth of a small run.
"""

from __future__ import annotations

from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


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
