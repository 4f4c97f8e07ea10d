"""Engines: what runs a plan. DuckDB is the one that mujun comes with.

Starting it takes as long as importing all the rest, and most of that needs no Python: `start_early` has it done
meanwhile.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mujun import sql
from mujun.later import Later

if TYPE_CHECKING:
    from mujun.duck import DuckDBPyConnection

_starting: list[Later[None]] = []
_ready: list[DuckDBPyConnection] = []


def start_early() -> None:
    """Begin to start DuckDB in the background, for a program that is going to need it; once is enough."""
    if _starting or _ready:
        return
    _starting.append(Later(_start))


def _start() -> None:
    # Whatever goes wrong will go wrong again where it can be told.
    with contextlib.suppress(Exception):
        _ready.append(_connect())


def connection() -> DuckDBPyConnection:
    """A connection to a database of its own, in memory, with the macros of intake and output."""
    while _starting:
        _starting.pop().wait()
    return _ready.pop() if _ready else _connect()


def _connect() -> DuckDBPyConnection:
    from mujun import duck

    made = duck.connect(":memory:")
    # Python imports the rest meanwhile.
    from mujun.intake.macros import MACROS

    made.execute(sql.MACROS + MACROS).fetchall()
    return made
