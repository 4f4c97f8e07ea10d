"""Matching the headers of a file to the fields of a dataset, with the units that the headers state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from mujun.errors import DataError, UsageError
from mujun.intake.findings import Finding
from mujun.intake.spelling import key, tidy
from mujun.pack.problems import nearest
from mujun.quantity import NUMBER, QuantityError, Unit, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mujun.intake.kept import Column
    from mujun.intake.source import Layout, Source
    from mujun.pack.policy import Dataset, Field

_BRACKETED = re.compile(r"(.+)[(\[{<【〔〈《「]([^()\[\]{}<>]+)[)\]}>】〕〉》」]")
_OR = "[/、,|或]"
"""Between the values that a header offers, as compared."""
_YES_OR_NONE = re.compile(f"有{_OR}?无")
_SEPARATORS = "_/:-—,、;|·"
_SERIALS = {"序号", "编号", "no.", "no", "行号", "序", "行次", "项次", "#"}
_LONGEST = 100
"""Characters of a header; what is longer is none."""
_BARRED, _ALIAS, _OWN_NAME, _KEPT, _SAID = range(5)
"""How good a column's claim to a field is: said to be unused, by an alias, by the name, by a map, by the user."""


class Mapped(msgspec.Struct, frozen=True):
    """A column of the file that fills a field. `stated` is whether the header gave the unit."""

    index: int
    header: str
    field: Field
    unit: Unit
    stated: bool

    @property
    def offers_none(self) -> bool:
        """Whether 无 is a no of a flag, as its header offers it: ``有无污染``, ``污染(有/无)``; else it is a blank."""
        return self.field.kind == "flag" and _YES_OR_NONE.search(key(self.header)) is not None


class _Match(msgspec.Struct, frozen=True):
    """The field a header means, with the unit it states; `misfit` is a unit that cannot be the field's."""

    field: Field
    own_name: bool
    unit: Unit | None = None
    misfit: str = ""


def serial_columns(layout: Layout) -> tuple[int, ...]:
    """The columns, from 0, that only number the rows: 序号, 编号, No."""
    return tuple(index for index, name in enumerate(layout.header) if key(name) in _SERIALS)


class Headers:
    """The spellings of a dataset's fields."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        fields = dataset.fields.values()
        self.spellings = {key(spelling): field for field in fields for spelling in (field.name, *field.aliases)}

    def count(self, headers: Sequence[str]) -> int:
        """How many headers mean a field."""
        return sum(self.match(header) is not None for header in headers)

    def match(self, header: str) -> _Match | None:
        """What a header means; None where nothing fits."""
        if len(header) > _LONGEST:
            return None
        whole = key(header)
        if whole in self.spellings:
            field = self.spellings[whole]
            return _Match(field, whole == key(field.name))
        misfit = None
        for base, sign, rest in _splits(whole):
            found = self.spellings.get(base)
            if found is None:
                continue
            own_name, unit = base == key(found.name), unit_of(rest, found)
            stated = sign not in ("", "/")  # 税收/亩 is a ratio and states no unit of 税收
            if unit is not None or (stated and _names_values(rest, found)):
                return _Match(found, own_name, unit)
            if stated and _is_unit(rest):
                misfit = misfit or _Match(found, own_name, misfit=rest)
        return misfit

    def suggest(self, field: Field, headers: Sequence[str]) -> str:
        """The header of the file nearest to a field that was not found, or the empty string."""
        bare = {key(_BRACKETED.sub(r"\1", key(header))): header for header in headers if len(header) <= _LONGEST}
        for spelling in (field.name, *field.aliases):
            found = nearest(key(spelling), bare, "{}")
            if found:
                return bare[found]
        return ""


def _splits(whole: str) -> Iterator[tuple[str, str, str]]:
    """Ways to part a header into a name and what stands behind it, with the sign between: ``税收(元)``, ``税收_元``."""
    bracketed = _BRACKETED.fullmatch(whole)
    if bracketed:
        yield bracketed[1].rstrip(_SEPARATORS), "(", bracketed[2].removeprefix("单位").lstrip(":")
    for i in range(len(whole) - 1, 0, -1):
        base = whole[:i].rstrip(_SEPARATORS)
        yield base, whole[len(base) : i], whole[i:].removeprefix("单位").lstrip(":")


def unit_of(text: str, field: Field) -> Unit | None:
    """The unit a header or cell states, if it can be the field's: ``元``, ``万`` (of its base unit), ``%``."""
    if field.kind != "number" or not text:
        return None
    for spelling in (text, text + _base_name(field)):
        try:
            unit = parse_unit(spelling)
        except QuantityError:
            continue
        if unit.dimension == field.unit.dimension and unit is not NUMBER:
            return unit
    return None


def _is_unit(text: str) -> bool:
    try:
        return bool(parse_unit(text).name)
    except QuantityError:
        return False


def _base_name(field: Field) -> str:
    """``元`` for a field in 万元: headers such as ``实缴税金(万)`` leave it out."""
    return field.unit.dimension[0][0] if len(field.unit.dimension) == 1 else ""


def _wanted(field: Field) -> str:
    return field.unit.name or ("比值" if field.kind == "number" else "文字")


def _names_values(text: str, field: Field) -> bool:
    """Whether brackets hold the choices, as in ``开发意愿(有/无)`` or ``规上(是/否)``."""
    words = {key(word) for value, others in field.values.items() for word in (value, *others)}
    words |= {"是", "否", "有", "无", "1", "0", "y", "n"} if field.kind == "flag" else set()
    parts = [part for part in re.split(_OR, text) if part]
    return bool(parts) and all(part in words for part in parts)


def check_overrides(overrides: Mapping[str, str], headers: Sequence[str]) -> None:
    """Refuse what the user says of a header that no file has. Raises `UsageError`."""
    for name in overrides:
        header = tidy(name)
        if not header or header not in headers:
            shown = "、".join(dict.fromkeys(filter(None, headers)))
            raise UsageError(f"--map：文件里没有列“{header}”{nearest(header, headers)}", f"文件的列：{shown}")


def map_headers(source: Source, dataset: Dataset, overrides: Mapping[str, str]) -> tuple[list[Mapped], list[Finding]]:
    """Find the field of every column. `overrides` says header -> field where the user did (``--map``).

    What the source has `kept` of an earlier month comes next, before aliases.

    Raises `UsageError` for an override that names no field or states a unit that cannot be its, and `DataError` where
    two columns claim one field and neither bears its name.
    """
    known, headers = Headers(dataset), source.header
    ordered = _overrides(headers, dataset, overrides)
    findings: list[Finding] = []
    claims: dict[str, list[tuple[Mapped, int]]] = {}
    for index, header in enumerate(headers):
        column = source.kept.column(header) if source.kept and header not in ordered else None
        match = ordered.get(header) or known.match(header)
        if column is not None and column.field is not None and column.field not in dataset.fields:
            column = None  # a field of another dataset
        if column is not None and column.field is not None:
            match = _kept_match(match, header, column, dataset)
        if match is None:
            continue
        field = match.field
        if match.misfit:
            params = (("field", field.name), ("unit", match.misfit), ("target", _wanted(field)))
            findings.append(Finding("M115", source.file, column=header, params=params, sheet=source.sheet))
            continue
        unit = match.unit or next((unit for unit in source.units if unit.dimension == field.unit.dimension), None)
        if column is not None:
            rank, unit = (_BARRED, unit) if column.field is None else (_KEPT, unit or column.unit)
        else:
            rank = _SAID if header in ordered else _OWN_NAME if match.own_name else _ALIAS
        mapped = Mapped(index, header, field, unit or field.unit, unit is not None)
        claims.setdefault(field.name, []).append((mapped, rank))
    chosen = [_choose(field, claim, source, findings) for field, claim in claims.items()]
    return sorted(filter(None, chosen), key=lambda mapped: mapped.index), findings


def _kept_match(usual: _Match | None, header: str, column: Column, dataset: Dataset) -> _Match:
    """What a header means where a map says so; its unit is that which the header itself states."""
    field = dataset.fields[column.field or ""]
    if usual is not None and usual.field.name == field.name and not usual.misfit:
        return usual
    return _Match(field, own_name=True, unit=_stated_unit(header, field, str(column.places[0])))


def _overrides(headers: Sequence[str], dataset: Dataset, overrides: Mapping[str, str]) -> dict[str, _Match]:
    """What the user says that headers mean, as far as they are among these."""
    ordered = {}
    for name, wanted in overrides.items():
        header = tidy(name)
        if header not in headers:
            continue
        if wanted not in dataset.fields:
            known = nearest(wanted, dataset.fields)
            raise UsageError(f"--map：没有字段“{wanted}”{known}", "可用字段见 mujun rules list")
        field = dataset.fields[wanted]
        ordered[header] = _Match(field, own_name=True, unit=_stated_unit(header, field, "--map"))
    return ordered


def _stated_unit(header: str, field: Field, origin: str) -> Unit | None:
    """The unit that a header states for a field it need not name. Raises `UsageError` for one that cannot be its."""
    stated = [rest for _, sign, rest in _splits(key(header[:_LONGEST])) if sign and _is_unit(rest)]
    unit = next((unit for rest in stated if (unit := unit_of(rest, field))), None)
    if stated and unit is None and field.kind == "number":
        raise UsageError(
            f"{origin}：列“{header}”的单位“{stated[0]}”不能用于“{field.name}”（应为{_wanted(field)}）", "请核对表头"
        )
    return unit


def _choose(field: str, claims: list[tuple[Mapped, int]], source: Source, findings: list[Finding]) -> Mapped | None:
    """The one column that fills a field; None where those that could are said to be unused."""
    able = [(mapped, rank) for mapped, rank in claims if rank > _BARRED]
    if not able:
        return None
    best = [mapped for mapped, rank in able if rank == max(rank for _, rank in able)]
    if len(best) != 1:
        shown = "、".join(f"“{mapped.header}”" for mapped, _ in able)
        hint = f"请用 --map 列名={field} 指明用哪一列"
        if len({mapped.header for mapped, _ in able}) < len(able):
            hint = "表头里有重复的列名，请在原表删去或改名"
        raise DataError(f"“{source.label}”有 {len(able)} 列都对应字段“{field}”：{shown}", hint)
    [winner] = best
    for mapped, _ in claims:
        if mapped is not winner:
            params = (("field", field), ("other", winner.header))
            findings.append(Finding("M114", source.file, column=mapped.header, params=params, sheet=source.sheet))
    return winner
