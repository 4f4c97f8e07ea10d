"""What data a list needs: which columns, when absent, leave it undecidable for every enterprise."""

from __future__ import annotations

from mujun.pack.condition import All, Any_, Condition, Leaf, Not, Ref
from mujun.pack.policy import Pack, PolicyList
from mujun.plan.figures import Figure, Figures


def undecidable(item: PolicyList, pack: Pack, present: set[str]) -> tuple[str, ...]:
    """The columns whose absence keeps every enterprise off a list; empty where some could come out as 是.

    `present` names the fields that the data fill.
    """
    figures = Figures(pack, pack.dataset_of(item))
    gaps: dict[str, None] = {}
    for condition in (item.among, item.when):
        if condition is not None:
            gaps |= dict.fromkeys(_gaps(condition, True, figures, present))
    return tuple(gaps)


def _gaps(condition: Condition, wanted: bool, figures: Figures, present: set[str]) -> list[str]:
    """The columns missing for a condition to come out as `wanted`; empty where it can."""
    match condition:
        case Leaf():
            if condition.op in ("missing", "present"):
                return []
            names = [condition.name, *([condition.right.name] if isinstance(condition.right, Ref) else [])]
            return [gap for name in names for figure in figures.figures(name) for gap in _absent(figure, figures, present)]
        case Not(part):
            return _gaps(part, not wanted, figures, present)
        case All(parts) | Any_(parts):
            below = [_gaps(part, wanted, figures, present) for part in parts]
            if isinstance(condition, Any_) is wanted and not all(below):
                return []
            return [gap for gaps in below for gap in gaps]


def _absent(figure: Figure, figures: Figures, present: set[str]) -> list[str]:
    """What is missing for a figure: its column, unless its fallback can stand in."""
    gaps = []
    if figure.field not in present:
        fallback = figures.dataset.fields[figure.field].fallback
        below = figures.rests_on(fallback) if fallback is not None else []
        if not below or any(_absent(part, figures, present) for part in below):
            gaps.append(figure.field)
    if figure.years and figures.dataset.year not in present:
        gaps.append(figures.dataset.year)
    return gaps
