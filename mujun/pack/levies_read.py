"""From the YAML shape to the meaning: the measures of ``policies.yaml`` within the names of a pack."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from mujun.errors import UsageError
from mujun.pack import formula, yaml
from mujun.pack.condition import All, Leaf, Not, Ref
from mujun.pack.context import looks_like_quantity
from mujun.pack.levies import RATE, Levies, Levy, Rate, opened
from mujun.pack.lists import ListResolver
from mujun.pack.models_levies import LeviesModel
from mujun.pack.policy import WORDS_FOR_FLAG, Parameter, Scope, Source
from mujun.pack.problems import PackError, Problem
from mujun.pack.reach import possible
from mujun.pack.resolve import Resolver
from mujun.pack.shape import validate
from mujun.quantity import Quantity, Unit, describe, normalise, parse_unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mujun.pack.condition import Condition
    from mujun.pack.formula import Expr
    from mujun.pack.models_levies import LevyModel, TariffModel
    from mujun.pack.policy import Dataset, Pack, PolicyList
    from mujun.pack.problems import Place
    from mujun.pack.yaml import Document, Path_

COLUMNS = LISTS, CITES = "所在清单", "依据"
"""Columns of the ledger that no measure may be named like; `mujun.pack.policy.RESULT_COLUMNS` and 合计 are others."""
_MONEY = parse_unit("元").dimension
_YEAR = re.compile("([0-9]{4})年?")
_KEYS = ("措施",)


def load_levies(pack: Pack, file: Path) -> Pack:
    """The same pack with the measures of a file instead of its own; their parameters take the place of those.

    Set parameters afterwards. Raises `UsageError` if there is no such file, `PackError`, with every fault at its place,
    if it is not sound or the pack lacks what it needs.
    """
    if not file.is_file():
        raise UsageError(f"没有文件“{file}”", "应为写着差别化政策的 yaml 文件，写法见 README")
    problems: list[Problem] = []
    resolver = Resolver(problems)
    own = pack.levies.parameters if pack.levies else {}
    parameters = {name: parameter for name, parameter in pack.parameters.items() if name not in own}
    fields = {name: field for dataset in pack.datasets.values() for name, field in dataset.fields.items()}
    resolver.scope = Scope(fields, parameters, pack.indicators)
    for names in (fields, parameters, pack.indicators):
        resolver.taken.update({name.casefold(): item.place for name, item in names.items()})
    levies = read_levies(file, resolver, pack.datasets, pack.lists)
    if problems or levies is None:
        raise PackError(problems, f"差别化政策用于政策包“{pack.name}”时")
    return replace(pack, levies=levies, parameters={**parameters, **levies.parameters})


def read_levies(
    file: Path, resolver: Resolver, datasets: Mapping[str, Dataset], lists: Mapping[str, PolicyList],
    *, all_lists: bool = True,
) -> Levies | None:  # fmt: skip
    """Read the measures in a file within the names of a pack, whose fields and indicators are in the resolver.

    `all_lists` is whether `lists` are all of the pack: where some are at fault, an unknown name may be one of them.
    Every fault is added to those of the resolver; None where there is one.
    """
    before = len(resolver.problems)
    document = yaml.read(file, resolver.problems)
    if document is None:
        return None
    model = validate(LeviesModel, document, (), document.value, resolver.problems, resolver.unsound)
    if model is None:
        return None
    dataset = datasets.get(model.dataset)
    if dataset is None:
        resolver.unknown(model.dataset, document.place(("dataset",)), datasets, "数据")
        return None
    whole = resolver.scope
    parameters = resolver.parameters(model.parameters, document)
    for name, item in model.parameters.items():
        if not item.cites.strip():
            place = document.key(("parameters", name))
            resolver.fail(place, f"参数“{name}”缺少 cites：金额、标准要写明公布它的文件和条款")
    resolver.scope = replace(whole, parameters={**whole.parameters, **parameters})
    with resolver.over(dataset.fields):
        reader = _Reader(document, resolver, {name: one for name, one in lists.items() if one.dataset == dataset.name})
        reader.conditions.all_lists = all_lists
        found = {name: reader.levy(name, item) for name, item in model.levies.items()}
    resolver.scope = whole
    if len(resolver.problems) > before:
        return None
    levies = {name: levy for name, levy in found.items() if levy is not None}
    source = Source(**model.source.model_dump()) if model.source else Source("")
    return Levies(model.title, source, model.note, dataset.name, levies, parameters, document.place(()))


class _Conditions(ListResolver):
    """Conditions in which being on a list may be asked for: ``低效用地: "= 是"``."""

    def __init__(self, resolver: Resolver, lists: Mapping[str, PolicyList]) -> None:
        super().__init__(resolver)
        self.lists = lists
        self.all_lists = True

    def is_list(self, name: str) -> bool:
        """Whether a name means a list: fields and indicators come first."""
        return name in self.lists and self.context.scope.kind(name) is None

    def right(self, leaf: Leaf, text: str) -> Any:
        """The right of a leaf; a list is like a flag."""
        if not self.is_list(leaf.name):
            return super().right(leaf, text)
        flags = {word: flag for flag, word in WORDS_FOR_FLAG.items()}
        if leaf.op not in ("=", "!=") or text not in flags:
            message = f'“{leaf.name}”是清单，应写 "= 是"（在清单上）或 "= 否"，写了“{leaf.written}”'
            self.context.fail(leaf.right_place, message)
            return None
        return flags[text]

    def figure(self, name: str, place: Place, role: str = "此处应为字段、指标或清单") -> str | None:
        """The kind of a field or indicator; what is none is reported."""
        scope = self.context.scope
        known = name in scope.parameters or scope.kind(name) is not None
        if known or name.casefold() in self.context.taken:
            return super().figure(name, place, role)
        if self.all_lists:
            self.context.unknown(name, place, [*scope.fields, *scope.indicators, *self.lists], "字段、指标或清单")
        return None


class _Base(NamedTuple):
    """What a tariff has of its measure where it does not say otherwise."""

    name: str
    amount: str
    amount_path: Path_
    unit: Unit | None
    sign: str


class _Reader:
    """Reads all measures; a fault in one part keeps nothing else from being checked."""

    def __init__(self, document: Document, resolver: Resolver, lists: Mapping[str, PolicyList]) -> None:
        self.document, self.resolver, self.lists = document, resolver, lists
        self.conditions = _Conditions(resolver, lists)

    def fail(self, place: Place, message: str) -> None:
        """Report a fault."""
        self.resolver.fail(place, message)

    def levy(self, name: str, model: LevyModel) -> Levy | None:
        """A measure with its tariffs. None where any of it is at fault."""
        path, before = (*_KEYS, name), len(self.resolver.problems)
        self.name(name, self.document.key(path))
        if not model.cites.strip() and "" not in self.resolver.unsound:
            self.fail(self.document.place((*path, "cites")), "cites 是空的，应写明这项措施的依据")
        when = self.condition(model.when, (*path, "when"))
        rate_unit = self.resolver.unit(model.rate_unit, self.document.place((*path, "rate_unit")))
        unit = self.resolver.unit(model.unit, self.document.place((*path, "unit")))
        if unit is not None and unit.dimension != _MONEY:
            self.fail(self.document.place((*path, "unit")), f"数额应为金额，“{model.unit}”是{describe(unit.dimension)}")
        base = _Base(name, model.amount, (*path, "amount"), rate_unit, model.sign)
        amount = self.amount(base)
        least, most = (self.limit(getattr(model, key), (*path, key)) for key in ("least", "most"))
        rates: list[Rate] = []
        for number, item in enumerate(model.tariffs):
            rates += self.tariff(item, base, (*path, "tariffs", number))
        if len(self.resolver.problems) > before or amount is None or rate_unit is None or unit is None:
            return None
        self.reachable(name, when, rates)
        return Levy(
            name, model.sign, when, amount, model.amount, rate_unit, unit, model.digits, least, most, tuple(rates),
            model.cites, model.note, self.document.key(path),
        )  # fmt: skip

    def name(self, name: str, place: Place) -> None:
        """A measure is a column of the ledger, and may be named like nothing else."""
        if name in COLUMNS:
            self.fail(place, f"名称“{name}”是台账自带的列，请改名")
        elif name in self.lists:
            self.fail(place, f"名称“{name}”已是清单，请改名")
        else:
            self.resolver.claim(name, place)

    def condition(self, value: Any, path: Path_) -> Condition | None:
        """Resolve a condition; one that is opened but not written would hold for everybody."""
        if value is None and path in self.document.keys:
            self.fail(self.document.key(path), "没有写条件；不限条件请删去 when")
        return self.conditions.condition(self.document, value, path)

    # --- amounts ----------------------------------------------------------------------------------------------------

    def amount(self, base: _Base) -> Expr | None:
        """A formula that gives money, with the rate in it measured in its unit."""
        text, place = base.amount, self.document.place(base.amount_path)
        if RATE.casefold() in self.resolver.taken:
            self.fail(place, f"政策包里已有名称“{RATE}”（{self.resolver.taken[RATE.casefold()]}），算式里不能再指标准")
            return None
        if not text and "" in self.resolver.unsound:  # it is missing, which has been reported
            return None
        expr = formula.parse(text, place, self.resolver.problems)
        if expr is None or base.unit is None:
            return None
        if RATE not in {found.name for found, _ in formula.names(expr)}:
            self.fail(place, f"算式“{text}”没有用到“{RATE}”，应如 用量 * {RATE}")
            return None
        scope = self.resolver.scope
        rate = Parameter(RATE, Quantity(Fraction(1), base.unit), "", "", place)
        self.resolver.scope = replace(scope, parameters={**scope.parameters, RATE: rate})
        found = self.resolver.dimension(expr)
        self.resolver.scope = scope
        if found is not None and found != _MONEY:
            told = f"{RATE}的单位是 {base.unit.name}" if base.unit.name else f"{RATE}没有单位"
            hint = f"（{told}，用 rate_unit 写明）"
            self.fail(place, f"单位不一致：“{base.name}”应为金额，“{text}”是{describe(found)}{hint}")
        return expr

    def quantity(self, text: str, unit: Unit, what: str, place: Place) -> Quantity | Ref | None:
        """A figure, or a parameter that is one, that measures what `unit` does and is not below 0."""
        parameters = self.resolver.scope.parameters
        value: object
        if looks_like_quantity(text):
            value = self.resolver.quantity(text, place)
        elif text in parameters:
            value = parameters[text].value
        else:
            self.resolver.unknown(text, place, parameters, "参数")
            return None
        if value is None:
            return None
        if not isinstance(value, Quantity):
            self.fail(place, f"参数“{text}”的值（{parameters[text].shown}）不是数字")
        elif value.unit.dimension != unit.dimension:
            self.resolver.clash(place, what, unit, text, value.unit.dimension, literal=looks_like_quantity(text))
        elif value.value < 0:
            self.fail(place, f"“{what}”不写负数，写了“{text}”；少收请用 sign: 减免")
        else:
            return value if looks_like_quantity(text) else Ref(text)
        return None

    def limit(self, text: str, path: Path_) -> Quantity | Ref | None:
        """The least or most of an amount."""
        return self.quantity(text, parse_unit("万元"), str(path[-1]), self.document.place(path)) if text else None

    # --- tariffs ----------------------------------------------------------------------------------------------------

    def tariff(self, model: TariffModel, base: _Base, path: Path_) -> list[Rate]:
        """The rows of a tariff: one, or one for each value of a name."""
        here = self.document.key(path)
        if not model.cites.strip() and "" not in self.resolver.unsound:
            self.fail(self.document.place((*path, "cites")), "标准的 cites 是空的，应写明公布它的文件和条款")
        when = self.condition(model.when, (*path, "when"))
        start, end = self.day(model.from_, (*path, "from"), last=False), self.day(model.to, (*path, "to"), last=True)
        if start and end and start > end:
            self.fail(self.document.place((*path, "to")), f"标准的期限先止后起：从 {start} 到 {end}")
        if model.rate_unit:
            unit = self.resolver.unit(model.rate_unit, self.document.place((*path, "rate_unit")))
            base = base._replace(unit=unit)
        if model.amount:
            base = base._replace(amount=model.amount, amount_path=(*path, "amount"))
        own = model.amount or model.rate_unit
        # The measure's own formula has been checked; a fault of it is reported once.
        amount = self.amount(base) if own else formula.parse(base.amount, here, []) if base.amount else None
        rows = list(self.rows(model, base, path))
        if amount is None:
            return []
        sign: Any = model.sign or base.sign
        return [
            Rate(
                when if leaf is None else leaf if when is None else All((when, leaf)), leaf.name if leaf else "", of,
                value, amount, base.amount, sign, start, end, model.cites, model.note, place,
            )
            for leaf, of, value, place in rows
        ]  # fmt: skip

    def rows(
        self, model: TariffModel, base: _Base, path: Path_
    ) -> list[tuple[Leaf | None, str, Quantity | Ref, Place]]:
        """The rates: each with the leaf that tells it apart, its value of `by`, and its place."""
        here = self.document.key(path)
        if bool(model.rate) == bool(model.rates) or bool(model.by) != bool(model.rates):
            example = "rate: 0.3元/千瓦时，或 by: 字段名 与 rates: {取值: 0.3元/千瓦时}"
            self.fail(here, f"标准应写一个数额，或按一个字段的取值各写一个：{example}")
            return []
        if model.rate:
            value = self.rate(model.rate, base, (*path, "rate"))
            return [(None, "", value, here)] if value is not None else []
        found: list[tuple[Leaf | None, str, Quantity | Ref, Place]] = []
        place = self.document.place((*path, "by"))
        by, kind = model.by, self.resolver.scope.kind(model.by)
        if kind in ("number", "year", "date"):
            self.fail(place, f"“{by}”不是文字、选项、是否字段或清单，不能按它的取值写标准；请用 when 写条件")
            return []
        if not self.conditions.is_list(by) and self.conditions.figure(by, place) is None:
            return []
        for of, text in model.rates.items():
            at = (*path, "rates", of)
            key = self.document.key(at)
            leaf = Leaf(by, "=", of, f"= {of}", key, key)
            right = self.conditions.right(leaf, of)
            value = self.rate(text, base, at)
            if right is not None and value is not None:
                found.append((replace(leaf, right=right), of, value, key))
        return found

    def rate(self, text: str, base: _Base, path: Path_) -> Quantity | Ref | None:
        """One rate, in its unit."""
        return self.quantity(text, base.unit, RATE, self.document.place(path)) if base.unit is not None else None

    def day(self, text: str, path: Path_, *, last: bool) -> datetime.date | None:
        """A date, or the first or last day of a year."""
        year = _YEAR.fullmatch(normalise(text))
        if year and 1900 <= int(year[1]) <= 2099:
            return datetime.date(int(year[1]), 12, 31) if last else datetime.date(int(year[1]), 1, 1)
        return self.resolver.date(text, self.document.place(path)) if text else None

    def reachable(self, name: str, when: Condition | None, rates: list[Rate]) -> None:
        """A tariff that no enterprise can ever come to is a fault: those before it have taken all."""
        scope = self.resolver.scope
        known = {*scope.fields, *scope.indicators}
        base = [] if when is None else [opened(when, self.lists, known)]
        if base and not possible(base[0], scope):
            place = self.document.key((*_KEYS, name, "when"))
            self.fail(place, f"措施“{name}”的条件自相矛盾，任何企业都不可能适用")
            return
        for number, rate in enumerate(rates):
            own = [*base] if rate.when is None else [*base, opened(rate.when, self.lists, known)]
            before = [one for one in rates[:number] if _covers(one, rate)]
            taken = [one.when for one in before if one.when is not None]
            left = [Not(opened(one, self.lists, known)) for one in taken]
            if len(taken) < len(before):
                closed = next(one for one in before if one.when is None)
                self.fail(rate.place, f"这个标准永远轮不到：排在它前面的（{closed.place}）没有条件")
            elif own and not possible(All(tuple(own)), scope):
                self.fail(rate.place, f"这个标准永远轮不到：与措施“{name}”的条件矛盾")
            elif own and not possible(All((*own, *left)), scope):
                self.fail(rate.place, "这个标准永远轮不到：符合它的都已归入排在前面的标准")


def _covers(one: Rate, other: Rate) -> bool:
    """Whether one tariff holds on every day on which the other does."""
    starts = one.start is None or (other.start is not None and one.start <= other.start)
    ends = one.end is None or (other.end is not None and other.end <= one.end)
    return starts and ends
