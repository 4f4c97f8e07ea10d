"""Tests of `mujun.intake`."""
