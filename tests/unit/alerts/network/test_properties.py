"""What holds for every stream: the same readings tell the same story, however they come, and nothing breaks it."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.network.happening import Happening
from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.snapshot import BadSnapshot, load, save
from models.enums import AlertScope
from tests.unit.alerts.network.streams import (
    DAY,
    HOURLY,
    NEAR,
    RULES,
    T0,
    Story,
    Stream,
    background,
    follow,
    from_cold,
    scene,
    site,
    sites_at,
    told,
    warmed,
)

FEW = settings(max_examples=5, deadline=None)
SITES = [
    *sites_at(NEAR[:3], 60.0),
    site(3, 2.0, 2.0, 300.0),
    site(4, 1.0, 1.0, 3600.0),
    site(5, 4.0, 1.0, 3600.0),
]


# ------------------------------------------------------------------ cut anywhere, saved and loaded


@lru_cache
def _busy() -> tuple[tuple[Sample, ...], bytes, tuple[Happening, ...]]:
    """Five hours in which a lot happens, the state before them, and what is told without any cut."""
    stream = scene().spread(0, [(1, 10, 0.7), (2, 20, 0.6)], 1, 150).episode(3, 9, 200)
    stream.burst(4, 1, 2.5).flat(5, 1, 4).step(6, 1, 4, 150, 240).gap(7, 1, 3).clock(3, 2, 4, -90)
    samples = tuple(stream.samples(begin=0, end=5))
    network = warmed()
    whole = tuple(h for sample in samples for h in network.take(sample)) + tuple(network.finish())
    return samples, save(warmed()), whole


@FEW
@given(cuts=st.sets(st.integers(1, 950), max_size=6))
def test_cut_saved_and_loaded_anywhere_the_story_is_the_same(cuts: set[int]) -> None:
    samples, state, whole = _busy()
    sites = scene().sites
    network = load(state, RULES, sites)
    happened: list[Happening] = []
    for n, sample in enumerate(samples):
        if n in cuts:
            network = load(save(network), RULES, sites)
        happened += network.take(sample)
    happened += load(save(network), RULES, sites).finish()
    assert happened == list(whole)


def test_that_story_is_a_rich_one() -> None:
    story = Story().take(_busy()[2])
    assert {x.scope for x in story.events.values()} == set(AlertScope)
    assert len({x.kind for x in story.events.values()}) >= 6


@settings(max_examples=5, deadline=None)
@given(cuts=st.sets(st.integers(0, 300), min_size=1, max_size=4))
def test_cut_anywhere_by_the_hour(cuts: set[int]) -> None:
    stream = scene(HOURLY).spread(0, [(1, 60, 0.7)], 20, 200, rise=60, plateau=180, tau=60)
    stream.step(2, 10, 40, 150, 250).filter(3, 15, 50).noise(4, 20, 40, 0.85).plume(5, 30, 150, rise=90)
    samples = stream.samples(begin=0, end=52)
    network, whole = warmed(HOURLY), follow(warmed(HOURLY), samples).happenings
    happened: list[Happening] = []
    for n, sample in enumerate(samples):
        if n in cuts:
            network = load(save(network), RULES, stream.sites)
        happened += network.take(sample)
    assert happened == whole


def test_saving_what_was_loaded_gives_the_same_bytes() -> None:
    samples, state, _ = _busy()
    network = load(state, RULES, scene().sites)
    for sample in samples[:700]:
        network.take(sample)
    body = save(network)
    assert save(load(body, RULES, scene().sites)) == body


@given(st.binary(max_size=200))
def test_other_bytes_are_no_snapshot(body: bytes) -> None:
    with pytest.raises(BadSnapshot):
        load(body, RULES, scene().sites)


@pytest.mark.parametrize("gone", [0, 3, 7])
def test_a_station_that_went_takes_its_events_along(gone: int) -> None:
    samples, state, _ = _busy()
    network = load(state, RULES, scene().sites)
    story = Story()
    for sample in samples[:450]:
        story.take(network.take(sample))
    left = [s for s in scene().sites if s.id != gone]
    network = load(save(network), RULES, left)
    for sample in samples[450:]:
        story.take(network.take(sample))
    faults = [x for x in story.open() if x.scope is AlertScope.INSTRUMENT]
    assert gone not in {x.origin for x in faults}


def test_a_station_that_came_changes_nothing_of_the_others_memory() -> None:
    before = warmed()
    more = [*scene().sites, site(50, 400.0, 400.0, 150.0)]
    after = load(save(before), RULES, more)
    assert (after.fine.usual.base[:8, :2] == before.fine.usual.base[:, :2]).all()
    assert (
        follow(after, scene().plume(0, 2, 90).samples(0, 5)).plain()
        == told(scene().plume(0, 2, 90), until=5).plain()
    )


def test_stations_in_another_order_are_the_same_stations() -> None:
    before = warmed()
    turned = list(reversed(scene().sites))
    after = load(save(before), RULES, turned)
    got = follow(after, scene().plume(0, 2, 90).samples(0, 5)).plain()
    assert got == told(scene().plume(0, 2, 90), until=5).plain()


# ------------------------------------------------------------------ deliveries


@FEW
@example(begin=0.0, hours=3.0, delay_s=150.0, station=4)  # comes with the next reading of the same step
@given(begin=st.floats(0, 4), hours=st.floats(0.1, 3), delay_s=st.floats(0, 7200), station=st.integers(0, 7))
def test_doubled_deliveries_change_nothing(begin: float, hours: float, delay_s: float, station: int) -> None:
    once = _plumes()
    twice = _plumes().doubled(station, begin, begin + hours, delay_s)
    # Whoever wakes the network first finds the same: compare what is told of the air and of instruments.
    assert told(twice, until=7).plain() == _plumes_told()
    assert len(twice.samples(begin=0)) > len(once.samples(begin=0)) - 1


def _plumes() -> Stream:
    return scene().spread(0, [(1, 10, 0.7)], 1, 150).burst(4, 1, 2.5).plume(5, 3, 100)


@lru_cache
def _plumes_told() -> list[tuple[object, ...]]:
    return told(_plumes(), until=7).plain()


@pytest.mark.parametrize("days", [9, -3])
def test_days_later_the_same_events_happen(days: int) -> None:
    def story(zero: float) -> Story:
        sites = sites_at(NEAR[:5], 150.0)
        stream = background(sites, warm=14, hours=6, zero=zero)
        return from_cold(stream.plume(0, 2, 90).spike(3, 1).step(4, 1.5, 6, 200, 330))

    then = story(T0)
    assert len(then.orders()) == 1
    assert story(T0 + days * DAY).plain(-days * DAY) == then.plain()


# ------------------------------------------------------------------ any values at all

ANY = st.floats(allow_nan=True, allow_infinity=True)
USUAL = st.floats(0, 700)
VALUE = st.none() | USUAL | ANY


@st.composite
def _samples(draw: st.DrawFn) -> list[Sample]:
    now, found = T0, []
    for _ in range(draw(st.integers(1, 40))):
        now += draw(st.sampled_from([0.0, 1.0, 60.0, 60.0, 300.0, 3600.0, 20000.0, 2e6]))
        lag = draw(st.sampled_from([0.0, 0.0, 2.0, 60.0, 1000.0, 5000.0, 1e6, -300.0, -5000.0, T0, 1e12]))
        values = tuple(draw(st.lists(VALUE, min_size=6, max_size=6)))
        met = tuple(draw(st.lists(st.none() | ANY, min_size=5, max_size=5)))
        lon, lat = draw(st.none() | ANY), draw(st.none() | ANY)
        found.append(
            Sample(draw(st.integers(0, 6)), now - lag, now, values, met, lon, lat, draw(st.booleans()))
        )
    return found


@settings(max_examples=25, deadline=None)
@given(_samples())
def test_no_reading_breaks_it(samples: Sequence[Sample]) -> None:
    network, story = Network(RULES, SITES), Story(strict=False)
    for sample in samples:
        story.take(network.take(sample))
    story.take(network.advance(samples[-1].arrived_at + 86_400))
    story.take(network.finish())
    assert save(load(save(network), RULES, SITES)) == save(network)
    assert not [x for x in story.orders() if not math.isfinite(x.detected_at)]


@FEW
@given(seed=st.integers(0, 2**31), spoilt=st.lists(st.tuples(st.integers(0, 900), VALUE, VALUE), max_size=80))
def test_no_value_breaks_a_network_that_is_warm(
    seed: int, spoilt: list[tuple[int, float | None, float | None]]
) -> None:
    samples = scene().plume(seed % 8, 1, 100).samples(begin=0, end=4)
    for n, a, b in spoilt:
        k = n % len(samples)
        samples[k] = replace(samples[k], values=(a, b, *samples[k].values[2:]))
    story = follow(warmed(), samples)
    # Single wild values are no source: the plume is the only one.
    assert {x.origin for x in story.orders()} <= {seed % 8}
