"""The shape of a pack's YAML files, as pydantic models.

These say which keys exist and what form their values take; what the values mean is resolved in `mujun.pack.resolve`.
Their JSON Schema (`mujun rules schema`) lets editors complete and check a pack. mujun reads every plain scalar as text
(`mujun.pack.yaml`), editors read numbers as numbers: the schema allows both where a number is usual.
"""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError


def _branch(key: str, below: str) -> dict[str, Any]:
    return {"type": "object", "required": [key], "properties": {key: {"type": below}}, "additionalProperties": False}


_CONDITION_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _branch("all", "array"),
        _branch("any", "array"),
        _branch("not", "object"),
        {"type": "object", "description": '名称: "op 右边"，op 为 < <= = != >= > in missing present'},
    ]
}

Condition = Annotated[Any, Field(json_schema_extra=_CONDITION_SCHEMA)]
"""A condition tree; `mujun.pack.condition` parses it."""

Text = Annotated[str, WithJsonSchema({"type": ["string", "number"]})]
"""Text that often looks like a number: ``3``, ``0.5``."""

Texts = list[Text]

Digits = Annotated[
    int,
    Field(ge=0, le=6),
    WithJsonSchema({"enum": [*range(7), *map(str, range(7))]}),
]


def _calendar_date(value: Any) -> Any:
    """Only ``2021-05-23``: pydantic would also take a number, as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise PydanticCustomError("date_parsing", "not a date")
    return value


Date = Annotated[datetime.date, BeforeValidator(_calendar_date)]

TAGS = ("<text>", "<list>")


def _tag(value: Any) -> str:
    return TAGS[isinstance(value, list)]


TextOrTexts = Annotated[
    Annotated[Text, Tag(TAGS[0])] | Annotated[list[Text], Field(min_length=1), Tag(TAGS[1])], Discriminator(_tag)
]
"""Told apart by their form, so that a fault is reported for the form that was written. Faults bear the tags."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceModel(_Model):
    """The document a pack encodes."""

    document: str
    issued: Date | None = None
    effective: Date | None = None
    url: str = ""


class ParameterModel(_Model):
    """A number or a choice of the policy that a county may set."""

    value: TextOrTexts
    cites: str = ""
    note: str = ""


class PackModel(_Model):
    """``pack.yaml``."""

    pack: str
    title: str
    source: SourceModel
    note: str = ""
    parameters: dict[str, ParameterModel] = {}


class ByCodeModel(_Model):
    """A choice that follows from a code: the longest of `codes` with which it begins decides, `others` for none."""

    of: str
    codes: dict[str, Texts]
    others: str = ""


class FieldModel(_Model):
    """One column of a dataset."""

    type: Literal["number", "code", "text", "year", "flag", "choice", "date"] = "number"
    unit: str = ""
    aliases: Texts = []
    values: dict[str, Texts] = {}
    digits: Digits = 2
    plausible: Annotated[Texts, Field(min_length=2, max_length=2)] | None = None
    combine: Literal["", "sum"] = ""
    larger: str = ""
    fallback: str = ""
    by_code: ByCodeModel | None = None
    unit_by: str = ""
    note: str = ""


class IdentityModel(_Model):
    """Which fields say whose row it is, and of which year; where there are none, every row counts for itself."""

    code: str = ""
    name: str = ""
    year: str = ""


class DatasetModel(_Model):
    """One dataset of ``fields.yaml``: `leading` opens every list, `totals` are summed in a list's heading.

    `counter` counts its rows: 3 家企业.
    """

    identity: IdentityModel
    leading: list[str] = []
    totals: list[str] = []
    fields: dict[str, FieldModel]
    counter: str = "家"


class IndicatorModel(_Model):
    """A formula over fields."""

    formula: str
    unit: str = ""
    digits: Digits = 2
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
    """``lists/*.yaml``: who (`among`), condition (`when`), order (`rank`), routes.

    `needs` are fields of which a blank says something, as no date yet does: only in data that have the column.
    """

    list: str
    cites: str
    dataset: str = "企业"
    among: Condition = None
    when: Condition
    rank: Annotated[Texts, Field(min_length=1)]
    columns: Texts = []
    needs: Texts = []
    precedence: str = ""
    routes: dict[str, RouteModel] = {}
    top: TopModel | None = None
    note: str = ""


class CheckModel(_Model):
    """What can hardly be true of an enterprise: `note` says what to do about those it holds for."""

    dataset: str = ""
    when: Condition
    cites: str = ""
    note: str = ""


class ChecksModel(_Model):
    """``checks.yaml``, which a pack may leave out; `dataset` is that of the checks that name none."""

    dataset: str = "企业"
    checks: dict[str, CheckModel] = Field(alias="检查")


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of the files of a pack, by kind."""
    datasets = DatasetModel.model_json_schema()
    fields = {"type": "object", "additionalProperties": {"$ref": "#/$defs/DatasetModel"}}
    definitions = datasets.pop("$defs", {})
    return {
        "pack": PackModel.model_json_schema(),
        "fields": {**fields, "$defs": {**definitions, "DatasetModel": datasets}},
        "indicators": IndicatorsModel.model_json_schema(),
        "checks": ChecksModel.model_json_schema(),
        "list": ListModel.model_json_schema(),
    }
