"""Fine and coarse particles make episodes of their own; what counts is how many there were, not how long."""

from typing import Any

import numpy as np
import pytest

from alerts.network.happening import Cleared, FindingKind, Joined, Opened
from alerts.network.network import Network
from models.enums import AlertScope
from tests.unit.alerts.network.streams import FINE, HOURLY, NEAR, RULES, T0, Kind, scene, sites_at, told

K = FindingKind
RULE = RULES.network.region
N = 6
Told = Opened | Joined | Cleared


class Air:
    """The hours of a region whose stations all read the same, a gain of their own aside."""

    def __init__(self) -> None:
        self.network = Network(RULES, sites_at(NEAR[:N], 300.0))
        self.region, self.hours = self.network.region, self.network.fine.hours
        self.gain = np.linspace(0.9, 1.1, N)
        self.hour = 0
        self.pass_by(8)

    def pass_by(self, count: int, fine: float = 30.0, coarse: float = 50.0) -> list[Told]:
        """That many hours of these levels; what they tell of the region."""
        for _ in range(count):
            self.hour += 1
            at = T0 + 3600.0 * self.hour
            levels = np.full((N, 6), np.nan)
            levels[:, 0] = fine * self.gain
            levels[:, 1] = (fine + coarse) * self.gain
            self.hours.close(at, levels)
            self.region.judge(self.hours, at)
        return [
            h
            for h in self.network.ledger.take()
            if isinstance(h, Joined | Cleared) or (isinstance(h, Opened) and h.kind is K.EPISODE)
        ]

    @property
    def limits(self) -> list[float]:
        return [mode.usual for mode in self.region.modes]


def opened(told: list[Told]) -> list[tuple[str, str]]:
    """Pollutant and mode of each notice."""
    for h in told:
        assert not isinstance(h, Opened) or (h.scope is AlertScope.REGIONAL and not h.order)
    return [(h.pollutants[0], h.why["mode"]) for h in told if isinstance(h, Opened)]


@pytest.mark.parametrize(
    ("rise", "notice"),
    [({"coarse": 250.0}, ("pm10", "coarse")), ({"fine": 140.0}, ("pm25", "fine"))],
)
def test_each_mode_is_told_by_its_own_name(rise: dict[str, float], notice: tuple[str, str]) -> None:
    air = Air()
    assert opened(air.pass_by(3, **rise)) == [notice]
    assert [mode.key is None for mode in air.region.modes] == [
        name != notice[1] for name in ("fine", "coarse")
    ]
    # It ends after three quiet hours, and was one.
    assert [type(h) for h in air.pass_by(20)] == [Cleared]


def test_what_the_coarse_ones_bring_hides_in_no_sum() -> None:
    """Twice the fine particles among much dust: the sum rises by a sixth, the notice is of the fine ones."""
    air = Air()
    air.pass_by(30, fine=40.0, coarse=280.0)
    air.pass_by(20, fine=40.0, coarse=280.0)
    assert opened(air.pass_by(3, fine=100.0, coarse=280.0)) == [("pm25", "fine")]


@pytest.mark.parametrize("apart_h", [0, 3, 6])
def test_both_at_once_are_one_notice(apart_h: int) -> None:
    air = Air()
    first = air.pass_by(max(apart_h, 1), fine=30.0, coarse=200.0) if apart_h else []
    told = first + air.pass_by(2, fine=120.0, coarse=200.0)
    assert len(opened(told)) == 1
    (event,) = air.network.ledger.open.values()
    assert set(event.pollutants) == {"pm25", "pm10"}
    assert {mode.key for mode in air.region.modes} == {event.key}


def test_it_is_over_when_both_are() -> None:
    air = Air()
    air.pass_by(3, fine=90.0, coarse=200.0)
    dusty = air.pass_by(5, coarse=400.0)
    assert not dusty, "the haze is gone, the dust is not"
    assert [mode.key is None for mode in air.region.modes] == [True, False]
    assert [type(h) for h in air.pass_by(20)] == [Cleared]


def test_a_second_mode_much_later_is_a_notice_of_its_own() -> None:
    air = Air()
    assert opened(air.pass_by(1, coarse=200.0)) == [("pm10", "coarse")]
    for _ in range(7):
        assert not opened(air.pass_by(1, coarse=300.0))
    assert opened(air.pass_by(1, fine=120.0, coarse=300.0)) == [("pm25", "fine")]
    key, since = air.region.episode()
    assert key == air.region.modes[0].key, "the one that began last"
    assert since == T0 + 3600.0 * air.hour


def test_stations_that_only_the_second_mode_reached_join() -> None:
    air = Air()
    air.gain = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.1])
    air.pass_by(30)
    (first,) = [h for h in air.pass_by(1, coarse=120.0) if isinstance(h, Opened)]
    later = air.pass_by(1, fine=150.0, coarse=120.0)
    joined = {h.station for h in later if isinstance(h, Joined)}
    assert joined == set(range(N)) - set(first.stations)
    assert joined


# ------------------------------------------------------------------ the threshold


def test_episodes_move_the_threshold_and_their_hours_do_not() -> None:
    """A storm that grows for a day lifts it as one of four hours does: what lasts is never learned as normal."""
    lifted = []
    for hours in (4, 24):
        air = Air()
        before = air.limits
        air.pass_by(1, coarse=200.0)
        after = air.limits
        assert after[1] - before[1] == pytest.approx(RULE.pace * RULE.share)
        assert after[0] - before[0] == pytest.approx(-RULE.pace * (1 - RULE.share)), "the other was calm"
        for n in range(1, hours):
            assert not air.pass_by(1, coarse=200.0 * 1.2**n), "it goes on"
        assert air.limits[1] == after[1]
        lifted.append(air.limits[1])
    assert lifted[0] == lifted[1]


def test_it_falls_back_within_the_time_one_is_expected_in() -> None:
    """One in eight days: two hundred calm hours make up for it."""
    air = Air()
    start = air.limits[1]
    air.pass_by(4, coarse=200.0)
    # Calm air after the storm, and until it is told over.
    air.pass_by(20)
    lifted = air.limits[1]
    air.pass_by(round(RULE.share / (1 - RULE.share)))
    assert air.limits[1] == pytest.approx(lifted - RULE.pace * RULE.share, abs=1e-9)
    assert air.limits[1] == pytest.approx(start, abs=0.03)


def test_it_stays_within_its_bounds() -> None:
    air = Air()
    air.pass_by(round((RULE.begin - RULE.lowest) / (RULE.pace * (1 - RULE.share))) + 30)
    assert air.limits == [RULE.lowest] * 2
    # One after another, each stronger than the last: the region is used to it, but not to anything.
    for n in range(12):
        air.pass_by(20)
        air.pass_by(4, fine=30.0 + 60 * 1.6**n, coarse=50.0)
    assert air.limits[0] <= RULE.highest
    assert air.limits[0] > 1.0


def test_after_many_a_weak_one_is_no_news() -> None:
    air = Air()
    weak = {"fine": 75.0}
    assert opened(air.pass_by(2, **weak))
    for n in range(4):
        air.pass_by(20)
        air.pass_by(4, fine=150.0 + 50 * n)
    air.pass_by(20)
    assert not opened(air.pass_by(2, **weak))


# ------------------------------------------------------------------ the same with readings


@pytest.mark.parametrize("kind", [FINE, HOURLY])
@pytest.mark.parametrize(("family", "size", "pollutant"), [("dust", 250, "pm10"), ("burning", 120, "pm25")])
def test_a_storm_and_a_haze_by_readings(kind: Kind, family: str, size: float, pollutant: str) -> None:
    how: dict[str, Any] = {"family": family}
    begin, hours = (2, 8) if kind is FINE else (20, 16)
    story = told(scene(kind).episode(begin, hours, size, **how), kind)
    assert [x.pollutants for x in story.of(K.EPISODE)] == [(pollutant,)]
    assert not story.orders()


@pytest.mark.parametrize("kind", [FINE, HOURLY])
def test_a_storm_with_haze_is_one_notice(kind: Kind) -> None:
    begin, hours = (2, 8) if kind is FINE else (20, 16)
    stream = scene(kind).episode(begin, hours, 250).episode(begin + 1, hours, 120, family="burning")
    story = told(stream, kind)
    (event,) = story.of(K.EPISODE)
    assert event.key in story.cleared
    assert not story.orders()
