"""mujun (亩均): how well industrial land is used, from a policy pack and bureau files to ranked lists.

The public API is `load_pack`, `evaluate`, `grade`, `policy`, `track`, `rank` and what they return; it is imported on
first use, so that ``import mujun`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Evaluation", "Grades", "Ledger", "MujunError", "Pack", "PackError", "Ranked", "Tracked", "__version__",
    "evaluate", "grade", "load_pack", "policy", "rank", "track",
]  # fmt: skip

if TYPE_CHECKING:
    from mujun.api import Evaluation, evaluate
    from mujun.errors import MujunError
    from mujun.grading import Grades, grade
    from mujun.groups.ranking import Ranked, rank
    from mujun.groups.tracking import Tracked, track
    from mujun.ledger import Ledger, policy
    from mujun.pack import Pack, PackError, load_pack

_HOMES = {
    "Evaluation": "mujun.api",
    "evaluate": "mujun.api",
    "Grades": "mujun.grading",
    "grade": "mujun.grading",
    "Ranked": "mujun.groups.ranking",
    "rank": "mujun.groups.ranking",
    "Tracked": "mujun.groups.tracking",
    "track": "mujun.groups.tracking",
    "Ledger": "mujun.ledger",
    "policy": "mujun.ledger",
    "MujunError": "mujun.errors",
    "Pack": "mujun.pack",
    "PackError": "mujun.pack",
    "load_pack": "mujun.pack",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mujun' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
