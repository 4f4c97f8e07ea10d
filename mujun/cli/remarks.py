"""What is said on stderr of the data: the balance of the rows, the findings, the day judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.cli.say import remark

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from mujun.api import Evaluation
    from mujun.grading import Grades
    from mujun.groups.boards import Boards
    from mujun.intake.load import Loaded
    from mujun.intake.part import Part

_SHOWN_PER_CODE = 5


def say_as_of(evaluation: Evaluation, said: datetime.date | None) -> None:
    """Say which day a list rests on, where nobody chose it."""
    if evaluation.as_of is not None and said is None:
        remark(f"基准日按今天（{evaluation.as_of.isoformat()}）计，可用 --as-of 另设")


def say_findings(evaluation: Evaluation | Grades, parts: Sequence[Part] = ()) -> None:
    """Say the findings, a few of each kind. `parts` are the tables used, where not those of one dataset."""
    from mujun.intake.findings import LEVELS, by_kind

    parts = parts or evaluation.loaded.parts
    alone = parts[0].label if len(parts) == 1 else ""
    for code, findings in by_kind(evaluation.all_findings).items():
        # Of several files there is much to remark upon: mujun check has it all.
        most = _SHOWN_PER_CODE if alone or findings[0].level != LEVELS[0] else 1
        for finding in findings[:most]:
            place = finding.place.removeprefix(alone).strip()
            remark(f"{finding.level} {code} {place}{'：' if place else ''}{finding.message}")
        if len(findings) > most or (findings[-1].count > 1 and findings[-1].row is not None):
            places = sum(finding.places for finding in findings)
            shown = sum(finding.places for finding in findings[:most])
            hint = "" if alone else "，逐条见 mujun check"
            remark(f"{findings[0].level} {code} 同类共 {places} 处，以上为前 {shown} 处{hint}")


def balances(evaluation: Evaluation | Grades) -> list[str]:
    """The rows of each file: read = used + merged + set aside, and how many enterprises they make."""
    return balance_lines(evaluation.loaded, evaluation.judged, evaluation.year)


def balance_lines(loaded: Loaded, judged: int, year: int | None, counter: str = "家", name: str = "") -> list[str]:
    """The rows of each file of a dataset; `name` is that of the dataset where there are several."""
    from mujun.intake.part import by_file

    earlier = loaded.enterprises - judged
    years = f"（{year}年 {judged} {counter}，往年 {earlier} 行）" if year is not None else ""
    files = by_file(loaded.parts)
    word = "评价" if len(files) == 1 else "采用"
    lines = []
    for file, parts in files.items():
        rows, used, merged, aside = (
            sum(getattr(part, name) for part in parts) for name in ("rows", "used", "merged", "set_aside")
        )
        label = parts[0].label if len(parts) == 1 else f"{file}（{len(parts)} 张工作表）"
        label += f"（{name}）" if name else ""
        own = years if len(files) == 1 and used == loaded.enterprises else ""
        joined = f" + 合并 {merged}" if merged else ""
        lines.append(f"{label}：读入 {rows} 行 = {word} {used}{own}{joined} + 搁置 {aside}")
    if len(files) > 1 or loaded.used != loaded.enterprises:
        lines.append(f"{name}合计评价 {loaded.enterprises} 行{years}")
    return lines


def say_boards(boards: Boards) -> None:
    """The rows of each dataset, and how many findings of which kind: mujun check tells more."""
    from mujun.intake.findings import LEVELS

    for name, loaded in boards.loaded.items():
        aside = f"，搁置 {loaded.set_aside} 行" if loaded.set_aside else ""
        remark(f"{name}：{loaded.label}，采用 {loaded.used + loaded.merged} 行{aside}")
    found = boards.findings
    places = {level: sum(finding.places for finding in found if finding.level == level) for level in reversed(LEVELS)}
    counts = [f"{level} {count} 处" for level, count in places.items() if count]
    if counts:
        remark(f"数据问题：{'，'.join(counts)}；逐条见 mujun check")
