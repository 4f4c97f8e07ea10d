"""Opening files: encodings, delimiters, line ends, and everything that is no table."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

import mujun
from mujun.engine.duckdb import Engine
from mujun.errors import DataError, MujunError, UsageError
from mujun.intake import text as text_module
from mujun.intake.load import load
from tests.intake.read import (
    CODE,
    COMPANY,
    FIELDS,
    HEADER,
    ROWS,
    TABLE,
    VALUES,
    YEAR,
    dataset,
    many,
    read,
    read_text,
    refusal,
)

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8（带 BOM）",
    "gb18030": "GB18030",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
MANY = 30_000
"""Rows enough for several of the pieces in which a file is read."""
ASIDE = ("M301", "M303", "M304", "M305", "M306", "M311", "M312", "M313", "M314")
"""The findings of rows set aside."""


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_common_form_of_a_file_gives_the_same_table(
    tmp_path: Path, encoding: str, delimiter: str, end: str
) -> None:
    """Encoding, delimiter and line ends make no difference, and which encoding was used is said."""
    found = read_text(tmp_path, TABLE.replace(",", delimiter).replace("\n", end).encode(encoding))
    assert found.rows == VALUES
    assert found.loaded.parts[0].source.encoding == ENCODINGS[encoding]
    assumed = encoding in ("gb18030", "utf-16-le", "utf-16-be")
    assert found.codes == ["M101", "M112"] if assumed else ["M112"]


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_with_either_mark_is_read(tmp_path: Path, mark: bytes) -> None:
    """The byte order mark says which way round the bytes stand."""
    encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    assert read_text(tmp_path, mark + TABLE.encode(encoding)).rows == VALUES


@pytest.mark.parametrize(
    "text",
    [
        TABLE.rstrip("\n"),
        TABLE + "\n\n",
        TABLE + ",,,\n  \n",
        "\n\n" + TABLE,
        ",,,\r\n" + TABLE,
        TABLE.replace("\n", "\r\n", 2),
        TABLE.replace("\n", ",\n"),
        TABLE.replace("\n", ",,,\n"),
        HEADER + ",,\n" + "\n".join(ROWS),
        TABLE.replace("\n", "\n\n"),
        TABLE.replace(HEADER, '"' + HEADER.replace(",", '","') + '"'),
        TABLE.replace("税收\n", '"税收\n(万元)"\n'),
        TABLE.replace("税收\n", "税收\u200b\xa0\n"),
        TABLE.replace(",", ", "),
        TABLE.replace("甲公司", '"甲公司"').replace("乙公司", ' "乙公司"'),
    ],
    ids=lambda text: repr(text[:60]),
)
def test_what_does_not_matter_changes_nothing(tmp_path: Path, text: str) -> None:
    """Blank lines, quotes, mixed line ends and delimiters at the end of every line leave the table as it is."""
    found = read_text(tmp_path, text)
    assert found.rows == VALUES
    assert found.findings == []


def test_a_large_file_is_the_same_in_every_form(tmp_path: Path) -> None:
    """What crosses the pieces in which a large file is read is neither lost nor doubled."""
    text = HEADER + "\n" + many(MANY) + "91330703X,末公司,2023,x\n"
    plain = read_text(tmp_path, text)
    assert plain.balance == (MANY + 1, MANY + 1, 0, 0)
    assert plain.found == [("M201", MANY + 2, "税收", "x")]
    for other in (
        text.replace("\n", "\r\n").encode(),
        text.replace("\n", "\r").encode(),
        text.encode("gb18030"),
        text.encode("utf-16"),
        "\n".join('"' + line.replace(",", '","') + '"' for line in text.splitlines()).encode(),
    ):
        found = read_text(tmp_path, other)
        assert found.rows == plain.rows
        assert found.found == plain.found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_where_the_pieces_part_makes_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, size: int
) -> None:
    """A line end, a character, a quote or a number that two pieces share is seen whole."""
    monkeypatch.setattr(text_module, "_CHUNK", size)
    lines = [HEADER, ROWS[0], '91330703A0Q1Y3TW1X,"乙,""二""公司",2023,12345678901e-7', ROWS[2].replace("7.25", "+-1")]
    lines[1] = lines[1].replace("甲", "甲\u200b")
    expected = [VALUES[0], ("91330703A0Q1Y3TW1X", '乙,"二"公司', 2023, 1_234_567_890), (*VALUES[2][:3], None)]
    for end in ("\n", "\r\n", "\r", "\n\n"):
        found = read_text(tmp_path, end.join(lines).encode(encoding))
        assert found.rows == expected
        assert [finding.code for finding in found.findings] == ["M204", "M201"]


def test_chinese_that_comes_late_decides_the_encoding(tmp_path: Path) -> None:
    """A megabyte of ASCII before the first Chinese character of a GBK file does not mislead."""
    text = "code,name,year,tax\n" + many(MANY, name="c") + "91330703X,金华公司,2023,5\n"
    overrides = {"code": CODE, "name": COMPANY, "year": YEAR, "tax": "税收"}
    path = tmp_path / "late.csv"
    path.write_bytes(text.encode("gb18030"))
    assert path.stat().st_size > 1 << 20
    found = read(path, FIELDS, overrides)
    assert found.rows[-1] == ("91330703X", "金华公司", 2023, 5_000_000)
    assert found.loaded.parts[0].source.encoding == "GB18030"


def test_gbk_that_is_valid_utf_8_is_known_by_its_header(tmp_path: Path) -> None:
    """Some words in GBK are valid UTF-8, too (the 联通 trap): the encoding that gives known headers is taken."""
    fields = dict(dataset().fields)
    fields[COMPANY] = replace(fields[COMPANY], aliases=("业态",))
    fields["税收"] = replace(fields["税收"], aliases=("税值",))
    content = "业态,税值\n园平,5\n".encode("gb18030")
    assert content.decode("utf-8") != "业态,税值\n园平,5\n"
    (tmp_path / "x.csv").write_bytes(content)
    engine = Engine()
    loaded = load(engine.connection, tmp_path / "x.csv", replace(dataset(), fields=fields))
    assert loaded.parts[0].source.encoding == "GB18030"
    assert engine.run('SELECT 企业名称, 税收 FROM "企业"') == [("园平", 5_000_000)]


@pytest.mark.parametrize(
    "name", ["a[1].csv", "a*.csv", "a?.csv", "x.csv.gz", "it's.csv", "-x.csv", "a\\b.csv", "税收=5.csv"]
)
@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows does not have")
def test_the_name_of_a_file_is_only_a_name(tmp_path: Path, name: str) -> None:
    """A name that is a pattern reads that file and no other, and its suffix says nothing about its content."""
    (tmp_path / "a1.csv").write_text(TABLE.replace("5\n", "99\n"), encoding="utf-8")
    folder = tmp_path / "年度=1999"
    folder.mkdir()
    (folder / name).write_text(TABLE, encoding="utf-8")
    (folder / "a1.csv").write_text(TABLE.replace("5\n", "99\n"), encoding="utf-8")
    assert read(folder / name).rows == VALUES


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name may be any bytes")
@pytest.mark.parametrize("text", [TABLE, "\n" + TABLE])
def test_a_name_that_is_no_text_is_read(tmp_path: Path, text: str) -> None:
    """A file whose name came out of a zip archive in GBK is read like any other."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + "/企业.csv".encode("gb18030")))
    path.write_text(text, encoding="utf-8")
    found = read(path)
    assert found.rows == VALUES
    found.loaded.label.encode("utf-8")


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空文件"),
        (b"\xef\xbb\xbf", "空文件"),
        (b"\xef\xbb\xbf\r\n\r\n", "空文件"),
        ("\n \n".encode("utf-16"), "空文件"),
        (b"\0" * 5000, "空文件"),
        (HEADER, "只有表头"),
        (HEADER + "\r\n\r\n,,,\r\n", "只有表头"),
        (",,,\n,,\n", "表头无法读取"),
        (TABLE.encode() + b"91330703\0\0\0", "第 5 行有 NUL 字节"),
        (TABLE.encode("gb18030") + b"\0\n", "第 5 行有 NUL 字节"),
        (b"PK\x03\x04" + bytes(100), "不完整或已损坏"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "不完整或已损坏"),
        ("\n<html><table><tr><td>企业名称", "网页没有结尾"),
        ("<?xml version='1.0'?><Workbook>".encode("utf-16"), "不完整、已损坏或不合规范"),
        ("<meta charset=gb2312><table>企业名称".encode("gb18030"), "网页没有结尾"),
        (bytes(range(1, 256)) * 40, "文字编码"),
        (TABLE.replace("年度", '"年度'), "表头无法读取"),
        (TABLE.replace("年度", '年度"'), "表头无法读取"),
        (TABLE.replace("年度", '"年度').replace("乙", '"乙'), "表头无法读取"),
        (HEADER + ',"' + "税" * 300_000, "表头无法读取"),
        (HEADER + "," + ",".join(f"列{i}" for i in range(5000)) + "\n1\n", "5004 列，超过 2000 列"),
        (TABLE + "1,x" + "甲" * 1_500_000 + ",2023,1\n", "第 5 行超过 100 万字"),
        (TABLE + '1,"' + "甲" * 1_500_000 + '",2023,1\n', "第 5 行超过 100 万字"),
        ("代码,名字\n1,2\n", "没有认出“统一社会信用代码”或“企业名称”"),
        (
            "统一社会信用码,企业名稱\n1,2\n",
            "最接近“统一社会信用代码”的是“统一社会信用码”，最接近“企业名称”的是“企业名稱”",
        ),
        ("x" * 3_000_000, "表头无法读取"),
        ("，".join(FIELDS) + "\n1，2，3，4\n", "没有认出"),
    ],
    ids=lambda value: repr(value[:25]),
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, content: str | bytes, says: str) -> None:
    """A file that cannot be read is refused at once, in two lines of Chinese: what and where, and what to do."""
    started = time.perf_counter()
    assert says in refusal(tmp_path, content)
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-8-sig", "utf-16"])
def test_bytes_of_another_encoding_are_refused_with_their_row(tmp_path: Path, encoding: str) -> None:
    """A file of two encodings, or cut off in a character, is refused with the row where the text ends."""
    whole = (HEADER + "\n" + many(MANY)).encode(encoding)
    bad = {"utf-16": b"\x00\xdc\x00\xdc"}.get(encoding, b"\xff\xff\n")
    middle = whole[: len(whole) // 2 // 4 * 4]
    row = middle.decode(encoding, "ignore").count("\n") + 1
    told = refusal(tmp_path, middle + bad + whole[len(middle) :])
    assert f"第 {row} 行有不是 {ENCODINGS[encoding]} 编码的字节" in told


@pytest.mark.parametrize("make", ["folder", "missing", "missing folder", "long", "nul", "loop", "fifo", "device"])
@pytest.mark.skipif(sys.platform != "linux", reason="fifo, device and loop")
def test_a_path_that_is_no_file_is_refused_in_words(tmp_path: Path, make: str) -> None:
    """A folder, nothing at all, a pipe without a writer: each is refused, none hangs."""
    path = tmp_path / "x"
    match make:
        case "folder":
            path.mkdir()
        case "missing folder":
            (tmp_path / "file").touch()
            path = tmp_path / "file" / "x.csv"
        case "long":
            path = tmp_path / ("x" * 300)
        case "nul":
            path = tmp_path / "a\0b"
        case "loop":
            path.symlink_to(path)
        case "fifo":
            os.mkfifo(path)
        case "device":
            path = Path("/dev/zero")
    with pytest.raises(DataError, match=r"文件|无法读取") as caught:
        read(path)
    assert caught.value.hint


def test_a_file_without_permission_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another program has locked, or that is not ours to read, is refused with its name."""

    def locked(path: Path, *arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    path = tmp_path / "x.csv"
    path.write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(DataError, match=r"没有读取“.*x\.csv”的权限"):
        read(path)


def test_no_place_for_temporary_files_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that must be rewritten to be read needs room for that; the want of it is no mystery."""
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
        with pytest.raises(DataError, match="读取数据时出错") as caught:
            read_text(tmp_path, TABLE.encode("gb18030"))
        assert caught.value.hint
        assert read_text(tmp_path, TABLE).rows == VALUES


@pytest.mark.parametrize("data", [None, 5, [1, 2], {"税收": [1]}, b"x.csv"])
def test_only_our_errors_leave_evaluate(data: object) -> None:
    """What is neither a path nor a frame is a wrong use, told as such."""
    with pytest.raises(UsageError, match="不是 "):
        mujun.evaluate(data)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        '"' * 1_500_000,
        '"\n' * 40_000,
        '"""\n' * 40_000,
        'x,"\n' * 20_000,
        "".join(f'91330703{i:010d},"公司{i},2023,5\n' for i in range(10_000)),
        '9,"' + many(MANY),
        HEADER + "\n" + "," * 1_000_000,
        "\r" * 100_000,
        "\x1a",
        "\ufeff" * 10,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_nothing_hangs_and_nothing_is_lost(tmp_path: Path, content: str) -> None:
    """However broken what follows the table is, it is read in seconds, and every row is used or set aside."""
    started = time.perf_counter()
    for text in (TABLE + content, content + TABLE):
        try:
            found = read_text(tmp_path, text)
        except MujunError:
            continue
        assert found.balance[3] == sum(finding.count for finding in found.findings if finding.code in ASIDE)
        assert [row for row in found.rows if row[0] in (VALUES[0][0], VALUES[2][0])] == [VALUES[0], VALUES[2]]
    assert time.perf_counter() - started < 60
