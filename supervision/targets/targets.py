"""Targets of units and stations, and where each stands today (R8, body §3(二))."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import last_of
from airquality.period import BEIJING
from airquality.rounding import fraction
from models.air import AirTarget
from models.enums import POLLUTANTS
from models.errors import Invalid
from supervision import versions
from supervision.air import gathering, month_repository
from supervision.air.month import of_unit
from supervision.air.records import document_of
from supervision.readings import Readings
from supervision.targets import target_repository as repository
from supervision.targets.standing import MonthStanding, break_down, keeps_to, stand

LARGEST = Decimal(10_000)
Levels = Mapping[date, Mapping[str, Fraction]]


@dataclass(frozen=True, slots=True)
class TargetSet:
    """A target was set; a version after the first replaces the one before."""

    grid: str | None
    station: str | None
    year: int
    pollutant: str
    version: int
    yearly: Decimal
    months: tuple[Decimal, ...]
    by: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit or station, its target of the month, and how it stands."""

    grid: str | None
    station: str | None
    month: MonthStanding


async def set_target(
    session: AsyncSession,
    *,
    grid: str | None,
    station: str | None,
    year: int,
    pollutant: str,
    yearly: Decimal,
    months: Sequence[Decimal] | None,
    profile: Sequence[Decimal] | None,
    document: str,
    by: int,
    now: datetime,
) -> TargetSet:
    """Sets the target of one unit or station; the months as given, or the year broken down in the shape of `profile`.

    Without either every month has the yearly target. Raises Invalid naming the field.
    """
    if (grid is None) == (station is None):
        raise Invalid("a target is of a grid or of a station", field="grid")
    grid_id = None if grid is None else await repository.grid_of(session, grid)
    station_id = None if station is None else await repository.station_of(session, station)
    if station is not None and station_id is not None and not await repository.counts(session, station_id):
        raise Invalid("a background station is not judged: it has no target", field="station")
    if grid_id is None and station_id is None:
        raise Invalid("no such county, park or station", field="grid" if station is None else "station")
    if pollutant not in POLLUTANTS:
        raise Invalid(f"{pollutant} is no pollutant of the index", field="pollutant")
    if not 2013 <= year <= 2200:
        raise Invalid("a year is 2013 to 2200", field="year")
    source = document_of(document)
    chosen = _months(yearly, year, months, profile)
    before = await repository.version_of(
        session, grid_id=grid_id, station_id=station_id, year=year, pollutant=pollutant
    )
    row = AirTarget(
        grid_id=grid_id, station_id=station_id, year=year, pollutant=pollutant, yearly=yearly,
        months=list(chosen), version=1 if before is None else before.version + 1, document=source, entered_by=by,
        entered_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return TargetSet(grid, station, year, pollutant, row.version, yearly, chosen, by)


def _months(
    yearly: Decimal, year: int, months: Sequence[Decimal] | None, profile: Sequence[Decimal] | None
) -> tuple[Decimal, ...]:
    for field, levels in (("yearly", [yearly]), ("months", months), ("profile", profile)):
        if levels is None:
            continue
        if field != "yearly" and len(levels) != 12:
            raise Invalid("wants twelve months", field=field)
        if not all(level.is_finite() and 0 < level < LARGEST for level in levels):
            raise Invalid(f"a level is above 0 and below {LARGEST}", field=field)
        if any(-int(level.as_tuple().exponent) > 3 for level in levels):
            raise Invalid("a level has at most three decimals", field=field)
    if months is not None and profile is not None:
        raise Invalid("the months are given, or broken down by a profile", field="profile")
    if months is not None:
        return tuple(months)
    if profile is None:
        return (yearly,) * 12
    broken = break_down(yearly, profile=profile, days=[monthrange(year, n)[1] for n in range(1, 13)])
    if min(broken) <= 0:
        raise Invalid("a month of this profile would have no target left", field="profile")
    return tuple(broken)


async def standings(session: AsyncSession, *, year: int, month: int, today: date) -> list[Standing]:
    """Every target of that month with its standing at the beginning of `today`: units first, each in its order."""
    rows = await repository.newest(session, year)
    if not rows:
        return []
    first = date(year, month, 1)
    last = min(last_of(first), today - timedelta(days=1))
    _, readings = await versions.readings_on(session, last_of(first))
    units = await _units(session, first, last, readings)
    stations = [target.station_id for target, _, _ in rows if target.station_id is not None]
    measured = await gathering.days_of(session, stations, first, last) if stations else {}
    found = []
    for target, grid, station in rows:
        days: Levels = (
            units.get(target.grid_id, {}) if station is None else measured.get(target.station_id, {})
        )
        found.append(
            Standing(
                grid,
                station,
                stand(
                    target.pollutant,
                    {
                        day: levels[target.pollutant]
                        for day, levels in days.items()
                        if target.pollutant in levels
                    },
                    target=target.months[month - 1],
                    year=year,
                    month=month,
                    today=today,
                ),
            )
        )
    return sorted(found, key=_order)


async def met_in_year(session: AsyncSession, year: int, *, today: date) -> dict[str, bool]:
    """Whether each unit with targets kept to all of them in a year that is over; nothing before it is.

    A unit without a single valid day of a pollutant did not show that it kept to its target, and is left out.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    if today <= last:
        return {}
    rows = [(target, grid) for target, grid, _ in await repository.newest(session, year) if grid is not None]
    if not rows:
        return {}
    _, readings = await versions.readings_on(session, last)
    units = await _units(session, first, last, readings)
    met: dict[str, bool] = {}
    unknown = set()
    for target, grid in rows:
        days = units.get(target.grid_id, {})
        levels = [fraction(day[target.pollutant]) for day in days.values() if target.pollutant in day]
        if not levels:
            unknown.add(grid)
        met[grid] = met.get(grid, True) and keeps_to(target.pollutant, levels, target.yearly)
    return {grid: kept for grid, kept in met.items() if grid not in unknown}


async def _units(session: AsyncSession, first: date, last: date, readings: Readings) -> dict[int, Levels]:
    """By unit, its days: the mean over its reference stations."""
    begin = datetime.combine(first, time(), BEIJING)
    stations = await month_repository.reference_stations(session, begin)
    days = await gathering.days_of(session, [station for station, _, _ in stations], first, last)
    by_unit: dict[int, list[Levels]] = {}
    for station, _, unit in stations:
        by_unit.setdefault(unit, []).append(days.get(station, {}))
    return {unit: of_unit(members, readings) for unit, members in by_unit.items()}


def _order(one: Standing) -> tuple[bool, str, int]:
    return one.station is not None, one.grid or one.station or "", POLLUTANTS.index(one.month.pollutant)
