"""Errors: one or two lines of Chinese on stderr, and the exit code."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

import pytest

import mujun.api
from mujun import faults
from mujun.cli import errors
from mujun.errors import MujunError
from tests.cli.program import JUDGE, Ran, run

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

WRONG_USAGE = [
    ["frobnicate"],
    ["clasify"],
    ["数据.csv"],
    ["--frobnicate"],
    ["--versio"],
    ["classify"],
    ["classify", "a.csv", "--frobnicate"],
    ["classify", "a.csv", "--limt", "3"],
    ["classify", "a.csv", "-z"],
    ["classify", "a.csv", "--limit"],
    ["classify", "a.csv", "--limit", "abc"],
    ["classify", "a.csv", "--limit", "-1"],
    ["classify", "a.csv", "--limit", "1.5"],
    ["classify", "a.csv", "--year", "今年"],
    ["classify", "a.csv", "--year", "23"],
    ["classify", "a.csv", "--set", "低效线"],
    ["classify", "a.csv", "--map", "=税收"],
    ["classify", "a.csv", "--list", "，"],
    ["classify", "a.csv", "--columns", ""],
    ["classify", "a.csv", "-f", "xls"],
    ["classify", "a.csv", "-f", "jsno"],
    ["classify", "a.csv", "--fail-on", "严重"],
    ["classify", "a.csv", "--quiet=1"],
    ["classify", "a.csv", "--rules", "jindon"],
    [*JUDGE, "--list", "低效"],
    [*JUDGE, "--columns", "税"],
    [*JUDGE, "--outcomes", "--columns", "税收"],
    [*JUDGE, "--year", "2019"],
    [*JUDGE, "--set", "低线=4万元/亩"],
    [*JUDGE, "--set", "低效线=4万元"],
    [*JUDGE, "--map", "没有=税收"],
    ["rules", "chek"],
    ["rules", "show"],
    ["rules", "show", "低效", "--rules", "pack"],
    ["rules", "schema"],
    ["rules", "schema", "lists"],
    ["rules", "copy"],
    ["rules", "copy", "pack"],
    ["rules", "check", "nowhere"],
]
COULD_NOT = [
    ["classify", "nowhere.csv"],
    ["classify", "pack"],
    ["classify", "a\x1b[31m\u202e.csv"],
    ["classify", "__init__.py", "--rules", "pack"],
]
_OURS = re.compile(r"mujun( classify| rules)?( [a-z]+)?|--?[a-z-]+|CSV UTF-8|JSON Schema|rules/jindong")


def in_chinese(text: str) -> bool:
    """Whether no two English words stand side by side, save commands and options."""
    return not re.search(r"[A-Za-z']{2,} [A-Za-z']{2,}", _OURS.sub("·", text))


def check(ran: Ran) -> None:
    """Whatever is wrong, there are one or two lines in Chinese, nothing on stdout, and no control character."""
    assert ran.raw == b""
    assert 1 <= len(ran.err.splitlines()) <= 2
    assert ran.err.startswith("错误：")
    assert ran.err.replace("\n", "").isprintable()
    assert in_chinese(ran.err), ran.err


@pytest.mark.parametrize("args", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_is_exit_code_2(args: list[str], snapshot: SnapshotAssertion) -> None:
    """Wrong usage is told in Chinese, with the nearest right one or where to look, and the exit code is 2."""
    ran = run(*args)
    check(ran)
    assert ran.code == 2
    assert ran.err == snapshot


@pytest.mark.parametrize("args", COULD_NOT, ids=lambda args: ascii(" ".join(args)))
def test_what_cannot_be_done_is_exit_code_3(args: list[str]) -> None:
    """A file that is not there, or is no table, is told in Chinese without control characters, and the code is 3."""
    ran = run(*args)
    check(ran)
    assert ran.code == 3


@pytest.mark.parametrize("args", [[], ["rules"]])
def test_no_command_is_answered_with_the_help(args: list[str]) -> None:
    """Without a command the help goes to stderr, as nothing was done, and the exit code is 2."""
    ran = run(*args)
    assert (ran.code, ran.raw) == (2, b"")
    assert ran.err == run(*args, "--help").out


def test_a_faulty_pack_names_every_fault(tmp_path: Path) -> None:
    """A pack with faults is refused with a line for each, file, line and column first, and exit code 3."""
    (tmp_path / "pack.yaml").write_text("pack: a\n", encoding="utf-8")
    for args in (["rules", "check", str(tmp_path)], ["classify", "enterprises.csv", "--rules", str(tmp_path)]):
        ran = run(*args)
        assert (ran.code, ran.raw) == (3, b"")
        assert ran.err.startswith("错误：政策包有 ")
        assert re.search(r"pack\.yaml:\d+:\d+：", ran.err)
        assert in_chinese(ran.err.replace(str(tmp_path), ""))


def test_an_error_inside_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of mujun is told in two lines with exit code 3; MUJUN_DEBUG shows where it is."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(mujun.api, "evaluate", broken)
    ran = run(*JUDGE)
    assert ran.code == 3
    assert ran.err.splitlines() == [
        "错误：mujun 内部出错（ZeroDivisionError: division by zero）",
        "这是 mujun 的缺陷，请把命令和版本号报告给维护者；设 MUJUN_DEBUG=1 可看详情",
    ]
    monkeypatch.setenv("MUJUN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(*JUDGE)


def test_a_message_with_control_characters_is_made_safe(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an error quotes, its message reaches the terminal without control characters."""
    assert errors.report(MujunError("坏\x1b[31m的\u202e名\r称", "看\x9b看\n再看")) == 3
    assert capsys.readouterr().err == "错误：坏�[31m的�名�称\n看�看\n再看\n"


def test_an_interruption_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with one line and exit code 130."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(mujun.api, "evaluate", interrupted)
    ran = run(*JUDGE)
    assert (ran.code, ran.raw, ran.err.strip()) == (130, b"", "已中断")


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_is_in_chinese(number: int) -> None:
    """The usual errors of the system have a reason and a next step in Chinese, the rare ones their number."""
    error = OSError(number, os.strerror(number), "a.csv")
    usual = (errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.ENAMETOOLONG, errno.EIO, errno.EBADF)
    assert faults.advice(error)
    if number in usual:
        assert in_chinese(faults.reason(error))
    else:
        assert in_chinese(faults.reason(error)) or str(number) in faults.reason(error)


def test_an_error_of_the_system_names_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    """An error of the system that no one expected still says which file, and why."""
    assert errors.report(OSError(errno.EROFS, "Read-only file system", "a.csv")) == 3
    assert capsys.readouterr().err == "错误：“a.csv”：磁盘是只读的\n请换一个位置\n"
