"""Official values of stations and published indices out of tables; pure but for the reading of the file's bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.sheets.read import SheetRow, read_sheet, refused
from models.enums import POLLUTANTS
from models.said import Said

_STATION = (
    "station code",
    "站点",
    "站点名称",
    "站点编码",
    "点位",
    "点位名称",
    "监测点位",
    "site",
    "site_code",
)
_POLLUTANTS: dict[str, tuple[str, ...]] = {
    "pm25": ("pm2.5", "pm2_5", "细颗粒物"),
    "pm10": ("可吸入颗粒物",),
    "so2": ("二氧化硫",),
    "no2": ("二氧化氮",),
    "co": ("一氧化碳", "co95", "co95per"),
}
_OZONE_HOUR = ("o3", "o3_1h", "臭氧")
_OZONE_DAY = ("o3", "o3_8h", "o3-8h", "o3_8h_max", "o38hmax", "臭氧", "臭氧8小时")
_DATE = ("日期", "时间", "监测日期")
_HOUR = ("小时", "时", "监测小时")
_GRID = ("县市", "县市园区", "县市（园区）", "地区", "区域", "网格", "代码", "单位", "unit", "county")
_VALUE = ("综合指数", "环境空气质量综合指数", "指数", "index", "composite_index", "composite")


@dataclass(frozen=True, slots=True)
class Measured:
    """A row of official values: of an hour, or of the whole day with ozone's largest 8 h mean."""

    row: SheetRow
    station: str | None
    """As it is written; None where the table has no column for it."""
    day: date
    hour: int | None
    """From 0, the hour of the day; None for the whole day."""
    levels: Mapping[str, int]
    """Thousandths of µg/m³ (CO: mg/m³) by pollutant; what is missing is not in it."""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A unit's published index with the figures beside it."""

    row: SheetRow
    grid: str
    value: Decimal
    figures: Mapping[str, Decimal]


def measured_in(content: bytes) -> list[Measured]:
    """The values of a table with a row for each station and day, or each station and hour.

    An hour is named by its end, as the national centre does: 1 is the first of a day, 24 its last, and so is 0 of the
    day after. Raises Invalid that names the row.
    """
    common = {"station": _STATION, "date": _DATE, "hour": _HOUR, **_POLLUTANTS}
    hourly = any("hour" in row.cells for row in read_sheet(content, common, wanted=("date",))[:1])
    ozone = _OZONE_HOUR if hourly else _OZONE_DAY
    names = dict(common.items()) | {"ozone": ozone}
    if not hourly:
        del names["hour"]
    found = []
    for row in read_sheet(content, names, wanted=("date",)):
        day, hour = row.day_in("date"), None
        if hourly:
            day, hour = _hour(row, day)
        levels = {}
        for name in POLLUTANTS:
            level = row.number_in("ozone" if name == "o3" else name)
            if level is not None:
                levels[name] = int(level * 1000)
        found.append(Measured(row, row.text("station"), day, hour, levels))
    return found


def _hour(row: SheetRow, day: date) -> tuple[date, int]:
    """The day an hour belongs to, and which of it, from 0."""
    said = row.demanded("hour").removesuffix(":00").removesuffix("时")
    if not said.isascii() or not said.isdigit() or int(said) > 24:
        raise refused(row, "hour", Said("%(value)s is no hour from 0 to 24", value=said[:40]))
    hour = int(said)
    return (day - timedelta(days=1), 23) if hour == 0 else (day, hour - 1)


def indices_in(content: bytes) -> list[IndexRow]:
    """A table of published indices, a row for each county or park; raises Invalid that names the row."""
    names = {
        "grid": _GRID,
        "value": _VALUE,
        **_POLLUTANTS,
        "o3": (*_OZONE_DAY, "o3_90", "o390per", "o38h90per"),
    }
    found = []
    for row in read_sheet(content, names, wanted=("grid", "value")):
        grid = row.demanded("grid")
        value = row.number_in("value", below=Decimal(100))
        if value is None or value == 0:
            raise refused(row, "value", Said("wants an index above zero"))
        figures = {name: level for name in POLLUTANTS if (level := row.number_in(name)) is not None}
        found.append(IndexRow(row, grid, value, figures))
    return found
