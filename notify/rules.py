"""Who is told of what by which way, by the person's own rules or by those of their role. Pure.

Three classes must reach: nobody can rule them away. A rule that says less than that is passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from models.clock import BEIJING
from models.enums import Channel, NoticeClass, Role

N = NoticeClass
MUST_REACH = frozenset({N.DISPATCHED, N.BREACH, N.ESCALATION})
LONGEST_AFTER = timedelta(minutes=30)
"""How long a must-reach notice may be put off while nobody has acknowledged."""
PERSONAL = (Channel.SMS, Channel.EMAIL, Channel.WECOM, Channel.DINGTALK, Channel.FEISHU)
OWN = (Channel.SMS, Channel.EMAIL)
"""What people enter themselves: no address that makes the service call a URL of their choice."""
ROBOTS = (Channel.WECOM, Channel.DINGTALK, Channel.FEISHU)

BY_ROLE: dict[Role, frozenset[NoticeClass]] = {
    Role.SUPERVISOR: frozenset(
        {N.DISPATCHED, N.RETURNED, N.WARNING, N.BREACH, N.ESCALATION, N.TASK, N.DECIDED, N.UPWARD}
    ),
    Role.CHIEF: frozenset({N.DISPATCHED, N.BREACH, N.ESCALATION, N.GAP, N.DECIDED, N.TASK, N.REQUEST}),
    Role.SUB_CHIEF: frozenset(),
    Role.DUTY_OFFICER: frozenset(
        {N.REPORTED, N.WARNING, N.BREACH, N.ESCALATION, N.REQUEST, N.DECIDED, N.UPWARD, N.UNROUTED, N.GAP}
        | {N.CHANNEL, N.WATCHDOG}
    ),
    Role.PATROLLER: frozenset({N.TASK, N.WARNING, N.BREACH, N.ESCALATION}),
    Role.ADMINISTRATOR: frozenset({N.CHANNEL, N.GAP, N.WATCHDOG}),
    Role.VIEWER: frozenset(),
    Role.IDENTITY_KEEPER: frozenset(),
}
"""What a role is told of without rules of its own: by every contact, at once."""


@dataclass(frozen=True, slots=True)
class Rule:
    about: NoticeClass
    channel: Channel | None = None
    """None: every one the person has."""
    after: timedelta = timedelta(0)
    """Only if nobody has acknowledged, or answered, by then."""
    min_level: int = 1


@dataclass(frozen=True, slots=True)
class Quiet:
    """Beijing time; over midnight where `ends` is before `begins`."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Reach:
    """A verified contact, by the name it has in the outbox."""

    destination: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Listener:
    """A person as the rules see one."""

    person_id: int
    contacts: tuple[Reach, ...] = ()
    rules: tuple[Rule, ...] = ()
    quiet: Quiet | None = None


def chosen(
    person: Listener, about: NoticeClass, level: int, role: Role | None
) -> list[tuple[Reach, timedelta]]:
    """The contacts to use, each with how long to wait unacknowledged; each contact once, the soonest wins."""
    rules = person.rules or _of_role(role)
    found = _by(person.contacts, [r for r in rules if r.about is about and level >= r.min_level])
    if not found and about in MUST_REACH:
        found = {reach: timedelta(0) for reach in person.contacts}
    return [(reach, found[reach]) for reach in person.contacts if reach in found]


def _of_role(role: Role | None) -> tuple[Rule, ...]:
    return tuple(Rule(about) for about in NoticeClass if about in BY_ROLE.get(role or Role.VIEWER, ()))


def _by(contacts: Sequence[Reach], rules: Sequence[Rule]) -> dict[Reach, timedelta]:
    found: dict[Reach, timedelta] = {}
    for rule in rules:
        for reach in contacts:
            if rule.channel is None or rule.channel is reach.channel:
                found[reach] = min(found.get(reach, rule.after), rule.after)
    return found


def quiet_until(quiet: Quiet | None, at: datetime) -> datetime | None:
    """When the quiet hours end that `at` lies in, UTC; None outside them. The end itself is not quiet any more."""
    if quiet is None:
        return None
    here = at.astimezone(BEIJING)
    clock = here.time()
    over_midnight = quiet.ends < quiet.begins
    inside = (
        (clock >= quiet.begins or clock < quiet.ends) if over_midnight else quiet.begins <= clock < quiet.ends
    )
    if not inside:
        return None
    day = here.date()
    if over_midnight and clock >= quiet.begins:
        day += timedelta(days=1)
    return datetime.combine(day, quiet.ends, BEIJING).astimezone(at.tzinfo)
