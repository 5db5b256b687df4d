from datetime import timedelta

import pytest

from alerts.dedup import Clear, Open, Raise
from alerts.watch import Change, StationWatch
from models.enums import AlertKind, Severity
from tests.fakes import START
from tests.unit.alerts.streams import RULES, one, run, series

RISE = AlertKind.SUDDEN_RISE


def rises(changes: list[Change]) -> list[Change]:
    return [change for change in changes if change.alert.kind == RISE]


def minutes(*levels: float | None) -> list[Change]:
    return rises(run(StationWatch(RULES, 60), series(levels)))


def hours(*levels: float | None, cadence_s: float = 3600) -> list[Change]:
    return rises(run(StationWatch(RULES, cadence_s), series(levels, step_s=3600)))


def test_a_doubling_within_minutes_is_found_and_explained() -> None:
    (change, *_) = minutes(*[30.0] * 70, *[100.0] * 10)
    assert isinstance(change.decision, Open)
    alert = change.alert
    # Five of ten readings at 100 have a mean of 65: a step of 35, the least for PM2.5.
    assert change.at == START + timedelta(minutes=74)
    assert alert.started_at == START + timedelta(minutes=70)
    assert alert.why["baseline"] == 30.0
    assert alert.why["level"] == alert.why["threshold"] == change.decision.finding.value == 65.0
    assert alert.why["step"] == 35.0
    assert alert.why["window_s"] == 600
    assert alert.why["baseline_samples"] == 60


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (20.0, 59.0, "under the level"),
        (45.0, 89.0, "no doubling"),
        (30.0, 64.0, "step too small"),
    ],
)
def test_each_condition_alone_is_not_enough(before: float, after: float, why: str) -> None:
    assert minutes(*[before] * 70, *[after] * 30) == [], why


def test_a_rise_from_nothing_has_no_ratio_and_is_found() -> None:
    (change, *_) = minutes(*[0.0] * 70, *[80.0] * 10)
    assert change.alert.why["ratio"] is None


def test_series_start_has_no_baseline() -> None:
    assert minutes(*[100.0] * 30) == []
    assert minutes(*[20.0] * 20, *[100.0] * 15) == []


def test_a_single_spike_and_two_are_no_rise() -> None:
    assert minutes(*[20.0] * 70, 900.0, *[20.0] * 20) == []
    assert minutes(*[20.0] * 70, 900.0, 20.0, 900.0, *[20.0] * 20) == []


def test_a_gap_in_the_compared_windows_is_no_rise() -> None:
    items = series([20.0] * 70)
    late = series([100.0] * 8, start=START + timedelta(minutes=69 + 4))
    assert rises(run(StationWatch(RULES, 60), items + late)) == []
    joined = series([100.0] * 8, start=START + timedelta(minutes=69 + 3))
    assert rises(run(StationWatch(RULES, 60), items + joined)) != []


def test_nulls_and_negatives_inside_do_not_hide_a_rise() -> None:
    before: list[float | None] = [20.0, None, 20.0, -5.0, 20.0] * 14
    assert minutes(*before, *[100.0] * 10) != []


def test_hourly_compares_the_single_value_with_three_hours() -> None:
    (change, *_) = hours(30.0, 32.0, 28.0, 90.0)
    assert change.at == START + timedelta(hours=3)
    assert change.alert.why["baseline"] == 30.0
    assert hours(30.0, 32.0, 28.0, 59.0) == []


def test_hourly_of_a_station_declared_with_the_default_cadence() -> None:
    assert [type(change.decision) for change in hours(30.0, 30.0, 30.0, 90.0, cadence_s=60)] == [Open]


def test_hourly_needs_two_values_before_and_no_long_gap() -> None:
    assert hours(30.0, 90.0) == []
    assert hours(30.0, 30.0, None, 90.0) != []
    assert hours(30.0, 30.0, None, None, None, None, 90.0) == []


def test_after_a_change_of_cadence_it_goes_on() -> None:
    watch = StationWatch(RULES, 60)
    run(watch, series([30.0] * 240))
    hourly = series([30.0] * 9 + [90.0], step_s=3600, start=START + timedelta(hours=5))
    assert len(rises(run(watch, hourly))) == 1


def test_clears_when_half_of_the_step_is_gone_for_ten_minutes() -> None:
    changes = minutes(*[20.0] * 70, *[100.0] * 20, *[20.0] * 40)
    decisions = [type(change.decision) for change in changes]
    assert decisions[0] is Open
    assert decisions[-1] is Clear
    assert timedelta(minutes=100) < changes[-1].at - START < timedelta(minutes=115)


def test_clears_after_three_hours_at_the_latest_and_does_not_come_back() -> None:
    changes = minutes(*[20.0] * 70, *[100.0] * 300)
    assert [type(change.decision) for change in changes] == [Open, Clear]
    assert changes[1].at - changes[0].at == timedelta(hours=3)


def test_severity_rises_with_the_step_over_the_first_baseline() -> None:
    changes = minutes(*[20.0] * 70, *[100.0] * 70, *[260.0] * 15)
    raised = [change.decision.severity for change in changes if isinstance(change.decision, Raise)]
    assert raised == [Severity.SERIOUS, Severity.CRITICAL]


def test_all_equal_values_are_no_rise() -> None:
    assert minutes(*[200.0] * 300) == []


def test_pollutants_are_judged_each_for_itself() -> None:
    watch = StationWatch(RULES, 60)
    items = [(START + timedelta(minutes=n), one("so2", 10.0, co=0.5)) for n in range(70)]
    items += [(START + timedelta(minutes=70 + n), one("so2", 300.0, co=0.5)) for n in range(12)]
    assert {change.alert.pollutant for change in rises(run(watch, items))} == {"so2"}
