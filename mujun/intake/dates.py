"""Cells that are dates: the SQL that reads each usual spelling, and tells what cannot be a day.

``2021-5-3``, ``2021/5/3``, ``2021.5.3``, ``2021年5月3日``, ``20210503``, with a time of day or without. A month alone
stands for its first day, and the numbers by which spreadsheets count days are read: both are findings.
"""

from __future__ import annotations

import datetime

_ISO = "(19|20)[0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_YEAR = "((?:19|20)[0-9]{2})"
_TIME = "(?:[ T]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]+)?)?Z?)?"
_DAY = f"{_YEAR} *[-/.年] *([0-9]{{1,2}}) *[-/.月] *([0-9]{{1,2}}) *[日号]?{_TIME}"
_DIGITS = f"{_YEAR}([0-9]{{2}})([0-9]{{2}})(?:[.]0+)?"
_MONTH = f"{_YEAR} *(?:[-/.年] *([0-9]{{1,2}}) *(?:月份?)?|([0-9]{{2}}))"
# A spreadsheet shows the figure 2021.10 as 2021.1: that may be either month.
_AMBIGUOUS = f"{_YEAR}[.]1"
_SERIAL = "[1-7][0-9]{4}(?:[.][0-9]+)?"
_FIRST_SERIAL, _LAST_SERIAL = 29_221, 73_050
"""From 1980 to 2099; what is smaller is likelier to be something else."""
_SERIAL_OF_1970 = 25_569

_WRITTEN = rf"""CASE WHEN regexp_full_match(b, '{_DAY}') THEN regexp_replace(b, '^{_DAY}$', '\1-\2-\3')
              WHEN regexp_full_match(b, '{_DIGITS}') THEN regexp_replace(b, '^{_DIGITS}$', '\1-\2-\3')
              WHEN regexp_full_match(b, '{_MONTH}') AND NOT regexp_full_match(b, '{_AMBIGUOUS}')
              THEN regexp_replace(b, '^{_MONTH}$', '\1-\2\3-1') END"""
_IS_SERIAL = f"""regexp_full_match(b, '{_SERIAL}')
              AND TRY_CAST(b AS DOUBLE) >= {_FIRST_SERIAL} AND TRY_CAST(b AS DOUBLE) < {_LAST_SERIAL + 1}"""

STAGE = f""",
written AS (
  SELECT *, CASE WHEN kind = 'date' THEN {_WRITTEN} END AS written, kind = 'date' AND {_IS_SERIAL} AS serial
  FROM valued),
dated AS (
  SELECT *, CASE WHEN serial THEN CAST(floor(TRY_CAST(b AS DOUBLE)) AS BIGINT) - {_SERIAL_OF_1970}
                 ELSE DATE_DIFF('day', DATE '1970-01-01', TRY_CAST(written AS DATE)) END AS day
  FROM written)"""
"""SQL to follow ``valued`` in `mujun.intake.cells.closer_look`: `day` counts from 1970-01-01."""

VERDICTS = f"""
            WHEN serial THEN 'serial'
            WHEN written IS NOT NULL AND day IS NULL THEN 'noday'
            WHEN regexp_full_match(b, '{_DAY}') AND day IS NOT NULL THEN 'ok'
            WHEN regexp_full_match(b, '{_DIGITS}') AND day IS NOT NULL THEN 'ok'
            WHEN day IS NOT NULL THEN 'month'"""
"""SQL for what a date is: ``ok``, ``month``, ``serial``, or ``noday``, which the calendar does not have."""

VALUE = "DATE '1970-01-01' + CAST(number AS INTEGER)"
"""SQL for the date that a number of days stands for."""


def quick(cell: str) -> str:
    """SQL for the quick reading of a cell."""
    return f"CASE WHEN regexp_full_match({cell}, '{_ISO}') THEN TRY_CAST({cell} AS DATE) END"


def shown(days: int) -> str:
    """The date so many days after 1970-01-01."""
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=days)).isoformat()
