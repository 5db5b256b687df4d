"""Months of the air, exclusions, published indices, deliveries and readings of the text, as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from airquality.months import last_of, month_written
from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.air import AirExclusion, AirImport, AirMonth, AirPublished, SupervisionReadings
from models.enums import MonthState
from models.errors import Invalid, NotFound
from models.registry import Grid, Person
from models.said import Said
from supervision.air.months import inputs_in
from supervision.air.records import Published
from supervision.readings import Readings

_By, _Other = aliased(Person), aliased(Person)
_BRIEF = (
    AirMonth.id, AirMonth.month, AirMonth.version, AirMonth.state, AirMonth.readings_version, AirMonth.inputs_digest,
    AirMonth.why, AirMonth.computed_at, AirMonth.signed_at,
)  # fmt: skip


def month_in(text: str) -> date:
    """The first day of a month written like 2026-03; raises Invalid for none."""
    try:
        return month_written(text)
    except ValueError:
        raise Invalid(Said("a month is written like 2026-03"), field="month") from None


def _seen(statement: Select[Any], scope: Scope) -> Select[Any]:
    """Drafts are the prefecture's alone; what was signed once is for every unit."""
    if scope.grid_ids is None:
        return statement
    return statement.where(AirMonth.state != MonthState.DRAFT.value)


def _brief(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "month": f"{row.month:%Y-%m}",
        "version": row.version,
        "state": row.state,
        "readings": row.readings_version,
        "sha256": row.inputs_digest.hex(),
        "why": row.why,
        "computed_by": row.computed_name,
        "computed_at": instant(row.computed_at),
        "signed_by": row.signed_name,
        "signed_at": instant(row.signed_at),
    }


def _months(*more: Any) -> Select[Any]:
    return (
        select(*_BRIEF, *more, _By.name.label("computed_name"), _Other.name.label("signed_name"))
        .join(_By, _By.id == AirMonth.computed_by)
        .outerjoin(_Other, _Other.id == AirMonth.signed_by)
    )


async def list_months(
    session: AsyncSession,
    *,
    scope: Scope,
    month: date | None = None,
    state: MonthState | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the versions of months, the newest made first, without their results."""
    statement = _seen(_months(), scope)
    if month is not None:
        statement = statement.where(AirMonth.month == month)
    if state is not None:
        statement = statement.where(AirMonth.state == state.value)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(AirMonth.id < last)
    rows = await session.execute(statement.order_by(AirMonth.id.desc()).limit(limit + 1))
    return page([_brief(row) for row in rows], limit)


async def month_document(
    session: AsyncSession, month: date, *, scope: Scope, version: int | None = None
) -> dict[str, Any]:
    """A version of a month with its result: the one named, else the one in force, else the newest.

    Raises NotFound; for a draft also where the caller does not see the whole prefecture.
    """
    statement = _seen(_months(AirMonth.result).where(AirMonth.month == month), scope)
    if version is not None:
        statement = statement.where(AirMonth.version == version)
    order = (AirMonth.state == MonthState.SIGNED.value).desc(), AirMonth.version.desc()
    row = (await session.execute(statement.order_by(*order).limit(1))).one_or_none()
    if row is None:
        raise NotFound(f"no month {month:%Y-%m}" + (f" of version {version}" if version else ""))
    names = await unit_names(session)
    units = [unit | {"name": names.get(unit["code"], unit["code"])} for unit in row.result["units"]]
    return _brief(row) | {"units": sorted(units, key=_place)}


def _place(unit: Mapping[str, Any]) -> tuple[bool, int, str]:
    """As a ranking is read: the best first, those without a place below."""
    return unit["place"] is None, unit["place"] or 0, unit["code"]


async def month_inputs(
    session: AsyncSession, month: date, version: int, *, scope: Scope, units: frozenset[str] | None
) -> dict[str, Any]:
    """The frozen inputs of a version; `units` are the codes whose records the caller sees, None for all of them."""
    statement = _seen(select(AirMonth).where(AirMonth.month == month, AirMonth.version == version), scope)
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no month {month:%Y-%m} of version {version}")
    inputs = inputs_in(row)
    whole = units is None
    seen = [unit for unit in inputs["units"] if units is None or unit["code"] in units]
    return {
        "version": row.version, "sha256": row.inputs_digest.hex(), "whole": whole, "inputs": inputs | {"units": seen},
    }  # fmt: skip


async def unit_names(session: AsyncSession) -> dict[str, str]:
    """The names of the level-2 grids by code."""
    rows = await session.execute(select(Grid.code, Grid.name).where(Grid.level == 2))
    return {row.code: row.name for row in rows}


_EXCLUSIONS = (
    select(
        AirExclusion,
        Grid.code,
        Grid.name.label("grid_name"),
        _By.name.label("entered"),
        _Other.name.label("withdrawn"),
    )
    .join(Grid, Grid.id == AirExclusion.grid_id)
    .join(_By, _By.id == AirExclusion.entered_by)
    .outerjoin(_Other, _Other.id == AirExclusion.withdrawn_by)
)


async def exclusion_document(session: AsyncSession, exclusion: int) -> dict[str, Any]:
    """One exclusion as it stands."""
    statement = _EXCLUSIONS.where(AirExclusion.id == exclusion)
    return _exclusion((await session.execute(statement)).one())


async def list_exclusions(
    session: AsyncSession,
    *,
    scope: Scope,
    month: date | None = None,
    grid_ids: frozenset[int] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of exclusions, the newest entered first, withdrawn ones too."""
    statement = _EXCLUSIONS.where(scope.where(AirExclusion.grid_id))
    if month is not None:
        statement = statement.where(AirExclusion.day.between(month, last_of(month)))
    if grid_ids is not None:
        statement = statement.where(AirExclusion.grid_id.in_(sorted(grid_ids)))
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(AirExclusion.id < last)
    rows = await session.execute(statement.order_by(AirExclusion.id.desc()).limit(limit + 1))
    return page([_exclusion(row) for row in rows], limit)


def _exclusion(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    one: AirExclusion = row.AirExclusion
    return {
        "id": one.id,
        "grid": row.code,
        "grid_name": row.grid_name,
        "day": one.day.isoformat(),
        "pollutants": list(one.pollutants),
        "document": one.document,
        "entered_by": row.entered,
        "entered_at": instant(one.entered_at),
        "withdrawn_by": row.withdrawn,
        "withdrawn_at": instant(one.withdrawn_at),
        "withdrawn_why": one.withdrawn_why,
    }


async def list_published(
    session: AsyncSession,
    *,
    scope: Scope,
    month: date | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of published indices, the newest entered first, every version."""
    statement = (
        select(AirPublished, Grid.code, Grid.name.label("grid_name"), _By.name.label("entered"))
        .join(Grid, Grid.id == AirPublished.grid_id)
        .join(_By, _By.id == AirPublished.entered_by)
        .where(scope.where(AirPublished.grid_id))
    )
    if month is not None:
        statement = statement.where(AirPublished.month == month)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(AirPublished.id < last)
    rows = await session.execute(statement.order_by(AirPublished.id.desc()).limit(limit + 1))
    return page([_published(row) for row in rows], limit)


def _published(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    one: AirPublished = row.AirPublished
    return {
        "id": one.id,
        "grid": row.code,
        "grid_name": row.grid_name,
        "month": f"{one.month:%Y-%m}",
        "version": one.version,
        "value": format(one.value.normalize(), "f"),
        "figures": dict(one.figures),
        "rules": one.rules,
        "document": one.document,
        "entered_by": row.entered,
        "entered_at": instant(one.entered_at),
    }


def entered_document(entered: Sequence[Published]) -> dict[str, Any]:
    """What was new of a publication."""
    items = [
        {"grid": one.grid, "month": f"{one.month:%Y-%m}", "version": one.version, "value": str(one.value)}
        for one in entered
    ]
    return {"entered": len(items), "items": items}


async def list_imports(
    session: AsyncSession, *, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of the files of official values that were taken in, the newest first."""
    statement = select(AirImport, _By.name.label("entered")).join(_By, _By.id == AirImport.entered_by)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(AirImport.id < last)
    rows = await session.execute(statement.order_by(AirImport.id.desc()).limit(limit + 1))
    return page([import_document(row.AirImport, row.entered) for row in rows], limit)


def import_document(one: AirImport, entered_by: str) -> dict[str, Any]:
    """A delivery as it is told."""
    return {
        "id": one.id,
        "name": one.name,
        "sha256": one.digest.hex(),
        "document": one.document,
        "hourly": one.hourly,
        "rows": one.rows,
        "stations": one.stations,
        "from": one.first_day.isoformat(),
        "until": one.last_day.isoformat(),
        "entered_by": entered_by,
        "entered_at": instant(one.entered_at),
    }


async def list_readings(session: AsyncSession, *, today: date) -> dict[str, Any]:
    """Every version of how the text is read, whole, the newest first; `in_force` is today's."""
    rows = await session.execute(
        select(SupervisionReadings, _By.name.label("entered"))
        .outerjoin(_By, _By.id == SupervisionReadings.entered_by)
        .order_by(SupervisionReadings.valid_from.desc(), SupervisionReadings.version.desc())
    )
    items = []
    in_force = None
    for row in rows:
        one: SupervisionReadings = row.SupervisionReadings
        if in_force is None and one.valid_from <= today:
            in_force = one.version
        items.append(
            {
                "version": one.version,
                "valid_from": one.valid_from.isoformat(),
                "body": Readings.parse(one.body).document(),
                "why": one.why,
                "entered_by": row.entered,
                "entered_at": instant(one.entered_at),
            }
        )
    return {"items": items, "next_cursor": None, "in_force": in_force}
