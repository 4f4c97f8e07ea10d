"""A method of evaluation that builds on another: ``extends`` lays a file over a method that comes with mujun.

Mappings are merged, lists and scalars replaced, and a key written without a value takes away what it would inherit.
What is one thing only as a whole (a condition, a source, a benchmark) is replaced whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mujun.pack import yaml
from mujun.pack.problems import Problem, nearest
from mujun.pack.shipped import shipped_methods
from mujun.pack.yaml import Document

if TYPE_CHECKING:
    from pathlib import Path

    from mujun.pack.yaml import Path_

_WHOLE = frozenset(("among", "when", "source", "benchmark"))
_OWN = ("method", "extends")


def read_extended(file: Path, problems: list[Problem], below: tuple[Path, ...] = ()) -> Document | None:
    """The YAML of a method with all that it builds on; the place of everything is where it is written.

    Faults are added to `problems`; None where the file, or what it extends, cannot be read.
    """
    document = yaml.read(file, problems)
    if document is None or not isinstance(document.value, dict) or not isinstance(document.value.get("extends"), str):
        return document
    name, place = document.value["extends"], document.place(("extends",))
    methods = shipped_methods()
    if name not in methods:
        known = f"，自带的有：{'、'.join(methods)}"
        problems.append(Problem(place, f"没有评价办法“{name}”{nearest(name, methods)}{known}"))
        return None
    chain = (*below, file.resolve())
    if methods[name].resolve() in chain:
        problems.append(Problem(place, f"“{name}”不能以自己为底本，extends 绕成了圈"))
        return None
    base = read_extended(methods[name], problems, chain)
    if base is None or not isinstance(base.value, dict):
        return None
    return _Overlay().document(base, document)


class _Overlay:
    """Lays one document over another and notes which paths of the lower one no longer count."""

    def __init__(self) -> None:
        self.replaced: set[Path_] = set()
        self.removed: set[Path_] = set()

    def document(self, base: Document, own: Document) -> Document:
        inherited = {key: below for key, below in base.value.items() if key not in _OWN}
        value = self.merge(inherited, own.value, ())
        gone = self.replaced | self.removed | {(key,) for key in _OWN}
        places, keys = (
            {path: place for path, place in found.items() if not _within(path, gone)}
            | {path: place for path, place in over.items() if not _within(path, self.removed)}
            for found, over in ((base.places, own.places), (base.keys, own.keys))
        )
        return Document(own.file, value, places, keys)

    def merge(self, base: Any, own: Any, path: Path_) -> Any:
        if not (isinstance(base, dict) and isinstance(own, dict)) or (path and path[-1] in _WHOLE):
            self.replaced.add(path)
            return own
        result = dict(base)
        for key, value in own.items():
            below = (*path, key)
            if value is None and key in result:
                del result[key]
                self.removed.add(below)
            else:
                result[key] = self.merge(result[key], value, below) if key in result else value
        return result


def _within(path: Path_, parts: set[Path_]) -> bool:
    return any(path[:length] in parts for length in range(len(path) + 1))
