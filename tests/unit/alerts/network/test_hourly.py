"""Stations of hours: one value has to do, so the pollutants witness for each other."""

from typing import Any

import pytest

from alerts.network.happening import FindingKind
from tests.unit.alerts.network.streams import HOURLY, from_cold, scene, told

K = FindingKind
SLOW: dict[str, Any] = {"rise": 60, "plateau": 180, "tau": 60}


def test_weather_alone_is_no_event_by_the_hour() -> None:
    assert not told(scene(HOURLY), HOURLY).events


@pytest.mark.parametrize(
    ("family", "size", "lead"),
    [("burning", 150, "pm25"), ("dust", 400, "pm10"), ("industrial", 120, "so2"), ("traffic", 200, "no2")],
)
@pytest.mark.parametrize("station", [0, 4])
def test_every_kind_of_source_is_found_and_named(family: str, size: float, lead: str, station: int) -> None:
    stream = scene(HOURLY).plume(station, 20, size, family=family, **SLOW)
    (order,) = told(stream, HOURLY, until=40).orders()
    assert order.origin == station
    assert order.kind is K.ABOVE_NEIGHBOURS
    assert lead in order.pollutants
    assert order.why["family"] == family
    assert stream.at(21) <= order.detected_at <= stream.at(23)


def test_downwind_an_hour_later_joins() -> None:
    stream = scene(HOURLY).spread(0, [(1, 60, 0.7)], 20, 200, **SLOW)
    story = told(stream, HOURLY, until=40)
    (order,) = story.orders()
    assert story.members[order.key] == [0, 1]


def test_the_same_place_soon_after_is_no_second_order() -> None:
    stream = scene(HOURLY).plume(0, 20, 150, **SLOW).plume(0, 25, 150, seed=9, **SLOW)
    assert len(told(stream, HOURLY, until=45).orders()) == 1


def test_stations_that_report_at_half_past_are_judged_alike() -> None:
    stream = scene(HOURLY).plume(0, 20, 500, **SLOW)
    for instants in (stream.true, stream.claim, stream.arrive):
        instants += 1800
    (order,) = from_cold(stream).orders()
    assert order.origin == 0
    assert order.detected_at <= stream.at(23.5)


def test_a_label_that_lacks_a_neighbour_is_judged_all_the_same() -> None:
    """At the latest when the next hour begins."""
    stream = scene(HOURLY).plume(0, 20, 200, **SLOW).gap(1, 19, 24).gap(2, 19, 24).gap(3, 19, 24)
    (order,) = told(stream, HOURLY, until=30).orders()
    assert order.origin == 0
    assert order.detected_at <= stream.at(23)


def test_a_known_offset_starts_no_order() -> None:
    stream = scene(HOURLY).step(2, 20, 60, 150, 250)
    assert not told(stream, HOURLY, until=70).orders()
