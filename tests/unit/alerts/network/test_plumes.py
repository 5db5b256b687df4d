"""A source of air: one event, one order, to the station that saw it first."""

import pytest

from alerts.network.happening import FindingKind, Joined
from models.enums import AlertScope, Severity
from tests.unit.alerts.network.streams import (
    FINE,
    MINUTE,
    NEAR,
    Kind,
    background,
    from_cold,
    scene,
    sites_at,
    told,
)

K = FindingKind


@pytest.mark.parametrize("kind", [FINE, MINUTE])
def test_weather_alone_is_no_event(kind: Kind) -> None:
    assert not told(scene(kind), kind, until=8).events


@pytest.mark.parametrize(("kind", "station"), [(FINE, 0), (FINE, 3), (FINE, 5), (FINE, 7), (MINUTE, 1)])
def test_one_plume_is_one_order_of_its_station(kind: Kind, station: int) -> None:
    stream = scene(kind).plume(station, 2, 80)
    story = told(stream, kind, until=6)
    (event,) = story.events.values()
    assert event.order
    assert event.scope is AlertScope.LOCAL
    assert event.kind is K.ABOVE_NEIGHBOURS
    assert event.stations == (station,)
    assert "pm25" in event.pollutants
    # It rises for 12 min; four readings of 150 s, or five of a minute, on top have to carry it.
    assert stream.at(2) <= event.started_at <= stream.at(2.2)
    assert stream.at(2) < event.detected_at <= stream.at(2) + 25 * 60
    assert event.key in story.cleared
    assert stream.at(2.8) < story.cleared[event.key] < stream.at(4.5)


def test_what_is_told_explains_itself() -> None:
    (event,) = told(scene().plume(0, 2, 80), until=4).events.values()
    why = event.why
    for name in ("level", "base", "expected", "excess", "threshold"):
        assert set(why[name]) == {"pm25", "pm10"}, name
    assert {"pm25", "pm10"} <= set(why["shared_rise_log"]) & set(why["sigma_log"])
    assert why["level"]["pm25"] - why["expected"]["pm25"] == pytest.approx(why["excess"]["pm25"], abs=0.02)
    assert why["excess"]["pm25"] >= why["threshold"]["pm25"]
    assert why["neighbours"] == 7


def test_without_neighbours_a_plume_is_a_sudden_rise() -> None:
    stream = background(sites_at(((0.0, 0.0), (3.0, 0.0)), 150.0), warm=14, hours=5).plume(0, 2, 90)
    (event,) = from_cold(stream).orders()
    assert event.kind is K.SUDDEN_RISE
    assert event.origin == 0


@pytest.mark.parametrize("station", [0, 2, 4])
def test_it_is_not_told_before_it_can_be_known(station: int) -> None:
    """Two readings of anything are a lorry; nothing tells of the third that has not come."""
    stream = scene().plume(station, 2, 400, rise=1, turbulence=0.3)
    readings = stream.window(station, 2, 3)
    two = float(stream.arrive[station, readings[1]])
    assert not told(stream, until=(two + 1 - stream.zero) / 3600).orders()


def test_neighbours_that_see_the_same_join() -> None:
    stream = scene().spread(0, [(1, 10, 0.7), (2, 20, 0.6), (3, 25, 0.5)], 2, 120)
    story = told(stream, until=6)
    (order,) = story.orders()
    assert order.origin == 0
    assert order.stations == (0,)
    assert set(story.members[order.key]) == {0, 1, 2, 3}
    joined = [h for h in story.happenings if isinstance(h, Joined)]
    assert [h.at for h in joined] == sorted(h.at for h in joined)
    assert all(h.at >= order.detected_at for h in joined)
    # It is over when the last of them is.
    assert story.cleared[order.key] >= stream.at(2.4 + 50 / 60)


def test_two_plumes_far_apart_are_two() -> None:
    story = told(scene().plume(0, 2, 80).plume(5, 2.2, 80), until=5)
    assert [(x.origin, x.order) for x in story.events.values()] == [(0, True), (5, True)]


def test_neighbours_that_see_something_else_are_another_event() -> None:
    """Dust here and exhaust there share no pollutant."""
    stream = background(sites_at(NEAR[:4], 300.0), warm=14, hours=5, gases=True)
    stream.plume(0, 2, 150, family="dust").plume(1, 2.3, 120, family="traffic", seed=8)
    orders = from_cold(stream).orders()
    assert [x.origin for x in orders] == [0, 1]
    assert not set(orders[0].pollutants) & set(orders[1].pollutants)


def test_the_same_place_within_the_hour_is_no_second_order() -> None:
    """A pause of three quarters of an hour in the same fire."""
    stream = scene().plume(0, 2, 80, plateau=30).plume(0, 3.6, 80, plateau=30, seed=5)
    assert len(told(stream, until=6).orders()) == 1


def test_the_same_place_hours_later_is_a_second_order() -> None:
    stream = scene().plume(0, 2, 80, plateau=30).plume(0, 7, 80, plateau=30, seed=5)
    orders = told(stream, until=10).orders()
    assert [x.origin for x in orders] == [0, 0]
    assert orders[1].detected_at > stream.at(7)


def test_what_gets_graver_is_raised() -> None:
    story = told(scene().plume(0, 2, 60, plateau=60).plume(0, 2.6, 500, plateau=60, seed=4), until=6)
    (order,) = story.orders()
    assert order.severity is Severity.NOTICE
    assert story.severity[order.key] == Severity.CRITICAL.rank


def test_a_plume_that_is_there_at_once_is_held_but_not_for_ever() -> None:
    """It comes like a step of the electronics; its turbulence tells it apart within half an hour."""
    late = []
    for station in range(8):
        stream = scene().plume(station, 2, 100, rise=1, turbulence=0.2, plateau=90)
        (order,) = told(stream, until=4).orders()
        late.append(order.detected_at - stream.at(2))
    assert max(late) < 3000
    assert sorted(late)[4] < 1500


@pytest.mark.parametrize("kind", [FINE, MINUTE])
def test_a_source_that_stays_is_one_order_and_then_the_usual(kind: Kind) -> None:
    """After a working day, and the time a plume may still be under way, the level is the station's own: neither an
    open event nor a second one.
    """
    sites = sites_at(kind.places, kind.cadence_s)
    stream = background(sites, warm=14, hours=16).plume(0, 2, 80, plateau=24 * 60, turbulence=0.2)
    story = from_cold(stream)
    (order,) = story.orders()
    assert story.cleared[order.key] <= stream.at(2) + 9.25 * 3600


def test_a_far_station_changes_nothing_of_a_lone_plume() -> None:
    near = ((0.0, 0.0), (1.5, 0.5), (3.0, 0.3), (2.0, 3.0))
    alone = background(sites_at(near, 150.0), warm=14, hours=5).plume(1, 2, 90)
    more = background(sites_at((*near, (300.0, 100.0)), 150.0), warm=14, hours=5).plume(1, 2, 90)
    assert from_cold(alone).plain() == from_cold(more).plain()
    assert len(from_cold(alone).orders()) == 1
