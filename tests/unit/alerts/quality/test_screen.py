"""The tests on a stream: what is flagged when, and what is taken back."""

import math

import pytest

from alerts.quality import Check, Level, Screen, Timing, parse_quality
from models.enums import POLLUTANTS
from tests.unit.alerts.quality.streams import ORDINARY, Arrival, Station, body, one, wiggled

CADENCES = (60.0, 150.0, 3600.0)


def test_ordinary_readings_pass_as_they_came() -> None:
    station = Station().warm()
    values = wiggled(3)
    screened = station.take(values)
    assert screened.usable is values
    assert screened.flags == ()
    assert screened.revoked == ()
    assert screened.timing is Timing.FRESH


@pytest.mark.parametrize("cadence", CADENCES)
def test_the_first_reading_is_not_evaluated_and_usable(cadence: float) -> None:
    station = Station(cadence)
    screened = station.take(ORDINARY)
    assert {(flag.level, flag.test) for flag in screened.flags} == {(Level.NOT_EVALUATED, Check.WARM_UP)}
    assert len(screened.flags) == len(POLLUTANTS)
    assert screened.usable == ORDINARY


def test_a_start_is_not_evaluated_for_ten_minutes_of_minutes_and_one_hour_of_hours() -> None:
    minutes, hours = Station(60), Station(3600)
    for n in range(20):
        minutes.take(wiggled(n))
        hours.take(wiggled(n))
    assert len(minutes.found(Check.WARM_UP)) == 9 * 6
    assert len(hours.found(Check.WARM_UP)) == 6


@pytest.mark.parametrize("cadence", CADENCES)
def test_a_spike_is_flagged_and_revoked_when_the_next_value_comes(cadence: float) -> None:
    station = Station(cadence).warm()
    first = station.take(one("pm10", 900.0))
    assert first.usable[1] == 900.0
    assert all(flag.test is not Check.SPIKE for flag in first.flags)
    spiked_at = station.at
    second = station.take(wiggled(2))
    assert station.found(Check.SPIKE) == [(spiked_at, "pm10", Level.FAIL)]
    assert second.revoked == ((spiked_at, "pm10"),)
    assert second.usable == wiggled(2)
    assert station.take(wiggled(3)).flags == ()


def test_the_value_after_a_spike_is_not_compared_with_it() -> None:
    station = Station().warm()
    station.take(one("pm10", 1900.0))
    station.flags.clear()
    station.take(ORDINARY)
    assert station.found(Check.RATE_OF_CHANGE) == []


@pytest.mark.parametrize("levels", [(300.0, 310.0), (300.0, 110.0), (150.0, 300.0, 200.0)])
def test_a_rise_that_stays_is_no_spike(levels: tuple[float, ...]) -> None:
    station = Station().warm()
    for level in (*levels, 90.0, 61.0):
        station.take(one("pm10", level))
    assert station.found(Check.SPIKE) == []


def test_spikes_two_apart_are_both_found() -> None:
    station = Station().warm()
    instants = []
    for _ in range(3):
        station.take(one("pm25", 400.0))
        instants.append(station.at)
        station.take(ORDINARY)
    assert [at for at, _, _ in station.found(Check.SPIKE)] == instants


def test_the_return_from_a_dip_is_no_spike() -> None:
    station = Station().warm()
    for level in (200.0, 200.0, 12.0, 200.0, 12.0):
        station.take(one("pm10", level))
    assert station.found(Check.SPIKE) == []


@pytest.mark.parametrize("gap", ["before", "after"])
def test_no_spike_next_to_a_gap(gap: str) -> None:
    station = Station().warm()
    station.take(one("pm10", 900.0), after=200 if gap == "before" else None)
    station.take(ORDINARY, after=200 if gap == "after" else None)
    station.take(wiggled(1))
    assert station.found(Check.SPIKE) == []


def test_no_spike_at_the_very_start() -> None:
    station = Station()
    station.take(one("pm10", 900.0))
    station.take(ORDINARY)
    station.take(wiggled(1))
    assert station.found(Check.SPIKE) == []


def test_no_spike_beside_a_missing_value() -> None:
    station = Station().warm()
    station.take(one("pm10", None))
    station.take(one("pm10", 900.0))
    station.take(ORDINARY)
    assert station.found(Check.SPIKE) == []


def test_a_spike_off_the_range_fails_at_once_and_is_nobodys_neighbour() -> None:
    station = Station().warm()
    screened = station.take(one("pm10", 30000.0))
    assert screened.usable[1] is None
    assert [(flag.pollutant, flag.level, flag.test) for flag in screened.flags] == [
        ("pm10", Level.FAIL, Check.RANGE)
    ]
    assert station.take(ORDINARY).flags == ()


@pytest.mark.parametrize("bad", [math.inf, -math.inf, -3.0, 1e308, -1e308])
def test_what_no_instrument_can_measure_fails(bad: float) -> None:
    station = Station().warm()
    screened = station.take(one("no2", bad))
    assert screened.usable[3] is None
    assert [flag.level for flag in screened.flags] == [Level.FAIL]


def test_high_but_possible_values_are_suspect_and_used() -> None:
    station = Station().warm(values=one("pm10", 900.0))
    screened = station.take(one("pm10", 1100.0))
    assert screened.usable[1] == 1100.0
    assert [(flag.level, flag.test) for flag in screened.flags] == [(Level.SUSPECT, Check.RANGE)]


def test_the_season_changes_in_the_middle_of_a_stream() -> None:
    """900 of PM10 is usual in a November night, and suspect once October's or summer's span holds."""
    june_first = 1780243200.0  # 2026-06-01 00:00 in Beijing
    station = Station(start=june_first - 40 * 60).warm(30, values=one("pm10", 900.0))
    flagged = {}
    for n in range(20):
        flagged[station.at + 60 >= june_first] = bool(station.take(wiggled(n, one("pm10", 900.0))).flags)
    assert flagged == {False: False, True: True}


@pytest.mark.parametrize("absent", [None, math.nan])
def test_missing_is_what_used_to_come(absent: float | None) -> None:
    station = Station().warm()
    for _ in range(3):
        screened = station.take(one("o3", absent))
        assert [(flag.pollutant, flag.level, flag.test) for flag in screened.flags] == [
            ("o3", Level.MISSING, Check.MISSING)
        ]
        assert screened.usable[5] is None


def test_a_station_misses_nothing_it_never_had() -> None:
    station = Station().warm(values=(30.0, 60.0, None, None, None, None))
    screened = station.take((31.0, 61.0, None, None, None, math.nan))
    assert screened.flags == ()
    assert screened.usable == (31.0, 61.0, None, None, None, None)


def test_a_sensor_taken_out_is_forgotten_after_a_week() -> None:
    station = Station(3600).warm()
    hours = 0
    while station.take(wiggled(hours, one("o3", None))).flags:
        hours += 1
    assert hours == 7 * 24


def test_a_fast_step_is_suspect_and_used() -> None:
    station = Station().warm()
    screened = station.take(one("so2", 500.0))
    assert [(flag.pollutant, flag.level, flag.test) for flag in screened.flags] == [
        ("so2", Level.SUSPECT, Check.RATE_OF_CHANGE)
    ]
    assert screened.usable[2] == 500.0
    station.flags.clear()
    station.take(ORDINARY, after=1000)  # no step over a gap
    assert station.found(Check.RATE_OF_CHANGE) == []


def test_a_stuck_value_is_suspect_after_an_hour_and_fails_after_three() -> None:
    station = Station().warm()
    begun = station.at + 60
    for n in range(200):
        values = tuple(30.0 if i == 0 else value for i, value in enumerate(wiggled(n)))
        station.take(values)
    flat = station.found(Check.FLAT_LINE)
    assert {pollutant for _, pollutant, _ in flat} == {"pm25"}
    assert flat[0] == (begun + 3600, "pm25", Level.SUSPECT)
    assert next(at for at, _, level in flat if level is Level.FAIL) == begun + 10800
    assert station.last.usable[0] is None
    assert station.take(wiggled(3)).flags == ()


def test_hourly_values_are_stuck_after_three_hours() -> None:
    station = Station(3600).warm()
    levels = [
        len(station.take((*wiggled(n, one("pm10", None))[:1], 77.0, *wiggled(n)[2:])).flags) for n in range(5)
    ]
    assert levels == [0, 0, 0, 1, 1]


def test_near_the_detection_limit_a_value_may_stay() -> None:
    station = Station()
    for n in range(300):
        station.take((*wiggled(n, one("so2", None))[:2], 2.0, *wiggled(n)[3:]))
    assert station.found(Check.FLAT_LINE) == []


def test_a_run_is_seen_also_when_it_began_at_an_exempt_level() -> None:
    station = Station()
    for level in (9.5,) * 100 + (10.5,) * 70:
        station.take((None, None, level, None, None, None))
    assert len(station.found(Check.FLAT_LINE)) == 10


def test_a_gap_ends_a_run() -> None:
    station = Station().warm()
    for n in range(50):
        station.take((30.0, *wiggled(n)[1:]))
    for n in range(50):
        station.take((30.0, *wiggled(n)[1:]), after=300 if n == 0 else None)
    assert station.found(Check.FLAT_LINE) == []


def test_more_fine_particles_than_particles() -> None:
    station = Station().warm()
    screened = station.take((75.0, 60.0, *ORDINARY[2:]))
    assert [(flag.pollutant, flag.level, flag.test) for flag in screened.flags] == [
        ("pm25", Level.SUSPECT, Check.CROSS_PARAMETER),
        ("pm10", Level.SUSPECT, Check.CROSS_PARAMETER),
    ]
    assert screened.usable[:2] == (75.0, 60.0)
    assert station.take((130.0, 60.0, *ORDINARY[2:])).usable[:2] == (None, None)


class TestHumidity:
    GROWN = (80.0, 160.0, *ORDINARY[2:])

    def damp(self, station: Station, humid: tuple[float, ...]) -> int:
        for n in range(40):
            station.take(wiggled(n, self.GROWN), humidity=humid[n % len(humid)])
        return len({at for at, _, _ in station.found(Check.HUMIDITY)})

    def test_growth_in_damp_air_is_suspect_and_used(self) -> None:
        station = Station(150).warm(humidity=80.0)
        assert self.damp(station, (95.0, 96.0)) == 40
        assert station.last.usable == wiggled(39, self.GROWN)

    def test_growth_in_dry_air_is_not(self) -> None:
        assert self.damp(Station(150).warm(humidity=80.0), (85.0, 86.0)) == 0

    def test_damp_air_without_growth_is_not(self) -> None:
        station = Station(150).warm(humidity=80.0)
        for n in range(40):
            station.take(wiggled(n), humidity=95.0 + n % 2)
        assert station.flags == []

    def test_a_stuck_sensor_proves_nothing(self) -> None:
        station = Station(150).warm(humidity=80.0)
        for n in range(80):
            station.take(wiggled(n), humidity=99.9)
        assert self.damp(station, (99.9,)) == 0

    def test_a_humidity_counts_as_unchanged_only_as_far_as_it_was_seen(self) -> None:
        station = Station(150).warm(humidity=80.0)
        for n in range(60):
            station.take(wiggled(n), humidity=95.0)
        station.take(wiggled(1), after=600, humidity=95.0)
        assert self.damp(station, (95.0,)) == 40

    def test_a_sensor_that_is_never_dry_proves_nothing(self) -> None:
        station = Station(150).warm(humidity=99.0)
        assert self.damp(station, (99.9, 99.8)) == 0
        station = Station(150).warm(humidity=80.0)
        for n in range(600):
            station.take(wiggled(n), humidity=99.0 + n % 2 / 10)
        assert self.damp(station, (99.9, 99.8)) == 0

    @pytest.mark.parametrize("absent", [None, math.nan])
    def test_no_humidity_no_verdict(self, absent: float | None) -> None:
        station = Station(150).warm(humidity=80.0)
        for n in range(40):
            station.take(wiggled(n, self.GROWN), humidity=absent)
        assert station.found(Check.HUMIDITY) == []


def test_warm_up_after_a_silence() -> None:
    station = Station().warm()
    assert station.take(wiggled(1), after=3599).flags == ()
    screened = station.take(wiggled(2), after=3600)
    assert {(flag.level, flag.test) for flag in screened.flags} == {(Level.SUSPECT, Check.WARM_UP)}
    assert screened.usable == (None,) * 6
    station.flags.clear()
    for n in range(20):
        station.take(wiggled(n))
    assert len(station.found(Check.WARM_UP)) == 8 * 6
    assert station.last.usable == wiggled(19)


def test_an_hour_lost_needs_no_warm_up() -> None:
    station = Station(3600).warm()
    assert station.take(wiggled(1), after=7200).flags == ()
    assert station.take(wiggled(2), after=30 * 3600).flags == ()


def test_flags_carry_the_version_of_their_rules() -> None:
    station = Station(rules=parse_quality(body(), 7))
    station.warm()
    assert station.screen.rules.version == 7
    assert [flag.version for flag in station.take(one("co", -1.0)).flags] == [7]


def test_what_is_withheld_is_a_rule() -> None:
    strict = parse_quality(body(withhold={**body()["withhold"], "rate_of_change": 3}), 2)
    station = Station(rules=strict).warm()
    assert station.take(one("so2", 500.0)).usable[2] is None


@pytest.mark.parametrize("cadence", [0, -60, math.nan, math.inf])
def test_a_cadence_is_a_positive_number(cadence: float) -> None:
    with pytest.raises(ValueError, match="cadence"):
        Screen(Station().screen.rules, cadence)


def test_doubled_and_older_instants_are_judged_by_themselves() -> None:
    station = Station().warm()
    before = station.screen.dump()
    again = Arrival(station.at + 3, station.at, (30.0, -5.0, *ORDINARY[2:]))
    screened = station.give(again)
    assert screened.timing is Timing.LATE
    assert screened.usable[1] is None
    older = station.give(Arrival(station.at + 3, station.at - 90, one("pm25", 900.0)))
    assert older.usable[0] is None  # contradicts its PM10
    assert older.timing is Timing.LATE
    assert station.screen.dump() == before


def test_other_values_for_a_known_instant_are_judged_by_themselves() -> None:
    station = Station().warm()
    before = station.screen.dump()
    corrected = station.screen.reconsider(station.at, (900.0, 30.0, -1.0, math.nan, None, 60.0))
    assert {(flag.pollutant, flag.level, flag.test) for flag in corrected.flags} == {
        ("pm25", Level.FAIL, Check.CROSS_PARAMETER),
        ("pm10", Level.FAIL, Check.CROSS_PARAMETER),
        ("so2", Level.FAIL, Check.RANGE),
    }
    assert {flag.observed_at for flag in corrected.flags} == {station.at}
    assert station.screen.reconsider(station.at, ORDINARY).flags == ()
    assert station.screen.dump() == before
