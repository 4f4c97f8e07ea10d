"""Progress as rows: every figure in the unit that stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.groups.plain import text
from mujun.plan.query import Column
from mujun.quantity import parse_unit

if TYPE_CHECKING:
    from mujun.groups.tracking import Progress, Tracked

_NUMBERS = (
    "目标值",
    "实绩",
    "完成率",
    "时序进度",
    "还差",
    "还差量",
    "基期",
    "现值",
    "应达",
    "上年",
    "占比",
    "有数",
    "行数",
)
_NAMES = (
    "目标", "条款", "分组", "状态", "目标值", "实绩", "单位", "完成率", "时序进度", "还差", "还差单位",
    "还差量", "还差量单位", "开始", "期限", "基准日", "年度", "类型", "基期", "现值", "应达", "上年", "口径单位",
    "走势", "有数", "行数", "缺少", "提示",
)  # fmt: skip

_PERCENT = parse_unit("%")

COLUMNS = tuple(
    Column(
        name, "number" if name in _NUMBERS else "year" if name == "年度" else "text",
        _PERCENT if name in ("完成率", "时序进度") else None, digits=6,
    )
    for name in _NAMES
)  # fmt: skip
"""完成率 and 时序进度 are percentages; 目标值 and 实绩 are in 单位, 基期, 现值, 应达 and 上年 in 口径单位."""


def rows(tracked: Tracked) -> list[tuple[str | None, ...]]:
    """One row per target and group, with `COLUMNS`; figures as plain decimals."""
    return [_row(one, tracked) for one in tracked.progress]


def _row(one: Progress, tracked: Tracked) -> tuple[str | None, ...]:
    target, own = one.target, one.measure.unit
    need = one.need
    return (
        target.name, target.cites, one.group, one.status, text(one.goal, one.unit), text(one.actual, one.unit),
        one.unit.name or None, text(one.completion, _PERCENT), text(one.pace, _PERCENT),
        text(need.value, need.unit) if need else None, (need.unit.name or None) if need else None,
        text(need.part, need.part_unit) if need and need.part_unit else None,
        need.part_unit.name if need and need.part_unit else None,
        target.start.isoformat(), target.deadline.isoformat(), tracked.as_of.isoformat(),
        str(one.year) if one.year is not None else None, target.kind,
        text(one.base, own), text(one.now, own), text(one.due, own), text(one.last, own), own.name or None,
        " → ".join(f"{year}年 {text(value, own) or '缺'}" for year, value in one.trend) or None,
        str(one.known), str(one.rows), "、".join(one.gaps) or None, "；".join(one.remarks) or None,
    )  # fmt: skip
