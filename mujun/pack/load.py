"""Reading and checking a policy pack: every fault of it at once, or a `Pack`."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace
from pydantic import BaseModel

from mujun.pack import yaml
from mujun.pack.extends import read_extended
from mujun.pack.goals import GOAL_FILES
from mujun.pack.goals_read import read_goals
from mujun.pack.grading import read_method
from mujun.pack.levies import FILE as LEVIES
from mujun.pack.levies_read import read_levies
from mujun.pack.lists import ListResolver
from mujun.pack.models import ChecksModel, DatasetModel, IndicatorsModel, ListModel, PackModel
from mujun.pack.policy import Dataset, Field, Pack, PolicyList, Scope, Source
from mujun.pack.problems import PackError, Place, Problem, nearest
from mujun.pack.reach import check_reachable
from mujun.pack.resolve import Resolver
from mujun.pack.shape import validate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mujun.pack.levies import Levies
    from mujun.pack.method import Method
    from mujun.pack.yaml import Document, Path_

_Model = TypeVar("_Model", bound=BaseModel)
_GRADING = "grading.yaml"
_SINGLE_FILES = ("pack.yaml", "fields.yaml", "indicators.yaml", "checks.yaml", _GRADING, LEVIES, *GOAL_FILES)


def read_pack(folder: Path) -> Pack:
    """Read and check the pack in a folder. Raises `PackError` with every fault of it."""
    problems: list[Problem] = []
    pack = _Loader(folder, problems).load()
    if problems or pack is None:
        raise PackError(problems)
    return pack


def read_with_method(pack: Pack, file: Path) -> Pack:
    """A pack with the method in `file` instead of its own; see `mujun.pack.find.load_method`."""
    problems: list[Problem] = []
    document = read_extended(file, problems)
    resolver = Resolver(problems)
    own = pack.method.parameters if pack.method else {}
    parameters = {name: parameter for name, parameter in pack.parameters.items() if name not in own}
    resolver.scope = Scope(_fields(pack.datasets), parameters, pack.indicators)
    for names in (resolver.scope.fields, parameters, pack.indicators):
        resolver.taken.update({name.casefold(): item.place for name, item in names.items()})
    feeds = pack.method.feeds if pack.method else ""
    method = read_method(document, resolver, pack.datasets, pack.name, feeds) if document else None
    if problems or method is None:
        raise PackError(problems, f"评价办法用于政策包“{pack.name}”时")
    if method.adjustments is None and pack.method is not None and pack.method.grades == method.grades:
        method = replace(method, adjustments=pack.method.adjustments)
    return replace(pack, method=method, parameters={**parameters, **method.parameters})


class _Loader:
    """Reads the files of a pack in turn; a fault in one keeps nothing else from being checked."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self.folder, self.problems = folder, problems
        self.list_files = sorted(folder.glob("lists/*.yaml"))
        self.resolver = Resolver(problems)

    def load(self) -> Pack | None:
        self.check_files()
        head = self.read("pack.yaml", PackModel)
        fields_document, datasets = self.datasets()
        parameters = self.resolver.parameters(head[0].parameters, head[1]) if head else {}
        self.resolver.scope = Scope(_fields(datasets), parameters, {})
        if fields_document is not None:
            datasets = {name: self.fallbacks(dataset, fields_document) for name, dataset in datasets.items()}
        self.resolver.scope = Scope(_fields(datasets), parameters, {})
        self.indicators(datasets)
        self.resolver.check_cycles()
        lists = self.lists(datasets)
        checks = self.checks(datasets)
        goals = read_goals(self.folder, self.resolver, datasets, lists)
        method = self.method(head[0].pack if head else self.folder.name, datasets)
        levies = self.levies(datasets, lists)
        if head is None:
            return None
        model, _ = head
        indicators = self.resolver.scope.indicators
        source = Source(**model.source.model_dump())
        for rules in (method, levies):
            parameters = {**parameters, **(rules.parameters if rules else {})}
        pack = Pack(model.pack, model.title, source, self.folder, datasets, parameters, indicators, lists, checks,
                    goals_kept=pickle.dumps(goals), method=method, levies=levies)  # fmt: skip
        check_reachable(pack, self.problems)
        return pack

    # --- files ------------------------------------------------------------------------------------------------------

    def check_files(self) -> None:
        """A file that nobody reads is a misspelt name or a rule that silently does nothing."""
        read = {*self.list_files, *(self.folder / name for name in _SINGLE_FILES)}
        for file in sorted(self.folder.rglob("*")):
            if file.suffix.lower() in (".yaml", ".yml") and file not in read:
                relative = file.relative_to(self.folder).as_posix()
                close = nearest(relative, [*_SINGLE_FILES, f"lists/{file.stem}.yaml"])
                self.fail(file, f"这个文件不会被读取{close}；清单应放在 lists/*.yaml")

    def fail(self, file: Path, message: str) -> None:
        self.problems.append(Problem(Place(file), message))

    def document(self, file: Path) -> Document | None:
        if file.is_file():
            return yaml.read(file, self.problems)
        self.fail(file, "缺少这个文件")
        return None

    def read(self, name: str, shape: type[_Model]) -> tuple[_Model, Document] | None:
        """A file that defines names; where it cannot be read, no name is known to be wrong."""
        document = self.document(self.folder / name)
        if document is None:
            self.resolver.unsound.everything = True
            return None
        model = self.validate(shape, document, (), document.value)
        return (model, document) if model else None

    def validate(self, shape: type[_Model], document: Document, path: Path_, value: Any) -> _Model | None:
        return validate(shape, document, path, value, self.problems, self.resolver.unsound)

    # --- names ------------------------------------------------------------------------------------------------------

    def datasets(self) -> tuple[Document | None, dict[str, Dataset]]:
        document = self.document(self.folder / "fields.yaml")
        if document is None or not isinstance(document.value, dict):
            self.resolver.unsound.everything = True
            if document is not None:
                message = "文件内容应为“数据名: {identity: …, fields: …}”"
                self.problems.append(Problem(document.place(()), message))
            return None, {}
        found: dict[str, Dataset] = {}
        for name, value in document.value.items():
            model = self.validate(DatasetModel, document, (name,), value)
            if model is None:
                self.resolver.unsound.names.add(name)
                continue
            for field in model.fields:
                # Datasets may share a field: 乡镇街道 of an enterprise, and of a project.
                if not any(field in dataset.fields for dataset in found.values()):
                    self.resolver.claim(field, document.key((name, "fields", field)))
            found[name] = _named(self.resolver.dataset(name, model, document, (name,)), found)
            self.resolver.shared(found[name], {key: one for key, one in found.items() if key != name})
        return document, found

    def fallbacks(self, dataset: Dataset, document: Document) -> Dataset:
        path = (dataset.name, "fields")
        with self.resolver.over(dataset.fields):
            fields = {
                key: self.resolver.fallback(field, document, (*path, key)) for key, field in dataset.fields.items()
            }
        return replace(dataset, fields=fields)

    def indicators(self, datasets: Mapping[str, Dataset]) -> None:
        """Put the indicators into the scope, then check them: they may use each other in any order."""
        found = self.read("indicators.yaml", IndicatorsModel)
        if found is None:
            return
        model, document = found
        indicators = {}
        for name, item in model.indicators.items():
            free = self.resolver.claim(name, document.key(("指标", name)))
            indicator = self.resolver.indicator(name, item, document, ("指标", name))
            if indicator is not None and free:
                indicators[name] = indicator
        indicators = self.resolver.with_dates(indicators)
        self.resolver.scope = replace(self.resolver.scope, indicators=indicators)
        for name, indicator in indicators.items():
            self.resolver.check_indicator(indicator, document, ("指标", name))
        known = {name: item for name, item in indicators.items() if name not in self.resolver.unsound.names}
        self.resolver.scope = replace(self.resolver.scope, indicators=known)
        for indicator in known.values() if datasets else ():
            self.resolver.check_home(indicator, datasets)

    # --- lists ------------------------------------------------------------------------------------------------------

    def lists(self, datasets: Mapping[str, Dataset]) -> dict[str, PolicyList]:
        lists: dict[str, PolicyList] = {}
        places: dict[str, Place] = {}
        resolver = ListResolver(self.resolver)
        for file in self.list_files:
            document = self.document(file)
            model = self.validate(ListModel, document, (), document.value) if document else None
            if document is None or model is None:
                if document is not None and isinstance(document.value, dict):
                    resolver.conditions(document, *(document.value.get(key) for key in ("among", "when", "routes")))
                continue
            dataset = datasets.get(model.dataset)
            with self.resolver.over(dataset.fields if dataset else self.resolver.scope.fields):
                item = resolver.policy_list(model, document)
            place = document.key(("list",))
            folded = model.list.casefold()
            if folded and folded in places:
                self.problems.append(Problem(place, f"清单“{model.list}”已在 {places[folded]} 定义，请改名"))
            elif dataset is None:
                self.resolver.unknown(model.dataset, document.place(("dataset",)), datasets, "数据")
            elif item is not None:
                lists[model.list] = item
            places.setdefault(folded, place)
        if not self.list_files:
            self.fail(self.folder / "lists", "没有清单，至少要有一个 lists/*.yaml")
        return lists

    def checks(self, datasets: Mapping[str, Dataset]) -> dict[str, PolicyList]:
        """What can hardly be true, as lists without an order."""
        file = self.folder / "checks.yaml"
        document = self.document(file) if file.is_file() else None
        model = self.validate(ChecksModel, document, (), document.value) if document else None
        if document is None or model is None:
            return {}
        if model.dataset not in datasets:
            self.resolver.unknown(model.dataset, document.place(("dataset",)), datasets, "数据")
            return {}
        found = {}
        resolver = ListResolver(self.resolver)
        for name, item in model.checks.items():
            dataset = datasets.get(item.dataset or model.dataset)
            if dataset is None:
                self.resolver.unknown(item.dataset, document.place(("检查", name, "dataset")), datasets, "数据")
                continue
            with self.resolver.over(dataset.fields):
                when = resolver.condition(document, item.when, ("检查", name, "when"))
            if when is not None:
                place = document.key(("检查", name))
                found[name] = PolicyList(
                    name, item.cites, dataset.name, None, when, (), (), "", (), None, item.note, place
                )
        return found

    def method(self, pack: str, datasets: Mapping[str, Dataset]) -> Method | None:
        """The method of evaluation, which a pack may leave out. Lists cannot use its parameters: it may be another."""
        file = self.folder / _GRADING
        document = read_extended(file, self.problems) if file.is_file() else None
        return read_method(document, self.resolver, datasets, pack) if document else None

    def levies(self, datasets: Mapping[str, Dataset], lists: Mapping[str, PolicyList]) -> Levies | None:
        """The differentiated policy, which a pack may leave out."""
        file, complete = self.folder / LEVIES, 0 < len(lists) == len(self.list_files)
        return read_levies(file, self.resolver, datasets, lists, all_lists=complete) if file.is_file() else None


def _named(dataset: Dataset, others: Mapping[str, Dataset]) -> Dataset:
    """The dataset, its texts with the names that are known of them in another: towns and parks are the same in all."""
    fields = dict(dataset.fields)
    for name, field in fields.items():
        known = next((one.fields[name].values for one in others.values() if name in one.fields), {})
        if field.kind == "text" and known and not field.values:
            fields[name] = replace(field, values=known)
    return replace(dataset, fields=fields)


def _fields(datasets: Mapping[str, Dataset]) -> dict[str, Field]:
    """The fields of all datasets; of a name that several have, one with a fallback."""
    found: dict[str, Field] = {}
    for dataset in datasets.values():
        for name, field in dataset.fields.items():
            if name not in found or (field.fallback and not found[name].fallback):
                found[name] = field
    return found
