"""The rival in grading: a method of six indicators as a DuckDB script written by hand for this one file.

It takes whatever does not cast as missing, divides in floating point, scores each indicator against the group's own sum / sum,
ranks 规上 and 规下 apart and cuts each at 20/60/95 %. It checks nothing and explains nothing.
Usage: python benchmarks/rival_grade.py DATA.csv OUT.csv
"""

import sys

import duckdb

_NUMBERS = {
    "tax": "税收(万元)", "sales": "销售收入(万元)", "added": "工业增加值(万元)", "research": "研发经费(万元)", "land": "用地面积(亩)",
    "own": "自有用地(亩)", "rented": "租入用地(亩)", "let": "租出用地(亩)", "energy": "综合能耗(吨标煤)",
    "emission": "排放当量(吨)", "people": "平均职工人数",
}  # fmt: skip
_TEXTS = {
    "code": "统一社会信用代码",
    "name": "企业名称",
    "town": "乡镇街道",
    "park": "园区",
    "above": "规上",
    "grade": "综合评价",
}
_ITEMS = {
    "tax_mu": ("tax", "mu", 30), "added_mu": ("added", "mu", 20), "added_energy": ("added", "energy", 20),
    "added_emission": ("added", "emission", 10), "added_people": ("added", "people", 10),
    "research_share": ("research", "sales", 10),
}  # fmt: skip


def main() -> None:
    source, out = sys.argv[1:]
    connection = duckdb.connect()
    header = connection.execute(f"SELECT * FROM read_csv('{source}', all_varchar=true) LIMIT 0").description
    names = {column[0].split("(")[0]: column[0] for column in header}
    numbers = ", ".join(
        f"TRY_CAST(replace(\"{names[h.split('(')[0]]}\", ',', '') AS DOUBLE) AS {key}" for key, h in _NUMBERS.items()
    )
    texts = ", ".join(f'"{names[header]}" AS {key}' for key, header in _TEXTS.items())
    ratios = ", ".join(f"CASE WHEN {b} > 0 THEN {a} / {b} END AS {key}" for key, (a, b, _) in _ITEMS.items())
    means = ", ".join(
        f"sum(CASE WHEN {b} >= 0 THEN {a} END) / sum(CASE WHEN {a} IS NOT NULL AND {b} >= 0 THEN {b} END) AS {key}_mean"
        for key, (a, b, _) in _ITEMS.items()
    )
    points = ", ".join(
        f"greatest({key} / {key}_mean * {100 if key == 'tax_mu' else 0}, 0) AS {key}_alone, "
        f"greatest({key} / {key}_mean * {weight}, 0) AS {key}_points"
        for key, (_, _, weight) in _ITEMS.items()
    )
    total = " + ".join(f"{key}_points" for key in _ITEMS)
    shown = ", ".join(f"round({key}, 2) AS {key}, round({key}_points, 4) AS {key}_points" for key in _ITEMS)
    connection.execute(f"""
    CREATE TABLE firms AS SELECT *, {ratios} FROM (
      SELECT *, CASE WHEN coalesce(land, own + rented - let) > 0 THEN coalesce(land, own + rented - let) END AS mu FROM (
        SELECT {texts}, {numbers} FROM read_csv('{source}', header=true, all_varchar=true) WHERE "年度" = '2023'));
    CREATE TABLE means AS SELECT above, {means} FROM firms WHERE above IN ('是', '否') GROUP BY above;
    COPY (
      SELECT above, place, code, name, town, park, round(score, 4) AS score,
             CASE WHEN place * 100 <= n * 20 THEN 'A' WHEN place * 100 <= n * 60 THEN 'B'
                  WHEN place * 100 <= n * 95 THEN 'C' WHEN place IS NOT NULL THEN 'D' END AS computed, grade, {shown}
      FROM (
        SELECT *, CASE WHEN score IS NOT NULL THEN rank() OVER (PARTITION BY above, score IS NULL ORDER BY score DESC) END AS place,
               count(*) OVER (PARTITION BY above, score IS NULL) AS n
        FROM (SELECT *, CASE WHEN above = '是' THEN {total} ELSE tax_mu_alone END AS score
              FROM (SELECT firms.*, {points} FROM firms LEFT JOIN means USING (above))))
      ORDER BY above DESC, place NULLS LAST, code
    ) TO '{out}' (HEADER)""")


main()
