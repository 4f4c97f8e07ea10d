"""Intake: from bureau files as they arrive to typed tables, with a finding for everything that was not plain."""

from mujun.intake.findings import CATALOGUE, LEVELS, Finding
from mujun.intake.load import Loaded, load

__all__ = ["CATALOGUE", "LEVELS", "Finding", "Loaded", "load"]
