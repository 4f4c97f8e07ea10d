"""Measure whole processes against rivals in the same run, in turn, and print the ratios.

Usage: python benchmarks/run.py [--runs N] [--only NAME]

Ratios, not seconds, are what counts: both sides run on the same machine in the same minutes. The large files are made once,
from what the sample generator writes, into benchmarks/data/.
"""

import argparse
import compileall
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYTHON = sys.executable
MUJUN = [PYTHON, "-m", "mujun"]
CLASSIFY = [*MUJUN, "classify", "--official-grades"]
"""No rival grades the enterprises for which the data have no grade."""
FIVE = [*CLASSIFY, "--list", "低效用地,临界,产能倍增,高税少地,三年未上规"]
"""The lists for which these files have the columns."""
MILLION = HERE / "data" / "million.csv"
MILLION_GBK = HERE / "data" / "million-gbk.csv"
WORKBOOK = HERE / "data" / "50000.xlsx"
BUREAUS = sorted(map(str, (ROOT / "samples" / "bureaus").iterdir()))
COLUMNS = [0, 1, 2, 3, 6, 7, 8, 12, 13, 26, 27, 29]
"""Of the sample, those in the workbook: who and when, the figures in most files, and three judgements."""


def generate(path: Path, firms: int) -> None:
    """One year of a larger district, as the sample is."""
    make = [PYTHON, str(ROOT / "samples" / "generate.py"), "--firms", str(firms), "--years", "2023", "--out", str(path)]
    subprocess.run(make, check=True)


def make_workbook(path: Path) -> None:
    """50,000 rows of 12 columns, figures as numbers."""
    import xlsxwriter  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "50000.csv"
        generate(plain, 50_000)
        with (
            plain.open(encoding="utf-8", newline="") as file,
            xlsxwriter.Workbook(path, {"constant_memory": True}) as book,
        ):
            sheet = book.add_worksheet("企业")
            for number, row in enumerate(csv.reader(file)):
                for column, cell in enumerate(row[i] for i in COLUMNS):
                    figure = column > 0 and cell.replace(".", "", 1).isdecimal()
                    sheet.write(number, column, float(cell) if figure else cell)


def make_gbk(path: Path) -> None:
    """The million rows as a Chinese spreadsheet saves them."""
    with MILLION.open(encoding="utf-8", newline="") as file, path.open("w", encoding="gb18030", newline="") as out:
        while text := file.read(1 << 22):
            out.write(text)


MADE: dict[Path, Callable[[Path], None]] = {
    MILLION: lambda path: generate(path, 1_000_000),
    MILLION_GBK: make_gbk,
    WORKBOOK: make_workbook,
}
"""How each large file is made, those that others are made of first."""


def make_missing(commands: list[str]) -> None:
    """Make the large files that the commands read."""
    wanted = {path for path in MADE if str(path) in commands}
    if MILLION_GBK in wanted:
        wanted.add(MILLION)
    for path, make in MADE.items():
        if path in wanted and not path.exists():
            path.parent.mkdir(exist_ok=True)
            draft = path.with_name("draft-" + path.name)
            make(draft)
            draft.replace(path)


def timed(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return wall, usage.ru_maxrss / 1024


def compare(name: str, ours: list[str], rival: list[str], most: float, runs: int) -> bool:
    """Run both in turn and print the ratio of each pair; whether the median keeps the promise."""
    timed(ours), timed(rival)
    pairs = [(timed(ours), timed(rival)) for _ in range(runs)]
    ratios = [a[0] / b[0] for a, b in pairs]
    mine, theirs = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    memory = [max(pair[side][1] for pair in pairs) for side in (0, 1)]
    kept = statistics.median(ratios) <= most
    print(
        f"{name}: mujun {mine:.3f} s, {memory[0]:.0f} MB; rival {theirs:.3f} s, {memory[1]:.0f} MB; ratio median "
        f"{statistics.median(ratios):.2f} (min {min(ratios):.2f}, max {max(ratios):.2f}), promised at most {most} "
        f"{'ok' if kept else 'MISSED'}",
        flush=True,
    )
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", default="", help="only the comparisons whose name contains this")
    asked = parser.parse_args()
    sample = str(ROOT / "samples" / "data.csv")
    # As pip does on installing, and as the rivals' libraries are: no run is to pay for compiling Python.
    compileall.compile_dir(ROOT / "mujun", quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        out, other = str(Path(folder) / "mujun.csv"), str(Path(folder) / "rival.csv")
        cases = {
            "sample, two lists, against pandas": (
                [*CLASSIFY, sample, "--list", "低效用地,产能倍增", "-o", out],
                [PYTHON, str(HERE / "rival_pandas.py"), sample, other],
                0.7, asked.runs,
            ),
            "help, against importing click": ([*MUJUN, "--help"], [PYTHON, "-c", "import click"], 2.0, 3 * asked.runs),
            "a million rows, five lists, against DuckDB": (
                [*FIVE, str(MILLION), "-o", out],
                [PYTHON, str(HERE / "rival_duckdb.py"), str(MILLION), other],
                1.5, max(3, asked.runs // 3),
            ),
            "files of four bureaus, against reading them": (
                [*FIVE, *BUREAUS, "-o", out], [PYTHON, str(HERE / "rival_read.py"), *BUREAUS],
                2.0, asked.runs,
            ),
            "a workbook of 50,000 rows, against reading it": (
                [*FIVE, str(WORKBOOK), "-o", out], [PYTHON, str(HERE / "rival_read.py"), str(WORKBOOK)],
                3.0, asked.runs,
            ),
            "a million firms graded, against DuckDB": (
                [*MUJUN, "grade", str(MILLION), "-o", out],
                [PYTHON, str(HERE / "rival_grade.py"), str(MILLION), other],
                1.5, max(3, asked.runs // 3),
            ),
            "a million rows in GBK, against UTF-8": (
                [*FIVE, str(MILLION_GBK), "-o", out],
                [*FIVE, str(MILLION), "-o", other],
                2.0, max(3, asked.runs // 3),
            ),
        }  # fmt: skip
        wanted = {name: case for name, case in cases.items() if asked.only in name}
        make_missing([word for ours, rival, *_ in wanted.values() for word in (*ours, *rival)])
        kept = [compare(name, *case) for name, case in wanted.items()]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
