"""The order's one transition table; what is not in it is forbidden."""

from models import transitions
from models.enums import OrderAct, OrderState

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
    return transitions.following(ALLOWED, state, act, what="an order")
