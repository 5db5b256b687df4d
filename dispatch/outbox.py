"""Messages to the outside, written with the fact they tell and sent afterwards, at least once, under one key.

States: pending → sending → sent, or back to pending with a later `next_at`, or failed after the last attempt.
A sender that dies leaves `sending` behind; when its lease runs out the message is claimed again, and the receiver
knows it by its key.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert, fetch
from models.enums import OutboxState
from models.errors import NotFound
from models.journal import OutboxMessage

LEASE = timedelta(seconds=60)
# 2 s, 4 s, … capped at 15 min: after 300 attempts about three days have passed, and a person has to look. The
# broker is our own: what is meant for it waits as long as it takes.
ATTEMPTS = 300
NEVER_GIVEN_UP = frozenset({"mqtt"})
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=15)

# Of each lane only the oldest unsent message: states of one order never overtake each other.
_CLAIM = """
WITH free AS (
    SELECT id FROM outbox o
     WHERE next_at <= $1 AND channel = ANY($3::text[])
       AND NOT EXISTS (SELECT 1 FROM outbox e
                        WHERE e.channel = o.channel AND e.lane = o.lane AND e.next_at IS NOT NULL AND e.id < o.id)
     ORDER BY next_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE outbox o SET state = 'sending', attempts = attempts + 1, next_at = $4
  FROM free WHERE o.id = free.id
RETURNING o.id, o.channel, o.destination, o.key, o.payload::text, o.attempts, o.created_at
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be written to the outbox."""

    channel: str
    destination: str
    lane: str
    key: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claimed:
    id: int
    channel: str
    destination: str
    key: str
    payload: bytes
    attempts: int
    created_at: datetime


async def enqueue(session: AsyncSession, letters: Sequence[Letter], *, now: datetime) -> None:
    """Writes the letters in the caller's transaction: they exist exactly if the fact does."""
    if not letters:
        return
    columns = (
        "channel",
        "destination",
        "lane",
        "key",
        "payload",
        "state",
        "attempts",
        "created_at",
        "next_at",
    )
    n = len(letters)
    arrays: list[list[Any]] = [
        [letter.channel for letter in letters],
        [letter.destination for letter in letters],
        [letter.lane for letter in letters],
        [letter.key for letter in letters],
        [msgspec.json.encode(letter.payload).decode() for letter in letters],
        [OutboxState.PENDING.value] * n,
        [0] * n,
        [now] * n,
        [now] * n,
    ]
    await bulk_insert(session, OutboxMessage.__table__, columns, arrays)  # type: ignore[arg-type]  # it is a Table


async def claim(
    session: AsyncSession, channels: Sequence[str], *, now: datetime, limit: int = 100
) -> list[Claimed]:
    """Takes what is due on the given channels, for at most LEASE; oldest first."""
    rows = await fetch(session, _CLAIM, now, limit, list(channels), now + LEASE)
    found = [Claimed(r[0], r[1], r[2], r[3], r[4].encode(), r[5], r[6]) for r in rows]
    return sorted(found, key=lambda letter: letter.id)


async def sent(session: AsyncSession, id_: int, *, now: datetime) -> None:
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == id_)
        .values(state=OutboxState.SENT.value, sent_at=now, next_at=None, error=None)
    )


async def failed(
    session: AsyncSession, letter: Claimed, error: str, *, now: datetime, final: bool = False
) -> None:
    """Puts the letter back with a delay, or gives it up for a person to look at."""
    over = final or (letter.attempts >= ATTEMPTS and letter.channel not in NEVER_GIVEN_UP)
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == letter.id)
        .values(
            state=(OutboxState.FAILED if over else OutboxState.PENDING).value,
            next_at=None if over else now + delay(letter.attempts, random.random()),  # noqa: S311 (jitter)
            error=error[:300],
        )
    )


async def hasten(session: AsyncSession, channel: str, *, now: datetime) -> None:
    """The receiver answers again: what waits for its next attempt is due now."""
    await session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.channel == channel,
            OutboxMessage.state == OutboxState.PENDING.value,
            OutboxMessage.next_at > now,
        )
        .values(next_at=now)
    )


def delay(attempts: int, jitter: float) -> timedelta:
    """Doubles with each attempt up to LONGEST_DELAY; `jitter` in [0, 1) takes off up to half of it."""
    full: timedelta = min(FIRST_DELAY * 2 ** min(attempts - 1, 20), LONGEST_DELAY)
    return full * (1 - jitter / 2)


async def resend(session: AsyncSession, id_: int, *, now: datetime) -> None:
    """A person has a failed message tried again, under its old key."""
    done = await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == id_, OutboxMessage.state == OutboxState.FAILED.value)
        .values(state=OutboxState.PENDING.value, next_at=now, attempts=0)
        .returning(OutboxMessage.id)
    )
    if done.first() is None:
        raise NotFound("no failed message under this id")


async def waiting_since(session: AsyncSession) -> dict[str, datetime]:
    """Per channel, since when its oldest message waits."""
    rows = await session.execute(
        select(OutboxMessage.channel, OutboxMessage.created_at)
        .where(OutboxMessage.next_at.is_not(None))
        .order_by(OutboxMessage.channel, OutboxMessage.id)
        .distinct(OutboxMessage.channel)
    )
    return {row.channel: row.created_at for row in rows}
