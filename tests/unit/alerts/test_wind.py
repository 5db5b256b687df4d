import math
import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.geodesy import angle_between
from alerts.wind import Wind, WindSample, WindWord, summarise

SAMPLES = st.lists(
    st.builds(WindSample, st.floats(0, 30), st.floats(0, 360), st.floats(0.01, 10)), min_size=1, max_size=30
)
NAN, INF = math.nan, math.inf


def blow(*directions: float, speed: float = 3.0) -> Wind:
    return summarise([WindSample(speed, direction) for direction in directions])


def test_a_steady_wind_across_north() -> None:
    wind = blow(350, 355, 5, 10)
    assert wind.word is WindWord.STEADY
    assert wind.from_deg is not None
    assert angle_between(wind.from_deg, 0) < 1e-9
    assert wind.spread_deg == pytest.approx(7.9, abs=0.1)
    assert (wind.speed_ms, wind.samples) == (3.0, 4)


def test_the_stronger_wind_counts_more() -> None:
    wind = summarise([WindSample(9, 90), WindSample(1, 0)])
    assert wind.mean_deg == pytest.approx(math.degrees(math.atan2(9, 1)))


def test_a_light_sample_counts_less() -> None:
    wind = summarise([WindSample(2, 90, weight=1), WindSample(2, 0, weight=0.25)])
    assert wind.mean_deg == pytest.approx(math.degrees(math.atan2(1, 0.25)))
    assert wind.spread_deg is not None
    assert wind.spread_deg < (blow(90, 0).spread_deg or 0)


@pytest.mark.parametrize("sigma", [2.0, 10.0, 25.0, 45.0])
def test_the_spread_is_a_standard_deviation(sigma: float) -> None:
    chance = random.Random(1984)
    directions = [chance.gauss(350, sigma) for _ in range(4000)]
    spread = blow(*directions).spread_deg
    assert spread == pytest.approx(math.sqrt(fmean((d - 350) ** 2 for d in directions)), rel=0.03)


def test_opposite_winds_name_no_direction() -> None:
    wind = blow(90, 270)
    assert (wind.word, wind.mean_deg, wind.from_deg) == (WindWord.VARIABLE, None, None)
    wind = blow(0, 90, 180, 270, 10)
    assert wind.word is WindWord.VARIABLE
    assert wind.mean_deg is not None
    assert wind.from_deg is None


def test_a_calm_has_no_direction() -> None:
    wind = blow(90, 90, speed=0.4)
    assert (wind.word, wind.speed_ms, wind.mean_deg) == (WindWord.CALM, 0.4, None)
    # One gust among still vanes says nothing of where the hour's air came from.
    gust = [WindSample(6.0, 90), *(WindSample(0.1, 0) for _ in range(9))]
    assert summarise(gust).word is WindWord.CALM
    # But the still vanes do not turn the mean of those that move.
    assert summarise([WindSample(0.2, 270), WindSample(3, 90), WindSample(3, 90)]).from_deg == pytest.approx(
        90
    )


def test_without_a_direction_it_is_unknown_unless_calm() -> None:
    assert summarise([]) == Wind(WindWord.UNKNOWN, None, None, None, 0)
    wind = summarise([WindSample(3, None), WindSample(3, NAN)])
    assert (wind.word, wind.speed_ms) == (WindWord.UNKNOWN, 3.0)
    assert summarise([WindSample(0.1, None)]).word is WindWord.CALM


@pytest.mark.parametrize(
    "sample",
    [WindSample(NAN, 90), WindSample(-1, 90), WindSample(INF, 90), WindSample(999, 90)]
    + [WindSample(3, 90, weight) for weight in (0, -1, NAN, INF)],
)
def test_what_is_no_measurement_is_passed_over(sample: WindSample) -> None:
    assert summarise([sample]).word is WindWord.UNKNOWN
    assert summarise([sample, WindSample(2, 10)]) == summarise([WindSample(2, 10)])


@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_samples_is_nothing(samples: list[WindSample], chance: random.Random) -> None:
    mixed = chance.sample(samples, len(samples))
    assert summarise(samples) == summarise(mixed)


@given(SAMPLES, st.floats(0, 360))
def test_turning_every_vane_turns_the_mean_and_nothing_else(samples: list[WindSample], turn: float) -> None:
    before = summarise(samples)
    after = summarise([WindSample(s.speed_ms, (s.direction_deg or 0) + turn, s.weight) for s in samples])
    assert after.speed_ms == before.speed_ms
    if before.from_deg is not None and after.from_deg is not None:
        assert angle_between(after.from_deg, before.from_deg + turn) < 1e-3
    if before.spread_deg is not None:
        assert after.spread_deg == pytest.approx(before.spread_deg, abs=1e-3)
