"""Policy packs: YAML in, a checked `Pack` out."""

from mujun.pack.find import find_method, find_pack, load_method, load_pack
from mujun.pack.policy import Pack, PolicyList
from mujun.pack.problems import PackError, Place, Problem
from mujun.pack.shipped import packs_folder, shipped_methods

__all__ = [
    "Pack",
    "PackError",
    "Place",
    "PolicyList",
    "Problem",
    "find_method",
    "find_pack",
    "load_method",
    "load_pack",
    "packs_folder",
    "shipped_methods",
]
