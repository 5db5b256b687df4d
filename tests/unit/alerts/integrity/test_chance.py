"""Probabilities are exact or too large, never too small."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.integrity.chance import at_least, habit


def test_the_tail_is_the_sum_over_all_outcomes() -> None:
    for n, k in product(range(6), range(7)):
        p = 0.3
        whole = sum(
            math.prod(p if hit else 1 - p for hit in hits)
            for hits in product((False, True), repeat=n)
            if sum(hits) >= k
        )
        assert at_least(n, k, p) == pytest.approx(whole)


@given(st.integers(0, 60), st.integers(-2, 62), st.floats(0, 1))
def test_it_is_a_probability_and_falls_with_k(n: int, k: int, p: float) -> None:
    assert 0 <= at_least(n, k + 1, p) <= at_least(n, k, p) + 1e-12 <= 1 + 1e-11


@given(st.lists(st.integers(0, 23), min_size=1, max_size=40), st.integers(0, 23))
def test_a_habit_does_not_depend_on_where_the_clock_begins(hours: list[int], turn: int) -> None:
    here, there = habit(hours, 24, 3), habit([hour + turn for hour in hours], 24, 3)
    assert here is not None
    assert there is not None
    assert here.chance == pytest.approx(there.chance)
    assert 1 <= here.count <= here.of == len(hours)


def test_no_hours_are_no_habit() -> None:
    assert habit([], 24, 3) is None


@pytest.mark.parametrize("n", [5, 8, 15])
def test_accidents_are_no_more_frequent_than_said(n: int) -> None:
    """Simulated: hours that are uniform come under a bound no more often than the bound itself."""
    chance = np.random.default_rng(n)
    found = [habit(chance.integers(0, 24, n).tolist(), 24, 3) for _ in range(4000)]
    for limit in (0.2, 0.05, 0.01):
        share = np.mean([one is not None and one.chance <= limit for one in found])
        assert share <= limit
