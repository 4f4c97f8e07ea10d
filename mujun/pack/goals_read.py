"""From the YAML shape to the meaning: measures, targets, rankings and criteria, or what is wrong with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from mujun.pack import yaml
from mujun.pack.condition import Ref
from mujun.pack.context import looks_like_quantity
from mujun.pack.goals import GOAL_FILES, Criterion, Goals, Ranking, Target
from mujun.pack.measures import MeasureReader
from mujun.pack.models_goals import CriteriaModel, MeasuresModel, RankingsModel, TargetsModel
from mujun.pack.shape import validate
from mujun.quantity import Dimension, Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mujun.pack.models_goals import RankingModel, TargetModel
    from mujun.pack.policy import Dataset, PolicyList
    from mujun.pack.problems import Place
    from mujun.pack.resolve import Resolver
    from mujun.pack.yaml import Document, Path_

_Model = TypeVar("_Model", bound=BaseModel)
_TARGET = re.compile(r"\s*(>=|<=|≥|≤|不低于|不高于)\s*(.+?)\s*")
_SIGNS = {"≥": ">=", "≤": "<=", "不低于": ">=", "不高于": "<="}
_RATES = ("growth", "decline")
_RANK = re.compile(r"(\S+)(?: +(asc|desc))?")


def _named(file: Path) -> list[str]:
    """The name of a list, whatever is wrong with the rest of its file."""
    return re.findall(r"^list: *(.+?) *$", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)


def read_goals(
    folder: Path, resolver: Resolver, datasets: Mapping[str, Dataset], lists: Mapping[str, PolicyList]
) -> Goals:
    """Read what a pack says of groups; faults are added to those of `resolver`, and what is at fault is left out."""
    return _GoalReader(folder, resolver, datasets, lists).read()


class _GoalReader:
    def __init__(
        self, folder: Path, resolver: Resolver, datasets: Mapping[str, Dataset], lists: Mapping[str, PolicyList]
    ) -> None:
        self.folder, self.resolver, self.datasets, self.lists = folder, resolver, datasets, lists
        self.measures = MeasureReader(resolver, datasets, lists)
        # Lists at fault have been reported: to name them is no further fault.
        self.measures.broken |= {name for file in folder.glob("lists/*.yaml") for name in _named(file)} - set(lists)
        self.broken: set[str] = set()

    def read(self) -> Goals:
        """Read the files in turn; a fault in one keeps nothing else from being checked."""
        measures, targets, rankings, criteria = GOAL_FILES
        if found := self.file(measures, MeasuresModel):
            self.measures.read(*found)
        goals = Goals(self.measures.populations, self.measures.measures)
        done: dict[str, Target] = {}
        if found_targets := self.file(targets, TargetsModel):
            done = self.targets(*found_targets)
        ranked: dict[str, Ranking] = {}
        if found_rankings := self.file(rankings, RankingsModel):
            ranked = self.rankings(*found_rankings)
        cited: dict[str, Criterion] = {}
        if found_criteria := self.file(criteria, CriteriaModel):
            cited = self.criteria(*found_criteria, done, ranked)
        return Goals(goals.populations, goals.measures, done, ranked, cited)

    def file(self, name: str, shape: type[_Model]) -> tuple[_Model, Document] | None:
        """A file that a pack may leave out."""
        path = self.folder / name
        document = yaml.read(path, self.resolver.problems) if path.is_file() else None
        if document is None:
            return None
        model = validate(shape, document, (), document.value, self.resolver.problems, self.resolver.unsound)
        if model is None:
            self.broken.add(name)
        return (model, document) if model else None

    # --- targets ----------------------------------------------------------------------------------------------------

    def targets(self, model: TargetsModel, document: Document) -> dict[str, Target]:
        """The targets that are sound."""
        found = {}
        for name, item in model.targets.items():
            target = self.target(name, item, model, document)
            if target is not None:
                found[name] = target
        return found

    def target(self, name: str, item: TargetModel, whole: TargetsModel, document: Document) -> Target | None:
        """One target; its figure must measure what its measure does, or be a yearly rate."""
        path = ("目标", name)
        place = document.place((*path, "target"))
        measure = self.measure(item.measure, document.place((*path, "measure")))
        start, deadline = item.start or whole.start, item.deadline or whole.deadline
        if start > deadline:
            self.fail(document.key(path), f"目标“{name}”的开始（{start}）晚于期限（{deadline}）")
        match = _TARGET.fullmatch(item.target)
        if match is None:
            self.fail(place, f'目标“{item.target}”应以 >= 或 <= 开头，如 ">= 70%"')
            return None
        if measure is None:
            return None
        unit = self.measures.measures[measure].unit
        wanted: Dimension = () if item.kind in _RATES else unit.dimension
        value = self.figure(match[2], wanted, place.right(match.start(2)), name)
        baseline = self.baseline(item.baseline or whole.baseline, unit.dimension, document, path)
        if item.kind in _RATES and not isinstance(baseline, int):
            self.fail(document.key(path), f"目标“{name}”是逐年增减，应写明基期年份，如 baseline: 2020")
        if item.kind == "cumulative" and not self.measures.measures[measure].date:
            self.fail(document.place((*path, "kind")), f"“{measure}”没有 date，不能按期累计；应写明按哪个日期字段")
        if value is None:
            return None
        split: dict[str, dict[str, Quantity]] = {}
        for by, groups in item.split.items():
            for group, text in groups.items():
                if part := self.share(text, unit.dimension, document, (*path, "split", by, group)):
                    split.setdefault(by, {})[group] = part
        return Target(
            name, item.cites, measure, item.kind, _SIGNS.get(match[1], match[1]), value, start, deadline, baseline,
            split, item.note, document.key(path),
        )  # fmt: skip

    def share(self, text: str, wanted: Dimension, document: Document, path: Path_) -> Quantity | None:
        """The part of a target that one group has."""
        found = self.figure(text, wanted, document.place(path), str(path[-1]))
        return found if isinstance(found, Quantity) else None

    def figure(self, text: str, wanted: Dimension, place: Place, what: str) -> Quantity | Ref | None:
        """A quantity, or a parameter that is one."""
        found: Quantity | Ref | None
        if looks_like_quantity(text):
            found = self.resolver.quantity(text, place)
        elif text in self.resolver.scope.parameters:
            found = Ref(text)
        else:
            self.resolver.unknown(text, place, self.resolver.scope.parameters, "参数")
            return None
        value = self.resolver.scope.parameters[text].value if isinstance(found, Ref) else found
        if value is not None and not (isinstance(value, Quantity) and value.unit.dimension == wanted):
            have = value.unit.dimension if isinstance(value, Quantity) else ()
            shown = self.measures.unit_of(wanted)
            self.resolver.clash(place, what, shown, text, have, literal=isinstance(found, Quantity))
            return None
        return found

    def baseline(self, text: str, wanted: Dimension, document: Document, path: Path_) -> int | Quantity | None:
        """A year or a figure."""
        if not text:
            return None
        if re.fullmatch(r"\d{4}", text):
            return int(text)
        found = self.figure(text, wanted, document.place((*path, "baseline")), "baseline")
        return found if isinstance(found, Quantity) else None

    def measure(self, name: str, place: Place) -> str | None:
        """The name of a measure, or None for an unknown one."""
        if name in self.measures.measures:
            return name
        sound = self.datasets and GOAL_FILES[0] not in self.broken
        if sound and name not in self.measures.broken:
            self.resolver.unknown(name, place, self.measures.measures, "口径")
        return None

    def fail(self, place: Place, message: str) -> None:
        """Report a fault."""
        self.resolver.fail(place, message)

    # --- rankings ---------------------------------------------------------------------------------------------------

    def rankings(self, model: RankingsModel, document: Document) -> dict[str, Ranking]:
        """The rankings; no name or alias means two of them."""
        found: dict[str, Ranking] = {}
        taken: dict[str, str] = {}
        for name, item in model.rankings.items():
            path = ("排名", name)
            for alias in (name, *item.aliases):
                if (other := taken.setdefault(alias, name)) != name:
                    self.fail(document.key(path), f"“{alias}”已是排名“{other}”的名称")
            found[name] = self.ranking(name, item, document, path)
        return found

    def ranking(self, name: str, item: RankingModel, document: Document, path: Path_) -> Ranking:
        """One ranking: its column is a text, its weights are pure numbers."""
        dataset = item.dataset or next(iter(self.datasets), "")
        if dataset not in self.datasets:
            if self.datasets and dataset not in self.resolver.unsound:
                self.resolver.unknown(dataset, document.place((*path, "dataset")), self.datasets, "数据")
        else:
            fields = self.datasets[dataset].fields
            if item.by not in fields:
                self.resolver.unknown(item.by, document.place((*path, "by")), fields, "字段")
            elif fields[item.by].kind not in ("text", "choice"):
                self.fail(document.place((*path, "by")), f"“{item.by}”不是文字，不能用来分组")
        weighed = (item.level, item.growth, item.measures)
        if any(weighed) if item.indicators else not all(weighed):
            self.fail(document.key(path), f"“{name}”应写 level、growth 和 measures，或者只写 indicators")
        for key in ("level", "growth") if item.level and item.growth else ():
            self.figure(getattr(item, key), (), document.place((*path, key)), key)
        for measure, weight in item.measures.items():
            self.measure(measure, document.key((*path, "measures", measure)))
            self.figure(weight, (), document.place((*path, "measures", measure)), measure)
        plain = [self.uplift(text, document.place((*path, "indicators", i))) for i, text in enumerate(item.indicators)]
        uplifts = {
            key: tuple(self.uplift(text, document.place((*path, "uplifts", key)))
                       for text in ([texts] if isinstance(texts, str) else texts))
            for key, texts in item.uplifts.items()
        }  # fmt: skip
        return Ranking(
            name, tuple(item.aliases), item.by, item.cites, dataset, item.normalise, item.level, item.growth,
            dict(item.measures) or {measure: "" for measure, _ in plain}, uplifts, tuple(item.without), item.note,
            document.key(path), tuple(item.indicators),
        )  # fmt: skip

    def uplift(self, text: str, place: Place) -> tuple[str, bool]:
        """A measure of an uplift, and whether more of it is better."""
        match = _RANK.fullmatch(text.strip())
        if match is None:
            self.fail(place, f"“{text}”应为口径，可加 desc（越大越好）或 asc（越小越好）")
            return text, True
        self.measure(match[1], place)
        return match[1], match[2] != "asc"

    # --- criteria ---------------------------------------------------------------------------------------------------

    def criteria(
        self, model: CriteriaModel, document: Document, targets: Mapping[str, Target], rankings: Mapping[str, Ranking]
    ) -> dict[str, Criterion]:
        """Where each criterion lives: in lists, targets and rankings that there are."""
        for key, item in model.criteria.items():
            for word, names, known in (
                ("清单", item.lists, self.lists), ("目标", item.targets, targets), ("排名", item.rankings, rankings)
            ):  # fmt: skip
                for index, name in enumerate(names):
                    if name not in known and not self.resolver.problems:
                        self.resolver.unknown(name, document.place(("条款", key, word, index)), known, word)
        return {
            key: Criterion(
                key, item.section, item.criterion, item.op, item.value, item.unit, item.period, item.basis,
                tuple(item.lists), tuple(item.targets), tuple(item.rankings), item.note,
            )
            for key, item in model.criteria.items()
        }  # fmt: skip
