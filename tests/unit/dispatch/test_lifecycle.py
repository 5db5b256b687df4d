"""The order's table: the main line, and that nothing outside it is possible."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch.lifecycle import ALLOWED, following
from models.enums import OrderAct, OrderState
from models.errors import ForbiddenTransition

MAIN_LINE = [
    (OrderAct.ACKNOWLEDGE, OrderState.ACKNOWLEDGED),
    (OrderAct.FEEDBACK, OrderState.ON_SITE),
    (OrderAct.REPORT, OrderState.REPORTED),
    (OrderAct.RETURN, OrderState.RETURNED),
    (OrderAct.REPORT, OrderState.REPORTED),
    (OrderAct.ACCEPT, OrderState.CLOSED),
]


def test_the_main_line_with_a_round_of_rework() -> None:
    state = OrderState.DISPATCHED
    for act, after in MAIN_LINE:
        state = following(state, act)
        assert state is after


def test_feedback_needs_no_separate_acknowledgement() -> None:
    assert following(OrderState.DISPATCHED, OrderAct.FEEDBACK) is OrderState.ON_SITE


@pytest.mark.parametrize("state", list(OrderState))
@pytest.mark.parametrize("act", list(OrderAct))
def test_what_is_not_in_the_table_is_refused_and_names_what_is(state: OrderState, act: OrderAct) -> None:
    if act in ALLOWED[state]:
        assert following(state, act) is ALLOWED[state][act]
        return
    with pytest.raises(ForbiddenTransition) as refused:
        following(state, act)
    for possible in ALLOWED[state]:
        assert possible.value in refused.value.detail


class OrderMachine(RuleBasedStateMachine):
    """Any sequence of acts: an order is never closed without a report, and never leaves its end."""

    def __init__(self) -> None:
        super().__init__()
        self.state = OrderState.DISPATCHED
        self.done: list[OrderAct] = []

    @rule(act=st.sampled_from(list(OrderAct)))
    def attempt(self, act: OrderAct) -> None:
        before = self.state
        try:
            self.state = following(before, act)
        except ForbiddenTransition:
            assert self.state is before
        else:
            assert not before.final
            self.done.append(act)

    @invariant()
    def closed_only_after_feedback_and_report(self) -> None:
        if self.state is OrderState.CLOSED:
            assert OrderAct.FEEDBACK in self.done
            assert self.done[-2:] == [OrderAct.REPORT, OrderAct.ACCEPT]

    @invariant()
    def void_only_by_withdrawal(self) -> None:
        assert (self.state is OrderState.VOID) == (OrderAct.VOID in self.done)


TestOrderMachine = OrderMachine.TestCase
