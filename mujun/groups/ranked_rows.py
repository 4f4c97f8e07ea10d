"""Standings as rows: each measure in its unit, growth in percent, points of 0 to 100."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.groups.plain import plain, text
from mujun.plan.query import Column
from mujun.quantity import decimal_text, parse_unit

if TYPE_CHECKING:
    from mujun.groups.ranking import Ranked, Standing

_PERCENT = parse_unit("%")


def columns(ranked: Ranked) -> tuple[Column, ...]:
    """名次, the group, 得分, each measure with 上年 and 增速, the uplifts, 长项, 短项, 上年名次, 升降, 缺少."""
    found = [Column("名次", "number", digits=0), Column(ranked.by)]
    if not ranked.single:
        found.append(Column("得分", "number", digits=2))
    for part in ranked.standings[0].parts:
        measure = part.measure
        found += [
            Column(measure.name, "number", measure.unit, measure.digits),
            Column(f"{measure.name}上年", "number", measure.unit, measure.digits),
            Column(f"{measure.name}增速", "number", _PERCENT, 1),
            Column(f"{measure.name}有数"),
        ]
    found += [Column(name, "number", digits=1) for name, _ in ranked.standings[0].uplifts]
    if not ranked.single:
        found += [Column("长项"), Column("短项")]
    return (*found, Column("上年名次", "number", digits=0), Column("升降", "number", digits=0), Column("缺少"))


def rows(ranked: Ranked) -> list[tuple[str | None, ...]]:
    """One row per group, best first."""
    return [_row(one, single=ranked.single) for one in ranked.standings]


def _row(one: Standing, *, single: bool) -> tuple[str | None, ...]:
    cells = [_whole(one.rank), one.group]
    if not single:
        cells.append(plain(one.score))
    for part in one.parts:
        unit = part.measure.unit
        cells += [
            text(part.level, unit),
            text(part.before, unit),
            text(part.growth, _PERCENT),
            f"{part.known}/{part.rows}",
        ]
    cells += [plain(points) for _, points in one.uplifts]
    if not single:
        cells += ["、".join(one.strong) or None, "、".join(one.weak) or None]
    return (*cells, _whole(one.last_rank), _whole(one.change), "、".join(one.gaps) or None)


def _whole(number: int | None) -> str | None:
    return None if number is None else str(number)


def notes(ranked: Ranked) -> tuple[str, ...]:
    """How the score is made, and who is not in it."""
    found = []
    if not ranked.single:
        shares = "，".join(f"{name} {_share(weight)}" for name, weight in ranked.weights)
        found.append(
            f"得分 = {_share(ranked.level_weight)} × 基数 + {_share(ranked.growth_weight)} × 增速，"
            f"各按{ranked.ranking.normalise}化为 0 至 100；{shares}"
        )
    if ranked.ranking.note:
        found.append(ranked.ranking.note)
    if ranked.outside:
        found.append(f"{ranked.by}空白的 {ranked.outside} 行不参加排名")
    return tuple(found)


def _share(weight: object) -> str:
    from fractions import Fraction

    return f"{decimal_text(weight * 100, 2)}%" if isinstance(weight, Fraction) else ""
