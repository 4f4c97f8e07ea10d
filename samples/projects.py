"""Write the projects that the district has signed, and its parcels that are not industrial land or lie together.

``python samples/projects.py`` rewrites ``projects.csv`` and ``parcels.csv`` from ``data.csv``, always the same bytes.
All of it is invented. As in real files, some dates are blank, some are written in other ways, a few stand in an
impossible order, and some days are exactly those of the contract; nothing marks them.
"""

from __future__ import annotations

import csv
import datetime
from calendar import monthrange
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HERE = Path(__file__).parent
SEED = 330703_21
PROJECTS, PARCELS = 240, 160
FIRST, LAST = datetime.date(2019, 1, 4), datetime.date(2023, 11, 30)
TODAY = datetime.date(2023, 12, 31)
"""What has happened by then is in the file."""
STEPS = ("开工", "竣工", "投产", "上规", "达产")
MONTHS = (6, 18, 4, 12, 12)
"""Usually from one step to the next, as agreed."""
PROJECT = (
    "项目编号", "项目名称", "统一社会信用代码", "企业名称", "乡镇街道", "园区", "项目状态", "签约日期",
    *(f"约定{step}日期" for step in STEPS), *(f"{step}日期" for step in STEPS),
    "约定用地(亩)", "实际用地(亩)", "约定投资强度(万元/亩)", "实际投资强度(万元/亩)", "约定亩均税收(万元/亩)",
    "实际亩均税收(万元/亩)", "约定产值(万元)", "实际产值(万元)",
)  # fmt: skip
PARCEL = ("地块编号", "用途", "地块面积(亩)", "片区", "相邻地块", "园区", "乡镇街道", "符合改工业条件")
GOODS = ("智能装备", "精密部件", "汽车零部件", "五金工具", "新材料", "电子器件", "食品加工", "塑料制品", "节能建材")
USES = ("工业", "仓储", "商服", "住宅", "公共", "其他")
BLANK = 0.02
"""The share of cells that are left blank."""


def main() -> None:
    """Write the two files beside ``data.csv``."""
    with (HERE / "data.csv").open(encoding="utf-8", newline="") as file:
        firms = [firm for firm in csv.DictReader(file) if firm["年度"] == "2023" and firm["园区"]]
    write("projects.csv", PROJECT, projects(firms))
    write("parcels.csv", PARCEL, parcels(firms))


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A CSV file as those of the other samples: UTF-8, no BOM, LF."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def later(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def spelt(rng: Random, day: datetime.date) -> str:
    """A day as people write it: mostly one way."""
    luck = rng.random()
    if luck < 0.9:
        return day.isoformat()
    if luck < 0.94:
        return f"{day.year}/{day.month}/{day.day}"
    if luck < 0.97:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.year}.{day.month}.{day.day}" if luck < 0.99 else f"{day.year}年{day.month}月"


def projects(firms: Sequence[dict[str, str]]) -> Iterable[list[str]]:
    """Signed from 2019 to 2023; each has come so far by the end of 2023, some late, some given up."""
    rng = Random(SEED)
    for number, firm in enumerate(rng.sample(list(firms), PROJECTS), 1):
        signed = FIRST + datetime.timedelta(days=int((LAST - FIRST).days * number / PROJECTS))
        agreed, day = [], signed
        for usual in MONTHS:
            day = later(day, usual + rng.randint(-2, 3))
            agreed.append(day)
        slow, stuck = max(0.75, rng.gauss(1.12, 0.25)), 5 if rng.random() < 0.8 else rng.randint(0, 4)
        done: list[datetime.date | None] = []
        for step, wanted in enumerate(agreed):
            day = signed + datetime.timedelta(days=int((wanted - signed).days * slow))
            if rng.random() < 0.05:
                day = wanted  # on the very day
            done.append(day if step < stuck and day <= TODAY and None not in done else None)
        if rng.random() < 0.03 and done[1] and done[0]:
            done[0], done[1] = done[1], done[0]
        ended = rng.random() < 0.06 and done[2] is None
        reached = sum(day is not None for day in done)
        state = "终止" if ended else ("签约", "在建", "在建", "投产", "投产", "达产")[reached]
        land = rng.randint(800, 12000) // 3 * 3
        built, full = done[1] is not None, done[4] is not None
        strength, tax = rng.randint(25, 60) * 10, rng.randint(15, 50)
        kept = 1.0 if rng.random() < 0.08 else rng.gauss(1.02, 0.2)
        output = land * rng.randint(4, 10)
        row = [
            f"JD{signed.year}{number:03d}", f"年产{rng.randint(2, 90) * 10}万件{rng.choice(GOODS)}项目",
            firm["统一社会信用代码"], firm["企业名称"], firm["乡镇街道"], firm["园区"], state, spelt(rng, signed),
            *(day.isoformat() for day in agreed), *(spelt(rng, day) if day else "" for day in done),
            hundredths(land), hundredths(land - rng.choice((0, 0, 0, 3, 30))) if done[0] else "",
            str(strength), decimals(strength * kept) if built else "",
            str(tax), decimals(tax * kept * rng.gauss(0.97, 0.15)) if full else "",
            str(output), decimals(output * kept * rng.gauss(0.97, 0.15)) if full else "",
        ]  # fmt: skip
        yield [cell if place < 7 or rng.random() >= BLANK else "" for place, cell in enumerate(row)]


def hundredths(number: int) -> str:
    """Hundredths as a decimal without trailing zeros."""
    return f"{number / 100:.2f}".rstrip("0").rstrip(".")


def decimals(number: float) -> str:
    """A figure with one decimal, never below nought."""
    return f"{max(number, 0):.1f}".removesuffix(".0")


def parcels(firms: Sequence[dict[str, str]]) -> Iterable[list[str]]:
    """Parcels in rows of up to five that adjoin: one is a 片区."""
    rng = Random(SEED + 1)
    number = 0
    while number < PARCELS:
        firm, size = rng.choice(firms), min(rng.randint(1, 5), PARCELS - number)
        names = [f"JD-{number + place + 1:04d}" for place in range(size)]
        for place, name in enumerate(names):
            use = rng.choices(USES, (62, 10, 10, 6, 6, 6))[0]
            beside = "、".join(names[max(place - 1, 0) : place] + names[place + 1 : place + 2])
            fit = "" if use == "工业" else "是" if rng.random() < 0.6 else "否"
            yield [
                name, use if rng.random() >= BLANK else "", hundredths(rng.randint(150, 6000) // 3 * 3),
                f"{firm['乡镇街道']}{number // 8 + 1}号片区", beside, firm["园区"], firm["乡镇街道"],
                fit if rng.random() >= 3 * BLANK else "",
            ]  # fmt: skip
        number += size


if __name__ == "__main__":
    main()
