"""Matching the headers of a file to the fields of a dataset, with the units that the headers state."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mujun.errors import DataError, UsageError
from mujun.intake.findings import Finding
from mujun.pack.policy import Dataset, Field
from mujun.pack.problems import nearest
from mujun.quantity import NUMBER, QuantityError, Unit, normalise, parse_unit

_BRACKETED = re.compile(r"(.+?)[(\[【〔](.+?)[)\]】〕]")
_SEPARATORS = "_/:-,、"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the file that fills a field. `stated` is whether the header gave the unit."""

    index: int
    header: str
    field: Field
    unit: Unit
    stated: bool


@dataclass(frozen=True, slots=True)
class _Match:
    field: Field
    unit: Unit | None
    own_name: bool


def key(text: str) -> str:
    """A header as compared: NFKC, lower case, no blanks."""
    return re.sub(r"\s+", "", normalise(text)).lower()


class Headers:
    """The spellings of a dataset's fields."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.spellings = {key(alias): field for field in dataset.fields.values() for alias in (field.name, *field.aliases)}

    def match(self, header: str) -> _Match | Field | None:
        """What a header means; a bare `Field` where its unit is of the wrong kind; None where nothing fits."""
        whole = key(header)
        if whole in self.spellings:
            field = self.spellings[whole]
            return _Match(field, None, whole == key(field.name))
        bracketed = _BRACKETED.fullmatch(whole)
        splits = [(bracketed[1], bracketed[2])] if bracketed else []
        splits += [(whole[:i].rstrip(_SEPARATORS), whole[i:]) for i in range(len(whole) - 1, 0, -1)]
        wrong: Field | None = None
        for base, rest in splits:
            field_found = self.spellings.get(base)
            if field_found is None:
                continue
            unit = _unit(rest.removeprefix("单位").lstrip(":"), field_found)
            if unit is not None:
                return _Match(field_found, unit, base == key(field_found.name))
            if bracketed and base == bracketed[1]:
                if _names_values(rest, field_found):
                    return _Match(field_found, None, base == key(field_found.name))
                if _is_unit(rest):
                    wrong = field_found
        return wrong

    def suggest(self, field: Field, headers: Sequence[str]) -> str:
        """The header of the file nearest to a field that was not found, or the empty string."""
        bare = {key(_BRACKETED.sub(r"\1", key(header))): header for header in headers}
        for spelling in (field.name, *field.aliases):
            found = nearest(key(spelling), bare, "{}")
            if found:
                return bare[found]
        return ""


def _unit(text: str, field: Field) -> Unit | None:
    """The unit a header states, if it can be the unit of the field: ``元``, ``万`` (of its base unit), ``%``."""
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
        return bool(parse_unit(text.removeprefix("单位").lstrip(":")).name)
    except QuantityError:
        return False


def _base_name(field: Field) -> str:
    """``元`` for a field in 万元: headers such as ``实缴税金(万)`` leave it out."""
    return field.unit.dimension[0][0] if len(field.unit.dimension) == 1 else ""


def _names_values(text: str, field: Field) -> bool:
    """Whether brackets hold the choices, as in ``开发意愿(有/无)`` or ``规上(是/否)``."""
    words = {normalise(word).lower() for value, others in field.values.items() for word in (value, *others)}
    words |= {"是", "否", "1", "0", "y", "n"} if field.kind == "flag" else set()
    parts = [part for part in re.split(r"[/、,|或]", text) if part]
    return bool(parts) and all(part in words for part in parts)


def map_headers(
    headers: Sequence[str], dataset: Dataset, label: str, overrides: Mapping[str, str]
) -> tuple[list[Mapped], list[Finding]]:
    """Find the field of every column. `overrides` says header -> field where the user did (``--map``).

    Raises `UsageError` for an override that names no header or no field, and `DataError` where two columns claim one
    field and neither bears its name.
    """
    known = Headers(dataset)
    findings: list[Finding] = []
    claims: dict[str, list[tuple[Mapped, bool]]] = {}
    ordered: dict[str, str] = {}
    for header, wanted in overrides.items():
        if header not in headers:
            raise UsageError(f"--map：文件里没有列“{header}”{nearest(header, headers)}", f"文件的列：{'、'.join(headers)}")
        if wanted not in dataset.fields:
            raise UsageError(f"--map：没有字段“{wanted}”{nearest(wanted, dataset.fields)}", "可用字段见 mujun rules list")
        ordered[header] = wanted
    for index, header in enumerate(headers):
        if header in ordered:
            field = dataset.fields[ordered[header]]
            stated = _stated_unit(header, field)
            claims.setdefault(field.name, []).append((Mapped(index, header, field, stated or field.unit, bool(stated)), True))
            continue
        match = known.match(header)
        if isinstance(match, Field):
            unit_text = _BRACKETED.fullmatch(key(header))
            params = (("field", match.name), ("unit", unit_text[2] if unit_text else ""), ("target", match.unit.name or "比值"))
            findings.append(Finding("M115", label, column=header, params=params))
        elif match is not None:
            mapped = Mapped(index, header, match.field, match.unit or match.field.unit, match.unit is not None)
            claims.setdefault(match.field.name, []).append((mapped, match.own_name))
    chosen = [_choose(field, claim, label, findings, ordered) for field, claim in claims.items()]
    return sorted(chosen, key=lambda mapped: mapped.index), findings


def _stated_unit(header: str, field: Field) -> Unit | None:
    bracketed = _BRACKETED.fullmatch(key(header))
    return _unit(bracketed[2], field) if bracketed else None


def _choose(
    field: str,
    claims: list[tuple[Mapped, bool]],
    label: str,
    findings: list[Finding],
    ordered: Mapping[str, str],
) -> Mapped:
    """The one column that fills a field."""
    best = [mapped for mapped, _ in claims if mapped.header in ordered] or [mapped for mapped, own in claims if own]
    if len(claims) > 1 and len(best) != 1:
        shown = "、".join(f"“{mapped.header}”" for mapped, _ in claims)
        hint = f"请用 --map 列名={field} 指明用哪一列"
        if len({mapped.header for mapped, _ in claims}) < len(claims):
            hint = "表头里有重复的列名，请在原表删去或改名"
        raise DataError(f"“{label}”有 {len(claims)} 列都对应字段“{field}”：{shown}", hint)
    winner = best[0] if len(claims) > 1 else claims[0][0]
    for mapped, _ in claims:
        if mapped is not winner:
            findings.append(Finding("M114", label, column=mapped.header, params=(("field", field),)))
    return winner
