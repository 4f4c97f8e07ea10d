"""``mujun check`` over a folder of four small files as bureaus send them, and ``mujun classify`` over the same."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from tests.cli.program import DATA, Ran, run, shell

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

CODES = (
    "91330703A0MLW9562D", "91330703A0Q1Y3TW1X", "91330703A0Y3EAW562", "91330703A1YALE254P", "91330703A31G0Y37XM",
)  # fmt: skip
FIRMS = (
    "一平甲机械有限公司",
    "一平乙（门业）有限公司",
    "一平丙食品有限公司",
    "一平丁纺织有限公司",
    "一平戊工具有限公司",
)

TAX = f"""一平县2023年度企业税收表（虚构）,,
,,单位：元
信用代码,企业名称,实缴税金
{CODES[0]},{FIRMS[0]},"1,103,400"
{CODES[1]},{FIRMS[1]},50000
小计,,1153400
信用代码,企业名称,实缴税金
{CODES[2]},{FIRMS[2]},#N/A
9.13E+17,{FIRMS[3]},81万元
{CODES[4]},{FIRMS[4]},0
合计,,1936400
注：虚构数据，按入库口径统计。,,
"""
"""As the tax bureau saves it: GBK, titles, a subtotal, a header once more, a wrong total, a code gone, a note."""

POWER = f"""<html><head><meta charset="gbk"></head><body><table>
<tr><td colspan="3">2023年企业用电（虚构）</td></tr>
<tr><th>户号</th><th>企业名称</th><th>用电量（千瓦时）</th></tr>
<tr><td>001</td><td>{FIRMS[0]}</td><td>120000</td></tr>
<tr><td>002</td><td>{FIRMS[0]}</td><td>80000</td></tr>
<tr><td>003</td><td>一平乙(门业)有限公司</td><td>30000度</td></tr>
<tr><td>004</td><td>一平丙食品公司</td><td>待查</td></tr>
<tr><td>005</td><td>一平丁纺织品有限公司</td><td>50000</td></tr>
</table></body></html>
"""
"""As the grid company saves it: HTML called .xls, a row for each meter, names and no codes."""

LISTED = f"""信用代码,企业名称,年度,乡镇街道,规上,土地状态
{CODES[0]},{FIRMS[0]},2023,东街,1,在用
{CODES[1]},{FIRMS[1]},2023,东街,0,空置
{CODES[2]},{FIRMS[2]},2023,西街,0,荒废
{CODES[3]},{FIRMS[3]},2023,西街,0,在用
"""
"""As a spreadsheet saves CSV in UTF-8: one firm is lacking, one cell is no state of land."""

FIELDS = """企业:
  identity: {code: 统一社会信用代码, name: 企业名称, year: 年度}
  leading: [统一社会信用代码, 企业名称, 乡镇街道]
  totals: [用地面积, 税收]
  fields:
    统一社会信用代码: {type: code, aliases: [信用代码]}
    企业名称: {type: text}
    年度: {type: year}
    乡镇街道: {type: text}
    税收: {unit: 万元, aliases: [实缴税金], plausible: [0.5万元, 20000万元]}
    用地面积: {unit: 亩, combine: sum, plausible: [0.5亩, 500亩]}
    用电量: {unit: 万千瓦时, combine: sum}
    规上: {type: flag}
    土地状态: {type: choice, values: {在用: [], 闲置: [空置]}}
"""
CHECKS = """检查:
  用地为零: {when: {用地面积: "<= 0亩"}, note: 请核对用地面积}
"""

BUREAUS = ("check", "月报", "--rules", "pack")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder 月报 with the files of four bureaus, and the invented pack with what a check needs."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(DATA / "pack", tmp_path / "pack")
    (tmp_path / "pack" / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    (tmp_path / "pack" / "checks.yaml").write_text(CHECKS, encoding="utf-8")
    reports = tmp_path / "月报"
    reports.mkdir()
    (reports / "税务.csv").write_bytes(TAX.encode("gbk"))
    (reports / "供电.xls").write_bytes(POWER.encode("gbk"))
    (reports / "名录.csv").write_bytes(LISTED.encode("utf-8-sig"))
    land(reports / "国土.xlsx")
    (reports / "~$国土.xlsx").write_bytes(b"locked")
    return tmp_path


def land(path: Path) -> None:
    """As the land bureau saves it: a sheet for each town, a row for each parcel, a total, a sheet of explanations."""
    head = ("宗地号", "信用代码", "企业名称", "用地面积(㎡)")
    with xlsxwriter.Workbook(str(path)) as book:
        east = book.add_worksheet("东街")
        east.merge_range(0, 0, 0, 3, "东街2023年工业用地（虚构）")
        east.write_row(1, 0, head)
        east.write_row(2, 0, ("甲1", CODES[0], FIRMS[0], 20000))
        east.write_row(3, 0, ("甲2", CODES[0], FIRMS[0], 4000))
        east.write_row(4, 0, ("甲2", CODES[0], FIRMS[0], 4000))
        east.write_row(5, 0, ("乙1", CODES[1], FIRMS[1], 14000))
        east.write_row(6, 0, ("", "", "合 计", 42000))
        west = book.add_worksheet("西街")
        west.write_row(0, 0, head)
        west.write_row(1, 0, ("丙1", CODES[2], FIRMS[2], 0))
        west.write_row(2, 0, ("丁1", CODES[3], FIRMS[3], 9000))
        book.add_worksheet("说明").write_column(0, 0, ("填表说明", "面积以土地证为准"))


def bureaus(*more: str | Path, columns: int = 80, terminal: bool = False) -> Ran:
    """Check the folder."""
    return run(*BUREAUS, *more, columns=columns, terminal=terminal)


def findings(ran: Ran) -> list[dict[str, str]]:
    """The rows of a check in CSV."""
    return list(csv.DictReader(io.StringIO(ran.raw.decode("utf-8-sig"))))


# --- what is shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["table", "md", "json", "csv"])
def test_the_report(format_: str, snapshot: SnapshotAssertion) -> None:
    """The report comes out in every format as it did when it was checked by hand."""
    ran = bureaus("-f", format_)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


@pytest.mark.parametrize("columns", [60, 80])
def test_on_a_terminal(columns: int, snapshot: SnapshotAssertion) -> None:
    """On a terminal no line is wider than it, and nothing is cut."""
    from mujun.width import display_width

    ran = bureaus(columns=columns, terminal=True)
    assert ran.out == snapshot
    assert max(map(display_width, ran.out.splitlines())) <= columns
    flat = "".join(ran.out.split())
    assert all("".join(row["说明"].split()) in flat for row in findings(bureaus("-f", "csv")))


def test_every_format_has_every_finding() -> None:
    """JSON and CSV have the same findings, and the text with --all each of them on its own."""
    rows = findings(bureaus("-f", "csv"))
    told = json.loads(bureaus("-f", "json").out)["问题"]
    assert [{name: str(cell or "") for name, cell in row.items()} for row in told] == rows
    whole = bureaus("--all").out
    assert "另有" not in whole
    assert all(row["说明"] in whole for row in rows)


def test_all_lists_what_is_otherwise_counted(folder: Path) -> None:
    """Of many alike the first few are shown and the rest are counted; --all shows each with its row."""
    cells = "".join(f"{name}公司,{name}待补\n" for name in "甲乙丙丁戊己庚")
    (folder / "a.csv").write_text(f"企业名称,税收(万元)\n子公司,1\n{cells}", encoding="utf-8")
    short, whole = (run("check", "a.csv", "--rules", "pack", *more).out for more in ([], ["--all"]))
    assert "警告 M201  7 处" in short
    assert "……另有 2 处，--all 或 -f csv 逐条列出" in short
    assert short.count("不是数字") == 5
    assert whole.count("不是数字") == 7
    (folder / "b.csv").write_text("企业名称,税收(万元)\n子公司,1\n" + 7 * "丑公司,待补\n", encoding="utf-8")
    alike = run("check", "b.csv", "--rules", "pack").out
    assert "第 3、4、5、6、7、8 等 7 行 “税收(万元)”列  “待补”不是数字" in alike


def test_a_clean_file_is_said_to_be_clean(folder: Path) -> None:
    """Where nothing is odd, it is said so."""
    (folder / "a.csv").write_text(f"信用代码,年度,税收(万元)\n{CODES[0]},2023,5\n", encoding="utf-8")
    ran = run("check", "a.csv", "--rules", "pack")
    assert ran.out.endswith("问题\n  没有发现问题\n")
    assert json.loads(run("check", "a.csv", "--rules", "pack", "-f", "json").out)["问题"] == []


def test_odd_names_do_not_break_markdown(folder: Path) -> None:
    """Whatever a cell holds, a Markdown table keeps its columns and shows the signs as they are."""
    (folder / "a|b*c.csv").write_text("企业名称,税收(万元)\n甲,<b>|*\n乙,1\n", encoding="utf-8")
    out = run("check", "a|b*c.csv", "--rules", "pack", "-f", "md").out
    assert r"| a\|b\*c.csv |" in out
    assert r"“&lt;b&gt;\|\*”不是数字" in out


def test_no_formula_opens_in_a_spreadsheet(folder: Path) -> None:
    """A cell that starts like a formula is a text with an apostrophe in the CSV of the findings."""
    (folder / "a.csv").write_text("企业名称,税收(万元)\n甲,=1+1\n乙,1\n", encoding="utf-8")
    rows = findings(run("check", "a.csv", "--rules", "pack", "-f", "csv"))
    assert "'=1+1" in {row["单元格"] for row in rows}


# --- exit codes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "code"), [("提示", 1), ("警告", 1), ("错误", 1), (None, 0)])
def test_findings_of_a_level_are_exit_code_1(level: str | None, code: int) -> None:
    """--fail-on makes findings of this level, or a graver one, exit code 1; the report is the same."""
    ran = bureaus(*(["--fail-on", level] if level else []))
    assert ran.code == code
    assert ran.raw == bureaus().raw


def test_milder_findings_are_no_failure(folder: Path) -> None:
    """Findings below the level of --fail-on leave the exit code at 0."""
    (folder / "a.csv").write_text("企业名称,年度,税收(元)\n甲厂,2023,10000\n", encoding="utf-8")
    levels = ("提示", "警告", "错误")
    assert [run("check", "a.csv", "--rules", "pack", "--fail-on", level).code for level in levels] == [1, 0, 0]


@pytest.mark.parametrize(
    ("args", "code", "head"),
    [
        (["没有.csv"], 3, "错误：没有文件“没有.csv”\n"),
        (["空"], 3, "错误：文件夹“空”里没有数据文件\n"),
        (["月报/*.ods"], 3, "错误：没有"),
        (["月报/国土.xlsx#北街"], 3, "错误：“月报/国土.xlsx”没有工作表“北街”\n"),
        (["月报/国土.xlsx#说明"], 3, "错误："),
        (["月报/税务.csv#东街"], 3, "错误：“月报/税务.csv”是文本文件，没有工作表“东街”\n"),
        (["月报/名录.csv", "--year", "2019"], 2, "错误：数据里没有 2019 年\n有的年度：2023\n"),
        (["月报", "-f", "xlsx"], 2, "错误：--format 的值不对：“xlsx”不在可选值之内"),
        (["月报", "--set-aside", "月报/名录.csv"], 2, "错误：“月报/名录.csv”是输入文件，不能覆盖\n"),
        (["月报", "--set-aside", "a.pdf"], 2, "错误：从“a.pdf”看不出格式\n"),
        ([], 2, "错误：缺少参数"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_said_in_two_lines(folder: Path, args: list[str], code: int, head: str) -> None:
    """What is wrong, and what to do next; nothing on stdout, and no file written."""
    (folder / "空").mkdir()
    before = sorted(folder.rglob("*"))
    ran = run("check", *args, "--rules", "pack")
    assert (ran.code, ran.raw) == (code, b"")
    assert ran.err.startswith(head)
    assert ran.err.count("\n") == 2
    assert sorted(folder.rglob("*")) == before


# --- what goes in --------------------------------------------------------------------------------------------------


def test_a_pattern_a_folder_and_files_by_name_are_the_same() -> None:
    """A folder, a pattern that the shell left alone, and the files by name lead to one report; twice is once."""
    names = ["供电.xls", "名录.csv", "国土.xlsx", "税务.csv"]
    whole = bureaus().raw
    for args in (["月报/*"], [f"月报/{name}" for name in names], ["月报", "月报/税务.csv", "./月报"]):
        assert run("check", *args, "--rules", "pack").raw == whole


def test_one_sheet_is_asked_for() -> None:
    """``FILE#SHEET`` reads this sheet and no other."""
    ran = run("check", "月报/国土.xlsx#西街", "--rules", "pack", "-f", "json")
    balance = json.loads(ran.out)["行数"]
    assert [(row["文件"], row["读入行"]) for row in balance] == [("国土.xlsx#西街", 2)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
@pytest.mark.parametrize("name", ["税务.csv", "国土.xlsx", "供电.xls"])
def test_any_kind_of_file_comes_from_a_pipe(folder: Path, name: str) -> None:
    """``-`` reads stdin, whatever is in it, and names it 标准输入."""
    rules = folder / "pack"
    ran = shell(f'$MUJUN check - --rules "{rules}" < "{folder}/月报/{name}"')
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "标准输入" in ran.stdout.decode()
    piped = shell(f'cat "{folder}/月报/{name}" | $MUJUN check - --rules "{rules}"')
    assert piped.stdout == ran.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_a_redirected_report_opens_in_excel(folder: Path) -> None:
    """``-f csv > 问题.csv`` has a byte order mark, as every CSV file that mujun writes; a pipe has none."""
    command = f'cd "{folder}" && $MUJUN check 月报 --rules pack -f csv'
    assert shell(f"{command} > 问题.csv").returncode == 0
    piped = shell(f"{command} | cat").stdout
    assert (folder / "问题.csv").read_bytes() == b"\xef\xbb\xbf" + piped
    assert piped.startswith("级别,代码,文件".encode())


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_an_input_is_not_the_output(folder: Path) -> None:
    """A report redirected onto a file that is checked is refused."""
    ran = shell(f'cd "{folder}" && $MUJUN check 月报 --rules pack >> 月报/名录.csv')
    assert ran.returncode == 2
    assert "输出被重定向到输入文件" in ran.stderr.decode()
    assert (folder / "月报" / "名录.csv").read_bytes() == LISTED.encode("utf-8-sig")


# --- rows set aside ------------------------------------------------------------------------------------------------


def test_rows_set_aside_are_handed_back(folder: Path, snapshot: SnapshotAssertion) -> None:
    """--set-aside writes each row not used with its place, why, and what it says, and tells where."""
    ran = bureaus("--set-aside", "搁置.csv")
    assert (ran.code, ran.err, ran.raw) == (0, "已写入 搁置.csv\n", bureaus().raw)
    text = (folder / "搁置.csv").read_text(encoding="utf-8-sig")
    assert text == snapshot
    balance = json.loads(bureaus("-f", "json").out)["行数"]
    assert len(text.splitlines()) - 1 == sum(row["搁置"] or 0 for row in balance)


def test_classify_hands_back_the_same_rows(folder: Path) -> None:
    """Both commands set the same rows aside for the same codes."""
    places = []
    for command in ("check", "classify"):
        run(command, "月报", "--rules", "pack", "--set-aside", f"{command}.csv")
        with (folder / f"{command}.csv").open(encoding="utf-8-sig", newline="") as file:
            places.append([(row["文件"], row["行"], row["代码"], row["原文"]) for row in csv.DictReader(file)])
    assert places[0] == places[1]


# --- classify ------------------------------------------------------------------------------------------------------


def test_classify_balances_every_file(snapshot: SnapshotAssertion) -> None:
    """With several files each has its line on stderr: rows read = used + merged + set aside; then what they make."""
    ran = run("classify", "月报", "--rules", "pack")
    assert ran.code == 0
    assert [line for line in ran.err.splitlines() if "读入" in line or line.startswith("合计")] == snapshot


def test_classify_joins_the_files() -> None:
    """A figure of each file stands in one row, in the unit of the pack, parcels and meters added up."""
    columns = "企业名称,乡镇街道,税收,用地面积,用电量"
    ran = run("classify", "月报", "--rules", "pack", "-q", "--list", "低效用地,临界", "--columns", columns)
    assert ran.out == f"{columns}\n{FIRMS[1]},东街,5,21,3\n{FIRMS[0]},东街,110.34,36,20\n"


def test_classify_does_not_repeat_the_one_sheet(folder: Path) -> None:
    """With one sheet alone, findings name the row and the column, and neither the file nor the sheet."""
    with xlsxwriter.Workbook(str(folder / "a.xlsx")) as book:
        sheet = book.add_worksheet("企业")
        sheet.write_row(0, 0, ("企业名称", "年度", "税收(万元)", "用地面积(亩)"))
        sheet.write_row(1, 0, ("甲厂", 2023, 5, 1))
        sheet.write_row(2, 0, ("乙厂", 2023, "待补", 1))
    err = run("classify", "a.xlsx", "--rules", "pack", "--list", "临界").err
    assert "\n警告 M201 第 3 行 “税收(万元)”列：“待补”不是数字，按缺失处理\n" in err
