"""The command line. Commands are imported when they are called, so that ``mujun --help`` costs what click costs."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

import mujun
from mujun.cli.help import ChineseCommand, ChineseGroup
from mujun.errors import MujunError

COMMANDS = {
    "classify": ("mujun.cli.classify", "按政策包判定企业，输出各清单"),
    "rules": ("mujun.cli.rules", "查看、检查政策包"),
}
"""Command -> where it lives and its one line of help."""


class _LazyGroup(ChineseGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("命令"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(mujun.__version__, "-V", "--version", message="mujun %(version)s", help="显示版本并退出")
def cli() -> None:
    """亩均：按政策包评价工业用地，输出可逐行复核的清单。

    常用：mujun classify 数据.csv
    """


def main(args: list[str] | None = None) -> Any:
    """Run the command line: the one place where errors become text and exit codes.

    0 done, 1 done with findings of the level of --fail-on, 2 wrong usage, 3 could not run.
    """
    try:
        code = cli.main(args, prog_name="mujun", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 2
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except MujunError as error:
        click.echo(f"错误：{error.message}", err=True)
        if error.hint:
            click.echo(error.hint, err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("已中断", err=True)
        code = 130
    except BrokenPipeError:
        # The reader has seen enough (| head): leave without a word.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if os.environ.get("MUJUN_DEBUG"):
            raise
        click.echo(f"错误：mujun 内部出错（{type(error).__name__}: {' '.join(str(error).split())[:200]}）", err=True)
        click.echo("这是 mujun 的缺陷，请把命令和版本号报告给维护者；设 MUJUN_DEBUG=1 可看详情", err=True)
        code = 3
    sys.exit(code if isinstance(code, int) else 0)


__all__ = ["COMMANDS", "ChineseCommand", "cli", "main"]
