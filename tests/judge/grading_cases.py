"""Cases for the judge of evaluations, each for mujun and for the judge: a small pack, its methods and rows as files."""

from __future__ import annotations

import csv
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from .grading import CODE, YEAR
from .grading_method import Every, Leaf, Method, Move, Some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from .grading_method import Condition, Formula, Row, Value

F = Fraction
JUDGED = 2023
COMPANY = "企业名称"
UNITS = {
    "税收": "万元", "增加值": "万元", "用地": "亩", "能耗": "吨标煤", "排放": "吨", "人数": "人",
    "研发": "", "系数": "", "户数": "",
}  # fmt: skip
FLAGS = ("高新", "品牌", "欠税", "事故", "新办", "龙头")
TEXTS = ("类别", "组", "园区")
FIELDS = (*TEXTS, *FLAGS, *UNITS)
RATIOS = {
    "亩均税收": ("税收", "用地"), "亩均增加值": ("增加值", "用地"), "单位能耗增加值": ("增加值", "能耗"),
    "单位排放增加值": ("增加值", "排放"), "劳动生产率": ("增加值", "人数"), "单位增加值能耗": ("能耗", "增加值"),
    "亩均排放": ("排放", "用地"),
}  # fmt: skip
SMALLER = ("单位增加值能耗", "亩均排放")
ACTIONS = ("定档", "提档", "降档", "一票否决")
ADJUSTMENTS = {
    "dataset": "调档", "code": "调档代码", "action": "调档方式", "grade": "调整后等级", "reason": "调档原因",
    "source": "调档依据",
}  # fmt: skip
"""How a method says where the adjustment table is."""
PACK: dict[str, dict[str, Any]] = {
    "pack.yaml": {"pack": "small", "title": "小包", "source": {"document": "为测试而设"}},
    "fields.yaml": {
        "企业": {
            "identity": {"code": CODE, "name": COMPANY, "year": YEAR},
            "leading": [CODE, COMPANY],
            "totals": ["用地", "税收"],
            "fields": {
                CODE: {"type": "code"},
                COMPANY: {"type": "text"},
                YEAR: {"type": "year"},
                **{name: {"type": "text"} for name in TEXTS},
                **{name: {"type": "flag"} for name in FLAGS},
                **{name: {"unit": unit} if unit else {"digits": 4} for name, unit in UNITS.items()},
            },
        },
        "调档": {
            "identity": {},
            "counter": "条",
            "leading": ["调档代码"],
            "fields": {
                "调档代码": {"type": "code"},
                "调档方式": {"type": "choice", "values": {action: [] for action in ACTIONS}},
                "调整后等级": {"type": "choice", "values": {grade: [] for grade in "ABCD"}},
                "调档原因": {"type": "text"},
                "调档依据": {"type": "text"},
            },
        },
    },
    "indicators.yaml": {
        "指标": {
            name: {"formula": f"{top} / {bottom}", "unit": f"{UNITS[top]}/{UNITS[bottom]}"}
            for name, (top, bottom) in RATIOS.items()
        }
    },
    "lists/all.yaml": {"list": "纳税", "cites": "一", "when": {"税收": "> 0万元"}, "rank": ["税收 desc"]},
}
"""A small pack: its files as YAML."""


class Plain(yaml.SafeDumper):
    """Writes everything out, without anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- as its parent has it
        """Whatever it is, it is written again."""
        return True


class Case(NamedTuple):
    """A method, as the grading.yaml of the small pack and for the judge, with rows of two years and adjustments."""

    grading: dict[str, Any]
    method: Method
    rows: list[dict[str, Value]]
    adjustments: tuple[Move, ...] = ()

    def save(self, folder: Path) -> tuple[list[Path], Path]:
        """Write data (with the adjustment table, if there is one) and pack below a folder: their paths."""
        write_pack(folder / "pack", self.grading)
        data = [write_rows(folder / "data.csv", self.rows)]
        if self.adjustments:
            data.append(folder / "moves.csv")
            with data[-1].open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([name for key, name in ADJUSTMENTS.items() if key != "dataset"])
                writer.writerows((move.code, move.action, move.to, move.name, "文件") for move in self.adjustments)
        return data, folder / "pack"


def write_pack(folder: Path, grading: dict[str, Any]) -> Path:
    """The small pack with a method of evaluation."""
    for name, content in {**PACK, "grading.yaml": grading}.items():
        write_yaml(folder / name, content)
    return folder


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    """A YAML file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(content, Dumper=Plain, allow_unicode=True, sort_keys=False), encoding="utf-8")


def write_rows(path: Path, rows: Iterable[Row], columns: Sequence[str] = FIELDS) -> Path:
    """The rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        units = [f"{name}({UNITS[name]})" if UNITS.get(name) else name for name in columns]
        writer.writerow([CODE, COMPANY, YEAR, *units])
        for row in rows:
            writer.writerow([row[CODE], f"企业{row[CODE]}", row[YEAR], *(text(row.get(name)) for name in columns)])
    return path


def text(value: Value | tuple[Value, ...]) -> str:
    """What a file or a policy says for a value."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case Fraction():
            return decimal(value)
    return str(value)


def decimal(value: Fraction) -> str:
    """A finite decimal as it is written."""
    places = next(places for places in range(30) if (value * 10**places).denominator == 1)
    if not places:
        return str(value.numerator)
    whole, rest = divmod(abs(value) * 10**places, 10**places)
    return f"{'-' if value < 0 else ''}{whole}.{rest.numerator:0{places}d}"


def code_of(number: int) -> str:
    """The credit code of an enterprise; codes are not in the order in which enterprises are drawn."""
    return f"91330703MA{number * 48_271 % 99_999_989:08d}"


def field(name: str) -> Formula:
    """The figure of a row."""

    def read(row: Row) -> Fraction | None:
        value = row.get(name)
        return value if isinstance(value, Fraction) else None

    return read


JUDGE_RATIOS = {name: (field(top), field(bottom)) for name, (top, bottom) in RATIOS.items()}


def condition(found: Condition) -> dict[str, Any]:
    """A condition as YAML."""
    match found:
        case Leaf(name, op, right):
            unit = UNITS.get(name, "")
            if isinstance(right, tuple):
                return {name: f"in [{', '.join(map(str, right))}]"}
            return {name: f"{op} {text(right)}{unit}"}
        case Every(parts):
            return {"all": [condition(part) for part in parts]}
        case Some(parts):
            return {"any": [condition(part) for part in parts]}
        case _:
            return {"not": condition(found.part)}


def on(flag: str) -> Leaf:
    """A flag holds."""
    return Leaf(flag, "=", True)


def lifted(function: Callable[[Fraction], Fraction], name: str) -> Formula:
    """A formula of one field, unknown where that is."""
    read = field(name)

    def formula(row: Row) -> Fraction | None:
        value = read(row)
        return None if value is None else function(value)

    return formula


def plain(value: Fraction) -> int | float:
    """A short decimal as a number of YAML."""
    return int(value) if value.denominator == 1 else float(value)


def percent(share: Fraction) -> str:
    """A share as a policy writes it."""
    return f"{decimal(share * 100)}%"
