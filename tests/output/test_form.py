"""The form for a department: what Excel shows and checks, and that mujun reads what is filled in."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import mujun
from mujun import sql
from mujun.engine.duckdb import Engine
from mujun.errors import MujunError, UsageError
from mujun.intake.books import open_book
from mujun.intake.load import load
from mujun.output.form import (
    GUIDE,
    Form,
    allowed,
    comment,
    header,
    is_percentage,
    range_text,
    validation,
    workbook,
)
from mujun.output.write import write_new
from mujun.pack import load_pack
from mujun.quantity import SCALE, parse_quantity, parse_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun.intake.load import Loaded
    from mujun.output.form import Cell
    from mujun.pack.policy import Dataset, Field

ROOT = Path(__file__).parents[2]
PACKS = {
    "jindong": load_pack(),
    "lishui": load_pack(ROOT / "samples" / "lishui-2019" / "rules"),
    "invented": load_pack(ROOT / "tests" / "cli" / "data" / "pack"),
}
DATASETS = {f"{name}·{dataset.name}": dataset for name, pack in PACKS.items() for dataset in pack.datasets.values()}
JINDONG = DATASETS["jindong·企业"]
RULES = Form.of(JINDONG).rules
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def part(data: bytes, name: str) -> ElementTree.Element:
    """A part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return ElementTree.fromstring(archive.read(name))  # noqa: S314


def code(number: int) -> str:
    """A credit code of eighteen digits with its check digit."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91330703{number:09d}"
    return body + signs[-sum(signs.index(char) * pow(3, i, 31) for i, char in enumerate(body)) % 31]


def middle(field: Field) -> float:
    """A plausible figure of a field, or 1."""
    rule = validation(field)
    return (rule["minimum"] + rule["maximum"]) / 2 if "minimum" in rule else 1


def cell(field: Field, dataset: Dataset, number: int) -> Cell:
    """What an enterprise may fill in."""
    if field.name == dataset.code:
        return code(number)
    if field.name == dataset.company and not field.values:
        return f"第{number}工具有限公司"
    match field.kind:
        case "number":
            return middle(field)
        case "year":
            return 2023
        case "flag":
            return "是"
        case "date":
            return datetime.date(2020, 2, 29) + datetime.timedelta(days=number)
        case "code":
            return code(number)
    if field.name in dataset.keys and field.values:
        return sorted(field.values)[number]
    return next(iter(field.values)) if field.values else f"0{number}"


def filled(form: Form, count: int = 3) -> list[list[Cell]]:
    """Rows for a form."""
    return [[cell(field, form.dataset, number) for field in form.fields] for number in range(count)]


def read(path: Path | str, dataset: Dataset, columns: Sequence[str]) -> tuple[Loaded, list[tuple[Any, ...]]]:
    """Load a workbook as mujun does, and the rows of these columns."""
    engine = Engine()
    loaded = load(engine.connection, str(path), dataset)
    order = sql.name((*dataset.keys, columns[0])[0])
    names = ", ".join(map(sql.name, columns))
    return loaded, engine.run(f"SELECT {names} FROM {sql.name(dataset.name)} ORDER BY {order}")


# --- what is filled in is read ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_a_form_filled_in_is_read_without_a_word(tmp_path: Path, name: str) -> None:
    """Every column of a filled form is the field it was made for, in its unit, and no cell or column is odd."""
    dataset = DATASETS[name]
    form = Form.of(dataset)
    path = tmp_path / "表.xlsx"
    path.write_bytes(workbook(form, filled(form)))
    loaded, rows = read(f"{path}#{dataset.name}", dataset, [field.name for field in form.fields])
    assert [finding for finding in loaded.findings if finding.code[:2] in ("M1", "M2", "M3")] == []
    assert loaded.fields == set(dataset.fields)
    assert (loaded.rows, loaded.used) == (3, 3)
    for number, row in enumerate(rows):
        for field, found in zip(form.fields, row, strict=True):
            wanted = cell(field, dataset, number)
            if field.kind == "number":
                assert found == round(float(str(wanted)) * SCALE), field.name
            else:
                assert found == (True if field.kind == "flag" else wanted), field.name


@pytest.mark.parametrize("name", DATASETS)
def test_the_guide_is_not_taken_for_data(tmp_path: Path, name: str) -> None:
    """Given as a whole the workbook has the same rows, and nothing is said but that the guide is no table of data."""
    dataset = DATASETS[name]
    form = Form.of(dataset)
    path = tmp_path / "表.xlsx"
    path.write_bytes(workbook(form, filled(form)))
    loaded, _ = read(path, dataset, [form.fields[0].name])
    assert (loaded.rows, loaded.used) == (3, 3)
    odd = [finding for finding in loaded.findings if finding.code[:2] in ("M1", "M2", "M3")]
    assert {(finding.code, finding.sheet) for finding in odd} <= {("M107", GUIDE)}


@pytest.mark.parametrize("item", PACKS["jindong"].lists)
def test_the_fields_of_a_list_are_enough_for_it(tmp_path: Path, item: str) -> None:
    """A form with the fields that a list needs, filled in, decides that list."""
    from mujun.plan.plan import Plan

    pack = PACKS["jindong"]
    form = Form.of(pack.dataset_of(pack.lists[item]), Plan(pack, pack.select((item,))).fields)
    path = tmp_path / "表.xlsx"
    path.write_bytes(workbook(form, filled(form)))
    result = mujun.evaluate(str(path), lists=[item])
    assert result.undecided == {}
    assert result.judged == 3


@settings(max_examples=10)
@given(st.lists(st.none() | st.integers(0, 10**11), min_size=1, max_size=20))
def test_figures_are_exact_and_blanks_are_missing(
    tmp_path_factory: pytest.TempPathFactory, cents: list[int | None]
) -> None:
    """Every figure with two decimals is read as it was filled in, 0 as 0 and a blank as missing."""
    form = Form.of(JINDONG, [JINDONG.totals[0]])
    path = tmp_path_factory.mktemp("form") / "表.xlsx"
    rows = [
        [*filled(form, number + 1)[-1][:3], None if figure is None else figure / 100]
        for number, figure in enumerate(cents)
    ]
    path.write_bytes(workbook(form, rows))
    _, found = read(path, JINDONG, [JINDONG.totals[0]])
    assert [figure for (figure,) in found] == [None if figure is None else figure * SCALE // 100 for figure in cents]


# --- the sheet -------------------------------------------------------------------------------------------------------


def test_the_header() -> None:
    """Who it is comes first, whether asked for or not; then come the fields in the order given, each once."""
    form = Form.of(JINDONG, ["用电量", "税收", "年度", "用电量"])
    assert [header(field) for field in form.fields] == [
        "统一社会信用代码", "企业名称", "年度", "用电量(万千瓦时)", "税收(万元)",
    ]  # fmt: skip
    assert form.frozen == 3


def test_the_sheets(tmp_path: Path) -> None:
    """The first sheet has the header alone, the second explains each column, and none is hidden."""
    form = Form.of(JINDONG)
    path = tmp_path / "表.xlsx"
    path.write_bytes(workbook(form))
    first, guide = open_book(path, "表.xlsx")
    assert (first.name, guide.name, first.hidden, guide.hidden) == ("企业", GUIDE, False, False)
    assert first.rows == [[header(field) for field in form.fields]]
    assert guide.rows[0][0] == "填写要求"
    assert [row[0] for row in guide.rows[1 : len(RULES) + 1]] == [f"{i}. {rule}" for i, rule in enumerate(RULES, 1)]
    assert guide.rows[0][2:] == ["列名", "计量单位", "含义", "可填的值", "通常范围"]
    table = {row[2]: row[3:] for row in guide.rows[1:]}
    assert set(table) == set(JINDONG.fields)
    assert table["税收"][0::2] == ["万元", "数字"]
    assert table["税收"][3] == "0.5万元 至 20000万元"
    assert table["土地利用率"] == ["%", "也叫：现有土地利用率、用地利用率", "百分数，如 85%", "5% 至 150%"]
    assert table["综合评价"][2] == "A、B、C、D、T"
    assert "空着时按 自有用地 + 租入用地 - 租出用地 计算" in table["用地面积"][1]


def test_header_and_first_columns_stay_in_view() -> None:
    """The header row and the columns that say who it is are frozen."""
    pane = part(workbook(Form.of(JINDONG)), "xl/worksheets/sheet1.xml").find(f".//{MAIN}pane")
    assert pane is not None
    assert (pane.get("xSplit"), pane.get("ySplit"), pane.get("state")) == ("3", "1", "frozen")


def test_codes_are_text_cells() -> None:
    """Whole columns of codes and texts are formatted as text, so that Excel keeps eighteen digits and leading zeros."""
    form = Form.of(JINDONG)
    data = workbook(form)
    formats = {
        number.get("numFmtId"): number.get("formatCode") for number in part(data, "xl/styles.xml").iter(f"{MAIN}numFmt")
    }
    styles = [xf.get("numFmtId") for xf in part(data, "xl/styles.xml").findall(f"{MAIN}cellXfs/{MAIN}xf")]
    builtin = {"0": "General", "1": "0", "10": "0.00%", "49": "@", **formats}
    found: dict[int, str | None] = {}
    for column in part(data, "xl/worksheets/sheet1.xml").iter(f"{MAIN}col"):
        for index in range(int(column.get("min", 0)), int(column.get("max", 0)) + 1):
            found[index - 1] = builtin[styles[int(column.get("style", 0))]]
    for index, field in enumerate(form.fields):
        kinds = {"number": "0.00%" if is_percentage(field) else "General", "year": "0", "date": "yyyy-mm-dd"}
        wanted = kinds.get(field.kind, "@")
        assert found[index] == wanted, field.name


def test_every_header_has_a_note() -> None:
    """The note on each header says what the column is, its unit, its other names, its choices and usual range."""
    form = Form.of(JINDONG)
    notes = ["".join(note.itertext()) for note in part(workbook(form), "xl/comments1.xml").iter(f"{MAIN}comment")]
    assert len(notes) == len(form.fields)
    for index, (note, field) in enumerate(zip(notes, form.fields, strict=True)):
        assert note.startswith(comment(field))
        assert all(alias in note for alias in field.aliases)
        assert allowed(field) in note
        assert range_text(field) in note
        assert field.note in note
        assert (RULES[0] in note) == (index == 0)


def rules_of(data: bytes) -> dict[str, ElementTree.Element]:
    """What Excel checks, by the letters of the column."""
    found = part(data, "xl/worksheets/sheet1.xml").iter(f"{MAIN}dataValidation")
    return {re.split(r"\d", rule.get("sqref", ""))[0]: rule for rule in found}


def test_what_excel_checks() -> None:
    """Choices drop down, a year is whole, and a figure that is not plausible is asked about, not refused."""
    form = Form.of(JINDONG, ["税收", "规上", "综合评价", "土地利用率"])
    rules = rules_of(workbook(form))
    assert set(rules) == set("CDEFG")
    shape = {column: (rule.get("type"), rule.get("errorStyle", "stop")) for column, rule in rules.items()}
    assert shape == {
        "C": ("whole", "stop"), "D": ("decimal", "warning"), "E": ("list", "stop"), "F": ("list", "stop"),
        "G": ("decimal", "warning"),
    }  # fmt: skip
    limits = {column: [float(limit.text or 0) for limit in rules[column]] for column in "DG"}
    assert limits == {"D": [0.5, 20000], "G": [0.05, 1.5]}
    assert [rules[column][0].text for column in "EF"] == ['"是,否"', '"A,B,C,D,T"']
    assert all(rule.get("sqref") == f"{column}2:{column}1048576" for column, rule in rules.items())
    assert "0.5万元 至 20000万元" in rules["D"].get("error", "")
    assert "5% 至 150%" in rules["G"].get("error", "")


def test_a_figure_without_a_range_is_not_negative() -> None:
    """Where the pack says nothing of a field's range, a negative figure is asked about."""
    field = replace(JINDONG.fields["税收"], plausible=None)
    rule = validation(field)
    assert (rule["criteria"], rule["value"], rule["error_type"]) == (">=", 0, "warning")
    assert "不小于 0" in rule["error_message"]


def test_a_range_in_another_unit() -> None:
    """A range that the pack gives in another unit is shown and checked in that of the column."""
    ends = (parse_quantity("1亿元"), parse_quantity("2亿元"))
    field = replace(JINDONG.fields["税收"], plausible=ends)
    assert range_text(field) == "10000万元 至 20000万元"
    assert (validation(field)["minimum"], validation(field)["maximum"]) == (10000, 20000)
    percent = replace(field, unit=parse_unit("%"), plausible=(parse_quantity("5%"), parse_quantity("1.5")))
    assert not is_percentage(percent)
    assert range_text(percent) == "5% 至 150%"
    assert (validation(percent)["minimum"], validation(percent)["maximum"]) == (5, 150)


@pytest.mark.parametrize("words", [[f"第{number}种很长的取值" for number in range(60)], ["甲,乙", "丙"]])
def test_many_choices_drop_down_too(tmp_path: Path, words: list[str]) -> None:
    """Choices that are too long for the cell's own list, or have a comma, drop down from the guide."""
    field = replace(JINDONG.fields["综合评价"], values=dict.fromkeys(words, ()))
    dataset = replace(JINDONG, fields={**JINDONG.fields, field.name: field})
    form = Form.of(dataset, [field.name])
    path = tmp_path / "表.xlsx"
    path.write_bytes(workbook(form, filled(form)))
    assert rules_of(path.read_bytes())["D"][0].text == f"'{GUIDE}'!$I$2:$I${len(words) + 1}"
    assert [row[8] for row in open_book(path, "表.xlsx", GUIDE)[0].rows[1:]][: len(words)] == words
    loaded, rows = read(f"{path}#企业", dataset, [field.name])
    assert rows == [(words[0],)] * 3
    assert loaded.used == 3


@pytest.mark.parametrize("name", ["[甲]:*?/\\", "长" * 40, GUIDE, "", "'引'", "history", "\n"])
def test_any_name_of_a_dataset(tmp_path: Path, name: str) -> None:
    """A dataset may have a name that Excel does not take for a sheet."""
    path = tmp_path / "表.xlsx"
    path.write_bytes(workbook(Form.of(replace(JINDONG, name=name))))
    first, guide = open_book(path, "表.xlsx")
    assert 0 < len(first.name) <= 31
    assert first.name.lower() not in (guide.name, "history")


def test_long_words_are_cut_where_excel_wants_it() -> None:
    """However long names and choices are, no message is longer than Excel takes, and notes are whole."""
    long = replace(JINDONG.fields["综合评价"], name="名" * 300, values={"值" * 300: (), "乙": ()}, note="注" * 3000)
    dataset = replace(JINDONG, fields={**JINDONG.fields, long.name: long})
    data = workbook(Form.of(dataset, [long.name]))
    assert all(len(rule.get("error", "")) <= 255 for rule in rules_of(data).values())
    assert "注" * 3000 in "".join(part(data, "xl/comments1.xml").itertext())


def test_the_same_form_has_the_same_bytes() -> None:
    """Two runs, on whatever days, make the same file."""
    form = Form.of(JINDONG, title="题")
    assert workbook(form, filled(form)) == workbook(form, filled(form))
    dates = [text for text in part(workbook(form), "docProps/core.xml").itertext() if "T" in text]
    assert set(dates) == {"2000-01-01T00:00:00Z"}


def test_no_header_is_a_formula() -> None:
    """A name that begins like a formula is a text."""
    field = replace(JINDONG.fields["税收"], name="=1+1")
    dataset = replace(JINDONG, fields={**JINDONG.fields, field.name: field})
    data = workbook(Form.of(dataset, [field.name]), filled(Form.of(dataset, [field.name])))
    assert not list(part(data, "xl/worksheets/sheet1.xml").iter(f"{MAIN}f"))


def test_notes_are_as_high_as_their_text() -> None:
    """No line of a note is hidden: the longer the text, the higher the note."""
    from mujun.output.form import _comment_size

    sizes = [_comment_size("行\n" * count)["height"] for count in range(1, 9)]
    assert all(a < b for a, b in pairwise(sizes))


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_form_is_never_written_over_another(tmp_path: Path) -> None:
    """A file that is there, be it a dead link, stays as it is: it may have been filled in."""
    old, link = tmp_path / "旧.xlsx", tmp_path / "链.xlsx"
    old.write_bytes(b"old")
    link.symlink_to(tmp_path / "none")
    for path in (old, link):
        with pytest.raises(UsageError, match="已存在"):
            write_new(path, b"new", "其中可能已填了数据")
    assert old.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["旧.xlsx", "链.xlsx"]


def test_a_form_that_cannot_be_written_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full, that is said, and no part of the file is left."""

    def full(path: Path, *_: object) -> None:
        path.touch()
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("mujun.output.write._fill", full)
    with pytest.raises(MujunError, match="磁盘已满"):
        write_new(tmp_path / "表.xlsx", b"new", "")
    assert list(tmp_path.iterdir()) == []
