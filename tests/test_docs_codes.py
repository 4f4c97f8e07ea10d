"""docs/codes.md, the catalogue of findings and the code know the same codes."""

from __future__ import annotations

import re
from pathlib import Path

from mujun.intake.catalogue import CATALOGUE
from tests.cli.program import run

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "codes.md"
ABOUT_CODES = {ROOT / "mujun" / "intake" / "catalogue.py", ROOT / "mujun" / "cli" / "codes.py"}
"""The files that name codes to say what they mean."""


def raised() -> set[str]:
    """The codes that stand in quotes anywhere else in the program, in Python or in SQL."""
    files = set((ROOT / "mujun").rglob("*.py")) - ABOUT_CODES
    return {code for file in files for code in re.findall(r"""["'](M\d{3})["']""", file.read_text(encoding="utf-8"))}


def test_the_page_is_what_the_command_prints() -> None:
    """docs/codes.md is the output of `mujun codes -f md`; after a change to the catalogue it is written anew."""
    ran = run("codes", "-f", "md")
    assert ran.code == 0
    assert PAGE.read_text(encoding="utf-8") == ran.out, "write it anew: mujun codes -f md > docs/codes.md"


def test_every_code_is_on_the_page() -> None:
    """The page has one line for each code of the catalogue, in its order."""
    assert re.findall(r"^\| (M\d{3}) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == list(CATALOGUE)


def test_every_code_raised_is_in_the_catalogue() -> None:
    """No finding bears a code that nobody explains."""
    assert raised() <= set(CATALOGUE)


def test_every_code_of_the_catalogue_is_raised() -> None:
    """The catalogue explains nothing that does not happen."""
    assert set(CATALOGUE) - raised() == set()
