"""``mujun check --save-map`` and ``--map``: the layout of this month, and whether next month's is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.program import run

if TYPE_CHECKING:
    from pathlib import Path

TAX = """\
信用代码,企业名称,年度,税收(元),用地面积(亩)
91330703A0MLW9562D,甲公司,2023,50000,3
91330703A0Q1Y3TW1X,乙公司,2023,60000,4
"""


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """A folder with January's file and its map."""
    (tmp_path / "税收1月.csv").write_text(TAX, encoding="utf-8")
    ran = run("check", tmp_path / "税收1月.csv", "--save-map", tmp_path / "map.yaml")
    assert ran.code == 0
    assert f"已写入 {tmp_path / 'map.yaml'}" in ran.err
    return tmp_path


def test_the_same_layout_next_month_is_no_finding(month: Path) -> None:
    """Check and classify say of February, read by January's map, what they say without."""
    file = month / "税收2月.csv"
    file.write_text(TAX.replace("50000", "70000"), encoding="utf-8")
    for command in (("check", file), ("classify", file)):
        assert run(*command, "--map", month / "map.yaml") == run(*command)


def test_a_changed_layout_is_a_finding(month: Path) -> None:
    """A column of another name is told, by check and classify, and --fail-on heeds it."""
    file = month / "税收2月.csv"
    file.write_text(TAX.replace("税收(元)", "实缴(元)"), encoding="utf-8")
    ran = run("check", file, "--map", month / "map.yaml", "-f", "csv", "--fail-on", "警告")
    assert ran.code == 1
    assert ran.out.count("M501") == 2
    assert "没有列“税收(元)”（原为“税收”）" in ran.out
    ran = run("classify", file, "--map", month / "map.yaml", "--map", "实缴(元)=税收")
    assert ran.code == 0
    assert "多了列“实缴(元)”，按“税收”使用" in ran.err


def test_a_map_is_not_written_over_anything(month: Path) -> None:
    """An existing file, a file that is read, and one that --map could not read again are refused, before any work."""
    for path, told in (
        (month / "map.yaml", "已存在，不覆盖"),
        (month / "税收1月.csv", "列对应表是 YAML 文件"),
        (month / "没有" / "map.yaml", "没有文件夹"),
    ):
        before = path.read_bytes() if path.exists() else None
        ran = run("check", month / "税收1月.csv", "--save-map", path)
        assert (ran.code, ran.raw) == (2, b"")
        assert told in ran.err
        assert (path.read_bytes() if path.exists() else None) == before


def test_no_map_is_left_where_the_files_cannot_be_read(tmp_path: Path) -> None:
    """What could not be checked leaves nothing behind."""
    (tmp_path / "x.csv").write_text("项目,处室\n甲,乙\n", encoding="utf-8")
    assert run("check", tmp_path / "x.csv", "--save-map", tmp_path / "map.yaml").code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_faults_of_the_map_are_errors(month: Path) -> None:
    """A map that is not there is a wrong use; one with a misspelt field is named at its line."""
    ran = run("check", month / "税收1月.csv", "--map", month / "无.yaml")
    assert (ran.code, "没有列对应表" in ran.err) == (2, True)
    path = month / "map.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("字段: 税收", "字段: 税受"), encoding="utf-8")
    ran = run("check", month / "税收1月.csv", "--map", path)
    assert ran.code == 3
    assert "没有字段“税受”，是否想写“税收”" in ran.err
    assert "Traceback" not in ran.err
