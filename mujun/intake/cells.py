"""Cells: the SQL that turns text into typed values, casting first and repairing only what does not cast.

Runs on DuckDB only. Amounts become whole millionths of the field's unit: ``元`` and ``㎡`` with two decimals are exact
in ``万元`` and ``亩``. A cell that says nothing is missing; one that says something unreadable is missing too, and a
finding.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mujun import sql
from mujun.intake import dates
from mujun.intake.macros import ERRORS, MISSING, among
from mujun.quantity import PURE, SCALE, Unit, normalise

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mujun.intake.header import Mapped
    from mujun.pack.policy import Field

YES_WORDS = ("是", "1", "√", "✓", "✔", "有", "Y", "YES", "TRUE", "T", "1.0", "true")
NO_WORDS = ("否", "0", "×", "✗", "✘", "N", "NO", "FALSE", "F", "0.0", "false")

LARGEST = 2**51
"""Scaled amounts beyond this (2.25e9 万元) cannot be recovered exactly from a double."""


class Cells:
    """The SQL of one file's cells. What needs a sign that is not among the file's `signs` is left out."""

    def __init__(self, signs: str) -> None:
        self.signs = signs

    def stages(self, columns: Collection[Mapped]) -> list[list[str]]:
        """The quick readings as ``f<index>``, in SELECT lists that build on each other, the first on the cells.

        They are right for the usual spellings, and NULL for whatever needs a closer look. A figure is read as a double
        ``d<index>`` and brought to scale as ``n<index>``; that no decimal is lost is known where the way back leads to
        the same double, as no two decimals of up to fifteen digits share one.
        """
        scales = {m.index: scale for m in columns if m.field.kind == "number" and (scale := _scale(m)).denominator == 1}
        numbers = [m for m in columns if m.index in scales]
        times = {m.index: self._times(m, scales[m.index]) for m in numbers}
        doubles = [f"{self._double(m)} AS d{m.index}" for m in numbers]
        # More than fifteen digits, infinite or no number: NULL.
        scaled = "CAST(TRY_CAST(d{0} * {1} AS DECIMAL(15, 0)) AS BIGINT) AS n{0}"
        wholes = [scaled.format(m.index, times[m.index]) for m in numbers]
        values = [
            f"{self._exact(m.index, times[m.index], scales[m.index]) if m in numbers else self._value(m)} AS f{m.index}"
            for m in columns
        ]
        return [stage for stage in (doubles, wholes, values) if stage]

    def _double(self, mapped: Mapped) -> str:
        cell = figure = f"c{mapped.index}"
        # Thousands separators in their places, and a percent sign, are common enough to be read at once.
        if "," in self.signs:
            grouped = f"regexp_full_match({cell}, '[+-]?[0-9]{{1,3}}(,[0-9]{{3}})+(\\.[0-9]*)?')"
            figure = f"CASE WHEN contains({cell}, ',') AND {grouped} THEN replace({cell}, ',', '') ELSE {figure} END"
        if self._may_be_percent(mapped):
            percent = f"regexp_full_match({cell}, '[0-9]+(\\.[0-9]*)?%')"
            figure = f"CASE WHEN suffix({cell}, '%') AND {percent} THEN left({cell}, -1) ELSE {figure} END"
        # DuckDB takes 1_000 and +-5 for numbers.
        doubts = [f"contains({cell}, '{text}')" for text in ("_", "+-") if text[0] in self.signs]
        double = f"TRY_CAST({figure} AS DOUBLE)"
        return f"CASE WHEN NOT ({' OR '.join(doubts)}) THEN {double} END" if doubts else double

    def _times(self, mapped: Mapped, scale: Fraction) -> str:
        if not self._may_be_percent(mapped):
            return str(scale)
        return f"CASE WHEN suffix(c{mapped.index}, '%') THEN {_percent_scale(mapped)} ELSE {scale} END"

    def _may_be_percent(self, mapped: Mapped) -> bool:
        is_ratio = mapped.field.unit.dimension == PURE
        return "%" in self.signs and is_ratio and _percent_scale(mapped).denominator == 1

    @staticmethod
    def _exact(index: int, times: str, scale: Fraction) -> str:
        # Where the scale is no power of ten, what it takes in digits is missing on the way back.
        own = str(scale).rstrip("0")
        digits = 15 if own == "1" else 15 - len(own)
        return f"CASE WHEN n{index} / {times} = d{index} AND strlen(c{index}) <= {digits} THEN n{index} END"

    @staticmethod
    def _value(mapped: Mapped) -> str:
        cell, field = f"c{mapped.index}", mapped.field
        match field.kind:
            case "number":
                return "CAST(NULL AS BIGINT)"
            case "year":
                return f"CASE WHEN regexp_full_match({cell}, '(19|20)[0-9][0-9]') THEN CAST({cell} AS INTEGER) END"
            case "date":
                return dates.quick(cell)
            case "flag" | "choice":
                # The first spelling of each value is by far the most common: try those before all the others.
                choices = _choices(mapped)
                branches = [f"WHEN {cell} = {sql.text(words[0])} THEN {value}" for value, words in choices.items()]
                branches += [
                    f"WHEN {cell} IN {among(words[1:])} THEN {value}" for value, words in choices.items() if words[1:]
                ]
                return f"CASE {' '.join(branches)} END"
            case "code":
                return f"mj_code({cell})"
            case _:
                return f"mj_text({cell})"

    def unread(self, columns: Collection[Mapped]) -> str:
        """The cells not taken of a row in which one says something that the quick reading did not take, as a list.

        NULL for other rows. `mj_odd` tells which of the cells say something.
        """
        tests, cells = [], []
        for m in columns:
            cell, missing, is_text = f"c{m.index}", f"f{m.index} IS NULL", m.field.kind in ("code", "text")
            if is_text and "#" not in self.signs:
                continue
            error = f" AND contains({cell}, '#')" if is_text else ""
            tests.append(f"CASE WHEN {missing}{error} THEN mj_odd({cell}) END")
            cells.append(f"{{'i': {m.index}, 't': CASE WHEN {missing}{error} THEN {cell} END}}")
        if not cells:
            return "CAST(NULL AS STRUCT(i INTEGER, t VARCHAR)[])"
        # DuckDB looks no further than the first test that holds.
        return f"CASE WHEN {' OR '.join(tests)} THEN [{', '.join(cells)}] END"


_IS_NUMBER = r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)?(\.[0-9]*)?([eE][+-]?[0-9]+)?( *%)?"
_IS_WITH_UNIT = r"([+-]?[0-9][0-9,]*(?:\.[0-9]*)?) *([^0-9,. %][^0-9]*)"
_IS_YEAR = r"^((?:19|20)[0-9]{2})(?: *年度?|\.0+)?$"


def suffixes() -> str:
    """SQL for what stands behind the figures in cells of ``mj_unread(r, i, t)``: i and the text, each once."""
    part = f"regexp_extract(mj_bare(t), '^{_IS_WITH_UNIT}$', 2)"
    figures = "(SELECT DISTINCT i, t FROM mj_unread WHERE regexp_matches(t, '[0-9０-９]'))"
    return f"SELECT DISTINCT i, {part} AS unit FROM {figures} WHERE unit <> '' AND strlen(unit) <= 30 LIMIT 1000"


def closer_look(mapped: Collection[Mapped], units: Mapping[tuple[int, str], Unit]) -> str:
    """SQL that reads the narrow table ``mj_unread(r, i, t)``, cells by row and column, with more care: each text once.

    `mapped` are the columns in it.
    `units` are those that may stand behind a figure, by column and text. It yields r, i, t, `number` (BIGINT), `word`
    (a choice, or true/false) and `verdict`: ``ok``, ``unit`` (read by the unit in the cell), ``nothing`` (says that
    there is no figure), ``cut`` (finer than a millionth of the unit: cut there), ``huge``, ``error`` or ``odd``.
    Binary noise (35.199999999999996) is rounded away: at the twelfth decimal, and where a figure would be cut and has
    more than fifteen digits, at the fifteenth, as spreadsheets do.
    """
    has_dates = any(m.field.kind == "date" for m in mapped)
    columns, spellings, own_units = [], ["(-1, '', '')"], ["(-1, '', CAST(1 AS HUGEINT), CAST(1 AS HUGEINT))"]
    targets = {m.index: m.field.unit for m in mapped}
    for (index, text), unit in units.items():
        own_units.append(f"({index}, {sql.text(text.upper())}, {_ratio(unit.factor / targets[index].factor * SCALE)})")
    for m in mapped:
        kind, is_ratio = m.field.kind, m.field.unit.dimension == PURE
        scale = _scale(m) if kind == "number" else None
        percent = _percent_scale(m) if kind == "number" and is_ratio else None
        columns.append(f"({m.index}, '{kind}', {_ratio(scale)}, {_ratio(percent)})")
        if kind in ("flag", "choice"):
            words = [(word, value) for value, words in _choices(m).items() for word in words]
            found = {form.upper(): value for word, value in words for form in (word, normalise(word))}
            quote = str if kind == "choice" else sql.text
            spellings += [f"({m.index}, {sql.text(word)}, {quote(value)})" for word, value in found.items()]
    return f"""
WITH kinds (i, kind, times, parts, percent_times, percent_parts) AS (VALUES {", ".join(columns)}),
spellings (i, spelling, value) AS (VALUES {", ".join(spellings)}),
units (i, unit, unit_times, unit_parts) AS (VALUES {", ".join(own_units)}),
bare AS (SELECT *, upper(mj_bare(t)) AS b FROM (SELECT DISTINCT i, t FROM mj_unread) JOIN kinds USING (i)),
parted AS (
  SELECT *, CASE WHEN kind = 'number' THEN regexp_extract(b, '^{_IS_WITH_UNIT}$', 2) ELSE '' END AS unit FROM bare),
shaped AS (
  SELECT * REPLACE (CASE WHEN suffix(b, '%') THEN percent_times ELSE COALESCE(unit_times, times) END AS times,
                    CASE WHEN suffix(b, '%') THEN percent_parts ELSE COALESCE(unit_parts, parts) END AS parts),
         CASE WHEN unit_times IS NOT NULL THEN replace(regexp_extract(b, '^{_IS_WITH_UNIT}$', 1), ',', '')
              WHEN kind = 'number' AND regexp_full_match(b, '{_IS_NUMBER}') THEN replace(rtrim(b, ' %'), ',', '')
              END AS figure
  FROM parted LEFT JOIN units USING (i, unit)),
read AS (SELECT *, {_product("figure")} AS exact FROM shaped),
valued AS (
  SELECT * REPLACE (CASE WHEN exact % parts <> 0 AND {_DIGITS} > 15 THEN {_product(_ROUNDED)} ELSE exact END AS exact),
         CASE WHEN kind = 'year' THEN TRY_CAST(regexp_extract(b, '{_IS_YEAR}', 1) AS BIGINT) END AS year
  FROM read){dates.STAGE if has_dates else ""}
SELECT r, valued.i AS i, valued.t AS t,
       COALESCE(CAST(exact // parts AS BIGINT), year{", day" if has_dates else ""}) AS number, value AS word,
       CASE WHEN exact % parts = 0 AND unit_times IS NOT NULL THEN 'unit'
            WHEN value IS NOT NULL OR year IS NOT NULL OR exact % parts = 0 THEN 'ok'
            WHEN b IN {among(("", *(word.upper() for word in MISSING)))} THEN 'nothing'
            WHEN exact IS NOT NULL THEN 'cut'
            WHEN b IN {among(ERRORS)} THEN 'error'{dates.VERDICTS if has_dates else ""}
            WHEN times IS NOT NULL AND TRY_CAST(figure AS DOUBLE) IS NOT NULL THEN 'huge'
            ELSE 'odd' END AS verdict
FROM {"dated AS valued" if has_dates else "valued"} LEFT JOIN spellings ON spellings.i = valued.i AND spelling = b
JOIN mj_unread ON mj_unread.i = valued.i AND mj_unread.t = valued.t
"""


_DIGITS = "length(ltrim(regexp_replace(figure, '[eE].*|[^0-9]', '', 'g'), '0'))"
_ROUNDED = "format('{:.15g}', TRY_CAST(figure AS DOUBLE))"
_FINEST = 12
"""Decimals of a figure as written."""


def _product(figure: str) -> str:
    """A decimal text times its scale, as a whole number of `parts`; NULL where it is none or comes out too large."""
    in_range = f"abs(TRY_CAST({figure} AS DOUBLE) * times / parts * 1e{_FINEST}) < {LARGEST}"
    digits = f"replace(CAST(TRY_CAST({figure} AS DECIMAL(38, {_FINEST})) AS VARCHAR), '.', '')"
    return f"CASE WHEN {in_range} THEN CAST({digits} AS HUGEINT) * times END"


def _ratio(scale: Fraction | None) -> str:
    """A scale as SQL: by what the digits of a figure are multiplied, and by what that is divided."""
    if scale is None:
        return "CAST(NULL AS HUGEINT), CAST(NULL AS HUGEINT)"
    return f"CAST({scale.numerator} AS HUGEINT), CAST({scale.denominator * 10**_FINEST} AS HUGEINT)"


def _choices(mapped: Mapped) -> dict[str, list[str]]:
    """The values of a flag or choice as SQL literals, each with its spellings: the usual ones and those of the pack."""
    field = mapped.field
    if field.kind == "flag":
        none = ("无",) if mapped.offers_none else ()
        no = [*NO_WORDS, *none, *field.values.get("否", ())]
        return {"TRUE": [*YES_WORDS, *field.values.get("是", ())], "FALSE": no}
    return {sql.text(value): [value, *others] for value, others in field.values.items()}


def _scale(mapped: Mapped) -> Fraction:
    """By what a figure of the file is multiplied to become whole millionths of the field's unit."""
    return mapped.unit.factor / mapped.field.unit.factor * SCALE


def _percent_scale(mapped: Mapped) -> Fraction:
    """As `_scale` for a cell with its own percent sign: it speaks for itself, whatever the header says."""
    return Fraction(SCALE, 100) / mapped.field.unit.factor


def finding(field: Field, verdict: str, read: int | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Which finding a verdict of `closer_look` on a cell is, with its parameters; `read` is the number read."""
    codes = {"cut": "M204", "error": "M202", "huge": "M203", "unit": "M207"}
    if verdict in codes:
        return codes[verdict], ()
    if field.kind == "date":
        code = {"noday": "M212", "month": "M213", "serial": "M214"}.get(verdict, "M211")
        return code, (("date", dates.shown(read)),) if read is not None else ()
    if field.kind in ("choice", "flag"):
        choices = "、".join(field.values) if field.kind == "choice" else "是、否、1、0、√"
        return "M205", (("field", field.name), ("choices", choices))
    return "M206" if field.kind == "year" else "M201", ()
