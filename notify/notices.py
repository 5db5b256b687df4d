"""Notices to people in the outbox: which wait, which go out together, which nobody knows the fate of."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import NoticeClass, OutboxState
from models.journal import OutboxMessage
from notify.bundling import MINUTE, Plan
from notify.decide import THROTTLE
from notify.outbox import LEASE, Claimed

_LOCK = 0x67_6E_6F  # any number; the second one is the address

# One process at a time plans for an address, so that two never count the same minute twice.
_WAITING = """
WITH due AS (
    SELECT lane, min(next_at) AS since FROM outbox
     WHERE channel = $1 AND about IS NOT NULL AND state = 'pending' AND next_at <= $2
     GROUP BY lane ORDER BY since LIMIT $3
), held AS MATERIALIZED (
    SELECT lane FROM due WHERE pg_try_advisory_xact_lock($4, hashtext($1 || lane))
)
SELECT o.id, o.lane, o.key, o.payload::text AS payload, o.attempts, o.created_at, o.next_at, o.about, o.urgent,
       o.held, o.again, o.person_id
  FROM outbox o JOIN held USING (lane)
 WHERE o.channel = $1 AND o.about IS NOT NULL AND o.state = 'pending'
 ORDER BY o.id LIMIT 2000 FOR UPDATE OF o SKIP LOCKED
"""
_LOST = """
UPDATE outbox SET
       state = CASE WHEN $3 OR again THEN 'unknown' ELSE 'pending' END,
       next_at = CASE WHEN $3 OR again THEN NULL ELSE $2 END,
       again = NOT $3 OR again, error = $4
 WHERE id IN (SELECT id FROM outbox WHERE channel = $1 AND about IS NOT NULL AND state = 'sending' AND next_at <= $2
               FOR UPDATE SKIP LOCKED)
RETURNING id
"""
DIED = "the sender ended before it could say what became of it"


@dataclass(frozen=True, slots=True)
class Pending:
    """A notice that waits."""

    id: int
    lane: str
    key: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime
    due_at: datetime
    about: NoticeClass
    urgent: bool
    held: str | None
    again: bool
    person_id: int | None

    def claimed(self, channel: str) -> Claimed:
        """As it is once it is under way."""
        return Claimed(
            self.id, channel, self.lane, self.key, b"", self.attempts + 1, self.created_at, self.again
        )


async def lost(session: AsyncSession, channel: str, *, ask: bool, now: datetime) -> int:
    """What a dead sender left behind: sent once more and marked, or for a person to look at; gives how many."""
    return len(await fetch(session, _LOST, channel, now, ask, DIED))


async def waiting(
    session: AsyncSession, channel: str, *, now: datetime, limit: int
) -> dict[str, list[Pending]]:
    """Everything that waits for up to `limit` addresses for which something is due, held by this transaction."""
    found: dict[str, list[Pending]] = defaultdict(list)
    for r in await fetch(session, _WAITING, channel, now, limit, _LOCK):
        found[r.lane].append(
            Pending(
                r.id, r.lane, r.key, msgspec.json.decode(r.payload), r.attempts, r.created_at, r.next_at,
                NoticeClass(r.about), r.urgent, r.held, r.again, r.person_id,
            )
        )  # fmt: skip
    return found


async def tried(
    session: AsyncSession, channel: str, lanes: Sequence[str], *, now: datetime
) -> dict[str, list[datetime]]:
    """When messages, not notices, went to these addresses within the last minute."""
    message = func.coalesce(OutboxMessage.carried_by, OutboxMessage.id)
    rows = await session.execute(
        select(OutboxMessage.lane, func.max(OutboxMessage.tried_at))
        .where(
            OutboxMessage.channel == channel,
            OutboxMessage.lane.in_(lanes),
            OutboxMessage.about.is_not(None),
            OutboxMessage.tried_at > now - MINUTE,
        )
        .group_by(OutboxMessage.lane, message)
    )
    found: dict[str, list[datetime]] = defaultdict(list)
    for lane, at in rows:
        if at is not None:
            found[lane].append(at)
    return found


async def carry_out(session: AsyncSession, plan: Plan, *, now: datetime) -> None:
    """Writes a plan down; what is to be sent is under way from here on, for at most LEASE."""
    if plan.send:
        await _set(
            session, plan.send, state=OutboxState.SENDING.value, next_at=now + LEASE, tried_at=now, held=None,
            carried_by=plan.send[0], attempts=OutboxMessage.attempts + 1,
        )  # fmt: skip
    if plan.put_off:
        await _set(session, plan.put_off, next_at=plan.until, held=THROTTLE)
    if plan.superseded:
        await _set(session, plan.superseded, state=OutboxState.SUPERSEDED.value, next_at=None, held=None)


async def give_up(session: AsyncSession, ids: Sequence[int], error: str) -> None:
    """There is nowhere to send them to."""
    await _set(session, ids, state=OutboxState.FAILED.value, next_at=None, held=None, error=error[:300])


async def _set(session: AsyncSession, ids: Sequence[int], **values: Any) -> None:
    await session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(**values))
