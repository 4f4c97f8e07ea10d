"""Cells: what a number, a year, a flag and a choice may look like, and that nothing is read as another figure."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mujun.engine.duckdb import Engine
from mujun.intake.cells import LARGEST
from mujun.intake.load import load
from mujun.intake.macros import ERRORS, MISSING
from mujun.quantity import SCALE, parse_unit
from tests.intake.read import Read, column, dataset, read

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = {
    "税收(元)": ("税收", Fraction(1, 10_000)),
    "税收(千元)": ("税收", Fraction(1, 10)),
    "税收": ("税收", Fraction(1)),
    "税收(亿元)": ("税收", Fraction(10_000)),
    "用地面积(㎡)": ("用地面积", Fraction(3, 2000)),
    "用地面积(亩)": ("用地面积", Fraction(1)),
    "用地面积(公顷)": ("用地面积", Fraction(15)),
    "综合能耗(kgce)": ("综合能耗", Fraction(1, 1000)),
    "用电量(千瓦时)": ("用电量", Fraction(1, 10_000)),
    "土地利用率": ("土地利用率", Fraction(1)),
    "土地利用率(%)": ("土地利用率", Fraction(1, 100)),
}
"""Header -> its field, and what one of its unit is in the unit of the field."""

Verdict = tuple[int | None, str | None]
"""Millionths of the field's unit, and the code of the finding."""

_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?([eE][+-]?\d+)?( *%)?", re.ASCII)


# --- another reading of numbers, in Python ---------------------------------------------------------------------------


def twelve(number: Fraction) -> Fraction:
    """Rounded to twelve decimals, half away from zero."""
    scaled = abs(number) * 10**12
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if number >= 0 else -whole, 10**12)


def verdict(text: str, factor: Fraction) -> Verdict:
    """What a plain decimal is: exact, cut at the sixth decimal with a finding, or too large."""
    exact = twelve(Fraction(text)) * factor * SCALE
    if abs(exact) >= LARGEST:
        return None, "M203"
    digits = re.sub(r"[eE].*|\D", "", text).lstrip("0")
    if exact.denominator != 1 and len(digits) > 15:
        exact = twelve(Fraction(Decimal(f"{float(text):.15g}"))) * factor * SCALE
    return int(exact), None if exact.denominator == 1 else "M204"


def judge(cell: str, factor: Fraction, *, ratio: bool) -> Verdict | None:
    """What any cell is; None where it is missing or no number."""
    folded = unicodedata.normalize("NFKC", cell.replace("−", "-")).translate(dict.fromkeys(map(ord, _UNSEEN)))
    text = re.sub(r"[\s'‘’]*", "", folded, count=1).strip()
    percent = text.endswith("%")
    if not _NUMBER.fullmatch(text) or (percent and not ratio):
        return None
    text = text.rstrip(" %").replace(",", "")
    try:
        Decimal(text)
    except ArithmeticError:
        return None
    if abs(float(text)) > 1e30:
        return None, "M203"
    return verdict(text, Fraction(1, 100) if percent else factor)


def found_in(read_: Read) -> list[Verdict]:
    """What was made of each cell."""
    codes = {finding.row: finding.code for finding in read_.findings}
    assert len(codes) == len(read_.findings)
    first = 2 if read_.loaded.parts[0].source.encoding else 1
    return [(value, codes.get(row)) for row, (value,) in enumerate(read_.rows, first)]


# --- numbers --------------------------------------------------------------------------------------------------------

_WIDE = str.maketrans("0123456789.,+-%", "０１２３４５６７８９．，＋－％")
_blank = st.text(" \u3000\xa0\t\u200b\ufeff", max_size=2)


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, str]:
    """A decimal and one of the ways to write it, without its percent sign."""
    whole = draw(st.integers(0, draw(st.sampled_from([9, 1000, 10**6, 10**10, 10**14]))))
    decimals = draw(st.text("0123456789", max_size=9))
    sign = draw(st.sampled_from(["", "", "", "-", "+"]))
    dot = "." if decimals or draw(st.booleans()) else ""
    plain = f"{sign}{whole}{dot}{decimals}"
    written = f"{sign}{whole:,}{dot}{decimals}" if draw(st.booleans()) else plain
    if draw(st.booleans()) and draw(st.booleans()):
        written = written.translate(_WIDE)
    if draw(st.booleans()) and draw(st.booleans()):
        written = f"{draw(_blank)}{draw(st.sampled_from(['', chr(39), '’']))}{written}{draw(_blank)}"
    return plain, written


@pytest.mark.parametrize("header", HEADERS)
@settings(max_examples=10)
@given(cells=st.lists(spelled(), min_size=1, max_size=40))
def test_a_decimal_is_read_exactly_however_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, header: str, cells: list[tuple[str, str]]
) -> None:
    """Separators, widths, blanks, signs, apostrophes and units change nothing: the figure is exact, or a finding."""
    field, factor = HEADERS[header]
    found = column(tmp_path_factory.getbasetemp(), header, [written for _, written in cells], field)
    assert found_in(found) == [verdict(plain, factor) for plain, _ in cells]


@settings(max_examples=20)
@given(cells=st.lists(st.tuples(spelled(), st.booleans()), min_size=1, max_size=40), percent=st.booleans())
def test_a_percent_sign_speaks_for_its_cell(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[tuple[str, str], bool]], percent: bool
) -> None:
    """``80%`` and ``0.8`` stand in one column, ``80%`` and ``80`` in one that is headed %."""
    header = "土地利用率(%)" if percent else "土地利用率"
    written = [f"{cell}%" if own else cell for (_, cell), own in cells]
    found = column(tmp_path_factory.getbasetemp(), header, written, "土地利用率")
    hundredth = Fraction(1, 100)
    expected = [verdict(plain, hundredth if own or percent else Fraction(1)) for (plain, _), own in cells]
    assert found_in(found) == expected


_LIKE_NUMBERS = st.text("0123456789.,+-%eE_xX '\u3000，．１", max_size=9)


@pytest.mark.parametrize("header", ["税收(元)", "税收", "用地面积(㎡)", "土地利用率(%)"])
@settings(max_examples=20)
@given(
    cells=st.lists(
        st.one_of(_LIKE_NUMBERS, st.text(st.characters(exclude_characters="\0\r\n", codec="utf-8"))), max_size=60
    )
)
def test_no_text_becomes_a_wrong_figure(
    tmp_path_factory: pytest.TempPathFactory, header: str, cells: list[str]
) -> None:
    """Any text at all is the figure that it spells, or missing; and unless it says so itself, that is a finding."""
    field, factor = HEADERS[header]
    found = column(tmp_path_factory.getbasetemp(), header, [*cells, "1"], field)
    assert found.balance == (len(cells) + 1, len(cells) + 1, 0, 0)
    for cell, (value, code) in zip(cells, found_in(found), strict=False):
        expected = judge(cell, factor, ratio=field == "土地利用率")
        if value is not None or code in ("M203", "M204"):
            assert (value, code) == expected, repr(cell)
        elif code is None:
            said = unicodedata.normalize("NFKC", cell).translate(dict.fromkeys(map(ord, _UNSEEN)))
            assert re.sub(r"^[\s'‘’]+|\s+$", "", said).upper() in ("", *map(str.upper, MISSING)), repr(cell)
        else:
            assert code in ("M201", "M202")


@settings(max_examples=20)
@given(
    cells=st.lists(st.one_of(st.none(), st.floats(), st.integers(), _LIKE_NUMBERS, st.text()), min_size=1, max_size=60)
)
def test_any_column_of_a_frame_is_read(cells: list[object]) -> None:
    """Whatever objects a column holds, each is the figure that it is, or missing with a finding."""
    import pandas as pd

    frame = pd.DataFrame({"企业名称": [f"公司{i}" for i in range(len(cells))], "税收": pd.Series(cells, dtype=object)})
    for cell, (value, code) in zip(cells, found_in(read(frame, ("税收",))), strict=True):
        if value is not None:
            assert (value, code) == judge(str(cell), Fraction(1), ratio=False), repr(cell)
        elif code is None:
            missing = cell is None or cell != cell  # NaN
            assert missing or judge(str(cell), Fraction(1), ratio=False) is None, repr(cell)


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("0", 0, None),
        ("-0", 0, None),
        ("0.00", 0, None),
        ("1,203.45", 1_203_450_000, None),
        ("１，２０３．４５", 1_203_450_000, None),
        ("-3.5", -3_500_000, None),
        ("−3.5", -3_500_000, None),
        ("＋3.5", 3_500_000, None),
        ("'35.2", 35_200_000, None),
        ("35.2\t", 35_200_000, None),
        ("35.", 35_000_000, None),
        (".5", 500_000, None),
        ("35.199999999999996", 35_200_000, None),
        ("123456.69999999998", 123_456_700_000, None),
        ("1234567.8900000001", 1_234_567_890_000, None),
        ("0.30000000000000004", 300_000, None),
        ("5.551115123125783e-17", 0, None),
        ("3.52e1", 35_200_000, None),
        ("1e5", 100_000_000_000, None),
        ("1E+5", 100_000_000_000, None),
        ("1000000000", 10**15, None),
        ("1000000000.000001", 10**15 + 1, None),
        ("2251799813.685247", 2**51 - 1, None),
        ("2251799813.685248", None, "M203"),
        ("2251799813685248", None, "M203"),
        ("1e10", None, "M203"),
        ("9e12", None, "M203"),
        ("9.13E+17", None, "M203"),
        ("1e400", None, "M203"),
        ("0.1234567", 123_456, "M204"),
        ("-0.1234567", -123_456, "M204"),
        ("1e-7", 0, "M204"),
        ("9.9999999", 9_999_999, "M204"),
        ("1_000", None, "M201"),
        ("0x1F", None, "M201"),
        ("inf", None, "M201"),
        ("-Infinity", None, "M201"),
        ("∞", None, "M201"),
        ("1,23", None, "M201"),
        ("1,234,5", None, "M201"),
        ("1 234", None, "M201"),
        ("1 203.45", None, "M201"),
        ("--5", None, "M201"),
        ("+-5", None, "M201"),
        ("- 5", None, "M201"),
        ("(5)", None, "M201"),
        ("12abc", None, "M201"),
        ("35.2亩", None, "M201"),
        ("5万", 5_000_000, "M207"),
        ("1.2.3", None, "M201"),
        ("1e1.", None, "M201"),
        ("e5", None, "M201"),
        (".", None, "M201"),
        ("+", None, "M201"),
        ("80%", None, "M201"),
        ("%", None, "M201"),
        ("²", None, "M201"),
        ("①", None, "M201"),
        ("一百", None, "M201"),
        ("2023-01-02", None, "M201"),
        ("true", None, "M201"),
        *((cell, None, None) for cell in ("", " ", "\u3000", "－", "'", "none", "Nan", "NULL", " — ", *MISSING)),
        *((cell, None, "M202") for cell in (*ERRORS, " #n/a ", "＃DIV/０！")),
    ],
)
def test_numbers_as_they_arrive(tmp_path: Path, cell: str, value: int | None, code: str | None) -> None:
    """Each spelling is read as what it says; a missing figure is no finding, and 0 is a figure."""
    found = column(tmp_path, "税收(万元)", [cell, "7"], "税收")
    assert found_in(found) == [(value, code), (7_000_000, None)]
    if code:
        assert found.findings[0].column == "税收(万元)"
        assert found.findings[0].text == cell


@pytest.mark.parametrize(
    ("header", "cell", "value", "code"),
    [
        ("税收(元)", "0.01", 1, None),
        ("税收(元)", "10000000000000", 10**15, None),
        ("税收(元)", "１０，０００，０００，０００，０００．０１", 10**15 + 1, None),
        ("税收(元)", "0.001", 0, "M204"),
        ("税收(元)", "352000.00000000006", 35_200_000, None),
        ("税收(亿元)", "10", 10**11, None),
        ("税收(亿元)", "0.0000000001", 1, None),
        ("税收(万亿元)", "0.0001", 10**10, None),
        ("税收(万亿元)", "100", None, "M203"),
        ("用地面积(㎡)", "0.01", 15, None),
        ("用地面积(㎡)", "666.67", 1_000_005, None),
        ("用地面积(㎡)", "0.001", 1, "M204"),
        ("用地面积(公顷)", "0.3333333", 4_999_999, "M204"),
        ("用地面积(平方公里)", "1", 1_500_000_000, None),
        ("土地利用率", "80%", 800_000, None),
        ("土地利用率", "80.00％", 800_000, None),
        ("土地利用率", "0.8", 800_000, None),
        ("土地利用率", "80%%", None, "M201"),
        ("土地利用率", "８０ %", 800_000, None),
        ("土地利用率(%)", "80", 800_000, None),
        ("土地利用率(%)", "80%", 800_000, None),
        ("土地利用率(%)", "0.8", 8_000, None),
        ("土地利用率(‰)", "800", 800_000, None),
    ],
)
def test_units_convert_exactly(tmp_path: Path, header: str, cell: str, value: int | None, code: str | None) -> None:
    """The last decimal of a bureau's figure survives its conversion."""
    field = header.split("(", maxsplit=1)[0]
    assert found_in(column(tmp_path, header, [cell], field)) == [(value, code)]


@pytest.mark.parametrize(
    ("unit", "header", "cell", "value", "code"),
    [
        ("亿元", "税收(元)", "12300", 123, None),
        ("亿元", "税收(元)", "-12345", -123, "M204"),
        ("亿元", "税收(万元)", "1,234.5", 123_450, None),
        ("万亿元", "税收(元)", "1e21", 10**15, None),
        ("万亿元", "税收(元)", "3e21", None, "M203"),
        ("万亿元", "税收(元)", "2000000", 2, None),
        ("㎡", "用地面积(亩)", "3", 2_000_000_000, None),
        ("㎡", "用地面积(亩)", "1", 666_666_666, "M204"),
        ("㎡", "用地面积(亩)", "-1.5", -1_000_000_000, None),
        ("公顷", "用地面积(亩)", "7", 466_666, "M204"),
    ],
)
def test_a_pack_may_keep_amounts_in_any_unit(
    tmp_path: Path, unit: str, header: str, cell: str, value: int | None, code: str | None
) -> None:
    """Where the unit of the pack is the larger or no finite decimal of the file's, what does not fit is cut aloud."""
    name = header.split("(", maxsplit=1)[0]
    field = replace(dataset().fields[name], unit=parse_unit(unit))
    (tmp_path / "x.csv").write_text(f'企业名称,{header}\n甲,"{cell}"\n', encoding="utf-8")
    engine = Engine()
    loaded = load(engine.connection, tmp_path / "x.csv", replace(dataset(), fields={**dataset().fields, name: field}))
    assert engine.run(f'SELECT "{name}" FROM "企业"') == [(value,)]
    assert [finding.code for finding in loaded.findings if finding.row] == ([code] if code else [])
