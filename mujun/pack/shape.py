"""From the plain value of a YAML file to a model of its shape; what does not fit is reported in the user's words."""

from __future__ import annotations

import copy
import typing
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from mujun.pack.models import TAGS
from mujun.pack.problems import Problem, Unsound, nearest

if TYPE_CHECKING:
    from mujun.pack.yaml import Document, Path_

_Model = TypeVar("_Model", bound=BaseModel)

_ITEMS = ("parameters", "fields", "指标", "对象", "口径", "目标", "排名", "条款")
"""The mappings whose keys are names of the pack."""


def validate(
    shape: type[_Model], document: Document, path: Path_, value: Any, problems: list[Problem], unsound: Unsound
) -> _Model | None:
    """Check the shape of the value at `path` of a document.

    Faults are added to `problems`, and the model holds what is sound, so that the rest can be checked at once: without
    unknown keys and without the parameters, fields and indicators at fault, whose names are added to `unsound`. None
    where too much is wrong.
    """
    sound = value
    for attempt in range(3):
        try:
            return shape.model_validate(sound)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        if attempt == 0:
            sound = copy.deepcopy(value)
            extras = [fault["loc"] for fault in faults if fault["type"] == "extra_forbidden"]
            problems.extend(
                _translate(fault, document, path, shape) for fault in faults if not _misspelt(fault, extras)
            )
        for fault in sorted(faults, key=lambda fault: fault["type"] != "extra_forbidden"):
            _mend(sound, fault, unsound)
    if any(field.alias in _ITEMS or name in _ITEMS for name, field in shape.model_fields.items()):
        _disown(sound, unsound)
    return None


def _misspelt(fault: Any, extras: list[tuple[int | str, ...]]) -> bool:
    """Whether a missing key is there, misspelt: reporting the unknown key says it all."""
    *above, key = fault["loc"] or ("",)
    near = [extra[-1] for extra in extras if extra[:-1] == tuple(above)]
    return fault["type"] == "missing" and any(nearest(str(other), [key]) for other in near)


def _mend(value: Any, fault: Any, unsound: Unsound) -> None:
    """Take what is at fault out of `value`: an unknown key, a wrong text or list, a whole parameter or field."""
    *above, last = [part for part in fault["loc"] if part not in TAGS] or [""]
    if fault["type"] != "extra_forbidden" and above and above[0] in _ITEMS:
        name = fault["loc"][1]
        value[above[0]].pop(name, None)
        unsound.names.add(name)
        return
    for part in above:
        value = value[part]
    if not isinstance(value, dict) or last == "":
        return
    if fault["type"] == "missing":
        value[last] = ""
        unsound.names.add("")
    elif fault["type"] not in ("dict_type", "model_type"):
        # Routes or an identity left out would look like other faults.
        del value[last]


def _disown(value: Any, unsound: Unsound) -> None:
    """None of the names in `value` is sound; where it cannot even be told which they are, no name is."""
    items = [value[key] for key in _ITEMS if key in value] if isinstance(value, dict) else [value]
    unsound.names.update(name for below in items if isinstance(below, dict) for name in below)
    unsound.everything |= not items or not all(isinstance(below, dict) for below in items)


# pydantic's error types in the user's words; its own texts are English and link to a web site.
_TYPES = {
    "missing": "缺少“{key}”",
    "string_type": "“{key}”应为文字",
    "list_type": "“{key}”应为列表，如 [甲, 乙]",
    "dict_type": "“{key}”应为“名称: 值”的形式{colon}",
    "model_type": "“{key}”应为“名称: 值”的形式{colon}",
    "int_parsing": "“{key}”应为整数，写了“{input}”",
    "int_type": "“{key}”应为整数",
    "greater_than_equal": "“{key}”不能小于 {ge}，写了“{input}”",
    "less_than_equal": "“{key}”不能大于 {le}，写了“{input}”",
    "literal_error": "“{key}”不能是“{input}”{close}，可用：{expected}",
    "too_short": "“{key}”至少要有 {min_length} 项",
    "too_long": "“{key}”至多 {max_length} 项",
    "date_type": "“{key}”应为日期，如 2021-05-23",
    "date_parsing": "“{key}”应为日期，如 2021-05-23，写了“{input}”",
    "date_from_datetime_parsing": "“{key}”应为日期，如 2021-05-23，写了“{input}”",
}


def _translate(fault: Any, document: Document, path: Path_, shape: type[BaseModel]) -> Problem:
    location: Path_ = (*path, *(part for part in fault["loc"] if part not in TAGS))
    key = next((str(part) for part in reversed(location) if isinstance(part, str)), "文件内容")
    if fault["type"] == "extra_forbidden":
        known = _keys(shape, fault["loc"][:-1])
        hint = "" if key.isidentifier() else "；花括号里的值含“,”时请加引号"
        return Problem(
            document.key(location), f"不认识的键“{key}”{nearest(key, known)}，可用：{'、'.join(known)}{hint}"
        )
    text = fault["input"] if isinstance(fault["input"], str) else ""
    known = str(fault.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
    context = {
        **fault.get("ctx", {}),
        "key": key,
        "input": text,
        "expected": "、".join(known),
        "close": nearest(text, known),
        "colon": "；疑似用了全角冒号“：”，应为半角冒号加空格“: ”" if "：" in text else "",
    }
    template = _TYPES.get(fault["type"], "“{key}”的值不对")
    place = document.key(location[:-1]) if fault["type"] == "missing" else document.place(location)
    return Problem(place, template.format(**context))


def _keys(shape: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys allowed where an unknown one was found: walk the model along the location."""
    current: Any = shape
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            named = {field.alias or name: field for name, field in current.model_fields.items()}
            current = named[str(part)].annotation
        else:
            # A mapping of names to models.
            current = typing.get_args(current)[-1]
        models = [arg for arg in typing.get_args(current) if isinstance(arg, type) and issubclass(arg, BaseModel)]
        if models and typing.get_origin(current) is not dict:
            current = models[0]
    return [field.alias or name for name, field in current.model_fields.items()]
