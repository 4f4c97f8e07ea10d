"""What a workbook holds, seen before calamine reads it.

Calamine lays a sheet out as one dense grid, whatever its size, and reads error cells as blank. So files that would not
fit are refused here, and error cells are found.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from typing import IO, TYPE_CHECKING

import msgspec

from mujun.errors import DataError
from mujun.intake.book_grid import cell_at, fits, too_far

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mujun.intake.book_grid import Cell

MOST_BYTES = 1 << 30
"""Of a file, and of what a zip inflates to."""
_LARGE, _MOST_RATIO = 100 << 20, 200
"""A member of a zip this large is not compressed to less than one of so many parts, unless to do harm."""
_PIECE = 1 << 22
_MOST_CELL = 1 << 24
"""Bytes from one tag to the next."""
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


class Look(msgspec.Struct):
    """One sheet looked over. `right` and `low` are its cells with content farthest right and farthest down.

    In a sheet of which a glance tells that it fits, they stand for cells that are at least as far.
    """

    name: str = ""
    right: Cell = (0, 0)
    low: Cell = (0, 0)
    errors: dict[Cell, str] = msgspec.field(default_factory=dict)
    merged: list[tuple[Cell, Cell]] = msgspec.field(default_factory=list)

    def add(self, cells: Iterable[Cell]) -> None:
        """Note where there is content."""
        right, low = self.right, self.low
        for cell in cells:
            if cell[1] > right[1]:
                right = cell
            if cell[0] > low[0]:
                low = cell
        self.right, self.low = right, low

    @property
    def fits(self) -> bool:
        """Whether it can be read."""
        return fits(self.low[0] + 1, self.right[1] + 1)


# --- zip files: xlsx, xlsm, xlsb, ods --------------------------------------------------------------------------------


def open_zip(data: bytes, label: str) -> zipfile.ZipFile:
    """Open a zip whose members, as declared, do not inflate beyond all bounds; Python holds them to what they declare.

    Raises `DataError`; `zipfile.BadZipFile` where it is incomplete.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    absurd = any(info.file_size > max(_LARGE, info.compress_size * _MOST_RATIO) for info in members)
    if absurd or sum(info.file_size for info in members) > MOST_BYTES:
        raise DataError(
            f"“{label}”解压后大得异常，不予读取", "请核对文件来源；如确有这么多数据，请分成几个文件，或另存为 CSV"
        )
    if any(info.flag_bits & 1 for info in members):
        raise DataError(f"“{label}”已加密", "请解除密码后重试")
    if len({info.filename.lower() for info in members}) < len(members):
        raise zipfile.BadZipFile
    return archive


def look_over(archive: zipfile.ZipFile, label: str) -> list[Look]:
    """Look over the sheets of an xlsx or xlsb file, in their order. Raises `DataError` where one reaches too far.

    Every member is read, as any might be called a sheet, and its checksum so tested.
    """
    names = _sheets(archive)
    members = {_part(info.filename): info for info in archive.infolist()}
    binary = {part for _, part in names} if "workbook.bin" in map(posixpath.basename, members) else set()
    looks: dict[str, Look] = {}
    for part, info in members.items():
        with archive.open(info) as stream:
            look = _look_at_records(stream.read()) if part in binary else _look_at_xml(stream, info.file_size)
        if not look.fits and part not in binary:
            with archive.open(info) as stream:
                look = _look_closely(stream, info.file_size)
        if not look.fits:
            raise too_far(label, next((name for name, own in names if own == part), ""), look.right, look.low)
        looks[part] = look
    return [msgspec.structs.replace(looks[part], name=name) for name, part in names]


def _part(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).strip("/").lower()


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """The name of each sheet and the member that holds it."""
    from lxml import etree

    members = {_part(info.filename): info for info in archive.infolist()}
    [book] = [name for name in members if posixpath.basename(name) in ("workbook.xml", "workbook.bin")][:1] or [""]
    folder, base = posixpath.split(book)
    relations = members.get(_part(f"{folder}/_rels/{base}.rels"))
    if not book or not relations:
        return []
    if max(members[book].file_size, relations.file_size) > _LARGE:
        raise ValueError("a list of sheets beyond all bounds")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    targets = {
        item.get("Id", ""): _part(posixpath.join("/" + folder, item.get("Target", "").replace("\\", "/")))
        for item in etree.fromstring(archive.read(relations), parser).iterfind("{*}Relationship")
    }
    data = archive.read(members[book])
    if base == "workbook.bin":
        return [(name, targets.get(key, "")) for name, key in _bundled(data)]
    sheets = etree.fromstring(data, parser).iterfind(".//{*}sheets/{*}sheet")
    keys = ((sheet, next((str(v) for k, v in sheet.items() if str(k).endswith("}id")), "")) for sheet in sheets)
    return [(sheet.get("name", ""), targets.get(key, "")) for sheet, key in keys]


# --- sheets in XML ---------------------------------------------------------------------------------------------------

_FILLED = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>(?!</)')
_SAYS_ERROR = re.compile(rb"""e["'](?<=["']e["'])""")
"""Searched from its rarest sign, as much of a sheet is quotes."""
_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?=[^>]* t="e")[^>]*>(?:<f[^>]*(?:/>|>[^<]*</f>))?<v>([^<]{1,20})</v>'
)
_UNUSUAL = re.compile(rb'<(?:[^\s<>/:]+:c(?=[\s/>])|c(?=[\s/>])(?! r="[A-Z]{1,3}[0-9]{1,7}"))')
"""Cells that are not written as nearly every program does."""
_PREFIXED = re.compile(rb":c[\s/>]")
_NOT_NEAR = re.compile(rb'<c(?! r="[A-F]?[A-Z][0-9]{1,5}+")[\s/>]')
_NEAR = (99_998, 26 + 6 * 26 - 1)
"""Cells that are not so written, or stand beyond this row and column: a sheet with none of them fits."""
_UNIQUE = re.compile(rb"""uniqueCount\s*=\s*["']\s*([0-9]+)""")


def _look_at_xml(stream: IO[bytes], size: int) -> Look:
    """Look over what may be a sheet: quickly, where it is written as usual."""
    look, left = Look(), b""
    while piece := stream.read(_PIECE):
        left += piece
        cut = left.rfind(b"<c ")
        if cut < 0 or len(left) - cut > _PIECE:
            cut = left.rfind(b"<")
        if len(left) - cut > _MOST_CELL:
            if left.startswith(b"<c ", cut):
                raise ValueError("a tag beyond all bounds")
            cut = len(left) - 64
        if not _look_at_piece(look, left[:cut], size):
            break
        left = left[cut:]
    else:
        if _look_at_piece(look, left, size):
            return look
    stream.seek(0)
    return _look_closely(stream, size)


def _look_at_piece(look: Look, piece: bytes, size: int) -> bool:
    """Note the cells of a piece of XML; False where they cannot be told at a glance."""
    for count in _UNIQUE.findall(piece) if b"uniqueCount" in piece else ():
        _check_count(count, size)
    if not _PREFIXED.search(piece) and not _NOT_NEAR.search(piece):
        look.add([(_NEAR[0], 0), (0, _NEAR[1])])
    elif _UNUSUAL.search(piece):
        return False
    elif found := _FILLED.findall(piece):
        column = max({letters for letters, _ in found}, key=lambda letters: (len(letters), letters))
        row = max({digits for _, digits in found}, key=int)
        look.add([(int(row) - 1, 0), (0, cell_at(f"{column.decode()}1")[1])])
    for sign in _SAYS_ERROR.finditer(piece):
        start = piece.rfind(b"<c ", max(0, sign.start() - 200), sign.start())
        cell = _ERROR.match(piece, start) if start >= 0 else None
        if not cell or cell.end() < sign.end():
            return False
        look.errors[cell_at(cell[1].decode())] = cell[2].decode()
    return True


def _check_count(count: str | bytes, size: int) -> None:
    """Calamine sets memory aside for as many texts as a member of this size says it has."""
    if int(count) > size:
        raise ValueError("more texts than bytes")


def _look_closely(stream: IO[bytes], size: int) -> Look:
    """Look over a sheet cell by cell. A cell that does not say where it stands is right of the one before."""
    from lxml import etree

    look, row, column = Look(), 0, 0
    tags = ("{*}row", "{*}c", "{*}sst")
    walk = etree.iterparse(
        stream, ("start", "end"), tag=tags, resolve_entities=False, no_network=True, huge_tree=False, remove_pis=True
    )
    for event, item in walk:
        is_row = item.tag.endswith("row")
        if item.tag.endswith("sst"):
            _check_count(item.get("uniqueCount", "0"), size)
        elif event == "start":
            row = int(item.get("r", row + 1)) - 1 if is_row else row
        elif is_row:
            row, column = row + 1, 0
            item.clear()
            while item.getprevious() is not None:
                del item.getparent()[0]
        else:
            place = cell_at(item.get("r")) if item.get("r") else (row, column)
            column = place[1] + 1
            value = item.find("{*}v")
            if (value is not None and value.text) or item.find("{*}is") is not None:
                look.add([place])
            if item.get("t") == "e" and value is not None and value.text:
                look.errors[place] = value.text
    return look


# --- sheets in records (xlsb) ----------------------------------------------------------------------------------------


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, start and length of each record."""
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while True:
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > 21:
                break
        yield kind, at, size
        at += size


def _look_at_records(data: bytes) -> Look:
    look, row, column = Look(), 0, struct.Struct("<I")
    for kind, at, size in _records(data):
        if kind == 0:
            row = column.unpack_from(data, at)[0]
        elif 2 <= kind <= 11:
            place = (row, column.unpack_from(data, at)[0])
            look.add([place])
            if kind in (3, 11):
                look.errors[place] = ERRORS.get(data[at + 8], "#N/A")
        elif kind == 148 and size < 16:
            raise ValueError("dimensions cut short")
        elif kind == 176 and size >= 16:
            top, bottom, left, right = struct.unpack_from("<4I", data, at)
            look.merged.append(((top, left), (bottom, right)))
    return look


def _bundled(data: bytes) -> Iterator[tuple[str, str]]:
    """Name and relation of each sheet."""
    for kind, at, size in _records(data):
        if kind == 156:
            texts: list[str] = []
            place = at + 8
            while len(texts) < 2 and place < at + size:
                length = struct.unpack_from("<I", data, place)[0]
                length = 0 if length == 0xFFFFFFFF else 2 * length
                texts.append(data[place + 4 : place + 4 + length].decode("utf-16-le"))
                place += 4 + length
            if texts[0]:
                yield texts[1], texts[0]
