"""Units and exact numbers keep their promises."""

from __future__ import annotations

from contextlib import suppress
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.quantity import (
    NUMBER,
    PURE,
    Dimension,
    Quantity,
    QuantityError,
    Unit,
    convert,
    decimal_text,
    describe,
    is_finite_decimal,
    known_units,
    multiply,
    parse_number,
    parse_quantity,
    parse_unit,
    round_half_up,
)

SIMPLE = [*known_units(), "千元", "kgce", "公顷", "平方公里", "‰", "倍"]
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

simple_units = st.sampled_from(SIMPLE)
unit_texts = st.builds(
    lambda above, below: "/".join((above, "·".join(below))) if below else above,
    simple_units,
    st.lists(simple_units, max_size=2),
)
unit_pairs = st.sampled_from(
    [(one, other) for one in SIMPLE for other in SIMPLE if parse_unit(one).dimension == parse_unit(other).dimension]
)
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12)
fractions = st.fractions(min_value=-(10**9), max_value=10**9)
dimensions: st.SearchStrategy[Dimension] = st.dictionaries(
    st.sampled_from(["元", "㎡", "kgce", "千瓦时", "kg", "人", "家", "年"]), st.integers(-3, 3).filter(bool), max_size=4
).map(lambda powers: tuple(sorted(powers.items())))


# --- numbers --------------------------------------------------------------------------------------------------------


@given(decimals)
def test_decimal_text_round_trips(value: Decimal) -> None:
    """Writing a finite decimal and reading it back gives the same number, exactly."""
    exact = Fraction(value)
    assert parse_number(decimal_text(exact)) == exact


@given(decimals)
def test_decimal_text_is_the_shortest(value: Decimal) -> None:
    """A number is written without idle zeros or signs."""
    text = decimal_text(Fraction(value))
    assert not ("." in text and text.endswith(("0", ".")))
    assert text != "-0"
    assert not text.startswith("+")


@given(fractions, st.integers(0, 8))
def test_endless_decimals_are_written_half_up(value: Fraction, digits: int) -> None:
    """A number whose decimals never end is written half up to the asked digits; others keep all of theirs."""
    shown = Fraction(decimal_text(value, digits))
    assert shown == (value if is_finite_decimal(value) else round_half_up(value, digits))


@given(st.integers(-(10**30), 10**30), st.integers(0, 12))
def test_separators_do_not_change_a_number(whole: int, decimals_shown: int) -> None:
    """Thousands separators, put where Python puts them, change nothing."""
    tail = "." + "7" * decimals_shown if decimals_shown else ""
    assert parse_number(f"{whole:,}{tail}") == parse_number(f"{whole}{tail}")


@given(st.integers(1000, 10**15), st.data())
def test_misplaced_separators_are_refused(whole: int, data: st.DataObject) -> None:
    """A separator anywhere but in front of three digits is an error and never another number."""
    digits = str(whole)
    at = data.draw(st.integers(1, len(digits)).filter(lambda i: len(digits) - i != 3))
    with pytest.raises(QuantityError):
        parse_number(f"{digits[:at]},{digits[at:]}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,203.45", Fraction(120345, 100)),
        ("1，203．45", Fraction(120345, 100)),
        (" 0123 ", Fraction(123)),
        ("-.5", Fraction(-1, 2)),
        ("＋３", Fraction(3)),
    ],
)
def test_numbers_read(text: str, value: Fraction) -> None:
    """Plain decimals are read exactly, in either width."""
    assert parse_number(text) == value


@given(fractions, st.integers(0, 6))
def test_rounding_is_half_up(value: Fraction, digits: int) -> None:
    """Rounding agrees with `decimal.ROUND_HALF_UP` for every finite decimal, negative ones too."""
    finite = round_half_up(value, 12)
    exact = Decimal(finite.numerator) / Decimal(finite.denominator)
    wanted = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, Context(prec=60))
    assert round_half_up(finite, digits) == Fraction(wanted)


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"), ("1.005", 2, "1.01")],
)
def test_ties_go_away_from_zero(value: str, digits: int, rounded: str) -> None:
    """A number exactly between two is rounded away from zero (四舍五入)."""
    assert round_half_up(Fraction(value), digits) == Fraction(rounded)


@given(st.fractions(max_denominator=10**6))
def test_finite_decimals_are_told_apart(value: Fraction) -> None:
    """A number has a finite expansion exactly if some power of ten makes it whole."""
    assert is_finite_decimal(value) == any((value * 10**power).denominator == 1 for power in range(21))


# --- units ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1亩", "㎡", Fraction(2000, 3)),
        ("1公顷", "亩", Fraction(15)),
        ("1公顷", "㎡", Fraction(10_000)),
        ("1亿元", "万元", Fraction(10_000)),
        ("1万元", "千元", Fraction(10)),
        ("1吨标煤", "kgce", Fraction(1000)),
        ("1万千瓦时", "度", Fraction(10_000)),
        ("1万kW·h", "kwh", Fraction(10_000)),
        ("1吨", "kg", Fraction(1000)),
        ("80%", "", Fraction(4, 5)),
        ("5‰", "%", Fraction(1, 2)),
        ("3万元/亩", "元/㎡", Fraction(45)),
        ("45万元/公顷", "万元/亩", Fraction(3)),
        ("6万元每亩", "万元/亩", Fraction(6)),
        ("2万元/人·年", "元/人/年", Fraction(20_000)),
        ("1家", "户", Fraction(1)),
        ("1km2", "公顷", Fraction(100)),
    ],
)
def test_units_are_exact(text: str, unit: str, value: Fraction) -> None:
    """Every unit is an exact multiple of its base: 1亩 is 2000/3㎡ and 1公顷 is 15亩."""
    quantity = parse_quantity(text)
    assert convert(quantity.value, quantity.unit, parse_unit(unit)) == value


@pytest.mark.parametrize(
    "spellings",
    [
        "元 圆 人民币元",
        "㎡ m2 m² M2 平方米 平米 平方",
        "公顷 ha ㏊ HA",
        "平方公里 平方千米 km2 km²",
        "吨标煤 吨标准煤 tce TCE",
        "千克标煤 千克标准煤 公斤标煤 公斤标准煤 kgce",
        "千瓦时 千瓦小时 kWh kW·h kW⋅h 度",
        "吨 t 当量吨 千公斤",
        "千克 公斤 kg ㎏",
        "家 户 个",
        "千万元 千万圆",
        "万亿元 万亿圆",
        "元/亩 元每亩 元／亩",
        "万元/人·年 万元/人/年 万元/年·人 万元／人・年",
    ],
)
def test_spellings_of_one_unit(spellings: str) -> None:
    """Every usual spelling of a unit means the same."""
    read = [parse_unit(spelling) for spelling in spellings.split()]
    assert len({(unit.factor, unit.dimension) for unit in read}) == 1


@pytest.mark.parametrize(
    ("text", "power"),
    [("百元", 2), ("千元", 3), ("万元", 4), ("十万元", 5), ("百万元", 6), ("千万元", 7), ("亿元", 8), ("万亿元", 12)],
)
def test_prefixes(text: str, power: int) -> None:
    """The Chinese words for large numbers stand before any unit but a ratio."""
    assert parse_unit(text).factor == 10**power
    assert parse_unit(text.replace("元", "千瓦时")).factor == 10**power


@given(fractions, st.lists(unit_pairs, min_size=1, max_size=3))
def test_converting_there_and_back_is_exact(value: Fraction, pairs: list[tuple[str, str]]) -> None:
    """Converting to another unit and back gives the number again, for compound units too."""
    source, target = (parse_unit("/".join(side)) for side in zip(*pairs, strict=True))
    assert convert(convert(value, source, target), target, source) == value


@given(fractions, fractions, unit_pairs, simple_units)
def test_conversion_is_multiplicative(first: Fraction, second: Fraction, pair: tuple[str, str], other: str) -> None:
    """Products and sums convert as their parts do, and the way over a third unit changes nothing."""
    source, target = map(parse_unit, pair)
    third = Unit("", Fraction(7, 3), source.dimension)
    assert convert(first * second, source, target) == convert(first, source, target) * second
    assert convert(first + second, source, target) == convert(first, source, target) + convert(second, source, target)
    assert convert(convert(first, source, third), third, target) == convert(first, source, target)
    per = parse_unit(other)
    compound = [
        Unit("", unit.factor * per.factor, multiply(unit.dimension, per.dimension)) for unit in (source, target)
    ]
    assert convert(first, *compound) == convert(first, source, target)


@given(simple_units, simple_units)
def test_compound_units_are_quotients(above: str, below: str) -> None:
    """``甲/乙`` is the unit of what 甲 measures divided by what 乙 measures."""
    top, bottom, both = parse_unit(above), parse_unit(below), parse_unit(f"{above}/{below}")
    assert both.factor == top.factor / bottom.factor
    assert both.dimension == multiply(top.dimension, bottom.dimension, -1)


@given(unit_texts)
def test_a_unit_is_named_as_written(text: str) -> None:
    """A unit keeps the spelling of its author."""
    assert parse_unit(text).name == text
    assert str(parse_unit(text)) == text


@pytest.mark.parametrize(
    ("text", "name"), [("m2", "㎡"), ("元／m²", "元/㎡"), ("km2", "km2"), (" 万元 ", "万元"), ("％", "%")]
)
def test_a_unit_is_named_in_one_way(text: str, name: str) -> None:
    """Names of units are half-width and say ㎡, however it was typed."""
    assert parse_unit(text).name == name


def test_no_unit_is_a_plain_number() -> None:
    """An empty unit is that of a plain number."""
    assert parse_unit(" ") is NUMBER


@given(dimensions, dimensions)
def test_dimensions_multiply_and_divide_inversely(left: Dimension, right: Dimension) -> None:
    """Dividing a product by a factor leaves the other, and the order of factors is all one."""
    assert multiply(multiply(left, right), right, -1) == left
    assert multiply(left, right) == multiply(right, left)
    assert multiply(left, left, -1) == PURE
    assert multiply(left, PURE) == left


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("", "无单位的数"),
        ("%", "无单位的数"),
        ("万元/亩", "金额/面积"),
        ("元/亩/年", "金额/面积·年数"),
        ("㎡·㎡", "面积^2"),
        ("元/㎡·㎡", "金额/面积^2"),
        ("倍/人", "1/人数"),
        ("kgce", "综合能耗"),
    ],
)
def test_dimensions_in_words(unit: str, words: str) -> None:
    """Messages say in words what a unit measures."""
    assert describe(parse_unit(unit).dimension) == words


@given(fractions, unit_texts)
def test_base_values_compare_across_units(value: Fraction, text: str) -> None:
    """A quantity in base units is the quantity converted to them."""
    unit = parse_unit(text)
    assert Quantity(value, unit).base_value == convert(value, unit, Unit("", Fraction(1), unit.dimension))


@pytest.mark.parametrize(
    ("text", "counts"), [("10家", True), ("1.5百家", True), ("2.5家", False), ("0家", False), ("-1家", False)]
)
def test_counts(text: str, counts: bool) -> None:
    """A count is a positive whole number, in whatever unit it is written."""
    assert parse_quantity(text).is_count is counts


# --- quantities -----------------------------------------------------------------------------------------------------


@given(decimals, unit_texts)
def test_quantity_text_round_trips(value: Decimal, unit: str) -> None:
    """A quantity is written as it was read."""
    text = f"{decimal_text(Fraction(value))}{unit}"
    quantity = parse_quantity(text)
    assert quantity == Quantity(Fraction(value), parse_unit(unit))
    assert str(quantity) == text


@given(decimals, unit_texts)
def test_full_width_is_the_same_quantity(value: Decimal, unit: str) -> None:
    """Full-width digits, signs and units are read as their half-width forms."""
    text = f"{Fraction(value).numerator:,}{unit}"
    assert parse_quantity(text.translate(FULL_WIDTH)) == parse_quantity(text)


@given(decimals, unit_texts)
def test_blanks_do_not_matter(value: Decimal, unit: str) -> None:
    """Blanks around a number and its unit change nothing."""
    text = decimal_text(Fraction(value))
    assert parse_quantity(f"　{text} {unit} ") == parse_quantity(f"{text}{unit}")


@given(st.text())
def test_any_text_is_a_quantity_or_a_quantity_error(text: str) -> None:
    """No text makes reading fail in any way but the one that is caught."""
    for read in (parse_quantity, parse_number, parse_unit):
        with suppress(QuantityError):
            read(text)


# --- messages -------------------------------------------------------------------------------------------------------

UNITS = "可用：元、万元、亿元、亩、㎡、公顷、吨标煤、千瓦时、万千瓦时、吨、kg、人、家、年、%，及其组合（如 万元/亩）"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("三万元", "“三万元”不是数量，应为数字加单位，如 3万元/亩、80%"),
        ("", "“”不是数量，应为数字加单位，如 3万元/亩、80%"),
        ("٣元", "“٣元”不是数量，应为数字加单位，如 3万元/亩、80%"),
        ("1,23元", "“1,23元”的数字写法有误，应如 1,203.45元：每三位一个逗号，小数点后要有数字"),
        ("1,2345元", "“1,2345元”的数字写法有误，应如 1,203.45元：每三位一个逗号，小数点后要有数字"),
        ("3.亩", "“3.亩”的数字写法有误，应如 1,203.45元：每三位一个逗号，小数点后要有数字"),
        ("1.2.3亩", "“1.2.3亩”的数字写法有误，应如 1,203.45元：每三位一个逗号，小数点后要有数字"),
        ("3万圆整/亩", f"不认识的单位“万圆整/亩”，{UNITS}"),
        ("3万", f"不认识的单位“万”，{UNITS}"),
        ("3元//亩", f"不认识的单位“元//亩”，{UNITS}"),
        ("3万%", f"不认识的单位“万%”，{UNITS}"),
        ("9" * 101, "数字“99999999999999999999…”过长，至多 100 位"),
    ],
)
def test_what_is_no_quantity(text: str, message: str) -> None:
    """A text that is no quantity is refused with what is wrong and how to write it."""
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [("3元", "“3元”不是数字"), ("1,23", "“1,23”不是数字"), ("", "“”不是数字"), ("1e5", "“1e5”不是数字")],
)
def test_what_is_no_number(text: str, message: str) -> None:
    """A text that is no plain number is refused."""
    with pytest.raises(QuantityError) as caught:
        parse_number(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("万元", "亩", "单位不一致：万元（金额）不能换算成亩（面积）"),
        ("", "万元/亩", "单位不一致：无单位的数不能换算成万元/亩（金额/面积）"),
        ("人", "%", "单位不一致：人（人数）不能换算成%（无单位的数）"),
    ],
)
def test_what_cannot_be_converted(source: str, target: str, message: str) -> None:
    """Units that measure different things do not convert, and the message names both dimensions."""
    with pytest.raises(QuantityError) as caught:
        convert(Fraction(1), parse_unit(source), parse_unit(target))
    assert str(caught.value) == message


@pytest.mark.parametrize("unit", known_units())
def test_the_units_offered_exist(unit: str) -> None:
    """Every unit that a message offers can be read."""
    assert parse_unit(unit).name == unit
