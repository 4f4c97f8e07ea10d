"""From the YAML shape to the meaning: every name, type, unit and reference of a pack is resolved, or is a problem."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from mujun.pack import condition, formula
from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref
from mujun.pack.formula import Binary, Call, Expr, Name, Number, Past
from mujun.pack.models import DatasetModel, FieldModel, IndicatorModel, ListModel, ParameterModel
from mujun.pack.policy import (
    WORDS_FOR_FLAG,
    Dataset,
    Field,
    Indicator,
    Kind,
    Parameter,
    PolicyList,
    Route,
    Scope,
    Top,
)
from mujun.pack.problems import Place, Problem, nearest
from mujun.pack.yaml import Document, Path_
from mujun.quantity import (
    NUMBER,
    PURE,
    Dimension,
    Quantity,
    QuantityError,
    Unit,
    describe,
    multiply,
    parse_quantity,
    parse_unit,
)

_STARTS_LIKE_QUANTITY = re.compile(r"[+-]?[\d.０-９]")


class Resolver:
    """Resolves the parts of one pack against its names; faults gather in `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.scope = Scope({}, {}, {})

    def fail(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, message))

    # --- names ------------------------------------------------------------------------------------------------------

    def check_name(self, name: str, place: Place, taken: Mapping[str, Place]) -> None:
        """A name must be usable in formulas and mean one thing only."""
        if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
            self.fail(place, f"名称“{name}”只能由汉字、字母、数字和下划线组成，且不以数字开头")
        elif name in formula.FUNCTIONS:
            self.fail(place, f"名称“{name}”与函数同名，请改名")
        elif name in taken:
            self.fail(place, f"名称“{name}”已用于 {taken[name]}，请改名")

    def unknown(self, name: str, place: Place, known: Iterable[str], what: str = "名称") -> None:
        """Report a name that nothing defines, with the nearest one."""
        self.fail(place, f"没有{what}“{name}”{nearest(name, known)}")

    # --- fields and parameters --------------------------------------------------------------------------------------

    def unit(self, text: str, place: Place) -> Unit:
        """Parse a unit; a fault gives the pure number."""
        try:
            return parse_unit(text)
        except QuantityError as error:
            self.fail(place, str(error))
            return NUMBER

    def quantity(self, text: str, place: Place) -> Quantity | None:
        """Parse a quantity, or report why it is none."""
        try:
            return parse_quantity(text)
        except QuantityError as error:
            self.fail(place, str(error))
            return None

    def field(self, name: str, model: FieldModel, document: Document, path: Path_) -> Field:
        """Resolve a field but for its fallback, which may name other fields."""
        place = document.key(path)
        unit = self.unit(model.unit, document.place((*path, "unit")))
        if model.unit and model.type != "number":
            self.fail(document.key((*path, "unit")), f"“{name}”的类型是 {model.type}，只有 number 有单位")
        plausible: tuple[Quantity, Quantity] | None = None
        if model.plausible:
            ends = [self.quantity(text, document.place((*path, "plausible", i))) for i, text in enumerate(model.plausible)]
            for index, end in enumerate(ends):
                if end and end.unit.dimension != unit.dimension:
                    self.clash(document.place((*path, "plausible", index)), name, unit.dimension, str(end), end.unit.dimension)
            if ends[0] and ends[1]:
                plausible = (ends[0], ends[1])
        self.values(name, model, document, path)
        values = {value: tuple(words) for value, words in model.values.items()}
        return Field(
            name, model.type, unit, tuple(model.aliases), values, model.digits, plausible, None, model.fallback,
            model.note, place,
        )  # fmt: skip

    def values(self, name: str, model: FieldModel, document: Document, path: Path_) -> None:
        """A choice needs its values, a flag may give other words for 是 and 否, nothing else has any."""
        if model.type == "choice" and not model.values:
            self.fail(document.key(path), f"choice 类型的“{name}”缺少 values，应列出每个取值及其别写")
        if model.type == "flag" and (unknown := set(model.values) - {"是", "否"}):
            self.fail(document.key((*path, "values", min(unknown))), "flag 的 values 只能是 是 和 否")
        if model.type not in ("choice", "flag") and model.values:
            self.fail(document.key((*path, "values")), f"类型 {model.type} 没有 values")

    def parameter(self, name: str, model: ParameterModel, document: Document, path: Path_) -> Parameter:
        """Resolve a parameter: a list of choices, a quantity, or a text."""
        value: Quantity | str | tuple[str, ...]
        if isinstance(model.value, list):
            value = tuple(model.value)
        elif _STARTS_LIKE_QUANTITY.match(model.value.strip()):
            value = self.quantity(model.value, document.place((*path, "value"))) or Quantity(parse_quantity("0").value, NUMBER)
        else:
            value = model.value.strip()
        return Parameter(name, value, model.cites, model.note, document.key(path))

    def dataset(self, name: str, model: DatasetModel, document: Document, path: Path_) -> Dataset:
        """Resolve a dataset: its fields, and the names among them that have a part to play."""
        fields: dict[str, Field] = {}
        spellings: dict[str, str] = {}
        for key, field_model in model.fields.items():
            below = (*path, "fields", key)
            fields[key] = self.field(key, field_model, document, below)
            for alias in (key, *field_model.aliases):
                if spellings.setdefault(alias, key) != key:
                    self.fail(document.place((*below, "aliases")), f"别名“{alias}”已属于字段“{spellings[alias]}”")
        identity = model.identity
        for role in ("code", "name", "year"):
            if getattr(identity, role) not in fields:
                self.unknown(getattr(identity, role), document.place((*path, "identity", role)), fields, "字段")
        for role in ("leading", "totals"):
            for index, key in enumerate(getattr(model, role)):
                if key not in fields:
                    self.unknown(key, document.place((*path, role, index)), fields, "字段")
                elif role == "totals" and fields[key].kind != "number":
                    self.fail(document.place((*path, role, index)), f"“{key}”不是数字，不能合计")
        return Dataset(
            name, fields, identity.code, identity.name, identity.year, tuple(model.leading), tuple(model.totals)
        )

    # --- formulas ---------------------------------------------------------------------------------------------------

    def fallback(self, field: Field, document: Document, path: Path_) -> Field:
        """Resolve a field's fallback formula."""
        if not field.fallback_text:
            return field
        place = document.place((*path, "fallback"))
        expr = formula.parse(field.fallback_text, place, self.problems)
        if expr is None:
            return field
        if field.kind != "number":
            self.fail(place, f"“{field.name}”不是数字，不能有 fallback")
            return field
        found = self.dimension(expr)
        if found is not None and found != field.unit.dimension:
            self.clash(place, field.name, field.unit.dimension, field.fallback_text, found)
        return dataclasses.replace(field, fallback=expr)

    def indicator(self, name: str, model: IndicatorModel, document: Document, path: Path_) -> Indicator | None:
        """Parse an indicator; its type and unit are checked by `check_indicator` once all are known."""
        expr = formula.parse(model.formula, document.place((*path, "formula")), self.problems)
        if expr is None:
            return None
        unit = self.unit(model.unit, document.place((*path, "unit")))
        kind: Kind = "number"
        if isinstance(expr, Past) and isinstance(expr.value, Name):
            kind = self.scope.kind(expr.value.name) or "number"
        return Indicator(
            name, kind, expr, model.formula, unit, model.digits, model.cites, model.note, document.key(path)
        )

    def check_indicator(self, indicator: Indicator, document: Document, path: Path_) -> None:
        """The formula's dimension must be that of the declared unit."""
        if indicator.kind != "number":
            return
        found = self.dimension(indicator.expr)
        if found is not None and found != indicator.unit.dimension:
            place = document.place((*path, "formula"))
            self.clash(place, indicator.name, indicator.unit.dimension, indicator.text, found)

    def clash(self, place: Place, left: str, left_dimension: Dimension, right: str, right_dimension: Dimension) -> None:
        """Two things that measure different quantities meet."""
        self.fail(place, f"单位不一致：“{left}”是{describe(left_dimension)}，“{right}”是{describe(right_dimension)}")

    def dimension(self, expr: Expr) -> Dimension | None:
        """What a formula measures; None where a problem in it has been reported."""
        match expr:
            case Number():
                return PURE
            case Past(value):
                return self.dimension(value)
            case Name(name, place):
                kind = self.scope.kind(name)
                if kind is None:
                    self.unknown(name, place, self.scope)
                elif kind != "number":
                    self.fail(place, f"“{name}”不是数字，不能计算")
                else:
                    return self.scope.dimension(name)
                return None
            case Binary(op, left, right, place):
                a, b = self.dimension(left), self.dimension(right)
                if a is None or b is None:
                    return None
                if op in "*/":
                    return multiply(a, b, 1 if op == "*" else -1)
                if a != b:
                    self.fail(place, f"单位不一致：“{op}”左边是{describe(a)}，右边是{describe(b)}")
                    return None
                return a
            case Call(function, arguments, place):
                found = [self.dimension(argument) for argument in arguments]
                if None in found:
                    return None
                if len(set(found)) > 1:
                    shown = "、".join(describe(one) for one in found if one is not None)
                    self.fail(place, f"单位不一致：函数 {function} 的各项是{shown}")
                    return None
                return found[0]

    def check_cycles(self) -> None:
        """Indicators and fallbacks must not depend on themselves."""
        graph: dict[str, list[str]] = {}
        places: dict[str, Place] = {}
        for name, place, expr in [
            *((i.name, i.place, i.expr) for i in self.scope.indicators.values()),
            *((f.name, f.place, f.fallback) for f in self.scope.fields.values() if f.fallback),
        ]:
            # A value of an earlier year is another row: only the same year can close a circle.
            graph[name] = [found.name for found, years in formula.names(expr) if not years]
            places[name] = place
            graph[name] += [found.name for found, years in formula.names(expr) if years and found.name == name]
        done: set[str] = set()
        for start in graph:
            self._visit(start, [], graph, places, done)

    def _visit(
        self, name: str, trail: list[str], graph: dict[str, list[str]], places: dict[str, Place], done: set[str]
    ) -> None:
        if name in trail:
            circle = [*trail[trail.index(name) :], name]
            self.fail(places[name], f"循环引用：{' → '.join(circle)}")
        elif name in graph and name not in done:
            for below in graph[name]:
                self._visit(below, [*trail, name], graph, places, done)
            done.add(name)

    # --- conditions -------------------------------------------------------------------------------------------------

    def condition(self, document: Document, value: Any, path: Path_, fields: Mapping[str, Field]) -> Condition | None:
        """Parse and resolve a condition. None where it is absent or has faults."""
        if value is None:
            return None
        parsed = condition.parse(document, value, path, self.problems)
        return self._resolve(parsed, fields) if parsed else None

    def _resolve(self, tree: Condition, fields: Mapping[str, Field]) -> Condition:
        match tree:
            case All(parts):
                return All(tuple(self._resolve(part, fields) for part in parts))
            case Any_(parts):
                return Any_(tuple(self._resolve(part, fields) for part in parts))
            case Not(part):
                return Not(self._resolve(part, fields))
            case Leaf():
                return self.leaf(tree)

    def leaf(self, leaf: Leaf) -> Leaf:
        """Resolve the right of a leaf against the type of its left."""
        kind = self.scope.kind(leaf.name)
        if kind is None:
            self.unknown(leaf.name, leaf.place, self.scope)
            return leaf
        if leaf.op in ("missing", "present"):
            return dataclasses.replace(leaf, right=None)
        text = str(leaf.right)
        if kind in ("number", "year"):
            return dataclasses.replace(leaf, right=self._numeric_right(leaf, text))
        if leaf.op in condition.ORDERINGS:
            self.fail(leaf.right_place, f"“{leaf.name}”不是数字，不能用 {leaf.op}，可用 =  !=  in")
            return leaf
        if kind == "flag":
            return dataclasses.replace(leaf, right=self._flag_right(leaf, text))
        return dataclasses.replace(leaf, right=self._text_right(leaf, text))

    def _numeric_right(self, leaf: Leaf, text: str) -> Quantity | Ref | None:
        if leaf.op == "in":
            self.fail(leaf.right_place, f"“{leaf.name}”是数字，不能用 in，请用两个比较并列")
            return None
        dimension = self.scope.dimension(leaf.name) if self.scope.kind(leaf.name) == "number" else PURE
        right: Quantity | Ref | None
        if _STARTS_LIKE_QUANTITY.match(text):
            right = self.quantity(text, leaf.right_place)
            found = right.unit.dimension if right else None
        else:
            kind = self.scope.kind(text)
            if kind is None:
                self.unknown(text, leaf.right_place, self.scope)
                return None
            if kind != "number":
                self.fail(leaf.right_place, f"“{text}”不是数字，不能与“{leaf.name}”比较")
                return None
            right, found = Ref(text), self.scope.dimension(text)
        if found is not None and found != dimension:
            self.clash(leaf.right_place, leaf.name, dimension, text, found)
        return right

    def _flag_right(self, leaf: Leaf, text: str) -> bool | None:
        words = {word: flag for flag, word in WORDS_FOR_FLAG.items()}
        if leaf.op == "in" or text not in words:
            self.fail(leaf.right_place, f"“{leaf.name}”只有 是 和 否，应写 \"= 是\" 或 \"= 否\"，写了“{leaf.written}”")
            return None
        return words[text]

    def _text_right(self, leaf: Leaf, text: str) -> str | tuple[str, ...] | Ref | None:
        left = self.scope.fields.get(leaf.name)
        if text in self.scope.parameters:
            value = self.scope.parameters[text].value
            if isinstance(value, Quantity) or isinstance(value, tuple) != (leaf.op == "in"):
                self.fail(leaf.right_place, f"参数“{text}”的值（{self.scope.parameters[text].shown}）不能用于“{leaf.op}”")
                return None
            self._check_values(leaf, left, value if isinstance(value, tuple) else (value,))
            return Ref(text)
        if leaf.op != "in":
            self._check_values(leaf, left, (text.strip("'\""),))
            return text.strip("'\"")
        inner = re.fullmatch(r"[\[［](.*)[\]］]", text, re.DOTALL)
        choices = tuple(part.strip().strip("'\"") for part in re.split("[,，、]", inner[1])) if inner else ()
        if not choices or not all(choices):
            self.fail(leaf.right_place, f"in 后面应为方括号的列表或参数名，如 in [A, B]，写了“{text}”")
            return None
        self._check_values(leaf, left, choices)
        return choices

    def _check_values(self, leaf: Leaf, field: Field | None, values: tuple[str, ...]) -> None:
        for value in values:
            if field and field.kind == "choice" and value not in field.values:
                known = "、".join(field.values)
                self.fail(leaf.right_place, f"“{leaf.name}”没有取值“{value}”{nearest(value, field.values)}，可用：{known}")

    # --- lists ------------------------------------------------------------------------------------------------------

    def policy_list(self, model: ListModel, document: Document, dataset: Dataset) -> PolicyList | None:
        """Resolve a list. None where its condition has faults."""
        among = self.condition(document, model.among, ("among",), dataset.fields)
        when = self.condition(document, model.when, ("when",), dataset.fields)
        if model.when is None:
            self.fail(document.key(("when",)), "清单缺少条件")
        rank = tuple(self.rank(text, document.place(("rank", index))) for index, text in enumerate(model.rank))
        for index, name in enumerate(model.columns):
            if self.scope.kind(name) is None or name in self.scope.parameters:
                self.unknown(name, document.place(("columns", index)), [*self.scope.fields, *self.scope.indicators], "字段或指标")
        routes = tuple(
            Route(
                name,
                self.condition(document, route.when, ("routes", name, "when"), dataset.fields),
                route.cites,
                route.note,
                document.key(("routes", name)),
            )
            for name, route in model.routes.items()
        )
        self.precedence(model, document)
        if when is None:
            return None
        top = Top(model.top.first, model.top.within, model.top.beyond) if model.top else None
        if top and (self.scope.kind(top.first), self.scope.dimension(top.first) if self.scope.kind(top.first) else None) != (
            "number",
            (("家", 1),),
        ):
            self.fail(document.place(("top", "first")), f"top.first 应为一个以家计的参数，写了“{top.first}”")
            top = None
        return PolicyList(
            model.list, model.cites, dataset.name, among, when, rank, tuple(model.columns), model.precedence, routes, top,
            model.note, document.key(("list",)),
        )  # fmt: skip

    def rank(self, text: str, place: Place) -> tuple[str, bool]:
        """Parse one rank key: ``税收 desc``; the order must be written."""
        name, _, order = text.strip().partition(" ")
        if self.scope.kind(name) is None or name in self.scope.parameters:
            self.unknown(name, place, [*self.scope.fields, *self.scope.indicators], "字段或指标")
        if order.strip() not in ("asc", "desc"):
            self.fail(place, f"排序“{text}”应写明方向：“{name} desc”（大的在前）或“{name} asc”（小的在前）")
        return name, order.strip() == "desc"

    def precedence(self, model: ListModel, document: Document) -> None:
        """The setting that orders the routes must name each of them once."""
        if not model.precedence:
            return
        place = document.place(("precedence",))
        parameter = self.scope.parameters.get(model.precedence)
        if parameter is None:
            self.unknown(model.precedence, place, self.scope.parameters, "参数")
        elif not isinstance(parameter.value, tuple) or sorted(parameter.value) != sorted(model.routes):
            have, want = parameter.shown, "、".join(model.routes)
            self.fail(place, f"参数“{model.precedence}”（{have}）应恰好包含各处置：{want}")
