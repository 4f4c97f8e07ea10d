"""The language of click's own texts (usage, options, errors): Chinese, whatever the locale.

click asks gettext for the domain ``messages``, and gettext goes by ``LANGUAGE`` before any ``LC_ALL``. The catalogue is
read when the first text is needed. Another language takes a folder beside ``zh_CN``; English takes none, it is what
click says without a catalogue.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

LOCALE = Path(__file__).parent.parent / "locale"


def speak(language: str = "zh_CN") -> None:
    """Have click speak this language, in this process."""
    gettext.bindtextdomain("messages", str(LOCALE))
    os.environ["LANGUAGE"] = language
