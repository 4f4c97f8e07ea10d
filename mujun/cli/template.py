"""``mujun template``: the form to send to a department."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mujun.cli.help import ChineseCommand
from mujun.cli.options import Names, list_option, rules_option
from mujun.cli.say import remark

if TYPE_CHECKING:
    from mujun.pack.policy import Dataset, Pack, PolicyList

_SUFFIX = ".xlsx"


@click.command(cls=ChineseCommand, short_help="生成请部门填报的 Excel 空表")
@click.argument("dataset", metavar="[数据集]", required=False)
@rules_option
@list_option
@click.option("--columns", type=Names(), metavar="字段,字段", help="只要这些字段；代码、名称和年度总有")
@click.option("-o", "--output", type=click.Path(readable=False), metavar="路径",
              help="写入文件，如 企业.xlsx；已有的文件不覆盖")  # fmt: skip
def template(
    dataset: str | None,
    rules: str | None,
    lists: tuple[str, ...],
    columns: tuple[str, ...] | None,
    output: str | None,
) -> None:
    """生成请部门填报的 Excel 空表：mujun template -o 企业.xlsx

    表头写明单位和批注，有下拉选项和数值检查，另附填表说明。
    填好后可直接读入：mujun classify 企业.xlsx

    不写数据集则为清单所用的数据集。--list 只要这些清单用到的字段，
    与 --columns 同用时两者都要。
    """
    from mujun.pack import load_pack

    path = _target(output)
    pack = load_pack(rules)
    chosen = pack.select(lists) if lists else ()
    found = _dataset(pack, dataset, chosen)
    from mujun.output.form import Form, workbook
    from mujun.output.write import write_new

    form = Form.of(found, _names(pack, found, chosen, columns), f"{pack.title} {found.name}")
    data = workbook(form)
    if path is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    write_new(path, data, "其中可能已填了数据")
    remark(f"已写入 {path}：{found.name}，{len(form.fields)} 列")


def _target(output: str | None) -> Path | None:
    """Where the workbook goes; None for a pipe. Raises `UsageError` for what cannot be."""
    from mujun.errors import MujunError, UsageError
    from mujun.output.write import Target, on_terminal

    if output in (None, "-"):
        if sys.stdout is None:
            raise MujunError("标准输出已关闭", f"请改为写入文件：-o 填报表{_SUFFIX}")
        if on_terminal():
            raise UsageError("填报表是 Excel 文件，不能显示在终端上", f"请写入文件：-o 填报表{_SUFFIX}")
        return None
    path = Path(output)
    if path.is_dir() or path.suffix.lower() != _SUFFIX:
        raise UsageError(
            f"填报表是 Excel 文件，不能写成“{output}”", f"文件名应以 {_SUFFIX} 结尾，如 -o 填报表{_SUFFIX}"
        )
    Target("xlsx", path).check_path(path)
    return path


def _dataset(pack: Pack, name: str | None, lists: tuple[PolicyList, ...]) -> Dataset:
    """The dataset asked for, or else that of the lists. Raises `UsageError`."""
    from mujun.errors import UsageError
    from mujun.pack.problems import nearest

    known = "、".join(pack.datasets)
    if name is None:
        name = (lists or tuple(pack.lists.values()))[0].dataset if pack.lists else next(iter(pack.datasets))
    elif name not in pack.datasets:
        raise UsageError(f"没有数据集“{name}”{nearest(name, pack.datasets)}", f"可用的数据集：{known}")
    for item in lists:
        if item.dataset != name:
            raise UsageError(
                f"清单“{item.name}”用的是数据集“{item.dataset}”，不是“{name}”", "请分成几张表，各写一次命令"
            )
    return pack.datasets[name]


def _names(
    pack: Pack, dataset: Dataset, lists: tuple[PolicyList, ...], columns: tuple[str, ...] | None
) -> list[str] | None:
    """The fields to ask for; None for all. Raises `UsageError` for one that there is not."""
    from mujun.errors import UsageError
    from mujun.pack.problems import nearest
    from mujun.plan.plan import Plan

    for name in columns or ():
        if name not in dataset.fields:
            fields = "、".join(dataset.fields)
            raise UsageError(f"没有字段“{name}”{nearest(name, dataset.fields)}", f"可用的字段：{fields}")
    if not lists and columns is None:
        return None
    needed = set(Plan(pack, lists).fields) if lists else set()
    return [*(name for name in dataset.fields if name in needed), *(columns or ())]
