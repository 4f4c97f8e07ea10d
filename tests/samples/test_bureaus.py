"""The district as four bureaus send it: every figure of data.csv is there, and what is odd is written down."""

from __future__ import annotations

import csv
import importlib
import re
import sys
import zipfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.samples.bureaus import (
    MISSING,
    SUMMED,
    District,
    bare_name,
    open_sheets,
    read,
    sheets_of_book,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SAMPLES = Path(__file__).parent.parent.parent / "samples"
FOLDER, PLANTED = SAMPLES / "bureaus", SAMPLES / "bureaus-planted.csv"
FILES = {"税务局_税收.csv", "自然资源局_用地.xlsx", "供电公司_用电.xls", "统计局_产出.xlsx"}


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    """``samples/bureaus.py``, which is a script and finds the modules beside it as one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SAMPLES))
        before = set(sys.modules)
        yield importlib.import_module("bureaus")
        for name in set(sys.modules) - before:
            if name in ("bureaus", "bureau_books", "mess", "generate"):
                del sys.modules[name]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], dict[str, str]]:
    """The sample, by code and year."""
    with (SAMPLES / "data.csv").open(encoding="utf-8", newline="") as file:
        return {(row["统一社会信用代码"], row["年度"]): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def district() -> District:
    """The committed files, read in plain Python."""
    return read(FOLDER)


@pytest.fixture(scope="module")
def planted() -> list[dict[str, str]]:
    """The list of what is odd."""
    with PLANTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- the files are what the script writes ---------------------------------------------------------------------------


def test_the_files_are_what_the_script_writes(script: ModuleType, tmp_path: Path) -> None:
    """Writing again gives the committed text files byte for byte, and workbooks that say the same in every cell."""
    script.main(["--out", str(tmp_path / "bureaus"), "--planted", str(tmp_path / "planted.csv")])
    assert (tmp_path / "planted.csv").read_bytes() == PLANTED.read_bytes()
    assert {path.name for path in FOLDER.iterdir()} == {path.name for path in (tmp_path / "bureaus").iterdir()} == FILES
    for name in FILES:
        again, committed = tmp_path / "bureaus" / name, FOLDER / name
        if name.endswith(".xlsx"):  # how well zip packs depends on the machine
            assert _parts(again) == _parts(committed)
        else:
            assert again.read_bytes() == committed.read_bytes()


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist() if "/sheet" in name or "sharedStrings" in name}


def test_every_run_gives_the_same_bytes(script: ModuleType, tmp_path: Path) -> None:
    """Two runs on one district, here a small one, write the same bytes: no time of writing is in them."""
    generate = importlib.import_module("generate")
    generate.main(["--firms", "60", "--out", str(tmp_path / "data.csv")])
    for run in ("one", "two"):
        folder = str(tmp_path / run)
        script.main(["--data", str(tmp_path / "data.csv"), "--out", folder, "--planted", f"{folder}.csv"])
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(tmp_path / "one" / name) as book:
                assert {info.date_time[0] for info in book.infolist()} == {1980}
                assert b"2024-03-01" in book.read("docProps/core.xml")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_the_files_stay_small_and_the_list_is_not_among_them() -> None:
    """A shell's ``samples/bureaus/*`` names the four data files and nothing else, about 3 MB together."""
    assert {path.name for path in FOLDER.iterdir()} == FILES
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_200_000


# --- nothing is lost, nothing is changed ----------------------------------------------------------------------------


def test_every_figure_of_the_sample_is_there(district: District, rows: dict[tuple[str, str], dict[str, str]]) -> None:
    """After conversion to the units of data.csv, parcels and meters summed, each of its figures is in one file."""
    sums: dict[tuple[str, str, str], Fraction | None] = {}
    for record in district.records:
        for column, figure in record.figures.items():
            key = (record.code, record.year, column)
            if key not in sums:
                sums[key] = figure
                continue
            before = sums[key]
            assert column in SUMMED, (key, record.row)
            assert (before is None) is (figure is None), (key, record.row)
            if before is not None and figure is not None:
                sums[key] = before + figure
    columns = {column for _, _, column in sums}
    for (code, year), row in rows.items():
        for column in columns:
            text = row[column]
            assert sums.pop((code, year, column)) == (None if text in MISSING else Fraction(text)), (code, year, column)
    assert not sums
    assert len(columns) == 19


def test_every_word_of_the_sample_is_there(district: District, rows: dict[tuple[str, str], dict[str, str]]) -> None:
    """Towns, parks, trades, states and judgements are those of data.csv, in every row of a firm and year."""
    found: dict[tuple[str, str, str], set[str | None]] = {}
    for record in district.records:
        for column, word in record.words.items():
            found.setdefault((record.code, record.year, column), set()).add(word)
    columns = {column for _, _, column in found}
    for (code, year), row in rows.items():
        for column in columns:
            text = row[column]
            missing = text in MISSING and not (text == "无" and column == "开发意愿")
            assert found.pop((code, year, column)) == {None if missing else text}, (code, year, column)
    assert not found
    assert len(columns) == 9


def test_all_columns_of_the_sample_are_in_the_files(
    district: District, rows: dict[tuple[str, str], dict[str, str]]
) -> None:
    """No column of data.csv is left out, and only who and when stands in more than one file."""
    held: Counter[str] = Counter()
    for name in FILES:
        held.update({column for r in district.records if r.file == name for column in (*r.figures, *r.words)})
    assert set(held.values()) == {1}
    assert {*held, "统一社会信用代码", "企业名称", "年度"} == set(next(iter(rows.values())))


def test_each_file_is_about_the_same_firms(district: District, rows: dict[tuple[str, str], dict[str, str]]) -> None:
    """Every firm and year of data.csv is in each of the four files, and nobody else."""
    for name in FILES:
        assert {(record.code, record.year) for record in district.records if record.file == name} == set(rows)


def test_names_are_right_wherever_there_is_a_code(
    district: District, rows: dict[tuple[str, str], dict[str, str]], planted: list[dict[str, str]]
) -> None:
    """Beside a code stands the name of data.csv, blanks at the ends aside; only rows without one spell it otherwise."""
    by_name = {(entry["file"], entry["sheet"], int(entry["row"])) for entry in planted if entry["code"] == "M321"}
    assert len({bare_name(row["企业名称"]) for row in rows.values()}) == len({code for code, _ in rows})
    for record in district.records:
        right = rows[record.code, record.year]["企业名称"]
        if (record.file, record.sheet, record.row) in by_name:
            assert bare_name(record.name) == bare_name(right)
        else:
            assert record.name == right


def test_parcels_and_meters_have_numbers_of_their_own(district: District) -> None:
    """The rows of one firm and year differ in the number of the parcel or meter, so that they are no doubles."""
    parts = Counter((r.file, r.code, r.year, r.part) for r in district.records)
    assert set(parts.values()) == {1}
    firms = Counter((r.file, r.code, r.year) for r in district.records)
    several = Counter(file for (file, _, _), count in firms.items() if count > 1)
    assert set(several) == {"自然资源局_用地.xlsx", "供电公司_用电.xls"}
    assert min(several.values()) > 500


# --- what is odd is written down ------------------------------------------------------------------------------------


def test_the_list_is_all_there_is(district: District, planted: list[dict[str, str]]) -> None:
    """What a reader finds on its own, by place and code, is what the list names: nothing more, nothing less."""
    listed = Counter(
        (entry["file"], entry["sheet"], int(entry["row"] or 0), _column(entry), entry["code"])
        for entry in planted
        if entry["code"] and entry["kind"] != "error cell"  # those of a workbook read as blank
    )
    assert set(listed.values()) == {1}
    assert set(listed) == district.seen


def _column(entry: dict[str, str]) -> str:
    return entry["column"] if entry["row"] else ""


def test_each_kind_is_there_a_few_times(planted: list[dict[str, str]]) -> None:
    """Every kind of oddity is planted often enough to be seen, and not so often that it hides the rest."""
    kinds = Counter(entry["kind"] for entry in planted if entry["column"])
    assert min(kinds.values()) >= 3
    assert kinds.pop("unit in the cell") < 120  # 36 of them because 20亩 are not whole in ㎡
    assert max(kinds.values()) <= 70
    codes = Counter(entry["code"] for entry in planted)
    assert {"M105", "M202", "M207", "M208", "M302", "M311", "M312", "M313", "M314", "M321", ""} == set(codes)
    assert codes["M312"] == 1


def test_the_list_quotes_the_cells(planted: list[dict[str, str]]) -> None:
    """The text of each entry is the cell as written, at the row that a spreadsheet shows."""
    sheets = {(sheet.file, sheet.name): sheet for sheet in open_sheets(FOLDER)}
    for entry in planted:
        sheet = sheets[entry["file"], entry["sheet"]]
        if not entry["row"]:
            assert entry["code"] == "M105"
            continue
        row = sheet.rows[int(entry["row"]) - 1]
        if entry["kind"] == "error cell":
            assert row[sheet.columns.index(entry["column"])] == ""
        elif entry["column"]:
            assert row[sheet.columns.index(entry["column"])] == entry["text"], entry
        elif entry["text"]:
            assert entry["text"] in row, entry


def test_error_cells_of_workbooks_are_real(planted: list[dict[str, str]]) -> None:
    """They are cells of the type of an error, as a formula leaves them, in just the places that are listed."""
    for name in ("自然资源局_用地.xlsx", "统计局_产出.xlsx"):
        sheets, found = list(sheets_of_book(FOLDER / name)), set()
        with zipfile.ZipFile(FOLDER / name) as book:
            for number, sheet in enumerate(sheets, start=1):
                xml = book.read(f"xl/worksheets/sheet{number}.xml").decode()
                for row, text in re.findall(r'<c r="[A-Z]+(\d+)"[^>]* t="e"><f>[^<]*</f><v>([^<]*)</v>', xml):
                    found.add((sheet, row, text))
                assert xml.count('t="e"') == sum(place[0] == sheet for place in found)
        listed = {
            (entry["sheet"], entry["row"], entry["text"])
            for entry in planted
            if entry["file"] == name and entry["kind"] == "error cell"
        }
        assert found == listed
        assert len(listed) >= 10


def test_one_total_is_wrong(district: District) -> None:
    """Every total and the mean are right, but for one subtotal of the tax bureau."""
    wrong = [place for place, right in district.sums.items() if not right]
    assert [(file, sheet) for file, sheet, _ in wrong] == [("税务局_税收.csv", "")]
    assert len(district.sums) > 12


def test_every_file_says_that_it_is_invented(district: District) -> None:
    """虚构样例 stands above the header of each file."""
    titles: dict[str, str] = {}
    for sheet in district.sheets:
        titles[sheet.file] = titles.get(sheet.file, "") + "".join(map("".join, sheet.rows[: sheet.header]))
    assert set(titles) == FILES
    assert all("虚构样例" in title for title in titles.values())


# --- the shapes that such files have --------------------------------------------------------------------------------


def test_the_tax_file_is_what_excel_writes_in_china() -> None:
    """GB18030 and not UTF-8, lines end with CR LF, as many cells in every line but a blank one."""
    raw = (FOLDER / "税务局_税收.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    lines = raw.decode("gb18030").split("\r\n")
    assert {len(row) for row in csv.reader(lines)} == {0, 6}
    assert "单位：元" in lines[1]


def test_the_grid_file_is_html_with_the_name_of_a_workbook() -> None:
    """A page in GBK that says gb2312, with one table."""
    raw = (FOLDER / "供电公司_用电.xls").read_bytes()
    assert raw.startswith(b"<html")
    assert b"<meta charset=gb2312>" in raw
    text = raw.decode("gbk")
    assert text.count("<table") == text.count("</table>") == 1


def test_the_land_registry_has_a_sheet_for_each_town(rows: dict[tuple[str, str], dict[str, str]]) -> None:
    """Some begin in the third row, one has no title, some merge code and name over parcels, headers differ."""
    sheets = [sheet for sheet in open_sheets(FOLDER) if sheet.file.startswith("自然资源局")]
    assert {sheet.name for sheet in sheets} == {row["乡镇街道"] for row in rows.values()}
    assert {sheet.header for sheet in sheets} == {0, 1, 3}
    assert {column for sheet in sheets for column in sheet.columns} >= {
        "宗地号",
        "地块编号",
        "土地使用权面积（平方米）",
    }
    with zipfile.ZipFile(FOLDER / "自然资源局_用地.xlsx") as book:
        xml = [book.read(f"xl/worksheets/sheet{number}.xml").decode() for number in range(1, len(sheets) + 1)]
    merges = [len(re.findall(r'<mergeCell ref="[AB]\d+:[AB]\d+"', text)) for text in xml]
    assert sum(count > 10 for count in merges) >= 4
    assert sum(count == 0 for count in merges) >= 4


def test_the_statistics_file_has_two_lines_of_header(district: District) -> None:
    """Headings over several columns, the columns below them, then the units."""
    [sheet] = [sheet for sheet in district.sheets if sheet.file.startswith("统计局")]
    above = dict(zip(sheet.columns, sheet.rows[sheet.header], strict=True))
    assert above["营业收入"] == above["工业总产值"] == above["工业增加值"] == "经济指标"
    assert above["综合能耗"] == "能耗"
    assert dict(zip(sheet.columns, sheet.units, strict=True))["营业收入"] == "千元"
