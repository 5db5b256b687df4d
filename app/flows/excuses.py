"""Excuses of breaches: proposed by those concerned, decided by the prefecture. The breach stands either way."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.pipeline import Pipeline
from dispatch import acts
from models.clock import Clock
from models.enums import ExcuseGround
from models.errors import HandlerMayNotReview
from models.ids import PersonId
from sla import fair


async def propose(
    pipeline: Pipeline,
    session: AsyncSession,
    breach: fair.Breached,
    ground: ExcuseGround,
    *,
    plea: str,
    caller: Caller,
    clock: Clock,
) -> None:
    """A person says what speaks for a breach."""
    now = clock.now()
    person = (PersonId(caller.id), caller.name)
    told = await fair.propose_by_hand(session, breach, ground, plea=plea, person=person, now=now)
    await pipeline.told(session, told, now=now)


async def decide(
    pipeline: Pipeline,
    session: AsyncSession,
    breach: fair.Breached,
    ground: ExcuseGround,
    *,
    approve: bool,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> None:
    """A person decides, once and for good; raises for whoever handled the order."""
    person = (PersonId(caller.id), caller.name)
    if breach.order_id is not None and await acts.handled(session, breach.order_id, person[0]):
        raise HandlerMayNotReview("whoever handled an order can never excuse its breach")
    now = clock.now()
    told = await fair.decide(session, breach, ground, approve=approve, reason=reason, person=person, now=now)
    await pipeline.told(session, told, now=now)
