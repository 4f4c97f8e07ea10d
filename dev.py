"""The project's tasks, each with all its set-up, on a machine that has only Python 3.11 or newer.

python3 dev.py demo      show the ranked lists of the sample
python3 dev.py test      lint, type-check and run every test
python3 dev.py bench     measure against the rivals (minutes)
python3 dev.py locale    compile the Chinese texts of click
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")


def run(*command: str | Path) -> None:
    """Run a command of the virtual environment; stop where it fails."""
    code = subprocess.run([str(BIN / command[0]), *map(str, command[1:])], cwd=ROOT, check=False).returncode
    if code:
        sys.exit(code)


def install(*groups: str) -> None:
    """Make the virtual environment and install mujun into it, unless that has been done for this pyproject.toml."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest() + " " + sys.version + " ".join(groups)
    mark = VENV / ("installed-" + ("-".join(groups) or "base"))
    if mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return
    print("安装中（只在第一次）……", file=sys.stderr, flush=True)
    if not BIN.is_dir():
        venv.create(VENV, with_pip=True)
    quiet = ("-q", "--disable-pip-version-check")
    run("python", "-m", "pip", "install", *quiet, "--upgrade", "pip>=25.1")
    extra = [part for group in groups for part in ("--group", group)]
    run("python", "-m", "pip", "install", *quiet, "--editable", ".", *extra)
    mark.write_text(wanted, encoding="utf-8")


def main() -> None:
    """Do the task that was asked for."""
    tasks = sys.argv[1:]
    if len(tasks) != 1 or tasks[0] not in ("demo", "test", "bench", "locale"):
        sys.exit(__doc__)
    if sys.version_info < (3, 11):
        sys.exit("mujun needs Python 3.11 or newer")
    if tasks == ["demo"]:
        install()
        run("mujun", "classify", "samples/data.csv", "-f", "table", "--limit", "10")
        return
    install("dev")
    if tasks == ["test"]:
        run("ruff", "check")
        run("ruff", "format", "--check", "--quiet")
        run("mypy")
        run("pytest")
    elif tasks == ["bench"]:
        run("python", "benchmarks/run.py")
    else:
        folder = "mujun/locale/zh_CN/LC_MESSAGES"
        run("pybabel", "compile", "-i", f"{folder}/messages.po", "-o", f"{folder}/messages.mo")


if __name__ == "__main__":
    main()
