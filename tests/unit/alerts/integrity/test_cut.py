"""Outages with a pattern are told from outages."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.integrity.cut import cut, outages
from alerts.integrity.hours import Hours
from alerts.integrity.rules import CutRule
from models.enums import SignKind
from tests.unit.alerts.integrity.air import HOUR, air, at, scaled, silent

RULE = CutRule()
DAYS = 35


def with_outages(
    hours: Hours, begins: list[tuple[int, int]], length: int = 2, members: slice | int = 0
) -> Hours:
    for day, hour in begins:
        hours = silent(hours, at(day, hour), at(day, hour) + length, members)
    return hours


def test_six_nights_at_two_o_clock_are_a_pattern() -> None:
    hours = with_outages(air(DAYS), [(day, 2) for day in (3, 8, 12, 19, 25, 33)])
    sign = cut(hours, RULE)
    assert sign is not None
    assert sign.kind is SignKind.CUT
    assert sign.values["by_hour"] | {"chance": 0} == {
        "hour": 2, "weekday": 1, "within_hours": 1, "count": 6, "of": 6, "chance": 0,
    } | {"weekday": sign.values["by_hour"]["weekday"]}  # fmt: skip
    assert sign.values["by_hour"]["chance"] <= RULE.chance
    assert (sign.began_at, sign.until) == (hours.at(at(3, 2)), hours.at(at(33, 4)))
    assert sign.series["hours"] == [2] * 6


def test_round_midnight_the_clock_goes_on() -> None:
    begins = [(1, 23), (4, 0), (9, 23), (13, 0), (17, 23), (22, 0), (27, 23)]
    sign = cut(with_outages(air(DAYS), begins), RULE)
    assert sign is not None
    assert (sign.values["by_hour"]["hour"], sign.values["by_hour"]["within_hours"]) == (23, 2)


def test_four_saturdays_are_a_pattern_of_the_week() -> None:
    # 2025-01-01 was a Wednesday.
    hours = with_outages(air(DAYS), [(day, 15) for day in (3, 10, 17, 24)])
    sign = cut(hours, RULE)
    assert sign is not None
    assert "by_hour" not in sign.values
    assert (sign.values["by_weekday"]["weekday"], sign.values["by_weekday"]["hour"]) == (6, 15)


def test_whenever_the_air_is_bad_is_a_pattern() -> None:
    hours = air(DAYS)
    days, clock = (2, 6, 10, 14, 19, 24, 29, 33), (3, 9, 15, 21, 6, 12, 18, 0)
    for day, hour in zip(days, clock, strict=True):
        hours = scaled(hours, at(day, hour) - 2, at(day, hour) + 4, 4.0, slice(None))
    hours = with_outages(hours, list(zip(days, clock, strict=True)), 3)
    sign = cut(hours, RULE)
    assert sign is not None
    assert sign.values["with_pollution"]["count"] == 8
    assert "by_hour" not in sign.values
    # The same outages in good air are none.
    assert cut(with_outages(air(DAYS), list(zip(days, clock, strict=True)), 3), RULE) is None


@pytest.mark.parametrize("seed", range(20))
def test_outages_here_and_there_are_no_pattern(seed: int) -> None:
    chance = np.random.default_rng(seed)
    begins = [(int(day), int(chance.integers(0, 24))) for day in chance.choice(33, 8, replace=False)]
    assert cut(with_outages(air(DAYS, seed=seed), begins), RULE) is None


def test_a_single_outage_is_no_pattern() -> None:
    assert cut(with_outages(air(DAYS), [(20, 2)], 30), RULE) is None
    assert cut(air(DAYS), RULE) is None


def test_the_silence_of_all_is_nobodys() -> None:
    begins = [(day, 2) for day in range(1, 34)]
    assert cut(with_outages(air(DAYS), begins, 2, slice(None)), RULE) is None
    assert cut(with_outages(air(DAYS), begins, 2, slice(0, 4)), RULE) is None


def test_where_nobody_can_be_asked_nothing_is_said() -> None:
    assert cut(with_outages(air(DAYS, members=2), [(day, 2) for day in range(1, 34)]), RULE) is None


def test_work_excuses_and_what_is_known_is_no_news() -> None:
    hours = with_outages(air(DAYS), [(day, 2) for day in (3, 8, 12, 19, 25, 33)])
    at_work = [(hours.at(at(day, 1)), hours.at(at(day, 3))) for day in (3, 8)]
    assert cut(hours, RULE, excused=at_work) is None
    assert cut(hours, RULE, since=hours.at(at(8, 2))) is None
    assert cut(hours, RULE, since=hours.at(at(3, 1))) is not None


def test_what_is_gone_for_good_or_not_yet_back_is_no_outage() -> None:
    assert outages(silent(air(DAYS), at(10, 0), at(13, 0)), RULE) == []
    assert outages(silent(air(DAYS), at(34, 20), at(35, 0)), RULE) == []
    assert outages(silent(air(DAYS), 0, at(3, 0)), RULE) == []


def test_an_hourly_station_may_miss_single_hours() -> None:
    begins = [(day, 2) for day in range(1, 34, 3)]
    assert cut(with_outages(air(DAYS, cadence_s=3600), begins, 2), RULE) is None
    assert cut(with_outages(air(DAYS, cadence_s=3600), begins, 3), RULE) is not None


def test_half_an_hour_of_each_is_seen_in_minutes() -> None:
    hours = air(DAYS)
    count = hours.count.copy()
    for day in (2, 7, 11, 18, 26, 31):
        count[at(day, 22), 0] = 25
    assert cut(Hours(hours.begins_at, hours.level, hours.stir, count), RULE) is not None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 34), st.integers(0, 23), st.integers(1, 60)), max_size=25),
    st.integers(1, 7),
)
def test_any_outages_give_a_whole_sign_or_none(told: list[tuple[int, int, int]], members: int) -> None:
    hours = air(DAYS, members=members)
    for day, hour, length in told:
        hours = silent(hours, at(day, hour), at(day, hour) + length)
    found = outages(hours, RULE)
    assert all(a.last <= b.first for a, b in pairwise(found))
    sign = cut(hours, RULE)
    if sign is not None:
        assert sign.until - sign.began_at >= HOUR
        patterns = [p for name, p in sign.values.items() if isinstance(p, dict)]
        assert patterns
        assert all(p["chance"] <= (RULE.high_chance if "ranks" in p else RULE.chance) for p in patterns)
