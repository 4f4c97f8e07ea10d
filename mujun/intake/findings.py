"""Findings: what was odd about the data, as coded facts; they become text only at the edge."""

from __future__ import annotations

import unicodedata

import msgspec

LEVELS = ("提示", "警告", "错误")
"""From the mildest to the gravest."""


class Code(msgspec.Struct, frozen=True):
    """An entry of the catalogue: `template` is filled from a finding's `params`."""

    level: str
    template: str
    advice: str


CATALOGUE: dict[str, Code] = {
    "M101": Code("提示", "按 {encoding} 编码读取", "如有乱码，请另存为 UTF-8 后重试"),
    "M102": Code(
        "警告", "“{text}”不是完整的 UTF-8 或 GB18030，{count} 处无法解码的字节已替换", "请向提供部门索取原文件"
    ),
    "M111": Code(
        "提示", "列“{column}”按“{field}”使用，单位由 {unit} 换算为 {target}", "如单位有误，请改表头括号里的单位"
    ),
    "M112": Code("提示", "表头未写单位，按政策包的单位计：{fields}", "如不是这些单位，请在表头写明，如 税收(元)"),
    "M113": Code("提示", "未使用的列：{columns}", "如其中有需要的列，请用 --map 列名=字段 指明"),
    "M114": Code(
        "警告", "列“{column}”未采用：字段“{field}”已取自列“{other}”", "如应采用此列，请用 --map {column}={field} 指明"
    ),
    "M115": Code("警告", "列“{column}”未采用：单位“{unit}”不能用于“{field}”（应为{target}）", "请核对表头"),
    "M121": Code("提示", "没有“{field}”列，全部数据视为同一年度", "需要往年数据的清单将为待核实"),
    "M201": Code("警告", "“{text}”不是数字，按缺失处理", "请核对该单元格"),
    "M202": Code("警告", "错误值“{text}”，按缺失处理", "请在原表修正公式后重新导出"),
    "M203": Code("警告", "“{text}”超出可精确处理的范围，按缺失处理", "请核对数值与单位"),
    "M204": Code("提示", "“{text}”的小数位过多，换算后截到第六位小数", "如有影响请核对"),
    "M205": Code("警告", "“{text}”不是“{field}”的取值，按缺失处理", "可用的写法：{choices}"),
    "M206": Code("警告", "“{text}”不是年度，按缺失处理", "应写四位年份，如 2023 或 2023年"),
    "M301": Code("错误", "没有{names}，已搁置", "请补全后重新提交"),
    "M302": Code("提示", "与第 {other} 行所用的列都相同，已合并", ""),
    "M303": Code("错误", "与第 {other} 行是同一企业同一年度而数据不同，均已搁置", "请核对保留哪一行"),
    "M304": Code(
        "错误", "这一行有 {count} 格，表头有 {wanted} 列，已搁置", "请检查是否多了或少了分隔符，名称里的逗号要加引号"
    ),
    "M305": Code("错误", "没有年度，已搁置", "请补全年度"),
    "M306": Code("错误", "这一行的引号不成对或位置不对，已搁置", "含逗号、引号的内容应整格加引号，其中的引号写两个"),
    "M401": Code("警告", "{figure}不大于 0，{count} 家企业算不出{indicator}", "结论见 --outcomes 的待核实"),
}


class Finding(msgspec.Struct, frozen=True):
    """One odd thing: where it is, what the cell said, and what was done about it.

    `row` is the row as Excel counts it (the header is 1); None for the whole file or column. `count` stands for that
    many alike, of which this is the first.
    """

    code: str
    file: str
    row: int | None = None
    column: str = ""
    text: str = ""
    count: int = 1
    params: tuple[tuple[str, str], ...] = ()

    @property
    def level(self) -> str:
        """提示, 警告 or 错误."""
        return CATALOGUE[self.code].level

    @property
    def message(self) -> str:
        """What is odd, as text."""
        return self._fill(CATALOGUE[self.code].template)

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self._fill(CATALOGUE[self.code].advice)

    @property
    def place(self) -> str:
        """Where it is: file, row and column."""
        parts = [self.file] if self.file else []
        if self.row is not None:
            parts.append(f"第 {self.row} 行")
        if self.column:
            parts.append(f"“{clean(self.column)}”列")
        return " ".join(parts)

    def _fill(self, template: str) -> str:
        params = {"text": _short(self.text), "column": self.column, "count": str(self.count), **dict(self.params)}
        return clean(template.format(**params))


def clean(text: str) -> str:
    """Text that is safe on a terminal: control characters are shown as ``�``."""
    return "".join("�" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in text)


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[:most] + "…"
