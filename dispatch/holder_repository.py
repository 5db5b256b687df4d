"""All SQL of who holds an order."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import HoldReason
from models.ids import GridId, OrderId, PersonId, SegmentId


@dataclass(frozen=True, slots=True)
class Ended:
    """The segment that was open, and the instant at which it ended."""

    id: SegmentId
    grid_id: GridId
    at: datetime


async def end_open(session: AsyncSession, order_id: OrderId, now: datetime) -> Ended:
    """Ends the open segment; at least a moment after it began, so that no two end together."""
    (row,) = await fetch(
        session,
        "UPDATE holder_segment SET held_to = greatest($2, held_from + interval '1 microsecond')"
        " WHERE order_id = $1 AND held_to IS NULL RETURNING id, grid_id, held_to",
        order_id,
        now,
    )
    return Ended(SegmentId(row[0]), GridId(row[1]), row[2])


async def begin(
    session: AsyncSession,
    order_id: OrderId,
    grid_id: GridId,
    *,
    follows: Ended,
    why: HoldReason,
    person_id: PersonId,
) -> SegmentId:
    (row,) = await fetch(
        session,
        "INSERT INTO holder_segment (order_id, grid_id, held_from, follows_at, why, person_id)"
        " VALUES ($1, $2, $3, $3, $4, $5) RETURNING id",
        order_id,
        grid_id,
        follows.at,
        why.value,
        person_id,
    )
    return SegmentId(row[0])


async def mark_misdispatched(session: AsyncSession, order_id: OrderId) -> None:
    """The segment before the open one should never have been."""
    await fetch(
        session,
        "UPDATE holder_segment h SET misdispatched = true FROM holder_segment n"
        " WHERE n.order_id = $1 AND n.held_to IS NULL AND h.order_id = $1 AND h.held_to = n.follows_at",
        order_id,
    )


async def transfers(session: AsyncSession, order_id: OrderId) -> int:
    """How often the order was handed on as not the holder's; recusals do not count."""
    (row,) = await fetch(
        session, "SELECT count(*) FROM holder_segment WHERE order_id = $1 AND why = 'transfer'", order_id
    )
    return int(row[0])
