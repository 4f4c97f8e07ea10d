"""Help in Chinese: click measures texts in characters and breaks them at blanks, Chinese needs display columns."""

from __future__ import annotations

from gettext import gettext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mujun.width import display_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or gettext("Usage:"))

    def write_heading(self, heading: str) -> None:
        self.write(f"{' ' * self.current_indent}{heading}：\n")

    def write_text(self, text: str) -> None:
        paragraphs = []
        for paragraph in text.split("\n\n"):
            lines = (line.strip() for line in paragraph.replace("\b", "").splitlines())
            pieces = [piece for line in lines for piece in wrap(line, self.width - self.current_indent)]
            paragraphs.append("".join(f"{' ' * self.current_indent}{piece}\n" for piece in pieces))
        self.write("\n".join(paragraphs))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        first = min(max((display_width(term) for term, _ in rows), default=0), col_max) + col_spacing
        for term, text in rows:
            lead = " " * self.current_indent + term
            lines = wrap(text, max(self.width - self.current_indent - first, 20))
            gap = first - display_width(term)
            if gap < col_spacing and lines:
                self.write(f"{lead}\n")
                lead, gap = " " * self.current_indent, first
            self.write(f"{lead}{' ' * gap}{lines[0] if lines else ''}".rstrip() + "\n")
            for line in lines[1:]:
                self.write(f"{' ' * (self.current_indent + first)}{line}\n")


class _Context(click.Context):
    formatter_class = _Formatter


class ChineseCommand(click.Command):
    """A command whose help is laid out in display columns."""

    context_class = _Context

    def __init__(self, *args: Any, **attributes: Any) -> None:
        attributes.setdefault("options_metavar", "[选项]")
        super().__init__(*args, **attributes)

    def get_help_option_names(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Both, whatever the context: click keeps the first answer for good."""
        return ["-h", "--help"]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; an error tells which command it is about."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


class ChineseGroup(ChineseCommand, click.Group):
    """A group whose help is laid out in display columns, and which suggests the command nearest to an unknown one."""

    command_class = ChineseCommand

    def __init__(self, *args: Any, **attributes: Any) -> None:
        attributes.setdefault("subcommand_metavar", "命令 …")
        super().__init__(*args, **attributes)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands in the order in which they were defined."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.UsageError(self._unknown(ctx, name), ctx)
        return super().resolve_command(ctx, args)

    def _unknown(self, ctx: click.Context, name: str) -> str:
        import difflib

        commands = self.list_commands(ctx)
        if "classify" in commands and (Path(name).suffix.lower() == ".csv" or "/" in name):
            return f"没有命令“{name}”，是否想写“mujun classify {name}”"
        close = difflib.get_close_matches(name, commands, n=1, cutoff=0.5)
        return f"没有命令“{name}”，" + (f"是否想写“{close[0]}”" if close else f"可用的命令：{'、'.join(commands)}")
