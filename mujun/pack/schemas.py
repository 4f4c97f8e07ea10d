"""The JSON Schemas of all files of a pack (`mujun rules schema`)."""

from __future__ import annotations

from typing import Any

from mujun.pack import models
from mujun.pack.models_goals import goal_schemas
from mujun.pack.models_grading import GradingModel


def schemas() -> dict[str, dict[str, Any]]:
    """The schemas by kind of file: ``pack``, ``fields``, …, ``grading``."""
    return {**models.schemas(), "grading": GradingModel.model_json_schema(), **goal_schemas()}
