"""Codes of enterprises that are not as they should be: of another length, or with a wrong check digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mujun.intake.findings import MOST_LISTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mujun import duck
    from mujun.intake.part import Part

_LENGTH = 18
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: 31 characters, without I, O, S, V and Z."""
_MODULUS = len(_ALPHABET)
_WEIGHTS = [pow(3, i, _MODULUS) for i in range(_LENGTH - 1)]


def look(connection: duck.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    """Note in each part the codes that are not as GB 32100-2015 has them."""
    coded = [(part, mapped) for part in parts for mapped in part.read_in if mapped.field.kind == "code"]
    for part, mapped in coded:
        code = part.columns[mapped.field.name]
        digits = [f"(strpos('{_ALPHABET}', {code}[{i}]) - 1)" for i in range(1, _LENGTH + 1)]
        weighed = " + ".join(f"{weight} * {digit}" for weight, digit in zip(_WEIGHTS, digits, strict=False))
        right = f"({_MODULUS} - ({weighed}) % {_MODULUS}) % {_MODULUS} = {digits[-1]}"
        known = f"regexp_full_match({code}, '[{_ALPHABET}]{{{_LENGTH}}}')"
        whole = f"length({code}) = {_LENGTH}"
        for kind, wrong in (("M210", f"NOT {whole}"), ("M209", f"{whole} AND NOT ({known} AND {right})")):
            found = connection.execute(
                f"SELECT MIN({part.row}), {code}, COUNT(*) FROM {part.table} WHERE {part.live} AND {wrong} "
                "GROUP BY 2 ORDER BY 1"
            ).fetchall()
            for number, (row, text, count) in enumerate(found[:MOST_LISTED], 1):
                rest = sum(count for *_, count in found[MOST_LISTED - 1 :]) if number == MOST_LISTED else count
                part.find(kind, row, mapped.header, text, rest)
