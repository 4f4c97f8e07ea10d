"""Several files: whose row is whose, what adds up, what differs, and which year it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mujun.engine.duckdb import Engine
from mujun.errors import DataError
from mujun.intake.load import Loaded, load
from mujun.intake.names import nearest, normal
from tests.intake.read import dataset

if TYPE_CHECKING:
    from pathlib import Path

CODES = ("91330703A0MLW9562D", "91330703A0Q1Y3TW1X", "91330703A0Y3EAW562")
TAX = f"""统一社会信用代码,企业名称,年度,税收(元)
{CODES[0]},金华甲纸业有限公司,2023,50000
{CODES[1]},金华乙车业有限公司,2023,60000
{CODES[2]},金华丙包装有限公司,2023,70000
"""


class World:
    """Files in a folder, and what came of loading them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.engine = folder, Engine()

    def load(self, year: int | None = None, /, **files: str) -> Loaded:
        """Write the files, named ``name.csv``, and load them in that order."""
        paths = []
        for name, text in files.items():
            paths.append(self.folder / f"{name}.csv")
            paths[-1].write_text(text, encoding="utf-8")
        return load(self.engine.connection, paths, dataset(), year=year)

    def rows(self, *fields: str) -> list[tuple[object, ...]]:
        """The table that came of it, by code."""
        names = ", ".join(f'"{field}"' for field in fields)
        return self.engine.run(f'SELECT {names} FROM "企业" ORDER BY "统一社会信用代码", "年度", "企业名称"')


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty folder."""
    return World(tmp_path)


def told(loaded: Loaded, code: str) -> list[tuple[int | None, dict[str, str]]]:
    """The rows and parameters of the findings of a code."""
    return [(finding.row, dict(finding.params)) for finding in loaded.findings if finding.code == code]


def test_files_meet_on_code_and_year(world: World) -> None:
    """A firm's figures from two files stand in one row; who is in one file only is kept, and said."""
    land = f"信用代码,年度,用地面积(㎡)\n{CODES[0]},2023,2000\n{CODES[1]},2022,4000\n"
    loaded = world.load(税务=TAX, 国土=land)
    assert world.rows("统一社会信用代码", "年度", "税收", "用地面积") == [
        (CODES[0], 2023, 5_000_000, 3_000_000),
        (CODES[1], 2022, None, 6_000_000),
        (CODES[1], 2023, 6_000_000, None),
        (CODES[2], 2023, 7_000_000, None),
    ]
    assert [(side.enterprises, side.lacking) for side in loaded.joined] == [(3, 0), (2, 1)]
    [(_, lacking)] = told(loaded, "M341")
    assert lacking["names"] == "金华丙包装有限公司"
    assert (loaded.rows, loaded.used, loaded.set_aside) == (5, 5, 0)


@pytest.mark.parametrize(
    "name",
    [
        "金华甲纸业有限公司",
        "金华 甲纸业有限责任公司",
        "金华甲纸业股份有限公司",
        "（金华）甲纸业有限公司",
        "金華甲纸业有限公司",
    ],
)
def test_a_row_without_a_code_is_matched_by_name(world: World, name: str) -> None:
    """Where exactly one firm bears the name, however it is spelt, the row is that firm's, and it is said."""
    loaded = world.load(税务=TAX, 供电=f"企业名称,年度,用电量(千瓦时)\n{name},2023,120000\n")
    assert world.rows("统一社会信用代码", "企业名称", "用电量")[0] == (CODES[0], "金华甲纸业有限公司", 12_000_000)
    assert told(loaded, "M321") == [(2, {"match": CODES[0]})]
    assert loaded.enterprises == 3


def test_a_name_that_two_firms_bear_is_matched_to_none(world: World) -> None:
    """Two candidates are one too many: the row stays by itself, with a warning."""
    twice = TAX.replace("金华乙车业", "金华甲纸业")
    loaded = world.load(税务=twice, 供电="企业名称,年度,用电量\n金华甲纸业有限公司,2023,12\n")
    assert told(loaded, "M322") == [(2, {"count": "2"})]
    assert loaded.enterprises == 4


def test_a_near_name_is_hinted_at_and_never_merged(world: World) -> None:
    """One character off is another firm until somebody says otherwise."""
    loaded = world.load(税务=TAX, 供电="企业名称,年度,用电量\n金华甲纸业品有限公司,2023,12\n甲,2023,1\n")
    assert told(loaded, "M323") == [(2, {"match": "金华甲纸业有限公司"})]
    assert loaded.enterprises == 5


def test_names_without_any_code_are_one_in_any_spelling(world: World) -> None:
    """Where no file has codes, brackets, blanks and legal forms do not part a firm in two, and it is said."""
    loaded = world.load(
        税务="企业名称,年度,税收\n金华（甲）纸业有限公司,2023,5\n乙厂,2023,6\n",
        国土="企业名称,年度,用地面积\n金华(甲)纸业 有限责任公司,2023,3\n乙厂,2023,1\n",
    )
    assert world.rows("企业名称", "税收", "用地面积") == [
        ("乙厂", 6_000_000, 1_000_000),
        ("金华（甲）纸业有限公司", 5_000_000, 3_000_000),
    ]
    assert told(loaded, "M321") == [(2, {"match": "金华（甲）纸业有限公司"})]


def test_parcels_add_up(world: World) -> None:
    """Rows of a file that holds nothing but figures that add up are summed; a row exported twice counts once."""
    land = "信用代码,年度,宗地号,土地使用权面积(亩)\n" + "".join(
        f"{CODES[0]},2023,{parcel},{area}\n" for parcel, area in (("甲", 1.5), ("乙", 1.5), ("乙", 1.5), ("丙", 4))
    )
    loaded = world.load(国土=land)
    assert world.rows("统一社会信用代码", "自有用地") == [(CODES[0], 7_000_000)]
    assert told(loaded, "M302") == [(4, {"other": "第 2、3、5 行"})]
    assert [f.count for f in loaded.findings if f.code == "M307"] == [1]
    assert (loaded.rows, loaded.used, loaded.merged, loaded.set_aside) == (4, 3, 1, 0)


def test_a_sum_with_a_gap_is_unknown(world: World) -> None:
    """A parcel without an area makes the whole unknown, not smaller."""
    loaded = world.load(国土=f"信用代码,年度,宗地号,土地使用权面积(亩)\n{CODES[0]},2023,甲,1.5\n{CODES[0]},2023,乙,\n")
    assert world.rows("自有用地") == [(None,)]
    assert told(loaded, "M308")[0][1]["fields"] == "自有用地"


def test_rows_with_other_figures_too_do_not_add_up(world: World) -> None:
    """Where a file has figures that cannot be summed, rows that differ contend."""
    text = f"信用代码,年度,税收,自有用地\n{CODES[0]},2023,5,1\n{CODES[0]},2023,5,2\n{CODES[1]},2023,5,2\n"
    loaded = world.load(全部=text)
    assert world.rows("统一社会信用代码") == [(CODES[1],)]
    assert [row for row, _ in told(loaded, "M303")] == [2, 3]


def test_two_files_that_differ_are_told(world: World) -> None:
    """The file given first decides, and the other is said to differ."""
    other = f"信用代码,企业名称,年度,税收(万元),销售收入\n{CODES[0]},甲,2023,5,1\n{CODES[1]},乙,2023,9,1\n"
    loaded = world.load(税务=TAX, 统计=other)
    assert world.rows("税收")[1] == (6_000_000,)
    [(_, differing)] = told(loaded, "M331")
    assert (differing["field"], differing["example"]) == ("税收", "金华乙车业有限公司")


def test_sheets_of_one_kind_are_one_table(world: World) -> None:
    """Files with the same columns are stacked: doubles across them merge or contend, with both places named."""
    head, first, *_ = TAX.splitlines()
    loaded = world.load(甲=TAX, 乙=f"{head}\n{first}\n", 丙=f"{head}\n{first.replace('50000', '1')}\n")
    assert [code for (code,) in world.rows("统一社会信用代码")] == [CODES[1], CODES[2]]
    assert loaded.set_aside == 3
    assert "乙.csv 第 2 行" in told(loaded, "M303")[0][1]["other"]


@pytest.mark.parametrize(
    ("name", "title", "origin"), [("2022年税收", "", "文件名"), ("税收", "2022年度工业企业税收表\n", "标题行")]
)
def test_the_year_is_found_where_it_is_stated(world: World, name: str, title: str, origin: str) -> None:
    """A file without a year column takes the year of its title or name, and says so."""
    loaded = world.load(None, **{name: f"{title}企业名称,税收\n甲,5\n乙,6\n"})
    assert world.rows("年度") == [(2022,), (2022,)]
    assert told(loaded, "M122") == [(None, {"field": "年度", "origin": origin, "year": "2022"})]


def test_a_file_without_a_year_takes_that_of_the_others(world: World) -> None:
    """The latest year there is, with a finding; --year goes before it."""
    land = f"信用代码,用地面积\n{CODES[0]},3\n"
    loaded = world.load(税务=TAX, 国土=land)
    assert told(loaded, "M122")[0][1]["origin"] == "其他文件的最近年度"
    assert world.rows("年度", "用地面积")[0] == (2023, 3_000_000)
    both = TAX + TAX.partition("\n")[2].replace("2023", "2022")
    assert told(world.load(2022, 税务=both, 国土=land), "M122")[0][1]["year"] == "2022"
    assert told(world.load(2019, 税务=both, 国土=land), "M122")[0][1]["year"] == "2023"


def test_a_file_of_something_else_is_told_and_left_out(world: World) -> None:
    """A table without enterprises among others is no reason to stop."""
    loaded = world.load(税务=TAX, 说明="项目,负责处室\n甲,乙\n")
    assert [part.label.rpartition("/")[2] for part in loaded.unused] == ["说明.csv"]
    assert told(loaded, "M104")
    with pytest.raises(DataError, match="没有认出"):
        world.load(说明="项目,负责处室\n甲,乙\n")


def test_totals_are_left_out_and_checked(world: World) -> None:
    """Totals, wherever they stand, are no enterprise; figures that are not those of the rows above are told."""
    lines = TAX.splitlines()
    totals = [",合 计：,2023,180000", ",平均,2023,60000", ",总计,2023,190000", "注：快报数,,,"]
    text = "\n".join([*lines[:3], "小计,,2023,110000", lines[3], *totals])
    loaded = world.load(税务=text)
    assert loaded.enterprises == 3
    assert [(f.code, f.row) for f in loaded.findings if f.row] == [
        ("M313", 9), ("M311", 4), ("M311", 6), ("M311", 7), ("M312", 8),
    ]  # fmt: skip
    assert told(loaded, "M312")[0][1]["sums"] == "“税收(元)”写 19万元，应为 18万元"
    assert (loaded.rows, loaded.used, loaded.set_aside) == (8, 3, 5)


def test_a_column_in_another_unit_than_it_says_is_told(world: World) -> None:
    """Figures that could only be plausible in another unit are read as the header says, and questioned."""
    rows = "".join(f"企业{i},2023,{2000 * i},{i}\n" for i in range(1, 30))
    loaded = world.load(国土="企业名称,年度,用地面积(亩),规上\n" + rows.replace(",1\n", ",是\n"))
    [(_, params)] = told(loaded, "M411")
    assert "㎡" in params["guess"]
    assert params["median"] == "30000亩"


def test_a_flag_the_wrong_way_round_is_told(world: World) -> None:
    """Where the large firms are said not to be above the line, the codes are questioned."""
    rows = "".join(f"企业{i},2023,{i},{1 if i < 100 else 0}\n" for i in range(30, 200, 5))
    assert told(world.load(统计="企业名称,年度,销售收入,规上\n" + rows), "M412")
    rows = "".join(f"企业{i},2023,{i},{1 if i > 100 else 0}\n" for i in range(30, 200, 5))
    assert not told(world.load(统计="企业名称,年度,销售收入,规上\n" + rows), "M412")


def test_names_are_compared_in_one_form() -> None:
    """Width, brackets, blanks, legal forms and variant characters do not tell firms apart; words do."""
    assert len({normal(name) for name in ("金华（甲）有限公司", "金华(甲) 有限责任公司", "金华甲股份有限公司")}) == 1
    assert normal("金华甲纸业有限公司") != normal("金华甲纸品有限公司")
    assert nearest(["金华甲纸业品有限公司", "丁"], ["金华甲纸业有限公司"]) == {
        "金华甲纸业品有限公司": "金华甲纸业有限公司"
    }


def test_what_is_too_much_to_list_is_counted(world: World) -> None:
    """Rows matched by name, and rows that contend, are all in the findings' counts, in each file."""
    firms = [f"{CODES[0][:14]}{i:04}" for i in range(1100)]
    tax = "统一社会信用代码,企业名称,年度,税收\n" + "".join(
        f"{code},{code}厂,2023,{i}\n" for i, code in enumerate(firms)
    )
    power = "企业名称,年度,用电量\n" + "".join(f"{code}厂,2023,1\n" for code in firms)
    loaded = world.load(税务=tax, 税务二=tax.replace(",2023,", ",2023,9"), 供电=power)
    counts = {code: sum(f.count for f in loaded.findings if f.code == code) for code in ("M303", "M321")}
    assert counts == {"M303": 2200, "M321": 1100}
    assert loaded.set_aside == 2200
