"""The tests of mujun."""
