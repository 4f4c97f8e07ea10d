"""YAML is read without surprises, and whatever is wrong with it is said at its line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml

from mujun.pack import load_pack, yaml
from mujun.pack.problems import Place, Problem


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to write YAML into."""
    return tmp_path / "a.yaml"


def faults(file: Path, content: str | bytes) -> list[tuple[str, str]]:
    """What is wrong with a file: ``line:column`` and message of each fault."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    problems: list[Problem] = []
    yaml.read(file, problems)
    assert all(problem.place.file == file for problem in problems)
    return [(f"{problem.place.line}:{problem.place.column}", problem.message) for problem in problems]


def value(file: Path, content: str) -> Any:
    """The value of a file without faults."""
    return document(file, content).value


def document(file: Path, content: str) -> yaml.Document:
    """A file without faults."""
    file.write_text(content, encoding="utf-8")
    problems: list[Problem] = []
    found = yaml.read(file, problems)
    assert not problems
    assert found is not None
    return found


# --- values ---------------------------------------------------------------------------------------------------------

TEXTS = [
    "no",
    "Yes",
    "on",
    "off",
    "y",
    "0123",
    "0x1F",
    "1_000",
    "12:30",
    "2021-05-23",
    "1e5",
    ".5",
    "NaN",
    ".inf",
    "True",
]


@pytest.mark.parametrize("text", [*TEXTS, "3", "-1.50", "+7", "NULL", "=", "80%"])
def test_plain_text_stays_text(file: Path, text: str) -> None:
    """What YAML 1.1 would make a boolean, number, date or sexagesimal stays the text that was written."""
    assert value(file, f"{text}: [{text}]") == {text: [text]}


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("false", False), ("null", None), ("~", None), ("", None)])
def test_the_words_that_are_no_text(file: Path, text: str, meant: bool | None) -> None:
    """Only true, false, null and nothing mean something else than text, and not in quotes."""
    assert value(file, f"甲: {text}") == {"甲": meant}
    assert value(file, f"甲: '{text}'") == {"甲": text}


def test_anchors_are_shared_values(file: Path) -> None:
    """A value may be written once and used again."""
    assert value(file, "甲: &x [1, 2]\n乙: *x") == {"甲": ["1", "2"], "乙": ["1", "2"]}


@pytest.mark.parametrize("content", ["甲: 乙\n", "甲: 乙", "\ufeff甲: 乙\n", "甲: 乙\r\n"])
def test_line_ends_and_marks_of_editors_do_not_matter(file: Path, content: str) -> None:
    """Files of every editor read alike: with or without a byte order mark, carriage returns, a last line end."""
    assert value(file, content) == {"甲": "乙"}


def test_without_libyaml_packs_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML lacks its C parser, the slower one gives the same pack, places included."""
    pack = load_pack()
    monkeypatch.setattr(yaml, "_LOADER", pyyaml.SafeLoader)
    assert load_pack() == pack


# --- places ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "path", "place"),
    [
        ("税收:  万元", ("税收",), "1:6"),
        ("税收: '万元'", ("税收",), "1:6"),
        ('税收: "万元"', ("税收",), "1:6"),
        ("税收:\n  单位:\n    - 元\n    - {万: 元}", ("税收", "单位", 1, "万"), "4:11"),
        ("税收: |\n\n   万元\n", ("税收",), "3:4"),
        ("税收: >-\n  万元\n  亿元\n", ("税收",), "2:3"),
        ("税收: |\n", ("税收",), "1:5"),
        ("税收: [甲, 乙]", ("税收", 1), "1:9"),
        ("税收: 甲", ("税收", "没有", 3), "1:5"),
    ],
)
def test_places_of_values(file: Path, content: str, path: yaml.Path_, place: str) -> None:
    """A value knows the line and column of its first character, counted in characters; quotes are skipped."""
    found = document(file, content).place(path)
    assert f"{found.line}:{found.column}" == place


def test_places_of_keys(file: Path) -> None:
    """A key knows its place; what has no key is where its value is."""
    found = document(file, "甲:\n  - 乙: 丙\n    丁: 戊")
    assert found.key(("甲", 0, "丁")) == Place(file, 3, 5)
    assert found.key(("甲", 0)) == Place(file, 2, 5)
    assert found.key(()) == found.place(()) == Place(file, 1, 1)


# --- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "at", "says"),
    [
        ("甲: 1\n乙: 2\n甲: 3", "3:1", "键“甲”重复，第 1 行已有"),
        ("甲:\n  {乙: 1, 乙: 2}", "2:10", "键“乙”重复，第 2 行已有"),
        ("? [甲]\n: 乙", "1:3", "键必须是文字"),
        ("甲: [乙，丙]", "1:6", "列表里用了全角逗号“，”，应为半角逗号“,”；确为文字请加引号"),
        ("甲: [乙, 丙，丁]", "1:9", "列表里用了全角逗号“，”"),
        ("甲: !a 丙", "1:4", '以“!”开头的值请加引号，如 "!a …"'),
        ("甲: != 丙", "1:4", '以“!”开头的值请加引号，如 "!= …"'),
        ("甲: &x\n  乙: *x", "1:4", "引用（*）成环或展开过大"),
    ],
)
def test_what_reads_but_means_something_else(file: Path, content: str, at: str, says: str) -> None:
    """What YAML allows, but nobody can mean, is a fault."""
    [(place, message)] = faults(file, content)
    assert (place, message[: len(says)]) == (at, says)


@pytest.mark.parametrize("content", ["甲: ['乙，丙']", "甲: 乙，丙", "甲:\n  - 乙，丙", "甲: {乙: 丙，丁}"])
def test_full_width_commas_in_texts(file: Path, content: str) -> None:
    """A full-width comma in a text that is no item of a bracketed list is no fault."""
    assert value(file, content)


SYNTAX = [
    # colons
    ("甲：1\n乙: 2", "1:2", "用了全角冒号“：”，应为半角冒号加空格“: ”"),
    ("甲: 1\n乙：2\n丙: 3", "2:2", "用了全角冒号“：”"),
    ("甲:\n  - 乙：2\n    丙: 3", "2:6", "用了全角冒号“：”"),
    ("甲: 1\n\n乙\n丙: 3", "3:1", "缺少冒号，应为“名称: 值”"),
    ("甲: {乙:}", "1:6", "冒号后应有空格和值"),
    ("甲: 乙: 丙", "1:5", "此处不能再有冒号：上一行缺少冒号、缩进有误，或值含冒号未加引号"),
    # indentation
    ("甲:\n\t乙: 1", "2:1", "缩进用了制表符，YAML 只允许空格"),
    ("甲:\n  \t乙: 1", "2:3", "缩进用了制表符，YAML 只允许空格"),
    ("甲: 1\n\t乙: 2", "2:1", "缩进用了制表符，YAML 只允许空格"),
    ("甲:\n    乙: 1\n  丙: 2", "3:3", "缩进或引号有误，此处应为一个键"),
    ("- 甲\n乙: 1", "2:1", "缩进有误，此处应为列表的“- ”"),
    ("甲: - 乙", "1:4", "“- ”应另起一行"),
    # quotes and brackets
    ("甲: 1\n乙: '丙\n丁: 1", "2:4", "引号从这里开始，没有结束"),
    ("甲: '\n---\n'", "1:4", "引号从这里开始，没有结束"),
    ("甲: \"乙\" 丙", "1:8", "缩进或引号有误，此处应为一个键"),
    ("甲: \"\\d\"", "1:5", "双引号里的“\\”后面写法有误，请改用单引号"),
    ("甲: \"\\u12\"", "1:7", "双引号里的“\\”后面写法有误，请改用单引号"),
    ("甲: \"\\uD800\"", "1:7", "双引号里的“\\”后面写法有误，请改用单引号"),
    ("甲: [乙, 丙\n丁: 1", "1:4", "列表从这里开始，缺少“,”或“]”"),
    ("甲: {乙: 1", "1:4", "花括号从这里开始，缺少“,”或“}”"),
    ("甲: ]", "1:4", "此处应有内容，多了或少了“,”“]”“}”"),
    ("[甲, , 乙]", "1:5", "此处应有内容，多了或少了“,”“]”“}”"),
    # signs of YAML
    ("税收: >= 300万元", "1:5", '以 > 或 | 开头的值请加引号，如 ">= 80%"'),
    ("税收: > 300万元", "1:5", '以 > 或 | 开头的值请加引号，如 ">= 80%"'),
    ("税收: %", "1:5", "此处有不能开头的字符，含 % @ ` 等字符的值请加引号"),
    ("税收: ? 甲", "1:5", "以“? ”开头的值请加引号"),
    ("税收: * 甲", "1:6", "以 & 或 * 开头的值请加引号"),
    ("税收: *甲", "1:6", "以 & 或 * 开头的值请加引号"),
    ("税收: *x", "1:5", "引用（*）的名称没有定义；以 * 开头的文字请加引号"),
    ("甲: &x 1\n乙: &x 2", "2:4", "引用（&）的名称重复；以 & 开头的文字请加引号"),
    ("甲: 1\n---\n乙: 2", "2:1", "文件只能有一份内容，请检查缩进并删去“---”“...”及其后的部分"),
    ("甲: 1\n...\n乙: 2", "3:1", "文件只能有一份内容，请检查缩进并删去“---”“...”及其后的部分"),
    ("甲: !乙", "1:5", '以“!”开头的值请加引号，如 "!= 是"'),
    ("甲: !<x y", "1:7", '以“!”开头的值请加引号，如 "!= 是"'),
    ("甲: !e!x y", "1:4", '以“!”开头的值请加引号，如 "!= 是"'),
    ("甲: !! y", "1:6", '以“!”开头的值请加引号，如 "!= 是"'),
    ("%YAML 9.9\n---\n甲: 1", "1:1", "YAML 语法错误（found incompatible YAML document）"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "at", "says"), SYNTAX)
def test_syntax(file: Path, content: str, at: str, says: str) -> None:
    """What is no YAML is reported where it begins, with what to do about it."""
    [(place, message)] = faults(file, content)
    assert (place, message[: len(says)]) == (at, says)


def test_a_full_width_colon_elsewhere_is_not_blamed(file: Path) -> None:
    """A full-width colon in a text is not blamed for a quote left open below it."""
    assert faults(file, "说明:\n  其中：甲\n乙: '丙\n") == [("3:4", "引号从这里开始，没有结束")]


@pytest.mark.parametrize(
    ("content", "at", "says"),
    [
        ("甲: 1\n乙: 税收".encode("gb18030"), "1:1", "不是 UTF-8 编码，请另存为 UTF-8"),
        ("a: 1\nb: 万元".encode("gb18030"), "2:4", "不是 UTF-8 编码，请另存为 UTF-8"),
        ("甲: 1".encode("utf-16"), "1:1", "不是 UTF-8 编码，请另存为 UTF-8"),
        ("a: 1".encode("utf-16-le"), "1:2", "有 YAML 不允许的控制字符（U+0000），请删去"),
        ("甲: 1\n乙: 税\a收", "2:5", "有 YAML 不允许的控制字符（U+0007），请删去"),
        ("", "1:1", "文件是空的"),
        ("# 只有注释\n", "1:1", "文件是空的"),
    ],
)
def test_what_is_no_text(file: Path, content: str | bytes, at: str, says: str) -> None:
    """A file in another encoding, with control characters, or empty is one fault, at the first such character."""
    assert faults(file, content) == [(at, says)]


def test_a_file_that_cannot_be_opened(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the system does not give out is a fault like any other."""
    problems: list[Problem] = []
    assert yaml.read(file, problems) is None

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    def fail(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    for broken in (refuse, fail):
        monkeypatch.setattr(Path, "read_bytes", broken)
        assert yaml.read(file, problems) is None
    assert [problem.message for problem in problems] == [
        "没有这个文件",
        "无法读取：没有权限",
        "无法读取：读写设备出错",
    ]


@pytest.mark.parametrize("content", ["[" * 100_000, "- " * 100_000, "{甲: " * 1000, "? " * 1000])
def test_nesting_is_limited(file: Path, content: str) -> None:
    """Nesting beyond all reason is a fault, and never ends the process."""
    [(_, message)] = faults(file, content)
    assert message == "嵌套过深，至多 100 层"


def test_nesting_by_reference_is_limited(file: Path) -> None:
    """Nesting by way of references is limited too."""
    lines = ["a0: &a0 [甲]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 300)]
    assert {message for _, message in faults(file, "\n".join(lines))} == {"嵌套过深，至多 100 层"}


def test_expansion_by_reference_is_limited(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """References that multiply what they stand for are cut off."""
    monkeypatch.setattr(yaml, "_MAX_NODES", 1000)
    lines = ["a0: &a0 [甲]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30)]
    assert {message for _, message in faults(file, "\n".join(lines))} == {"引用（*）成环或展开过大"}
