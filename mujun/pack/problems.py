"""What is wrong with a pack: gathered first, reported once, each at its file, line and column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mujun.errors import MujunError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Place(msgspec.Struct, frozen=True, order=True):
    """A position in a pack file; `line` and `column` count from 1, columns in characters."""

    file: Path
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{_shown(self.file)}:{self.line}:{self.column}"

    def right(self, characters: int) -> Place:
        """The place `characters` further on the same line."""
        return Place(self.file, self.line, self.column + characters)


def _shown(file: Path) -> str:
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)


class Problem(msgspec.Struct, frozen=True, order=True):
    """One fault of a pack."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}：{self.message}"


class Unsound(msgspec.Struct):
    """Names whose definition has been reported: that they cannot be used is no further fault.

    `everything` where a file is so broken that its names are not known.
    """

    names: set[str] = msgspec.field(default_factory=set)
    everything: bool = False

    def __contains__(self, name: str) -> bool:
        return self.everything or name in self.names


class PackError(MujunError):
    """A pack is refused; `problems` holds every fault found, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem], what: str = "政策包") -> None:
        self.problems = sorted(set(problems))
        lines = "\n".join(map(str, self.problems))
        super().__init__(f"{what}有 {len(self.problems)} 处错误，未采用：\n{lines}", "请按“文件:行:列”改正后重试")


def nearest(name: str, known: Iterable[str], template: str = "，是否想写“{}”") -> str:
    """A suggestion for a misspelt `name`, or the empty string."""
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return template.format(found[0]) if found else ""
