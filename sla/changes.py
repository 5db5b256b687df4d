"""What the present transaction did to clocks, kept with its session until the feed is told.

Whoever writes a clock (`sla/repository.py`) notes it here, and `app/outgoing.py` takes the notes when it tells the
facts: so every road that starts, stops, moves or ends a clock is on the feed, whether or not its author thought of
it. A transaction that changed clocks and tells nobody cannot commit. What a savepoint takes back is forgotten.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from models.enums import ClockKind, ClockState
from models.ids import ClockId, GridId, OrderId

_KEY = "sla.changes"


class Change(StrEnum):
    """How a clock changed, beside what the `sla.*` events say; part of the outside contract."""

    STARTED = "started"
    STOPPED = "stopped"  # met, met late, or ended with its order
    MOVED = "moved"  # another deadline
    LEFT = "left"  # handed to another grid: gone from this one …
    CAME = "came"  # … and come to that one, as it is


@dataclass(frozen=True, slots=True)
class ClockChange:
    """One clock as it is after the change."""

    change: Change
    id: ClockId
    kind: ClockKind
    round: int
    grid_id: GridId
    order_id: OrderId | None
    subject_id: int | None
    label: str | None
    """The number of what it is about, where that is no order."""
    state: ClockState
    due_at: datetime
    level: int = 0
    """The highest rung of the ladder that was climbed."""
    stopped_at: datetime | None = None


def note(session: AsyncSession, *changes: ClockChange) -> None:
    """Keeps the changes until they are taken; none of them survives a rollback."""
    if not changes:
        return
    sync = session.sync_session
    if _KEY not in sync.info:
        sync.info[_KEY] = []
        _watch(sync)
    within = sync.get_nested_transaction() or sync.get_transaction()
    sync.info[_KEY] += [(within, change) for change in changes]


def take(session: AsyncSession) -> list[ClockChange]:
    """What was noted since the last time, in order; after this it counts as told."""
    kept: list[tuple[Any, ClockChange]] = session.sync_session.info.get(_KEY, [])
    found = [change for _, change in kept]
    kept.clear()
    return found


def pending(session: AsyncSession) -> bool:
    return bool(session.sync_session.info.get(_KEY))


def _watch(session: Session) -> None:
    event.listen(session, "before_commit", _refuse_untold)
    event.listen(session, "after_soft_rollback", _forget)


def _refuse_untold(session: Session) -> None:
    if session.info.get(_KEY) and session.get_nested_transaction() is None:
        kinds = sorted({change.kind.value for _, change in session.info[_KEY]})
        raise RuntimeError(f"clocks were changed and the feed was not told: {', '.join(kinds)}")


def _forget(session: Session, ended: SessionTransaction) -> None:
    session.info[_KEY][:] = [(w, c) for w, c in session.info[_KEY] if not _within(w, ended)]


def _within(transaction: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while transaction is not None:
        if transaction is ended:
            return True
        transaction = transaction.parent
    return False
