"""What the commands that judge data do alike: refuse bad targets at once, write what comes of it, end with a code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mujun.cli.errors import DONE, FOUND
from mujun.cli.say import remark
from mujun.engine import start_early

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun.api import Evaluation
    from mujun.cli.options import Input, Output
    from mujun.grading import Grades
    from mujun.groups.boards import Boards
    from mujun.output.sheet import Sheet
    from mujun.output.write import Page, Target

    Found = Evaluation | Grades | Boards

_TERMINAL_ROWS = 20


class Job(msgspec.Struct, frozen=True):
    """A command at work: the files it reads, where its output goes, and where the rows set aside go, if anywhere."""

    files: list[str | Path]
    output: Output
    target: Target
    aside: Target | None

    @property
    def limit(self) -> int | None:
        """How many rows of a sheet are shown: as asked, else few on a terminal, else all."""
        from mujun.output.write import on_terminal

        limit = self.output.limit
        if limit is None and self.target.chosen == "table" and self.target.path is None and on_terminal():
            return _TERMINAL_ROWS
        return limit or None

    def pick(self, sheets: Sequence[Sheet]) -> Sequence[Sheet]:
        """The sheets with the columns asked for. Raises `UsageError` for a column that no sheet has."""
        from mujun.output.sheet import pick

        return pick(sheets, self.output.columns) if self.output.columns else sheets

    def write_aside(self, found: Found) -> None:
        """Write the rows set aside into a file of their own, if they are wanted."""
        from mujun.api import aside_query
        from mujun.output.sheet import Sheet
        from mujun.output.write import write

        if self.aside is None:
            return
        query = aside_query()
        write([Sheet("搁置", query, query.columns)], found.engine, self.aside)
        if not self.output.quiet:
            remark(f"已写入 {self.aside.path}")

    def finish(self, found: Found, sheets: Sequence[Sheet], page: Page | None = None) -> int:
        """Write the sheets and return the exit code; people see `page` instead, if all rows and columns are wanted."""
        from mujun.output.write import write

        whole = not self.output.columns and not self.output.limit
        files = write(sheets, found.engine, self.target, page if whole else None)
        if files and not self.output.quiet:
            names = f"：{'、'.join(file.name for file in files)}" if self.target.is_folder else ""
            remark(f"已写入 {self.output.path}{names}")
        return self.code(found)

    def code(self, found: Found) -> int:
        """The exit code, by --fail-on."""
        return FOUND if self.output.fail_on and found.found(self.output.fail_on) else DONE


def begin(given: Input, output: Output, *more: Path) -> Job:
    """Check where things are to be written; never over what is read, the pack and these further files included.

    The engine starts meanwhile. Raises `UsageError`, `DataError` and `MujunError`.
    """
    from mujun.intake.files import expand
    from mujun.output.write import Target
    from mujun.pack import find_pack

    said = [(name, one) for name in given.data for one in expand([name])]
    # Folders and patterns are looked into once; what is named outright keeps its spelling.
    files = [name if one.sheet is not None or one.path == Path(name) else one.path for name, one in said]
    inputs = (*(one.path for _, one in said), *more)
    path = None
    if output.path not in (None, "-"):
        path, inputs = Path(output.path), (*inputs, *find_pack(given.rules).rglob("*.yaml"))
    is_folder = path is not None and str(output.path).endswith(("/", os.sep))
    target = Target(output.format, path, output.bom, inputs, is_folder)
    target.check()
    aside = None if given.set_aside is None else Target(None, Path(given.set_aside), None, inputs)
    if aside is not None:
        aside.check()
    start_early()
    return Job(files, output, target, aside)
