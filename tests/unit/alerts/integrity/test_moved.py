"""A station that stands elsewhere is told from a receiver that errs."""

import math

from hypothesis import given
from hypothesis import strategies as st

from alerts.integrity.moved import Position, moved, still_there
from alerts.integrity.rules import MovedRule
from models.enums import SignKind

HOME = (87.3, 44.0)
RULE = MovedRule()
STEP = 0.01
"""Of latitude: 1.1 km."""


def stands(lat: float, minutes: range, jitter: float = 0.0) -> list[Position]:
    return [(60.0 * m, 87.3 + jitter * math.sin(m), lat + jitter * math.cos(m)) for m in minutes]


def test_it_reports_from_a_kilometre_away() -> None:
    sign = moved(HOME, stands(44.0, range(60)) + stands(44 + STEP, range(60, 120), 1e-5), RULE)
    assert sign is not None
    assert sign.kind is SignKind.MOVED
    assert (sign.began_at, sign.until) == (3600.0, 119 * 60.0)
    assert 1.0 < sign.values["away_km"] < 1.2
    assert sign.values["positions"] == 60
    assert set(map(len, sign.series.values())) == {60}


def test_half_an_hour_is_the_limit() -> None:
    assert moved(HOME, stands(44 + STEP, range(30)), RULE) is None
    assert moved(HOME, stands(44 + STEP, range(31)), RULE) is not None


def test_a_single_wrong_position_is_none() -> None:
    one = [(0.0, 87.3, 45.0)]
    assert moved(HOME, one + stands(44.0, range(1, 300)), RULE) is None


def test_a_receiver_that_wanders_is_no_station_that_moved() -> None:
    assert moved(HOME, stands(44.0, range(120), 0.02), RULE) is None


def test_a_receiver_that_errs_every_other_time_is_none() -> None:
    positions = [p for m in range(60) for p in stands(44.0 if m % 2 else 44 + STEP, range(m, m + 1))]
    assert moved(HOME, positions, RULE) is None


def test_what_is_no_place_says_nothing() -> None:
    assert moved(HOME, [(60.0 * m, 0.0, 0.0) for m in range(100)] + [(1.0, 400.0, 99.0)], RULE) is None


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(-200, 200), st.floats(-100, 100)), max_size=60),
    st.floats(0, 0.0015),
)
def test_within_its_surroundings_it_never_moved(noise: list[Position], wide: float) -> None:
    """Whatever else it says, a sign needs positions from beyond 200 m, and says so itself."""
    near = [(at, 87.3 + wide * math.sin(at), 44.0 + wide * math.cos(at) / 2) for at, _, _ in noise]
    assert moved(HOME, sorted(near), RULE) is None
    sign = moved(HOME, sorted(noise), RULE)
    assert sign is None or sign.values["away_km"] > RULE.away_km


def test_what_stays_where_it_was_seen_is_no_news() -> None:
    place = (87.3, 44 + STEP)
    assert still_there(HOME, place, stands(44 + STEP, range(100)), RULE)
    assert still_there(HOME, place, [], RULE)
    assert still_there(HOME, place, stands(44.0, range(1)) + stands(44 + STEP, range(1, 99)), RULE)
    assert not still_there(HOME, place, stands(44.0, range(2)) + stands(44 + STEP, range(2, 99)), RULE)
    assert not still_there(HOME, place, stands(44 + 3 * STEP, range(99)), RULE)
