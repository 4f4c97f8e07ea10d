"""Where each criterion of a document lives in the pack, and what data it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.output.table import escape
from mujun.pack.condition import Ref, leaves
from mujun.pack.formula import AS_OF, names
from mujun.pack.measures import aggregates
from mujun.plan.figures import Figure, Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mujun.pack.condition import Condition
    from mujun.pack.goals import Criterion, Goals, Measure
    from mujun.pack.policy import Pack

_HEADS = ("编号", "部分", "指标", "要求", "时限", "在政策包里", "所需数据")


def coverage(pack: Pack) -> Iterator[str]:
    """A Markdown page: one line for each criterion."""
    goals = pack.goals
    found = list(goals.criteria.values())
    yield f"# {escape(pack.title)}：量化指标在哪里\n\n"
    yield "由 `mujun rules coverage` 生成，请勿手改。"
    yield f"共 {len(found)} 条，出处：{escape(pack.source.document)}。"
    yield "清单用 `mujun classify`，目标用 `mujun track`，排名用 `mujun rank`；`mujun rules show 名称` 读其条件。\n\n"
    yield f"| {' | '.join(_HEADS)} |\n|{' --- |' * len(_HEADS)}\n"
    for item in found:
        yield f"| {' | '.join(escape(cell) for cell in _cells(item, pack, goals))} |\n"
    notes = [item for item in found if item.note]
    if notes:
        yield "\n"
    for item in notes:
        yield f"- {item.id}：{escape(item.note)}\n"


def _cells(item: Criterion, pack: Pack, goals: Goals) -> tuple[str, ...]:
    homes = [
        *(f"清单 {name}" for name in item.lists), *(f"目标 {name}" for name in item.targets),
        *(f"排名 {name}" for name in item.rankings),
    ]  # fmt: skip
    wanted = " ".join(part for part in (item.op, item.value, item.unit) if part)
    return item.id, item.section, item.text, wanted, item.period, "；".join(homes), "；".join(_data(item, pack, goals))


def _data(item: Criterion, pack: Pack, goals: Goals) -> list[str]:
    """The datasets, each with its columns."""
    found: dict[str, dict[str, None]] = {}
    for name in item.lists:
        one = pack.lists[name]
        for field in fields_of(pack, one.dataset, one.among, one.when):
            found.setdefault(one.dataset, {})[field] = None
    measures = [goals.measures[goals.targets[name].measure] for name in item.targets]
    for name in item.rankings:
        ranking = goals.rankings[name]
        measures += [goals.measures[one] for one in ranking.measures]
        found.setdefault(ranking.dataset, {})[ranking.by] = None
    for measure in measures:
        for home, field in measured_fields(measure, pack, goals):
            found.setdefault(home, {})[field] = None
    return [f"{home}：{'、'.join(columns)}" for home, columns in found.items()]


def fields_of(pack: Pack, dataset: str, *conditions: Condition | None) -> list[str]:
    """The fields on which conditions rest, in the order met; those of earlier years say so."""
    figures = Figures(pack, pack.datasets[dataset])
    found: list[Figure] = []
    for condition in conditions:
        for leaf in leaves(condition):
            for name in (leaf.name, leaf.right.name if isinstance(leaf.right, Ref) else ""):
                if name and name != AS_OF and name not in pack.parameters:
                    found += figures.figures(name)
    return _labels(found, pack, dataset)


def measured_fields(measure: Measure, pack: Pack, goals: Goals) -> Iterator[tuple[str, str]]:
    """The dataset and name of each field that a measure rests on."""
    for aggregate in aggregates(measure, goals):
        home = aggregate.dataset
        for name in (aggregate.population, aggregate.within):
            if name:
                people = goals.populations[name]
                yield from ((home, field) for field in fields_of(pack, home, people.among, people.when))
        if aggregate.value is not None:
            figures = Figures(pack, pack.datasets[home])
            for name_, _ in names(aggregate.value):
                for label in _labels(figures.figures(name_.name), pack, home):
                    yield home, label
        if measure.date:
            yield home, measure.date


def _labels(figures: Iterable[Figure], pack: Pack, dataset: str) -> list[str]:
    fields = pack.datasets[dataset].fields
    found: dict[str, None] = {}
    for figure in figures:
        by_code = fields[figure.field].by_code
        name = f"{figure.field}（或{by_code.of}）" if by_code is not None else figure.field
        found[f"{name}（前{figure.years}年）" if figure.years else name] = None
        if fields[figure.field].unit_by:
            found[fields[figure.field].unit_by] = None
    return list(found)
