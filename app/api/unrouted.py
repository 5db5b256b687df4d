"""Alerts nobody answers for, and the duty officer who says who does."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answers import answer, order_answer
from app.api.described import Cursor, Limit, problems
from app.api.order_shapes import Order, UnroutedShape
from app.api.requests import Id, RouteIn
from app.api.rights import demand, grid_in_scope
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.views import unrouted
from app.views.orders import order_document
from models.enums import Role

router = APIRouter(prefix="/unrouted", tags=["orders"], route_class=ActRoute, dependencies=SIGN_IN)


@router.get("", summary="The unrouted queue", response_model=Page[UnroutedShape], responses=problems(403))
async def list_unrouted(
    session: Session,
    caller: Whoever,
    resolved: Annotated[bool, Query(description="What has found its order, instead of what waits.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """For duty officers; newest first."""
    demand(caller, Role.DUTY_OFFICER)
    page = await unrouted.list_unrouted(
        session, scope=caller.scope, resolved=resolved, cursor=cursor, limit=limit
    )
    return answer(page)


@router.post(
    "/{unrouted_id}/route",
    summary="Say which grid answers",
    status_code=201,
    response_model=Order,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def route(
    unrouted_id: Id, body: RouteIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer; gives the order that came of it."""
    order_id = await route_waiting(session, unrouted_id, body, caller=caller, context=context)
    return order_answer(await order_document(session, order_id), 201)


async def route_waiting(
    session: AsyncSession, unrouted_id: int, body: RouteIn, *, caller: Caller, context: Context
) -> int:
    """The order that came of it; raises NotFound for what the caller does not see, and for what waits no longer."""
    demand(caller, Role.DUTY_OFFICER)
    await unrouted.order_of(session, unrouted_id, caller.scope)
    grid = grid_in_scope(body.grid, caller, context)
    return await context.pipeline.route(session, unrouted_id, grid.id, caller=caller, clock=context.clock)
