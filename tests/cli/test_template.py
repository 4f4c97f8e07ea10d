"""``mujun template``: the form to send to a department."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mujun.intake.books import open_book
from mujun.output.form import GUIDE
from tests.cli.program import Ran, run
from tests.cli.test_errors import check

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = ["统一社会信用代码", "企业名称", "年度"]


def template(path: Path | str, *more: str) -> Ran:
    """Write a form of the invented pack."""
    return run("template", "--rules", "pack", *more, "-o", path)


def headers(path: Path) -> list[str]:
    """The columns of the form."""
    first, guide = open_book(path, path.name)
    assert guide.name == GUIDE
    [row] = first.rows
    return row


def test_a_form_has_every_field(tmp_path: Path) -> None:
    """Without more said the form has every field of the dataset, units in brackets, and stderr says so."""
    path = tmp_path / "表.xlsx"
    ran = template(path)
    assert (ran.code, ran.raw) == (0, b"")
    assert ran.err == f"已写入 {path}：企业，8 列\n"
    assert headers(path) == [*IDENTITY, "乡镇街道", "税收(万元)", "用地面积(亩)", "规上", "土地状态"]
    assert [file.name for file in tmp_path.iterdir()] == ["表.xlsx"]


def test_the_dataset_may_be_named(tmp_path: Path) -> None:
    """The dataset of the lists is that of the form, whether it is named or not."""
    assert template(tmp_path / "a.xlsx", "企业").code == template(tmp_path / "b.xlsx").code == 0
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (["--columns", "税收，企业名称"], ["税收(万元)"]),
        (["--columns", "规上,税收"], ["规上", "税收(万元)"]),
        (["--list", "两年未上规"], ["乡镇街道", "税收(万元)", "用地面积(亩)", "规上"]),
        (
            ["--list", "两年未上规", "--columns", "土地状态"],
            ["乡镇街道", "税收(万元)", "用地面积(亩)", "规上", "土地状态"],
        ),
    ],
)
def test_only_some_fields(tmp_path: Path, options: list[str], wanted: list[str]) -> None:
    """--columns asks for these fields, --list for what the lists need, and who it is is always asked."""
    path = tmp_path / "表.xlsx"
    assert template(path, *options).code == 0
    assert headers(path) == [*IDENTITY, *wanted]


@pytest.mark.parametrize("options", [[], ["-o", "-"]])
def test_a_pipe_gets_the_bytes_of_the_file(tmp_path: Path, options: list[str]) -> None:
    """Where stdout is no terminal the workbook goes there."""
    template(tmp_path / "表.xlsx")
    ran = run("template", "--rules", "pack", *options)
    assert (ran.code, ran.err) == (0, "")
    assert ran.raw == (tmp_path / "表.xlsx").read_bytes()


@pytest.mark.parametrize("options", [[], ["-o", "-"]])
def test_a_terminal_gets_no_workbook(options: list[str]) -> None:
    """On a terminal the workbook is refused, with what to write instead."""
    ran = run("template", "--rules", "pack", *options, terminal=True)
    check(ran)
    assert (ran.code, ran.err) == (
        2, "错误：填报表是 Excel 文件，不能显示在终端上\n请写入文件：-o 填报表.xlsx\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("表.xlsx", ["企"], "没有数据集“企”，是否想写“企业”"),
        ("表.xlsx", ["--columns", "税"], "没有字段“税”，是否想写“税收”"),
        ("表.xlsx", ["--list", "低效"], "没有清单“低效”，是否想写“低效用地”"),
        ("表.csv", [], "填报表是 Excel 文件，不能写成“{folder}/表.csv”"),
        ("", [], "填报表是 Excel 文件，不能写成“{folder}/”"),
        ("没有/表.xlsx", [], "没有文件夹“{folder}/没有”"),
    ],
)
def test_wrong_usage(tmp_path: Path, name: str, options: list[str], said: str) -> None:
    """What there is not is told with the nearest that there is, and nothing is written."""
    ran = template(f"{tmp_path}/{name}", *options)
    check(ran)
    assert ran.code == 2
    assert ran.err.startswith(f"错误：{said.format(folder=tmp_path)}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """A form that may have been filled in is not written over."""
    path = tmp_path / "表.xlsx"
    path.write_bytes(b"old")
    ran = template(path)
    check(ran)
    assert ran.code == 2
    assert "已存在，不覆盖" in ran.err
    assert path.read_bytes() == b"old"
