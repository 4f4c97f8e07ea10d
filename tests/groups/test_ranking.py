"""Rankings: ties, unknown figures, scales, directions, figures of rows made into figures of groups."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from mujun.errors import UsageError
from mujun.groups.ranking import Ranked, rank
from tests.groups.small import FIRMS, write_csv, write_pack

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = {"by": "片区", "level": "100%", "growth": "0%", "measures": {"总税收": "1"}}


def ranked(folder: Path, item: dict[str, Any], *rows: tuple[object, ...], **options: Any) -> Ranked:
    """Ranked groups of rows (district, year, tax, land)."""
    indicators = {
        "指标": {
            "亩均": {"formula": "税收 / 用地", "unit": "万元/亩"},
            "积": {"formula": "税收 * 用地", "unit": "万元·亩"},
        }
    }
    pack = write_pack(folder / "pack", rankings={"排名": {"片": {"aliases": ["areas"], **item}}}, indicators=indicators)
    lines = [(f"A{i:03}", f"企业{i}", year, area, "是", tax, land) for i, (area, year, tax, land) in enumerate(rows)]
    data = write_csv(folder / "firms.csv", FIRMS, lines)
    return rank(data, pack, **options)


def places(found: Ranked) -> dict[str, int | None]:
    """The rank of each group."""
    return {one.group: one.rank for one in found.standings}


def test_equals_share_a_rank(tmp_path: Path) -> None:
    """1, 2, 2, 4."""
    rows = [(name, 2023, tax, 1) for name, tax in (("甲", 9), ("乙", 5), ("丙", 5), ("丁", 1))]
    assert places(ranked(tmp_path, LEVELS, *rows)) == {"甲": 1, "乙": 2, "丙": 2, "丁": 4}


def test_the_scale_is_that_of_the_pack(tmp_path: Path) -> None:
    """Between worst and best, or as a share of the best."""
    rows = [("甲", 2023, 8, 1), ("乙", 2023, 6, 1), ("丙", 2023, 4, 1)]
    spread = ranked(tmp_path, LEVELS, *rows)
    assert [one.score for one in spread.standings] == [100, 50, 0]
    best = ranked(tmp_path, {**LEVELS, "normalise": "占最优比"}, *rows)
    assert [one.score for one in best.standings] == [100, 75, 50]


def test_weights_are_shares_of_their_sum(tmp_path: Path) -> None:
    """Weights of 3 and 1 are three quarters and one; growth and level likewise as parameters."""
    item = {"by": "片区", "level": "基数权重", "growth": "增速权重", "measures": {"总税收": "3", "亩均税收": "1"}}
    rows = [("甲", 2022, 1, 1), ("甲", 2023, 2, 2), ("乙", 2022, 4, 1), ("乙", 2023, 4, 1)]
    found = {one.group: one.score for one in ranked(tmp_path, item, *rows).standings}
    # 甲: level 0, growth best; per mu level 0, growth 0 like 乙's, which counts as best for both.
    assert found == {"甲": Fraction(3, 4) * 50 + Fraction(1, 4) * 50, "乙": Fraction(3, 4) * 50 + Fraction(1, 4) * 100}


def test_what_has_no_year_before_has_no_growth_and_no_rank(tmp_path: Path) -> None:
    """A new group is listed last, with what is missing."""
    item = {**LEVELS, "growth": "50%"}
    found = ranked(tmp_path, item, ("甲", 2022, 1, 1), ("甲", 2023, 2, 1), ("新", 2023, 9, 1))
    assert places(found) == {"甲": 1, "新": None}
    assert found.standings[-1].gaps == ("2022年总税收",)


def test_the_change_on_last_year(tmp_path: Path) -> None:
    """Up is positive."""
    rows = [("甲", 2022, 1, 1), ("乙", 2022, 2, 1), ("甲", 2023, 4, 1), ("乙", 2023, 2, 1)]
    found = ranked(tmp_path, LEVELS, *rows)
    assert {one.group: one.change for one in found.standings} == {"甲": 1, "乙": -1}


def test_rows_of_no_group_are_counted(tmp_path: Path) -> None:
    """They take no part, and it is said how many they are."""
    found = ranked(tmp_path, LEVELS, ("甲", 2023, 1, 1), (None, 2023, 5, 1))
    assert (places(found), found.outside) == ({"甲": 1}, 1)


def test_groups_may_be_left_out(tmp_path: Path) -> None:
    """`without` names them."""
    found = ranked(tmp_path, {**LEVELS, "without": ["其他"]}, ("甲", 2023, 1, 1), ("其他", 2023, 5, 1))
    assert places(found) == {"甲": 1}


def test_an_indicator_of_rows_becomes_sum_over_sum(tmp_path: Path) -> None:
    """税收 / 用地 of a group is the sum of the one over the sum of the other."""
    rows = [("甲", 2023, 9, 1), ("甲", 2023, 1, 9), ("乙", 2023, 2, 1)]
    found = ranked(tmp_path, LEVELS, *rows, indicators=["亩均"])
    level = {one.group: one.parts[0].level for one in found.standings}
    factor = found.standings[0].parts[0].measure.unit.factor
    assert {group: value and value / factor for group, value in level.items()} == {"乙": 2, "甲": 1}
    assert places(ranked(tmp_path, LEVELS, *rows, indicators=["亩均 asc"])) == {"甲": 1, "乙": 2}


@pytest.mark.parametrize("name", ["强度", "积", "片区"])
def test_what_cannot_be_added_up_is_refused(tmp_path: Path, name: str) -> None:
    """A ratio as such, a product of figures, a text."""
    with pytest.raises(UsageError, match="不能成组计算"):
        ranked(tmp_path, LEVELS, ("甲", 2023, 1, 1), indicators=[name])


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    """With the nearest, and with what there is."""
    with pytest.raises(UsageError, match="没有排名“area”，是否想写“areas”"):
        ranked(tmp_path, LEVELS, ("甲", 2023, 1, 1), name="area")
    with pytest.raises(UsageError, match="没有指标“税受”，是否想写“税收”"):
        ranked(tmp_path, LEVELS, ("甲", 2023, 1, 1), indicators=["税受"])
    with pytest.raises(UsageError, match="数据里没有 2019 年"):
        ranked(tmp_path, LEVELS, ("甲", 2023, 1, 1), year=2019)


def test_uplifts_and_sides(tmp_path: Path) -> None:
    """What is known of an uplift counts; the best third is a strength, the last a weakness."""
    item = {**LEVELS, "uplifts": {"效益": ["亩均税收", "盘活面积合计"], "规模": "清单家数 asc"}}
    rows = [("甲", 2023, 9, 1), ("乙", 2023, 6, 1), ("丙", 2023, 3, 1)]
    found = {one.group: one for one in ranked(tmp_path, item, *rows).standings}
    assert dict(found["甲"].uplifts) == {"效益": 100, "规模": 100}
    assert dict(found["乙"].uplifts) == {"效益": 50, "规模": 100}
    assert found["甲"].strong == ("总税收(1)", "效益(1)")
    assert found["丙"].weak == ("总税收(3)", "效益(3)")
