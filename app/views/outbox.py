"""Messages to the outside: what waits, what went, what was given up."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.paging import decode_cursor, instant, page
from models.enums import Channel, NoticeClass, OutboxState
from models.errors import NotFound
from models.journal import OutboxMessage
from notify.outbox import STUCK_AFTER


def _secret(row: OutboxMessage, name: str) -> bool:
    return name == "code" and row.about == NoticeClass.TEST.value


def _message(row: OutboxMessage) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "destination": row.destination,
        "lane": row.lane,
        "key": row.key,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": instant(row.created_at),
        "next_at": instant(row.next_at),
        "sent_at": instant(row.sent_at),
        "error": row.error,
        "about": row.about,
        "urgent": row.urgent,
        "held": row.held,
        "person_id": row.person_id,
        "again": row.again,
        # A code is for whoever reads the contact, and for nobody who administers the service.
        "payload": {name: "······" if _secret(row, name) else value for name, value in row.payload.items()},
    }


async def list_outbox(
    session: AsyncSession,
    *,
    now: datetime,
    state: OutboxState | None = None,
    channel: Channel | None = None,
    stuck: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the messages, newest first."""
    statement = select(OutboxMessage)
    if state is not None:
        statement = statement.where(OutboxMessage.state == state.value)
    if channel is not None:
        statement = statement.where(OutboxMessage.channel == channel.value)
    if stuck:
        waits = and_(
            OutboxMessage.next_at.is_not(None),
            OutboxMessage.held.is_(None),
            OutboxMessage.created_at < now - STUCK_AFTER,
        )
        over = OutboxMessage.state.in_([OutboxState.FAILED.value, OutboxState.UNKNOWN.value])
        statement = statement.where(or_(over, waits))
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(OutboxMessage.id < last)
    rows = await session.execute(statement.order_by(OutboxMessage.id.desc()).limit(limit + 1))
    return page([_message(row) for row in rows.scalars()], limit)


async def outbox_document(session: AsyncSession, message_id: int) -> dict[str, Any]:
    """One message as it is in the database now; raises NotFound."""
    row = await session.get(OutboxMessage, message_id, populate_existing=True)
    if row is None:
        raise NotFound(f"no message {message_id}")
    return _message(row)


async def outbox_counts(session: AsyncSession) -> dict[str, int]:
    """How many messages are not over, or want a person's look, by state; what went out is not counted."""
    over = [OutboxState.FAILED.value, OutboxState.UNKNOWN.value]
    statement = (
        select(OutboxMessage.state, func.count())
        .where(or_(OutboxMessage.next_at.is_not(None), OutboxMessage.state.in_(over)))
        .group_by(OutboxMessage.state)
    )
    counted = {OutboxState.PENDING.value: 0, OutboxState.SENDING.value: 0} | dict.fromkeys(over, 0)
    return counted | {row[0]: row[1] for row in await session.execute(statement)}
