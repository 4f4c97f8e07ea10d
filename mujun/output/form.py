"""The form that a department fills in: a workbook with the columns of a dataset, and a sheet that explains them."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

import msgspec

from mujun.quantity import NUMBER, Quantity, convert, decimal_text
from mujun.width import display_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from mujun.pack.policy import Dataset, Field

    Cell = str | float | datetime.date | None

GUIDE = "填表说明"
"""The name of the sheet that explains the columns."""

_RULES = (
    "没有的数据空着，不写“无”或 0；0 是数值，表示确实为零。",
    "金额、面积等按表头括号里的单位填，格内只写数字。",
    "不合并单元格，不加合计、小计行，不加标题行。",
    "不改表头，不增减列；代码整列已设为文本，位数不会丢失。",
    "提示数值少见时请核对单位；确实如此的，选“是”照填。",
)
_HEADINGS = ("列名", "计量单位", "含义", "可填的值", "通常范围")
_FIRST_LISTED = 8
"""The column of the guide with the first of the choices that are too many for the cell's own list."""
_LAST_ROW = 1_048_575
_LONGEST_LIST = 255
"""Characters of the choices of a cell, with the commas between; also of a message of Excel."""
_YEARS = (1900, 2099)
_WIDTHS = {"code": 22, "text": 14, "year": 8, "date": 12}
_DATE_FORMAT = "yyyy-mm-dd"
_COMPANY_WIDTH = 32
_MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001
"""What the workbook says of when it was made, so that the same form has the same bytes."""


class Form(msgspec.Struct, frozen=True):
    """What to ask for: the fields in the order of their columns, those first that say whose row it is."""

    dataset: Dataset
    fields: tuple[Field, ...]
    title: str = ""

    @classmethod
    def of(cls, dataset: Dataset, names: Iterable[str] | None = None, title: str = "") -> Form:
        """The form for these fields, by default all; code, company and year come first, whether named or not."""
        order = dict.fromkeys((*dataset.identity, *(dataset.fields if names is None else names)))
        return cls(dataset, tuple(dataset.fields[name] for name in order), title)

    @property
    def frozen(self) -> int:
        """How many columns stay in view."""
        return len(set(self.dataset.identity))

    @property
    def rules(self) -> tuple[str, ...]:
        """What to mind while filling it in."""
        year = "一个年度" if self.dataset.year else ""
        return (f"一{self.dataset.counter}{self.dataset.name}{year}填一行。", *_RULES)


def header(field: Field) -> str:
    """The header of a field, its unit in brackets: ``用电量(万千瓦时)``."""
    return f"{field.name}({field.unit.name})" if field.unit.name else field.name


def plausible(field: Field) -> tuple[Fraction, Fraction] | None:
    """The plausible range of a field in its unit."""
    if field.plausible is None:
        return None
    low, high = (convert(end.value, end.unit, field.unit) for end in field.plausible)
    return low, high


def is_percentage(field: Field) -> bool:
    """Whether a field is a ratio that people write with a percent sign: its cells are formatted so."""
    return (
        field.kind == "number" and field.unit == NUMBER
        and field.plausible is not None and field.plausible[0].unit.name == "%"
    )  # fmt: skip


def range_text(field: Field) -> str:
    """The plausible range in words, or the empty string."""
    return " 至 ".join(_end_text(end, field) for end in field.plausible or ())


def _end_text(end: Quantity, field: Field) -> str:
    if is_percentage(field):
        return f"{decimal_text(end.base_value * 100)}%"
    return f"{decimal_text(convert(end.value, end.unit, field.unit))}{field.unit.name}"


def choices(field: Field) -> tuple[str, ...]:
    """What a cell is chosen from; empty where it is not."""
    return tuple(field.values) if field.kind == "choice" else ("是", "否") if field.kind == "flag" else ()


def allowed(field: Field) -> str:
    """What a cell may hold, in words."""
    match field.kind:
        case "code":
            return "代码，全部位数"
        case "year":
            return "四位年份，如 2023"
        case "date":
            return "年月日，如 2023-06-30"
        case "number":
            return "百分数，如 85%" if is_percentage(field) else "数字"
        case "text":
            return "文字"
    return "、".join(choices(field))


def meaning(field: Field) -> list[str]:
    """What a field is: its note, its other names, and what stands in for it where it is blank."""
    parts = [field.note] if field.note else []
    parts += [f"也叫：{'、'.join(field.aliases)}"] if field.aliases else []
    parts += [f"空着时按 {field.fallback_text} 计算"] if field.fallback_text else []
    return parts


def comment(field: Field) -> str:
    """The note on a header: what the column is and what to fill in, a line for each."""
    lines = [header(field), *meaning(field), f"可填：{allowed(field)}"]
    lines += [f"通常在 {range_text(field)} 之间"] if field.plausible else []
    return "\n".join(lines)


# --- the workbook ----------------------------------------------------------------------------------------------------


def workbook(form: Form, rows: Iterable[Sequence[Cell]] = ()) -> bytes:
    """The form as an xlsx file; `rows` are filled in below the header, a cell for each column, None for blank."""
    import xlsxwriter  # type: ignore[import-untyped]

    out = io.BytesIO()
    name = _sheet_name(form.dataset.name)
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": form.title, "created": _MADE})
        sheet = book.add_worksheet(name)
        guide = book.add_worksheet(GUIDE)
        _write_sheet(book, sheet, form, rows)
        _write_guide(book, guide, form)
    return out.getvalue()


def _sheet_name(dataset: str) -> str:
    """A name that Excel takes for a sheet, at most 31 characters and not that of the guide."""
    name = "".join("_" if char in "[]:*?/\\" or not char.isprintable() else char for char in dataset)[:31].strip("' ")
    return name if name and name.lower() not in (GUIDE, "history") else f"{name}_"


def _write_sheet(book: Any, sheet: Any, form: Form, rows: Iterable[Sequence[Cell]]) -> None:
    from xlsxwriter.utility import xl_range_abs  # type: ignore[import-untyped]

    listed = _listed(form)
    sheet.freeze_panes(1, form.frozen)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_row(0, 32)
    sheet.set_comments_author("")
    look = {"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1}
    heads = [book.add_format({**look, "bg_color": colour}) for colour in ("#BDD7EE", "#DDEBF7")]
    formats = {kind: book.add_format({"num_format": kind}) for kind in ("@", "0", "0.00%", "General", _DATE_FORMAT)}
    for index, field in enumerate(form.fields):
        sheet.set_column(index, index, _column_width(field, form.dataset), formats[_number_format(field)])
        sheet.write_string(0, index, header(field), heads[index >= form.frozen])
        note = "\n".join([comment(field), *(("", *form.rules) if index == 0 else ())])
        sheet.write_comment(0, index, note, _comment_size(note))
        rule = validation(field)
        if field in listed:
            column = _FIRST_LISTED + listed.index(field)
            rule["source"] = f"='{GUIDE}'!" + xl_range_abs(1, column, len(field.values), column)
        if rule:
            sheet.data_validation(1, index, _LAST_ROW, index, rule)
    sheet.ignore_errors({"number_stored_as_text": f"A2:XFD{_LAST_ROW + 1}"})
    for number, row in enumerate(rows, 1):
        for index, (field, cell) in enumerate(zip(form.fields, row, strict=True)):
            if cell is not None:
                write = sheet.write_string if isinstance(cell, str) else sheet.write_number
                write = sheet.write_datetime if isinstance(cell, datetime.date) else write
                write(number, index, cell, formats[_number_format(field)])


def _number_format(field: Field) -> str:
    if field.kind == "year":
        return "0"
    if field.kind == "date":
        return _DATE_FORMAT
    if field.kind == "number":
        return "0.00%" if is_percentage(field) else "General"
    return "@"


def _column_width(field: Field, dataset: Dataset) -> int:
    least = _COMPANY_WIDTH if field.name == dataset.company else _WIDTHS.get(field.kind, 10)
    # Names that are longer than this stand on two lines.
    return max(least, min(display_width(header(field)) + 2, 20))


def _comment_size(text: str) -> dict[str, Any]:
    """Wide enough for forty columns, and high enough for all lines."""
    lines = sum(len(wrap(line, 40)) for line in text.split("\n"))
    return {"width": 300, "height": 18 * lines + 14, "font_size": 10}


def validation(field: Field) -> dict[str, Any]:
    """What Excel checks while a cell is filled in, as XlsxWriter takes it; nothing for codes and texts.

    A figure is never refused: one that is negative or not plausible is asked about.
    """
    title = "请核对"
    if field.kind == "year":
        low, high = _YEARS
        return {
            "validate": "integer", "criteria": "between", "minimum": low, "maximum": high, "error_title": title,
            "error_message": f"“{field.name}”应为四位年份，如 2023",
        }  # fmt: skip
    if field.kind == "date":
        low_day, high_day = (datetime.date(year, 1, 1) for year in _YEARS)
        return {
            "validate": "date", "criteria": "between", "minimum": low_day, "maximum": high_day, "error_title": title,
            "error_message": f"“{field.name}”应为日期，如 2023-06-30；还没有发生的请空着",
        }  # fmt: skip
    if field.kind == "number":
        range_ = plausible(field)
        told = f"“{field.name}”通常在 {range_text(field)} 之间，请核对数值和单位。" if range_ else ""
        told = _message(told or f"“{field.name}”应为不小于 0 的数字，请核对。") + "没有数据请空着。仍要照填请选“是”。"
        limits: dict[str, Any] = {"criteria": ">=", "value": 0}
        if range_:
            limits = {"criteria": "between", "minimum": float(range_[0]), "maximum": float(range_[1])}
        return {
            "validate": "decimal", **limits, "error_type": "warning", "error_title": title, "error_message": told
        }  # fmt: skip
    source = choices(field)
    if not source:
        return {}
    told = _message(f"“{field.name}”请从下拉列表中选择：{'、'.join(source)}")
    return {"validate": "list", "source": list(source), "error_title": title, "error_message": told}


def _listed(form: Form) -> list[Field]:
    """The fields whose choices Excel takes only from cells: too long for a list, or with the comma that parts it."""
    found = ((field, choices(field)) for field in form.fields)
    return [field for field, all_ in found if len(",".join(all_)) > _LONGEST_LIST or any("," in one for one in all_)]


def _message(text: str) -> str:
    """What Excel shows has at most 255 characters."""
    return text if len(text) <= 200 else text[:199] + "…"


def _write_guide(book: Any, sheet: Any, form: Form) -> None:
    """The rules at the left, the table of the fields at the right; nothing above it, so that it reads as a table."""
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "valign": "vcenter"})
    cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "num_format": "@"})
    rule = book.add_format({"text_wrap": True, "valign": "top"})
    for column, width in enumerate((46, 2, 20, 12, 60, 24, 26)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, "填写要求", head)
    for number, text in enumerate(form.rules, 1):
        sheet.write_string(number, 0, f"{number}. {text}", rule)
    for column, heading in enumerate(_HEADINGS, 2):
        sheet.write_string(0, column, heading, head)
    for number, field in enumerate(form.fields, 1):
        unit = field.unit.name or ("%" if is_percentage(field) else "")
        texts = (field.name, unit, "；".join(meaning(field)), allowed(field), range_text(field))
        for column, text in enumerate(texts, 2):
            sheet.write_string(number, column, text, cell)
    for column, field in enumerate(_listed(form), _FIRST_LISTED):
        sheet.set_column(column, column, 20)
        sheet.write_string(0, column, f"{field.name}的取值", head)
        for number, choice in enumerate(choices(field), 1):
            sheet.write_string(number, column, choice, cell)
