"""The shape of ``grading.yaml`` and of the methods in ``rules/methods``, as pydantic models.

They say which keys exist and what form their values take; what the values mean is resolved in `mujun.pack.grading`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from mujun.pack.models import (  # noqa: TC001 -- pydantic reads them
    Condition,
    ParameterModel,
    SourceModel,
    Text,
    TextOrTexts,
    Texts,
)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_WHOLE = {"type": ["integer", "string"]}


class BenchmarkModel(_Model):
    """A figure of a group: of all (全部), of the scope (范围) or by fields; `year` -1 is the year before."""

    group: TextOrTexts = "范围"
    year: Annotated[int, Field(ge=-20, le=0), WithJsonSchema(_WHOLE)] = 0
    factor: Text = "1"


_BENCHMARK_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": ["string", "number"]}, BenchmarkModel.model_json_schema()],
    "description": "26.01万元/亩、参数名，或 {group: 范围, year: -1, factor: 2}",
}

Benchmark = Annotated[Any, Field(json_schema_extra=_BENCHMARK_SCHEMA)]
"""A quantity or a parameter's name, or a `BenchmarkModel`; which it is, is told when it is resolved."""


class EachModel(_Model):
    """How an indicator is scored: in ``each`` for all of a scope, at an indicator for itself."""

    formula: Literal["ratio", "min-max", "best"] = "ratio"
    better: Literal["larger", "smaller"] = "larger"
    benchmark: Benchmark = None
    floor: Text = "0"
    cap: Text = "none"
    base: Text = "0"
    missing: Literal["peers", "zero", "full", "reweigh", "ungraded", "penalty"] | None = None
    penalty: Text = "0"
    zero_divisor: Literal["missing", "zero", "full"] = "missing"


class ItemModel(EachModel):
    """An indicator of a scope, and its weight in points."""

    weight: Text
    cites: str = ""
    note: str = ""


class StepModel(_Model):
    """Points added (or, below 0, taken off) where a condition holds."""

    when: Condition = None
    points: Text
    cites: str = ""
    note: str = ""


class CutsModel(_Model):
    """Where the ranking is cut into grades."""

    by: Literal["share", "score"] = "share"
    lines: dict[str, Text]
    rounding: Literal["floor", "round", "ceil"] = "floor"
    base: Literal["graded", "all"] = "graded"
    ties: Literal["better", "worse"] = "better"
    least: Text = "0"


class ScopeModel(_Model):
    """Those who are ranked by the same indicators."""

    among: Condition = None
    within: Texts = []
    total: Text = "100"
    indicators: Annotated[dict[str, ItemModel], Field(min_length=1)]
    each: EachModel = EachModel()
    coefficient: Text = ""
    bonus: dict[str, StepModel] = {}
    most_bonus: Text | None = None
    most_deduction: Text | None = None
    then: Texts = []
    cuts: CutsModel
    cites: str = ""
    note: str = ""


class ExemptionModel(_Model):
    """Who is scored but not graded."""

    when: Condition
    cites: str = ""
    note: str = ""


class MoveModel(_Model):
    """A reason to move a grade; `to` only for 定档 and 一票否决."""

    action: Literal["定档", "提档", "降档", "一票否决"]
    to: Text = ""
    when: Condition
    cites: str = ""
    note: str = ""


class AdjustmentsModel(_Model):
    """The dataset of adjustments, and its fields: whose grade, how it is moved, to which, why, by what document."""

    dataset: str
    code: str
    action: str
    grade: str
    reason: str
    source: str


class GradingModel(_Model):
    """``grading.yaml`` and ``rules/methods/*.yaml``."""

    method: Text
    title: str = ""
    extends: Text = ""
    dataset: str = "企业"
    place: str = ""
    year: Annotated[int, WithJsonSchema(_WHOLE)] | None = None
    source: SourceModel | None = None
    published: str = ""
    assumed: str = ""
    incomplete: Texts = []
    note: str = ""
    feeds: str = ""
    grades: Annotated[Texts, Field(min_length=2)] = ["A", "B", "C", "D"]
    ungraded: Text = "T"
    parameters: dict[str, ParameterModel] = {}
    exempt: dict[str, ExemptionModel] = {}
    scopes: Annotated[dict[str, ScopeModel], Field(min_length=1)]
    moves: dict[str, MoveModel] = {}
    adjustments: AdjustmentsModel | None = None
