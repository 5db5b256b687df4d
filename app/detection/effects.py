"""What events ask for, done once: in the transaction that moves the cursor, and never without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import database_is_away
from app.detection import ledger
from app.detection.feeding import left_out
from app.detection.inbox import Row
from app.detection.ledger import Treatment
from app.detection.port import CarryOut, Event

log = structlog.get_logger()
EACH_AFTER, MUTE_AFTER = 1, 4
"""Failures of a row by itself, after which its events are carried out one by one, or not at all."""


@dataclass(frozen=True, slots=True)
class Fed:
    """A row that the detector has taken, how, and what it said."""

    row: Row
    treatment: Treatment | None
    events: Sequence[Event]


async def apply(session: AsyncSession, carry_out: CarryOut, fed: Sequence[Fed], *, now: datetime) -> int:
    """Carries out the events of these rows in order and records every odd treatment; gives the events lost."""
    plain = [event for one in fed if not _odd(one.treatment) for event in one.events]
    odd = [(one, one.treatment) for one in fed if one.treatment is not None]
    # An odd row is consumed by itself, so there is no order between the two to be kept.
    if plain:
        await carry_out(session, plain, now)
    lost = 0
    for one, treatment in odd:
        missing = await _each(session, carry_out, one, treatment, now) if _odd(treatment) else 0
        await ledger.record(
            session,
            one.row.seq,
            treatment,
            left_out(one.row, treatment),
            events_lost=missing,
            now=now,
        )
        lost += missing
    return lost


def blame(treatment: Treatment, error: Exception) -> None:
    """How to go about the row's events at the next attempt, after they could not be carried out."""
    treatment.refusals += 1
    treatment.error = f"{type(error).__name__}: {error}"
    treatment.each_event = treatment.refusals > EACH_AFTER
    treatment.mute = treatment.refusals > MUTE_AFTER


def is_passing(error: BaseException) -> bool:
    """Whether it is the database that is away, and not a statement that takes too long every time."""
    too_slow = getattr(getattr(error, "orig", None), "sqlstate", "") == "57014"
    return database_is_away(error) and not too_slow


def _odd(treatment: Treatment | None) -> bool:
    return treatment is not None and (treatment.each_event or treatment.mute)


async def _each(
    session: AsyncSession, carry_out: CarryOut, fed: Fed, treatment: Treatment, now: datetime
) -> int:
    """The row's events one by one, each undone by itself when it fails; gives how many were lost."""
    if treatment.mute:
        log.error("detection.events_lost", seq=fed.row.seq, events=len(fed.events))
        return len(fed.events)
    lost = 0
    for event in fed.events:
        try:
            async with session.begin_nested():
                await carry_out(session, [event], now)
        except Exception as error:
            if is_passing(error):
                raise
            lost += 1
            log.error("detection.event_lost", seq=fed.row.seq, lost=str(event)[:200], exc_info=error)
    return lost
