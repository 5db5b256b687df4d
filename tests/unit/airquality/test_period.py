from datetime import UTC, date, datetime

import pytest

from airquality.period import Validity, beijing_day


def test_both_ends_of_a_validity_belong_to_it() -> None:
    year = Validity(date(2026, 1, 1), date(2026, 12, 31))
    assert [year.covers(day) for day in (date(2025, 12, 31), date(2026, 1, 1))] == [False, True]
    assert [year.covers(day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [True, False]
    assert Validity(date(2026, 1, 1), None).covers(date(2999, 1, 1))


def test_a_day_begins_at_midnight_in_beijing() -> None:
    assert beijing_day(datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)) == date(2026, 2, 28)
    assert beijing_day(datetime(2026, 2, 28, 16, 0, tzinfo=UTC)) == date(2026, 3, 1)
    with pytest.raises(ValueError, match="time zone"):
        beijing_day(datetime(2026, 3, 1))
