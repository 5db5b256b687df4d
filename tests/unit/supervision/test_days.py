"""Many days at once give what one day at a time gives."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airquality.means import day_mean, largest_eight_hours
from supervision.air.days import MISSING, day_sums, eight_hour_sums

HOURS = st.lists(
    st.sampled_from([None, 0, 1, 7, 125, 999, 160_000, 160_001, 250_500]), min_size=24, max_size=24
)
ANY = st.lists(st.none() | st.integers(0, 400_000), min_size=24, max_size=24)


def packed(days: list[list[int | None]]) -> np.ndarray:
    return np.array([[MISSING if level is None else level for level in day] for day in days], dtype=np.int64)


@given(st.lists(HOURS | ANY, min_size=1, max_size=4), st.integers(100, 200))
def test_the_two_ways_agree(days: list[list[int | None]], limit: int) -> None:
    hours = packed(days)
    means, ozone = day_sums(hours), eight_hour_sums(hours, limit=limit)
    for number, day in enumerate(days):
        levels = [None if level is None else Fraction(level, 1000) for level in day]
        one, eight = day_mean(levels), largest_eight_hours(levels, limit=limit)
        assert (means.of(number), means.measured[number]) == (one.value, one.measured)
        assert (ozone.of(number), ozone.measured[number]) == (eight.value, eight.measured)


def test_a_limit_may_change_from_day_to_day() -> None:
    day = [170_000] * 10 + [None] * 14
    found = eight_hour_sums(packed([day, day]), limit=np.array([160, 180]))
    assert [found.of(0), found.of(1)] == [170, None]


def test_what_are_no_days_is_refused() -> None:
    for wrong in (np.zeros((3, 23), dtype=np.int64), np.zeros(24, dtype=np.int64)):
        with pytest.raises(ValueError, match="24 hours"):
            day_sums(wrong)
    with pytest.raises(ValueError, match="negative"):
        eight_hour_sums(np.full((1, 24), -5, dtype=np.int64), limit=160)
    assert len(day_sums(np.zeros((0, 24), dtype=np.int64)).count) == 0
