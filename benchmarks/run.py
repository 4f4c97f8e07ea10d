"""Measure whole processes against rivals in the same run, in turn, and print the ratios.

Usage: python benchmarks/run.py [--runs N] [--only NAME]

Ratios, not seconds, are what counts: both sides run on the same machine in the same minutes. The large file is made once by
the sample generator, into benchmarks/data/.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PYTHON = sys.executable
MUJUN = [PYTHON, "-m", "mujun"]
MILLION = HERE / "data" / "million.csv"


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
                [*MUJUN, "classify", sample, "--list", "低效用地,产能倍增", "-o", out],
                [PYTHON, str(HERE / "rival_pandas.py"), sample, other],
                0.7, asked.runs,
            ),
            "help, against importing click": ([*MUJUN, "--help"], [PYTHON, "-c", "import click"], 2.0, 3 * asked.runs),
            "a million rows, five lists, against DuckDB": (
                [*MUJUN, "classify", str(MILLION), "-o", out],
                [PYTHON, str(HERE / "rival_duckdb.py"), str(MILLION), other],
                1.5, max(3, asked.runs // 3),
            ),
        }  # fmt: skip
        wanted = {name: case for name, case in cases.items() if asked.only in name}
        if any(str(MILLION) in case[0] for case in wanted.values()) and not MILLION.exists():
            MILLION.parent.mkdir(exist_ok=True)
            make = [PYTHON, str(ROOT / "samples" / "generate.py"), "--firms", "1000000", "--years", "2023", "--out"]
            subprocess.run([*make, str(MILLION)], check=True)
        kept = [compare(name, *case) for name, case in wanted.items()]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
