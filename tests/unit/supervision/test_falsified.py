"""Void days get the month's highest value, and both values stay."""

from datetime import date

import pytest

from supervision.air.falsified import substitute

MARCH = {date(2026, 3, n): {"pm25": n, "o3": 100 - n} for n in range(1, 11)}


def test_the_highest_of_the_days_that_stand_takes_the_place() -> None:
    found = substitute(MARCH, {date(2026, 3, 10), date(2026, 3, 2)})
    assert found.days[date(2026, 3, 10)] == {"pm25": 9, "o3": 99}
    assert found.days[date(2026, 3, 2)] == {"pm25": 9, "o3": 99}
    assert found.days[date(2026, 3, 3)] == {"pm25": 3, "o3": 97}
    assert [(one.day.day, dict(one.kept)) for one in found.voided] == [
        (2, {"pm25": 2, "o3": 98}), (10, {"pm25": 10, "o3": 90}),
    ]  # fmt: skip
    assert list(found.days) == sorted(MARCH)


def test_a_day_on_which_nothing_was_measured_gets_it_too() -> None:
    found = substitute(MARCH, {date(2026, 3, 20)})
    assert found.days[date(2026, 3, 20)] == {"pm25": 10, "o3": 99}
    assert dict(found.voided[0].kept) == {}


def test_a_month_that_is_void_altogether_keeps_its_highest() -> None:
    found = substitute(MARCH, set(MARCH))
    assert set(map(tuple, (level.items() for level in found.days.values()))) == {(("pm25", 10), ("o3", 99))}
    # A pollutant only void days have is not lost.
    some = {date(2026, 3, 1): {"pm25": 4}, date(2026, 3, 2): {"pm25": 1, "so2": 7}}
    assert substitute(some, {date(2026, 3, 2)}).days[date(2026, 3, 2)] == {"pm25": 4, "so2": 7}


def test_nothing_void_changes_nothing_and_nothing_measured_gives_nothing() -> None:
    assert substitute(MARCH, ()).days == MARCH
    assert substitute({}, {date(2026, 3, 1)}).days == {}
    with pytest.raises(ValueError, match="one month"):
        substitute(MARCH, {date(2026, 4, 1)})
