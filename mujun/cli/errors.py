"""Errors as the user reads them: a line that says what and where, a line that says what to do; and the exit codes."""

from __future__ import annotations

import os
import sys

import click

from mujun.cli.say import abandon, remark
from mujun.errors import MujunError

DONE, FOUND, WRONG_USAGE, COULD_NOT = 0, 1, 2, 3
"""The exit codes; FOUND is for findings of the level of --fail-on."""
INTERRUPTED = 130


class ReaderGoneError(Exception):
    """Whoever reads the output has seen enough, as in ``| head``."""


class StoppedError(BaseException):
    """Someone asked the program to stop; no error that a command could handle."""


def report(error: BaseException) -> int:
    """Say what went wrong and return the exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            remark(error.format_message())
            return WRONG_USAGE
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "mujun"
            _two_lines(_usage(error), f"用法见 {command} --help")
            return WRONG_USAGE
        case click.ClickException():
            _two_lines(error.format_message())
            return COULD_NOT
        case MujunError():
            _two_lines(error.message, error.hint)
            return error.exit_code
        case ReaderGoneError() | BrokenPipeError():
            return DONE
        case StoppedError() | KeyboardInterrupt() | click.Abort():
            remark("已中断")
            return INTERRUPTED
        case OSError():
            return _system(error)
        case _:
            return _defect(error)


def _two_lines(what: str, next_: str = "") -> None:
    remark(f"错误：{what}")
    if next_:
        remark(next_)


def _usage(error: click.UsageError) -> str:
    """What click found wrong, in one line."""
    match error:
        case click.MissingParameter(param=click.Parameter() as param):
            choices = f"，可选：{'、'.join(param.type.choices)}" if isinstance(param.type, click.Choice) else ""
            return f"缺少{'参数' if isinstance(param, click.Argument) else '选项'} {_name(param, error.ctx)}{choices}"
        case click.BadParameter(param=click.Parameter() as param):
            # An argument says by itself what it should be.
            where = "" if isinstance(param, click.Argument) else f"{_name(param, error.ctx)} 的值不对："
            return where + error.message
        case click.NoSuchOption():
            return f"没有选项“{error.option_name}”{_close(error)}"
    return error.format_message()


def _close(error: click.NoSuchOption) -> str:
    import difflib

    # Measured without the hyphens, which make all options alike.
    names = {option.lstrip("-"): option for option in error.possibilities or ()}
    close = difflib.get_close_matches(error.option_name.lstrip("-"), names, n=1)
    return f"，是否想写“{names[close[0]]}”" if close else ""


def _name(param: click.Parameter, ctx: click.Context | None) -> str:
    if isinstance(param, click.Argument) and ctx is not None:
        return param.make_metavar(ctx).strip("[]")
    return max(param.opts, key=len)


def _system(error: OSError) -> int:
    from mujun import faults

    where = f"“{error.filename}”：" if error.filename else ""
    _two_lines(f"{where}{faults.reason(error)}", faults.advice(error))
    return COULD_NOT


def _defect(error: BaseException) -> int:
    if os.environ.get("MUJUN_DEBUG"):
        raise error
    _two_lines(
        f"mujun 内部出错（{type(error).__name__}: {' '.join(str(error).split())[:200]}）",
        "这是 mujun 的缺陷，请把命令和版本号报告给维护者；设 MUJUN_DEBUG=1 可看详情",
    )
    return COULD_NOT


def ready_streams() -> None:
    """Let every text through: where the locale cannot spell Chinese, UTF-8 is written."""
    for stream in (sys.stdout, sys.stderr):
        change = getattr(stream, "reconfigure", None)
        if change is not None:
            capable = stream.isatty() and stream.encoding.lower() not in ("ascii", "us-ascii", "ansi_x3.4-1968")
            change(encoding=stream.encoding if capable else "utf-8", errors="replace")


def flush_or_abandon() -> OSError | None:
    """Write what stdout still holds; where that fails, keep Python from trying, and complaining, once more at exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        abandon(sys.stdout)
        return error
    return None
