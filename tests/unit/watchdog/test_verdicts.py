"""What counts as a fault of the service itself."""

from datetime import timedelta

import pytest

from app.watchdog.verdicts import (
    DEMANDED,
    EXAMPLES,
    JUDGED_WITHIN,
    OpenOrder,
    missing_rung,
    seen,
    without_clocks,
    without_holder,
)
from models.enums import ClockKind, OrderState, WatchdogCode
from sla.policy import Do, Step
from tests.fakes import START


def test_each_open_state_demands_its_clocks() -> None:
    ack, feedback, report = ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT
    assert {
        OrderState.DISPATCHED: {ack, feedback, report},
        OrderState.ACKNOWLEDGED: {feedback, report},
        OrderState.ON_SITE: {report},
        OrderState.REPORTED: {ClockKind.REVIEW},
        OrderState.RETURNED: {ClockKind.REWORK},
    } == DEMANDED


@pytest.mark.parametrize("state", DEMANDED)
def test_an_order_lacks_a_clock_when_one_of_those_is_gone(state: OrderState) -> None:
    whole = OpenOrder(1, state, START, DEMANDED[state], held=True)
    more = OpenOrder(2, state, START, DEMANDED[state] | {ClockKind.TASK}, held=True)
    assert without_clocks([whole, more]) == []
    for kind in DEMANDED[state]:
        less = OpenOrder(3, state, START, DEMANDED[state] - {kind}, held=False)
        assert without_clocks([whole, less]) == [(3, START)]
        assert without_holder([whole, less]) == [(3, START)]


def test_a_suspended_order_wants_its_re_check_alone() -> None:
    put_off = OpenOrder(
        1, OrderState.ON_SITE, START, frozenset({ClockKind.RECHECK}), held=True, suspended=True
    )
    forgotten = OpenOrder(
        2, OrderState.ON_SITE, START, frozenset({ClockKind.REPORT}), held=True, suspended=True
    )
    assert without_clocks([put_off, forgotten]) == [(2, START)]


def test_a_policy_may_start_the_report_with_the_feedback() -> None:
    clocks = frozenset({ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK})
    later = OpenOrder(1, OrderState.DISPATCHED, START, clocks, held=True, reports_later=True)
    lacking = OpenOrder(2, OrderState.DISPATCHED, START, clocks, held=True)
    seen_on_site = OpenOrder(3, OrderState.ON_SITE, START, frozenset(), held=True, reports_later=True)
    assert without_clocks([later, lacking, seen_on_site]) == [(2, START), (3, START)]


def test_a_rung_is_missing_a_minute_after_its_instant() -> None:
    plan = [
        Step(START - timedelta(minutes=5), Do.BREACH),
        Step(START - timedelta(minutes=5), Do.ESCALATE, 1, "supervisor"),
        Step(START, Do.ESCALATE, 2, "chief"),
    ]
    just = START + JUDGED_WITHIN
    assert missing_rung(plan, [1], just) is None
    assert missing_rung(plan, [1], just + timedelta(milliseconds=1)) == START
    assert missing_rung(plan, [2], START) == START - timedelta(minutes=5)
    assert missing_rung(plan, [1, 2], just + timedelta(days=1)) is None


def test_a_finding_begins_with_the_oldest_and_shows_the_first_few() -> None:
    bad = [(n, START - timedelta(seconds=n)) for n in range(50)]
    (found,) = seen(WatchdogCode.CLOCK_UNJUDGED, bad, START)
    assert (found.count, found.since) == (50, START - timedelta(seconds=49))
    assert found.examples == tuple(range(49, 49 - EXAMPLES, -1))
    assert seen(WatchdogCode.CLOCK_UNJUDGED, [], START) == []


def test_nothing_began_in_the_future() -> None:
    (found,) = seen(WatchdogCode.ENGINE_STOPPED, [("a", START + timedelta(hours=1))], START)
    assert found.since == START
