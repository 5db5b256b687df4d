"""Medians, neighbours and profiles against what they are defined as."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from alerts.geodesy import distance_m
from alerts.network.group import Group
from alerts.network.ledger import Ledger
from alerts.network.medians import Floats, Neighbours, median
from alerts.network.rules import SignatureRule
from alerts.network.signature import (
    FAMILIES,
    KEPT,
    LEAD,
    PROFILES,
    differences,
    matched,
    pretended,
    quiet,
    stepped,
)
from alerts.network.site import Site, distance_km, nearest
from models.enums import POLLUTANTS
from tests.unit.alerts.network.streams import RULES, site, sites_at

NUMBERS = st.floats(-1e6, 1e6) | st.just(math.nan)
RULE = SignatureRule()


@given(arrays.arrays(np.float64, arrays.array_shapes(min_dims=1, max_dims=3, max_side=7), elements=NUMBERS))
def test_median_is_that_of_numpy(table: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numpy warns of columns with nothing in them
        wanted = np.nanmedian(table, axis=0)
    np.testing.assert_allclose(median(table), wanted, rtol=1e-12, equal_nan=True)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-60, 60), st.floats(-60, 60)), min_size=1, max_size=25),
    st.floats(0.5, 100),
    st.integers(1, 9),
)
def test_neighbours_are_the_nearest_within_reach(
    places: list[tuple[float, float]], reach_km: float, most: int
) -> None:
    sites = sites_at(places, 60.0)
    found = nearest(sites, reach_km, most)
    for place, others in enumerate(found):
        away = sorted((distance_km(sites[place], other), n) for n, other in enumerate(sites) if n != place)
        assert others == [n for km, n in away if km <= reach_km][:most]


def test_medians_over_neighbours() -> None:
    rows = [[1, 2], [0], [], [0, 1, 2]]
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 7.0], [9.0, 9.0]])
    got = Neighbours(rows).median(values)
    wanted = [[3.0, 6.0], [1.0, np.nan], [np.nan, np.nan], [2.0, 6.0]]
    np.testing.assert_allclose(got, wanted, equal_nan=True)
    assert Neighbours(rows).of == rows


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_near_is_no_median(count: int) -> None:
    values = np.ones((count, 6))
    assert np.isnan(Neighbours([[]] * count).median(values)).all()


def test_fine_stations_reach_less_far_than_coarse() -> None:
    sites = sites_at(((0.0, 0.0), (60.0, 0.0)), 60.0)
    reaches = RULES.network.fine_reach_km, RULES.network.coarse_reach_km
    groups = [Group(RULES, sites, Ledger(), step_s=300.0, reach_km=reach) for reach in reaches]
    assert [group.neighbours.of for group in groups] == [[[], []], [[1], [0]]]


@given(st.floats(-70, 70), st.floats(-70, 70), st.floats(25, 55))
def test_distances_within_a_prefecture_are_those_of_the_sphere(east: float, north: float, lat: float) -> None:
    a = Site(0, "a", "G", 100.0, lat, "micro", 60.0)
    b = Site(
        1,
        "b",
        "G",
        100.0 + east / 111.195 / math.cos(math.radians(lat)),
        lat + north / 111.195,
        "micro",
        60.0,
    )
    assert distance_km(a, b) == distance_km(b, a)
    assert distance_km(a, a) == 0
    assert distance_km(a, b) == pytest.approx(
        distance_m(a.lon, a.lat, b.lon, b.lat) / 1000, rel=2e-3, abs=1e-6
    )


@pytest.mark.parametrize(("cadence_s", "fine"), [(1.0, True), (600.0, True), (601.0, False), (3600.0, False)])
def test_stations_of_minutes_end_at_ten(cadence_s: float, fine: bool) -> None:
    assert site(0, 0.0, 0.0, cadence_s).fine is fine


# ------------------------------------------------------------------ signatures


OFFSETS = np.array([200, 320, 120, 240, 6, 320.0])


def answer(profile: Floats, amplitude: float, expected: Floats) -> Floats:
    """Log change that a source of this amplitude makes in what was expected."""
    return np.log(np.maximum(1 + amplitude * profile / (expected + OFFSETS), KEPT))


@given(st.integers(0, 2**31))
def test_matched_is_the_best_amplitude_s_likelihood(seed: int) -> None:
    """No amplitude explains the residual better than the one that was found, tried one by one."""
    chance = np.random.default_rng(seed)
    root = chance.normal(0, 0.05, (6, 6))
    noise = root @ root.T + np.diag(chance.uniform(0.001, 0.01, 6))
    expected = chance.uniform(0, 300, 6)
    known = (chance.uniform(0, 1, 6) > 0.2).astype(float)
    residual = chance.normal(0, 0.2, 6) * known
    weight = np.linalg.inv(noise + np.diag(np.diag(noise)) * 0.15) * np.outer(known, known)
    scores = matched(PROFILES, residual, expected, noise, OFFSETS, known)
    assert scores.shape == (len(FAMILIES),)
    for family, got in enumerate(scores):
        most = 0.0
        for amplitude in np.geomspace(0.5, 2000, 400):
            left = residual - answer(PROFILES[family], amplitude, expected)
            most = max(most, residual @ weight @ residual - left @ weight @ left)
        assert got**2 >= most - 0.02 * max(most, 1)


@pytest.mark.parametrize("family", range(len(FAMILIES)))
@pytest.mark.parametrize("amplitude", [10.0, 60.0, 600.0])
def test_a_source_s_own_mixture_scores_highest(family: int, amplitude: float) -> None:
    """However the answer bends: the right profile leaves nothing over, so nothing can score higher."""
    expected = np.full(6, 50.0)
    expected[4] = 0.6
    noise, known = np.diag([1e-4] * 6), np.ones(6)
    residual = answer(PROFILES[family], amplitude, expected)
    scores = matched(PROFILES, residual, expected, noise, OFFSETS, known)
    assert int(np.argmax(scores)) == family
    whole = residual @ np.linalg.inv(noise * 1.15) @ residual
    assert scores[family] == pytest.approx(math.sqrt(whole), rel=1e-3)
    false = matched(pretended(expected, expected), residual, expected, noise, OFFSETS, known)
    assert false.max() < scores[family]


def test_what_falls_is_explained_by_no_source() -> None:
    expected = np.full(6, 100.0)
    residual = np.array([-0.3, -0.3, -0.2, -0.2, -0.2, 0.0])
    scores = matched(PROFILES, residual, expected, np.diag([0.01] * 6), OFFSETS, np.ones(6))
    assert scores.tolist() == [0.0] * len(FAMILIES)


@pytest.mark.parametrize("row", [0, 1])
def test_a_gain_and_an_offset_are_the_instrument_s_own(row: int) -> None:
    """Both sizes up by one factor of the level before, or of the usual one: no source explains it as well."""
    base, usual = np.array([80.0, 130, 20, 40, 1, 60]), np.array([60.0, 150, 20, 40, 1, 60])
    profile = pretended(base, usual)[row]
    residual = answer(profile, 1.5, base)
    args = (residual, base, np.diag([0.002, 0.002, 0.001, 0.001, 0.001, 0.001]), OFFSETS, np.ones(6))
    false = matched(pretended(base, usual), *args)
    assert false.max() == pytest.approx(false[row], rel=1e-3)
    assert false.max() > matched(PROFILES, *args).max()


def test_profiles_are_in_units_of_what_leads_them() -> None:
    assert PROFILES.shape == (len(FAMILIES), len(POLLUTANTS))
    assert [float(PROFILES[f, lead]) for f, lead in enumerate(LEAD)] == [1.0] * len(FAMILIES)
    assert (PROFILES[:, :5] >= 0).all()


def test_a_step_arrives_at_once_and_stays_quiet() -> None:
    chance = np.random.default_rng(1)
    before, calm = chance.normal(0, 1, 14), 80 + chance.normal(0, 1, 12)
    assert stepped(before, calm, 80, RULE)
    assert quiet(before, calm, 80, RULE)
    assert not quiet(before, 80 * np.exp(chance.normal(0, 0.2, 12)), 80, RULE)
    assert not stepped(before, np.linspace(8, 80, 10), 80, RULE)
    assert not stepped(before[:4], calm, 80, RULE), "too little is known"


@given(st.lists(st.floats(-1e3, 1e3), max_size=30), st.floats(-1e3, 1e3))
def test_differences_know_no_level(series: list[float], level: float) -> None:
    values = np.array(series)
    got = differences(values)
    assert got >= 0
    assert differences(values + level) == pytest.approx(got, abs=1e-6)
    assert (len(series) >= 2) or got == 0
