"""Patrols: who may check in, plan and sum up, and what is told of it."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.geodesy import distance_m
from app.auth.permissions import FIELD, permit_role
from app.auth.scope import Caller
from app.flows import reports as upward
from app.pipeline import Pipeline
from app.registry.directory import Directory
from dispatch.reports.service import Draft, of_visit
from models.clock import Clock
from models.enums import EventKind, ProblemCategory, ProblemOrigin, Role, SummaryKind, VisitFound
from models.errors import Invalid, NotFound
from models.facts import Told
from models.ids import GridId, PersonId
from supervision.patrols import patrols, summaries
from supervision.patrols.late_reports import LateReport
from supervision.patrols.patrols import CheckIn, Planned, Visited

PLANNERS = (Role.SUPERVISOR, Role.CHIEF, Role.ADMINISTRATOR)
"""Who plans patrols and draws them up, in their own grid and below it."""


async def check_in(
    pipeline: Pipeline,
    session: AsyncSession,
    key: str,
    *,
    found: VisitFound,
    note: str | None,
    at: datetime | None,
    place: tuple[float, float, float | None] | None,
    photos: Sequence[uuid.UUID],
    report_as: ProblemCategory | None,
    caller: Caller,
    clock: Clock,
) -> tuple[Visited, int | None]:
    """Somebody in the field was at a place; `place` is longitude, latitude and how exact they are.

    With `report_as` what was found goes upward in the same act, with the words, photos and place of the
    check-in: both are there or neither. Gives the check-in, and the report that came with it.
    """
    if report_as is not None and found not in (VisitFound.PROBLEM, VisitFound.STOPPED):
        raise Invalid("nothing was found that could be reported", field="report_as")
    now = clock.now()
    spot = await patrols.spot(session, key)
    if not caller.scope.sees(spot.grid_id):
        raise NotFound(f"no place {key}")
    permit_role(caller, FIELD, spot.grid_id, pipeline.directory, act="a check-in")
    lon, lat, accuracy = place if place is not None else (None, None, None)
    away = None if lon is None or lat is None else distance_m(lon, lat, spot.lon, spot.lat)
    said = CheckIn(found, note, at, lon, lat, accuracy, away, tuple(photos))
    done = await patrols.check_in(session, spot, said, by=caller.id, now=now)
    if done.new:
        detail = {
            "visit": done.visit_id, "place": key, "name": spot.name, "at": done.at.isoformat(),
            "found": done.found.value, "flaw": None if done.flaw is None else done.flaw.value,
        }  # fmt: skip
        fact = _of(pipeline, EventKind.PATROL_VISITED, spot.grid_id, caller, now, detail)
        await pipeline.told(session, [fact], now=now)
    report_id: int | None = None if done.new else await of_visit(session, done.visit_id)
    if report_as is not None and report_id is None:
        draft = Draft(
            GridId(spot.grid_id), ProblemOrigin.PATROL, report_as, (note or "").strip(),
            spot.lon if lon is None else lon, spot.lat if lat is None else lat, accuracy, spot.name,
            spot.source_id, done.at, tuple(photos), done.visit_id,
        )  # fmt: skip
        report_id = await upward.file(pipeline, session, draft, caller=caller, clock=clock)
    return done, report_id


async def plan_source(
    pipeline: Pipeline,
    session: AsyncSession,
    code: str,
    grid_id: int,
    *,
    per_day: int,
    within_m: int,
    caller: Caller,
    now: datetime,
) -> Planned:
    """How often a source is visited, and from how near; `grid_id` is where it stands."""
    permit_role(caller, PLANNERS, grid_id, pipeline.directory, act="planning patrols")
    made = await patrols.plan_source(session, code, per_day=per_day, within_m=within_m, by=caller.id, now=now)
    await pipeline.told(session, [_planned(pipeline, made, caller, now, source=code)], now=now)
    return made


async def add_point(
    pipeline: Pipeline,
    session: AsyncSession,
    grid_id: int,
    *,
    name: str,
    lon: float,
    lat: float,
    per_day: int,
    within_m: int,
    caller: Caller,
    now: datetime,
) -> Planned:
    """A further point of a village or town."""
    grid = pipeline.directory.grid(grid_id)
    if grid is None or grid.level < 3:
        raise Invalid("a point is of a village or town", field="grid")
    permit_role(caller, PLANNERS, grid_id, pipeline.directory, act="planning patrols")
    made = await patrols.add_point(
        session, grid_id, name=name, lon=lon, lat=lat, per_day=per_day, within_m=within_m, by=caller.id, now=now
    )  # fmt: skip
    await pipeline.told(session, [_planned(pipeline, made, caller, now)], now=now)
    return made


async def end_plan(
    pipeline: Pipeline, session: AsyncSession, plan_id: int, *, caller: Caller, now: datetime
) -> Planned:
    row = await patrols.find_plan(session, plan_id)
    if not caller.scope.sees(row.grid_id):
        raise NotFound(f"no plan {plan_id}")
    permit_role(caller, PLANNERS, row.grid_id, pipeline.directory, act="planning patrols")
    ended = await patrols.end_plan(session, plan_id, by=caller.id, now=now)
    await pipeline.told(session, [_planned(pipeline, ended, caller, now)], now=now)
    return ended


async def sum_up(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: str,
    kind: SummaryKind,
    first_on: date,
    *,
    note: str,
    caller: Caller,
    now: datetime,
) -> int:
    """A town collects its day, a county dispatches its week; gives the summary's id."""
    found = pipeline.directory.grid_by_code(grid)
    if found is None or not caller.scope.sees(found.id):
        raise NotFound(f"no grid {grid}")
    permit_role(caller, PLANNERS, found.id, pipeline.directory, act="summing patrols up")
    made = await summaries.sum_up(session, found.id, kind, first_on, note=note, by=caller.id, now=now)
    detail = {
        "summary": made.summary_id, "kind": kind.value, "first": first_on.isoformat(), "version": made.version,
        "due": made.due, "covered": made.covered,
    }  # fmt: skip
    fact = _of(pipeline, EventKind.PATROL_SUMMED_UP, found.id, caller, now, detail)
    await pipeline.told(session, [fact], now=now)
    return made.summary_id


async def late_reports(
    session: AsyncSession, month: date, *, caller: Caller, directory: Directory, now: datetime
) -> list[LateReport]:
    """Reports from below that level-2 grids in the caller's scope did not hand on in time in a month."""
    units = [grid.id for grid in directory.grids if grid.level == 2 and caller.scope.sees(grid.id)]
    return await patrols.late_reports_of(session, month, month, unit_ids=units, now=now)


def own_field(caller: Caller, directory: Directory) -> frozenset[int]:
    """The towns and villages whose places the caller visits: those of the caller's own duties in the field."""
    return upward.files_for(caller, directory)


def _of(
    pipeline: Pipeline, kind: EventKind, grid_id: int, caller: Caller, now: datetime, said: dict[str, Any]
) -> Told:
    grid = pipeline.directory.grid(grid_id)
    code = None if grid is None else grid.code
    return Told(kind, GridId(grid_id), code, now, PersonId(caller.id), caller.name, said)


def _planned(pipeline: Pipeline, made: Planned, caller: Caller, now: datetime, **more: Any) -> Told:
    said = {
        "plan": made.plan_id, "name": made.name, "per_day": made.per_day, "within_m": made.within_m,
        "ended": made.ended,
    }  # fmt: skip
    return _of(pipeline, EventKind.PATROL_PLANNED, made.grid_id, caller, now, said | more)
