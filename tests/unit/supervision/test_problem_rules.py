"""Problems: the way they go, what looks the same, the three checks, and the figures of 动态清零."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import CheckMeasure, ProblemAct, ProblemState
from models.errors import ForbiddenTransition, Invalid
from supervision.problems.checks import WORDS, measure, next_number, week_of
from supervision.problems.lifecycle import ALLOWED, check_found, check_joins, check_judged, due_at, following
from supervision.problems.likeness import MOST, NEAR, NEAR_M, Found, alike
from supervision.problems.standing import Figures, Seen, figures

NOW = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)  # a Thursday, 10:00 Beijing time
HERE = Found(1, 7, "dust", NOW, 87.3, 44.0)


def metres(lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    return abs(to_lon - lon) * 80_000 + abs(to_lat - lat) * 111_000


def test_what_is_over_takes_no_act_and_a_return_goes_back_to_the_grid() -> None:
    assert following(ProblemState.CORRECTED, ProblemAct.RETURN) is ProblemState.PUSHED
    for state in ProblemState:
        assert state.final == (ALLOWED[state] == {})
    with pytest.raises(ForbiddenTransition, match="possible: correct, merge, withdraw"):
        following(ProblemState.PUSHED, ProblemAct.CLEAR)


def test_days() -> None:
    assert due_at(date(2026, 11, 5), NOW) == datetime(2026, 11, 5, 16, tzinfo=UTC)
    for day in (date(2026, 11, 4), date(2027, 11, 7)):
        with pytest.raises(Invalid) as refused:
            due_at(day, NOW)
        assert refused.value.extra["field"] == "due_on"
    check_found(NOW, NOW)
    for found in (NOW + timedelta(seconds=1), NOW - timedelta(days=367)):
        with pytest.raises(Invalid):
            check_found(found, NOW)


def test_what_was_found_before_it_was_cleared_is_the_same_problem() -> None:
    check_joins(ProblemState.CLEARED, NOW, NOW)
    with pytest.raises(Invalid, match="a new one"):
        check_joins(ProblemState.CLEARED, NOW, NOW + timedelta(seconds=1))
    for state in (ProblemState.MERGED, ProblemState.VOID):
        with pytest.raises(ForbiddenTransition):
            check_joins(state, NOW, NOW)
        with pytest.raises(ForbiddenTransition):
            check_judged(state)


def test_the_same_kind_near_within_days_is_proposed_the_nearest_first() -> None:
    near = replace(HERE, key=2, lon=87.3 + (NEAR_M - 1) / 80_000)
    nearer = replace(HERE, key=3, lon=87.3005)
    others = [
        near,
        nearer,
        replace(HERE, key=4, lon=87.31),
        replace(HERE, key=5, category="burning"),
        replace(HERE, key=6, grid_id=8),
        replace(HERE, key=7, found_at=NOW - NEAR - timedelta(seconds=1)),
        replace(HERE, key=8, lon=None, lat=None),
        HERE,
    ]
    assert [one.key for one in alike(HERE, others, metres)] == [3, 2]
    at_source = replace(HERE, source_id=9)
    found = alike(at_source, [nearer, replace(HERE, key=9, lon=None, lat=None, source_id=9)], metres)
    assert [(one.key, one.distance_m is None) for one in found] == [(9, True), (3, False)]
    assert len(alike(HERE, [replace(HERE, key=n) for n in range(2, 99)], metres)) == MOST


@given(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), st.integers(-40, 40))
def test_likeness_is_mutual(lon: float, lat: float, days: int) -> None:
    other = Found(2, 7, "dust", NOW + timedelta(days=days), 87.3 + lon, 44.0 + lat)
    assert bool(alike(HERE, [other], metres)) == bool(alike(other, [HERE], metres))


def test_three_checks_prescribe_what_the_text_says() -> None:
    assert [measure(n) for n in (1, 2, 3, 4)] == [
        CheckMeasure.CRITICISM,
        CheckMeasure.INTERVIEW_DEPUTY,
        CheckMeasure.INTERVIEW_HEAD,
        CheckMeasure.INTERVIEW_HEAD,
    ]
    assert set(WORDS) == set(CheckMeasure)
    with pytest.raises(ValueError, match="no check"):
        measure(0)


def test_a_check_is_one_a_week_of_what_is_late_and_with_its_grid() -> None:
    assert week_of(NOW) == date(2026, 11, 2)
    assert week_of(datetime(2026, 11, 8, 16, tzinfo=UTC)) == date(2026, 11, 9)  # Monday in Beijing
    assert next_number(ProblemState.PUSHED, NOW, (), NOW) == 1
    assert next_number(ProblemState.PUSHED, NOW, (date(2026, 10, 26),), NOW) == 2
    with pytest.raises(Invalid, match="not over"):
        next_number(ProblemState.PUSHED, NOW + timedelta(seconds=1), (), NOW)
    with pytest.raises(Invalid, match="this week"):
        next_number(ProblemState.PUSHED, NOW, (date(2026, 11, 2),), NOW)
    for state in set(ProblemState) - {ProblemState.PUSHED}:
        with pytest.raises(ForbiddenTransition):
            next_number(state, NOW, (), NOW)


def test_figures_count_what_stands_and_leave_out_what_is_none() -> None:
    late, soon = NOW, NOW + timedelta(hours=1)
    seen = [
        Seen(1, ProblemState.OPEN, NOW, None, None, None),
        Seen(1, ProblemState.PUSHED, NOW, late, None, True),
        Seen(1, ProblemState.PUSHED, NOW, soon, None, False),
        Seen(1, ProblemState.CORRECTED, NOW, late, None, None),
        Seen(1, ProblemState.CLEARED, NOW, late, NOW, True),
        Seen(1, ProblemState.MERGED, NOW, None, NOW, True),
        Seen(1, ProblemState.VOID, NOW, None, NOW, True),
    ]
    first, second = figures(seen, [1, 2], NOW)
    assert first == Figures(1, 4, 1, 2, 1, 1, 1, 2, 2)
    assert first.total == 5
    assert first.cleared_share == 20
    assert (second, second.cleared_share) == (Figures(2), None)


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(ProblemState), st.booleans())))
def test_every_problem_that_counts_is_counted_once(problems: list[tuple[int, ProblemState, bool]]) -> None:
    seen = [Seen(grid, state, NOW, NOW, None, missed) for grid, state, missed in problems]
    rows = figures(seen, [1, 2, 3], NOW)
    assert sum(row.total for row in rows) == sum(
        s not in (ProblemState.MERGED, ProblemState.VOID) for _, s, _ in problems
    )
    assert all(row.overdue <= row.waiting <= row.open for row in rows)
