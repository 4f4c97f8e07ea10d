"""What only a process of its own shows: what is imported, pipes, redirection, signals, terminals, odd locales."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from mujun.cli import COMMANDS
from mujun.width import display_width
from tests.cli.program import DATA, classify, environment, shell

if TYPE_CHECKING:
    from pathlib import Path

JUDGED = "$MUJUN classify enterprises.csv --rules pack -q"
_MODULES = """
import json, sys
import mujun.cli
try:
    mujun.cli.main()
finally:
    json.dump(sorted(name for name in sys.modules if "." not in name), sys.stderr)
"""


def imported(*args: str) -> set[str]:
    """The packages that a run imports."""
    command = [sys.executable, "-c", _MODULES, *args]
    ran = subprocess.run(command, cwd=DATA, env=environment(), capture_output=True, check=True)
    return set(json.loads(ran.stderr))


def test_help_imports_nothing_heavy() -> None:
    """`mujun --help` imports click and no engine, model, reader or table."""
    heavy = {"duckdb", "_duckdb", "pydantic", "yaml", "pandas", "numpy", "tabulate", "wcwidth", "tempfile", "difflib"}
    assert imported("--help") & heavy == set()


def test_help_of_a_command_imports_nothing_heavy() -> None:
    """`mujun classify --help` imports no more than the help needs."""
    heavy = {"duckdb", "_duckdb", "pydantic", "yaml", "pandas", "numpy", "tabulate", "wcwidth"}
    assert imported("classify", "--help") & heavy == set()


def test_csv_imports_no_tables() -> None:
    """`mujun classify -f csv` imports neither pandas nor what only a table on a terminal needs."""
    found = imported("classify", "enterprises.csv", "--rules", "pack", "-q", "-f", "csv")
    assert found & {"pandas", "numpy", "tabulate", "wcwidth", "json.encoder"} == set()
    assert "mujun" in found


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """`| head -1` prints its line and nothing else, also for help and messages, and the exit code is 0."""
    ran = shell(f"{JUDGED} | head -1; echo $?; $MUJUN --help | true; echo $?; $MUJUN rules sql | head -1; echo $?")
    assert ran.stderr == b""
    assert ran.stdout.decode().splitlines()[0] == classify().out.splitlines()[0]
    assert ran.stdout.decode().splitlines()[1::2][:2] == [
        "0",
        "-- 政策包 jindong：金东区工业园区“二次开发”三年行动计划2.0（2021-2023年）",
    ]
    assert ran.stdout.splitlines()[2:] == [b"0", ran.stdout.splitlines()[3], b"0"]


def test_a_full_disk_behind_stdout_is_an_error() -> None:
    """Where stdout cannot be written the reason is said once, and the exit code is 3, for data and for messages."""
    ran = shell(f"{JUDGED} >/dev/full; echo $?; $MUJUN rules check pack >/dev/full; echo $?; {JUDGED} >&-; echo $?")
    assert ran.stdout.split() == [b"3", b"3", b"3"]
    assert ran.stderr.decode().splitlines() == [
        "错误：无法写到标准输出：磁盘已满", "请腾出空间，或换一个位置",
        "错误：磁盘已满", "请腾出空间，或换一个位置",
        "错误：标准输出已关闭", "请改为写入文件：-o 清单.csv",
    ]  # fmt: skip


def test_redirection_to_a_csv_file_is_what_a_spreadsheet_wants(tmp_path: Path) -> None:
    """`> 清单.csv` has a byte order mark, other names and appended output have none."""
    shell(f"{JUDGED} > {tmp_path}/a.csv; {JUDGED} --no-bom > {tmp_path}/b.csv; {JUDGED} >> {tmp_path}/b.csv")
    shell(f"{JUDGED} > {tmp_path}/a.txt", LC_ALL="C")
    plain = classify().raw
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbf" + plain
    assert (tmp_path / "b.csv").read_bytes() == plain + plain
    assert (tmp_path / "a.txt").read_bytes() == plain


def test_output_redirected_to_the_input_is_refused(tmp_path: Path) -> None:
    """`>> 数据.csv` does not add the lists to the data."""
    data = tmp_path / "a.csv"
    data.write_bytes((DATA / "enterprises.csv").read_bytes())
    ran = shell(f"$MUJUN classify {data} --rules pack >> {data}")
    assert ran.returncode == 2
    assert f"输出被重定向到输入文件“{data}”" in ran.stderr.decode()
    assert data.read_bytes() == (DATA / "enterprises.csv").read_bytes()


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
)
def test_a_locale_without_chinese_has_the_same_output(locale: dict[str, str]) -> None:
    """Messages and errors are UTF-8 in a pipe, whatever the locale."""
    ran = shell("$MUJUN rules check pack; $MUJUN frobnicate", **locale)
    assert ran.stdout == "yiping：5 张清单、3 个指标、5 个参数，没有错误\n".encode()
    assert (
        ran.stderr.decode() == f"错误：没有命令“frobnicate”，可用的命令：{'、'.join(COMMANDS)}\n用法见 mujun --help\n"
    )


def test_remarks_that_nobody_can_read_do_not_stop_the_data() -> None:
    """Where stderr is full or closed, the data come all the same."""
    command = JUDGED.removesuffix(" -q")
    ran = shell(f"{command} 2>/dev/full; {command} 2>&-")
    assert ran.stdout == 2 * classify().raw
    assert ran.returncode == 0


def test_a_real_terminal_gets_a_table() -> None:
    """On a terminal of fifty columns the lists are tables of at most fifty columns."""
    ours, its = pty.openpty()
    os.set_blocking(ours, True)
    size = subprocess.run(["stty", "cols", "50"], stdin=its, check=True)
    assert size.returncode == 0
    command = [sys.executable, "-m", "mujun", "classify", "enterprises.csv", "--rules", "pack", "-q", "--list", "临界"]
    with subprocess.Popen(command, cwd=DATA, env=environment(), stdin=its, stdout=its, stderr=its) as process:
        assert process.wait(60) == 0
    os.close(its)
    lines = _everything(ours).decode().splitlines()
    os.close(ours)
    assert lines[0] == "临界  第三条  2023年"
    assert any(line.startswith("名次  企业名称") for line in lines)
    assert 40 < max(map(display_width, lines)) <= 50


def _everything(terminal: int) -> bytes:
    found = b""
    try:
        while piece := os.read(terminal, 65536):
            found += piece
    except OSError:
        pass  # the other side is closed
    return found


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_request_to_stop_leaves_no_half_file(tmp_path: Path, name: str) -> None:
    """Stopped while writing, the program says so, leaves the old file, and exits as the signal asks."""
    # A pipe that nobody reads keeps the second of two lists from being finished.
    (tmp_path / "临界.csv").write_text("旧", encoding="utf-8")
    os.mkfifo(tmp_path / "高税少地.csv")
    command = [
        sys.executable,
        "-m",
        "mujun",
        "classify",
        "enterprises.csv",
        "--rules",
        "pack",
        "-q",
        "-o",
        str(tmp_path),
    ]
    with subprocess.Popen(command, cwd=DATA, env=environment(), stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob(".mujun-*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(getattr(signal, name))
        assert process.wait(60) == 128 + getattr(signal, name)
        assert process.stderr is not None
        assert process.stderr.read().decode().strip() == "已中断"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["临界.csv", "高税少地.csv"]
    assert (tmp_path / "临界.csv").read_text(encoding="utf-8") == "旧"
