"""The table in which files of sources go out and come in: its columns, and its rows read with their numbers. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from models.enums import SourceKind
from models.errors import Invalid
from models.said import Said
from supervision.sources.file import SHOWN, amounts_in_text, amounts_of, kind_named

Value = str | int | float | bool | date | datetime | None
COLUMNS: dict[str, str] = {
    "code": "编码",
    "name": "名称",
    "grid": "网格编码",
    "kind": "类别",
    "category": "行业",
    "lon": "经度",
    "lat": "纬度",
    "pollutants": "大气污染物",
    "legal_name": "单位全称",
    "credit_code": "统一社会信用代码",
    "contact": "联系人",
    "phone": "联系电话",
    "emissions": "排放量（吨/年）",
    "permit": "排污许可证编号",
    "permit_until": "许可证有效期至",
}
"""Field to title, in order; a title is read by either."""
KINDS: dict[SourceKind, str] = {
    SourceKind.INDUSTRY: "工业企业",
    SourceKind.CATERING: "餐饮服务",
    SourceKind.VEHICLE_REPAIR: "汽车修理",
    SourceKind.CONSTRUCTION: "建筑工地",
    SourceKind.STOCKYARD: "物料堆场",
    SourceKind.LIVESTOCK: "畜禽养殖",
    SourceKind.OTHER: "其他",
}
MOST_ROWS = 5000
_BETWEEN = re.compile(r"[;；,，、\s]+")


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row: its number in the sheet and what it says; a field that is not there says nothing."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BookFault:
    """What is wrong with which row."""

    number: int
    field: str
    fault: str


@dataclass(frozen=True, slots=True)
class Book:
    rows: tuple[BookRow, ...]
    faults: tuple[BookFault, ...]


def read(table: Sequence[Sequence[Value]]) -> Book:
    """The rows under the first one, which names the columns; every fault in order. Raises Invalid for no such table."""
    if not table:
        raise Invalid(Said("the table has no rows"), field="file")
    names = {title: name for name, title in COLUMNS.items()} | {name: name for name in COLUMNS}
    titles = [str(cell).strip() if cell is not None else "" for cell in table[0]]
    fields = [names.get(title.split("(")[0].strip(), names.get(title, "")) for title in titles]
    if "code" not in fields:
        raise Invalid(Said("the first row has no column of codes (编码)"), field="file")
    if odd := [title for title, field in zip(titles, fields, strict=True) if title and not field]:
        raise Invalid(Said("the column %(value)s is not known", value=odd[0][:40]), field="file")
    known = [field for field in fields if field]
    if len(set(known)) != len(known):
        raise Invalid(Said("a column is there twice"), field="file")
    rows: list[BookRow] = []
    faults: list[BookFault] = []
    lines: dict[str, int] = {}
    for number, cells in enumerate(table[1:], start=2):
        if all(cell is None or cell == "" for cell in cells):
            continue
        if len(rows) >= MOST_ROWS:
            raise Invalid(Said("the table has more than %(most)s rows", most=MOST_ROWS), field="file")
        values: dict[str, Any] = {}
        for field, cell in zip(fields, cells, strict=False):
            if not field:
                continue
            try:
                values[field] = _READ.get(field, _text)(cell)
            except Invalid as wrong:
                faults.append(BookFault(number, field, wrong.detail))
        code = values.get("code")
        if not code:
            faults.append(BookFault(number, "code", Said("is empty")))
        elif code in lines:
            faults.append(
                BookFault(
                    number,
                    "code",
                    Said("%(value)s stands in row %(row)s already", value=code[:64], row=lines[code]),
                )
            )
        else:
            lines[code] = number
        rows.append(BookRow(number, values))
    if not rows:
        raise Invalid(Said("the table has no rows"), field="file")
    return Book(tuple(rows), tuple(faults))


def cells_of(body: Mapping[str, Any]) -> list[Value]:
    """A source as a row, for `read` to read again; `body` has the columns' fields as a view gives them."""
    shown: dict[str, Value] = {
        **{name: body[name] for name in COLUMNS if name not in ("kind", "pollutants", "emissions")},
        "kind": KINDS[SourceKind(body["kind"])],
        "pollutants": "、".join(SHOWN.get(one, one) for one in body["pollutants"]),
        "emissions": amounts_in_text(body["emissions"]),
    }
    return [shown[name] for name in COLUMNS]


def _text(cell: Value) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bool | date | datetime):
        raise Invalid(Said("wants a text"))
    # A telephone number in a cell of figures.
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return text.strip() or None


def _degrees(cell: Value) -> float:
    text = _text(cell)
    try:
        return float(text or "")
    except ValueError:
        raise Invalid(Said("wants degrees, such as 87.3001")) from None


def _day(cell: Value) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    if text is None:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-").replace(".", "-"))
    except ValueError:
        raise Invalid(Said("wants a day, such as 2027-06-30")) from None


def _kind(cell: Value) -> SourceKind:
    text = _text(cell)
    if text is None:
        return SourceKind.OTHER
    for kind, title in KINDS.items():
        if text in (kind.value, title):
            return kind
    raise Invalid(Said("%(value)s is none of %(known)s", value=text[:30], known=tuple(KINDS.values())))


def _several(cell: Value) -> tuple[str, ...]:
    return tuple(kind_named(part) for part in _BETWEEN.split(_text(cell) or "") if part)


def _amounts(cell: Value) -> dict[str, Decimal]:
    return amounts_of(_text(cell) or "")


_READ: dict[str, Callable[[Value], Any]] = {
    "lon": _degrees,
    "lat": _degrees,
    "permit_until": _day,
    "kind": _kind,
    "pollutants": _several,
    "emissions": _amounts,
}
