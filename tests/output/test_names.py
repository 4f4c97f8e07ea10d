"""File names for lists: safe on every system, whatever the lists are called."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.output.names import file_names


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["低效用地", "临界"], ["低效用地.csv", "临界.csv"]),
        (["a/b", "a\\b", "a_b"], ["a_b.csv", "a_b-2.csv", "a_b-3.csv"]),
        (["../../etc/passwd", "..", "."], ["_.._etc_passwd.csv", "_.csv", "_-2.csv"]),
        (["con", "COM1", "Aux.x"], ["con_.csv", "COM1_.csv", "Aux.x_.csv"]),
        (["红\x1b[31m", "是:否?", ".隐藏 "], ["红_[31m.csv", "是_否_.csv", "隐藏.csv"]),
        (["A", "a"], ["A.csv", "a-2.csv"]),
        ([""], ["_.csv"]),
    ],
)
def test_names(names: list[str], files: list[str]) -> None:
    """What cannot stand in a file name becomes _, what is alike is numbered, and nothing leaves the folder."""
    assert file_names(names, ".csv") == files


@given(names=st.lists(st.text(max_size=300), max_size=6, unique=True))
def test_any_name_is_a_file_in_its_folder(names: list[str]) -> None:
    """Any names become as many different names of files in the folder, none hidden, none too long."""
    files = file_names(names, ".jsonl")
    assert len({file.casefold() for file in files}) == len(names)
    for file in files:
        assert PurePosixPath(file).name == PureWindowsPath(file).name == file
        assert not file.startswith(".")
        assert len(file.encode()) <= 220
        assert file.isprintable() or not any(char < " " for char in file)
