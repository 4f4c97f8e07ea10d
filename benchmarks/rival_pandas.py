"""The rival on a small file: what an analyst would write with pandas for two of the lists.

Straightforward, with the floats and the two-valued logic that come with it; it names neither odd cells nor missing figures.
Usage: python benchmarks/rival_pandas.py DATA.csv OUT.csv
"""

import sys

import pandas as pd


def main(source: str, target: str) -> None:
    data = pd.read_csv(source, dtype={"统一社会信用代码": str, "行业代码": str}, na_values=["-", "--", "—", "/", "无"])
    data.columns = [name.split("(")[0] for name in data.columns]
    now = data[data["年度"] == data["年度"].max()].copy()
    land = now["自有用地"] + now["租入用地"] - now["租出用地"]
    now["用地面积"] = now["用地面积"].fillna(land)
    now["亩均税收"] = now["税收"] / now["用地面积"].where(now["用地面积"] > 0)
    now["能耗指标利用率"] = now["能耗指标利用率"].fillna(now["综合能耗"] / now["核定能耗"].where(now["核定能耗"] > 0))
    now["排放指标利用率"] = now["排放指标利用率"].fillna(now["排放当量"] / now["核定排放"].where(now["核定排放"] > 0))

    low = now[now["亩均税收"] < 3].sort_values(
        ["亩均税收", "用地面积", "统一社会信用代码"], ascending=[True, False, True]
    )
    low = low.assign(清单="低效用地", 名次=range(1, len(low) + 1), 距低效线税收=3 * low["用地面积"] - low["税收"])
    rates = ["土地利用率", "产能利用率", "能耗指标利用率", "排放指标利用率"]
    big = (now["销售收入"] >= 10000) | (now["税收"] >= 300)
    double = now[big & (now[rates] >= 0.8).all(axis=1) & now["综合评价"].isin(["A", "B"])]
    double = double.sort_values(["税收", "亩均税收", "统一社会信用代码"], ascending=[False, False, True])
    double = double.assign(清单="产能倍增", 名次=range(1, len(double) + 1))

    lead = ["清单", "名次", "统一社会信用代码", "企业名称", "乡镇街道", "园区"]
    both = pd.concat([low[[*lead, "税收", "用地面积", "亩均税收", "距低效线税收"]],
                      double[[*lead, "销售收入", "税收", "亩均税收", "综合评价"]]])  # fmt: skip
    both.to_csv(target, index=False, float_format="%.2f")


main(*sys.argv[1:])
