"""What the resolving of a pack shares: its names so far, what each measures, and the faults found."""

from __future__ import annotations

import keyword
import re
import unicodedata
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING

from mujun.errors import UsageError
from mujun.pack import dates, formula
from mujun.pack.formula import AS_OF, DAYS, MONTHS, Binary, Call, Expr, Name, Number, Past
from mujun.pack.policy import RESULT_COLUMNS, Scope
from mujun.pack.problems import Place, Problem, Unsound, nearest
from mujun.quantity import (
    DATE,
    PURE,
    Dimension,
    Quantity,
    QuantityError,
    Unit,
    describe,
    multiply,
    normalise,
    parse_quantity,
    parse_unit,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping

    from mujun.pack.policy import Field

_DAYS: Dimension = (("天", 1),)
_NOTHING = Number(Fraction(0))
_RESERVED = frozenset((AS_OF, *formula.FUNCTIONS, *formula.AGGREGATES, *keyword.kwlist, "all", "any", "cites", "note"))


class Context:
    """The names of a pack as far as they are resolved; faults gather in `problems`.

    A name whose own definition is at fault is in `unsound` and not in `scope`: using it is no further fault.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.unsound = Unsound()
        self.scope = Scope({}, {}, {})
        self.taken: dict[str, Place] = {}
        self._within: dict[tuple[int, int], tuple[Scope, Mapping[str, Field], Scope]] = {}

    def fail(self, place: Place, message: str) -> None:
        """Report a fault."""
        self.problems.append(Problem(place, message))

    @contextmanager
    def over(self, fields: Mapping[str, Field]) -> Iterator[None]:
        """Only the names of one dataset count within."""
        whole = self.scope
        self.scope = self.within(fields)
        yield
        self.scope = whole

    def within(self, fields: Mapping[str, Field]) -> Scope:
        """The names of one dataset, worked out once: with many indicators it takes long."""
        key = id(self.scope), id(fields)
        if key not in self._within:
            # What the key stands for is kept, so that nothing else can come to have its number.
            self._within[key] = self.scope, fields, self.scope.over(fields)
        return self._within[key][2]

    # --- names ------------------------------------------------------------------------------------------------------

    def claim(self, name: str, place: Place) -> bool:
        """A name must be usable in formulas and conditions and mean one thing only; False where it means another."""
        if not name.isidentifier() or unicodedata.normalize("NFKC", name) != name:
            self.fail(place, f"名称“{name}”只能由汉字、半角字母、数字和下划线组成，且不以数字开头")
        elif name in _RESERVED:
            self.fail(place, f"名称“{name}”是保留字，请改名")
        elif name in RESULT_COLUMNS:
            self.fail(place, f"名称“{name}”是清单自带的列，请改名")
        # SQL does not tell upper from lower case.
        folded = name.casefold()
        if folded in self.taken:
            self.fail(place, f"名称“{name}”已用于 {self.taken[folded]}，请改名")
        return self.taken.setdefault(folded, place) is place

    def unknown(self, name: str, place: Place, known: Iterable[str] | None = None, what: str = "名称") -> None:
        """Report a name that nothing defines, with the nearest one."""
        if name in self.unsound:
            return
        if name.casefold() in self.taken and what != "参数":
            self.fail(place, f"“{name}”不在这份数据里，只能用同一数据的字段和指标")
        else:
            names = [*self.scope, AS_OF] if known is None else list(known)
            real = [f.name for f in self.scope.fields.values() if name in f.aliases and f.name in names]
            hint = f"，应写字段名“{real[0]}”" if real else nearest(name, names)
            self.fail(place, f"没有{what}“{name}”{hint}")

    # --- units ------------------------------------------------------------------------------------------------------

    def unit(self, text: str, place: Place) -> Unit | None:
        """Parse a unit, or report why it is none."""
        try:
            return parse_unit(text)
        except QuantityError as error:
            self.fail(place, str(error))
            return None

    def quantity(self, text: str, place: Place) -> Quantity | None:
        """Parse a quantity, or report why it is none."""
        try:
            return parse_quantity(text)
        except QuantityError as error:
            self.fail(place, str(error))
            return None

    def date(self, text: str, place: Place) -> datetime.date | None:
        """Parse a date, or report why it is none."""
        try:
            return dates.parse_date(text)
        except UsageError as error:
            self.fail(place, f"{error.message}，{error.hint}")
            return None

    def clash(
        self, place: Place, left: str, unit: Unit, right: str, found: Dimension, *, literal: bool = False
    ) -> None:
        """Two things that differ in what they measure meet. `unit` is the left's; `literal`: the right is a figure."""
        hint = f"，应如 {right}{unit.name}" if literal and found == PURE else ""
        self.fail(place, f"单位不一致：“{left}”是{describe(unit.dimension)}，“{right}”是{describe(found)}{hint}")

    # --- formulas ---------------------------------------------------------------------------------------------------

    def dimension(self, expr: Expr) -> Dimension | None:
        """What a formula measures; None where a problem in it has been reported."""
        match expr:
            case Number():
                return PURE
            case Past(value):
                return self.dimension(value)
            case Name(name, place):
                return self._name(name, place)
            case Binary(op, left, right, place):
                a, b = self.dimension(left), self.dimension(right)
                if DATE in (a, b):
                    self.fail(place, f"日期不能用“{op}”计算，请用 天数(从, 到) 或 加月(日期, n)")
                    return None
                if a is None or b is None or op in "*/":
                    return None if a is None or b is None else multiply(a, b, 1 if op == "*" else -1)
                return self._same(place, (a, b), f"“{op}”左边是{describe(a)}，右边是{describe(b)}")
            case Call(function, arguments, place):
                found = [self.dimension(argument) for argument in arguments]
                known = tuple(one for one in found if one is not None)
                if function in (DAYS, MONTHS) or (function == "abs" and DATE in known):
                    return self._of_dates(function, arguments, place, found)
                if len(known) < len(found):
                    return None
                # Nothing (0) measures whatever the others do, as in max(0, x).
                others = [one for one, argument in zip(known, arguments, strict=True) if argument != _NOTHING]
                known = tuple(others) if others and DATE not in known else known
                shown = "、".join(map(describe, known))
                return self._same(place, known, f"函数 {function} 的各项是{shown}")

    def _of_dates(
        self, function: str, arguments: tuple[Expr, ...], place: Place, found: list[Dimension | None]
    ) -> Dimension | None:
        """What a function of dates measures; each argument must be what it takes."""
        if None in found:
            return None
        wanted = {DAYS: found, MONTHS: found[:1]}.get(function, [])
        if not wanted or any(one != DATE for one in wanted):
            shown = "、".join(describe(one) for one in found if one is not None)
            hint = {DAYS: "的两项都应为日期", MONTHS: "应写作 加月(日期, n)"}.get(function, "的项应为数字")
            self.fail(place, f"函数 {function} {hint}，这里是{shown}")
            return None
        if function == DAYS:
            return _DAYS
        try:
            dates.months(arguments[1], self.scope.parameters)
        except UsageError as error:
            self.fail(place, f"{error.message}，{error.hint}")
            return None
        return DATE

    def _name(self, name: str, place: Place) -> Dimension | None:
        kind = self.scope.kind(name)
        if kind in ("number", "date"):
            return self.scope.dimension(name)
        if kind is None:
            self.unknown(name, place)
        else:
            self.fail(place, f"“{name}”不是数字，不能计算")
        return None

    def _same(self, place: Place, found: tuple[Dimension, ...], clash: str) -> Dimension | None:
        if len(set(found)) == 1:
            return found[0]
        self.fail(place, f"单位不一致：{clash}")
        return None


def looks_like_quantity(text: str) -> bool:
    """Whether a text is meant to be a number with its unit, rather than a name."""
    return re.match(r"[+-]?[\d.]", normalise(text)) is not None
