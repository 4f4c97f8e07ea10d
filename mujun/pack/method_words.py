"""A method of evaluation in words, for people: each step in its order, with its clause and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.pack.condition import Ref
from mujun.pack.method import ACTIONS, EVERYONE, SCOPE, WORDS_FOR_STEPS
from mujun.pack.words import condition_lines
from mujun.quantity import decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from mujun.pack.condition import Condition
    from mujun.pack.method import Benchmark, Cuts, Exemption, GradeScope, Item, Method, Move, Step
    from mujun.pack.policy import Pack

_MISSING = {
    "peers": "缺数据的得同组该项的平均分",
    "zero": "缺数据的得 0 分",
    "full": "缺数据的得满分",
    "reweigh": "缺数据的由其余各项的权重顶替",
    "ungraded": "缺数据的不评",
}
_ZERO_DIVISOR = {"missing": "", "zero": "除数为 0 的得 0 分", "full": "除数为 0 的得满分"}
_ROUNDING = {"floor": "舍去小数", "round": "四舍五入", "ceil": "有小数就进一"}
_ORDER = {True: "大", False: "小"}


def method_lines(pack: Pack, method: Method) -> list[str]:
    """All of a method of a pack, as lines."""
    lines = [f"{method.name}  {method.title}".rstrip(), *_about(method)]
    lines += ["", f"步骤  {WORDS_FOR_STEPS}"]
    for scope in method.scopes:
        lines += ["", f"范围  {scope.name}{_tail(scope)}", *(f"  {line}" for line in _scope(pack, method, scope))]
    if method.exempt:
        lines += ["", f"不评（{method.ungraded}），得分照算"]
        for exemption in method.exempt:
            lines += _reason(pack, exemption, exemption.name, exemption.when)
    if method.moves:
        lines += ["", f"定级，依次为 {'、'.join(ACTIONS)}"]
        for move in sorted(method.moves, key=lambda move: ACTIONS.index(move.action)):
            lines += _reason(pack, move, f"{move.name}：{_moved(move)}", move.when)
    if method.parameters:
        lines += ["", "参数"]
        for parameter in (pack.parameters.get(name, own) for name, own in method.parameters.items()):
            said = "；".join(part for part in (parameter.cites, parameter.note) if part)
            lines.append(f"  {parameter.name} = {parameter.shown}  {said}".rstrip())
    if method.feeds:
        lines += ["", f"结果填入 {method.feeds}；数据里已有的，以数据为准"]
    return [*lines, "", f"出处  {method.place}"]


def _about(method: Method) -> list[str]:
    """Where a method comes from, what of it is published, and what is not known."""
    year = f"{method.year}年度" if method.year is not None else ""
    told = (
        ("地方", "，".join(part for part in (method.place_name, year) if part)),
        ("文件", "  ".join(part for part in (method.source.document, method.source.url) if part)),
        ("公布的", method.published),
        ("假定的", method.assumed),
        ("说明", method.note),
    )
    lines = [f"{label}  {text}" for label, text in told if text]
    if method.incomplete:
        lines += ["", "不完整，不能运行，尚缺", *(f"  {one}" for one in method.incomplete)]
    return lines


def _tail(said: Exemption | GradeScope | Item | Move | Step) -> str:
    note = f"（{said.note}）" if said.note else ""
    return f"{note}  [{said.cites}]" if said.cites else note


def _reason(pack: Pack, said: Exemption | Move | Step, text: str, when: Condition | None) -> list[str]:
    below = condition_lines(when, pack) if when is not None else []
    return [f"  {text}{_tail(said)}", *(f"    {line}" for line in below)]


# --- a scope --------------------------------------------------------------------------------------------------------


def _scope(pack: Pack, method: Method, scope: GradeScope) -> Iterable[str]:
    if scope.among is not None:
        yield "仅限"
        yield from (f"  {line}" for line in condition_lines(scope.among, pack))
    yield f"各项得分，权重合计 {decimal_text(scope.total)}"
    yield from (f"  {_item(pack, item)}" for item in scope.items)
    if scope.coefficient is not None:
        yield f"修正系数  {scope.coefficient_text}"
    if scope.steps:
        yield "加分、减分"
        for step in scope.steps:
            yield from _reason(pack, step, f"{step.name}：{step.points_text} 分", step.when)
        yield from _limits(scope)
    apart = f"按 {'、'.join(scope.within)} 分别排名" if scope.within else "在本范围内排名"
    then = "，".join(f"{name}（{_ORDER[descending]}的在前）" for name, descending in scope.then)
    yield f"排名  {apart}，得分高的在前{'；同分的名次、等级相同，列出的先后看 ' + then if then else ''}"
    yield f"划档  {_cuts(method, scope.cuts)}"


def _limits(scope: GradeScope) -> Iterable[str]:
    if scope.most_bonus is not None:
        yield f"  加分合计至多 {decimal_text(scope.most_bonus)} 分"
    if scope.most_deduction is not None:
        yield f"  减分合计至多 {decimal_text(scope.most_deduction)} 分"


def _item(pack: Pack, item: Item) -> str:
    """``亩均税收 30 分 = 亩均税收 ÷ 26.01万元/亩 × 30；不低于 0 分；缺数据的不评``."""
    weight = decimal_text(item.weight)
    limits = []
    if item.floor is not None:
        limits.append(f"不低于 {decimal_text(item.floor * item.weight)} 分")
    if item.cap is not None:
        limits.append(f"不超过 {decimal_text(item.cap * item.weight)} 分（权重的 {_percent(item.cap)}）")
    penalty = f"缺数据的得 {decimal_text(item.penalty)} 分"
    said = (f"{item.name} {weight} 分 = {item_words(pack, item)}", "，".join(limits),
            _MISSING.get(item.missing, penalty), _ZERO_DIVISOR[item.zero_divisor])  # fmt: skip
    return "；".join(part for part in said if part) + _tail(item)


def item_words(pack: Pack, item: Item) -> str:
    """How the points of an indicator are reckoned: ``亩均税收 ÷ 26.01万元/亩 × 30``."""
    weight, name, whose = decimal_text(item.weight), item.name, _group(item.benchmark)
    if item.family == "min-max":
        above = f"{whose}最大值 - {name}" if item.smaller_is_better else f"{name} - {whose}最小值"
        part = f"（{above}）÷（最大值 - 最小值）"
        if item.base:
            part = f"[{_percent(item.base)} + {_percent(1 - item.base)} × {part}]"
        return f"{part} × {weight}"
    if item.family == "best":
        best = f"{whose}{'最小' if item.smaller_is_better else '最大'}值"
    else:
        best = benchmark_words(pack, item)
    return f"{best} ÷ {name} × {weight}" if item.smaller_is_better else f"{name} ÷ {best} × {weight}"


def benchmark_words(pack: Pack, item: Item) -> str:
    """What a ratio is measured against: ``26.01万元/亩``, ``本范围上年的亩均税收（合计除以合计）的 2 倍``."""
    benchmark = item.benchmark
    if isinstance(benchmark.value, Ref):
        return f"{benchmark.value.name}（{pack.parameters[benchmark.value.name].shown}）"
    if benchmark.value is not None:
        return str(benchmark.value)
    if not benchmark.group:
        return "基准（未知）"
    named = f"（{benchmark.factor_parameter}）" if benchmark.factor_parameter else ""
    times = f"的 {decimal_text(benchmark.factor)} 倍{named}" if benchmark.factor != 1 or named else ""
    return f"{_group(benchmark)}{item.name}（合计除以合计）{times}"


def _group(benchmark: Benchmark) -> str:
    whose = {(EVERYONE,): "全部企业", (SCOPE,): "本范围", (): ""}
    named = whose.get(benchmark.group, f"本范围同{'、'.join(benchmark.group)}企业")
    years = {0: "", 1: "上年"}.get(benchmark.years, f" {benchmark.years} 年前")
    return f"{named}{years}的" if benchmark.group else ""


def _cuts(method: Method, cuts: Cuts) -> str:
    """``A 前 20%（A档线），B 至 60%，其余 D；…``."""
    parts = []
    names = cuts.parameters or ("",) * len(cuts.lines)
    for number, ((grade, line), name) in enumerate(zip(cuts.lines, names, strict=True)):
        lead = ("至" if number else "前") if cuts.by == "share" else "不低于"
        unit = "" if cuts.by == "share" else " 分"
        parts.append(f"{grade} {lead} {cuts.shown(line)}{unit}{f'（{name}）' if name else ''}")
    said = ["，".join((*parts, f"其余 {method.grades[-1]}"))]
    if cuts.by == "share":
        counted = "计入" if cuts.base == "all" else "不计入"
        said += [f"家数{_ROUNDING[cuts.rounding]}，不评的{counted}总数",
                 f"同分跨线的都归较{'好' if cuts.ties == 'better' else '差'}的一档"]  # fmt: skip
    if cuts.least:
        said.append(f"{method.grades[-1]} 至少 {_percent(cuts.least)}")
    return "；".join(said)


def _moved(move: Move) -> str:
    if move.to:
        return f"{move.action}为 {move.to}"
    return f"{move.action}一档" if move.action in ("提档", "降档") else move.action


def _percent(share: Fraction) -> str:
    return f"{decimal_text(share * 100)}%"
