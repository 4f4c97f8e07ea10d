"""The shape of a pack's YAML files, as pydantic models.

These say which keys exist and what form their values take; what the values mean is resolved in `mujun.pack.resolve`.
Their JSON Schema (`mujun rules schema`) lets editors complete and check a pack.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

_LEAF_SCHEMA = {"type": "object", "description": "名称: \"op 右边\"，op 为 < <= = != >= > in missing present"}
_CONDITION_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "object", "required": ["all"], "properties": {"all": {"type": "array"}}, "additionalProperties": False},
        {"type": "object", "required": ["any"], "properties": {"any": {"type": "array"}}, "additionalProperties": False},
        {"type": "object", "required": ["not"], "properties": {"not": {"type": "object"}}, "additionalProperties": False},
        _LEAF_SCHEMA,
    ]
}

Condition = Annotated[Any, WithJsonSchema(_CONDITION_SCHEMA)]
"""A condition tree; `mujun.pack.condition` parses it."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Model):
    """The document a pack encodes."""

    document: str
    issued: datetime.date | None = None
    effective: datetime.date | None = None
    url: str = ""


class ParameterModel(_Model):
    """A number or a choice of the policy that a county may set."""

    value: str | list[str]
    cites: str = ""
    note: str = ""


class PackModel(_Model):
    """``pack.yaml``."""

    pack: str
    title: str
    source: Source
    note: str = ""
    parameters: dict[str, ParameterModel] = {}


class FieldModel(_Model):
    """One column of a dataset."""

    type: Literal["number", "code", "text", "year", "flag", "choice"] = "number"
    unit: str = ""
    aliases: list[str] = []
    values: dict[str, list[str]] = {}
    digits: Annotated[int, Field(ge=0, le=6)] = 2
    plausible: Annotated[list[str], Field(min_length=2, max_length=2)] | None = None
    fallback: str = ""
    note: str = ""


class IdentityModel(_Model):
    """Which fields say whose row it is, and of which year."""

    code: str
    name: str
    year: str


class DatasetModel(_Model):
    """One dataset of ``fields.yaml``: `leading` opens every list, `totals` are summed in a list's heading."""

    identity: IdentityModel
    leading: list[str] = []
    totals: list[str] = []
    fields: dict[str, FieldModel]


class IndicatorModel(_Model):
    """A formula over fields."""

    formula: str
    unit: str = ""
    digits: Annotated[int, Field(ge=0, le=6)] = 2
    cites: str = ""
    note: str = ""


class IndicatorsModel(_Model):
    """``indicators.yaml``."""

    indicators: dict[str, IndicatorModel] = Field(alias="指标")


class RouteModel(_Model):
    """One way to deal with the enterprises of a list."""

    when: Condition = None
    cites: str = ""
    note: str = ""


class TopModel(_Model):
    """The best `first` of a list are proposed `within`, the others `beyond`."""

    first: str
    within: str
    beyond: str = ""


class ListModel(_Model):
    """``lists/*.yaml``: who (`among`), condition (`when`), order (`rank`), routes."""

    list: str
    cites: str
    dataset: str = "企业"
    among: Condition = None
    when: Condition
    rank: Annotated[list[str], Field(min_length=1)]
    columns: list[str] = []
    precedence: str = ""
    routes: dict[str, RouteModel] = {}
    top: TopModel | None = None
    note: str = ""


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of the files of a pack, by kind."""
    datasets = DatasetModel.model_json_schema()
    fields = {"type": "object", "additionalProperties": {"$ref": "#/$defs/DatasetModel"}}
    definitions = datasets.pop("$defs", {})
    return {
        "pack": PackModel.model_json_schema(),
        "fields": {**fields, "$defs": {**definitions, "DatasetModel": datasets}},
        "indicators": IndicatorsModel.model_json_schema(),
        "list": ListModel.model_json_schema(),
    }
