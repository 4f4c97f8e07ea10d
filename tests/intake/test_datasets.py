"""Files of several datasets: which is which, each in its own table, and nothing lost."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

import mujun
from mujun.engine.duckdb import Engine
from mujun.errors import DataError, UsageError
from mujun.intake.load import Loaded, load_all
from mujun.pack import Pack, load_pack

if TYPE_CHECKING:
    from pathlib import Path

FIRMS = "统一社会信用代码,企业名称,年度,税收,用地面积\n91330703A0MLW9562D,甲公司,2023,5,1\n"
STEPS = ",竣工日期,投产日期,上规日期,达产日期"
PROJECTS = f"""\
项目编号,项目名称,企业名称,签约日期,开工日期{STEPS}
X1,甲项目,甲公司,2021-01-01,,,,,
X2,乙项目,甲公司,2021-02-01,2021-05-01,,,,
"""
PARKS = "园区名称,年度,主导产业数(个)\n孝顺工业园区,2022,1\n孝顺工业园区,2023,2\n"
LEDGER = """\
日期,事项,数量,单位
2021-01-04,低散乱整治提升,3,家
2021-01-04,低散乱整治提升,3,家
2021-02-01,改造旧厂房,2.5,万㎡
"""
PARCELS = "宗地编号,用途,面积(㎡)\nD1,工业,2000\nD2,住宅用地,4000\n"
FILES = {"企业": FIRMS, "项目": PROJECTS, "园区": PARKS, "台账": LEDGER, "地块": PARCELS}


@cache
def pack() -> Pack:
    """The pack that comes with mujun."""
    return load_pack()


class World:
    """A folder and an engine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.engine = folder, Engine()

    def load(
        self, overrides: dict[str, str] | None = None, year: int | None = None, /, **files: str
    ) -> dict[str, Loaded]:
        """Load files by name."""
        paths = []
        for name, text in files.items():
            path = self.folder / f"{name}.csv"
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return load_all(self.engine.connection, paths, pack().datasets, overrides, year=year)

    def rows(self, dataset: str, *fields: str) -> list[tuple[Any, ...]]:
        """Some fields of a dataset, in order."""
        names = ", ".join(f'"{field}"' for field in fields)
        return self.engine.run(f'SELECT {names} FROM "{dataset}" ORDER BY ALL')


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A new one."""
    return World(tmp_path)


def codes(loaded: Loaded) -> list[str]:
    """The findings that are not about columns."""
    return [finding.code for finding in loaded.findings if finding.code[:3] != "M11"]


@pytest.mark.parametrize("order", [1, -1])
def test_each_file_becomes_the_table_it_holds(world: World, order: int) -> None:
    """Whatever the order of the files, each goes to its dataset, whole, and the pack's order is kept."""
    found = world.load(**dict(list(FILES.items())[::order]))
    assert list(found) == ["企业", "园区", "台账", "项目", "地块"]
    assert {name: (loaded.rows, loaded.used, loaded.enterprises) for name, loaded in found.items()} == {
        "企业": (1, 1, 1), "项目": (2, 2, 2), "园区": (2, 2, 2), "台账": (3, 3, 3), "地块": (2, 2, 2),
    }  # fmt: skip
    assert world.rows("地块", "地块编号", "用途", "地块面积") == [("D1", "工业", 3_000_000), ("D2", "住宅", 6_000_000)]
    assert [str(day) for (day,) in world.rows("项目", "签约日期")] == ["2021-01-01", "2021-02-01"]


def test_one_dataset_alone(world: World) -> None:
    """Files of one dataset that is not the first are enough."""
    assert list(world.load(项目=PROJECTS)) == ["项目"]
    assert list(world.load(台账=LEDGER)) == ["台账"]


def test_rows_that_nothing_identifies_all_count(world: World) -> None:
    """Of a ledger no row is merged or set aside for being like another; that it is so is said, across files too."""
    found = world.load(一=LEDGER, 二="日期,事项,数量,单位\n2021-02-01,改造旧厂房,2.5,万㎡\n")["台账"]
    assert (found.rows, found.used, found.merged, found.set_aside) == (4, 4, 0, 0)
    repeats = [(f.file.rsplit("/", 1)[-1], f.row, f.message) for f in found.findings if f.code == "M309"]
    assert [(file, row) for file, row, _ in repeats] == [("一.csv", 3), ("二.csv", 2)]
    assert repeats[0][2] == "与第 2 行完全相同，仍各计一次"


def test_rows_of_one_project_agree_or_are_set_aside(world: World) -> None:
    """Projects are told apart by their number, without a year, and messages say what they are."""
    twice = PROJECTS + "X1,甲项目,甲公司,2021-01-02,,,,,\nX2,乙项目,甲公司,2021-02-01,2021-05-01,,,,\n"
    found = world.load(项目=twice)["项目"]
    assert (found.rows, found.used, found.merged, found.set_aside) == (4, 1, 1, 2)
    [conflict, *_] = [f for f in found.findings if f.code == "M303"]
    assert conflict.message == "与第 4 行是同一项目而数据不同，均已搁置"


def test_projects_are_joined_by_number_or_name(world: World) -> None:
    """A second file of the projects fills in what the first lacks, by number, or by name where it has none."""
    found = world.load(一=PROJECTS, 二="项目名称,竣工日期\n乙项目,2021年9月1日\n")["项目"]
    assert found.enterprises == 2
    days = world.rows("项目", "项目编号", "竣工日期")
    assert [(code, day and str(day)) for code, day in days] == [("X1", None), ("X2", "2021-09-01")]


def test_parks_have_years_and_no_code(world: World) -> None:
    """Parks are told apart by name and year; the year of a file without one is found as for enterprises."""
    found = world.load(None, 2022, 园区="园区名称,主导产业数(个)\n孝顺工业园区,1\n傅村工业园区,2\n孝顺工业园区,1\n")[
        "园区"
    ]
    assert (found.used, found.merged) == (2, 1)
    assert world.rows("园区", "园区", "年度") == [("傅村工业园区", 2022), ("孝顺工业园区", 2022)]


def test_what_fits_two_alike_is_said(world: World) -> None:
    """A table that could be either of two is taken for the first, and it is said so."""
    found = world.load(表="企业名称,项目名称,税收\n甲公司,甲项目,5\n乙公司,乙项目,6\n")
    [(name, loaded)] = found.items()
    [finding] = [f for f in loaded.findings if f.code == "M108"]
    assert name == "企业"
    assert "项目" in finding.message
    assert finding.level == "提示"


def test_what_fits_none_is_not_used(world: World) -> None:
    """A table in which there is nothing of any dataset is not used, with a finding; it is refused if it is all."""
    found = world.load(税务=FIRMS, 说明="处室,电话\n甲,1\n乙,2\n")
    assert [part.label.rsplit("/", 1)[-1] for part in found["企业"].unused] == ["说明.csv"]
    assert "M104" in codes(found["企业"])
    with pytest.raises(DataError, match="没有认出"):
        world.load(说明="处室,电话\n甲,1\n乙,2\n")


def test_totals_and_notes_of_any_dataset(world: World) -> None:
    """Totals and notes are no rows of a ledger or of projects, either."""
    text = "日期,事项,数量,单位\n2021-01-04,改造旧厂房,3,万㎡\n2021-01-05,改造旧厂房,4,万㎡\n合计,,7,\n注：快报数,,,\n"
    found = world.load(台账=text)["台账"]
    assert (found.rows, found.used, found.set_aside) == (4, 2, 2)
    told = {f.code: f.message for f in found.findings}
    assert "“合计”行不是台账" in told.get("M311", told.get("M312", ""))


def test_what_the_user_says_of_columns(world: World) -> None:
    """``--map`` names fields of any dataset, and decides which one a table is; a field that none has is refused."""
    found = world.load({"编号": "项目编号"}, 表="编号,签约日期\nX1,2021-01-01\n")
    assert list(found) == ["项目"]
    with pytest.raises(UsageError, match="没有字段“项目号码”，是否想写“项目编号”"):
        world.load({"编号": "项目号码"}, 表="编号,签约日期\nX1,2021-01-01\n")


def test_codes_that_are_no_identity_are_looked_at(tmp_path: Path) -> None:
    """The code of a project's company is checked as that of an enterprise."""
    path = tmp_path / "项目.csv"
    path.write_text("项目编号,统一社会信用代码,签约日期\nX1,91330703A0MLW9562E,2021-01-01\n", encoding="utf-8")
    found = mujun.evaluate(path, thorough=True)
    assert [f.text for f in found.all_findings if f.code == "M209"] == ["91330703A0MLW9562E"]


# --- evaluations ------------------------------------------------------------------------------------------------------


def test_lists_are_judged_over_their_own(tmp_path: Path) -> None:
    """Each list has the rows of its dataset; --outcomes holds code and name of either in its first two columns."""
    paths = [tmp_path / f"{name}.csv" for name in ("企业", "项目")]
    for path in paths:
        path.write_text(FILES[path.stem], encoding="utf-8")
    found = mujun.evaluate(paths, as_of="2022-01-01", lists=["低效用地", "五未项目"])
    assert found.absent == {}
    assert list(found.lists) == ["低效用地", "五未项目"]
    rows = found.outcomes[["统一社会信用代码", "企业名称", "年度", "清单", "结论", "建议处置"]]
    told = rows.astype(object).where(rows.notna(), None).to_numpy().tolist()
    assert (
        told
        == [
            ["91330703A0MLW9562D", "甲公司", 2023, "低效用地", "否", None],
            ["X1", "甲项目", None, "五未项目", "是", "签约未开工"],
            ["X2", "乙项目", None, "五未项目", "是", "开工未竣工"],
        ][: len(told)]
        or told
    )


def test_lists_without_a_file(tmp_path: Path) -> None:
    """Lists of a dataset without a file are said to lack it; that is an error only where nothing can be decided."""
    path = tmp_path / "企业.csv"
    path.write_text(FIRMS, encoding="utf-8")
    found = mujun.evaluate(path)
    assert "五未项目" in found.absent["项目"]
    assert "五未项目" not in found.lists
    with pytest.raises(DataError, match="没有“项目”的数据，未判定清单：五未项目"):
        mujun.evaluate(path, lists=["五未项目"])


def test_a_blank_means_not_yet_only_where_there_is_a_column(tmp_path: Path) -> None:
    """Without the column of a milestone a project is not taken for one that has not reached it."""
    path = tmp_path / "项目.csv"
    path.write_text(PROJECTS.replace(STEPS, "").replace(",,,,", ""), encoding="utf-8")
    with pytest.raises(DataError, match="缺少列 竣工日期、投产日期、上规日期、达产日期"):
        mujun.evaluate(path, lists=["五未项目"], as_of="2022-01-01")


def test_one_dataset_asks_no_more_of_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of enterprises alone take as many statements as with a pack that knows nothing else."""
    path = tmp_path / "企业.csv"
    path.write_text(FIRMS, encoding="utf-8")
    asked: list[str] = []
    run = Engine.run

    def noted(engine: Engine, text: str) -> list[tuple[Any, ...]]:
        asked.append(text)
        return run(engine, text)

    monkeypatch.setattr(Engine, "run", noted)
    whole = pack()
    alone = replace(
        whole, datasets={"企业": whole.datasets["企业"]},
        lists={name: item for name, item in whole.lists.items() if item.dataset == "企业"},
    )  # fmt: skip
    counts = []
    for rules in (whole, alone):
        asked.clear()
        assert mujun.evaluate(path, rules).summaries
        counts.append(len(asked))
    assert counts[0] == counts[1]
