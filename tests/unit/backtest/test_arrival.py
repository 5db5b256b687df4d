"""The running instant of a history: who moves it, who cannot, and what rows are given."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backtest.arrival import STEP_S, Arrivals

HOUR = 3600.0
Said = tuple[int, float]


def told(said: Sequence[Said], *, cadence_s: float, stations: int) -> list[tuple[Said, float]]:
    """Every row with its arrival, as told until the end of the file."""
    arrivals: Arrivals[Said] = Arrivals(dict.fromkeys(range(stations), cadence_s))
    found = [one for row in said for one in arrivals.take(*row, row)]
    return found + arrivals.finish()


def rounds(
    stations: int, steps: Sequence[float], *, apart_s: float = 0.0, ahead: dict[int, float] | None = None
) -> list[Said]:
    """At each step every station speaks once, in turn; `ahead` says whose clock is wrong by how much."""
    wrong = ahead or {}
    return [(n, at + n * apart_s + wrong.get(n, 0.0)) for at in steps for n in range(stations)]


def test_good_stations_arrive_when_they_say() -> None:
    said = rounds(4, [60.0 * n for n in range(100)], apart_s=7)
    assert told(said, cadence_s=60, stations=4) == [(row, row[1]) for row in said]


@pytest.mark.parametrize("ahead_s", [900, HOUR, 8 * HOUR, 86_400 * 365 * 17])
@pytest.mark.parametrize("who", [0, 2, 3])
@pytest.mark.parametrize("cadence_s", [60.0, HOUR])
def test_a_station_with_a_clock_ahead_moves_nothing(ahead_s: float, who: int, cadence_s: float) -> None:
    steps = [cadence_s * n for n in range(1, 40)]
    found = told(rounds(4, steps, ahead={who: ahead_s}), cadence_s=cadence_s, stations=4)
    assert len(found) == 4 * len(steps)
    assert all(at == claim for (station, claim), at in found if station != who)
    # The very last word may be the next hour's: nothing comes after it that could tell.
    assert max(at for _, at in found[:-1]) == steps[-1]


def test_nor_do_two_of_five_that_agree() -> None:
    steps = [150.0 * n for n in range(1, 60)]
    said = rounds(5, steps, ahead={1: 8 * HOUR, 2: 8 * HOUR})
    assert max(at for _, at in told(said, cadence_s=150, stations=5)) == steps[-1]


@pytest.mark.parametrize("gap_s", [HOUR, 3 * 86_400.0])
@pytest.mark.parametrize("stations", [1, 2, 10])
def test_a_gap_of_the_whole_network_is_crossed_and_no_row_loses_its_instant(
    gap_s: float, stations: int
) -> None:
    before = [150.0 * n for n in range(20)]
    said = rounds(stations, [*before, *(before[-1] + gap_s + at for at in before)], apart_s=3)
    assert told(said, cadence_s=150, stations=stations) == [(row, row[1]) for row in said]


def test_a_gap_is_crossed_beside_a_station_whose_clock_is_ahead() -> None:
    steps = [150.0 * n for n in range(1, 20)] + [9000 + 150.0 * n for n in range(20)]
    said = rounds(6, steps, ahead={3: HOUR})
    found = told(said, cadence_s=150, stations=6)
    assert all(at == claim for (station, claim), at in found if station != 3)


def test_a_lone_survivor_is_believed() -> None:
    said = rounds(6, [HOUR * n for n in range(5)])
    said += [(2, HOUR * n) for n in range(9, 40)]
    assert told(said, cadence_s=HOUR, stations=6)[-1] == ((2, 39 * HOUR), 39 * HOUR)


def test_stations_of_an_hour_that_speak_at_their_own_minutes_arrive_when_they_say() -> None:
    said = rounds(3, [HOUR * n for n in range(1, 30)], apart_s=1100)
    assert told(said, cadence_s=HOUR, stations=3) == [(row, row[1]) for row in said]


def test_late_rows_arrive_now() -> None:
    said = rounds(3, [60.0 * n for n in range(60)])
    backlog = [(1, -HOUR + n) for n in range(10)]
    found = told([*said, *backlog], cadence_s=60, stations=3)
    assert found[-10:] == [(row, 59 * 60.0) for row in backlog]


def test_the_last_word_of_a_wrong_clock_does_not_end_the_history_late() -> None:
    said = [*rounds(3, [60.0 * n for n in range(9)]), (1, 9e6)]
    assert told(said, cadence_s=60, stations=3)[-1] == ((1, 9e6), 480.0)


def test_before_the_first_belief_there_is_no_instant() -> None:
    assert Arrivals({}).now == -math.inf
    assert told([], cadence_s=60, stations=3) == []


claims = st.lists(
    st.tuples(st.integers(0, 5), st.one_of(st.floats(0, 86_400), st.floats(-1e9, 4e9))), max_size=120
)


@given(claims, st.sampled_from([60.0, 900.0, HOUR]))
def test_every_row_comes_once_and_instants_never_fall(said: list[Said], cadence_s: float) -> None:
    found = told(said, cadence_s=cadence_s, stations=6)
    assert sorted(row for row, _ in found) == sorted(said)
    assert all(a[1] <= b[1] for a, b in pairwise(found))
    assert all(math.isfinite(at) for _, at in found)


@given(
    st.lists(st.floats(-1e9, 4e9), min_size=1, max_size=60),
    st.integers(0, 3),
    st.sampled_from([60.0, HOUR]),
)
def test_whatever_one_station_claims_the_instant_stays_with_the_others(
    wrong: list[float], who: int, cadence_s: float
) -> None:
    said = [
        (n, wrong[step] if n == who else cadence_s * step) for step in range(len(wrong)) for n in range(4)
    ]
    found = told(said, cadence_s=cadence_s, stations=4)
    newest = -math.inf
    for (station, claim), at in found:
        if station != who:
            newest = max(newest, claim)
            assert claim <= at
        # An hour's next word, from whom ever, may well come before the others'.
        assert newest == -math.inf or at <= newest + STEP_S + 1.2 * cadence_s
