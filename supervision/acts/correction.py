"""The unit's side of an act: its report of correction and its statement, each answered by the prefecture. Pure."""

from collections.abc import Sequence
from datetime import date

from models.enums import ActReport, ActStep
from models.errors import ForbiddenTransition

_REPORT: dict[ActStep, tuple[frozenset[ActReport], ActReport]] = {
    ActStep.REPORT: (frozenset({ActReport.AWAITED, ActReport.RETURNED}), ActReport.GIVEN),
    ActStep.ACCEPT_REPORT: (frozenset({ActReport.GIVEN}), ActReport.ACCEPTED),
    ActStep.RETURN_REPORT: (frozenset({ActReport.GIVEN}), ActReport.RETURNED),
}


def demanded(report_due: date | None, *, held_on: date, follow_up_due: date) -> bool:
    """Whether a report may be demanded by this day: once the act was held, and before its follow-up ends."""
    return report_due is None or held_on <= report_due <= follow_up_due


def after(step: ActStep, report: ActReport | None) -> ActReport:
    """Where the report stands after this step.

    Raises ForbiddenTransition where none is demanded, or it waits for the other side.
    """
    before, then = _REPORT[step]
    if report not in before:
        state = "not_demanded" if report is None else report.value
        raise ForbiddenTransition(f"{step.value} is no step of this report", state=state, act=step.value)
    return then


def unanswered(steps: Sequence[ActStep]) -> bool:
    """Whether something the unit said waits for an answer; one answer is to all that was said before it."""
    said = [step for step in steps if step in (ActStep.OBJECT, ActStep.ANSWER)]
    return bool(said) and said[-1] is ActStep.OBJECT
