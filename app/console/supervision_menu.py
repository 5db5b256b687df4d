"""The pages of supervision, in the order they stand on its index. Pure."""

from dataclasses import dataclass

from app.auth.scope import Caller
from app.console.texts import N_
from models.enums import Role

EVERYBODY = frozenset(Role)
SUPERVISION_OF_COUNTIES = frozenset(
    {Role.CHIEF, Role.SUB_CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR}
)
"""Who has to do with the assessment of level-2 grids, on either side."""


@dataclass(frozen=True, slots=True)
class SupervisionEntry:
    """A page, what it is for, and whom it is listed for; `whole`: of them who see the whole prefecture."""

    path: str
    name: str
    description: str
    roles: frozenset[Role]
    whole: bool = False


SUPERVISION: tuple[SupervisionEntry, ...] = (
    SupervisionEntry(
        "/supervision/duties",
        N_("Who answers"),
        N_(
            "Two chiefs, sub-chiefs, supervisors and offices of every grid; what is missing; lists filed and published."
        ),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/yearly",
        N_("Yearly duties"),
        N_("Plans, responsibility letters, training and summaries, with their days and records."),
        SUPERVISION_OF_COUNTIES,
    ),
)


def supervision_of(caller: Caller) -> list[SupervisionEntry]:
    """The entries that are listed for this caller."""
    held = {role for role, _ in caller.duties}
    whole = caller.scope.grid_ids is None
    return [entry for entry in SUPERVISION if entry.roles & held and (whole or not entry.whole)]
