"""Departments and what they lead for 管行业必须管环保, and the category of an order."""

from fastapi import APIRouter, Response

from app.api.answers import answer, order_answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.order_shapes import Order
from app.api.requests import Code, Id, SmallId
from app.api.rights import grid_in_scope, subtree_filter
from app.api.roster import demand_roster
from app.api.roster_requests import CategoryDutyIn, CategoryIn, EndIn, MemberEnd, MemberIn, UnitIn
from app.api.roster_shapes import CategoryDutyShape, UnitShape
from app.api.route import ONCE, SIGN_IN, ActRoute, IfMatch, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import units as flow
from app.registry.directory import GridInfo
from app.views import orders
from app.views import units as views
from app.views.people import ids_of
from dispatch import units
from dispatch.units import UnitRow
from models.errors import Invalid, NotFound

router = APIRouter(tags=["units"], route_class=ActRoute, dependencies=SIGN_IN)
_MADE = problems(400, 403, 404, 409, 413)


@router.get("/units", summary="Units", response_model=Page[UnitShape], responses=problems())
async def list_units(
    session: Session, caller: Whoever, context: Shared, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Of the grids the caller sees, in the order they were made, with who works for them."""
    page = await views.list_units(session, caller.scope, now=context.clock.now(), cursor=cursor, limit=limit)
    return answer(page)


@router.post(
    "/units", summary="A new unit", status_code=201, response_model=UnitShape, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def add_unit(body: UnitIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By the prefecture's desk, or the chief of the county or park."""
    grid = _where(body.grid, caller, context)
    await flow.add_unit(
        context.pipeline, session, grid, code=body.code, name=body.name, caller=caller, clock=context.clock
    )
    return answer(await views.unit(session, body.code, now=context.clock.now()), 201)


@router.post(
    "/units/{code}/members", summary="Somebody works for a unit", status_code=201, response_model=UnitShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def add_member(
    code: Code, body: MemberIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By the prefecture's desk, or the chief of the county or park."""
    unit = await _held(session, code, caller, context)
    ids = await ids_of(session, [body.username], "username")
    await flow.add_member(
        context.pipeline,
        session,
        unit,
        person=ids[body.username],
        username=body.username,
        since=body.since,
        until=body.until,
        caller=caller,
        clock=context.clock,
    )
    return answer(await views.unit(session, code, now=context.clock.now()), 201)


@router.post(
    "/units/{code}/members/end", summary="Somebody leaves a unit", response_model=UnitShape, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def end_member(
    code: Code, body: MemberEnd, session: Session, caller: Whoever, context: Shared
) -> Response:
    """From now on."""
    unit = await _held(session, code, caller, context)
    ids = await ids_of(session, [body.username], "username")
    await flow.end_member(
        context.pipeline,
        session,
        unit,
        person=ids[body.username],
        username=body.username,
        reason=body.reason,
        caller=caller,
        clock=context.clock,
    )
    return answer(await views.unit(session, code, now=context.clock.now()))


@router.get(
    "/category-duties", summary="Who leads for which category", response_model=Page[CategoryDutyShape],
    responses=problems(404),
)  # fmt: skip
async def list_category_duties(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest made first."""
    page = await views.list_category_duties(
        session, caller.scope, grid_ids=subtree_filter(grid, caller, context), cursor=cursor, limit=limit
    )
    return answer(page)


@router.post(
    "/category-duties", summary="A unit leads for a category", status_code=201,
    response_model=CategoryDutyShape, responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def lead(body: CategoryDutyIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """In a county or park, or in the whole prefecture where nothing nearer is said. Orders keep what they have."""
    grid = _where(body.grid, caller, context)
    id_ = await flow.lead(
        context.pipeline,
        session,
        grid,
        category=body.category,
        unit=body.lead,
        co_handlers=body.co_handlers,
        since=body.since,
        until=body.until,
        reason=body.reason,
        caller=caller,
        clock=context.clock,
    )
    return answer(await views.category_duty(session, id_), 201)


@router.post(
    "/category-duties/{id_}/end", summary="A unit no longer leads", response_model=CategoryDutyShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def end_lead(id_: SmallId, body: EndIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """From now on, or never to begin."""
    grid = context.directory.grid(await units.find_lead(session, id_))
    if grid is None or not caller.scope.sees(grid.id):
        raise NotFound(f"no category duty {id_}")
    demand_roster(caller, context, grid)
    await flow.end_lead(
        context.pipeline, session, grid, id_, reason=body.reason, caller=caller, clock=context.clock
    )
    return answer(await views.category_duty(session, id_))


@router.post(
    "/orders/{order_id}/category", summary="The category of the likely source", response_model=Order,
    responses=problems(400, 403, 404, 409, 412, 413), dependencies=ONCE,
)  # fmt: skip
async def categorise(
    order_id: Id, body: CategoryIn, session: Session, caller: Whoever, context: Shared, version: IfMatch
) -> Response:
    """By a duty officer or a supervisor of the order's grid, until it is closed; brings in the units that lead."""
    await flow.categorise(
        context.pipeline,
        session,
        order_id,
        body.category,
        caller=caller,
        expected_version=version,
        clock=context.clock,
    )
    return order_answer(await orders.order_document(session, order_id))


def _where(code: str, caller: Caller, context: Context) -> GridInfo:
    grid = grid_in_scope(code, caller, context)
    demand_roster(caller, context, grid)
    if grid.level > 2:
        raise Invalid("units belong to the prefecture, a county or a park", field="grid")
    return grid


async def _held(session: Session, code: str, caller: Caller, context: Context) -> UnitRow:
    unit = await units.hold_unit(session, code)
    grid = context.directory.grid(unit.grid_id)
    if grid is None or not caller.scope.sees(grid.id):
        raise NotFound(f"no unit {code}")
    demand_roster(caller, context, grid)
    return unit
