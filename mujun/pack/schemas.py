"""The JSON Schemas of all files of a pack (`mujun rules schema`)."""

from __future__ import annotations

from typing import Any

from mujun.pack import models
from mujun.pack.models_goals import goal_schemas
from mujun.pack.models_grading import GradingModel
from mujun.pack.models_levies import levy_schema

_REF, _LOOSE = "#/$defs/", "Extending"


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by kind of file: ``pack``, ``fields``, …, ``grading``."""
    return {**models.schemas(), "grading": _grading(), "policies": levy_schema(), **goal_schemas()}


def _grading() -> dict[str, Any]:
    """A method that extends another may leave out, or take away, whatever it inherits."""
    strict = GradingModel.model_json_schema()
    definitions = strict.pop("$defs")
    return {
        "$defs": definitions | {_LOOSE + name: _loosened(below) for name, below in definitions.items()},
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {**_loosened(strict), "required": ["method"]},
        "else": strict,
    }


def _loosened(node: Any) -> Any:
    """A schema in which nothing is required, and nothing (null) may stand for everything."""
    if isinstance(node, list):
        return [_loosened(below) for below in node]
    if not isinstance(node, dict):
        return node
    found = {key: _loosened(below) for key, below in node.items() if key != "required"}
    if "$ref" in found:
        found["$ref"] = found["$ref"].replace(_REF, _REF + _LOOSE)
    if "properties" in found:
        found["properties"] = {key: _or_nothing(below) for key, below in found["properties"].items()}
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _or_nothing(found["additionalProperties"])
    return found


def _or_nothing(schema: Any) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
