"""The pages of ``mujun grade --why``: an enterprise's indicators among its peers, and what would move it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.cli.say import heading, in_year
from mujun.diagnosis import Diagnosis, diagnose
from mujun.intake.tables import fill
from mujun.output.sheet import Sheet
from mujun.plan.query import Column, Query
from mujun.quantity import decimal_text

if TYPE_CHECKING:
    from mujun.grading import Grades

_STANDINGS = {
    "指标": Column("指标"),
    "单位": Column("单位"),
    "数值": Column("数值", "number", digits=4),
    "基准": Column("基准", "number", digits=4),
    "权重": Column("权重", "number"),
    "分值": Column("分值", "number", digits=4),
    "评语": Column("评语"),
    "同类名次": Column("同类名次", "number", digits=0),
    "同类家数": Column("同类家数", "number", digits=0),
    "同类平均分": Column("同类平均分", "number", digits=4),
    "上限": Column("上限", "number", digits=4),
}
_CHANGES = {
    "数据": Column("数据"),
    "单位": Column("单位"),
    "现值": Column("现值", "number"),
    "需达到": Column("需达到", "number"),
    "变动": Column("变动", "number"),
    "有利于": Column("有利于"),
    "说明": Column("说明"),
}


def diagnosis_sheets(grades: Grades, who: str) -> list[Sheet]:
    """The two sheets of a diagnosis: 各项 and 升档."""
    found = diagnose(grades, who)
    title = heading(found.company, found.code, in_year(grades.year))
    standings = _sheet(grades, "各项", _STANDINGS, _standing_rows(found), title, _told(found))
    if not found.changes:
        return [standings]
    note = "每行只变这一个数字，其余不变，全组重新评价"
    if not all(change.tried for change in found.changes):
        note = "每行只变这一个数字，其余企业与基准不变"
    head = f"升到 {found.better} 档"
    return [standings, _sheet(grades, "升档", _CHANGES, _change_rows(found), head, (note,))]


def _told(found: Diagnosis) -> tuple[str, ...]:
    if not found.scope:
        return (found.ungraded,)
    lines = []
    score = f"得分 {found.score:.4f}" if found.score is not None else "没有得分"
    where = f"{found.scope}{f'（{found.group}）' if found.group else ''}"
    if found.rank is not None:
        lines.append(f"{where}第 {found.rank} 名，共 {found.ranked} 家；{score}；等级 {found.grade}")
    else:
        lines.append(f"{where}，{score}；等级 {found.grade or '无'}；{found.ungraded}")
    if found.moved:
        lines.append(f"调档前 {found.before}；{found.moved}")
    if found.short is not None:
        lines.append(f"离 {found.better} 档（{found.line:.4f} 分）差 {found.short:.4f} 分")
    return (*lines, *([found.remarks] if found.remarks else []))


def _standing_rows(found: Diagnosis) -> list[tuple[object, ...]]:
    return [
        (
            one.name, one.unit, _text(one.value), _round(one.benchmark, 6), decimal_text(one.weight),
            _round(one.points, 4), one.word or None, one.place, one.peers, _round(one.mean, 4),
            decimal_text(one.cap) if one.cap is not None else None,
        )
        for one in found.standings
    ]  # fmt: skip


def _change_rows(found: Diagnosis) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in found.changes:
        delta = one.to - one.now if one.to is not None and one.now is not None else None
        cells = [decimal_text(figure) if figure is not None else None for figure in (one.now, one.to, delta)]
        rows.append((one.field, one.unit, *cells, "、".join(one.items), one.note or None))
    return rows


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _round(value: float | None, digits: int) -> str | None:
    return None if value is None else f"{value:.{digits}f}"


def _sheet(
    grades: Grades, name: str, columns: dict[str, Column], rows: list[tuple[object, ...]], title: str,
    notes: tuple[str, ...],
) -> Sheet:  # fmt: skip
    """A sheet of rows that Python has."""
    from mujun import sql

    table = f"诊断·{name}"
    kinds = {key: "DECIMAL(38, 6)" if column.is_number else "VARCHAR" for key, column in columns.items()}
    fill(grades.engine.connection, table, {"序": "INTEGER", **kinds}, [(i, *row) for i, row in enumerate(rows)])
    shown = [f"{sql.text(name)} AS {sql.name('部分')}", *map(sql.name, columns)]
    text = f"SELECT {', '.join(shown)}\nFROM {sql.name(table)}\nORDER BY {sql.name('序')}"
    query = Query(text, (Column("部分"), *columns.values()))
    return Sheet(name, query, query.columns, title, notes, said=("部分",))
