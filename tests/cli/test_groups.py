"""``mujun track`` and ``mujun rank`` on the command line: pages for people, rows for machines."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from mujun.width import display_width
from tests.cli.program import run

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = [SAMPLES / f"{name}.csv" for name in ("data", "status", "parks", "ledger")]


def test_track_is_a_page_of_eighty_columns() -> None:
    """On a terminal no line is wider, every target is there, and what is behind says what is still needed."""
    found = run("track", *FILES, "-q", terminal=True)
    lines = found.out.splitlines()
    assert found.code == 0
    assert max(map(display_width, lines)) <= 80
    assert "目标进度，截至 2023-12-31（当天算在内）" in lines
    assert sum(line.startswith(("达标", "正常", "滞后", "逾期", "缺数据")) for line in lines) == 37 + 1
    assert any("还差" in line and "家" in line for line in lines)


def test_track_as_rows() -> None:
    """Piped, it is CSV with every figure in the unit beside it; JSON has numbers as numbers."""
    rows = list(csv.DictReader(io.StringIO(run("track", *FILES, "-q").out)))
    [land] = [row for row in rows if row["目标"] == "低效用地盘活"]
    assert (land["目标值"], land["单位"], land["时序进度"], land["期限"]) == ("6000", "亩", "100", "2023-12-31")
    [share] = json.loads(run("track", *FILES, "-q", "-f", "json", "--target", "规上工业企业入园率").out)
    assert share["目标值"] == 80
    assert share["走势"].startswith("2020年 82.142857")


def test_track_what_is_missing() -> None:
    """Without the ledger its targets are 缺数据 and say so; the others are not touched."""
    rows = list(csv.DictReader(io.StringIO(run("track", FILES[0], "-q").out)))
    lacking = {row["目标"]: row["缺少"] for row in rows if row["状态"] == "缺数据"}
    assert lacking["低效用地盘活"] == "台账数据"
    assert lacking["隐形冠军企业"] == "企业的隐形冠军"
    assert "工业企业入园率" not in lacking


def test_track_on_the_day_and_the_day_after() -> None:
    """--as-of is the end of that day: on the deadline behind, the day after overdue."""
    told = ("--target", "研发投入占营收比重", "--columns", "状态", "-f", "csv")
    assert run("track", FILES[0], "-q", *told, "--as-of", "2023-12-31").out == "状态\n滞后\n"
    assert run("track", FILES[0], "-q", *told, "--as-of", "2024-01-01").out == "状态\n逾期\n"


def test_track_by_group() -> None:
    """Who lags comes first."""
    found = run("track", FILES[0], "-q", "--by", "乡镇街道", "--target", "规上工业企业入园率", "-f", "csv")
    statuses = [row["状态"] for row in csv.DictReader(io.StringIO(found.out))]
    assert statuses == sorted(statuses, key=["滞后", "达标"].index)
    assert len(statuses) == 11


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("track", FILES[0], "--target", "入园"), "没有目标“入园”"),
        (("track", FILES[0], "--by", "乡镇"), "没有可分组的列“乡镇”，是否想写“乡镇街道”"),
        (("track", FILES[0], "--as-of", "2023-02-30"), "没有“2023-02-30”这一天"),
        (("rank", "park", FILES[0]), "没有排名“park”，是否想写“parks”"),
        (("rank", "parks", FILES[0], "--indicator", "土地利用率"), "“土地利用率”不能成组计算"),
        (("rank", "parks", FILES[0], "--year", "2019"), "数据里没有 2019 年"),
    ],
)
def test_wrong_usage_is_one_or_two_lines(args: tuple[str | Path, ...], says: str) -> None:
    """What is wrong, and what there is."""
    found = run(*args)
    assert found.code == 2
    assert says in found.err
    assert len(found.err.splitlines()) <= 2


def test_rank_is_a_page_and_rows() -> None:
    """On a terminal within its width, with strengths below each group; as CSV with every column."""
    page = run("rank", "parks", *FILES, "-q", terminal=True).out
    assert max(map(display_width, page.splitlines())) <= 80
    assert "      长 " in page
    rows = list(csv.DictReader(io.StringIO(run("rank", "parks", *FILES, "-q").out)))
    assert [row["名次"] for row in rows] == [str(place) for place in range(1, 11)]
    assert {"得分", "规上工业总产值增速", "空间提升", "长项", "短项", "上年名次", "升降", "缺少"} <= set(rows[0])


def test_rank_by_another_column_and_indicator() -> None:
    """Any grouping column, any indicator; weights are parameters."""
    found = run("rank", "towns", FILES[0], "-q", "--by", "综合评价", "--indicator", "亩均税收,税收", "-f", "csv")
    assert found.out.splitlines()[0].startswith("名次,综合评价,亩均税收,亩均税收上年,亩均税收增速")
    settings = ("--set", "增速权重=0%", "--set", "基数权重=100%", "--set", "产值权重=0%")
    rows = list(csv.DictReader(io.StringIO(run("rank", "parks", FILES[0], "-q", *settings).out)))
    level = [float(row["工业亩均税收"]) for row in rows]
    assert level == sorted(level, reverse=True)


@pytest.mark.parametrize("command", [("rank", "parks"), ("track",)])
def test_rows_set_aside_are_handed_back(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Rankings and targets leave rows out for the same reasons as lists do, and hand them back as well."""
    odd, out = tmp_path / "odd.csv", tmp_path / "搁置.csv"
    odd.write_text("企业名称,年度,税收(万元),用地面积(亩)\n,2023,5,3\n", encoding="utf-8")
    ran = run(*command, *FILES, odd, "--set-aside", out)
    assert (ran.code, f"已写入 {out}" in ran.err) == (0, True)
    [row] = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig")))
    assert (row["文件"], row["行"], row["代码"], row["原文"]) == (str(odd), "2", "M301", " | 2023 | 5 | 3")


def test_a_folder_written_to_is_told_with_its_files(tmp_path: Path) -> None:
    """Of a folder as target, the files in it are named, as for lists."""
    ran = run("rank", "parks", *FILES, "-o", f"{tmp_path}/")
    assert [file.name for file in tmp_path.iterdir()] == ["园区排名.csv"]
    assert ran.err.splitlines()[-1] == f"已写入 {tmp_path}/：园区排名.csv"


def test_the_rules_tell_of_targets_and_rankings() -> None:
    """Rules list names them, rules show reads them, rules check counts them."""
    listed = run("rules", "list").out
    assert "规上工业企业入园率" in listed
    assert "parks" in listed
    assert "水平 >= 80%" in run("rules", "show", "规上工业企业入园率").out
    assert "空间提升" in run("rules", "show", "parks").out
    assert "合计(税收) / 合计(用地面积)" in run("rules", "show", "工业亩均税收").out
    assert "37 个目标、5 个排名" in run("rules", "check").out
