"""Write the sample data: one fictional county district, its industrial enterprises, year by year.

``python samples/generate.py`` rewrites ``samples/data.csv``, byte for byte the same on every run. Every enterprise,
code and figure is invented. Firms are drawn in blocks of up to 2,000; a larger ``--firms`` is more blocks of the same
shape, so memory stays flat. Figures are integers (hundredths, and ten-thousandths for utilisation) from the moment
they are drawn, so what is written never depends on how a platform prints a float.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from math import exp, lcm, log
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SEED = 330703
YEARS = (2020, 2021, 2022, 2023)
BLOCK = 2000  # firms drawn, ranked and planted together
SQUARE = 3  # land comes in steps of 0.03亩, which are 20㎡: a registry that counts in ㎡ writes it without a fraction
COLUMNS = (
    "统一社会信用代码", "企业名称", "年度", "乡镇街道", "园区", "行业代码", "规上", "税收(万元)", "销售收入(万元)",
    "工业总产值(万元)", "工业增加值(万元)", "研发经费(万元)", "用地面积(亩)", "自有用地(亩)", "租入用地(亩)",
    "租出用地(亩)", "综合能耗(吨标煤)", "核定能耗(吨标煤)", "用电量(万千瓦时)", "排放当量(吨)", "核定排放(吨)",
    "平均职工人数(人)", "土地利用率", "产能利用率", "能耗指标利用率", "排放指标利用率", "综合评价", "土地状态",
    "进入交易", "开发意愿", "符合产业政策",
)  # fmt: skip

# Turnover, in firms of a full block
CHURN = 40  # replaced each year
SHORT_LIVED = 3  # of those leaving, how many had only come the year before
RETURNING = 4  # of those coming, how many had left the year before

# Cells that are missing at random, and how that is written; blank mostly
MISSING_RATE = 0.0305
MISSING_MARKS = ("", "", "", "", "", "", "-", "--", "—", "/", "#N/A", "无")  # the last one not where 无 is a value
FIRST_MISSABLE = COLUMNS.index("行业代码")
LAND = COLUMNS.index("用地面积(亩)")
LAND_PARTS = {LAND + 1, LAND + 2, LAND + 3}
WILL = COLUMNS.index("开发意愿")

# Town: weight and its parks
TOWNS: dict[str, tuple[int, tuple[str, ...]]] = {
    "多湖街道": (4, ("多湖中央未来区",)),
    "东孝街道": (4, ("多湖中央未来区",)),
    "孝顺镇": (26, ("孝顺工业园区", "低田工业功能区")),
    "傅村镇": (12, ("傅村工业园区",)),
    "曹宅镇": (14, ("曹宅工业功能区", "杜宅工业区")),
    "赤松镇": (3, ()),
    "塘雅镇": (9, ("塘雅工业园区",)),
    "澧浦镇": (2, ()),
    "岭下镇": (7, ("江岭高新智造区",)),
    "江东镇": (9, ("江东工业园区", "江岭高新智造区")),
    "鞋塘办事处": (10, ("鞋塘工业园区",)),
}

# How heavy a trade is: 吨标煤 and 排放当量吨 per 万元 of output, and the chance of being against industry policy
BURDENS = {"light": (0.05, 0.0006, 0.03), "medium": (0.12, 0.0012, 0.05), "heavy": (0.4, 0.003, 0.14)}

# GB/T 4754-2017 class, weight, burden, words for names
INDUSTRIES: tuple[tuple[str, int, str, str], ...] = (
    ("0610", 1, "heavy", "煤业 矿业"),
    ("0810", 1, "heavy", "矿业 矿产"),
    ("0912", 1, "heavy", "矿业 矿产"),
    ("0919", 1, "heavy", "矿业 矿产"),
    ("1311", 4, "light", "米业 粮油"),
    ("1353", 4, "medium", "肉制品 火腿食品"),
    ("1371", 4, "light", "蔬菜食品 农产品"),
    ("1392", 4, "medium", "豆制品 食品"),
    ("1411", 8, "light", "食品 糕点食品"),
    ("1432", 4, "light", "速冻食品 食品"),
    ("1439", 4, "light", "食品 方便食品"),
    ("1512", 5, "medium", "酒业 酿酒"),
    ("1523", 3, "light", "饮料 饮品"),
    ("1711", 14, "medium", "棉纺 纺织"),
    ("1712", 18, "medium", "棉纺织 织造"),
    ("1713", 4, "heavy", "印染 纺织印染"),
    ("1761", 16, "medium", "针纺 针织"),
    ("1771", 16, "light", "家纺 床上用品"),
    ("1773", 14, "light", "布艺 窗饰"),
    ("1819", 20, "light", "服装 服饰"),
    ("1821", 14, "light", "针织服装 服饰"),
    ("1830", 22, "light", "服饰 饰品"),
    ("1922", 24, "light", "箱包 皮具"),
    ("1952", 6, "light", "鞋业 鞋服"),
    ("2021", 10, "medium", "木业 板材"),
    ("2032", 8, "light", "门业 木门"),
    ("2034", 2, "light", "地板 木业"),
    ("2039", 4, "light", "木制品 竹木制品"),
    ("2110", 34, "light", "家具 家居"),
    ("2130", 24, "light", "金属家具 家居用品"),
    ("2231", 26, "medium", "纸业 纸制品"),
    ("2319", 26, "light", "印刷 彩印包装"),
    ("2411", 12, "light", "文具 文化用品"),
    ("2442", 12, "light", "体育用品 运动器材"),
    ("2443", 16, "light", "健身器材 运动器械"),
    ("2452", 16, "light", "玩具 儿童用品"),
    ("2641", 6, "heavy", "涂料 新材料"),
    ("2651", 6, "heavy", "新材料 高分子材料"),
    ("2682", 8, "light", "化妆品 日化"),
    ("2720", 6, "medium", "药业 制药"),
    ("2730", 6, "light", "中药饮片 药材"),
    ("2822", 8, "heavy", "化纤 纤维"),
    ("2913", 8, "medium", "橡塑 橡胶制品"),
    ("2921", 14, "medium", "薄膜 塑膜"),
    ("2922", 18, "medium", "管业 塑料管材"),
    ("2923", 8, "medium", "塑编 编织"),
    ("2924", 8, "medium", "泡沫制品 包装材料"),
    ("2926", 16, "medium", "塑料包装 包装容器"),
    ("2927", 34, "medium", "塑料制品 日用品 塑业"),
    ("2929", 40, "medium", "塑料制品 塑胶 橡塑"),
    ("3021", 10, "heavy", "水泥制品 建材"),
    ("3022", 6, "heavy", "混凝土构件 建筑构件"),
    ("3031", 12, "heavy", "建材 新型墙材"),
    ("3032", 6, "heavy", "石材 石业"),
    ("3034", 4, "heavy", "保温材料 节能建材"),
    ("3130", 8, "heavy", "钢带 金属材料"),
    ("3252", 14, "heavy", "铝业 铝材"),
    ("3311", 24, "medium", "钢结构 钢构"),
    ("3312", 14, "light", "门窗 金属门业"),
    ("3321", 18, "medium", "切削工具 刃具 工具"),
    ("3322", 30, "medium", "工具 五金工具"),
    ("3323", 10, "medium", "园林工具 农具"),
    ("3324", 16, "medium", "刀剪 五金"),
    ("3329", 8, "medium", "五金工具 量具"),
    ("3333", 8, "medium", "制罐 金属包装"),
    ("3351", 16, "medium", "五金配件 五金制品"),
    ("3352", 12, "medium", "卫浴 水暖器材"),
    ("3360", 16, "heavy", "表面处理 金属处理"),
    ("3382", 8, "medium", "餐具 厨具"),
    ("3389", 12, "medium", "金属制品 日用五金"),
    ("3391", 12, "heavy", "铸造 铸件"),
    ("3441", 8, "light", "泵业 水泵"),
    ("3443", 10, "light", "阀门 管阀"),
    ("3451", 8, "medium", "轴承 传动件"),
    ("3465", 8, "light", "电动工具 机电工具"),
    ("3484", 26, "medium", "机械配件 精密机械"),
    ("3489", 14, "medium", "机械 零部件"),
    ("3525", 22, "light", "模具 模塑"),
    ("3612", 2, "light", "新能源汽车 车业"),
    ("3660", 6, "medium", "专用车 挂车"),
    ("3670", 40, "medium", "汽车部件 汽车零部件 汽配"),
    ("3752", 8, "medium", "摩托车配件 摩配"),
    ("3770", 12, "light", "电动车 车业"),
    ("3812", 12, "light", "电机 微电机"),
    ("3831", 12, "medium", "电缆 线缆"),
    ("3841", 6, "medium", "新能源 电池"),
    ("3872", 14, "light", "照明 灯具"),
    ("3982", 8, "medium", "电路板 电子"),
    ("4011", 6, "light", "自动化 控制设备"),
    ("4013", 4, "light", "量具 仪器"),
    ("4111", 10, "light", "刷业 清洁用品"),
    ("4220", 4, "heavy", "再生资源 环保材料"),
)
INDUSTRY_WEIGHTS = [weight for _, weight, _, _ in INDUSTRIES]
BURDEN_OF = {code: burden for code, _, burden, _ in INDUSTRIES}
# Uncommon characters: their pairs read like names and are unlikely to be anybody's
BRAND = (
    "霁澹蘅湉翊珩璟岫苒煦垚岚珞琮皓曦芮筠穗沁菡栩旻晏彧奕璞瑾熠铄锴骁翎"
    "翀澄泓渟沅沣洺溱潆嵘峤崧岑汐昀晔烨珂琰翕葳荻蓥钰镕"
)

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
USCC_WEIGHTS = [pow(3, position, 31) for position in range(17)]
# Registers in use give organisation codes of digits or with a leading M; these letters lead none of them
INVENTED_LEADS = "ABCDEFGHJKLNPQRTUWXY"
DIVISION = "91330703"


@dataclass(slots=True)
class Firm:
    """What stays with an enterprise: who it is, its habits, and the state it carries from year to year."""

    code: str
    name: str
    town: str
    park: str
    industry: str
    sales: float  # log of 万元, walks from year to year
    tax_share: float  # log of tax by sales, the usual one; likewise below
    value_share: float
    research_share: float
    energy_rate: float
    emission_rate: float
    productivity: float
    land_use: float
    capacity_use: float
    own: int  # land in hundredths of 亩
    rented: int
    let: int
    energy_quota: int
    emission_quota: int
    in_policy: bool
    above: bool
    state: str


@dataclass(slots=True)
class Figures:
    """One enterprise in one year: amounts in hundredths, utilisation in ten-thousandths, before cells go missing."""

    firm: Firm
    year: int
    above: bool
    tax: int
    sales: int
    output: int
    value_added: int
    research: int
    own: int
    rented: int
    let: int
    energy: int
    energy_quota: int
    electricity: int
    emission: int
    emission_quota: int
    staff: int
    land_use: int
    capacity_use: int
    show_energy_use: bool
    show_emission_use: bool
    state: str
    on_sale: bool
    willing: bool
    grade: str = ""
    intact: bool = False  # planted: no cell of it goes missing

    @property
    def land(self) -> int:
        """Land in use: own, plus rented, less let to others."""
        return self.own + self.rented - self.let


def credit_code(number: int) -> str:
    """An invented unified social credit code whose two check characters are right."""
    part = ""
    for _ in range(7):
        number, digit = divmod(number, 31)
        part = USCC_ALPHABET[digit] + part
    part = INVENTED_LEADS[number] + part
    total = sum(ORGANISATION_ALPHABET.index(c) * w for c, w in zip(part, ORGANISATION_WEIGHTS, strict=True))
    part += "0123456789X"[-total % 11]
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(DIVISION + part, USCC_WEIGHTS, strict=True))
    return DIVISION + part + USCC_ALPHABET[-total % 31]


def credit_codes(rng: Random, count: int) -> list[str]:
    """So many different codes, in order."""
    numbers: set[int] = set()
    while len(numbers) < count:
        numbers.add(rng.randrange(len(INVENTED_LEADS) * 31**7))
    return [credit_code(number) for number in sorted(numbers)]


def firm_name(rng: Random, words: str, taken: set[str]) -> str:
    """An invented name that fits the trade and that no other firm has."""
    while True:
        brand = "".join(rng.sample(BRAND, 2 if rng.random() < 0.7 else 3))
        place = "金华市" if rng.random() < 0.15 else "金华"
        region = "（浙江）" if rng.random() < 0.03 else ""
        form = "股份有限公司" if rng.random() < 0.01 else "有限公司"
        name = f"{place}{brand}{region}{rng.choice(words.split())}{form}"
        if name not in taken:
            taken.add(name)
            return name


def between(low: float, value: float, high: float) -> float:
    """The value, or the bound it crosses."""
    return min(max(value, low), high)


def hundredths(log_value: float) -> int:
    """Hundredths of exp(log_value), at least one."""
    return max(1, round(100 * exp(log_value)))


def half_up(part: int, whole: int) -> int:
    """Divide, in ten-thousandths, half up."""
    return (part * 20000 + whole) // (2 * whole)


def decimal(value: int, places: int) -> str:
    """A scaled integer as a decimal without trailing zeros: 330 with two places is 3.3."""
    whole, part = divmod(value, 10**places)
    return f"{whole}.{part:0{places}d}".rstrip("0") if part else str(whole)


def surveyed(land: int) -> int:
    """Land in hundredths of 亩, cut to whole squares."""
    return land - land % SQUARE


def draw_land(rng: Random, log_area: float) -> tuple[int, int, int]:
    """Land owned, rented and let, for an area in use."""
    kind = rng.random()
    area = max(30, surveyed(hundredths(log_area)))
    if kind < 0.006:
        return 0, 0, 0
    if kind < 0.62:
        return area, 0, 0
    if kind < 0.79:
        return 0, area, 0
    part = surveyed(area * rng.randint(10, 60) // 100)
    if kind < 0.9:
        return area - part, part, 0
    return area + part, 0, part


def draw_firm(rng: Random, code: str, year: int, taken: set[str]) -> Firm:
    """A new firm as it stands in the year it enters."""
    industry, _, burden, words = rng.choices(INDUSTRIES, INDUSTRY_WEIGHTS)[0]
    energy, emission, against = BURDENS[burden]
    town = rng.choices(list(TOWNS), [weight for weight, _ in TOWNS.values()])[0]
    parks = TOWNS[town][1]
    size = rng.gauss(0, 1.4)
    sales = 6.97 + 0.05 * (year - YEARS[0]) + size
    in_park = bool(parks) and rng.random() < (0.86 if size > 0.5 else 0.78)
    tax_share = between(-4.6, rng.gauss(-3.35, 0.45), -2.55)
    own, rented, let = draw_land(rng, rng.gauss(1.68, 1.08) + between(-2.5, 0.72 * size, 2.5))
    low = exp(sales + tax_share) * 100 < 3 * (own + rented - let)
    use = rng.gauss(0.795, 0.1)
    return Firm(
        code=code,
        name=firm_name(rng, words, taken),
        town=town,
        park=rng.choice(parks) if in_park else "",
        industry=industry,
        sales=sales,
        tax_share=tax_share,
        value_share=between(0.1, rng.gauss(0.22, 0.05), 0.4),
        research_share=max(0.0, rng.gauss(0.026, 0.012) if size > 0.5 else rng.gauss(0.005, 0.012)),
        energy_rate=log(energy) + rng.gauss(0, 0.5),
        emission_rate=log(emission) + rng.gauss(0, 0.6) if rng.random() > 0.01 else -100.0,
        productivity=rng.gauss(4.1, 0.35),
        land_use=use + rng.gauss(0.05, 0.08),
        capacity_use=use + rng.gauss(0.03, 0.07),
        own=own,
        rented=rented,
        let=let,
        energy_quota=0,
        emission_quota=0,
        in_policy=rng.random() >= against,
        above=exp(sales) >= 2000,
        state=rng.choice(("闲置", "停产")) if rng.random() < (0.15 if low else 0.017) else "正常",
    )


def age(rng: Random, firm: Firm) -> None:
    """Take a firm from one year to the next: sales grow, some add land, some fall idle or start again."""
    firm.sales += rng.gauss(0.05, 0.14)
    if rng.random() < 0.03:
        firm.own = surveyed(firm.own * rng.randint(105, 130) // 100)
        firm.rented = surveyed(firm.rented * rng.randint(105, 130) // 100)
    low = exp(firm.sales + firm.tax_share) * 100 < 3 * (firm.own + firm.rented - firm.let)
    if firm.state != "正常":
        firm.state = "正常" if rng.random() < 0.25 else firm.state
    elif rng.random() < (0.045 if low else 0.004):
        firm.state = rng.choice(("闲置", "停产"))


def above_line(rng: Random, above: bool, sales: int) -> bool:
    """规上 follows 2,000万元 of sales, late on the way up and later on the way down."""
    if above:
        return sales >= 160000 or rng.random() < 0.4
    return sales >= 200000 and rng.random() < 0.8


def quota(rng: Random, granted: int, used: int, use: float) -> int:
    """A quota stays as granted until use has left it far behind or far above."""
    if granted * 11 >= used * 10 and granted <= used * 3:
        return granted
    return max(1, round(used / between(0.3, use + rng.gauss(0.03, 0.06), 1.05)))


def draw_figures(rng: Random, firm: Firm, year: int) -> Figures:
    """The figures of a firm for a year; the firm keeps its new quotas and its 规上 status."""
    stopped = firm.state == "停产"
    idle = firm.state != "正常"
    log_sales = firm.sales - 1.5 if stopped else firm.sales
    sales = hundredths(log_sales)
    tax_share = between(-4.6, firm.tax_share + rng.gauss(0, 0.12), -2.53)
    log_output = log_sales + rng.gauss(0.0, 0.04)
    output = hundredths(log_output)
    energy = hundredths(log_output + firm.energy_rate + rng.gauss(0, 0.08))
    clean = firm.emission_rate < -50
    emission = 0 if clean else hundredths(log_output + firm.emission_rate + rng.gauss(0, 0.08))
    firm.above = above_line(rng, firm.above, sales)
    firm.energy_quota = quota(rng, firm.energy_quota, energy, firm.capacity_use)
    firm.emission_quota = 0 if clean else quota(rng, firm.emission_quota, emission, firm.capacity_use)
    fall = 0.4 if idle else 0.0
    tax = hundredths(log_sales + tax_share)
    low = tax < 3 * (firm.own + firm.rented - firm.let)
    return Figures(
        firm=firm,
        year=year,
        above=firm.above,
        tax=tax,
        sales=sales,
        output=output,
        value_added=round(output * between(0.08, firm.value_share + rng.gauss(0, 0.015), 0.45)),
        research=round(sales * max(0.0, firm.research_share + rng.gauss(0, 0.002))) if firm.research_share else 0,
        own=firm.own,
        rented=firm.rented,
        let=firm.let,
        energy=energy,
        energy_quota=firm.energy_quota,
        electricity=round(energy * (0.22 + 0.1 * rng.random())),
        emission=emission,
        emission_quota=firm.emission_quota,
        staff=1 + round(exp(log_output - firm.productivity)),
        land_use=round(10000 * between(0.1, firm.land_use - fall + rng.gauss(0, 0.02), 1.0)),
        capacity_use=round(10000 * between(0.05, firm.capacity_use - fall + rng.gauss(0, 0.03), 1.0)),
        show_energy_use=rng.random() < 0.5,
        show_emission_use=rng.random() < 0.5 and not clean,
        state=firm.state,
        on_sale=rng.random() < (0.05 if low else 0.012),
        willing=rng.random() < (0.55 if low else 0.75),
    )


def grade(rng: Random, year: Sequence[Figures]) -> None:
    """Grade A to D by tax per mu, with other merits as noise, within 规上 and within 规下: 20, 60 and 95 per cent."""
    for above in (True, False):
        group = [figures for figures in year if figures.above is above]
        score = [log(f.tax / max(f.land, 100)) + rng.gauss(0, 0.3) for f in group]
        order = sorted(range(len(group)), key=lambda place: -score[place])
        for rank, place in enumerate(order, start=1):
            share = rank * 100 / len(group)
            group[place].grade = group[place].grade or "ABCD"[(share > 20) + (share > 60) + (share > 95)]


def roster(rng: Random, size: int, years: Sequence[int]) -> list[set[int]]:
    """For each place in the order of codes, the years it is there; every year has ``size`` of them."""
    churn = size * CHURN // BLOCK
    returning = min(RETURNING, churn)
    count = size + churn * (len(years) - 1) - returning * max(0, len(years) - 2)
    fresh = rng.sample(range(count), count)
    active, fresh = fresh[:size], fresh[size:]
    present: list[set[int]] = [set() for _ in range(count)]
    came: list[int] = []
    left: list[int] = []
    for position, year in enumerate(years):
        if position:
            back, brief = left[-returning:] if returning else [], came[-min(SHORT_LIVED, churn) :] if churn else []
            left = brief + rng.sample([place for place in active if place not in came], churn - len(brief))
            gone = set(left)
            new = churn - len(back)
            came, fresh = fresh[:new], fresh[new:]
            active = [place for place in active if place not in gone] + back + came
        for place in active:
            present[place].add(year)
    return present


def awkward(value: int, num: int, den: int, square: int = 1) -> int:
    """From ``value`` up, the next amount whose num/den is in hundredths but whose quotient in floats misses num/den.

    It is a multiple of ``square``, too.
    """
    step = lcm(den, square)
    value = max(step, value - value % step)
    while (value * num // den / 100) / (value / 100) == num / den:
        value += step
    return value


def take(rng: Random, year: Sequence[Figures], count: int, fits: Callable[[Figures], bool]) -> list[Figures]:
    """Choose running firms that fit and that no line was planted on before; from now on they are kept intact."""
    pool = [f for f in year if not f.intact and f.state == "正常" and fits(f)]
    chosen = rng.sample(pool, min(count, len(pool)))
    for figures in chosen:
        figures.intact = True
    return chosen


def nearest(
    year: Sequence[Figures], wanted: int, measure: Callable[[Figures], int], fits: Callable[[Figures], bool]
) -> list[Figures]:
    """Choose likewise the one firm that fits and measures closest, in proportion, to what is wanted; or none."""
    pool = [f for f in year if not f.intact and f.state == "正常" and fits(f)]
    chosen = sorted(pool, key=lambda f: abs(log(measure(f) / wanted)))[:1]
    for figures in chosen:
        figures.intact = True
    return chosen


def owned(figures: Figures, low: int, high: int) -> bool:
    """Tell whether it owns all its land and its tax per mu, in hundredths, is between the two."""
    land = figures.own
    return land == figures.land and land > 0 and low * land < figures.tax * 100 < high * land


def plant_tax_per_mu(rng: Random, year: Sequence[Figures], scale: Callable[[int], int]) -> None:
    """Tax per mu exactly 3 or 3.3, or one hundredth of 万元 to either side of 3."""
    for land in (99, 930, 30, 3516)[: scale(4)]:
        for figures in nearest(year, land, lambda f: f.own, lambda f: owned(f, 220, 420)):
            figures.own, figures.tax = land, 3 * land
    for cents in (0, -1, 1):
        for figures in take(rng, year, scale(12), lambda f: owned(f, 230, 390)):
            figures.own = awkward(figures.own, 3, 1, SQUARE)
            figures.tax = 3 * figures.own + cents
    for figures in take(rng, year, scale(12), lambda f: owned(f, 250, 430)):
        figures.own = awkward(figures.own, 33, 10, SQUARE)
        figures.tax = figures.own * 33 // 10


def fit(rng: Random, figures: Figures) -> Figures:
    """Give a firm utilisation well above 80% everywhere and a good grade, so that one figure alone decides."""
    figures.land_use = max(figures.land_use, rng.randint(8100, 9700))
    figures.capacity_use = max(figures.capacity_use, rng.randint(8100, 9700))
    figures.energy_quota = max(1, figures.energy * 100 // rng.randint(82, 97))
    figures.emission = max(1, figures.emission)
    figures.emission_quota = max(1, figures.emission * 100 // rng.randint(82, 97))
    figures.grade = rng.choice("AAB")
    return figures


def plant_size(rng: Random, year: Sequence[Figures], scale: Callable[[int], int]) -> None:
    """Sales exactly 10,000万元 or tax exactly 300万元; for half of them that alone decides; some just below."""
    for sales, exact in ((1000000, 12), (999999, 4)):
        for place, figures in enumerate(take(rng, year, scale(exact), lambda f: 750000 < f.sales < 1330000)):
            figures.sales = sales
            figures.output = sales * rng.randint(97, 103) // 100
            if place % 2 == 0 or exact < 12:
                fit(rng, figures).tax = min(figures.tax, rng.randint(15000, 29000))
    for tax, exact in ((30000, 12), (29999, 4)):
        for place, figures in enumerate(take(rng, year, scale(exact), lambda f: 21000 < f.tax < 42000)):
            figures.tax = tax
            if place % 2 == 0 or exact < 12:
                fit(rng, figures).sales = min(figures.sales, rng.randint(600000, 980000))
                figures.output = figures.sales * rng.randint(97, 103) // 100


def use_four_fifths(figures: Figures, energy_quota: int, derived: bool) -> None:
    """Energy and emissions exactly 0.8 of their quotas, from the one for energy up."""
    quota = awkward(energy_quota, 4, 5)
    figures.energy_quota, figures.energy = quota, quota * 4 // 5
    figures.electricity = figures.energy * 26 // 100
    figures.emission_quota = awkward(figures.emission_quota, 4, 5)
    figures.emission = figures.emission_quota * 4 // 5
    figures.show_energy_use = figures.show_emission_use = not derived


def plant_utilisation(rng: Random, year: Sequence[Figures], scale: Callable[[int], int]) -> None:
    """Utilisation exactly 0.8, to be derived or written in one column; a quarter of each on firms where it decides."""

    def large(f: Figures) -> bool:
        return f.sales > 1000000 or f.tax > 30000

    def small(f: Figures) -> bool:
        return not large(f) and f.emission > 0

    for figures in nearest(year, 176, lambda f: f.energy, lambda f: small(f) and f.emission_quota > 4)[: scale(1)]:
        use_four_fifths(figures, 220, derived=True)  # 1.76 / 2.2
    chosen = [fit(rng, f) for f in take(rng, year, scale(12), large)] + take(rng, year, scale(36), small)
    for place, figures in enumerate(chosen):
        if place % 4 == 2:
            figures.land_use = 8000
        elif place % 4 == 3:
            figures.capacity_use = 8000
        else:
            use_four_fifths(figures, figures.energy_quota, derived=place % 4 == 0)


def plant_own_land(rng: Random, block: Sequence[Sequence[Figures]], scale: Callable[[int], int]) -> None:
    """Own land exactly 20亩 and never 规上 in the last three years; own land exactly 3亩 and much tax in a park."""
    recent = [{f.firm.code: f for f in year if not f.above} for year in block[-3:]]
    lasting = {code for code in recent[-1] if all(code in year for year in recent)}
    for last in take(rng, block[-1], scale(12), lambda f: 1500 < f.own < 2700 and f.firm.code in lasting):
        for year in recent:
            figures = year[last.firm.code]
            figures.rented = surveyed(figures.rented * 2000 // figures.own)
            figures.let = surveyed(figures.let * 2000 // figures.own)
            figures.own, figures.intact = 2000, True  # 13,333 1/3㎡, the one figure of land that is no whole square
    for figures in take(rng, block[-1], scale(4), lambda f: f.tax >= 30000 and bool(f.firm.park) and 100 < f.own < 900):
        figures.own, figures.let = 300, 0


def plant(rng: Random, block: Sequence[Sequence[Figures]]) -> None:
    """Move some firms of the last year exactly onto the lines that policies draw. Nothing in the data marks them."""
    year = block[-1]

    def scale(count: int) -> int:
        return count * len(year) // BLOCK

    plant_own_land(rng, block, scale)
    plant_size(rng, year, scale)
    plant_utilisation(rng, year, scale)
    plant_tax_per_mu(rng, year, scale)


def draw_block(
    rng: Random, codes: Sequence[str], present: Sequence[set[int]], years: Sequence[int], taken: set[str]
) -> list[list[Figures]]:
    """Figures of one block: a list for each year, each in the order of codes."""
    firms: dict[str, Firm] = {}
    block: list[list[Figures]] = []
    for year in years:
        block.append([])
        for code, there in zip(codes, present, strict=True):
            if code in firms:
                age(rng, firms[code])  # also through a year in which it is not in the data
            elif year in there:
                firms[code] = draw_firm(rng, code, year, taken)
            if year in there:
                block[-1].append(draw_figures(rng, firms[code], year))
    plant(rng, block)
    for figures in block:
        grade(rng, figures)
    return block


def cells(figures: Figures) -> list[str]:
    """The cells of one row, in the order of COLUMNS, none missing."""
    f, firm = figures, figures.firm
    return [
        firm.code,
        firm.name,
        str(f.year),
        firm.town,
        firm.park,
        firm.industry,
        "是" if f.above else "否",
        decimal(f.tax, 2),
        decimal(f.sales, 2),
        decimal(f.output, 2),
        decimal(f.value_added, 2),
        decimal(f.research, 2),
        decimal(f.land, 2),
        decimal(f.own, 2),
        decimal(f.rented, 2),
        decimal(f.let, 2),
        decimal(f.energy, 2),
        decimal(f.energy_quota, 2),
        decimal(f.electricity, 2),
        decimal(f.emission, 2),
        decimal(f.emission_quota, 2),
        str(f.staff),
        decimal(f.land_use, 4),
        decimal(f.capacity_use, 4),
        decimal(half_up(f.energy, f.energy_quota), 4) if f.show_energy_use else "",
        decimal(half_up(f.emission, f.emission_quota), 4) if f.show_emission_use and f.emission_quota else "",
        f.grade,
        f.state,
        "是" if f.on_sale else "否",
        "有" if f.willing else "无",
        "是" if firm.in_policy else "否",
    ]


def lose_cells(rng: Random, row: list[str]) -> None:
    """Let some cells of a row go missing, in the ways bureaus write that; a row without its area keeps its parts."""
    lost = [column for column in range(FIRST_MISSABLE, len(COLUMNS)) if rng.random() < MISSING_RATE]
    if LAND in lost and rng.random() < 0.95:
        lost = [column for column in lost if column not in LAND_PARTS]
    for column in lost:
        if row[column]:
            row[column] = rng.choice(MISSING_MARKS[:-1] if column == WILL else MISSING_MARKS)


def blocks(seed: int = SEED, firms: int = BLOCK, years: Sequence[int] = YEARS) -> Iterator[list[list[Figures]]]:
    """Draw the district as figures, none missing: for each block of firms a list for each year.

    Other files of the same district, such as the extract of one bureau, start from these.
    """
    rng = Random(seed)
    sizes = [min(BLOCK, firms - start) for start in range(0, firms, BLOCK)]
    rosters = [roster(rng, size, years) for size in sizes]
    codes = credit_codes(rng, sum(map(len, rosters)))
    taken: set[str] = set()
    start = 0
    for present in rosters:
        yield draw_block(rng, codes[start : start + len(present)], present, years, taken)
        start += len(present)


def rows(seed: int = SEED, firms: int = BLOCK, years: Sequence[int] = YEARS) -> Iterator[list[str]]:
    """Yield rows of text, by year and code within each block (all of a sample of up to 2,000 firms is one block)."""
    rng = Random(seed + 1)  # apart from the figures: those are the same whatever goes missing
    for block in blocks(seed, firms, years):
        for year in block:
            for figures in year:
                row = cells(figures)
                if not figures.intact:
                    lose_cells(rng, row)
                yield row


def district(seed: int = SEED) -> list[dict[str, str]]:
    """Return the rows of the sample file, each by column name."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows(seed)]


def write(path: Path, seed: int = SEED, firms: int = BLOCK, years: Sequence[int] = YEARS) -> None:
    """Write the file by year and code: later years wait in temporary files. No cell holds a comma or a quote."""
    with ExitStack() as files:
        out = files.enter_context(path.open("w", encoding="utf-8", newline=""))
        later = {
            str(year): files.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))
            for year in years[1:]
        }
        out.write(",".join(COLUMNS) + "\n")
        for row in rows(seed, firms, years):
            later.get(row[2], out).write(",".join(row) + "\n")
        for part in later.values():
            part.seek(0)
            out.writelines(part)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the fictional sample data, the same on every run.")
    parser.add_argument("--firms", type=int, default=BLOCK, help="enterprises in each year (default: %(default)s)")
    parser.add_argument("--years", type=int, nargs="+", default=YEARS, help="years (default: 2020 2021 2022 2023)")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed is another district")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("data.csv"), help="file to write")
    options = parser.parse_args(arguments)
    if options.firms < 1:
        parser.error("--firms must be at least 1")
    write(options.out, options.seed, options.firms, sorted(set(options.years)))


if __name__ == "__main__":
    main()
