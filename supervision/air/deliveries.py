"""Official values of stations, taken in whole with the document they rest on; they lead over the service's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.air import AirImport
from models.enums import POLLUTANTS, AirSource
from models.errors import Invalid
from supervision.air import day_repository as repository
from supervision.air.days import HOURS, MISSING, Levels
from supervision.air.gathering import keep, unpacked
from supervision.air.records import document_of

LONGEST_NAME = 200
_NO_HOURS = np.full((len(POLLUTANTS), HOURS), MISSING, dtype="<i4").tobytes()


@dataclass(frozen=True, slots=True)
class Delivered:
    """Official values of a station: of an hour from 0, or of the whole day with ozone's largest 8 h mean."""

    station_id: int
    day: date
    hour: int | None
    levels: Mapping[str, int]
    """Thousandths of µg/m³ (CO: mg/m³); what is missing is not in it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file was taken in."""

    id: int
    days: int
    """Station days that were written."""
    stations: int
    first: date
    last: date
    passed_over: int
    """Days of which the file has nothing but the last hour: the first rows of a file that begins at midnight."""


async def deliver(
    session: AsyncSession,
    values: Sequence[Delivered],
    *,
    name: str,
    digest: bytes,
    document: str,
    by: int,
    now: datetime,
) -> Delivery:
    """Writes the values, all hourly or all daily, over what stood at their days; hours join those delivered before.

    Raises Invalid without a document, and where nothing is left to be written.
    """
    hourly = any(value.hour is not None for value in values)
    tables: dict[tuple[int, date], Levels] = {}
    passed_over = 0
    if hourly:
        tables, passed_over = await _hours(session, values)
    else:
        tables = {(value.station_id, value.day): _EMPTY for value in values}
    if not tables:
        raise Invalid("nothing is left to be taken in", field="file")
    row = AirImport(
        name=name[:LONGEST_NAME], digest=digest, document=document_of(document), hourly=hourly, rows=len(values),
        stations=len({station for station, _ in tables}), first_day=min(day for _, day in tables),
        last_day=max(day for _, day in tables), entered_by=by, entered_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    if hourly:
        by_day: dict[date, dict[int, Levels]] = {}
        for (station, day), table in tables.items():
            by_day.setdefault(day, {})[station] = table
        for day in sorted(by_day):
            await keep(session, day, by_day[day], source=AirSource.IMPORTED, now=now, import_id=row.id)
    else:
        await repository.keep(session, [_day(value, row.id, now) for value in values])
    return Delivery(row.id, len(tables), row.stations, row.first_day, row.last_day, passed_over)


_EMPTY: Levels = np.full((len(POLLUTANTS), HOURS), MISSING, dtype=np.int64)


async def _hours(
    session: AsyncSession, values: Sequence[Delivered]
) -> tuple[dict[tuple[int, date], Levels], int]:
    stations = sorted({value.station_id for value in values})
    days = sorted({value.day for value in values})
    before = await repository.imported(session, stations, days)
    brought: dict[tuple[int, date], set[int]] = {}
    tables: dict[tuple[int, date], Levels] = {}
    for value in values:
        if value.hour is None:
            raise Invalid("a table has hours or whole days, not both", field="file")
        place = value.station_id, value.day
        table = tables.get(place)
        if table is None:
            table = tables[place] = unpacked(before[place]) if place in before else _EMPTY.copy()
        brought.setdefault(place, set()).add(value.hour)
        for number, name in enumerate(POLLUTANTS):
            table[number, value.hour] = value.levels.get(name, MISSING)
    # A file of a month begins with the hour that ends at its first midnight: alone it would blank the day before.
    alone = [place for place, hours in brought.items() if hours == {HOURS - 1} and place not in before]
    for place in alone:
        del tables[place]
    return tables, len(alone)


def _day(value: Delivered, import_id: int, now: datetime) -> tuple[Any, ...]:
    figures: list[Any] = []
    for name in POLLUTANTS:
        level = value.levels.get(name)
        figures += [level, 0 if level is None else 1]
    return (
        value.station_id, value.day, *figures, 0, _NO_HOURS, AirSource.IMPORTED.value, now, import_id,
    )  # fmt: skip


def over(day: date, now: datetime) -> bool:
    """Whether a day of Beijing time is over."""
    return day < now.astimezone(BEIJING).date()
