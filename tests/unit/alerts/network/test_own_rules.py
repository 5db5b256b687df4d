"""Rules that a grid or a station has for itself hold there, and nowhere else."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.network.happening import FindingKind, Opened
from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.snapshot import load, save
from alerts.ruleset import DEFAULT_RULES, RuleSet, parse_rules
from models.enums import AlertScope
from models.merge_patch import merge
from tests.unit.alerts.network.streams import (
    DAYS,
    FINE,
    HOURLY,
    NEAR,
    RULES,
    Kind,
    Story,
    Stream,
    background,
    follow,
    scene,
    sites_at,
    warmed,
)

K = FindingKind
KEEN = {
    "fine": {
        "z": 2.5, "tail": 0.5, "log_ratio": 0.15, "log_long": 0.1, "sigma_floors": {"pm25": 0.03, "pm10": 0.03},
        "floors": {"pm25": 3, "pm10": 5},
    }
}  # fmt: skip


def rules(*layers: str, **patch: Any) -> RuleSet:
    return parse_rules(merge(DEFAULT_RULES, patch), layers=layers)


def judged(kind: Kind, stream: Stream, own: Mapping[int, RuleSet], until: float | None = None) -> Story:
    """What the warmed network tells of the scene once these rules have come into force."""
    network = load(save(warmed(kind)), RULES, stream.sites, own)
    story = follow(network, stream.samples(begin=0, end=until))
    return story.take(network.finish())


def busy(kind: Kind) -> Stream:
    """Something of everything."""
    stream = scene(kind)
    if kind is HOURLY:
        stream.spread(0, [(1, 60, 0.7)], 20, 200, rise=60, plateau=180, tau=60)
        return (
            stream.step(2, 10, 40, 150, 250)
            .filter(3, 15, 50)
            .noise(4, 20, 40, 0.85)
            .plume(5, 30, 150, rise=90)
        )
    stream.spread(0, [(1, 8, 0.7)], 2, 120).step(4, 3, 8, 80, 130).noise(5, 4, 8)
    return stream.flat(6, 2, 7).burst(2, 5, 7).moved(3, 6, 9).gap(7, 4, 8)


@pytest.mark.parametrize("kind", [FINE, HOURLY, DAYS], ids=["fine", "hourly", "days"])
@pytest.mark.parametrize("every", [1, 2])
def test_the_same_figures_as_a_station_s_own_tell_the_same(kind: Kind, every: int) -> None:
    stream = (
        scene(DAYS).filter(0, 10, 60).drift(1, 5, 100, 60, 90).blocked(2, 70, 90)
        if kind is DAYS
        else busy(kind)
    )
    plain = judged(kind, stream, {})
    own = {site.id: parse_rules(DEFAULT_RULES) for site in stream.sites[::every]}
    assert plain.events
    assert judged(kind, stream, own).happenings == plain.happenings


@settings(max_examples=5, deadline=None)
@given(cuts=st.sets(st.integers(0, 1500), min_size=1, max_size=3))
def test_cut_anywhere_with_rules_of_their_own(cuts: set[int]) -> None:
    stream = busy(FINE)
    own = {1: rules("grid A", network=KEEN), 4: rules("station S4", network={"signature": {"settle": 9}})}
    samples = stream.samples(begin=0, end=9)
    network, whole = load(save(warmed()), RULES, stream.sites, own), Story()
    follow(network, samples, whole)
    network, story = load(save(warmed()), RULES, stream.sites, own), Story()
    for n, sample in enumerate(samples):
        if n in cuts:
            network = load(save(network), RULES, stream.sites, own)
        story.take(network.take(sample))
    assert story.happenings == whole.happenings


# ------------------------------------------------------------------ who is concerned


def test_a_keener_threshold_of_minutes_raises_there_alone() -> None:
    # Too little for the rules of all, at two stations far from each other.
    stream = scene().plume(1, 2, 14, turbulence=0.05).plume(5, 2, 14, turbulence=0.05)
    assert not judged(FINE, stream, {}, until=5).orders()
    (order,) = judged(FINE, stream, {1: rules("grid 652301", network=KEEN)}, until=5).orders()
    assert order.origin == 1
    assert order.why["rules"] == ["grid 652301"]


def test_a_milder_one_keeps_quiet_there_alone() -> None:
    stream = scene().plume(1, 2, 60).plume(5, 2, 60)
    assert sorted(x.origin for x in judged(FINE, stream, {}, until=5).orders()) == [1, 5]
    mild = rules("station S1", network={"fine": {"floors": {"pm25": 160, "pm10": 300}}})
    assert [x.origin for x in judged(FINE, stream, {1: mild}, until=5).orders()] == [5]


def test_a_limit_of_the_hour_may_be_a_grid_s_own() -> None:
    tiers = {"notice": 30.0, "serious": 250.0, "critical": 400.0}
    low = rules(
        "grid A", exceedance_hour={"thresholds": {"pm25": tiers}}, network={"limit": {"log_apart": 0.1}}
    )
    sites = sites_at(NEAR[:1] + NEAR[4:5], 150.0)
    stream = background(sites, warm=0, hours=6)
    plain = follow(Network(RULES, sites), stream.samples())
    story = follow(Network(RULES, sites, {1: low}), stream.samples())
    assert not plain.orders()
    assert {x.origin for x in story.orders()} == {1}
    assert {x.kind for x in story.orders()} <= {K.EXCEEDANCE_HOUR, K.SUSTAINED_HIGH}
    assert all(x.why["rules"] == ["grid A"] for x in story.orders())


def test_hourly_stations_have_their_own_statistic() -> None:
    stream = scene(HOURLY).plume(0, 20, 160, rise=60, plateau=180, tau=60)
    (order,) = judged(HOURLY, stream, {}, until=40).orders()
    assert order.origin == 0
    assert "rules" not in order.why
    deaf = rules(network={"coarse": {"floors": {"pm25": 180, "pm10": 450}}})
    # The change of an hour is not enough there; that the level lasts, is.
    assert order.kind is K.ABOVE_NEIGHBOURS
    (later,) = judged(HOURLY, stream, {0: deaf}, until=40).orders()
    assert later.kind is K.SUSTAINED_HIGH
    assert later.detected_at > order.detected_at
    assert judged(HOURLY, stream, {1: deaf}, until=40).plain() == judged(HOURLY, stream, {}, until=40).plain()


def test_a_range_of_quality_control_is_judged_at_its_station_alone() -> None:
    span = {"fail_low": -10.0, "fail_high": 60.0, "suspect_low": -5.0, "suspect_high": 55.0}
    quality: dict[str, Any] = {"range": {"spans": {"pm25": span}, "winter": {"spans": {"pm25": span}}}}
    quality["range"]["dust"] = {"spans": {"pm25": span}}
    stream = scene()
    for station in (1, 5):
        stream.values[station, stream.window(station, 2, 3), 0] = 90.0 + np.arange(24) % 7
    story = judged(FINE, stream, {1: rules("station S1", quality=quality)}, until=4)
    ranged = {flag.station for flag in story.flags if flag.test == "range"}
    assert ranged == {1}
    (fault,) = [x for x in story.of(K.IMPLAUSIBLE) if x.origin == 1]
    assert fault.why["rules"] == ["station S1"]
    assert not [x for x in story.of(K.IMPLAUSIBLE) if x.origin == 5]


def test_who_may_be_silent_for_longer_is_not_missed() -> None:
    stream = scene().gap(1, 2, 14).gap(5, 3, 14)
    patient = rules(network={"fault": {"silent_s": 6 * 3600}})
    story = judged(FINE, stream, {1: patient}, until=6)
    assert [x.origin for x in story.of(K.OFFLINE)] == [5]


def test_slow_faults_go_by_the_station_s_own_limits() -> None:
    stream = scene(DAYS).filter(0, 10, 100).filter(3, 10, 100)
    plain = {x.origin for x in judged(DAYS, stream, {}, until=40).of(K.ATTENUATED)}
    assert plain == {0, 3}
    blind = rules(network={"fault": {"low_log": -6.0, "blocked_log": -12.0}})
    assert {x.origin for x in judged(DAYS, stream, {3: blind}, until=40).of(K.ATTENUATED)} == {0}


# ------------------------------------------------------------------ what is told of it


def test_what_is_laid_over_for_all_is_told_of_every_event() -> None:
    stream = scene().plume(1, 2, 90).gap(5, 3, 14)
    everywhere = replace(RULES, layers=("season heating",))
    own = {5: rules("season heating", "station S5")}
    network = load(save(warmed()), everywhere, stream.sites, own)
    story = follow(network, stream.samples(begin=0, end=8))
    told = {x.origin: x.why["rules"] for x in story.events.values()}
    assert told == {1: ["season heating"], 5: ["season heating", "station S5"]}


def test_what_the_region_does_is_judged_by_nobody_s_own_rules() -> None:
    stream = scene(HOURLY).episode(20, 30, 400)
    own = {site.id: rules("grid A") for site in stream.sites}
    story = judged(HOURLY, stream, own)
    regional = [x for x in story.events.values() if x.scope is AlertScope.REGIONAL]
    assert regional
    assert all("rules" not in x.why for x in regional)


def test_rules_that_come_into_force_find_the_memory_as_it_was() -> None:
    stream = scene().plume(1, 2, 90).flat(6, 1, 9)
    network, story = load(save(warmed()), RULES, stream.sites), Story()
    follow(network, stream.samples(begin=0, end=2.6), story)
    before = [copy.copy(x) for x in story.open()]
    assert {x.origin for x in before} >= {1, 6}
    network = load(save(network), RULES, stream.sites, {1: rules("grid A", network=KEEN)})
    follow(network, stream.samples(begin=2.6, end=9), story)
    assert [x for x in story.orders() if x.origin == 1] == [x for x in before if x.origin == 1]
    assert story.cleared.keys() >= {x.key for x in before if x.origin == 1}


@pytest.mark.parametrize(("first", "then"), [(300.0, 600.0), (600.0, 120.0)])
def test_steps_of_another_length_begin_anew_and_are_judged(first: float, then: float) -> None:
    def steps(step_s: float) -> RuleSet:
        return rules(network={"fine": {"step_s": step_s, "base_steps": 12, "guard_steps": 2}})

    stream = background(sites_at(NEAR[:5], 60.0), warm=14, hours=14).plume(0, 11, 90)
    network, story = Network(steps(first), stream.sites), Story()
    follow(network, stream.samples(end=0), story)
    network = load(save(network), steps(then), stream.sites)
    follow(network, stream.samples(begin=0), story)
    assert [x.origin for x in story.orders()] == [0]


def test_the_same_sample_is_judged_without_a_site_of_that_number() -> None:
    network = Network(RULES, sites_at(NEAR[:2], 150.0), {77: rules("station gone", network=KEEN)})
    assert not [x for x in network.take(Sample(77, 1e9, 1e9, (500.0,) * 6)) if isinstance(x, Opened)]
