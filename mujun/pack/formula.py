"""Formulas: arithmetic over names, parsed with Python's `ast` on a whitelist of nodes. Nothing is ever evaluated.

``税收 / 用地面积``, ``往年(税收, 1)``, ``max(0, 若缺(租入用地, 0))``. Full-width signs and ×÷ are accepted.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from mujun.pack.problems import Place, Problem


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    """A field, indicator or parameter."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Binary:
    """``left op right`` with op one of ``+ - * /``."""

    op: str
    left: Expr
    right: Expr
    place: Place


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `FUNCTIONS` over its arguments."""

    function: str
    arguments: tuple[Expr, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Past:
    """``往年(x, n)``: the value of `x` `years` years before; missing where that year is missing."""

    value: Expr
    years: int
    place: Place


Expr = Number | Name | Binary | Call | Past

FUNCTIONS = {"min": (2, 9), "max": (2, 9), "abs": (1, 1), "若缺": (2, 2), "往年": (2, 2)}
"""Function -> least and most arguments."""

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SIGNS = str.maketrans("＋－−×＊÷／（），．　", "+--**//(),. ")


def parse(text: str, place: Place, problems: list[Problem]) -> Expr | None:
    """Parse a formula; faults are added to `problems` (None then), each at its own column."""
    source = text.translate(_SIGNS)
    lead = len(source) - len(source.lstrip())
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        offset = (getattr(error, "offset", None) or 1) - 1
        problems.append(Problem(place.right(lead + offset), f"公式“{text}”写法有误，应为名称与 + - * / ( ) 的算式"))
        return None
    except (RecursionError, MemoryError):
        problems.append(Problem(place, "公式嵌套过深"))
        return None
    parser = _Parser(source.strip(), place.right(lead), problems)
    result = parser.walk(tree.body)
    return None if parser.failed else result


class _Parser:
    def __init__(self, source: str, place: Place, problems: list[Problem]) -> None:
        self.source, self.start, self.problems, self.failed = source, place, problems, False

    def place(self, node: ast.expr) -> Place:
        # ast counts columns in UTF-8 bytes; a pack counts characters.
        before = self.source.encode()[: node.col_offset].decode(errors="ignore")
        return self.start.right(len(before))

    def fail(self, node: ast.expr, message: str) -> Number:
        self.failed = True
        self.problems.append(Problem(self.place(node), message))
        return Number(Fraction(0))

    def walk(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return Number(Fraction(ast.get_source_segment(self.source, node) or "0"))
        if isinstance(node, ast.Name):
            return Name(node.id, self.place(node))
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return Binary(_OPERATORS[type(node.op)], self.walk(node.left), self.walk(node.right), self.place(node))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            sign = Number(Fraction(-1 if isinstance(node.op, ast.USub) else 1))
            return Binary("*", sign, self.walk(node.operand), self.place(node))
        if isinstance(node, ast.Call):
            return self.call(node)
        shown = ast.get_source_segment(self.source, node)
        return self.fail(node, f"公式里不能写“{shown}”，只允许名称、数字、+ - * / ( ) 和 {'、'.join(FUNCTIONS)}")

    def call(self, node: ast.Call) -> Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else "?"
        if name not in FUNCTIONS or node.keywords:
            return self.fail(node, f"没有函数“{name}”，可用：{'、'.join(FUNCTIONS)}")
        least, most = FUNCTIONS[name]
        if not least <= len(node.args) <= most:
            wanted = str(least) if least == most else f"{least} 至 {most}"
            return self.fail(node, f"函数 {name} 要 {wanted} 个参数，写了 {len(node.args)} 个")
        if name == "往年":
            years = node.args[1]
            if not (isinstance(years, ast.Constant) and type(years.value) is int and 1 <= years.value <= 20):
                return self.fail(years, "往年(x, n) 的 n 应为 1 到 20 的整数")
            return Past(self.walk(node.args[0]), years.value, self.place(node))
        return Call(name, tuple(self.walk(argument) for argument in node.args), self.place(node))


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
