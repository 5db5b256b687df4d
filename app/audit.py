"""Proves the journal's chains, or names the first break. Reads page by page: memory does not grow with the journal."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.chain import GENESIS, Fault, Kept, Row, Walk
from models.bulk import fetch
from models.errors import NotFound

COLUMNS = (
    "id, kind, occurred_at, recorded_at, grid_id, order_id, alert_id, actor_id, on_behalf_of_id, client_at,"
    " data::text, hash, order_seq, order_hash"
)
PAGE = 5000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many events were checked, the first fault if any, and the head of what was checked."""

    checked: int
    fault: str | None
    head: str | None
    orders: int = 0
    """Orders whose own chain was checked."""
    broken: Fault | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """How many events there are, and the link of the newest."""

    count: int
    hash: bytes


def row_of(columns: Sequence[Any]) -> Row:
    """A row as COLUMNS gives it."""
    c = columns
    order_hash = None if c[13] is None else bytes(c[13])
    return Row(
        c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], bytes(c[11]), c[12], order_hash
    )  # fmt: skip


async def head(session: AsyncSession) -> Head:
    """Of the chain of all events."""
    rows = await fetch(session, "SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1")
    return Head(int(rows[0][0]), bytes(rows[0][1])) if rows else Head(0, GENESIS)


async def order_head(session: AsyncSession, number: str) -> Head:
    """Of the chain of one order; raises NotFound."""
    rows = await fetch(
        session,
        "SELECT order_seq, order_hash FROM journal WHERE order_id = $1 ORDER BY order_seq DESC LIMIT 1",
        await _order_id(session, number),
    )
    return Head(int(rows[0][0]), bytes(rows[0][1])) if rows else Head(0, GENESIS)


async def verify(session: AsyncSession, *, kept: Kept | None = None, page: int = PAGE) -> Verdict:
    """Walks the chain of all events, then that of each order; names the first event that does not fit.

    What is appended meanwhile is left for the next time.
    """
    walk = Walk(kept=kept)
    async for row in _all(session, page):
        if (fault := walk.take(row)) is not None:
            return await _broken(session, walk.count, fault)
    if (fault := walk.end()) is not None:
        return await _broken(session, walk.count, fault)
    orders, fault = await _orders(session, walk.count, page)
    if fault is not None:
        return await _broken(session, walk.count, fault)
    return Verdict(walk.count, None, walk.head.hex() if walk.count else None, orders)


async def verify_order(
    session: AsyncSession, number: str, *, kept: Kept | None = None, page: int = PAGE
) -> Verdict:
    """Walks the chain of one order; raises NotFound.

    That its end was cut only the chain of all events tells, or a head that was kept.
    """
    order_id = await _order_id(session, number)
    walk = Walk(order_id, kept)
    async for row in _of_order(session, order_id, page):
        if (fault := walk.take(row)) is not None:
            return await _broken(session, walk.count, fault)
    if (fault := walk.end()) is not None:
        return await _broken(session, walk.count, fault)
    return Verdict(walk.count, None, walk.head.hex() if walk.count else None, 1)


async def _orders(session: AsyncSession, top: int, page: int) -> tuple[int, Fault | None]:
    """Every order's chain among the first `top` events, one after the other."""
    walk: Walk | None = None
    orders = 0
    async for row in _by_order(session, top, page):
        if walk is None or walk.order_id != row.order_id:
            if walk is not None and (fault := walk.end()) is not None:
                return orders, fault
            walk = Walk(row.order_id)
            orders += 1
        if (fault := walk.take(row)) is not None:
            return orders, fault
    return orders, None if walk is None else walk.end()


async def _all(session: AsyncSession, page: int) -> AsyncIterator[Row]:
    last = 0
    while True:
        rows = await fetch(
            session, f"SELECT {COLUMNS} FROM journal WHERE id > $1 ORDER BY id LIMIT $2", last, page
        )
        for row in rows:
            yield row_of(row)
        if len(rows) < page:
            return
        last = rows[-1][0]


async def _of_order(session: AsyncSession, order_id: int, page: int) -> AsyncIterator[Row]:
    last = 0
    while True:
        rows = await fetch(
            session,
            f"SELECT {COLUMNS} FROM journal WHERE order_id = $1 AND order_seq > $2 ORDER BY order_seq LIMIT $3",
            order_id, last, page,
        )  # fmt: skip
        for row in rows:
            yield row_of(row)
        if len(rows) < page:
            return
        last = rows[-1][12]


async def _by_order(session: AsyncSession, top: int, page: int) -> AsyncIterator[Row]:
    order, last = 0, 0
    while True:
        rows = await fetch(
            session,
            f"SELECT {COLUMNS} FROM journal WHERE order_id IS NOT NULL"
            " AND (order_id, order_seq) > ($1::bigint, $2::int) AND id <= $3 ORDER BY order_id, order_seq LIMIT $4",
            order, last, top, page,
        )  # fmt: skip
        for row in rows:
            yield row_of(row)
        if len(rows) < page:
            return
        order, last = rows[-1][5], rows[-1][12]


async def _order_id(session: AsyncSession, number: str) -> int:
    rows = await fetch(session, "SELECT id FROM work_order WHERE number = $1", number)
    if not rows:
        raise NotFound(f"no order {number}")
    return int(rows[0][0])


async def _broken(session: AsyncSession, checked: int, fault: Fault) -> Verdict:
    says = fault.says
    if fault.order_id is not None:
        rows = await fetch(session, "SELECT number FROM work_order WHERE id = $1", fault.order_id)
        says += f" (order {rows[0][0]})" if rows else f" (order id {fault.order_id}, which there is none of)"
    return Verdict(checked, says, None, broken=fault)
