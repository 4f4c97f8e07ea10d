"""From the YAML shape to the meaning: the fields, parameters and indicators of a pack, or what is wrong with them."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mujun.pack import formula
from mujun.pack.context import Context, looks_like_quantity
from mujun.pack.dates import looks_like_date
from mujun.pack.formula import Name, Past
from mujun.pack.policy import ByCode, Dataset, Field, Indicator, Kind, Parameter
from mujun.pack.problems import nearest
from mujun.quantity import NUMBER, Quantity, Unit

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from mujun.pack.models import DatasetModel, FieldModel, IndicatorModel, ParameterModel
    from mujun.pack.problems import Place
    from mujun.pack.yaml import Document, Path_

_ROLES: dict[str, tuple[Kind, ...]] = {"code": ("code", "text"), "name": ("text", "code"), "year": ("year",)}


class Resolver(Context):
    """Resolves what the names of a pack stand for. What is at fault is reported and left out."""

    # --- fields and parameters --------------------------------------------------------------------------------------

    def field(self, name: str, model: FieldModel, document: Document, path: Path_) -> Field | None:
        """Resolve a field but for its fallback, which may name other fields."""
        unit = self.unit(model.unit, document.place((*path, "unit")))
        if model.unit and model.type != "number":
            self.fail(document.key((*path, "unit")), f"“{name}”的类型是 {model.type}，只有 number 有单位")
        self.values(name, model, document, path)
        if unit is None:
            self.unsound.names.add(name)
            return None
        values = {value: tuple(words) for value, words in model.values.items()}
        plausible = self.plausible(name, unit, model.plausible, document, (*path, "plausible"))
        if model.combine and model.type != "number":
            self.fail(document.place((*path, "combine")), f"“{name}”的类型是 {model.type}，只有 number 能相加")
        return Field(
            name, model.type, unit, tuple(model.aliases), values, model.digits, plausible, model.combine, model.larger,
            None, model.fallback, model.note, document.key(path), self.by_code(name, model, document, path),
            model.unit_by,
        )  # fmt: skip

    def by_code(self, name: str, model: FieldModel, document: Document, path: Path_) -> ByCode | None:
        """How a choice follows from a code: each code belongs to one choice."""
        if model.by_code is None:
            return None
        below = (*path, "by_code")
        if model.type != "choice":
            self.fail(document.key(below), f"“{name}”的类型是 {model.type}，只有 choice 能由代码得出")
        values = {**{value: ("codes", value) for value in model.by_code.codes}, model.by_code.others: ("others",)}
        for value, key in values.items():
            if value and value not in model.values:
                self.fail(document.key((*below, *key)), f"“{name}”没有取值“{value}”{nearest(value, model.values)}")
        owners: dict[str, str] = {}
        for value, codes in model.by_code.codes.items():
            for index, code in enumerate(codes):
                if (other := owners.setdefault(code, value)) != value:
                    self.fail(document.place((*below, "codes", value, index)), f"代码“{code}”已属于“{other}”")
        prefixes = tuple(sorted(owners.items(), key=lambda item: (-len(item[0]), item[0])))
        return ByCode(model.by_code.of, prefixes, model.by_code.others, _open_codes(prefixes))

    def plausible(
        self, name: str, unit: Unit, texts: list[str] | None, document: Document, path: Path_
    ) -> tuple[Quantity, Quantity] | None:
        """The range of plausible values: two quantities of the field's kind, the smaller first."""
        ends: list[Quantity] = []
        for index, text in enumerate(texts or ()):
            place = document.place((*path, index))
            end = self.quantity(text, place)
            if end and end.unit.dimension != unit.dimension:
                self.clash(place, name, unit, text, end.unit.dimension, literal=True)
            elif end:
                ends.append(end)
        if len(ends) < 2:
            return None
        if ends[0].base_value > ends[1].base_value:
            self.fail(document.place(path), f"“{name}”的合理范围应先小后大，写了 {ends[0]} 到 {ends[1]}")
        return ends[0], ends[1]

    def values(self, name: str, model: FieldModel, document: Document, path: Path_) -> None:
        """A choice needs its values, a flag and a text may give other words for theirs, nothing else has any."""
        below = (*path, "values")
        if model.type == "choice" and not model.values:
            self.fail(document.key(path), f"choice 类型的“{name}”缺少 values，应列出每个取值及其别写")
        if model.type not in ("choice", "flag", "text") and model.values:
            self.fail(document.key(below), f"类型 {model.type} 没有 values，只有 choice、flag 和 text 有")
        spellings: dict[str, str] = {value: value for value in model.values}
        for value, words in model.values.items():
            if model.type == "flag" and value not in ("是", "否"):
                self.fail(document.key((*below, value)), f"flag 的 values 只能是 是 和 否，写了“{value}”")
            for index, word in enumerate(words):
                if (other := spellings.setdefault(word, value)) != value:
                    self.fail(document.place((*below, value, index)), f"别写“{word}”已属于取值“{other}”")

    def parameter(self, name: str, model: ParameterModel, document: Document, path: Path_) -> Parameter | None:
        """Resolve a parameter: a list of choices, a date, a quantity, or a text."""
        value: Quantity | datetime.date | str | tuple[str, ...] | None
        if isinstance(model.value, list):
            value = tuple(model.value)
        elif looks_like_date(model.value):
            value = self.date(model.value, document.place((*path, "value")))
        elif looks_like_quantity(model.value):
            value = self.quantity(model.value, document.place((*path, "value")))
        else:
            value = model.value.strip()
        if value is None:
            self.unsound.names.add(name)
            return None
        return Parameter(name, value, model.cites, model.note, document.key(path))

    def parameters(self, models: Mapping[str, ParameterModel], document: Document) -> dict[str, Parameter]:
        """Resolve what stands below ``parameters``; names that mean something else already are left out."""
        found = {}
        for name, item in models.items():
            path = ("parameters", name)
            free = self.claim(name, document.key(path))
            parameter = self.parameter(name, item, document, path)
            if parameter is not None and free:
                found[name] = parameter
        return found

    def dataset(self, name: str, model: DatasetModel, document: Document, path: Path_) -> Dataset:
        """Resolve a dataset: its fields, and the names among them that have a part to play."""
        fields: dict[str, Field] = {}
        spellings = {key: key for key in model.fields}
        for key, field_model in model.fields.items():
            below = (*path, "fields", key)
            field = self.field(key, field_model, document, below)
            if field is not None:
                fields[key] = field
            for index, alias in enumerate(field_model.aliases):
                if (other := spellings.setdefault(alias, key)) != key:
                    self.fail(document.place((*below, "aliases", index)), f"别名“{alias}”已属于字段“{other}”")
        self.roles(model, fields, document, path)
        self.larger(fields, document, path)
        self.codes(fields, document, path)
        self.units(fields, document, path)
        identity = model.identity
        return Dataset(
            name,
            fields,
            identity.code,
            identity.name,
            identity.year,
            tuple(model.leading),
            tuple(model.totals),
            model.counter,
        )

    def roles(self, model: DatasetModel, fields: dict[str, Field], document: Document, path: Path_) -> None:
        """The fields that identify a row, open every list and are summed must exist and be of the right type."""
        for role, kinds in _ROLES.items():
            key, place = getattr(model.identity, role), document.place((*path, "identity", role))
            if not key:
                continue
            if key not in fields:
                self.unknown(key, place, fields, "字段")
            elif fields[key].kind not in kinds:
                self.fail(
                    place, f"identity 的 {role} 应为 {' 或 '.join(kinds)} 类型的字段，“{key}”是 {fields[key].kind}"
                )
        self.years(model, fields, document.key((*path, "identity")))
        for role in ("leading", "totals"):
            for index, key in enumerate(getattr(model, role)):
                if key not in fields:
                    self.unknown(key, document.place((*path, role, index)), fields, "字段")
                elif role == "totals" and fields[key].kind != "number":
                    self.fail(document.place((*path, role, index)), f"“{key}”不是数字，不能合计")

    def years(self, model: DatasetModel, fields: dict[str, Field], place: Place) -> None:
        """A dataset with a field of years has its rows told apart by them, and by what they are of."""
        years = [key for key, field in fields.items() if field.kind == "year"]
        if years and not model.identity.year:
            self.fail(place, f"identity 缺少“year”：“{years[0]}”是 year 类型的字段")
        if model.identity.year and not (model.identity.code or model.identity.name):
            self.fail(place, "identity 有 year 时应有 code 或 name")

    def shared(self, dataset: Dataset, others: Mapping[str, Dataset]) -> None:
        """A name that several datasets use stands for the same kind of thing in the same unit everywhere."""
        for name, field in dataset.fields.items():
            for other in (one for one in others.values() if name in one.fields):
                known = other.fields[name]
                if field.kind == known.kind == "text" and known.values and not field.values:
                    # Towns and parks bear the same names everywhere.
                    dataset.fields[name] = replace(field, values=known.values)  # type: ignore[index]
                if (known.kind, known.unit) != (field.kind, field.unit):
                    told = [f"{one.kind}{f'（{one.unit.name}）' if one.unit.name else ''}" for one in (field, known)]
                    self.fail(
                        field.place,
                        f"“{name}”在数据“{other.name}”里是 {told[1]}，这里是 {told[0]}；类型和单位应相同，否则请改名",
                    )
                    break

    def units(self, fields: dict[str, Field], document: Document, path: Path_) -> None:
        """What says the unit of a number must be a choice of the same dataset, each of its values a unit."""
        for key, field in fields.items():
            if not field.unit_by:
                continue
            place, source = document.place((*path, "fields", key, "unit_by")), fields.get(field.unit_by)
            if source is None:
                self.unknown(field.unit_by, place, fields, "字段")
            elif source.kind != "choice" or field.kind != "number" or field.unit.dimension:
                self.fail(place, f"“{key}”应是没有单位的 number，“{source.name}”应是 choice，取值都是单位")
            else:
                for value in source.values:
                    self.unit(value, place)

    def codes(self, fields: dict[str, Field], document: Document, path: Path_) -> None:
        """What choices follow from must be texts of the same dataset."""
        for key, field in fields.items():
            source = fields.get(field.by_code.of) if field.by_code else None
            if field.by_code and (source is None or source.kind not in ("text", "code")):
                place = document.place((*path, "fields", key, "by_code", "of"))
                if source is None:
                    self.unknown(field.by_code.of, place, fields, "字段")
                else:
                    self.fail(place, f"“{source.name}”不是文字，不能由它得出“{key}”")

    def larger(self, fields: dict[str, Field], document: Document, path: Path_) -> None:
        """What those have more of for whom a flag holds must be a figure of the same dataset."""
        for key, field in fields.items():
            place = document.place((*path, "fields", key, "larger"))
            if field.larger and field.kind != "flag":
                self.fail(place, f"“{key}”的类型是 {field.kind}，只有 flag 有 larger")
            elif field.larger and field.larger not in fields:
                self.unknown(field.larger, place, fields, "字段")
            elif field.larger and fields[field.larger].kind != "number":
                self.fail(place, f"“{field.larger}”不是数字，不能用来比较大小")

    # --- formulas ---------------------------------------------------------------------------------------------------

    def fallback(self, field: Field, document: Document, path: Path_) -> Field:
        """Resolve a field's fallback: a formula over the same year's fields and parameters."""
        if not field.fallback_text:
            return field
        place = document.place((*path, "fallback"))
        if field.kind != "number":
            self.fail(place, f"“{field.name}”不是数字，不能有 fallback")
            return field
        expr = formula.parse(field.fallback_text, place, self.problems)
        if expr is None:
            return field
        if any(years for _, years in formula.names(expr)):
            self.fail(place, "fallback 里不能用 往年，只能用当年的字段和参数")
        found = self.dimension(expr)
        if found is not None and found != field.unit.dimension:
            self.clash(place, field.name, field.unit, field.fallback_text, found)
        return replace(field, fallback=expr)

    def indicator(self, name: str, model: IndicatorModel, document: Document, path: Path_) -> Indicator | None:
        """Parse an indicator; its type and unit are checked by `check_indicator` once all are known."""
        expr = formula.parse(model.formula, document.place((*path, "formula")), self.problems)
        unit = self.unit(model.unit, document.place((*path, "unit")))
        if expr is None or unit is None or self._guesswork(expr):
            self.unsound.names.add(name)
            return None
        kind: Kind = "number"
        if isinstance(expr, Past) and isinstance(expr.value, Name):
            field = self.scope.fields.get(expr.value.name)
            kind = field.kind if field else kind
        return Indicator(
            name, kind, expr, model.formula, unit, model.digits, model.cites, model.note, document.key(path)
        )

    def _guesswork(self, expr: formula.Expr) -> bool:
        """Whether what a formula gives cannot be told, as no field is known."""
        return self.unsound.everything and any(found.name not in self.scope for found, _ in formula.names(expr))

    def with_dates(self, indicators: Mapping[str, Indicator]) -> dict[str, Indicator]:
        """The indicators, those whose formula gives a date marked so, also by way of others."""
        opened: set[str] = set()

        def is_date(name: str) -> bool:
            if name not in indicators:
                return self.scope.kind(name) == "date"
            if name in opened:  # a circle, which is reported elsewhere
                return False
            opened.add(name)
            found = formula.is_date(indicators[name].expr, is_date)
            opened.discard(name)
            return found

        return {name: replace(item, kind="date") if is_date(name) else item for name, item in indicators.items()}

    def check_indicator(self, indicator: Indicator, document: Document, path: Path_) -> None:
        """The formula's dimension must be that of the declared unit; a past value at fault has no known type."""
        if indicator.kind != "number":
            if indicator.unit is not NUMBER:
                self.fail(document.place((*path, "unit")), f"“{indicator.name}”不是数字，不能有单位")
            if indicator.kind == "date" and self.dimension(indicator.expr) is None:
                self.unsound.names.add(indicator.name)
            return
        found = self.dimension(indicator.expr)
        if found is None and isinstance(indicator.expr, Past):
            self.unsound.names.add(indicator.name)
        elif found is not None and found != indicator.unit.dimension:
            self.clash(document.place((*path, "formula")), indicator.name, indicator.unit, indicator.text, found)

    def check_home(self, indicator: Indicator, datasets: Mapping[str, Dataset]) -> None:
        """Some dataset must have all that an indicator rests on."""
        if any(indicator.name in self.within(dataset.fields).indicators for dataset in datasets.values()):
            return
        used = dict.fromkeys(found.name for found, _ in formula.names(indicator.expr))
        homes = {
            name: "、".join(dataset.name for dataset in datasets.values() if name in dataset.fields)
            for name in used
            if name in self.scope.fields
        }
        if len(set(homes.values())) > 1:
            told = "、".join(f"“{name}”在{home}" for name, home in homes.items())
            self.fail(indicator.place, f"指标“{indicator.name}”用到的字段不在同一份数据里：{told}")
        elif homes and any(years for _, years in formula.names(indicator.expr)):
            self.fail(indicator.place, f"指标“{indicator.name}”用到 往年，而数据“{next(iter(homes.values()))}”没有年度")

    def check_cycles(self) -> None:
        """Indicators and fallbacks must not depend on themselves, not even on their own earlier years."""
        graph: dict[str, list[str]] = {}
        places: dict[str, Place] = {}
        for name, place, expr in [
            *((f.name, f.place, f.fallback) for f in self.scope.fields.values() if f.fallback),
            *((i.name, i.place, i.expr) for i in self.scope.indicators.values()),
        ]:
            graph[name] = list({found.name: None for found, _ in formula.names(expr)})
            places[name] = place
        order = list(graph)
        while circle := _circle(graph):
            first = min(circle, key=order.index)
            turned = circle[circle.index(first) :] + circle[: circle.index(first)]
            self.fail(places[first], f"循环引用：{' → '.join((*turned, first))}")
            graph[first].remove(turned[1 % len(turned)])


def _open_codes(prefixes: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Codes so short that a longer one, of another choice than their own, may be meant."""
    short = {code[:length] for code, _ in prefixes for length in range(1, len(code))}
    own = {one: next((value for code, value in prefixes if one.startswith(code)), "") for one in short}
    return tuple(
        sorted(one for one in short if any(code.startswith(one) and value != own[one] for code, value in prefixes))
    )


def _circle(graph: dict[str, list[str]]) -> list[str]:
    """Names each of which rests on the next, and the last on the first; empty where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))[:-1]
    return []
