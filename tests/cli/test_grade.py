"""``mujun grade``: rankings, points, distribution, adjustments and the diagnosis of one enterprise."""

from __future__ import annotations

import csv
import io
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import ROOT, Ran, run

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

GRADE = ("grade", "enterprises.csv", "--rules", "pack", "--method", "method.yaml")


@cache
def grade(*args: str, columns: int = 80, terminal: bool = False) -> Ran:
    """``mujun grade`` over the invented enterprises by the invented method; the same arguments, the same result."""
    return run(*GRADE, *args, columns=columns, terminal=terminal)


def rows(ran: Ran) -> list[dict[str, str]]:
    """The lines of a CSV by the names of its columns."""
    return list(csv.DictReader(io.StringIO(ran.out)))


@pytest.mark.parametrize("more", [(), ("--detail",), ("--distribution",), ("--scope", "规上")])
@pytest.mark.parametrize("format_", ["csv", "table"])
def test_what_is_written(format_: str, more: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    """Rankings, points and distribution come out as they did when they were checked by hand."""
    ran = grade("-q", "-f", format_, *more)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


def test_what_is_said(snapshot: SnapshotAssertion) -> None:
    """The balance, the method, the distribution of each scope and the findings are told on stderr."""
    assert grade().err == snapshot


def test_nobody_is_lost() -> None:
    """Every enterprise of the year stands in the ranking once, graded or with the reason why not."""
    found = rows(grade("-q"))
    judged = rows(run("classify", "enterprises.csv", "--rules", "pack", "-q", "--outcomes"))
    assert sorted(row["统一社会信用代码"] for row in found) == sorted({row["统一社会信用代码"] for row in judged})
    assert all(row["等级"] or row["未评原因"] for row in found)


def test_every_point_adds_up() -> None:
    """The points of the detail, with bonus, are the score of the ranking."""
    points: dict[str, float] = {}
    for row in rows(grade("-q", "--detail", "--scope", "规上")):
        points[row["统一社会信用代码"]] = points.get(row["统一社会信用代码"], 0) + float(row["分值"] or "nan")
    for row in rows(grade("-q", "--scope", "规上")):
        if row["得分"]:
            whole = points[row["统一社会信用代码"]] + float(row["加分"]) - float(row["减分"])
            assert float(row["得分"]) == pytest.approx(whole, abs=2e-4)


def test_a_scope_that_is_none() -> None:
    """An unknown scope is refused with those there are."""
    ran = grade("--scope", "规尚")
    assert ran.code == 2
    assert "没有范围“规尚”" in ran.err
    assert "规上" in ran.err


def test_a_method_that_is_not_complete() -> None:
    """A method of which something is not published does not run, and says what is missing and where to look."""
    ran = run("grade", "enterprises.csv", "--method", "yiwu-2022")
    assert ran.code == 3
    assert "不完整" in ran.err
    assert ran.out == ""


def test_a_method_that_is_none() -> None:
    """An unknown method is refused with the nearest."""
    ran = run("grade", "enterprises.csv", "--method", "huangyan-2012")
    assert ran.code == 2
    assert "huangyan-2021" in ran.err


def test_a_pack_without_method() -> None:
    """A pack without grading.yaml says how to name a method."""
    ran = run("grade", "enterprises.csv", "--rules", "pack")
    assert ran.code == 2
    assert "--method" in ran.err


CODES = [f"91330799MA000001{i:02d}" for i in range(10)]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Ten enterprises below scale, the first with the most tax."""
    lines = [f"{code},厂{i},2023,否,{100 - i},10" for i, code in enumerate(CODES)]
    file = tmp_path / "small.csv"
    file.write_text("统一社会信用代码,企业名称,年度,规上,税收,用地面积\n" + "\n".join(lines), encoding="utf-8")
    return file


def moved(data: Path, table: str) -> Ran:
    """Grade with an adjustment table beside the data."""
    file = data.with_name("moves.csv")
    file.write_text("统一社会信用代码,调档方式,调整后等级,调档原因,调档依据\n" + table, encoding="utf-8")
    return run("grade", data, file, "-f", "csv")


def test_adjustments_move_grades(small: Path) -> None:
    """Each row of the table moves the grade of its enterprise, in the fixed order, and is given as the reason."""
    ran = moved(
        small,
        f"{CODES[0]},降档,,环保处罚,文1\n{CODES[1]},一票否决,,事故,文2\n{CODES[2]},定档,A,重点企业,文3\n"
        f"{CODES[2]},提档,,高新,\n{CODES[9]},提档,,高新,\n",
    )
    found = {row["统一社会信用代码"]: row for row in rows(ran)}
    grades = [(found[code]["调档前等级"], found[code]["等级"]) for code in CODES]
    assert grades == [
        ("A", "B"), ("A", "D"), ("B", "A"), *[("B", "B")] * 3, *[("C", "C")] * 3, ("D", "C"),
    ]  # fmt: skip
    assert found[CODES[1]]["调档原因"] == "一票否决：事故（文2）"
    assert found[CODES[2]]["调档原因"] == "定档A：重点企业（文3）；提档：高新"


def test_adjustments_that_move_nothing_are_found(small: Path) -> None:
    """A code that nobody has, and a row that does not say what to do, are findings."""
    ran = moved(small, f"91330799MA00000999,降档,,环保,\n{CODES[0]},定档,,没写等级,\n{CODES[1]},,,没写方式,\n")
    assert "M433" in ran.err
    assert "91330799MA00000999" in ran.err
    assert "M434 2 条" in ran.err
    assert [row["等级"] for row in rows(ran)] == ["A"] * 2 + ["B"] * 4 + ["C"] * 3 + ["D"]


def test_why(small: Path, snapshot: SnapshotAssertion) -> None:
    """A diagnosis tells how an enterprise stands in each indicator and what would move it up, tried out."""
    ran = run("grade", small, "--why", "厂4", "-f", "table", "-q")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


@pytest.mark.parametrize("who", CODES[2:])
def test_what_would_move_it_up_does(small: Path, who: str) -> None:
    """Each figure that a diagnosis names moves the grade up when it is changed so, and a little less does not."""
    changes = [row for row in rows(run("grade", small, "--why", who, "-f", "csv", "-q")) if row["部分"] == "升档"]
    before = {row["统一社会信用代码"]: row["等级"] for row in rows(run("grade", small, "-q"))}
    assert {change["数据"] for change in changes} == {"税收", "用地面积"}
    for change in changes:
        to = float(change["需达到"])
        less = to - 0.01 if float(change["变动"]) > 0 else to + 0.01
        after = {figure: graded_with(small, who, change["数据"], figure) for figure in (to, less)}
        assert after[to] < before[who]
        assert after[less] == before[who]


def graded_with(data: Path, who: str, column: str, figure: float) -> str:
    """The grade of an enterprise where one figure is another."""
    lines = list(csv.DictReader(io.StringIO(data.read_text(encoding="utf-8"))))
    for line in lines:
        if line["统一社会信用代码"] == who:
            line[column] = f"{figure:.2f}"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    file = data.with_name("changed.csv")
    file.write_text(out.getvalue(), encoding="utf-8")
    return next(row["等级"] for row in rows(run("grade", file, "-q")) if row["统一社会信用代码"] == who)


def test_why_of_nobody(small: Path) -> None:
    """An enterprise that is not there is refused with the nearest name."""
    ran = run("grade", small, "--why", "厂44", "-q")
    assert ran.code == 2
    assert "没有企业“厂44”" in ran.err


def test_grades_fill_what_the_data_lack(small: Path) -> None:
    """A list that rests on the grade takes the computed one where there is none, and says so, unless told otherwise."""
    lines = small.read_text(encoding="utf-8").splitlines()
    head = lines[0] + ",综合评价,土地利用率,产能利用率,能耗指标利用率,排放指标利用率,销售收入"
    body = [f"{line},{'C' if i == 0 else ''},1,1,1,1,20000" for i, line in enumerate(lines[1:])]
    small.write_text("\n".join([head, *body]), encoding="utf-8")
    ran = run("classify", small, "--list", "产能倍增")
    listed = {row["统一社会信用代码"]: row["提示"] for row in rows(ran)}
    assert list(listed) == CODES[1:6]
    assert listed[CODES[1]] == "综合评价为测算的 A"
    assert "M432 9 家" in ran.err.replace("：", " ").replace("提示 ", "")
    assert rows(run("classify", small, "--list", "产能倍增", "--official-grades")) == []


def test_the_sql_is_what_runs() -> None:
    """``mujun rules sql --grading`` shows the statement that makes the scores, and the queries that read them."""
    from mujun.pack import load_method, load_pack
    from mujun.plan.graded import GradePlan

    pack = load_method(load_pack("pack"), "method.yaml")
    assert pack.method is not None
    shown = run("rules", "sql", "--rules", "pack", "--method", "method.yaml", "--year", "2023").out
    assert GradePlan(pack, pack.method, 2023).setup() in shown
    assert shown.startswith("-- 评价办法 yiping")
    assert "-- 范围 规下" in shown


def test_why_with_all_six_indicators(tmp_path: Path) -> None:
    """A diagnosis by the method of 金东 names every figure behind its six indicators, once for each way it helps."""
    sample = (ROOT / "samples" / "data.csv").read_text(encoding="utf-8").splitlines()
    lines = [sample[0], *(line for line in sample if ",2023," in line and ",是," in line)]
    file = tmp_path / "some.csv"
    file.write_text("\n".join(lines[:120]), encoding="utf-8")
    ranked = [row for row in rows(run("grade", file, "-q", "--scope", "规上")) if row["名次"]]
    found = rows(run("grade", file, "-q", "--why", ranked[-1]["统一社会信用代码"], "-f", "csv"))
    assert len([row for row in found if row["部分"] == "各项"]) == 6
    figures = {row["数据"] for row in found if row["部分"] == "升档"}
    assert figures == {"税收", "用地面积", "工业增加值", "综合能耗", "排放当量", "平均职工人数", "研发经费", "销售收入"}


def test_a_figure_beyond_all_reason(small: Path) -> None:
    """One firm whose figures cannot be is ranked first, and everybody else is graded all the same."""
    text = small.read_text(encoding="utf-8")
    small.write_text(text.replace(",100,10", ",2000000000,0.000001"), encoding="utf-8")
    method = small.with_name("method.yaml")
    method.write_text(
        "method: sharp\nscopes:\n  全部:\n    indicators:\n"
        "      亩均税收: {weight: 100, benchmark: 0.01万元/亩, missing: peers}\n"
        "    cuts: {lines: {A: 20%, B: 60%, C: 95%}}\n",
        encoding="utf-8",
    )
    found = rows(run("grade", small, "-q", "--method", method))
    assert [row["统一社会信用代码"] for row in found] == CODES
    assert "".join(row["等级"] for row in found) == "AABBBBCCCD"


def test_files_of_other_datasets(small: Path) -> None:
    """A file of projects beside the data is told apart and said to be of no use; alone, there is nothing to grade."""
    projects = ROOT / "samples" / "projects.csv"
    ran = run("grade", small, projects)
    assert [row["统一社会信用代码"] for row in rows(ran)] == CODES
    assert "projects.csv：是“项目”的数据，评价用不到" in ran.err
    alone = run("grade", projects)
    assert alone.code == 3
    assert "没有“企业”的数据，有的是：项目" in alone.err


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    """A column that a scope or an indicator needs, and no file has, is named with the nearest header."""
    file = tmp_path / "bare.csv"
    file.write_text("企业名称,规上情况,税收,用地面积\n甲,是,10,2\n乙,否,5,3\n", encoding="utf-8")
    ran = run("grade", file, "-f", "csv")
    assert "范围“规上”无法判定：缺少列 规上（最接近的列：“规上情况”）" in ran.err
    assert "指标“单位能耗增加值”无法计算：缺少列 工业增加值、综合能耗" in ran.err
    assert [row["未评原因"] for row in rows(ran)] == ["缺少 规上"] * 2
    mapped = rows(run("grade", file, "--map", "规上情况=规上", "-f", "csv", "-q"))
    assert [row["范围"] for row in mapped] == ["规上", "规下"]
