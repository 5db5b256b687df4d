"""Appends events in commit order and verifies their chain.

Identity values can commit out of order, and a reader that remembers the highest id it saw would then skip a row.
So ids are given under a lock held until the commit: id order is commit order, without gaps. The lock is taken
last in a transaction; whoever holds it waits for no other row.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert, fetch
from models.enums import EventKind
from models.journal import JournalEvent

LOCK = 0x6765_7368_6A  # any number; one journal, one lock
CHANNEL = "geshao_feed"
GENESIS = bytes(32)
_COLUMNS = (
    "id", "kind", "occurred_at", "recorded_at", "grid_id", "order_id", "alert_id", "actor_id", "data", "hash",
)  # fmt: skip
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


def link(
    previous: bytes,
    id_: int,
    kind: str,
    occurred_at: datetime,
    recorded: str,
    subjects: tuple[int | None, int | None, int | None, int | None],
    data: str,
) -> bytes:
    """The hash of a row: over the one before it and everything the row says."""
    head = [id_, kind, occurred_at.astimezone(UTC).isoformat(), recorded, *subjects]
    return hashlib.sha256(previous + _encode(head) + data.encode()).digest()


async def append(session: AsyncSession, entries: Sequence[Entry], *, now: datetime) -> list[int]:
    """Writes the entries in order and wakes the feed when the transaction commits; gives their ids.

    Nothing may be locked after this in the same transaction.
    """
    if not entries:
        return []
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", LOCK)
    head = await fetch(session, "SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1")
    last, previous = (int(head[0][0]), bytes(head[0][1])) if head else (0, GENESIS)
    recorded = now.astimezone(UTC).isoformat()
    columns: list[list[Any]] = [[] for _ in _COLUMNS]
    for number, entry in enumerate(entries, start=last + 1):
        data = _encode(entry.data).decode()
        subjects = (entry.grid_id, entry.order_id, entry.alert_id, entry.actor_id)
        digest = link(previous, number, entry.kind.value, entry.occurred_at, recorded, subjects, data)
        row = (number, entry.kind.value, entry.occurred_at, now, *subjects, data, digest)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
        previous = digest
    await bulk_insert(session, JournalEvent.__table__, _COLUMNS, columns)  # type: ignore[arg-type]  # it is a Table
    ids: list[int] = columns[0]
    await fetch(session, "SELECT pg_notify($1, $2)", CHANNEL, str(ids[-1]))
    return ids


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many rows were checked, and the first fault, if any."""

    checked: int
    fault: str | None
    head: str | None


async def verify(session: AsyncSession, *, page: int = 5000) -> Verdict:
    """Walks the whole chain; names the first row that was changed, removed or put in."""
    checked, previous = 0, GENESIS
    while True:
        rows = await fetch(
            session,
            "SELECT id, kind, occurred_at, recorded_at, grid_id, order_id, alert_id, actor_id, data::text,"
            " hash FROM journal WHERE id > $1 ORDER BY id LIMIT $2",
            checked,
            page,
        )
        for row in rows:
            if row[0] != checked + 1:
                return Verdict(checked, f"event {checked + 1} is missing", None)
            subjects = (row[4], row[5], row[6], row[7])
            digest = link(
                previous, row[0], row[1], row[2], row[3].astimezone(UTC).isoformat(), subjects, row[8]
            )
            if bytes(row[9]) != digest:
                return Verdict(checked, f"event {row[0]} is not what was written", None)
            previous = digest
            checked += 1
        if len(rows) < page:
            return Verdict(checked, None, previous.hex() if checked else None)
