"""How far events are carried out, what the detector was told last, and the rows it could not take as they were."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.detection.port import Payload
from models.bulk import fetch
from models.enums import InboxTreatment

_BEGIN = "INSERT INTO detection_cursor (id, seq, moved_at) VALUES (1, 0, $1) ON CONFLICT DO NOTHING"
_READ = "SELECT seq, moved_at, told::text FROM detection_cursor"
_MOVE = "UPDATE detection_cursor SET seq = $2, moved_at = $3 WHERE id = 1 AND seq = $1 RETURNING seq"
_TOLD = "UPDATE detection_cursor SET told = told || $1::text::jsonb WHERE id = 1"
_TOLD_ANEW = "UPDATE detection_cursor SET told = $1::text::jsonb WHERE id = 1"
_EXCEPT = """
INSERT INTO detection_exception (seq, treatment, skipped, events_lost, error, created_at)
VALUES ($1, $2, $3::text::jsonb, $4, $5, $6)
ON CONFLICT (seq) DO UPDATE SET treatment = excluded.treatment, skipped = excluded.skipped,
    events_lost = detection_exception.events_lost + excluded.events_lost, error = excluded.error
"""
_EXCEPTIONS = "SELECT seq, treatment, skipped::text FROM detection_exception WHERE seq > $1"
_FORGET = "DELETE FROM detection_exception WHERE created_at < $1 AND seq <= $2"
KEEP_EXCEPTIONS = timedelta(days=90)
_encode = msgspec.json.Encoder(order="deterministic").encode


class Displaced(Exception):
    """Somebody else has moved the cursor: what this process believes is out of date."""


@dataclass(slots=True)
class Treatment:
    """How to take a row that cannot be taken as it is."""

    kind: InboxTreatment = InboxTreatment.WHOLE
    left_out: set[int] = field(default_factory=set)
    """Indexes of readings, when it is taken in pieces."""
    faults: int = 0
    """How often the detector failed on it."""
    refusals: int = 0
    """How often its events, and no others with them, could not be carried out."""
    each_event: bool = False
    """Events are carried out one by one, and those that cannot be are lost."""
    mute: bool = False
    """None of its events is carried out."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    seq: int
    moved_at: datetime
    told: Mapping[str, str]


async def cursor(session: AsyncSession, *, now: datetime) -> Cursor:
    """Where it stands; made when there is none."""
    await fetch(session, _BEGIN, now)
    ((seq, moved_at, told),) = await fetch(session, _READ)
    return Cursor(int(seq), moved_at, msgspec.json.decode(told))


async def move(session: AsyncSession, before: int, to: int, *, now: datetime) -> None:
    """Moves the cursor in the caller's transaction; raises Displaced unless it stood at `before`.

    A worker that has lost its lease without knowing can so never carry out a row a second time.
    """
    if not await fetch(session, _MOVE, before, to, now):
        raise Displaced(f"the cursor is no longer at {before}")


def digest(payload: Payload) -> str:
    return hashlib.sha256(_encode(payload)).hexdigest()


async def told(session: AsyncSession, digests: Mapping[str, str], *, anew: bool = False) -> None:
    """Remembers what the stream says now of each kind; `anew` forgets what it said of others."""
    await fetch(session, _TOLD_ANEW if anew else _TOLD, _encode(dict(digests)).decode())


async def record(
    session: AsyncSession,
    seq: int,
    treatment: Treatment,
    skipped: Iterable[tuple[int, int, float]],
    *,
    events_lost: int,
    now: datetime,
) -> None:
    """Keeps how a row was taken, so that every replay takes it the same way."""
    listed: list[Any] = [list(item) for item in skipped]
    body = _encode(listed).decode()
    error = treatment.error.replace("\x00", "")[:500]
    await fetch(session, _EXCEPT, seq, treatment.kind.value, body, events_lost, error, now)


async def treatments(session: AsyncSession, after: int) -> dict[int, Treatment]:
    """Of the rows after a number."""
    found = {}
    for seq, kind, skipped in await fetch(session, _EXCEPTIONS, after):
        left_out = {item[0] for item in msgspec.json.decode(skipped)}
        found[int(seq)] = Treatment(InboxTreatment(kind), left_out)
    return found


async def forget(session: AsyncSession, upto: int, *, now: datetime) -> None:
    """Drops what was kept long enough and no replay can ask for."""
    await fetch(session, _FORGET, now - KEEP_EXCEPTIONS, upto)
