"""Help in Chinese: click measures texts in characters and breaks them at blanks, Chinese needs display columns."""

from __future__ import annotations

from collections.abc import Sequence

import click

from mujun.width import display_width, wrap


class _Formatter(click.HelpFormatter):
    def write_text(self, text: str) -> None:
        for paragraph in text.split("\n\n"):
            for line in paragraph.replace("\b", "").splitlines():
                for piece in wrap(line.strip(), self.width - self.current_indent):
                    self.write(f"{' ' * self.current_indent}{piece}\n")
            self.write("\n")
        self.buffer.pop()

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
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


class ChineseGroup(click.Group):
    """A group whose help is laid out in display columns."""

    context_class = _Context
    command_class = ChineseCommand
    group_class = type
