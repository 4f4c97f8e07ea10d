"""Years, flags, choices, names and codes: the cells that are no figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mujun.quantity import normalise
from tests.intake.read import dataset, read_text

if TYPE_CHECKING:
    from pathlib import Path


def typed(folder: Path, field: str, cell: str) -> tuple[object, list[str]]:
    """What one cell is read as, and the codes of its findings."""
    found = read_text(folder, f'企业名称,{field},税收\n甲,"{cell}",5\n乙,,5\n', (field,))
    return (found.rows[0][0] if found.rows else None), [finding.code for finding in found.findings]


@pytest.mark.parametrize(
    "cell",
    ["2023", "2023年", "2023年度", "2023.0", "2023.00", " 2023 ", "２０２３", "２０２３年度", "'2023", "2023 年"],
)
def test_years_in_every_form(tmp_path: Path, cell: str) -> None:
    """A year is four digits, with or without 年 behind it."""
    value, codes = typed(tmp_path, "年度", cell)
    assert (value, codes) == (2023, ["M305"])


@pytest.mark.parametrize(
    "cell", ["23", "20230", "1823", "2123", "2023-12", "2023.5", "2,023", "本年", "2022-2023", "二〇二三"]
)
def test_what_is_no_year_is_told(tmp_path: Path, cell: str) -> None:
    """A row without a readable year is set aside, and both are said."""
    assert typed(tmp_path, "年度", cell) == (None, ["M206", "M305", "M305"])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *(
            (cell, True)
            for cell in ("是", "1", "1.0", "√", "✓", "Y", "yes", "TRUE", "True", "有", " 是 ", "１", "规上", "规模以上")
        ),
        *((cell, False) for cell in ("否", "0", "0.0", "×", "N", "no", "FALSE", "False", "０", "规下", "\u3000否")),
        *((cell, None) for cell in ("", "-", "—", "/", "N/A", "null", "无", " 无\u3000")),
    ],
)
def test_flags_in_every_form(tmp_path: Path, cell: str, value: bool | None) -> None:
    """Yes, no and nothing, in the words of the pack and the usual ones."""
    assert typed(tmp_path, "规上", cell) == (value, [])


@pytest.mark.parametrize("header", ["规上(有/无)", "规上（有、无）", "规上（有，无）", "规上（有 / 无）", "有无规上"])
def test_none_is_a_no_where_the_header_offers_it(tmp_path: Path, header: str) -> None:
    """无 says that there is no figure, also in a column of yes and no, unless its header has it for an answer."""
    text = f"企业名称,{header}\n甲,有\n乙,无\n丙, 无\u3000\n丁,\n"
    overrides = {} if "(" in normalise(header) else {header: "规上"}
    found = read_text(tmp_path, text, ("规上",), overrides)
    assert (found.rows, found.found) == ([(True,), (False,), (False,), (None,)], [])


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("综合评价", "A", "A"),
        ("综合评价", "a", "A"),
        ("综合评价", "Ｂ", "B"),
        ("综合评价", "c类", "C"),
        ("综合评价", "不定等级", "T"),
        ("土地状态", " 闲置", "闲置"),
        ("土地状态", "停工", "停产"),
        ("土地状态", "无", None),
        ("开发意愿", "无", "无"),
        ("开发意愿", " 无\u3000", "无"),
        ("开发意愿", "否", "无"),
        ("开发意愿", "有", "有"),
        ("开发意愿", "", None),
        ("开发意愿", "/", None),
    ],
)
def test_choices_in_every_form(tmp_path: Path, field: str, cell: str, value: str | None) -> None:
    """Each spelling is its choice; 无 is a choice where the pack says so and a missing value elsewhere."""
    assert typed(tmp_path, field, cell) == (value, [])


@pytest.mark.parametrize(
    ("field", "cell"), [("规上", "大概"), ("规上", "2"), ("综合评价", "E"), ("综合评价", "AB"), ("土地状态", "正常吧")]
)
def test_other_words_are_told_with_the_choices(tmp_path: Path, field: str, cell: str) -> None:
    """A word that is no choice is missing, and the finding lists what may be written."""
    found = read_text(tmp_path, f"企业名称,{field}\n甲,{cell}\n", (field,))
    assert found.rows == [(None,)]
    [finding] = found.findings
    assert (finding.code, finding.row, finding.column, finding.text) == ("M205", 2, field, cell)
    assert all(choice in finding.advice for choice in (dataset().fields[field].values or ("是", "否")))


# --- names and codes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        "91330703A0MLW9562D",
        "91330703a0mlw9562d",
        "９１３３０７０３Ａ０ＭＬＷ９５６２Ｄ",
        "９１３３０７０３ａ０ｍｌｗ９５６２ｄ",
        "'91330703A0MLW9562D",
        " 91330703A0MLW9562D\t",
        "\xa091330703A0MLW9562D\u3000",
        "91330703\u200bA0MLW9562D\ufeff",
        "9133 0703 A0ML W956 2D",
        "\x1f91330703A0MLW9562D\x7f",
        '="91330703A0MLW9562D"',
        "’91330703A0MLW9562D",
    ],
)
def test_codes_are_tidied(tmp_path: Path, cell: str) -> None:
    """A code is upper-case ASCII, whatever came with it; so the same firm is the same firm."""
    quoted = cell.replace('"', '""')
    found = read_text(tmp_path, f'统一社会信用代码,税收\n"{quoted}",5\n91330703A0MLW9562D,5\n', ("统一社会信用代码",))
    assert found.rows == [("91330703A0MLW9562D",)]
    assert [finding.code for finding in found.findings] == ["M302"]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (" 金华甲公司 ", "金华甲公司"),
        ("\xa0金华甲公司\u3000", "金华甲公司"),
        ("金华\u200b甲\ufeff公司", "金华甲公司"),
        ("金华\u3000甲公司", "金华 甲公司"),
        ("金华甲公司\t", "金华甲公司"),
        ("金华\x07甲公司\x9f", "金华甲公司"),
        ("'金华甲公司", "金华甲公司"),
        ("金华\u202e甲\u2066公司\xad", "金华甲公司"),
        ("O'Neil（金华）", "O'Neil（金华）"),
        ("3#厂", "3#厂"),
        ("无", None),
        ("-", None),
        ("'", None),
        ("\u200b", None),
    ],
)
def test_names_are_tidied(tmp_path: Path, cell: str, name: str | None) -> None:
    """Blanks around a name, characters that do not show and a leading apostrophe go; the rest stays as written."""
    found = read_text(tmp_path, f'统一社会信用代码,企业名称\nX1,"{cell}"\n', ("企业名称",))
    assert found.rows == [(name,)]
    assert found.findings == []


@pytest.mark.parametrize("field", ["统一社会信用代码", "企业名称", "园区"])
@pytest.mark.parametrize("error", ["#N/A", "#REF!", " #NAME? "])
def test_error_cells_in_texts_are_told(tmp_path: Path, field: str, error: str) -> None:
    """An error of the spreadsheet is no name."""
    names = {"统一社会信用代码": "X1", "企业名称": "甲", "园区": "塘雅工业园区"} | {field: error}
    found = read_text(tmp_path, f"{','.join(names)}\n{','.join(names.values())}\n", (field,))
    assert found.rows == [(None,)]
    assert found.found == [("M202", 2, field, error)]


@pytest.mark.parametrize("cell", ["nan", "None", "n/a", "NaT", "无", "－", "'"])
def test_a_missing_code_is_no_code(tmp_path: Path, cell: str) -> None:
    """Firms without a code are told apart by their names, not thrown together under what stands there instead."""
    found = read_text(
        tmp_path, f"统一社会信用代码,企业名称,税收\n{cell},甲,1\n{cell},乙,2\n", ("统一社会信用代码", "企业名称")
    )
    assert found.rows == [(None, "甲"), (None, "乙")]
    assert found.findings == []
