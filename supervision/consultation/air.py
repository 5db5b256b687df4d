"""The air that a consultation speaks of, from the days of the stations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import POLLUTANTS, PaperKind
from models.errors import VersionConflict
from models.issued import IssuedPaper
from supervision import versions
from supervision.air import gathering, month_repository
from supervision.air.days import HOURS, MISSING, PER_UNIT
from supervision.air.month import of_unit
from supervision.consultation import consultation_repository as repository
from supervision.consultation.standing import Days
from supervision.consultation.watch import StationSeen
from supervision.papers import papers
from supervision.targets import targets
from supervision.targets.standing import Outlook


@dataclass(frozen=True, slots=True)
class UnitAir:
    """A unit's days, and the hours of one of them."""

    days: Days
    hours: Mapping[str, tuple[float | None, ...]]
    """By pollutant, the mean over its reference stations of each hour of the day asked for."""


async def of_units(session: AsyncSession, first: date, last: date) -> dict[int, UnitAir]:
    """By unit with a reference station, its days of [first, last] and the hours of `last`."""
    begin = datetime.combine(first, time(), BEIJING)
    stations = await month_repository.reference_stations(session, begin)
    ids = [station for station, _, _ in stations]
    if not ids:
        return {}
    _, readings = await versions.readings_on(session, last)
    days = await gathering.days_of(session, ids, first, last)
    packed = await repository.hours(session, ids, last)
    by_unit: dict[int, list[int]] = {}
    for station, _, unit in stations:
        by_unit.setdefault(unit, []).append(station)
    return {
        unit: UnitAir(
            of_unit([days.get(one, {}) for one in members], readings),
            _hours([packed[one] for one in members if one in packed]),
        )
        for unit, members in by_unit.items()
    }


def _hours(packed: Sequence[bytes]) -> Mapping[str, tuple[float | None, ...]]:
    if not packed:
        return {}
    table = np.stack([np.frombuffer(one, dtype="<i4").reshape(len(POLLUTANTS), HOURS) for one in packed])
    there = table != MISSING
    counts = there.sum(axis=0)
    sums = np.where(there, table, 0).sum(axis=0)
    return {
        name: tuple(
            float(sums[n, hour]) / (PER_UNIT * int(counts[n, hour])) if counts[n, hour] else None
            for hour in range(HOURS)
        )
        for n, name in enumerate(POLLUTANTS)
    }


async def stations_seen(
    session: AsyncSession,
    day: date,
    *,
    alerts: Mapping[int, int],
    offline: frozenset[int],
    names: Mapping[int, str],
) -> list[StationSeen]:
    """Every station of a county or park with its day, and what else speaks for watching it; `names` are of units."""
    rows = await repository.stations(session)
    levels = await gathering.days_of(session, [row[0] for row in rows], day, day)
    outlooks: dict[str, dict[str, Outlook]] = {}
    today = day + timedelta(days=1)
    for one in await targets.standings(session, year=day.year, month=day.month, today=today):
        if one.station is not None:
            outlooks.setdefault(one.station, {})[one.month.pollutant] = one.month.outlook
    return [
        StationSeen(
            code, name, names.get(unit, ""), _levels(levels, station, day), alerts.get(station, 0),
            station in offline, outlooks.get(code, {}),
        )
        for station, code, name, unit in rows
    ]  # fmt: skip


def _levels(
    days: Mapping[int, Mapping[date, Mapping[str, Fraction]]], station: int, day: date
) -> Mapping[str, Fraction]:
    return days.get(station, {}).get(day, {})


async def is_due(session: AsyncSession, now: datetime) -> date | None:
    """The morning whose brief is to be written now: past the hour, with the day before made, and not written yet.

    None as well while another process is at it. Held until the transaction ends.
    """
    local = now.astimezone(BEIJING)
    today = local.date()
    _, readings = await versions.readings_on(session, today)
    if local.hour < readings.consultation_hour:
        return None
    if not await repository.gathered(session, today - timedelta(days=1)):
        return None
    if await repository.has_paper(session, PaperKind.BRIEF, today):
        return None
    return today if await repository.try_lock(session) else None


async def write(
    session: AsyncSession,
    about: papers.About,
    snapshot: bytes,
    *,
    by: int | None,
    over: bool,
    now: datetime,
) -> IssuedPaper:
    """The draft of a paper. One that a person edited is written over only where `over` says so.

    Raises VersionConflict otherwise.
    """
    if not over and await repository.edited_draft(
        session, about.kind, about.grid_id, about.period_from, about.subject
    ):
        raise VersionConflict("a draft of this was edited by a person")
    return await papers.draft(session, about, snapshot, by=by, now=now)
