"""Summaries of orders, from the facts to the signature. Every one holds the order first."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import SIGNERS, permit_role
from app.auth.scope import Caller
from app.flows.held import held
from app.pipeline import Pipeline
from app.summaries.draft import draft
from app.summaries.read import facts_of
from dispatch import summaries
from dispatch.summaries import OrderRow
from models.clock import Clock
from models.ids import PersonId

T = TypeVar("T")


async def draft_summary(
    pipeline: Pipeline, session: AsyncSession, order_id: int, *, caller: Caller, clock: Clock
) -> bool:
    """Drafts the summary from the facts as they stand; says whether it is a new version."""

    async def work(order: OrderRow, now: datetime) -> bool:
        summaries.demand_closed(order)
        facts = await facts_of(session, order.id)
        return await summaries.keep_draft(
            session, order, draft(facts), facts.digest(), person=PersonId(caller.id), now=now
        )

    return await _holding(pipeline, session, order_id, caller, clock, work)


async def edit_summary(
    pipeline: Pipeline,
    session: AsyncSession,
    order_id: int,
    body: str,
    *,
    revision: int | None,
    caller: Caller,
    clock: Clock,
) -> None:
    """Changes the text that is to be signed."""

    async def work(order: OrderRow, now: datetime) -> None:
        await summaries.edit(session, order, body, revision=revision, person=PersonId(caller.id), now=now)

    await _holding(pipeline, session, order_id, caller, clock, work)


async def sign_summary(
    pipeline: Pipeline,
    session: AsyncSession,
    order_id: int,
    *,
    revision: int | None,
    caller: Caller,
    clock: Clock,
) -> None:
    """Signs the text for good, and tells it with its hash."""

    async def work(order: OrderRow, now: datetime) -> None:
        signed = await summaries.sign(
            session, order, revision=revision, person=PersonId(caller.id), person_name=caller.name, now=now
        )
        await pipeline.told(session, [signed], now=now)

    await _holding(pipeline, session, order_id, caller, clock, work)


async def _holding(
    pipeline: Pipeline,
    session: AsyncSession,
    order_id: int,
    caller: Caller,
    clock: Clock,
    work: Callable[[OrderRow, datetime], Awaitable[T]],
) -> T:
    """Does the work on an order that is held and that the caller may sum up; raises NotFound, Forbidden."""
    order = await held(session, order_id, caller)
    permit_role(caller, SIGNERS, order.grid_id, pipeline.directory, act="a summary")
    return await work(order, clock.now())
