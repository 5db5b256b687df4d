"""What the station's clock is worth beside the instant of arrival."""

import math

import pytest

from alerts.quality import Check, Level, Timing
from tests.unit.alerts.quality.streams import ORDINARY, Arrival, Station, wiggled

CADENCES = (60.0, 150.0, 3600.0)


@pytest.mark.parametrize("cadence", CADENCES)
def test_a_constant_delay_is_a_shifted_clock(cadence: float) -> None:
    station = Station(cadence).warm()
    true = station.at
    shift = 6 * 3600.0
    results = []
    for n in range(8):
        true += cadence
        results.append(station.give(Arrival(true + 2, true - shift, wiggled(n))))
    assert [result.timing for result in results] == [Timing.LATE] * 3 + [Timing.SHIFTED] * 5
    assert [result.usable for result in results[3:]] == [(None,) * 6] * 5
    first = true - 7 * cadence - shift
    assert {at for at, _ in results[3].revoked} == {first, first + cadence, first + 2 * cadence}
    assert len(station.found(Check.CLOCK)) == 8 * 6
    assert {level for _, _, level in station.found(Check.CLOCK)} == {Level.SUSPECT}


def test_the_end_of_a_shift_is_neither_a_gap_nor_a_warm_up() -> None:
    station = Station(60).warm()
    true = station.at
    for n in range(400):  # long enough to claim instants that were never reported
        true += 60
        station.give(Arrival(true + 2, true - 10800, wiggled(n)))
    station.flags.clear()
    station.at = true
    back = station.take(wiggled(1))
    assert back.timing is Timing.FRESH
    assert back.usable == wiggled(1)
    assert station.flags == []


def test_a_backfill_delivered_together_is_late_and_nothing_else() -> None:
    station = Station(60).warm()
    delivered = station.at + 4 * 3600
    results = []
    for n in range(200):
        station.at += 60
        results.append(station.give(Arrival(delivered + n * 0.01, station.at, wiggled(n))))
    assert {result.timing for result in results} == {Timing.LATE}
    assert all(result.usable == wiggled(n) for n, result in enumerate(results))
    assert station.flags == []


def test_readings_taken_close_together_and_delivered_together_are_no_shift() -> None:
    station = Station(60).warm()
    delivered = station.at + 4 * 3600
    for n in range(40):
        station.at += 20
        assert station.give(Arrival(delivered, station.at, wiggled(n))).timing is Timing.LATE


def test_a_backfill_is_judged_as_if_it_had_come_in_time() -> None:
    late, fresh = Station(60).warm(), Station(60).warm()
    delivered = late.at + 4 * 3600
    for n in range(30):
        values = wiggled(n) if n != 12 else (900.0, 1500.0, *ORDINARY[2:])
        fresh.take(values)
        late.at += 60
        late.give(Arrival(delivered, late.at, values))
    assert late.flags == fresh.flags
    assert late.found(Check.SPIKE)


def test_readings_sent_again_at_their_own_pace_are_no_shift() -> None:
    station = Station(60).warm()
    sent = []
    timings = set()
    for n in range(200):
        station.take(wiggled(n))
        assert station.last.timing is Timing.FRESH
        sent.append((station.at, wiggled(n)))
        if n >= 60:
            at, values = sent[n - 60]
            timings.add(station.give(Arrival(station.at + 30, at, values)).timing)
    assert timings == {Timing.LATE}
    assert station.flags == []


def test_slow_transport_within_the_limit_is_fresh() -> None:
    station = Station(60).warm()
    assert station.take(wiggled(0), lag=900).timing is Timing.FRESH
    assert station.take(wiggled(1), lag=901).timing is Timing.LATE
    assert Station(3600).warm().take(wiggled(0), lag=9000).timing is Timing.FRESH


@pytest.mark.parametrize("ahead", [601, 86400, 1e300, math.inf, math.nan])
def test_an_instant_ahead_fails_and_leaves_no_trace(ahead: float) -> None:
    station = Station(60).warm()
    before = station.screen.dump()
    screened = station.give(Arrival(station.at, station.at + ahead, ORDINARY))
    assert screened.timing is Timing.AHEAD
    assert screened.usable == (None,) * 6
    assert {(flag.level, flag.test) for flag in screened.flags} == {(Level.FAIL, Check.CLOCK)}
    assert station.screen.dump() == before


def test_ten_minutes_ahead_are_allowed_and_the_next_true_ones_come_out_of_order() -> None:
    station = Station(60).warm()
    true = station.at
    assert station.give(Arrival(true + 60, true + 660, wiggled(1))).timing is Timing.FRESH
    for n in range(2, 9):
        screened = station.give(Arrival(true + 60 * n, true + 60 * n, wiggled(n)))
        assert screened.timing is Timing.LATE
        assert screened.usable == wiggled(n)
    assert station.take(wiggled(1), after=900).timing is Timing.FRESH


def test_a_clock_that_jumps_about_is_late_but_not_shifted() -> None:
    station = Station(60).warm()
    true = station.at
    for n in range(40):
        true += 60
        screened = station.give(Arrival(true, true - (5000 if n % 2 else 9000), wiggled(n)))
        assert screened.timing is Timing.LATE
    assert station.found(Check.CLOCK) == []


def test_a_doubled_reading_does_not_end_a_shift_nor_lengthen_its_row() -> None:
    station = Station(60).warm()
    true = station.at
    timings = []
    for n in range(6):
        true += 60
        arrival = Arrival(true, true - 10800, wiggled(n))
        timings.append(station.give(arrival).timing)
        assert station.give(arrival).timing is timings[-1]
    assert timings == [Timing.LATE] * 3 + [Timing.SHIFTED] * 3


def test_a_second_shift_is_found_after_the_first() -> None:
    station = Station(60).warm()
    true = station.at
    for n in range(6):
        true += 60
        station.give(Arrival(true, true - 10800, wiggled(n)))
    timings = []
    for n in range(6):
        true += 60
        timings.append(station.give(Arrival(true, true - 20000, wiggled(n))).timing)
    assert timings == [Timing.LATE] * 3 + [Timing.SHIFTED] * 3
