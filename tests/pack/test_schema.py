"""The JSON Schemas for editors agree with what mujun reads."""

from __future__ import annotations

import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from mujun.pack import packs_folder, yaml
from mujun.pack.models import DatasetModel, IndicatorsModel, ListModel, PackModel
from mujun.pack.schemas import schemas

if TYPE_CHECKING:
    from pathlib import Path

    from mujun.pack.problems import Problem

jsonschema: Any = import_module("jsonschema")  # it comes without types

FILES = sorted(packs_folder().glob("*/**/*.yaml"))
DEMO = packs_folder().parent / "samples" / "policies-demo.yaml"


def kind(file: Path) -> str:
    """The schema that a file of a pack follows."""
    return {"lists": "list", "methods": "grading"}.get(file.parent.name, file.stem)


def read(file: Path) -> Any:
    """The value of a shipped file."""
    problems: list[Problem] = []
    document = yaml.read(file, problems)
    assert not problems
    assert document is not None
    return document.value


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Whether a schema accepts a value."""
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize("model", [PackModel, DatasetModel, IndicatorsModel, ListModel])
def test_the_models_export_schemas(model: type[PackModel]) -> None:
    """What pydantic exports of each model is valid JSON Schema."""
    jsonschema.Draft202012Validator.check_schema(model.model_json_schema())


@pytest.mark.parametrize("name", ["pack", "fields", "indicators", "list", "grading"])
def test_the_schemas_are_schemas(name: str) -> None:
    """What ``mujun rules schema`` prints is valid JSON Schema for each kind of file."""
    jsonschema.Draft202012Validator.check_schema(schemas()[name])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(packs_folder()).as_posix())
def test_the_shipped_files_follow_their_schemas(file: Path) -> None:
    """Every shipped file is accepted by its schema."""
    jsonschema.Draft202012Validator(schemas()[kind(file)]).validate(read(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(packs_folder()).as_posix())
def test_unknown_keys_break_the_schema(file: Path) -> None:
    """A misspelt key is an error in the editor too."""
    value = copy.deepcopy(read(file))
    inner = value["企业"] if kind(file) == "fields" else value
    inner["titel"] = "甲"
    assert not accepts(schemas()[kind(file)], value)


@pytest.mark.parametrize("value", [2, "2", 0, "6"])
def test_numbers_as_editors_read_them(value: int | str) -> None:
    """Editors read plain numbers as numbers and mujun reads them as text: the schema accepts both."""
    field = {"digits": value, "aliases": [2023, "甲"], "plausible": [0, 1.5]}
    dataset = {"identity": {"code": "甲", "name": "甲", "year": "甲"}, "fields": {"甲": field}}
    assert accepts(schemas()["fields"], {"企业": dataset})
    assert accepts(
        schemas()["pack"],
        {"pack": "a", "title": "甲", "source": {"document": "乙"}, "parameters": {"甲": {"value": value}}},
    )


@pytest.mark.parametrize("value", [7, "7", -1, "二", 1.5, None])
def test_wrong_digits_break_the_schema(value: object) -> None:
    """What mujun refuses as a number of decimals, the schema refuses."""
    assert not accepts(schemas()["indicators"], {"指标": {"甲": {"formula": "1", "digits": value}}})


def test_the_sample_of_policies_follows_its_schema() -> None:
    """The fictional table of measures is accepted, a tariff without its source is not."""
    value = read(DEMO)
    assert accepts(schemas()["policies"], value)
    del next(iter(value["措施"].values()))["tariffs"][0]["cites"]
    assert not accepts(schemas()["policies"], value)
