"""From a pack and files to figures of groups: what `track` and `rank` have in common."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.engine.duckdb import Engine
from mujun.errors import UsageError
from mujun.intake.findings import LEVELS
from mujun.pack import Pack, load_pack
from mujun.pack.problems import nearest
from mujun.plan.measures import Board, grouping, wanted_fields

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from mujun.intake.findings import Finding
    from mujun.intake.load import Data, Loaded
    from mujun.intake.mapping import Columns
    from mujun.pack.goals import Goals, Measure


class Boards(msgspec.Struct, frozen=True):
    """A pack over the files given: `board` has the figures, `loaded` the balance of each dataset, by name."""

    pack: Pack
    goals: Goals
    engine: Engine
    board: Board
    loaded: Mapping[str, Loaded]
    as_of: datetime.date

    @property
    def findings(self) -> list[Finding]:
        """The findings of intake."""
        return [finding for loaded in self.loaded.values() for finding in loaded.findings]

    def found(self, level: str) -> bool:
        """Whether there is a finding of this level, or a graver one."""
        return any(finding.gravity >= LEVELS.index(level) for finding in self.findings)


def open_boards(
    data: Data,
    rules: str | os.PathLike[str] | Pack | None,
    *,
    choose: Callable[[Goals], Iterable[Measure]],
    nothing: str,
    by: str = "",
    parameters: Mapping[str, str] | None = None,
    mapping: Columns | None = None,
    as_of: datetime.date | None = None,
    year: int | None = None,
    keep_aside: bool = False,
) -> Boards:
    """Load files for the measures that `choose` takes from the goals of a pack; `nothing` says that it takes none.

    `keep_aside` keeps the rows set aside for `mujun.api.aside_query`.
    """
    from mujun.api import columns_of
    from mujun.intake.load import load_all

    pack = rules if isinstance(rules, Pack) else load_pack(rules)
    pack = pack.with_parameters(parameters or {})
    goals = pack.goals
    measures = {measure.name: measure for measure in choose(goals)}
    if not measures:
        raise UsageError(nothing, "mujun rules list 列出政策包里有什么")
    needed = wanted_fields(pack, goals, measures.values(), by)
    if by and not any(grouping(pack.datasets[name], by) for name in needed):
        known = dict.fromkeys(
            field.name for name in needed for field in pack.datasets[name].fields.values()
            if field.kind in ("text", "choice")
        )  # fmt: skip
        raise UsageError(f"没有可分组的列“{by}”{nearest(by, known)}", f"可用的列：{'、'.join(known)}")
    engine = Engine()
    overrides, kept = columns_of(mapping)
    # Files of which nothing is needed are recognised, too, lest they be taken for others.
    wanted = {name: needed.get(name, set(dataset.identity)) for name, dataset in pack.datasets.items()}
    loaded = load_all(engine.connection, data, pack.datasets, overrides, wanted, year, keep_aside=keep_aside, kept=kept)
    fields = {name: found.fields for name, found in loaded.items()}
    day = as_of or _day(engine, pack, fields, measures.values(), year)
    board = Board(pack, goals, engine.run, fields, measures.values(), by, day)
    return Boards(pack, goals, engine, board, loaded, day)


def _day(
    engine: Engine, pack: Pack, fields: Mapping[str, set[str]], measures: Iterable[Measure], year: int | None
) -> datetime.date:
    """The end of the year asked for, or of the latest in the data, but not later than today.

    Data without years are of the year of their latest date.
    """
    today = datetime.datetime.now(tz=datetime.UTC).astimezone().date()
    latest = year
    if latest is None:
        known = [(name, pack.datasets[name].year) for name in fields if pack.datasets[name].year]
        latest = max((_latest(engine, name, sql.name(column)) for name, column in known), default=0)
    if not latest:
        dated = [(name, one.date) for one in measures for name, found in fields.items() if one.date in found]
        latest = max((_latest(engine, name, f"YEAR({sql.name(date)})") for name, date in dated), default=0)
    return min(datetime.date(latest, 12, 31), today) if latest else today


def _latest(engine: Engine, table: str, year: str) -> int:
    [(found,)] = engine.run(f"SELECT MAX({year}) FROM {sql.name(table)}")
    return found or 0
