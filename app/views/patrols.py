"""Patrols as they are read: a day's places, coverage of grids over days, check-ins and what was drawn up."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from app.auth.scope import Scope
from app.registry.directory import Directory, GridInfo
from app.views.paging import decode_cursor, instant, page
from models.enums import SummaryKind
from models.errors import NotFound
from models.order import Evidence
from models.patrol import PatrolPhoto, PatrolPlan, PatrolSummary, PatrolVisit
from models.registry import Grid, Person, Source
from models.up_report import UpReport
from supervision.patrols import patrols
from supervision.patrols.cover import Tally

LISTED = 2000
"""Places of one list; a county that has more looks town by town."""


def field_of(directory: Directory, grid_ids: Iterable[int]) -> list[int]:
    """Those of the grids whose places are patrolled: towns and villages."""
    return sorted(id_ for id_ in grid_ids if (grid := directory.grid(id_)) is not None and grid.level >= 3)


def seen_field(scope: Scope, directory: Directory, wanted: Collection[int] | None = None) -> list[int]:
    """The towns and villages that a caller sees, of those wanted."""
    grids = [grid.id for grid in directory.grids if scope.sees(grid.id)]
    return field_of(directory, grids if wanted is None else set(grids) & set(wanted))


async def places_of(
    session: AsyncSession, grid_ids: Collection[int], day: date, directory: Directory
) -> list[dict[str, Any]]:
    """Every place due on a day in these grids, with what was done there; the open ones first."""
    found = [
        {
            "key": spot.key,
            "name": spot.name,
            "grid": grid.code if (grid := directory.grid(spot.grid_id)) is not None else None,
            "grid_name": grid.name if grid is not None else None,
            "lon": spot.lon,
            "lat": spot.lat,
            "within_m": spot.within_m,
            "per_day": one.place.per_day,
            "patrols": one.patrols,
            "covered": one.covered,
            "flaws": [flaw.value for flaw in one.flaws],
        }
        for spot, one in await patrols.day_of(session, grid_ids, day)
    ]
    return sorted(found, key=lambda one: bool(one["covered"]))[:LISTED]


async def coverage(
    session: AsyncSession,
    *,
    directory: Directory,
    grid_ids: Collection[int],
    first: date,
    last: date,
    level: int,
) -> dict[str, Any]:
    """What was due and covered by day and by grid of a level, of towns and villages `grid_ids`."""
    found = await patrols.tallies(session, grid_ids, first, last)
    days = {first + timedelta(days=n): Tally() for n in range((last - first).days + 1)}
    grids: dict[int, Tally] = {}
    cells: dict[tuple[int, date], Tally] = {}
    for (day, grid_id), one in found.items():
        days[day] += one
        above = at_level(directory, grid_id, level)
        if above is not None:
            grids[above.id] = grids.get(above.id, Tally()) + one
            cells[above.id, day] = cells.get((above.id, day), Tally()) + one
    named = sorted(
        (grid for id_ in grids if (grid := directory.grid(id_)) is not None), key=lambda grid: grid.code
    )
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "whole": _tally(sum(days.values(), Tally())),
        "days": [{"day": day.isoformat()} | _tally(one) for day, one in days.items()],
        "grids": [
            {"grid": grid.code, "grid_name": grid.name, "level": grid.level}
            | _tally(grids[grid.id])
            | {
                "days": [
                    {"day": day.isoformat()} | _tally(cells.get((grid.id, day), Tally())) for day in days
                ]
            }
            for grid in named
        ],
    }


def at_level(directory: Directory, grid_id: int, level: int) -> GridInfo | None:
    """The grid itself or the one above it that is of this level; of a town that is asked for villages, itself."""
    grid = directory.grid(grid_id)
    while grid is not None and grid.level > level:
        grid = None if grid.parent_id is None else directory.grid(grid.parent_id)
    return grid


def _tally(one: Tally) -> dict[str, Any]:
    share = None if not one.due else round(one.covered / one.due, 4)
    return {"due": one.due, "covered": one.covered, "doubtful": one.doubtful, "share": share}


async def list_visits(
    session: AsyncSession,
    *,
    scope: Scope,
    grid_ids: Collection[int] | None = None,
    day: date | None = None,
    person_id: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of check-ins, the newest first."""
    statement = (
        select(
            PatrolVisit,
            Grid.code,
            Grid.name,
            Person.name,
            Source.code,
            Source.name,
            PatrolPlan.name,
            UpReport.id,
            UpReport.number,
        )
        .join(Grid, Grid.id == PatrolVisit.grid_id)
        .join(Person, Person.id == PatrolVisit.person_id)
        .outerjoin(Source, Source.id == PatrolVisit.source_id)
        .outerjoin(PatrolPlan, PatrolPlan.id == PatrolVisit.plan_id)
        .outerjoin(UpReport, UpReport.visit_id == PatrolVisit.id)
        .where(scope.where(PatrolVisit.grid_id))
        .order_by(PatrolVisit.id.desc())
        .limit(limit + 1)
    )
    if grid_ids is not None:
        statement = statement.where(PatrolVisit.grid_id.in_(sorted(grid_ids)))
    if day is not None:
        statement = statement.where(PatrolVisit.day == day)
    if person_id is not None:
        statement = statement.where(PatrolVisit.person_id == person_id)
    if (before := decode_cursor(cursor)) is not None:
        statement = statement.where(PatrolVisit.id < before)
    rows = (await session.execute(statement)).all()
    photos = await _photos(session, [row[0].id for row in rows])
    items = [
        {
            "id": row.id,
            "place": f"s{row.source_id}" if row.source_id is not None else f"p{row.plan_id}",
            "source": source,
            "name": source_name or point,
            "grid": grid,
            "grid_name": grid_name,
            "person": person,
            "visited_at": instant(row.visited_at),
            "received_at": instant(row.received_at),
            "distance_m": None if row.distance_m is None else round(row.distance_m),
            "accuracy_m": row.accuracy_m,
            "flaw": row.flaw,
            "found": row.found,
            "note": row.note,
            "photos": photos.get(row.id, []),
            "report_id": report,
            "report_number": number,
        }
        for row, grid, grid_name, person, source, source_name, point, report, number in rows
    ]
    return page(items, limit)


async def _photos(session: AsyncSession, visit_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    statement = (
        select(PatrolPhoto.visit_id, Evidence.id, Evidence.filename, Evidence.media_type, Evidence.digest)
        .join(Evidence, Evidence.id == PatrolPhoto.evidence_id)
        .where(PatrolPhoto.visit_id.in_(visit_ids))
        .order_by(Evidence.uploaded_at, Evidence.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for visit_id, id_, filename, media_type, digest in await session.execute(statement):
        told = {"id": str(id_), "filename": filename, "media_type": media_type, "sha256": digest.hex()}
        found.setdefault(visit_id, []).append(told)
    return found


async def list_plans(
    session: AsyncSession, *, scope: Scope, grid_ids: Collection[int] | None = None
) -> list[dict[str, Any]]:
    """Plans in force, by grid and name."""
    statement = (
        select(PatrolPlan, Grid.code, Grid.name, Source.code, Source.name, Person.name)
        .join(Grid, Grid.id == PatrolPlan.grid_id)
        .join(Person, Person.id == PatrolPlan.made_by)
        .outerjoin(Source, Source.id == PatrolPlan.source_id)
        .where(PatrolPlan.to_on.is_(None), scope.where(PatrolPlan.grid_id))
        .order_by(Grid.code, PatrolPlan.id)
        .limit(LISTED)
    )
    if grid_ids is not None:
        statement = statement.where(PatrolPlan.grid_id.in_(sorted(grid_ids)))
    return [
        {
            "id": row.id,
            "grid": grid,
            "grid_name": grid_name,
            "source": source,
            "name": source_name or row.name,
            "lon": row.lon,
            "lat": row.lat,
            "per_day": row.per_day,
            "within_m": row.within_m,
            "from_on": row.from_on.isoformat(),
            "made_by": by,
        }
        for row, grid, grid_name, source, source_name, by in await session.execute(statement)
    ]


async def list_summaries(
    session: AsyncSession,
    *,
    scope: Scope,
    kind: SummaryKind | None = None,
    grid_ids: Collection[int] | None = None,
    first: date | None = None,
    last: date | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """What was drawn up, the newest first, every version of it."""
    statement = (
        select(PatrolSummary, Grid.code, Grid.name, Person.name)
        .join(Grid, Grid.id == PatrolSummary.grid_id)
        .join(Person, Person.id == PatrolSummary.made_by)
        .where(scope.where(PatrolSummary.grid_id))
        .order_by(PatrolSummary.first_on.desc(), PatrolSummary.id.desc())
        .limit(limit)
    )
    if kind is not None:
        statement = statement.where(PatrolSummary.kind == kind.value)
    if grid_ids is not None:
        statement = statement.where(PatrolSummary.grid_id.in_(sorted(grid_ids)))
    if first is not None:
        statement = statement.where(PatrolSummary.first_on >= first)
    if last is not None:
        statement = statement.where(PatrolSummary.first_on <= last)
    return [_summary(*row) for row in await session.execute(statement)]


async def summary_document(session: AsyncSession, summary_id: int, *, scope: Scope) -> dict[str, Any]:
    """One of them with its frozen figures; raises NotFound outside the scope."""
    row = (
        await session.execute(
            select(PatrolSummary, Grid.code, Grid.name, Person.name)
            .join(Grid, Grid.id == PatrolSummary.grid_id)
            .join(Person, Person.id == PatrolSummary.made_by)
            .where(PatrolSummary.id == summary_id, scope.where(PatrolSummary.grid_id))
        )
    ).first()
    if row is None:
        raise NotFound(f"no summary {summary_id}")
    return _summary(*row) | {"figures": json.loads(row[0].body)}


def _summary(row: PatrolSummary, grid: str, grid_name: str, by: str) -> dict[str, Any]:
    whole = json.loads(row.body)["whole"]
    return {
        "id": row.id,
        "kind": row.kind,
        "grid": grid,
        "grid_name": grid_name,
        "first_on": row.first_on.isoformat(),
        "version": row.version,
        "due": whole["due"],
        "covered": whole["covered"],
        "note": row.note,
        "sha256": row.digest.hex(),
        "made_by": by,
        "made_at": instant(row.made_at),
    }


async def grid_of_source(session: AsyncSession, code: str, scope: Scope) -> int:
    """Where a source stands; raises NotFound outside the scope."""
    found: int | None = await session.scalar(
        select(Source.grid_id).where(Source.code == code, scope.where(Source.grid_id))
    )
    if found is None:
        raise NotFound(f"no source {code}")
    return found


async def without_village(session: AsyncSession, *, scope: Scope, directory: Directory) -> int:
    """Active sources that stand in no town or village, so that nobody patrols them."""
    wide = [grid.id for grid in directory.grids if grid.level <= 2 and scope.sees(grid.id)]
    rows = await session.scalars(
        select(Source.id).where(Source.grid_id.in_(wide), Source.state == "active").limit(LISTED)
    )
    return len(rows.all())


def today_of(now: datetime) -> date:
    return now.astimezone(BEIJING).date()
