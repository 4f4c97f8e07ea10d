"""The same data in another form gives the same bytes: encoding, units, headers and order do not matter."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from mujun.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE = Path(__file__).parents[2] / "samples" / "data.csv"
FIRMS = 90
MONEY = {"税收": "实缴税金（元）", "销售收入": "主营业务收入(元)", "工业增加值": "增加值_元"}
LAND = {
    "用地面积": "占用土地面积（平方米）",
    "自有用地": "自有用地面积(㎡)",
    "租入用地": "租赁用地（㎡）",
    "租出用地": "出租用地[m2]",
}
RATES = {"土地利用率": "土地利用率(%)", "产能利用率": "现有产能利用率（％）"}
OTHERS = {"规上": "规上(是/否)", "开发意愿": "有无开发意愿", "年度": "评价年度", "统一社会信用代码": "纳税人识别号"}

Table = list[dict[str, str]]


@cache
def firms() -> Table:
    """All years of some firms of the sample, with areas that are whole hundredths of ㎡."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = [{name.split("(")[0]: cell for name, cell in row.items()} for row in csv.DictReader(file)]
    names = sorted({row["企业名称"] for row in rows})
    chosen = [row for row in rows if row["企业名称"] in names[:: len(names) // FIRMS]]
    for row in chosen:
        for name in LAND:
            row[name] = figure(row[name], lambda mu: round(mu * 200_000 / 3) * Decimal("0.000015"))
    return chosen


def figure(cell: str, change: Callable[[Decimal], Decimal]) -> str:
    """A figure changed; what is none stays."""
    return f"{change(Decimal(cell)).normalize():f}" if cell and cell[-1].isdigit() else cell


def as_bureaus_write(row: dict[str, str]) -> dict[str, str]:
    """The row in 元, ㎡ and %, under other headers."""
    changed = {
        **{header: figure(row[name], lambda amount: amount * 10_000) for name, header in MONEY.items()},
        **{header: figure(row[name], lambda mu: mu / Decimal("0.0015")) for name, header in LAND.items()},
        **{header: figure(row[name], lambda rate: rate * 100) for name, header in RATES.items()},
        **{header: row[name] for name, header in OTHERS.items()},
    }
    return {**{name: cell for name, cell in row.items() if name not in {*MONEY, *LAND, *RATES, *OTHERS}}, **changed}


def write(path: Path, table: Table, encoding: str, delimiter: str, end: str) -> None:
    """The table as a file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]), delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(table)
    path.write_bytes(out.getvalue().encode(encoding))


def judge(path: Path, *options: str) -> bytes:
    """What ``mujun classify`` writes."""
    result = CliRunner().invoke(cli, ["classify", str(path), "-f", "csv", "--no-bom", "-q", *options])
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


@cache
def expected(option: str) -> bytes:
    """What comes of the table as the pack writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        write(path, firms(), "utf-8", ",", "\n")
        return judge(path, option)


@pytest.mark.parametrize("bureau", [False, True], ids=["万元 亩", "元 ㎡"])
@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"),
    [
        ("utf-8", ",", "\n"),
        ("utf-8-sig", ",", "\r\n"),
        ("gb18030", ",", "\r\n"),
        ("gb18030", "\t", "\n"),
        ("utf-16", "\t", "\r\n"),
        ("utf-16-le", ";", "\r"),
    ],
)
def test_the_form_of_a_file_leaves_the_bytes_alone(
    tmp_path: Path, bureau: bool, encoding: str, delimiter: str, end: str
) -> None:
    """Whoever exported it, in whatever units and order, the lists and the outcomes are the same to the byte."""
    chance = random.Random(f"{encoding} {delimiter} {bureau}")  # noqa: S311
    table = [as_bureaus_write(row) if bureau else row for row in firms()]
    columns = chance.sample(list(table[0]), len(table[0]))
    table = [{name: row[name] for name in columns} for row in chance.sample(table, len(table))]
    path = tmp_path / "x.csv"
    write(path, table, encoding, delimiter, end)
    for option in ("--limit=0", "--outcomes"):
        assert judge(path, option) == expected(option)


def test_the_table_is_worth_comparing() -> None:
    """The rows chosen fill several lists, with every outcome."""
    assert 250 < len(firms()) < 420
    lists = list(csv.DictReader(io.StringIO(expected("--limit=0").decode())))
    outcomes = list(csv.DictReader(io.StringIO(expected("--outcomes").decode())))
    assert len(lists) > 15
    assert {row["结论"] for row in outcomes} >= {"是", "否", "待核实"}
    assert len({row["清单"] for row in lists}) > 3
