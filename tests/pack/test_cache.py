"""Packs kept between runs."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mujun.pack import find_pack, load_pack
from mujun.pack.problems import PackError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MUJUN_CACHE", str(folder))
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the shipped pack."""
    return Path(shutil.copytree(find_pack(), tmp_path / "copy"))


def _files(folder: Path) -> Iterator[Path]:
    return folder.glob("*.pack")


def test_kept_pack_is_the_pack(kept: Path, pack: Path) -> None:
    """What comes out of the cache equals what was read."""
    first, again = load_pack(pack), load_pack(pack)
    assert first == again
    assert first is not again
    assert len(list(_files(kept))) == 1


def test_edit_is_seen(kept: Path, pack: Path) -> None:
    """A changed file of a pack is read anew, even if its size and time are the same, and nothing piles up."""
    before = load_pack(pack)
    file = pack / "pack.yaml"
    stamp = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("3万元/亩", "4万元/亩"), encoding="utf-8")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = load_pack(pack)
    assert (str(before.parameters["低效线"].value), str(after.parameters["低效线"].value)) == ("3万元/亩", "4万元/亩")
    assert len(list(_files(kept))) == 1


def test_new_file_is_seen(kept: Path, pack: Path) -> None:
    """A list added to or removed from a pack is noticed."""
    count = len(load_pack(pack).lists)
    (pack / "lists" / "2-watch.yaml").unlink()
    assert len(load_pack(pack).lists) == count - 1


def test_broken_pack_is_not_kept(kept: Path, pack: Path) -> None:
    """A pack with faults is refused every time."""
    (pack / "lists" / "2-watch.yaml").write_text("list: x", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(PackError):
            load_pack(pack)
    assert not list(_files(kept))


@pytest.mark.parametrize("content", [b"", b"junk", pickle.dumps(7), pickle.dumps((1, 2))])
def test_damaged_cache_is_replaced(kept: Path, pack: Path, content: bytes) -> None:
    """Whatever lies in the cache, the pack is right."""
    right = load_pack(pack)
    [file] = _files(kept)
    file.write_bytes(content)
    assert load_pack(pack) == right
    assert file.read_bytes() != content


def test_no_cache_without_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pack: Path) -> None:
    """Where nothing can be kept, or nothing shall be, packs are simply read."""
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    for place in ("", str(blocked)):
        monkeypatch.setenv("MUJUN_CACHE", place)
        assert load_pack(pack).name == "jindong"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX permissions")
def test_others_cannot_slip_in_a_pack(kept: Path, pack: Path) -> None:
    """A cache folder that others may write to is not used."""
    kept.mkdir()
    kept.chmod(0o777)
    load_pack(pack)
    assert not list(_files(kept))
