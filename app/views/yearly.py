"""Yearly duties as the API and the pages show them, each within the grids of whoever looks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.clock import BEIJING
from models.enums import YearlyKind
from models.errors import NotFound
from models.registry import Grid, Person
from models.yearly import TrainingAttendee, YearlyDuty, YearlyRecord
from supervision.versions import readings_on
from supervision.yearly.due import ARTICLE, YearlyState, state_of

State = Literal["", "undone", "overdue", "done"]
_DONE = exists().where(YearlyRecord.duty_id == YearlyDuty.id)
_FIRST = select(func.min(YearlyRecord.done_on)).where(YearlyRecord.duty_id == YearlyDuty.id).scalar_subquery()


def _is(state: State, today: date) -> ColumnElement[bool]:
    if state == "done":
        return _DONE
    return ~_DONE & (YearlyDuty.due_on < today) if state == "overdue" else ~_DONE


async def list_yearly(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    year: int | None = None,
    kind: YearlyKind | None = None,
    state: State = "",
    grid_ids: frozenset[int] | None = None,
    level: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of yearly duties, in the order they were opened."""
    today = now.astimezone(BEIJING).date()
    _, readings = await readings_on(session, today)
    statement = (
        select(YearlyDuty, Grid.code, Grid.name, Grid.level, _FIRST.label("done_on"))
        .join(Grid, Grid.id == YearlyDuty.grid_id)
        .where(scope.where(YearlyDuty.grid_id), YearlyDuty.id > (decode_cursor(cursor, top=INTEGER_MAX) or 0))
        .order_by(YearlyDuty.id)
        .limit(limit + 1)
    )
    if year is not None:
        statement = statement.where(YearlyDuty.year == year)
    if kind is not None:
        statement = statement.where(YearlyDuty.kind == kind.value)
    if level is not None:
        statement = statement.where(Grid.level == level)
    if grid_ids is not None:
        statement = statement.where(YearlyDuty.grid_id.in_(sorted(grid_ids)))
    if state:
        statement = statement.where(_is(state, today))
    rows = (await session.execute(statement)).all()
    return page([_row(row, today, readings.yearly_warn_days) for row in rows], limit)


async def count_yearly(
    session: AsyncSession, *, scope: Scope, now: datetime, year: int
) -> list[dict[str, Any]]:
    """By level and kind: how many duties of the year there are, how many are done, and how many overdue."""
    today = now.astimezone(BEIJING).date()
    statement = (
        select(
            Grid.level,
            YearlyDuty.kind,
            func.count().label("all"),
            func.count().filter(_DONE).label("done"),
            func.count().filter(~_DONE & (YearlyDuty.due_on < today)).label("overdue"),
        )
        .join(Grid, Grid.id == YearlyDuty.grid_id)
        .where(scope.where(YearlyDuty.grid_id), YearlyDuty.year == year)
        .group_by(Grid.level, YearlyDuty.kind)
    )
    order = [kind.value for kind in YearlyKind]
    rows = [row._asdict() for row in await session.execute(statement)]
    return sorted(rows, key=lambda row: (row["level"], order.index(row["kind"])))


async def yearly_document(
    session: AsyncSession, duty_id: int, *, scope: Scope, now: datetime
) -> dict[str, Any]:
    """One yearly duty with its records, the newest first; raises NotFound outside the scope."""
    today = now.astimezone(BEIJING).date()
    _, readings = await readings_on(session, today)
    statement = (
        select(YearlyDuty, Grid.code, Grid.name, Grid.level, _FIRST.label("done_on"))
        .join(Grid, Grid.id == YearlyDuty.grid_id)
        .where(YearlyDuty.id == duty_id, scope.where(YearlyDuty.grid_id))
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no yearly duty {duty_id}")
    records = (
        await session.execute(
            select(YearlyRecord, Person.name)
            .join(Person, Person.id == YearlyRecord.entered_by)
            .where(YearlyRecord.duty_id == duty_id)
            .order_by(YearlyRecord.id.desc())
            .limit(50)
        )
    ).all()
    attended = await _attended(session, [record.id for record, _ in records])
    return _row(row, today, readings.yearly_warn_days) | {
        "opened_at": instant(row.YearlyDuty.opened_at),
        "readings_version": row.YearlyDuty.readings_version,
        "records": [
            {
                "id": record.id,
                "done_on": record.done_on.isoformat(),
                "document": record.document,
                "note": record.note,
                "entered_by": name,
                "entered_at": instant(record.entered_at),
                "attendees": attended.get(record.id, []),
            }
            for record, name in records
        ],
    }


def _row(row: Any, today: date, warn_days: int) -> dict[str, Any]:
    duty: YearlyDuty = row.YearlyDuty
    state = state_of(duty.due_on, row.done_on, today=today, warn_days=warn_days)
    late = today - duty.due_on if state is YearlyState.OVERDUE else timedelta(0)
    return {
        "id": duty.id,
        "grid": row.code,
        "grid_name": row.name,
        "level": row.level,
        "year": duty.year,
        "kind": duty.kind,
        "article": ARTICLE[YearlyKind(duty.kind)],
        "due_on": duty.due_on.isoformat(),
        "done_on": None if row.done_on is None else row.done_on.isoformat(),
        "state": state.value,
        "days_late": late.days,
    }


async def _attended(session: AsyncSession, record_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    statement = (
        select(TrainingAttendee.record_id, TrainingAttendee.name, Person.username)
        .outerjoin(Person, Person.id == TrainingAttendee.person_id)
        .where(TrainingAttendee.record_id.in_(record_ids))
        .order_by(TrainingAttendee.record_id, TrainingAttendee.position)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for record_id, name, username in await session.execute(statement):
        found.setdefault(record_id, []).append({"name": name, "username": username})
    return found
