"""The pages a person may go to, in the order they stand in the menu. Pure."""

from dataclasses import dataclass

from app.auth.scope import Caller
from app.console.admin_menu import RUNNING
from app.console.supervision_menu import supervision_of
from app.console.texts import N_
from models.enums import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu. `roles` None: everybody who may sign in; `whole`: of them who see the whole prefecture."""

    path: str
    name: str
    roles: frozenset[Role] | None = None
    whole: bool = False

    def holds(self, path: str) -> bool:
        """Whether a page at `path` belongs to this entry."""
        return path == self.path or (self.path != "/" and path.startswith(self.path + "/"))


MENU = (
    Entry("/", N_("Duty board")),
    Entry("/desk", N_("Shift"), whole=True),
    Entry("/unrouted", N_("Unrouted queue"), frozenset({Role.DUTY_OFFICER})),
    Entry("/f", N_("My orders"), frozenset({Role.SUPERVISOR, Role.PATROLLER})),
    Entry("/tasks", N_("Tasks"), frozenset({Role.PATROLLER, Role.SUPERVISOR, Role.CHIEF})),
    Entry(
        "/reports",
        N_("Problems"),
        frozenset({Role.PATROLLER, Role.SUPERVISOR, Role.CHIEF, Role.DUTY_OFFICER}),
    ),
    Entry("/stations", N_("Stations")),
    Entry("/supervision", N_("Supervision")),
    Entry("/papers", N_("Papers")),
    Entry("/admin", N_("Administration"), RUNNING),
)


def menu_of(caller: Caller) -> list[Entry]:
    """The entries that lead this caller somewhere."""
    held = {role for role, _ in caller.duties}
    whole = caller.scope.grid_ids is None
    led = [e for e in MENU if (e.roles is None or e.roles & held) and (whole or not e.whole)]
    return [e for e in led if e.path != "/supervision" or supervision_of(caller)]
