"""The pages of administration, in the order they stand on the index. Pure."""

from dataclasses import dataclass

from app.auth.scope import Caller
from app.console.texts import N_
from models.enums import Role

RUNNING = frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER})
"""Who runs the service day by day."""
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class AdminEntry:
    """A page, what it is for, and whom it is listed for; what may be done there its routes say."""

    path: str
    name: str
    description: str
    roles: frozenset[Role]


ADMIN: tuple[AdminEntry, ...] = (
    AdminEntry(
        "/admin/people", N_("People and roles"), N_("Who may sign in, with which duties, since when and until when"),
        RUNNING,
    ),
    AdminEntry(
        "/admin/registry", N_("Grid registry"),
        N_("The four levels of grids with their duties, stations and sources"), RUNNING,
    ),
    AdminEntry(
        "/admin/registry/import", N_("Registry import"),
        N_("A registry file is checked row by row, then loaded whole or not at all"), ADMINISTRATORS,
    ),
    AdminEntry(
        "/admin/staffing", N_("Staffing check"),
        N_(
            "Grids with fewer people than the policy wants, and places where boundaries make it doubtful who answers"
        ),
        RUNNING,
    ),
    AdminEntry(
        "/admin/silences", N_("Silences"), N_("Quiet for a station or grid, for a time and with a reason"), RUNNING
    ),
    AdminEntry(
        "/admin/rules", N_("Rule sets"), N_("What is an alert: drafts, back-tests, what is in force"), RUNNING
    ),
    AdminEntry(
        "/admin/policies", N_("SLA policies"), N_("Deadlines, warnings and ladders: drafts, what-if, what is in force"),
        RUNNING,
    ),
    AdminEntry(
        "/admin/outbox", N_("Outbox"), N_("Messages to the outside: what waits, what was given up"), ADMINISTRATORS
    ),
    AdminEntry(
        "/admin/quarantine", N_("Quarantine"), N_("What could not be taken in, and why"), ADMINISTRATORS
    ),
    AdminEntry(
        "/me/keys", N_("My API keys"),
        N_("Keys with which a script or another system uses the service's API as you; your name above leads here too"),
        RUNNING,
    ),
    AdminEntry("/admin/audit", N_("Journal"), N_("Who did what and when, and its hash chain"), ADMINISTRATORS),
    AdminEntry(
        "/admin/watch", N_("The service's own health"),
        N_("What the service found wrong with itself, and whether messages get out"), RUNNING,
    ),
)  # fmt: skip


def admin_of(caller: Caller) -> list[AdminEntry]:
    """The entries that are listed for this caller."""
    held = {role for role, _ in caller.duties}
    return [entry for entry in ADMIN if entry.roles & held]
