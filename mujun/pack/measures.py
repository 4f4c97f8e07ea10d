"""From the YAML shape to the meaning: populations and measures, each figure checked for what it measures."""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mujun.pack import formula
from mujun.pack.condition import Leaf
from mujun.pack.context import Context
from mujun.pack.formula import AGGREGATES, FUNCTIONS, Binary, Call, Expr, Name, Past
from mujun.pack.goals import COUNT, IN_UNIT, SHARE, SUM, Aggregate, Goals, Measure, Population
from mujun.pack.lists import ListResolver
from mujun.pack.policy import Dataset, Field, Scope
from mujun.pack.problems import Place, nearest
from mujun.quantity import NUMBER, PURE, Dimension, Unit, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mujun.pack.models_goals import MeasureModel, MeasuresModel
    from mujun.pack.policy import PolicyList
    from mujun.pack.resolve import Resolver
    from mujun.pack.yaml import Document, Path_

_CALLS = {**AGGREGATES, **FUNCTIONS}
_HEADS: Dimension = (("家", 1),)
_USUAL = ("", "家", "亩", "万元", "万元/亩", "吨标煤", "吨标煤/万元")


class MeasureReader(Context):
    """Resolves populations and measures. Its scope holds what formulas of measures may name: parameters, measures."""

    def __init__(self, resolver: Resolver, datasets: Mapping[str, Dataset], lists: Mapping[str, PolicyList]) -> None:
        super().__init__(resolver.problems)
        self.resolver, self.datasets, self.unsound = resolver, datasets, resolver.unsound
        self.scope = Scope({}, resolver.scope.parameters, {})
        self.populations: dict[str, Population] = {
            item.name: Population(item.name, item.dataset, item.among, item.when, item.cites, item.note)
            for item in lists.values()
        }
        self.measures: dict[str, Measure] = {}
        self.broken: set[str] = set()
        self.has_lists = bool(lists)
        self.dataset, self.wanted = "", NUMBER

    @property
    def usual(self) -> str:
        """The dataset of what names none: the first."""
        return next(iter(self.datasets), "")

    def unit_of(self, dimension: Dimension) -> Unit:
        """A unit of a dimension, for messages."""
        usual = (parse_unit(text) for text in _USUAL)
        return next((unit for unit in usual if unit.dimension == dimension), Unit("", parse_unit("").factor, dimension))

    def read(self, model: MeasuresModel, document: Document) -> None:
        """Resolve the populations, then the measures: these may use each other in any order."""
        self._flags()
        for name, item in model.populations.items():
            path = ("对象", name)
            dataset = self._dataset(item.dataset, document, path)
            if dataset is None or not self._free(name, document.key(path)):
                self.broken.add(name)
                continue
            with self.resolver.over(dataset.fields):
                when = ListResolver(self.resolver).condition(document, item.when, (*path, "when"))
            if when is None:
                self.broken.add(name)
            else:
                self.populations[name] = Population(name, dataset.name, None, when, item.cites, item.note)
        for name, measure_model in model.measures.items():
            self._measure(name, measure_model, document)
        for name in list(self.measures):
            self._check(self.measures[name], document, ("口径", name))
        self._cycles(document)

    def _flags(self) -> None:
        """A flag stands for those for whom it holds, the name of a dataset for all of its rows."""
        for dataset in self.datasets.values():
            for field in dataset.fields.values():
                if field.kind == "flag" and field.name not in self.populations:
                    leaf = Leaf(field.name, "=", True, "= 是", field.place, field.place)
                    self.populations[field.name] = Population(field.name, dataset.name, None, leaf)
            self.populations.setdefault(dataset.name, Population(dataset.name, dataset.name, None, None))

    def _free(self, name: str, place: Place) -> bool:
        if not name.isidentifier() or keyword.iskeyword(name) or name in _CALLS:
            self.fail(place, f"名称“{name}”只能由汉字、半角字母、数字和下划线组成，不以数字开头，也不能是函数名")
            return False
        if name in self.populations or name in self.measures or name in self.scope.parameters:
            self.fail(place, f"名称“{name}”已用于清单、是否字段、参数或别的口径，请改名")
            return False
        return True

    def _dataset(self, name: str, document: Document, path: Path_) -> Dataset | None:
        dataset = self.datasets.get(name or self.usual)
        if dataset is None and self.datasets and name not in self.unsound:
            self.resolver.unknown(name, document.place((*path, "dataset")), self.datasets, "数据")
        return dataset

    # --- measures ---------------------------------------------------------------------------------------------------

    def _measure(self, name: str, item: MeasureModel, document: Document) -> None:
        path = ("口径", name)
        dataset = self._dataset(item.dataset, document, path)
        free = self._free(name, document.key(path))
        expr = formula.parse(item.formula, document.place((*path, "formula")), self.problems, _CALLS)
        unit = self.unit(item.unit, document.place((*path, "unit")))
        if dataset is None or expr is None or unit is None or not free:
            self.broken.add(name)
            return
        self.measures[name] = Measure(
            name, dataset.name, expr, item.formula, unit, item.digits, item.date, item.cites, item.note,
            document.key(path),
        )  # fmt: skip

    def _check(self, measure: Measure, document: Document, path: Path_) -> None:
        """The formula must be of sums and counts, and measure what the unit does."""
        self.dataset, self.wanted = measure.dataset, measure.unit
        found = self.dimension(measure.expr)
        if found is None:
            self.broken.add(measure.name)
            del self.measures[measure.name]
        elif found != measure.unit.dimension:
            place = document.place((*path, "formula"))
            self.clash(place, measure.name, measure.unit, measure.text, found)
        else:
            self._settle(measure, document, path)

    def _settle(self, measure: Measure, document: Document, path: Path_) -> None:
        """Write down in which unit rows that say theirs are added up; the date must be that of their dataset."""
        self.measures[measure.name] = replace(measure, expr=self._in_unit(measure.expr))
        if measure.date:
            for aggregate in aggregates(measure, Goals(self.populations, self.measures)):
                field = self.datasets[aggregate.dataset].fields.get(measure.date)
                if field is None or str(field.kind) != "date":
                    self.fail(document.place((*path, "date")), f"“{aggregate.dataset}”没有日期字段“{measure.date}”")

    def _cycles(self, document: Document) -> None:
        graph = {
            name: {found.name for found, _ in formula.names(item.expr) if found.name in self.measures}
            for name, item in self.measures.items()
        }
        for name in list(graph):
            seen: set[str] = set()
            ahead = list(graph[name])
            while ahead:
                one = ahead.pop()
                if one not in seen:
                    seen.add(one)
                    ahead += graph[one]
            if name in seen:
                self.fail(document.key(("口径", name)), f"口径“{name}”循环引用自己")
                graph[name] = set()

    # --- what a formula measures ------------------------------------------------------------------------------------

    def dimension(self, expr: Expr) -> Dimension | None:
        """What a formula over groups measures; None where a problem in it has been reported."""
        match expr:
            case Call(function, arguments, place) if function in AGGREGATES:
                return self._called(function, arguments, place)
            case Name(name, place) if name not in self.scope.parameters:
                return self._measured(name, place)
        return super().dimension(expr)

    def _measured(self, name: str, place: Place) -> Dimension | None:
        if name in self.measures:
            return self.measures[name].unit.dimension
        if name in self.broken or name in self.unsound:
            return None
        fields = self.datasets[self.dataset].fields
        if name in fields or name in self.resolver.scope.indicators:
            self.fail(place, f"“{name}”是每一行的数，成组时应写合计，如 合计({name})")
        else:
            known = [*self.measures, *self.scope.parameters]
            self.fail(place, f"没有口径或参数“{name}”{nearest(name, known)}")
        return None

    def _called(self, function: str, arguments: tuple[Expr, ...], place: Place) -> Dimension | None:
        people = arguments[1:] if function == SUM else arguments
        homes = [self._people(argument, place) for argument in people]
        if None in homes:
            return None
        if len(set(homes)) > 1:
            self.fail(place, f"函数 {function} 的两个对象应出自同一数据")
            return None
        if function in (COUNT, SHARE):
            return _HEADS if function == COUNT else PURE
        home = self.datasets[homes[0] or ""] if homes else self.datasets[self.dataset]
        if self._says_unit(arguments[0], home):
            return self.wanted.dimension
        with self.resolver.over(home.fields):
            found = self.resolver.dimension(arguments[0])
        if found is not None and (ratio := self._ratio(arguments[0], home)):
            self.fail(place, f"“{ratio}”是比值，不能相加；请先分别合计再相除，如 合计(税收) / 合计(用地面积)")
            return None
        return found

    def _says_unit(self, expr: Expr, home: Dataset) -> bool:
        return isinstance(expr, Name) and expr.name in home.fields and bool(home.fields[expr.name].unit_by)

    def _in_unit(self, expr: Expr) -> Expr:
        match expr:
            case Call(function, arguments, place) if function == SUM:
                people = arguments[1] if len(arguments) > 1 else None
                home = self.populations[people.name].dataset if isinstance(people, Name) else self.dataset
                if self._says_unit(arguments[0], self.datasets[home]):
                    unit = Name(self.wanted.name, place)
                    return Call(SUM, (Call(IN_UNIT, (arguments[0], unit), place), *arguments[1:]), place)
            case Call(function, arguments, place):
                return Call(function, tuple(map(self._in_unit, arguments)), place)
            case Binary(op, left, right, place):
                return Binary(op, self._in_unit(left), self._in_unit(right), place)
            case Past(value, years, place):
                return Past(self._in_unit(value), years, place)
        return expr

    def _people(self, argument: Expr, place: Place) -> str | None:
        """The dataset of a population; None where there is none of this name."""
        if not isinstance(argument, Name):
            self.fail(place, "此处应写对象的名称，如 计数(规上)")
            return None
        if argument.name in self.populations:
            return self.populations[argument.name].dataset
        if self.has_lists and argument.name not in self.broken and argument.name not in self.unsound:
            known = list(self.populations)
            self.fail(
                argument.place,
                f"没有对象“{argument.name}”{nearest(argument.name, known)}，应为 measures.yaml 的对象、清单或是否字段",
            )
        return None

    def _ratio(self, expr: Expr, dataset: Dataset) -> str:
        """What in a formula over rows is a quotient, which no sum makes sense of; "" for nothing."""
        match expr:
            case Name(name) if name in dataset.fields:
                return name if is_ratio(dataset.fields[name]) else ""
            case Name(name) if name in self.resolver.scope.indicators:
                return name if self._ratio(self.resolver.scope.indicators[name].expr, dataset) else ""
            case Binary(op, left, right):
                if op == "/" and next(formula.names(right), None):
                    return "/"
                return self._ratio(left, dataset) or self._ratio(right, dataset)
            case Call(_, arguments):
                return next((found for one in arguments if (found := self._ratio(one, dataset))), "")
            case Past(value):
                return self._ratio(value, dataset)
        return ""


def is_ratio(field: Field) -> bool:
    """Whether a field is so much of one for each of another: a quotient of units, or a percentage."""
    percent = field.plausible is not None and field.plausible[0].unit.name == "%"
    return percent or any(power < 0 for _, power in field.unit.dimension)


def aggregates(measure: Measure, goals: Goals) -> Iterator[Aggregate]:
    """Every sum, count and share that a measure rests on, those of the measures it names included."""
    yield from _aggregates(measure.expr, measure.dataset, goals)


def _aggregates(expr: Expr, dataset: str, goals: Goals) -> Iterator[Aggregate]:
    match expr:
        case Call(function) if function in AGGREGATES:
            yield goals.aggregate(expr, dataset)
        case Call(_, arguments):
            for argument in arguments:
                yield from _aggregates(argument, dataset, goals)
        case Binary(_, left, right):
            yield from _aggregates(left, dataset, goals)
            yield from _aggregates(right, dataset, goals)
        case Past(value):
            yield from _aggregates(value, dataset, goals)
        case Name(name) if name in goals.measures:
            yield from aggregates(goals.measures[name], goals)


def lifted(name: str, dataset: Dataset, scope: Scope) -> Expr | None:
    """A figure of rows as one of groups: each field of its formula summed up, ratios of sums; None where it is none.

    ``税收 / 用地面积`` becomes ``合计(税收) / 合计(用地面积)``.
    """
    return _lift(Name(name, Place(Path())), dataset, scope)


def _lift(expr: Expr, dataset: Dataset, scope: Scope) -> Expr | None:
    match expr:
        case Name(name) if name in scope.parameters:
            return expr
        case Name(name) if name in scope.indicators:
            return _lift(scope.indicators[name].expr, dataset, scope)
        case Name(name) if name in dataset.fields:
            field = dataset.fields[name]
            if is_ratio(field) or field.kind != "number":
                return None
            return Call(SUM, (expr,), expr.place)
        case Binary(op, left, right, place):
            a, b = _lift(left, dataset, scope), _lift(right, dataset, scope)
            varies = [
                one for one in (left, right) if any(n.name not in scope.parameters for n, _ in formula.names(one))
            ]
            if a is None or b is None or (op == "*" and len(varies) > 1):
                return None
            # A constant is added for each row, which no sum of the rest makes up for.
            return None if op in "+-" and len(varies) == 1 else Binary(op, a, b, place)
        case Past(value):
            found = _lift(value, dataset, scope)
            return replace(expr, value=found) if found else None
        case Call(function, place=place):
            rests = [n.name for n, _ in formula.names(expr)]
            plain = all(name in dataset.fields and not is_ratio(dataset.fields[name]) for name in rests)
            return Call(SUM, (expr,), place) if plain and function in FUNCTIONS else None
        case _:
            return expr
