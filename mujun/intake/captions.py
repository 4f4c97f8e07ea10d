"""Captions: what a cell of a header may be, and what a column is called that has captions on several lines."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from mujun.intake.cells import NO_WORDS, YES_WORDS
from mujun.intake.macros import ERRORS, MISSING
from mujun.intake.spelling import key
from mujun.quantity import QuantityError, normalise, parse_quantity, parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Row = tuple[str, ...]

STEMS = "甲乙丙丁戊己庚辛壬癸"
CODE = re.compile(r"(?=.*\d)[0-9A-Za-z]{9,}", re.ASCII)
YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)

_LONGEST = 30
"""Characters of a caption that spans columns; what is longer is a title."""

_VALUES = {*MISSING, *ERRORS, *YES_WORDS, *NO_WORDS, *STEMS}
_DIGITS = re.compile(r"[+\-¥$]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?[%‰]?", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"\d{4}([-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)([-/.]\d{1,2})?([ t].*)?", re.ASCII | re.IGNORECASE)
_BRACKETED = re.compile(r"(.*?)\s*[(（\[【](?:单位[:：]?)?([^()（）\[\]【】]+)[)）\]】]")
_INFO = re.compile(r"(?<!其中)[:：]|^附[件表]|^(单位|填报|填表|制表|报送|编制|审核|联系)")
_TITLE = re.compile(r"(表|名单|清单|台账|一览)([(（].*[)）])?$")
_PERIOD = re.compile(
    "[本上今去当前]年|[本上]月|[本上]期|[上下]半年|同期|累计|全年|同比|环比|增[幅速长减]|季度|[0-9]{4}年|[0-9]月|其中"
)
_TOTAL = re.compile("(合计|总计|小计|总额|总量|总数|总面积|全部)数?")
# These make it another figure than the known word beside them.
_APART = re.compile(
    "上年|去年|前年|上期|上月|同期|同比|环比|增[幅速长减]|降幅|占比|比重|排名|名次|(计划|目标|预计|预测)[数值]?$|^[亩人]均$"
)


class Words:
    """Which texts are known words, asked in as few calls as possible."""

    def __init__(self, known: Callable[[Sequence[str]], int]) -> None:
        self.count = known
        self._answers: dict[str, bool] = {"": False}

    def knows(self, text: str) -> bool:
        """Whether a text is a known word."""
        if text not in self._answers:
            self._answers[text] = self.count([text]) > 0
        return self._answers[text]

    def first(self, texts: Iterable[str]) -> str:
        """The first known word of some, or the empty string: nearly always none is, which is one question."""
        new = [text for text in texts if self._answers.get(text, True)]
        if not new or not self.count(new):
            self._answers.update(dict.fromkeys(new, False))
            return ""
        return next(filter(self.knows, new), "")


@lru_cache(maxsize=4096)
def is_value(text: str) -> bool:
    """Whether a text is a figure, a mark, a date or a code, as only data have; a year may be a caption."""
    bare = normalise(text[:100]).replace(" ", "")
    if text in _VALUES or (len(bare) == 1 and bare.isascii()):
        return True
    if YEAR.fullmatch(bare.removesuffix("度").removesuffix("年")):
        return False
    if any(pattern.fullmatch(bare.strip("()'")) for pattern in (_DIGITS, _DATE, CODE)):
        return True
    try:
        return bare[:1] in "+-.0123456789" and bool(parse_quantity(bare))
    except QuantityError:
        return False


def is_caption(text: str) -> bool:
    """Whether a text may stand over columns, and is not a title or an entry of a form such as 填报单位：…"""
    return len(text) <= _LONGEST and not (is_value(text) or _INFO.search(text) or _TITLE.search(text))


def is_part(text: str) -> bool:
    """Whether a text says when, or in what unit, and so belongs to a caption: 本年, 2023年, (元)."""
    return bool(_PERIOD.search(text) or unit_text(text))


@lru_cache(maxsize=1024)
def unit_text(text: str) -> str:
    """The unit that a text is, out of its brackets, or the empty string. 万 is one (万元)."""
    bracketed = _BRACKETED.fullmatch(text)
    bare = (bracketed[2] if bracketed and not bracketed[1] else text).strip()
    bare = re.sub("^单位[:：]?", "", bare)
    if not bare or len(bare) > _LONGEST:
        return ""
    for spelling in (bare, f"{bare}元") if bare in {"千", "万", "百万", "千万", "亿"} else (bare,):
        try:
            return bare if parse_unit(spelling).name else ""
        except QuantityError:
            continue
    return ""


def with_unit(name: str, cell: str) -> str:
    """A name with the unit that stands under it; one that has it already stays."""
    base, own = _split(name)
    unit = unit_text(cell) or ("" if is_value(cell) or key(cell) in key(name) else cell)
    return name if not name or not unit or (base and key(own) == key(unit)) else _joined(name, unit)


def _split(text: str) -> tuple[str, str]:
    """A caption and the unit in brackets behind it; a caption that is only a unit has no name."""
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed and bracketed[1] and unit_text(bracketed[2]):
        return bracketed[1], bracketed[2].strip()
    unit = unit_text(text)
    return ("", unit) if unit else (text, "")


def _joined(name: str, unit: str) -> str:
    return f"{name}({unit})" if unit else name


# --- several lines ----------------------------------------------------------------------------------------------------


def padded(row: Row, width: int) -> Row:
    """A row with as many cells as asked for."""
    return (*row[:width], *[""] * (width - len(row)))


def paths(lines: Sequence[Row]) -> list[Row]:
    """The texts over each column from the top line down, those of merged cells filled in, each once."""
    width = max(map(len, lines))
    cells = [list(padded(line, width)) for line in lines]
    for level, line in enumerate(cells[:-1]):
        below = [[deeper[place] for deeper in cells[level + 1 :] if deeper[place]] for place in range(width)]
        after = [*line[1:], ""]
        if any(text and (text == after[place] or text in below[place]) for place, text in enumerate(line)):
            continue  # merged cells are repeated here: what is blank is blank
        for place in range(1, width):
            same = not level or cells[level - 1][place] == cells[level - 1][place - 1]
            # Nothing under a text: its cell is merged downwards, and does not reach the next column.
            if not line[place] and below[place] and below[place - 1] and same:
                line[place] = line[place - 1]
    return [
        tuple(text for index, text in enumerate(path) if text and key(text) not in map(key, path[:index]))
        for path in zip(*cells, strict=True)
    ]


class _Name(msgspec.Struct, frozen=True):
    """What a column of several lines may be called: `base`, told apart by `rest`, in `unit`.

    `upper` are the lines down to the one that gave the name, if that was not the lowest; `shown` is the whole name.
    """

    shown: str
    base: str = ""
    rest: Row = ()
    unit: str = ""
    upper: Row = ()

    @property
    def is_total(self) -> bool:
        """Whether it is the total of the columns under an upper line, and so that line's own figure."""
        return bool(self.upper and _TOTAL.fullmatch(self.rest[-1]))


def column_names(lines: Sequence[Row], words: Words) -> list[str]:
    """A name for each column: a known word where its lines give one, else all of them, ``upper-lower``.

    A known word that more than one column would have is told apart by the other lines: ``税收(本年)``, ``税收(上年)``.
    """
    if len(lines) == 1:
        return list(lines[0])
    columns = paths(lines)
    names = [_name(path, words) for path in columns]
    return [_told_apart(*pair, names, columns) for pair in zip(names, columns, strict=True)]


def _told_apart(name: _Name, path: Row, names: Sequence[_Name], columns: Sequence[Row]) -> str:
    if not name.rest:
        return name.shown
    siblings = name.upper and any(other != path and other[: len(name.upper)] == name.upper for other in columns)
    rivals = any(
        key(other.base) == key(name.base)
        and other.rest != name.rest
        and not (name.is_total and other.upper == name.upper and not other.is_total)
        for other in names
    )
    if rivals or (siblings and not name.is_total) or any(map(_APART.search, name.rest)):
        return _joined(f"{name.base}({'-'.join(name.rest)})", name.unit)
    return name.shown


def _name(path: Row, words: Words) -> _Name:
    """What a column is called: two lines that are a known word together, else the lowest line that is one alone."""
    if len(path) < 2:
        return _Name("".join(path), "".join(path))
    parts = [_split(text) for text in path]
    units = {key(unit): unit for _, unit in parts if unit}
    unit = next(iter(units.values())) if len(units) == 1 else ""
    bases = tuple(base for base, _ in parts if base) if unit else path
    size = len(bases)
    for upper, lower in ((size - 2, size - 1), (size - 3, size - 2), (size - 3, size - 1)):
        name = joint(bases[upper], bases[lower], words, unit) if upper >= 0 else ""
        if name:
            rest = tuple(base for place, base in enumerate(bases) if place not in (upper, lower))
            return _Name(_joined(name, unit), name, rest, unit)
    for place in reversed(range(size)):
        base, shown = bases[place], _joined(bases[place], unit)
        if words.knows(shown):
            written = next((text for text in path if key(text) == key(shown)), shown)
            return _Name(
                written, base, bases[:place] + bases[place + 1 :], unit, path[: place + 1] if place < size - 1 else ()
            )
    return _Name("-".join(path))


def joint(upper: str, lower: str, words: Words, unit: str = "") -> str:
    """Two lines as one known word, or the empty string: 自有 under 用地面积 is 自有用地面积."""
    bare = lower.removeprefix("其中").lstrip(":：")
    ways = [f"{bare}{upper}", f"{upper}{bare}", f"{upper}({bare.strip('()（）')})"] if bare else []
    found = words.first([_joined(way, unit) for way in ways])
    return next((way for way in ways if _joined(way, unit) == found), "")
