import statistics
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.window import Series, window_length


def filled(times: list[float], values: list[float] | None = None) -> Series:
    series = Series()
    for n, at in enumerate(times):
        series.put(at, float(n) if values is None else values[n])
    return series


@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1000)), max_size=200))
def test_any_order_of_arrival_gives_the_same_window_and_the_first_of_a_double_stays(
    items: list[tuple[int, float]],
) -> None:
    series, expected = Series(), dict[int, float]()
    for at, value in items:
        assert series.put(at, value) == (at not in expected)
        expected.setdefault(at, value)
    assert list(zip(series.times, series.values, strict=True)) == sorted(expected.items())


def test_replace_changes_inserts_and_removes() -> None:
    series = filled([10, 20, 30])
    series.replace(20, 7.0)
    series.replace(25, 8.0)
    series.replace(10, None)
    series.replace(11, None)
    assert list(zip(series.times, series.values, strict=True)) == [(20, 7.0), (25, 8.0), (30, 2.0)]


def test_trim_forgets_up_to_and_including_the_horizon() -> None:
    series = filled([10, 20, 30])
    series.trim(20)
    assert list(series.times) == [30]
    series.trim(100)
    assert list(series.times) == []
    series.trim(100)


@given(st.lists(st.floats(0, 3000), min_size=1, max_size=60))
def test_mean_and_median_are_exact(values: list[float]) -> None:
    series = filled([float(n) for n in range(len(values))], values)
    assert series.mean(0, len(values)) == fsum(values) / len(values)
    assert series.median(0, len(values)) == pytest.approx(statistics.median(values))


def test_a_week_of_minutes_leaves_no_drift() -> None:
    series = Series()
    for minute in range(7 * 1440):
        series.put(minute * 60.0, 0.1 + 900 * (minute % 997 == 0))
        if minute % 128 == 0:
            series.trim(minute * 60.0 - 4 * 3600)
    fresh = filled(list(series.times[-60:]), list(series.values[-60:]))
    assert series.mean(len(series.times) - 60, len(series.times)) == fresh.mean(0, 60)


class TestCadence:
    def test_as_declared_while_readings_are_too_few(self) -> None:
        assert filled([]).cadence(60) == 60
        assert filled([0, 3600]).cadence(60) == 60

    def test_follows_the_readings_and_not_the_registry(self) -> None:
        assert filled([0, 3600, 7200]).cadence(60) == 3600
        assert filled([n * 150.0 for n in range(20)]).cadence(60) == 150

    def test_three_lost_readings_do_not_change_it(self) -> None:
        times = [n * 60.0 for n in range(40) if n not in (33, 35, 37)]
        assert filled(times).cadence(3600) == 60

    def test_a_change_of_cadence_is_taken_up_within_eight_readings(self) -> None:
        times = [n * 60.0 for n in range(60)] + [3540 + 300.0 * n for n in range(1, 9)]
        assert filled(times).cadence(60) == 300

    def test_what_is_older_than_the_window_does_not_count(self) -> None:
        assert filled([0, 60, 120, 180, 50_000]).cadence(77) == 77


def test_window_length_grows_with_coarse_cadences_only() -> None:
    assert window_length(60) == 4 * 3600
    assert window_length(3600) == 8 * 3600


def test_widest_gap() -> None:
    series = filled([0, 60, 300, 360])
    assert series.widest_gap(0, 4) == 240
    assert series.widest_gap(2, 4) == 60
    assert series.widest_gap(3, 4) == 0
