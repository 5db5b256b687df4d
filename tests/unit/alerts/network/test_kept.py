"""What is saved is everything: a network cut anywhere goes on as if nothing had been, whatever was under way."""

import math
from array import array
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.network.happening import Cleared, FindingKind, Happening
from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.snapshot import load, save
from alerts.network.track import NEVER
from alerts.quality import Screen
from tests.unit.alerts.network.streams import FINE, HOURLY, RULES, Kind, Story, Stream, scene, warmed

K = FindingKind
FEW = settings(max_examples=6, deadline=None)


def by_minutes() -> Stream:
    """Smoke that goes with the wind, neighbours that stir, an edge, a haze, spikes and silences that come back."""
    stream = scene(FINE).blow(2.5, 250.0)
    for station in (1, 2, 3, 6):
        stream.values[station, stream.window(station, 0.6, 200), :2] *= 1.35
    stream.plume(0, 1, 90, plateau=70).plume(5, 1.2, 200, plateau=20)
    stream.front(5, 100, (0, 4, 1, 2, 3, 5, 6, 7), lag=30, ramp=20)
    for hour in (0.5, 3.1, 5.6, 8.2, 10.9):
        stream.spike(7, hour)
    for hour in (0.2, 2.6, 5.0, 7.4):
        stream.gap(4, hour, hour + 1.3)
    return stream.swell(6, 8.5, 13.5)


def by_the_hour() -> Stream:
    """The same with hours: sources, faults that are watched, a storm with haze, spikes that come back."""
    slow = {"rise": 60.0, "plateau": 180.0, "tau": 60.0}
    stream = scene(HOURLY).blow(4.0, 250.0)
    stream.spread(0, [(1, 60, 0.7)], 10, 250, **slow).step(2, 16, 40, 150, 250)
    stream.plume(5, 30, 120, family="industrial", **slow).episode(34, 14, 300)
    stream.episode(36, 10, 120, family="burning").noise(4, 44, 56, 0.85)
    for hour in (2, 12, 22, 32, 42):
        stream.spike(3, hour)
    return stream


STREAMS = {FINE: (by_minutes, 13.9), HOURLY: (by_the_hour, 70.0)}


@lru_cache
def samples_of(kind: Kind) -> tuple[Sample, ...]:
    stream, end = STREAMS[kind]
    return tuple(stream().samples(begin=0, end=end))


def parts(network: Network) -> list[Any]:
    return [network.fine, network.coarse]


UNDER_WAY: dict[str, tuple[Callable[[Network], bool], tuple[Kind, ...]]] = {
    "an incident lingers": (
        lambda n: any(not x.members for part in parts(n) for x in part.incidents.open), (FINE,)
    ),
    "an incident has members": (
        lambda n: any(len(x.members) > 1 for part in parts(n) for x in part.incidents.open), (HOURLY,)
    ),
    "an incident was an edge": (lambda n: any(x.regional for x in n.fine.incidents.open), (FINE,)),
    "a candidate waits": (
        lambda n: any(t.candidate and t.candidate.waits_since > NEVER for t in n.fine.group.tracks), (FINE,)
    ),
    "a candidate is held": (lambda n: any(t.candidate and t.candidate.held for t in n.fine.group.tracks), (FINE,)),
    "a fault rests": (lambda n: bool(n.ledger.resting), (FINE, HOURLY)),
    "a fault has come back": (
        lambda n: any(len(ats) == n.ledger.rule.again for ats in n.ledger.came.values()), (FINE, HOURLY)
    ),
    "a suspicion is watched": (lambda n: bool(n.coarse.watched), (HOURLY,)),
    "a suspicion of labels": (lambda n: any(w.labels > 1 for w in n.coarse.watched.values()), (HOURLY,)),
    "one mode": (lambda n: len([m for m in n.region.modes if m.key is not None]) == 1, (FINE, HOURLY)),
    "both modes": (lambda n: all(m.key is not None for m in n.region.modes), (HOURLY,)),
    "a wind": (lambda n: any(t.wind_at > NEVER for p in parts(n) for t in p.group.tracks), (FINE, HOURLY)),
}  # fmt: skip


@lru_cache
def whole(kind: Kind) -> tuple[tuple[Happening, ...], dict[str, list[int]]]:
    """What is told without a cut, and the samples before which each of these was under way."""
    network = warmed(kind)
    told: list[Happening] = []
    found: dict[str, list[int]] = {name: [] for name in UNDER_WAY}
    for n, sample in enumerate(samples_of(kind)):
        for name, (is_so, _) in UNDER_WAY.items():
            if is_so(network):
                found[name].append(n)
        told += network.take(sample)
    told += network.finish()
    return tuple(told), found


def cut_at(kind: Kind, cuts: set[int]) -> tuple[Happening, ...]:
    network, told = warmed(kind), []
    sites = scene(kind).sites
    for n, sample in enumerate(samples_of(kind)):
        if n in cuts:
            network = load(save(network), RULES, sites)
        told += network.take(sample)
    return (*told, *load(save(network), RULES, sites).finish())


@pytest.mark.parametrize("kind", STREAMS, ids=["minutes", "hours"])
@FEW
@given(data=st.data())
def test_cut_anywhere_the_story_is_the_same(kind: Kind, data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(0, len(samples_of(kind)) - 1), min_size=1, max_size=6))
    assert cut_at(kind, cuts) == whole(kind)[0]


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, (_, kinds) in UNDER_WAY.items() for kind in kinds]
)
def test_cut_while_it_is_under_way_the_story_is_the_same(name: str, kind: Kind) -> None:
    told, found = whole(kind)
    at = found[name]
    assert at, "the stream has it"
    assert cut_at(kind, {at[0], at[len(at) // 2], at[-1]}) == told


@pytest.mark.parametrize("kind", STREAMS, ids=["minutes", "hours"])
def test_those_stories_are_rich(kind: Kind) -> None:
    story = Story().take(whole(kind)[0])
    kinds = Counter(x.kind for x in story.events.values())
    assert story.orders()
    assert kinds[K.EPISODE] >= 1
    assert kinds[K.SPIKE] >= 3
    assert len(kinds) >= 5, kinds


# ------------------------------------------------------------------ every field

OWN = "alerts."
FIXED = {"rules", "rules_at", "rule", "own"}
"""Comes from the rule set and the sites, not from the past."""


def state(thing: Any, met: set[int] | None = None) -> Any:
    """All that an object holds, in values that can be compared: arrays as lists, NaN as a word. What several parts
    share is told by the first that is met.
    """
    met = set() if met is None else met
    if isinstance(thing, Screen):
        return state(thing.dump())  # what it keeps at hand besides follows from that
    if isinstance(thing, np.ndarray):
        return [str(thing.dtype), state(thing.tolist())]
    if isinstance(thing, dict):
        return {repr(key): state(value, met) for key, value in thing.items()}
    if isinstance(thing, list | tuple | array):
        return [state(x, met) for x in thing]
    if isinstance(thing, set | frozenset):
        return sorted(map(repr, thing))
    if isinstance(thing, float | np.floating):
        return "nan" if math.isnan(thing) else float(thing)
    names = _fields(thing)
    if names is None:
        return thing if isinstance(thing, str | int | bool | bytes | type(None)) else repr(type(thing))
    if id(thing) in met:
        return "as above"
    met.add(id(thing))
    return {name: state(getattr(thing, name), met) for name in names if name not in FIXED}


def _fields(thing: Any) -> list[str] | None:
    if not type(thing).__module__.startswith(OWN):
        return None
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return sorted({*slots, *getattr(thing, "__dict__", {})})


@pytest.mark.parametrize("kind", STREAMS, ids=["minutes", "hours"])
def test_nothing_is_left_out(kind: Kind) -> None:
    """Every attribute of every part, at moments at which a lot is under way."""
    network, sites = warmed(kind), scene(kind).sites
    _, found = whole(kind)
    moments = {at[len(at) // 2] for at in found.values() if at}
    for n, sample in enumerate(samples_of(kind)):
        if n in moments:
            before, after = state(network), state(load(save(network), RULES, sites))
            for part in before:
                assert after[part] == before[part], part
        network.take(sample)


def test_what_is_compared_is_all_of_it() -> None:
    found = repr(state(warmed(HOURLY)))
    for name in ("wind_at", "resting", "came", "watched", "squares", "restless", "opened_at"):
        assert f"'{name}'" in found, name


def test_a_fault_that_rests_ends_with_its_station() -> None:
    network = warmed()
    samples = samples_of(FINE)
    for sample in samples:
        if network.ledger.resting:
            break
        network.take(sample)
    ((station, _), (key, _)), *_ = network.ledger.resting.items()
    left = [s for s in scene().sites if s.id != station]
    network = load(save(network), RULES, left)
    assert network.ledger.take() == [Cleared(key, network.now)]
    assert not network.ledger.resting
