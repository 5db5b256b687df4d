"""Messages that could not be taken, as an administrator sees them."""

import base64
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import QuarantineReason
from models.errors import NotFound
from models.reading import Quarantined

_HEAD = (
    Quarantined.id,
    Quarantined.topic,
    Quarantined.station,
    Quarantined.reason,
    Quarantined.detail,
    Quarantined.count,
    Quarantined.truncated,
    Quarantined.received_at,
    Quarantined.last_received_at,
    Quarantined.replayed_at,
)
_TIMES = ("received_at", "last_received_at", "replayed_at")


def _head(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    shown = {column.key: getattr(row, column.key) for column in _HEAD}
    return shown | {name: instant(shown[name]) for name in _TIMES}


def readable(payload: bytes) -> dict[str, str]:
    """The payload as text where it is printable UTF-8, else as Base64: nothing is lost either way."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = None
    if text is not None and all(char.isprintable() or char in "\r\n\t" for char in text):
        return {"encoding": "utf-8", "payload": text}
    return {"encoding": "base64", "payload": base64.b64encode(payload).decode()}


async def list_quarantine(
    session: AsyncSession,
    *,
    reason: QuarantineReason | None = None,
    station: str | None = None,
    replayed: bool | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the quarantine without payloads, newest first."""
    statement = select(*_HEAD)
    if reason is not None:
        statement = statement.where(Quarantined.reason == reason.value)
    if station is not None:
        statement = statement.where(Quarantined.station == station)
    if replayed is not None:
        statement = statement.where(Quarantined.replayed_at.isnot(None) == replayed)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(Quarantined.id < last)
    rows = await session.execute(statement.order_by(Quarantined.id.desc()).limit(limit + 1))
    return page([_head(row) for row in rows], limit)


async def quarantine_document(session: AsyncSession, quarantine_id: int) -> dict[str, Any]:
    """One message with its payload; raises NotFound."""
    statement = select(*_HEAD, Quarantined.payload).where(Quarantined.id == quarantine_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no quarantined message {quarantine_id}")
    return _head(row) | {"size": len(row.payload)} | readable(row.payload)
