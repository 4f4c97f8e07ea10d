"""Headers as they are shown, and as they are compared."""

from __future__ import annotations

import re
import unicodedata

from mujun.quantity import normalise


def tidy(header: str) -> str:
    """A header as shown: on one line, without characters that do not show, and out of its quotes."""
    shown = (char for char in header if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return "".join(shown).strip("\"'‘’“” \xa0\u3000")


def key(text: str) -> str:
    """A header as compared: NFKC, lower case, no blanks."""
    return re.sub(r"\s+", "", normalise(text)).lower()
