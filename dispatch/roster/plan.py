"""Turns out of rotations, overrides, absences and duties: pure, and the same for the same input.

At each instant the first that says somebody decides: an override, the rotation, else whoever of the grid's own
people has served longest. That person may be away: then whoever stands in, or nobody. And a person is on duty only
while a duty of the post's role lasts. Every instant has one answer, a person or a named gap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from models.clock import BEIJING
from models.enums import DutyGap, TurnWhy
from models.ids import PersonId


@dataclass(frozen=True, slots=True)
class Rotation:
    """`members` in turn, `shift` each, counted from `handover` (Beijing time) on the day `starts_on`."""

    id: int
    members: tuple[PersonId, ...]
    shift: timedelta
    handover: time
    starts_on: date
    valid_from: datetime
    valid_to: datetime | None

    @property
    def anchor(self) -> datetime:
        """The first handover. Beijing has no summer time: all others are whole shifts away from it."""
        return datetime.combine(self.starts_on, self.handover, BEIJING).astimezone(UTC)

    def shift_at(self, at: datetime) -> int:
        return (at - self.anchor) // self.shift

    def member(self, shift: int) -> PersonId:
        return self.members[shift % len(self.members)]


@dataclass(frozen=True, slots=True)
class Override:
    id: int
    person: PersonId
    since: datetime
    until: datetime
    """Of what has been cancelled: when that was."""


@dataclass(frozen=True, slots=True)
class Absence:
    person: PersonId
    stand_in: PersonId | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """A person has the post's role, in its grid (`own`) or in one above it."""

    person: PersonId
    own: bool
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Sources:
    """All that the turns of one post are made of."""

    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody, or a named gap; `instead_of` is whom a stand-in replaces, or who is missing in a gap."""

    why: TurnWhy
    person: PersonId | None = None
    gap: DutyGap | None = None
    instead_of: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    since: datetime
    until: datetime
    answer: Answer


def plan(sources: Sources, since: datetime, until: datetime) -> tuple[Turn, ...]:
    """The turns from `since` until just before `until`, without overlap and without hole; none if that is empty.

    A handover is the end of a turn even when the same person goes on.
    """
    turns: list[Turn] = []
    last: tuple[Answer, object] | None = None
    instants = [at for at in _instants(sources, since, until) if since < at < until]
    for at, then in zip([since, *instants], [*instants, until], strict=True):
        if at >= then:
            continue
        said = _decide(sources, at)
        if turns and said == last:
            turns[-1] = Turn(turns[-1].since, then, said[0])
        else:
            turns.append(Turn(at, then, said[0]))
        last = said
    return tuple(turns)


def answer_at(sources: Sources, at: datetime) -> Answer:
    """Who is on duty at one instant."""
    return _decide(sources, at)[0]


def _instants(sources: Sources, since: datetime, until: datetime) -> list[datetime]:
    """Every instant at which the answer may change."""
    found: set[datetime] = set()
    for rotation in sources.rotations:
        begins = max(since, rotation.valid_from)
        ends = until if rotation.valid_to is None else min(until, rotation.valid_to)
        found |= {rotation.valid_from} | ({rotation.valid_to} if rotation.valid_to else set())
        number = rotation.shift_at(begins) + 1
        while (at := rotation.anchor + number * rotation.shift) < ends:
            found.add(at)
            number += 1
    windows: list[Override | Absence | Duty] = [*sources.overrides, *sources.absences, *sources.duties]
    for window in windows:
        found |= {window.since} | ({window.until} if window.until else set())
    return sorted(found)


def _decide(sources: Sources, at: datetime) -> tuple[Answer, object]:
    """The answer, and what makes it a turn of its own."""
    for override in sources.overrides:
        if override.since <= at < override.until:
            return _present(sources, override.person, TurnWhy.OVERRIDE, at), ("override", override.id)
    for rotation in sources.rotations:
        if rotation.valid_from <= at and (rotation.valid_to is None or at < rotation.valid_to):
            shift = rotation.shift_at(at)
            said = _present(sources, rotation.member(shift), TurnWhy.SHIFT, at)
            return said, ("rotation", rotation.id, shift)
    return _standing(sources, at), "standing"


def _present(sources: Sources, person: PersonId, why: TurnWhy, at: datetime) -> Answer:
    absence = _away(sources.absences, person, at)
    if absence is None:
        if _has_duty(sources.duties, person, at):
            return Answer(why, person)
        return Answer(TurnWhy.GAP, gap=DutyGap.DUTY_ENDED, instead_of=person)
    other = absence.stand_in
    # A stand-in is not stood in for: who is away too leaves a gap that somebody should see.
    if other is None or _away(sources.absences, other, at) is not None:
        return Answer(TurnWhy.GAP, gap=DutyGap.ABSENT_WITHOUT_STAND_IN, instead_of=person)
    if not _has_duty(sources.duties, other, at):
        return Answer(TurnWhy.GAP, gap=DutyGap.DUTY_ENDED, instead_of=other)
    return Answer(TurnWhy.STAND_IN, other, instead_of=person)


def _standing(sources: Sources, at: datetime) -> Answer:
    """Without a rotation: the longest-serving of the grid's own who is there or is stood in for."""
    serving = sorted((d.since, d.person) for d in sources.duties if d.own and _in_force(d, at))
    said = [_present(sources, person, TurnWhy.STANDING, at) for _, person in serving]
    there = next((one for one in said if one.person is not None), None)
    if there is not None:
        return there
    return said[0] if said else Answer(TurnWhy.GAP, gap=DutyGap.NOBODY_ON_DUTY)


def _away(absences: Iterable[Absence], person: PersonId, at: datetime) -> Absence | None:
    return next((a for a in absences if a.person == person and a.since <= at < a.until), None)


def _has_duty(duties: Sequence[Duty], person: PersonId, at: datetime) -> bool:
    return any(d.person == person and _in_force(d, at) for d in duties)


def _in_force(duty: Duty, at: datetime) -> bool:
    return duty.since <= at and (duty.until is None or at < duty.until)
