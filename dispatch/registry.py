"""Who answers for a grid at an instant: pure, over loaded duties."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models.enums import Role
from models.facts import Recipient
from models.ids import GridId


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


def answering(duties: Iterable[DutyRow], grid_id: GridId, at: datetime) -> tuple[Recipient, ...]:
    """The supervisors of the grid, or its chiefs where it has no supervisor; empty when nobody answers.

    The level-2 supervisor receives the instruction (body §3(三)); the chief carries the responsibility for the
    grid (annex 1 art. 4), so an order never waits only because the supervisor's post is vacant.
    """
    for role in (Role.SUPERVISOR, Role.CHIEF):
        found = with_role(duties, grid_id, role, at)
        if found:
            return found
    return ()


def with_role(duties: Iterable[DutyRow], grid_id: GridId, role: Role, at: datetime) -> tuple[Recipient, ...]:
    people = {
        d.person.id: d.person for d in duties if d.grid_id == grid_id and d.role is role and d.in_force(at)
    }
    return tuple(people[key] for key in sorted(people))


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
