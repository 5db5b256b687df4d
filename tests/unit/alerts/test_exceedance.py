from collections.abc import Sequence
from datetime import timedelta

import pytest

from alerts.dedup import Clear, Open, Raise
from alerts.watch import StationWatch
from models.enums import AlertKind, Severity
from tests.fakes import START
from tests.unit.alerts.streams import RULES, one, run, series

HOUR, SHORT = AlertKind.EXCEEDANCE_HOUR, AlertKind.EXCEEDANCE_SHORT


def opens(
    levels: Sequence[float | None], *, step_s: float = 60, cadence_s: float = 60
) -> list[tuple[AlertKind, int]]:
    """Kind and index of the reading for everything opened, without rises."""
    changes = run(StationWatch(RULES, cadence_s), series(levels, step_s=step_s))
    return [
        (change.alert.kind, round((change.at - START).total_seconds() / step_s))
        for change in changes
        if isinstance(change.decision, Open) and change.alert.kind != AlertKind.SUDDEN_RISE
    ]


def test_an_hour_needs_three_quarters_of_an_hour_of_readings() -> None:
    assert opens([115.0] * 44) == []
    assert opens([115.0] * 45) == [(HOUR, 44)]


def test_the_bound_itself_is_a_finding_and_just_below_is_not() -> None:
    assert opens([114.99] * 120) == []
    assert opens([115.0] * 120) == [(HOUR, 44)]


def test_hourly_readings_stand_for_their_hour() -> None:
    assert opens([40.0, 40.0, 40.0, 130.0], step_s=3600, cadence_s=3600) == [(HOUR, 3)]


def test_hourly_readings_of_a_station_declared_with_the_default_cadence() -> None:
    assert opens([130.0] * 3, step_s=3600, cadence_s=60) == [(HOUR, 2)]


def test_short_mean_needs_three_readings_over_it() -> None:
    assert opens([20.0] * 9 + [900.0] * 2) == []
    assert opens([20.0] * 9 + [900.0] * 3)[:1] == [(SHORT, 11)]
    assert opens([200.0] * 3)[:1] == [(SHORT, 2)]


def test_one_huge_spike_is_no_finding() -> None:
    assert opens([20.0] * 60 + [1000.0] + [20.0] * 60) == []


def test_five_minute_cadence_has_a_short_mean_and_ten_minute_cadence_has_none() -> None:
    assert (SHORT, 2) in opens([200.0] * 3, step_s=300, cadence_s=300)
    assert [kind for kind, _ in opens([200.0] * 12, step_s=600, cadence_s=600)] == [HOUR]


def test_started_at_is_the_first_reading_over_the_threshold() -> None:
    changes = run(StationWatch(RULES, 60), series([20.0] * 30 + [300.0] * 10))
    short = next(change for change in changes if change.alert.kind == SHORT)
    assert short.alert.started_at == START + timedelta(minutes=30)
    assert short.alert.detected_at == short.at > short.alert.started_at


def test_why_says_everything() -> None:
    changes = run(StationWatch(RULES, 60), series([120.0] * 45))
    why = changes[0].alert.why
    assert {key: why[key] for key in why if key != "inputs"} == {
        "rule": "exceedance_hour",
        "rule_version": 1,
        "level": 120.0,
        "threshold": 115.0,
        "notice": 115.0,
        "window_s": 3600.0,
        "samples": 45,
        "cadence_s": 60.0,
    }
    assert why["inputs"]["values"] == [120.0] * 45
    assert why["inputs"]["before_s"][-1] == 0


def test_severity_rises_step_by_step_and_never_falls() -> None:
    hourly = [40.0, 120.0, 160.0, 120.0, 300.0, 300.0]
    changes = run(StationWatch(RULES, 3600), series(hourly, step_s=3600))
    told = [
        (type(change.decision).__name__, change.alert.severity.value)
        for change in changes
        if change.alert.kind == HOUR and isinstance(change.decision, Open | Raise)
    ]
    assert [name for name, _ in told] == ["Open", "Raise", "Raise"]
    final = next(change.alert for change in changes if change.alert.kind == HOUR)
    assert final.severity == Severity.CRITICAL
    assert final.peak == 300.0


def test_flapping_around_the_threshold_is_one_alert() -> None:
    hourly = [120.0, 110.0, 120.0, 95.0, 116.0, 100.0]
    changes = run(StationWatch(RULES, 3600), series(hourly, step_s=3600))
    assert [type(change.decision) for change in changes if change.alert.kind == HOUR] == [Open]


def test_hourly_clears_at_the_first_reading_under_the_clear_limit() -> None:
    changes = run(StationWatch(RULES, 3600), series([120.0, 92.0, 91.9], step_s=3600))
    cleared = [change.at for change in changes if isinstance(change.decision, Clear)]
    assert cleared == [START + timedelta(hours=2)]


def test_minutes_clear_ten_minutes_after_the_mean_went_under() -> None:
    levels = [200.0] * 20 + [0.0] * 60
    changes = run(StationWatch(RULES, 60), series(levels))
    (cleared,) = [
        change.at for change in changes if isinstance(change.decision, Clear) and change.alert.kind == SHORT
    ]
    # The mean of ten is under 120 from the fifth zero on (reading 24): ten readings later it has stayed there.
    assert cleared == START + timedelta(minutes=33)


def test_a_short_dip_does_not_clear() -> None:
    levels = [200.0] * 20 + [0.0] * 8 + [250.0] * 20
    changes = run(StationWatch(RULES, 60), series(levels))
    assert not any(isinstance(change.decision, Clear) and change.alert.kind == SHORT for change in changes)


def test_one_clean_reading_after_a_gap_clears_nothing() -> None:
    watch = StationWatch(RULES, 60)
    run(watch, series([200.0] * 60))
    later = START + timedelta(minutes=60 + 90)
    assert not [c for c in run(watch, [(later, one("pm25", 5.0))]) if isinstance(c.decision, Clear)]


@pytest.mark.parametrize("value", [None, -1.0, 5000.0])
def test_a_dead_channel_ends_its_alerts_after_three_hours(value: float | None) -> None:
    watch = StationWatch(RULES, 60)
    run(watch, series([200.0] * 60))
    assert watch.open_alerts()
    last = START + timedelta(minutes=59)
    assert run(watch, [(last + timedelta(hours=3), one("pm25", value))]) == []
    changes = run(watch, [(last + timedelta(hours=3, seconds=1), one("pm25", value))])
    assert {type(change.decision) for change in changes} == {Clear}
    assert watch.open_alerts() == []


def test_after_a_long_silence_the_same_level_is_a_new_alert() -> None:
    watch = StationWatch(RULES, 3600)
    run(watch, series([130.0], step_s=3600))
    changes = run(watch, series([130.0], start=START + timedelta(hours=10)))
    assert [type(change.decision) for change in changes] == [Clear, Open]


def test_all_equal_values_under_every_limit_are_nothing() -> None:
    assert opens([50.0] * 500) == []
