"""Who answers for a grid at an instant: pure, over loaded duties."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.enums import DutyGap, Role, TurnWhy
from models.facts import Recipient
from models.ids import GridId, PersonId


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A person's duty in a grid, in force from `valid_from` until just before `valid_to`."""

    grid_id: GridId
    role: Role
    valid_from: datetime
    valid_to: datetime | None
    person: Recipient

    def in_force(self, at: datetime) -> bool:
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class OnTurn:
    """What the roster says of a post at an instant: a person or a named gap, and who is away from it."""

    person: Recipient | None
    gap: DutyGap | None
    why: TurnWhy
    away: frozenset[PersonId] = frozenset()


Roster = Mapping[tuple[GridId, Role], OnTurn]
"""Of the posts that have turns; all others are answered by their duties alone."""
NO_ROSTER: Roster = {}


def answering(
    duties: Iterable[DutyRow], grid_id: GridId, at: datetime, roster: Roster = NO_ROSTER
) -> tuple[Recipient, ...]:
    """The supervisors of the grid, or its chiefs where it has no supervisor; empty when nobody answers.

    The level-2 supervisor receives the instruction (body §3(三)); the chief carries the responsibility for the
    grid (annex 1 art. 4), so an order never waits only because the supervisor's post is vacant.
    """
    rows = list(duties)
    for role in (Role.SUPERVISOR, Role.CHIEF):
        found = with_role(rows, grid_id, role, at, roster)
        if found:
            return found
    return ()


def with_role(
    duties: Iterable[DutyRow], grid_id: GridId, role: Role, at: datetime, roster: Roster = NO_ROSTER
) -> tuple[Recipient, ...]:
    """Who answers in this role, the responsible one first.

    Where a rotation or a person decides it is whoever has the turn; without either everybody with the duty, the
    longest-serving first. In a gap of the supervisors' the chief answers, then whoever is there.
    """
    rows = list(duties)
    everybody = serving(rows, grid_id, role, at)
    turn = roster.get((grid_id, role))
    if turn is None:
        return everybody
    there = tuple(person for person in everybody if person.id not in turn.away)
    if turn.person is None:
        chiefs = () if role is Role.CHIEF else with_role(rows, grid_id, Role.CHIEF, at, roster)
        return (chiefs or there) if role is Role.SUPERVISOR else (there or chiefs)
    if turn.why is not TurnWhy.STANDING:
        return (turn.person,)
    return (turn.person, *(person for person in there if person.id != turn.person.id))


def serving(duties: Iterable[DutyRow], grid_id: GridId, role: Role, at: datetime) -> tuple[Recipient, ...]:
    """Everybody with a duty of the role in the grid, the longest-serving first."""
    mine = [d for d in duties if d.grid_id == grid_id and d.role is role and d.in_force(at)]
    people = {d.person.id: d.person for d in sorted(mine, key=lambda d: (d.valid_from, d.person.id))}
    return tuple(people.values())


def addressed(role: Role, level: int) -> tuple[Role, bool]:
    """Which role a rung of the ladder means for a grid of this level, and whether in the grid above it.

    The duty desk is the prefecture's. Below level 2 the level above is the next supervisor, and the prefecture's
    own first rung is its desk.
    """
    if role is Role.SUPERVISOR and level == 1:
        return Role.DUTY_OFFICER, False
    if role is Role.DUTY_OFFICER and level > 2:
        return Role.SUPERVISOR, True
    return role, role is Role.DUTY_OFFICER
