"""Rows among the data that are no enterprise: totals, notes and repeated headers, found by what they say."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mujun import sql
from mujun.intake.findings import Finding
from mujun.quantity import SCALE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mujun.intake.header import Mapped
    from mujun.intake.part import Stack

TOTAL = "(.{0,12}[^0-9a-zA-Z])?(合计|总计|小计|累计|共计|平均值?|均值|平均数)(数|[:：])?([(（].{0,12}[)）])?"
"""A cell that makes its row a total, when nothing but this stands in it; blanks inside do not count."""
_MEAN = re.compile("平均|均值")
# A name may begin with 注, too: 注塑机械厂.
_NOTE = (
    r"(注([^\p{Han}]|$)|注[意释明]|备注|说明|附注|填表|填报|制表|审核人?|复核人?|"
    "负责人|单位负责人|联系人|联系电话|数据来源)"
)
_SHOWN = 3
_LONGEST = 40


def is_total(cell: str) -> bool:
    """Whether a cell says that its row is a total."""
    return len(cell) <= _LONGEST and re.fullmatch(TOTAL, re.sub(r"\s", "", cell)) is not None


Total = tuple[int, str, list[str]]
"""A row that is a total: its place as Excel counts, what it says that makes it one, and its cells."""


def sort_out(stack: Stack, suspects: str) -> str:
    """SQL of the rows that are no enterprise, among those whose ``mj_part`` and ``mj_row`` the query `suspects` yields.

    It yields these, kind (``total``, ``note``, ``header`` or ``short``), label (what the row says) and cells (all its
    texts). A note is a row of a single text; a header repeats at least two of the names in their places; a short row
    has one cell and is none of these.
    """
    width = range(stack.width)
    blank = r"regexp_replace(x, '\s|\x{a0}|\x{3000}', '', 'g')"
    total = f"regexp_full_match({blank}, {sql.text(TOTAL)})"
    cells = ", ".join([f"COALESCE(c{i}, '')" for i in width])
    names = ", ".join([
        f"({part.number}, [{', '.join(map(sql.text, part.source.header))}])" for part in stack.parts
    ])  # fmt: skip
    same = "len(list_filter(list_zip(cells, names), lambda x: x[2] <> '' AND trim(x[1]) = x[2]))"
    short = "c1 IS NULL" if stack.parts[0].source.ragged and len(width) > 1 else "FALSE"
    return f"""
WITH suspects AS ({suspects}),
headers (mj_part, names) AS (VALUES {names}),
written AS (
  SELECT mj_part, mj_row, [{cells}] AS cells, {short} AS short
  FROM ({stack.written()}) SEMI JOIN suspects USING (mj_part, mj_row)),
said AS (SELECT *, list_filter(cells, lambda x: {blank} <> '') AS texts FROM written JOIN headers USING (mj_part)),
told AS (
  SELECT *, list_filter(texts[:6], lambda x: strlen(x) <= {3 * _LONGEST} AND {total})[1] AS total
  FROM said)
SELECT mj_part, mj_row, cells, COALESCE(total, texts[1], '') AS label,
       CASE WHEN total IS NOT NULL THEN 'total' WHEN {same} > 1 THEN 'header'
            WHEN len(list_distinct(texts)) = 1 AND len(names) > 1
                 AND (regexp_matches(texts[1], '^\\s*[（(*※]?{_NOTE}') OR length(texts[1]) > 30) THEN 'note'
            WHEN short THEN 'short' END AS kind
FROM told WHERE kind IS NOT NULL"""


def verify(
    totals: Sequence[Total],
    mapped: Sequence[Mapped],
    upto: Mapping[int, Mapping[int, tuple[int, int]]],
    stated: Mapping[int, Mapping[int, int | None]],
    file: str,
    sheet: str,
) -> list[Finding]:
    """A finding for each total: whether its figures are those of the rows above it, since the last total or in all.

    `totals` are in order. `upto[row]` gives for each column the sum and the number of the figures
    above that row, totals left out; `stated[row]` the figures of the row; all in millionths of the field's unit.
    """
    found: list[Finding] = []
    figures = [m for m in mapped if m.field.kind == "number"]
    before = {m.index: (0, 0) for m in figures}
    for row, label, cells in totals:
        wrong, since = [], {}
        for m in figures:
            (total, count), (earlier, fewer), value = upto[row][m.index], before[m.index], stated[row][m.index]
            since[m.index] = (total, count) if count == fewer else (total - earlier, count - fewer)
            if value is None:
                continue
            sums = [pair for pair in (since[m.index], (total, count)) if pair[1]]
            if _MEAN.search(label):
                sums = [(round(total / count), count) for total, count in sums]
            if not any(abs(value - total) <= _tolerance(cells[m.index], m) for total, _ in sums):
                unit, nearest = m.field.unit.name, min(sums, key=lambda pair: abs(value - pair[0]), default=None)
                right = f"{_shown(nearest[0])}{unit}" if nearest else "没有数"
                wrong.append(f"“{m.header}”写 {_shown(value)}{unit}，应为 {right}")
        # Totals that follow one another (小计, then 合计) have the same rows above them.
        if any(upto[row][i][1] > count for i, (_, count) in before.items()):
            before = dict(upto[row])
        told = "；".join(wrong[:_SHOWN]) + ("等" if len(wrong) > _SHOWN else "")
        right = "与其上各行之和相符" if any(value is not None for value in stated[row].values()) else "没有可核对的数"
        params = (("sums", told or right),)
        found.append(Finding("M312" if wrong else "M311", file, row, text=label, params=params, sheet=sheet))
    return found


def _shown(value: int) -> str:
    text = f"{Decimal(value) / SCALE:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tolerance(cell: str, mapped: Mapped) -> int:
    """Half of the last decimal written, in millionths of the field's unit."""
    decimals = len(re.sub(r"[^0-9.]", "", cell).partition(".")[2])
    return int(mapped.unit.factor / mapped.field.unit.factor * SCALE / 10**decimals / 2)


def rows_of(found: Sequence[tuple[Any, ...]], kind: str) -> list[Total]:
    """Those of a kind, of what `sort_out` yields for a part, as (row, label, cells)."""
    return sorted((row, label, cells) for row, cells, label, its in found if its == kind)
