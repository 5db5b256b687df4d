"""Which yearly duties a grid has, by when, and how each stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import YearlyKind
from models.errors import Invalid
from supervision.readings import Readings
from supervision.yearly.due import YearlyState, due_on, kinds_of, state_of

NEW_YEAR = date(2026, 1, 1)
DUE = date(2026, 3, 31)


def test_every_level_plans_signs_and_sums_up_and_level_2_trains() -> None:
    assert [YearlyKind.TRAINING in kinds_of(level) for level in (1, 2, 3, 4)] == [False, True, False, False]
    assert all(len(kinds_of(level)) == 3 for level in (1, 3, 4))


@pytest.mark.parametrize(
    ("kind", "opened", "due"),
    [
        (YearlyKind.PLAN, NEW_YEAR, DUE),
        (YearlyKind.TRAINING, NEW_YEAR, date(2026, 12, 31)),
        (YearlyKind.SUMMARY, NEW_YEAR, date(2027, 1, 31)),
        (YearlyKind.PLAN, date(2026, 11, 28), date(2027, 1, 27)),
        (YearlyKind.TRAINING, date(2026, 11, 28), date(2026, 12, 31)),
        (YearlyKind.LETTER, date(2026, 1, 20), DUE),
        (YearlyKind.SUMMARY, date(2026, 12, 30), date(2027, 2, 28)),
    ],
)
def test_the_day_comes_from_the_readings(kind: YearlyKind, opened: date, due: date) -> None:
    assert due_on(kind, 2026, Readings(), opened=opened) == due


@pytest.mark.parametrize("day", ["3-31", "02-29", "13-01", "04-31", "03-31 ", "²²-01"])
def test_a_day_that_not_every_year_has_is_no_reading(day: str) -> None:
    with pytest.raises(Invalid):
        Readings.parse({"plan_due": day})


@pytest.mark.parametrize(
    ("done", "today", "state"),
    [
        (None, date(2026, 2, 28), YearlyState.OPEN),
        (None, date(2026, 3, 1), YearlyState.DUE_SOON),
        (None, DUE, YearlyState.DUE_SOON),
        (None, date(2026, 4, 1), YearlyState.OVERDUE),
        (DUE, date(2026, 6, 1), YearlyState.DONE),
        (date(2026, 4, 1), date(2026, 6, 1), YearlyState.DONE_LATE),
    ],
)
def test_how_a_duty_stands(done: date | None, today: date, state: YearlyState) -> None:
    assert state_of(DUE, done, today=today, warn_days=30) is state


@given(st.dates(NEW_YEAR, date(2026, 12, 31)), st.sampled_from(list(YearlyKind)))
def test_nobody_is_overdue_the_day_a_duty_is_opened(opened: date, kind: YearlyKind) -> None:
    due = due_on(kind, 2026, Readings(yearly_grace_days=0), opened=opened)
    assert state_of(due, None, today=opened, warn_days=0) is not YearlyState.OVERDUE
    assert due - opened <= timedelta(days=396)
