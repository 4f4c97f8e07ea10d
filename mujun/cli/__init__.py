"""The command line. Commands are imported when they are called, so that ``mujun --help`` costs what click costs."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if sys.argv[1:2] and sys.argv[1] in ("classify", "grade", "check") and not {"-h", "--help"} & {*sys.argv}:
    # Hardly anything refers to itself here: to look for that every 700 objects takes a thirtieth of a small run.
    gc.set_threshold(100_000, 50, 50)
    # DuckDB starts while click is imported.
    from mujun.engine import start_early

    start_early()

import click

import mujun
from mujun.cli import errors, language
from mujun.cli.help import ChineseGroup

if TYPE_CHECKING:
    from typing import NoReturn

language.speak()

COMMANDS = {
    "classify": ("mujun.cli.classify", "按政策包判定企业，输出各清单"),
    "grade": ("mujun.cli.grade", "按评价办法打分、排名、划档"),
    "policy": ("mujun.cli.policy", "差别化政策台账：每家企业每年加收、减免多少"),
    "check": ("mujun.cli.check", "检查数据文件：问题、行数、各字段、各部门能否对上"),
    "track": ("mujun.cli.track", "目标进度：完成多少、是否按时序、还差多少"),
    "rank": ("mujun.cli.rank", "成组排名：基数与增速、名次升降、长项与短项"),
    "rules": ("mujun.cli.rules", "查看、检查政策包"),
    "codes": ("mujun.cli.codes", "说明数据问题的代码，如 M204"),
    "template": ("mujun.cli.template", "生成请部门填报的 Excel 空表"),
}
"""Command -> where it lives and its one line of help."""


class _LazyGroup(ChineseGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", getattr(import_module(COMMANDS[cmd_name][0]), cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("命令"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    # click turns a broken pipe into exit code 1, which has another meaning here.

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        try:
            return super().make_context(*args, **extra)
        except BrokenPipeError:
            raise errors.ReaderGoneError from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise errors.ReaderGoneError from None


@click.group(cls=_LazyGroup)
@click.version_option(mujun.__version__, "-V", "--version", message="mujun %(version)s", help="显示版本并退出")
def cli() -> None:
    """亩均：按政策包评价工业用地，输出可逐行复核的清单。

    常用：mujun classify 数据.csv
    """


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line: the one place where errors become text and exit codes.

    0 done, 1 done with findings of the level of --fail-on, 2 wrong usage, 3 could not run.
    """
    errors.ready_streams()
    stopped = _stop_cleanly()
    problem: BaseException | None = None
    code = errors.DONE
    try:
        found = cli.main(args, prog_name="mujun", standalone_mode=False)
        code = found if isinstance(found, int) else code
    except (Exception, KeyboardInterrupt, errors.StoppedError) as error:
        # DuckDB turns what a signal raises into an error of its own.
        problem = errors.StoppedError() if stopped else error
    lost = errors.flush_or_abandon()
    problem = problem or lost
    if problem is not None:
        code = errors.report(problem)
    code = 128 + stopped[0] if stopped else code
    if args is None:
        atexit.register(_leave, code)
    sys.exit(code)


def _leave(code: int) -> None:
    """Leave without taking down DuckDB and all modules one by one, which takes longer than judging 2,000 enterprises.

    Where DuckDB has put something on disk, it is to clear up.
    """
    with contextlib.suppress(OSError, ValueError):
        if not os.path.lexists(".tmp"):
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
            os._exit(code)


def _stop_cleanly() -> list[int]:
    """Have a request to stop unwind the program, so that no half-written file is left behind.

    The list returned is to hold the signals that come. Signals that whoever started the program ignores stay ignored.
    """
    stopped: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        stopped.append(number)
        raise KeyboardInterrupt if number == signal.SIGINT else errors.StoppedError

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            with contextlib.suppress(ValueError):  # not in the main thread
                signal.signal(number, stop)
    return stopped


__all__ = ["COMMANDS", "cli", "main"]
