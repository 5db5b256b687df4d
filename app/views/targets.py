"""Targets with where they stand, as the API and the pages show them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.rounding import round_half_even, rounded
from app.auth.scope import Scope
from app.flows.targets import unit_of
from app.registry.directory import Directory
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.air import AirTarget, AirTargetWarning
from models.registry import Grid, Person, Station
from supervision.targets.targets import Standing, standings


def _place(directory: Directory, grid: str | None, station: str | None) -> dict[str, Any]:
    unit = unit_of(directory, grid, station)
    info = None if station is None else directory.station(station)
    name = (unit.name if unit else grid) if station is None else (info.name if info else station)
    return {"grid": None if unit is None else unit.code, "station": station, "name": name}


def _seen(directory: Directory, scope: Scope, grid: str | None, station: str | None) -> bool:
    unit = unit_of(directory, grid, station)
    return scope.grid_ids is None or (unit is not None and scope.sees(unit.id))


async def list_targets(
    session: AsyncSession,
    *,
    scope: Scope,
    directory: Directory,
    year: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of targets, every version, the newest set first; those of a station go with its county."""
    statement = (
        select(
            AirTarget, Grid.code.label("grid"), Station.code.label("station"), Person.name.label("entered")
        )
        .outerjoin(Grid, Grid.id == AirTarget.grid_id)
        .outerjoin(Station, Station.id == AirTarget.station_id)
        .join(Person, Person.id == AirTarget.entered_by)
        .where(scope.where(AirTarget.grid_id) | scope.where(Station.grid_id))
    )
    if year is not None:
        statement = statement.where(AirTarget.year == year)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(AirTarget.id < last)
    rows = await session.execute(statement.order_by(AirTarget.id.desc()).limit(limit + 1))
    items = [
        {"id": row.AirTarget.id}
        | _place(directory, row.grid, row.station)
        | {
            "year": row.AirTarget.year,
            "pollutant": row.AirTarget.pollutant,
            "version": row.AirTarget.version,
            "yearly": format(row.AirTarget.yearly.normalize(), "f"),
            "months": [format(level.normalize(), "f") for level in row.AirTarget.months],
            "document": row.AirTarget.document,
            "entered_by": row.entered,
            "entered_at": instant(row.AirTarget.entered_at),
        }
        for row in rows
    ]
    return page(items, limit)


async def standing_document(
    session: AsyncSession, month: date, *, scope: Scope, directory: Directory, today: date
) -> dict[str, Any]:
    """Every target of a month that the caller sees, with where it stands at the beginning of `today`."""
    found: Sequence[Standing] = await standings(session, year=month.year, month=month.month, today=today)
    items = [
        _place(directory, one.grid, one.station) | _standing(one)
        for one in found
        if _seen(directory, scope, one.grid, one.station)
    ]
    return {"month": f"{month:%Y-%m}", "today": today.isoformat(), "items": items}


def _standing(one: Standing) -> dict[str, Any]:
    stand = one.month
    return {
        "pollutant": stand.pollutant,
        "target": format(stand.target.normalize(), "f"),
        "to_date": None if stand.to_date is None else str(rounded(stand.pollutant, stand.to_date)),
        "measured": stand.measured,
        "remaining": stand.remaining,
        # Below zero is said as it is: so much too much there was already.
        "may_average": None if stand.may_average is None else str(round_half_even(stand.may_average, 1)),
        "days_over": stand.days_over,
        "may_exceed": stand.may_exceed,
        "outlook": stand.outlook.value,
    }


async def list_warnings(
    session: AsyncSession,
    *,
    scope: Scope,
    directory: Directory,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of early warnings, the newest first."""
    statement = (
        select(AirTargetWarning, Grid.code.label("grid"), Station.code.label("station"))
        .outerjoin(Grid, Grid.id == AirTargetWarning.grid_id)
        .outerjoin(Station, Station.id == AirTargetWarning.station_id)
        .where(scope.where(AirTargetWarning.grid_id) | scope.where(Station.grid_id))
    )
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(AirTargetWarning.id < last)
    rows = await session.execute(statement.order_by(AirTargetWarning.id.desc()).limit(limit + 1))
    items = [
        {"id": row.AirTargetWarning.id}
        | _place(directory, row.grid, row.station)
        | {
            "month": f"{row.AirTargetWarning.month:%Y-%m}",
            "pollutant": row.AirTargetWarning.pollutant,
            "target": format(row.AirTargetWarning.target.normalize(), "f"),
            "to_date": str(rounded(row.AirTargetWarning.pollutant, row.AirTargetWarning.to_date)),
            "remaining": row.AirTargetWarning.remaining,
            "told_at": instant(row.AirTargetWarning.told_at),
        }
        for row in rows
    ]
    return page(items, limit)
