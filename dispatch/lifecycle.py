"""The order's one transition table; what is not in it is forbidden."""

from models.enums import OrderAct, OrderState
from models.errors import ForbiddenTransition

ALLOWED: dict[OrderState, dict[OrderAct, OrderState]] = {
    OrderState.DISPATCHED: {
        OrderAct.ACKNOWLEDGE: OrderState.ACKNOWLEDGED,
        # Feedback from the site is more than a signature: it may come without one.
        OrderAct.FEEDBACK: OrderState.ON_SITE,
        OrderAct.VOID: OrderState.VOID,
    },
    OrderState.ACKNOWLEDGED: {
        OrderAct.FEEDBACK: OrderState.ON_SITE,
        OrderAct.VOID: OrderState.VOID,
    },
    OrderState.ON_SITE: {
        OrderAct.REPORT: OrderState.REPORTED,
        OrderAct.VOID: OrderState.VOID,
    },
    OrderState.REPORTED: {
        OrderAct.ACCEPT: OrderState.CLOSED,
        OrderAct.RETURN: OrderState.RETURNED,
        OrderAct.VOID: OrderState.VOID,
    },
    OrderState.RETURNED: {
        OrderAct.REPORT: OrderState.REPORTED,
        OrderAct.VOID: OrderState.VOID,
    },
    OrderState.CLOSED: {},
    OrderState.VOID: {},
}


def following(state: OrderState, act: OrderAct) -> OrderState:
    """The state an act leads to; raises ForbiddenTransition, naming what could be done instead."""
    after = ALLOWED[state].get(act)
    if after is None:
        possible = ", ".join(sorted(a.value for a in ALLOWED[state])) or "nothing"
        raise ForbiddenTransition(
            f"an order that is {state.value} does not take {act.value}; possible: {possible}",
            state=state.value,
            act=act.value,
        )
    return after
