"""Formulas are read as arithmetic over names, and anything else is refused at its own column."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mujun.pack import formula
from mujun.pack.formula import Binary, Call, Expr, Name, Number, Past
from mujun.pack.problems import Place, Problem

HERE = Place(Path("indicators.yaml"), 7, 11)

numbers = st.decimals(min_value=0, max_value=10**6, places=3).map(lambda value: f"{value:f}")
names = st.sampled_from(["税收", "用地面积", "a_1", "亩均税收", "规上2023"])
formulas = st.recursive(
    numbers | names,
    lambda below: st.one_of(
        st.tuples(below, st.sampled_from("+-*/"), below).map(" ".join),
        below.map("({})".format),
        below.map("-{}".format),
        st.tuples(below, below).map(lambda pair: f"max({pair[0]}, {pair[1]})"),
        st.tuples(below, st.integers(1, 20)).map(lambda pair: f"往年({pair[0]}, {pair[1]})"),
    ),
    max_leaves=12,
)


def parse(text: str) -> Expr:
    """A formula without faults."""
    problems: list[Problem] = []
    found = formula.parse(text, HERE, problems)
    assert not problems
    assert found is not None
    return found


def fault(text: str) -> tuple[int, str]:
    """Where, counted from the formula's first character, a formula is wrong, and what is wrong."""
    problems: list[Problem] = []
    assert formula.parse(text, HERE, problems) is None
    [problem] = problems
    assert (problem.place.file, problem.place.line) == (HERE.file, HERE.line)
    return problem.place.column - HERE.column, problem.message


def bare(expr: Expr) -> object:
    """A formula without places."""
    match expr:
        case Number(value):
            return value
        case Name(name):
            return name
        case Binary(op, left, right):
            return (bare(left), op, bare(right))
        case Call(function, arguments):
            return (function, *map(bare, arguments))
        case Past(value, years):
            return ("往年", bare(value), years)


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("税收 / 用地面积", ("税收", "/", "用地面积")),
        ("税收 - 1 - 2", (("税收", "-", Fraction(1)), "-", Fraction(2))),
        ("1 + 税收 * .5", (Fraction(1), "+", ("税收", "*", Fraction(1, 2)))),
        ("(1 + 税收) * 0.05", ((Fraction(1), "+", "税收"), "*", Fraction(1, 20))),
        ("-税收", (Fraction(-1), "*", "税收")),
        ("+税收", (Fraction(1), "*", "税收")),
        ("max(0, 若缺(租入用地, 0), abs(a))", ("max", Fraction(0), ("若缺", "租入用地", Fraction(0)), ("abs", "a"))),
        ("往年(税收, 1) / 往年(用地面积, 20)", (("往年", "税收", 1), "/", ("往年", "用地面积", 20))),
        ("  税收\n/ 用地面积\n", ("税收", "/", "用地面积")),
    ],
)
def test_meaning(text: str, meaning: object) -> None:
    """A formula means what arithmetic says, with exact numbers."""
    assert bare(parse(text)) == meaning


@pytest.mark.parametrize(
    ("full", "half"),
    [
        ("税收　÷（用地面积　＋　１．５）", "税收 / (用地面积 + 1.5)"),
        ("税收×２－ａ", "税收*2-a"),
        ("税收 − ＭＡＸ＿１ ＊ ３", "税收 - MAX_1 * 3"),
        ("往年（税收，１）", "往年(税收,1)"),
    ],
)
def test_full_width_signs(full: str, half: str) -> None:
    """Full-width signs, digits and letters, × and ÷ are read as what they stand for."""
    assert bare(parse(full)) == bare(parse(half))


@given(formulas)
def test_every_formula_reads(text: str) -> None:
    """Whatever is built of names, numbers, signs and functions is a formula."""
    assert bare(parse(text)) == bare(parse(f" {text} "))


@given(numbers)
def test_numbers_are_exact(text: str) -> None:
    """A number in a formula is the decimal written, not the float nearest to it."""
    assert parse(text) == Number(Fraction(text))


def test_every_part_knows_its_column() -> None:
    """Each name, sign and function knows where it stands, counted in characters."""
    expr = parse("  税收 / max(用地面积, 往年(产值, 1))")
    assert isinstance(expr, Binary)
    assert isinstance(expr.right, Call)
    past = expr.right.arguments[1]
    assert isinstance(past, Past)
    columns = [part.place.column - HERE.column for part in (expr, expr.right, past)]
    assert columns == [2, 7, 17]
    assert [name.place.column - HERE.column for name, _ in formula.names(expr)] == [2, 11, 20]


def test_names_with_their_years() -> None:
    """The names of a formula come with how many years back each is read."""
    expr = parse("税收 - 往年(往年(税收, 2) + max(产值, 3), 1) * abs(-人数)")
    assert [(name.name, years) for name, years in formula.names(expr)] == [
        ("税收", 0),
        ("税收", 3),
        ("产值", 1),
        ("人数", 0),
    ]


# --- faults ---------------------------------------------------------------------------------------------------------

ALLOWED = "只允许名称、数字、+ - * / ( ) 和 min、max、abs、若缺、往年、天数、加月"
PLAIN = "应为不带单位的小数，如 0.8；带单位的数请设为 pack.yaml 的参数，写参数名"


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("税收 / 3万元", 5, f"公式里的数字“3万元”{PLAIN}"),
        ("税收 * 80%", 5, f"公式里的数字“80%”{PLAIN}"),
        ("税收 * 1e5", 5, f"公式里的数字“1e5”{PLAIN}"),
        ("1e999999999", 0, f"公式里的数字“1e999999999”{PLAIN}"),
        ("0x10", 0, f"公式里的数字“0x10”{PLAIN}"),
        ("1_000", 0, f"公式里的数字“1_000”{PLAIN}"),
        ("007", 0, f"公式里的数字“007”{PLAIN}"),
        ("1.2.3", 0, f"公式里的数字“1.2.3”{PLAIN}"),
        ("5.", 0, f"公式里的数字“5.”{PLAIN}"),
        (".5万", 0, f"公式里的数字“.5万”{PLAIN}"),
        ("9" * 101, 0, "数字“99999999999999999999…”过长，至多 100 位"),
        ("税收 > 3", 3, f"公式里不能写“>”，{ALLOWED}"),
        ("税收²", 0, f"公式里不能写“税收²”，{ALLOWED}"),
        ("'税收'", 0, f"公式里不能写“'”，{ALLOWED}"),
        ("税收.a", 2, f"公式里不能写“.a”，{ALLOWED}"),
        ("税收 ** 2", 0, f"公式里不能写“税收 ** 2”，{ALLOWED}"),
        ("1 + 税收 // 2", 4, f"公式里不能写“税收 // 2”，{ALLOWED}"),
        ("True", 0, f"公式里不能写“True”，{ALLOWED}"),
        ("1 + (a if b else c)", 5, f"公式里不能写“a if b else c”，{ALLOWED}"),
        ("not a", 0, f"公式里不能写“not a”，{ALLOWED}"),
        ("a, b", 0, f"公式里不能写“a, b”，{ALLOWED}"),
        ("max(*a, b)", 4, f"公式里不能写“*a”，{ALLOWED}"),
        ("max(a, b, **c)", 0, f"公式里不能写“max(a, b, **c)”，{ALLOWED}"),
        ("税收 + macs(1, 2)", 5, "没有函数“macs”，是否想写“max”，可用：min、max、abs、若缺、往年、天数、加月"),
        ("(税收)(1)", 0, "没有函数“税收”，可用：min、max、abs、若缺、往年、天数、加月"),
        ("max(1)", 0, "函数 max 要 2 至 9 个参数，写了 1 个"),
        ("abs(1, 2)", 0, "函数 abs 要 1 个参数，写了 2 个"),
        ("往年(税收)", 0, "函数 往年 要 2 个参数，写了 1 个"),
        ("往年(税收, 0)", 7, "往年(x, n) 的 n 应为 1 到 20 的整数"),
        ("往年(税收, 21)", 7, "往年(x, n) 的 n 应为 1 到 20 的整数"),
        ("往年(税收, 1.0)", 7, "往年(x, n) 的 n 应为 1 到 20 的整数"),
        ("往年(税收, -1)", 7, "往年(x, n) 的 n 应为 1 到 20 的整数"),
        ("往年(税收, n)", 7, "往年(x, n) 的 n 应为 1 到 20 的整数"),
        ("", 0, "公式“”写法有误：没有内容"),
        ("税收 /", 4, "公式“税收 /”写法有误：没有写完"),
        ("税收 用地面积", 3, "公式“税收 用地面积”写法有误：应为名称与 + - * / ( ) 的算式"),
        ("2 * (税收 + 1", 4, "公式“2 * (税收 + 1”写法有误：括号从这里开始，没有结束"),
        ("税收 + 1)", 6, "公式“税收 + 1)”写法有误：多了右括号"),
        ("税收 + * 3", 5, "公式“税收 + * 3”写法有误：应为名称与 + - * / ( ) 的算式"),
        ("-" * 150 + "1", 101, "公式过长或嵌套过深，请拆成几个指标"),
        ("+".join("a" * 3000), 0, "公式过长或嵌套过深，请拆成几个指标"),
    ],
)
def test_faults(text: str, at: int, message: str) -> None:
    """What is no formula is reported at its own column, with what may be written."""
    assert fault(text) == (at, message)


@pytest.mark.parametrize("text", ["-" * 100_000 + "1", "(" * 150 + "a" + ")" * 150, "(" * 100_000, "max(1," * 500])
def test_depth_ends_nothing(text: str) -> None:
    """However deep a formula is nested, it is read or refused, and nothing else happens."""
    problems: list[Problem] = []
    assert (formula.parse(text, HERE, problems) is None) == bool(problems)


def test_a_fault_within_leading_blanks() -> None:
    """Blanks in front of a formula do not shift what is reported."""
    assert fault("　 1 + 税收 > 2")[0] == 9
