"""The shape of ``measures.yaml``, ``targets.yaml``, ``rankings.yaml`` and ``criteria.yaml``, as pydantic models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mujun.pack.models import Condition, Date, Digits, Text, TextOrTexts, Texts  # noqa: TC001 -- pydantic reads them


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PopulationModel(_Model):
    """Of whom a measure speaks: a condition over the rows of a dataset, as in lists."""

    when: Condition
    dataset: str = ""
    cites: str = ""
    note: str = ""


class MeasureModel(_Model):
    """A figure of a whole group: a formula over 合计, 计数 and 占比.

    `date` names the field by which the rows of a dated dataset (a ledger) fall into a period.
    """

    formula: Text
    unit: str = ""
    digits: Digits = 2
    dataset: str = ""
    date: str = ""
    cites: str = ""
    note: str = ""


class MeasuresModel(_Model):
    """``measures.yaml``, which a pack may leave out."""

    populations: dict[str, PopulationModel] = Field(default={}, alias="对象")
    measures: dict[str, MeasureModel] = Field(alias="口径")


class TargetModel(_Model):
    """What is to be reached, by when."""

    cites: str
    measure: str
    target: Text
    kind: Literal["level", "count", "cumulative", "yearly", "growth", "decline", "cleared"] = "level"
    start: Date | None = None
    deadline: Date | None = None
    baseline: Text = ""
    split: dict[str, dict[str, Text]] = {}
    note: str = ""


class TargetsModel(_Model):
    """``targets.yaml``, which a pack may leave out; `start`, `deadline` and `baseline` are those of most targets."""

    start: Date
    deadline: Date
    baseline: Text = ""
    targets: dict[str, TargetModel] = Field(alias="目标")


class RankingModel(_Model):
    """How groups are ranked: each measure by its level and its growth, put on one scale and weighted.

    Or simply by `indicators`: by the first of them, the others are shown.
    """

    by: str
    cites: str = ""
    aliases: Texts = []
    dataset: str = ""
    without: Texts = []
    normalise: Literal["极差", "占最优比"] = "极差"
    level: str = ""
    growth: str = ""
    measures: dict[str, Text] = {}
    indicators: Texts = []
    uplifts: dict[str, TextOrTexts] = {}
    note: str = ""


class RankingsModel(_Model):
    """``rankings.yaml``, which a pack may leave out."""

    rankings: dict[str, RankingModel] = Field(alias="排名")


class CriterionModel(_Model):
    """One quantified criterion of the document, and where it lives in the pack."""

    section: str
    criterion: str
    op: str = ""
    value: Text = ""
    unit: Text = ""
    period: Text = ""
    basis: Text = ""
    lists: Texts = Field(default=[], alias="清单")
    targets: Texts = Field(default=[], alias="目标")
    rankings: Texts = Field(default=[], alias="排名")
    note: str = ""


class CriteriaModel(_Model):
    """``criteria.yaml``, which a pack may leave out."""

    source: str
    criteria: dict[str, CriterionModel] = Field(alias="条款")


def goal_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of these files, by kind."""
    return {
        "measures": MeasuresModel.model_json_schema(),
        "targets": TargetsModel.model_json_schema(),
        "rankings": RankingsModel.model_json_schema(),
        "criteria": CriteriaModel.model_json_schema(),
    }
