"""The shape of ``policies.yaml``, as pydantic models.

They say which keys exist and what form their values take; what the values mean is resolved in `mujun.pack.levies_read`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mujun.pack.models import (  # noqa: TC001 -- pydantic reads them
    Condition,
    Digits,
    ParameterModel,
    SourceModel,
    Text,
)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Sign = Literal["加收", "减免"]


class TariffModel(_Model):
    """What a measure's 标准 is: one rate, or one for each value of `by`; for those for whom `when` holds.

    It holds from the first day (or year) of `from` to the last of `to`. `cites` says who published it, where.
    """

    cites: str
    from_: Text = Field(default="", alias="from")
    to: Text = ""
    when: Condition = None
    rate: Text = ""
    by: str = ""
    rates: dict[str, Text] = {}
    rate_unit: str = ""
    amount: Text = ""
    sign: Sign | None = None
    note: str = ""


class LevyModel(_Model):
    """A measure: whom it is for, what a firm pays more (加收) or less (减免) in a year, by which tariffs.

    `amount` is a formula over fields, indicators, parameters and 标准, which stands for the rate of the tariff and is
    measured in `rate_unit`. The first tariff that holds counts.
    """

    cites: str
    sign: Sign
    when: Condition = None
    amount: Text
    rate_unit: str = ""
    unit: str = "万元"
    digits: Digits = 2
    least: Text = ""
    most: Text = ""
    tariffs: list[TariffModel] = []
    note: str = ""


class LeviesModel(_Model):
    """``policies.yaml``, which a pack may leave out."""

    title: str = ""
    source: SourceModel | None = None
    note: str = ""
    dataset: str = "企业"
    parameters: dict[str, ParameterModel] = {}
    levies: Annotated[dict[str, LevyModel], Field(min_length=1)] = Field(alias="措施")


def levy_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    return LeviesModel.model_json_schema()
