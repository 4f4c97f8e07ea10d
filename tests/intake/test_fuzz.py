"""Bureau files spoilt at random, in every format: refused in words or read with every row accounted for.

A longer run: ``MUJUN_FUZZ=2000 pytest tests/intake/test_fuzz.py`` (files for each seed).
"""

from __future__ import annotations

import csv
import io
import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from mujun.engine.duckdb import Engine
from mujun.errors import MujunError
from mujun.intake.load import load
from tests.intake.book_files import xlsx_grid
from tests.intake.read import dataset

if TYPE_CHECKING:
    from pathlib import Path

FILES = int(os.environ.get("MUJUN_FUZZ", "40"))
ASIDE = ("M301", "M303", "M304", "M305", "M306", "M311", "M312", "M313", "M314")
Grid = list[list[str]]
HEAD: Grid = [
    ["关于2023年度企业情况的表"],
    ["单位：万元"],
    ["序号", "统一社会信用代码", "企业名称", "年度", "税收(元)", "用地面积(㎡)", "规上"],
]
ROWS: Grid = [
    [str(i), f"91330703A0MLW95{i:02}D", f"金华{chr(0x4E00 + 7 * i)}甲公司", "2023", str(1000 * i), str(600.5 * i), "是"]
    for i in range(1, 12)
]
TAIL: Grid = [["", "", "小计", "", "66000", "", ""], ["合计", "", "", "", "66000", "", ""], ["注：数据为快报数"]]
CELLS = (
    *(
        "",
        "-",
        "合计",
        "小计",
        "12,345",
        "35.2亩",
        "9.13E+17",
        "#N/A",
        "\u3000",
        "１２３",
        "税收",
        "年度",
        "注：",
        '"',
        "'",
    ),
    *(
        "=1+1",
        "2022年",
        "80%",
        "\n",
        "\r",
        "a,b",
        "\t",
        "单位：元",
        "统一社会信用代码",
        "无",
        "/",
        "1e400",
        "-0",
        "９．５万元",
    ),
)


def spoilt(random: Random) -> Grid:
    """A bureau's table after one to six changes."""
    grid = [list(row) for row in (*HEAD, *ROWS, *TAIL)]
    for _ in range(random.randint(1, 6)):
        grid = grid or [["x"]]
        at = random.randrange(len(grid))
        row, cell = grid[at], random.choice(CELLS)
        match random.randrange(9):
            case 0:
                grid.insert(at, list(random.choice(grid)))
            case 1:
                del grid[at]
            case 2 if row:
                row[random.randrange(len(row))] = cell
            case 3:
                row.append(cell)
            case 4 if row:
                row.pop()
            case 5:
                grid.insert(at, [])
            case 6 if row:
                row.insert(random.randrange(len(row)), cell)
            case 7:
                random.shuffle(grid)
            case _:
                grid[at] = [random.choice(CELLS) for _ in row]
    return grid or [["x"]]


def write(folder: Path, random: Random) -> Path:
    """Such a table as CSV, web page or workbook."""
    grid = spoilt(random)
    match random.randrange(4):
        case 0:
            cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in grid)
            path = folder / "a.xls"
            path.write_bytes(f"<table>{cells}</table>".encode("gb18030"))
        case 1:
            path = folder / "a.xlsx"
            path.write_bytes(xlsx_grid(grid, "甲"))
        case _:
            text, end = io.StringIO(), random.choice(["\n", "\r\n"])
            csv.writer(text, delimiter=random.choice(",,\t;"), lineterminator=end).writerows(grid)
            content = text.getvalue()
            if random.random() < 0.3:
                at = random.randrange(len(content) + 1)
                content = content[:at] + random.choice(['"', ",", "\n", "\0", "\t"]) + content[at:]
            path = folder / "a.csv"
            path.write_bytes(content.encode(random.choice(["utf-8", "gb18030", "utf-16"])))
    return path


@pytest.mark.parametrize("seed", range(6))
def test_every_row_of_a_spoilt_file_is_accounted_for(tmp_path: Path, seed: int) -> None:
    """Rows read are rows used, merged and set aside; each of these has a finding and is handed back; no other error."""
    random, engine = Random(seed), Engine()  # noqa: S311
    for _ in range(FILES):
        path = write(tmp_path, random)
        try:
            loaded = load(engine.connection, [path], dataset(), thorough=True, keep_aside=True)
        except MujunError as error:
            assert str(error).count("\n") == 1, error  # noqa: PT017
            continue
        assert loaded.rows == loaded.used + loaded.merged + loaded.set_aside
        assert loaded.set_aside == sum(finding.count for finding in loaded.findings if finding.code in ASIDE)
        assert engine.run('SELECT COUNT(*) FROM "搁置"') == [(loaded.set_aside,)]
        assert engine.run('SELECT COUNT(*) FROM "企业"') == [(loaded.enterprises,)]
        assert all(finding.message for finding in loaded.findings)
