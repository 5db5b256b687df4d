"""Reports from below that the level-2 grid did not hand on in time: plain facts for annex 2 art. 5(二)5."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from airquality.period import BEIJING


@dataclass(frozen=True, slots=True)
class Wait:
    """A report from below as it waited at a level-2 grid."""

    report_id: int
    number: str
    unit: str
    """Code of the level-2 grid."""
    due_at: datetime
    answered_at: datetime | None
    """When it was judged there; None while it waits."""


@dataclass(frozen=True, slots=True)
class LateReport:
    """A report that was not judged by its deadline."""

    report_id: int
    number: str
    unit: str
    month: date
    """First day of the month, in Beijing, in which the deadline passed: the month it counts for."""
    due_at: datetime
    answered_at: datetime | None
    late_s: int
    """Until it was judged, or until now."""


def late_reports(waits: Iterable[Wait], *, now: datetime) -> list[LateReport]:
    """Those past their deadline at `now`, by unit, deadline and number; judged at the very deadline is in time.

    A report counts once for a unit and month, however often it came back there.
    """
    found: dict[tuple[str, date, int], LateReport] = {}
    for wait in sorted(waits, key=lambda one: (one.unit, one.due_at, one.number)):
        until = now if wait.answered_at is None else wait.answered_at
        if until <= wait.due_at:
            continue
        month = wait.due_at.astimezone(BEIJING).date().replace(day=1)
        late = int((until - wait.due_at).total_seconds())
        found.setdefault(
            (wait.unit, month, wait.report_id),
            LateReport(wait.report_id, wait.number, wait.unit, month, wait.due_at, wait.answered_at, late),
        )
    return list(found.values())
