"""Formulas: arithmetic over names, parsed with Python's `ast` on a whitelist of nodes. Nothing is ever evaluated.

``税收 / 用地面积``, ``往年(税收, 1)``, ``max(0, 若缺(租入用地, 0))``. Full-width signs and ×÷ are accepted.
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from mujun.pack.problems import Place, Problem, nearest
from mujun.quantity import QuantityError, parse_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Number(msgspec.Struct, frozen=True):
    """A literal."""

    value: Fraction


class Name(msgspec.Struct, frozen=True):
    """A field, indicator or parameter."""

    name: str
    place: Place


class Binary(msgspec.Struct, frozen=True):
    """``left op right`` with op one of ``+ - * /``."""

    op: str
    left: Expr
    right: Expr
    place: Place


class Call(msgspec.Struct, frozen=True):
    """A function of `FUNCTIONS` over its arguments."""

    function: str
    arguments: tuple[Expr, ...]
    place: Place


class Past(msgspec.Struct, frozen=True):
    """``往年(x, n)``: the value of `x` `years` years before; missing where that year is missing."""

    value: Expr
    years: int
    place: Place


Expr = Number | Name | Binary | Call | Past

AS_OF = "基准日"
"""The name that every formula and condition may use for the date as of which is judged."""
DAYS, MONTHS = "天数", "加月"
"""``天数(从, 到)``: the days from one date to another. ``加月(日期, n)``: a date moved by months."""

FUNCTIONS = {"min": (2, 9), "max": (2, 9), "abs": (1, 1), "若缺": (2, 2), "往年": (2, 2), DAYS: (2, 2), MONTHS: (2, 2)}
"""Function -> least and most arguments."""

AGGREGATES = {"合计": (1, 2), "计数": (1, 1), "占比": (1, 2)}
"""What measures may call besides: a sum of x, how many, which share; the last argument says of whom."""

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SIGNS = str.maketrans("＋－−×＊÷／（），．＿０１２３４５６７８９", "+--**//(),._0123456789")
_TOKEN = re.compile(
    r" +|[-+*/(),]|(?P<name>[^\W\d]\w*)|(?P<number>(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)(?![\w.%‰]))"
    r"|(?P<other>[\w.%‰]+|.)"
)
_MAX_DEPTH = 100
_TOO_DEEP = "公式过长或嵌套过深，请拆成几个指标"


def parse(
    text: str, place: Place, problems: list[Problem], functions: Mapping[str, tuple[int, int]] = FUNCTIONS
) -> Expr | None:
    """Parse a formula; faults are added to `problems` (None then), each at its own column."""
    source = re.sub(r"\s", " ", text.translate(_SIGNS))
    place = place.right(len(source) - len(source.lstrip()))
    source = source.strip()
    allowed = f"只允许名称、数字、+ - * / ( ) 和 {'、'.join(functions)}"
    if not _readable(source, place, problems, allowed):
        return None
    try:
        tree = ast.parse(source, mode="eval")
    except SyntaxError as error:
        problems.append(_syntax_problem(source, place, error))
        return None
    except (RecursionError, MemoryError):
        problems.append(Problem(place, _TOO_DEEP))
        return None
    parser = _Parser(source, place, problems, functions, allowed)
    result = parser.walk(tree.body)
    return None if parser.failed else result


def _readable(source: str, place: Place, problems: list[Problem], allowed: str) -> bool:
    """Whether a formula holds nothing but names, plain numbers and signs; the rest of Python never reaches `ast`."""
    for token in _TOKEN.finditer(source):
        word = token["other"] or token["name"]
        if word and not (token["name"] and word.isidentifier()):
            why = f"公式里不能写“{word}”，{allowed}"
            if re.match(r"\.?\d", word):
                why = f"公式里的数字“{word}”应为不带单位的小数，如 0.8；带单位的数请设为 pack.yaml 的参数，写参数名"
            problems.append(Problem(place.right(token.start()), why))
            return False
    return True


def _syntax_problem(source: str, place: Place, error: SyntaxError) -> Problem:
    message = error.msg or ""
    why = "应为名称与 + - * / ( ) 的算式"
    if "was never closed" in message:
        why = "括号从这里开始，没有结束"
    elif "unmatched" in message:
        why = "多了右括号"
    elif not error.offset:
        why = "没有写完" if source else "没有内容"
    return Problem(place.right(error.offset - 1 if error.offset else len(source)), f"公式“{source}”写法有误：{why}")


class _Parser:
    def __init__(
        self, source: str, place: Place, problems: list[Problem], functions: Mapping[str, tuple[int, int]], allowed: str
    ) -> None:
        self.source, self.start, self.problems, self.failed = source, place, problems, False
        self.functions, self.allowed = functions, allowed

    def place(self, node: ast.expr) -> Place:
        # ast counts columns in UTF-8 bytes; a pack counts characters.
        before = self.source.encode()[: node.col_offset].decode(errors="ignore")
        return self.start.right(len(before))

    def fail(self, node: ast.expr, message: str) -> Number:
        self.failed = True
        self.problems.append(Problem(self.place(node), message))
        return Number(Fraction(0))

    def shown(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.source, node) or ""

    def walk(self, node: ast.expr, depth: int = 0) -> Expr:
        if depth > _MAX_DEPTH:
            return self.fail(node, _TOO_DEEP)
        below = depth + 1
        match node:
            case ast.Constant(int() | float()) if not isinstance(node.value, bool):
                return self.number(node)
            case ast.Name(name):
                return Name(name, self.place(node))
            case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
                return Binary(_OPERATORS[type(op)], self.walk(left, below), self.walk(right, below), self.place(node))
            case ast.UnaryOp(ast.USub() | ast.UAdd() as op, operand):
                sign = Number(Fraction(-1 if isinstance(op, ast.USub) else 1))
                return Binary("*", sign, self.walk(operand, below), self.place(node))
            case ast.Call():
                return self.call(node, below)
        return self.fail(node, f"公式里不能写“{self.shown(node)}”，{self.allowed}")

    def number(self, node: ast.expr) -> Number:
        try:
            return Number(parse_number(self.shown(node)))
        except QuantityError as error:
            return self.fail(node, str(error))

    def call(self, node: ast.Call, depth: int) -> Expr:
        name = self.shown(node.func)
        if name not in self.functions:
            known = self.functions
            return self.fail(node, f"没有函数“{name}”{nearest(name, known)}，可用：{'、'.join(known)}")
        if node.keywords:
            return self.fail(node, f"公式里不能写“{self.shown(node)}”，{self.allowed}")
        least, most = self.functions[name]
        if not least <= len(node.args) <= most:
            wanted = str(least) if least == most else f"{least} 至 {most}"
            return self.fail(node, f"函数 {name} 要 {wanted} 个参数，写了 {len(node.args)} 个")
        if name == "往年":
            years = node.args[1]
            if not (isinstance(years, ast.Constant) and type(years.value) is int and 1 <= years.value <= 20):
                return self.fail(years, "往年(x, n) 的 n 应为 1 到 20 的整数")
            return Past(self.walk(node.args[0], depth), years.value, self.place(node))
        return Call(name, tuple(self.walk(argument, depth) for argument in node.args), self.place(node))


def names(expr: Expr, years: int = 0) -> Iterator[tuple[Name, int]]:
    """Every name in a formula with how many years back it is read."""
    match expr:
        case Name():
            yield expr, years
        case Binary(_, left, right):
            yield from names(left, years)
            yield from names(right, years)
        case Call(_, arguments):
            for argument in arguments:
                yield from names(argument, years)
        case Past(value, back):
            yield from names(value, years + back)
        case Number():
            return


def is_date(expr: Expr, named: Callable[[str], bool]) -> bool:
    """Whether a formula gives a date; `named` says it of names."""
    match expr:
        case Name(name):
            return named(name)
        case Past(value):
            return is_date(value, named)
        case Call(function, arguments):
            return function == MONTHS or (function in ("min", "max", "若缺") and is_date(arguments[0], named))
    return False
