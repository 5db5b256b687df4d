"""Last in improvement, month after month (body §4(二)), or often in a year (annex 3 art. 4)."""

from collections.abc import Sequence

from models.enums import ActBy, ActKind
from supervision.ladders.rungs import Proposal, Rung
from supervision.readings import Readings

BODY = "body §4(二)"
ANNEX = "annex 3 art. 4"
_ROWS = (
    Rung(ActKind.NOTICE, ActBy.OFFICE, BODY),
    Rung(ActKind.INTERVIEW, ActBy.DEPUTY_LEADER, BODY, in_public=True),
    Rung(ActKind.INTERVIEW, ActBy.MAIN_LEADER, BODY, in_public=True),
)
_BEYOND = Rung(ActKind.ACCOUNTABILITY, ActBy.OFFICE, BODY)
_OFTEN = Rung(ActKind.ACCOUNTABILITY, ActBy.OFFICE, ANNEX)


def run_of(last: Sequence[bool | None]) -> int:
    """How many of the newest months in a row the unit was last; a month without a ranking (None) ends the run."""
    length = 0
    for month in reversed(last):
        if not month:
            break
        length += 1
    return length


def propose(unit: str, last: Sequence[bool | None], readings: Readings) -> Proposal | None:
    """The rung the newest month brings, months from old to new; None unless the unit is last in it."""
    length = run_of(last)
    if length == 0:
        return None
    rung = _BEYOND if length > readings.last_beyond else _ROWS[min(length, len(_ROWS)) - 1]
    return Proposal(unit, rung, (("months_last", str(length)),))


def propose_for_year(
    unit: str, last: Sequence[bool | None], *, target_met: bool | None, readings: Readings
) -> Proposal | None:
    """At the end of a year: last so many times, in a row or not, and the yearly target missed; both together.

    `target_met` None: the year cannot be judged, and nothing is proposed.
    """
    times = sum(month is True for month in last)
    if times < readings.last_times or target_met is not False:
        return None
    return Proposal(unit, _OFTEN, (("times_last", str(times)), ("target", "missed")))
