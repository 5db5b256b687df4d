"""A paper as a workbook: texts are texts whatever they begin with, figures and instants are figures.

A workbook knows no time zone, so instants are written as Beijing's clock shows them. Rows go to a temporary file as
they come: memory does not grow with them.
"""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.papers.paper import MARK, Cell, Figure, Kind, Paper, Table
from models.clock import BEIJING

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula once somebody edits the cell."""
_LONGEST = 32_000
"""Characters a cell takes, about."""
_DAY_S = 86_400
_A4 = 9
_NUMBERS = {
    "instant": "yyyy-mm-dd hh:mm:ss", "share": "0.0%", "span": "[h]:mm:ss", "count": "0",
    "index": "0.00#", "tenths": "0.0",
}  # fmt: skip


def write(paper: Paper) -> bytes:
    """The whole file."""
    file = BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    made = paper.made_at.astimezone(BEIJING).replace(tzinfo=None)
    book.set_properties({"title": paper.title, "author": "格哨 Geshao", "created": made})
    formats = _formats(book)
    for number, table in enumerate(paper.tables):
        _sheet(book.add_worksheet(_sheet_name(table.title, number)), paper, table, formats)
    book.close()
    return file.getvalue()


def _formats(book: xlsxwriter.Workbook) -> Mapping[str, Format]:
    found = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8ECF1"}
        ),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "formula": book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True}),
        "line": book.add_format(),
        "line_formula": book.add_format({"quote_prefix": True}),
    }
    for name, pattern in _NUMBERS.items():
        found[name] = book.add_format({"num_format": pattern, "valign": "top"})
        found[name + "_few"] = book.add_format({"num_format": f'{pattern}"{MARK}"', "valign": "top"})
    return found


def _sheet_name(title: str, number: int) -> str:
    """Within what a workbook allows for the name of a sheet."""
    kept = "".join(char for char in title if char not in "[]:*?/\\'")[:28]
    return kept or str(number + 1)


def _sheet(sheet: Worksheet, paper: Paper, table: Table, formats: Mapping[str, Format]) -> None:
    for number, column in enumerate(table.columns):
        wide = 19 if column.kind is Kind.INSTANT else column.width
        sheet.set_column(number, number, max(wide, 8))
    row = 0
    for text in (paper.title, *paper.lines, ""):
        _text(sheet, row, 0, text, formats["title"] if row == 0 else formats["line"], formats["line_formula"])
        row += 1
    head = row
    for number, column in enumerate(table.columns):
        sheet.write_string(head, number, column.title, formats["head"])
    for cells in table.rows:
        row += 1
        for number, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
            _cell(sheet, row, number, column.kind, cell, formats)
    sheet.autofilter(head, 0, max(row, head + 1), len(table.columns) - 1)
    for note in ("", *paper.notes):
        row += 1
        _text(sheet, row, 0, note, formats["line"], formats["line_formula"])
    sheet.freeze_panes(head + 1, 1)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    sheet.set_footer("&C&P / &N")


def _cell(
    sheet: Worksheet, row: int, number: int, kind: Kind, cell: Cell, formats: Mapping[str, Format]
) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        local = cell.astimezone(BEIJING).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(row, number, local, formats["instant"])
    elif isinstance(cell, Figure):
        value = cell.value / _DAY_S if kind is Kind.SPAN else cell.value
        sheet.write_number(row, number, value, formats[kind.value + ("_few" if cell.few else "")])
    elif isinstance(cell, int):
        sheet.write_number(row, number, cell, formats["count"])
    else:
        _text(sheet, row, number, cell, formats["text"], formats["formula"])


def _text(sheet: Worksheet, row: int, number: int, text: str, plain: Format, quoted: Format) -> None:
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    sheet.write_string(row, number, short, quoted if text.startswith(_FORMULA) else plain)
