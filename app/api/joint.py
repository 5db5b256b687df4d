"""Joint and cross-county handling of an order."""

from fastapi import APIRouter, Response

from app.api.answers import answer, etag
from app.api.described import problems
from app.api.level_requests import JointIn
from app.api.order_shapes import OrderDetail
from app.api.requests import Id
from app.api.rights import demand_prefecture, grid_in_scope
from app.api.route import ONCE, SIGN_IN, ActRoute, IfMatch, Session, Shared, Whoever
from app.flows import joint as flow
from app.views import order_detail
from models.enums import Role

router = APIRouter(prefix="/orders", tags=["orders"], route_class=ActRoute, dependencies=SIGN_IN)


@router.post(
    "/{order_id}/joint",
    summary="Joint handling 联合处置",
    response_model=OrderDetail,
    responses=problems(400, 403, 404, 409, 412, 413),
    dependencies=ONCE,
)
async def open_joint(
    order_id: Id, body: JointIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By a duty officer of the prefecture. Gives the parent, with its children.

    Led by the order's own grid, the order becomes the parent; led by another one, a parent is dispatched there
    and the order becomes a child. Every further grid gets an order with its own clocks, from now.
    """
    demand_prefecture(caller, context, Role.DUTY_OFFICER)
    parent_id = await flow.open_joint(
        context.pipeline,
        session,
        order_id,
        lead=grid_in_scope(body.lead, caller, context).id,
        others=[grid_in_scope(code, caller, context).id for code in body.grids],
        reason=body.reason,
        caller=caller,
        expected_version=version,
        clock=context.clock,
    )
    order = await order_detail.order_detail(session, parent_id, caller.scope)
    return answer(order, headers={"ETag": etag(order["version"])})
