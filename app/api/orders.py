"""Orders: lists, one order with everything said about it, and every act of its life."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answers import answer, etag, order_answer
from app.api.client_time import ClientTime
from app.api.described import Cursor, GridFilter, Limit, StationFilter, problems
from app.api.order_shapes import Order, OrderDetail, TimelineEvent
from app.api.requests import FeedbackIn, Id, OrderIn, ReportIn, ReviewIn, VoidIn
from app.api.review_requests import review_command
from app.api.rights import grid_in_scope, station_in_scope, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, IfMatch, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.views import order_detail, orders
from app.views.stations import station_id_of
from dispatch.commands import Acknowledge, Command, FileReport, GiveFeedback, Withdraw
from dispatch.units import demand_category
from models.enums import OrderState
from models.errors import Invalid

router = APIRouter(prefix="/orders", tags=["orders"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)


@router.get("", summary="Orders", response_model=Page[Order], responses=problems(404))
async def list_orders(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[list[OrderState] | None, Query(description="May be repeated.")] = None,
    grid: GridFilter = None,
    station: StationFilter = None,
    overdue: Annotated[
        bool | None, Query(description="With a deadline that has passed and is not yet answered.")
    ] = None,
    drill: Annotated[
        bool | None, Query(description="Drills 演练 only, or none; by default both, of what is overdue none.")
    ] = None,
    mismatch: Annotated[
        bool | None, Query(description="Whose station contradicts what the newest report claims.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first."""
    page = await orders.list_orders(
        session,
        scope=caller.scope,
        now=context.clock.now(),
        states=state or (),
        grid_ids=subtree_filter(grid, caller, context),
        station_id=None if station is None else await station_id_of(session, station, caller.scope),
        overdue=overdue,
        drill=drill,
        mismatch=mismatch,
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.post(
    "",
    summary="An order by hand",
    status_code=201,
    response_model=Order,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def open_order(body: OrderIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer, to a county or park on whose staff a supervisor is on duty; `drill` makes it a drill."""
    order_id = await open_by_hand(session, body, caller=caller, context=context)
    return order_answer(await orders.order_document(session, order_id), 201)


async def open_by_hand(session: AsyncSession, body: OrderIn, *, caller: Caller, context: Context) -> int:
    """The new order's id; raises for what is not the caller's, or nobody would answer."""
    grid = grid_in_scope(body.grid, caller, context)
    station = None if body.station is None else station_in_scope(body.station, caller, context)
    if station is not None and station.grid_id not in context.directory.subtree(grid.id):
        raise Invalid(f"station {station.code} does not belong to grid {grid.code}", field="station")
    if body.category is not None:
        await demand_category(session, body.category)
    return await context.pipeline.open_by_hand(
        session,
        grid_id=grid.id,
        station=station,
        reason=body.reason,
        severity=body.severity,
        caller=caller,
        clock=context.clock,
        drill=body.drill,
        category=body.category,
    )


@router.get("/{order_id}", summary="One order", response_model=OrderDetail, responses=problems(404))
async def get_order(order_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """With feedback, reports, reviews, evidence and alerts; its ETag is for If-Match of the next act."""
    order = await order_detail.order_detail(session, order_id, caller.scope, now=context.clock.now())
    return answer(order, headers={"ETag": etag(order["version"])})


@router.get(
    "/{order_id}/timeline",
    summary="Every event of an order",
    response_model=Page[TimelineEvent],
    responses=problems(404),
)
async def get_timeline(
    order_id: Id, session: Session, caller: Whoever, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Oldest first, as recorded."""
    return answer(await order_detail.timeline(session, order_id, caller.scope, cursor=cursor, limit=limit))


async def _act(
    session: Session,
    caller: Caller,
    context: Context,
    order_id: int,
    command: Command,
    version: int | None,
    client_at: datetime | None = None,
) -> Response:
    order = await context.pipeline.act(
        session,
        order_id,
        command,
        caller=caller,
        expected_version=version,
        clock=context.clock,
        client_at=client_at,
    )
    return order_answer(order)


@router.post(
    "/{order_id}/acknowledge",
    summary="Take an order 签收",
    response_model=Order,
    responses=_ACT,
    dependencies=ONCE,
)
async def acknowledge(
    order_id: Id,
    session: Session,
    caller: Whoever,
    context: Shared,
    version: IfMatch,
    client_at: ClientTime,
) -> Response:
    """By a supervisor of the order's grid."""
    return await _act(session, caller, context, order_id, Acknowledge(), version, client_at)


@router.post(
    "/{order_id}/feedback",
    summary="On-site feedback 现场反馈",
    response_model=Order,
    responses=_ACT,
    dependencies=ONCE,
)
async def give_feedback(
    order_id: Id,
    body: FeedbackIn,
    session: Session,
    caller: Whoever,
    context: Shared,
    version: IfMatch,
    client_at: ClientTime,
) -> Response:
    """By a supervisor of the order's grid; may come without an acknowledgement: it then stops both clocks."""
    location = None if body.location is None else body.location.model_dump(exclude_none=True)
    command = GiveFeedback(body.finding, body.cause, tuple(body.evidence), location, body.cause_code)
    return await _act(session, caller, context, order_id, command, version, client_at)


@router.post(
    "/{order_id}/report",
    summary="Disposal report 处置上报",
    response_model=Order,
    responses=_ACT,
    dependencies=ONCE,
)
async def file_report(
    order_id: Id,
    body: ReportIn,
    session: Session,
    caller: Whoever,
    context: Shared,
    version: IfMatch,
    client_at: ClientTime,
) -> Response:
    """By a supervisor of the order's grid, after feedback or after a return.

    409 `unfinished` while tasks of it, or parts of a joint order, are not finished and no reason is given.
    """
    command = FileReport(
        body.measures,
        body.result,
        tuple(body.evidence),
        body.unfinished_tasks_reason,
        body.open_children_reason,
        body.claims,
    )
    return await _act(session, caller, context, order_id, command, version, client_at)


@router.post(
    "/{order_id}/review",
    summary="Accept or return a report 审核",
    response_model=Order,
    responses=_ACT,
    dependencies=ONCE,
)
async def review(
    order_id: Id, body: ReviewIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By a duty officer above the order's grid who has not handled it. `return` wants a comment and opens a further
    round.

    While the station of the order says `not_recovered`, accepting wants an `override_reason`.
    """
    return await _act(session, caller, context, order_id, review_command(body), version)


@router.post(
    "/{order_id}/void",
    summary="Withdraw an order 作废",
    response_model=Order,
    responses=_ACT,
    dependencies=ONCE,
)
async def void(
    order_id: Id, body: VoidIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By a duty officer, with a reason; running clocks become void, breaches stay.

    Without `false_alarm` it says nothing about the rule that raised the alert: a drill, an order by mistake.
    """
    command = Withdraw(body.reason, body.false_alarm, body.with_children)
    return await _act(session, caller, context, order_id, command, version)
