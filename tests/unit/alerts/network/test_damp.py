"""Water on particles, and steps that the coarse ones hide: what one counter's two sizes and the gases give away."""

import numpy as np
import pytest

from alerts.network.happening import FindingKind
from alerts.network.rules import SignatureRule
from tests.unit.alerts.network.streams import (
    DAYS,
    FINE,
    HOURLY,
    Kind,
    Stream,
    follow,
    scene,
    told,
    warmed,
)

K = FindingKind
RULE = SignatureRule()
S = 2
"""The unit in question."""
BEGIN = {FINE: 2, DAYS: 2, HOURLY: 20}


def swollen(
    kind: Kind,
    *,
    factor: float = 3.0,
    damp: float = 95.0,
    stations: tuple[int, ...] = (S,),
    gases: float = 1.0,
) -> Stream:
    """Particles swell within five hours, PM10 a third more, and stay so for nine hours more."""
    stream, begin = scene(kind), BEGIN[kind]
    for s in range(len(stream.sites)):
        # The whole region is in the same damp air.
        stream.humidity[s, stream.window(s, begin, begin + 14)] = damp
    for s in stations:
        index = stream.window(s, begin, begin + 14)
        share = np.clip((stream.true[s, index] - stream.at(begin)) / (5 * 3600), 0, 1)[:, None]
        stream.values[s, index, :2] *= 1 + (factor - 1) * share * np.array([0.75, 1.0])
        stream.values[s, index, 2:5] *= 1 + (gases - 1) * share
    return stream


@pytest.mark.parametrize("kind", [FINE, DAYS, HOURLY], ids=["fine", "days", "hourly"])
@pytest.mark.parametrize("factor", [2.5, 3.0])
def test_a_unit_swollen_in_damp_air_is_named_by_the_hour(kind: Kind, factor: float) -> None:
    stream = swollen(kind, factor=factor)
    story = told(stream, kind, until=BEGIN[kind] + 14)
    (event, *_) = story.of(K.HUMIDITY)
    assert {x.origin for x in story.events.values()} == {S}
    assert event.detected_at <= stream.at(BEGIN[kind] + 7)
    assert event.why["humidity"] >= 85
    assert event.pollutants == ("pm25", "pm10")
    assert not story.orders()
    later = [x for x in story.events.values() if x.kind is not K.HUMIDITY]
    assert all(x.detected_at > event.detected_at for x in later), "before it is taken for anything else"


@pytest.mark.parametrize("kind", [FINE, DAYS, HOURLY], ids=["fine", "days", "hourly"])
@pytest.mark.parametrize("damp", [55.0, 84.0, float("nan")])
def test_in_dry_air_it_is_something_else(kind: Kind, damp: float) -> None:
    assert not told(swollen(kind, damp=damp), kind, until=BEGIN[kind] + 14).of(K.HUMIDITY)


def test_with_the_gases_up_it_is_not_water() -> None:
    assert told(swollen(HOURLY, gases=1.1), HOURLY, until=34).of(K.HUMIDITY)
    assert not told(swollen(HOURLY, gases=3.0), HOURLY, until=34).of(K.HUMIDITY)


def test_what_all_share_is_fog() -> None:
    story = told(swollen(HOURLY, stations=tuple(range(6))), HOURLY, until=34)
    assert not story.of(K.HUMIDITY)


@pytest.mark.parametrize("kind", [DAYS, HOURLY], ids=["days", "hourly"])
def test_what_has_been_seen_as_an_event_is_none_of_the_instrument_s_doing(kind: Kind) -> None:
    stream, network, end = swollen(kind), warmed(kind), BEGIN[kind] + 14
    group = network.fine.group if kind is DAYS else network.coarse.group
    story = follow(network, stream.samples(begin=0, end=BEGIN[kind] + 3))
    samples = stream.samples(begin=BEGIN[kind] + 3, end=end)
    for sample in samples:
        # As while it is a member of an incident.
        group.mask(S)
        follow(network, [sample], story)
    assert not story.of(K.HUMIDITY)
    assert told(stream, kind, until=end).of(K.HUMIDITY)


def test_it_is_over_after_hours() -> None:
    story = told(swollen(HOURLY, factor=2.5), HOURLY, until=60)
    for event in story.of(K.HUMIDITY):
        assert 6 * 3600 < story.cleared[event.key] - event.detected_at <= 8 * 3600


# ------------------------------------------------------------------ steps


def hidden_step(pm25: float = 60.0, pm10: float = 250.0, station: int = S) -> Stream:
    """PM10 is all scatter from then on, PM2.5 as steady as before."""
    stream = scene().step(station, 2, 12, pm25, pm10)
    index = stream.window(station, 2, 12)
    stream.values[station, index, 1] += np.random.default_rng(3).normal(0, 30, len(index))
    return stream


@pytest.mark.parametrize("station", [0, 2, 5])
def test_a_step_that_the_coarse_ones_hide_shows_in_the_fine_ones(station: int) -> None:
    stream = hidden_step(station=station)
    story = told(stream, until=6)
    assert not story.orders()
    (event, *_) = story.of(K.OFFSET)
    assert event.origin == station
    assert event.detected_at <= stream.at(2.6)


@pytest.mark.parametrize("station", [0, 2, 5])
@pytest.mark.parametrize("rise", [1.0, 12.0])
def test_a_real_plume_is_none(station: int, rise: float) -> None:
    """Also one of coarse dust that is there at once: turbulence carries both sizes."""
    stream = scene().plume(station, 2, 300, family="dust", rise=rise, turbulence=0.2, plateau=90)
    story = told(stream, until=5)
    assert [x.origin for x in story.orders()] == [station]
    assert not story.of(K.OFFSET)


def rows(fine: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    table = np.full((len(fine), 8), np.nan)
    table[:, 0] = 150.0 * np.arange(len(fine))
    table[:, 1], table[:, 2] = fine, coarse
    return table


@pytest.mark.parametrize("lead", [0, 1])
def test_the_other_size_decides(lead: int) -> None:
    doubt = warmed().fine.doubt
    chance = np.random.default_rng(1)
    scatter = 100 + chance.normal(0, 30, 25)
    calm = 40 + chance.normal(0, 1, 25)
    up = np.where(np.arange(25) >= 14, 60.0, 0.0)

    def quiet(other: np.ndarray) -> bool:
        table = rows(scatter + 4 * up, other) if lead == 0 else rows(other, scatter + 4 * up)
        return doubt._other_is_quiet(table, lead, 14, RULE)

    assert quiet(calm + up)
    assert not quiet(calm), "it has not stepped at all"
    assert not quiet(calm + up * np.exp(chance.normal(0, 0.2, 25))), "turbulent"
    assert not quiet(calm + 60 * np.clip((np.arange(25) - 13) / 8, 0, 1)), "it came slowly"
    assert not quiet(calm + 0.03 * up), "within the usual difference of two readings"
    missing = calm + up
    missing[20] = np.nan
    assert not quiet(missing)
