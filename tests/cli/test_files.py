"""``-o``: files that appear whole or not at all, never over an input, under names that are safe."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from mujun.cli import errors
from mujun.engine.duckdb import Engine
from tests.cli.program import DATA, JUDGE, Ran, classify, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOM = b"\xef\xbb\xbf"


def to(path: Path | str, *more: str) -> Ran:
    """Write the lists to a path."""
    return run(*JUDGE, *more, "-o", path)


def files(folder: Path) -> list[str]:
    """The names of all that is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("name", "format_"),
    [("a.csv", "csv"), ("a.tsv", "tsv"), ("a.json", "json"), ("a.jsonl", "jsonl"), ("a.md", "md"), ("清单.CSV", "csv")],
)
def test_the_suffix_is_the_format(tmp_path: Path, name: str, format_: str) -> None:
    """The file has the format of its suffix, and a byte order mark where it is a CSV."""
    ran = to(tmp_path / name)
    assert (ran.code, ran.raw) == (0, b"")
    assert (tmp_path / name).read_bytes() == (BOM if format_ == "csv" else b"") + classify("-f", format_).raw
    assert files(tmp_path) == [name]


def test_a_table_in_a_file_has_every_column(tmp_path: Path) -> None:
    """A file is as wide as it takes: nothing is hidden or cut."""
    to(tmp_path / "a.txt")
    text = (tmp_path / "a.txt").read_text(encoding="utf-8")
    assert "宽度不够" not in text
    assert "…" not in text
    assert "收回：土地状态为闲置" in text


@pytest.mark.parametrize(
    ("options", "name", "marked"),
    [
        ([], "a.csv", True),
        (["--no-bom"], "a.csv", False),
        (["--bom"], "a.csv", True),
        ([], "a.tsv", False),
        (["--bom"], "a.tsv", True),
        (["-f", "csv"], "a.txt", True),
        (["-f", "json"], "a.csv", False),
    ],
)
def test_where_the_byte_order_mark_goes(tmp_path: Path, options: list[str], name: str, marked: bool) -> None:
    """CSV files open with a byte order mark unless told otherwise, other files only if asked."""
    assert to(tmp_path / name, *options).code == 0
    assert (tmp_path / name).read_bytes().startswith(BOM) == marked


def test_a_pipe_has_no_byte_order_mark_unless_asked() -> None:
    """On stdout there is a byte order mark only with --bom."""
    assert not classify().raw.startswith(BOM)
    assert classify("--bom").raw == BOM + classify().raw


def test_a_dash_is_stdout() -> None:
    """``-o -`` writes to stdout like no -o at all."""
    assert classify("-o", "-").raw == classify().raw


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_gets_one_file_for_each_list(tmp_path: Path, slash: str) -> None:
    """A folder gets a file for each list, in CSV or the format asked for; with a slash it is made if need be."""
    folder = tmp_path / "新" / "清单" if slash else tmp_path
    ran = run(*JUDGE[:-1], "-o", f"{folder}{slash}", "--list", "低效用地,无人")
    assert ran.code == 0
    assert files(folder) == ["低效用地.csv", "无人.csv"]
    assert (folder / "低效用地.csv").read_bytes() == BOM + classify("--list", "低效用地").raw
    assert ran.err.endswith(f"已写入 {folder}{slash}：低效用地.csv、无人.csv\n")
    assert to(f"{folder}{slash}", "-f", "md", "--list", "无人").code == 0
    assert (folder / "无人.md").read_bytes() == classify("-f", "md", "--list", "无人").raw


@pytest.mark.parametrize("disguise", ["plain", "dots", "symlink", "hardlink", "folder", "pack"])
def test_an_input_is_never_overwritten(tmp_path: Path, disguise: str) -> None:
    """However the path is spelt, an input is refused as the output before anything is written."""
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    data, pack = tmp_path / "enterprises.csv", tmp_path / "pack"
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    target = {
        "plain": data, "dots": tmp_path / "pack" / ".." / "enterprises.csv", "symlink": tmp_path / "s.csv",
        "hardlink": tmp_path / "h.csv", "folder": tmp_path, "pack": pack / "lists" / "1-low.yaml",
    }[disguise]  # fmt: skip
    options = ["-f", "csv"] if disguise == "pack" else []
    if disguise == "symlink":
        target.symlink_to(data)
    elif disguise == "hardlink":
        target.hardlink_to(data)
    elif disguise == "folder":
        data = data.rename(tmp_path / "无人.csv")
        before[data] = before.pop(tmp_path / "enterprises.csv")
    ran = run("classify", data, "--rules", pack, *options, "-o", target)
    assert ran.code == 2
    assert "是输入文件，不能覆盖\n" in ran.err
    assert {path: path.read_bytes() for path in before} == before
    assert len([path for path in tmp_path.rglob("*") if path.is_file() and path != target]) <= len(before)


@pytest.fixture
def _short_of_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full after the first rows."""
    rows = Engine.rows

    def until_full(engine: Engine, *queries: str) -> Iterator[list[tuple[Any, ...]]]:
        yield next(rows(engine, *queries))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Engine, "rows", until_full)


def test_what_cannot_be_written_is_not_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full the queries under way end before that is told, and not whenever memory is cleared."""
    ended, known, report = [], [], errors.report

    def rows(_: Engine, *__: str) -> Iterator[list[tuple[Any, ...]]]:
        try:
            while True:
                yield [(b"1" * 1000,)] * 1000
        finally:
            ended.append("rows")

    def told(problem: BaseException) -> int:
        known.extend(ended)
        return report(problem)

    monkeypatch.setattr(Engine, "rows", rows)
    monkeypatch.setattr(errors, "report", told)
    assert to("/dev/full", "-f", "csv").code == 3
    assert known == ["rows"]


@pytest.mark.usefixtures("_short_of_disk")
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.md", ""])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    """Where writing fails half-way the old files stay as they were, nothing else is left, and the exit code is 3."""
    old = tmp_path / (name or "低效用地.csv")
    old.write_text("旧", encoding="utf-8")
    ran = to(tmp_path / name)
    assert ran.code == 3
    assert ran.err == f"错误：无法写入“{old}”：磁盘已满\n请腾出空间，或换一个位置\n"
    assert files(tmp_path) == [old.name]
    assert old.read_text(encoding="utf-8") == "旧"


def test_lists_of_a_folder_appear_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the third list fails the first two are not put in place either."""
    rows, calls = Engine.rows, []

    def third_fails(engine: Engine, *queries: str) -> Iterator[list[tuple[Any, ...]]]:
        calls.append(queries)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        yield from rows(engine, *queries)

    monkeypatch.setattr(Engine, "rows", third_fails)
    ran = to(tmp_path)
    assert ran.code == 3
    assert "高税少地.csv”：磁盘已满" in ran.err
    assert files(tmp_path) == []


def test_an_interrupted_file_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while writing leaves the old file and no half of the new one."""

    def stopped(_: Engine, *__: str) -> Iterator[list[tuple[Any, ...]]]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Engine, "rows", stopped)
    (tmp_path / "a.csv").write_text("旧", encoding="utf-8")
    ran = to(tmp_path / "a.csv")
    assert (ran.code, ran.err.strip()) == (130, "已中断")
    assert files(tmp_path) == ["a.csv"]
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "旧"


def test_the_new_file_has_the_permissions_of_the_old(tmp_path: Path) -> None:
    """Who may read the old file may read the new one, and a link still leads to its file."""
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("旧", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    assert to(link).code == 0
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes() == BOM + classify().raw


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """Anything that is no plain file, such as /dev/full, is written to and stays what it is."""
    null = tmp_path / "null.csv"
    null.symlink_to("/dev/null")
    assert to(null).code == 0
    assert null.is_char_device()
    ran = to("/dev/full", "-f", "csv")
    assert (ran.code, ran.err) == (3, "错误：无法写入“/dev/full”：磁盘已满\n请腾出空间，或换一个位置\n")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("none/a.csv", 2, "没有文件夹“{folder}/none”"),
        ("a.xlsx", 2, "从“a.xlsx”看不出格式"),
        ("none", 2, "从“none”看不出格式"),
        ("file.csv/b.csv", 2, "没有文件夹“{folder}/file.csv”"),
        ("file.csv/", 3, "无法写入“{folder}/file.csv”：已有同名的文件"),
        ("长" * 100 + ".csv", 3, "无法写入“{folder}/" + "长" * 100 + ".csv”：名称太长"),
    ],
)
def test_a_path_that_cannot_be(tmp_path: Path, name: str, code: int, message: str) -> None:
    """A path that makes no sense is refused with the reason and the next step, and nothing is written."""
    (tmp_path / "file.csv").write_text("", encoding="utf-8")
    ran = to(f"{tmp_path}/{name}")
    assert ran.code == code
    assert ran.err.startswith(f"错误：{message.format(folder=tmp_path)}")
    assert len(ran.err.splitlines()) == 2
    assert files(tmp_path) == ["file.csv"]


def test_a_file_that_may_not_be_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only file is not replaced, though its folder would allow it."""
    old = tmp_path / "a.csv"
    old.write_text("旧", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)  # root may write anything
    ran = to(old)
    assert (ran.code, old.read_text(encoding="utf-8")) == (3, "旧")
    assert ran.err == f"错误：无法写入“{old}”：没有权限\n请核对权限，或换一个路径\n"


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file can be made, the reason is said in Chinese."""
    open_ = os.open

    def denied(path: Path, *args: int, **more: int) -> int:
        if str(path).endswith(".tmp"):
            raise PermissionError(13, "Permission denied")
        return open_(path, *args, **more)

    monkeypatch.setattr(os, "open", denied)
    ran = to(tmp_path / "a.csv")
    assert ran.code == 3
    assert "：没有权限\n请核对权限，以及文件是否正被其他程序（如 Excel）打开\n" in ran.err


def test_a_byte_order_mark_makes_no_sense_in_json() -> None:
    """--bom with a format that has none is wrong usage."""
    ran = classify("--bom", "-f", "json")
    assert (ran.code, ran.err) == (2, "错误：--bom 只用于 csv 和 tsv，不用于 json\n请去掉 --bom\n")
