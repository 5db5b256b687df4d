"""A fault that keeps coming is one item of maintenance; a station that keeps falling silent is given more time."""

from itertools import pairwise

import pytest

from alerts.network.happening import Cleared, FindingKind, Happening, Opened
from alerts.network.ledger import Ledger
from alerts.network.network import Network
from alerts.network.rules import FaultRule
from alerts.network.snapshot import load, save
from models.enums import AlertScope
from tests.unit.alerts.network.streams import (
    DAYS,
    RULES,
    T0,
    Story,
    Stream,
    background,
    follow,
    from_cold,
    scene,
    sites_at,
    told,
)

K = FindingKind
RULE = FaultRule()
HOUR = 3600.0
S = 2
"""The station that is faulty."""


class Item:
    """The faults of one kind of one station, by hours."""

    def __init__(self, kind: K = K.NOISE) -> None:
        self.ledger, self.kind = Ledger(), kind

    def comes(self, hour: float, *pollutants: str, lasts: float = 0.5) -> list[Happening]:
        self.ledger.fault(self.kind, S, pollutants or ("pm25", "pm10"), T0 + HOUR * hour)
        self.ledger.mend(self.kind, S, T0 + HOUR * (hour + lasts))
        return self.ledger.take()

    def rest(self, hour: float) -> list[Happening]:
        self.ledger.rest(T0 + HOUR * hour)
        return self.ledger.take()


def kinds(told: list[Happening]) -> list[type]:
    return [type(h) for h in told]


def test_the_third_within_three_days_stays_open() -> None:
    item = Item()
    assert kinds(item.comes(0)) == [Opened, Cleared]
    assert kinds(item.comes(30)) == [Opened, Cleared]
    assert kinds(item.comes(60)) == [Opened]
    (key,) = item.ledger.open
    assert not item.ledger.has(S, K.NOISE), "while it rests the station is well"
    assert item.ledger.troubled == {}
    assert item.ledger.bad_pollutants(S, K.NOISE) == set()
    assert item.comes(70) == [], "it goes on"
    assert list(item.ledger.open) == [key]


def test_the_third_after_three_days_does_not() -> None:
    item = Item()
    for hour in (0, 30, 73):
        assert kinds(item.comes(hour)) == [Opened, Cleared]


def test_while_it_is_back_the_station_has_it() -> None:
    item = Item()
    for hour in (0, 5, 10):
        item.comes(hour)
    assert item.ledger.fault(K.NOISE, S, ("pm25",), T0 + 15 * HOUR) is False
    assert item.ledger.has(S, K.NOISE)
    assert item.ledger.take() == []
    assert item.rest(60) == [], "it does not rest, however long it lasts"


def test_it_is_over_when_the_station_was_well_for_a_day() -> None:
    item = Item()
    for hour in (0, 5, 10):
        item.comes(hour)
    (key,) = item.ledger.open
    assert item.rest(34) == []
    assert item.rest(34.5) == [Cleared(key, T0 + 34.5 * HOUR)]
    assert item.rest(35) == []
    assert not item.ledger.open


def test_each_return_begins_the_day_anew() -> None:
    item = Item()
    for hour in (0, 5, 10, 30, 50):
        item.comes(hour)
        item.rest(hour + 1)
    assert item.rest(74.4) == []
    assert kinds(item.rest(74.5)) == [Cleared]


@pytest.mark.parametrize("every", [4, 12, 23])
def test_it_is_one_item_for_as_long_as_it_keeps_coming(every: int) -> None:
    """For weeks: never well for a day, so never over."""
    item = Item()
    told: list[Happening] = []
    for hour in range(21 * 24):
        if hour % every == 0:
            told += item.comes(hour)
        told += item.rest(hour + 0.9)
    assert kinds(told) == [Opened, Cleared, Opened, Cleared, Opened]
    assert len(item.ledger.came[S, K.NOISE.value]) == RULE.again


def test_what_came_long_ago_is_forgotten() -> None:
    item = Item()
    item.comes(0)
    item.rest(72)
    assert item.ledger.came
    item.rest(73)
    assert not item.ledger.came


def test_another_kind_and_another_station_are_counted_apart() -> None:
    item = Item()
    for hour in (0, 5):
        item.comes(hour)
    at = T0 + 10 * HOUR
    for kind, station in ((K.FLAT_LINE, S), (K.NOISE, S + 1)):
        item.ledger.fault(kind, station, ("pm25",), at)
        item.ledger.mend(kind, station, at + 60)
        assert kinds(item.ledger.take()) == [Opened, Cleared]


def test_what_it_makes_worthless_is_what_it_concerns_now() -> None:
    item = Item(K.IMPLAUSIBLE)
    for hour in (0, 5, 10):
        item.comes(hour, "pm25")
    item.ledger.fault(K.IMPLAUSIBLE, S, ("so2",), T0 + 15 * HOUR)
    assert item.ledger.bad_pollutants(S, K.IMPLAUSIBLE) == {"so2"}


def test_whether_a_station_is_online_is_never_in_abeyance() -> None:
    item = Item(K.OFFLINE)
    for hour in range(0, 60, 5):
        assert kinds(item.comes(hour)) == [Opened, Cleared]
    assert not item.ledger.resting


# ------------------------------------------------------------------ the same with readings


def spikes(stream: Stream, hours: list[float]) -> Stream:
    for hour in hours:
        stream.spike(S, hour)
    return stream


def test_single_spikes_that_keep_coming_are_one_item() -> None:
    """So far apart that they are no burst, so often that the fourth is no news."""
    stream = spikes(scene(DAYS), [float(h) for h in range(2, 62, 10)])
    story = told(stream, DAYS)
    assert story.faults() == {(S, K.SPIKE)}
    events = story.of(K.SPIKE)
    assert len(events) == 3
    assert [x.key in story.cleared for x in events] == [True, True, True]
    # The last spike at hour 52, and a day.
    assert stream.at(76) <= story.cleared[events[2].key] <= stream.at(77.5)
    assert len([x for x in story.flags if x.test == "spike"]) >= 6, "each is flagged all the same"


def test_a_line_that_is_flat_again_and_again() -> None:
    stream = scene(DAYS)
    for hour in (2, 10, 18, 26, 34):
        stream.flat(S, hour, hour + 4)
    story = told(stream, DAYS)
    assert story.faults() == {(S, K.FLAT_LINE)}
    events = story.of(K.FLAT_LINE)
    assert len(events) == 3
    assert stream.at(62) <= story.cleared[events[2].key] <= stream.at(63.5)
    assert not story.orders()


def test_what_rests_outlives_a_restart() -> None:
    stream = spikes(scene(DAYS), [2.0, 12.0, 22.0, 32.0])
    network = Network(RULES, stream.sites)
    story = follow(network, stream.samples(end=25))
    (resting,) = network.ledger.resting.values()
    network = load(save(network), RULES, stream.sites)
    assert list(network.ledger.resting.values()) == [resting]
    follow(network, stream.samples(begin=25, end=58), story)
    assert len(story.of(K.SPIKE)) == 3
    assert story.cleared[resting[0]] >= stream.at(56)


def silent(hours: list[tuple[float, float]]) -> Story:
    stream = background(sites_at(((0.0, 0.0), (3.0, 0.0), (0.0, 4.0)), 300.0), warm=14, hours=60)
    for begin, length in hours:
        stream.gap(1, begin, begin + length)
    return from_cold(stream)


def test_a_station_that_keeps_falling_silent_is_given_thrice_the_time() -> None:
    """An hour is enough three times within three days; after that it takes three."""
    thrice = [(1.0, 1.5), (5.0, 1.5), (9.0, 1.5)]
    assert len(silent(thrice).of(K.OFFLINE)) == 3
    assert len(silent([*thrice, (13.0, 1.5), (17.0, 2.8)]).of(K.OFFLINE)) == 3
    story = silent([*thrice, (13.0, 4.0)])
    events = story.of(K.OFFLINE)
    assert len(events) == 4
    assert all(x.key in story.cleared for x in events), "none rests"
    # Told after three hours, of the silence since it began.
    assert events[3].detected_at - events[3].started_at == pytest.approx(3 * HOUR, abs=120)
    assert events[2].detected_at - events[2].started_at == pytest.approx(HOUR, abs=120)


def test_after_quiet_days_an_hour_is_enough_again() -> None:
    stream = background(sites_at(((0.0, 0.0), (3.0, 0.0), (0.0, 4.0)), 300.0), warm=14, hours=100)
    for begin in (1.0, 5.0, 9.0, 85.0):
        stream.gap(1, begin, begin + 1.5)
    assert len(from_cold(stream).of(K.OFFLINE)) == 4


def test_instrument_events_are_never_open_twice() -> None:
    """However they rest and come back."""
    stream = spikes(scene(DAYS), [2.0 + 7 * n for n in range(8)])
    for hour in (5, 15, 25, 35):
        stream.flat(S, hour, hour + 4)
    events = [x for x in told(stream, DAYS).events.values() if x.scope is AlertScope.INSTRUMENT]
    for kind in {x.kind for x in events}:
        begun = [x.detected_at for x in events if x.kind is kind]
        assert all(a < b for a, b in pairwise(begun))
        assert len(begun) <= 3
