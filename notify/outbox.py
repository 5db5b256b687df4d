"""Messages to the outside, written with the fact they tell and sent afterwards, under one key.

Two kinds share the table. What machines read (order states, events) goes out in the order of its lane, at least
once: its receivers know a repeated message. Notices to people go out as `notify/bundling.py` decides; their
channels cannot tell a repetition, so a sender that dies leaves behind what nobody knows the fate of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import bulk_insert, fetch
from models.enums import Channel, NoticeClass, OutboxState
from models.errors import NotFound
from models.jitter import chance
from models.journal import OutboxMessage
from notify.outcome import DEDUPES, Fate, Outcome
from notify.seal import Address

LEASE = timedelta(seconds=60)
# 2 s, 4 s, … capped at 15 min: after 300 attempts about three days have passed, and a person has to look. The
# broker is our own: what is meant for it waits as long as it takes. A notice is stale after a day.
ATTEMPTS = 300
NOTICE_ATTEMPTS = 100
NEVER_GIVEN_UP = frozenset({Channel.MQTT})
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(minutes=15)
STUCK_AFTER = timedelta(minutes=15)
"""What is due and has not gone out for so long wants a person's look."""

# Of each lane only the oldest unsent message: states of one order never overtake each other.
_CLAIM = """
WITH free AS (
    SELECT id FROM outbox o
     WHERE next_at <= $1 AND channel = ANY($3::text[]) AND about IS NULL
       AND NOT EXISTS (SELECT 1 FROM outbox e
                        WHERE e.channel = o.channel AND e.lane = o.lane AND e.next_at IS NOT NULL AND e.id < o.id)
     ORDER BY next_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE outbox o SET state = 'sending', attempts = attempts + 1, next_at = $4, tried_at = $1
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
    payload: Mapping[str, Any]
    about: NoticeClass | None = None
    urgent: bool = False
    due_at: datetime | None = None
    """When it may go out; at once without it."""
    held: str | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    id: int
    channel: str
    destination: str
    key: str
    payload: bytes
    attempts: int
    created_at: datetime
    again: bool = False
    """An earlier attempt may have arrived."""
    to: Address | None = field(default=None, repr=False)
    """Where a webhook of a grid is; None for the one of the settings, and for topics."""


_COLUMNS = (
    "channel", "destination", "lane", "key", "payload", "state", "attempts", "created_at", "next_at", "about",
    "urgent", "held", "person_id",
)  # fmt: skip


async def enqueue(session: AsyncSession, letters: Sequence[Letter], *, now: datetime) -> None:
    """Writes the letters in the caller's transaction: they exist exactly if the fact does."""
    if not letters:
        return
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
        [letter.due_at or now for letter in letters],
        [None if letter.about is None else letter.about.value for letter in letters],
        [letter.urgent for letter in letters],
        [letter.held for letter in letters],
        [letter.person_id for letter in letters],
    ]
    await bulk_insert(session, OutboxMessage, _COLUMNS, arrays)


async def claim(
    session: AsyncSession, channels: Sequence[str], *, now: datetime, limit: int = 100
) -> list[Claimed]:
    """Takes what is due on the given channels for machines, for at most LEASE; oldest first.

    What a dead sender has left behind is taken again under the same key.
    """
    rows = await fetch(session, _CLAIM, now, limit, list(channels), now + LEASE)
    found = [Claimed(r[0], r[1], r[2], r[3], r[4].encode(), r[5], r[6]) for r in rows]
    return sorted(found, key=lambda letter: letter.id)


async def record(
    session: AsyncSession,
    letters: Sequence[Claimed],
    outcome: Outcome,
    *,
    now: datetime,
    ask: bool = False,
) -> OutboxState:
    """Writes down what became of letters that went out as one message; gives their state.

    `ask`: what may have arrived waits for a person; otherwise it is sent once more, marked as a repetition.
    """
    first = letters[0]
    state, next_at, again = _after(first, outcome, now=now, ask=ask)
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_([letter.id for letter in letters]))
        .values(
            state=state.value,
            next_at=next_at,
            sent_at=now if outcome.arrived else None,
            error=None if outcome.arrived else (outcome.error or "")[:300],
            again=again,
        )
    )
    return state


def _after(
    letter: Claimed, outcome: Outcome, *, now: datetime, ask: bool
) -> tuple[OutboxState, datetime | None, bool]:
    channel = Channel(letter.channel)
    match outcome.fate:
        case Fate.DELIVERED:
            return OutboxState.DELIVERED, None, letter.again
        case Fate.SENT:
            return OutboxState.SENT, None, letter.again
        case Fate.UNDELIVERABLE:
            return OutboxState.FAILED, None, letter.again
        case Fate.UNKNOWN if channel not in DEDUPES:
            if ask or letter.again:
                return OutboxState.UNKNOWN, None, letter.again
            return OutboxState.PENDING, now + delay(letter.attempts, chance()), True
        case Fate.RETRY | Fate.UNKNOWN:
            most = ATTEMPTS if channel in DEDUPES else NOTICE_ATTEMPTS
            if letter.attempts >= most and channel not in NEVER_GIVEN_UP:
                return OutboxState.FAILED, None, letter.again
            wait = max(delay(letter.attempts, chance()), outcome.retry_after or timedelta(0))
            return OutboxState.PENDING, now + wait, letter.again


async def hasten(session: AsyncSession, channel: str, *, destination: str | None, now: datetime) -> None:
    """The receiver answers again: what waits for its next attempt is due now.

    What another sender is at just then is left to it: two that wait for each other's letters would wait for good.
    """
    waiting = select(OutboxMessage.id).where(
        OutboxMessage.channel == channel,
        OutboxMessage.state == OutboxState.PENDING.value,
        OutboxMessage.next_at > now,
        OutboxMessage.attempts > 0,
        OutboxMessage.held.is_(None),
    )
    if destination is not None:
        waiting = waiting.where(OutboxMessage.destination == destination)
    free = waiting.with_for_update(skip_locked=True)
    await session.execute(update(OutboxMessage).where(OutboxMessage.id.in_(free)).values(next_at=now))


def delay(attempts: int, jitter: float) -> timedelta:
    """Doubles with each attempt up to LONGEST_DELAY; `jitter` in [0, 1) takes off up to half of it."""
    full: timedelta = min(FIRST_DELAY * 2 ** min(max(attempts - 1, 0), 20), LONGEST_DELAY)
    return full * (1 - jitter / 2)


async def resend(session: AsyncSession, id_: int, *, now: datetime) -> None:
    """A person has a message tried again that was given up, or of which nobody knows whether it arrived.

    Under its old key; one that may have arrived says so.
    """
    stuck = [OutboxState.FAILED.value, OutboxState.UNKNOWN.value]
    done = await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == id_, OutboxMessage.state.in_(stuck))
        .values(
            state=OutboxState.PENDING.value,
            next_at=now,
            attempts=0,
            held=None,
            carried_by=None,
            again=or_(OutboxMessage.again, OutboxMessage.state == OutboxState.UNKNOWN.value),
        )
        .returning(OutboxMessage.id)
    )
    if done.first() is None:
        raise NotFound("no message under this id that failed or whose fate is unknown")


async def waiting_since(session: AsyncSession) -> dict[str, datetime]:
    """Per channel, since when its oldest message waits; what is held back on purpose does not count."""
    rows = await fetch(
        session,
        "SELECT channel, min(created_at) AS since FROM outbox WHERE next_at IS NOT NULL AND held IS NULL"
        " GROUP BY channel",
    )
    return {row.channel: row.since for row in rows}


async def stuck(session: AsyncSession, now: datetime) -> int:
    """How many messages want a person's look: given up, of unknown fate, or due for too long."""
    rows = await fetch(
        session,
        "SELECT count(*) FROM outbox WHERE state IN ('failed', 'unknown')"
        " OR (next_at IS NOT NULL AND held IS NULL AND created_at < $1)",
        now - STUCK_AFTER,
    )
    return int(rows[0][0])
