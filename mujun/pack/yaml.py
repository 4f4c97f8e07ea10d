"""YAML with positions and without surprises.

Every plain scalar stays text, except ``true``, ``false``, ``null`` and nothing: ``no``, ``0123``, ``12:30`` and dates
mean what they look like. Duplicate keys and full-width colons are faults; each value and key knows its line and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mujun.pack.problems import Place, Problem

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_MAX_NODES = 500_000

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The plain value of a YAML file and the place of everything in it.

    `places` maps the path of a value (``("when", "all", 0)``) to where it starts, `keys` the path of a mapping's entry
    to where its key starts.
    """

    file: Path
    value: Any
    places: dict[Path_, Place]
    keys: dict[Path_, Place]

    def place(self, path: Path_) -> Place:
        """The place of the value at `path`, or of the nearest ancestor that has one."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file))

    def key(self, path: Path_) -> Place:
        """The place of the key at `path`, or of its value where it has none."""
        return self.keys.get(path) or self.place(path)


def read(file: Path, problems: list[Problem]) -> Document | None:
    """Read one YAML file. Faults are added to `problems`; None means that nothing of the file can be used."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem(Place(file), "不是 UTF-8 编码，请另存为 UTF-8"))
        return None
    except OSError as error:
        problems.append(Problem(Place(file), f"无法读取：{error.strerror}"))
        return None
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(file, text, error))
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.append(Problem(Place(file, line), "有 YAML 不允许的控制字符，请删去"))
        return None
    except RecursionError:
        problems.append(Problem(Place(file), "嵌套过深"))
        return None
    if node is None:
        problems.append(Problem(Place(file), "文件是空的"))
        return None
    walker = _Walker(file, problems)
    return Document(file, walker.value(node, ()), walker.places, walker.keys)


class _Walker:
    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems
        self.places: dict[Path_, Place] = {}
        self.keys: dict[Path_, Place] = {}
        self.open: set[int] = set()

    def value(self, node: yaml.Node, path: Path_) -> Any:
        quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"')
        place = Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1 + quoted)
        self.places[path] = place
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else _WORDS.get(node.value, node.value)
        if id(node) in self.open or len(self.places) > _MAX_NODES:
            self.problems.append(Problem(place, "引用（*）成环或展开过大"))
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
            return self.mapping(node, path)
        finally:
            self.open.discard(id(node))

    def mapping(self, node: yaml.Node, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = Place(self.file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(place, "键必须是文字"))
                continue
            key = key_node.value
            if key in result:
                first = self.keys[(*path, key)]
                self.problems.append(Problem(place, f"键“{key}”重复，第 {first.line} 行已有"))
                continue
            self.keys[(*path, key)] = place
            result[key] = self.value(value_node, (*path, key))
        return result


def _syntax_problem(file: Path, text: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    # A full-width colon makes the parser stumble later, so look at the lines before it too.
    for number in range(min(line, len(lines) - 1), max(-1, line - 3), -1):
        found = re.match(r"[\s-]*[^\s:#\"'：]+(：)", lines[number])
        if found:
            return Problem(Place(file, number + 1, found.start(1) + 1), "用了全角冒号“：”，应为半角冒号加空格“: ”")
    if "\t" in (lines[line] if line < len(lines) else "")[: column + 1]:
        return Problem(Place(file, line + 1, column + 1), "缩进用了制表符，YAML 只允许空格")
    what = _SYNTAX.get(error.problem or "", f"YAML 语法错误（{error.problem}）")
    return Problem(Place(file, line + 1, column + 1), what)


_SYNTAX = {
    "could not find expected ':'": "缺少冒号，应为“名称: 值”",
    "mapping values are not allowed in this context": "此处不能再有冒号；值里有冒号时请加引号",
    "found character that cannot start any token": "此处有不能开头的字符，含 % @ ` 等字符的值请加引号",
    "did not find expected key": "缩进或引号有误，此处应为一个键",
    "did not find expected '-' indicator": "缩进有误，此处应为列表的“- ”",
    "did not find expected ',' or ']'": "列表缺少“,”或“]”",
    "did not find expected ',' or '}'": "花括号中缺少“,”或“}”",
    "found unexpected end of stream": "文件在引号或括号未结束时中断",
    "did not find expected <document start>": "文件只能有一份内容，请检查缩进",
    "expected a single document in the stream": "文件只能有一份内容，请删去“---”之后的部分",
}
