"""A copy of the shipped pack, to be spoilt and loaded."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

from mujun.pack import Pack, PackError, load_pack, packs_folder

if TYPE_CHECKING:
    from pathlib import Path

PACK, FIELDS, INDICATORS = "pack.yaml", "fields.yaml", "indicators.yaml"
LOW, WATCH, DOUBLING, TAX, SCALE = (
    "lists/1-low-efficiency.yaml",
    "lists/2-watch.yaml",
    "lists/3-capacity-doubling.yaml",
    "lists/4-high-tax-little-land.yaml",
    "lists/5-three-years-below-scale.yaml",
)


class Fault(NamedTuple):
    """A problem as a test sees it: its place as ``file:line:column`` within the pack, and its message."""

    place: str
    message: str


class Spoilt(NamedTuple):
    """One edit of the shipped pack, and the one fault that it must cause.

    The fault's place is marked with ▶: in the new text, or else in `at`, a text that occurs once in the file, or after
    ``file|`` in another one.
    """

    file: str
    old: str
    new: str
    says: str
    at: str = ""

    def __str__(self) -> str:
        return f"{self.file}-{self.says}"


def behind(text: str) -> str:
    """The place behind a text, as ``line:column``."""
    return f"{text.count(chr(10)) + 1}:{len(text) - text.rfind(chr(10))}"


class Draft:
    """A pack under work."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(packs_folder() / "jindong", folder)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that occurs once; of fields.yaml, where datasets are alike, its first."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1 or (text.count(old) and file == FIELDS), (
            f"{file} holds {old!r} {text.count(old)} times"
        )
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def write(self, file: str, content: str | bytes) -> None:
        """Put a file into the pack."""
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def load(self) -> Pack:
        """Load the pack as it is."""
        return load_pack(self.folder)

    def faults(self) -> list[Fault]:
        """What is wrong with the pack, in the order reported; nothing if it loads."""
        try:
            self.load()
        except PackError as error:
            return [
                Fault(f"{self.within(p.place.file)}:{p.place.line}:{p.place.column}", p.message) for p in error.problems
            ]
        return []

    def within(self, file: Path) -> str:
        """A file as the pack knows it, or as ``methods/…`` where it comes with mujun."""
        folder = self.folder if file.is_relative_to(self.folder) else packs_folder()
        return file.relative_to(folder).as_posix()

    def marked(self, file: str, text: str) -> str:
        """Where the ▶ of a text would stand that, without it, occurs once in a file."""
        whole = (self.folder / file).read_text(encoding="utf-8")
        plain = text.replace("▶", "")
        assert whole.count(plain) == 1 or (whole.count(plain) and file == FIELDS), (
            f"{file} holds {plain!r} {whole.count(plain)} times"
        )
        return f"{file}:{behind(whole[: whole.index(plain) + text.index('▶')])}"

    def spoil(self, spoilt: Spoilt) -> None:
        """Make one edit and see that it causes exactly the one fault that it should, where it should."""
        path = self.folder / spoilt.file
        before = path.read_text(encoding="utf-8").split(spoilt.old)[0]
        self.edit(spoilt.file, spoilt.old, spoilt.new.replace("▶", ""))
        if spoilt.at:
            file, _, text = spoilt.at.rpartition("|")
            place = self.marked(file or spoilt.file, text)
        else:
            place = f"{spoilt.file}:{behind(before + spoilt.new[: spoilt.new.index('▶')])}"
        faults = self.faults()
        assert [fault.place for fault in faults] == [place], faults
        assert spoilt.says in faults[0].message
