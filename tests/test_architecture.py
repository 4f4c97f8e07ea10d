"""The shape of the house: which way imports point, what stays out of Python, and that everything is explained."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mujun.pack import Pack, load_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted((ROOT / "mujun").rglob("*.py"))
}
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

LAYERS = (
    ("__main__",),
    ("cli",),
    ("groups", "diagnosis"),
    ("grading", "ledger"),
    ("api",),
    ("judging", "feeding"),
    ("output", "engine"),
    ("plan", "intake"),
    ("pack",),
    ("quantity",),
    ("errors", "faults", "later", "width", "duck", "sql", ""),
)
"""From the top down: what stands on one line knows nothing of the others on it. The empty name is ``mujun`` itself."""

Import = tuple[str, bool]
"""A module of ours that is imported, and whether for type checking only."""


@cache
def tree_of(file: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[Import]:
    """What a module imports of ours, inside functions too."""
    yield from _imports(tree_of(MODULES[name]), name, typing=False)


def _imports(node: ast.AST, name: str, *, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, typing) for alias in child.names if alias.name.split(".")[0] == "mujun")
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{name} imports by a relative path"
            home = child.module or ""
            for alias in child.names if home.split(".")[0] == "mujun" else ():
                inner = f"{home}.{alias.name}"
                yield (inner if inner in MODULES else home), typing
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for part in child.body:
                yield from _imports(ast.Module([part], []), name, typing=True)
            for part in child.orelse:
                yield from _imports(ast.Module([part], []), name, typing=typing)
        else:
            yield from _imports(child, name, typing=typing)


def part_of(name: str) -> str:
    """The part of the house a module belongs to: ``plan`` for ``mujun.plan.arith``."""
    return [*name.split("."), ""][1]


def height(part: str) -> int:
    """How far down a part stands."""
    [found] = [index for index, parts in enumerate(LAYERS) if part in parts]
    return found


# --- imports ---------------------------------------------------------------------------------------------------------


def test_every_module_has_its_place() -> None:
    """Each module belongs to a part whose place is known, and each part that is known has a module."""
    assert {part_of(name) for name in MODULES} == {part for parts in LAYERS for part in parts}


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name: str) -> None:
    """A module imports only from its own part and from those below; one beside it, only to name a type."""
    mine = part_of(name)
    for other, typing in imports(name):
        theirs = part_of(other)
        if name == "mujun":
            assert typing, f"importing mujun imports {other}"
        elif theirs != mine:
            below, beside = height(theirs) > height(mine), height(theirs) == height(mine)
            assert below or (beside and typing), f"{name} imports {other}"


def test_leaves_import_nothing_of_ours() -> None:
    """Units, errors, text widths and the door to DuckDB know nothing of the rest."""
    for name in ("mujun.quantity", "mujun.errors", "mujun.width", "mujun.duck"):
        assert not list(imports(name)), name


def test_no_imports_go_in_circles() -> None:
    """No module imports itself by way of others, not even inside a function."""
    graph = {name: {other for other, typing in imports(name) if not typing and other != "mujun"} for name in MODULES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


@pytest.mark.parametrize("name", MODULES)
def test_what_is_imported_exists(name: str) -> None:
    """An import inside a function, that no start meets, still names a module that is there."""
    assert all(other in MODULES for other, _ in imports(name))


HEAVY = {"click", "duckdb", "_duckdb", "numpy", "pandas", "pydantic", "tabulate", "wcwidth", "yaml"}


def loaded(code: str) -> set[str]:
    """The modules that some code leaves loaded in a fresh process."""
    run = [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"]
    return set(subprocess.run(run, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split())


def test_importing_mujun_costs_nothing() -> None:
    """``import mujun`` loads none of its parts and no library."""
    found = loaded("import mujun; mujun.__version__")
    assert not found & HEAVY
    assert {name for name in found if name.split(".")[0] == "mujun"} == {"mujun"}


def test_judging_a_file_imports_neither_pandas_nor_tabulate() -> None:
    """A CSV file is judged to the last query without pandas, which takes longer to import than the whole run."""
    code = "import mujun; r = mujun.evaluate('samples/lishui-2019/areas.csv', 'samples/lishui-2019/rules'); "
    assert not loaded(code + "r.summaries; r.engine.run(r.plan.outcomes_query().sql)") & {"pandas", "numpy", "tabulate"}


def test_what_mujun_offers_is_there() -> None:
    """Every name in ``mujun.__all__`` can be had, and a name that is not there is an AttributeError."""
    import mujun

    assert all(getattr(mujun, name) for name in mujun.__all__)
    with pytest.raises(AttributeError, match="evalute"):
        mujun.__getattr__("evalute")


# --- policy ----------------------------------------------------------------------------------------------------------

ORDINARY = {
    "企业": "the word of every message for who is judged, and the usual name of a dataset",
    "名称": "the word of every message for a name",
    "年度": "the word for a year in messages, and the output contract",
    "年份": "the word for a year in messages",
    "日期": "the word for a date in messages, and a column of a ledger",
    "时间": "the word for a time in messages",
    "单位": "the word for a unit in messages, and a column of a ledger",
    "数量": "the word for an amount in messages, and a column of a ledger",
    "面积": "what 亩 measures",
    "说明": "the word for a note in messages",
    "级别": "how grave a finding is, and a column of parks",
    **dict.fromkeys(
        ("定档", "提档", "升档", "降档", "一票否决", "否决"), "a word of grading.yaml, as `sum` is one of fields.yaml"
    ),
    "调档原因": "a column of mujun grade, and of a table of adjustments",
    "备注": "the word for a note in messages",
    "其他": "the word for what is left, in messages too",
    "统一社会信用代码": "the output contract: the first of plan.OUTCOME_COLUMNS",
    "社会信用代码": "part of the one above",
    "信用代码": "part of the one above",
    "企业名称": "the output contract: the second of plan.OUTCOME_COLUMNS",
}
"""Words of the pack that Python may say, and why."""

EXEMPT = {
    ("mujun.quantity", "综合能耗"): "what the unit 吨标煤 measures, as 金额 is what 元 does",
    ("mujun.quantity", "电量"): "what the unit 千瓦时 measures",
    ("mujun.cli.options", "低效线=4万元/亩"): "an example of how --set is written",
    ("mujun.cli.options", "实缴税金=税收"): "an example of how --map is written",
    ("mujun.groups.tracking", "正常"): "what a target comes to that keeps pace",
    ("mujun.pack.condition", ">= 80%"): "an example of how a condition is written",
}
"""Literals that hold words of the pack for another reason."""


def policy_words(pack: Pack) -> set[str]:
    """What a county decides: names, aliases, choices, routes, thresholds. Single characters mean too many things."""
    words = {*pack.lists, *pack.parameters, *pack.indicators}
    for dataset in pack.datasets.values():
        units = {field.unit_by for field in dataset.fields.values()}  # what units are called is no policy
        for field in (field for field in dataset.fields.values() if field.name not in units):
            words |= {field.name, *field.aliases, *field.values}
            words |= {word for others in field.values.values() for word in others}
    for item in pack.lists.values():
        words |= {route.name for route in item.routes}
        words |= {item.top.within, item.top.beyond} if item.top else set()
    words |= {parameter.shown for parameter in pack.parameters.values()}
    return {word for word in words if len(word) > 1} - set(ORDINARY)


def literals(tree: ast.Module) -> Iterator[str]:
    """The text literals of a module, without docstrings and other texts that are only there to be read."""
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            yield node.value


@pytest.fixture(scope="module")
def words() -> set[str]:
    """The words of the pack that comes with mujun."""
    return policy_words(load_pack())


@pytest.mark.parametrize("name", MODULES)
def test_no_policy_in_python(words: set[str], name: str) -> None:
    """No list, field, alias, choice, route or threshold of the pack stands in Python but as an example in a message."""
    for literal in literals(tree_of(MODULES[name])):
        said = literal.split("如 ")[0]  # "如 …" opens the example of a message
        found = sorted(word for word in words if word in said)
        assert not found or (name, literal) in EXEMPT, f"{name} says {literal!r}, which holds {found}"


def test_no_exemption_outlives_its_reason() -> None:
    """Every literal that is exempt is still there."""
    for name, literal in EXEMPT:
        assert literal in literals(tree_of(MODULES[name])), f"{name} no longer says {literal!r}"


# --- size and explanation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_short(name: str) -> None:
    """A module can be read in one sitting: fewer than 400 lines."""
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) < 400


def unexplained(node: ast.AST, name: str) -> Iterator[str]:
    """The public modules, classes and functions without a docstring."""
    if not ast.get_docstring(node):  # type: ignore[arg-type]
        yield name
    for child in ast.iter_child_nodes(node):
        inner = isinstance(node, ast.FunctionDef)
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_") and not inner:
            yield from unexplained(child, f"{name}.{child.name}")


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_explained(name: str) -> None:
    """Every module, and every public class, function and method, has a docstring."""
    assert not list(unexplained(tree_of(MODULES[name]), name))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.relative_to(ROOT / "tests").as_posix())
def test_every_test_says_the_promise_it_keeps(file: Path) -> None:
    """Each test function has a docstring, which says what is promised."""
    tests = [
        node for node in ast.walk(tree_of(file)) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert tests
    assert not [test.name for test in tests if not ast.get_docstring(test)]
