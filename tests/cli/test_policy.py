"""``mujun policy``: the ledger in every format, its sums, what it says of missing tariffs, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import DATA, ROOT, Ran, run

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion


def policy(*args: str | Path, columns: int = 80, terminal: bool = False) -> Ran:
    """``mujun policy`` over the invented enterprises by the invented measures."""
    own = ("--rules", "pack", "--policies", "policies.yaml")
    return run("policy", "enterprises.csv", *own, *args, columns=columns, terminal=terminal)


@pytest.mark.parametrize("format_", ["csv", "json", "md", "table"])
def test_the_ledger(format_: str, snapshot: SnapshotAssertion) -> None:
    """The ledger comes out in every format as it did when it was checked by hand."""
    ran = policy("-f", format_, "-q", columns=110)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


def test_what_is_said_of_it(snapshot: SnapshotAssertion) -> None:
    """Beside the ledger: the balance, what each measure comes to, which tariffs are missing and where to write them."""
    ran = policy("-f", "csv")
    assert ran.code == 0
    assert ran.err == snapshot


@pytest.mark.parametrize("by", ["乡镇街道", "土地状态"])
def test_sums_by_groups(by: str, snapshot: SnapshotAssertion) -> None:
    """``--by`` gives the sums of each group, and how many are open."""
    ran = policy("-f", "csv", "-q", "--by", by)
    assert ran.code == 0
    assert ran.out == snapshot


def test_on_a_terminal(snapshot: SnapshotAssertion) -> None:
    """On a terminal of 80 columns the amounts are there, and it is said what is not."""
    ran = policy("--limit", "4", terminal=True)
    assert ran.out == snapshot


def test_everyone() -> None:
    """``--all`` has a row for each enterprise; those whom nothing concerns have no amounts and lack nothing."""
    few, all_ = ([*csv.DictReader(io.StringIO(policy("-f", "csv", "-q", *more).out))] for more in ((), ("--all",)))
    assert len(all_) == 16 > len(few)
    rest = [row for row in all_ if row not in few]
    assert all(not row["合计"] and not row["缺少"] and not row["依据"] for row in rest)


def test_columns_of_ones_own() -> None:
    """``--columns`` picks columns of the ledger, and other fields and indicators of the pack."""
    header, *rows = csv.reader(io.StringIO(policy("-q", "--columns", "企业名称,亩均税收,合计").out))
    assert header == ["企业名称", "亩均税收", "合计"]
    assert any(row[1] for row in rows)
    assert policy("-q", "--columns", "企业名称,合记").code == 2


def test_into_files(tmp_path: Path) -> None:
    """``-o`` writes the ledger to a file, by its suffix, and to a folder."""
    assert policy("-q", "-o", tmp_path / "台账.json").code == 0
    assert json.loads((tmp_path / "台账.json").read_text(encoding="utf-8"))
    assert policy("-q", "-o", f"{tmp_path}/folder/").code == 0
    assert [file.name for file in (tmp_path / "folder").iterdir()] == ["差别化政策.csv"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--by", "乡镇"), "没有列“乡镇”，是否想写“乡镇街道”"),
        (("--by", "税收"), "“税收”是数字，不能用来分组"),
        (("--policies", "nowhere.yaml"), "没有文件“nowhere.yaml”"),
        (("--policies", "pack/pack.yaml"), "差别化政策用于政策包“yiping”时有"),
        (("--as-of", "2023-13-01"), "没有“2023-13-01”这一天"),
        (("--year", "1999"), "数据里没有 1999 年"),
    ],
)
def test_what_is_refused(args: tuple[str, ...], says: str) -> None:
    """A wrong option is refused in a line or two that say what is wrong."""
    ran = policy(*args)
    assert ran.code in (2, 3)
    assert says in ran.err
    assert not ran.out


def test_a_pack_without_measures() -> None:
    """A pack without ``policies.yaml`` says how to give one."""
    ran = run("policy", "enterprises.csv", "--rules", "pack")
    assert ran.code == 2
    assert "没有差别化政策（policies.yaml）" in ran.err
    assert "--policies" in ran.err


@pytest.mark.parametrize(("day", "there"), [("2022-12-31", False), ("2023-01-01", True)])
def test_tariffs_of_a_day(day: str, there: bool) -> None:
    """``--as-of`` chooses the tariffs in force; before the first there is none, and it is said so."""
    ran = policy("-f", "csv", "--as-of", day)
    rows = [*csv.DictReader(io.StringIO(ran.out))]
    assert any(row["土地使用税加收"] for row in rows) is there
    assert (f"没有 {day} 有效的标准" in ran.err) is not there


def test_the_shipped_measures_say_what_is_missing() -> None:
    """金东's tariffs are not published: each measure says so, and at which line of which file it would be written."""
    ran = run("policy", ROOT / "samples" / "data.csv", "-f", "csv")
    rows = [*csv.DictReader(io.StringIO(ran.out))]
    assert ran.code == 0
    assert len(rows) > 300
    assert all(not row[name] for row in rows for name in ("差别化电价", "差别化水价", "合计"))
    assert all("差别化电价的标准、差别化水价的标准" in row["缺少"] for row in rows)
    for line in ("差别化电价：标准未公布（元/千瓦时）", "rules/jindong/policies.yaml:14:3 的 tariffs"):
        assert line in ran.err


def test_the_sample_is_labelled_fictional() -> None:
    """The sample table runs over the sample data, says that it is fictional, and cites nothing that is real."""
    ran = run(
        "policy", ROOT / "samples" / "data.csv", "--policies", ROOT / "samples" / "policies-demo.yaml", "-f", "csv"
    )
    rows = [*csv.DictReader(io.StringIO(ran.out))]
    assert ran.code == 0
    assert "虚构样例" in ran.err
    assert all("虚构" in row["依据"] for row in rows if row["依据"])
    assert sum(bool(row["合计"]) for row in rows) > 1500


@pytest.mark.parametrize("name", ["差别化政策", "差别化电价"])
def test_rules_show(name: str) -> None:
    """``mujun rules show`` tells a measure, or all of them, in words."""
    ran = run("rules", "show", name)
    assert ran.code == 0
    assert "差别化电价  加收" in ran.out
    assert "标准  未公布" in ran.out
    assert ("差别化水价  加收" in ran.out) is (name == "差别化政策")


def test_rules_list_check_and_schema() -> None:
    """The measures are listed and counted, and editors can have their schema."""
    assert "差别化电价  二（一）2 政策倒逼  加收  未公布" in run("rules", "list").out
    assert "2 项差别化政策" in run("rules", "check").out
    assert "措施" in json.loads(run("rules", "schema", "policies").out)["properties"]


def test_nothing_of_the_pack_is_written_over() -> None:
    """The files that were read are never written to."""
    before = (DATA / "policies.yaml").read_bytes()
    assert policy("-q", "-f", "csv", "-o", DATA / "policies.yaml").code == 2
    assert (DATA / "policies.yaml").read_bytes() == before
