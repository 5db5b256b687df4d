"""What a faulty instrument says becomes its own kind of event, and never an order."""

from collections.abc import Callable

import numpy as np
import pytest

from alerts.network.happening import FindingKind
from alerts.network.network import Network
from alerts.network.sample import Sample
from models.enums import AlertScope, Severity
from tests.unit.alerts.network.streams import (
    DAYS,
    FINE,
    HOURLY,
    RULES,
    T0,
    Story,
    Stream,
    scene,
    sites_at,
    told,
    warmed,
)

K = FindingKind
Befall = Callable[[Stream], Stream]
S = 2
"""The station that is faulty."""

BY_MINUTES: dict[K, tuple[Befall, float, float]] = {
    # What happens, the hour by which it has to be told, and the end of the scene.
    K.SPIKE: (lambda s: s.spike(S, 2), 2.1, 4),
    K.SPIKE_BURST: (lambda s: s.burst(S, 2, 4), 3, 8),
    K.FLAT_LINE: (lambda s: s.flat(S, 2, 6), 3.2, 8),
    K.ATTENUATED: (lambda s: s.blocked(S, 2, 8), 4, 13),
    K.NOISE: (lambda s: s.noise(S, 2, 8), 5, 13),
    K.HUMIDITY: (lambda s: s.swell(S, 2, 8), 4, 13),
    K.CLOCK_SHIFT: (lambda s: s.clock(S, 2, 6, -180), 2.3, 8),
    K.MOVED: (lambda s: s.moved(S, 2, 6), 2.1, 8),
    K.OFFLINE: (lambda s: s.gap(S, 2, 5), 3.1, 8),
    K.OFFSET: (lambda s: s.step(S, 2, 12, 250, 400), 2.6, 14),
}
BY_THE_HOUR: dict[K, tuple[Befall, float, float]] = {
    K.SPIKE: (lambda s: s.spike(S, 20), 21, 30),
    K.SPIKE_BURST: (lambda s: s.burst(S, 20, 34, 3), 28, 50),
    K.FLAT_LINE: (lambda s: s.flat(S, 20, 32), 27, 40),
    K.ATTENUATED: (lambda s: s.filter(S, 20, 50), 25, 60),
    K.NOISE: (lambda s: s.noise(S, 20, 38, 0.85), 34, 50),
    K.MOVED: (lambda s: s.moved(S, 20, 40), 21, 50),
    K.OFFLINE: (lambda s: s.gap(S, 20, 26), 22.1, 30),
    K.OFFSET: (lambda s: s.step(S, 20, 50, 150, 250), 30, 60),
}


def check(story: Story, stream: Stream, kind: K, by: float) -> None:
    assert not story.orders()
    events = story.of(kind)
    assert events, [x.kind for x in story.events.values()]
    first = events[0]
    assert first.scope is AlertScope.INSTRUMENT
    assert first.severity is Severity.NOTICE
    assert first.stations == (S,)
    assert first.detected_at <= stream.at(by)
    assert {station for station, _ in story.faults()} == {S}, "nobody else is faulty"
    assert all(x.key in story.cleared for x in events), "and it ends"


@pytest.mark.parametrize("kind", BY_MINUTES)
def test_a_fault_of_minutes_is_named_and_no_order(kind: K) -> None:
    befall, by, end = BY_MINUTES[kind]
    stream = befall(scene(FINE))
    story = told(stream, FINE, until=end)
    if kind in (K.CLOCK_SHIFT, K.MOVED, K.OFFLINE, K.NOISE, K.HUMIDITY, K.SPIKE, K.FLAT_LINE, K.ATTENUATED):
        assert {k for _, k in story.faults()} == {kind}, "and by no other name"
    if kind is K.OFFSET:
        # It goes on being one to the end of the scene.
        assert not story.orders()
        assert story.of(kind)[0].detected_at <= stream.at(by)
        return
    check(story, stream, kind, by)


@pytest.mark.parametrize("kind", BY_THE_HOUR)
def test_a_fault_of_hours_is_named_and_no_order(kind: K) -> None:
    befall, by, end = BY_THE_HOUR[kind]
    stream = befall(scene(HOURLY))
    check(told(stream, HOURLY, until=end), stream, kind, by)


@pytest.mark.parametrize(
    ("kind", "befall"),
    [
        (K.ATTENUATED, lambda s: s.filter(S, 2, 30)),
        (K.DRIFT, lambda s: s.drift(S, 2, 90, 60, 100)),
        (K.OFFSET, lambda s: s.step(S, 2, 40, 250, 400)),
    ],
)
def test_a_fault_of_days_is_named_and_leaves_no_other_behind(kind: K, befall: Befall) -> None:
    """What the station said meanwhile is no reference for what it says when it is well again."""
    stream = befall(scene(DAYS))
    story = told(stream, DAYS)
    assert not story.orders()
    assert story.of(kind)
    high = {K.OFFSET, K.DRIFT}
    allowed = {kind} if kind is K.ATTENUATED else high
    assert {k for _, k in story.faults()} <= allowed
    assert {station for station, _ in story.faults()} == {S}


def test_a_clock_that_is_ahead() -> None:
    """What lies in the future is not judged, and the clock is named."""
    stream = scene().clock(S, 2, 6, 37)
    story = told(stream, until=8)
    assert story.faults() == {(S, K.CLOCK_SHIFT)}
    assert not story.orders()


def test_implausible_values_are_flagged_and_named() -> None:
    stream = scene()
    stream.values[S, stream.window(S, 2, 3), 0] = 4000.0
    story = told(stream, until=5)
    assert story.faults() == {(S, K.IMPLAUSIBLE)}
    assert not story.orders()
    (event,) = story.of(K.IMPLAUSIBLE)
    assert event.pollutants == ("pm25",)
    assert stream.at(3) <= story.cleared[event.key] <= stream.at(3.1)
    flagged = [x for x in story.flags if x.level == 4]
    assert len(flagged) >= len(stream.window(S, 2, 3))
    assert {x.station for x in flagged} == {S}


@pytest.mark.parametrize("size", [100, 150])
def test_most_steps_of_the_electronics_are_held(size: float) -> None:
    """Their silence tells; chance makes some step sound like turbulence, the smaller the oftener."""
    held = [not told(scene().step(s, 1.1, 13, size, 1.6 * size), until=3).orders() for s in range(8)]
    assert sum(held) >= 5


def test_a_faulty_neighbour_makes_no_event_of_the_others() -> None:
    """A station that says far too little, and one that says far too much, beside sound ones."""
    stream = scene().blocked(1, 2, 12).step(3, 2, 12, 250, 400)
    story = told(stream)
    assert {station for station, _ in story.faults()} == {1, 3}
    assert not story.orders()


def test_a_plume_beside_a_faulty_neighbour_is_found() -> None:
    stream = scene().blocked(1, 2, 12).plume(0, 6, 90)
    (order,) = told(stream, until=9).orders()
    assert order.origin == 0


@pytest.mark.parametrize("tick_s", [None, 30.0])
def test_the_whole_network_silent_is_one_event(tick_s: float | None) -> None:
    """Whether somebody looks at the clock meanwhile or not; nor is anybody offline who is a little later back."""
    stream = scene()
    for station in range(8):
        stream.gap(station, 2, 5)
    network, story, now = warmed(), Story(), stream.at(0)
    for sample in stream.samples(begin=0, end=6):
        while tick_s is not None and now + tick_s < sample.arrived_at:
            now += tick_s
            story.take(network.advance(now))
        story.take(network.take(sample))
    (event,) = story.events.values()
    assert event.kind is K.NETWORK_SILENCE
    assert not event.order
    assert event.detected_at <= stream.at(3 if tick_s else 5.01)
    assert stream.at(5) <= story.cleared[event.key] <= stream.at(5.1)


def test_half_of_the_network_silent_are_stations() -> None:
    stream = scene()
    for station in (0, 1, 2):
        stream.gap(station, 2, 5)
    assert told(stream, until=6).faults() == {(0, K.OFFLINE), (1, K.OFFLINE), (2, K.OFFLINE)}


def test_kinds_are_tried_in_both_cadences() -> None:
    """Whoever adds a kind of fault adds its scene."""
    tried = set(BY_MINUTES) | set(BY_THE_HOUR) | {K.DRIFT, K.IMPLAUSIBLE, K.NETWORK_SILENCE}
    events_of_air = {
        K.EXCEEDANCE_HOUR, K.EXCEEDANCE_SHORT, K.SUDDEN_RISE, K.SUSTAINED_HIGH, K.ABOVE_NEIGHBOURS, K.EPISODE
    }  # fmt: skip
    assert set(K) == tried | events_of_air


def test_all_readings_of_a_clock_found_wrong_are_taken_back_from_the_first_on() -> None:
    network = Network(RULES, sites_at(((0.0, 0.0),), 60.0))
    for k in range(4):
        network.take(Sample(0, T0 + 60 * k, T0 + 60 * k + 3600, (30.0 + k, None, None, None, None, None)))
    (track,) = network.fine.group.tracks
    assert len(track.rows()) == 4
    assert np.isnan(track.rows()[:, 1]).all()
    assert track.count == [0] * 6
