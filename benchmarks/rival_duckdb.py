"""The rival on a large file: the five lists as a DuckDB script written by hand for this one file.

It casts what it needs, takes whatever does not cast as missing, and writes the same lists; it compares in DOUBLE, reports
nothing, and names no missing figure. Usage: python benchmarks/rival_duckdb.py DATA.csv OUT.csv
"""

import sys

import duckdb

_NUMBERS = {
    "tax": "税收(万元)", "sales": "销售收入(万元)", "land": "用地面积(亩)", "own": "自有用地(亩)", "rented": "租入用地(亩)", "let": "租出用地(亩)",
    "energy": "综合能耗(吨标煤)", "energy_quota": "核定能耗(吨标煤)", "emission": "排放当量(吨)", "emission_quota": "核定排放(吨)",
    "land_rate": "土地利用率", "capacity_rate": "产能利用率", "energy_rate": "能耗指标利用率", "emission_rate": "排放指标利用率",
}  # fmt: skip

_READ = """
CREATE TABLE firms AS
SELECT *, coalesce(land, own + rented - let) AS mu, tax / CASE WHEN coalesce(land, own + rented - let) > 0
          THEN coalesce(land, own + rented - let) END AS per_mu,
       coalesce(energy_rate, energy / CASE WHEN energy_quota > 0 THEN energy_quota END) AS e,
       coalesce(emission_rate, emission / CASE WHEN emission_quota > 0 THEN emission_quota END) AS x
FROM (
  SELECT "统一社会信用代码" AS code, "企业名称" AS name, "乡镇街道" AS town, "园区" AS park, "规上" AS above, "综合评价" AS grade,
         "土地状态" AS state, "进入交易" AS traded, "开发意愿" AS will, "符合产业政策" AS fits, {numbers}
  FROM read_csv($source, header=true, all_varchar=true)
  WHERE "年度" = '2023')
"""

_WRITE = """
COPY (
  SELECT '低效用地' AS "清单", rank() OVER (ORDER BY per_mu, mu DESC) AS "名次", code, name, town, park, tax, mu,
         round(per_mu, 2) AS per_mu, round(3 * mu - tax, 2) AS gap,
         CASE WHEN state IN ('闲置', '停产') OR traded = '是' THEN '收回' WHEN will = '无' OR fits = '否' THEN '转让'
              WHEN will = '有' AND fits = '是' THEN '改造' ELSE '待定' END AS route,
         NULL AS last, NULL AS sales, NULL AS grade, NULL AS own
  FROM firms WHERE per_mu < 3
  UNION ALL
  SELECT '临界', rank() OVER (ORDER BY per_mu, mu DESC), code, name, town, park, tax, mu, round(per_mu, 2), NULL, NULL,
         NULL, NULL, NULL, NULL
  FROM firms WHERE per_mu >= 3 AND per_mu < 3.3
  UNION ALL
  SELECT '产能倍增', rank() OVER (ORDER BY tax DESC, per_mu DESC), code, name, town, park, tax, NULL, round(per_mu, 2), NULL,
         NULL, NULL, sales, grade, NULL
  FROM firms WHERE (sales >= 10000 OR tax >= 300) AND land_rate >= 0.8 AND capacity_rate >= 0.8 AND e >= 0.8 AND x >= 0.8
       AND grade IN ('A', 'B')
  UNION ALL
  SELECT '高税少地', rank() OVER (ORDER BY tax DESC), code, name, town, park, tax, mu, NULL, NULL, NULL, NULL, NULL, NULL, own
  FROM firms WHERE tax >= 300 AND own <= 3 AND park IS NOT NULL
  ORDER BY 1, 2, 3
) TO $target (HEADER)
"""


def main(source: str, target: str) -> None:
    connection = duckdb.connect()
    numbers = ", ".join(f'TRY_CAST("{column}" AS DOUBLE) AS {name}' for name, column in _NUMBERS.items())
    connection.execute(_READ.format(numbers=numbers), {"source": source}).fetchall()
    connection.execute(_WRITE, {"target": target}).fetchall()


main(*sys.argv[1:])
