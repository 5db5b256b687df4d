"""From notices to letters: who is written to, by which way, and when it may go out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.enums import Channel, NoticeClass, Role
from notify.rules import ROBOTS, Listener, chosen, quiet_until

UNANSWERED, BUNDLE, QUIET, THROTTLE = "unanswered", "bundle", "quiet", "throttle"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something people are to be told, before it is known by which ways."""

    about: NoticeClass
    urgent: bool
    people: tuple[tuple[int, Role | None], ...]
    """(person, the role it concerns them in)"""
    grid_id: int | None
    """Of the group robots that hear it too: those of this grid and of the grids above it."""
    payload: Mapping[str, Any]
    level: int = 1
    may_acknowledge: bool = False
    """Whether a link to acknowledge the order goes with it, to those who may."""
    not_by: str | None = None
    """A way it would be pointless to send this by: the one that is down."""


@dataclass(frozen=True, slots=True)
class Target:
    """A group robot."""

    id: int
    channel: Channel
    grid_id: int
    classes: frozenset[NoticeClass]

    @property
    def destination(self) -> str:
        return f"target:{self.id}"


@dataclass(frozen=True, slots=True)
class Draft:
    """One letter about one notice to one address."""

    notice: Notice = field(repr=False)
    channel: Channel
    destination: str
    due_at: datetime
    held: str | None
    person_id: int | None


def decide(
    notices: Sequence[Notice],
    people: Mapping[int, Listener],
    targets: Sequence[Target],
    lines: Mapping[int, frozenset[int]],
    now: datetime,
    *,
    window: timedelta,
) -> list[Draft]:
    """Every letter to be written, each person and each group once a notice.

    `lines` holds, by grid, the grid and those above it. What is not urgent waits for company for `window`, and for
    the end of quiet hours; what is urgent waits for neither.
    """
    drafts: list[Draft] = []
    for notice in notices:
        # The narrowest role first said is the one that counts for a person named twice.
        roles: dict[int, Role | None] = {}
        for person_id, role in notice.people:
            roles.setdefault(person_id, role)
        for person_id, role in roles.items():
            person = people.get(person_id)
            if person is not None:
                drafts += _to_person(notice, person, role, now, window)
        line = lines.get(notice.grid_id, frozenset()) if notice.grid_id is not None else frozenset()
        for target in targets:
            if target.channel in ROBOTS and target.grid_id in line and notice.about in target.classes:
                due = now if notice.urgent else now + window
                held = None if notice.urgent else BUNDLE
                drafts.append(Draft(notice, target.channel, target.destination, due, held, None))
    return [
        d for d in drafts if d.notice.not_by is None or d.notice.not_by != way_of(d.channel, d.destination)
    ]


def _to_person(
    notice: Notice, person: Listener, role: Role | None, now: datetime, window: timedelta
) -> list[Draft]:
    drafts = []
    for reach, after in chosen(person, notice.about, notice.level, role):
        due, held = now + after, UNANSWERED if after else None
        if not notice.urgent:
            if not after:
                due, held = now + window, BUNDLE
            if (end := quiet_until(person.quiet, due)) is not None:
                due, held = end, held if held == UNANSWERED else QUIET
        drafts.append(Draft(notice, reach.channel, reach.destination, due, held, person.person_id))
    return drafts


def way_of(channel: str, destination: str) -> str:
    """What works or fails as one: a channel, or one target of it."""
    kind, _, number = destination.partition(":")
    return f"{channel}:{number}" if kind == "target" else str(channel)
