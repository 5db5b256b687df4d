"""The pages a person may go to, in the order they stand in the menu. Pure."""

from dataclasses import dataclass

from app.auth.scope import Caller
from app.console.texts import N_
from models.enums import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu. `roles` None: everybody who may sign in."""

    path: str
    name: str
    roles: frozenset[Role] | None = None

    def holds(self, path: str) -> bool:
        """Whether a page at `path` belongs to this entry."""
        return path == self.path or (self.path != "/" and path.startswith(self.path + "/"))


MENU = (
    Entry("/", N_("Duty board")),
    Entry("/f", N_("My orders"), frozenset({Role.SUPERVISOR})),
    Entry("/stations", N_("Stations")),
    Entry("/admin", N_("Administration"), frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER})),
)


def menu_of(caller: Caller) -> list[Entry]:
    """The entries that lead this caller somewhere."""
    held = {role for role, _ in caller.duties}
    return [entry for entry in MENU if entry.roles is None or entry.roles & held]
