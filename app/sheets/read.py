"""A table out of a file: CSV (UTF-8 or GB 18030) or the first sheet of a workbook, with its columns found by name."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from openpyxl import load_workbook

from models.errors import Invalid
from models.said import Said

MOST_ROWS = 200_000
_MOST_COLUMNS = 200
_MOST_UNPACKED = 200 * 1024 * 1024
_HEAD_WITHIN = 20
"""Rows above the head, such as the title of an official table."""
_LONGEST_CELL = 1000
NOTHING = frozenset({"", "-", "—", "--", "——", "/", "na", "n/a", "nan", "null", "none", "无"})
"""How tables say that nothing was measured."""
_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_DATE = re.compile(
    r"(\d{4})(?:-|/|\.|年)?(\d{1,2})(?:-|/|\.|月)?(\d{1,2})日?(?:[ T]00:00(?::00)?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row below the head: its number in the file, from 1, and its cells by the names of the columns asked for."""

    number: int
    cells: Mapping[str, str]
    heads: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """What the file calls the columns."""

    def text(self, column: str) -> str | None:
        """What stands in the column; None where it is empty or says that there is nothing."""
        said = self.cells.get(column, "")
        return None if said.lower() in NOTHING else said

    def demanded(self, column: str) -> str:
        """The same; raises Invalid where there is nothing."""
        said = self.text(column)
        if said is None:
            raise refused(self, column, Said("is empty"))
        return said

    def number_in(self, column: str, *, places: int = 3, below: Decimal = Decimal(100_000)) -> Decimal | None:
        """The number in the column, not negative; None where there is nothing, Invalid for what is none."""
        said = self.text(column)
        if said is None:
            return None
        try:
            number = Decimal(said.replace(",", ""))
        except InvalidOperation:
            raise refused(self, column, Said("%(value)s is no number", value=said[:40])) from None
        if not number.is_finite():
            raise refused(self, column, Said("%(value)s is no number", value=said[:40]))
        if number < 0:
            raise refused(self, column, Said("%(value)s is below zero", value=said[:40]))
        if number >= below:
            raise refused(self, column, Said("%(value)s is beyond anything measured", value=said[:40]))
        # A workbook knows binary floats alone: 0.1 + 0.2 is written as what a person typed.
        if -int(number.as_tuple().exponent) > places + 6:
            number = round(number, places + 6).normalize()
        if -int(number.as_tuple().exponent) > places:
            raise refused(
                self,
                column,
                Said("%(value)s has more than %(places)s decimals", value=said[:40], places=places),
            )
        return number

    def day_in(self, column: str) -> date:
        """The day in the column; raises Invalid for none."""
        said = self.demanded(column)
        found = _DATE.fullmatch(said)
        try:
            if found is None:
                raise ValueError
            return date(*(int(part) for part in found.groups()))
        except ValueError:
            raise refused(self, column, Said("%(value)s is no date", value=said[:40])) from None


def refused(row: SheetRow, column: str, fault: Said) -> Invalid:
    """What is wrong in a row, with its number and column beside the words, which call it as the file does."""
    called = row.heads.get(column, column)[:40]
    said = Said("row %(row)s, %(column)s: %(fault)s", row=row.number, column=called, fault=fault)
    return Invalid(said, field="file", row=row.number, column=column)


def read_sheet(
    content: bytes, columns: Mapping[str, Sequence[str]], *, wanted: Collection[str]
) -> list[SheetRow]:
    """The rows below the head, which is the first row that has every wanted column.

    `columns` says by which names each column is known; case, blanks, underscores, dots and units in brackets do not
    matter. Columns that nobody asked for are passed over, and so are empty rows. Raises Invalid for what is no table,
    for a column that is missing or there twice, and for more than MOST_ROWS.
    """
    known = {plain(name): column for column, names in columns.items() for name in (column, *names)}
    rows = _of_workbook(content) if content[:4] == b"PK\x03\x04" else _of_csv(content)
    head: dict[int, str] = {}
    heads: dict[str, str] = {}
    found = []
    seen: set[str] = set()
    for number, cells in enumerate(rows, start=1):
        if number > MOST_ROWS + _HEAD_WITHIN:
            raise Invalid(Said("the table has more than %(most)s rows", most=MOST_ROWS), field="file")
        if not head:
            named = {at: known[plain(cell)] for at, cell in enumerate(cells) if plain(cell) in known}
            seen |= set(named.values())
            if set(wanted) <= set(named.values()):
                if len(set(named.values())) != len(named):
                    raise Invalid(Said("a column is there twice"), field="file", row=number)
                head = named
                heads = {column: cells[at].strip() for at, column in named.items()}
            elif number >= _HEAD_WITHIN:
                break
            continue
        values = {column: cells[at] for at, column in head.items() if at < len(cells) and cells[at]}
        if values:
            found.append(SheetRow(number, values, heads))
    if not head:
        missing = tuple(sorted(set(wanted) - seen)) or tuple(sorted(wanted))
        raise Invalid(Said("the table has no column %(columns)s", columns=missing), field="file")
    if not found:
        raise Invalid(Said("the table has no rows"), field="file")
    return found


def plain(name: str) -> str:
    """A column's name as it is compared: PM2.5(μg/m³), pm2_5 and PM₂.₅ are the same."""
    bare = _BRACKETS.sub("", unicodedata.normalize("NFKC", name)).lower()
    return re.sub(r"[\s_.\-:]", "", bare)


def _of_csv(content: bytes) -> list[list[str]]:
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\x00" in text:
        raise Invalid(Said("the file is neither CSV nor a workbook (XLSX)"), field="file")
    # The title above the head has none.
    beginning = "\n".join(text.split("\n", _HEAD_WITHIN)[:_HEAD_WITHIN])
    delimiter = max(",\t;", key=beginning.count)
    try:
        return [
            [_short(cell) for cell in cells[:_MOST_COLUMNS]]
            for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error:
        raise Invalid(Said("the file is neither CSV nor a workbook (XLSX)"), field="file") from None


def _of_workbook(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > _MOST_UNPACKED:
            raise Invalid(Said("the workbook is too large unpacked"), field="file")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            rows = []
            for cells in book.worksheets[0].iter_rows(values_only=True, max_col=_MOST_COLUMNS):
                rows.append([_cell(cell) for cell in cells])
                if len(rows) > MOST_ROWS + _HEAD_WITHIN:
                    break
            return rows
        finally:
            book.close()
    except Invalid:
        raise
    except Exception:  # whatever a library says of a broken file, it is no workbook
        raise Invalid(Said("the file is neither CSV nor a workbook (XLSX)"), field="file") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _short(repr(value) if isinstance(value, float) else str(value))


def _short(text: str) -> str:
    bare = text.strip()
    if len(bare) > _LONGEST_CELL:
        raise Invalid(Said("a cell has more than %(most)s characters", most=_LONGEST_CELL), field="file")
    return bare
