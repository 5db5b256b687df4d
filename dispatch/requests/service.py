"""Files, decides and ends requests on a held order, inside the caller's transaction; returns facts.

Clocks are another domain's: whoever calls starts and stops the clock of the decision.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import recusal, repository
from dispatch.repository import OrderRow as OrderRow  # what its callers hold
from dispatch.requests import recused, request_repository
from dispatch.requests.asked import (
    Asked,
    Decision,
    Extension,
    Recusal,
    Suspension,
    Transfer,
    particulars,
)
from dispatch.requests.lifecycle import OF_HOLDER, check_decider, check_ground, following
from dispatch.requests.request_repository import Bearing
from dispatch.requests.request_repository import RequestRow as RequestRow
from models.enums import EventKind, RequestAct, RequestKind, RequestState, Role
from models.errors import AlreadyPending, Forbidden, Invalid, NotFound, RequestClosed
from models.facts import OrderTold, Recipient
from models.ids import GridId, OrderId, PersonId, RequestId

_TOLD = {
    RequestState.APPROVED: EventKind.REQUEST_APPROVED,
    RequestState.REJECTED: EventKind.REQUEST_REJECTED,
    RequestState.WITHDRAWN: EventKind.REQUEST_WITHDRAWN,
    RequestState.LAPSED: EventKind.REQUEST_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts."""

    id: PersonId
    name: str


@dataclass(frozen=True, slots=True)
class Filed:
    request_id: RequestId
    new: bool
    """False when it joined one that was pending: a second person who keeps out."""
    fact: OrderTold


async def bearing(session: AsyncSession, order: OrderRow) -> Bearing:
    return await request_repository.bearing(session, order.id)


async def find(session: AsyncSession, request_id: int) -> RequestRow:
    found = await request_repository.find(session, request_id)
    if found is None:
        raise NotFound("no such request")
    return found


async def file(
    session: AsyncSession, order: OrderRow, asked: Asked, *, decides: GridId, by: Person, now: datetime
) -> Filed:
    """A request that waits for its decision; raises before anything is written when it may not be."""
    check_ground(asked.kind, order.state)
    await recusal.check(session, order.id, by.id)
    request_id = await request_repository.add(session, _columns(order, asked, decides, by, now))
    new = request_id is not None
    if request_id is None:
        request_id = await _joined(session, order, asked)
    if isinstance(asked, Recusal):
        await request_repository.bar(
            session, order.id, by.id, request_id=request_id, reason=asked.reason, now=now
        )
    if asked.kind in OF_HOLDER:
        await repository.add_handler(session, order.id, by.id)
    detail = {"request": request_id, "kind": asked.kind.value} | _public(asked)
    return Filed(request_id, new, _told(EventKind.REQUEST_FILED, order, detail, by, now))


async def _joined(session: AsyncSession, order: OrderRow, asked: Asked) -> RequestId:
    """The pending request of the same kind, where a second one may join it; else raises AlreadyPending."""
    for row in await request_repository.pending(session, order.id):
        if row.kind is asked.kind:
            # Nobody has to wait for a decision on somebody else before they may keep out.
            if isinstance(asked, Recusal):
                return row.id
            raise AlreadyPending(
                f"a request of the kind {asked.kind.value} waits for its decision", request=row.id
            )
    raise AlreadyPending(f"a request of the kind {asked.kind.value} waits for its decision")


async def check_may_decide(session: AsyncSession, row: RequestRow, act: RequestAct, by: Person) -> None:
    """Raises unless the request is pending, and this person neither filed it, handles the order, nor keeps out."""
    following(row.state, act)
    await recusal.check(session, row.order_id, by.id)
    handled = await repository.is_handler(session, row.order_id, by.id)
    check_decider(filed=row.filed_by == by.id, handled=handled)


async def decide(
    session: AsyncSession,
    order: OrderRow,
    row: RequestRow,
    decision: Decision,
    *,
    granted: dict[str, Any] | None,
    by: Person,
    now: datetime,
) -> OrderTold:
    """Writes the decision down; what it brings about is the caller's. A recusal that is refused lifts the bar."""
    act = RequestAct.APPROVE if decision.approve else RequestAct.REJECT
    state = following(row.state, act)
    await request_repository.end(
        session, row.id, state=state.value, decided_by=by.id, comment=decision.comment, granted=granted, ended_at=now
    )  # fmt: skip
    if row.kind is RequestKind.RECUSAL and not decision.approve:
        await request_repository.lift(session, row.id, by=by.id, now=now)
    more: dict[str, Any] = {"comment": decision.comment} if row.kind is not RequestKind.RECUSAL else {}
    # `grid` on an event is always the grid that it is of.
    shown = {"granted_grid" if name == "grid" else name: value for name, value in (granted or {}).items()}
    return _ended(order, row, state, more | shown, by, now)


async def withdraw(
    session: AsyncSession, order: OrderRow, row: RequestRow, *, by: Person, now: datetime
) -> OrderTold:
    """Whoever filed it takes it back; a declared interest is not taken back, only the level above lifts it."""
    if row.filed_by != by.id:
        raise Forbidden("a request is withdrawn by whoever filed it")
    state = following(row.state, RequestAct.WITHDRAW)
    if row.kind is RequestKind.RECUSAL:
        raise RequestClosed("who has declared an interest keeps out until the level above has decided")
    await request_repository.end(session, row.id, state=state.value, ended_at=now)
    return _ended(order, row, state, {}, by, now)


async def lapse(session: AsyncSession, order: OrderRow, row: RequestRow, *, now: datetime) -> OrderTold:
    state = following(row.state, RequestAct.LAPSE)
    await request_repository.end(session, row.id, state=state.value, ended_at=now)
    return _ended(order, row, state, {}, None, now)


async def pending(session: AsyncSession, order_id: OrderId) -> list[RequestRow]:
    return await request_repository.pending(session, order_id)


async def overtaken(session: AsyncSession, *, now: datetime, limit: int) -> list[OrderRow]:
    """Orders with a request whose time has passed, held by this transaction."""
    held = await request_repository.overtaken(session, now, limit)
    rows = [await repository.lock(session, order_id) for order_id in held]
    return [row for row in rows if row is not None]


async def extensions(session: AsyncSession, clock_id: int) -> int:
    return await request_repository.extensions(session, clock_id)


async def suspension_in_force(session: AsyncSession, order: OrderRow) -> RequestRow:
    """The request by which the order is suspended; raises RequestClosed when it is not."""
    suspended = (await bearing(session, order)).suspended_until is not None
    found = await request_repository.latest_approved(session, order.id, RequestKind.SUSPENSION)
    if not suspended or found is None:
        raise RequestClosed("the order is not suspended")
    return found


async def suspend(session: AsyncSession, order_id: OrderId, until: datetime | None) -> None:
    """Suspended until then; None for no longer."""
    await request_repository.set_on_order(session, order_id, suspended_until=until)


async def lock_transfers(session: AsyncSession, order_id: OrderId, now: datetime) -> None:
    await request_repository.set_on_order(session, order_id, transfer_locked_at=now)


async def alternate(session: AsyncSession, row: RequestRow, username: str, *, now: datetime) -> Recipient:
    """Who takes over within the unit of the person who keeps out."""
    unit, role = GridId(row.asked["unit"]), Role(row.asked["role"])
    duties = await repository.duties(session, [unit], now)
    barred = await request_repository.barred(session, row.order_id)
    barred |= await recusal.conflicts(session, row.order_id, [duty.person.id for duty in duties], now)
    return recused.alternate(username, duties, unit=unit, role=role, barred=barred)


def check_open(order: OrderRow, kind: RequestKind) -> None:
    """Raises ForbiddenTransition when the order gives no ground for a request of this kind."""
    check_ground(kind, order.state)


def clock_of(row: RequestRow) -> int:
    """The clock an extension names; the database holds it to one."""
    if row.clock_id is None:
        raise Invalid("this request names no clock")
    return row.clock_id


def until_of(row: RequestRow) -> datetime:
    """The new deadline, or the end of the suspension."""
    if row.until is None:
        raise Invalid("this request names no instant")
    return row.until


def proposed_by(row: RequestRow) -> GridId:
    if row.proposed_grid_id is None:
        raise Invalid("this request names no grid")
    return row.proposed_grid_id


def check_handled(order: OrderRow) -> None:
    """Raises ForbiddenTransition unless something is wanted of the holder."""
    check_ground(RequestKind.TRANSFER, order.state)


def held_by(order: OrderRow, grid_id: GridId, grid_code: str) -> OrderRow:
    """The order as it is after it was handed over."""
    return replace(order, grid_id=grid_id, grid_code=grid_code, version=order.version + 1)


def _columns(order: OrderRow, asked: Asked, decides: GridId, by: Person, now: datetime) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "grid_id": order.grid_id,
        "decides_grid_id": decides,
        "kind": asked.kind.value,
        "reason": None if isinstance(asked, Recusal) else asked.reason,
        "clock_id": asked.clock_id if isinstance(asked, Extension) else None,
        "until_at": asked.until if isinstance(asked, Extension | Suspension) else None,
        "proposed_grid_id": asked.grid_id if isinstance(asked, Transfer) else None,
        "asked": particulars(asked),
        "filed_by": by.id,
        "filed_at": now,
    }


def _public(asked: Asked) -> dict[str, Any]:
    """What the feed tells of it; of a recusal nothing but that there is one."""
    if isinstance(asked, Recusal):
        return {}
    told: dict[str, Any] = {"reason": asked.reason} | particulars(asked)
    if isinstance(asked, Extension | Suspension):
        told["until"] = asked.until.isoformat()
    if isinstance(asked, Transfer):
        told["proposed"] = asked.grid_code
    return told


def _ended(
    order: OrderRow,
    row: RequestRow,
    state: RequestState,
    more: dict[str, Any],
    by: Person | None,
    now: datetime,
) -> OrderTold:
    # Told to the grid that asked, which may hold the order no longer.
    told = replace(order, grid_id=row.grid_id, grid_code=row.grid_code)
    detail = {"request": row.id, "kind": row.kind.value} | {k: v for k, v in more.items() if v is not None}
    # Approved, rejected or gone: whoever asked hears of it in the duty they asked in.
    asker = (
        row.asked.get("role")
        or (Role.DUTY_OFFICER if row.kind is RequestKind.VOID else Role.SUPERVISOR).value
    )
    return replace(_told(_TOLD[state], told, detail, by, now), hears=((row.filed_by, asker),))


def _told(
    kind: EventKind, order: OrderRow, detail: dict[str, Any], by: Person | None, now: datetime
) -> OrderTold:
    return OrderTold(
        kind, order.id, order.number, order.grid_id, order.grid_code, now,
        None if by is None else by.id, None if by is None else by.name, detail,
    )  # fmt: skip
