"""Levels that are too high by themselves: alone they speak for the place, shared they are the region's."""

import numpy as np
import pytest

from alerts.network.happening import FindingKind, Raised
from models.enums import Severity
from tests.unit.alerts.network.streams import (
    HOURLY,
    NEAR,
    WIDE,
    Stream,
    background,
    from_cold,
    scene,
    sites_at,
    told,
)

K = FindingKind
HIGH = (412.0, 600.0)


def lone(cadence_s: float, hours: float = 8, stations: int = 1, gases: bool = False) -> Stream:
    return background(sites_at(NEAR[:stations], cadence_s), warm=0, hours=hours, gases=gases)


def put(stream: Stream, begin: float, end: float, pm25: float, pm10: float, station: int = 0) -> Stream:
    """Particles about that level, uneven as air is."""
    index = stream.window(station, begin, end)
    swing = np.exp(np.random.default_rng(5).normal(0, 0.1, (len(index), 1)))
    stream.values[station, index, :2] = np.array([pm25, pm10]) * swing
    return stream


@pytest.mark.parametrize("cadence_s", [60.0, 150.0, 300.0])
@pytest.mark.parametrize("stations", [1, 2])
def test_three_high_readings_of_a_new_station_are_an_order_at_the_third(
    cadence_s: float, stations: int
) -> None:
    stream = lone(cadence_s, hours=1, stations=stations)
    stream.values[0, :, :2] = np.array([HIGH, (411.0, 601.0), (413.0, 602.0)] * 100)[: stream.values.shape[1]]
    story = from_cold(stream)
    (order,) = story.orders()
    assert order.kind is K.EXCEEDANCE_SHORT
    assert order.severity is Severity.CRITICAL
    assert order.origin == 0
    assert order.detected_at == stream.claim[0, 2]
    assert order.started_at == stream.claim[0, 0]
    assert order.why["level"]["pm25"] == pytest.approx(412, abs=1)
    assert order.why["threshold"] == {"pm25": 350, "pm10": 500}
    assert order.why["base"] == {}, "nothing is known of the day before"


def test_two_high_readings_are_none() -> None:
    stream = lone(60.0, hours=2)
    index = stream.window(0, 0, 1)
    stream.values[0, index[:2], :2] = HIGH
    assert not from_cold(stream).orders()


def test_a_known_station_is_believed_when_the_ten_minutes_are() -> None:
    """A jump of a station with a history may be its instrument, so the mean has to be of the gravest."""
    stream = put(lone(60.0), 5, 6, 412, 600)
    (order,) = from_cold(stream).orders()
    assert order.kind in (K.EXCEEDANCE_SHORT, K.SUDDEN_RISE)
    assert stream.at(5) + 120 <= order.detected_at <= stream.at(5) + 660


def test_every_pollutant_has_its_limits() -> None:
    for column, level in enumerate((160, 360, 640, 260, 13, 260)):
        stream = lone(60.0, hours=1, gases=True)
        stream.values[0, :, :2] = (20, 40)
        if column == 0:
            stream.values[0, :, 1] = 200
        n = stream.values.shape[1]
        stream.values[0, :, column] = level * (1 + 0.01 * (np.arange(n) % 5))
        (order,) = from_cold(stream).orders()
        assert order.kind is K.EXCEEDANCE_SHORT
        assert order.pollutants == (("pm25", "pm10", "so2", "no2", "co", "o3")[column],)


def test_the_mean_of_an_hour_is_an_order_where_no_ten_minutes_are() -> None:
    stream = put(lone(60.0), 3, 6, 130, 200)
    (order,) = from_cold(stream).orders()
    assert order.kind in (K.EXCEEDANCE_HOUR, K.SUDDEN_RISE)
    stream = lone(60.0)
    # From the first reading on, so there is no rise to be seen.
    (order,) = from_cold(put(stream, 0, 6, 130, 200)).orders()
    assert order.kind is K.EXCEEDANCE_HOUR
    assert order.severity is Severity.NOTICE
    assert stream.at(0.65) <= order.detected_at <= stream.at(1.1)


def test_one_hourly_value_of_a_new_station_is_its_hour() -> None:
    stream = lone(3600.0, hours=12)
    stream.values[0, stream.window(0, 5, 6), :2] = HIGH
    (order,) = from_cold(stream).orders()
    assert order.kind is K.EXCEEDANCE_HOUR
    assert order.detected_at == stream.at(5)
    assert order.started_at == stream.at(4)


def test_of_a_known_hourly_station_the_second_value_counts() -> None:
    """One that stands alone is taken back as a spike."""
    stream = lone(3600.0, hours=30)
    stream.values[0, stream.window(0, 20, 21), :2] = HIGH
    assert from_cold(stream).faults() == {(0, K.SPIKE)}
    stream.values[0, stream.window(0, 21, 24), :2] = [(400.0, 580.0), (420.0, 640.0), (390.0, 560.0)]
    (order,) = from_cold(stream).orders()
    assert order.detected_at <= stream.at(22)


def test_severity_only_rises() -> None:
    """The story checks each raise; 120, 300, 120, 420 µg/m³ go one way only."""
    stream = lone(60.0, hours=8)
    for begin, level in ((0, 120), (2, 300), (3, 120), (4, 420), (5, 120)):
        put(stream, begin, begin + 2 if begin == 0 else begin + 1, level, 1.3 * level)
    story = from_cold(stream)
    (order,) = story.orders()
    assert order.severity is Severity.NOTICE
    raised = [h.severity for h in story.happenings if isinstance(h, Raised)]
    assert raised == [Severity.SERIOUS, Severity.CRITICAL]


def test_it_is_over_only_well_under_the_limit() -> None:
    """Just under the limit goes on; a fifth under it, or less, for a while ends it."""
    stream = put(lone(60.0, hours=10), 0, 2, 200, 300)
    put(stream, 2, 5, 140, 210)
    put(stream, 5, 10, 25, 45)
    story = from_cold(stream)
    (order,) = story.orders()
    assert stream.at(5) < story.cleared[order.key] < stream.at(6)


def shared_high(cadence_s: float, stations: tuple[tuple[float, float], ...]) -> Stream:
    stream = background(sites_at(stations, cadence_s), warm=48, hours=12, gases=True)
    for station in range(len(stations)):
        index = stream.window(station, 0, 12)
        ramp = np.clip((stream.true[station, index] - stream.at(0)) / 14400, 0, 1)
        stream.values[station, index, :2] += (ramp[:, None] * np.array([160.0, 200.0])) * np.exp(
            np.random.default_rng(station).normal(0, 0.03, (len(index), 1))
        )
    return stream


@pytest.mark.parametrize(("cadence_s", "places"), [(300.0, NEAR[:5]), (3600.0, WIDE)])
def test_where_the_neighbours_share_the_level_nobody_is_sent(
    cadence_s: float, places: tuple[tuple[float, float], ...]
) -> None:
    stream = shared_high(cadence_s, places)
    story = from_cold(stream)
    assert (stream.values[:, -1, 0] > 150).all(), "far over the limit of the hour"
    assert not story.orders()
    assert story.of(K.EPISODE)


def test_a_lasting_level_that_nobody_shares_is_the_place_s_own() -> None:
    """A rise so slow that no hour shows it, with its gas as witness."""
    stream = scene(HOURLY)
    index = stream.window(0, 10, 70)
    ramp = np.clip((stream.true[0, index] - stream.at(10)) / (40 * 3600), 0, 1)
    stream.values[0, index] += ramp[:, None] * 300 * np.array([1.0, 1.18, 0.02, 0.4, 0.011, 0.0])
    story = told(stream, HOURLY)
    assert {x.origin for x in story.orders()} == {0}
    (lasting, *_) = [x for x in story.orders() if x.kind is K.SUSTAINED_HIGH]
    for name in lasting.why["base"]:
        assert lasting.why["base"][name] < lasting.why["threshold"][name] <= lasting.why["level"][name], name
    assert lasting.why["base"]
    assert not story.faults(), "an instrument that fails does not take the gases along"


def test_a_lone_station_gets_over_its_offset() -> None:
    """Nobody can tell when it is over; it must not be deaf for ever."""
    stream = lone(3600.0, hours=96)
    stream.values[0, stream.window(0, 40, 60), :2] += (60.0, 100.0)
    put(stream, 84, 90, 420, 640)
    story = from_cold(stream)
    assert story.of(K.OFFSET)
    assert all(x.key in story.cleared for x in story.of(K.OFFSET))
    assert story.orders()[-1].detected_at >= stream.at(84)


def test_a_station_that_stands_alone_is_believed() -> None:
    """Where no neighbour can vouch for the air, a level that came at once is an order all the same."""
    stream = lone(150.0, hours=46)
    stream.values[0, stream.window(0, 40, 46), :2] += (200.0, 330.0)
    (order,) = from_cold(stream).orders()
    assert stream.at(40) < order.detected_at <= stream.at(40.5)
