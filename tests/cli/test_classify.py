"""``mujun classify`` in every format, over sixteen invented enterprises."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import DATA, classify, run

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

FORMATS = ("csv", "tsv", "json", "jsonl", "md", "table")
LEADING = ["清单", "名次", "统一社会信用代码", "企业名称", "乡镇街道"]


@pytest.mark.parametrize("format_", FORMATS)
def test_the_lists(format_: str, snapshot: SnapshotAssertion) -> None:
    """Every list comes out in every format as it did when it was checked by hand."""
    ran = classify("-f", format_)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


@pytest.mark.parametrize("format_", FORMATS)
def test_the_outcomes(format_: str, snapshot: SnapshotAssertion) -> None:
    """Every outcome comes out in every format as it did when it was checked by hand."""
    ran = classify("-f", format_, "--outcomes", "--list", "低效用地,两年未上规")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_on_a_terminal(columns: int, snapshot: SnapshotAssertion) -> None:
    """On a terminal the lists are tables that make sensible use of its width."""
    ran = classify("--limit", "3", columns=columns, terminal=True)
    assert ran.code == 0
    assert ran.out == snapshot


def test_the_lists_share_their_leading_columns() -> None:
    """Several lists in one CSV file open with the same columns, 清单 first, and stand one below the other."""
    header, *rows = csv.reader(io.StringIO(classify().out))
    assert header[:5] == LEADING
    assert list(dict.fromkeys(row[0] for row in rows)) == ["低效用地", "临界", "高税少地", "两年未上规"]
    assert all(len(row) == len(header) for row in rows)


def test_outcomes_have_exactly_their_columns() -> None:
    """``--outcomes`` writes one row per enterprise and list, with the nine columns that are promised."""
    header, *rows = csv.reader(io.StringIO(classify("--outcomes").out))
    assert ",".join(header) == "统一社会信用代码,企业名称,年度,清单,结论,名次,建议处置,缺少,提示"
    assert len(rows) == len({(row[0], row[3]) for row in rows}) == 16 * 5
    assert {row[4] for row in rows} == {"是", "否", "待核实", "不适用"}


@pytest.mark.parametrize("format_", ["json", "jsonl", "tsv"])
@pytest.mark.parametrize("more", [[], ["--outcomes"]])
def test_every_format_says_the_same(format_: str, more: list[str]) -> None:
    """JSON has the figures of the CSV as numbers and its gaps as null; TSV has its very cells."""
    rows = list(csv.DictReader(io.StringIO(classify(*more).out)))
    out = classify("-f", format_, *more).out
    if format_ == "tsv":
        assert list(csv.DictReader(io.StringIO(out), delimiter="\t")) == rows
        return
    text = out if format_ == "json" else f"[{','.join(out.splitlines())}]"
    found = json.loads(text, parse_float=_Figure, parse_int=_Figure)
    figures = {"名次", "税收", "用地面积", "亩均税收", "年度"}
    assert len(found) == len(rows)
    for row, item in zip(rows, found, strict=True):
        assert {name: None if cell == "" else _unguarded(cell) for name, cell in row.items() if name in item} == item
        assert all(cell == "" for name, cell in row.items() if name not in item)
        assert {name for name, value in item.items() if isinstance(value, _Figure)} <= figures
        assert not figures & {name for name, value in item.items() if type(value) is str}


class _Figure(str):
    """A number as JSON spells it."""

    __slots__ = ()


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" else cell


def test_no_formula_opens_in_a_spreadsheet() -> None:
    """A name that starts like a formula is a text with an apostrophe; one that is a number stays as it is."""
    names = {row["企业名称"] for row in csv.DictReader(io.StringIO(classify("--outcomes").out))}
    assert {'\'=HYPERLINK("http://x")', "'+86 579 食品厂", "'@SUM(A1)", "-5"} <= names
    assert "'@东街" in {row["乡镇街道"] for row in csv.DictReader(io.StringIO(classify().out))}


@pytest.mark.parametrize("format_", FORMATS)
def test_no_control_characters_reach_a_terminal(format_: str, tmp_path: Path) -> None:
    """Whatever a name holds, no format sends a control character other than line ends and tabs to a terminal."""
    data = tmp_path / "a.csv"
    data.write_text("企业名称,税收,用地面积\n坏\x9b31m\x07厂\u202e,1,1\n", encoding="utf-8")
    ran = run("classify", data, "--rules", "pack", "-f", format_, "--list", "低效用地", terminal=True)
    assert ran.code == 0
    assert "厂" in ran.out
    for text in (ran.out, ran.err):
        assert not [char for char in text if not char.isprintable() and char not in "\n\t"]


@pytest.mark.parametrize(
    ("format_", "wanted"),
    [("csv", "清单,名次,统一社会信用代码,企业名称,乡镇街道,亩均税收,提示\n"), ("json", "[]\n"), ("jsonl", "")],
)
def test_a_list_without_members(format_: str, wanted: str) -> None:
    """A list that nobody is on is a header, an empty array, or nothing."""
    assert classify("-f", format_, "--list", "无人").out == wanted


def test_a_list_without_members_as_a_table() -> None:
    """A table of nobody says so, and how many are yet to be checked."""
    assert classify("-f", "table", "--list", "无人").out == "无人  第七条  2023年\n0 家，待核实 3 家\n"


def test_a_limit_is_said_and_zero_is_none() -> None:
    """A table cut short says that it is, a terminal cuts at twenty, and 0 shows all."""
    cut = classify("--limit", "2", "--list", "低效用地", terminal=True).out
    assert "只列前 2 家，全部请用 --limit 0 或 -o 清单.csv" in cut
    assert "线下一分机械厂" not in cut
    outcomes = classify("--outcomes", terminal=True).out
    assert "共 80 行，只列前 20 行" in outcomes
    whole = classify("--limit", "0", "--outcomes", terminal=True).out
    assert "只列" not in whole
    assert len(whole.splitlines()) > 80
    assert len(classify("--limit", "0", "--list", "低效用地").out.splitlines()) == 10
    assert len(classify("--limit", "2", "--list", "低效用地").out.splitlines()) == 3


def test_columns_are_chosen_in_order_and_once() -> None:
    """``--columns`` gives these columns in this order, each once, fields and indicators of the pack among them."""
    ran = classify("--columns", "土地状态,企业名称、临界线，土地状态", "--list", "临界")
    assert ran.out == "土地状态,企业名称,临界线\n在用,恰在线上纺织厂,3.30\n"


def test_a_lone_empty_cell_is_still_a_row() -> None:
    """In a file of one column an empty cell is written as "" and not as a line that readers skip."""
    ran = classify("--columns", "乡镇街道", "--list", "低效用地")
    assert ran.out.splitlines()[4] == '""'
    assert len(list(csv.DictReader(io.StringIO(ran.out)))) == 9


def test_what_is_known_about_the_data_goes_to_stderr() -> None:
    """The rows read and the findings are on stderr, the data alone on stdout, and -q says nothing."""
    loud = run("classify", "enterprises.csv", "--rules", "pack")
    assert loud.raw == classify().raw
    assert loud.err.startswith("enterprises.csv：读入 24 行 = 评价 21（2023年 16 家，往年 5 行） + 合并 1 + 搁置 2\n")
    assert "M303" in loud.err
    assert classify().err == ""


@pytest.mark.parametrize("level", ["错误", "警告", "提示"])
def test_findings_of_a_level_are_exit_code_1(level: str) -> None:
    """--fail-on makes findings of this level, or a graver one, exit code 1; the data are written all the same."""
    ran = classify("--fail-on", level)
    assert ran.code == 1
    assert ran.raw == classify().raw


def test_milder_findings_are_no_failure(tmp_path: Path) -> None:
    """Findings below the level of --fail-on leave the exit code at 0."""
    data = tmp_path / "a.csv"
    data.write_text("企业名称,税收(元),用地面积(亩)\n甲厂,10000,1\n", encoding="utf-8")
    found = [run("classify", data, "--rules", "pack", "--fail-on", level).code for level in ("提示", "警告", "错误")]
    assert found == [1, 0, 0]


def test_a_list_that_cannot_be_decided_says_what_it_lacks(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """A list whose columns are missing is named with them, above its empty table and on stderr."""
    data = tmp_path / "a.csv"
    data.write_text("企业名称,税收(万元)\n甲厂,1\n乙厂,400\n", encoding="utf-8")
    ran = run("classify", data, "--rules", "pack", "-f", "table")
    assert ran.code == 0
    assert ran.out == snapshot
    assert "清单“低效用地”无法判定：缺少列 用地面积" in ran.err


def test_the_enterprises_are_what_they_should_be() -> None:
    """The test data hold what the tests are about: three years, a figure on the line, formulas, control characters."""
    text = (DATA / "enterprises.csv").read_text(encoding="utf-8")
    assert {"2021", "2022", "2023"} <= {row[2] for row in csv.reader(io.StringIO(text))}
    assert all(part in text for part in ("3.3,1.1", "=HYPERLINK", "\x1b[31m", "#N/A", "\n名称厂"))
