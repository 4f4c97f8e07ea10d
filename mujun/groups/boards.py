"""From a pack and files to figures of groups: what `track` and `rank` have in common."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.engine.duckdb import Engine
from mujun.errors import UsageError
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
) -> Boards:
    """Load files for the measures that `choose` takes from the goals of a pack; `nothing` says that it takes none."""
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
    loaded = _load(engine, pack, data, needed, mapping, year)
    fields = {name: found.fields for name, found in loaded.items()}
    day = as_of or _day(engine, pack, fields, year)
    board = Board(pack, goals, engine.run, fields, measures.values(), by, day)
    return Boards(pack, goals, engine, board, loaded, day)


def _load(
    engine: Engine, pack: Pack, data: Data, needed: Mapping[str, set[str]], mapping: Columns | None, year: int | None
) -> dict[str, Loaded]:
    """Each dataset from the files that hold it."""
    from mujun.api import columns_of
    from mujun.intake.load import load_all

    overrides, kept = columns_of(mapping)
    # Files of which nothing is needed are recognised, too, lest they be taken for others.
    wanted = {name: needed.get(name, set(dataset.identity)) for name, dataset in pack.datasets.items()}
    return load_all(engine.connection, data, pack.datasets, overrides, wanted, year, kept=kept)


def _day(engine: Engine, pack: Pack, fields: Mapping[str, set[str]], year: int | None) -> datetime.date:
    """The end of the year asked for, or of the latest in the data, but not later than today."""
    today = datetime.datetime.now(tz=datetime.UTC).astimezone().date()
    latest = year
    for name in fields if year is None else ():
        dataset = pack.datasets[name]
        if dataset.year:
            text = f"SELECT MAX({sql.name(dataset.year)}) FROM {sql.name(name)}"
            [(found,)] = engine.run(text)
            latest = max(latest or 0, found or 0) or None
    return min(datetime.date(latest, 12, 31), today) if latest else today
