"""How property tests run: as long as an example needs, on fresh examples each time, a failure with its recipe."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("mujun", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("mujun")

# Tests leave nothing in the user's cache; those about it have one of their own.
os.environ["MUJUN_CACHE"] = ""
