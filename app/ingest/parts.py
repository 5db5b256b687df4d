"""Frames of HJ 212 messages that come in several: kept until all are there, whichever process got which."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from app.ingest.hj212.reading import Part
from app.ingest.quarantine import Refused, keep
from models.bulk import bulk_insert, fetch
from models.enums import QuarantineReason
from models.facts import Rejected, StationInfo
from models.reading import Hj212Part

WAIT = timedelta(hours=1)
"""How long parts wait for the others, and joined ones are remembered: many resends of a station."""
MAX_WAITING = 512
"""Parts a station may have waiting: a device that never completes must not fill the table."""
_LOCK = 0x6765_7074
_COLUMNS = ("station_id", "key", "pno", "pnum", "received_at", "topic", "frame")
_NEW = "ON CONFLICT (station_id, key, pno) DO NOTHING"
_WAITING = "SELECT count(*) FROM hj212_part WHERE station_id = $1 AND joined_at IS NULL"
_SET = "SELECT pno, pnum, frame FROM hj212_part WHERE station_id = $1 AND key = $2 ORDER BY pno"
_JOINED = "UPDATE hj212_part SET joined_at = $3 WHERE station_id = $1 AND key = $2"
_DROP = "DELETE FROM hj212_part WHERE station_id = $1 AND key = $2"
_EXPIRED = """
DELETE FROM hj212_part p USING station s
 WHERE p.received_at < $1 AND s.id = p.station_id
RETURNING s.code, p.topic, p.frame, p.pno, p.pnum, p.joined_at
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A part with where it came from."""

    station: StationInfo
    topic: str
    part: Part


class Whole(NamedTuple):
    """All frames of a message, by number; `last` is the part that completed it."""

    last: Waiting
    frames: Sequence[bytes]


@dataclass(slots=True)
class Gathered:
    whole: list[Whole] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


async def gather(session: AsyncSession, parts: Sequence[Waiting], *, now: datetime) -> Gathered:
    """Keeps the parts and gives the messages they complete, whose parts are remembered as joined.

    A doubled part changes nothing. Part after part in their order, at about a millisecond each: hardly a
    device splits its messages.
    """
    gathered = Gathered()
    for station_id in sorted({int(item.station.id) for item in parts}):
        # Two processes that each hold one half would both see a message without its end.
        await fetch(session, "SELECT pg_advisory_xact_lock($1, $2)", _LOCK, station_id)
    for item in parts:
        refusal = await _put(session, item, gathered, now)
        if refusal is not None:
            rejected = Rejected(QuarantineReason.BAD_PART, refusal, item.part.raw)
            gathered.refused.append(Refused(item.topic, item.station.code, rejected))
    return gathered


async def drop(session: AsyncSession, whole: Whole) -> None:
    """Forgets the parts of a message that could not be taken: replayed, they come again."""
    await fetch(session, _DROP, whole.last.station.id, whole.last.part.key)


async def expire(session: AsyncSession, *, now: datetime) -> int:
    """Moves parts that waited too long into quarantine, and forgets joined ones; gives how many it moved."""
    refused = []
    for code, topic, frame, pno, pnum, joined_at in await fetch(session, _EXPIRED, now - WAIT):
        if joined_at is None:
            detail = f"part {pno} of {pnum}: the others did not come within {WAIT}"
            rejected = Rejected(QuarantineReason.INCOMPLETE, detail, bytes(frame))
            refused.append(Refused(topic, code, rejected))
    await keep(session, refused, now=now)
    return len(refused)


async def _put(session: AsyncSession, item: Waiting, gathered: Gathered, now: datetime) -> str | None:
    """Why the part cannot be kept, None if it is kept or was known."""
    station, part = item.station, item.part
    known = await fetch(session, _SET, station.id, part.key)
    for pno, pnum, frame in known:
        if pnum != part.pnum:
            return f"part {part.pno} of {part.pnum}, but others of the message say {pnum}"
        if pno == part.pno:
            same = bytes(frame) == part.raw
            return None if same else f"part {pno} came before, with other content"
    complete = len(known) + 1 == part.pnum
    if not complete:
        ((waiting,),) = await fetch(session, _WAITING, station.id)
        if waiting >= MAX_WAITING:
            return f"{waiting} parts of the station are waiting for others already"
    row = (station.id, part.key, part.pno, part.pnum, now, item.topic, part.raw)
    await bulk_insert(session, Hj212Part, _COLUMNS, [[value] for value in row], _NEW)
    if complete:
        await fetch(session, _JOINED, station.id, part.key, now)
        frames = {pno: bytes(frame) for pno, _, frame in known} | {part.pno: part.raw}
        gathered.whole.append(Whole(item, [frames[pno] for pno in sorted(frames)]))
    return None
