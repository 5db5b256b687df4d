"""What comes back at its place, and what a person decides about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.geodesy import distance_m
from app.auth.permissions import permit_grid
from app.auth.scope import Caller
from dispatch import service as dispatch
from dispatch.beside import beside
from dispatch.review import candidates
from dispatch.review.candidates import Candidate
from models.clock import Clock
from models.enums import CandidateState, OrderAct
from models.errors import Invalid
from models.facts import Fact, OrderDispatched
from models.ids import PersonId
from sla import service as sla

if TYPE_CHECKING:
    from app.pipeline import Pipeline


async def recurrences(session: AsyncSession, orders: Sequence[object], *, now: datetime) -> Sequence[Fact]:
    """The facts of new orders at places that were closed not long ago; told with these orders."""
    fresh = [order for order in orders if isinstance(order, OrderDispatched)]
    return await candidates.follow(session, fresh, distance=distance_m, now=now)


async def decide(
    pipeline: "Pipeline",
    session: AsyncSession,
    candidate: Candidate,
    decision: CandidateState,
    *,
    reason: str,
    dispatch_rework: bool,
    caller: Caller,
    clock: Clock,
) -> None:
    """A person's decision of a candidate, once and for good; with a rework order where it is upheld and asked for.

    The closed order is held first: its row before the order counter, as everywhere.
    """
    if dispatch_rework:
        if decision is not CandidateState.UPHELD:
            raise Invalid("only what is upheld is dispatched again", field="dispatch_rework")
        permit_grid(caller, candidate.grid_id)
    await candidates.lock_order(session, candidate)
    now = clock.now()
    actor = PersonId(caller.id)
    held = await candidates.hold(session, candidate.id, actor)
    facts: list[Fact] = []
    rework: OrderDispatched | None = None
    if dispatch_rework:
        policy = await sla.in_force(session)
        rework = await dispatch.dispatch_by_hand(
            session, _wanted(held, reason, actor), policy_version=policy.version, now=now
        )
        await candidates.link_rework(session, held, rework, now=now)
        clocked = [sla.ClockedOrder(rework.order_id, rework.grid_id)]
        await sla.start(session, clocked, OrderAct.DISPATCH, policy=policy, now=now)
        facts += [rework, *beside([rework])]
    facts.append(
        await candidates.decide(
            session, held, decision, reason=reason, actor=actor, actor_name=caller.name, rework=rework, now=now
        )
    )  # fmt: skip
    await pipeline.told(session, facts, now=now)


def _wanted(held: Candidate, reason: str, actor: PersonId) -> dispatch.Wanted:
    return dispatch.Wanted(
        held.grid_id,
        held.station_id,
        held.station,
        None,
        held.severity,
        f"{held.number} 整改不到位,重新处置:{reason}",
        actor,
    )
