"""File names for lists, whatever the lists are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MOST_BYTES = 200


def file_names(names: Sequence[str], suffix: str) -> list[str]:
    """A file name for each of the names: safe on any system, none twice, none hidden, none outside the folder."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        base = _safe(name)
        candidate, number = base, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{base}-{number}"
        taken.add(candidate.casefold())
        found.append(candidate + suffix)
    return found


def _safe(name: str) -> str:
    safe = _UNSAFE.sub("_", name).strip(". ")
    if _RESERVED.fullmatch(safe):
        safe += "_"
    while len(safe.encode()) > _MOST_BYTES:
        safe = safe[:-1]
    return safe or "_"
