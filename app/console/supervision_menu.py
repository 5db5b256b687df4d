"""The pages of supervision, as they stand on its index: of the day, of the month, of the quarter and year. Pure."""

from dataclasses import dataclass

from app.auth.scope import Caller
from app.console.texts import N_
from models.enums import Role

EVERYBODY = frozenset(Role)
SUPERVISION_OF_COUNTIES = frozenset({Role.CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR})
"""Who has to do with the assessment of level-2 grids, on either side."""


@dataclass(frozen=True, slots=True)
class SupervisionEntry:
    """A page, what it is for, and whom it is listed for; `whole`: of them who see the whole prefecture.

    `units`: of them who have a duty of level 1 or 2.
    """

    path: str
    name: str
    description: str
    roles: frozenset[Role]
    whole: bool = False
    units: bool = False


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
        "/supervision/public-reports",
        N_("Reports of the public"),
        N_("What people report: judge, refer and answer it, and see what is reported again and again"),
        SUPERVISION_OF_COUNTIES | {Role.VIEWER, Role.IDENTITY_KEEPER},
    ),
    SupervisionEntry(
        "/supervision/patrols",
        N_("Patrols"),
        N_("Which places were visited each day, the gaps by town and village, and what was drawn up of it"),
        EVERYBODY,
    ),
    SupervisionEntry(
        "/supervision/sources",
        N_("Pollution sources"),
        N_(
            "A file for every source with its documents, quarterly sweeps, and the yearly list of key sources"
        ),
        EVERYBODY,
    ),
    SupervisionEntry(
        "/supervision/air",
        N_("Air quality of months"),
        N_(
            "Composite index, improvement rate and ranking of counties and parks, down to each day and station"
        ),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/targets",
        N_("Air targets"),
        N_("Yearly targets by month: where each stands, what the remaining days may average, early warnings"),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/assessment",
        N_("Monthly assessment"),
        N_(
            "Scores of the counties and parks by month, every point with its record; objections, signature and notice"
        ),
        SUPERVISION_OF_COUNTIES,
        units=True,
    ),
    SupervisionEntry(
        "/supervision/ladders",
        N_("Ladders"),
        N_(
            "What the text prescribes after last places, shares of problems, failed months and falsified data"
        ),
        frozenset({Role.CHIEF, Role.DUTY_OFFICER, Role.ADMINISTRATOR}),
        whole=True,
    ),
    SupervisionEntry(
        "/supervision/acts",
        N_("Notices, interviews, accountability"),
        N_("The register of what was signed against counties and parks, with documents and follow-ups"),
        SUPERVISION_OF_COUNTIES,
        units=True,
    ),
    SupervisionEntry(
        "/supervision/papers", N_("Papers of the office"),
        N_("Briefs, reports, notices and bulletins: drafts to be edited and issued, and what was issued"),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/duties",
        N_("Who answers"),
        N_(
            "Two chiefs, sub-chiefs, supervisors and offices of every grid; what is missing; lists filed and published"
        ),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/yearly",
        N_("Yearly duties"),
        N_("Plans, responsibility letters, training and summaries, with their days and records"),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/readings",
        N_("Readings of the text"),
        N_("What the policy leaves open and how it is read here, each choice with its article, by versions"),
        SUPERVISION_OF_COUNTIES,
    ),
    SupervisionEntry(
        "/supervision/integrity",
        N_("Integrity cases"),
        N_("Signs of interference with stations: decided by one person, confirmed by another"),
        SUPERVISION_OF_COUNTIES,
        whole=True,
    ),
    SupervisionEntry(
        "/supervision/cases",
        N_("Typical cases"),
        N_("Final, masked and signed, then published by the quarter"),
        frozenset({Role.DUTY_OFFICER, Role.ADMINISTRATOR, Role.CHIEF, Role.VIEWER}),
        whole=True,
    ),
    SupervisionEntry(
        "/supervision/rewards",
        N_("Rewards for reports"),
        N_("The ledger of rewards: proposed, approved by another person, paid"),
        SUPERVISION_OF_COUNTIES | {Role.IDENTITY_KEEPER},
    ),
)  # fmt: skip


def supervision_of(caller: Caller, *, unit: bool = True) -> list[SupervisionEntry]:
    """The entries that are listed for this caller; `unit`: whether one of the duties is of level 1 or 2."""
    held = {role for role, _ in caller.duties}
    whole = caller.scope.grid_ids is None
    return [
        entry
        for entry in SUPERVISION
        if entry.roles & held and (whole or not entry.whole) and (unit or not entry.units)
    ]
