"""An order comes to another holder, is suspended, or goes on: what follows for clocks and feed."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import below
from app.auth.permissions import REVIEWERS
from app.auth.request_rights import ABOVE, permit_in
from app.auth.scope import Caller
from app.feed_events import people, sent
from app.flows.held import held
from app.flows.lapse import settle
from dispatch import acts, holders, recusal
from dispatch.beside import beside_address
from dispatch.requests import service as requests
from dispatch.requests import transfer
from dispatch.requests.service import OrderRow, Person
from dispatch.tasks import service as tasks
from models.clock import Clock
from models.enums import ClockKind, EventKind, HoldReason, OrderState, SubjectAct, TransferPolicy
from models.errors import Invalid
from models.facts import Fact, OrderTold
from models.ids import GridId, PersonId
from sla import fair, holding
from sla import service as sla

if TYPE_CHECKING:
    from app.pipeline import Pipeline


async def hand_over(
    session: AsyncSession,
    order: OrderRow,
    grid_id: GridId,
    *,
    why: HoldReason,
    policy: TransferPolicy,
    by: Person,
    now: datetime,
    more: dict[str, Any] | None = None,
) -> tuple[list[Fact], str]:
    """Segment, order and clocks to the receiver; gives what the feed hears of, and the receiver's code."""
    handed = await holders.hand_over(session, order, grid_id, why=why, person_id=by.id, now=now)
    to = handed.sent
    restart = policy is TransferPolicy.RESTART_FOR_RECEIVER
    effects = await holding.hand_over(
        session,
        order.id,
        grid_id,
        ended=handed.ended,
        begun=handed.begun if restart else None,
        policy_version=order.policy_version,
        now=now,
    )
    detail = {
        "from": handed.before,
        "why": why.value,
        "policy": policy.value,
        "recipients": people(to.recipients),
    }
    detail |= sent(to.category, to.lead, to.co_handlers, to.gap) | (more or {})
    # What the holder before had handed down is within its own grid: nobody works on that any more.
    fallen = await tasks.end_with_order(session, order.id, now, "工单已移交")
    ended = [*await below.void_clocks(session, fallen.fallen, now), *fallen.facts]
    after = requests.held_by(order, handed.grid_id, handed.grid_code)
    # Whoever sees only the grid before would hear nothing of it.
    left = told(EventKind.ORDER_LEFT, order, by, now, {"to": handed.grid_code, "why": why.value})
    came = replace(
        told(EventKind.ORDER_TRANSFERRED, after, by, now, detail),
        hears=tuple((r.id, r.role) for r in to.recipients),
    )
    # A gap and a conflict are nobody's act.
    bare = replace(came, actor=None, actor_name=None, hears=())
    beside = beside_address(bare, to.gap, to.conflicted, to.recipients)
    return [*effects, *ended, left, came, *beside], handed.grid_code


async def assign(
    pipeline: "Pipeline",
    session: AsyncSession,
    order_id: int,
    grid_id: GridId,
    *,
    reason: str,
    policy: TransferPolicy | None,
    misdispatched: bool,
    caller: Caller,
    expected_version: int | None,
    clock: Clock,
) -> None:
    """After two transfers the prefecture says who holds the order, once and for good; it may stay where it is."""
    order = await held(session, order_id, caller, expected_version)
    permit_in(caller, prefecture_of(pipeline), REVIEWERS, what="assigning an order")
    by = Person(PersonId(caller.id), caller.name)
    now = await sla.not_before(session, order.id, clock.now())
    await recusal.demand_neither(session, order.id, by.id, now)
    bearing = await requests.bearing(session, order)
    transfer.check_assign(
        transfers=await holders.transfers(session, order), locked=bearing.transfer_locked_at is not None
    )
    requests.check_handled(order)
    chosen = transfer.policy_for(policy, misdispatched=misdispatched)
    more = {"reason": reason, "locked": True, "misdispatched": misdispatched}
    if grid_id == order.grid_id:
        facts: list[Fact] = [
            told(EventKind.ORDER_TRANSFERRED, order, by, now, {"from": order.grid_code} | more)
        ]
    else:
        facts, _ = await hand_over(
            session, order, grid_id, why=HoldReason.TRANSFER, policy=chosen, by=by, now=now, more=more
        )
        if misdispatched:
            await holders.mark_misdispatched(session, order)
    await requests.lock_transfers(session, order.id, now)
    facts += await settle(session, order.id, now=now)
    await pipeline.told(session, facts, now=now)


async def suspend(
    session: AsyncSession, order: OrderRow, until: datetime, *, request_id: int, by: Person, now: datetime,
    prefecture: GridId,
) -> list[Fact]:  # fmt: skip
    """The clocks of report and rework end without being met, and the one of the re-check starts."""
    facts: list[Fact] = [*await holding.put_off(session, order.id, now=now)]
    await requests.suspend(session, order.id, until)
    await holding.start_beside(
        session, ClockKind.RECHECK, order.id, prefecture, request_id=request_id, round_=order.round,
        policy_version=order.policy_version, now=now, due_at=until,
    )  # fmt: skip
    detail = {"until": until.isoformat(), "request": request_id, "state": order.state.value}
    return [*facts, told(EventKind.ORDER_SUSPENDED, order, by, now, detail)]


async def recheck(
    pipeline: "Pipeline",
    session: AsyncSession,
    order_id: int,
    *,
    comment: str | None,
    caller: Caller,
    expected_version: int | None,
    clock: Clock,
) -> None:
    """The prefecture has looked again: the order goes on, with the full limit from now."""
    order = await held(session, order_id, caller, expected_version)
    prefecture = prefecture_of(pipeline)
    permit_in(caller, prefecture, ABOVE, what="a re-check")
    by = Person(PersonId(caller.id), caller.name)
    now = await sla.not_before(session, order.id, clock.now())
    await acts.check_reviewer(session, order.id, by.id)
    await recusal.refuse(session, order.id, by.id, now)
    request = await requests.suspension_in_force(session, order)
    facts: list[Fact] = [
        *await fair.answered(session, ClockKind.RECHECK, request.id, SubjectAct.RECHECK, now=now)
    ]
    await requests.suspend(session, order.id, None)
    kind = ClockKind.REPORT if order.state is OrderState.ON_SITE else ClockKind.REWORK
    await holding.start_beside(
        session, kind, order.id, order.grid_id, request_id=request.id, round_=order.round,
        policy_version=order.policy_version, now=now,
    )  # fmt: skip
    detail = {"request": request.id, "clock": kind.value, "state": order.state.value}
    facts.append(
        told(
            EventKind.ORDER_RESUMED,
            order,
            by,
            now,
            detail | ({} if comment is None else {"comment": comment}),
        )
    )
    await pipeline.told(session, facts, now=now)


def told(kind: EventKind, order: OrderRow, by: Person, now: datetime, detail: dict[str, Any]) -> OrderTold:
    return OrderTold(
        kind, order.id, order.number, order.grid_id, order.grid_code, now, by.id, by.name, detail
    )


def prefecture_of(pipeline: "Pipeline") -> GridId:
    found = pipeline.directory.prefecture
    if found is None:
        raise Invalid("there is no prefecture to decide")
    return found
