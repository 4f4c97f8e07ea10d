"""What a pack means, once read, resolved and checked: the objects every later stage works with."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from mujun.errors import UsageError
from mujun.pack.condition import Condition, Ref, leaves
from mujun.pack.dates import parse_date
from mujun.pack.formula import AS_OF, Expr, Name, Past, names
from mujun.pack.problems import Place, nearest
from mujun.quantity import DATE, NUMBER, Dimension, Quantity, QuantityError, Unit, describe, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from mujun.pack.goals import Goals
    from mujun.pack.levies import Levies
    from mujun.pack.method import Method

Kind = Literal["number", "code", "text", "year", "flag", "choice", "date"]

RESULT_COLUMNS = LIST, RANK, ROUTE, REASONS, MISSING, REMARKS = "清单", "名次", "建议处置", "处置依据", "缺少", "提示"
"""The columns that mujun itself puts on a list; no field or indicator may have their names."""

WORDS_FOR_FLAG = {True: "是", False: "否"}


class ByCode(msgspec.Struct, frozen=True):
    """How a choice follows from the field `of`: `prefixes` and their choices, the longest first; `others` for none.

    `open` are codes so short that they may stand for several choices: they leave it open.
    """

    of: str
    prefixes: tuple[tuple[str, str], ...]
    others: str
    open: tuple[str, ...]


class Field(msgspec.Struct, frozen=True):
    """A column of a dataset, in its canonical unit. `values` maps each choice (or 是/否) to other spellings of it."""

    name: str
    kind: Kind
    unit: Unit
    aliases: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    digits: int
    plausible: tuple[Quantity, Quantity] | None
    combine: str
    """``sum`` where the rows of one enterprise (parcels, meters) add up."""
    larger: str
    """For a flag: the field of which those it holds for usually have more; "" for none."""
    fallback: Expr | None
    fallback_text: str
    note: str
    place: Place
    by_code: ByCode | None = None
    unit_by: str = ""
    """For a number of several units: the choice of the same row that says which."""


class Indicator(msgspec.Struct, frozen=True):
    """A formula over fields; `kind` is ``number`` unless the formula is a date, or the past value of a text or flag."""

    name: str
    kind: Kind
    expr: Expr
    text: str
    unit: Unit
    digits: int
    cites: str
    note: str
    place: Place


class Parameter(msgspec.Struct, frozen=True):
    """A number, a date, a text or an ordered choice that a county sets."""

    name: str
    value: Quantity | datetime.date | str | tuple[str, ...]
    cites: str
    note: str
    place: Place

    @property
    def shown(self) -> str:
        """The value as text: ``3万元/亩`` or ``收回、转让``."""
        return "、".join(self.value) if isinstance(self.value, tuple) else str(self.value)


class Route(msgspec.Struct, frozen=True):
    """One way to deal with the enterprises of a list; without a condition it takes whoever is left."""

    name: str
    when: Condition | None
    cites: str
    note: str
    place: Place


class Top(msgspec.Struct, frozen=True):
    """The best `first` (a parameter's name) of a list are proposed `within`, the others `beyond`."""

    first: str
    within: str
    beyond: str


class PolicyList(msgspec.Struct, frozen=True):
    """A list: who (`among`), condition (`when`), order (`rank`: name and whether descending), what is shown, routes.

    `precedence` names the parameter that orders the routes; without one they stand in the order written.
    """

    name: str
    cites: str
    dataset: str
    among: Condition | None
    when: Condition
    rank: tuple[tuple[str, bool], ...]
    columns: tuple[str, ...]
    precedence: str
    routes: tuple[Route, ...]
    top: Top | None
    note: str
    place: Place
    needs: tuple[str, ...] = ()
    """Fields that the data must have, though their cells may be blank."""


class Dataset(msgspec.Struct, frozen=True):
    """A dataset: its fields by name, which of them identify a row, open every list, and are summed in its heading.

    `code`, `company` and `year` are empty where it has none.
    """

    name: str
    fields: Mapping[str, Field]
    code: str
    company: str
    year: str
    leading: tuple[str, ...]
    totals: tuple[str, ...]
    counter: str = "家"
    """How its rows are counted: 3 家企业."""

    @property
    def keys(self) -> tuple[str, ...]:
        """What tells one of these from others, first that which decides; empty where every row counts for itself."""
        return tuple(name for name in (self.code, self.company) if name)

    @property
    def repeated(self) -> tuple[str, ...]:
        """The leading columns that say again who it is, beside the name: the first to go where room is short."""
        return tuple(name for name in reversed(self.leading) if name != self.company)

    @property
    def identity(self) -> tuple[str, ...]:
        """The fields that say whose row it is, and of which year."""
        return (*self.keys, self.year) if self.year else self.keys


class Source(msgspec.Struct, frozen=True):
    """The document a pack encodes."""

    document: str
    issued: datetime.date | None = None
    effective: datetime.date | None = None
    url: str = ""


class Pack(msgspec.Struct, frozen=True):
    """A policy pack: everything one place's policy says. Immutable; see `with_parameters`."""

    name: str
    title: str
    source: Source
    folder: Path
    datasets: Mapping[str, Dataset]
    parameters: Mapping[str, Parameter]
    indicators: Mapping[str, Indicator]
    lists: Mapping[str, PolicyList]
    checks: Mapping[str, PolicyList] = {}
    """What can hardly be true of an enterprise, as lists without an order."""
    goals_kept: bytes = b""
    """The `goals`, pickled: most runs have no use for them."""
    method: Method | None = None
    """The method of evaluation (``grading.yaml``); its parameters are among `parameters`."""
    levies: Levies | None = None
    """The differentiated policy (``policies.yaml``); its parameters are among `parameters`."""

    @property
    def goals(self) -> Goals:
        """Measures, targets, rankings and criteria, made anew each time: keep them."""
        import pickle

        from mujun.pack.goals import Goals

        # Made by `mujun.pack.load`, in this process or in one whose pack was kept.
        return pickle.loads(self.goals_kept) if self.goals_kept else Goals()  # noqa: S301

    def kind(self, name: str) -> Kind | None:
        """What a field or indicator of any dataset holds; None for another name."""
        if name in self.indicators:
            return self.indicators[name].kind
        return next((dataset.fields[name].kind for dataset in self.datasets.values() if name in dataset.fields), None)

    def scope(self, dataset: Dataset) -> Scope:
        """The names that lists over a dataset may use."""
        fields = {name: field for one in self.datasets.values() for name, field in one.fields.items()}
        return Scope(fields, self.parameters, self.indicators).over(dataset.fields)

    def dataset_of(self, item: PolicyList) -> Dataset:
        """The dataset whose rows a list judges."""
        return self.datasets[item.dataset]

    def routes(self, item: PolicyList) -> tuple[Route, ...]:
        """The routes of a list in the order in which one is proposed."""
        if not item.precedence:
            return item.routes
        value = self.parameters[item.precedence].value
        order = value if isinstance(value, tuple) else ()
        # A route left out of the setting keeps its place behind those that are named.
        places = {name: place for place, name in enumerate(order)}
        return tuple(sorted(item.routes, key=lambda route: places.get(route.name, len(order))))

    def with_parameters(self, settings: Mapping[str, str]) -> Pack:
        """The same pack with some parameters set anew: ``{"低效线": "4万元/亩"}``.

        Raises `UsageError` for an unknown parameter, a unit that measures something else, or a choice that is none.
        """
        changed = dict(self.parameters)
        for name, text in settings.items():
            if name not in changed:
                known = "、".join(changed)
                raise UsageError(f"没有参数“{name}”{nearest(name, changed)}", f"可设的参数：{known}")
            value = _set(changed[name], text, self._choices(name))
            counts = any(item.top and item.top.first == name for item in self.lists.values())
            if counts and isinstance(value, Quantity) and not value.is_count:
                raise UsageError(f"参数“{name}”应为正整数，不能设为“{text}”", f"例如 {changed[name].shown}")
            changed[name] = replace(changed[name], value=value)
        method = self.method.with_parameters(changed) if self.method and settings else self.method
        return replace(self, parameters=changed, method=method)

    def _choices(self, parameter: str) -> tuple[str, ...]:
        """What a parameter may be set to: the routes it orders, or the values of the choice it is compared with."""
        for item in self.lists.values():
            if item.precedence == parameter:
                return tuple(route.name for route in item.routes)
            scope = Scope(self.dataset_of(item).fields, self.parameters, self.indicators)
            trees = (item.among, item.when, *(route.when for route in item.routes))
            if choices := _compared(parameter, trees, scope):
                return choices
        for rules in (self.method, self.levies):
            known = self.scope(self.datasets[rules.dataset]) if rules else None
            if rules and known and (choices := _compared(parameter, rules.conditions, known)):
                return choices
        return ()

    def select(self, names: tuple[str, ...]) -> tuple[PolicyList, ...]:
        """The lists of these names, in the order of the pack; all of them for no names. Raises `UsageError`."""
        for name in names:
            if name not in self.lists:
                raise UsageError(f"没有清单“{name}”{nearest(name, self.lists)}", f"可用的清单：{'、'.join(self.lists)}")
        return tuple(item for item in self.lists.values() if not names or item.name in names)


def _compared(parameter: str, trees: Iterable[Condition | None], scope: Scope) -> tuple[str, ...]:
    """The values of the first choice that a parameter is compared with in some conditions."""
    for leaf in (leaf for tree in trees for leaf in leaves(tree)):
        if leaf.right == Ref(parameter) and (choices := scope.choices(leaf.name)):
            return choices
    return ()


def _set(parameter: Parameter, text: str, choices: tuple[str, ...]) -> Quantity | datetime.date | str | tuple[str, ...]:
    old = parameter.value
    if isinstance(old, datetime.date):
        try:
            return parse_date(text)
        except UsageError as error:
            raise UsageError(f"参数“{parameter.name}”：{error.message}", f"现值 {parameter.shown}") from None
    if not isinstance(old, Quantity):
        many = isinstance(old, tuple)
        new = tuple(re.split(r"\s*[,，、]\s*", text.strip("[]［］ "))) if many else (text.strip(),)
        if not all(new) or len(set(new)) < len(new) or (choices and not set(new) <= set(choices)):
            known = "、".join(choices) or f"现值 {parameter.shown}"
            hint = f"应取自：{known}{'，各写一次' if many else ''}" if choices else known
            raise UsageError(f"参数“{parameter.name}”不能设为“{text}”", hint)
        return new if many else new[0]
    try:
        quantity = parse_quantity(text)
    except QuantityError as error:
        raise UsageError(f"参数“{parameter.name}”：{error}", f"现值 {parameter.shown}") from None
    if quantity.unit.dimension != old.unit.dimension:
        have, want = describe(quantity.unit.dimension), describe(old.unit.dimension)
        raise UsageError(f"参数“{parameter.name}”的单位不对：“{text}”是{have}，应为{want}", f"例如 {parameter.shown}")
    return quantity


class Scope(msgspec.Struct, frozen=True):
    """The names that conditions and formulas may use."""

    fields: Mapping[str, Field]
    parameters: Mapping[str, Parameter]
    indicators: Mapping[str, Indicator]

    def __iter__(self) -> Iterator[str]:
        yield from self.fields
        yield from self.parameters
        yield from self.indicators

    def over(self, fields: Mapping[str, Field]) -> Scope:
        """What a list over one dataset may use: its fields, and the indicators that rest on no others."""
        foreign = set(self.fields.keys() - fields.keys())
        dated = any(field.kind == "year" for field in fields.values())
        users: dict[str, list[str]] = {}
        for name, item in self.indicators.items():
            for found, years in names(item.expr):
                users.setdefault(found.name, []).append(name)
                if years and not dated:
                    foreign.add(name)
        ahead = list(foreign)
        while ahead:
            lost = [name for name in users.get(ahead.pop(), ()) if name not in foreign]
            foreign.update(lost)
            ahead += lost
        known = {name: item for name, item in self.indicators.items() if name not in foreign}
        return Scope(fields, self.parameters, known)

    def kind(self, name: str) -> Kind | None:
        """What a name holds; a parameter of text holds ``text``; None for an unknown name."""
        if name in self.fields:
            return self.fields[name].kind
        if name in self.indicators:
            return self.indicators[name].kind
        if name in self.parameters:
            value = self.parameters[name].value
            return "number" if isinstance(value, Quantity) else "date" if isinstance(value, datetime.date) else "text"
        return "date" if name == AS_OF else None

    def unit(self, name: str) -> Unit:
        """The unit of a numeric name."""
        if name in self.fields:
            return self.fields[name].unit
        if name in self.indicators:
            return self.indicators[name].unit
        value = self.parameters[name].value
        return value.unit if isinstance(value, Quantity) else NUMBER

    def choices(self, name: str) -> tuple[str, ...]:
        """The values of a choice, or of a past choice; none for other names."""
        expr = self.indicators[name].expr if name in self.indicators else None
        if isinstance(expr, Past) and isinstance(expr.value, Name):
            name = expr.value.name
        field = self.fields.get(name)
        return tuple(field.values) if field and field.kind == "choice" else ()

    def dimension(self, name: str) -> Dimension:
        """What a number or a date measures."""
        if self.kind(name) == "date":
            return DATE
        return self.unit(name).dimension
