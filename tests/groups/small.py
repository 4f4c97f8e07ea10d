"""A small pack with firms and a ledger, written to a folder, and files for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FIELDS = {
    "企业": {
        "identity": {"code": "代码", "name": "名称", "year": "年度"},
        "leading": ["代码", "名称"],
        "fields": {
            "代码": {"type": "code"},
            "名称": {"type": "text"},
            "年度": {"type": "year"},
            "片区": {"type": "text", "values": {"东片": ["东"], "西片": ["西"]}},
            "规上": {"type": "flag"},
            "税收": {"unit": "万元"},
            "用地": {"unit": "亩"},
            "强度": {"unit": "万元/亩"},
        },
    },
    "台账": {
        "identity": {},
        "counter": "条",
        "leading": ["日期", "事项"],
        "fields": {
            "日期": {"type": "date"},
            "事项": {"type": "choice", "values": {"盘活": [], "整治": []}},
            "盘活面积": {"unit": "亩"},
        },
    },
}
MEASURES = {
    "对象": {"盘活": {"dataset": "台账", "when": {"事项": "= 盘活"}}, "大户": {"when": {"税收": ">= 大户线"}}},
    "口径": {
        "亩均税收": {"formula": "合计(税收) / 合计(用地)", "unit": "万元/亩"},
        "规上亩均": {"formula": "合计(税收, 规上) / 合计(用地, 规上)", "unit": "万元/亩"},
        "总税收": {"formula": "合计(税收)", "unit": "万元"},
        "规上数": {"formula": "计数(规上)", "unit": "家", "digits": 0},
        "规上占比": {"formula": "占比(规上)", "unit": "%"},
        "大户规上占比": {"formula": "占比(规上, 大户)", "unit": "%"},
        "户均税收": {"formula": "总税收 / 计数(企业)", "unit": "万元/家"},
        "三年前": {"formula": "往年(总税收, 1)", "unit": "万元"},
        "盘活面积合计": {"formula": "合计(盘活面积, 盘活)", "unit": "亩", "date": "日期"},
        "盘活笔数": {"formula": "计数(盘活)", "unit": "家", "date": "日期", "digits": 0},
        "清单家数": {"formula": "计数(低效)", "unit": "家", "digits": 0},
    },
}
HEAD = {
    "pack": "small",
    "title": "小办法",
    "source": {"document": "小办法"},
    "parameters": {
        name: {"value": value}
        for name, value in {"大户线": "10万元", "基数权重": "50%", "增速权重": "50%", "入规目标": "60%"}.items()
    },
}  # fmt: skip
LIST = {"list": "低效", "cites": "一", "when": {"税收": "< 1万元"}, "rank": ["税收 asc"]}


def write_pack(folder: Path, **files: Any) -> Path:
    """The pack, with other files laid over its own: ``targets={...}``, without one where it is None."""
    content = {
        "pack": HEAD,
        "fields": FIELDS,
        "indicators": {"指标": {}},
        "measures": MEASURES,
        "lists/1": LIST,
        **files,
    }
    for name, value in content.items():
        if value is not None:
            file = folder / f"{name}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def targets(**items: Mapping[str, Any]) -> dict[str, Any]:
    """``targets.yaml`` for the years 2021 to 2023, compared with 2020."""
    return {
        "start": "2021-01-01", "deadline": "2023-12-31", "baseline": "2020",
        "目标": {name: {"cites": "一", **item} for name, item in items.items()},
    }  # fmt: skip


def write_csv(file: Path, header: str, rows: Iterable[Iterable[object]]) -> Path:
    """A CSV file; None is a blank cell."""
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


FIRMS = "代码,名称,年度,片区,规上,税收(万元),用地(亩)"
LEDGER = "日期,事项,盘活面积(亩)"
