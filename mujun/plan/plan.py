"""A pack as one SQL text: joined -> indicators -> judged -> ranked.

The plan reads one table per dataset, named like it, as intake leaves it: amounts as whole millionths of their unit,
flags as BOOLEAN, the year as INTEGER, dates as DATE, the rest as VARCHAR, one row per enterprise and year.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.condition import Ref
from mujun.pack.formula import AS_OF
from mujun.pack.policy import LIST, MISSING, RANK, REASONS, REMARKS, ROUTE
from mujun.pack.words import condition_lines
from mujun.plan import arith, feeding
from mujun.plan.figures import Figure, Figures
from mujun.plan.judged import OUTCOMES, UNDECIDED_ROUTE, YES, Judged
from mujun.plan.outcomes import OUTCOME_COLUMNS, outcomes_query
from mujun.plan.query import Column, Query

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Sequence

    from mujun.pack.policy import Pack, PolicyList

__all__ = ["OUTCOME_COLUMNS", "Column", "Plan", "Query", "plans"]

_STAGES = {
    "并表": "当年一行，往年的数据并在同一行；金额、面积等都是其单位的百万分之一的整数",
    "指标": "分子与分母，不做除法，比较时交叉相乘，恰在线上也不会错",
    "条件": "逐条成立、不成立或不知道（NULL）",
    "判断": "结论为是、否、待核实（缺的数据起决定作用）、不适用",
}


class Plan(msgspec.Struct, frozen=True, dict=True):
    """What is asked of the engine: `setup` makes the table of verdicts, the queries read it.

    `year` is the year judged; None takes the latest in the data. `extra` names fields and indicators to have on every
    list beside its own columns. `as_of` is 基准日; None is the day on which the text runs. `graded` names the field
    that the grades of the table ``评价`` fill where the data do not. All lists are of one `dataset`.
    """

    pack: Pack
    lists: tuple[PolicyList, ...]
    year: int | None = None
    extra: tuple[str, ...] = ()
    as_of: datetime.date | None = None
    graded: str = ""
    dataset: str = ""

    @cached_property
    def dataset_name(self) -> str:
        """The dataset whose rows are judged."""
        return self.dataset or self.lists[0].dataset

    @cached_property
    def figures(self) -> Figures:
        """The names of the pack over this dataset."""
        return Figures(self.pack, self.pack.datasets[self.dataset_name], self.as_of, self.graded)

    @property
    def verdicts(self) -> str:
        """The quoted table of verdicts: each dataset has its own."""
        first = next(iter(self.pack.datasets))
        return sql.name("结论" if self.dataset_name == first else f"结论·{self.dataset_name}")

    @cached_property
    def judged(self) -> dict[str, Judged]:
        """The conditions of every list."""
        return {item.name: Judged.of(item, self.figures) for item in self.lists}

    @cached_property
    def names(self) -> list[str]:
        """Every field and indicator that the lists use, in the order met."""
        dataset = self.figures.dataset
        found = [*dataset.identity, *dataset.leading, *dataset.totals, *self.extra]
        for item in self.lists:
            for leaf in self.judged[item.name].numbers:
                found += [leaf.name] + ([leaf.right.name] if isinstance(leaf.right, Ref) else [])
            found += [name for name, _ in item.rank] + list(item.columns)
        self.figures.stage_dates(dict.fromkeys(found))
        return [name for name in dict.fromkeys(found) if name not in self.pack.parameters and name != AS_OF]

    @cached_property
    def uses_as_of(self) -> bool:
        """Whether any of the lists rests on 基准日."""
        rights = {leaf.right for item in self.lists for leaf in self.judged[item.name].numbers}
        return Ref(AS_OF) in rights or any(self.figures.uses_as_of(name) for name in self.names)

    @cached_property
    def parameters(self) -> list[str]:
        """The parameters that the lists rest on, in the order met."""
        found: list[str] = []
        for item in self.lists:
            for leaf in self.judged[item.name].numbers:
                for name in (leaf.name, leaf.right.name if isinstance(leaf.right, Ref) else ""):
                    found += self.figures.parameters(name)
            found += [item.precedence] if item.precedence else []
            found += [item.top.first] if item.top else []
        return list(dict.fromkeys([*found, *(p for name in self.names for p in self.figures.parameters(name))]))

    @cached_property
    def used(self) -> list[Figure]:
        """Every field, and year of it, that the lists rest on."""
        return list(dict.fromkeys(figure for name in self.names for figure in self.figures.figures(name)))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The stored fields that the plan reads, fallbacks included."""
        found: dict[str, None] = {}
        for figure in self.used:
            self._with_fallback(figure.field, found)
        return tuple(found)

    def _with_fallback(self, field: str, found: dict[str, None]) -> None:
        if field in found:
            return
        found[field] = None
        fallback, by_code = self.figures.dataset.fields[field].fallback, self.figures.dataset.fields[field].by_code
        if by_code is not None:
            found[by_code.of] = None
        if fallback is not None:
            for figure in self.figures.rests_on(fallback):
                self._with_fallback(figure.field, found)

    # --- joined and indicators --------------------------------------------------------------------------------------

    def _stored(self, fields: Sequence[str]) -> list[str]:
        """Fields of the stored table, each with its fallback, as columns."""
        columns = []
        for field in fields:
            if self.figures.kind(field) != "number":
                columns.append(self.figures.stored(field))
                continue
            base, column = self.figures.base(field), sql.name(field)
            note = self.figures.dataset.fields[field].fallback_text
            columns.append(f"{sql.comment(f'{field} 缺失时取 {note}')}\n{base.top} AS {column}" if note else column)
            if base.bottom != "1":
                columns.append(f"{base.bottom} AS {Figure(field).bottom}")
        return columns

    def _year(self) -> str:
        if self.year is not None:
            return str(self.year)
        year = sql.name(self.figures.dataset.year)
        return f"(SELECT MAX({year}) FROM {sql.name(self.dataset_name)})"

    def joined(self) -> str:
        """The year judged, with the earlier years that the lists look back to in the same row."""
        dataset, table = self.figures.dataset, sql.name(self.dataset_name)
        year, keys = sql.name(dataset.year), dict.fromkeys(dataset.identity)
        current = [figure.field for figure in self.used if not figure.years]
        pasts: dict[int, list[Figure]] = {}
        for figure in self.used:
            if figure.years:
                pasts.setdefault(figure.years, []).append(figure)
        columns, joins = ['"当年".*'], []
        for years, figures in sorted(pasts.items()):
            alias = sql.name(f"前{years}年")
            for figure in figures:
                columns.append(f"{alias}.{sql.name(figure.field)} AS {figure.column}")
                if self.figures.kind(figure.field) == "number" and self.figures.base(figure.field).bottom != "1":
                    columns.append(f"{alias}.{Figure(figure.field).bottom} AS {figure.bottom}")
            stored = self._stored([*keys, *(figure.field for figure in figures if figure.field not in keys)])
            past = f"  SELECT\n{sql.items(stored, 4)}\n  FROM {table}\n  WHERE {year} = {self._year()} - {years}"
            same = f"{self._key(alias)} = {self._key(sql.name('当年'))}"
            joins.append(f"LEFT JOIN (\n{past}\n) AS {alias} ON {same}")
        where = f"  WHERE {year} IS NOT DISTINCT FROM {self._year()}\n" if dataset.year else ""
        rows, own = table, sql.name(self.graded)
        if self.graded in current:
            rows += feeding.join(self._key())
        stored = [feeding.columns(self.graded) if column == own else column for column in self._stored(current)]
        return f"SELECT\n{sql.items(columns)}\nFROM (\n  SELECT\n{sql.items(stored, 4)}\n  FROM {rows}\n" + "\n".join(
            [f'{where}) AS "当年"', *joins]
        )

    @property
    def _identity(self) -> tuple[str, ...]:
        """What tells an enterprise from others, as intake does: its code, or its name where it has no code.

        Where every row counts for itself, what opens the list orders it.
        """
        return self.figures.dataset.keys or self.figures.dataset.leading

    def _key(self, table: str = "") -> str:
        return f"COALESCE({', '.join(f'{table}.{sql.name(name)}'.lstrip('.') for name in self._identity)})"

    def indicators(self) -> list[str]:
        """The indicators as columns: numerator and denominator, or a past text."""
        names, items = self.names, self.pack.indicators
        dates = ((items[name], self.figures.date(items[name])) for name in self.figures.staged)
        columns = [f"{sql.comment(f'{i.name} = {i.text}')}\n{date} AS {sql.name(i.name)}" for i, date in dates]
        for name in names:
            item = items.get(name)
            # A constant is written where it is used.
            if item is None or item.kind != "number" or (number := self.figures.indicator(item)).value is not None:
                continue
            columns.append(f"{sql.comment(f'{name} = {item.text}')}\n{number.top} AS {sql.name(name + '·分子')}")
            if number.bottom != "1":
                columns.append(f"{number.bottom} AS {sql.name(name + '·分母')}")
        return columns

    # --- the text ---------------------------------------------------------------------------------------------------

    def setup(self, view: bool = False) -> str:
        """The statement that makes the table of verdicts, one row per enterprise of the year judged.

        As a `view` it is worked out anew by each query, only as far as needed: faster where rows are many.
        """
        leaf_columns = [column for judged in self.judged.values() for column in judged.leaf_columns()]
        outcomes = []
        for item in self.lists:
            rule = [f"{item.name}  {item.cites}"]
            rule += [f"  仅限：{line}" for line in condition_lines(item.among, self.pack)] if item.among else []
            rule += [f"  {line}" for line in condition_lines(item.when, self.pack)]
            lead = "\n".join("-- " + " ".join(line.splitlines()) for line in rule)
            judged = self.judged[item.name]
            outcomes.append(f"{lead}\n{judged.outcome_case()} AS {judged.outcome}")
        bodies = [
            self.joined(),
            self._select("并表", self.indicators()),
            self._select("指标", leaf_columns),
            self._select("条件", outcomes),
        ]
        ctes = ",\n".join(
            sql.stage(f"{number} {name}：{note}", name, body)
            for number, ((name, note), body) in enumerate(zip(_STAGES.items(), bodies, strict=True), 1)
        )
        head = f"CREATE {'VIEW' if view else 'TABLE'} {self.verdicts} AS"
        return f"{head}\nWITH\n{ctes}\nSELECT * FROM {sql.name('判断')}"

    def _select(self, source: str, columns: list[str]) -> str:
        return f"SELECT\n{sql.items(['*', *columns])}\nFROM {sql.name(source)}"

    def _order(self, item: PolicyList) -> str:
        keys = []
        for name, descending in item.rank:
            is_number = self.figures.kind(name) == "number"
            found = arith.ranking(self.figures.number(name)) if is_number else [self.figures.text(name)]
            keys += [f"{key} {'DESC' if descending else 'ASC'} NULLS LAST" for key in found]
        return ", ".join(keys)

    def _ties(self) -> str:
        return ", ".join(f"{sql.name(name)} NULLS LAST" for name in self._identity)

    def members(self, item: PolicyList, columns: list[str]) -> str:
        """The enterprises on a list, ranked: ties share a rank (1, 2, 2, 4)."""
        judged = self.judged[item.name]
        rank = f"RANK() OVER (ORDER BY {self._order(item)}) AS {sql.name(RANK)}"
        return f"SELECT\n{sql.items([rank, *columns])}\nFROM {self.verdicts}\nWHERE {judged.outcome} = '{YES}'"

    def route_columns(self, item: PolicyList) -> list[str]:
        """The proposed route, the reasons for each that applies, and what leaves the proposal open; none for none."""
        judged = self.judged[item.name]
        if not item.routes:
            return []
        proposal = judged.proposal()
        missing = f"CASE WHEN {proposal} = '{UNDECIDED_ROUTE}' THEN {judged.route_missing()} END"
        return [
            f"{proposal} AS {sql.name(ROUTE)}",
            f"{judged.reasons()} AS {sql.name(REASONS)}",
            f"{missing} AS {sql.name(MISSING)}",
        ]

    def top(self, item: PolicyList) -> str | None:
        """The proposal of a list that takes its best."""
        if item.top is None:
            return None
        first = self.pack.parameters[item.top.first].value
        beyond = sql.text(item.top.beyond) if item.top.beyond else "NULL"
        return f"CASE WHEN {sql.name(RANK)} <= {first.base_value} THEN {sql.text(item.top.within)} ELSE {beyond} END"  # type: ignore[union-attr]

    def list_query(self, item: PolicyList) -> Query:
        """A list as it is handed over: list, rank, the leading columns, its own columns, routes, remarks."""
        inner, columns = [], [Column(LIST), Column(RANK, "number", digits=0, fixed=True)]
        for name in dict.fromkeys((*self.figures.dataset.leading, *item.columns, *self.extra)):
            expression, column = self.shown(name)
            inner.append(f"{expression} AS {sql.name(name)}")
            columns.append(column)
        # The members are ordered by code and name, which need not be shown.
        names = [column.name for column in columns]
        inner += [sql.name(name) for name in self._identity if name not in names]
        inner += self.route_columns(item)
        if item.routes:
            columns += [Column(ROUTE), Column(REASONS), Column(MISSING)]
        inner.append(f"{self.judged[item.name].remarks()} AS {sql.name(REMARKS)}")
        outer = [f"{sql.text(item.name)} AS {sql.name(LIST)}"]
        top = self.top(item)
        if top is not None:
            columns.append(Column(ROUTE))
        columns.append(Column(REMARKS))
        outer += [
            f"{top} AS {sql.name(ROUTE)}" if top and column.name == ROUTE else sql.name(column.name)
            for column in columns[1:]
        ]
        text = (
            f"SELECT\n{sql.items(outer)}\nFROM (\n{sql.indent(self.members(item, inner))}\n) AS {sql.name('名单')}\n"
            f"ORDER BY {sql.name(RANK)}, {self._ties()}"
        )
        return Query(text, tuple(columns))

    def shown(self, name: str) -> tuple[str, Column]:
        """A column of a list in its unit: stored figures as they are, computed ones rounded half up."""
        kind = self.figures.kind(name)
        if kind != "number":
            expression = self.figures.text(name)
            if kind == "flag":
                expression = f"CASE WHEN {expression} THEN '是' WHEN NOT {expression} THEN '否' END"
            return expression, Column(name, kind, digits=0, fixed=True)
        number = self.figures.number(name)
        if name in self.pack.indicators:
            item = self.pack.indicators[name]
            return arith.shown(number, item.unit, item.digits), Column(name, kind, item.unit, item.digits, True)
        field = self.figures.dataset.fields[name]
        column = Column(name, kind, field.unit, field.digits)
        return (arith.exact(number) if number.bottom == "1" else arith.shown(number, field.unit, 6)), column

    def examples_query(self, item: PolicyList, most: int) -> str:
        """The names of the first enterprises that a list holds, by code."""
        names = [sql.name(name) for name in self._identity]
        members = f"FROM {self.verdicts} WHERE {self.judged[item.name].outcome} = '{YES}'"
        order = ", ".join([f"{names[0]} NULLS LAST", *names[1:]])
        return f"SELECT COALESCE({', '.join(reversed(names))}) {members} ORDER BY {order} LIMIT {most}"

    def outcomes_query(self) -> Query:
        """One row per enterprise and list, with `OUTCOME_COLUMNS`."""
        return outcomes_query([self])

    def summary_query(self) -> str:
        """One row per list: its name, the count of each outcome, then for each total its sum and how many know it."""
        parts = []
        for item in self.lists:
            outcome = self.judged[item.name].outcome
            columns = [sql.text(item.name)]
            columns += [f"COUNT(CASE WHEN {outcome} = '{value}' THEN 1 END)" for value in OUTCOMES]
            for name in self.figures.dataset.totals:
                field, number = self.figures.dataset.fields[name], self.figures.number(name)
                member = f"{outcome} = '{YES}' AND {arith.present(number)}"
                summed = arith.Num(arith.total(f"CASE WHEN {member} THEN {number.top} END"), "1", number.factor)
                if number.bottom != "1":
                    ratio = f"SUM(CASE WHEN {member} THEN {arith.approximate(number)} END)"
                    summed = arith.Num(f"CAST({ratio} AS {arith.INTEGER})", "1", number.factor)
                columns += [arith.shown(summed, field.unit, field.digits), f"COUNT(CASE WHEN {member} THEN 1 END)"]
            parts.append(f"SELECT {', '.join(columns)} FROM {self.verdicts}")
        return "\nUNION ALL\n".join(parts)

    @cached_property
    def _divisors(self) -> dict[tuple[str, str], str]:
        """(indicator, what it divides by) -> the SQL test that this is of no use."""
        found = {}
        for name in self.names:
            for figures, useless in self.figures.divisors(name):
                if name in self.pack.indicators and not any(figure.years for figure in figures):
                    found[name, "与".join(figure.field for figure in figures)] = useless
        return found

    @property
    def divisor_labels(self) -> list[tuple[str, str]]:
        """The columns of `divisors_query`: indicator, and what it divides by."""
        return list(self._divisors)

    def divisors_query(self) -> str:
        """How many enterprises have a divisor that is not positive."""
        counts = [f"COUNT(CASE WHEN {test} THEN 1 END)" for test in self._divisors.values()]
        return f"SELECT {', '.join(counts)} FROM {self.verdicts}"

    @cached_property
    def text(self) -> str:
        """The whole plan as an auditor reads it."""
        head = f"政策包 {self.pack.name}：{self.pack.title}"
        queries = {f"清单 {item.name}  {item.cites}": self.list_query(item) for item in self.lists}
        queries["每家企业在每张清单上的结论"] = self.outcomes_query()
        parts = [f"\n{sql.comment(title)}\n{query.sql};" for title, query in queries.items()]
        return "\n".join([sql.comment(head), self.setup() + ";", *parts]) + "\n"


def plans(
    pack: Pack,
    lists: Iterable[PolicyList],
    year: int | None = None,
    extra: tuple[str, ...] = (),
    as_of: datetime.date | None = None,
) -> list[Plan]:
    """A plan for each dataset that the lists judge, in the order of the pack; each has of `extra` what is its own."""
    found = []
    for name, dataset in pack.datasets.items():
        own = tuple(item for item in lists if item.dataset == name)
        if own:
            known = pack.scope(dataset)
            shown = tuple(one for one in extra if one in dataset.fields or one in known.indicators)
            found.append(Plan(pack, own, year, shown, as_of))
    return found
