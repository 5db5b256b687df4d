"""Hands an order from one holder to the next, inside the caller's transaction; the chain has no gap."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import holder_repository, joint_repository, repository, unit_repository
from dispatch.addressing import Address
from dispatch.repository import OrderRow
from dispatch.roster import service as turns
from dispatch.routing import NoRoute, route
from dispatch.service import Wanted, addressed_to
from models.enums import HoldReason
from models.errors import Invalid
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
    sent: Address
    """To whom it goes there."""


async def hand_over(
    session: AsyncSession,
    order: OrderRow,
    grid_id: GridId,
    *,
    why: HoldReason,
    person_id: PersonId,
    now: datetime,
) -> HandedOver:
    """Ends the holder's segment and opens the receiver's; raises Invalid when nobody there answers.

    The units that handle the order are those of the receiver from now on.
    """
    if grid_id == order.grid_id:
        raise Invalid("this grid holds the order already", field="grid")
    code, sent = await receiving(session, order, grid_id, now)
    ended = await holder_repository.end_open(session, order.id, now)
    begun = await holder_repository.begin(
        session, order.id, grid_id, follows=ended, why=why, person_id=person_id
    )
    await unit_repository.set_units(session, [(order.id, sent.units)], now=now)
    await repository.save_state(session, order, grid_id=grid_id, category=sent.category)
    return HandedOver(ended.id, begun, order.grid_code, grid_id, code, ended.at, sent)


async def mark_misdispatched(session: AsyncSession, order: OrderRow) -> None:
    """The dispatch to the holder before the present one was wrong; its time counts for nobody."""
    await holder_repository.mark_misdispatched(session, order.id)


async def receiving(
    session: AsyncSession, order: OrderRow, grid_id: GridId, now: datetime
) -> tuple[str, Address]:
    """Code of a grid, and to whom a held order goes there: by turn, conflicts, and the units of its category.

    Raises Invalid unless it is a county or park that somebody answers for at `now`. The category is the order's: it
    is of the source, wherever that lies. Who leads for it is for the receiving grid to say, or the one above it.
    """
    known = await repository.grids(session, [grid_id])
    if grid_id not in known:
        raise Invalid("no such grid", field="grid")
    code, level, _ = known[grid_id]
    duties = await repository.duties(session, [grid_id], now)
    roster = await turns.on_turn(session, [grid_id], now)
    answer = route(grid_id, level, duties, now, roster)
    if isinstance(answer, NoRoute):
        raise Invalid(
            f"nobody answers for grid {code}: it is not a county or park, or no supervisor is on duty",
            field="grid",
        )
    about = await joint_repository.subject(session, order.id)
    want = Wanted(
        grid_id, about.station_id, about.station, about.alert_id, about.severity, about.reason, category=about.category
    )  # fmt: skip
    (sent,) = await addressed_to(session, [want], {grid_id: answer}, known, duties, roster, now)
    return code, sent


async def transfers(session: AsyncSession, order: OrderRow) -> int:
    """How often the order has been handed on; recusals do not count."""
    return await holder_repository.transfers(session, order.id)
