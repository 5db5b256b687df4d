"""Clocks: the boundary, lateness, and that the pattern of passes changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import ClockKind, ClockState, OrderAct
from models.facts import Breach, DueSoon, EscalationDue, MetLate
from models.ids import ClockId, GridId, OrderId
from sla.deadlines import STOPS, Effect, Running, advance, after, plan_document, read_plan, stop, void
from sla.policy import Do, default_policy, parse_policy, policy_body

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LIMITS = {
    ClockKind.ACKNOWLEDGE: timedelta(minutes=10),
    ClockKind.FEEDBACK: timedelta(hours=1),
    ClockKind.REPORT: timedelta(hours=2),
    ClockKind.REVIEW: timedelta(days=1),
    ClockKind.REWORK: timedelta(hours=2),
    ClockKind.DECISION: timedelta(minutes=10),
    ClockKind.TRIAGE: timedelta(hours=2),
}
GIVEN = timedelta(hours=6)
"""The limit of clocks whose deadline no policy knows."""
POLICY = default_policy(1, LIMITS)


def clock(kind: ClockKind = ClockKind.FEEDBACK, started_at: datetime = START) -> Running:
    due = started_at + LIMITS.get(kind, GIVEN)
    return Running(
        ClockId(1), OrderId(7), "2026-652301-000007", GridId(2), "652301", kind, 1, ClockState.RUNNING,
        due, POLICY.plan(kind, started_at, due),
    )  # fmt: skip


def at(**parts: float) -> datetime:
    return START + timedelta(**parts)


def test_the_plan_of_the_one_hour_clock() -> None:
    plan = POLICY.plan(ClockKind.FEEDBACK, START)
    assert [(step.at - START, step.do, step.level, step.role) for step in plan] == [
        (timedelta(minutes=30), Do.WARN, 0, ""),
        (timedelta(minutes=45), Do.WARN, 0, ""),
        (timedelta(minutes=50), Do.WARN, 0, ""),
        (timedelta(minutes=60), Do.BREACH, 0, ""),
        (timedelta(minutes=60), Do.ESCALATE, 1, "supervisor"),
        (timedelta(minutes=75), Do.ESCALATE, 2, "chief"),
        (timedelta(minutes=90), Do.ESCALATE, 3, "duty_officer"),
    ]


def test_a_limit_shorter_than_the_fixed_warning_has_no_warning_before_its_start() -> None:
    plan = POLICY.plan(ClockKind.ACKNOWLEDGE, START)
    assert [step.at - START for step in plan if step.do is Do.WARN] == [
        timedelta(minutes=5),
        timedelta(minutes=7.5),
    ]


def test_exactly_at_the_deadline_is_in_time() -> None:
    stopped, effects = stop(clock(), OrderAct.FEEDBACK, at(hours=1))
    assert stopped.state is ClockState.MET
    assert not [e for e in effects if isinstance(e, Breach)]
    waiting, effects = advance(clock(), at(hours=1))
    assert waiting.state is ClockState.RUNNING


def test_one_microsecond_later_is_a_breach_at_the_deadline() -> None:
    noticed = at(hours=1, microseconds=1)
    breached, effects = advance(clock(), noticed)
    assert breached.state is ClockState.BREACHED
    assert breached.breached_at == at(hours=1)
    breach, escalation = effects
    assert isinstance(breach, Breach)
    assert (breach.breached_at, breach.detected_at) == (at(hours=1), noticed)
    assert isinstance(escalation, EscalationDue)
    assert escalation.level == 1


def test_a_stop_that_comes_before_anybody_looked_is_still_late() -> None:
    stopped, effects = stop(clock(), OrderAct.FEEDBACK, at(hours=1, minutes=20))
    assert stopped.state is ClockState.BREACHED
    assert stopped.stopped_at == at(hours=1, minutes=20)
    assert [type(e) for e in effects] == [Breach, EscalationDue, EscalationDue, MetLate]
    assert isinstance(effects[-1], MetLate)
    assert effects[-1].late_s == 1200
    assert stopped.next_at is None


def test_overtaken_warnings_are_not_given() -> None:
    _, effects = advance(clock(), at(minutes=51))
    (warning,) = effects
    assert isinstance(warning, DueSoon)
    assert warning.remaining_s == 600
    _, effects = advance(clock(), at(hours=3))
    assert not [e for e in effects if isinstance(e, DueSoon)]


def test_void_keeps_a_breach_that_was_there_and_ends_what_ran() -> None:
    ended, _ = void(clock(), at(minutes=20))
    assert (ended.state, ended.breached_at, ended.next_at) == (ClockState.VOID, None, None)
    late, effects = void(clock(), at(minutes=61))
    assert (late.state, late.breached_at) == (ClockState.BREACHED, at(hours=1))
    assert not [e for e in effects if isinstance(e, MetLate)]


def test_an_act_stops_only_its_clocks() -> None:
    kinds = (ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT)
    clocks = [replace(clock(kind), id=ClockId(n)) for n, kind in enumerate(kinds)]
    changed, _ = after(clocks, OrderAct.ACKNOWLEDGE, at(minutes=2))
    assert [c.kind for c in changed] == [ClockKind.ACKNOWLEDGE]
    changed, _ = after(clocks, OrderAct.FEEDBACK, at(minutes=2))
    assert [c.kind for c in changed] == [ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK]


@pytest.mark.parametrize("kind", list(ClockKind))
def test_every_clock_can_be_stopped(kind: ClockKind) -> None:
    assert STOPS[kind]


def test_a_policy_survives_being_stored() -> None:
    assert parse_policy(1, policy_body(POLICY)) == POLICY


def test_a_plan_survives_being_stored() -> None:
    plan = POLICY.plan(ClockKind.REPORT, START)
    assert read_plan(plan_document(plan)) == plan


def _facts(effects: list[Effect]) -> list[tuple[object, ...]]:
    """What is the same whoever looks: breaches and rungs with their planned instants."""
    found: list[tuple[object, ...]] = []
    for effect in effects:
        if isinstance(effect, Breach):
            found.append(("breach", effect.clock.kind, effect.breached_at))
        elif isinstance(effect, EscalationDue):
            found.append(("escalation", effect.clock.kind, effect.level, effect.at))
    return found


moments = st.integers(min_value=0, max_value=4 * 3600 * 1000).map(
    lambda ms: START + timedelta(milliseconds=ms)
)


@given(kind=st.sampled_from(list(ClockKind)), passes=st.lists(moments, max_size=40), end=moments)
def test_however_often_anybody_looks_the_same_things_have_happened(
    kind: ClockKind, passes: list[datetime], end: datetime
) -> None:
    once, effects_once = advance(clock(kind), end)
    often, effects_often = clock(kind), []
    for now in sorted(moment for moment in passes if moment <= end):
        often, more = advance(often, now)
        effects_often += more
    often, more = advance(often, end)
    effects_often += more
    assert often == once
    assert _facts(effects_often) == _facts(effects_once)


@given(passes=st.lists(moments, max_size=40), stopped_at=moments)
def test_whoever_looked_before_the_stop_finds_the_same_end(
    passes: list[datetime], stopped_at: datetime
) -> None:
    direct, effects_direct = stop(clock(), OrderAct.FEEDBACK, stopped_at)
    watched, effects = clock(), []
    for now in sorted(moment for moment in passes if moment <= stopped_at):
        watched, more = advance(watched, now)
        effects += more
    watched, more = stop(watched, OrderAct.FEEDBACK, stopped_at)
    assert watched == direct
    assert _facts(effects + more) == _facts(effects_direct)
    assert (watched.state is ClockState.MET) == (stopped_at <= watched.due_at)


@given(passes=st.lists(moments, min_size=1, max_size=40))
def test_a_breach_is_never_early_and_carries_the_deadline(passes: list[datetime]) -> None:
    watched = clock()
    for now in sorted(passes):
        watched, effects = advance(watched, now)
        for effect in effects:
            if isinstance(effect, Breach):
                assert effect.breached_at == watched.due_at
                assert effect.detected_at > watched.due_at
        assert (watched.state is ClockState.BREACHED) == (now > watched.due_at)
