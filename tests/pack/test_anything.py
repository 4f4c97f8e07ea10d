"""Whatever stands in the files of a pack, it loads or is refused with problems: nothing else ever happens."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml as pyyaml
from hypothesis import example, given
from hypothesis import strategies as st

from mujun.pack import Pack, PackError, formula, load_pack, packs_folder, yaml
from mujun.pack.problems import Place, Problem
from tests.pack.draft import FIELDS, INDICATORS, LOW, PACK, TAX

SHIPPED = packs_folder() / "jindong"
FILES = [PACK, FIELDS, INDICATORS, LOW, TAX]

files = st.sampled_from(FILES)
signs = st.sampled_from(
    [*":：-#\"'[]{},，、|>&*!%@`?~<=≥()（）/.０\t\n \u3000\ufeff\u2028", "\n  ", "- ", ": ", "往年(", "in ["]
)
texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.lists(signs | st.text(max_size=2), max_size=15).map(
    "".join
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | signs | st.just("税收"),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(signs | st.text(max_size=3), below, max_size=3),
    max_leaves=6,
)


def load(file: str, content: str) -> Pack | None:
    """Load the shipped pack with another content of one file; None where it is refused as it should be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pack"
        shutil.copytree(SHIPPED, folder)
        (folder / file).write_bytes(content.encode(errors="surrogatepass"))
        problems = []
        try:
            return load_pack(folder)
        except PackError as error:
            problems = error.problems
        assert problems
        for problem in problems:
            assert problem.message
            assert any(problem.place.file.is_relative_to(one) for one in (folder, packs_folder() / "methods"))
            assert min(problem.place.line, problem.place.column) >= 1
        return None


def source(file: str) -> str:
    """The text of a shipped file."""
    return (SHIPPED / file).read_text(encoding="utf-8")


@given(texts)
def test_any_text_as_a_formula(text: str) -> None:
    """Any text is a formula or a problem."""
    problems: list[Problem] = []
    assert (formula.parse(text, Place(Path("a.yaml")), problems) is None) == bool(problems)


@given(texts)
def test_any_text_as_a_file_of_yaml(text: str) -> None:
    """Any text is YAML or a problem."""
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "a.yaml"
        file.write_bytes(text.encode())
        assert yaml.read(file, problems) is not None or problems


@given(st.binary(max_size=40))
def test_any_bytes_as_a_file_of_yaml(content: bytes) -> None:
    """Any bytes are YAML or a problem."""
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "a.yaml"
        file.write_bytes(content)
        assert yaml.read(file, problems) is not None or problems


@given(files, texts)
def test_any_text_as_a_file_of_a_pack(file: str, text: str) -> None:
    """Any text as a whole file of a pack is a problem."""
    assert load(file, text) is None


@given(texts)
@example(">= 1e999999999亩")
@example("< 99999999999999999999999999999999999999999999999999亩")
def test_any_text_as_a_condition(text: str) -> None:
    """Any text in the place of a condition is one or a problem."""
    quoted = pyyaml.dump(text, allow_unicode=True).removesuffix("...\n").rstrip("\n")
    load(TAX, source(TAX).replace('"<= 少地线"', quoted.replace("\n", "\n        ")))


@given(files, st.data())
def test_any_edit_of_a_file(file: str, data: st.DataObject) -> None:
    """A pack survives any edit of its files, or is refused."""
    text = source(file)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    load(file, text[:start] + data.draw(texts) + text[end:])


@given(files, st.data())
def test_any_value_anywhere(file: str, data: st.DataObject) -> None:
    """A pack survives any value in any place of its files, or is refused."""
    content = pyyaml.load(source(file), Loader=pyyaml.BaseLoader)  # noqa: S506
    inner = content
    while True:
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.integers(0, 3)) == 0:
            break
        inner = inner[key]
    inner[key] = data.draw(values)
    load(file, pyyaml.safe_dump(content, allow_unicode=True, sort_keys=False))
