"""The pages of supervision, in the order they stand on its index. Pure."""

from dataclasses import dataclass

from app.auth.scope import Caller
from app.console.texts import N_
from models.enums import Role

EVERYBODY = frozenset(Role)
SUPERVISION_OF_COUNTIES = frozenset({Role.CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR})
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
        "/supervision/public-reports",
        N_("Reports of the public"),
        N_("What people report: judge, refer and answer it, and see what is reported again and again."),
        SUPERVISION_OF_COUNTIES | {Role.VIEWER, Role.IDENTITY_KEEPER},
    ),
    SupervisionEntry(
        "/supervision/rewards",
        N_("Rewards for reports"),
        N_("The ledger of rewards: proposed, approved by another person, paid."),
        SUPERVISION_OF_COUNTIES | {Role.IDENTITY_KEEPER},
    ),
)


def supervision_of(caller: Caller) -> list[SupervisionEntry]:
    """The entries that are listed for this caller."""
    held = {role for role, _ in caller.duties}
    whole = caller.scope.grid_ids is None
    return [entry for entry in SUPERVISION if entry.roles & held and (whole or not entry.whole)]
