"""All SQL of requests and of who keeps out. Whoever writes holds the order's row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import RequestKind, RequestState
from models.ids import GridId, OrderId, PersonId, RequestId
from models.order import WorkOrder
from models.registry import Grid
from models.request import OrderRecusal, OrderRequest
from models.sla import SlaClock


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as it stands."""

    id: RequestId
    order_id: OrderId
    grid_id: GridId
    grid_code: str
    decides_grid_id: GridId
    kind: RequestKind
    state: RequestState
    reason: str | None
    clock_id: int | None
    until: datetime | None
    proposed_grid_id: GridId | None
    asked: dict[str, Any]
    filed_by: PersonId


@dataclass(frozen=True, slots=True)
class Bearing:
    """What of an order bears on its requests beside its state."""

    suspended_until: datetime | None
    transfer_locked_at: datetime | None


_REQUEST = select(OrderRequest, Grid.code).join(Grid, Grid.id == OrderRequest.grid_id)


def _request(row: Row[OrderRequest, str]) -> RequestRow:
    r, code = row
    return RequestRow(
        RequestId(r.id), OrderId(r.order_id), GridId(r.grid_id), code, GridId(r.decides_grid_id),
        RequestKind(r.kind), RequestState(r.state), r.reason, r.clock_id, r.until_at,
        None if r.proposed_grid_id is None else GridId(r.proposed_grid_id), r.asked, PersonId(r.filed_by),
    )  # fmt: skip


async def find(session: AsyncSession, request_id: int) -> RequestRow | None:
    """The request as it is now; it changes only while its order is held."""
    statement = _REQUEST.where(OrderRequest.id == request_id).execution_options(populate_existing=True)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _request(row)


async def pending(session: AsyncSession, order_id: OrderId) -> list[RequestRow]:
    """What waits for a decision, oldest first."""
    statement = (
        _REQUEST.where(OrderRequest.order_id == order_id, OrderRequest.state == RequestState.PENDING.value)
        .order_by(OrderRequest.id)
        .execution_options(populate_existing=True)
    )
    return [_request(row) for row in await session.execute(statement)]


async def latest_approved(session: AsyncSession, order_id: OrderId, kind: RequestKind) -> RequestRow | None:
    statement = (
        _REQUEST.where(
            OrderRequest.order_id == order_id,
            OrderRequest.kind == kind.value,
            OrderRequest.state == RequestState.APPROVED.value,
        )
        .order_by(OrderRequest.ended_at.desc(), OrderRequest.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _request(row)


async def extensions(session: AsyncSession, clock_id: int) -> int:
    """How often this clock has been extended."""
    count = await session.scalar(
        select(func.count())
        .select_from(OrderRequest)
        .where(OrderRequest.clock_id == clock_id, OrderRequest.state == RequestState.APPROVED.value)
    )
    return int(count or 0)


async def add(session: AsyncSession, values: dict[str, Any]) -> RequestId | None:
    """None when one of its kind is pending already."""
    number = func.nextval(func.pg_get_serial_sequence("holder_segment", "id"))
    made = await session.scalar(
        pg_insert(OrderRequest)
        .values(id=number, state=RequestState.PENDING.value, **values)
        .on_conflict_do_nothing()
        .returning(OrderRequest.id)
    )
    return None if made is None else RequestId(made)


async def end(session: AsyncSession, request_id: RequestId, **values: Any) -> None:
    await session.execute(
        update(OrderRequest)
        .where(OrderRequest.id == request_id, OrderRequest.state == RequestState.PENDING.value)
        .values(**values)
    )


async def bearing(session: AsyncSession, order_id: OrderId) -> Bearing:
    row = (
        await session.execute(
            select(WorkOrder.suspended_until, WorkOrder.transfer_locked_at).where(WorkOrder.id == order_id)
        )
    ).one()
    return Bearing(row.suspended_until, row.transfer_locked_at)


async def bar(
    session: AsyncSession,
    order_id: OrderId,
    person_id: PersonId,
    *,
    request_id: RequestId,
    reason: str,
    now: datetime,
) -> None:
    """The person keeps out from now on; a bar that was lifted before holds again."""
    statement = pg_insert(OrderRecusal).values(
        order_id=order_id, person_id=person_id, request_id=request_id, reason=reason, declared_at=now
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["order_id", "person_id"],
            set_={
                "request_id": statement.excluded.request_id,
                "reason": statement.excluded.reason,
                "declared_at": statement.excluded.declared_at,
                "lifted_at": None,
                "lifted_by": None,
            },
        )
    )


async def lift(session: AsyncSession, request_id: RequestId, *, by: PersonId, now: datetime) -> None:
    await session.execute(
        update(OrderRecusal)
        .where(OrderRecusal.request_id == request_id, OrderRecusal.lifted_at.is_(None))
        .values(lifted_at=now, lifted_by=by)
    )


async def barred(session: AsyncSession, order_id: OrderId) -> frozenset[PersonId]:
    """Who keeps out of the order."""
    found = await session.scalars(
        select(OrderRecusal.person_id).where(
            OrderRecusal.order_id == order_id, OrderRecusal.lifted_at.is_(None)
        )
    )
    return frozenset(PersonId(person) for person in found)


async def overtaken(session: AsyncSession, now: datetime, limit: int) -> Sequence[OrderId]:
    """Orders with a request whose time has passed, held; what another process holds is passed over."""
    past = select(OrderRequest.order_id).outerjoin(SlaClock, SlaClock.id == OrderRequest.clock_id)
    past = past.where(
        OrderRequest.state == RequestState.PENDING.value,
        or_(
            SlaClock.due_at < now,
            (OrderRequest.kind == RequestKind.SUSPENSION.value) & (OrderRequest.until_at <= now),
        ),
    )
    held = await session.scalars(
        select(WorkOrder.id)
        .where(WorkOrder.id.in_(past))
        .order_by(WorkOrder.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return [OrderId(order) for order in held]


async def set_on_order(session: AsyncSession, order_id: OrderId, **values: Any) -> None:
    """Changes the order's row beside its state; its version rises."""
    await session.execute(
        update(WorkOrder).where(WorkOrder.id == order_id).values(version=WorkOrder.version + 1, **values)
    )
