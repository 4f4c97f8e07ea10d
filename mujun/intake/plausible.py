"""Figures that can hardly be: columns in another unit than their header says, and flags the wrong way round."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mujun import sql
from mujun.quantity import SCALE, units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.intake.header import Mapped
    from mujun.intake.part import Part, Stack
    from mujun.pack.policy import Dataset

_LOOKED_AT = 20_000
"""Rows of a part that its median is taken from."""
_FEWEST = 5
"""Figures that a median says anything about."""


def look(connection: duck.DuckDBPyConnection, stack: Stack) -> None:
    """Note in each part the columns whose median is not plausible, with the unit in which it would be."""
    columns = {name: f for name, f in stack.columns.items() if stack.dataset.fields[name].plausible is not None}
    if not columns:
        return
    figures = ", ".join([f"MEDIAN({cell}), COUNT({cell})" for f in columns.values() if (cell := f"NULLIF({f}, 0)")])
    rows = f"{stack.table} WHERE {stack.first(_LOOKED_AT)} AND {stack.live}"
    found = connection.execute(f"SELECT {stack.part}, {figures} FROM {rows} GROUP BY 1 ORDER BY 1").fetchall()
    for part, [medians] in stack.by_part(found):
        own = part.filling
        for name, median, count in zip(columns, medians[::2], medians[1::2], strict=True):
            if count >= _FEWEST:
                _judge(part, own[name], Decimal(median) / SCALE)


def _judge(part: Part, mapped: Mapped, median: Decimal) -> None:
    """`median` is in the unit of the field."""
    ends = mapped.field.plausible
    if ends is None:
        return
    low, high = (quantity.base_value / mapped.field.unit.factor for quantity in ends)
    written = Fraction(median)
    if low <= written <= high:
        return
    # The same figures, had the header stated another unit.
    figure = written * mapped.field.unit.factor / mapped.unit.factor
    fitting = [
        unit.name for unit in units_of(mapped.field.unit.dimension)
        if unit.factor != mapped.unit.factor and low <= figure * unit.factor / mapped.field.unit.factor <= high
    ]  # fmt: skip
    guess = f"；这些数以 {' 或 '.join(fitting)} 计才合理" if fitting else ""
    shown = f"{_shown(median)}{mapped.field.unit.name}"
    params = (("median", shown), ("low", str(ends[0])), ("high", str(ends[1])), ("guess", guess))
    part.find("M411", column=mapped.header, params=params)


def look_at_flags(connection: duck.DuckDBPyConnection, parts: Sequence[Part], dataset: Dataset) -> None:
    """Note in the parts of a dataset flags that hold for the smaller enterprises where they should for the larger."""
    filled = {mapped.field.name: (part, mapped) for part in reversed(parts) for mapped in part.read_in}
    for name, (part, mapped) in filled.items():
        by = mapped.field.larger
        if by not in filled:
            continue
        flag, figure = sql.name(name), sql.name(by)
        groups: list[tuple[Any, ...]] = connection.execute(
            f"SELECT {flag}, MEDIAN({figure}), COUNT({figure}) FROM {sql.name(dataset.name)} "
            f"WHERE {flag} IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
        if len(groups) < 2 or min(count for _, _, count in groups) < _FEWEST:
            continue
        no, yes = (Decimal(median) / SCALE for _, median, _ in groups)
        if yes < no:
            unit = dataset.fields[by].unit.name
            params = (("by", by), ("yes", f"{_shown(yes)}{unit}"), ("no", f"{_shown(no)}{unit}"))
            part.find("M412", column=mapped.header, params=params)


def _shown(value: Decimal) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.4f}".rstrip("0").rstrip(".")
