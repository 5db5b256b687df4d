"""Tasks handed down, with as much of their order as those below may see: the place, the reason, the alert."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.orders import CLOCK, clock_of
from app.views.paging import decode_cursor, instant, page
from models.alert import Alert
from models.enums import ClockKind, ClockState, Role, TaskState
from models.errors import NotFound
from models.order import Evidence, WorkOrder
from models.registry import Duty, Grid, Person, Station
from models.sla import SlaClock
from models.task import Task
from models.up_report import UpReport

_From, _Asked = aliased(Grid), aliased(Grid)
_Giver, _Taker, _Finisher = aliased(Person), aliased(Person), aliased(Person)
_Whole = aliased(WorkOrder)
_TASK = (
    select(
        Task,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        _From.code.label("from_grid"),
        _From.name.label("from_grid_name"),
        WorkOrder.number.label("order_number"),
        UpReport.number.label("report_number"),
        _Giver.name.label("giver"),
        _Taker.name.label("taker"),
        _Finisher.name.label("finisher"),
    )
    .join(Grid, Grid.id == Task.grid_id)
    .join(_From, _From.id == Task.from_grid_id)
    .join(_Giver, _Giver.id == Task.handed_by)
    .outerjoin(WorkOrder, WorkOrder.id == Task.order_id)
    .outerjoin(UpReport, UpReport.id == Task.report_id)
    .outerjoin(_Taker, _Taker.id == Task.taken_by)
    .outerjoin(_Finisher, _Finisher.id == Task.finished_by)
    .execution_options(populate_existing=True)
)
# A part of a joint order has no alert of its own: it is the whole's.
_ORDER = (
    select(
        WorkOrder,
        _Asked.code.label("grid"),
        _Asked.name.label("grid_name"),
        Station.code.label("station"),
        Station.name.label("station_name"),
        Station.lon,
        Station.lat,
        Alert,
    )
    .join(_Asked, _Asked.id == WorkOrder.grid_id)
    .outerjoin(Station, Station.id == WorkOrder.station_id)
    .outerjoin(_Whole, _Whole.id == WorkOrder.parent_id)
    .outerjoin(Alert, Alert.id == func.coalesce(WorkOrder.alert_id, _Whole.alert_id))
    .execution_options(populate_existing=True)
)


_DOERS = (Role.PATROLLER, Role.SUPERVISOR, Role.CHIEF)
"""Who is told of a task: of these the first that somebody has in its grid."""


async def doers(session: AsyncSession, grids: Collection[str], now: datetime) -> dict[str, Role]:
    """By the code of each of these grids, the role that does its tasks now; without those where nobody is."""
    statement = (
        select(Grid.code, Duty.role)
        .join(Duty, Duty.grid_id == Grid.id)
        .join(Person, Person.id == Duty.person_id)
        .where(
            Grid.code.in_(grids),
            Duty.role.in_([role.value for role in _DOERS]),
            Duty.valid_from <= now,
            or_(Duty.valid_to.is_(None), Duty.valid_to > now),
            Person.disabled_at.is_(None),
        )
    )
    held = {(code, Role(role)) for code, role in await session.execute(statement)} if grids else set()
    return {code: next(role for role in _DOERS if (code, role) in held) for code, _ in held}


def _task(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    task: Task = row.Task
    return {
        "id": task.id,
        "state": task.state,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "from_grid": row.from_grid,
        "from_grid_name": row.from_grid_name,
        "order_id": task.order_id,
        "order_number": row.order_number,
        "report_id": task.report_id,
        "report_number": row.report_number,
        "parent_task_id": task.parent_task_id,
        "text": task.text,
        "due_at": instant(task.due_at),
        "handed_at": instant(task.handed_at),
        "handed_by": row.giver,
        "taken_at": instant(task.taken_at),
        "taken_by": row.taker,
        "finished_at": instant(task.finished_at),
        "finished_by": row.finisher,
        "finding": task.finding,
        "reason": task.reason,
        "clock": None,
    }


async def _documents(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    tasks = [_task(row) for row in await session.execute(statement)]
    by_id = {task["id"]: task for task in tasks}
    if by_id:
        clocks = CLOCK.where(SlaClock.kind == ClockKind.TASK.value, SlaClock.subject_id.in_(by_id))
        for row in await session.execute(clocks):
            by_id[row.subject_id]["clock"] = clock_of(row)
    return tasks


def _overdue(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        SlaClock.kind == ClockKind.TASK.value,
        SlaClock.subject_id == Task.id,
        SlaClock.stopped_at.is_(None),
        or_(
            SlaClock.state == ClockState.BREACHED.value,
            and_(SlaClock.state == ClockState.RUNNING.value, SlaClock.due_at < now),
        ),
    )


async def list_tasks(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    states: Sequence[TaskState] = (),
    grid_ids: frozenset[int] | None = None,
    order_id: int | None = None,
    overdue: bool | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the tasks in the scope that match every filter, the newest first."""
    statement = _TASK.where(scope.where(Task.grid_id))
    if states:
        statement = statement.where(Task.state.in_([state.value for state in states]))
    if grid_ids is not None:
        statement = statement.where(Task.grid_id.in_(sorted(grid_ids)))
    if order_id is not None:
        statement = statement.where(Task.order_id == order_id)
    if overdue is not None:
        statement = statement.where(_overdue(now) if overdue else ~_overdue(now))
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(Task.id < last)
    return page(await _documents(session, statement.order_by(Task.id.desc()).limit(limit + 1)), limit)


async def urgent_tasks(
    session: AsyncSession, *, scope: Scope, grid_ids: frozenset[int] | None = None, limit: int
) -> list[dict[str, Any]]:
    """The unfinished tasks in the scope, the one that is due first on top."""
    statement = _TASK.where(
        scope.where(Task.grid_id), Task.state.in_([state.value for state in TaskState if not state.final])
    )
    if grid_ids is not None:
        statement = statement.where(Task.grid_id.in_(sorted(grid_ids)))
    return await _documents(session, statement.order_by(Task.due_at, Task.id).limit(limit))


async def count_open(session: AsyncSession, *, scope: Scope) -> int:
    """How many tasks in the scope are unfinished."""
    unfinished = [state.value for state in TaskState if not state.final]
    statement = select(func.count()).select_from(Task)
    statement = statement.where(scope.where(Task.grid_id), Task.state.in_(unfinished))
    return int((await session.execute(statement)).scalar_one())


async def task_document(session: AsyncSession, task_id: int, scope: Scope) -> dict[str, Any]:
    """One task with the excerpt of its order or report, its evidence, and what was handed further of it.

    Raises NotFound outside the scope as well.
    """
    found = await _documents(session, _TASK.where(Task.id == task_id, scope.where(Task.grid_id)))
    if not found:
        raise NotFound(f"no task {task_id}")
    (task,) = found
    order = report = None
    if task["order_id"] is not None:
        row = (await session.execute(_ORDER.where(WorkOrder.id == task["order_id"]))).one()
        order = _excerpt(row)
    else:
        report = _about(await session.get_one(UpReport, task["report_id"]))
    below = _TASK.where(Task.parent_task_id == task_id, scope.where(Task.grid_id)).order_by(Task.id)
    return task | {
        "order": order,
        "report": report,
        "evidence": await evidence_of(session, Evidence.task_id == task_id),
        "parts": await _documents(session, below),
    }


def _excerpt(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    order: WorkOrder = row.WorkOrder
    alert: Alert | None = row.Alert
    place = None
    if row.station is not None:
        place = {"code": row.station, "name": row.station_name, "lon": row.lon, "lat": row.lat}
    return {
        "number": order.number,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "state": order.state,
        "severity": order.severity,
        "reason": order.reason,
        "dispatched_at": instant(order.dispatched_at),
        "station": place,
        "alert": None
        if alert is None
        else {
            "id": alert.id,
            "kind": alert.kind,
            "pollutant": alert.pollutant,
            "severity": alert.severity,
            "state": alert.state,
            "started_at": instant(alert.started_at),
            "why": alert.why,
        },
    }


def _about(report: UpReport) -> dict[str, Any]:
    return {
        "id": report.id,
        "number": report.number,
        "category": report.category,
        "text": report.text,
        "place": report.place,
        "lon": report.lon,
        "lat": report.lat,
        "found_at": instant(report.found_at),
    }


async def evidence_of(session: AsyncSession, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    """What was uploaded for a task or a report, in the order in which it came."""
    rows = await session.execute(
        select(Evidence, Person.name.label("person"))
        .join(Person, Person.id == Evidence.uploaded_by)
        .where(where)
        .order_by(Evidence.uploaded_at, Evidence.filename, Evidence.id)
    )
    return [
        {
            "id": str(row.Evidence.id),
            "sha256": row.Evidence.digest.hex(),
            "original_sha256": None
            if row.Evidence.original_digest is None
            else row.Evidence.original_digest.hex(),
            "size": row.Evidence.size,
            "media_type": row.Evidence.media_type,
            "filename": row.Evidence.filename,
            "used_for": row.Evidence.used_for,
            "round": row.Evidence.round,
            "task_id": row.Evidence.task_id,
            "person": row.person,
            "uploaded_at": instant(row.Evidence.uploaded_at),
            "url": f"/api/v1/evidence/{row.Evidence.id}",
        }
        for row in rows
    ]
