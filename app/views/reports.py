"""Reports from below as the API shows them, and what a triager may take for the same problem."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from alerts.geodesy import distance_m
from app.auth.scope import Scope
from app.views.orders import CLOCK, clock_of
from app.views.paging import decode_cursor, instant, page
from app.views.tasks import evidence_of
from dispatch.reports.lifecycle import NEAR, NEAR_M
from models.enums import ClockKind, ClockState, ProblemCategory, ReportState
from models.errors import NotFound
from models.order import Evidence, WorkOrder
from models.registry import Grid, Person, Source
from models.sla import SlaClock
from models.task import Task
from models.up_report import UpReport, UpReportStep

MOST_SIMILAR = 20
_At = aliased(Grid)
_Same = aliased(UpReport)
_REPORT = (
    select(
        UpReport,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        _At.code.label("at_grid"),
        _At.name.label("at_grid_name"),
        Source.code.label("source"),
        Source.name.label("source_name"),
        Person.name.label("person"),
        WorkOrder.number.label("order_number"),
        _Same.number.label("duplicate_number"),
        Task.id.label("task_id"),
    )
    .join(Grid, Grid.id == UpReport.grid_id)
    .join(_At, _At.id == UpReport.at_grid_id)
    .join(Person, Person.id == UpReport.person_id)
    .outerjoin(Source, Source.id == UpReport.source_id)
    .outerjoin(WorkOrder, WorkOrder.id == UpReport.order_id)
    .outerjoin(_Same, _Same.id == UpReport.duplicate_of)
    # Handed back as one task; what a township handed further of that has a parent.
    .outerjoin(Task, and_(Task.report_id == UpReport.id, Task.parent_task_id.is_(None)))
    .execution_options(populate_existing=True)
)


def _report(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    report: UpReport = row.UpReport
    return {
        "id": report.id,
        "number": report.number,
        "state": report.state,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "at_grid": row.at_grid,
        "at_grid_name": row.at_grid_name,
        "origin": report.origin,
        "category": report.category,
        "text": report.text,
        "place": report.place,
        "lon": report.lon,
        "lat": report.lat,
        "accuracy_m": report.accuracy_m,
        "source": row.source,
        "source_name": row.source_name,
        "visit_id": report.visit_id,
        "found_at": instant(report.found_at),
        "filed_at": instant(report.filed_at),
        "filed_by": row.person,
        "decided_at": instant(report.decided_at),
        "order_id": report.order_id,
        "order_number": row.order_number,
        "task_id": row.task_id,
        "duplicate_of": report.duplicate_of,
        "duplicate_number": row.duplicate_number,
        "clocks": [],
    }


async def _documents(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    reports = [_report(row) for row in await session.execute(statement)]
    by_id = {report["id"]: report for report in reports}
    if by_id:
        clocks = CLOCK.where(SlaClock.kind == ClockKind.TRIAGE.value, SlaClock.subject_id.in_(by_id))
        for row in await session.execute(clocks):
            by_id[row.subject_id]["clocks"].append(clock_of(row))
    return reports


def _overdue(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        SlaClock.kind == ClockKind.TRIAGE.value,
        SlaClock.subject_id == UpReport.id,
        SlaClock.stopped_at.is_(None),
        or_(
            SlaClock.state == ClockState.BREACHED.value,
            and_(SlaClock.state == ClockState.RUNNING.value, SlaClock.due_at < now),
        ),
    )


def _narrowed(
    statement: Select[*tuple[Any, ...]],
    states: Sequence[ReportState],
    grid_ids: frozenset[int] | None,
    person_id: int | None,
) -> Select[*tuple[Any, ...]]:
    if states:
        statement = statement.where(UpReport.state.in_([state.value for state in states]))
    if grid_ids is not None:
        statement = statement.where(UpReport.grid_id.in_(sorted(grid_ids)))
    if person_id is not None:
        statement = statement.where(UpReport.person_id == person_id)
    return statement


async def list_reports(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    states: Sequence[ReportState] = (),
    category: ProblemCategory | None = None,
    grid_ids: frozenset[int] | None = None,
    at_ids: frozenset[int] | None = None,
    overdue: bool | None = None,
    person_id: int | None = None,
    not_waiting_at: frozenset[int] = frozenset(),
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the reports in the scope that match every filter, the newest first.

    `grid_ids` are those that report, `at_ids` those where a report waits or was decided, `person_id` who filed it;
    left out is what waits in a grid of `not_waiting_at`.
    """
    statement = _narrowed(_REPORT.where(scope.where(UpReport.grid_id)), states, grid_ids, person_id)
    if not_waiting_at:
        statement = statement.where(
            or_(UpReport.decided_at.isnot(None), UpReport.at_grid_id.not_in(sorted(not_waiting_at)))
        )
    if category is not None:
        statement = statement.where(UpReport.category == category.value)
    if at_ids is not None:
        statement = statement.where(UpReport.at_grid_id.in_(sorted(at_ids)))
    if overdue is not None:
        statement = statement.where(_overdue(now) if overdue else ~_overdue(now))
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(UpReport.id < last)
    rows = await _documents(session, statement.order_by(UpReport.id.desc()).limit(limit + 1))
    return page(rows, limit)


async def waiting_reports(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    at_ids: frozenset[int],
    states: Sequence[ReportState] = (),
    grid_ids: frozenset[int] | None = None,
    overdue: bool | None = None,
    person_id: int | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """The undecided reports in the scope that wait in one of these grids, the one that is due first on top."""
    nearest = (
        select(func.min(SlaClock.due_at))
        .where(
            SlaClock.kind == ClockKind.TRIAGE.value,
            SlaClock.subject_id == UpReport.id,
            SlaClock.stopped_at.is_(None),
        )
        .scalar_subquery()
    )
    statement = _narrowed(_REPORT.where(_waiting(scope, at_ids)), states, grid_ids, person_id)
    if overdue is not None:
        statement = statement.where(_overdue(now) if overdue else ~_overdue(now))
    return await _documents(session, statement.order_by(nearest.asc().nulls_last(), UpReport.id).limit(limit))


async def count_waiting(session: AsyncSession, *, scope: Scope, at_ids: frozenset[int]) -> int:
    """How many undecided reports in the scope wait in one of these grids."""
    statement = select(func.count()).select_from(UpReport).where(_waiting(scope, at_ids))
    return int((await session.execute(statement)).scalar_one())


def _waiting(scope: Scope, at_ids: frozenset[int]) -> ColumnElement[bool]:
    return and_(
        scope.where(UpReport.grid_id), UpReport.decided_at.is_(None), UpReport.at_grid_id.in_(sorted(at_ids))
    )


async def id_of_number(session: AsyncSession, number: str, scope: Scope) -> int:
    """The report of this number; raises NotFound outside the scope as well."""
    statement = select(UpReport.id).where(UpReport.number == number, scope.where(UpReport.grid_id))
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"no report {number}")
    return found


async def report_document(session: AsyncSession, report_id: int, scope: Scope) -> dict[str, Any]:
    """One report with its evidence, every step of its way, and what may be the same problem.

    Raises NotFound outside the scope as well.
    """
    found = await _documents(session, _REPORT.where(UpReport.id == report_id, scope.where(UpReport.grid_id)))
    if not found:
        raise NotFound(f"no report {report_id}")
    (report,) = found
    return report | {
        "evidence": await evidence_of(
            session, and_(Evidence.report_id == report_id, Evidence.task_id.is_(None))
        ),
        "steps": await _steps(session, report_id),
        "similar": await _similar(session, report, scope),
    }


async def source_id_of(session: AsyncSession, code: str, scope: Scope) -> int:
    """The registered source of this code; raises NotFound outside the scope as well."""
    statement = select(Source.id).where(Source.code == code, scope.where(Source.grid_id))
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"no source {code}")
    return found


async def _steps(session: AsyncSession, report_id: int) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(UpReportStep, Grid.code.label("grid"), Person.name.label("person"))
        .join(Grid, Grid.id == UpReportStep.grid_id)
        .join(Person, Person.id == UpReportStep.person_id)
        .where(UpReportStep.report_id == report_id)
        .order_by(UpReportStep.step)
    )
    return [
        {
            "step": row.UpReportStep.step,
            "grid": row.grid,
            "act": row.UpReportStep.act,
            "reason": row.UpReportStep.reason,
            "person": row.person,
            "acted_at": instant(row.UpReportStep.acted_at),
        }
        for row in rows
    ]


async def _similar(session: AsyncSession, report: dict[str, Any], scope: Scope) -> list[dict[str, Any]]:
    """Reports of the same category found within NEAR of it in time and NEAR_M in space, the nearest first."""
    found_at, lon, lat = datetime.fromisoformat(report["found_at"]), report["lon"], report["lat"]
    # A degree of latitude is 111 km; near a pole the box is the whole circle.
    high = NEAR_M / 110_000
    wide = high / max(math.cos(math.radians(lat)), 1e-6)
    statement = (
        select(
            UpReport.id,
            UpReport.number,
            UpReport.state,
            UpReport.text,
            UpReport.found_at,
            UpReport.lon,
            UpReport.lat,
            UpReport.order_id,
            Grid.code.label("grid"),
        )
        .join(Grid, Grid.id == UpReport.grid_id)
        .where(
            UpReport.id != report["id"],
            UpReport.category == report["category"],
            UpReport.found_at.between(found_at - NEAR, found_at + NEAR),
            UpReport.lat.between(lat - high, lat + high),
            UpReport.lon.between(lon - wide, lon + wide),
            scope.where(UpReport.grid_id),
        )
        .order_by(UpReport.id.desc())
        .limit(10 * MOST_SIMILAR)
    )
    near = [
        {
            "id": row.id,
            "number": row.number,
            "state": row.state,
            "grid": row.grid,
            "text": row.text,
            "found_at": instant(row.found_at),
            "distance_m": round(distance_m(lon, lat, row.lon, row.lat)),
            "order_id": row.order_id,
        }
        for row in await session.execute(statement)
    ]
    near = [other for other in near if other["distance_m"] <= NEAR_M]
    return sorted(near, key=lambda other: (other["distance_m"], -other["id"]))[:MOST_SIMILAR]
