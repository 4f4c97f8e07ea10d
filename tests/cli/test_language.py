"""click speaks Chinese, in every version that mujun runs with and whatever the locale."""

from __future__ import annotations

import ast
import gettext
import os
import string
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from babel.messages import Catalog, Message, mofile, pofile

from mujun.cli import language
from tests.cli.test_errors import in_chinese

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = language.LOCALE / "zh_CN" / "LC_MESSAGES"
FOR_USERS = ("core.py", "decorators.py", "exceptions.py", "formatting.py", "parser.py", "types.py")
"""The modules of click whose texts a user of mujun can meet; the others prompt, page and edit."""
FOR_DEVELOPERS = {
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Confirm the action without prompting.",
    "Could not determine name for option with declarations {decls!r}",
    "Do you want to continue?",
    "Invalid start character for option ({option})",
    "Name '{name}' defined twice",
    (
        "No options defined but a name was passed ({name}). Did you mean to declare an argument instead? Did you"
        " mean to pass '--{name}'?"
    ),
}


def texts_of_click() -> set[str]:
    """Every text that click hands to gettext in the modules that users meet."""
    found = set()
    for name in FOR_USERS:
        source = (Path(click.__file__).parent / name).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    found.add(text.value)
    return found


def catalogue() -> Catalog:
    """The texts as they are written."""
    with (FOLDER / "messages.po").open("rb") as file:
        return pofile.read_po(file)


def compiled() -> gettext.GNUTranslations:
    """The texts as they are read."""
    with (FOLDER / "messages.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_every_text_of_click_is_translated() -> None:
    """Every text of the installed click that a user can meet has a Chinese one."""
    texts = texts_of_click()
    assert len(texts) > 40
    found = compiled()
    missing = {text for text in texts - FOR_DEVELOPERS if found.gettext(text) == text == found.ngettext(text, text, 2)}
    assert missing == set()


@pytest.mark.parametrize("message", [message for message in catalogue() if message.id], ids=lambda m: str(m.lineno))
def test_a_translation_is_sound(message: Message) -> None:
    """A translation is Chinese and uses no value that the text does not offer."""
    assert _forms(message.string)
    for text in _forms(message.string):
        assert text
        assert in_chinese(text)
        assert values(text) <= values(" ".join(_forms(message.id)))


def texts(catalog: Catalog) -> dict[str, list[str]]:
    """The translations by the first form of their text."""
    return {_forms(message.id)[0]: _forms(message.string) for message in catalog if message.id}


def _forms(text: str | Iterable[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def values(text: str) -> set[str | None]:
    """The values that a text is filled with."""
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def test_what_is_read_is_what_is_written() -> None:
    """The compiled catalogue is that of the source: python3 dev.py locale has been run."""
    with (FOLDER / "messages.mo").open("rb") as file:
        read = mofile.read_mo(file)
    assert texts(read) == texts(catalogue())
    assert len(texts(read)) > 40


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.UTF-8", "zh_CN.GB18030", "fr_FR.UTF-8", "没有"])
def test_no_locale_changes_the_language(locale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the locale says, click speaks Chinese once asked to."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.setenv(name, locale)
    language.speak()
    assert os.environ["LANGUAGE"] == "zh_CN"
    assert gettext.gettext("No such option {name!r}.") == "没有选项“{name}”"
    assert gettext.ngettext("Did you mean {possibility}?", "", 2) == "是否想写 {possibilities}"


def test_another_language_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language without a catalogue, English, is what click says by itself."""
    monkeypatch.setenv("LANGUAGE", "zh_CN")
    language.speak("en")
    assert gettext.gettext("Missing argument") == "Missing argument"
