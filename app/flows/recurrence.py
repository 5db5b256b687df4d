"""What a person decides about an order that may not have been put right."""

from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import permit_grid
from app.auth.scope import Caller
from app.flows.going_out import going_out
from dispatch import service as dispatch
from dispatch.review import candidates
from dispatch.review.candidates import Candidate
from models.clock import Clock
from models.enums import CandidateState
from models.errors import Invalid
from models.facts import Fact, OrderDispatched
from models.ids import PersonId
from sla import service as sla

if TYPE_CHECKING:
    from app.pipeline import Pipeline


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
        facts += [rework, *await going_out(session, [rework], policy=policy, now=now, of_another=True)]
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
        f"{held.number} 整改不到位，重新处置：{reason}",
        actor,
        category=held.category,
    )
