"""When a county is told of a quarter's sweep."""

from datetime import date

import pytest

from supervision.sources.sweep import reminder

QUARTER = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("today", "due_on", "finished", "told", "says"),
    [
        (date(2026, 12, 16), None, False, set(), None),
        (date(2026, 12, 17), None, False, set(), False),
        (date(2026, 12, 31), None, False, set(), False),
        (date(2026, 12, 31), None, False, {False}, None),
        (date(2027, 1, 1), None, False, {False}, True),
        # Of a quarter before the service, which nobody began here.
        (date(2027, 1, 1), None, False, set(), None),
        (date(2026, 11, 5), date(2026, 11, 19), False, set(), False),
        (date(2026, 11, 20), date(2026, 11, 19), False, set(), True),
        (date(2026, 11, 20), date(2026, 11, 19), False, {True}, None),
        (date(2026, 11, 20), date(2026, 11, 19), True, {False}, None),
    ],
)
def test_a_sweep_is_told_of_once_before_its_day_and_once_after_it(
    today: date, due_on: date | None, finished: bool, told: set[bool], says: bool | None
) -> None:
    assert reminder(today, QUARTER, due_on=due_on, finished=finished, told=told) is says
