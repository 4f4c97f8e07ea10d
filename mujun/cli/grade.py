"""``mujun grade``: 亩均效益综合评价 by a county's method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.job import begin
from mujun.cli.options import input_options, method_option, output_options
from mujun.cli.remarks import balance_lines, balances, say_findings
from mujun.cli.say import heading, in_year, remark

if TYPE_CHECKING:
    from mujun.cli.options import Input, Output
    from mujun.grading import Grades
    from mujun.output.sheet import Sheet
    from mujun.pack.method import GradeScope

_MOST_REASONS = 5


@click.command(cls=ChineseCommand, short_help="按评价办法打分、排名、划档")
@input_options()
@method_option
@click.option("--scope", "scopes", multiple=True, metavar="范围", help="只要这些范围，如 规上，可多次")
@click.option("--detail", is_flag=True, help="每家企业每项指标一行：数值、基准、权重、分值、上限")
@click.option("--distribution", is_flag=True, help="各范围各档的家数、占比和合计")
@click.option("--why", metavar="企业", help="一家企业（代码或全名）的强弱项，以及升一档要变的数字")
@output_options
def grade(
    given: Input, output: Output, method: str | None, scopes: tuple[str, ...], detail: bool, distribution: bool,
    why: str | None,
) -> int:  # fmt: skip
    """亩均效益综合评价：按办法打分，在各范围内排名、划档、调档。

    调档表（企业代码、调档方式、原因）可以和数据一起给出：
    mujun grade 数据.csv 调档.csv

    办法是政策包里的 grading.yaml，或用 --method 指明自带的或自己的一种；
    mujun rules show 综合评价 用文字说明它。

    步骤：各项得分 → 合计 × 修正系数 → 加分、减分 → 排名 → 划档 →
    定档 → 提档 → 降档 → 一票否决。
    """
    job = begin(given, output)
    from mujun.grading import grade as grade_

    grades = grade_(
        job.files, given.rules, given.year, method=method, parameters=given.parameters, mapping=given.mapping,
        show=output.columns, keep_aside=job.aside is not None, detailed=detail or why is not None,
    )  # fmt: skip
    if why is not None:
        from mujun.cli.diagnosis import diagnosis_sheets

        sheets = diagnosis_sheets(grades, why)
    elif distribution:
        sheets = [_distribution(grades)]
    else:
        sheets = [_sheet(grades, scope, job.limit, detail=detail) for scope in _wanted(grades, scopes, detail=detail)]
    picked = job.pick(sheets)
    if not output.quiet:
        _report(grades, shown=job.target.chosen == "table" and job.target.path is None and why is None)
    job.write_aside(grades)
    return job.finish(grades, picked)


def _wanted(grades: Grades, names: tuple[str, ...], *, detail: bool) -> list[GradeScope | None]:
    from mujun.errors import UsageError
    from mujun.pack.problems import nearest
    from mujun.plan.grades import OUTSIDE

    known = [scope.name for scope in grades.method.scopes] + [OUTSIDE]
    for name in names:
        if name not in known:
            raise UsageError(f"没有范围“{name}”{nearest(name, known)}", f"可用的范围：{'、'.join(known)}")
    found = [scope for scope in grades.scopes if not names or (scope.name if scope else OUTSIDE) in names]
    return [scope for scope in found if scope is not None or not detail]


def _sheet(grades: Grades, scope: GradeScope | None, limit: int | None, *, detail: bool) -> Sheet:
    from mujun.output.sheet import Sheet
    from mujun.plan.grades import OUTSIDE, SCOPE_COLUMN

    query = grades.ranking.detail(scope) if detail and scope else grades.ranking.scope(scope)
    name = scope.name if scope else OUTSIDE
    identity = grades.plan.figures.dataset.repeated
    notes = [line for line in _counts(grades) if line.startswith(f"{name}：")]
    if limit is not None:
        notes.append(f"至多列 {limit} 行，全部请用 --limit 0 或 -o 评价.csv")
    title = heading(name, scope.cites if scope else "", in_year(grades.year))
    return Sheet(name, query, query.columns, title, tuple(notes), limit, identity, (SCOPE_COLUMN,))


def _distribution(grades: Grades) -> Sheet:
    from mujun.output.sheet import Sheet

    query = grades.ranking.distribution()
    title = heading(grades.method.title or grades.method.name, in_year(grades.year))
    return Sheet("分布", query, query.columns, title)


def _counts(grades: Grades) -> list[str]:
    """For each scope: how many have which grade, and why some have none."""
    from mujun.plan.grades import NO_GRADE, OUTSIDE

    lines: dict[str, list[str]] = {}
    for scope, name, count, share in grades.counts:
        if count or name != NO_GRADE:
            lines.setdefault(scope, []).append(f"{name} {count}" + (f"（{share}%）" if share is not None else ""))
    reasons: dict[str, list[str]] = {}
    for scope, why, count in grades.reasons:
        reasons.setdefault(scope, []).append(f"{why} {count}")
    found = []
    held = {scope.name if scope else OUTSIDE for scope in grades.scopes}
    for scope, counts in ((scope, counts) for scope, counts in lines.items() if scope in held):
        own = reasons.get(scope, [])
        more = f"等 {len(own)} 种" if len(own) > _MOST_REASONS else ""
        told = f"；无名次：{'，'.join(own[:_MOST_REASONS])}{more}" if own else ""
        found.append(f"{scope}：{'，'.join(counts)}{told}")
    return found


def _report(grades: Grades, *, shown: bool) -> None:
    """The balance, by which method, what could not be reckoned, the distribution unless `shown`, and the findings."""
    from mujun.grading import gap_lines

    for line in balances(grades):
        remark(line)
    for line in balance_lines(grades.moves, grades.moves.enterprises, None, "条") if grades.moves else ():
        remark(line)
    for name, loaded in grades.others.items():
        remark(f"{loaded.label}：是“{name}”的数据，评价用不到")
    method = grades.method
    remark(f"评价办法 {method.name}：{method.title}".rstrip("："))
    if method.assumed:
        remark(f"其中为假定：{method.assumed}")
    for line in gap_lines(grades.gaps, grades.plan.figures.dataset, grades.loaded):
        remark(line)
    for line in () if shown else _counts(grades):
        remark(line)
    say_findings(grades, [*grades.loaded.parts, *(grades.moves.parts if grades.moves else ())])
