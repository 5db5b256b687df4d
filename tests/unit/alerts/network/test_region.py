"""What the whole region has is nobody's emission; what one place has on top is."""

import pytest

from alerts.network.happening import FindingKind
from models.enums import AlertScope
from tests.unit.alerts.network.streams import FINE, HOURLY, Kind, background, from_cold, scene, sites_at, told

K = FindingKind


@pytest.mark.parametrize(
    ("kind", "family", "size"), [(FINE, "dust", 200), (FINE, "burning", 100), (HOURLY, "dust", 300)]
)
def test_a_rise_of_all_is_one_notice_and_no_order(kind: Kind, family: str, size: float) -> None:
    hours = 9 if kind is FINE else 20
    stream = scene(kind).episode(2, hours, size, family=family)
    story = told(stream, kind)
    (event,) = story.of(K.EPISODE)
    assert event.scope is AlertScope.REGIONAL
    assert not event.order
    assert len(event.stations) >= 0.6 * len(stream.sites)
    assert stream.at(2) < event.detected_at <= stream.at(4)
    assert event.pollutants == (("pm10",) if family == "dust" else ("pm25",))
    assert event.why["shared_rise_log"] >= event.why["limit_log"]
    assert event.key in story.cleared
    assert not story.orders()


def test_a_source_inside_an_episode_is_found() -> None:
    stream = scene().episode(2, 9, 200).plume(0, 6, 250)
    story = told(stream)
    (order,) = story.orders()
    assert order.origin == 0
    assert stream.at(6) < order.detected_at < stream.at(6.6)
    assert len(story.of(K.EPISODE)) == 1


def test_a_source_inside_an_episode_is_found_by_the_hour() -> None:
    stream = scene(HOURLY).episode(20, 20, 300).plume(0, 30, 400, rise=60, plateau=180, tau=60)
    (order,) = told(stream, HOURLY, until=50).orders()
    assert order.origin == 0
    assert order.detected_at <= stream.at(33)


def test_fewer_than_four_stations_are_no_region() -> None:
    stream = background(sites_at(((0.0, 0.0), (5.0, 0.0), (0.0, 6.0)), 150.0), warm=14, hours=8)
    assert not from_cold(stream.episode(1, 6, 300)).of(K.EPISODE)


def test_a_rise_of_half_the_stations_is_no_episode() -> None:
    stream = scene()
    for station in (0, 1, 2, 3):
        stream.plume(station, 2, 100, plateau=120, seed=station)
    assert not told(stream, until=6).of(K.EPISODE)
