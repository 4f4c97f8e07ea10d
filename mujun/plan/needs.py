"""What data a list needs: which columns, when absent, leave it undecidable for every enterprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref
from mujun.pack.formula import Binary, Call, Expr, Name, Number, Past

if TYPE_CHECKING:
    from mujun.pack.policy import Dataset, Pack, PolicyList


def barred(item: PolicyList, present: set[str]) -> tuple[str, ...]:
    """The columns without which a list would take a blank for what it is not: it cannot be made at all."""
    return tuple(name for name in item.needs if name not in present)


def undecidable(item: PolicyList, pack: Pack, present: set[str]) -> tuple[str, ...]:
    """The columns whose absence keeps every enterprise off a list; empty where some could come out as 是.

    `present` names the fields that the data fill.
    """
    if absent := barred(item, present):
        return absent
    needs = _Needs(pack, pack.dataset_of(item), present)
    conditions = [condition for condition in (item.among, item.when) if condition is not None]
    return tuple(dict.fromkeys(gap for condition in conditions for gap in needs.gaps(condition, wanted=True)))


def lacking(expr: Expr, pack: Pack, dataset: Dataset, present: set[str]) -> tuple[str, ...]:
    """The columns whose absence keeps a formula over rows from having a value in any of them."""
    return tuple(dict.fromkeys(_Needs(pack, dataset, present).lacking(expr)))


class _Needs(msgspec.Struct, frozen=True):
    pack: Pack
    dataset: Dataset
    present: set[str]

    def gaps(self, condition: Condition, *, wanted: bool) -> list[str]:
        """The columns missing for a condition to come out as `wanted`; empty where it can."""
        match condition:
            case Leaf(name, op, right, place=place):
                if op in ("missing", "present") and (op == "present") is not wanted:
                    return []
                names = [name, right.name] if isinstance(right, Ref) else [name]
                return [gap for one in names for gap in self.lacking(Name(one, place))]
            case Not(part):
                return self.gaps(part, wanted=not wanted)
            case All(parts) | Any_(parts):
                below = [self.gaps(part, wanted=wanted) for part in parts]
                return _united(below, one_will_do=isinstance(condition, Any_) is wanted)

    def lacking(self, expr: Expr, years: int = 0) -> list[str]:
        """The columns missing for a formula, read `years` years back, to have a value."""
        match expr:
            case Number():
                return []
            case Name(name):
                if name in self.pack.indicators:
                    return self.lacking(self.pack.indicators[name].expr, years)
                return self.absent(name, years) if name in self.dataset.fields else []
            case Past(value, back):
                return self.lacking(value, years + back)
            case Binary(_, left, right):
                return [*self.lacking(left, years), *self.lacking(right, years)]
            case Call(function, arguments):
                below = [self.lacking(argument, years) for argument in arguments]
                return _united(below, one_will_do=function == "若缺")

    def absent(self, field: str, years: int) -> list[str]:
        """A field that is missing, unless its fallback can stand in, and the year where one is looked back to."""
        fallback, by_code = self.dataset.fields[field].fallback, self.dataset.fields[field].by_code
        gaps = []
        stands_in = by_code is not None and by_code.of in self.present
        if field not in self.present and not stands_in and (fallback is None or self.lacking(fallback)):
            gaps.append(field)
        if years and self.dataset.year not in self.present:
            gaps.append(self.dataset.year)
        return gaps


def _united(parts: list[list[str]], *, one_will_do: bool) -> list[str]:
    """What several parts lack together; nothing if one of them lacks nothing and will do."""
    return [] if one_will_do and not all(parts) else [gap for gaps in parts for gap in gaps]
