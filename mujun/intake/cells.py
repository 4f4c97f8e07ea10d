"""Cells: the SQL that turns text into typed values, casting first and repairing only what does not cast.

Runs on DuckDB only. Amounts become whole millionths of the field's unit: ``元`` and ``㎡`` with two decimals are exact in
``万元`` and ``亩``. A cell that says nothing is missing; one that says something unreadable is missing too, and odd.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from mujun.intake.header import Mapped
from mujun.pack.policy import Field
from mujun.quantity import PURE, SCALE, normalise

MISSING = ("-", "--", "—", "——", "–", "/", "\\", "无", "N/A", "n/a", "NA", "NULL", "null", "None", "none", "nan", "NaN",
           "<NA>", "NaT")  # fmt: skip
"""Cells that say "no figure"; blank is one too. 0 is a value."""

ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
"""Error cells of a spreadsheet."""

YES_WORDS = ("是", "1", "√", "✓", "✔", "有", "Y", "YES", "TRUE", "T", "1.0")
NO_WORDS = ("否", "0", "×", "✗", "✘", "无", "N", "NO", "FALSE", "F", "0.0")

LARGEST = 2**51
"""Scaled amounts beyond this (2.25e9 万元) cannot be recovered exactly from a double."""

_NARROW = (
    "０１２３４５６７８９．，－＋％ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ\u3000\xa0\u200b\ufeff\u2028\t\r\n",
    "0123456789.,-+%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz        ",
)
_CONTROL_CLASS = "[\\x00-\\x1f\\x7f-\\x9f\\x{200b}-\\x{200f}\\x{2028}-\\x{202e}\\x{2066}-\\x{2069}\\x{feff}]"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _in(values: Iterable[str]) -> str:
    return "(" + ", ".join(_text(value) for value in dict.fromkeys(values)) + ")"


# 'mj_narrow' folds full-width forms and odd blanks; 'mj_number' reads what a plain cast does not: separators in their
# places, full-width digits, a leading apostrophe, percent signs. A number with more than twelve decimals is the noise of
# binary floats (35.199999999999996) and is rounded there.
MACROS = f"""
CREATE OR REPLACE TEMP MACRO mj_narrow(x) AS trim(translate(x, {_text(_NARROW[0])}, {_text(_NARROW[1])}));
CREATE OR REPLACE TEMP MACRO mj_bare(x) AS ltrim(mj_narrow(x), '''‘’');
CREATE OR REPLACE TEMP MACRO mj_says_nothing(x) AS mj_bare(x) IN {_in(("", *MISSING))};
CREATE OR REPLACE TEMP MACRO mj_plain_number(t) AS
  CASE WHEN regexp_full_match(t, '[+-]?([0-9]+|[0-9]{{1,3}}(,[0-9]{{3}})+)?(\\.[0-9]*)?([eE][+-]?[0-9]+)?')
       THEN TRY_CAST(replace(t, ',', '') AS DECIMAL(38, 12)) END;
CREATE OR REPLACE TEMP MACRO mj_number(x) AS mj_plain_number(mj_bare(x));
CREATE OR REPLACE TEMP MACRO mj_percent(x) AS
  CASE WHEN suffix(mj_bare(x), '%') THEN mj_plain_number(trim(left(mj_bare(x), -1))) END;
CREATE OR REPLACE TEMP MACRO mj_within(v, k) AS CASE WHEN abs(v) < 1000000000000 AND abs(v * k) < {LARGEST} THEN v * k END;
CREATE OR REPLACE TEMP MACRO mj_year(x) AS
  TRY_CAST(regexp_extract(mj_bare(x), '^((?:19|20)[0-9]{{2}})(?:年度?|\\.0+)?$', 1) AS INTEGER);
CREATE OR REPLACE TEMP MACRO mj_clean(x) AS
  nullif(trim(regexp_replace(translate(x, '\u3000\xa0\t\r\n', '     '), '{_CONTROL_CLASS}', '', 'g')), '');
"""


class Cells:
    """The SQL of one file's cells. `rough` and `risky_numbers` are traits of the file, see `mujun.intake.source`."""

    def __init__(self, rough: bool, risky_numbers: bool) -> None:
        self.rough, self.risky_numbers = rough, risky_numbers

    def first(self, mapped: Mapped) -> str:
        """The quick reading of a cell: right for plain cells, NULL for whatever needs repair."""
        cell, field = f"c{mapped.index}", mapped.field
        match field.kind:
            case "number":
                return self._quick_number(cell, _scale(mapped))
            case "year":
                return f"CASE WHEN strlen({cell}) = 4 THEN TRY_CAST({cell} AS INTEGER) END"
            case "flag":
                yes, no = flag_words(field)
                return f"CASE WHEN {cell} IN {_in(yes)} THEN TRUE WHEN {cell} IN {_in(no)} THEN FALSE END"
            case "choice":
                return _choice(cell, field)
            case _:
                return self._text(cell, field)

    def repaired(self, mapped: Mapped) -> str | None:
        """The thorough reading, tried where the quick one gave nothing; None for texts, which need none."""
        cell, field = f"c{mapped.index}", mapped.field
        match field.kind:
            case "number":
                number = f"trunc({self._exact(mapped)})"
                return f"CAST({number} AS BIGINT)"
            case "year":
                return f"mj_year({cell})"
            case "flag":
                yes, no = flag_words(field)
                bare = f"upper(mj_bare({cell}))"
                return f"CASE WHEN {bare} IN {_in(yes)} THEN TRUE WHEN {bare} IN {_in(no)} THEN FALSE END"
            case "choice":
                return _choice(f"upper(mj_bare({cell}))", field, upper=True)
            case _:
                return None

    def is_odd(self, mapped: Mapped) -> str:
        """Whether a cell that the quick reading did not take says something unreadable, or more than can be kept."""
        cell = f"c{mapped.index}"
        unreadable = f"({self.repaired(mapped)}) IS NULL"
        if mapped.field.kind == "number":
            exact = self._exact(mapped)
            unreadable = f"(({exact}) IS NULL OR ({exact}) <> trunc({exact}))"
        return f"NOT mj_says_nothing({cell}) AND {unreadable}"

    def loses_decimals(self, mapped: Mapped) -> str:
        """Whether an odd number was readable but finer than a millionth."""
        return f"({self._exact(mapped)}) IS NOT NULL"

    def _exact(self, mapped: Mapped) -> str:
        cell, scale = f"c{mapped.index}", _scale(mapped)
        number = f"mj_within(mj_number({cell}), {_decimal(scale)})"
        if mapped.field.unit.dimension != PURE:
            return number
        # A percent sign in the cell speaks for itself, whatever the header says.
        own = Fraction(SCALE, 100) / mapped.field.unit.factor
        return f"COALESCE(mj_within(mj_percent({cell}), {_decimal(own)}), {number})"

    def _quick_number(self, cell: str, scale: Fraction) -> str:
        if scale.denominator != 1:
            return "CAST(NULL AS BIGINT)"
        decimals = 0
        while decimals < 6 and scale % 10 ** (decimals + 1) == 0:
            decimals += 1
        short = f"strlen({cell}) <= {decimals + 1} OR strpos({cell}, '.') = 0 OR strlen({cell}) - strpos({cell}, '.') <= {decimals}"
        plain = f"({short}) AND NOT regexp_matches({cell}, '[_eEnN]')" if self.risky_numbers else short
        number = f"round(TRY_CAST({cell} AS DOUBLE) * {scale.numerator})"
        return f"CASE WHEN ({plain}) AND abs({number}) < {LARGEST} THEN TRY_CAST({number} AS BIGINT) END"

    def _text(self, cell: str, field: Field) -> str:
        cleaned = f"mj_clean({cell})" if self.rough else f"nullif(trim({cell}), '')"
        if field.kind == "code":
            # A plain code is ASCII: as many bytes as characters.
            cleaned = f"CASE WHEN strlen({cell}) = length({cell}) THEN upper({cleaned}) ELSE upper(mj_bare({cell})) END"
            cleaned = f"ltrim({cleaned}, '''')"
        return f"CASE WHEN {cleaned} NOT IN {_in((*MISSING, *ERRORS))} THEN {cleaned} END"


def flag_words(field: Field) -> tuple[list[str], list[str]]:
    """The spellings of 是 and 否 for a field, in upper case: the usual ones and those of the pack."""
    yes = [*YES_WORDS, *(normalise(word).upper() for word in field.values.get("是", ()))]
    no = [*NO_WORDS, *(normalise(word).upper() for word in field.values.get("否", ()))]
    return yes, no


def _choice(cell: str, field: Field, upper: bool = False) -> str:
    branches = []
    for value, others in field.values.items():
        words = [normalise(word).upper() if upper else word for word in (value, *others)]
        branches.append(f"WHEN {cell} IN {_in(words)} THEN {_text(value)}")
    return f"CASE {' '.join(branches)} END"


def _scale(mapped: Mapped) -> Fraction:
    """By what a figure of the file is multiplied to become whole millionths of the field's unit."""
    return mapped.unit.factor / mapped.field.unit.factor * SCALE


def _decimal(scale: Fraction) -> str:
    """A scale as a SQL literal; units are finite decimals of each other."""
    places = 0
    while (scale * 10**places).denominator != 1:
        places += 1
        if places > 20:
            raise ValueError(f"no finite decimal: {scale}")
    digits = str(int(scale * 10**places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
