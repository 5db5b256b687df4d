"""Extensions: when a deadline may be moved, and what is left of its plan."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import ClockKind, ClockState, OrderAct
from models.errors import DomainError, Invalid, LimitReached, PastDue, RequestClosed
from models.facts import Breach, DueSoon
from sla.deadlines import Running, advance, stop
from sla.extension import EXTENDABLE, MOST, Deadline, check, extended
from sla.policy import Do
from tests.unit.sla.test_deadlines import LIMITS, POLICY, START, at, clock


def deadline(of: Running | None = None) -> Deadline:
    running = clock(ClockKind.REPORT) if of is None else of
    return Deadline(running, START, START + LIMITS[running.kind], 1)


def test_only_what_the_holder_has_to_do_can_be_extended() -> None:
    assert {ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT, ClockKind.REWORK} == EXTENDABLE
    review = deadline(clock(ClockKind.REVIEW))
    with pytest.raises(Invalid):
        check(review, at(hours=30), granted=0, now=START)


@pytest.mark.parametrize(
    ("until", "granted", "now", "error"),
    [
        (at(hours=4), 0, at(hours=2), None),
        (at(hours=4), 0, at(hours=2, microseconds=1), PastDue),
        (at(hours=4, microseconds=1), 0, at(hours=1), Invalid),
        (at(hours=2), 0, at(hours=1), Invalid),
        (at(hours=2, microseconds=1), MOST - 1, at(hours=1), None),
        (at(hours=3), MOST, at(hours=1), LimitReached),
    ],
)
def test_when_and_how_far(
    until: datetime, granted: int, now: datetime, error: type[DomainError] | None
) -> None:
    if error is None:
        check(deadline(), until, granted=granted, now=now)
    else:
        with pytest.raises(error):
            check(deadline(), until, granted=granted, now=now)


def test_what_was_stopped_is_not_extended() -> None:
    stopped, _ = stop(clock(ClockKind.REPORT), OrderAct.REPORT, at(hours=1))
    with pytest.raises(RequestClosed):
        check(deadline(stopped), at(hours=3), granted=0, now=at(hours=1))


def test_the_plan_goes_on_from_what_was_taken() -> None:
    """At 70 of 120 minutes the half was told; now 180: three quarters and ten minutes before, then the ladder."""
    warned, _ = advance(clock(ClockKind.REPORT), at(minutes=65))
    assert warned.step == 1
    moved, effects = extended(deadline(warned), at(hours=3), POLICY, granted=0, now=at(minutes=100))
    # What was due by then is told first, under the deadline that it was about.
    assert [(e.at, e.clock.due_at) for e in effects if isinstance(e, DueSoon)] == [
        (at(minutes=90), at(hours=2))
    ]
    assert (moved.due_at, moved.state, moved.step) == (at(hours=3), ClockState.RUNNING, 2)
    assert [(s.at, s.do) for s in moved.plan] == [
        (at(minutes=60), Do.WARN),
        (at(minutes=90), Do.WARN),
        (at(minutes=135), Do.WARN),
        (at(minutes=170), Do.WARN),
        (at(minutes=180), Do.BREACH),
        (at(minutes=180), Do.ESCALATE),
        (at(minutes=225), Do.ESCALATE),
        (at(minutes=270), Do.ESCALATE),
    ]


@given(
    now=st.integers(0, 7200),
    more=st.integers(1, 7200),
    looks=st.lists(st.integers(0, 30000), max_size=6),
)
def test_an_extended_clock_breaches_once_and_at_its_new_deadline(
    now: int, more: int, looks: list[int]
) -> None:
    instant, until = at(seconds=now), at(hours=2, seconds=more)
    running, _ = extended(deadline(), until, POLICY, granted=0, now=instant)
    assert [s.at for s in running.plan] == sorted(s.at for s in running.plan)
    breaches: list[datetime] = []
    for second in sorted([now + s for s in looks] + [200_000]):
        running, effects = advance(running, at(seconds=second))
        breaches += [e.breached_at for e in effects if isinstance(e, Breach)]
    assert breaches == [until]
    assert running.next_at is None


def test_a_breached_clock_cannot_be_extended_whoever_noticed() -> None:
    late, _ = advance(clock(ClockKind.REPORT), at(hours=2, seconds=1))
    for noticed in (late, clock(ClockKind.REPORT), replace(late, step=0)):
        with pytest.raises(PastDue):
            extended(deadline(noticed), at(hours=3), POLICY, granted=0, now=at(hours=2, seconds=1))
