"""Beginnings, gaps, disorder and values that no instrument measures: nothing breaks, and nothing is made of it."""

import math
from dataclasses import replace

import pytest

from alerts.network.happening import FindingKind, Flagged, Happening
from alerts.network.network import Network
from alerts.network.sample import Sample
from tests.unit.alerts.network.streams import (
    DAY,
    FINE,
    NEAR,
    RULES,
    T0,
    Story,
    background,
    follow,
    from_cold,
    scene,
    site,
    sites_at,
    told,
    warmed,
)

K = FindingKind
NOTHING = (None,) * 6


def a_sample(
    at: float = T0, station: int = 0, arrived: float | None = None, pm25: float | None = 30.0
) -> Sample:
    values = (pm25, None if pm25 is None else 1.6 * pm25, None, None, None, None)
    return Sample(station, at, at if arrived is None else arrived, values)


def test_an_empty_network_hears_nothing() -> None:
    network = Network(RULES, [])
    story = follow(network, [a_sample()])
    story.take(network.advance(T0 + DAY))
    assert not story.take(network.finish()).events


def test_an_unknown_station_is_not_watched() -> None:
    network = warmed()
    stream = scene().plume(0, 2, 500)
    strangers = [replace(x, station=999) for x in stream.samples(begin=0, end=5) if x.station == 0]
    assert not follow(network, strangers).events


def test_the_first_reading_of_all_is_no_event() -> None:
    assert not from_cold(background(sites_at(NEAR, 150.0), warm=0, hours=0.05)).events


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_stations_are_judged_by_themselves(count: int) -> None:
    stream = background(sites_at(NEAR[:count], 150.0), warm=14, hours=5).plume(0, 2, 90)
    (order,) = from_cold(stream).orders()
    assert order.kind is (K.SUDDEN_RISE)
    assert order.origin == 0


def test_a_new_station_in_an_old_network() -> None:
    """It has no past: neither its first readings nor its own level are an event."""
    stream = scene()
    stream.values[3, :, :2] *= 1.5
    stream.there[3, : stream.window(3, 2, 3)[0]] = False
    known = [s for s in stream.sites if s.id != 3]
    network = Network(RULES, known)
    follow(network, [x for x in stream.samples(begin=-20, end=0) if x.station != 3])
    fresh = Network(RULES, stream.sites)
    story = follow(fresh, stream.samples(begin=-20, end=8))
    assert not story.orders()


@pytest.mark.parametrize(
    "value", [None, math.nan, math.inf, -math.inf, -1.0, -9999.0, 1e9, 1e308, -1e308, 0.0, 5e-324]
)
def test_values_that_cannot_be_are_no_order(value: float | None) -> None:
    stream = scene()
    samples = stream.samples(begin=0, end=4)
    network = warmed()
    bad = [
        replace(x, values=(value, value, *NOTHING[2:]))
        if x.station == 1 and stream.at(2) < x.observed_at
        else x
        for x in samples
    ]
    story = follow(network, bad)
    assert not story.orders()
    assert {station for station, _ in story.faults()} <= {1}


def test_nothing_but_missing_values() -> None:
    network = Network(RULES, sites_at(NEAR[:3], 150.0))
    samples = [Sample(n % 3, T0 + 50 * n, T0 + 50 * n, NOTHING) for n in range(2000)]
    assert not follow(network, samples).orders()


@pytest.mark.parametrize("humidity", [None, math.nan, math.inf, -5.0, 1e9])
def test_humidity_that_cannot_be(humidity: float | None) -> None:
    stream = scene().plume(0, 2, 90)
    samples = [replace(x, met=(None, humidity, None, None, None)) for x in stream.samples(begin=0, end=4)]
    assert [x.origin for x in follow(warmed(), samples).orders()] == [0]


@pytest.mark.parametrize("where", [(math.nan, math.nan), (math.inf, 0.0), (500.0, 200.0), (None, 44.0)])
def test_places_that_cannot_be(where: tuple[float | None, float | None]) -> None:
    samples = [replace(x, lon=where[0], lat=where[1]) for x in scene().samples(begin=0, end=2)]
    assert not follow(warmed(), samples).orders()


def test_an_old_backlog_raises_nothing_late() -> None:
    """A plume that nobody heard of until it was over is history."""
    stream = scene().plume(2, 2, 120).backfill(2, 1.5, 5, 6)
    story = told(stream, until=9)
    assert not story.orders()
    assert story.faults() <= {(2, K.OFFLINE)}


def test_a_backlog_of_the_last_minutes_is_as_good_as_new() -> None:
    stream = scene().plume(2, 2, 120, plateau=90)
    index = stream.window(2, 2.1, 2.25)
    stream.arrive[2, index] = stream.at(2.25)
    (order,) = told(stream, until=5).orders()
    assert order.origin == 2


def test_readings_out_of_order_find_the_same_plume() -> None:
    stream = scene().plume(0, 2, 120)
    samples = stream.samples(begin=0, end=5)
    shuffled = samples[:]
    for n in range(0, len(samples) - 20, 20):
        # Backwards within two minutes or so.
        block = samples[n : n + 8]
        shuffled[n : n + 8] = [
            replace(x, arrived_at=y.arrived_at) for x, y in zip(reversed(block), block, strict=True)
        ]
    story = follow(warmed(), shuffled)
    assert [x.origin for x in story.orders()] == [0]
    assert not story.faults()


def test_gaps_make_no_event_of_what_is_between() -> None:
    stream = scene()
    for begin in (1, 2.5, 4, 5.5):
        stream.gap(4, begin, begin + 0.8)
    assert not told(stream, until=8).events


@pytest.mark.parametrize(("station", "size"), [(4, 80), (0, 250), (7, 250)])
def test_after_a_gap_of_hours_the_first_readings_are_no_rise(station: int, size: float) -> None:
    """The weather has changed meanwhile, for all alike; what the station had before is no base any more."""
    stream = scene().episode(1, 12, size)
    stream.gap(station, 1, 6)
    story = told(stream, until=8)
    assert not story.orders()
    assert story.faults() == {(station, K.OFFLINE)}


def test_the_whole_network_after_a_day_of_silence() -> None:
    """Everything has changed; nobody is sent out for the new day's level."""
    sites = sites_at(NEAR, 150.0)
    stream = background(sites, warm=14, hours=32)
    for station in range(8):
        stream.gap(station, 0, 24)
    later = stream.true > stream.at(24)
    stream.values[later] *= 2.5
    assert not from_cold(stream).orders()


def test_doubled_instants_with_other_values_are_left_aside() -> None:
    """A correction is kept by the store; what was decided on the first claim stands."""
    stream = scene().plume(0, 2, 120)
    samples = stream.samples(begin=0, end=5)
    with_others: list[Sample] = []
    for n, x in enumerate(samples):
        with_others.append(x)
        if n % 7 == 0:
            with_others.append(replace(x, values=(900.0, 950.0, *NOTHING[2:]), correction=True))
    assert follow(warmed(), with_others).plain() == follow(warmed(), samples).plain()


def test_the_values_of_a_correction_are_flagged_and_nothing_else() -> None:
    stream, network = scene(), warmed()
    first = stream.samples(begin=0, end=1)[0]
    network.take(first)
    told = network.take(replace(first, values=(-5.0, 9000.0, *NOTHING[2:]), correction=True))
    assert [(type(x), x.station, x.observed_at, x.pollutant, x.level, x.test) for x in told] == [
        (Flagged, first.station, first.observed_at, name, 4, "range") for name in ("pm25", "pm10")
    ]


def test_a_reading_from_the_future_is_not_judged() -> None:
    network = warmed()
    stream = scene()
    samples = stream.samples(begin=0, end=1)
    happened: list[Happening] = []
    for x in samples[:200]:
        happened += network.take(x)
    ahead = a_sample(stream.at(30), 0, stream.at(1), 900.0)
    assert not Story().take(network.take(ahead)).events
    assert not Story().take(happened).events


def test_minutes_and_hours_in_one_network() -> None:
    """Each is judged by its own kind; neither disturbs the other."""
    quick = scene(FINE).plume(0, 2, 90)
    hourly_sites = [site(100 + n, 10.0 * n, 5.0 * n, 3600.0) for n in range(4)]
    slow = background(hourly_sites, warm=36, hours=14, gases=True)
    slow.plume(1, 6, 250, rise=60, plateau=240, tau=60)
    network = Network(RULES, [*quick.sites, *hourly_sites])
    both = sorted(quick.samples() + slow.samples(), key=lambda x: x.arrived_at)
    story = follow(network, both)
    story.take(network.finish())
    assert [(x.origin) for x in story.orders()] == [0, 101]
    alone = follow(Network(RULES, quick.sites), quick.samples())
    assert [x[:10] for x in alone.plain() if x[6]] == [x[:10] for x in story.plain() if x[6] and x[3] == 0]


def test_a_clock_that_is_set_changes_nothing_else() -> None:
    stream = scene().clock(2, 2, 6, -180)
    story = told(stream, until=8)
    assert story.faults() == {(2, K.CLOCK_SHIFT)}
    assert len(story.events) == 1


def test_a_delivery_of_the_past_is_no_clock_that_is_shifted() -> None:
    stream = scene().backfill(2, 2, 6, 6.5)
    assert (2, K.CLOCK_SHIFT) not in told(stream, until=9).faults()


def test_time_that_passes_without_readings_makes_stations_silent() -> None:
    network = warmed()
    stream = scene()
    story = follow(network, stream.samples(begin=0, end=1))
    for minute in range(60 * 5):
        story.take(network.advance(stream.at(1) + 60 * minute))
    assert {x.kind for x in story.events.values()} == {K.NETWORK_SILENCE}
    # Time that is past brings nothing.
    assert not network.advance(stream.at(0))


def test_what_a_correction_wakes_is_told_at_once() -> None:
    """A reading that is kept for the record still carries the time on."""
    stream = scene()
    network = warmed()
    follow(network, stream.samples(begin=0, end=1))
    late = replace(a_sample(stream.at(0.5), 0, stream.at(6)), correction=True)
    kinds = {x.kind for x in Story().take(network.take(late)).events.values()}
    assert kinds == {K.NETWORK_SILENCE}
