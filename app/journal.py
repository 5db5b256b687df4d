"""Appends events in commit order, each linked to the one before it and to the one before it of its order.

Identity values can commit out of order, and a reader that remembers the highest id it saw would then skip a row.
So ids are given under a lock held until the commit: id order is commit order, without gaps. The lock is taken
last in a transaction; whoever holds it waits for no other row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit import Verdict, verify
from app.chain import GENESIS, instant, link, text_of
from models.bulk import fetch, insert_sql
from models.enums import EventKind
from models.journal import JournalEvent

__all__ = ["CHANNEL", "Entry", "Verdict", "append", "verify"]

LOCK = 0x6765_7368_6A  # any number; one journal, one lock
CHANNEL = "geshao_feed"
_COLUMNS = (
    "id", "kind", "occurred_at", "recorded_at", "grid_id", "order_id", "alert_id", "actor_id", "on_behalf_of_id",
    "client_at", "data", "hash", "order_seq", "order_hash",
)  # fmt: skip
# The newest row of all, and that of each order concerned.
_HEADS = """
(SELECT id, hash, NULL::bigint AS order_id, NULL::int AS order_seq, NULL::bytea AS order_hash
   FROM journal ORDER BY id DESC LIMIT 1)
 UNION ALL
SELECT NULL, NULL, concerned, newest.order_seq, newest.order_hash
  FROM unnest($1::bigint[]) AS concerned
 CROSS JOIN LATERAL (
   SELECT order_seq, order_hash FROM journal WHERE order_id = concerned ORDER BY order_seq DESC LIMIT 1
 ) newest
"""
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be written; `data` is what the feed shows."""

    kind: EventKind
    occurred_at: datetime
    grid_id: int | None = None
    order_id: int | None = None
    alert_id: int | None = None
    actor_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    on_behalf_of_id: int | None = None
    """Whom the actor stood in for."""
    client_at: datetime | None = None
    """The time of the actor's device, as it claims; aware."""


async def append(session: AsyncSession, entries: Sequence[Entry], *, now: datetime) -> list[int]:
    """Writes the entries in order and wakes the feed when the transaction commits; gives their ids.

    Nothing may be locked after this in the same transaction.
    """
    if not entries:
        return []
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", LOCK)
    last, previous, heads = await _heads(session, {e.order_id for e in entries if e.order_id is not None})
    recorded = instant(now)
    columns: list[list[Any]] = [[] for _ in _COLUMNS]
    for number, entry in enumerate(entries, start=last + 1):
        data = _encode(entry.data).decode()
        subjects = (entry.grid_id, entry.order_id, entry.alert_id, entry.actor_id)
        client = None if entry.client_at is None else instant(entry.client_at)
        kind, occurred = entry.kind.value, instant(entry.occurred_at)
        text = text_of(number, kind, occurred, recorded, subjects, entry.on_behalf_of_id, client, data)
        previous = link(previous, text)
        of_order: tuple[int | None, bytes | None] = (None, None)
        if entry.order_id is not None:
            seq, before = heads.get(entry.order_id, (0, GENESIS))
            of_order = heads[entry.order_id] = (seq + 1, link(before, text))
        row = (
            number, kind, entry.occurred_at, now, *subjects, entry.on_behalf_of_id, entry.client_at, data, previous,
            *of_order,
        )  # fmt: skip
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    ids: list[int] = columns[0]
    await fetch(session, _append_sql(), *columns, CHANNEL, str(ids[-1]))
    return ids


@cache
def _append_sql() -> str:
    table: Any = JournalEvent.__table__
    insert, n = insert_sql(table, _COLUMNS, ""), len(_COLUMNS)
    return f"WITH told AS ({insert}) SELECT pg_notify(${n + 1}, ${n + 2})"


async def _heads(
    session: AsyncSession, order_ids: set[int]
) -> tuple[int, bytes, dict[int, tuple[int, bytes]]]:
    """Id and link of the newest row, and number and link of the newest of each of these orders."""
    last, previous = 0, GENESIS
    heads: dict[int, tuple[int, bytes]] = {}
    for row in await fetch(session, _HEADS, sorted(order_ids)):
        if row[2] is None:
            last, previous = int(row[0]), bytes(row[1])
        else:
            heads[row[2]] = (row[3], bytes(row[4]))
    return last, previous, heads
