"""``mujun rules``: what a pack says, in words, in SQL, as a copy and as a schema."""

from __future__ import annotations

import importlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml

from mujun.cli.rules import KINDS
from mujun.pack.schemas import schemas
from mujun.width import display_width
from tests.cli.program import DATA, run

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

jsonschema = importlib.import_module("jsonschema")  # comes without types

LISTS = ("低效用地", "临界", "高税少地", "两年未上规", "无人")
FILES = {
    "pack": ["pack.yaml"],
    "fields": ["fields.yaml"],
    "indicators": ["indicators.yaml"],
    "list": [f"lists/{path.name}" for path in sorted((DATA / "pack" / "lists").iterdir())],
}


def test_list(snapshot: SnapshotAssertion) -> None:
    """`rules list` names the lists, parameters, indicators and fields of a pack."""
    ran = run("rules", "list", "--rules", "pack")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


@pytest.mark.parametrize("name", LISTS)
def test_show(name: str, snapshot: SnapshotAssertion) -> None:
    """`rules show` puts a list into words: conditions, order, routes, parameters, and the data it needs."""
    ran = run("rules", "show", name, "--rules", "pack")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


def test_show_with_a_parameter_set() -> None:
    """`rules show --set` shows the rule as it then is."""
    out = run("rules", "show", "临界", "--rules", "pack", "--set", "低效线=4万元/亩").out
    assert "低效线 = 4万元/亩" in out
    assert "3万元/亩" not in out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_on_a_terminal_lines_are_wrapped(columns: int) -> None:
    """On a terminal no line of `rules list` and `rules show` is wider than it, and nothing is left out."""
    for args in (["rules", "list"], *(["rules", "show", name] for name in LISTS)):
        piped, shown = run(*args, "--rules", "pack"), run(*args, "--rules", "pack", columns=columns, terminal=True)
        assert shown.code == 0
        assert max(map(display_width, shown.out.splitlines())) <= columns
        assert "…" not in shown.out
        assert sorted("".join(shown.out.split())) == sorted("".join(piped.out.split()))


def test_check() -> None:
    """`rules check` says of a sound pack that it is, and how much is in it."""
    ran = run("rules", "check", "pack")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "yiping：5 张清单、3 个指标、5 个参数，没有错误\n"


def test_sql(snapshot: SnapshotAssertion) -> None:
    """`rules sql` is the SQL of the lists asked for, commented with their clauses."""
    ran = run("rules", "sql", "--rules", "pack", "--list", "低效用地", "--year", "2023")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snapshot


def test_copy(tmp_path: Path) -> None:
    """`rules copy` makes a pack of one's own, the same in every file, and says on stderr what to do with it."""
    mine = tmp_path / "mine"
    ran = run("rules", "copy", mine, "--rules", "pack")
    assert (ran.code, ran.raw) == (0, b"")
    assert f"已复制到 {mine}，" in ran.err
    files = [path.relative_to(mine) for path in sorted(mine.rglob("*.yaml"))]
    assert files == [path.relative_to(DATA / "pack") for path in sorted((DATA / "pack").rglob("*.yaml"))]
    assert all((mine / file).read_bytes() == (DATA / "pack" / file).read_bytes() for file in files)
    assert run("rules", "check", mine).code == 0


def test_a_copy_that_fails_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not every file can be copied, none is left, and the reason is said in Chinese."""

    def full(_: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(shutil, "copyfile", full)
    ran = run("rules", "copy", tmp_path / "mine", "--rules", "pack")
    assert ran.code == 3
    assert "磁盘已满" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", list(FILES))
def test_schema(kind: str) -> None:
    """`rules schema` gives a JSON Schema that the files of a sound pack meet, and a misspelt key does not."""
    schema = json.loads(run("rules", "schema", kind).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    for name in FILES[kind]:
        value = yaml.safe_load((DATA / "pack" / name).read_text(encoding="utf-8"))
        assert list(check.iter_errors(value)) == []
        assert list(check.iter_errors({**value, "没有": 1}))


def test_every_kind_of_file_has_a_schema() -> None:
    """`rules schema` offers each kind of file that there is, and its help names them all."""
    assert set(KINDS) == set(schemas())
    text = run("rules", "schema", "--help").out
    assert all(kind in text for kind in KINDS)


def test_a_method_is_shown(tmp_path: Path) -> None:
    """`rules show` puts a method into words: the pack's own by name or by the field it fills, a shipped one, a file."""
    own = run("rules", "show", "综合评价").out
    assert own == run("rules", "show", "jindong").out
    assert "步骤  各项得分 → 合计 × 修正系数" in own
    assert "亩均税收 30 分 = 亩均税收 ÷ 26.01万元/亩 × 30" in run("rules", "show", "huangyan-2021").out
    assert "不完整，不能运行，尚缺\n  其余 18 分" in run("rules", "show", "yiwu-2022").out
    file = tmp_path / "mine.yaml"
    file.write_text("method: mine\nextends: huangyan-2021\nparameters: {A档线: {value: 25%}}\n", encoding="utf-8")
    assert "A 前 30%（A档线）" in run("rules", "show", file, "--set", "A档线=30%").out


def test_a_method_is_listed_and_counted() -> None:
    """`rules list` names the pack's method and those that come with mujun, `rules check` counts it."""
    listed = run("rules", "list").out
    assert "评价办法" in listed
    assert "自带的评价办法：anhui-county、" in listed
    assert "、1 个评价办法（jindong）" in run("rules", "check", "jindong").out


def test_a_method_that_does_not_fit_the_pack() -> None:
    """A method that needs what the pack does not have is refused with the place, and no traceback."""
    ran = run("rules", "show", "huangyan-2021", "--rules", "pack")
    assert ran.code == 3
    assert "评价办法用于政策包“yiping”时有" in ran.err
    assert "评价办法“huangyan-2021”要用指标“亩均增加值”，政策包“yiping”没有" in ran.err


def test_a_pack_with_control_characters_is_shown_without(tmp_path: Path) -> None:
    """What a pack holds reaches a terminal without control characters."""
    shutil.copytree(DATA / "pack", tmp_path / "pack")
    file = tmp_path / "pack" / "lists" / "5-nobody.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("谁也不在其中", '"红\\e[31m字\\u202e"'), encoding="utf-8")
    for args in (["list"], ["show", "无人"], ["sql"]):
        ran = run("rules", *args, "--rules", tmp_path / "pack", terminal=True)
        assert ran.code == 0, ran.err
        assert ran.out.replace("\n", "").isprintable()
