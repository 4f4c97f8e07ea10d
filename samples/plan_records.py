"""Write what the plan asks for beside the enterprises' figures: their status, the parks, and a ledger of work done.

``python samples/plan_records.py`` rewrites ``status.csv``, ``parks.csv`` and ``ledger.csv`` from ``data.csv``, the same
bytes every time. All of it is invented.
"""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).parent
SEED = 3307030
YEARS = (2020, 2021, 2022, 2023)
STATUS = (
    "统一社会信用代码", "年度", "涉污企业", "退出区域", "就地整治合规", "涉污处置", "清洁生产", "僵尸企业", "已出清",
    "高新技术产业", "新兴产业", "隐形冠军", "五美创建",
)  # fmt: skip
PARKS = (
    "园区", "年度", "乡镇街道", "主导产业数(个)", "循环化改造", "四化改造", "主干道企业数(家)", "围墙通透企业数(家)",
    "形象得分",
)  # fmt: skip
LEDGER = ("日期", "事项", "数量", "单位", "乡镇街道", "园区", "统一社会信用代码", "企业名称", "说明")
MORE_STATUS = ("低散乱企业", "已整治提升", "专精特新", "雏鹰企业", "片区")
HIGH_TECH = ("26", "27", "29", "32", "33", "34", "35", "36", "37", "38", "39", "40")
EMERGING = ("26", "27", "32", "33", "34", "35", "36", "38", "39")
DIRTY = ("17", "18", "19", "22", "26", "28", "31", "32", "33")
BLANK = 0.015
"""The share of cells that are left blank."""

# What is done in a year, by matter: entries, the least and the most of each (in hundredths), unit
WORKS: dict[str, tuple[tuple[int, int, int], int, int, str]] = {
    "低效用地盘活": ((130, 132, 128), 300, 2800, "亩"),
    "新建标准厂房": ((24, 28, 27), 60, 340, "万㎡"),
    "改造旧厂房": ((25, 26, 31), 50, 330, "万㎡"),
    "小微企业园建成": ((10, 11, 9), 100, 100, "个"),
    "低散乱整治提升": ((30, 32, 31), 100, 600, "家"),
    "落后产能淘汰": ((9, 8, 7), 100, 100, "家"),
    "低效企业整治": ((60, 62, 64), 200, 800, "家"),
    "低效用地整治": ((160, 158, 150), 600, 4600, "亩"),
}


def main() -> None:
    """Write the three files beside ``data.csv``."""
    with (HERE / "data.csv").open(encoding="utf-8", newline="") as file:
        firms = list(csv.DictReader(file))
    rows = (row + more for row, more in zip(status(firms), more_status(firms), strict=True))
    write("status.csv", (*STATUS, *MORE_STATUS), rows)
    write("parks.csv", PARKS, parks(firms))
    write("ledger.csv", LEDGER, ledger(firms))


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A CSV file as those of the other samples: UTF-8, no BOM, LF."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def status(firms: Sequence[dict[str, str]]) -> Iterable[list[str]]:
    """What each enterprise is, year by year; what is settled once stays settled."""
    rng = Random(SEED)
    drawn: dict[str, dict[str, float]] = {}
    for firm in firms:
        code, year = firm["统一社会信用代码"], int(firm["年度"])
        if code not in drawn:
            drawn[code] = {key: rng.random() for key in STATUS[2:]}
        luck, scale = drawn[code], firm["规上"] == "是"
        since = year - YEARS[0]
        dirty = firm["行业代码"][:2] in DIRTY and luck["涉污企业"] < 0.45
        leaving = dirty and not firm["园区"] and luck["退出区域"] < 0.6
        clean = dirty and scale and luck["就地整治合规"] < 0.7
        gone = dirty and leaving and not clean and luck["涉污处置"] < 0.32 * since
        dead = luck["僵尸企业"] < 0.012
        cells = {
            "涉污企业": dirty,
            "退出区域": leaving,
            "就地整治合规": clean,
            "涉污处置": ("已关停" if luck["清洁生产"] < 0.4 else "改造入园") if gone else "未处置" if dirty else "",
            "清洁生产": dirty and scale and luck["清洁生产"] < 0.4 + 0.19 * since,
            "僵尸企业": dead,
            "已出清": dead and luck["已出清"] < 0.46 * since,
            "高新技术产业": firm["行业代码"][:2] in HIGH_TECH and luck["高新技术产业"] < 0.75 + 0.06 * since,
            "新兴产业": firm["行业代码"][:2] in EMERGING and luck["新兴产业"] < 0.7 + 0.08 * since,
            "隐形冠军": scale and luck["隐形冠军"] < 0.003 * since,
            "五美创建": scale and luck["五美创建"] < 0.17 * since,
        }
        yield [code, str(year), *(word(cell) if rng.random() >= BLANK else "" for cell in cells.values())]


def more_status(firms: Sequence[dict[str, str]]) -> Iterable[list[str]]:
    """Scattered and poor workshops, what became of them, firms that are known for something, and neighbourhoods."""
    rng = Random(SEED + 3)
    drawn: dict[str, list[float]] = {}
    for firm in firms:
        scattered, better, known, young, place = drawn.setdefault(
            firm["统一社会信用代码"], [rng.random() for _ in range(5)]
        )
        since, small = int(firm["年度"]) - YEARS[0], firm["规上"] != "是"
        poor = small and not firm["园区"] and scattered < 0.35
        cells = [
            word(poor), word(better < 0.3 * since) if poor else "", word(known < 0.004 * (since + 1)),
            word(small and young < 0.01), f"{firm['乡镇街道']}{int(place * 4) + 1}号片区",
        ]  # fmt: skip
        yield [cell if rng.random() >= BLANK else "" for cell in cells]


def word(cell: object) -> str:
    """A flag as people write it."""
    return cell if isinstance(cell, str) else "是" if cell else "否"


def parks(firms: Sequence[dict[str, str]]) -> Iterable[list[str]]:
    """How far each park has come, year by year."""
    rng = Random(SEED + 1)
    towns = {firm["园区"]: firm["乡镇街道"] for firm in reversed(firms) if firm["园区"]}
    names = sorted(towns)
    order = {name: rng.random() for name in names}
    walls = {name: rng.randint(12, 48) for name in names}
    for year in YEARS:
        since = year - YEARS[0]
        for name in names:
            share = min(1.0, 0.2 + (0.3 + order[name] / 5) * since)
            yield [
                name, str(year), towns[name], str(1 + (order[name] > 0.5) + (order[name] > 0.93)),
                word(order[name] < 0.33 * since), word(order[name] < 0.2 + 0.4 * since), str(walls[name]),
                str(int(walls[name] * share)), f"{60 + int(order[name] * 200 + 25 * since) / 10:.1f}",
            ]  # fmt: skip


def ledger(firms: Sequence[dict[str, str]]) -> Iterable[list[str]]:
    """What was done on which day: 2021 to 2023, more of it towards the end of each year."""
    rng = Random(SEED + 2)
    latest = [firm for firm in firms if firm["年度"] == "2021"]
    rows = []
    for matter, (counts, least, most, unit) in WORKS.items():
        for year, count in zip(YEARS[1:], counts, strict=True):
            for _ in range(count):
                day = datetime.date(year, 1, 1) + datetime.timedelta(days=int(364 * rng.random() ** 0.8))
                firm = rng.choice(latest)
                amount = rng.randint(least, most)
                if unit in ("家", "个"):
                    amount -= amount % 100
                number, spelt = f"{amount / 100:.2f}".rstrip("0").rstrip("."), unit
                if unit == "万㎡" and rng.random() < 0.5:
                    number, spelt = str(amount * 100), "平方米"
                of_one = matter in ("低效用地盘活", "改造旧厂房")
                rows.append([
                    day.isoformat(), matter, number, spelt, firm["乡镇街道"], firm["园区"],
                    firm["统一社会信用代码"] if of_one else "", firm["企业名称"] if of_one else "", "虚构",
                ])  # fmt: skip
    return sorted(rows)


if __name__ == "__main__":
    main()
