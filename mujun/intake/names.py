"""Names of enterprises: the form in which two spellings of one name are equal, and names that are near."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_FORMS = re.compile("(股份)?有限(责任)?公司|股份公司|公司")
_NOISE = re.compile(r"[\s()\[\]{}<>【】〔〕《》“”\"'‘’·.。,，、\-—_]+")
_VARIANTS = str.maketrans(
    "昇鑫喆囍垚堃峯塲廠東華實業電機製藥紡織鋼鐵傢倶綠陽陳國際貿達興順豐發義烏區鎮鄉亞歐聯",
    "升鑫哲喜尧坤峰场厂东华实业电机制药纺织钢铁家具绿阳陈国际贸达兴顺丰发义乌区镇乡亚欧联",
)
"""Characters that registers write in more than one way."""
_NEAR = 88
"""How alike two names must be to be worth a hint, of 100."""


@lru_cache(maxsize=1 << 16)
def normal(name: str) -> str:
    """A name as compared: NFKC, variant characters, without brackets, blanks and signs, each legal form as 公司."""
    folded = unicodedata.normalize("NFKC", name).upper().translate(_VARIANTS)
    return _FORMS.sub("公司", _NOISE.sub("", folded))


def nearest(names: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """For each name the one most like it among the known, where one is near enough to be worth a hint."""
    from rapidfuzz import fuzz, process

    choices = {name: normal(name) for name in known}
    found = {}
    for name in names:
        best = process.extractOne(normal(name), choices, scorer=fuzz.ratio, score_cutoff=_NEAR)
        if best is not None:
            found[name] = best[2]
    return found
