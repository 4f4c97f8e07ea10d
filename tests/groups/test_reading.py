"""What groups rest on: choices by code, names of places, units in another column; and the faults of the files."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import mujun
from mujun.groups.tracking import track
from mujun.pack import PackError, load_pack
from tests.groups.small import FIELDS, LEDGER, MEASURES, targets, write_csv, write_pack

if TYPE_CHECKING:
    from pathlib import Path

BY_CODE = {"of": "代码段", "codes": {"金属": ["33", "3465"], "食品": ["13", "332"]}, "others": "其他"}
SECTOR = {"type": "choice", "values": {"金属": [], "食品": [], "其他": []}, "by_code": BY_CODE}


def with_sector(**sector: Any) -> dict[str, Any]:
    """Fields in which firms have a sector by their code."""
    firms = FIELDS["企业"]
    fields = {**firms["fields"], "代码段": {"type": "text"}, "行业": {**SECTOR, **sector}}  # type: ignore[dict-item]
    return {**FIELDS, "企业": {**firms, "fields": fields}}


def sectors(folder: Path, *rows: tuple[str | None, str | None]) -> list[str | None]:
    """The sector of each firm of a code and a sector as given, as a list shows it."""
    item = {"list": "低效", "cites": "一", "when": {"代码": "present"}, "rank": ["代码 asc"], "columns": ["行业"]}
    pack = write_pack(folder / "pack", fields=with_sector(), **{"lists/1": item})
    lines = [(f"A{i:03}", f"企业{i}", 2023, *row) for i, row in enumerate(rows)]
    data = write_csv(folder / "firms.csv", "代码,名称,年度,代码段,行业", lines)
    shown = mujun.evaluate(data, pack).lists["低效"]["行业"]
    return [value if isinstance(value, str) else None for value in shown]


def test_the_longest_code_wins(tmp_path: Path) -> None:
    """332 is of another sector than the rest of 33; what no code fits is left over; C3351 is 3351."""
    codes = ["3351", "3321", "332", "3465", "3460", "1311", "C3351", "C3329"]
    found = sectors(tmp_path, *((code, None) for code in codes))
    assert found == ["金属", "食品", "食品", "金属", "其他", "食品", "金属", "食品"]


def test_a_code_too_short_leaves_it_open(tmp_path: Path) -> None:
    """33 may be 332, which is another sector; 346 may be 3465; 3 may be many. None is guessed."""
    assert sectors(tmp_path, ("33", None), ("346", None), ("3", None), (None, None), ("9", None)) == [
        None, None, None, None, "其他"
    ]  # fmt: skip


def test_what_is_said_goes_before_the_code(tmp_path: Path) -> None:
    """A sector that the data give is not overruled."""
    assert sectors(tmp_path, ("3351", "食品"), ("9999", "金属")) == ["食品", "金属"]


@pytest.mark.parametrize(
    ("sector", "says"),
    [
        ({"by_code": {**BY_CODE, "of": "代码断"}}, "没有字段“代码断”，是否想写“代码”"),
        ({"by_code": {**BY_CODE, "of": "税收"}}, "“税收”不是文字，不能由它得出“行业”"),
        ({"by_code": {**BY_CODE, "others": "其它"}}, "“行业”没有取值“其它”，是否想写“其他”"),
        ({"by_code": {**BY_CODE, "codes": {"金属": ["33"], "食品": ["33"]}}}, "代码“33”已属于“金属”"),
        ({"type": "text"}, "只有 choice 能由代码得出"),
    ],
)
def test_faults_of_codes(tmp_path: Path, sector: dict[str, Any], says: str) -> None:
    """Each at its place."""
    with pytest.raises(PackError, match=says):
        load_pack(write_pack(tmp_path, fields=with_sector(**sector)))


def test_places_have_one_name(tmp_path: Path) -> None:
    """Other spellings become the name; a name that is not known stays, and is said with the first row that has it."""
    pack = write_pack(tmp_path / "pack")
    rows = [
        ("A1", "甲", 2023, "东"),
        ("A2", "乙", 2023, "东片"),
        ("A3", "丙", 2023, "南片"),
        ("A4", "丁", 2023, "南片"),
    ]
    data = write_csv(tmp_path / "firms.csv", "代码,名称,年度,片区", [(*row, 5) for row in rows])
    data.write_text(data.read_text(encoding="utf-8").replace("片区\n", "片区,税收(万元)\n", 1), encoding="utf-8")
    found = mujun.evaluate(data, pack, show=["片区"], thorough=True)
    told = [(one.code, one.row, one.text, one.count) for one in found.all_findings if one.code == "M215"]
    assert told == [("M215", 4, "南片", 2)]
    cells = found.engine.run('SELECT "片区", COUNT(*) FROM "企业" GROUP BY 1 ORDER BY 1')
    assert dict(cells) == {"东片": 2, "南片": 2}


def test_of_very_many_unknown_places_the_first_are_told(tmp_path: Path) -> None:
    """A column of something else gives a thousand findings, in the order of the names, and each name stays."""
    pack = write_pack(tmp_path / "pack")
    rows = [(f"A{number}", f"甲{number}", 2023, f"南{number:04}", 5) for number in range(1100)]
    data = write_csv(tmp_path / "firms.csv", "代码,名称,年度,片区", rows)
    data.write_text(data.read_text(encoding="utf-8").replace("片区\n", "片区,税收(万元)\n", 1), encoding="utf-8")
    found = mujun.evaluate(data, pack, show=["片区"], thorough=True)
    told = [(one.row, one.text) for one in found.all_findings if one.code == "M215"]
    assert told == [(number + 2, f"南{number:04}") for number in range(1000)]
    assert found.engine.run('SELECT COUNT(DISTINCT "片区") FROM "企业"') == [(1100,)]


def test_a_ledger_says_its_units(tmp_path: Path) -> None:
    """亩, 公顷 and 平方米 add up exactly; a row in another unit, or in none, is not known."""
    fields = {
        **FIELDS["台账"]["fields"],  # type: ignore[dict-item]
        "数量": {"unit_by": "计量"},
        "计量": {"type": "choice", "values": {"亩": [], "公顷": [], "㎡": ["平方米"], "家": []}},
    }
    measures = {
        "对象": {"盘活": {"dataset": "台账", "when": {"事项": "= 盘活"}}},
        "口径": {"量": {"formula": "合计(数量, 盘活)", "unit": "亩", "date": "日期"}},
    }
    pack = write_pack(
        tmp_path / "pack", fields={**FIELDS, "台账": {**FIELDS["台账"], "fields": fields}}, measures=measures,
        targets=targets(量={"measure": "量", "kind": "cumulative", "target": ">= 100亩"}),
    )  # fmt: skip
    day = datetime.date(2021, 5, 1)
    cells = [("1", "亩"), ("2", "公顷"), ("1000", "平方米"), ("7", "家"), ("9", None)]
    data = write_csv(tmp_path / "ledger.csv", "日期,事项,数量,计量", [(day, "盘活", *cell) for cell in cells])
    [found] = track(data, pack, as_of=datetime.date(2021, 12, 31)).progress
    assert found.actual is not None
    assert found.actual / found.unit.factor == 1 + 30 + Fraction(3, 2)
    assert (found.known, found.rows) == (3, 5)


FORMULA = "口径"


@pytest.mark.parametrize(
    ("name", "item", "says"),
    [
        ("measures", {"formula": "合计(强度)"}, "“强度”是比值，不能相加"),
        ("measures", {"formula": "合计(税收 / 用地)", "unit": "万元/亩"}, "是比值，不能相加"),
        ("measures", {"formula": "税收"}, "“税收”是每一行的数，成组时应写合计，如 合计"),
        ("measures", {"formula": "合计(税收)", "unit": "亩"}, "单位不一致：“它”是面积，“合计"),
        ("measures", {"formula": "计数(规尚)"}, "没有对象“规尚”，是否想写“规上”"),
        ("measures", {"formula": "占比(规上, 盘活)"}, "两个对象应出自同一数据"),
        ("measures", {"formula": "平均(税收)"}, "没有函数“平均”"),
        ("measures", {"formula": "它 + 1"}, "循环引用"),
        ("measures", {"formula": "合计(税收)", "unit": "万元", "date": "日期"}, "“企业”没有日期字段“日期”"),
        ("targets", {"measure": "总税受", "target": ">= 1万元"}, "没有口径“总税受”，是否想写“总税收”"),
        ("targets", {"measure": "总税收", "target": "1万元"}, "应以 >= 或 <= 开头"),
        ("targets", {"measure": "总税收", "target": ">= 1亩"}, "单位不一致"),
        ("targets", {"measure": "总税收", "target": ">= 1万元", "kind": "growth"}, "单位不一致"),
        ("targets", {"measure": "总税收", "target": ">= 1万元", "kind": "cumulative"}, "没有 date，不能按期累计"),
        ("targets", {"measure": "总税收", "target": ">= 1万元", "start": "2024-01-01"}, "晚于期限"),
        (
            "targets",
            {"measure": "总税收", "target": ">= 1万元", "kind": "levle"},
            "“kind”不能是“levle”，是否想写“level”",
        ),
        ("targets", {"measure": "总税收", "traget": ">= 1万元"}, "不认识的键“traget”，是否想写“target”"),
        ("rankings", {"by": "片", "level": "1", "growth": "1", "measures": {"总税收": "1"}}, "没有字段“片”"),
        ("rankings", {"by": "税收", "level": "1", "growth": "1", "measures": {"总税收": "1"}}, "不能用来分组"),
        ("rankings", {"by": "片区", "level": "基数", "growth": "1", "measures": {"总税收": "1"}}, "没有参数“基数”"),
        ("rankings", {"by": "片区", "level": "1", "growth": "1", "measures": {"总税": "1"}}, "没有口径“总税”"),
        ("rankings", {"by": "片区", "level": "1", "growth": "1万元", "measures": {"总税收": "1"}}, "单位不一致"),
        ("rankings", {"by": "片区"}, "“它”应写 level、growth 和 measures，或者只写 indicators"),
        ("rankings", {"by": "片区", "level": "1", "indicators": ["总税收"]}, "或者只写 indicators"),
        ("rankings", {"by": "片区", "indicators": ["总税"]}, "没有口径“总税”"),
    ],
)
def test_faults_of_measures_targets_and_rankings(tmp_path: Path, name: str, item: dict[str, Any], says: str) -> None:
    """A pack is refused with what is wrong, and where."""
    files: dict[str, Any] = {
        "measures": {**MEASURES, FORMULA: {**MEASURES[FORMULA], "它": item}},
        "targets": targets(它=item),
        "rankings": {"排名": {"它": item}},
    }
    with pytest.raises(PackError, match=says) as caught:
        load_pack(write_pack(tmp_path, **{name: files[name]}))
    assert {problem.place.file.name for problem in caught.value.problems} == {f"{name}.yaml"}
    assert len(caught.value.problems) == 1


def test_a_pack_needs_none_of_these_files(tmp_path: Path) -> None:
    """Without measures, targets and rankings a pack is as it was; asked for them, it says so."""
    pack = write_pack(tmp_path / "pack", measures=None)
    goals = load_pack(pack).goals
    assert (goals.measures, goals.targets, goals.rankings) == ({}, {}, {})
    data = write_csv(tmp_path / "ledger.csv", LEDGER, [(datetime.date(2021, 5, 1), "盘活", 1)])
    with pytest.raises(mujun.MujunError, match=r"没有 targets\.yaml"):
        track(data, pack)
