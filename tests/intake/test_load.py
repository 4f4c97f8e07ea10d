"""Loading: every row is accounted for, every finding names its row and column, and frames are read like files."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mujun
from mujun.engine.duckdb import Engine
from mujun.errors import DataError, MujunError
from mujun.intake import CATALOGUE, LEVELS
from mujun.intake.load import load
from tests.intake.read import CODE, COMPANY, FIELDS, HEADER, ROWS, TABLE, VALUES, YEAR, dataset, read, read_text

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = ROWS
ASIDE = ("M301", "M303", "M304", "M305", "M306", "M311", "M312", "M313", "M314")


def frame(values: Any, field: str = "税收", **more: Any) -> pd.DataFrame:
    """A frame with one column of figures beside the names of as many enterprises."""
    return pd.DataFrame({COMPANY: [f"公司{i}" for i in range(len(values))], field: values, **more})


# --- rows -----------------------------------------------------------------------------------------------------------


def test_rows_that_say_the_same_are_merged(tmp_path: Path) -> None:
    """Of rows alike in every field that is read the first stays; each other one names it."""
    again = A.replace("91330703A0MLW9562D", " 91330703a0mlw9562d").replace(",5", ",5.00")
    found = read_text(tmp_path, "\n".join([HEADER + ",序号", A + ",1", B + ",2", again + ",3", C + ",4", A + ",5"]))
    assert found.rows == VALUES
    assert found.balance == (5, 3, 2, 0)
    assert [(finding.code, finding.row, dict(finding.params)) for finding in found.findings] == [
        ("M302", 4, {"other": "第 2、6 行"}),
        ("M302", 6, {"other": "第 2、4 行"}),
    ]


def test_rows_that_contend_are_all_set_aside(tmp_path: Path) -> None:
    """Rows of one firm and year with different figures are all set aside, each naming the others."""
    other_year = A.replace("2023", "2022").replace(",5", ",9")
    found = read_text(tmp_path, "\n".join([HEADER, A, B, A.replace(",5", ",6"), other_year, C, A]))
    assert found.rows == [VALUES[1], (*VALUES[0][:2], 2022, 9_000_000), VALUES[2]]
    assert found.balance == (6, 3, 0, 3)
    assert [(finding.code, finding.row, dict(finding.params)["other"]) for finding in found.findings] == [
        ("M303", 2, "第 4、7 行"),
        ("M303", 4, "第 2、7 行"),
        ("M303", 7, "第 2、4 行"),
    ]


def test_a_figure_that_only_one_row_has_is_a_difference(tmp_path: Path) -> None:
    """A missing figure is not the same as any figure, nor as 0."""
    for one, other in (("", "5"), ("0", ""), ("-", "0")):
        found = read_text(tmp_path, f"{HEADER}\nX,甲,2023,{one}\nX,甲,2023,{other}\n")
        assert found.balance == (2, 0, 0, 2)
    assert read_text(tmp_path, f"{HEADER}\nX,甲,2023,\nX,甲,2023,-\n").balance == (2, 1, 1, 0)


def test_many_rivals_name_five_others(tmp_path: Path) -> None:
    """A finding stays short, however often a firm is repeated."""
    found = read_text(tmp_path, HEADER + "".join(f"\nX,甲,2023,{i}" for i in range(50)))
    assert found.balance == (50, 0, 0, 50)
    others = [dict(finding.params)["other"] for finding in found.findings]
    assert others[0] == "第 3、4、5、6、7 行"
    assert others[3] == "第 2、3、4、6、7 行"
    assert others[49] == "第 2、3、4、5、6 行"


def test_firms_without_a_code_are_known_by_their_name(tmp_path: Path) -> None:
    """The code decides who is who; the name does where there is none."""
    found = read_text(
        tmp_path, f"{HEADER}\n,甲,2023,1\n,甲,2023,1\n,乙,2023,2\nX,甲,2023,3\nY,甲,2023,3\nX,丁,2022,4\n"
    )
    assert found.balance == (6, 5, 1, 0)


def test_rows_without_who_or_when_are_set_aside(tmp_path: Path) -> None:
    """A row must say which firm it is, and where there are years, which year."""
    found = read_text(tmp_path, f"{HEADER}\n,,2023,5\n{A}\nY,戊,,7\n-,无,2023,1\nZ,己,去年,1\n,,,9")
    assert found.rows == [VALUES[0]]
    assert found.balance == (6, 1, 0, 5)
    assert [(code, row) for code, row, _, _ in found.found] == [
        ("M206", 6),
        ("M301", 2),
        ("M301", 5),
        ("M301", 7),
        ("M305", 4),
        ("M305", 6),
    ]


def test_without_a_year_column_all_rows_are_of_one_year(tmp_path: Path) -> None:
    """Two rows of a firm contend then."""
    found = read_text(tmp_path, "企业名称,税收(万元)\n甲,1\n甲,2\n乙,3\n乙,3\n", (COMPANY, YEAR))
    assert found.rows == [("乙", None)]
    assert found.balance == (4, 1, 1, 2)


def test_all_rows_set_aside_is_a_balance_too(tmp_path: Path) -> None:
    """Where nothing is left to judge, the rows are still all named."""
    found = read_text(tmp_path, f"{HEADER}\n,,2023,1\nX,甲,,2\n")
    assert found.balance == (2, 0, 0, 2)


@pytest.mark.parametrize(
    ("row", "code"),
    [("1,2", "M304"), (",,2023,5", "M301"), ("X,甲,,5", "M305"), ("X,甲,2023,5", "M302"), ('"X,甲,2023,5', "M306")],
)
def test_a_thousand_findings_are_listed(tmp_path: Path, row: str, code: str) -> None:
    """Of very many rows alike a thousand are listed; the last listed stands for the others, so no row is lost."""
    found = read_text(tmp_path, HEADER + "\nX,甲,2023,5" + f"\n{row}" * 2500)
    same = [finding for finding in found.findings if finding.code == code]
    assert len(same) == 1000
    assert sum(finding.count for finding in same) == 2500
    assert [finding.row for finding in same] == list(range(3, 1003))


def test_each_row_set_aside_has_its_own_reason(tmp_path: Path) -> None:
    """Rows of the wrong length say how many cells they have, also beyond the thousand that are listed."""
    lines = [HEADER, *("X,甲,2023" + ",5" * (i % 2 * 2) for i in range(2500)), "X,甲,2023,5"]
    (tmp_path / "数据.csv").write_text("\n".join(lines), encoding="utf-8")
    engine = Engine()
    load(engine.connection, tmp_path / "数据.csv", dataset(), keep_aside=True)
    found = engine.run('SELECT "行", "代码", "原因", "原文" FROM "搁置" ORDER BY 1')
    assert [(row, code) for row, code, *_ in found] == [(row, "M304") for row in range(2, 2502)]
    assert all(f"这一行有 {text.count('|') + 1} 格" in reason for *_, reason, text in found)


def test_a_thousand_cells_are_listed(tmp_path: Path) -> None:
    """The same for odd cells, column by column."""
    found = read_text(
        tmp_path, "企业名称,税收,用地面积" + "".join(f"\n甲{i},x,{'#N/A' if i % 2 else '?'}" for i in range(2500))
    )
    total: dict[tuple[str, str], int] = {}
    for finding in found.findings:
        key = (finding.code, finding.column)
        total[key] = total.get(key, 0) + finding.count
    assert total == {("M201", "税收"): 2500, ("M201", "用地面积"): 1250, ("M202", "用地面积"): 1250}
    assert len(found.findings) == 3000


def test_only_the_fields_needed_are_read(tmp_path: Path) -> None:
    """What no list needs is neither read nor judged, but a row that holds only that is a row all the same."""
    path = tmp_path / "x.csv"
    path.write_text(f"{HEADER},规上,备注\n{A},大概,\n,,,,是,\n,,,,,\n,,,,,x\n{C},,\n", encoding="utf-8")
    found = read(path, (*FIELDS, "规上"), needed=["税收"])
    assert found.rows == [(*VALUES[0], None), (*VALUES[2], None)]
    assert found.balance == (4, 2, 0, 2)
    assert [(code, row) for code, row, _, _ in found.found] == [("M301", 3), ("M301", 5)]
    found = read(path, (*FIELDS, "规上"), needed=["规上"])
    assert found.rows == [(*VALUES[0][:3], None, None), (*VALUES[2][:3], None, None)]
    assert [(code, row) for code, row, _, _ in found.found] == [("M205", 2), ("M301", 3), ("M301", 5)]


def test_very_many_columns_are_told_in_short(tmp_path: Path) -> None:
    """What is not used is listed as far as anyone reads."""
    names = ",".join(f"列{i}" for i in range(500))
    found = read_text(tmp_path, f"{COMPANY},税收(万元),{'长' * 300},{names}\n甲,5" + ",1" * 501 + "\n")
    [told] = [finding.message for finding in found.loaded.findings if finding.code == "M113"]
    assert told.endswith("列28 等 501 列")
    assert len(told) < 300


def test_columns_are_named_as_written(tmp_path: Path) -> None:
    """A finding names the column in the words of the file and the cell as it stood there."""
    found = read_text(
        tmp_path, "单位名称,实缴税金（元）,占地面积 (㎡),年份,规上(是/否)\n甲,１２x,#DIV/0!,2023 年,也许\n", (COMPANY,)
    )
    assert found.found == [
        ("M201", 2, "实缴税金（元）", "１２x"),
        ("M202", 2, "占地面积 (㎡)", "#DIV/0!"),
        ("M205", 2, "规上(是/否)", "也许"),
    ]
    assert found.findings[0].place.endswith("数据.csv 第 2 行 “实缴税金（元）”列")


def test_rows_are_right_at_the_end_of_a_large_file(tmp_path: Path) -> None:
    """Reading in parallel loses no place: the last rows are named as exactly as the first."""
    rows = [f"9133{i:014d},公司{i},2023,{i}" for i in range(250_000)]
    for at in (0, 100_000, 200_000, 249_999):
        rows[at] = f"9133{at:014d},公司{at},2023,x{at}"
    rows += [rows[123_456], ",,2023,1"]
    found = read_text(tmp_path, "\n".join([HEADER, *rows]))
    assert found.balance == (250_002, 250_000, 1, 1)
    assert [(code, row, text) for code, row, _, text in found.found] == [
        *(("M201", at + 2, f"x{at}") for at in (0, 100_000, 200_000, 249_999)),
        ("M301", 250_003, ""),
        ("M302", 250_002, ""),
    ]
    # The table has no order of its own.
    assert {row[0]: row for row in found.rows}["913300000000000005"][1:] == ("公司5", 2023, 5_000_000)


_CELLS = ("", "X", "Y", "x", "甲", "乙", "2023", "2022", "1", "2.50", "-", "#REF!", "大")


@settings(max_examples=30)
@given(st.lists(st.lists(st.sampled_from(_CELLS), min_size=1, max_size=5), min_size=1, max_size=30))
def test_the_rows_always_balance(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """Rows read are rows used, merged and set aside, each of the last two with its finding."""
    text = "\n".join([HEADER, *map(",".join, rows)])
    found, told = None, ""
    try:
        found = read_text(tmp_path_factory.getbasetemp(), text)
    except DataError as error:
        told = error.message
    if found is None:
        assert "全部搁置" in told or "只有表头" in told
        return
    merged, aside = found.balance[2:]
    assert merged == found.codes.count("M302")
    assert aside == sum(found.codes.count(code) for code in ASIDE)
    assert found.balance[0] == sum(any(row) for row in rows)
    kept = {(row[0] or row[1], row[2]) for row in found.rows}
    assert len(kept) == len(found.rows)


# --- frames ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 0, -3], [1_000_000, 0, -3_000_000]),
        ([1.5, float("nan"), 35.199999999999996, 1e9], [1_500_000, None, 35_200_000, 10**15]),
        ([0.1 + 0.2, 1 / 8], [300_000, 125_000]),
        (np.array([1.5, 35.2], dtype="float32"), [1_500_000, 35_200_000]),
        (np.array([1.5, 35.25], dtype="float16"), [1_500_000, 35_250_000]),
        (np.array([1, 255], dtype="uint8"), [1_000_000, 255_000_000]),
        ([Decimal("3.30"), Decimal("NaN"), None, Decimal("1E+3")], [3_300_000, None, None, 10**9]),
        (pd.array([1, None, 3], dtype="Int64"), [1_000_000, None, 3_000_000]),
        (pd.array([1.5, None, 35.2], dtype="Float64"), [1_500_000, None, 35_200_000]),
        (pd.Categorical([1.5, None, 35.2]), [1_500_000, None, 35_200_000]),
        (pd.array(["1.5", None, "-"], dtype="string"), [1_500_000, None, None]),
        (["1,203.45", "", "０.５", None], [1_203_450_000, None, 500_000, None]),
        (
            pd.Series([1, "2.5", None, np.nan, pd.NA, "无", 3.5], dtype=object),
            [10**6, 2_500_000, None, None, None, None, 3_500_000],
        ),
        (pd.arrays.SparseArray([1.5, np.nan]), [1_500_000, None]),
        (pd.Series([None] * 3000 + [5], dtype=object), [None] * 3000 + [5_000_000]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_figures_of_every_type(values: Any, expected: list[int | None]) -> None:
    """Whatever type a column has, a figure is that figure and missing is missing."""
    found = read(frame(values), ("税收",))
    assert [value for (value,) in found.rows] == expected
    assert found.findings == []


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([True, False], ["M201", "M201"]),
        ([float("inf"), 1e300], ["M201", "M203"]),
        ([1 / 3, 2e10], ["M204", "M203"]),
        ([[1], {}], ["M201", "M201"]),
        ([1j], ["M201"]),
        ([pd.Timestamp("2023-01-01")], ["M201"]),
        ([datetime.date(2023, 1, 1)], ["M201"]),
        (pd.interval_range(0, 1), ["M201"]),
        (pd.Series([1] * 3000 + ["一"], dtype=object), ["M201"]),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_figure_is_told(values: Any, codes: list[str]) -> None:
    """Anything else is missing, with a finding that names the row of the frame."""
    found = read(frame(values), ("税收",))
    assert [code for code, _, _, _ in found.found] == codes
    assert found.findings[-1].row == len(values)
    assert found.findings[-1].place.startswith("数据框 第 ")


def test_years_flags_and_choices_of_every_type() -> None:
    """Years as floats, flags as booleans and numbers, choices as categories."""
    found = read(
        pd.DataFrame(
            {
                COMPANY: list("甲乙丙丁"),
                YEAR: [2023.0, 2022.0, 2021.0, 2020.0],
                "规上": [True, False, None, "是"],
                "进入交易": [1.0, 0.0, np.nan, 1.0],
                "符合产业政策": pd.array([True, False, None, True], dtype="boolean"),
                "开发意愿": pd.Categorical(["有", "无", None, "有"]),
                "综合评价": pd.Series(["A", None, "b", "T"], dtype=object),
            }
        ),
        (YEAR, "规上", "进入交易", "符合产业政策", "开发意愿", "综合评价"),
    )
    assert found.rows == [
        (2023, True, True, True, "有", "A"),
        (2022, False, False, False, "无", None),
        (2021, None, None, None, None, "B"),
        (2020, True, True, True, "有", "T"),
    ]
    assert found.findings == []
    years = pd.DataFrame({COMPANY: ["甲", "乙"], YEAR: pd.period_range("2022", periods=2, freq="Y")})
    assert read(years, (YEAR,)).rows == [(2022,), (2023,)]


def test_a_frame_is_read_like_the_file(tmp_path: Path) -> None:
    """Rows count from 1, the index does not matter, and the frame is left as it was."""
    table = pd.DataFrame([row.split(",") for row in (A, "X,甲,2023,x", C, A)], columns=FIELDS, index=[7, 7, 3, 1])
    before = table.copy()
    found = read(table)
    assert found.rows == [VALUES[0], ("X", "甲", 2023, None), VALUES[2]]
    assert [(code, row) for code, row, _, _ in found.found] == [("M201", 2), ("M302", 4)]
    pd.testing.assert_frame_equal(table, before)
    table.to_csv(tmp_path / "x.csv", index=False)
    assert read(tmp_path / "x.csv").rows == found.rows


def test_names_of_a_frame_are_tidied() -> None:
    """A name with characters that do not show, or a header of two lines, is known."""
    table = pd.DataFrame({"\ufeff企业名称 ": ["'甲\u200b\0公司 "], "税收\n（元）": [100], 7: [1]})
    found = read(table, (COMPANY, "税收"))
    assert found.rows == [("甲公司", 10_000)]
    assert read(table, ("销售收入",), {"税收\n（元）": "销售收入"}).rows == [(10_000,)]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (pd.DataFrame(), "0 列"),
        (pd.DataFrame(index=[1, 2]), "0 列"),
        (pd.DataFrame({COMPANY: []}), "没有数据行"),
        (pd.DataFrame({COMPANY: [None, ""]}), "没有数据行"),
        (pd.DataFrame([[1, 2]], columns=[COMPANY, COMPANY]), "重复的列名：企业名称"),
        (pd.DataFrame({"税收": [1]}), "没有认出"),
        (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("c", "d")])), "没有认出"),
        (pd.DataFrame({COMPANY: ["\ud800"]}), "无法读取“数据框”"),
        (pd.DataFrame(1, index=[0], columns=range(2500)), "2500 列"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_frame_that_is_no_table_is_refused_in_words(table: pd.DataFrame, says: str) -> None:
    """No frame ends in an error that is not ours."""
    with pytest.raises(DataError, match=says) as caught:
        read(table)
    assert caught.value.hint


def test_a_connection_can_load_again(tmp_path: Path) -> None:
    """Loading replaces what was loaded before, and leaves no frame behind on the connection."""
    engine = Engine()
    (tmp_path / "x.csv").write_text(TABLE, encoding="utf-8")
    for data in (frame([1, 1]), tmp_path / "x.csv", frame(["x", "2"]), tmp_path / "x.csv"):
        rows = load(engine.connection, data, dataset()).rows
        assert engine.run('SELECT COUNT(*) FROM "企业"') == [(rows,)]
    with pytest.raises(Exception, match="mj_frame"):
        engine.run("SELECT * FROM mj_frame")


# --- what comes out of evaluate -------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: (TABLE + text).encode("utf-8", "replace"))
    )
)
def test_no_bytes_make_evaluate_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever a file holds, it is judged or refused with an error of ours."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        result = mujun.evaluate(path)
    except MujunError:
        return
    assert len(result.findings) == len(result.all_findings)


def test_findings_have_their_place_in_the_catalogue() -> None:
    """Every code has a level and a text, and says what to do but where there is nothing to do."""
    for code, entry in CATALOGUE.items():
        assert entry.level in LEVELS
        assert entry.template
        assert entry.advice or code in ("M302", "M311", "M313", "M314")


def test_codes_are_unique_in_name(tmp_path: Path) -> None:
    """A firm keeps its first name where rows are merged; another name for the code contends."""
    found = read_text(tmp_path, f"{HEADER}\nX,甲公司,2023,5\nX,甲公司（原乙）,2023,5\n", (CODE, COMPANY))
    assert found.balance == (2, 0, 0, 2)
