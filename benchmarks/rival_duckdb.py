"""The rival on a large file: the lists as a DuckDB script written by hand for this one file.

It casts what it needs, takes whatever does not cast as missing, compares exactly, and writes the same lists: routes with their
reasons, what is missing, the remark "exactly on the line". It checks no header, unit, encoding, duplicate or ragged row and
reports nothing. Usage: python benchmarks/rival_duckdb.py DATA.csv OUT.csv
"""

import sys

import duckdb

_NUMBERS = {
    "tax": "税收(万元)", "sales": "销售收入(万元)", "land": "用地面积(亩)", "own": "自有用地(亩)", "rented": "租入用地(亩)", "let": "租出用地(亩)",
    "energy": "综合能耗(吨标煤)", "energy_quota": "核定能耗(吨标煤)", "emission": "排放当量(吨)", "emission_quota": "核定排放(吨)",
    "land_rate": "土地利用率", "capacity_rate": "产能利用率", "energy_rate": "能耗指标利用率", "emission_rate": "排放指标利用率",
}  # fmt: skip
_TEXTS = {
    "code": "统一社会信用代码", "name": "企业名称", "town": "乡镇街道", "park": "园区", "above": "规上", "grade": "综合评价",
    "state": "土地状态", "traded": "进入交易", "fits": "符合产业政策",
}  # fmt: skip

_READ = """
CREATE TABLE firms AS
SELECT *, tax / mu AS per_mu
FROM (
  SELECT *, CASE WHEN coalesce(land, own + rented - let) > 0 THEN coalesce(land, own + rented - let) END AS mu,
         CASE WHEN energy_rate IS NOT NULL THEN energy_rate >= 0.8 WHEN energy_quota > 0 THEN energy >= 0.8 * energy_quota END AS e,
         CASE WHEN emission_rate IS NOT NULL THEN emission_rate >= 0.8
              WHEN emission_quota > 0 THEN emission >= 0.8 * emission_quota END AS x
  FROM (
    SELECT {texts}, nullif(trim("开发意愿"), '-') AS will, {numbers}
    FROM read_csv($source, header=true, all_varchar=true)
    WHERE "年度" = '2023'))
"""

_WRITE = """
COPY (
  SELECT '低效用地' AS "清单", rank() OVER (ORDER BY per_mu, mu DESC) AS "名次", code, name, town, park, tax, mu,
         round(per_mu, 2) AS per_mu, 3 * mu - tax AS gap,
         CASE WHEN state IN ('闲置', '停产') OR traded = '是' THEN '收回'
              WHEN (state IN ('闲置', '停产') OR traded = '是') IS NULL THEN '待定'
              WHEN will = '无' OR fits = '否' THEN '转让' WHEN (will = '无' OR fits = '否') IS NULL THEN '待定'
              WHEN will = '有' AND fits = '是' THEN '改造' ELSE '待定' END AS route,
         concat_ws('；', CASE WHEN state IN ('闲置', '停产') OR traded = '是' THEN '收回：' || concat_ws('、',
                CASE WHEN state IN ('闲置', '停产') THEN '土地状态为' || state END, CASE WHEN traded = '是' THEN '进入交易为是' END) END,
              CASE WHEN will = '无' OR fits = '否' THEN '转让：' || concat_ws('、',
                CASE WHEN will = '无' THEN '开发意愿为无' END, CASE WHEN fits = '否' THEN '符合产业政策为否' END) END,
              CASE WHEN will = '有' AND fits = '是' THEN '改造：符合产业政策为是、开发意愿为有' END) AS reasons,
         concat_ws('、', CASE WHEN state IS NULL THEN '土地状态' END, CASE WHEN traded IS NULL THEN '进入交易' END,
              CASE WHEN will IS NULL THEN '开发意愿' END, CASE WHEN fits IS NULL THEN '符合产业政策' END) AS missing,
         NULL AS remark, NULL AS last, NULL AS sales, NULL AS grade, NULL AS own
  FROM firms WHERE tax < 3 * mu
  UNION ALL
  SELECT '临界', rank() OVER (ORDER BY per_mu, mu DESC), code, name, town, park, tax, mu, round(per_mu, 2), NULL, NULL, NULL,
         NULL, CASE WHEN tax = 3 * mu THEN '亩均税收恰在线上：低效线（3万元/亩）' END, NULL, NULL, NULL, NULL
  FROM firms WHERE tax >= 3 * mu AND tax < 3.3 * mu
  UNION ALL
  SELECT '产能倍增', rank() OVER (ORDER BY tax DESC, per_mu DESC), code, name, town, park, tax, NULL, round(per_mu, 2), NULL,
         NULL, NULL, NULL, concat_ws('；', CASE WHEN land_rate = 0.8 THEN '土地利用率恰在线上：倍增利用率（80%）' END,
              CASE WHEN capacity_rate = 0.8 THEN '产能利用率恰在线上：倍增利用率（80%）' END), NULL, sales, grade, NULL
  FROM firms WHERE (sales >= 10000 OR tax >= 300) AND land_rate >= 0.8 AND capacity_rate >= 0.8 AND e AND x
       AND grade IN ('A', 'B')
  UNION ALL
  SELECT '高税少地', rank() OVER (ORDER BY tax DESC), code, name, town, park, tax, mu, NULL, NULL,
         CASE WHEN rank() OVER (ORDER BY tax DESC) <= 10 THEN '优先供地' ELSE '候补' END, NULL, NULL, NULL, NULL, NULL, NULL, own
  FROM firms WHERE tax >= 300 AND own <= 3 AND park IS NOT NULL
  ORDER BY 1, 2, 3
) TO $target (HEADER)
"""


def main(source: str, target: str) -> None:
    connection = duckdb.connect()
    nothing = "('', '-', '--', '—', '/', '无', '#N/A')"
    numbers = ", ".join(f'TRY_CAST("{column}" AS DECIMAL(18, 6)) AS {name}' for name, column in _NUMBERS.items())
    texts = ", ".join(
        f'CASE WHEN trim("{c}") NOT IN {nothing} THEN trim("{c}") END AS {name}' for name, c in _TEXTS.items()
    )
    connection.execute(_READ.format(numbers=numbers, texts=texts), {"source": source}).fetchall()
    connection.execute(_WRITE, {"target": target}).fetchall()


main(*sys.argv[1:])
