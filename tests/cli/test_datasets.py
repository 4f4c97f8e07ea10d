"""The command line over files that are not of enterprises alone: projects, beside enterprises and a ledger."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import DATA, run

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

PROJECTS = DATA / "projects.csv"
FIRMS = "统一社会信用代码,企业名称,年度,税收(万元),用地面积(亩)\n91330703A0MLW9562D,甲公司,2023,5,2\n"
LISTS = "五未项目,项目逾期,投资强度未履约"
AS_OF = ("--as-of", "2022-06-30")


@pytest.fixture(autouse=True)
def _packs_are_kept(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the pack anew for each run would take longer than all the rest."""
    folder = tmp_path_factory.getbasetemp() / "packs"
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("MUJUN_CACHE", str(folder))


def said(text: str) -> str:
    """Messages without the folder of the data."""
    return re.sub(r"\S*/(projects|企业|台账)", r"\1", text)


@pytest.mark.parametrize("format_", ["csv", "json", "md", "table"])
def test_the_lists_of_projects(format_: str, snapshot: SnapshotAssertion) -> None:
    """The lists of projects come out in every format as they did when checked by hand; dates as 2021-05-03."""
    ran = run("classify", PROJECTS, *AS_OF, "--list", LISTS, "-f", format_)
    assert ran.code == 0
    assert (ran.out, said(ran.err)) == snapshot


def test_the_outcomes_of_projects(snapshot: SnapshotAssertion) -> None:
    """The nine columns hold number and name of a project where they hold code and name of an enterprise."""
    ran = run("classify", PROJECTS, *AS_OF, "--list", LISTS, "--outcomes", "-q")
    assert ran.code == 0
    assert ran.out == snapshot


def test_a_check_of_several_datasets(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    """``mujun check`` tells of each dataset: rows, fields, lists, and what is odd."""
    firms, ledger = tmp_path / "企业.csv", tmp_path / "台账.csv"
    firms.write_text(FIRMS, encoding="utf-8")
    ledger.write_text("日期,事项,数量,单位\n" + "2021-01-04,改造旧厂房,2,万㎡\n" * 2, encoding="utf-8")
    ran = run("check", firms, PROJECTS, ledger, *AS_OF)
    assert ran.code == 0
    shown = ran.out.partition("清单（")
    assert said(shown[0]) == snapshot
    assert said(shown[2].partition("问题")[2]) == snapshot


def test_today_is_said() -> None:
    """Where a list rests on 基准日 and nobody chose it, today is taken and it is said; not otherwise."""
    today = datetime.datetime.now().astimezone().date().isoformat()
    ran = run("classify", PROJECTS, "--list", "五未项目")
    assert f"基准日按今天（{today}）计，可用 --as-of 另设" in ran.err
    assert "基准日按今天" not in run("classify", PROJECTS, "--list", "五未项目", *AS_OF).err
    assert "基准日按今天" not in run("classify", PROJECTS, "--list", "五未项目", "-q").err


@pytest.mark.parametrize("day", ["2022-02-30", "明天", "2022", "22-01-01"])
def test_a_day_that_is_none(day: str) -> None:
    """``--as-of`` takes a day of the calendar and says so otherwise."""
    ran = run("classify", PROJECTS, "--as-of", day)
    assert ran.code == 2
    assert "--as-of" in ran.err


def test_rows_set_aside_of_any_dataset(tmp_path: Path) -> None:
    """``--set-aside`` hands back rows of projects with their reasons."""
    out = tmp_path / "搁置.csv"
    assert run("classify", PROJECTS, *AS_OF, "--list", LISTS, "--set-aside", out, "-q").code == 0
    rows = out.read_text(encoding="utf-8-sig").splitlines()[1:]
    assert [line.split(",")[2:4] for line in rows] == [["6", "M303"], ["7", "M303"], ["8", "M311"]]
    assert "同一项目而数据不同" in rows[0]


def test_what_cannot_be_made_of_projects_alone() -> None:
    """Lists of enterprises are not blamed on a file of projects; asked for alone, they are refused."""
    ran = run("classify", PROJECTS, *AS_OF)
    assert (ran.code, "没有“企业”的数据，未判定清单：低效用地、" in ran.err) == (0, True)
    ran = run("classify", PROJECTS, "--list", "低效用地")
    assert (ran.code, ran.out) == (3, "")
    assert "没有“企业”的数据，未判定清单：低效用地" in ran.err


def test_a_map_keeps_what_a_file_holds(tmp_path: Path) -> None:
    """``--save-map`` notes that a file holds projects, and ``--map`` reads it so."""
    kept = tmp_path / "map.yaml"
    assert run("check", PROJECTS, *AS_OF, "--save-map", kept).code == 0
    assert "数据: 项目" in kept.read_text(encoding="utf-8")
    ran = run("classify", PROJECTS, *AS_OF, "--list", LISTS, "--map", kept)
    assert (ran.code, "M501" in ran.err) == (0, False)
    assert ran.out == run("classify", PROJECTS, *AS_OF, "--list", LISTS).out


def test_the_plan_as_sql() -> None:
    """``mujun rules sql`` writes the statements of each dataset, as of the day asked for."""
    ran = run("rules", "sql", "--list", "五未项目,非工业用地", *AS_OF)
    assert ran.code == 0
    assert 'CREATE TABLE "结论·项目"' in ran.out
    assert 'CREATE TABLE "结论·地块"' in ran.out
    assert "DATE '2022-06-30'" in ran.out
