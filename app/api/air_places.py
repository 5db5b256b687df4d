"""Whose air is asked for: a station, or a county or park by its reference stations; within the caller's scope."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.rights import grid_in_scope, station_in_scope
from app.auth.scope import Caller
from app.context import Context
from models.errors import Invalid
from supervision.air import lookups


@dataclass(frozen=True, slots=True)
class Place:
    """A place with the ids of the stations it is judged by."""

    code: str
    name: str
    unit: bool
    stations: list[int]
    left_out: list[str]
    """Codes of the unit's background stations."""


async def place_of(
    session: AsyncSession,
    *,
    grid: str | None,
    station: str | None,
    day: date,
    caller: Caller,
    context: Context,
) -> Place:
    """The place that was named; raises Invalid unless it is one, NotFound for one outside the scope."""
    if (grid is None) == (station is None):
        raise Invalid("wants either grid or station", field="grid")
    if station is not None:
        found = station_in_scope(station, caller, context)
        return Place(found.code, found.name, False, [found.id], [])
    unit = grid_in_scope(grid or "", caller, context)
    if unit.level != 2:
        raise Invalid("wants a county or park", field="grid")
    members = await lookups.members(session, unit.id, day)
    return Place(unit.code, unit.name, True, members, await lookups.background(session, unit.id, day))
