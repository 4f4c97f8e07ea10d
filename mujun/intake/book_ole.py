"""The old binary xls, seen before calamine reads it: its sheets, error cells, and whether it is one at all."""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING

from mujun.errors import DataError
from mujun.intake.book_grid import too_far
from mujun.intake.book_scan import ERRORS, Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_SECTOR = 0xFFFFFFFA
"""Numbers from here on are no sectors but marks."""
_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _DIMENSIONS = 0x0809, 0x000A, 0x002F, 0x0085, 0x0200
_FORMULA, _BOOLERR, _MULRK = 0x0006, 0x0205, 0x00BD
_CELLS = frozenset((_FORMULA, _BOOLERR, _MULRK, 0x0203, 0x0204, 0x00D6, 0x027E, 0x00FD))
"""Records of cells: they begin with row and column."""
_OTHERS = {"worddocument": "Word 文档", "powerpoint document": "PowerPoint 演示文稿"}


def look_over_xls(data: bytes, label: str) -> tuple[list[Look], bytes]:
    """Look over the sheets of an xls file, in their order; also the file with nothing but the workbook in it.

    Calamine trusts the tables of a file to end and the dimensions of a sheet to be true, and sets memory aside for
    them. So it gets a file whose tables are ours, and no dimensions.
    Raises `DataError` where it is no workbook or encrypted, `struct.error`, `IndexError` or `ValueError` where it is
    damaged.
    """
    stream, looks = bytearray(_workbook(data, label)), []
    for kind, at, size in _records(stream, 0):
        if kind == _FILEPASS:
            raise encrypted(label)
        if kind == _EOF:
            break
        if kind == _BOUNDSHEET:
            name = stream[at + 8 : at + size]
            encoding = "utf-16-le" if stream[at + 7] & 1 else "latin-1"
            look = Look(name.decode(encoding, "replace"))
            _look(stream, struct.unpack_from("<I", stream, at)[0], look)
            if not look.fits:
                raise too_far(label, look.name, look.right, look.low)
            looks.append(look)
    return looks, _wrapped(stream)


def encrypted(label: str) -> DataError:
    """That a workbook has a password."""
    return DataError(f"“{label}”设有打开密码", "请用 Excel 或 WPS 打开，去掉密码后另存，再重试")


def _records(stream: bytearray, at: int) -> Iterator[tuple[int, int, int]]:
    """Type, start and length of each record."""
    header = struct.Struct("<HH")
    while at + 4 <= len(stream):
        kind, size = header.unpack_from(stream, at)
        yield kind, at + 4, size
        at += 4 + size


def _look(stream: bytearray, start: int, look: Look) -> None:
    if start >= len(stream):
        raise ValueError("a sheet beyond the end")
    depth, place = 0, struct.Struct("<HH")
    for kind, at, size in _records(stream, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif kind in _CELLS:
            row, column = place.unpack_from(stream, at)
            look.add([(row, column + max(0, size - 12) // 6 if kind == _MULRK else column)])
            if depth == 1 and (error := _error(stream, kind, at)):  # deeper are charts
                look.errors[row, column] = error
        elif kind == _DIMENSIONS:
            stream[at : at + size] = bytes(len(stream[at : at + size]))


def _error(stream: bytearray, kind: int, at: int) -> str:
    """The error that a cell shows, or nothing."""
    result = stream[at + 6 : at + 14]
    if kind == _BOOLERR and result[1]:
        return ERRORS.get(result[0], "#N/A")
    is_error = kind == _FORMULA and result[0] == 2 and result[6:] == b"\xff\xff"
    return ERRORS.get(result[2], "#N/A") if is_error else ""


# --- the file system within the file ---------------------------------------------------------------------------------


def _workbook(data: bytes, label: str) -> bytes:
    """The stream of the workbook."""
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if not 7 <= shift <= 16 or not 4 <= small_shift <= shift:
        raise ValueError("sectors of no size")
    first, _, cutoff, small_table, _, more = struct.unpack_from("<6I", data, 48)
    tables = _words(data[76:512])
    entries, most = (1 << shift) // 4 - 1, len(data) >> shift
    while more < _NO_SECTOR and len(tables) <= most:
        words = _words(_sector(data, shift, more))
        tables.extend(words[:entries])
        more = words[entries]
    table = array("I")
    for sector in tables:
        if sector < _NO_SECTOR and len(table) <= most:
            table.extend(_words(_sector(data, shift, sector)))
    folder = _chain(data, shift, table, first)
    found = dict(_entries(folder))
    if "encryptedpackage" in found:
        raise encrypted(label)
    book = found.get("workbook") or found.get("book")
    if not found:
        raise ValueError("a folder without a file")
    if not book:
        what = next((what for name, what in _OTHERS.items() if name in found), "其他 Office 文件")
        raise DataError(f"“{label}”是{what}，不是工作簿", "请把表格放进 Excel，另存为 .xlsx 后重试")
    start, size = book
    if size >= cutoff:
        return _chain(data, shift, table, start)[:size]
    small = _chain(data, shift, table, struct.unpack_from("<I", folder, 116)[0])
    return _chain(small, small_shift, _words(_chain(data, shift, table, small_table)), start, offset=0)[:size]


def _entries(folder: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name, first sector and size of each stream at the top; those of embedded files are deeper."""
    todo, seen = [struct.unpack_from("<I", folder, 76)[0]], set()
    while todo:
        number = todo.pop()
        at = number * 128
        if number in seen or at + 128 > len(folder):
            continue
        seen.add(number)
        todo += struct.unpack_from("<II", folder, at + 68)
        if folder[at + 66] == 2:
            length = struct.unpack_from("<H", folder, at + 64)[0]
            name = folder[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").lower()
            yield name, struct.unpack_from("<II", folder, at + 116)


def _words(data: bytes) -> array[int]:
    words = array("I")
    words.frombytes(data[: len(data) // 4 * 4])
    return words


def _sector(data: bytes, shift: int, number: int, offset: int = 1) -> bytes:
    return data[number + offset << shift : number + offset + 1 << shift]


def _chain(data: bytes, shift: int, table: Sequence[int], sector: int, offset: int = 1) -> bytes:
    """The sectors that follow one another from one on; the last of the file may be cut short."""
    found: list[bytes] = []
    while sector < _NO_SECTOR:
        found.append(_sector(data, shift, sector, offset))
        if len(found) > len(table) or not found[-1]:
            raise ValueError("sectors that go in circles, or beyond the end")
        sector = table[sector]
    return b"".join(found)


def _wrapped(stream: bytearray) -> bytes:
    """A file that holds this workbook alone, in sectors of 4096 bytes one after the other."""
    size = max(len(stream), 4096)  # what is shorter goes by other tables
    length = -(-size // 4096)
    tables = -(-(length + 2) // 1023)
    if tables > 109:
        raise ValueError("a workbook beyond all bounds")
    end, none = 0xFFFFFFFE, 0xFFFFFFFF
    header = _SIGNATURE + bytes(16) + struct.pack("<5H6x", 62, 4, 0xFFFE, 12, 6)
    header += struct.pack("<9I", 1, tables, tables, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", *range(tables), *[none] * (109 - tables))
    chain = [*[0xFFFFFFFD] * tables, end, *range(tables + 2, tables + 1 + length), end]
    table = array("I", chain + [none] * (tables * 1024 - len(chain))).tobytes()
    folder = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3I36xIQ", 2 * len(name) + 2, kind, 1, none, none, child, start, long)
        for name, kind, child, start, long in (("Root Entry", 5, 1, 0, 0), ("Workbook", 2, none, tables + 1, size))
    )
    return b"".join(
        part.ljust(-(-len(part) // 4096) * 4096, b"\0") for part in (header, table, folder, stream.ljust(size, b"\0"))
    )
