"""Finding, reading and checking a policy pack: every fault of it at once, or a `Pack`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

import mujun
from mujun.errors import UsageError
from mujun.pack import yaml
from mujun.pack.models import DatasetModel, IndicatorsModel, ListModel, PackModel
from mujun.pack.policy import Dataset, Pack, PolicyList, Scope
from mujun.pack.problems import PackError, Place, Problem, nearest
from mujun.pack.reach import check_reachable
from mujun.pack.resolve import Resolver
from mujun.pack.yaml import Document, Path_

DEFAULT_PACK = "jindong"

_Model = TypeVar("_Model", bound=BaseModel)
_SINGLE_FILES = ("pack.yaml", "fields.yaml", "indicators.yaml")


def packs_folder() -> Path:
    """Where the packs that come with mujun lie: inside the installed package, or beside it in a checkout."""
    package = Path(mujun.__file__).parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def find_pack(name_or_path: str | os.PathLike[str] | None = None) -> Path:
    """The folder of a pack given by name (``jindong``) or by path. Raises `UsageError` if there is none."""
    if name_or_path is None:
        return packs_folder() / DEFAULT_PACK
    path = Path(name_or_path)
    if path.is_dir():
        if not (path / "pack.yaml").is_file():
            raise UsageError(f"文件夹“{path}”不是政策包：缺少 pack.yaml", "政策包的写法见 README，可从 rules/jindong 复制一份改起")
        return path
    shipped = sorted(folder.name for folder in packs_folder().iterdir() if (folder / "pack.yaml").is_file())
    if str(name_or_path) in shipped:
        return packs_folder() / name_or_path
    suggestion = nearest(str(name_or_path), shipped)
    raise UsageError(f"没有政策包“{name_or_path}”{suggestion}", f"自带的政策包：{'、'.join(shipped)}；也可给出文件夹的路径")


def load_pack(name_or_path: str | os.PathLike[str] | None = None) -> Pack:
    """Load and check a pack: a shipped one by name, or a folder. Default: 金东.

    Raises `UsageError` if there is no such pack and `PackError`, with every fault at its file, line and column, if it
    is not sound.
    """
    folder = find_pack(name_or_path)
    problems: list[Problem] = []
    pack = _Loader(folder, problems).load()
    if problems or pack is None:
        raise PackError(problems)
    return pack


class _Loader:
    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self.folder, self.problems = folder, problems
        self.resolver = Resolver(problems)
        self.taken: dict[str, Place] = {}

    def load(self) -> Pack | None:
        self.check_files()
        head = self.read(self.folder / "pack.yaml", PackModel)
        datasets = self.datasets()
        if head is None or not datasets:
            return None
        model, document = head
        parameters = {}
        for name, parameter in model.parameters.items():
            self.claim(name, document, ("parameters", name))
            parameters[name] = self.resolver.parameter(name, parameter, document, ("parameters", name))
        fields = {name: field for dataset in datasets.values() for name, field in dataset.fields.items()}
        self.resolver.scope = Scope(fields, parameters, {})
        datasets = self.fallbacks(datasets)
        fields = {name: field for dataset in datasets.values() for name, field in dataset.fields.items()}
        self.indicators(Scope(fields, parameters, {}))
        self.resolver.check_cycles()
        lists = self.lists(datasets)
        pack = Pack(
            model.pack, model.title, model.source, self.folder, datasets, parameters,
            self.resolver.scope.indicators, lists,
        )  # fmt: skip
        if not self.problems:
            check_reachable(pack, self.problems)
        return pack

    def check_files(self) -> None:
        """A file that nobody reads is a misspelt name or a rule that silently does nothing."""
        for file in sorted(self.folder.rglob("*")):
            if file.suffix not in (".yaml", ".yml"):
                continue
            relative = file.relative_to(self.folder).as_posix()
            if relative not in _SINGLE_FILES and not (relative.startswith("lists/") and file.suffix == ".yaml"):
                hint = nearest(relative, [*_SINGLE_FILES, "lists/" + file.stem + ".yaml"])
                self.problems.append(Problem(Place(file), f"政策包里没有这个位置的文件{hint}，清单放在 lists/*.yaml"))

    def read(self, file: Path, shape: type[_Model]) -> tuple[_Model, Document] | None:
        if not file.is_file():
            self.problems.append(Problem(Place(file), "缺少这个文件"))
            return None
        document = yaml.read(file, self.problems)
        if document is None:
            return None
        model = self.validate(shape, document, (), document.value)
        return (model, document) if model else None

    def validate(self, shape: type[_Model], document: Document, path: Path_, value: Any) -> _Model | None:
        try:
            return shape.model_validate(value)
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                self.problems.append(_translate(fault, document, path, shape))
            return None

    def claim(self, name: str, document: Document, path: Path_) -> None:
        place = document.key(path)
        self.resolver.check_name(name, place, self.taken)
        self.taken.setdefault(name, place)

    def datasets(self) -> dict[str, Dataset]:
        file = self.folder / "fields.yaml"
        document = yaml.read(file, self.problems) if file.is_file() else None
        if document is None:
            if not file.is_file():
                self.problems.append(Problem(Place(file), "缺少这个文件"))
            return {}
        if not isinstance(document.value, dict):
            self.problems.append(Problem(document.place(()), "顶层应为“数据名: {identity: …, fields: …}”"))
            return {}
        self.fields_document = document
        found = {}
        for name, value in document.value.items():
            model = self.validate(DatasetModel, document, (name,), value)
            if model is None:
                continue
            for field in model.fields:
                self.claim(field, document, (name, "fields", field))
            found[name] = self.resolver.dataset(name, model, document, (name,))
        return found

    def fallbacks(self, datasets: Mapping[str, Dataset]) -> dict[str, Dataset]:
        import dataclasses

        resolved = {}
        for name, dataset in datasets.items():
            fields = {
                key: self.resolver.fallback(field, self.fields_document, (name, "fields", key))
                for key, field in dataset.fields.items()
            }
            resolved[name] = dataclasses.replace(dataset, fields=fields)
        return resolved

    def indicators(self, scope: Scope) -> None:
        found = self.read(self.folder / "indicators.yaml", IndicatorsModel)
        self.resolver.scope = scope
        if found is None:
            return
        model, document = found
        indicators = {}
        for name, item in model.indicators.items():
            path = ("指标", name)
            self.claim(name, document, path)
            indicator = self.resolver.indicator(name, item, document, path)
            if indicator is not None:
                indicators[name] = indicator
        self.resolver.scope = Scope(scope.fields, scope.parameters, indicators)
        for name, indicator in indicators.items():
            self.resolver.check_indicator(indicator, document, ("指标", name))

    def lists(self, datasets: Mapping[str, Dataset]) -> dict[str, PolicyList]:
        lists: dict[str, PolicyList] = {}
        places: dict[str, Place] = {}
        for file in sorted((self.folder / "lists").glob("*.yaml")):
            found = self.read(file, ListModel)
            if found is None:
                continue
            model, document = found
            place = document.key(("list",))
            if model.list in places:
                self.problems.append(Problem(place, f"清单“{model.list}”已在 {places[model.list]} 定义"))
                continue
            places[model.list] = place
            if model.dataset not in datasets:
                self.resolver.unknown(model.dataset, document.place(("dataset",)), datasets, "数据")
                continue
            item = self.resolver.policy_list(model, document, datasets[model.dataset])
            if item is not None:
                lists[model.list] = item
        if not places and not self.problems:
            self.problems.append(Problem(Place(self.folder / "lists"), "没有清单，至少要有一个 lists/*.yaml"))
        return lists


# pydantic's error types in the user's words; its own texts are English and link to a web site.
_TYPES = {
    "missing": "缺少“{key}”",
    "string_type": "“{key}”应为文字",
    "list_type": "“{key}”应为列表",
    "dict_type": "“{key}”应为“名称: 值”的形式",
    "model_type": "“{key}”应为“名称: 值”的形式",
    "int_parsing": "“{key}”应为整数，写了“{input}”",
    "int_type": "“{key}”应为整数",
    "greater_than_equal": "“{key}”不能小于 {ge}，写了“{input}”",
    "less_than_equal": "“{key}”不能大于 {le}，写了“{input}”",
    "literal_error": "“{key}”不能是“{input}”，可用：{expected}",
    "too_short": "“{key}”至少要有 {min_length} 项",
    "too_long": "“{key}”至多 {max_length} 项",
    "date_from_datetime_parsing": "“{key}”应为日期，如 2021-05-23，写了“{input}”",
    "date_parsing": "“{key}”应为日期，如 2021-05-23，写了“{input}”",
}


def _translate(fault: Any, document: Document, path: Path_, shape: type[BaseModel]) -> Problem:
    location: Path_ = (*path, *(part for part in fault["loc"] if part not in ("str", "list[str]")))
    key = next((str(part) for part in reversed(location) if isinstance(part, str)), "内容")
    if fault["type"] == "extra_forbidden":
        known = _keys(shape, fault["loc"][:-1])
        return Problem(document.key(location), f"不认识的键“{key}”{nearest(key, known)}，可用：{'、'.join(known)}")
    text = fault["input"] if isinstance(fault["input"], str) else ""
    expected = str(fault.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", "、").replace(", ", "、")
    context = {**fault.get("ctx", {}), "key": key, "input": text, "expected": expected}
    template = _TYPES.get(fault["type"], "“{key}”的值不对")
    place = document.key(location[:-1]) if fault["type"] == "missing" else document.place(location)
    return Problem(place, template.format(**context))


def _keys(shape: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys allowed where an unknown one was found: walk the model along the location."""
    import typing

    current: Any = shape
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            fields = current.model_fields
            named = {field.alias or name: field for name, field in fields.items()}
            current = named[str(part)].annotation if str(part) in named else None
        else:
            current = (typing.get_args(current) or (None,))[-1]
        models = [arg for arg in typing.get_args(current) if isinstance(arg, type) and issubclass(arg, BaseModel)]
        if models and typing.get_origin(current) is not dict:
            current = models[0]
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []
