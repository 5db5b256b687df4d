"""Silences and maintenance windows as the API shows them."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.alert import Alert
from models.enums import SilenceKind
from models.errors import NotFound
from models.registry import Grid, Person, Station
from models.rules import SilenceRow

State = Literal["planned", "active", "ended", "cancelled"]
_Canceller = aliased(Person)
_SILENCE = (
    select(
        SilenceRow,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Station.code.label("station"),
        Station.name.label("station_name"),
        Person.name.label("author"),
        _Canceller.name.label("canceller"),
        select(func.count())
        .select_from(Alert)
        .where(Alert.suppressed_by == SilenceRow.id)
        .scalar_subquery()
        .label("suppressed"),
    )
    .join(Grid, Grid.id == SilenceRow.grid_id)
    .outerjoin(Station, Station.id == SilenceRow.station_id)
    .join(Person, Person.id == SilenceRow.author_id)
    .outerjoin(_Canceller, _Canceller.id == SilenceRow.cancelled_by)
)


def _state(row: SilenceRow, now: datetime) -> State:
    if row.cancelled_at is not None:
        return "cancelled"
    if row.ends_at <= now:
        return "ended"
    return "planned" if row.starts_at > now else "active"


def _in_state(state: State, now: datetime) -> ColumnElement[bool]:
    open_ = SilenceRow.cancelled_at.is_(None)
    match state:
        case "cancelled":
            return SilenceRow.cancelled_at.is_not(None)
        case "ended":
            return and_(open_, SilenceRow.ends_at <= now)
        case "planned":
            return and_(open_, SilenceRow.starts_at > now)
        case "active":
            return and_(open_, SilenceRow.starts_at <= now, SilenceRow.ends_at > now)


def _silence(row: Row[*tuple[Any, ...]], now: datetime) -> dict[str, Any]:
    silence: SilenceRow = row.SilenceRow
    return {
        "id": silence.id,
        "kind": silence.kind,
        "state": _state(silence, now),
        "grid": row.grid,
        "grid_name": row.grid_name,
        "station": row.station,
        "station_name": row.station_name,
        "pollutants": silence.pollutants,
        "kinds": silence.kinds,
        "from": instant(silence.starts_at),
        "until": instant(silence.ends_at),
        "reason": silence.reason,
        "author": row.author,
        "created_at": instant(silence.created_at),
        "cancelled_at": instant(silence.cancelled_at),
        "cancelled_by": row.canceller,
        "cancel_reason": silence.cancel_reason,
        "suppressed": row.suppressed,
    }


async def list_silences(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    state: State | None = None,
    kind: SilenceKind | None = None,
    grid_ids: frozenset[int] | None = None,
    station_id: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the silences in the scope that match every filter, the newest made first."""
    statement = _SILENCE.where(scope.where(SilenceRow.grid_id))
    if state is not None:
        statement = statement.where(_in_state(state, now))
    if kind is not None:
        statement = statement.where(SilenceRow.kind == kind.value)
    if grid_ids is not None:
        statement = statement.where(SilenceRow.grid_id.in_(sorted(grid_ids)))
    if station_id is not None:
        statement = statement.where(SilenceRow.station_id == station_id)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(SilenceRow.id < last)
    rows = await session.execute(statement.order_by(SilenceRow.id.desc()).limit(limit + 1))
    return page([_silence(row, now) for row in rows], limit)


async def silence_document(
    session: AsyncSession, silence_id: int, scope: Scope, *, now: datetime
) -> dict[str, Any]:
    """One silence; raises NotFound outside the scope as well."""
    statement = _SILENCE.where(SilenceRow.id == silence_id, scope.where(SilenceRow.grid_id))
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no silence {silence_id}")
    return _silence(row, now)
