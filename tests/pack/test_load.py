"""A pack loads whole, or every fault of it is reported at once."""

from __future__ import annotations

from pathlib import Path

import pytest

import mujun
from mujun.errors import MujunError, UsageError
from mujun.pack import Pack, PackError, Place, Problem, find_pack, load_pack, packs_folder
from mujun.pack import load as loading
from mujun.quantity import known_units
from tests.pack.draft import DOUBLING, FIELDS, INDICATORS, LOW, PACK, SCALE, TAX, WATCH, Draft

# --- finding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [None, "jindong", packs_folder() / "jindong", str(packs_folder() / "jindong")])
def test_packs_are_found_by_name_and_path(name: str | Path | None) -> None:
    """A pack is found by its name, by its folder, and without either the default is taken."""
    assert find_pack(name) == packs_folder() / "jindong"


def test_an_unknown_pack_is_refused_with_the_nearest() -> None:
    """An unknown name is refused with the nearest pack, and what else is there."""
    with pytest.raises(UsageError) as caught:
        find_pack("jindon")
    assert caught.value.message == "没有政策包“jindon”，是否想写“jindong”"
    assert caught.value.hint.startswith("自带的政策包：")
    assert "jindong" in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    """A folder without pack.yaml is refused with what it lacks."""
    with pytest.raises(UsageError, match=r"不是政策包：缺少 pack.yaml\n政策包的写法见 README"):
        load_pack(tmp_path)


def test_packs_lie_inside_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed mujun finds its packs inside the package."""
    (tmp_path / "mujun" / "rules").mkdir(parents=True)
    monkeypatch.setattr(mujun, "__file__", str(tmp_path / "mujun" / "__init__.py"))
    assert packs_folder() == tmp_path / "mujun" / "rules"


# --- loading --------------------------------------------------------------------------------------------------------


def test_the_shipped_pack_loads() -> None:
    """The shipped pack is sound, and holds what its files say."""
    pack = load_pack()
    assert isinstance(pack, Pack)
    assert (pack.name, pack.folder) == ("jindong", packs_folder() / "jindong")
    assert list(pack.lists)[:5] == ["低效用地", "临界", "产能倍增", "高税少地", "三年未上规"]
    assert len(pack.lists) == len(list((pack.folder / "lists").glob("*.yaml")))
    assert str(pack.parameters["低效线"].value) == "3万元/亩"
    assert str(pack.source.issued) == "2021-05-23"
    assert pack.dataset_of(pack.lists["临界"]).company == "企业名称"
    assert pack.datasets["企业"].fields["能耗指标利用率"].fallback_text == "综合能耗 / 核定能耗"
    assert pack.lists["低效用地"].place == Place(pack.folder / LOW, 1, 1)


def test_every_shipped_pack_loads() -> None:
    """Every pack that comes with mujun is sound and bears the name of its folder."""
    folders = [file.parent for file in packs_folder().glob("*/pack.yaml")]
    assert folders
    assert all(load_pack(folder.name).name == folder.name for folder in folders)


def test_a_copy_loads_from_anywhere(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copied pack is loaded by its path, relative ones included, and is the same but for its folder."""
    monkeypatch.chdir(draft.folder.parent)
    pack = load_pack("pack")
    assert pack.folder.resolve() == draft.folder.resolve()
    assert [item.when for item in draft.load().lists.values()] == [
        item.when for item in load_pack(draft.folder).lists.values()
    ]
    assert list(pack.indicators) == list(load_pack().indicators)


def test_hundreds_of_lists_load(draft: Draft) -> None:
    """Five hundred generated lists load as so many lists, in the order of their files."""
    for number in range(500):
        draft.write(
            f"lists/gen-{number:03}.yaml",
            f"list: 生成{number}\ncites: 第{number}条\nwhen:\n  all:\n    - 税收: '>= {number}万元'\n"
            f"    - any: [综合评价: in 倍增等级, 用地面积: '< {number + 1}亩']\nrank: [税收 desc]\n",
        )
    before, pack = len(load_pack().lists), draft.load()
    assert [name for name in pack.lists if name.startswith("生成")] == [f"生成{number}" for number in range(500)]
    assert len(pack.lists) == before + 500


# --- reporting ------------------------------------------------------------------------------------------------------


UNITS = f"可用：{'、'.join(known_units())}，及其组合（如 万元/亩）"


def test_every_fault_at_once(draft: Draft) -> None:
    """Faults of every sort, in every file, are reported in one go, by file, line and column."""
    draft.edit(PACK, "title: 金", "tilte: 金")
    draft.edit(PACK, "value: 80%", "value: 80％％")
    draft.edit(FIELDS, "type: flag\n      aliases: [是否进入交易", "type: flga\n      aliases: [是否进入交易")
    draft.edit(FIELDS, "plausible: [0亩, 500亩]\n    租入用地", "plausible: [0亩, 500公里]\n    租入用地")
    draft.edit(INDICATORS, "税收 / 用地面积, unit", "(税收 / 用地面积, unit")
    draft.edit(INDICATORS, '"往年(规上, 2)"', '"往年(归上, 2)"')
    draft.edit(LOW, '        - 进入交易: "= 是"', '        - 进入交易: "< 是"\n        - 园区: "> 是"')
    draft.edit(LOW, "cites: 二（一）2\n", "")
    draft.edit(LOW, "columns: [税收", "columns: [税手")
    draft.edit(WATCH, "list: 临界", "list：临界")
    draft.edit(DOUBLING, '税收: ">= 倍增税收线"', '税收: ">= 3亩"')
    draft.edit(DOUBLING, "rank: [税收 desc, 亩均税收 desc]", "rank: []")
    draft.edit(TAX, "- 园区: present", '- 园区: present\n    - 税收: "< 高税线"')
    draft.edit(SCALE, "rank: [自有用地 desc", "rank: [自由用地 desc")
    draft.write("lists/6.yml", "")
    draft.write("lists/7.yaml", "list: 甲\nlist: 乙")
    assert [tuple(fault) for fault in draft.faults()] == [
        (f"{FIELDS}:102:23", f"不认识的单位“公里”，{UNITS}"),
        (f"{FIELDS}:171:13", "“type”不能是“flga”，是否想写“flag”，可用：number、code、text、year、flag、choice、date"),
        (f"{INDICATORS}:2:19", "公式“(税收 / 用地面积”写法有误：括号从这里开始，没有结束"),
        (f"{INDICATORS}:11:23", "没有名称“归上”，是否想写“规上”"),
        (f"{LOW}:1:1", "缺少“cites”"),
        (f"{LOW}:6:11", "没有字段或指标“税手”，是否想写“税收”"),
        (f"{LOW}:16:18", "“园区”不是数字，不能用 >，可用 =  !=  in"),
        (f"{WATCH}:1:5", "用了全角冒号“：”，应为半角冒号加空格“: ”"),
        (f"{DOUBLING}:8:19", "单位不一致：“税收”是金额，“3亩”是面积"),
        (f"{DOUBLING}:14:7", "“rank”至少要有 1 项"),
        (f"{TAX}:1:1", "清单“高税少地”的条件自相矛盾，任何企业都不可能列入"),
        (f"{SCALE}:10:8", "没有字段或指标“自由用地”，是否想写“自有用地”"),
        ("lists/6.yml:1:1", "这个文件不会被读取，是否想写“lists/6.yaml”；清单应放在 lists/*.yaml"),
        ("lists/7.yaml:1:1", "缺少“cites”"),
        ("lists/7.yaml:1:1", "缺少“rank”"),
        ("lists/7.yaml:1:1", "缺少“when”"),
        ("lists/7.yaml:2:1", "键“list”重复，第 1 行已有"),
        (f"{PACK}:2:1", "不认识的键“tilte”，是否想写“title”，可用：pack、title、source、note、parameters"),
        (f"{PACK}:28:12", f"不认识的单位“%%”，{UNITS}"),
    ]  # fmt: skip


def test_a_wrong_shape_hides_nothing_else(draft: Draft) -> None:
    """What is wrong with the head of a file does not keep its names, formulas and conditions from being checked."""
    draft.edit(PACK, "pack: jindong\n", "")
    draft.edit(PACK, "value: 10%", "value: 10百分")
    draft.edit(FIELDS, "totals: [用地面积, 税收]", "totals: 用地面积")
    draft.edit(INDICATORS, "指标:\n", "其他: {}\n指标:\n")
    draft.edit(INDICATORS, "税收 / 用地面积, unit", "税收 * 用地面积, unit")
    draft.edit(WATCH, "rank: [亩均税收 asc, 用地面积 desc]", "rank: 税收")
    draft.edit(WATCH, '">= 低效线"', '">> 低效线"')
    draft.edit(LOW, '- 开发意愿: "= 无"', '- 不存在: "= 无"')
    draft.edit(LOW, "routes:\n", "routes:\n  其他: 甲\n")
    draft.edit(TAX, "first: 优选家数, ", "")
    draft.edit(TAX, '"<= 少地线"', '"<= 少地县"')
    draft.edit(SCALE, "list: 三年未上规", "list: [三年未上规]")
    draft.edit(SCALE, '">= 上规用地线"', '">= 上规税收线"')
    assert [(fault.place, fault.message[:8]) for fault in draft.faults()] == [
        (f"{FIELDS}:4:11", "“totals”"),
        (f"{INDICATORS}:1:1", "不认识的键“其他"),
        (f"{INDICATORS}:3:19", "单位不一致：“亩"),
        (f"{LOW}:10:7", "“其他”应为“名"),
        (f"{LOW}:23:11", "没有字段或指标“"),
        (f"{WATCH}:6:14", "条件“>> 低效"),
        (f"{WATCH}:8:7", "“rank”应为"),
        (f"{TAX}:7:17", "没有名称“少地县"),
        (f"{TAX}:11:1", "缺少“first"),
        (f"{SCALE}:1:7", "“list”应为"),
        (f"{SCALE}:6:17", "没有名称“上规税"),
        (f"{PACK}:1:1", "缺少“pack”"),
        (f"{PACK}:14:12", "不认识的单位“百"),
    ]


@pytest.mark.parametrize("file", [PACK, FIELDS, INDICATORS])
@pytest.mark.parametrize("content", [b"\xb5\xd8", b"", b"a: [", "只有文字".encode()])
def test_an_unreadable_file_is_one_fault(draft: Draft, file: str, content: bytes) -> None:
    """Where a file that defines names cannot be read, nothing is said about the names that it would have defined."""
    draft.write(file, content)
    assert [fault.place.split(":")[0] for fault in draft.faults()] == [file]


@pytest.mark.parametrize("file", [FIELDS, INDICATORS])
def test_a_missing_file_is_one_fault(draft: Draft, file: str) -> None:
    """A missing file is reported by its name, without what follows from it."""
    (draft.folder / file).unlink()
    assert [tuple(fault) for fault in draft.faults()] == [(f"{file}:1:1", "缺少这个文件")]


def test_a_pack_without_lists(draft: Draft) -> None:
    """A pack needs a list."""
    for file in (draft.folder / "lists").iterdir():
        file.unlink()
    assert [tuple(fault) for fault in draft.faults()] == [("lists:1:1", "没有清单，至少要有一个 lists/*.yaml")]


@pytest.mark.parametrize(
    ("file", "close"),
    [
        ("field.yaml", "，是否想写“fields.yaml”"),
        ("indicators.yml", "，是否想写“indicators.yaml”"),
        ("6-more.yaml", "，是否想写“lists/6-more.yaml”"),
        ("lists/6-more.yml", "，是否想写“lists/6-more.yaml”"),
        ("lists/6-more.YAML", "，是否想写“lists/6-more.yaml”"),
        ("lists/old/6-more.yaml", "，是否想写“lists/6-more.yaml”"),
    ],
)
def test_a_stray_file_is_reported(draft: Draft, file: str, close: str) -> None:
    """A YAML file that nobody reads, and that would silently do nothing, is reported with where it belongs."""
    (draft.folder / "lists" / "old").mkdir()
    draft.write(file, "list: 甲")
    assert [tuple(fault) for fault in draft.faults()] == [
        (f"{file}:1:1", f"这个文件不会被读取{close}；清单应放在 lists/*.yaml")
    ]


def test_other_files_do_not_matter(draft: Draft) -> None:
    """A pack may hold the document it encodes, notes and the like."""
    draft.write("原文.md", "计划全文")
    draft.write("lists/说明.txt", "清单的说明")
    assert draft.load().lists


def test_fields_must_be_named_by_dataset(draft: Draft) -> None:
    """A file of fields that is no mapping is reported with the form it should have."""
    draft.write(FIELDS, "- 企业")
    assert [tuple(fault) for fault in draft.faults()] == [
        (f"{FIELDS}:1:1", "文件内容应为“数据名: {identity: …, fields: …}”")
    ]


@pytest.mark.parametrize("file", [PACK, INDICATORS, WATCH])
def test_a_file_must_be_a_mapping(draft: Draft, file: str) -> None:
    """A file that is no mapping is reported with the form it should have."""
    draft.write(file, "- 甲")
    assert [tuple(fault) for fault in draft.faults()] == [(f"{file}:1:1", "“文件内容”应为“名称: 值”的形式")]


def test_a_broken_dataset_is_one_fault(draft: Draft) -> None:
    """Lists over a dataset at fault are checked as far as can be, and not blamed for it."""
    draft.edit(FIELDS, "  fields:\n", "  feilds:\n")
    draft.edit(WATCH, '">= 低效线"', '"> = 低效线"')
    assert [fault.place for fault in draft.faults()] == [f"{FIELDS}:5:3", f"{WATCH}:6:14"]


PARKS = """
园区数据:
  identity: {code: 编码, name: 名, year: 年}
  fields:
    编码: {type: code}
    名: {type: text}
    年: {type: year}
    面积: {unit: 亩}
    产出: {unit: 万元, fallback: 面积 * 低效线}
"""
"""A second dataset."""


def with_parks(draft: Draft, *more: str) -> None:
    """Add a second dataset, with more lines for its fields."""
    text = (draft.folder / FIELDS).read_text(encoding="utf-8")
    draft.write(FIELDS, text + PARKS + "".join(f"    {line}\n" for line in more))


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("税收: {unit: 亩}", "“税收”在数据“企业”里是 number（万元），这里是 number（亩）"),
        ("税收: {unit: 元}", "这里是 number（元）"),
        ("规上: {type: text}", "“规上”在数据“企业”里是 flag，这里是 text"),
    ],
)
def test_a_shared_field_is_the_same(draft: Draft, field: str, says: str) -> None:
    """A field name stands for one thing: another dataset may use it only for the same type in the same unit."""
    with_parks(draft, field)
    [fault] = draft.faults()
    assert fault.place == draft.marked(FIELDS, f"▶{field}")
    assert says in fault.message


def test_datasets_may_share_a_field(draft: Draft) -> None:
    """What is the same in two datasets has one name in both, and each has its own aliases for it."""
    with_parks(draft, "税收: {unit: 万元, aliases: [园区税收]}")
    pack = draft.load()
    assert pack.datasets["园区数据"].fields["税收"].aliases == ("园区税收",)
    assert "实缴税金" in pack.datasets["企业"].fields["税收"].aliases


def test_an_indicator_has_a_home(draft: Draft) -> None:
    """An indicator over fields that no one dataset has, or that looks back where there are no years, is a fault."""
    with_parks(draft)
    draft.edit(INDICATORS, "指标:\n", "指标:\n  产出占比: {formula: 产出 / 税收}\n")
    [fault] = draft.faults()
    assert fault.place == draft.marked(INDICATORS, "▶产出占比: {")
    assert "“产出”在园区数据、“税收”在企业" in fault.message


def test_no_years_no_past(draft: Draft) -> None:
    """An indicator that looks back over a dataset without years is a fault."""
    text = (draft.folder / FIELDS).read_text(encoding="utf-8")
    more = "事件:\n  identity: {}\n  counter: 件\n  fields:\n    数目: {unit: 家}\n"
    draft.write(FIELDS, text + more)
    draft.edit(INDICATORS, "指标:\n", "指标:\n  上年数目: {formula: '往年(数目, 1)', unit: 家}\n")
    [fault] = draft.faults()
    assert "没有年度" in fault.message


def test_a_list_over_another_dataset(draft: Draft) -> None:
    """A list may use the fields of its own dataset, and the indicators that rest on them."""
    with_parks(draft)
    draft.edit(INDICATORS, "指标:\n", "指标:\n  单位产出: {formula: 产出 / 面积, unit: 万元/亩}\n")
    draft.write(
        "lists/9.yaml",
        "list: 甲\ncites: 一\ndataset: 园区数据\nwhen: {单位产出: '> 低效线'}\n"
        "rank: [产出 desc]\ncolumns: [单位产出]\n",
    )
    pack = draft.load()
    assert pack.dataset_of(pack.lists["甲"]).name == "园区数据"
    assert pack.dataset_of(pack.lists["临界"]).name == "企业"


def test_datasets_do_not_mix(draft: Draft) -> None:
    """What belongs to one dataset, directly or through indicators, is a fault in a list or fallback of another."""
    with_parks(draft, "人数: {unit: 人, fallback: 平均职工人数}")
    draft.edit(INDICATORS, "指标:\n", "指标:\n  差: {formula: 亩均税收 - 低效线, unit: 万元/亩}\n")
    draft.write(
        "lists/9.yaml",
        "list: 甲\ncites: 一\ndataset: 园区数据\nwhen:\n  all:\n    - 面积: '> 用地面积'\n    - 差: '> 低效线'\n"
        "rank: [税收 desc]\ncolumns: [亩均税收, 面积]\n",
    )
    message = "“{}”不在这份数据里，只能用同一数据的字段和指标"
    assert [tuple(fault) for fault in draft.faults()] == [
        (draft.marked(FIELDS, "fallback: ▶平均职工人数"), message.format("平均职工人数")),
        ("lists/9.yaml:6:14", message.format("用地面积")),
        ("lists/9.yaml:7:7", message.format("差")),
        ("lists/9.yaml:8:8", message.format("税收")),
        ("lists/9.yaml:9:11", message.format("亩均税收")),
    ]


# --- the error itself -----------------------------------------------------------------------------------------------


def test_problems_are_sorted_and_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error lists its problems by file, line and column, each once, with paths as seen from here."""
    monkeypatch.chdir(tmp_path)
    here, elsewhere = tmp_path / "a.yaml", Path("/elsewhere/b.yaml")
    problems = [
        Problem(Place(elsewhere, 1, 1), "丁"),
        Problem(Place(here, 10, 2), "丙"),
        Problem(Place(here, 2, 30), "乙"),
        Problem(Place(here, 2, 4), "甲"),
        Problem(Place(here, 2, 4), "甲"),
    ]
    error = PackError(problems)
    assert [problem.message for problem in error.problems] == ["丁", "甲", "乙", "丙"]
    assert str(error) == (
        f"政策包有 4 处错误，未采用：\n{elsewhere}:1:1：丁\na.yaml:2:4：甲\na.yaml:2:30：乙\na.yaml:10:2：丙\n"
        "请按“文件:行:列”改正后重试"
    )
    assert isinstance(error, MujunError)
    assert error.exit_code == 3


def test_a_pack_is_never_half_loaded(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack with a fault is refused as a whole, also where the fault is found last."""
    monkeypatch.setattr(
        loading, "check_reachable", lambda pack, problems: problems.append(Problem(Place(pack.folder), "末"))
    )
    with pytest.raises(PackError):
        draft.load()
