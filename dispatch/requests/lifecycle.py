"""The life of a request, and on which ground each kind stands: pure.

A request outlives neither its order nor its ground: once the order has left the states in which its kind makes
sense, or the clock has stopped, it lapses.
"""

from datetime import datetime

from models.enums import OrderState, RequestAct, RequestKind, RequestState
from models.errors import ForbiddenTransition, MayNotDecide, RequestClosed

ALLOWED: dict[RequestState, dict[RequestAct, RequestState]] = {
    RequestState.PENDING: {
        RequestAct.APPROVE: RequestState.APPROVED,
        RequestAct.REJECT: RequestState.REJECTED,
        RequestAct.WITHDRAW: RequestState.WITHDRAWN,
        RequestAct.LAPSE: RequestState.LAPSED,
    },
    RequestState.APPROVED: {},
    RequestState.REJECTED: {},
    RequestState.WITHDRAWN: {},
    RequestState.LAPSED: {},
}

HANDLED = frozenset({OrderState.DISPATCHED, OrderState.ACKNOWLEDGED, OrderState.ON_SITE, OrderState.RETURNED})
"""Something is wanted of the holder."""
OPEN = frozenset(state for state in OrderState if not state.final)
GROUND: dict[RequestKind, frozenset[OrderState]] = {
    RequestKind.EXTENSION: HANDLED,
    RequestKind.TRANSFER: HANDLED,
    RequestKind.JOINT: HANDLED,
    # Only once the site was seen: nothing excuses the first hour (body §3(三)).
    RequestKind.SUSPENSION: frozenset({OrderState.ON_SITE, OrderState.RETURNED}),
    RequestKind.RECUSAL: OPEN,
    RequestKind.VOID: OPEN,
}
OF_HOLDER = frozenset(
    {RequestKind.EXTENSION, RequestKind.TRANSFER, RequestKind.JOINT, RequestKind.SUSPENSION}
)
"""Filed by whoever holds the order: these handle it, and what they ask goes with them."""


def following(state: RequestState, act: RequestAct) -> RequestState:
    """The state an act leads to; raises RequestClosed for a request that is not pending."""
    after = ALLOWED[state].get(act)
    if after is None:
        raise RequestClosed(
            f"the request is {state.value}: nothing more can be done to it", state=state.value
        )
    return after


def check_ground(kind: RequestKind, state: OrderState) -> None:
    """Raises ForbiddenTransition when an order in this state gives no ground for the kind."""
    if state not in GROUND[kind]:
        possible = ", ".join(s.value for s in OrderState if s in GROUND[kind])
        raise ForbiddenTransition(
            f"an order that is {state.value} gives no ground for {kind.value}; possible while: {possible}",
            state=state.value,
            kind=kind.value,
        )


def check_decider(*, filed: bool, handled: bool) -> None:
    """Raises MayNotDecide for whoever filed the request or handles its order."""
    if filed:
        raise MayNotDecide("whoever filed a request cannot decide it")
    if handled:
        raise MayNotDecide("whoever handles an order cannot decide its requests")


def groundless(
    kind: RequestKind,
    *,
    order: OrderState,
    same_holder: bool,
    suspended: bool,
    clock_due_at: datetime | None,
    until: datetime | None,
    now: datetime,
) -> bool:
    """Whether a pending request has lost its ground.

    `clock_due_at` is the deadline of the clock it names, None once that has been stopped.
    """
    if order not in GROUND[kind] or (kind in OF_HOLDER and not same_holder):
        return True
    match kind:
        case RequestKind.EXTENSION:
            return clock_due_at is None or now > clock_due_at
        case RequestKind.SUSPENSION:
            return suspended or (until is not None and until <= now)
        case _:
            return False
