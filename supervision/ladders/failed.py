"""Failed assessments (annex 2 art. 7(一), (二)), problems no check finds corrected, and data that was falsified."""

from collections.abc import Sequence

from models.enums import ActBy, ActKind
from supervision.ladders.rungs import Proposal, Rung
from supervision.readings import Readings

_CHECKS = (
    Rung(ActKind.NOTICE, ActBy.OFFICE, "body §4(三)"),
    Rung(ActKind.INTERVIEW, ActBy.DEPUTY_LEADER, "body §4(三)", in_public=True),
    Rung(ActKind.INTERVIEW, ActBy.MAIN_LEADER, "body §4(三)", in_public=True),
)


def propose(unit: str, failed: Sequence[bool | None], readings: Readings) -> list[Proposal]:
    """Special inspection and accountability from the third failed month in a row on; months from old to new.

    A month that was not assessed (None) ends the run.
    """
    length = 0
    for month in reversed(failed):
        if not month:
            break
        length += 1
    if length < readings.months_failed:
        return []
    counts = (("months_failed", str(length)),)
    return [
        Proposal(unit, Rung(measure, ActBy.OFFICE, "annex 2 art. 7(一)"), counts)
        for measure in (ActKind.INSPECTION, ActKind.ACCOUNTABILITY)
    ]


def propose_for_year(unit: str, *, failed: bool) -> Proposal | None:
    """Accountability after a failed year."""
    rung = Rung(ActKind.ACCOUNTABILITY, ActBy.OFFICE, "annex 2 art. 7(二)")
    return Proposal(unit, rung, (("year", "failed"),)) if failed else None


def propose_uncorrected(unit: str, *, checks: int) -> Proposal | None:
    """What the first, second and third check that finds a problem uncorrected brings; the third rung stays the top.

    ValueError for a negative number of checks.
    """
    if checks < 0:
        raise ValueError("checks are counted from 0")
    if checks == 0:
        return None
    return Proposal(unit, _CHECKS[min(checks, len(_CHECKS)) - 1], (("checks", str(checks)),))


def propose_falsified(unit: str, *, days: int) -> Proposal:
    """A notice of criticism beside the void days, once two people confirmed a case (annex 3 art. 6)."""
    rung = Rung(ActKind.NOTICE, ActBy.OFFICE, "annex 3 art. 6")
    return Proposal(unit, rung, (("days_void", str(days)),))
