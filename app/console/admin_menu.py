"""The pages of the administration, in the order they stand on its index. Pure."""

from dataclasses import dataclass

from app.auth.scope import Caller
from app.console.texts import N_
from models.enums import Role

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
DESK = frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER})


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the administration, what it is for, and the roles it serves."""

    path: str
    name: str
    says: str
    roles: frozenset[Role]


ADMIN: tuple[Entry, ...] = (
    Entry(
        "/admin/people",
        N_("People and roles"),
        N_("Who may sign in, with which duties, since when and until when"),
        DESK,
    ),
    Entry(
        "/admin/registry",
        N_("Grid registry"),
        N_("The four levels of grids with their duties, stations and sources"),
        DESK,
    ),
    Entry(
        "/admin/registry/import",
        N_("Registry import"),
        N_("A registry file is checked row by row, then loaded whole or not at all"),
        ADMINISTRATORS,
    ),
    Entry(
        "/admin/staffing",
        N_("Staffing check"),
        N_(
            "Grids with fewer people than the policy wants, and places where boundaries make it doubtful who answers"
        ),
        DESK,
    ),
)


def admin_menu_of(caller: Caller) -> list[Entry]:
    """The pages of the administration that serve this caller."""
    held = {role for role, _ in caller.duties}
    return [entry for entry in ADMIN if entry.roles & held]
