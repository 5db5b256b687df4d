"""Where the time of an order went, and what excuses a breach."""

from fastapi import APIRouter, Response

from app.api.answers import answer
from app.api.described import problems
from app.api.fair_shapes import FairBreachShape, FairnessShape
from app.api.policy_requests import ExcuseIn
from app.api.requests import Id
from app.api.rights import demand_in, demand_prefecture
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.flows import excuses as flow
from app.views import fairness, sla
from models.enums import Role
from models.errors import NotFound
from sla import fair

router = APIRouter(tags=["sla"], route_class=ActRoute, dependencies=SIGN_IN)
CONCERNED = (Role.SUPERVISOR, Role.CHIEF, Role.DUTY_OFFICER)


@router.get(
    "/orders/{order_id}/fairness",
    summary="Who held an order, and where the time of its clocks went",
    response_model=FairnessShape,
    responses=problems(404),
)
async def get_fairness(order_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """Holders without gap or overlap; by clock the seconds of each, of wrong dispatch and of platform outages."""
    document = await fairness.order_fairness(session, order_id, caller.scope, now=context.clock.now())
    return answer(document)


@router.post(
    "/sla/breaches/{breach_id}/excuse",
    summary="Propose an excuse, or decide on one",
    response_model=FairBreachShape,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def excuse(
    breach_id: Id, body: ExcuseIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Proposed by a supervisor, chief or duty officer of the grid or above it; `wrong_dispatch` and `outage` by the
    service alone. Decided once by a duty officer of the prefecture who neither proposed it nor handled the order.

    The breach stands whatever is decided.
    """
    breach = await fair.breach_of(session, breach_id)
    if not caller.scope.sees(breach.grid_id):
        raise NotFound(f"no breach {breach_id}")
    if body.decision is None:
        demand_in(caller, context, breach.grid_id, *CONCERNED)
        await flow.propose(
            context.pipeline,
            session,
            breach,
            body.ground,
            plea=body.reason,
            caller=caller,
            clock=context.clock,
        )
    else:
        demand_prefecture(caller, context, Role.DUTY_OFFICER)
        await flow.decide(
            context.pipeline, session, breach, body.ground, approve=body.decision == "approve", reason=body.reason,
            caller=caller, clock=context.clock,
        )  # fmt: skip
    document = await sla.breach_document(session, breach_id)
    await fairness.beside(session, [document], now=context.clock.now())
    return answer(document)
