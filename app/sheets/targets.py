"""Targets out of a table: a row for each place and pollutant, with the year and, where they are given, its months."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.sheets.read import SheetRow, plain, read_sheet, refused
from models.enums import POLLUTANTS
from models.said import Said

_PLACE = ("县市", "县市园区", "县市（园区）", "站点", "点位", "单位", "网格", "代码", "grid", "station")
_YEAR = ("年", "年度", "年份")
_POLLUTANT = ("污染物", "指标", "项目")
_YEARLY = ("年度目标", "全年目标", "目标", "target")
_MONTHS = [f"m{n}" for n in range(1, 13)]
_NAMES = {plain(name): name for name in POLLUTANTS} | {
    plain(said): name
    for name, said in (
        ("pm25", "PM2.5"), ("pm25", "细颗粒物"), ("pm10", "可吸入颗粒物"), ("so2", "二氧化硫"), ("no2", "二氧化氮"),
        ("co", "一氧化碳"), ("o3", "臭氧"), ("o3", "O3-8h"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TargetRow:
    row: SheetRow
    place: str
    year: int
    pollutant: str
    yearly: Decimal
    months: Sequence[Decimal] | None


def targets_in(content: bytes) -> list[TargetRow]:
    """The rows of a table; the months are all given or none. Raises Invalid that names the row."""
    columns: dict[str, Sequence[str]] = {
        "place": _PLACE, "year": _YEAR, "pollutant": _POLLUTANT, "yearly": _YEARLY,
    }  # fmt: skip
    columns |= {name: (f"{n}月", f"{n}月目标", str(n)) for n, name in enumerate(_MONTHS, start=1)}
    found = []
    for row in read_sheet(content, columns, wanted=("place", "year", "pollutant", "yearly")):
        said = row.demanded("year").removesuffix("年")
        if not said.isascii() or not said.isdigit() or len(said) != 4:
            raise refused(row, "year", Said("%(value)s is no year", value=said[:40]))
        pollutant = _NAMES.get(plain(row.demanded("pollutant")))
        if pollutant is None:
            raise refused(
                row,
                "pollutant",
                Said("%(value)s is no pollutant of the index", value=row.demanded("pollutant")[:40]),
            )
        months = [level for name in _MONTHS if (level := _level(row, name)) is not None]
        if months and len(months) != 12:
            raise refused(row, "m1", Said("wants all twelve months, or none"))
        yearly = _level(row, "yearly")
        if yearly is None:
            raise refused(row, "yearly", Said("is empty"))
        found.append(TargetRow(row, row.demanded("place"), int(said), pollutant, yearly, months or None))
    return found


def _level(row: SheetRow, column: str) -> Decimal | None:
    level = row.number_in(column, below=Decimal(10_000))
    if level is not None and level == 0:
        raise refused(row, column, Said("a target is above zero"))
    return level
