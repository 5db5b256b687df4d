"""How much an hour's change means: the noise that is usual and present, and what is watched until it is firm."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.network.happening import FindingKind
from alerts.network.medians import Neighbours
from alerts.network.network import Network
from alerts.network.rules import CoarseRule
from alerts.network.signature import FAMILIES
from alerts.network.suspicion import LAST, MOST, Suspicion
from alerts.network.unrest import BEGIN, SMALLEST, WARM_HOURS, Unrest
from tests.unit.alerts.network.streams import HOURLY, RULES, T0, WIDE, follow, scene, sites_at, told, warmed

K = FindingKind
RULE = CoarseRule(first=6.0, later=4.0)
N, COLUMNS, KINDS = len(WIDE), 6, len(FAMILIES)
KNOWN = np.ones(COLUMNS, dtype=bool)
CALM = np.zeros(COLUMNS)
NOTHING = np.zeros(KINDS)


def unrest(places: tuple[tuple[float, float], ...] = WIDE) -> Unrest:
    return Network(RULES, sites_at(places, 3600.0)).coarse.unrest


def hour(
    unrest: Unrest, sigmas: float, *, places: range = range(N), watched: bool = False, turn: bool = True
) -> None:
    """A label whose residuals are so many times the noise, at these places."""
    for place in places:
        unrest.learn(place, sigmas * unrest.sigma(), NOTHING, KNOWN, watched=watched)
    if turn:
        unrest.turn()


def size(unrest: Unrest, place: int = 0) -> float:
    """Of the present noise, against the usual one."""
    sigma = np.sqrt(np.diag(unrest.covariance(place, CALM, RULE)))
    return float((sigma / unrest.sigma()).max())


# ------------------------------------------------------------------ the noise


def test_restlessness_follows_the_last_hours_and_fades() -> None:
    one = unrest()
    assert size(one) == 1.0
    hour(one, 2.5)
    first = size(one)
    assert first > 1.2, "one restless hour is heard"
    for _ in range(10):
        hour(one, 2.5)
    assert size(one) > 2 > first
    for _ in range(30):
        hour(one, 0.2)
    assert size(one) < 0.6, "and a calm night as well"


def test_half_is_forgotten_in_so_many_labels() -> None:
    one = unrest()
    one.restless[:] = 4.0
    for _ in range(round(RULE.restless_labels)):
        hour(one, 0.0)
    assert one.restless == pytest.approx(np.full((N, COLUMNS), 2.0))


def test_it_is_bounded() -> None:
    one = unrest()
    one.restless[:] = 1e6
    assert size(one) == pytest.approx(math.sqrt(RULE.wildest))
    one.restless[:] = 0.0
    assert size(one) == pytest.approx(math.sqrt(RULE.calmest))


def test_it_is_that_of_the_air_around() -> None:
    """A restless town, and calm another where nobody of it is a neighbour."""
    far = tuple((400.0 + east, north) for east, north in WIDE)
    one = unrest((*WIDE, *far))
    for _ in range(6):
        hour(one, 2.5, places=range(N), turn=False)
        hour(one, 0.3, places=range(N, 2 * N))
    assert size(one, 0) > 1.5
    assert size(one, N) < 1


def test_what_is_suspected_is_not_learned() -> None:
    one, other = unrest(), unrest()
    for _ in range(6):
        hour(one, 3.0, places=range(1), watched=True, turn=False)
        hour(one, 0.5, places=range(1, N))
        hour(other, 3.0, places=range(1), turn=False)
        hour(other, 0.5, places=range(1, N))
    assert size(one) < 1 < size(other)
    # Nobody heard at all changes nothing.
    before = one.restless.copy()
    one.turn()
    assert (one.restless == before).all()


def test_no_residual_counts_for_more_than_three_sigma() -> None:
    one, other = unrest(), unrest()
    hour(one, 3.0)
    hour(other, 3e6)
    assert one.noise == pytest.approx(other.noise)
    assert one.restless == pytest.approx(other.restless)


def test_the_noise_is_learned_with_what_goes_together() -> None:
    one, chance = unrest(), np.random.default_rng(2)
    true = np.array([0.05, 0.06, 0.02, 0.03, 0.04, 0.1])
    for _ in range(300):
        for place in range(N):
            residual = true * chance.normal(0, 1, COLUMNS)
            residual[1] = 1.2 * residual[0]
            one.learn(place, residual, NOTHING, KNOWN, watched=False)
    assert one.sigma() == pytest.approx(true, rel=0.15)
    correlation = one.noise / np.outer(one.sigma(), one.sigma())
    assert correlation[0, 1] == pytest.approx(1, abs=0.05)
    assert abs(correlation[2, 3]) < 0.1


def test_what_all_share_leaves_more_to_chance() -> None:
    one = unrest()
    lifted = np.array([0.4, 0.8, 0, 0, 0, 0])
    more = one.covariance(0, lifted, RULE) - one.covariance(0, CALM, RULE)
    assert more == pytest.approx(RULE.gain_spread**2 * np.outer(lifted, lifted))


def test_a_station_that_shows_next_to_nothing_may_begin_to() -> None:
    one = unrest()
    for _ in range(300):
        for place in range(N):
            one.learn(place, CALM, np.full(KINDS, 1e-6), KNOWN, watched=False)
    assert one.usual.max() < SMALLEST
    assert one.size(0).tolist() == [SMALLEST] * KINDS


def test_the_usual_size_is_that_of_the_hours_that_show_any() -> None:
    """In half of the hours a source that takes nothing away explains nothing."""
    one, chance = unrest(), np.random.default_rng(3)
    for n in range(2000):
        found = 2.0 * np.abs(chance.normal(0, 1, KINDS)) * (n % 2)
        one.learn(0, CALM, found, KNOWN, watched=False)
    # The median of half a normal distribution is 0.6745 of its sigma.
    assert one.size(0) == pytest.approx(2.0, rel=0.35)


def test_nobody_is_judged_before_the_noise_is_known() -> None:
    one = unrest()
    for n in range(WARM_HOURS):
        assert not one.warm, n
        hour(one, 1.0)
    assert one.warm
    assert np.diag(unrest().noise).tolist() == [BEGIN] * COLUMNS


def test_means_over_a_station_and_its_neighbours() -> None:
    values = np.array([[1.0, np.nan], [3.0, 5.0], [np.nan, 7.0], [9.0, 9.0]])
    got = Neighbours([[1, 2], [0], [], [0, 1, 2]]).mean(values)
    wanted = [[2.0, 6.0], [2.0, 5.0], [np.nan, 7.0], [13 / 3, 7.0]]
    np.testing.assert_allclose(got, wanted, equal_nan=True)
    assert Neighbours([[]]).mean(np.array([[4.0]])).tolist() == [[4.0]]


def test_on_a_windy_day_the_same_change_means_less() -> None:
    calm = scene(HOURLY).plume(0, 24, 150, rise=60, plateau=180, tau=60)
    (order,) = told(calm, HOURLY, until=40).orders()
    wild, chance = calm.copy(), np.random.default_rng(5)
    for station in range(N):
        index = wild.window(station, 10, 40)
        wild.values[station, index] *= np.exp(chance.normal(0, 0.35, (len(index), 1)))
    score = order.why["scores"]["burning"]
    later = told(wild, HOURLY, until=26)
    assert all(x.why["scores"]["burning"] < score for x in later.orders() if x.kind is K.ABOVE_NEIGHBOURS)
    network = warmed(HOURLY)
    follow(network, wild.samples(begin=0, end=26))
    assert size(network.coarse.unrest) > 1.5


# ------------------------------------------------------------------ under watch


def suspicion(*labels: tuple[tuple[float, ...], float]) -> Suspicion:
    """By label: how well each family explains it, and how well an instrument does."""
    one = Suspicion(np.zeros(COLUMNS), T0)
    for families, pretence in labels:
        one.statistics.append(np.array(families, dtype=float))
        one.pretences.append(pretence)
    return one


def only(first: float, pretence: float = 0.0) -> tuple[tuple[float, ...], float]:
    return (first, 0.0, 0.0, 0.0), pretence


def test_one_hour_far_beyond_the_usual_is_firm() -> None:
    assert suspicion(only(6.0)).firm(RULE, 0, [0])
    assert not suspicion(only(5.9)).firm(RULE, 0, [0])
    assert not suspicion(((9.0, 1.0, 0, 0), 0)).firm(RULE, 1, [1]), "of the family in question"


def test_two_hours_are_firm_together() -> None:
    """(4.3 + 4.3) / √2 is over six."""
    assert suspicion(only(4.3), only(4.3)).firm(RULE, 0, [0])
    assert not suspicion(only(4.1), only(4.1)).firm(RULE, 0, [0])
    assert not suspicion(only(3.9), only(5.9)).firm(RULE, 0, [0]), "each has to say something"
    assert not suspicion(only(5.9), only(3.9)).firm(RULE, 0, [0])
    # Either hour may speak for another family, if one is over six together.
    assert not suspicion(((4.3, 0, 0, 0), 0), ((0, 4.3, 0, 0), 0)).firm(RULE, 1, [0, 1])
    assert suspicion(((4.3, 4.2, 0, 0), 0), ((4.4, 4.3, 0, 0), 0)).firm(RULE, 1, [0, 1])
    assert not suspicion(((4.3, 4.1, 0, 0), 0), ((4.4, 4.1, 0, 0), 0)).firm(RULE, 1, [1]), "not likely"


def test_only_the_last_labels_are_looked_at_together() -> None:
    long = suspicion(only(5.9), only(0.0), only(4.0), only(4.0))
    assert not long.firm(RULE, 0, [0])
    assert suspicion(only(2.5), only(4.0), only(4.0)).firm(RULE, 0, [0])


def test_the_odds_are_a_log_likelihood_ratio() -> None:
    """Half the difference of the squares."""
    assert suspicion(only(4.0, 3.0)).odds(0) == pytest.approx(3.5)
    assert suspicion(only(3.0, 4.0)).odds(0) == pytest.approx(-3.5)
    assert suspicion(only(4.0, 3.0), only(4.0, 3.0)).odds(0) == pytest.approx(7.0)
    # Whatever was before the last labels.
    three = [only(4.0, 3.0)] * LAST
    assert suspicion(only(0.0, 99.0), *three).odds(0) == suspicion(*three).odds(0)


@settings(max_examples=50)
@given(
    mine=st.lists(st.floats(0, 20), min_size=1, max_size=MOST),
    false=st.lists(st.floats(0, 20), min_size=MOST, max_size=MOST),
    more=st.floats(0.1, 5),
)
def test_better_evidence_never_lowers_the_odds(mine: list[float], false: list[float], more: float) -> None:
    def odds(plus: float, minus: float) -> float:
        labels = [only(x + plus, y + minus) for x, y in zip(mine, false, strict=False)]
        return suspicion(*labels).odds(0)

    assert odds(more, 0) >= odds(0, 0) >= odds(0, more)
    assert odds(more, 0) > odds(0, more)


def test_an_instrument_pretends_for_three_labels_and_far_from_chance() -> None:
    steady = [only(4.0, 5.0)] * LAST
    assert suspicion(*steady).pretends(RULE.first)
    assert not suspicion(only(5.0, 9.0), only(5.0, 9.0)).pretends(RULE.first), "a plume may look so for two"
    assert not suspicion(*[only(5.0, 4.9)] * LAST).pretends(RULE.first), "a source explains it better"
    assert not suspicion(*[only(1.0, 3.0)] * LAST).pretends(RULE.first), "so much happens by chance"
    assert suspicion(*[only(1.0, 3.5)] * LAST).pretends(RULE.first)
    # Any source: one that each hour says something else explains it no better.
    mixed = [((4.0, 0, 0, 0), 4.0), ((0, 4.0, 0, 0), 4.0), ((0, 0, 4.0, 0), 4.0)]
    assert suspicion(*mixed).pretends(RULE.first)


@pytest.mark.parametrize("station", [1, 2, 4])
def test_a_gain_that_jumps_is_an_offset_and_no_order(station: int) -> None:
    """Both sizes up by one factor, gases as before: an instrument explains it better than smoke or dust."""
    stream = scene(HOURLY)
    stream.values[station, stream.window(station, 20, 50), :2] *= 3.0
    story = told(stream, HOURLY, until=45)
    assert not story.orders()
    assert (station, K.OFFSET) in story.faults()
    assert story.of(K.OFFSET)[0].detected_at <= stream.at(24)
