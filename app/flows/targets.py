"""Acts on targets, and the early warning: told on journal and feed in the transaction that keeps them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.rounding import rounded
from app.auth.scope import Caller
from app.pipeline import Pipeline
from app.registry.directory import Directory, GridInfo
from app.sheets.read import refused
from app.sheets.targets import TargetRow
from models.clock import BEIJING, Clock
from models.enums import EventKind
from models.facts import Told
from models.ids import GridId, PersonId
from models.said import Said
from supervision.targets import targets, warnings
from supervision.targets.targets import TargetSet


async def set_target(
    pipeline: Pipeline,
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
    caller: Caller,
    clock: Clock,
) -> TargetSet:
    """Sets one target, or another version of it."""
    now = clock.now()
    made = await targets.set_target(
        session, grid=grid, station=station, year=year, pollutant=pollutant, yearly=yearly, months=months,
        profile=profile, document=document, by=caller.id, now=now,
    )  # fmt: skip
    await pipeline.told(session, [_set(pipeline.directory, made, caller, now)], now=now)
    return made


async def import_targets(
    pipeline: Pipeline,
    session: AsyncSession,
    rows: Sequence[TargetRow],
    *,
    document: str,
    caller: Caller,
    clock: Clock,
) -> list[TargetSet]:
    """Sets every target of a table, or none; a place is a unit or a station, by code or name.

    Raises Invalid naming the row.
    """
    directory, now = pipeline.directory, clock.now()
    grids = {name: one.code for one in directory.grids if one.level == 2 for name in (one.code, one.name)}
    stations = {one.code: one.code for one in directory.stations}
    by_name: dict[str, list[str]] = {}
    for one in directory.stations:
        by_name.setdefault(one.name, []).append(one.code)
    stations |= {
        name: codes[0] for name, codes in by_name.items() if len(codes) == 1 and name not in stations
    }
    seen: dict[tuple[str, int, str], int] = {}
    made = []
    for row in rows:
        grid, station = grids.get(row.place), stations.get(row.place)
        if grid is None and station is None:
            raise refused(
                row.row, "place", Said("%(value)s is no county, park or station", value=row.place[:40])
            )
        if not 2013 <= row.year <= 2200:
            raise refused(row.row, "year", Said("%(value)s is no year", value=row.year))
        key = grid or station or "", row.year, row.pollutant
        if key in seen:
            raise refused(row.row, "place", Said("the same as in row %(other)s", other=seen[key]))
        seen[key] = row.row.number
        made.append(
            await targets.set_target(
                session, grid=grid, station=None if grid else station, year=row.year, pollutant=row.pollutant,
                yearly=row.yearly, months=row.months, profile=None, document=document, by=caller.id, now=now,
            )
        )  # fmt: skip
    await pipeline.told(session, [_set(directory, one, caller, now) for one in made], now=now)
    return made


async def warn(pipeline: Pipeline, session: AsyncSession, *, now: datetime) -> int:
    """Tells which targets of this month cannot be met any more, each once; gives how many."""
    today = now.astimezone(BEIJING).date()
    found = await warnings.unreachable(session, today=today, now=now)
    facts = []
    for one in found:
        unit = unit_of(pipeline.directory, one.standing.grid, one.standing.station)
        stand = one.standing.month
        said = {
            "station": one.standing.station, "month": f"{one.month:%Y-%m}", "pollutant": stand.pollutant,
            "target": str(stand.target),
            "to_date": None if stand.to_date is None else str(rounded(stand.pollutant, stand.to_date)),
            "remaining": stand.remaining,
        }  # fmt: skip
        where = None if unit is None else GridId(unit.id)
        code = None if unit is None else unit.code
        facts.append(Told(EventKind.AIR_TARGET_UNREACHABLE, where, code, now, detail=said))
    await pipeline.told(session, facts, now=now)
    return len(found)


def unit_of(directory: Directory, grid: str | None, station: str | None) -> GridInfo | None:
    """The grid that answers for a target: its own, or the level-2 grid of its station."""
    if grid is not None:
        return directory.grid_by_code(grid)
    info = directory.station(station or "")
    return None if info is None else directory.grid(info.grid_id)


def _set(directory: Directory, made: TargetSet, caller: Caller, now: datetime) -> Told:
    unit = unit_of(directory, made.grid, made.station)
    said = {
        "station": made.station, "year": made.year, "pollutant": made.pollutant, "version": made.version,
        "yearly": str(made.yearly),
    }  # fmt: skip
    where = None if unit is None else GridId(unit.id)
    code = None if unit is None else unit.code
    return Told(EventKind.AIR_TARGET_SET, where, code, now, PersonId(caller.id), caller.name, said)
