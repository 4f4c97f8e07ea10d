"""Differentiated policy in words, for people: whom each measure is for, how much, by which tariff of whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.pack.condition import Ref
from mujun.pack.levies import RATE, WORD
from mujun.pack.words import condition_lines

if TYPE_CHECKING:
    from mujun.pack.levies import Levies, Levy, Rate
    from mujun.pack.policy import Pack
    from mujun.quantity import Quantity


def levies_lines(pack: Pack, levies: Levies, names: tuple[str, ...] = ()) -> list[str]:
    """All measures of a pack, or those of these names, as lines."""
    chosen = [levy for levy in levies.levies.values() if not names or levy.name in names]
    told = (("文件", levies.source.document), ("说明", levies.note))
    lines = [f"{WORD}  {levies.title}".rstrip(), *(f"{label}  {text}" for label, text in told if text)]
    for levy in chosen:
        lines += ["", *_levy(pack, levy)]
    used = [pack.parameters.get(name, own) for name, own in levies.parameters.items()]
    if used:
        lines += ["", "参数"]
        lines += [
            f"  {one.name} = {one.shown}  {'；'.join(filter(None, (one.cites, one.note)))}".rstrip() for one in used
        ]
    return lines


def _levy(pack: Pack, levy: Levy) -> list[str]:
    note = f"（{levy.note}）" if levy.note else ""
    unit = f"，{RATE}的单位是 {levy.rate_unit.name}" if levy.rate_unit.name else ""
    lines = [f"{levy.name}  {levy.sign}{note}  [{levy.cites}]"]
    lines += ["  对谁", *_who(pack, levy)]
    lines.append(f"  数额  {levy.amount_text}  {levy.unit.name}/年{unit}{_limits(pack, levy)}")
    lines.append(f"  {RATE}（排在前面、符合的一个算数）" if levy.rates else f"  {RATE}  未公布")
    for number, rate in enumerate(levy.rates, 1):
        lines += _rate(pack, levy, rate, number)
    return [*lines, f"  出处  {levy.place}"]


def _who(pack: Pack, levy: Levy) -> list[str]:
    return [f"    {line}" for line in condition_lines(levy.when, pack)] if levy.when else ["    全部企业"]


def _limits(pack: Pack, levy: Levy) -> str:
    limits = (("不少于", levy.least), ("不超过", levy.most))
    return "".join(f"，每家{word} {_shown(pack, limit)}" for word, limit in limits if limit is not None)


def _shown(pack: Pack, value: Quantity | Ref) -> str:
    return f"{value.name}（{pack.parameters[value.name].shown}）" if isinstance(value, Ref) else str(value)


def _rate(pack: Pack, levy: Levy, rate: Rate, number: int) -> list[str]:
    sign = f"{rate.sign} " if rate.sign != levy.sign else ""
    term = "".join(f"，{word} {day}" for word, day in (("自", rate.start), ("至", rate.end)) if day)
    own = f"，按 {rate.amount_text}" if rate.amount_text != levy.amount_text else ""
    note = f"（{rate.note}）" if rate.note else ""
    lines = [f"    {number}. {sign}{_shown(pack, rate.value)}{own}{term}{note}  [{rate.cites}]"]
    when = condition_lines(rate.when, pack) if rate.when else ["其余的企业" if number > 1 else "全部"]
    return [*lines, *(f"       {line}" for line in when)]
