"""Files of sources as a workbook: written plainly, and read within limits, whatever somebody sends as one."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import openpyxl
import xlsxwriter

from models.errors import Invalid, TooLarge
from supervision.sources.book import COLUMNS, MOST_ROWS, Value, cells_of

LIMIT_BYTES = 4 * 1024 * 1024
_UNPACKED = 64 * 1024 * 1024
"""What is in it may be larger, but not as large as somebody likes."""
_WIDTHS = {"code": 18, "name": 30, "legal_name": 36, "credit_code": 22, "emissions": 30}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(sources: Iterable[Mapping[str, Any]]) -> bytes:
    """A sheet that `table_of` and `supervision.sources.book` read again; no text becomes a formula."""
    file = BytesIO()
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("污染源")
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8ECF1"})
    day, quoted = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"quote_prefix": True})
    for column, (name, title) in enumerate(COLUMNS.items()):
        sheet.set_column(column, column, _WIDTHS.get(name, 14))
        sheet.write_string(0, column, title, head)
    for row, source in enumerate(sources, start=1):
        for column, cell in enumerate(cells_of(source)):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                sheet.write_string(row, column, cell, quoted if cell.startswith(_FORMULA) else None)
            elif isinstance(cell, int | float):
                sheet.write_number(row, column, cell)
            else:
                sheet.write_datetime(row, column, cell, day)
    sheet.freeze_panes(1, 1)
    book.close()
    return file.getvalue()


def table_of(content: bytes) -> list[Sequence[Value]]:
    """The first sheet, cell by cell; raises Invalid for what is no workbook, TooLarge for one that is too large."""
    if len(content) > LIMIT_BYTES:
        raise TooLarge(f"the file is larger than {LIMIT_BYTES} bytes", limit=LIMIT_BYTES)
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _UNPACKED:
                raise TooLarge(f"the file unpacks to more than {_UNPACKED} bytes", limit=_UNPACKED)
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            rows = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=len(COLUMNS) + 10, values_only=True)
            table: list[Sequence[Value]] = [tuple(row) for row in rows]
        finally:
            book.close()
    except TooLarge:
        raise
    except Exception as error:  # openpyxl raises whatever a broken part led it to
        raise Invalid("this is no workbook (XLSX) that can be read", field="file") from error
    while table and all(cell is None for cell in table[-1]):
        table.pop()
    return [_trimmed(row) for row in table]


def _trimmed(row: Sequence[Value]) -> Sequence[Value]:
    """Without the empty cells after the last column."""
    last = max((n for n, cell in enumerate(row, start=1) if cell is not None), default=0)
    return row[: max(last, 1)]
