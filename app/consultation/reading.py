"""Reads what a consultation rests on, in one transaction."""

from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from app.consultation.facts import Facts, UnitFacts, Work
from app.registry.directory import Directory
from app.views import consultation as views
from models.errors import Invalid
from supervision.consultation import air
from supervision.consultation.direction import UNKNOWN_WIND, WindSaid, peak_hours, suggest
from supervision.consultation.standing import aqi_of, stretch
from supervision.consultation.watch import watched
from supervision.problems.looking import standing

WEEK = timedelta(days=7)
LONGEST = 92
"""Days of a report."""
OFFICE = "大气污染联防联控领导小组办公室"


async def facts_of(
    session: AsyncSession, directory: Directory, first: date, last: date, *, now: datetime
) -> Facts:
    """The facts of the days [first, last]; raises Invalid for days that are not over, or too many of them."""
    if not first <= last < now.astimezone(BEIJING).date():
        raise Invalid("the days are over, and end after they begin", field="day")
    if (last - first).days >= LONGEST:
        raise Invalid(f"at most {LONGEST} days", field="day")
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    span = (last - first).days + 1
    begin = min(first - timedelta(days=span), last.replace(day=1))
    units = [grid for grid in directory.grids if grid.level == 2]
    names = {int(grid.id): grid.name for grid in units}
    airs = await air.of_units(session, begin, last)
    work = await views.work(session, since, until)
    winds = await views.winds(session, _midnight(last), until)
    rows = await standing(session, [grid.id for grid in units], since=None, now=now)
    problems = {row.grid_id: row for row in rows}
    stations = await air.stations_seen(
        session, last, alerts=await views.alerts_of_stations(session, until - WEEK, until),
        offline=await views.offline(session), names=names,
    )  # fmt: skip
    told = []
    for grid in units:
        found = airs.get(grid.id, air.UnitAir({}, {}))
        levels = found.days.get(last, {})
        index = aqi_of(last, levels)
        primary = None if index is None or index.value is None else index.primary
        wind = winds.get(grid.id)
        said = UNKNOWN_WIND if wind is None else WindSaid(wind.word.value, wind.speed_ms, wind.from_deg)
        peaks = {name: peak_hours(found.hours.get(name, ())) for name in primary or ()}
        told.append(
            UnitFacts(
                grid.id, grid.code, grid.name, levels, index, stretch(found.days, last.replace(day=1), last),
                stretch(found.days, first, last),
                stretch(found.days, first - timedelta(days=span), first - timedelta(days=1)),
                work.get(grid.id, Work()), problems[grid.id], suggest(primary, peaks, said),
            )
        )  # fmt: skip
    prefecture = directory.grid(directory.prefecture or 0)
    return Facts(
        office=f"{'' if prefecture is None else prefecture.name}{OFFICE}", first=first, last=last, now=now,
        units=told, watched=watched(stations), missed=await views.missed(session, since, until),
        open_problems=await views.open_problems(session, now),
        last_week=await views.pushed_in(session, since - WEEK, since, now), names=names,
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
