"""Starts, stops and passes over clocks inside the caller's transaction; returns facts, tells nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import ClockKind, OrderAct
from models.facts import Breach, EscalationDue
from models.ids import GridId, OrderId
from sla import judged_repository as judged
from sla import policybook, repository
from sla.deadlines import Act, Effect, Running, advance, after
from sla.policy import Policy
from sla.repository import Start as Start


@dataclass(frozen=True, slots=True)
class TickResult:
    """One bounded pass: how many clocks were moved, and what that means."""

    checked: int = 0
    breached: int = 0
    escalated: int = 0
    facts: list[Effect] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClockedOrder:
    """Which clocks of which order an act concerns; `round` is the one after the act."""

    order_id: OrderId
    grid_id: GridId
    round: int = 1


async def ensure_policy(
    session: AsyncSession, limits: Mapping[ClockKind, timedelta], *, author: str, now: datetime
) -> Policy:
    """The policy in force; while settings made it and say otherwise now, a new version of theirs."""
    policy, _ = await policybook.ensure(session, limits, author=author, now=now)
    return policy


async def in_force(session: AsyncSession) -> Policy:
    """The policy that rules what is dispatched in this transaction."""
    return await policybook.in_force(session)


async def hold(session: AsyncSession, order_id: OrderId) -> None:
    """Keeps every pass away from the order's running clocks until the transaction ends."""
    await judged.hold(session, order_id)


async def not_before(session: AsyncSession, order_id: OrderId, now: datetime) -> datetime:
    """`now`, or when the last act on the order was recorded, if another process's clock was ahead of this one's.

    Asked while the order is held: so what happens to one order carries times in the order in which it happened.
    """
    latest = await judged.latest_act(session, order_id)
    return now if latest is None else max(now, latest)


async def start(
    session: AsyncSession, orders: Sequence[ClockedOrder], act: OrderAct, *, policy: Policy, now: datetime
) -> None:
    """Starts the clocks that an act starts, for each of the orders, under one policy."""
    started = [Start(kind, o.grid_id, o.order_id, o.round) for o in orders for kind in policy.starts(act)]
    await repository.add(session, started, policy=policy, started_at=now)


async def start_for(
    session: AsyncSession, started: Sequence[Start], *, policy: Policy, now: datetime
) -> None:
    """Starts clocks of requests, tasks, reports from below, or of one holder's segment."""
    await repository.add(session, started, policy=policy, started_at=now)


async def act_on(
    session: AsyncSession, kind: ClockKind, subject_id: int, what: Act, *, now: datetime
) -> list[Effect]:
    """Brings the clocks of one request, task or report up to `now`, then stops those that this act stops.

    VOID ends them without a stop, as for an order that is withdrawn.
    """
    clocks = await repository.of_subject(session, kind, subject_id)
    changed, effects = after(clocks, what, now)
    await repository.save(session, changed)
    await record(session, effects)
    return effects


async def policy_of(session: AsyncSession, version: int) -> Policy:
    """The policy an order was dispatched under; it rules the order's later clocks too."""
    return await policybook.policy_of(session, version)


async def dues(session: AsyncSession, order_id: OrderId, kinds: Sequence[ClockKind]) -> list[datetime]:
    """The deadlines of the order's clocks of these kinds that still run, the earliest first; locks nothing."""
    return await repository.dues(session, order_id, kinds)


async def act(session: AsyncSession, order_id: OrderId, what: OrderAct, *, now: datetime) -> list[Effect]:
    """Brings the order's clocks up to `now`, then stops those that this act stops."""
    clocks = await repository.of_orders(session, [order_id])
    changed, effects = after(clocks, what, now)
    await repository.save(session, changed)
    await record(session, effects)
    return effects


async def tick(session: AsyncSession, *, now: datetime, limit: int = 500) -> TickResult:
    """One bounded pass over the clocks that are due. Any number of engines may do this at once."""
    clocks = await repository.due(session, now, limit)
    if not clocks:
        return TickResult()
    effects: list[Effect] = []
    moved = []
    for clock in clocks:
        changed, more = advance(clock, now)
        moved.append(changed)
        effects += more
    await repository.save(session, moved)
    breached, escalated = await record(session, effects)
    return TickResult(len(clocks), breached, escalated, effects)


async def keep(session: AsyncSession, clocks: Sequence[Running], effects: Sequence[Effect]) -> None:
    """Writes clocks that were brought up to the present, and what that means."""
    await repository.save(session, clocks)
    await record(session, effects)


async def overdue_without_breach(session: AsyncSession, *, before: datetime) -> int:
    return await judged.overdue_without_breach(session, before)


async def record(session: AsyncSession, effects: Sequence[Effect]) -> tuple[int, int]:
    """Writes down the breaches and rungs among the effects; gives how many of each."""
    breaches = [e for e in effects if isinstance(e, Breach)]
    escalations = [e for e in effects if isinstance(e, EscalationDue)]
    await judged.record_breaches(session, breaches)
    await judged.record_escalations(session, escalations)
    return len(breaches), len(escalations)
