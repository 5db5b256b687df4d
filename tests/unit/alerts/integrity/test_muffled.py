"""A covered inlet is told from tired sensors, shifted zeros and clean air."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.integrity.hours import Hours
from alerts.integrity.muffled import muffled
from alerts.integrity.rules import MuffledRule
from alerts.integrity.sign import Sign
from models.enums import SignKind
from tests.unit.alerts.integrity.air import HOUR, air, at, faded, scaled, shifted

RULE = MuffledRule()
BEGUN = at(7, 10)


def look(hours: Hours, suspected: int = BEGUN + 3) -> Sign | None:
    return muffled(hours, hours.at(suspected), RULE)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cadence_s", [60.0, 3600.0])
@pytest.mark.parametrize("factor", [0.04, 0.35, 0.5])
def test_a_filter_is_seen_and_when_it_was_put_on(seed: int, cadence_s: float, factor: float) -> None:
    hours = scaled(air(9, seed=seed, cadence_s=cadence_s), BEGUN, 10**6, factor)
    sign = look(hours)
    assert sign is not None
    assert sign.kind is SignKind.MUFFLED
    assert sign.began_at == hours.at(BEGUN)
    for factors in (sign.values["level_factor"], sign.values["stir_factor"]):
        assert all(factors[name] < 0.67 for name in ("pm25", "pm10"))
    assert sign.values["neighbours_that_fell"] == 0
    assert len(set(map(len, sign.series.values()))) == 1


@pytest.mark.parametrize("seed", range(5))
def test_nothing_done_is_no_sign(seed: int) -> None:
    assert look(air(9, seed=seed)) is None
    assert look(air(9, seed=seed, cadence_s=3600)) is None


@pytest.mark.parametrize("seed", range(5))
def test_the_whole_region_clearing_up_is_none(seed: int) -> None:
    assert look(scaled(air(9, seed=seed), BEGUN, 10**6, 0.3, slice(None))) is None


def test_half_of_the_quarter_clearing_up_is_none() -> None:
    assert look(scaled(air(9), BEGUN, 10**6, 0.3, slice(0, 4))) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_tired_sensor_fades_and_is_none(seed: int) -> None:
    hours = faded(air(9, seed=seed), at(4, 0), at(7, 20), 0.3)
    assert look(hours, at(7, 0)) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_shifted_zero_keeps_its_stir_and_is_none(seed: int) -> None:
    assert look(shifted(air(9, seed=seed), BEGUN, 10**6, -25, -45)) is None


def test_cleaner_air_cleans_the_gases_too() -> None:
    hours = air(9, gases=True)
    filtered = scaled(hours, BEGUN, 10**6, 0.35)
    assert look(filtered) is not None
    level = filtered.level.copy()
    level[BEGUN:, 0, 2:5] *= 0.3
    assert look(Hours(hours.begins_at, level, filtered.stir, hours.count)) is None


def test_too_short_is_none_yet() -> None:
    hours = scaled(air(9), at(8, 1), 10**6, 0.3)
    assert look(hours, at(8, 3)) is None
    assert look(scaled(air(9), at(8, 0), 10**6, 0.3), at(8, 3)) is not None


def test_too_few_neighbours_cannot_tell() -> None:
    assert look(scaled(air(9, members=3), BEGUN, 10**6, 0.3)) is None
    assert look(scaled(air(9, members=1), BEGUN, 10**6, 0.3)) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.02, 1.6), st.integers(0, 9 * 24 + 40), st.floats(0, 0.9))
def test_any_air_with_any_gaps_gives_a_whole_sign_or_none(
    seed: int, factor: float, suspected: int, gaps: float
) -> None:
    hours = scaled(air(9, seed=seed % 7), BEGUN, 10**6, factor)
    gone = np.random.default_rng(seed).random(hours.level.shape[:2]) < gaps
    level, stir = hours.level.copy(), hours.stir.copy()
    level[gone], stir[gone] = np.nan, np.nan
    sign = muffled(Hours(hours.begins_at, level, stir, hours.count), hours.begins_at + suspected * HOUR, RULE)
    if factor > 0.75:
        assert sign is None
    if sign is not None:
        assert hours.begins_at < sign.began_at < sign.until <= hours.at(hours.length)
