"""The day's means, and the percentile, as the design note worked them out."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airquality.means import DayMean, day_mean, largest_eight_hours, percentile
from airquality.rounding import rounded

OZONE = [22, 20, 18, 17, 16, 18, 24, 33, 45, 60, 78, 95, 110, 124, 131, 133, 128, 115, 98, 80, 62, 48, 38, 30]
HOURS = st.lists(st.none() | st.integers(0, 400), min_size=24, max_size=24)


def without(*hours: int) -> list[int | None]:
    """The ozone of the day without these hours, counted from 1."""
    return [None if hour in hours else level for hour, level in enumerate(OZONE, 1)]


def test_the_largest_eight_hours_of_the_note() -> None:
    whole = largest_eight_hours(OZONE, limit=160)
    assert whole == DayMean(Fraction("116.75"), 17, ends_at=19)
    assert whole.value is not None
    assert rounded("o3", whole.value) == 117
    assert largest_eight_hours(without(13, 14, 15), limit=160) == DayMean(None, 11)
    assert largest_eight_hours(without(1, 2, 3, 4, 5, 6), limit=160) == DayMean(None, 13)


def test_a_day_with_few_eight_hours_counts_when_it_is_over_the_limit_all_the_same() -> None:
    high = [None if level is None else 2 * level for level in without(13, 14, 15)]
    found = largest_eight_hours(high, limit=160)
    assert found.value is not None
    assert found.value > 160
    assert found.measured == 11
    assert largest_eight_hours(high, limit=found.value).value is None


def test_a_day_wants_twenty_hours() -> None:
    hours: list[int | None] = [10] * 20 + [None] * 4
    assert day_mean(hours) == DayMean(Fraction(10), 20)
    hours[0] = None
    assert day_mean(hours) == DayMean(None, 19)
    # Exact: a third stays a third.
    assert day_mean([1] * 23 + [2]).value == Fraction(25, 24)


@pytest.mark.parametrize(
    ("levels", "share", "expected"),
    [
        ([2, 3, 4, 4, 5, 8], 90, "6.5"),
        (range(1, 28), 95, "25.7"),
        (range(1, 28), 90, "24.4"),
        (range(40, 70), 90, "66.1"),
        (range(40, 71), 90, "67"),
        ([Decimal(40 + 5 * n) / 100 for n in range(30)], 95, "1.7775"),
        ([Decimal("0.5"), Decimal("0.6"), Decimal("0.7")], 95, "0.69"),
        ([7], 95, "7"),
    ],
)
def test_percentiles_of_the_note(levels: list[int], share: int, expected: str) -> None:
    found = percentile(levels, share)
    assert found == Fraction(expected)
    assert percentile(list(reversed(levels)), share) == found
    assert rounded("co", percentile([Decimal(40 + 5 * n) / 100 for n in range(30)], 95)) == Decimal("1.8")


def test_what_is_no_day_or_no_level_is_refused() -> None:
    for hours in ([1] * 23, [1] * 25, [-1] + [1] * 23):
        with pytest.raises(ValueError, match=r"24 hours|negative"):
            day_mean(hours)
        with pytest.raises(ValueError, match=r"24 hours|negative"):
            largest_eight_hours(hours, limit=160)
    with pytest.raises(TypeError):
        day_mean([1.5] * 24)  # type: ignore[list-item]
    for nothing in ([], [1]):
        with pytest.raises(ValueError, match="percentile"):
            percentile(nothing, 101 if nothing else 90)


@given(HOURS)
def test_the_largest_eight_hours_lie_between_the_hours_they_are_of(hours: list[int | None]) -> None:
    found = largest_eight_hours(hours, limit=160)
    if found.value is None:
        return
    assert found.ends_at is not None
    within = [level for level in hours[found.ends_at - 8 : found.ends_at] if level is not None]
    assert min(within) <= found.value <= max(within)
    assert found.measured >= 14 or found.value > 160


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40), st.integers(0, 99))
def test_a_higher_percentile_is_never_lower(levels: list[int], share: int) -> None:
    assert min(levels) <= percentile(levels, share) <= percentile(levels, share + 1) <= max(levels)
