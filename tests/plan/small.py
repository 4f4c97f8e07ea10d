"""Small packs, written to a folder, and their plans run over a handful of rows: no file is read, no cell is parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import yaml

from mujun.engine.duckdb import Engine
from mujun.pack import Pack, load_pack
from mujun.plan.plan import Plan, Query

if TYPE_CHECKING:
    from pathlib import Path

CODE, NAME, YEAR, DATASET = "代码", "名称", "年度", "企业"
SCALE = 10**6

Row = Mapping[str, Any]
Found = list[dict[str, Any]]

_TYPES = {"number": "BIGINT", "year": "INTEGER", "flag": "BOOLEAN", "date": "DATE"}


def write_pack(
    folder: Path,
    lists: Mapping[str, Mapping[str, Any]],
    fields: Mapping[str, Any],
    indicators: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    **dataset: Any,
) -> Pack:
    """A pack of one dataset, with the identity columns 代码, 名称 and 年度, written to a folder and loaded from it."""
    head = {"pack": "small", "title": "小包", "source": {"document": "小办法"}, "parameters": dict(parameters or {})}
    identity = {CODE: {"type": "code"}, NAME: {"type": "text"}, YEAR: {"type": "year"}}
    whole = {"identity": {"code": CODE, "name": NAME, "year": YEAR}, "leading": [CODE, NAME], **dataset}
    _dump(folder / "pack.yaml", head)
    _dump(folder / "fields.yaml", {DATASET: {**whole, "fields": {**identity, **fields}}})
    _dump(folder / "indicators.yaml", {"指标": dict(indicators or {})})
    for number, (name, item) in enumerate(lists.items(), 1):
        _dump(folder / "lists" / f"{number}.yaml", {"list": name, "cites": "一", "rank": [f"{CODE} asc"], **item})
    return load_pack(folder)


def _dump(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def firm(code: str | None, year: int | None = 2023, /, **figures: Any) -> dict[str, Any]:
    """One row; numbers in the unit of their field, None or absent for a missing figure."""
    return {CODE: code, NAME: f"企业{code}", YEAR: year, **figures}


class Bench:
    """An engine that judges one small table after the other."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.engine.run("SET threads = 1")  # for a handful of rows, more take longer

    def load(self, pack: Pack, rows: Iterable[Row]) -> None:
        """Lay down the tables of a pack as intake does: whole millionths, flags, texts; the rows are enterprises."""
        for dataset in pack.datasets.values():
            kinds = {name: field.kind for name, field in dataset.fields.items()}
            columns = ", ".join(f'"{name}" {_TYPES.get(kind, "VARCHAR")}' for name, kind in kinds.items())
            self.engine.run(f'CREATE OR REPLACE TABLE "{dataset.name}" ({columns})')
        kinds = {name: field.kind for name, field in pack.datasets[DATASET].fields.items()}
        values = [f"({', '.join(_literal(kind, row.get(name)) for name, kind in kinds.items())})" for row in rows]
        if values:
            self.engine.run(f'INSERT INTO "{DATASET}" VALUES {", ".join(values)}')

    def judge(self, plan: Plan, *, view: bool = False) -> None:
        """Make the table (or view) of verdicts, in place of the last one."""
        name = plan.verdicts.strip('"')
        for kind in ("VIEW", "TABLE"):
            known = "duckdb_views()" if kind == "VIEW" else "duckdb_tables()"
            if self.engine.run(f"SELECT 1 FROM {known} WHERE {kind.lower()}_name = '{name}'"):
                self.engine.run(f'DROP {kind} "{name}"')
        self.engine.run(plan.setup(view))

    def ask(self, query: Query) -> Found:
        """The rows of a query, by column."""
        names = [column.name for column in query.columns]
        assert len(names) == len(set(names)), f"a column is named twice: {names}"
        return [dict(zip(names, row, strict=True)) for row in self.engine.run(query.sql)]

    def outcomes(self, pack: Pack, rows: Iterable[Row], year: int | None = None) -> Found:
        """Every outcome of every list."""
        self.load(pack, rows)
        plan = Plan(pack, tuple(pack.lists.values()), year)
        self.judge(plan)
        return self.ask(plan.outcomes_query())

    def members(self, pack: Pack, rows: Iterable[Row], name: str, year: int | None = None) -> Found:
        """One list as it is handed over."""
        self.load(pack, rows)
        plan = Plan(pack, pack.select((name,)), year)
        self.judge(plan)
        return self.ask(plan.list_query(plan.lists[0]))


def by_code(found: Found, column: str = "结论") -> dict[str, Any]:
    """One column of the outcomes of a single list, by credit code."""
    assert len({row["清单"] for row in found}) <= 1, "more than one list"
    return {row["统一社会信用代码"]: row[column] for row in found}


def codes(found: Sequence[Row]) -> list[str]:
    """The codes of a list, in its order."""
    return [row[CODE] for row in found]


def _literal(kind: str, value: Any) -> str:
    if value is None:
        return "NULL"
    if kind == "number":
        scaled = Fraction(value) * SCALE
        assert scaled.denominator == 1, f"finer than a millionth: {value}"
        return str(scaled.numerator)
    if kind in ("flag", "year"):
        return str(value).upper()
    return "'" + str(value).replace("'", "''") + "'"
