"""Sheets of one workbook: read together where they are alike, each with its own rows, columns and findings."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from mujun.engine.duckdb import Engine
from mujun.errors import MujunError
from mujun.intake.load import load
from tests.intake.book_files import xlsx_grids
from tests.intake.read import dataset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


Grid = list[list[str]]
NAMES = {
    "code": ("统一社会信用代码", "信用代码"),
    "name": ("企业名称", "单位名称"),
    "year": ("年度", "年份"),
    "own": ("自有用地(㎡)", "土地使用权面积（平方米）"),
    "rented": ("租入用地(㎡)", "承租用地面积（㎡）"),
    "town": ("所属镇街", "镇街"),
    "plot": ("宗地号", "备注一"),
}
CELLS = (
    "",
    "-",
    "合计",
    "12,345",
    "35.2亩",
    "9.13E+17",
    "#N/A",
    "\u3000",
    "１２３",
    "80%",
    "2022年",
    "某镇",
    "不详",
    "a,b",
)
SELECT = 'SELECT * FROM "企业" ORDER BY ALL'


def write(path: Path, sheets: Mapping[str, Grid]) -> None:
    """A workbook of these sheets, every cell as text."""
    path.write_bytes(xlsx_grids(sheets))


def town(random: Random, number: int) -> Grid:
    """The sheet of a town as its office writes it: columns in its own order, and what else may stand there."""
    keys = [*NAMES] if random.random() < 0.8 else [key for key in NAMES if key != random.choice(["town", "rented"])]
    random.shuffle(keys)
    header = [random.choice(NAMES[key]) for key in keys]
    rows = []
    for i in range(random.randint(1, 8)):
        firm = 10 * number + random.randint(0, 5)
        cells = {
            "code": f"91330703A0MLW{firm:03}9D", "name": f"金华{chr(0x4E00 + 7 * firm)}甲公司", "year": "2023",
            "own": str(600.5 * i), "rented": str(100 * i), "town": "孝顺镇", "plot": str(i),
        }  # fmt: skip
        rows.append([cells[key] for key in keys])
    titles = [["用地情况表"], ["单位：平方米"]]
    grid = [*titles[: random.randint(0, 2)], header, *rows]
    for _ in range(random.randint(0, 4)):
        at = random.randint(len(grid) - len(rows), len(grid))
        match random.randrange(5):
            case 0:
                grid.insert(at, [""] * len(header))
            case 1:
                grid.insert(at, header)
            case 2:
                total = random.choice(["200.5", "1", ""])
                grid.insert(at, ["合 计", *(total if key in ("own", "rented") else "" for key in keys[1:])])
            case 3:
                grid.append(["注：数据为快报数"])
            case _:
                row = random.randrange(len(grid))
                grid[row] = [*grid[row]]
                grid[row][random.randrange(len(grid[row]))] = random.choice(CELLS)
    return grid


def told(engine: Engine, paths: Sequence[Path]) -> Any:
    """What came of files: the table, and of each sheet its balance, findings and the rows set aside."""

    def bare(text: str) -> str:
        for path in paths:
            text = text.replace(f"{path}#", "").replace(str(path), path.stem)
        return text

    loaded = load(engine.connection, paths, dataset(), thorough=True, keep_aside=True)
    parts = [
        (part.source.sheet, part.rows, part.merged, part.set_aside,
         sorted((f.code, f.row or 0, f.column, f.count, bare(f.message)) for f in part.findings))
        for part in loaded.read
    ]  # fmt: skip
    aside = engine.run('SELECT "工作表", "行", "代码", "原因", "原文" FROM "搁置" ORDER BY ALL')
    return engine.run(SELECT), parts, [(*row[:3], bare(row[3]), row[4]) for row in aside]


@pytest.mark.parametrize("seed", range(8))
def test_a_workbook_says_what_its_sheets_say_one_by_one(tmp_path: Path, seed: int) -> None:
    """That sheets are read together makes no difference: to no value, balance, finding, place or row handed back."""
    random, engine = Random(seed), Engine()  # noqa: S311
    compared = 0
    for _ in range(4):
        sheets = {f"镇{number}": town(random, number % 3) for number in range(random.randint(2, 5))}
        together, apart = tmp_path / "全部.xlsx", [tmp_path / f"{name}.xlsx" for name in sheets]
        write(together, sheets)
        for path, (name, grid) in zip(apart, sheets.items(), strict=True):
            write(path, {name: grid})
        try:
            expected = told(engine, apart)
        except MujunError:
            with pytest.raises(MujunError):
                told(engine, [together])
            continue
        assert told(engine, [together]) == expected
        compared += 1
    assert compared > 1


def test_a_cell_is_told_by_the_header_of_its_own_sheet(tmp_path: Path) -> None:
    """Two sheets call a column by two names and have it in two places: a finding names the one that is there."""
    path = tmp_path / "用地.xlsx"
    write(path, {
        "甲镇": [["企业名称", "年度", "自有用地(㎡)"], ["甲公司", "2023", "#N/A"], ["合计", "", "7"]],
        "乙镇": [
            ["表"], ["年份", "备注", "单位名称", "土地使用权面积（㎡）"],
            ["2023", "", "乙公司", "不详"], ["合计", "", "", "8"],
        ],
    })  # fmt: skip
    loaded = load(Engine().connection, [path], dataset())
    found = [(f.code, f.sheet, f.row, f.column) for f in loaded.findings if f.row is not None]
    assert found == [
        ("M202", "甲镇", 2, "自有用地(㎡)"),
        ("M312", "甲镇", 3, ""),
        ("M201", "乙镇", 3, "土地使用权面积（㎡）"),
        ("M312", "乙镇", 4, ""),
    ]
    assert "“土地使用权面积（㎡）”写" in next(f.message for f in loaded.findings if f.row == 4)


def test_what_differs_between_sheets_names_the_sheet(tmp_path: Path) -> None:
    """Where two sheets of one workbook have a figure of one enterprise, the one that is not taken names the other."""
    path = tmp_path / "报表.xlsx"
    code = "91330703A0MLW9562D"
    write(path, {
        "税务": [["统一社会信用代码", "年度", "税收"], [code, "2023", "5"]],
        "土地": [["统一社会信用代码", "年度", "税收", "用地面积"], [code, "2023", "6", "10"]],
    })  # fmt: skip
    loaded = load(Engine().connection, [path], dataset())
    [differs] = [finding for finding in loaded.findings if finding.code == "M331"]
    assert differs.sheet == "土地"
    assert f"与 {path}#税务 不一致" in differs.message
    assert [one.label for one in loaded.joined] == [f"{path}#税务", f"{path}#土地"]


def test_a_name_alone_in_its_row_is_no_note(tmp_path: Path) -> None:
    """What is alone in its row is a note where it begins as notes do, and its own sheet has more columns."""
    path = tmp_path / "名单.xlsx"
    notes = ["注：名单为暂定", "注1 名单为暂定", "注", "注意核对", "（注）暂定", "备注：暂定"]
    write(path, {
        "甲": [["企业名称"], ["备注机械厂"], ["乙公司"]],
        "乙": [["企业名称", "备注"], ["丙公司", "新"], ["注塑机械厂", ""], *([note, ""] for note in notes)],
    })  # fmt: skip
    loaded = load(Engine().connection, [path], dataset())
    found = [(f.code, f.sheet, f.text) for f in loaded.findings if f.row is not None]
    assert found == [("M313", "乙", note) for note in notes]


def test_a_wrong_code_is_told_where_it_stands(tmp_path: Path) -> None:
    """A row without a code takes that of its name; that it is wrong is told of the row which has it alone."""
    path = tmp_path / "税收.xlsx"
    head = ["统一社会信用代码", "企业名称", "年度", "税收"]
    write(path, {"甲": [head, ["", "甲公司", "2022", "4"], ["91330703A0MLW9562X", "甲公司", "2023", "5"]]})
    loaded = load(Engine().connection, [path], dataset(), thorough=True)
    assert [(f.code, f.row, f.count) for f in loaded.findings if f.code in ("M209", "M321")] == [
        ("M209", 3, 1),
        ("M321", 2, 1),
    ]


def test_a_sheet_for_each_year(tmp_path: Path) -> None:
    """Sheets that are alike and named by their years are rows of those years; two of one year are told."""
    path, engine = tmp_path / "税收.xlsx", Engine()
    head, code = ["统一社会信用代码", "企业名称", "税收"], "91330703A0MLW9562D"
    write(path, {
        "2022年": [head, [code, "甲公司", "4"]],
        "2023年": [head, [code, "甲公司", "5"], [code, "甲公司", "6"]],
    })  # fmt: skip
    loaded = load(engine.connection, [path], dataset())
    assert engine.run('SELECT "年度", "税收" FROM "企业" ORDER BY ALL') == [(2022, 4_000_000)]
    assert [(f.code, f.sheet, f.row) for f in loaded.findings if f.row is not None] == [
        ("M303", "2023年", 2),
        ("M303", "2023年", 3),
    ]
