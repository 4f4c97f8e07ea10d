"""Calls in the background."""

from __future__ import annotations

import threading

import pytest

from mujun.later import Later


def test_what_it_returns_can_be_asked_for_twice() -> None:
    """The result is there once the call is over, as often as it is asked for."""
    later = Later(divmod, 7, 2)
    assert (later.result(), later.result()) == ((3, 1), (3, 1))


def test_what_it_raises_is_raised_where_it_is_asked_for() -> None:
    """An error is not lost in the thread, and waiting alone does not raise it."""
    later = Later(divmod, 7, 0)
    assert later.wait()
    with pytest.raises(ZeroDivisionError):
        later.result()


def test_waiting_can_end_before_the_call() -> None:
    """Whoever waits for a while learns whether it is over."""
    go = threading.Event()
    later = Later(go.wait)
    assert not later.wait(0.001)
    go.set()
    assert later.wait()
    assert later.result()


def test_a_call_does_not_wait_for_itself() -> None:
    """Memory may be cleared in any thread, and with it whatever waits for the call that runs there."""
    made, found = threading.Event(), list[bool]()

    def call() -> None:
        made.wait()
        found.append(later.wait())

    later = Later(call)
    made.set()
    later.result()
    assert found == [True]
