"""Macros of DuckDB: the SQL that reads a cell, said once for the cells of all columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun import sql

if TYPE_CHECKING:
    from collections.abc import Collection

MISSING = (
    *("-", "--", "—", "——", "–", "－", "/", "／", "\\", "无", "N/A", "n/a", "NA"),
    *("NULL", "null", "None", "none", "nan", "NaN", "<NA>", "NaT"),
)
"""Cells that say "no figure"; blank is one too. 0 is a value."""

ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
"""Error cells of a spreadsheet."""

_WIDE = (
    "０１２３４５６７８９．，－−＋％＃／！ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ"
    "\u3000\xa0\u2007\u2009\u202f\t\r\n\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)
_NARROW = "0123456789.,--+%#/!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + " " * 8
"""What stands for each sign of `_WIDE`; the last of those, which do not show, are dropped."""

_BLANKS = r"[\t\n\r\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
_UNSEEN = r"[\x00-\x1f\x7f-\x9f\x{ad}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}\x{feff}]"


def among(values: Collection[str]) -> str:
    """SQL for the list behind IN: each text once."""
    return "(" + ", ".join(sql.text(value) for value in dict.fromkeys(values)) + ")"


_NO_FIGURE = sql.text("\x1f".join(["", "", *MISSING, ""]))
"""Each of them between separators: one search is planned sooner than a list of comparisons."""

_PLAIN = r"[0-9A-Za-z\x{4e00}-\x{9fff}（）()]+"
"""Only letters, digits and brackets, as in most names: nothing to tidy."""

MACROS = f"""
CREATE OR REPLACE MACRO mj_bare(x) AS
  trim(ltrim(translate(x, {sql.text(_WIDE)}, {sql.text(_NARROW)}), {sql.text(" '‘’＇")}));
CREATE OR REPLACE MACRO mj_clean(x) AS
  regexp_replace(regexp_replace(x, '{_BLANKS}', ' ', 'g'), '{_UNSEEN}', '', 'g');
CREATE OR REPLACE MACRO mj_bare_code(x) AS
  upper(trim(replace(CASE WHEN strlen(x) = length(x) THEN mj_clean(x) ELSE mj_bare(mj_clean(x)) END, ' ', ''), '="'''));
CREATE OR REPLACE MACRO mj_bare_text(x) AS rtrim(ltrim(mj_clean(x), ' '''));
CREATE OR REPLACE MACRO mj_code(x) AS CASE WHEN x = '' THEN NULL WHEN regexp_full_match(x, '[0-9A-Z]{{18}}') THEN x
  WHEN mj_bare_code(x) NOT IN {among(("", *(word.upper() for word in MISSING), *ERRORS))} THEN mj_bare_code(x) END;
CREATE OR REPLACE MACRO mj_text(x) AS CASE WHEN x = '' THEN NULL
  WHEN strlen(x) > {max(len(word.encode()) for word in (*MISSING, *ERRORS))} AND regexp_full_match(x, '{_PLAIN}') THEN x
  WHEN mj_bare_text(x) NOT IN {among(("", *MISSING, *ERRORS))} THEN mj_bare_text(x) END;
CREATE OR REPLACE MACRO mj_odd(x) AS
  CASE WHEN x <> '' THEN NOT contains({_NO_FIGURE}, chr(31) || x || chr(31)) ELSE FALSE END;
"""
"""What is needed for cell after cell, made once for each database.

DuckDB takes longer to parse the same text anew than to read 2,000 cells. To ask whether a macro is there takes longer
than to make it: DuckDB looks for one of a similar name.

``mj_bare`` folds full-width forms and odd blanks and drops a leading apostrophe; ``mj_clean`` tidies a text.

``mj_text`` and ``mj_code`` read a cell: nearly every one has nothing to tidy, which is quickly seen. A plain code is
ASCII, as many bytes as characters; spreadsheets write codes as ="0123", too. ``mj_odd`` tells whether a cell is neither
blank nor one of `MISSING`: by CASE, as DuckDB swaps what AND joins to see which is quicker.
"""
