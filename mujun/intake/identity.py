"""Codes of enterprises that are not as they should be: of another length, or with a wrong check digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.intake.findings import MOST_LISTED

if TYPE_CHECKING:
    from mujun import duck
    from mujun.intake.part import Stack

_LENGTH = 18
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: 31 characters, without I, O, S, V and Z."""
_MODULUS = len(_ALPHABET)
_WEIGHTS = [pow(3, i, _MODULUS) for i in range(_LENGTH - 1)]


def look(connection: duck.DuckDBPyConnection, stack: Stack) -> None:
    """Note in each part the codes, as written in it, that are not as GB 32100-2015 has them."""
    for field in (name for name in stack.columns if stack.dataset.fields[name].kind == "code"):
        code = stack.columns[field]
        digits = [f"(strpos('{_ALPHABET}', {code}[{i}]) - 1)" for i in range(1, _LENGTH + 1)]
        weighed = " + ".join(f"{weight} * {digit}" for weight, digit in zip(_WEIGHTS, digits, strict=False))
        right = f"({_MODULUS} - ({weighed}) % {_MODULUS}) % {_MODULUS} = {digits[-1]}"
        known = f"regexp_full_match({code}, '[{_ALPHABET}]{{{_LENGTH}}}')"
        whole = f"length({code}) = {_LENGTH}"
        for kind, wrong in (("M210", f"NOT {whole}"), ("M209", f"{whole} AND NOT ({known} AND {right})")):
            found = connection.execute(
                f"SELECT {stack.part}, MIN({stack.row}), {code}, COUNT(*) FROM {stack.table} "
                f"WHERE {stack.live} AND {wrong} GROUP BY 1, 3 ORDER BY 1, 2"
            ).fetchall()
            for part, rows in stack.by_part(found):
                for n, (row, text, count) in enumerate(rows[:MOST_LISTED], 1):
                    rest = sum(count for *_, count in rows[MOST_LISTED - 1 :]) if n == MOST_LISTED else count
                    part.find(kind, row, part.header(field), text, rest)
