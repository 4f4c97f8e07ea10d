"""The layout kept from one month to the next: saved, read back, edited, and what differs from it told."""

from __future__ import annotations

import string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mujun
from mujun.engine.duckdb import Engine
from mujun.errors import DataError, UsageError
from mujun.intake.kept import MapError, best_name
from mujun.intake.load import Loaded, load
from mujun.intake.mapping import gather, general, read, save
from tests.intake.read import CODE, COMPANY, HEADER, ROWS, TABLE, YEAR, dataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mujun.intake.kept import Kept

SAMPLES = Path(__file__).parents[2] / "samples"
TAX = "税务局税收表\n单位：元\n信用代码,企业名称,年度,实缴税金,电话\n" + "".join(
    f"{row.rpartition(',')[0]},50000,1\n" for row in ROWS
)


class Desk:
    """A folder of files, a map beside it, and what came of loading the one by the other."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.map, self.engine = folder / "月报", folder / "map.yaml", Engine()
        self.folder.mkdir()

    def write(self, **files: str) -> None:
        """Put these files, ``name.csv``, into the folder instead of those there."""
        for old in self.folder.iterdir():
            old.unlink()
        for name, text in files.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def load(self, kept: Kept | None = None, overrides: Mapping[str, str] | None = None) -> Loaded:
        """Load the folder."""
        return load(self.engine.connection, [self.folder], dataset(), overrides, kept=kept)

    def keep(self, overrides: Mapping[str, str] | None = None) -> Loaded:
        """Load the folder and save the map."""
        loaded = self.load(overrides=overrides)
        self.map.write_text(save(loaded.read), encoding="utf-8")
        return loaded

    def edit(self, old: str, new: str) -> None:
        """Change one place of the map."""
        text = self.map.read_text(encoding="utf-8")
        assert text.count(old) == 1, text
        self.map.write_text(text.replace(old, new), encoding="utf-8")

    def again(self, overrides: Mapping[str, str] | None = None) -> Loaded:
        """Load the folder by the map."""
        return self.load(read(self.map), overrides)

    def changes(self, overrides: Mapping[str, str] | None = None) -> list[str]:
        """What is told to differ from the map."""
        return changes(self.again(overrides))

    def rows(self) -> list[tuple[object, ...]]:
        """The whole table."""
        return self.engine.run(f'SELECT * FROM "企业" ORDER BY "{CODE}", "{COMPANY}", "{YEAR}"')

    def taxes(self) -> list[object]:
        """税收 of each enterprise, in millionths of 万元."""
        return [tax for (tax,) in self.engine.run(f'SELECT 税收 FROM "企业" ORDER BY "{CODE}"')]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty folder."""
    return Desk(tmp_path)


def changes(loaded: Loaded) -> list[str]:
    """What is told to differ from the map."""
    return [dict(finding.params)["change"] for finding in loaded.findings if finding.code == "M501"]


# --- nothing has changed ----------------------------------------------------------------------------------------------


def test_the_sample_bureaus_read_by_their_own_map_are_the_same(tmp_path: Path) -> None:
    """Four files and fifteen sheets, saved and read back: the same rows, the same findings, nothing changed."""
    plain = mujun.evaluate(SAMPLES / "bureaus", thorough=True)
    path = tmp_path / "map.yaml"
    path.write_text(save(plain.read), encoding="utf-8")
    again = mujun.evaluate(SAMPLES / "bureaus", thorough=True, mapping=path)
    assert again.all_findings == plain.all_findings
    query = 'SELECT * FROM "企业" ORDER BY ALL'
    assert again.engine.run(query) == plain.engine.run(query)
    assert save(again.read) == save(plain.read)


_HEADERS = st.lists(
    st.one_of(
        st.sampled_from([
            "税收", "实缴税金(元)", "税收（万元）", "用地面积(㎡)", "用地面积(万元)", "销售收入", "规上", "电话",
            "序号", "null", "空",
            "土地利用率(%)", "综合能耗", "x: y", "{a}", "- b", "#", "'", '"', "2023", "乡 镇 街道", "所在乡镇",
        ]),
        st.text("甲乙丙丁 ，：*&!|>%@`～" + string.ascii_letters, min_size=1, max_size=8),
        st.integers(90, 1200).map(lambda count: "长" * count),
    ),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers=_HEADERS, title=st.sampled_from(["", "2023年税收表\n", "税收表\n单位：元\n"]), chosen=st.booleans())
def test_a_file_read_by_its_own_map_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, headers: list[str], title: str, chosen: bool
) -> None:
    """Whatever the headers are, reading by the map just saved gives the same rows and findings, and the same map."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    quoted = ",".join('"' + header.replace('"', '""') + '"' for header in headers)
    cells = ",".join(str(number) for number in range(3, 3 + len(headers)))
    desk.write(表=f"{title}信用代码,企业名称,{quoted}\n" + "".join(f"{row[:22]},{cells}\n" for row in ROWS))
    overrides = {headers[0]: "工业总产值"} if chosen else {}
    try:
        before = desk.keep(overrides)
    except (DataError, UsageError):
        return
    rows, text = desk.rows(), desk.map.read_text(encoding="utf-8")
    after = desk.again()
    assert desk.rows() == rows
    assert after.findings == before.findings
    assert save(after.read) == text


def test_next_month_with_the_same_layout_is_no_change(desk: Desk) -> None:
    """Another date in the name, other figures and other titles leave nothing to tell."""
    desk.write(税收2023年1月=TAX)
    desk.keep()
    desk.write(税收2023年12月=TAX.replace("50000", "60000").replace("税收表", "税收月报"))
    assert desk.changes() == []
    assert desk.taxes() == [6_000_000] * 3


def test_a_header_in_another_width_is_the_same_column(desk: Desk) -> None:
    """Brackets and blanks may change their width from month to month."""
    desk.write(税收=TABLE.replace("税收", "税收（元）"))
    desk.keep()
    desk.write(税收=TABLE.replace("税收", "税收 (元)"))
    assert desk.changes() == []


# --- what has changed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (",电话", ",联系电话", ["没有列“电话”", "多了列“联系电话”，未使用"]),
        ("实缴税金", "税收", ["没有列“实缴税金”（原为“税收”）", "多了列“税收”，按“税收”使用"]),
        ("单位：元", "制表人：甲\n单位：元", ["表头由第 3 行变为第 4 行"]),
        ("单位：元", "单位：万元", ["列“实缴税金”的单位由 元 变为 万元，按 万元 计"]),
        ("单位：元\n", "说明\n", ["标题里不再写单位“元”"]),
        ("实缴税金,电话\n", "实缴税金,电话\n甲,乙,丙,1,2\n", ["跳过的行由第 1、2 行变为第 1、2、4 行"]),
    ],
)
def test_each_change_of_a_table_is_told(desk: Desk, old: str, new: str, told: list[str]) -> None:
    """A column gone or new, a header elsewhere, another unit: each is a warning that names it."""
    desk.write(税收=TAX)
    desk.keep()
    desk.write(税收=TAX.replace(old, new))
    loaded = desk.again()
    assert changes(loaded) == told
    found = [finding for finding in loaded.findings if finding.code == "M501"]
    assert {(finding.level, Path(finding.file).name) for finding in found} == {("警告", "税收.csv")}
    assert str(desk.map) in found[0].message


def test_files_that_came_and_went_are_told(desk: Desk) -> None:
    """A file that fits no entry, and an entry that no file fits."""
    desk.write(税收=TAX)
    desk.keep()
    desk.write(实缴=TAX)
    assert desk.changes() == ["多了这个文件", "没有文件“税收*.csv”"]


def test_sheets_that_came_and_went_are_told(tmp_path: Path) -> None:
    """So for the sheets of a workbook."""
    path = tmp_path / "map.yaml"
    land = SAMPLES / "bureaus" / "自然资源局_用地.xlsx"
    path.write_text(save(mujun.evaluate(land, thorough=True).read), encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("岭下镇:", "岭上镇:"), encoding="utf-8")
    again = mujun.evaluate(land, thorough=True, mapping=str(path))
    assert changes(again.loaded) == ["多了工作表“岭下镇”", "没有工作表“岭上镇”"]


# --- what the map says ------------------------------------------------------------------------------------------------


def test_the_map_is_heeded_before_aliases(desk: Desk) -> None:
    """A field given to an unknown header, a unit given to a bare one, and a known column left unused."""
    desk.write(税收=TABLE.replace("税收", "上缴").replace("年度", "税收"))
    desk.keep()
    desk.edit("上缴: {字段: 空}", "上缴: {字段: 税收, 单位: 千元}")
    desk.edit("  税收: {字段: 税收}  # 没有写单位，按 万元 计", "  税收: {字段: 年度}")
    loaded = desk.again()
    assert changes(loaded) == []
    assert desk.taxes() == [500_000, 650_000, 725_000]
    assert [finding.code for finding in loaded.findings] == ["M111"]
    desk.edit("字段: 税收, 单位: 千元", "字段: ")
    assert "税收" not in desk.again().fields


def test_what_a_file_states_is_never_converted_in_silence(desk: Desk) -> None:
    """Where the file states another unit than the map, the file is heeded and the difference told."""
    desk.write(税收=TABLE.replace("税收", "税收(元)"))
    desk.keep()
    desk.edit("单位: 元", "单位: 千元")
    assert desk.changes() == ["列“税收(元)”的单位由 千元 变为 元，按 元 计"]
    assert desk.taxes() == [500, 650, 725]


def test_a_header_whose_unit_cannot_be_the_fields_is_refused(desk: Desk) -> None:
    """Figures in 亩 are no 税收, whatever the map says; it is told where that stands."""
    desk.write(税收=TABLE.replace("税收", "上缴(亩)"))
    desk.keep()
    desk.edit("上缴(亩): {字段: 空}", "上缴(亩): {字段: 税收}")
    with pytest.raises(UsageError, match=r"map\.yaml:\d+:\d+：列“上缴\(亩\)”的单位“亩”不能用于“税收”"):
        desk.again()


def test_the_command_line_goes_before_the_map(desk: Desk) -> None:
    """列名=字段 wins over what the map says of that column, and of that field."""
    desk.write(税收=TABLE.replace("税收", "税收,上缴").replace(",5\n", ",5,8\n").replace("5\n", "5,9\n"))
    desk.keep()
    loaded = desk.again({"上缴": "税收"})
    assert desk.taxes() == [8_000_000, 9_000_000, 9_000_000]
    assert [f.column for f in loaded.findings if f.code == "M114"] == ["税收"]
    assert changes(loaded) == []


def test_a_header_that_only_the_user_knows_is_found_wherever_it_stands(desk: Desk) -> None:
    """Names of which no alias knows one, below rows as wide as the table: the map, or the command line, tells them."""
    names = {"代号": CODE, "谁": COMPANY, "期": YEAR, "钱": "税收"}
    header = ",".join(names)
    desk.write(税收=TABLE.replace(HEADER, header))
    desk.keep(names)
    before = desk.rows()
    assert desk.taxes() == [5_000_000, 6_500_000, 7_250_000]
    desk.write(税收=TABLE.replace(HEADER, f"制表,张三,电话,8221\n核对,李四,电话,8222\n{header}"))
    assert desk.changes() == ["表头由第 1 行变为第 3 行"]
    assert desk.rows() == before
    assert not [finding for finding in desk.load(overrides=names).findings if finding.level == "错误"]
    assert desk.rows() == before


def test_files_of_one_pattern_with_other_columns_each_have_their_entry(desk: Desk) -> None:
    """Files alike share an entry; where they differ each stands under its own name."""
    desk.write(税收1=TABLE, 税收2=TABLE.replace("甲", "丁"))
    desk.keep()
    assert "税收*.csv:" in desk.map.read_text(encoding="utf-8")
    desk.write(税收1=TABLE, 税收2=TABLE.replace("税收", "实缴税金"))
    desk.keep()
    text = desk.map.read_text(encoding="utf-8")
    assert "  税收1.csv:" in text
    assert "  税收2.csv:" in text
    assert desk.changes() == []


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("字段: 税收", "字断: 税收", "不认识的键“字断”，是否想写“字段”"),
        ("字段: 税收", "字段: 税受", "没有字段“税受”，是否想写“税收”"),
        ("单位: 元", "单位: 亩", "单位“亩”不能用于“税收”（应为万元）"),
        ("单位: 元", "单位: 圈", "圈"),
        ("表头行: [3]", "表头行: [三]", "“表头行”应为整数，写了“三”"),
        ("表头行: [3]", "表头行: [0]", "“表头行”不能小于 1"),
        ("电话: {字段: 空}", "电话:", "“电话”应为“名称: 值”的形式"),
        ("文件:", "文件：", "全角冒号"),
        ("电话: {字段: 空}", "年度: {字段: 空}", "键“年度”重复"),
    ],
)
def test_a_fault_of_the_map_is_named_where_it_stands(desk: Desk, old: str, new: str, told: str) -> None:
    """Misspelt keys and fields, wrong units and rows: file, line and column, and what was meant."""
    desk.write(税收=TAX)
    desk.keep()
    desk.map.write_text(desk.map.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(MapError) as caught:
        desk.again()
    first, fault, *_ = str(caught.value).splitlines()
    assert first.startswith(f"“{desk.map}”有 ")
    assert fault.startswith(f"{desk.map}:")
    assert told in str(caught.value)


def test_only_one_map_that_exists_can_be_given(tmp_path: Path) -> None:
    """A map that is not there, two of them, and what is no map at all are wrong uses."""
    path = tmp_path / "map.yaml"
    with pytest.raises(UsageError, match="没有列对应表"):
        gather(path)
    path.write_text("文件: {}\n", encoding="utf-8")
    overrides, kept = gather([{"甲": "税收"}, path])
    assert (overrides, kept and kept.files) == ({"甲": "税收"}, {})
    with pytest.raises(UsageError, match="只能给一个"):
        gather([path, str(path)])
    with pytest.raises(UsageError, match="int"):
        gather([3])  # type: ignore[list-item]


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("税务局_税收.csv", "税务局_税收*.csv"),
        ("税务局_税收_202401.csv", "税务局_税收*.csv"),
        ("2024年1月税收.xlsx", "*税收.xlsx"),
        ("税收（2024-01-31）.xls", "税收*.xls"),
        ("税收一月.csv", "税收*.csv"),
        ("税收2024年第一季度.csv", "税收*.csv"),
        ("Sheet1", "Sheet*"),
        ("孝顺镇", "孝顺镇"),
    ],
)
def test_dates_and_numbers_of_a_name_may_be_others(name: str, pattern: str) -> None:
    """A name is kept with * for what changes from month to month."""
    assert general(name) == pattern


@given(st.text("税收_(-年月第一三0123456789.（） ab", min_size=1, max_size=20), st.sampled_from(["", ".csv", ".XLSX"]))
def test_a_name_fits_its_own_pattern(stem: str, suffix: str) -> None:
    """Whatever a file is called, it is found again."""
    name = stem + suffix
    assert best_name([general(name)], f"月报/{name}") == general(name)


def test_the_entry_that_says_most_is_taken() -> None:
    """The exact name goes before patterns, a longer pattern before a shorter, and folders are heeded where given."""
    names = ["*.csv", "税收*.csv", "税收明细*.csv", "税收1.csv", "甲/税收*.csv"]
    assert best_name(names, "税收明细2.csv") == "税收明细*.csv"
    assert best_name(names, r"C:\月报\税收1.CSV") == "税收1.csv"
    assert best_name(names, "甲/税收2.csv") == "甲/税收*.csv"
    assert best_name(names, "乙/税收2.csv") == "税收*.csv"
    assert best_name(names[1:], "用电.csv") is None
