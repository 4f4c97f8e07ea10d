"""Targets and rankings of groups."""
