"""``mujun rules``: read, check and copy policy packs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mujun.cli.help import ChineseCommand, ChineseGroup
from mujun.cli.options import OneOf, day_option, list_option, method_option, rules_option, set_option, year_option
from mujun.cli.say import remark, say, table, tell

if TYPE_CHECKING:
    import datetime

    from mujun.pack.policy import Pack, PolicyList

KINDS = ("pack", "fields", "indicators", "list", "checks", "grading", "measures", "targets", "rankings", "criteria",
         "policies")  # fmt: skip
"""The kinds of files of a pack, as ``mujun.pack.schemas`` knows them."""


@click.group(cls=ChineseGroup, short_help="查看、检查政策包")
def rules() -> None:
    """查看、检查政策包。

    政策包是 rules/ 下的一个文件夹，写着一个地方的政策：字段、指标、参数、清单。
    """


@rules.command("list", cls=ChineseCommand, short_help="列出政策包里的清单、参数、指标和字段")
@rules_option
def list_(rules: str | None) -> None:
    """列出政策包里的清单、参数、指标和字段。"""
    from mujun.pack import load_pack, packs_folder, shipped_methods

    pack = load_pack(rules)
    tell(f"{pack.name}  {pack.title}")
    parts: list[list[tuple[str, ...]]] = [
        [("清单", "条款", "说明"), *((item.name, item.cites, item.note) for item in pack.lists.values())],
    ]
    if pack.method:
        scopes = "、".join(scope.name for scope in pack.method.scopes)
        parts.append([("评价办法", "范围", "说明"), (pack.method.name, scopes, pack.method.title)])
    if pack.levies:
        levies = pack.levies.levies.values()
        told = ((one.name, one.cites, one.sign, f"{len(one.rates)} 个" if one.rates else "未公布") for one in levies)
        parts.append([("差别化政策", "条款", "方向", "标准"), *told])
    from mujun.groups.words import goal_tables

    parts += goal_tables(pack, pack.goals)
    parts += [
        [("参数", "值", "条款", "说明"), *((p.name, p.shown, p.cites, p.note) for p in pack.parameters.values())],
        [("指标", "单位", "公式"), *((i.name, i.unit.name, i.text) for i in pack.indicators.values())],
    ]
    for dataset in pack.datasets.values():
        fields = ((f.name, f.unit.name or "/".join(f.values), "、".join(f.aliases)) for f in dataset.fields.values())
        parts.append([(f"字段（{dataset.name}）", "单位或取值", "别名"), *fields])
    for part in parts:
        tell("")
        table(part)
    others = sorted(path.parent.name for path in packs_folder().glob("*/pack.yaml"))
    tell("")
    tell(f"自带的政策包：{'、'.join(others)}")
    tell(f"自带的评价办法：{'、'.join(shipped_methods())}")


@rules.command(cls=ChineseCommand, short_help="用文字说明一张清单或评价办法：条件、条款、参数")
@click.argument("name", metavar="清单|评价办法")
@rules_option
@set_option
def show(name: str, rules: str | None, parameters: dict[str, str]) -> None:
    """用文字说明一张清单：条件、条款、参数、处置、排序和所需的数据。

    评价办法写它的名称、自带的评价办法的名称，或等级所填的字段，如 综合评价。
    差别化政策写 差别化政策，或其中一项措施的名称。也可写目标、排名或口径的名称。
    """
    from mujun.pack import load_pack
    from mujun.pack.levies import WORD

    pack = load_pack(rules)
    if name not in pack.lists and pack.levies and name in (WORD, *pack.levies.levies):
        from mujun.pack.levies_words import levies_lines

        pack = pack.with_parameters(parameters)
        lines = levies_lines(pack, pack.levies, () if name == WORD else (name,)) if pack.levies else []
    elif name not in pack.lists and (found := _with_method(pack, name)):
        from mujun.pack.method_words import method_lines

        found = found.with_parameters(parameters)
        lines = method_lines(found, found.method) if found.method else []
    else:
        from mujun.groups.words import goal_lines

        pack = pack.with_parameters(parameters)
        told = goal_lines(pack, pack.goals, name) if name not in pack.lists else None
        lines = told if told is not None else _describe(pack.select((name,))[0], pack)
    for line in lines:
        tell(line)


def _with_method(pack: Pack, name: str) -> Pack | None:
    """The pack with the method of this name: its own, one that comes with mujun, or a file; None for other names."""
    from mujun.pack import load_method, shipped_methods

    if pack.method and name in (pack.method.name, pack.method.feeds):
        return pack
    return load_method(pack, name) if name in shipped_methods() or name.endswith((".yaml", ".yml")) else None


def _describe(item: PolicyList, pack: Pack) -> list[str]:
    from mujun.pack.words import condition_lines
    from mujun.plan.plan import Plan

    lines = [f"{item.name}  {pack.source.document} {item.cites}"]
    if item.note:
        lines.append(item.note)
    if item.among is not None:
        lines += ["", "仅限", *(f"  {line}" for line in condition_lines(item.among, pack))]
    lines += ["", "条件", *(f"  {line}" for line in condition_lines(item.when, pack))]
    fields = pack.datasets[item.dataset].fields
    dates = {key for key, _ in item.rank if (fields.get(key) or pack.indicators[key]).kind == "date"}
    keys = (f"{key}（{('小大', '早晚')[key in dates][descending]}的在前）" for key, descending in item.rank)
    lines += ["", "排序", "  " + "，".join(keys)]
    routes = pack.routes(item)
    if routes:
        order = f"，先后由参数“{item.precedence}”定" if item.precedence else ""
        lines += ["", f"处置（列出全部理由，建议排在前面的一种{order}）"]
        for number, route in enumerate(routes, 1):
            lines.append(f"  {number}. {route.name}{'：' + route.note if route.note else ''}  [{route.cites}]")
            when = condition_lines(route.when, pack) if route.when else ["其余的企业"]
            lines += [f"     {line}" for line in when]
    if item.top is not None:
        first = pack.parameters[item.top.first]
        lines += ["", f"择优  前 {first.shown}（{first.name}）{item.top.within}，其余{item.top.beyond or '不列'}"]
    plan = Plan(pack, (item,))
    used = set(plan.parameters)
    lines += ["", "参数"] if used else []
    for parameter in pack.parameters.values():
        if parameter.name in used:
            tail = "；".join(part for part in (parameter.cites, parameter.note) if part)
            lines.append(f"  {parameter.name} = {parameter.shown}{'  ' + tail if tail else ''}")
    formulas = [pack.indicators[key] for key in plan.names if key in pack.indicators]
    lines += ["", "指标", *(f"  {i.name} = {i.text}  {i.unit.name}".rstrip() for i in formulas)] if formulas else []
    return [*lines, "", "所用的列", "  " + "、".join(plan.fields), "", f"出处  {item.place}"]


@rules.command(cls=ChineseCommand, short_help="检查政策包，逐处报告错误")
@click.argument("pack", metavar="[政策包]", required=False)
def check(pack: str | None) -> int:
    """检查政策包，一次报告全部错误，每处写明 文件:行:列。"""
    from mujun.pack import load_pack

    found = load_pack(pack)
    sizes = f"{len(found.lists)} 张清单、{len(found.indicators)} 个指标、{len(found.parameters)} 个参数"
    if found.method:
        sizes += f"、1 个评价办法（{found.method.name}）"
    if found.levies:
        sizes += f"、{len(found.levies.levies)} 项差别化政策"
    goals = found.goals
    if goals.targets or goals.rankings:
        sizes += f"、{len(goals.targets)} 个目标、{len(goals.rankings)} 个排名"
    tell(f"{found.name}：{sizes}，没有错误")
    return 0


@rules.command(cls=ChineseCommand, short_help="列出文件里的量化指标各在政策包的哪里")
@rules_option
def coverage(rules: str | None) -> None:
    """列出文件里的量化指标各在政策包的哪里、要用什么数据，输出 Markdown。"""
    from mujun.groups.coverage import coverage as lines
    from mujun.pack import load_pack

    say("".join(lines(load_pack(rules))).rstrip("\n"))


@rules.command(cls=ChineseCommand, short_help="输出政策包编译成的 SQL，供审计")
@rules_option
@set_option
@list_option
@year_option
@day_option
@click.option("--grading", is_flag=True, help="评价（mujun grade）的 SQL，而不是清单的")
@method_option
def sql(
    rules: str | None,
    parameters: dict[str, str],
    lists: tuple[str, ...],
    year: int | None,
    as_of: datetime.date | None,
    grading: bool,
    method: str | None,
) -> None:
    """输出政策包编译成的 SQL：实际运行的就是这段文字。"""
    from mujun.pack import load_method, load_pack
    from mujun.plan.plan import plans

    pack = load_pack(rules)
    pack = (load_method(pack, method) if method else pack).with_parameters(parameters)
    if grading or method:
        from mujun.pack.method import method_of
        from mujun.plan.graded import GradePlan
        from mujun.plan.grades import text

        say(text(GradePlan(pack, method_of(pack), year)).rstrip("\n"))
        return
    chosen = pack.select(lists)
    say("\n".join(plan.text for plan in plans(pack, chosen, year, as_of=as_of)).rstrip("\n"))


@rules.command(cls=ChineseCommand, short_help="复制一份政策包，改成自己的")
@click.argument("folder", metavar="文件夹", type=click.Path(readable=False, path_type=Path))
@rules_option
def copy(folder: Path, rules: str | None) -> None:
    """复制一份政策包到文件夹，改成自己的。"""
    import shutil

    from mujun import faults
    from mujun.errors import MujunError, UsageError
    from mujun.pack import find_pack

    pack = find_pack(rules)
    files = [file for file in sorted(pack.rglob("*")) if file.is_file()]
    try:
        if os.path.lexists(folder):
            raise UsageError(f"“{folder}”已存在", "请换一个文件夹名")
        folder.mkdir(parents=True)
        try:
            for file in files:
                target = folder / file.relative_to(pack)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise MujunError(f"无法复制到“{folder}”：{faults.reason(error)}", faults.advice(error)) from None
    remark(f"已复制到 {folder}，改后用 mujun rules check {folder} 检查，用 --rules {folder} 使用")


@rules.command(cls=ChineseCommand, short_help="输出政策包文件的 JSON Schema，供编辑器补全")
@click.argument("kind", metavar="种类", type=OneOf(KINDS))
def schema(kind: str) -> None:
    """输出政策包文件的 JSON Schema，编辑器据此补全和检查。

    种类即文件名：pack、fields、indicators、list、checks、grading、measures、targets、rankings、criteria
    或 policies。
    """
    import json

    from mujun.pack.schemas import schemas

    say(json.dumps(schemas()[kind], ensure_ascii=False, indent=2))
