"""Units and exact numbers.

One table holds every unit as an exact rational multiple of a base unit; compound units (``万元/亩``) are built from
it. Numbers are `fractions.Fraction`; nothing here ever touches a float. This module imports nothing of ours.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

import msgspec

Dimension = tuple[tuple[str, int], ...]
"""Exponents of base units, sorted by base: ``(("㎡", -1), ("元", 1))`` is 元/㎡; ``()`` is a pure number."""

PURE: Dimension = ()

DATE: Dimension = (("日期", 1),)
"""What a calendar date measures: there is no unit of it, and no arithmetic but that of `天数` and `加月`."""

SCALE = 10**6
"""Amounts are stored as whole 1/SCALE of their unit: fine enough for 元 in 万元 and ㎡ in 亩 with two decimals."""

# What each base measures, for messages.
_BASES = {
    "元": "金额",
    "㎡": "面积",
    "kgce": "综合能耗",
    "千瓦时": "电量",
    "kg": "重量",
    "人": "人数",
    "家": "家数",
    "年": "年数",
    "天": "天数",
    "日期": "日期",
}

# spelling in NFKC and lower case -> (multiple, base). 1亩 = 2000/3㎡ (国务院 1959 公制), so 1㎡ = 0.0015亩 exactly.
_UNITS: dict[str, tuple[Fraction, str]] = {
    **dict.fromkeys(("元", "圆", "人民币元"), (Fraction(1), "元")),
    **dict.fromkeys(("m2", "平方米", "平米", "平方"), (Fraction(1), "㎡")),
    "亩": (Fraction(2000, 3), "㎡"),
    **dict.fromkeys(("公顷", "ha"), (Fraction(10_000), "㎡")),
    **dict.fromkeys(("平方公里", "平方千米", "km2"), (Fraction(1_000_000), "㎡")),
    **dict.fromkeys(("吨标煤", "吨标准煤", "tce"), (Fraction(1000), "kgce")),
    **dict.fromkeys(("千克标煤", "千克标准煤", "公斤标煤", "公斤标准煤", "kgce"), (Fraction(1), "kgce")),
    **dict.fromkeys(("千瓦时", "千瓦小时", "kwh", "度"), (Fraction(1), "千瓦时")),
    **dict.fromkeys(("吨", "t", "当量吨"), (Fraction(1000), "kg")),
    **dict.fromkeys(("千克", "公斤", "kg"), (Fraction(1), "kg")),
    "人": (Fraction(1), "人"),
    **dict.fromkeys(("家", "户", "个"), (Fraction(1), "家")),
    "年": (Fraction(1), "年"),
    **dict.fromkeys(("月", "个月"), (Fraction(1, 12), "年")),
    "天": (Fraction(1), "天"),
    "%": (Fraction(1, 100), ""),
    "‰": (Fraction(1, 1000), ""),
    "倍": (Fraction(1), ""),
}

_PREFIXES = {
    "万亿": 10**12,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "亿": 10**8,
    "万": 10**4,
    "千": 10**3,
    "百": 10**2,
}

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[+-]?\.\d+", re.ASCII)
_MOST_DIGITS = 100
_DOTS = "·*・⋅"


class QuantityError(ValueError):
    """A text is not a quantity or a unit, or two units measure different things. The message is for the user."""


class Unit(msgspec.Struct, frozen=True):
    """A unit: `factor` base units of `dimension`, written `name`."""

    name: str
    factor: Fraction
    dimension: Dimension

    def __str__(self) -> str:
        return self.name


class Quantity(msgspec.Struct, frozen=True):
    """An exact number of a unit, as written: ``3万元/亩`` is ``Quantity(3, 万元/亩)``."""

    value: Fraction
    unit: Unit

    @property
    def base_value(self) -> Fraction:
        """The number in base units: 3万元 is 30000 (元)."""
        return self.value * self.unit.factor

    @property
    def is_count(self) -> bool:
        """Whether it is a positive whole number of base units."""
        return self.base_value > 0 and self.base_value.denominator == 1

    def __str__(self) -> str:
        return f"{decimal_text(self.value)}{self.unit.name}"


NUMBER = Unit("", Fraction(1), PURE)
"""The unit of a pure number (a count without name, a ratio)."""


def normalise(text: str) -> str:
    """Fold full-width and compatibility forms (NFKC) and strip: ``（㎡）`` becomes ``(m2)``."""
    return unicodedata.normalize("NFKC", text).strip()


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """Parse a unit: ``万元/亩``, ``㎡``, ``万元/人·年`` (everything behind ``/`` divides), ``%`` or nothing.

    Its name is half-width, with ``㎡`` for m2. Raises `QuantityError` for an unknown unit.
    """
    wanted = normalise(text)
    if not wanted:
        return NUMBER
    factor, exponents = Fraction(1), dict[str, int]()
    # The dot of kW·h belongs to the unit's name; every other one multiplies.
    plain = re.sub(rf"(kw)[{_DOTS}](h)", r"\1\2", wanted.replace("每", "/"), flags=re.IGNORECASE)
    for index, part in enumerate(plain.split("/")):
        sign = -1 if index else 1
        for atom in re.split(f"[{_DOTS}]", part):
            multiple, base = _parse_atom(atom.strip(), text)
            factor *= multiple**sign
            if base:
                exponents[base] = exponents.get(base, 0) + sign
    dimension = tuple(sorted((base, power) for base, power in exponents.items() if power))
    return Unit(re.sub("(?<!k)m2", "㎡", wanted), factor, dimension)


def _parse_atom(atom: str, whole: str) -> tuple[Fraction, str]:
    key = atom.lower()
    if key in _UNITS:
        return _UNITS[key]
    for prefix, multiple in _PREFIXES.items():
        if key.startswith(prefix) and key[len(prefix) :] in _UNITS and _UNITS[key[len(prefix) :]][1]:
            base_multiple, base = _UNITS[key[len(prefix) :]]
            return multiple * base_multiple, base
    shown = whole.strip() or atom
    raise QuantityError(f"不认识的单位“{shown}”，可用：{'、'.join(known_units())}，及其组合（如 万元/亩）")


def known_units() -> tuple[str, ...]:
    """The usual spelling of the simple units, for messages."""
    return ("元", "万元", "亿元", "亩", "㎡", "公顷", "吨标煤", "千瓦时", "万千瓦时", "吨", "kg", "人", "家", "年", "%")


def units_of(dimension: Dimension) -> tuple[Unit, ...]:
    """The usual units of a dimension."""
    usual = map(parse_unit, (*known_units(), "千元", "千克标煤"))
    return tuple(unit for unit in usual if unit.dimension == dimension)


def parse_number(text: str) -> Fraction:
    """Parse a plain decimal with optional thousands separators: ``1,203.45``. Raises `QuantityError`."""
    wanted = normalise(text)
    if not _NUMBER.fullmatch(wanted):
        raise QuantityError(f"“{text.strip()}”不是数字")
    return _exact(wanted)


def _exact(number: str) -> Fraction:
    if len(number) > _MOST_DIGITS:
        raise QuantityError(f"数字“{number[:20]}…”过长，至多 {_MOST_DIGITS} 位")
    return Fraction(number.replace(",", ""))


def parse_quantity(text: str) -> Quantity:
    """Parse a number with its unit: ``3万元/亩``, ``1亿元``, ``80%``, ``1,203.45元``, ``20亩``, ``0.8``.

    Raises `QuantityError` where the number or the unit cannot be read.
    """
    wanted = normalise(text)
    match = _NUMBER.match(wanted)
    if match is None:
        raise QuantityError(f"“{text.strip()}”不是数量，应为数字加单位，如 3万元/亩、80%")
    rest = wanted[match.end() :]
    if rest[:1] in {",", "."} or rest[:1].isdigit():
        raise QuantityError(f"“{text.strip()}”的数字写法有误，应如 1,203.45元：每三位一个逗号，小数点后要有数字")
    return Quantity(_exact(match.group()), parse_unit(rest))


def convert(value: Fraction, source: Unit, target: Unit) -> Fraction:
    """Express `value` of `source` in `target`, exactly. Raises `QuantityError` if they measure different things."""
    if source.dimension != target.dimension:
        raise QuantityError(f"单位不一致：{_named(source)}不能换算成{_named(target)}")
    return value * source.factor / target.factor


def _named(unit: Unit) -> str:
    return f"{unit.name}（{describe(unit.dimension)}）" if unit.name else describe(unit.dimension)


def multiply(left: Dimension, right: Dimension, sign: int = 1) -> Dimension:
    """The dimension of a product, or of a quotient with ``sign=-1``."""
    exponents = dict(left)
    for base, power in right:
        exponents[base] = exponents.get(base, 0) + sign * power
    return tuple(sorted((base, power) for base, power in exponents.items() if power))


def describe(dimension: Dimension) -> str:
    """A dimension in words for messages: ``金额/面积``; a pure number is ``无单位的数``."""
    above = [_BASES[b] + (f"^{p}" if p > 1 else "") for b, p in dimension if p > 0]
    below = [_BASES[b] + (f"^{-p}" if p < -1 else "") for b, p in dimension if p < 0]
    if not above and not below:
        return "无单位的数"
    return "·".join(above or ["1"]) + ("/" + "·".join(below) if below else "")


def is_finite_decimal(value: Fraction) -> bool:
    """Whether `value` has a finite decimal expansion."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def round_half_up(value: Fraction, digits: int) -> Fraction:
    """Round half away from zero (四舍五入) to `digits` decimals, exactly."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def decimal_text(value: Fraction, digits: int = 6) -> str:
    """The shortest decimal text; an infinite expansion is rounded half up to `digits` decimals."""
    if not is_finite_decimal(value):
        value = round_half_up(value, digits)
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    whole = abs(value.numerator * 10**places // value.denominator)
    text = str(whole).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{text[:-places]}.{text[-places:]}" if places else text)
