"""The documentation says what is: its commands exist, its figures are right, and its walk-through leads somewhere."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

import mujun
from mujun.cli import cli
from tests.cli.program import run

ROOT = Path(__file__).parent.parent
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
DOCUMENTS = [ENGLISH, CHINESE, ROOT / "samples" / "README.md", ROOT / "CONTRIBUTING.md"]


def section(document: Path, title: str) -> str:
    """The text below a heading, up to the next one of the same rank or higher."""
    rank, fenced, found = 0, False, []
    for line in document.read_text(encoding="utf-8").splitlines(keepends=True):
        fenced ^= line.startswith("```")
        heading = re.match(r"(#+) (.*)", line) if not fenced else None
        if heading and rank and len(heading[1]) <= rank:
            break
        if rank:
            found.append(line)
        elif heading and heading[2] == title:
            rank = len(heading[1])
    assert found, f"{document.name} has no section “{title}”"
    return "".join(found)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def lines_of(document: Path) -> list[str]:
    """The lines of the shell blocks of a document, prompts taken off."""
    text = document.read_text(encoding="utf-8")
    shown = "".join([*blocks(text, "sh"), *blocks(text, "console")])
    return [line.removeprefix("$ ").strip() for line in shown.splitlines()]


def commands(document: Path) -> list[str]:
    """The mujun commands in a document: in its shell blocks and in its running text."""
    text = document.read_text(encoding="utf-8")
    inline = re.findall(r"`(mujun [^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [line for line in (*lines_of(document), *inline) if line.startswith("mujun ")]


def arguments(line: str) -> list[str]:
    """The arguments of a command line, without comments and what follows a pipe or a redirection."""
    words = shlex.split(line, comments=True)[1:]
    ends = [words.index(sign) for sign in ("|", ">", "…") if sign in words]
    return words[: min(ends, default=len(words))]


def parse(words: list[str]) -> click.Command:
    """Parse arguments as the command line does, down to every option and its value; nothing is run."""
    command: click.Command = cli
    context: click.Context | None = None
    while isinstance(command, click.Group):
        context = click.Context(command, parent=context)
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        assert name is not None
        command = found
    command.make_context(command.name, words, parent=context)
    return command


def every_command(group: click.Group = cli, path: str = "mujun") -> list[str]:
    """The full names of all commands."""
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        full = f"{path} {name}"
        found += every_command(command, full) if isinstance(command, click.Group) else [full]
    return found


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("document", "least"), [(ENGLISH, 15), (CHINESE, 10)], ids=["english", "chinese"])
def test_every_command_in_the_readme_exists(document: Path, least: int) -> None:
    """Each ``mujun …`` line of the README parses: the command, every option, and every option's value."""
    found = commands(document)
    assert len(found) >= least
    for line in found:
        try:
            parse(arguments(line))
        except click.ClickException as error:
            pytest.fail(f"{document.name}: {line}\n{error.format_message()}")


def test_every_command_is_in_the_readme() -> None:
    """There is no command that the README does not mention."""
    shown = " ".join(commands(ENGLISH))
    assert {"mujun classify", "mujun rules check"} <= set(every_command())
    assert not [name for name in every_command() if name not in shown]


def test_every_option_of_the_main_command_is_in_the_readme() -> None:
    """There is no option of ``mujun classify`` that the README does not mention."""
    text = ENGLISH.read_text(encoding="utf-8")
    found = parse(["classify", "data.csv"])
    options = [parameter for parameter in found.params if isinstance(parameter, click.Option)]
    hidden = [option.name for option in options if not any(re.search(rf"{name}\b", text) for name in option.opts)]
    assert not [name for name in hidden if name not in UNDERSTOOD]


UNDERSTOOD = {"bom", "quiet"}
"""Options that explain themselves in the help and nobody needs first."""


def test_the_tasks_in_the_documents_exist() -> None:
    """Each ``python3 dev.py …`` names a task that dev.py has."""
    usage = subprocess.run([sys.executable, "dev.py"], cwd=ROOT, capture_output=True, check=False).stderr.decode()
    for document in (ENGLISH, CHINESE, ROOT / "CONTRIBUTING.md"):
        tasks = re.findall(r"python3 dev\.py (\w+)", document.read_text(encoding="utf-8"))
        assert tasks
        assert all(f"dev.py {task}" in usage for task in tasks), document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """A link to a file of the project finds it."""
    targets = re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8"))
    inside = [target for target in targets if "://" not in target]
    assert all((document.parent / target).exists() for target in inside)


# --- figures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "title"),
    [
        (ENGLISH, "The main job"),
        (ENGLISH, "Is the data fit to be judged?"),
        (CHINESE, "检查"),
        (ENGLISH, "Is the plan on pace?"),
        (ENGLISH, "Who pays more, who pays less"),
    ],
)
def test_the_output_of_the_tour_is_right(document: Path, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example prints, on a terminal of 80 columns, every line that the README shows, in its order."""
    [block] = blocks(section(document, title), "console")
    command, *shown = block.splitlines()
    monkeypatch.chdir(ROOT)
    ran = run(*arguments(command.removeprefix("$ ")), columns=80, terminal=True)
    assert ran.code == 0
    printed = iter([line.rstrip() for line in (ran.err + ran.out).splitlines()])
    for line in shown:
        assert line == "…" or line.rstrip() in printed, f"not printed, or not there: {line}"


def test_the_changelog_knows_this_version() -> None:
    """The current version has an entry."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(mujun.__version__)}\b", text, re.MULTILINE)


# --- the walk-through ------------------------------------------------------------------------------------------------


def test_the_walk_through_makes_a_pack_that_works(tmp_path: Path) -> None:
    """Who does what “Write your own pack” says, and no more, gets a sound pack with a list that finds enterprises."""
    text = section(ENGLISH, "Write your own pack")
    first, second = blocks(text, "yaml")
    pack = tmp_path / "my-pack"
    copied = CliRunner().invoke(cli, [*arguments("mujun rules copy"), str(pack)])
    assert copied.exit_code == 0, copied.output
    # A new file with the list, under the name that the text gives ...
    [name] = re.findall(r"`(lists/[\w-]+\.yaml)`", text)
    assert not (pack / name).exists()
    (pack / name).write_text(first, encoding="utf-8")
    # ... and lines to insert below a key of other files, as the comments above them say.
    places = re.findall(r"^# (\S+), below (\S+):\n((?:(?!#).+\n)+)", second, re.MULTILINE)
    assert [file for file, _, _ in places] == ["indicators.yaml", "pack.yaml"]
    for file, key, lines in places:
        before = (pack / file).read_text(encoding="utf-8")
        assert before.count(f"\n{key}:\n") + before.startswith(f"{key}:\n") == 1
        after = re.sub(rf"^{key}:\n", lambda found, lines=lines: found[0] + lines, before, flags=re.MULTILINE)  # type: ignore[misc]
        (pack / file).write_text(after, encoding="utf-8")
    new = yaml.safe_load(first)["list"]
    checked = CliRunner().invoke(cli, ["rules", "check", str(pack)])
    assert checked.exit_code == 0, checked.output
    read_back = CliRunner().invoke(cli, ["rules", "show", new, "--rules", str(pack)])
    assert read_back.exit_code == 0, read_back.output
    assert new in read_back.output
    result = mujun.evaluate(ROOT / "samples" / "data.csv", rules=pack, lists=[new])
    found = result.lists[new]
    assert 0 < len(found) < result.judged
    assert (found["研发占比"] <= 0.03).all()
    assert (found["销售收入"] >= 2000).all()
    assert result.summaries[0].outside > 0, "those below scale are not judged"
    looser = mujun.evaluate(ROOT / "samples" / "data.csv", rules=pack, lists=[new], parameters={"研发线": "1%"})
    assert len(looser.lists[new]) < len(found)


def test_the_python_example_names_what_exists() -> None:
    """Every function, argument and attribute in the README's Python example is there."""
    [snippet] = blocks(section(ENGLISH, "From Python"), "python")
    offered = {*dir(mujun.Evaluation), *inspect.signature(mujun.Evaluation).parameters}
    known = {"mujun": set(mujun.__all__), "result": offered}
    attributes = []
    for node in ast.walk(ast.parse(snippet)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            attributes.append(node.attr)
            assert node.attr in known[node.value.id]
        if isinstance(node, ast.Call):
            keywords = {str(keyword.arg): None for keyword in node.keywords}
            inspect.signature(mujun.evaluate).bind(*node.args, **keywords)
    assert {"evaluate", "lists", "outcomes", "findings", "summaries"} <= set(attributes)
    errors = re.findall(r"`mujun\.(\w+)`", section(ENGLISH, "From Python"))
    assert errors
    assert all(issubclass(getattr(mujun, name), Exception) for name in errors)


def test_the_columns_that_the_readme_promises_are_those_of_the_outcomes() -> None:
    """The README lists the columns of ``--outcomes`` as they are."""
    from mujun.plan.plan import OUTCOME_COLUMNS

    assert f"`{','.join(OUTCOME_COLUMNS)}`" in ENGLISH.read_text(encoding="utf-8")
