"""The scripts that write the samples, which are no package, as modules."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

SAMPLES = Path(__file__).parents[2] / "samples"


@cache
def script(name: str) -> ModuleType:
    """``samples/{name}.py`` as a module."""
    spec = importlib.util.spec_from_file_location(f"mujun_samples_{name}", SAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a dataclass looks its module up by name while it is made
    spec.loader.exec_module(module)
    return module
