"""What the titles of a table say of its figures: their year, and their units."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mujun.quantity import QuantityError, Unit, normalise, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONGEST_UNIT = 30

_MADE = re.compile("(制表|填表|填报|打印|导出|报送|上报|编制|印发|发布)(日期|时间)")
_NUMBER_OF_PAPER = re.compile(r"[〔\[(]\d{4}[〕\])]\s*第?\s*\d+\s*号", re.ASCII)
_FULL_DATE = re.compile(
    r"(?<!\d)(?<!截至)(?<!截止)"
    r"(?:\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|\d{4}([-/.])\d{1,2}\1\d{1,2}|(?:19|20)\d{6})(?!\d)",
    re.ASCII,
)
# A year, and not 2000家; with its month (202312, 2023.12), or up to another one (2022-23年).
_YEAR = re.compile(
    r"(?<!\d)(?<!\d[.,])((?:19|20)\d\d)"
    r"(?:\s*[-—–~至]\s*(\d\d)(?=\s*年)|(?:0[1-9]|1[0-2])(?!\d)|\.(?:0?[1-9]|1[0-2])(?!\d)|"
    r"(?!\d|[.,]\d|\s*(?:家|户|亩(?!均)|万|千|亿|元|个|人(?!均|才)|名|号|吨|条|项|平方|m2|%)))",
    re.ASCII,
)
_CHINESE_YEAR = re.compile("([一二][〇○零Oo0一二三四五六七八九]{3})年")
_CHINESE_DIGITS = str.maketrans("〇○零Oo一二三四五六七八九", "00000123456789")

_SAYS_UNIT = re.compile(r"(?:单位\s*:|(?:^|(?<=[\s(]))(?:计量|金额)?单位\s*:?)\s*((?:(?!单位)[^()\[\]【】:])*)")
_GOES_ON = re.compile("单位:?$")


def stated_year(texts: Iterable[str]) -> int | None:
    """The one year that titles, a sheet name or a file name state; None where none does, or several.

    When a table was made (制表日期：…, a full date) says nothing of the year of its figures; 截至2023年12月31日 does.
    """
    years = set()
    for text in map(normalise, texts):
        if _MADE.search(text):
            continue
        plain = _FULL_DATE.sub(" ", _NUMBER_OF_PAPER.sub(" ", text))
        for found in _YEAR.finditer(plain):
            years.add(int(found[1]))
            if found[2]:
                years.add(int(found[1][:2] + found[2]))
        years |= {int(written.translate(_CHINESE_DIGITS)) for written in _CHINESE_YEAR.findall(plain)}
    return years.pop() if len(years) == 1 else None


def stated_units(titles: Iterable[str]) -> tuple[Unit, ...]:
    """The units that titles state for the whole table: 单位：万元、亩; only behind 单位, be it in the cell before."""
    units: dict[str, Unit] = {}
    before = ""
    for text in map(normalise, titles):
        whole = before + text
        before = f"{text.rstrip(':')}:" if _GOES_ON.search(text) else ""
        for said in _SAYS_UNIT.findall(whole):
            for words in said.split():
                found = list(_parsed(re.split("[、,;和及]", words)))
                if not found:
                    break  # what follows is something else: 单位:万元 2023 年
                units.update((unit.name, unit) for unit in found)
    return tuple(units.values())


def _parsed(texts: Iterable[str]) -> Iterator[Unit]:
    for text in texts:
        try:
            unit = parse_unit(text[:_LONGEST_UNIT])
        except QuantityError:
            continue
        if unit.name:
            yield unit
