"""YAML with positions and without surprises.

Every plain scalar stays text, except ``true``, ``false``, ``null`` and nothing: ``no``, ``0123``, ``12:30`` and dates
mean what they look like. Duplicate keys and full-width signs of YAML are faults; each value and key knows its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from mujun import faults
from mujun.pack.problems import Place, Problem

if TYPE_CHECKING:
    from pathlib import Path

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_MAX_NODES = 500_000
_MAX_DEPTH = 100
_TOO_DEEP = f"嵌套过深，至多 {_MAX_DEPTH} 层"

Path_ = tuple[str | int, ...]


class Document(msgspec.Struct, frozen=True):
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
    text = _text(file, problems)
    if text is None:
        return None
    try:
        deep = _too_deep(text)
        node = None if deep else yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        problems.append(_syntax_problem(file, text, error))
        return None
    if node is None:
        problems.append(Problem(_place(file, deep), _TOO_DEEP) if deep else Problem(Place(file), "文件是空的"))
        return None
    walker = _Walker(file, text, problems)
    return Document(file, walker.value(node, ()), walker.places, walker.keys)


def _text(file: Path, problems: list[Problem]) -> str | None:
    raw = b""
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_of(file, raw[: error.start].decode(errors="replace"))
        problems.append(Problem(place, "不是 UTF-8 编码，请另存为 UTF-8"))
        return None
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        problems.append(Problem(Place(file), "没有这个文件" if gone else f"无法读取：{faults.reason(error)}"))
        return None
    if bad := yaml.reader.Reader.NON_PRINTABLE.search(text):
        message = f"有 YAML 不允许的控制字符（U+{ord(bad[0]):04X}），请删去"
        problems.append(Problem(_place_of(file, text[: bad.start()]), message))
        return None
    return text


def _place_of(file: Path, before: str) -> Place:
    """The place behind the text `before`."""
    return Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _place(file: Path, mark: Any) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


def _too_deep(text: str) -> Any:
    """Where nesting becomes too deep, or None: libyaml's composer recurses, and would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            return event.start_mark
    return None


class _Walker:
    """Turns nodes into plain values and notes the place of each."""

    def __init__(self, file: Path, text: str, problems: list[Problem]) -> None:
        self.file, self.problems = file, problems
        self.lines = _lines(text)
        self.places: dict[Path_, Place] = {}
        self.keys: dict[Path_, Place] = {}
        self.open: set[int] = set()

    def fail(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, message))

    def value(self, node: yaml.Node, path: Path_) -> Any:
        place = self.places[path] = self.start(node)
        if node.tag.startswith("!"):
            self.fail(place, f'以“!”开头的值请加引号，如 "{node.tag} …"')
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else _WORDS.get(node.value, node.value)
        if len(path) >= _MAX_DEPTH:
            self.fail(place, _TOO_DEEP)
            return None
        if id(node) in self.open or len(self.places) > _MAX_NODES:
            self.fail(place, "引用（*）成环或展开过大")
            return None
        self.open.add(id(node))
        try:
            return self.sequence(node, path) if isinstance(node, yaml.SequenceNode) else self.mapping(node, path)
        finally:
            self.open.discard(id(node))

    def start(self, node: yaml.Node) -> Place:
        """Where the text of a node starts: behind the quote, or on the line below ``|`` and ``>``."""
        place = _place(self.file, node.start_mark)
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        if style in ("'", '"'):
            return place.right(1)
        if style in ("|", ">"):
            for number in range(node.start_mark.line + 1, min(node.end_mark.line + 1, len(self.lines))):
                if self.lines[number].strip():
                    return Place(self.file, number + 1, re.search(r"\S", self.lines[number]).start() + 1)  # type: ignore[union-attr]
        return place

    def sequence(self, node: yaml.SequenceNode, path: Path_) -> list[Any]:
        for child in node.value:
            if node.flow_style and isinstance(child, yaml.ScalarNode) and not child.style and "，" in child.value:
                place = _place(self.file, child.start_mark).right(child.value.index("，"))
                self.fail(place, "列表里用了全角逗号“，”，应为半角逗号“,”；确为文字请加引号")
        return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]

    def mapping(self, node: yaml.Node, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = _place(self.file, key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.fail(place, "键必须是文字")
                continue
            key = key_node.value
            if key in result:
                self.fail(place, f"键“{key}”重复，第 {self.keys[(*path, key)].line} 行已有")
                continue
            self.keys[(*path, key)] = place
            result[key] = self.value(value_node, (*path, key))
        return result


def _lines(text: str) -> list[str]:
    """The lines as YAML counts them."""
    return re.split("\r\n|[\r\n\x85\u2028\u2029]", text)


def _syntax_problem(file: Path, text: str, error: yaml.MarkedYAMLError) -> Problem:
    problem = error.problem or ""
    opening = error.context_mark if problem in _AT_OPENING else None
    mark = opening or error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = _lines(text)
    if problem in _AFTER_FULL_WIDTH_COLON:
        # The parser stumbles only at a later line, so look at the lines before it too.
        for number in range(min(line, len(lines) - 1), max(-1, line - 3), -1):
            found = re.match(r"[\s-]*[^\s:#\"'：]+(：)", lines[number])
            if found:
                place = Place(file, number + 1, found.start(1) + 1)
                return Problem(place, "用了全角冒号“：”，应为半角冒号加空格“: ”")
    tab = (lines[line] if line < len(lines) else "")[: column + 1].find("\t")
    if tab >= 0:
        return Problem(Place(file, line + 1, tab + 1), "缩进用了制表符，YAML 只允许空格")
    what = _SYNTAX.get(problem, f"YAML 语法错误（{problem}）")
    return Problem(Place(file, line + 1, column + 1), what)


_AFTER_FULL_WIDTH_COLON = (
    "could not find expected ':'",
    "mapping values are not allowed in this context",
    "did not find expected key",
)

# Faults best shown where the thing begins: a quote or bracket left open is noticed only at the end of the file.
_AT_OPENING = (
    "could not find expected ':'",
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
    "found unexpected end of stream",
    "found unexpected document indicator",
    "did not find expected comment or line break",
)

_BAD_START = "此处有不能开头的字符，含 % @ ` 等字符的值请加引号"
_ONE_DOCUMENT = "文件只能有一份内容，请检查缩进并删去“---”“...”及其后的部分"
_BAD_ESCAPE = "双引号里的“\\”后面写法有误，请改用单引号"
_BAD_REFERENCE = "以 & 或 * 开头的值请加引号"

_SYNTAX = {
    "could not find expected ':'": "缺少冒号，应为“名称: 值”",
    "found unexpected ':'": "冒号后应有空格和值；值里有冒号的请加引号",
    "mapping values are not allowed in this context": "此处不能再有冒号：上一行缺少冒号、缩进有误，或值含冒号未加引号",
    "found character that cannot start any token": _BAD_START,
    "did not find expected key": "缩进或引号有误，此处应为一个键",
    "did not find expected '-' indicator": "缩进有误，此处应为列表的“- ”",
    "did not find expected ',' or ']'": "列表从这里开始，缺少“,”或“]”",
    "did not find expected ',' or '}'": "花括号从这里开始，缺少“,”或“}”",
    "found unexpected end of stream": "引号从这里开始，没有结束",
    "found unexpected document indicator": "引号从这里开始，没有结束",
    "did not find expected node content": "此处应有内容，多了或少了“,”“]”“}”",
    "did not find expected comment or line break": '以 > 或 | 开头的值请加引号，如 ">= 80%"',
    "block sequence entries are not allowed in this context": "“- ”应另起一行",
    "mapping keys are not allowed in this context": "以“? ”开头的值请加引号",
    "did not find expected alphabetic or numeric character": _BAD_REFERENCE,
    "found undefined alias": "引用（*）的名称没有定义；以 * 开头的文字请加引号",
    "second occurrence": "引用（&）的名称重复；以 & 开头的文字请加引号",
    "found unknown escape character": _BAD_ESCAPE,
    "did not find expected hexdecimal number": _BAD_ESCAPE,
    "found invalid Unicode character escape code": _BAD_ESCAPE,
    **dict.fromkeys(
        (
            "did not find expected whitespace or line break",
            "did not find expected tag URI",
            "did not find the expected '>'",
            "found undefined tag handle",
        ),
        '以“!”开头的值请加引号，如 "!= 是"',
    ),
    "did not find expected <document start>": _ONE_DOCUMENT,
    "but found another document": _ONE_DOCUMENT,
}
