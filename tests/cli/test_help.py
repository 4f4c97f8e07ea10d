"""Help: in Chinese, complete, within eighty columns, and the same wherever a command is listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

import mujun
from mujun.cli import COMMANDS, cli
from mujun.width import display_width
from tests.cli.program import run
from tests.cli.test_errors import in_chinese

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syrupy.assertion import SnapshotAssertion

HAN = re.compile(r"[\u4e00-\u9fff]")


def commands(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            assert found is not None
            yield from commands(found, (*path, name))


EVERY = dict(commands())


def test_there_are_no_other_commands() -> None:
    """These are the commands; a new one belongs here, in the README and in the changelog."""
    assert {" ".join(path) for path in EVERY} == {
        "", "classify", "check", "codes", "template", "grade", "policy", "track", "rank",
        "rules", "rules list", "rules show", "rules check", "rules coverage", "rules sql", "rules copy", "rules schema",
    }  # fmt: skip


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_listed_command_is_described_by_its_own_words(name: str) -> None:
    """The line that stands for a command before it is imported is the one that it gives itself."""
    command = EVERY[(name,)]
    assert COMMANDS[name][1] == command.get_short_help_str(200) == command.short_help
    assert f"{name}  " in run("--help").out


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_everything_is_explained_in_chinese(path: tuple[str, ...]) -> None:
    """Every command and every option says in Chinese what it does, and names its value in Chinese or as it is."""
    command = EVERY[path]
    assert HAN.search(command.help or "")
    assert path == () or HAN.search(command.short_help or "")
    ctx = click.Context(command, info_name="mujun", help_option_names=["-h", "--help"])
    for param in command.get_params(ctx):
        if isinstance(param, click.Option):
            assert HAN.search(param.help or ""), param.name
        assert param.metavar or getattr(param, "is_flag", False), param.name


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_help_fits_a_terminal(path: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    """Help takes at most eighty display columns, has no English sentence, and is what it was when last read."""
    ran = run(*path, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert max(map(display_width, ran.out.splitlines())) <= 80
    assert in_chinese(ran.out)
    assert run(*path, "-h").out == ran.out
    assert ran.out == snapshot


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_help_has_the_same_words_at_any_width(columns: int) -> None:
    """A narrow terminal breaks the lines of the help elsewhere and loses nothing."""
    for path in EVERY:
        narrow, usual = run(*path, "--help", columns=columns).out, run(*path, "--help").out
        assert "".join(narrow.split()) == "".join(usual.split())


def test_version() -> None:
    """--version is the name and the version, on stdout."""
    assert run("--version") == (0, f"mujun {mujun.__version__}\n".encode(), "")
