"""Errors shown to the user: one or two Chinese lines that say what, where and what to do next."""

from __future__ import annotations


class MujunError(Exception):
    """Mujun cannot go on. `message` says what and where, `hint` what to do next."""

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class DataError(MujunError):
    """A file cannot be read as the data it should hold."""


class UsageError(MujunError):
    """The caller asked for something that does not exist or cannot be combined."""

    exit_code = 2
