"""What is asked of days and years of a place: figures, indices and where they come from. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.aqi import Aqi
from airquality.months import last_of
from airquality.period import BEIJING
from models.errors import Invalid
from supervision import versions
from supervision.air import day_repository, gathering, month_repository
from supervision.air.days import Levels
from supervision.air.indices import Hour, HourIndex, daily_index, hourly_indices, hours_in, mean_hours
from supervision.air.month import FIRST_JUDGED, of_unit
from supervision.air.year import Year, year_of

Figures = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class DayIndex:
    """A day of a place."""

    day: date
    levels: Figures
    aqi: Aqi


async def members(session: AsyncSession, unit: int, day: date) -> list[int]:
    """The reference stations that count for a unit and worked on a day or later."""
    return [station for station, _, of in await _reference(session, day) if of == unit]


async def background(session: AsyncSession, unit: int, day: date) -> list[str]:
    """The codes of the background stations of a unit, which its air leaves out."""
    since = datetime.combine(day, time(), BEIJING)
    return [code for _, code, of in await month_repository.background_stations(session, since) if of == unit]


async def hours_on(
    session: AsyncSession, stations: Sequence[int], day: date, *, unit: bool, now: datetime
) -> list[HourIndex]:
    """The hourly AQI of a day: of one station, or of a unit by its stations. Raises Invalid for a day without rules.

    A day that is not gathered yet is read from what the stations sent so far.
    """
    _judged(day)
    before = day - timedelta(days=1)
    stored = await day_repository.hours_of(session, stations, before, day)
    tables: dict[tuple[int, date], Levels] = {
        place: gathering.unpacked(packed) for place, packed in stored.items()
    }
    for when in (before, day):
        begin = datetime.combine(when, time(), BEIJING)
        lacking = [station for station in stations if (station, when) not in tables]
        if not lacking or begin > now:
            continue
        rows = await day_repository.hourly(session, lacking, begin, begin + timedelta(days=1))
        tables |= {(station, when): table for station, table in gathering.packed(rows).items()}
    today = [hours_in(tables.get((station, day))) for station in stations]
    yesterday = [hours_in(tables.get((station, before))) for station in stations]
    if not unit:
        return hourly_indices(day, today[0], yesterday[0]) if stations else []
    _, readings = await versions.readings_on(session, day)
    return hourly_indices(day, mean_hours(today, readings), mean_hours(yesterday, readings))


async def days_on(
    session: AsyncSession, stations: Sequence[int], first: date, last: date, *, unit: bool
) -> list[DayIndex]:
    """The daily AQI of each gathered day of [first, last]; of one station, or of a unit by its stations."""
    _judged(first)
    figures = await gathering.days_of(session, stations, first, last)
    stored = await day_repository.hours_of(session, stations, first, last)
    _, readings = await versions.readings_on(session, last)
    levels: Mapping[date, Figures] = (
        of_unit([figures.get(station, {}) for station in stations], readings)
        if unit
        else figures.get(stations[0], {})
        if stations
        else {}
    )
    found = []
    for day in sorted(levels):
        hours: list[list[Hour]] = [
            hours_in(gathering.unpacked(stored[station, day]) if (station, day) in stored else None)
            for station in stations
        ]
        mine = mean_hours(hours, readings) if unit else hours[0]
        found.append(DayIndex(day, levels[day], daily_index(day, levels[day], mine)))
    return found


async def years(
    session: AsyncSession, year: int, *, today: date, units: Collection[int] | None = None
) -> dict[int, tuple[Year, Year]]:
    """By unit: the year as measured, and without what dust took out."""
    first = date(year, 1, 1)
    last = min(date(year, 12, 31), today - timedelta(days=1))
    if last < first:
        return {}
    stations = [row for row in await _reference(session, first) if units is None or row[2] in units]
    days = await gathering.days_of(session, [station for station, _, _ in stations], first, last)
    _, readings = await versions.readings_on(session, last_of(last))
    excluded: dict[int, dict[date, list[str]]] = {}
    for row in await month_repository.exclusions(session, first, last):
        excluded.setdefault(row.grid_id, {})[row.day] = row.pollutants
    by_unit: dict[int, list[Mapping[date, Figures]]] = {}
    for station, _, unit in stations:
        by_unit.setdefault(unit, []).append(days.get(station, {}))
    found = {}
    for unit, parts in by_unit.items():
        whole = of_unit(parts, readings)
        found[unit] = (
            year_of(whole, year=year, excluded={}, readings=readings),
            year_of(whole, year=year, excluded=excluded.get(unit, {}), readings=readings),
        )
    return found


async def _reference(session: AsyncSession, day: date) -> list[tuple[int, str, int]]:
    return await month_repository.reference_stations(session, datetime.combine(day, time(), BEIJING))


def _judged(day: date) -> None:
    if day < FIRST_JUDGED:
        raise Invalid(f"no AQI rules are known before {FIRST_JUDGED}", field="day")
