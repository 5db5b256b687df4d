"""Another character is told from weather, from creeping and from what passes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.integrity.changed import TRAITS, begins, changed, traits
from alerts.integrity.hours import Hours
from alerts.integrity.rules import ChangedRule
from models.enums import SignKind
from tests.unit.alerts.integrity.air import BEGIN, DAY, air, at, faded, scaled, shifted, silent

RULE = ChangedRule()
DAYS = RULE.before_days + RULE.after_days
SPLIT = at(RULE.before_days, 0)
END = at(DAYS, 0)


def whole(seed: int = 1, **how: float) -> Hours:
    return air(DAYS, seed=seed, **how)  # type: ignore[arg-type]  # passed through


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("cadence_s", [60.0, 3600.0])
def test_weather_is_no_change(seed: int, cadence_s: float) -> None:
    assert changed(whole(seed, cadence_s=cadence_s), RULE) is None


@pytest.mark.parametrize("seed", range(4))
def test_another_factor_is_a_change_of_level(seed: int) -> None:
    hours = scaled(whole(seed), SPLIT, END, 0.55)
    sign = changed(hours, RULE)
    assert sign is not None
    assert sign.kind is SignKind.CHANGED
    assert (sign.began_at, sign.until) == (hours.at(SPLIT), hours.at(END))
    level = sign.values["traits"]["level"]
    assert level["after"] - level["before"] == pytest.approx(np.log(0.55), abs=0.1)
    assert len(sign.days["at"]) == len(sign.days["level"]) == DAYS


@pytest.mark.parametrize("seed", range(4))
def test_another_zero_changes_several_traits(seed: int) -> None:
    sign = changed(shifted(whole(seed), SPLIT, END, 60, 105), RULE)
    assert sign is not None
    assert {"level", "noise"} <= set(sign.values["traits"])


@pytest.mark.parametrize("seed", range(4))
def test_smoothing_changes_the_noise(seed: int) -> None:
    hours = whole(seed)
    stir = hours.stir.copy()
    stir[SPLIT:, 0] *= 0.3
    sign = changed(Hours(hours.begins_at, hours.level, stir, hours.count), RULE)
    assert sign is not None
    assert set(sign.values["traits"]) == {"noise"}


def test_values_that_are_made_up_agree_with_nobody() -> None:
    found = []
    for seed in range(8):
        hours = whole(seed)
        level = hours.level.copy()
        fill = np.random.default_rng(seed).normal(0, 0.2, END - SPLIT)
        level[SPLIT:, 0, :2] = np.array([40.0, 70.0]) * np.exp(fill)[:, None]
        sign = changed(Hours(hours.begins_at, level, hours.stir, hours.count), RULE)
        found.append(sign is not None and "agreement" in sign.values["traits"])
    assert sum(found) >= 6


def test_somebody_who_comes_every_evening_is_seen() -> None:
    hours = whole()
    for day in range(RULE.before_days, DAYS):
        hours = scaled(scaled(hours, at(day, 0), at(day, 8), 0.35), at(day, 20), at(day, 24), 0.35)
    sign = changed(hours, RULE)
    assert sign is not None
    assert "profile" in sign.values["traits"]


def test_what_creeps_is_no_change() -> None:
    assert changed(faded(whole(), at(3, 0), at(18, 0), 0.55), RULE) is None


def test_what_passes_is_no_change() -> None:
    assert changed(scaled(whole(), SPLIT, SPLIT + 72, 0.5), RULE) is None


def test_what_all_do_is_the_air() -> None:
    assert changed(scaled(whole(), SPLIT, END, 0.4, slice(None)), RULE) is None
    assert changed(scaled(whole(), SPLIT, END, 0.4, slice(0, 3)), RULE) is None


def test_too_little_to_go_by_is_none() -> None:
    hours = scaled(whole(), SPLIT, END, 0.4)
    assert changed(silent(hours, 0, at(6, 0)), RULE) is None
    assert changed(silent(hours, SPLIT, SPLIT + 48), RULE) is None
    assert changed(scaled(air(DAYS, members=3), SPLIT, END, 0.4), RULE) is None
    assert changed(air(3), RULE) is None


def test_a_stuck_instrument_is_left_to_its_own_alert() -> None:
    """A flat line has no stir; that alone is no change of the noise."""
    hours = whole()
    stir = hours.stir.copy()
    stir[SPLIT:, 0] = 0
    found = traits(Hours(hours.begins_at, hours.level, stir, hours.count), RULE)
    assert np.isnan(found[RULE.before_days :, 0, TRAITS.index("noise")]).all()


def test_the_hours_that_are_wanted_are_said() -> None:
    assert begins(BEGIN + (DAYS - 1) * DAY, RULE) == BEGIN


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 0.95), st.floats(0.0, 3.0), st.integers(1, 6))
def test_any_air_with_any_gaps_gives_a_whole_sign_or_none(
    seed: int, gaps: float, factor: float, members: int
) -> None:
    hours = scaled(air(DAYS, seed=seed % 5, members=members), SPLIT, END, factor)
    gone = np.random.default_rng(seed).random(hours.level.shape[:2]) < gaps
    level, stir = hours.level.copy(), hours.stir.copy()
    level[gone], stir[gone] = np.nan, np.nan
    sign = changed(Hours(hours.begins_at, level, stir, hours.count), RULE)
    if members <= RULE.neighbours or 0.9 < factor < 1.1:
        assert sign is None
    if sign is not None:
        assert set(sign.values["traits"]) <= set(TRAITS)
        assert len(set(map(len, sign.days.values()))) == 1
