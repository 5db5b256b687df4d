"""The stored stream: rows appended in commit order without gaps, read in that order, and deleted when done with.

Numbers are given under a lock held until the commit, as the journal's are and for the same reason (app/journal.py).
It is the very last lock of a transaction, after the journal's: whoever holds it waits for nothing any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.detection.parcel import Packed, pack, parcel_of
from app.detection.port import Payload
from models.bulk import fetch
from models.enums import InboxKind

LOCK = 0x6765_7368_6B
CHANNEL = "geshao_inbox"
_PUT = """
WITH head AS (
    SELECT coalesce(greatest((SELECT max(seq) FROM detection_inbox), (SELECT seq FROM detection_cursor)), 0) AS seq
), put AS (
    INSERT INTO detection_inbox (seq, kind, created_at, body)
    SELECT head.seq + t.n, t.kind, $1, t.body
      FROM head, unnest($2::varchar[], $3::bytea[]) WITH ORDINALITY AS t(kind, body, n)
    RETURNING seq
)
SELECT max(seq), pg_notify($4, '') FROM put
"""
_PAGE = """
SELECT seq, kind, created_at, body FROM (
    SELECT *, sum(octet_length(body)) OVER (ORDER BY seq) AS size, row_number() OVER (ORDER BY seq) AS nth
      FROM (SELECT * FROM detection_inbox WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3) AS next
) AS page
 WHERE size <= $4 OR nth = 1
 ORDER BY seq
"""
_DROP = """
DELETE FROM detection_inbox
 WHERE seq <= (SELECT max(seq) FROM (
    SELECT seq FROM detection_inbox WHERE seq <= $1 ORDER BY seq LIMIT $2) AS oldest)
RETURNING seq
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the stream."""

    seq: int
    kind: InboxKind
    created_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Control:
    """A row that is not readings."""

    kind: str
    payload: Payload


_decode = msgspec.json.Decoder(Control).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def control(kind: str, payload: Payload) -> tuple[InboxKind, bytes]:
    """A control, ready to be appended."""
    return InboxKind.CONTROL, _encode(Control(kind, payload))


def read_control(body: bytes) -> Control:
    """Raises msgspec.MsgspecError for bytes that are none."""
    return _decode(body)


def readings(batch: Sequence[Packed]) -> tuple[InboxKind, bytes]:
    """A batch of readings, ready to be appended."""
    return InboxKind.READINGS, pack(parcel_of(batch))


async def append(session: AsyncSession, rows: Sequence[tuple[InboxKind, bytes]], *, now: datetime) -> int:
    """Writes the rows in order and wakes the worker when the transaction commits; gives the last one's number.

    Nothing may be locked after this in the same transaction.
    """
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", LOCK)
    kinds, bodies = [kind.value for kind, _ in rows], [body for _, body in rows]
    ((seq, _),) = await fetch(session, _PUT, now, kinds, bodies, CHANNEL)
    return int(seq)


async def page(session: AsyncSession, after: int, *, upto: int, rows: int, size: int) -> list[Row]:
    """The next rows after a number: at most so many, and so many bytes, but one at least."""
    found = await fetch(session, _PAGE, after, upto, rows, size)
    return [Row(seq, InboxKind(kind), created_at, bytes(body)) for seq, kind, created_at, body in found]


async def head(session: AsyncSession) -> int | None:
    """The newest row's number."""
    ((seq,),) = await fetch(session, "SELECT max(seq) FROM detection_inbox")
    return None if seq is None else int(seq)


async def oldest(session: AsyncSession) -> int | None:
    """The number of the oldest row that is kept."""
    ((seq,),) = await fetch(session, "SELECT min(seq) FROM detection_inbox")
    return None if seq is None else int(seq)


async def drop(session: AsyncSession, upto: int, *, limit: int) -> int:
    """Deletes the oldest rows up to a number; gives how many, `limit` at most."""
    return len(await fetch(session, _DROP, upto, limit))
