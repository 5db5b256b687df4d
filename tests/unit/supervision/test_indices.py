"""Hours and days of a place: the rules of the date, units by their stations, SO2's running mean, ozone's hour."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from models.enums import POLLUTANTS
from supervision.air.indices import daily_index, hourly_indices, hours_in, mean_hours
from supervision.readings import Readings

OLD, NEW = date(2026, 2, 28), date(2026, 3, 1)
DAY = {
    "so2": Fraction(7), "no2": Fraction(35), "pm10": Fraction(130), "pm25": Fraction(70), "co": Fraction(13, 10),
    "o3": Fraction(54),
}  # fmt: skip


def test_the_same_air_has_another_grade_a_day_later() -> None:
    before, after = (daily_index(day, DAY, []) for day in (OLD, NEW))
    assert (before.value, before.primary) == (94, ("pm25",))
    assert (after.value, after.primary) == (110, ("pm25",))


def test_the_hour_of_ozone_counts_under_the_old_rules_alone() -> None:
    hours = [{"o3": Fraction(300)}]
    assert daily_index(OLD, DAY, hours).value == 150
    assert daily_index(NEW, DAY, hours).value == 110


def test_a_running_mean_of_two_days_stands_in_for_sulphur_over_800() -> None:
    before = [{"so2": Fraction(100)} for _ in range(24)]
    hours = [{"so2": Fraction(100)} for _ in range(23)] + [{"so2": Fraction(2500)}]
    # (23 · 100 + 2500) / 24 = 200.
    assert hourly_indices(OLD, hours, before)[-1].aqi.value == 108
    assert hourly_indices(NEW, hours, before)[-1].aqi.value == 200
    alone = hourly_indices(OLD, [{}] * 23 + [{"so2": Fraction(2500)}], [{}] * 24)
    assert [(one.hour, one.aqi.value) for one in alone] == [(24, None)]


def test_a_unit_has_an_hour_where_three_in_four_of_its_stations_do() -> None:
    stations = [[{"pm25": Fraction(n)}] + [{}] * 23 for n in (10, 20, 30)] + [[{}] * 24]
    assert mean_hours(stations, Readings())[0] == {"pm25": 20}
    assert mean_hours([*stations, [{}] * 24], Readings())[0] == {}


def test_a_stored_table_is_read_exactly() -> None:
    table = np.full((len(POLLUTANTS), 24), -1, dtype=np.int64)
    table[0, 5] = 12_345
    hours = hours_in(table)
    assert hours[5] == {"pm25": Fraction(12_345, 1000)}
    assert sum(bool(hour) for hour in hours) == 1
    assert hours_in(None) == [{}] * 24


def test_before_the_first_rules_nothing_is_judged() -> None:
    with pytest.raises(LookupError):
        hourly_indices(date(2015, 12, 31), [{"pm25": Fraction(1)}] + [{}] * 23, [{}] * 24)
