"""Where output goes: to stdout, to a file that appears whole or not at all, or to a folder with a file for each list."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mujun.errors import MujunError, UsageError
from mujun.output.sheet import Sheet

if TYPE_CHECKING:
    from mujun.engine.duckdb import Engine


_SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".md": "md", ".txt": "table"}


@dataclass(frozen=True, slots=True)
class Target:
    """What the user asked for: a format, a path, a byte order mark; None leaves it to `write`."""

    format: str | None = None
    path: Path | None = None
    bom: bool | None = None
    inputs: tuple[Path, ...] = ()

    @property
    def chosen(self) -> str:
        """The format: as asked, else by the file's suffix, else a table on a terminal and CSV anywhere else."""
        if self.format:
            return self.format
        if self.path is None:
            return "table" if sys.stdout.isatty() else "csv"
        if self._is_folder:
            return "csv"
        suffix = self.path.suffix.lower()
        if suffix not in _SUFFIXES:
            known = " ".join(_SUFFIXES)
            raise UsageError(f"从“{self.path.name}”看不出格式", f"文件名应以 {known} 结尾，或用 -f 指明格式")
        return _SUFFIXES[suffix]

    @property
    def _is_folder(self) -> bool:
        return self.path is not None and (self.path.is_dir() or str(self.path).endswith(("/", os.sep)))

    def check(self) -> None:
        """Refuse an impossible target before any work is done. Raises `UsageError`."""
        _ = self.chosen
        if self.path is None:
            return
        for given in self.inputs:
            same = self.path.exists() and given.exists() and self.path.samefile(given)
            if same or self.path.absolute() == given.absolute():
                raise UsageError(f"“{self.path}”是输入文件，不能覆盖", "请换一个输出文件名")
        if not self._is_folder and not self.path.parent.is_dir():
            raise UsageError(f"没有文件夹“{self.path.parent}”", "请先建立文件夹，或换一个路径")


def write(sheets: Sequence[Sheet], engine: Engine, target: Target) -> list[Path]:
    """Write the sheets and return the files made. Raises `UsageError` for a target that makes no sense."""
    if target.path is None:
        _to_stdout(sheets, engine, target)
        return []
    if not target._is_folder:
        _to_file(target.path, render(sheets, engine, target.chosen), _bom(target))
        return [target.path]
    target.path.mkdir(parents=True, exist_ok=True)
    suffix = next(suffix for suffix, name in _SUFFIXES.items() if name == target.chosen)
    made = []
    for sheet in sheets:
        path = target.path / f"{sheet.name}{suffix}"
        if any(given.exists() and path.exists() and path.samefile(given) for given in target.inputs):
            raise UsageError(f"“{path}”是输入文件，不能覆盖", "请换一个输出文件夹")
        _to_file(path, render([sheet], engine, target.chosen), _bom(target))
        made.append(path)
    return made


def render(sheets: Sequence[Sheet], engine: Engine, name: str, width: int | None = None) -> Iterator[str]:
    """The sheets in a format, as pieces of text."""
    match name:
        case "csv" | "tsv":
            from mujun.output.delimited import lines

            return lines(sheets, engine, "," if name == "csv" else "\t")
        case "json":
            from mujun.output.jsonlines import json_array

            return json_array(sheets, engine)
        case "jsonl":
            from mujun.output.jsonlines import json_lines

            return json_lines(sheets, engine)
        case "md":
            from mujun.output.table import markdown

            return markdown(sheets, engine)
        case _:
            from mujun.output.table import terminal

            return terminal(sheets, engine, width or shutil.get_terminal_size((120, 24)).columns)


def _bom(target: Target) -> bool:
    return target.chosen == "csv" if target.bom is None else target.bom


def _to_stdout(sheets: Sequence[Sheet], engine: Engine, target: Target) -> None:
    out = sys.stdout.buffer
    bom = target.bom if target.bom is not None else target.chosen == "csv" and _is_new_csv_file(out)
    if bom:
        out.write(b"\xef\xbb\xbf")
    for piece in render(sheets, engine, target.chosen):
        out.write(piece.encode("utf-8"))
    out.flush()


def _is_new_csv_file(out: IO[bytes]) -> bool:
    """Whether stdout was redirected to a .csv file (``> 清单.csv``), where Excel wants a byte order mark."""
    try:
        state = os.fstat(out.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size:
            return False
        return os.readlink(f"/proc/self/fd/{out.fileno()}").lower().endswith(".csv")
    except (OSError, ValueError):
        return False


def _to_file(path: Path, pieces: Iterable[str], bom: bool) -> None:
    """Write a file under another name and put it in place when it is complete."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise MujunError(f"无法写入“{path}”：{error.strerror}", "请核对文件夹是否可写") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"\xef\xbb\xbf" if bom else b"")
            for piece in pieces:
                file.write(piece.encode("utf-8"))
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except OSError as error:
        raise MujunError(f"无法写入“{path}”：{error.strerror}", "请核对磁盘空间，以及文件是否被其他程序打开") from None
    finally:
        Path(name).unlink(missing_ok=True)
