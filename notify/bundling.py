"""What of the notices that wait for one address goes out now, as one message. Pure.

Nothing is dropped: every notice is sent, put off, or overtaken by another one that is in the same message or by what
has happened since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.enums import Channel, NoticeClass
from notify.decide import BUNDLE, THROTTLE

MINUTE = timedelta(minutes=1)
MOST: dict[Channel, int] = {Channel.SMS: 4, Channel.EMAIL: 40, Channel.WECOM: 10}
"""Notices in one message, so that each has room to be said; of the other channels OTHERWISE."""
OTHERWISE = 20
_OF_A_CLOCK = (NoticeClass.WARNING, NoticeClass.BREACH, NoticeClass.ESCALATION)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that waits for one address."""

    id: int
    about: NoticeClass
    urgent: bool
    due_at: datetime
    held: str | None = None
    clock_id: int | None = None
    moot: bool = False
    """Overtaken by what has happened since."""


@dataclass(frozen=True, slots=True)
class Plan:
    send: tuple[int, ...] = ()
    """As one message, in this order."""
    put_off: tuple[int, ...] = ()
    until: datetime | None = None
    superseded: tuple[int, ...] = ()


def plan(
    waiting: Sequence[Waiting],
    tried: Sequence[datetime],
    now: datetime,
    *,
    most: int,
    per_minute: int,
) -> Plan:
    """`tried` are the instants at which messages went to this address lately.

    Once something is due, what waits only for company goes with it. Over `per_minute` messages within a minute
    everything waits until there is room, and goes then as one message.
    """
    moot = tuple(w.id for w in waiting if w.moot)
    standing = [w for w in waiting if not w.moot]
    due = [w for w in standing if w.due_at <= now]
    if not due:
        return Plan(superseded=moot)
    going = [w for w in standing if w.due_at <= now or w.held in (BUNDLE, THROTTLE)]
    lately = sorted(at for at in tried if at > now - MINUTE)
    if len(lately) >= per_minute:
        # Room comes when so many have left the window that one less than the limit is in it.
        until = lately[len(lately) - per_minute] + MINUTE
        return Plan(put_off=tuple(w.id for w in due), until=until, superseded=moot)
    # What is urgent first, so that it is never what has to wait for the next message; then as it came.
    going.sort(key=lambda w: (not w.urgent, w.id))
    taken = going[:most]
    late = _overtaken(taken)
    return Plan(send=tuple(w.id for w in taken if w.id not in late), superseded=(*moot, *sorted(late)))


def _overtaken(taken: Sequence[Waiting]) -> set[int]:
    """Warnings of a clock of which the same message says more."""
    newest: dict[int, int] = {}
    for w in taken:
        if w.clock_id is not None and w.about in _OF_A_CLOCK:
            newest[w.clock_id] = max(newest.get(w.clock_id, 0), w.id)
    return {
        w.id
        for w in taken
        if w.about is NoticeClass.WARNING and w.clock_id is not None and newest[w.clock_id] > w.id
    }
