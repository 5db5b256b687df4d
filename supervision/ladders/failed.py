"""Failed assessments in a row and for the year (annex 2 art. 7(一), (二)), and problems no check finds corrected."""

from collections.abc import Sequence

from supervision.ladders.rungs import Measure, Proposal, Rung, Signer
from supervision.readings import Readings

_CHECKS = (
    Rung(Measure.NOTICE, Signer.OFFICE, "body §4(三)"),
    Rung(Measure.INTERVIEW, Signer.DEPUTY_LEADER, "body §4(三)", in_public=True),
    Rung(Measure.INTERVIEW, Signer.MAIN_LEADER, "body §4(三)", in_public=True),
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
        Proposal(unit, Rung(measure, Signer.OFFICE, "annex 2 art. 7(一)"), counts)
        for measure in (Measure.INSPECTION, Measure.ACCOUNTABILITY)
    ]


def propose_for_year(unit: str, *, failed: bool) -> Proposal | None:
    """Accountability after a failed year."""
    rung = Rung(Measure.ACCOUNTABILITY, Signer.OFFICE, "annex 2 art. 7(二)")
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
