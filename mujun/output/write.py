"""Where output goes: to stdout, or to files that appear whole or not at all, in a folder one for each list."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Generator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from mujun import faults
from mujun.errors import MujunError, UsageError
from mujun.output.names import file_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mujun.engine.duckdb import Engine
    from mujun.output.sheet import Sheet

    Page = Callable[[int | None], Iterable[str]]
    Pieces = Iterable[str | bytes]
    """Texts, or what they are in UTF-8."""

_SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".md": "md", ".txt": "table"}
_BOM = b"\xef\xbb\xbf"
_CONTROLS = dict.fromkeys(
    (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "�"
)
"""What is kept from a terminal in any format; tabs and line ends are not."""


class Target(msgspec.Struct, frozen=True):
    """What the user asked for: a format, a path, a byte order mark; None leaves it to `write`.

    `inputs` are the files that were read: they are never written to. `folder` makes the path a folder, to be made if
    need be, as does a folder of this name.
    """

    format: str | None = None
    path: Path | None = None
    bom: bool | None = None
    inputs: tuple[Path, ...] = ()
    folder: bool = False

    @property
    def chosen(self) -> str:
        """The format: as asked, else by the file's suffix, else a table on a terminal and CSV anywhere else."""
        if self.format:
            return self.format
        if self.path is None:
            return "table" if on_terminal() else "csv"
        if self.is_folder:
            return "csv"
        suffix = self.path.suffix.lower()
        if suffix not in _SUFFIXES:
            known = " ".join(_SUFFIXES)
            hint = f"文件名应以 {known} 结尾，或用 -f 指明格式；文件夹请以 / 结尾"
            raise UsageError(f"从“{self.path.name}”看不出格式", hint)
        return _SUFFIXES[suffix]

    @property
    def is_headed(self) -> bool:
        """Whether the format has room for titles and notes."""
        return self.chosen in ("table", "md")

    @property
    def is_folder(self) -> bool:
        """Whether each list gets a file of its own."""
        return self.path is not None and (self.folder or self.path.is_dir())

    def check(self) -> None:
        """Refuse an impossible target before any work is done. Raises `UsageError` and `MujunError`."""
        try:
            chosen = self.chosen
            if self.bom and chosen not in ("csv", "tsv"):
                raise UsageError(f"--bom 只用于 csv 和 tsv，不用于 {chosen}", "请去掉 --bom")
            if self.path is None:
                self._check_stdout()
            else:
                self.check_path(self.path)
        except OSError as error:
            raise _cannot_write(self.path, error) from None

    def _check_stdout(self) -> None:
        try:
            state = os.fstat(sys.stdout.fileno())
        except (AttributeError, OSError, ValueError):
            return
        for given in self.inputs:
            if stat.S_ISREG(state.st_mode) and _is(given, state):
                raise UsageError(f"输出被重定向到输入文件“{given}”", "请换一个输出文件名，并核对这个文件是否已被清空")

    def check_path(self, path: Path) -> None:
        """Refuse to write to this path if it is an input, or if it could not be written."""
        for given in self.inputs:
            if (path.exists() and _is(given, path.stat())) or path.absolute() == given.absolute():
                raise UsageError(f"“{path}”是输入文件，不能覆盖", "请换一个输出文件名")
        if not self.folder and not path.parent.is_dir():
            raise UsageError(f"没有文件夹“{path.parent}”", "请先建立文件夹，或换一个路径")
        if path.exists() and not os.access(path, os.W_OK):
            raise MujunError(f"无法写入“{path}”：没有权限", "请核对权限，或换一个路径")


def _is(given: Path, state: os.stat_result) -> bool:
    try:
        return os.path.samestat(given.stat(), state)
    except OSError:
        return False


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def write(sheets: Sequence[Sheet], engine: Engine, target: Target, page: Page | None = None) -> list[Path]:
    """Write the sheets and return the files made: all of them or none. Raises `UsageError` and `MujunError`.

    `page` is what is shown instead of tables to people, in lines of at most the width given (None: any).
    """
    if target.path is None:
        width = _terminal_width()
        shown = page(width) if page and target.chosen == "table" else render(sheets, engine, target.chosen, width)
        _to_stdout(shown, target)
        return []
    if not target.is_folder:
        shown = page(None) if page and target.chosen == "table" else render(sheets, engine, target.chosen)
        files = [(target.path, shown)]
    else:
        suffix = next(suffix for suffix, name in _SUFFIXES.items() if name == target.chosen)
        names = file_names([sheet.name for sheet in sheets], suffix)
        files = [(target.path / n, render([s], engine, target.chosen)) for n, s in zip(names, sheets, strict=True)]
        for path, _ in files:
            target.check_path(path)
        _make_folder(target.path)
    _to_files(files, target.chosen == "csv" if target.bom is None else target.bom)
    return [path for path, _ in files]


def render(sheets: Sequence[Sheet], engine: Engine, name: str, width: int | None = None) -> Pieces:
    """The sheets in a format; `width` is that of a terminal, None for as wide as it takes."""
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

            return terminal(sheets, engine, width)


def _terminal_width() -> int:
    """The width of the terminal, or what a reader of a pipe can be expected to have."""
    import shutil

    return max(shutil.get_terminal_size((120, 24)).columns, 20)


def _to_stdout(pieces: Pieces, target: Target) -> None:
    if sys.stdout is None:
        raise MujunError("标准输出已关闭", "请改为写入文件：-o 清单.csv")
    out, seen = sys.stdout.buffer, on_terminal()
    encoding = sys.stdout.encoding
    bom = target.bom if target.bom is not None else target.chosen == "csv" and _is_new_csv_file(out)
    try:
        out.write(_BOM if bom else b"")
        for piece in pieces:
            if seen:
                text = piece.decode() if isinstance(piece, bytes) else piece
                out.write(text.translate(_CONTROLS).encode(encoding, "replace"))
            else:
                out.write(_in_utf8(piece))
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise MujunError(f"无法写到标准输出：{faults.reason(error)}", faults.advice(error)) from None
    finally:
        _close(pieces)


def _is_new_csv_file(out: IO[bytes]) -> bool:
    """Whether stdout was redirected to a .csv file (``> 清单.csv``), where Excel wants a byte order mark."""
    try:
        state = os.fstat(out.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size:
            return False
        return str(Path(f"/proc/self/fd/{out.fileno()}").readlink()).lower().endswith(".csv")
    except (OSError, ValueError):
        return False


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _to_files(files: Sequence[tuple[Path, Pieces]], bom: bool) -> None:
    """Write files under other names and put them in place when all are complete."""
    made: list[tuple[Path, Path]] = []
    path = files[0][0]
    try:
        for path, pieces in files:
            if path.exists() and not path.is_file():
                # A device or a pipe is written to, not replaced.
                _fill(path, os.O_WRONLY, pieces, bom)
                continue
            place = Path(os.path.realpath(path))
            draft = place.with_name(f".mujun-{os.getpid()}-{os.urandom(4).hex()}.tmp")
            made.append((draft, place))
            _fill(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, pieces, bom)
            if place.exists():
                draft.chmod(stat.S_IMODE(place.stat().st_mode))
        for draft, path in made:
            draft.replace(path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _cannot_write(path, error) from None
    finally:
        for draft, _ in made:
            draft.unlink(missing_ok=True)


def _fill(path: Path, flags: int, pieces: Pieces, bom: bool) -> None:
    with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666), "wb") as file:
        try:
            file.write(_BOM if bom else b"")
            for piece in pieces:
                file.write(_in_utf8(piece))
        finally:
            _close(pieces)


def _close(pieces: Pieces) -> None:
    """Give up what has not been written: queries may be under way, which are to end here and now."""
    if isinstance(pieces, Generator):
        pieces.close()


def _in_utf8(piece: str | bytes) -> bytes:
    return piece if isinstance(piece, bytes) else piece.encode(errors="replace")


def refuse_existing(path: Path, why: str) -> None:
    """Raise `UsageError` where there is something already that is not to be overwritten, and `why`."""
    if os.path.lexists(path):
        raise UsageError(f"“{path}”已存在，不覆盖，{why}", "请换一个文件名，或先移走原来的文件")


def write_new(path: Path, data: bytes, why: str) -> None:
    """Write a file that is new, as to `refuse_existing`, whole or not at all. Raises `MujunError` if it cannot be."""
    refuse_existing(path, why)
    _to_files([(path, [data])], bom=False)


def _cannot_write(path: Path | None, error: OSError) -> MujunError:
    return MujunError(f"无法写入“{path}”：{faults.reason(error)}", faults.advice(error))
