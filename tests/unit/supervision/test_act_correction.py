"""Rules of reports of correction and statements on acts, and of months that were signed anew."""

from datetime import date

import pytest

from app.views.act_basis import months_of, renewed
from models.enums import ActReport, ActStep
from models.errors import ForbiddenTransition
from supervision.acts.correction import after, demanded, unanswered

STEPS = (ActStep.REPORT, ActStep.ACCEPT_REPORT, ActStep.RETURN_REPORT)
WAYS = {
    (ActStep.REPORT, ActReport.AWAITED): ActReport.GIVEN,
    (ActStep.REPORT, ActReport.RETURNED): ActReport.GIVEN,
    (ActStep.ACCEPT_REPORT, ActReport.GIVEN): ActReport.ACCEPTED,
    (ActStep.RETURN_REPORT, ActReport.GIVEN): ActReport.RETURNED,
}


@pytest.mark.parametrize("report", [None, *ActReport])
@pytest.mark.parametrize("step", STEPS)
def test_a_report_goes_to_and_fro_until_it_is_accepted(step: ActStep, report: ActReport | None) -> None:
    if report is not None and (step, report) in WAYS:
        assert after(step, report) is WAYS[step, report]
    else:
        with pytest.raises(ForbiddenTransition):
            after(step, report)


def test_a_report_is_due_between_the_day_it_was_held_and_the_end_of_the_follow_up() -> None:
    held, end = date(2026, 11, 23), date(2026, 12, 20)
    for due, fits in (
        (None, True),
        (held, True),
        (end, True),
        (date(2026, 11, 22), False),
        (date(2026, 12, 21), False),
    ):
        assert demanded(due, held_on=held, follow_up_due=end) is fits, due


def test_an_answer_is_to_all_that_was_said_before_it() -> None:
    said, answer, other = ActStep.OBJECT, ActStep.ANSWER, ActStep.HOLD
    for steps, waits in (
        ([], False), ([other], False), ([said], True), ([said, other], True), ([said, said, answer], False),
        ([said, answer, other, said], True),
    ):  # fmt: skip
        assert unanswered(steps) is waits, steps


def test_a_basis_has_a_new_version_where_a_month_was_signed_anew() -> None:
    basis = b'{"months": [{"month": "2026-10", "version": 2}, {"month": "2026-09", "version": 1}]}'
    assert months_of(basis) == {"2026-10": 2, "2026-09": 1}
    assert renewed(months_of(basis), {"2026-10": 2, "2026-09": 3}) == [
        {"month": "2026-09", "version": 1, "newest": 3}
    ]
    # Taken back and nothing signed in its place: the ladder says so itself.
    assert renewed(months_of(basis), {}) == []
    assert months_of(b'{"months": [{"month": "2026-10", "problems": 3}]}') == months_of(None) == {}
