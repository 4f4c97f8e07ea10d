"""``mujun codes``: the catalogue of findings, in words that whoever gets one understands."""

from __future__ import annotations

import csv
import io
import json
from string import Formatter

import pytest

from mujun.cli.codes import GROUPS, LEVEL_WORDS, OWN_WORDS, PLAIN, WORDS, in_words
from mujun.intake.catalogue import CATALOGUE, LEVELS
from mujun.width import display_width
from tests.cli.program import run
from tests.cli.test_errors import check


def placeholders(text: str) -> set[str]:
    """What a finding fills into a text of the catalogue."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_list_has_every_code() -> None:
    """`codes` names every code with its level and what it says, in the order of the catalogue."""
    ran = run("codes")
    assert (ran.code, ran.err) == (0, "")
    found = [line.split(maxsplit=2) for line in ran.out.splitlines() if line[:4] in CATALOGUE]
    assert found == [[code, entry.level, in_words(code, entry.template)] for code, entry in CATALOGUE.items()]


def test_every_code_belongs_to_a_group() -> None:
    """No code is left out for want of a group, and every level is explained."""
    assert {code[:2] for code in CATALOGUE} == set(GROUPS)
    assert list(LEVEL_WORDS) == list(LEVELS)


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_code_is_explained(code: str) -> None:
    """`codes M204` gives the level, the message, what to do and an example, and leaves no placeholder in English."""
    entry = CATALOGUE[code]
    ran = run("codes", code)
    assert (ran.code, ran.err) == (0, "")
    head, said, advice, example = ran.out.splitlines()
    assert head == f"{code}  {entry.level}（{LEVEL_WORDS[entry.level]}）"
    assert said == f"  说明    {in_words(code, entry.template)}"
    assert advice.startswith("  怎么办  ")
    assert example.removeprefix("  例").strip() in entry.example
    assert entry.example
    assert "{" not in said + advice


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_placeholder_has_words(code: str) -> None:
    """Whatever a finding of this code fills in has words of its own in place of its name."""
    entry = CATALOGUE[code]
    assert placeholders(entry.template) | placeholders(entry.advice) <= {*WORDS, *PLAIN, *OWN_WORDS.get(code, {})}


def test_no_words_are_left_over() -> None:
    """The words for placeholders are for those that there are."""
    used = {code: placeholders(entry.template) | placeholders(entry.advice) for code, entry in CATALOGUE.items()}
    assert {*WORDS, *PLAIN} <= set().union(*used.values())
    assert all(set(words) <= used[code] for code, words in OWN_WORDS.items())


def test_codes_as_people_write_them() -> None:
    """Several codes come in the order asked, each once, in lower case and full width, too."""
    ran = run("codes", "m302", "Ｍ２０４", "M302")
    assert ran.code == 0
    assert [line[:4] for line in ran.out.splitlines() if line.startswith("M")] == ["M302", "M204"]


def test_placeholders_are_put_in_words() -> None:
    """What a finding fills in is named in Chinese, by what it is in this message."""
    assert in_words("M114", "{column}：{other}") == "〔列名〕：〔另一列〕"
    assert in_words("M302", "{other}") == "〔其他行〕"
    assert in_words("M302", "{unheard}") == "〔unheard〕"


@pytest.mark.parametrize("args", [[], ["m302", "M204"]])
def test_every_format_says_the_same(args: list[str]) -> None:
    """CSV and JSON have the same rows, one for each code, with all of its texts; Markdown has each of them."""
    ran = run("codes", *args, "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert (ran.code, ran.err) == (0, "")
    assert list(rows[0]) == ["代码", "级别", "说明", "怎么办", "例"]
    wanted = sorted(arg.upper() for arg in args) or list(CATALOGUE)
    assert sorted(row["代码"] for row in rows) == wanted
    plain = [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]
    assert json.loads(run("codes", *args, "-f", "json").out) == plain
    markdown = run("codes", *args, "-f", "md").out
    assert all(f"| {code} | {CATALOGUE[code].level} | " in markdown for code in wanted)
    assert markdown.startswith("## " if args else "# ")


@pytest.mark.parametrize(
    ("code", "said"),
    [("M2O4", "，是否想写“M204”"), ("M31", "，是否想写“M"), ("没有", ""), ("", "")],
)
def test_an_unknown_code(code: str, said: str) -> None:
    """An unknown code is wrong usage; the nearest one is offered, and where all are to be found."""
    ran = run("codes", "M204", code)
    check(ran)
    assert ran.code == 2
    assert ran.err.startswith(f"错误：没有代码“{code}”{said}")
    assert "全部代码见 mujun codes" in ran.err


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_on_a_terminal_lines_are_wrapped(columns: int) -> None:
    """On a terminal no line is wider than it, and nothing is left out."""
    for args in ([], list(CATALOGUE)):
        piped, shown = run("codes", *args), run("codes", *args, columns=columns, terminal=True)
        assert shown.code == 0
        assert max(map(display_width, shown.out.splitlines())) <= columns
        assert sorted("".join(shown.out.split())) == sorted("".join(piped.out.split()))
