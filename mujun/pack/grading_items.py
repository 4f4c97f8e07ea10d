"""From the YAML shape to the meaning: how a method scores an indicator, and where it cuts the ranking."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mujun.pack.condition import Ref
from mujun.pack.context import looks_like_quantity
from mujun.pack.method import EVERYONE, SCOPE, Benchmark, Cuts, Item
from mujun.pack.models_grading import BenchmarkModel
from mujun.pack.problems import nearest
from mujun.pack.ratio import quotient
from mujun.pack.shape import validate
from mujun.quantity import PURE, Quantity, QuantityError, decimal_text, parse_number

if TYPE_CHECKING:
    from mujun.pack.models_grading import CutsModel, EachModel, GradingModel, ItemModel, ScopeModel
    from mujun.pack.problems import Place
    from mujun.pack.resolve import Resolver
    from mujun.pack.yaml import Document, Path_

_NONE = "none"


class Reader:
    """What the parts of a method are read with; faults are added to those of the resolver, and None stands for them."""

    def __init__(self, model: GradingModel, document: Document, resolver: Resolver, pack: str) -> None:
        self.model, self.document, self.resolver, self.pack = model, document, resolver, pack

    def fail(self, place: Place, message: str) -> None:
        """Report a fault."""
        self.resolver.fail(place, message)

    def number(self, text: str, path: Path_) -> Fraction | None:
        """A plain number: ``30``, ``-3``, ``0.5``."""
        if not text and "" in self.resolver.unsound:  # it is missing, which has been reported
            return None
        try:
            return parse_number(text)
        except QuantityError as error:
            hint = "，应为不带单位的数，如 30" if text[-1:].isdigit() is False else ""
            self.fail(self.document.place(path), f"{error}{hint}")
            return None

    def share(self, text: str, path: Path_) -> Fraction | None:
        """A share: ``150%``, ``1.5``, ``0``."""
        place = self.document.place(path)
        found = self.resolver.quantity(text, place)
        if found is not None and found.unit.dimension != PURE:
            self.fail(place, f"“{path[-1]}”应为份额，如 150%，写了“{text}”")
            return None
        return found.base_value if found else None

    def parameter(self, name: str, place: Place) -> Quantity | None:
        """The number that a parameter holds."""
        parameters = self.resolver.scope.parameters
        if name not in parameters:
            self.resolver.unknown(name, place, parameters, "参数")
            return None
        value = parameters[name].value
        if not isinstance(value, Quantity):
            self.fail(place, f"参数“{name}”的值（{parameters[name].shown}）不是数字")
            return None
        return value

    def figure(self, text: str, place: Place) -> Quantity | None:
        """A quantity as written, or that of a parameter."""
        return self.resolver.quantity(text, place) if looks_like_quantity(text) else self.parameter(text, place)

    def is_fed(self, name: str) -> bool:
        """Whether a field is the one that the grades fill, so that they cannot rest on it."""
        field = self.resolver.scope.fields.get(name)
        return name == self.model.feeds and field is not None and field.kind == "choice"

    def groups(self, names: list[str], path: Path_) -> bool:
        """Whether these are fields by whose values enterprises can be parted."""
        fields, sound = self.resolver.scope.fields, True
        for index, name in enumerate(names):
            place = self.document.place((*path, index))
            if name not in fields:
                self.resolver.unknown(name, place, fields, "字段")
            elif fields[name].kind == "number":
                self.fail(place, f"“{name}”是数字，不能用来分组")
            elif self.is_fed(name):
                self.fail(place, f"“{name}”由等级填充，不能用来分组")
            else:
                continue
            sound = False
        return sound


class ItemReader(Reader):
    """Reads the indicators of a scope."""

    def items(self, scope: ScopeModel, path: Path_) -> tuple[Item, ...] | None:
        """The indicators of a scope; their weights must add up to its total."""
        total = self.number(scope.total, (*path, "total"))
        found = [
            self.item(name, item, scope.each, (*path, "indicators", name)) for name, item in scope.indicators.items()
        ]
        used = {item.missing or scope.each.missing for item in scope.indicators.values()}
        if "penalty" in scope.each.model_fields_set and "penalty" not in used:
            self.fail(self.document.key((*path, "each", "penalty")), "penalty 只用于 missing: penalty")
        items = tuple(item for item in found if item is not None)
        if len(items) < len(found) or total is None:
            return None
        weights = sum((item.weight for item in items), Fraction(0))
        missed = weights - total
        # Of what is incomplete, weights may be wanting.
        if missed > 0 or (missed and not self.model.incomplete):
            self.fail(
                self.document.key((*path, "indicators")),
                f"权重合计 {decimal_text(weights)}，应为 {decimal_text(total)}，"
                f"{'多' if missed > 0 else '少'} {decimal_text(abs(missed))}",
            )
        return items

    def item(self, name: str, item: ItemModel, each: EachModel, path: Path_) -> Item | None:
        """An indicator; what it does not say itself, ``each`` says."""
        before = len(self.resolver.problems)

        def told(key: str) -> tuple[Any, Path_]:
            own = key in item.model_fields_set
            return getattr(item if own else each, key), (*(path if own else (*path[:-2], "each")), key)

        misread = any(
            (*where, "formula") in self.document.keys and "formula" not in model.model_fields_set
            for model, where in ((item, path), (each, (*path[:-2], "each")))
        )
        known = self.name(name, path) and not misread
        weight = self.number(item.weight, (*path, "weight"))
        if weight is not None and weight <= 0:
            self.fail(self.document.place((*path, "weight")), f"权重应大于 0，写了“{item.weight}”")
        family = told("formula")[0]
        floor, cap = self.limits(*told("floor"), *told("cap"))
        base = self.base(family, *told("base"))
        missing, penalty = self.missing(path, told("missing")[0], *told("penalty"))
        benchmark = self.benchmark(name, family, *told("benchmark"), path) if known else None
        if len(self.resolver.problems) > before or weight is None or benchmark is None or missing is None:
            return None
        return Item(
            name, weight, family, told("better")[0] == "smaller", benchmark, floor, cap, base, missing, penalty,
            told("zero_divisor")[0], item.cites, item.note, self.document.key(path),
        )  # fmt: skip

    def name(self, name: str, path: Path_) -> bool:
        """Whether an indicator is a number that the pack has."""
        scope, place = self.resolver.scope, self.document.key(path)
        kind = None if name in scope.parameters else scope.kind(name)
        if kind is None and name not in self.resolver.unsound:
            close = nearest(name, [*scope.indicators, *scope.fields])
            method = self.model.method if place.file == self.document.file else place.file.stem
            message = f"评价办法“{method}”要用指标“{name}”，政策包“{self.pack}”没有{close}"
            self.fail(place, f"{message}；请在 indicators.yaml 补上，或把它从办法里去掉")
        elif kind is not None and kind != "number":
            self.fail(place, f"“{name}”不是数字，不能打分")
        return kind == "number"

    def limits(
        self, floor: str, floor_path: Path_, cap: str, cap_path: Path_
    ) -> tuple[Fraction | None, Fraction | None]:
        """The least and the most that an indicator may bring, as shares of its weight."""
        low = None if floor.strip() == _NONE else self.share(floor, floor_path)
        high = None if cap.strip() == _NONE else self.share(cap, cap_path)
        if low is not None and high is not None and high < low:
            self.fail(self.document.place(cap_path), f"cap（{cap}）不能小于 floor（{floor}）")
        return low, high

    def base(self, family: str, text: str, path: Path_) -> Fraction:
        """What the least value gets in ``min-max``, as a share of the weight."""
        share = self.share(text, path)
        if share is not None and not 0 <= share < 1:
            self.fail(self.document.place(path), f"base 应不小于 0%、小于 100%，写了“{text}”")
        if family == "min-max":
            return share or Fraction(0)
        if "each" not in path and path in self.document.keys:
            self.fail(self.document.key(path), f"base 只用于 min-max，这里是 {family}")
        return Fraction(0)

    def missing(self, path: Path_, missing: Any, penalty: str, penalty_path: Path_) -> tuple[Any, Fraction]:
        """What an unknown value gets, and its penalty. None for the first where it is not said."""
        points = self.number(penalty, penalty_path)
        if missing is None:
            # Where it is written, it is at fault, which has been reported.
            if not {(*path, "missing"), (*path[:-2], "each", "missing")} & self.document.keys.keys():
                ways = "peers（同组平均）、zero、full、reweigh（其余权重顶替）、ungraded（不评）、penalty"
                self.fail(self.document.key(path), f"没有说明“{path[-1]}”缺数据时怎么办，请写 missing：{ways}")
        elif missing != "penalty":
            if "each" not in penalty_path and penalty_path in self.document.keys:
                self.fail(self.document.key(penalty_path), f"penalty 只用于 missing: penalty，这里是 {missing}")
            return missing, Fraction(0)
        elif penalty_path not in self.document.keys:
            self.fail(self.document.key(path), "missing: penalty 应写明扣多少分，如 penalty: -3")
        elif points is not None and points >= 0:
            self.fail(self.document.place(penalty_path), f"penalty 是扣分，应小于 0，写了“{penalty}”")
        return missing, points or Fraction(0)

    # --- benchmarks -------------------------------------------------------------------------------------------------

    def benchmark(self, name: str, family: str, value: Any, path: Path_, item: Path_) -> Benchmark | None:
        """What an indicator is measured against: a quantity, a parameter, or a figure of a group."""
        if value is None:
            if family != "ratio":
                return Benchmark()
            if not self.model.incomplete:
                self.fail(
                    self.document.key(item),
                    f"“{name}”缺少 benchmark（基准）：写数字或参数名，或 {{group: {SCOPE}}}，即本范围的合计除以合计",
                )
            return Benchmark(group=())
        if isinstance(value, dict):
            return self.group_benchmark(name, family, value, path)
        place = self.document.place(path)
        if not isinstance(value, str) or value in (EVERYONE, SCOPE):
            self.fail(place, f"benchmark 应为数字、参数名，或 {{group: {SCOPE}}}")
        elif family != "ratio":
            self.fail(place, f"{family} 以组内的最好值、最差值为准，benchmark 只能是 {{group: …}}，写了“{value}”")
        elif (found := self.figure(value, place)) is not None:
            unit = self.resolver.scope.unit(name)
            if found.unit.dimension != unit.dimension:
                literal = looks_like_quantity(value)
                self.resolver.clash(place, name, unit, value, found.unit.dimension, literal=literal)
            elif found.value <= 0:
                self.fail(place, f"“{name}”的基准应大于 0，写了“{value}”")
            else:
                return Benchmark(found if looks_like_quantity(value) else Ref(value))
        return None

    def group_benchmark(self, name: str, family: str, value: Any, path: Path_) -> Benchmark | None:
        """A figure of a group: of ``ratio``, its sum over its sum."""
        model = validate(BenchmarkModel, self.document, path, value, self.resolver.problems, self.resolver.unsound)
        if model is None:
            return None
        if isinstance(model.group, list):
            group, sound = tuple(model.group), self.groups(model.group, (*path, "group"))
        elif model.group in (EVERYONE, SCOPE):
            group, sound = (model.group,), True
        else:
            place = self.document.place((*path, "group"))
            close = nearest(model.group, (EVERYONE, SCOPE))
            self.fail(place, f"group 应为 {EVERYONE}、{SCOPE}，或字段的列表，如 [园区]，写了“{model.group}”{close}")
            group, sound = (), False
        place = self.document.place((*path, "factor"))
        factor = self.figure(model.factor, place)
        if factor is not None and (factor.unit.dimension != PURE or factor.value <= 0):
            self.fail(place, f"factor 应为大于 0 的倍数，如 2，写了“{model.factor}”")
        elif "factor" in model.model_fields_set and family != "ratio":
            self.fail(self.document.key((*path, "factor")), f"factor 只用于 ratio，这里是 {family}")
        if family == "ratio" and quotient(name, self.resolver.scope) is None:
            self.no_quotient(name, path)
        if factor is None or not sound:
            return None
        named = "" if looks_like_quantity(model.factor) else model.factor
        return Benchmark(None, group, -model.year, factor.base_value, named)

    def no_quotient(self, name: str, path: Path_) -> None:
        """Say why there is no sum over sum, and what to do."""
        scope = self.resolver.scope
        indicator = scope.indicators.get(name)
        if indicator is None:
            why = "是现成的一列，没有分子和分母"
        elif self.resolver.dimension(indicator.expr) != indicator.unit.dimension:
            return  # the indicator itself is at fault, which has been reported
        else:
            why = f"（{indicator.text}）不是“甲 / 乙”（分子、分母里不再有除法）"
        todo = "请改写数字的基准，或用 formula: min-max、best"
        self.fail(self.document.place(path), f"“{name}”{why}，算不出组的合计除以合计；{todo}")


class CutsReader(Reader):
    """Reads where a ranking is cut."""

    def cuts(self, model: CutsModel, path: Path_) -> Cuts | None:
        """The lines of all grades but the last, the best first."""
        before = len(self.resolver.problems)
        *graded, last = self.model.grades
        below = (*path, "lines")
        for grade in model.lines:
            place = self.document.key((*below, grade))
            if grade == last:
                self.fail(place, f"最后一档“{last}”不写线，其余的都归它")
            elif grade not in graded:
                self.fail(place, f"没有等级“{grade}”{nearest(grade, graded)}，可用：{'、'.join(graded)}")
        if lost := [grade for grade in graded if grade not in model.lines]:
            self.fail(self.document.key(below), f"lines 缺少 {'、'.join(lost)} 的线")
        found = {
            grade: self.line(model.lines[grade], model.by, (*below, grade)) for grade in graded if grade in model.lines
        }
        least = self.share(model.least, (*path, "least"))
        if least is not None and not 0 <= least < 1:
            self.fail(self.document.place((*path, "least")), f"least 应不小于 0%、小于 100%，写了“{model.least}”")
        lines = tuple((grade, line) for grade, line in found.items() if line is not None)
        if len(self.resolver.problems) > before or len(lines) < len(graded) or least is None:
            return None
        names = tuple("" if looks_like_quantity(model.lines[grade]) else model.lines[grade] for grade in graded)
        cuts = Cuts(model.by, lines, model.rounding, model.base, model.ties, least, names)
        if fault := cuts.fault():
            self.fail(self.document.place((*below, graded[fault[0]])), fault[1])
        return cuts

    def line(self, text: str, by: str, path: Path_) -> Fraction | None:
        """A share, or a score without a unit."""
        place = self.document.place(path)
        found = self.figure(text, place)
        if found is None:
            return None
        if found.unit.dimension != PURE:
            self.fail(place, f"线应为{'份额' if by == 'share' else '分数'}，写了“{text}”")
            return None
        if by == "score" and found.unit.name:
            self.fail(place, f"按分数划档，线应为分数，如 90，写了“{text}”")
            return None
        return found.base_value
