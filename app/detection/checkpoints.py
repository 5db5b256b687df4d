"""Checkpoints of the detector: written whole or not at all, read in pieces, two of them kept."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions
from app.detection.port import Detector, Factory
from models.bulk import fetch

PART = 8 * 1024 * 1024
"""Bytes of a part: far below what a value may have, and no burden to either side."""
PATIENCE = 60.0
"""Seconds until a part must have come."""
_BEGIN = """
INSERT INTO detection_state (seq, created_at, format, rule_version, parts, size) VALUES ($1, $2, $3, $4, 0, 0)
RETURNING id
"""
_PART = "INSERT INTO detection_state_part (state_id, part, body) VALUES ($1, $2, $3)"
_END = "UPDATE detection_state SET parts = $2, size = $3 WHERE id = $1"
_LIST = """
SELECT id, seq, created_at, format, parts, size FROM detection_state WHERE seq <= $1 ORDER BY seq DESC, id DESC
"""
_READ = "SELECT body FROM detection_state_part WHERE state_id = $1 AND part = $2"
_RETIRE = """
DELETE FROM detection_state WHERE id NOT IN (
    SELECT id FROM detection_state ORDER BY seq DESC, id DESC LIMIT $1)
"""
_FLOOR = "SELECT min(seq) FROM (SELECT seq FROM detection_state ORDER BY seq DESC, id DESC LIMIT $1) AS kept"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is known of one without reading it."""

    id: int
    seq: int
    created_at: datetime
    format: int
    parts: int
    size: int


def cut(pieces: Iterable[bytes], size: int = PART) -> Iterator[bytes]:
    """The same bytes in parts of `size`, the last one shorter; one empty part for no bytes at all."""
    waiting = bytearray()
    gave = False
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            gave = True
            del waiting[:size]
    if waiting or not gave:
        yield bytes(waiting)


async def write(session: AsyncSession, detector: Detector, format_: int, seq: int, *, now: datetime) -> int:
    """Writes the detector's state after row `seq` in the caller's transaction; gives its size in bytes."""
    ((id_,),) = await fetch(session, _BEGIN, seq, now, format_, detector.rule_version)
    parts = size = 0
    for part in cut(detector.dump()):
        await fetch(session, _PART, id_, parts, part)
        parts, size = parts + 1, size + len(part)
    await fetch(session, _END, id_, parts, size)
    return size


async def known(session: AsyncSession, upto: int) -> list[Checkpoint]:
    """Those of rows up to a number, newest first."""
    return [Checkpoint(*row) for row in await fetch(session, _LIST, upto)]


async def read(sessions: Sessions, checkpoint: Checkpoint, factory: Factory) -> Detector:
    """Restores a detector; parts are fetched as they are asked for, so that only one is in memory."""
    loop = asyncio.get_running_loop()

    async def part(number: int) -> bytes:
        async with sessions() as session:
            ((body,),) = await fetch(session, _READ, checkpoint.id, number)
            return bytes(body)

    def parts() -> Iterator[bytes]:
        for number in range(checkpoint.parts):
            yield asyncio.run_coroutine_threadsafe(part(number), loop).result(PATIENCE)

    # In a thread: the loop has to fetch the parts, and to keep the lease meanwhile.
    return await asyncio.to_thread(factory.restore, checkpoint.format, parts())


async def retire(session: AsyncSession, *, keep: int = 2) -> int | None:
    """Deletes all but the newest; gives the row up to which no kept one needs the stream, None without any."""
    await fetch(session, _RETIRE, keep)
    ((floor,),) = await fetch(session, _FLOOR, keep)
    return None if floor is None else int(floor)
