"""What a method of evaluation (亩均效益综合评价) means, once read, resolved and checked.

The steps are always the same: value -> points of each indicator -> their sum x 修正系数 -> bonus and deductions -> rank
within the scope's groups -> cut into grades -> 定档 -> 提档 -> 降档 -> 一票否决.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec.structs import replace

from mujun.errors import DataError, UsageError
from mujun.pack.condition import Ref
from mujun.quantity import Quantity, decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mujun.pack.condition import Condition
    from mujun.pack.formula import Expr
    from mujun.pack.policy import Pack, Parameter, Source
    from mujun.pack.problems import Place

Family = Literal["ratio", "min-max", "best"]
"""``ratio``: value / benchmark x weight; ``min-max``: (base + (1 - base) x (x - min) / (max - min)) x weight; ``best``:
value / the best value x weight. Where smaller is better, ``ratio`` and ``best`` are turned over (benchmark / value) and
``min-max`` counts from the largest."""

Missing = Literal["peers", "zero", "full", "reweigh", "ungraded", "penalty"]
"""What an unknown value gets: the mean points of those ranked with it that have them; 0; the full weight; nothing, the
other weights standing in for it; no grade; a penalty."""

Action = Literal["定档", "提档", "降档", "一票否决"]
"""How a grade is moved, in this order: to a grade, one up, one down, to a grade for good."""

ACTIONS: tuple[Action, ...] = ("定档", "提档", "降档", "一票否决")

SCORE_DIGITS = 10
"""A score is rounded half up to so many decimals, and ranked by that: far beyond what is shown, so that scores which
are the same number tie, whatever fractions they are the sum of."""

EVERYONE, SCOPE = "全部", "范围"
"""Whose figures make a benchmark: all enterprises, or those of the scope. Other groups are named by their fields."""

WORDS_FOR_STEPS = "各项得分 → 合计 × 修正系数 → 加分、减分 → 排名 → 划档 → 定档 → 提档 → 降档 → 一票否决"


class Benchmark(msgspec.Struct, frozen=True):
    """What a value is measured against: a number (or the parameter that holds it), or a figure of its group.

    The figure is the sum of the formula's dividends over the sum of its divisors, of all in the group that have both
    (of ``min-max`` and ``best``: the extreme values), `years` before the year judged, times `factor`. `group` is
    ``(EVERYONE,)``, ``(SCOPE,)``, or the scope's enterprises by these fields; ``()`` where a method that is incomplete
    does not know its benchmark.

    `value` may be a `Ref`: the parameter is in `Pack.parameters`. `factor` is always the number that holds now;
    `factor_parameter` names the parameter it comes from, "" where it was written as a number.
    """

    value: Quantity | Ref | None = None
    group: tuple[str, ...] = (SCOPE,)
    years: int = 0
    factor: Fraction = Fraction(1)
    factor_parameter: str = ""


class Item(msgspec.Struct, frozen=True):
    """An indicator of a scope. `name` is a field or indicator; `weight` its points.

    `floor`, `cap` and `base` are shares of the weight; None for no limit. `penalty` is the (negative) points of an
    unknown value with ``missing: penalty``. `zero_divisor` is for a formula whose divisor is 0 (no emission at all):
    ``missing``, ``zero`` or ``full``.
    """

    name: str
    weight: Fraction
    family: Family
    smaller_is_better: bool
    benchmark: Benchmark
    floor: Fraction | None
    cap: Fraction | None
    base: Fraction
    missing: Missing
    penalty: Fraction
    zero_divisor: Literal["missing", "zero", "full"]
    cites: str
    note: str
    place: Place


class Step(msgspec.Struct, frozen=True):
    """A bonus (points above 0) or deduction (below). `points` is a formula, a pure number; `when` None: always.

    Where the condition or the points are unknown, nothing is added, and it is said so.
    """

    name: str
    when: Condition | None
    points: Expr
    points_text: str
    cites: str
    note: str
    place: Place


class Cuts(msgspec.Struct, frozen=True):
    """Where the ranking is cut into grades.

    `lines`: each grade but the last with its line, the best first: the share of the group that has it or better
    (``by: share``), or the least score (``by: score``). A share of n becomes a number of firms by `rounding`. `base`
    says whether firms without a rank (T) count among the n. Firms that tie across a line all get the `ties` grade.
    `least` is the share of the group, rounded up, that the last grade must hold at least (0: none); there, ties go to
    the last grade.
    """

    by: Literal["share", "score"]
    lines: tuple[tuple[str, Fraction], ...]
    rounding: Literal["floor", "round", "ceil"]
    base: Literal["graded", "all"]
    ties: Literal["better", "worse"]
    least: Fraction
    parameters: tuple[str, ...] = ()
    """The parameter behind each line, "" for a number as written. `lines` always holds the numbers that hold now."""

    def fault(self) -> tuple[int, str] | None:
        """The first line that cannot be, by its place in `lines`, and why; None where all are sound."""
        for index, (grade, line) in enumerate(self.lines):
            if self.by == "share" and not 0 <= line <= 1:
                hint = f"，应如 {decimal_text(line)}%" if 1 < line <= 100 else ""
                return index, f"{grade} 的线应在 0% 到 100% 之间，现为 {self.shown(line)}{hint}"
        for index, ((better, above), (grade, line)) in enumerate(pairwise(self.lines), 1):
            if self.by == "share" and line <= above:
                rule = "累计比例应逐档增大"
            elif self.by == "score" and line >= above:
                rule = "分数线应逐档减小"
            else:
                continue
            return index, f"{rule}：{better} 的线是 {self.shown(above)}，{grade} 的线是 {self.shown(line)}"
        return None

    def shown(self, line: Fraction) -> str:
        """A line as text: ``20%`` or ``90``."""
        return f"{decimal_text(line * 100)}%" if self.by == "share" else decimal_text(line)


class Move(msgspec.Struct, frozen=True):
    """A reason to move a grade: `to` is the grade of 定档 and 一票否决, "" for the others."""

    name: str
    action: Action
    to: str
    when: Condition
    cites: str
    note: str
    place: Place


class Exemption(msgspec.Struct, frozen=True):
    """Who is scored but neither ranked nor graded (T)."""

    name: str
    when: Condition
    cites: str
    note: str
    place: Place


class Adjustments(msgspec.Struct, frozen=True):
    """The dataset that moves grades of single enterprises, and its fields: whose, how, to which grade, why, by what."""

    dataset: str
    code: str
    action: str
    grade: str
    reason: str
    source: str


class GradeScope(msgspec.Struct, frozen=True):
    """Those who are ranked by the same indicators. An enterprise belongs to the first scope it is `among`.

    `within` are the fields by whose values it is ranked apart; `then` the keys that order equal scores. `total` is
    what the weights add up to. `coefficient` is the formula of the 修正系数. `most_bonus` and `most_deduction`
    limit the sums of bonus and deductions, in points above 0; None for no limit.
    """

    name: str
    among: Condition | None
    within: tuple[str, ...]
    total: Fraction
    items: tuple[Item, ...]
    coefficient: Expr | None
    coefficient_text: str
    steps: tuple[Step, ...]
    most_bonus: Fraction | None
    most_deduction: Fraction | None
    then: tuple[tuple[str, bool], ...]
    cuts: Cuts
    cites: str
    note: str
    place: Place


class Method(msgspec.Struct, frozen=True):
    """A method of evaluation, over the fields and indicators of a dataset.

    `grades` from the best to the worst; `ungraded` is the grade (T) of those exempt. `feeds` names the choice field
    that lists read, which the grade fills where the data do not; "" for none. `incomplete` says what of the method is
    not known: it cannot run before that is supplied. `published` and `assumed` say what of it is the county's own.
    """

    name: str
    title: str
    dataset: str
    place_name: str
    year: int | None
    source: Source
    published: str
    assumed: str
    incomplete: tuple[str, ...]
    note: str
    feeds: str
    grades: tuple[str, ...]
    ungraded: str
    exempt: tuple[Exemption, ...]
    scopes: tuple[GradeScope, ...]
    moves: tuple[Move, ...]
    parameters: Mapping[str, Parameter]
    place: Place
    adjustments: Adjustments | None = None

    @property
    def conditions(self) -> Iterator[Condition]:
        """Every condition of the method, in the order written."""
        yield from (item.when for item in self.exempt)
        yield from (item.when for item in self.moves)
        for scope in self.scopes:
            yield from (when for when in (scope.among, *(step.when for step in scope.steps)) if when is not None)

    def with_parameters(self, parameters: Mapping[str, Parameter]) -> Method:
        """The same method with the numbers that these parameters, all of a pack, now give.

        Raises `UsageError` where a line or benchmark would then be impossible.
        """
        scopes = tuple(_renumbered(scope, parameters) for scope in self.scopes)
        own = {name: parameters.get(name, parameter) for name, parameter in self.parameters.items()}
        return replace(self, scopes=scopes, parameters=own)


def _renumbered(scope: GradeScope, parameters: Mapping[str, Parameter]) -> GradeScope:
    cuts = scope.cuts
    if any(cuts.parameters):
        names = zip(cuts.lines, cuts.parameters, strict=True)
        lines = tuple((grade, _number(parameters, name) if name else line) for (grade, line), name in names)
        cuts = replace(cuts, lines=lines)
        if fault := cuts.fault():
            raise UsageError(
                f"范围“{scope.name}”的档线不对：{fault[1]}", f"涉及的参数：{'、'.join(filter(None, cuts.parameters))}"
            )
    return replace(scope, cuts=cuts, items=tuple(_measured(item, parameters) for item in scope.items))


def _measured(item: Item, parameters: Mapping[str, Parameter]) -> Item:
    benchmark = item.benchmark
    name = benchmark.value.name if isinstance(benchmark.value, Ref) else benchmark.factor_parameter
    if not name:
        return item
    if _number(parameters, name) <= 0:
        raise UsageError(
            f"参数“{name}”是“{item.name}”的基准，应大于 0，不能设为 {parameters[name].shown}", "请改正后重试"
        )
    if benchmark.factor_parameter:
        benchmark = replace(benchmark, factor=_number(parameters, name))
    return replace(item, benchmark=benchmark)


def _number(parameters: Mapping[str, Parameter], name: str) -> Fraction:
    value = parameters[name].value
    return value.base_value if isinstance(value, Quantity) else Fraction(0)


def check_complete(method: Method) -> None:
    """Raise `DataError` where a method cannot run: what is not known of it, where it is published, how to supply it."""
    if not method.incomplete:
        return
    source = "，".join(part for part in (method.source.document, method.source.url) if part)
    head = f"评价办法“{method.name}”不完整，不能运行，尚缺：{'；'.join(method.incomplete)}"
    raise DataError(
        f"{head}\n出处：{source or '未记载'}",
        f"请另写一个文件：method: 自己的名称，extends: {method.name}，补上所缺的，并写 incomplete: []；"
        "用 --method 文件.yaml 使用（写法见 README）",
    )


def method_of(pack: Pack) -> Method:
    """The method of a pack, complete. Raises `UsageError` where it has none, `DataError` where it cannot run."""
    if pack.method is None:
        raise UsageError(f"政策包“{pack.name}”没有评价办法（grading.yaml）", "请用 --method 指明一种，如 zhejiang-six")
    check_complete(pack.method)
    return pack.method
