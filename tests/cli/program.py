"""Running the command line: within this process, or as a process of its own where the system matters."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from unittest import mock

from mujun import engine
from mujun.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]
JUDGE = ("classify", "enterprises.csv", "--rules", "pack", "-q")


class Ran(NamedTuple):
    """What a run left behind: the exit code, the bytes on stdout, the text on stderr."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        """Stdout as text."""
        return self.raw.decode("utf-8")


class _Stream(io.TextIOWrapper):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def written(self) -> bytes:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


def run(*args: str | Path, columns: int = 80, terminal: bool = False) -> Ran:
    """Run the command line in this process, where `terminal` says what stdout is."""
    out, err = _Stream(terminal=terminal), _Stream(terminal=False)
    environment = mock.patch.dict(os.environ, {"COLUMNS": str(columns)})
    with environment, _signals_kept(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(arg) for arg in args])
        except SystemExit as left:
            code = left.code
        # A process has one environment; none may be put back under the hands of an engine that is still starting.
        for starting in engine._starting:
            starting.wait()
    assert isinstance(code, int)
    return Ran(code, out.written(), err.written().decode("utf-8"))


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@cache
def classify(*args: str | Path, columns: int = 80, terminal: bool = False) -> Ran:
    """``mujun classify`` over the invented enterprises by the invented policy, without remarks on the data.

    The same arguments have the same result, so it is kept; runs that write files are not for this function.
    """
    return run(*JUDGE, *args, columns=columns, terminal=terminal)


def environment(**more: str) -> dict[str, str]:
    """The environment of a process: this one's without a locale and a width, and where mujun is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "COLUMNS"))}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def shell(script: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which ``$MUJUN`` is the program."""
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {script}"],
        cwd=DATA, env=environment(MUJUN=f"{sys.executable} -m mujun", **more),
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
