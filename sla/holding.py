"""What requests do to the clocks of an order, inside the caller's transaction; returns facts, tells nobody.

The order's row is held by whoever calls: nothing else stops or moves its clocks meanwhile but time.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import ClockKind, SubjectAct
from models.errors import Invalid
from models.facts import ClockRef
from models.ids import ClockId, GridId, OrderId, SegmentId
from sla import extension, judged_repository, repository
from sla.deadlines import Effect, Running, advance, void
from sla.extension import Deadline
from sla.repository import Start
from sla.service import policy_of, record, start_for

HANDLING = frozenset({ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT, ClockKind.REWORK})
"""Of whoever holds the order."""
PUT_OFF = frozenset({ClockKind.REPORT, ClockKind.REWORK})
"""Ended by a suspension; never those of the first hour."""
FOLLOWING = HANDLING | {ClockKind.REVIEW}
"""Their grid is the holder's."""


@dataclass(frozen=True, slots=True)
class Extended:
    """A deadline that was moved."""

    clock: ClockRef
    before: datetime
    original_due_at: datetime


async def deadline_of(session: AsyncSession, order_id: OrderId, clock_id: int) -> Deadline:
    """The order's clock, locked, stopped or not; raises Invalid when it is none of this order's."""
    found = await repository.deadline(session, ClockId(clock_id))
    if found is None or found.clock.order_id != order_id:
        raise Invalid("no such clock of this order", field="clock_id")
    return found


async def extend(
    session: AsyncSession, order_id: OrderId, clock_id: int, until: datetime, *, granted: int, now: datetime
) -> tuple[Extended, list[Effect]]:
    """Moves a running deadline; raises what `sla.extension.check` does."""
    deadline = await deadline_of(session, order_id, clock_id)
    policy = await policy_of(session, deadline.policy_version)
    clock, effects = extension.extended(deadline, until, policy, granted=granted, now=now)
    await repository.save_deadline(session, clock)
    await record(session, effects)
    return Extended(clock.ref(), deadline.clock.due_at, deadline.original_due_at), effects


async def hand_over(
    session: AsyncSession,
    order_id: OrderId,
    grid_id: GridId,
    *,
    ended: SegmentId,
    begun: SegmentId | None,
    policy_version: int,
    now: datetime,
) -> list[Effect]:
    """The order has another holder: what still runs is told to the new grid from now on.

    Clocks of the holder before alone end without being met. With `begun`, the new one's segment, it gets clocks of
    its own for everything that is still wanted, with the full limits; those of the order go on beside them.
    """
    changed: list[Running] = []
    effects: list[Effect] = []
    wanted: dict[tuple[ClockKind, int], None] = {}
    for clock in await repository.of_orders(session, [order_id]):
        if clock.kind not in FOLLOWING:
            continue
        if clock.subject_id == ended:
            moved, more = void(clock, now, SubjectAct.TRANSFER)
        else:
            moved, more = advance(clock, now)
        if clock.kind in HANDLING:
            wanted[clock.kind, clock.round] = None
        changed.append(moved)
        effects += more
    await repository.save(session, changed)
    await repository.move_to_grid(session, [c for c in changed if c.stopped_at is None], grid_id)
    await record(session, effects)
    if begun is not None and wanted:
        policy = await policy_of(session, policy_version)
        own = [Start(kind, grid_id, order_id, round_, begun) for kind, round_ in wanted]
        await start_for(session, own, policy=policy, now=now)
    return effects


async def put_off(session: AsyncSession, order_id: OrderId, *, now: datetime) -> list[Effect]:
    """Ends the clocks of report and rework without their being met; a breach stays one."""
    changed: list[Running] = []
    effects: list[Effect] = []
    for clock in await repository.of_orders(session, [order_id]):
        if clock.kind in PUT_OFF:
            moved, more = void(clock, now, SubjectAct.SUSPEND)
            changed.append(moved)
            effects += more
    await repository.save(session, changed)
    await record(session, effects)
    return effects


async def start_beside(
    session: AsyncSession,
    kind: ClockKind,
    order_id: OrderId,
    grid_id: GridId,
    *,
    request_id: int,
    round_: int,
    policy_version: int,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Starts a clock of a request on an order: of its decision, of its re-check, or, with the full limit from now,
    the one that goes on where the suspension ended another."""
    policy = await policy_of(session, policy_version)
    start = Start(kind, grid_id, order_id, round_, request_id, due_at=due_at)
    await start_for(session, [start], policy=policy, now=now)


async def unstopped(session: AsyncSession, order_id: OrderId) -> dict[ClockId, ClockKind]:
    """The order's clocks that nothing has stopped, locked."""
    return {c.id: c.kind for c in await repository.of_orders(session, [order_id])}


async def has_breach(session: AsyncSession, order_id: OrderId, *, now: datetime) -> bool:
    """Whether a deadline of the order has passed by `now`, noticed or not."""
    return await judged_repository.has_breach(session, order_id, now)
