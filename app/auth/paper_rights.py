"""Who reads, writes and issues the papers of the office. Pure.

Drafts are the prefecture's. What is issued to all units is read by all of them, a notice or an act by the unit it goes
to, a special report to the chief of the prefecture by nobody below.
"""

from app.auth.scope import Caller
from models.enums import PaperKind, Role

WRITERS = (Role.DUTY_OFFICER, Role.ADMINISTRATOR, Role.CHIEF)
TO_ALL = frozenset({PaperKind.BRIEF, PaperKind.DISPATCH, PaperKind.BULLETIN, PaperKind.ASSESSMENT})
TO_ONE = frozenset({PaperKind.NOTICE, PaperKind.ACT})
ISSUERS: dict[PaperKind, tuple[Role, ...]] = {
    PaperKind.BRIEF: (Role.CHIEF, Role.DUTY_OFFICER),
    PaperKind.DISPATCH: (Role.CHIEF, Role.DUTY_OFFICER),
    PaperKind.SPECIAL_REPORT: (Role.CHIEF,),
    PaperKind.NOTICE: (Role.CHIEF,),
    PaperKind.BULLETIN: (Role.CHIEF,),
    PaperKind.ASSESSMENT: (Role.CHIEF,),
}
"""Acts of supervision and exposed cases go out with their own signatures, not from the desk of papers."""
ALONE = frozenset({PaperKind.BRIEF})
"""The morning's brief may be written and issued by the one officer who is there."""


def of_prefecture(caller: Caller) -> bool:
    """Whether the caller writes for the prefecture."""
    return caller.scope.grid_ids is None and caller.has(*WRITERS)


def kinds_read(caller: Caller) -> tuple[frozenset[PaperKind], frozenset[PaperKind]]:
    """The kinds of issued papers the caller reads of any unit, and those of their own units alone."""
    if caller.scope.grid_ids is None:
        return frozenset(PaperKind), frozenset()
    if caller.has(Role.CHIEF, Role.SUPERVISOR, Role.VIEWER):
        return TO_ALL, TO_ONE
    return frozenset(), frozenset()
