"""From the YAML shape to the meaning: the lists of a pack, each comparison resolved against the type of its left."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mujun.pack import condition
from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref, Right
from mujun.pack.context import Context, looks_like_quantity
from mujun.pack.formula import AS_OF
from mujun.pack.policy import WORDS_FOR_FLAG, PolicyList, Route, Top
from mujun.pack.problems import nearest
from mujun.quantity import PURE, Quantity

if TYPE_CHECKING:
    from mujun.pack.models import ListModel
    from mujun.pack.problems import Place
    from mujun.pack.yaml import Document, Path_

_FLAGS = {word: flag for flag, word in WORDS_FOR_FLAG.items()}


class ListResolver:
    """Resolves lists within the names of a pack."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def policy_list(self, model: ListModel, document: Document) -> PolicyList | None:
        """Resolve a list. None where its condition or the order of its routes has faults."""
        among, when, *routes = self.conditions(document, model.among, model.when or None, model.routes)
        rank = tuple(self.rank(text, document.place(("rank", index))) for index, text in enumerate(model.rank))
        for index, name in enumerate(model.columns):
            self.figure(name, document.place(("columns", index)))
        for index, name in enumerate(model.needs):
            if name not in self.context.scope.fields:
                self.context.unknown(name, document.place(("needs", index)), self.context.scope.fields, "字段")
        ordered = self.precedence(model, document)
        top = self.top(model, document)
        if when is None or not ordered:
            return None
        return PolicyList(
            model.list, model.cites, model.dataset, among, when, rank, tuple(model.columns), model.precedence,
            tuple(
                Route(name, found, route.cites, route.note, document.key(("routes", name)))
                for (name, route), found in zip(model.routes.items(), routes, strict=True)
            ),
            top, model.note, document.key(("list",)), tuple(model.needs),
        )  # fmt: skip

    def conditions(self, document: Document, among: Any, when: Any, routes: Any) -> list[Condition | None]:
        """Resolve every condition of a list. `routes` are models, or plain values where the list's shape is wrong."""
        if when is None and ("when",) in document.keys:
            self.context.fail(document.key(("when",)), "清单缺少条件")
        found = [self.condition(document, among, ("among",)), self.condition(document, when, ("when",))]
        for name, route in routes.items() if isinstance(routes, dict) else ():
            below = route.get("when") if isinstance(route, dict) else getattr(route, "when", None)
            found.append(self.condition(document, below, ("routes", name, "when")))
        return found

    # --- conditions -------------------------------------------------------------------------------------------------

    def condition(self, document: Document, value: Any, path: Path_) -> Condition | None:
        """Parse and resolve a condition. None where it is absent or has faults."""
        if value is None:
            return None
        parsed = condition.parse(document, value, path, self.context.problems)
        return self._resolve(parsed) if parsed else None

    def _resolve(self, tree: Condition) -> Condition:
        match tree:
            case All(parts):
                return All(tuple(self._resolve(part) for part in parts))
            case Any_(parts):
                return Any_(tuple(self._resolve(part) for part in parts))
            case Not(part):
                return Not(self._resolve(part))
            case Leaf():
                return replace(tree, right=self.right(tree, str(tree.right)))

    def right(self, leaf: Leaf, text: str) -> Right:
        """The right of a leaf, resolved against the type of its left; None where there is none or it is at fault."""
        kind = self.figure(leaf.name, leaf.place, "条件的左边应为字段或指标")
        if kind is None or leaf.op in ("missing", "present"):
            return None
        if kind in ("number", "year"):
            return self._numeric_right(leaf, text, is_year=kind == "year")
        if kind == "date":
            return self._date_right(leaf, text)
        if leaf.op in condition.ORDERINGS:
            self.context.fail(leaf.right_place, f"“{leaf.name}”不是数字，不能用 {leaf.op}，可用 =  !=  in")
            return None
        if kind == "flag":
            return self._flag_right(leaf, text)
        return self._text_right(leaf, text)

    def _numeric_right(self, leaf: Leaf, text: str, *, is_year: bool) -> Quantity | Ref | None:
        place, scope = leaf.right_place, self.context.scope
        if leaf.op == "in":
            self.context.fail(place, f"“{leaf.name}”是数字，不能用 in，请用两个比较并列")
            return None
        right = self._number(leaf, text)
        if right is None:
            return None
        found = right.unit.dimension if isinstance(right, Quantity) else scope.dimension(right.name)
        if is_year:
            value = scope.parameters[text].value if text in scope.parameters else right
            if found != PURE or not isinstance(value, Quantity) or value.base_value.denominator != 1:
                self.context.fail(place, f"“{leaf.name}”只能与年份比较，如 2021，写了“{text}”")
                return None
        elif found != scope.dimension(leaf.name):
            unit = scope.unit(leaf.name)
            self.context.clash(place, leaf.name, unit, text, found, literal=isinstance(right, Quantity))
            return None
        return right

    def _number(self, leaf: Leaf, text: str) -> Quantity | Ref | None:
        """A figure, or the name of something numeric."""
        if looks_like_quantity(text):
            return self.context.quantity(text, leaf.right_place)
        kind = self.context.scope.kind(text)
        if kind is None:
            self.context.unknown(text, leaf.right_place)
        elif kind != "number":
            self.context.fail(leaf.right_place, f"“{text}”不是数字，不能与“{leaf.name}”比较")
        return Ref(text) if kind == "number" else None

    def _date_right(self, leaf: Leaf, text: str) -> datetime.date | Ref | None:
        if leaf.op == "in":
            self.context.fail(leaf.right_place, f"“{leaf.name}”是日期，不能用 in，请用两个比较并列")
            return None
        kind = self.context.scope.kind(text)
        if kind == "date":
            return Ref(text)
        if kind is not None:
            self.context.fail(leaf.right_place, f"“{text}”不是日期，不能与“{leaf.name}”比较")
        elif looks_like_quantity(text):
            return self.context.date(text, leaf.right_place)
        else:
            self.context.unknown(text, leaf.right_place)
        return None

    def _flag_right(self, leaf: Leaf, text: str) -> bool | None:
        if leaf.op == "in" or text not in _FLAGS:
            message = f'“{leaf.name}”只有 是 和 否，应写 "= 是" 或 "= 否"，写了“{leaf.written}”'
            self.context.fail(leaf.right_place, message)
            return None
        return _FLAGS[text]

    def _text_right(self, leaf: Leaf, text: str) -> str | tuple[str, ...] | Ref | None:
        place = leaf.right_place
        parameter = self.context.scope.parameters.get(text)
        if parameter is not None:
            value = parameter.value
            if isinstance(value, Quantity | datetime.date) or isinstance(value, tuple) != (leaf.op == "in"):
                is_text = not isinstance(value, Quantity | datetime.date)
                use = "" if not is_text else f"，请用 {'in' if isinstance(value, tuple) else '= 或 !='}"
                self.context.fail(place, f"参数“{text}”的值（{parameter.shown}）不能用于“{leaf.op}”{use}")
                return None
            for one in value if isinstance(value, tuple) else (value,):
                self._check_choice(leaf, one, place)
            return Ref(text)
        if leaf.op != "in":
            return self._check_choice(leaf, text, place)
        inner = re.fullmatch(r"[\[［](.*)[\]］]", text, re.DOTALL)
        parts = list(re.finditer("[^,，、]+", inner[1])) if inner else []
        if inner is None or len(parts) <= len(re.findall("[,，、]", inner[1])) or not all(p[0].strip() for p in parts):
            if text in self.context.unsound:
                return None
            close = nearest(text, self.context.scope.parameters)
            self.context.fail(place, f"in 后面应为方括号的列表或参数名，如 in [A, B]，写了“{text}”{close}")
            return None
        lead = [len(part[0]) - len(part[0].lstrip()) for part in parts]
        return tuple(
            self._check_choice(leaf, part[0].strip(), place.right(1 + part.start() + blank))
            for part, blank in zip(parts, lead, strict=True)
        )

    def _check_choice(self, leaf: Leaf, text: str, place: Place) -> str:
        value, known = text.strip("'\""), self.context.scope.choices(leaf.name)
        if known and value not in known and value not in self.context.unsound:
            hint = f"{nearest(value, known)}，可用：{'、'.join(known)}"
            self.context.fail(place, f"“{leaf.name}”没有取值“{value}”{hint}")
        return value

    # --- the rest of a list -----------------------------------------------------------------------------------------

    def figure(self, name: str, place: Place, role: str = "此处应为字段或指标") -> str | None:
        """The kind of a field or indicator; what is none is reported."""
        scope = self.context.scope
        if name in scope.parameters or name == AS_OF:
            self.context.fail(place, f"“{name}”是{'评价的日期' if name == AS_OF else '参数'}，{role}")
            return None
        if scope.kind(name) is None:
            self.context.unknown(name, place, [*scope.fields, *scope.indicators], "字段或指标")
        return scope.kind(name)

    def rank(self, text: str, place: Place) -> tuple[str, bool]:
        """Parse one rank key: ``税收 desc``; the order must be written."""
        name, _, order = text.strip().partition(" ")
        self.figure(name, place)
        if order.strip() not in ("asc", "desc"):
            self.context.fail(place, f"排序“{text}”应写明方向：“{name} desc”（大的在前）或“{name} asc”（小的在前）")
        return name, order.strip() == "desc"

    def precedence(self, model: ListModel, document: Document) -> bool:
        """Whether the setting that orders the routes, if there is one, names each of them once."""
        if not model.precedence:
            return True
        place, parameters = document.place(("precedence",)), self.context.scope.parameters
        parameter = parameters.get(model.precedence)
        if parameter is None:
            self.context.unknown(model.precedence, place, parameters, "参数")
        elif not model.routes:
            self.context.fail(place, "清单没有 routes，不必写 precedence")
        elif not isinstance(parameter.value, tuple) or sorted(parameter.value) != sorted(model.routes):
            have, want = parameter.shown, "、".join(model.routes)
            self.context.fail(place, f"参数“{model.precedence}”（{have}）应恰好包含各处置：{want}")
        else:
            return True
        return False

    def top(self, model: ListModel, document: Document) -> Top | None:
        """How many of a list are proposed: a parameter that is a whole number of 家."""
        if model.top is None:
            return None
        if model.routes:
            self.context.fail(document.key(("top",)), "top 与 routes 都给出建议处置，只能用一个")
        place, parameters = document.place(("top", "first")), self.context.scope.parameters
        parameter = parameters.get(model.top.first)
        if parameter is None:
            self.context.unknown(model.top.first, place, parameters, "参数")
            return None
        value = parameter.value
        if not (isinstance(value, Quantity) and value.unit.dimension == (("家", 1),) and value.is_count):
            self.context.fail(
                place, f"top.first 应为家数的参数，且为正整数，如 10家，“{model.top.first}”是 {parameter.shown}"
            )
            return None
        return Top(model.top.first, model.top.within, model.top.beyond)
