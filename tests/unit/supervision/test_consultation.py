"""The consultation's rules: peaks, the direction with its reasons, stations to watch, stretches of days."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.consultation.direction import Direction, WindSaid, peak_hours, spans, suggest
from supervision.consultation.standing import change, stretch, week_before
from supervision.consultation.watch import MOST, StationSeen, watched
from supervision.targets.standing import Outlook


def test_peaks_stand_out_of_a_measured_day() -> None:
    day: list[float | None] = [40.0] * 24
    assert peak_hours(day) == ()
    day[19] = day[20] = 200.0
    assert peak_hours(day) == (19, 20)
    assert peak_hours([None] * 13 + [100.0] * 10 + [900.0]) == ()
    assert spans((19, 20, 8)) == "8—9时、19—21时"
    assert peak_hours([0.0] * 24) == ()


@given(st.lists(st.none() | st.floats(0, 1e4), min_size=24, max_size=24))
def test_peaks_are_hours_above_the_mean(hours: list[float | None]) -> None:
    found = peak_hours(hours)
    assert set(found) <= set(range(24))
    assert len(found) < 24


def test_the_direction_follows_pollutant_peak_and_wind_and_says_why() -> None:
    assert suggest((), {}).reasons == ("昨日无首要污染物",)
    unknown = suggest(None, {})
    assert unknown.reasons == ("昨日无有效监测数据",)
    assert "空气质量优" not in unknown.measures[0]
    smoke = suggest(("pm25",), {"pm25": (22, 23)}, WindSaid("calm", 0.6))
    assert any("燃烧源" in one for one in smoke.measures)
    assert any("夜间" in one for one in smoke.measures)
    assert any("错峰生产" in one for one in smoke.measures)
    assert smoke.reasons == ("昨日首要污染物为PM2.5", "PM2.5峰值出现在22—24时", "平均风速0.6米/秒，静稳")
    dust = suggest(("pm10",), {"pm10": (12,)}, WindSaid("steady", 6.2, 315.0))
    assert any("停止土方作业" in one for one in dust.measures)
    assert any("西北侧上风向" in one for one in dust.measures)
    assert suggest(("o3", "no2"), {}).reasons == ("昨日首要污染物为O3、NO2",)


@given(
    st.lists(st.sampled_from(["pm25", "pm10", "so2", "no2", "co", "o3"]), unique=True),
    st.sets(st.integers(0, 23)),
    st.floats(0, 360),
)
def test_there_is_always_a_measure_and_a_reason_and_none_twice(
    primary: list[str], hours: set[int], degrees: float
) -> None:
    found: Direction = suggest(
        primary, {name: sorted(hours) for name in primary}, WindSaid("steady", 3.0, degrees)
    )
    assert found.measures
    assert found.reasons
    assert len(set(found.measures)) == len(found.measures)


def test_stations_are_watched_for_a_reason_the_gravest_first() -> None:
    def seen(code: str, pm25: int, **over: object) -> StationSeen:
        return StationSeen(code, code, "昌吉市", {"pm25": Fraction(pm25)}, **over)  # type: ignore[arg-type]

    found = watched(
        [
            seen("A", 40),
            seen("B", 40, alerts=3),
            seen("C", 60, offline=True, outlook={"pm25": Outlook.AT_RISK}),
            seen("D", 40, alerts=2, outlook={"pm25": Outlook.ON_TRACK}),
            StationSeen("E", "E", "阜康市", {"pm25": Fraction(900)}),
        ]
    )
    assert [one.station.code for one in found] == ["C", "B"]
    assert found[0].reasons == (
        "昨日PM2.5为60微克/立方米，高出本辖区站点中位值50%",
        "PM2.5月度目标有超标风险",
        "当前离线",
    )
    assert found[1].reasons == ("近7日报警3起",)
    assert len(watched([seen(str(n), 1, offline=True) for n in range(99)])) == MOST


def test_stretches_of_days_beside_each_other() -> None:
    days = {date(2026, 11, n): {"pm25": Fraction(20 + 10 * n), "pm10": Fraction(60)} for n in range(1, 5)}
    first = stretch(days, date(2026, 11, 1), date(2026, 11, 2))
    second = stretch(days, date(2026, 11, 3), date(2026, 11, 4))
    assert first.figures["pm25"] == 35
    assert second.figures["pm25"] == 55
    assert change(second, first, "pm25") == Fraction(400, 7)
    assert change(second, first, "pm10") == 0
    assert change(second, first, "o3") is None
    assert week_before(date(2026, 11, 9)) == (date(2026, 11, 2), date(2026, 11, 8))
    assert week_before(date(2026, 11, 8)) == (date(2026, 10, 26), date(2026, 11, 1))


@pytest.mark.parametrize("hour", [-1, 24])
def test_the_hour_is_one_of_the_day(hour: int) -> None:
    from models.errors import Invalid
    from supervision.readings import Readings

    with pytest.raises(Invalid, match="consultation_hour"):
        Readings.parse({"consultation_hour": hour})
