"""A pack's plan over small tables: past years, stand-ins, ranks, the best of a list, and a text nothing can break."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mujun import sql
from mujun.pack import Pack, load_pack
from mujun.plan.outcomes import outcomes_query
from mujun.plan.plan import OUTCOME_COLUMNS, Plan, plans

from .small import CODE, NAME, YEAR, Bench, by_code, codes, firm, write_pack

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

MONEY = {"税收": {"unit": "万元"}, "面积": {"unit": "亩"}}
TWO_YEARS_AGO = {"前年税收": {"formula": "往年(税收, 2)", "unit": "万元"}}


@pytest.fixture(scope="module")
def bench() -> Bench:
    """One engine: making one takes longer than most of these tests."""
    return Bench()


# --- past years ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def growth(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """税收 at least that of last year, and of two years ago; whether 规上 last year."""
    return write_pack(
        tmp_path_factory.mktemp("growth"),
        lists={
            "增长": {"when": {"税收": ">= 上年税收"}, "columns": ["税收", "上年税收"]},
            "两年增长": {"when": {"税收": ">= 前年税收"}},
            "上年规上": {"when": {"上年规上名": "= 是"}},
        },
        fields={**MONEY, "规上": {"type": "flag"}},
        indicators={
            "上年税收": {"formula": "往年(税收, 1)", "unit": "万元"},
            **TWO_YEARS_AGO,
            "上年规上名": {"formula": "往年(规上, 1)"},
        },
    )


def on_list(bench: Bench, pack: Pack, name: str, rows: list[dict[str, Any]], year: int | None = None) -> dict[str, Any]:
    """The outcomes of one list by code."""
    return by_code([row for row in bench.outcomes(pack, rows, year) if row["清单"] == name])


def test_last_year_is_the_year_before_and_not_the_row_before(bench: Bench, growth: Pack) -> None:
    """With a gap in its years an enterprise's last year is unknown, whatever an earlier year said."""
    rows = [
        firm("A", 2023, 税收=5),
        firm("A", 2021, 税收=1),
        firm("B", 2023, 税收=5),
        firm("B", 2022, 税收=9),
        firm("B", 2021, 税收=1),
    ]
    assert on_list(bench, growth, "增长", rows) == {"A": "待核实", "B": "否"}
    assert on_list(bench, growth, "两年增长", rows) == {"A": "是", "B": "是"}


def test_only_the_enterprises_of_the_year_are_judged(bench: Bench, growth: Pack) -> None:
    """An enterprise that has left is not judged; one that is new is, with its past unknown and named by year."""
    rows = [
        firm("left", 2022, 税收=1),
        firm("new", 2023, 税收=1),
        firm("stays", 2022, 税收=1),
        firm("stays", 2023, 税收=1),
    ]
    found = [row for row in bench.outcomes(growth, rows) if row["清单"] == "增长"]
    assert by_code(found) == {"stays": "是", "new": "待核实"}
    assert by_code(found, "缺少") == {"stays": None, "new": "2022年税收"}
    assert {row["年度"] for row in found} == {2023}


def test_an_earlier_year_can_be_judged_and_later_rows_do_not_matter(bench: Bench, growth: Pack) -> None:
    """Judging 2022 compares with 2021 and sees nothing of 2023."""
    rows = [firm("A", 2021, 税收=3), firm("A", 2022, 税收=2), firm("A", 2023, 税收=9), firm("B", 2023, 税收=9)]
    assert on_list(bench, growth, "增长", rows, year=2022) == {"A": "否"}
    assert on_list(bench, growth, "增长", rows) == {"A": "是", "B": "待核实"}


def test_a_past_flag_keeps_its_three_values(bench: Bench, growth: Pack) -> None:
    """A flag of last year is 是, 否 or unknown, as it was written then."""
    rows = [firm(code, 2023) for code in "ABCD"]
    rows += [firm("A", 2022, 规上=True), firm("B", 2022, 规上=False), firm("C", 2022)]
    assert on_list(bench, growth, "上年规上", rows) == {"A": "是", "B": "否", "C": "待核实", "D": "待核实"}


def test_without_years_there_is_no_past(bench: Bench, growth: Pack) -> None:
    """Data without years are one year: all are judged, and what needs the past is unknown, named without a year."""
    found = [row for row in bench.outcomes(growth, [firm("A", None, 税收=1), firm("B", None)]) if row["清单"] == "增长"]
    assert by_code(found) == {"A": "待核实", "B": "待核实"}
    assert by_code(found, "缺少") == {"A": "前1年税收", "B": "税收、前1年税收"}
    assert {row["年度"] for row in found} == {None}


def test_an_enterprise_without_a_code_is_followed_by_its_name(bench: Bench, growth: Pack) -> None:
    """Where data have names alone, an enterprise's past is found by its name, as its rows are told apart by it."""
    rows = [firm(None, 2023, 税收=5, **{NAME: "甲厂"}), firm(None, 2022, 税收=1, **{NAME: "甲厂"})]
    rows += [firm(None, 2023, 税收=5, **{NAME: "乙厂"}), firm("X", 2022, 税收=9, **{NAME: "乙厂"})]
    found = {row["企业名称"]: row["结论"] for row in bench.outcomes(growth, rows) if row["清单"] == "增长"}
    assert found == {"甲厂": "是", "乙厂": "待核实"}


def test_the_past_of_an_indicator_is_computed_from_the_past(bench: Bench, tmp_path: Path) -> None:
    """往年 of an indicator takes every figure of it from that year; years inside one another add up."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"when": {CODE: "present"}, "columns": ["上年亩均", "三年前亩均"]}},
        fields=MONEY,
        indicators={
            "亩均": {"formula": "税收 / 面积", "unit": "万元/亩"},
            "上年亩均": {"formula": "往年(亩均, 1)", "unit": "万元/亩"},
            "三年前亩均": {"formula": "往年(往年(亩均, 1), 2)", "unit": "万元/亩"},
        },
    )
    rows = [firm("A", 2023, 税收=100, 面积=1), firm("A", 2022, 税收=9, 面积=4), firm("A", 2020, 税收=1, 面积=8)]
    [row] = bench.members(pack, rows, "名单")
    assert (row["上年亩均"], row["三年前亩均"]) == (Decimal("2.25"), Decimal("0.13"))


# --- stand-ins -------------------------------------------------------------------------------------------------------


def test_a_fallback_stands_in_for_a_missing_cell_only(bench: Bench, tmp_path: Path) -> None:
    """A figure that is given is taken, 0 included; a missing one is worked out; without its parts it stays missing."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"when": {"面积": ">= 3亩"}, "columns": ["面积"]}},
        fields={"面积": {"unit": "亩", "fallback": "自有 + 租入"}, "自有": {"unit": "亩"}, "租入": {"unit": "亩"}},
    )
    rows = [
        firm("given", 面积=3, 自有=100, 租入=0),
        firm("zero", 面积=0, 自有=9, 租入=9),
        firm("sum", 自有=1, 租入=2),
        firm("part", 自有=9),
    ]
    found = bench.outcomes(pack, rows)
    assert by_code(found) == {"given": "是", "zero": "否", "sum": "是", "part": "待核实"}
    assert by_code(found, "缺少")["part"] == "面积"
    assert by_code(found, "提示")["sum"] == "面积恰在线上：3亩"


def test_a_ratio_as_fallback_is_exact_this_year_and_in_the_past(bench: Bench, tmp_path: Path) -> None:
    """1.76 / 2.2 stands in for a blank 0.8 exactly, now and last year; with a quota of 0 the figure stays missing."""
    pack = write_pack(
        tmp_path,
        lists={
            "达标": {"when": {"利用率": ">= 80%"}, "columns": ["利用率", "上年利用率"], "rank": ["利用率 desc"]},
            "上年达标": {"when": {"上年利用率": ">= 80%"}},
        },
        fields={
            "利用率": {"digits": 4, "fallback": "能耗 / 核定"},
            "能耗": {"unit": "吨标煤"},
            "核定": {"unit": "吨标煤"},
        },
        indicators={"上年利用率": {"formula": "往年(利用率, 1)", "digits": 4}},
    )
    rows = [firm("A", 2023, 利用率="0.9", 能耗=0, 核定=1), firm("A", 2022, 能耗="1.76", 核定="2.2")]
    rows += [firm("B", 2023, 能耗="1.76", 核定="2.2"), firm("B", 2022, 利用率="0.8"), firm("C", 2023, 能耗=1, 核定=0)]
    rows += [firm("D", 2023, 能耗="1.759999", 核定="2.2"), firm("D", 2022, 能耗="1.759999", 核定="2.2")]
    assert on_list(bench, pack, "达标", rows) == {"A": "是", "B": "是", "C": "待核实", "D": "否"}
    assert on_list(bench, pack, "上年达标", rows) == {"A": "是", "B": "是", "C": "待核实", "D": "否"}
    first, second = bench.members(pack, rows, "达标")
    assert (first[CODE], first["利用率"], first["上年利用率"]) == ("A", Decimal("0.9"), Decimal("0.8"))
    assert (second[CODE], second["利用率"], second["上年利用率"]) == ("B", Decimal("0.8"), Decimal("0.8"))


# --- ranks -----------------------------------------------------------------------------------------------------------


def test_ties_share_a_rank_and_stand_in_the_order_of_their_codes(bench: Bench, tmp_path: Path) -> None:
    """Ranks are 1, 2, 2, 4; 3.3/1.1 ties with 3/1; the unknown come last; within a tie the code decides."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"when": {CODE: "present"}, "rank": ["亩均 desc", "税收 asc"], "columns": ["亩均"]}},
        fields=MONEY,
        indicators={"亩均": {"formula": "税收 / 面积", "unit": "万元/亩"}},
    )
    rows = [firm("d", 税收=1), firm("e", 税收=3, 面积=1), firm("b", 税收=3, 面积=1), firm("z", 税收=9, 面积=1)]
    rows += [firm("a", 税收="3.3", 面积="1.1"), firm("c", 税收=0, 面积=0)]
    found = bench.members(pack, rows, "名单")
    assert list(zip(codes(found), (row["名次"] for row in found), strict=True)) == [
        ("z", 1), ("b", 2), ("e", 2), ("a", 4), ("c", 5), ("d", 6),
    ]  # fmt: skip
    told = bench.outcomes(pack, rows)
    assert [(row["统一社会信用代码"], row["名次"]) for row in told] == [(row[CODE], row["名次"]) for row in found]


@pytest.mark.parametrize(
    ("first", "within"),
    [("1家", ["b", "c"]), ("2家", ["b", "c"]), ("3家", ["b", "c", "a"]), ("9家", ["b", "c", "a", "d"])],
)
def test_a_tie_at_the_cut_is_within(bench: Bench, tmp_path: Path, first: str, within: list[str]) -> None:
    """The best n of a list are proposed 优先; who ties with the last of them is not left out; the others are 候补."""
    pack = write_pack(
        tmp_path,
        lists={
            "名单": {
                "when": {"税收": "> 0元"},
                "rank": ["税收 desc"],
                "top": {"first": "家数", "within": "优先", "beyond": "候补"},
            }
        },
        fields=MONEY,
        parameters={"家数": {"value": first}},
    )
    rows = [firm("a", 税收=5), firm("b", 税收=9), firm("c", 税收=9), firm("d", 税收=1), firm("e", 税收=0), firm("f")]
    found = bench.members(pack, rows, "名单")
    assert [row[CODE] for row in found if row["建议处置"] == "优先"] == within
    assert [row["建议处置"] for row in found] == ["优先"] * len(within) + ["候补"] * (4 - len(within))
    told = {row["统一社会信用代码"]: row["建议处置"] for row in bench.outcomes(pack, rows)}
    assert told == {**{row[CODE]: row["建议处置"] for row in found}, "e": None, "f": None}


def test_the_summary_counts_every_outcome_and_sums_what_is_known(bench: Bench, tmp_path: Path) -> None:
    """A list's heading: how many came out how, the sum of each total over its members, and how many members know it."""
    pack = write_pack(
        tmp_path,
        lists={"名单": {"among": {"规上": "= 是"}, "when": {"税收": ">= 1万元"}}, "空": {"when": {"税收": "> 99万元"}}},
        fields={**MONEY, "规上": {"type": "flag"}, "率": {"fallback": "税收 / 余额"}, "余额": {"unit": "万元"}},
        totals=["税收", "面积", "率"],
    )
    rows = [
        firm("a", 税收="1.5", 规上=True, 面积=2),
        firm("b", 税收=2, 规上=True, 余额=4),
        firm("c", 税收=0, 规上=True),
    ]
    rows += [firm("d", 规上=True), firm("e", 税收=7, 面积=9, 规上=False), firm("f", 税收=5)]
    bench.load(pack, rows)
    plan = Plan(pack, tuple(pack.lists.values()))
    bench.judge(plan)
    full, empty = bench.engine.run(plan.summary_query())
    assert full[:5] == ("名单", 2, 1, 2, 1)
    assert full[5:] == (Decimal("3.50"), 2, Decimal(2), 1, Decimal("0.50"), 1)
    assert empty == ("空", 0, 5, 1, 0, None, 0, None, 0, None, 0)


def test_what_is_asked_for_beside_a_lists_own_columns_is_on_it(bench: Bench, growth: Pack) -> None:
    """`extra` puts fields and indicators on every list, behind its own columns, once each."""
    rows = [firm("A", 2023, 税收=2, 面积=3, 规上=True), firm("A", 2022, 税收=1)]
    bench.load(growth, rows)
    plan = Plan(growth, tuple(growth.lists.values()), None, ("面积", "税收", "规上", "前年税收", YEAR))
    bench.judge(plan)
    [row] = bench.ask(plan.list_query(growth.lists["增长"]))
    assert list(row) == ["清单", "名次", CODE, NAME, "税收", "上年税收", "面积", "规上", "前年税收", YEAR, "提示"]
    assert (row["面积"], row["规上"], row["前年税收"], row[YEAR]) == (Decimal(3), "是", None, 2023)


# --- the text --------------------------------------------------------------------------------------------------------

RICH: dict[str, Any] = {
    "lists": {
        "低效": {
            "cites": "一（一）",
            "note": "说明",
            "among": {"规上": "= 是"},
            "when": {"any": [{"亩均": "< 线", "cites": "一（二）"}, {"not": {"等级": "in [A, B]"}}]},
            "rank": ["亩均 asc", "面积 desc"],
            "columns": ["税收", "亩均", "上年税收"],
            "precedence": "先后",
            "routes": {
                "收回": {"when": {"all": [{"等级": "= C"}, {"税收": "< 上年税收"}]}, "cites": "一（三）"},
                "改造": {},
            },
        },
        "优先": {
            "when": {"税收": ">= 9万元"},
            "rank": ["税收 desc"],
            "top": {"first": "家数", "within": "优先", "beyond": "候补"},
        },
    },
    "fields": {
        **MONEY,
        "面积": {"unit": "亩", "fallback": "自有 + 租入"},
        "自有": {"unit": "亩"},
        "租入": {"unit": "亩"},
        "规上": {"type": "flag"},
        "等级": {"type": "choice", "values": {"A": [], "B": [], "C": []}},
    },
    "indicators": {
        "亩均": {"formula": "税收 / 面积", "unit": "万元/亩"},
        "上年税收": {"formula": "往年(税收, 1)", "unit": "万元"},
    },
    "parameters": {
        "线": {"value": "3万元/亩", "cites": "一（二）"},
        "先后": {"value": ["收回", "改造"]},
        "家数": {"value": "2家"},
    },
    "totals": ["税收", "面积"],
}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A pack with one of everything."""
    return write_pack(tmp_path_factory.mktemp("rich"), **RICH)


def test_the_text_of_a_plan(rich: Pack, snapshot: SnapshotAssertion) -> None:
    """What an auditor reads changes only on purpose."""
    assert Plan(rich, tuple(rich.lists.values()), 2023).text == snapshot


def test_the_text_is_what_runs(bench: Bench, rich: Pack) -> None:
    """The printed text, run as it stands, makes the same lists and outcomes as mujun's own queries."""
    rows = [
        firm("A", 税收=9, 面积=4, 规上=True, 等级="C"),
        firm("B", 税收=1, 自有=1, 租入=1, 规上=True),
        firm("C", 2022, 税收=1),
    ]
    plan = Plan(rich, tuple(rich.lists.values()))
    bench.load(rich, rows)
    bench.judge(plan)
    wanted = [bench.engine.run(query.sql) for query in (*map(plan.list_query, plan.lists), plan.outcomes_query())]
    bench.engine.run('DROP TABLE "结论"')
    statements = plan.text.split(";\n")[:-1]
    assert len(statements) == 2 + len(plan.lists)
    assert [bench.engine.run(statement) for statement in statements][1:] == wanted


def test_the_text_does_not_depend_on_chance(tmp_path: Path) -> None:
    """The same pack gives the same text in every process, whatever Python's hash seed."""
    code = (
        "import sys; from mujun.pack import load_pack; from mujun.plan.plan import Plan; p = load_pack(sys.argv[1]); "
    )
    code += "sys.stdout.buffer.write(Plan(p, tuple(p.lists.values())).text.encode())"
    pack = write_pack(tmp_path, **RICH)
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {Plan(pack, tuple(pack.lists.values())).text.encode()}


def test_one_list_alone_reads_no_column_it_does_not_need(rich: Pack) -> None:
    """A plan for one list names only the fields of that list, of its leading columns and of the totals."""
    plan = Plan(rich, rich.select(("优先",)))
    assert set(plan.fields) == {CODE, NAME, YEAR, "税收", "面积", "自有", "租入"}
    assert plan.parameters == ["家数"]
    assert set(Plan(rich, rich.select(("低效",))).parameters) == {"线", "先后"}


def test_every_query_says_what_its_columns_hold(bench: Bench, rich: Pack) -> None:
    """Each query yields the columns it announces, with their units and decimals; outcomes always the same nine."""
    bench.load(rich, [firm("A", 税收=9, 面积=4, 规上=True)])
    plan = Plan(rich, tuple(rich.lists.values()))
    bench.judge(plan)
    assert tuple(column.name for column in plan.outcomes_query().columns) == OUTCOME_COLUMNS
    for query in (*map(plan.list_query, plan.lists), plan.outcomes_query()):
        described = bench.engine.run(f"DESCRIBE {query.sql}")
        assert [row[0] for row in described] == [column.name for column in query.columns]
        for (_, kind, *_), column in zip(described, query.columns, strict=True):
            assert (kind != "VARCHAR") is column.is_number, (kind, column)
    columns = {column.name: column for column in plan.list_query(rich.lists["低效"]).columns}
    assert (str(columns["税收"].unit), columns["税收"].fixed) == ("万元", False)
    assert (str(columns["亩均"].unit), columns["亩均"].digits, columns["亩均"].fixed) == ("万元/亩", 2, True)


# --- hostile texts ---------------------------------------------------------------------------------------------------

HOSTILE = (
    "O'Neil\"",
    "a\nb",
    "a\r\n'b",
    "x' OR '1'='1",
    '"; DROP TABLE "企业"; --',
    "-- 注释",
    "/* x",
    "'; SELECT 1;\n--",
    "\\",
    "%s{}",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_pack_breaks_out_of_the_sql(bench: Bench, tmp_path: Path, text: str) -> None:
    """Names of lists, clauses, notes, routes, choices and parameters may hold quotes, comments and line breaks."""
    kinds = [f"{letter}{text}镇" for letter in "甲乙"]
    routes = {f"{text}收": {"when": {"镇": f"= {kinds[0]}"}, "cites": text, "note": text}, f"{text}改": {}}
    pack = write_pack(
        tmp_path,
        lists={
            f"{text}名单": {
                "cites": f"{text}款",
                "note": text,
                "when": {"all": [{"镇": "in 镇名", "cites": text, "note": text}, {"税收": ">= 1万元", "note": text}]},
                "columns": ["税收", "镇"],
                "precedence": "先后",
                "routes": routes,
            },
            "优选": {
                "when": {"税收": ">= 1万元"},
                "top": {"first": "家数", "within": f"{text}内", "beyond": f"{text}外"},
            },
        },
        fields={**MONEY, "镇": {"type": "choice", "values": {kind: [] for kind in (*kinds, "丙")}, "note": text}},
        indicators={"亩均": {"formula": "税收\n/ 面积", "unit": "万元/亩", "note": text}},
        parameters={
            "镇名": {"value": kinds, "cites": text, "note": text},
            "先后": {"value": list(routes)},
            "家数": {"value": "1家"},
        },
    )
    rows = [
        firm("A", 税收=1, 镇=kinds[0]),
        firm("B", 税收=2, 镇=kinds[1]),
        firm("C", 税收=1, 镇="丙"),
        firm("D", 税收=1),
    ]
    found = bench.members(pack, rows, f"{text}名单")
    assert [(row[CODE], row["镇"], row["建议处置"]) for row in found] == [
        ("A", kinds[0], f"{text}收"),
        ("B", kinds[1], f"{text}改"),
    ]
    assert {row["清单"] for row in found} == {f"{text}名单"}
    told = bench.outcomes(pack, rows)
    assert Counter((row["清单"], row["结论"]) for row in told) == {
        (f"{text}名单", "是"): 2, (f"{text}名单", "否"): 1, (f"{text}名单", "待核实"): 1, ("优选", "是"): 4,
    }  # fmt: skip
    assert {row["建议处置"] for row in told if row["清单"] == "优选"} == {f"{text}内", f"{text}外"}
    changed = pack.with_parameters({"镇名": kinds[1]})
    assert [row[CODE] for row in bench.members(changed, rows, f"{text}名单")] == ["B"]
    bench.load(pack, rows)
    bench.engine.run('DROP TABLE "结论"')
    for statement in bench.engine.connection.extract_statements(Plan(pack, tuple(pack.lists.values())).text):
        bench.engine.connection.execute(statement).fetchall()
    assert bench.engine.run('SELECT COUNT(*) FROM "企业"') == [(4,)]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_the_data_come_out_as_they_went_in(bench: Bench, rich: Pack, text: str) -> None:
    """A name, a code or a town in the data is carried through untouched, and runs nothing."""
    rows = [firm(text, 税收=9, 面积=1, **{NAME: text}), firm("B", 税收=9, 面积=1)]
    found = {row[CODE]: row[NAME] for row in bench.members(rich, rows, "优先")}
    assert found == {text: text, "B": "企业B"}


@given(
    st.text(st.sampled_from("a'\"-\n\r ;\\中·\u2028"), max_size=12),
    st.text(st.sampled_from("a'\"-\n\r ;\\中"), max_size=12),
)
def test_quoting_and_indenting_keep_a_text(bench: Bench, one: str, other: str) -> None:
    """Whatever it holds, a quoted text or name means itself, however deep in a statement it stands."""
    inner = f"{sql.comment(one)}\nSELECT {sql.text(one)} AS {sql.name('n' + other)},\n{sql.text(other)} AS m"
    whole = f"SELECT\n{sql.items([sql.name('n' + other), 'm'], 4)}\nFROM (\n{sql.indent(sql.indent(inner), 3)}\n)"
    cursor = bench.engine.connection.execute(whole)
    assert [column[0] for column in cursor.description] == ["n" + other, "m"]
    assert cursor.fetchall() == [(one, other)]


# --- table or view ---------------------------------------------------------------------------------------------------

amounts = st.none() | st.integers(-1, 12)
firms = st.lists(
    st.fixed_dictionaries(
        {
            "税收": amounts,
            "面积": amounts,
            "自有": amounts,
            "租入": amounts,
            "规上": st.none() | st.booleans(),
            "等级": st.sampled_from([None, "A", "B", "C"]),
            "上年": amounts,
        }
    ),
    max_size=10,
)


@settings(max_examples=15)
@given(firms)
def test_a_view_of_the_verdicts_says_what_a_table_says(bench: Bench, rich: Pack, drawn: list[dict[str, Any]]) -> None:
    """Many rows are judged query by query, few at once: lists, outcomes and counts are the same."""
    rows = []
    for number, row in enumerate(drawn):
        past = row["上年"]
        rows += [firm(f"C{number}", 2023, **row), firm(f"C{number}", 2022, 税收=past)]
    plan = Plan(rich, tuple(rich.lists.values()))
    bench.load(rich, rows)
    found = []
    for view in (False, True):
        bench.judge(plan, view=view)
        queries = [*map(plan.list_query, plan.lists), plan.outcomes_query()]
        found.append([*(bench.ask(query) for query in queries), bench.engine.run(plan.summary_query())])
    assert found[0] == found[1]


def test_the_shipped_packs_have_plans(bench: Bench) -> None:
    """Every pack that comes with mujun compiles to SQL that the engine takes, on an empty table too."""
    pack = load_pack()
    bench.load(pack, [])
    found = plans(pack, tuple(pack.lists.values()))
    assert sum(len(plan.lists) for plan in found) == len(pack.lists)
    for plan in found:
        bench.judge(plan)
        assert all(bench.ask(query) == [] for query in (*map(plan.list_query, plan.lists), plan.outcomes_query()))
        assert [row[1:5] for row in bench.engine.run(plan.summary_query())] == [(0, 0, 0, 0)] * len(plan.lists)
        assert not plan.divisor_labels or len(bench.engine.run(plan.divisors_query())) == 1
    assert bench.ask(outcomes_query(found)) == []
