"""Conditions in SQL: each leaf becomes a three-valued column, and each list a tree over its leaves."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import msgspec

from mujun import sql
from mujun.pack.condition import ORDERINGS, All, Any_, Condition, Leaf, Not, Ref, leaves
from mujun.pack.policy import WORDS_FOR_FLAG, PolicyList
from mujun.pack.words import leaf_words, right_words
from mujun.plan import arith, feeding

if TYPE_CHECKING:
    from mujun.plan.figures import Figures

YES, NO, PENDING, OUTSIDE = "是", "否", "待核实", "不适用"
OUTCOMES = (YES, NO, PENDING, OUTSIDE)
UNDECIDED_ROUTE, NO_ROUTE = "待定", "无对应处置"


class Judged(msgspec.Struct, frozen=True):
    """The condition trees of one list over the columns of its leaves.

    `numbers` gives each leaf (by identity of its place) its column, quoted.
    """

    item: PolicyList
    figures: Figures
    numbers: dict[Leaf, str]

    @classmethod
    def of(cls, item: PolicyList, figures: Figures) -> Judged:
        """Number the leaves of a list and its routes in the order written."""
        trees = (item.among, item.when, *(route.when for route in item.routes))
        found = [leaf for tree in trees for leaf in leaves(tree)]
        return cls(item, figures, {leaf: sql.name(f"{item.name}·{i}") for i, leaf in enumerate(found, 1)})

    @property
    def outcome(self) -> str:
        """The quoted column of the list's outcome."""
        return sql.name(f"{self.item.name}·结论")

    # --- leaves -----------------------------------------------------------------------------------------------------

    def leaf_columns(self) -> list[str]:
        """One commented SQL column for each leaf."""
        pack = self.figures.pack
        return [
            f"{sql.comment(leaf_words(leaf, pack) + (f'  [{leaf.cites}]' if leaf.cites else ''))}\n"
            f"{self._test(leaf)} AS {column}"
            for leaf, column in self.numbers.items()
        ]

    def _compare(self, leaf: Leaf, op: str) -> str:
        """A number or a date against what the leaf compares it with."""
        if self.figures.kind(leaf.name) == "number":
            return arith.compare(self.figures.number(leaf.name), op, self._right(leaf))
        right = leaf.right
        other = sql.date(right) if isinstance(right, datetime.date) else self.figures.text(right.name)  # type: ignore[union-attr]
        return f"{self.figures.text(leaf.name)} {op.replace('!=', '<>')} {other}"

    def _test(self, leaf: Leaf) -> str:
        kind = self.figures.kind(leaf.name)
        if leaf.op in ("missing", "present"):
            if kind == "number":
                known = arith.present(self.figures.number(leaf.name))
            else:
                known = f"{self.figures.text(leaf.name)} IS NOT NULL"
            return known if leaf.op == "present" else f"NOT ({known})"
        if kind in ("number", "date"):
            return self._compare(leaf, leaf.op)
        left, right = self.figures.text(leaf.name), leaf.right
        if isinstance(right, Ref):
            right = self.figures.pack.parameters[right.name].value
        if kind == "year":
            return f"{left} {leaf.op.replace('!=', '<>')} {int(right.value)}"  # type: ignore[union-attr]
        if isinstance(right, tuple):
            return f"{left} IN ({', '.join(map(sql.text, right))})"
        value = str(right).upper() if isinstance(right, bool) else sql.text(str(right))
        return f"{left} {'<>' if leaf.op == '!=' else '='} {value}"

    def _right(self, leaf: Leaf) -> arith.Num:
        if isinstance(leaf.right, Ref):
            return self.figures.number(leaf.right.name)
        return self.figures.quantity(leaf.right)  # type: ignore[arg-type]

    # --- trees ------------------------------------------------------------------------------------------------------

    def tree(self, condition: Condition, flipped: Leaf | None = None) -> str:
        """A condition over the leaf columns; `flipped` is one leaf to turn round."""
        match condition:
            case Leaf():
                column = self.numbers[condition]
                return f"NOT {column}" if condition is flipped else column
            case Not(part):
                return f"NOT ({self.tree(part, flipped)})"
            case All(parts):
                word = " AND "
            case Any_(parts):
                word = " OR "
        # A part that is a tree itself is closed, so that AND and OR never meet unbracketed.
        inner = [self.tree(part, flipped) for part in parts]
        return word.join(
            text if isinstance(part, Leaf | Not) else f"({text})" for part, text in zip(parts, inner, strict=True)
        )

    def outcome_case(self, flipped: Leaf | None = None) -> str:
        """The outcome: 不适用 outside `among`, 待核实 only where a missing figure decides."""
        when = self.tree(self.item.when, flipped)
        if self.item.among is None:
            return f"CASE WHEN {when} THEN '{YES}' WHEN NOT ({when}) THEN '{NO}' ELSE '{PENDING}' END"
        among = self.tree(self.item.among, flipped)
        return (
            f"CASE WHEN NOT ({among}) THEN '{OUTSIDE}'\n"
            f"     WHEN NOT ({when}) THEN '{NO}'\n"
            f"     WHEN ({among}) AND ({when}) THEN '{YES}'\n"
            f"     ELSE '{PENDING}' END"
        )

    # --- why it is open ---------------------------------------------------------------------------------------------

    def open_leaves(self, condition: Condition | None, above: str = "") -> list[tuple[Leaf, str]]:
        """Each leaf with the SQL for "it is unknown, and so is everything above it": only then it matters."""
        if condition is None:
            return []
        here = f"({self.tree(condition)}) IS NULL"
        path = f"{above} AND {here}" if above else here
        match condition:
            case Leaf():
                return [(condition, path)]
            case Not(part):
                return self.open_leaves(part, above)
            case All(parts) | Any_(parts):
                return [found for part in parts for found in self.open_leaves(part, path)]

    def missing(self, *conditions: Condition | None) -> str:
        """SQL for the figures whose absence leaves the conditions open, joined by 、; NULL where none."""
        return self.lacking([found for condition in conditions for found in self.open_leaves(condition)])

    def lacking(self, open_leaves: list[tuple[Leaf, str]]) -> str:
        """SQL for the figures that leaves lack, each leaf with the SQL test that it matters; NULL where none."""
        tests: dict[str, list[str]] = {}
        for leaf, is_open in open_leaves:
            for name in self._names(leaf):
                for figure, gone in self.figures.gaps(name):
                    tests.setdefault(self.figures.label(figure), []).append(f"{is_open} AND {gone}")
                for divisor_figures, useless in self.figures.divisors(name):
                    for figure in divisor_figures:
                        tests.setdefault(self.figures.label(figure), []).append(f"{is_open} AND {useless}")
        return joined("、", [(f"({') OR ('.join(dict.fromkeys(t))})", label) for label, t in tests.items()])

    def _names(self, leaf: Leaf) -> list[str]:
        return [leaf.name, leaf.right.name] if isinstance(leaf.right, Ref) else [leaf.name]

    # --- remarks ----------------------------------------------------------------------------------------------------

    def remarks(self) -> str:
        """SQL for the remarks on an outcome: a figure exactly on a line that decides, a divisor that is no use."""
        parts: dict[str, list[str]] = {}
        trees = [tree for tree in (self.item.among, self.item.when) if tree is not None]
        for leaf in (leaf for tree in trees for leaf in leaves(tree)):
            for test, text in self._leaf_remarks(leaf):
                parts.setdefault(text, []).append(test)
        return joined("；", [(f"({') OR ('.join(dict.fromkeys(tests))})", text) for text, tests in parts.items()])

    def _leaf_remarks(self, leaf: Leaf) -> list[tuple[str, str]]:
        if leaf.name == self.figures.graded:
            column = feeding.computed(leaf.name)
            decides = f"{column} IS NOT NULL AND {self.outcome} <> {self.outcome_case(flipped=leaf)}"
            return [(decides, f"{sql.text(leaf.name + '为测算的 ')} || {column}")]
        if self.figures.kind(leaf.name) not in ("number", "date") or leaf.op not in ORDERINGS:
            return []
        on_line = self._compare(leaf, "=")
        if self.item.among is not None or leaf is not self.item.when:
            on_line += f" AND {self.outcome} <> {self.outcome_case(flipped=leaf)}"
        found = [(on_line, sql.text(f"{leaf.name}恰在线上：{right_words(leaf, self.figures.pack)}"))]
        for figures, useless in self.figures.divisors(leaf.name):
            label = " || '与' || ".join(self.figures.label(figure) for figure in figures)
            found.append((useless, f"{label} || {sql.text(f'不大于0，{leaf.name}无法计算')}"))
        return found

    # --- routes -----------------------------------------------------------------------------------------------------

    def proposal(self) -> str:
        """SQL for the proposed route: the first that applies; 待定 where one before it is not known."""
        branches, otherwise = [], sql.text(NO_ROUTE)
        for route in self.figures.pack.routes(self.item):
            if route.when is None:
                otherwise = sql.text(route.name)
                break
            test = self.tree(route.when)
            branches.append(f"WHEN {test} THEN {sql.text(route.name)}")
            branches.append(f"WHEN ({test}) IS NULL THEN '{UNDECIDED_ROUTE}'")
        return f"CASE {' '.join(branches)} ELSE {otherwise} END" if branches else otherwise

    def reasons(self) -> str:
        """SQL for every route that applies, with the facts that make it apply."""
        parts = []
        for route in self.figures.pack.routes(self.item):
            if route.when is None:
                continue
            facts = joined("、", [(self.numbers[leaf], self._fact(leaf)) for leaf in _positive(route.when)])
            words = f"{sql.text(route.name + '：')} || COALESCE({facts}, '')"
            parts.append((f"({self.tree(route.when)})", words))
        return joined("；", parts)

    def _fact(self, leaf: Leaf) -> str:
        kind = self.figures.kind(leaf.name)
        if kind in ("number", "date") or leaf.op in ("missing", "present"):
            return sql.text(leaf_words(leaf, self.figures.pack))
        if kind == "flag":
            yes, no = WORDS_FOR_FLAG[True], WORDS_FOR_FLAG[False]
            return f"CASE WHEN {self.figures.text(leaf.name)} THEN '{leaf.name}为{yes}' ELSE '{leaf.name}为{no}' END"
        return f"{sql.text(leaf.name + '为')} || {self.figures.text(leaf.name)}"

    def route_missing(self) -> str:
        """SQL for the figures that leave the proposed route open: no route behind one that applies matters."""
        found, before = [], ""
        for route in self.figures.pack.routes(self.item):
            if route.when is None:
                break
            found += self.open_leaves(route.when, before)
            passed = f"({self.tree(route.when)}) IS DISTINCT FROM TRUE"
            before = f"{before} AND {passed}" if before else passed
        return self.lacking(found)


def _positive(condition: Condition) -> list[Leaf]:
    """The leaves whose truth speaks for a condition."""
    match condition:
        case Leaf():
            return [condition]
        case Not():
            return []
        case All(parts) | Any_(parts):
            return [leaf for part in parts for leaf in _positive(part)]


def joined(separator: str, parts: list[tuple[str, str]]) -> str:
    """SQL that joins the texts whose tests hold; NULL where none does."""
    if not parts:
        return "CAST(NULL AS VARCHAR)"
    cases = [f"CASE WHEN {test} THEN {text} END" for test, text in parts]
    return f"NULLIF(CONCAT_WS({sql.text(separator)}, {', '.join(cases)}), '')"
