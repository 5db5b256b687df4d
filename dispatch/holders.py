"""Hands an order from one holder to the next, inside the caller's transaction; the chain has no gap."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import holder_repository, repository
from dispatch.repository import OrderRow
from dispatch.routing import NoRoute, route
from models.enums import HoldReason
from models.errors import Invalid
from models.facts import Recipient
from models.ids import GridId, PersonId, SegmentId


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The order is another grid's from `at` on."""

    ended: SegmentId
    begun: SegmentId
    before: str
    """Code of the grid that held it."""
    grid_id: GridId
    grid_code: str
    at: datetime
    recipients: tuple[Recipient, ...]


async def hand_over(
    session: AsyncSession,
    order: OrderRow,
    grid_id: GridId,
    *,
    why: HoldReason,
    person_id: PersonId,
    now: datetime,
) -> HandedOver:
    """Ends the holder's segment and opens the receiver's; raises Invalid when nobody there answers."""
    if grid_id == order.grid_id:
        raise Invalid("this grid holds the order already", field="grid")
    code, recipients = await receiving(session, grid_id, now)
    ended = await holder_repository.end_open(session, order.id, now)
    begun = await holder_repository.begin(
        session, order.id, grid_id, follows=ended, why=why, person_id=person_id
    )
    await repository.save_state(session, order, grid_id=grid_id)
    return HandedOver(ended.id, begun, order.grid_code, grid_id, code, ended.at, recipients)


async def mark_misdispatched(session: AsyncSession, order: OrderRow) -> None:
    """The dispatch to the holder before the present one was wrong; its time counts for nobody."""
    await holder_repository.mark_misdispatched(session, order.id)


async def receiving(
    session: AsyncSession, grid_id: GridId, now: datetime
) -> tuple[str, tuple[Recipient, ...]]:
    """Code of a grid and who answers there at `now`; raises Invalid unless it is a county or park that does."""
    known = await repository.grids(session, [grid_id])
    if grid_id not in known:
        raise Invalid("no such grid", field="grid")
    code, level, _ = known[grid_id]
    answer = route(grid_id, level, await repository.duties(session, [grid_id], now), now)
    if isinstance(answer, NoRoute):
        raise Invalid(
            f"nobody answers for grid {code}: it is not a county or park, or no supervisor is on duty",
            field="grid",
        )
    return code, answer.recipients


async def transfers(session: AsyncSession, order: OrderRow) -> int:
    """How often the order has been handed on; recusals do not count."""
    return await holder_repository.transfers(session, order.id)
