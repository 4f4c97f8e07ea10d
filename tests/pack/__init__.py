"""The tests of policy packs."""
