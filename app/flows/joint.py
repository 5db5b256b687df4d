"""Joint and cross-county handling: from the prefecture's decision to the clocks of every part (annex 1 art. 18)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import COORDINATORS, permit_role
from app.auth.scope import Caller
from app.flows.going_out import going_out
from app.flows.held import held, unchanged
from app.flows.joint_port import JointApproved
from app.pipeline import Pipeline
from dispatch import acts, joint, recusal
from models.clock import Clock
from models.facts import Fact
from models.ids import GridId, PersonId
from sla import service as sla


async def open_joint(
    pipeline: Pipeline,
    session: AsyncSession,
    order_id: int,
    *,
    lead: GridId,
    others: Sequence[GridId],
    reason: str,
    caller: Caller,
    expected_version: int | None,
    clock: Clock,
) -> int:
    """The prefecture's duty officer has an order handled jointly, at once; gives the parent's id."""
    order = await held(session, order_id, caller)
    # Over the grids of several counties nobody below the prefecture decides.
    for grid_id in (order.grid_id, lead, *others):
        permit_role(caller, COORDINATORS, grid_id, pipeline.directory, act="joint handling")
    unchanged(order, expected_version)
    now = await sla.not_before(session, order.id, clock.now())
    await recusal.demand_neither(session, order.id, PersonId(caller.id), now)
    opened = await joint.open_joint(
        session, order, lead=lead, others=others, reason=reason, decided_by=PersonId(caller.id),
        policy_version=order.policy_version, now=now,
    )  # fmt: skip
    await pipeline.told(session, await _told(session, order, opened, now), now=now)
    return opened.parent_id


async def carry_out(session: AsyncSession, approved: JointApproved, now: datetime) -> Sequence[Fact]:
    """What a granted request of a county brings about; the caller tells the facts."""
    order = approved.order
    opened = await joint.open_joint(
        session, order, lead=approved.lead, others=approved.others, reason=approved.reason,
        decided_by=approved.approved_by, policy_version=order.policy_version, now=now,
    )  # fmt: skip
    return await _told(session, order, opened, now)


async def _told(
    session: AsyncSession, order: acts.OrderRow, opened: joint.Opened, now: datetime
) -> list[Fact]:
    policy = await sla.policy_of(session, order.policy_version)
    beside = await going_out(session, opened.dispatched, policy=policy, now=now, of_another=True)
    return [*opened.facts, *beside]
