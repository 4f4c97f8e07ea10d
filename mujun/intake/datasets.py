"""Which dataset a table holds: told by its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.errors import DataError, UsageError
from mujun.intake.findings import Finding
from mujun.intake.header import Headers
from mujun.intake.spelling import key, tidy
from mujun.pack.problems import nearest
from mujun.width import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mujun.intake.kept import Kept
    from mujun.intake.part import Part
    from mujun.intake.source import Source
    from mujun.pack.policy import Dataset

_SHOWN_WIDTH = 20
_FEWEST = 3
"""Headers that a table must have of a dataset whose rows nothing identifies."""


class Chooser:
    """Chooses among the datasets of a pack; the first is meant where nothing speaks for another."""

    def __init__(self, datasets: Mapping[str, Dataset], overrides: Mapping[str, str], kept: Kept | None) -> None:
        self.datasets, self.first = datasets, next(iter(datasets.values()))
        self.overrides = {tidy(header): field for header, field in overrides.items()}
        self.headers = {name: Headers(dataset) for name, dataset in datasets.items()}
        self.said = {*map(key, overrides), *(map(key, kept.headers()) if kept else ())}

    def known(self, headers: Sequence[str]) -> int:
        """How many headers mean a field: of the first dataset, or else of the one of which most do.

        Those that the user says anything of are known, too.
        """
        first, *others = self.headers.values()
        rest = [header for header in headers if key(header) not in self.said] if self.said else headers
        found = first.count(rest) or max((other.count(rest) for other in others), default=0)
        return found + len(headers) - len(rest)

    def choose(self, source: Source) -> Dataset:
        """The dataset of a table: of those whose identity it has, the one of which it has most columns.

        Where two fit alike, the first is taken and it is said so. A map kept of an earlier month decides first.
        """
        if len(self.datasets) == 1 or not source.header:
            return self.first
        kept = source.kept.dataset if source.kept else ""
        if kept in self.datasets:
            return self.datasets[kept]
        fitting = [(len(found), bool(dataset.keys), dataset) for dataset in self.datasets.values()
                   if self.fits(dataset, found := self.fields(source, dataset))]  # fmt: skip
        if not fitting:
            return self.first
        count, keyed, best = max(fitting, key=lambda one: one[:2])
        alike = [dataset.name for other, also, dataset in fitting if (other, also) == (count, keyed) != (0, False)]
        if len(alike) > 1:
            params = (("dataset", best.name), ("others", "、".join(alike[1:])))
            source.findings.append(Finding("M108", source.file, params=params, sheet=source.sheet))
        return best

    def fields(self, source: Source, dataset: Dataset) -> set[str]:
        """The fields of a dataset that the headers of a table mean."""
        found = set[str]()
        for header in filter(None, source.header):
            column = source.kept.column(header) if source.kept else None
            said = self.overrides.get(header) or (column.field if column else None)
            match = None if said else self.headers[dataset.name].match(header)
            if said in dataset.fields:
                found.add(str(said))
            elif match is not None and not match.misfit:
                found.add(match.field.name)
        return found

    @staticmethod
    def fits(dataset: Dataset, fields: set[str]) -> bool:
        """Whether these fields make a table of the dataset: one that says whose row it is, or enough of them."""
        return bool(fields & set(dataset.keys)) if dataset.keys else len(fields) >= _FEWEST


def own_overrides(overrides: Mapping[str, str], dataset: Dataset) -> dict[str, str]:
    """What the user says of headers, as far as it is about this dataset."""
    return {header: field for header, field in overrides.items() if field in dataset.fields}


def check_fields(overrides: Mapping[str, str], datasets: Iterable[Dataset]) -> None:
    """Refuse what the user says of a field that no dataset has. Raises `UsageError`."""
    known = [name for dataset in datasets for name in dataset.fields]
    for wanted in overrides.values():
        if wanted not in known:
            raise UsageError(f"--map：没有字段“{wanted}”{nearest(wanted, known)}", "可用字段见 mujun rules list")


def no_table(part: Part, dataset: Dataset) -> DataError:
    """Why a table cannot be read as this dataset, with the nearest headers."""
    headers, source = Headers(dataset), part.source
    wanted = dataset.keys
    near = {name: headers.suggest(dataset.fields[name], source.header) for name in wanted}
    told = "".join(f"，最接近“{name}”的是“{header}”" for name, header in near.items() if header)
    shown = "、".join(shorten(name, _SHOWN_WIDTH) for name in source.header[:8])
    return DataError(
        f"“{source.label}”里没有认出{'或'.join(f'“{name}”' for name in wanted) or dataset.name}{told}",
        f"表头应写列名，读到的是：{shown}；可用 --map 列名={(*wanted, '字段')[0]} 指明",
    )
