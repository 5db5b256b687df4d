"""A year of a place: enough days in the year and in each month, dust taken out of the figures and not of the count."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from models.enums import POLLUTANTS
from supervision.air.year import year_of
from supervision.readings import Readings


def days(year: int = 2025, level: int = 30) -> dict[date, dict[str, Fraction]]:
    first = date(year, 1, 1)
    count = (date(year + 1, 1, 1) - first).days
    return {first + timedelta(days=n): dict.fromkeys(POLLUTANTS, Fraction(level)) for n in range(count)}


def test_a_whole_year_counts_and_a_month_that_is_short_spoils_it() -> None:
    whole = days()
    found = year_of(whole, year=2025, excluded={}, readings=Readings())
    assert found.index is not None
    assert found.missing == ()
    assert found.figures["co"] == 30
    # 27 days of March are enough, 26 are not, however many the year has.
    for n in range(1, 5):
        del whole[date(2025, 3, n)]
    assert year_of(whole, year=2025, excluded={}, readings=Readings()).index is not None
    del whole[date(2025, 3, 5)]
    short = year_of(whole, year=2025, excluded={}, readings=Readings())
    assert short.index is None
    assert short.so_far is not None
    assert short.missing == POLLUTANTS


def test_a_leap_february_wants_25_days_and_the_year_324() -> None:
    leap = days(2024)
    for n in range(1, 5):
        del leap[date(2024, 2, n)]
    assert year_of(leap, year=2024, excluded={}, readings=Readings()).index is not None
    del leap[date(2024, 2, 5)]
    assert year_of(leap, year=2024, excluded={}, readings=Readings()).index is None


def test_dust_leaves_the_figure_and_stays_in_the_count() -> None:
    whole = days()
    dusty = date(2025, 4, 1)
    whole[dusty] = dict.fromkeys(POLLUTANTS, Fraction(3000))
    raw = year_of(whole, year=2025, excluded={}, readings=Readings())
    deducted = year_of(whole, year=2025, excluded={dusty: ["pm10"]}, readings=Readings())
    assert raw.figures["pm10"] == Fraction(364 * 30 + 3000, 365)
    assert deducted.figures["pm10"] == 30
    assert deducted.days["pm10"] == 365
    # A dust day is a bad day all the same.
    assert deducted.good == raw.good


def test_days_of_another_year_are_refused() -> None:
    with pytest.raises(ValueError, match="2024"):
        year_of(days(2025), year=2024, excluded={}, readings=Readings())
