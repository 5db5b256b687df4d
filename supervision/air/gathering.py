"""The figures of a day, made of its readings once the day is over, and once more for what came late."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.limits import limit
from airquality.period import BEIJING, Period
from models.enums import POLLUTANTS, AirSource
from supervision.air import day_repository as repository
from supervision.air.days import HOURS, MISSING, PER_UNIT, Levels, Sums, day_sums, eight_hour_sums

SETTLING = timedelta(hours=1)
"""After midnight: what a station sends at the full hour has come by then."""
LATE = 3
"""Days after which a day is gathered again."""
BACK = 40
"""Days the service catches up on after it was away; readings are kept longer than that."""
CHUNK = 500
"""Stations of one statement: some tens of thousands of readings an hour."""


async def plan(session: AsyncSession, now: datetime) -> None:
    """Lists the days that are over and not listed yet."""
    over = _over(now)
    await repository.plan(session, [over - timedelta(days=n) for n in range(1, BACK + 1)])


async def gather(session: AsyncSession, now: datetime) -> date | None:
    """Gathers one day that is due, and says which; None when none is, or others have it.

    All its stations are written in this transaction, so that a day is gathered whole or not at all.
    """
    over = _over(now)
    claimed = await repository.claim(
        session, over=over, settled=over - timedelta(days=LATE), oldest=over - timedelta(days=BACK)
    )
    if claimed is None:
        return None
    day, again = claimed
    await make_day(session, day, now)
    await repository.done(session, day, again=again, now=now)
    return day


async def make_day(session: AsyncSession, day: date, now: datetime) -> None:
    """The figures of a day of every station that worked then, out of its readings."""
    begin = datetime.combine(day, time(), BEIJING)
    stations = await repository.stations(session, begin)
    for at in range(0, len(stations), CHUNK):
        chunk = stations[at : at + CHUNK]
        rows = await repository.hourly(session, chunk, begin, begin + timedelta(days=1))
        await keep(session, day, packed(rows), source=AirSource.READINGS, now=now)


def _over(now: datetime) -> date:
    """The first day that is not over, with time for what comes at the full hour."""
    return (now - SETTLING).astimezone(BEIJING).date()


def packed(rows: Sequence[Any]) -> Mapping[int, Levels]:
    """By station, an array of shape (6, 24) in the order of POLLUTANTS; stations without a row are not in it."""
    found: dict[int, Levels] = {}
    for station, hour, *levels in rows:
        table = found.setdefault(station, np.full((len(POLLUTANTS), HOURS), MISSING, dtype=np.int64))
        # A negative mean is noise about zero that quality control let pass.
        table[:, hour] = [MISSING if level is None else max(level, 0) for level in levels]
    return found


async def keep(
    session: AsyncSession,
    day: date,
    hours: Mapping[int, Levels],
    *,
    source: AirSource,
    now: datetime,
    import_id: int | None = None,
) -> None:
    """Writes the day of these stations, from their hours."""
    if not hours:
        return
    stations = sorted(hours)
    table = np.stack([hours[station] for station in stations])
    ozone_limit = limit("o3", Period.EIGHT_HOURS, on=day)
    sums: dict[str, Sums] = {}
    for number, name in enumerate(POLLUTANTS):
        levels = table[:, number, :]
        sums[name] = eight_hour_sums(levels, limit=int(ozone_limit)) if name == "o3" else day_sums(levels)
    rows = []
    for at, station in enumerate(stations):
        figures: list[Any] = []
        for name in POLLUTANTS:
            count = int(sums[name].count[at])
            figures += [int(sums[name].total[at]) if count else None, count]
        packed_hours = table[at].astype("<i4").tobytes()
        windows = int(sums["o3"].measured[at])
        rows.append((station, day, *figures, windows, packed_hours, source.value, now, import_id))
    await repository.keep(session, rows)


def unpacked(hours: bytes) -> Levels:
    """The array that a stored day's hours are, of shape (6, 24) in the order of POLLUTANTS."""
    return np.frombuffer(hours, dtype="<i4").reshape(len(POLLUTANTS), HOURS).astype(np.int64)


async def days_of(
    session: AsyncSession, station_ids: Sequence[int], first: date, last: date
) -> dict[int, dict[date, dict[str, Fraction]]]:
    """The valid daily figures of stations by day and pollutant, µg/m³ (CO mg/m³), exact."""
    found: dict[int, dict[date, dict[str, Fraction]]] = {}
    for station, day, *figures in await repository.days_of(session, station_ids, first, last):
        levels = {
            name: Fraction(figures[2 * n], PER_UNIT * figures[2 * n + 1])
            for n, name in enumerate(POLLUTANTS)
            if figures[2 * n + 1]
        }
        if levels:
            found.setdefault(station, {})[day] = levels
    return found
