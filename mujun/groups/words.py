"""Targets, rankings and measures in words, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.groups.coverage import measured_fields
from mujun.pack.condition import Ref
from mujun.pack.measures import aggregates
from mujun.pack.words import condition_lines

if TYPE_CHECKING:
    from mujun.pack.goals import Goals, Measure, Population, Ranking, Target
    from mujun.pack.policy import Pack

_KINDS = {
    "level": "水平", "count": "家数", "cumulative": "期内累计", "yearly": "每年", "growth": "年均增长",
    "decline": "年均下降", "cleared": "清零",
}  # fmt: skip
Rows = list[list[tuple[str, ...]]]


def goal_tables(pack: Pack, goals: Goals) -> Rows:
    """The tables of ``mujun rules list``: targets, rankings, measures."""
    found: Rows = []
    if goals.targets:
        rows = [
            (item.name, item.cites, f"{_KINDS[item.kind]} {wanted(item, pack)}", item.deadline.isoformat(), item.note)
            for item in goals.targets.values()
        ]
        found.append([("目标", "条款", "要求", "期限", "说明"), *rows])
    if goals.rankings:
        rows_ = [
            (item.name, "、".join(item.aliases), item.by, item.cites, "、".join(item.measures))
            for item in goals.rankings.values()
        ]
        found.append([("排名", "别名", "分组的列", "条款", "口径"), *rows_])
    if goals.measures:
        found.append([("口径", "单位", "公式"), *((i.name, i.unit.name, i.text) for i in goals.measures.values())])
    return found


def wanted(target: Target, pack: Pack) -> str:
    """``>=70%``, or with the name of the parameter."""
    if isinstance(target.value, Ref):
        return f"{target.op} {target.value.name}（{pack.parameters[target.value.name].shown}）"
    return f"{target.op} {target.value}"


def goal_lines(pack: Pack, goals: Goals, name: str) -> list[str] | None:
    """A target, ranking or measure in words; None for other names."""
    rankings = {key: item for item in goals.rankings.values() for key in (item.name, *item.aliases)}
    if name in goals.targets:
        return _target(goals.targets[name], pack, goals)
    if name in rankings:
        return _ranking(rankings[name], pack, goals)
    if name in goals.measures:
        return [name, *_measure(goals.measures[name], pack, goals), "", f"出处  {goals.measures[name].place}"]
    return None


def _target(target: Target, pack: Pack, goals: Goals) -> list[str]:
    base = f"，与 {target.baseline}{'年' if isinstance(target.baseline, int) else ''} 比" if target.baseline else ""
    lines = [f"{target.name}  {pack.source.document} {target.cites}"]
    lines += [target.note] if target.note else []
    lines += [
        "", "要求", f"  {_KINDS[target.kind]} {wanted(target, pack)}",
        f"  {target.start.isoformat()} 至 {target.deadline.isoformat()}（当天算在内）{base}", "", "口径",
    ]  # fmt: skip
    lines += [f"  {line}" for line in _measure(goals.measures[target.measure], pack, goals)]
    return [*lines, "", f"出处  {target.place}"]


def _ranking(ranking: Ranking, pack: Pack, goals: Goals) -> list[str]:
    lines = [f"{ranking.name}（{'、'.join(ranking.aliases)}）  {pack.source.document} {ranking.cites}"]
    lines += [ranking.note] if ranking.note else []
    weights = [f"{name} {_weight(weight, pack)}" for name, weight in ranking.measures.items() if weight]
    shown = "、".join(ranking.indicators)
    lines += ["", "排序", f"  按 {ranking.by} 分组，第一项大的在前（asc 为小的在前）：{shown}"] if shown else [
        "", "得分",
        f"  基数 {_weight(ranking.level, pack)}，增速 {_weight(ranking.growth, pack)}",
        f"  {'，'.join(weights)}", f"  按 {ranking.by} 分组，按{ranking.normalise}折成 0 至 100",
    ]  # fmt: skip
    for key, parts in ranking.uplifts.items():
        shown = "、".join(f"{name}{'' if descending else '（越小越好）'}" for name, descending in parts)
        lines.append(f"  {key}：{shown}")
    lines += ["", "口径"]
    for name in ranking.measures:
        lines += [f"  {line}" for line in _measure(goals.measures[name], pack, goals)]
    return [*lines, "", f"出处  {ranking.place}"]


def _weight(text: str, pack: Pack) -> str:
    return f"{text}（{pack.parameters[text].shown}）" if text in pack.parameters else text


def _measure(measure: Measure, pack: Pack, goals: Goals) -> list[str]:
    """The formula, who is meant by its populations, and the data it takes."""
    lines = [f"{measure.name} = {measure.text}  {measure.unit.name}".rstrip()]
    lines += [f"  {measure.note}"] if measure.note else []
    people: dict[str, Population] = {}
    for aggregate in aggregates(measure, goals):
        people.update({name: goals.populations[name] for name in (aggregate.population, aggregate.within) if name})
    for item in people.values():
        if item.when is not None:
            lines.append(f"  {item.name}{f'（{item.note}）' if item.note else ''}")
            lines += [f"    {line}" for line in condition_lines(item.when, pack)]
    columns: dict[str, dict[str, None]] = {}
    for home, field in measured_fields(measure, pack, goals):
        columns.setdefault(home, {})[field] = None
    return [*lines, *(f"  所用的列  {home}：{'、'.join(found)}" for home, found in columns.items())]
