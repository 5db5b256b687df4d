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
        "/supervision/consultation",
        N_("Consultation"),
        N_("How the counties and parks stand this morning, what is suggested, and the papers that say so"),
        frozenset({Role.DUTY_OFFICER, Role.CHIEF, Role.ADMINISTRATOR, Role.VIEWER}),
        whole=True,
    ),
    SupervisionEntry(
        "/supervision/problems",
        N_("Problem list"),
        N_("What was found in each county and park, pushed, corrected, checked and cleared"),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/papers", N_("Papers of the office"),
        N_("Briefs, reports, notices and bulletins: drafts to be edited and issued, and what was issued"),
        SUPERVISION_OF_COUNTIES,
    ),
)  # fmt: skip


def supervision_of(caller: Caller) -> list[SupervisionEntry]:
    """The entries that are listed for this caller."""
    held = {role for role, _ in caller.duties}
    whole = caller.scope.grid_ids is None
    return [entry for entry in SUPERVISION if entry.roles & held and (whole or not entry.whole)]
