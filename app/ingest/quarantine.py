"""Keeps what could not be taken, with its reason; the same bytes again only raise the count."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert, fetch
from models.facts import Rejected
from models.reading import Quarantined

_COLUMNS = (
    "received_at", "last_received_at", "count", "topic", "station", "reason", "detail", "payload", "truncated",
    "digest",
)  # fmt: skip
_AGAIN = """
ON CONFLICT (topic, reason, digest) WHERE replayed_at IS NULL
DO UPDATE SET count = quarantine.count + excluded.count, last_received_at = excluded.last_received_at
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A rejection with where it came from."""

    topic: str
    station: str | None
    rejected: Rejected


async def keep(session: AsyncSession, refused: Sequence[Refused], *, now: datetime) -> None:
    """Writes the refusals in the caller's transaction, so that acknowledging the message loses nothing."""
    if not refused:
        return
    rows: dict[tuple[str, str, bytes], list[Any]] = {}
    for item in refused:
        topic = item.topic.replace("\x00", "")[:512]
        digest = hashlib.sha256(item.rejected.payload).digest()
        key = (topic, item.rejected.reason.value, digest)
        if key in rows:
            rows[key][2] += 1
            continue
        r = item.rejected
        rows[key] = [
            now, now, 1, topic, item.station, r.reason.value, r.detail, r.payload, r.truncated, digest,
        ]  # fmt: skip
    arrays = [list(column) for column in zip(*rows.values(), strict=True)]
    await bulk_insert(session, Quarantined, _COLUMNS, arrays, _AGAIN)


async def forget(session: AsyncSession, before: datetime) -> int:
    """Drops what came last before `before`."""
    return len(
        await fetch(session, "DELETE FROM quarantine WHERE last_received_at < $1 RETURNING id", before)
    )
