"""Policy packs: YAML in, a checked `Pack` out."""

from mujun.pack.find import find_pack, load_pack, packs_folder
from mujun.pack.policy import Pack, PolicyList
from mujun.pack.problems import PackError, Place, Problem

__all__ = ["Pack", "PackError", "Place", "PolicyList", "Problem", "find_pack", "load_pack", "packs_folder"]
