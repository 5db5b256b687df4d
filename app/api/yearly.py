"""Yearly duties of every grid: plan, responsibility letter, training, summary (annex 1 art. 17, 22)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answering import READS
from app.api.answering_shapes import RecordIn, YearlyRow, YearlyShape, YearlyStateFilter
from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.requests import SmallId
from app.api.rights import demand, demand_in, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.flows import yearly as flow
from app.views.yearly import list_yearly, yearly_document
from models.enums import YearlyKind

router = APIRouter(
    prefix="/supervision/yearly", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)


@router.get("", summary="Yearly duties", response_model=Page[YearlyRow], responses=problems(403, 404))
async def get_yearly(
    session: Session,
    caller: Whoever,
    context: Shared,
    year: Annotated[int | None, Query(ge=2013, le=2200)] = None,
    kind: YearlyKind | None = None,
    state: YearlyStateFilter | None = None,
    level: Annotated[int | None, Query(ge=1, le=4)] = None,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Of the caller's grids and everything below them, in the order they were opened."""
    demand(caller, *READS)
    page = await list_yearly(
        session, scope=caller.scope, now=context.clock.now(), year=year, kind=kind, state=state or "", level=level,
        grid_ids=subtree_filter(grid, caller, context), cursor=cursor, limit=limit,
    )  # fmt: skip
    return answer(page)


@router.get("/{duty_id}", summary="One yearly duty", response_model=YearlyShape, responses=problems(403, 404))
async def get_one(duty_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With its records and who attended."""
    demand(caller, *READS)
    return answer(await yearly_document(session, duty_id, scope=caller.scope, now=context.clock.now()))


@router.post(
    "/{duty_id}/records", summary="A yearly duty was done", status_code=201, response_model=YearlyShape,
    responses=problems(400, 403, 404, 409, 413), dependencies=ONCE,
)  # fmt: skip
async def add_record(
    duty_id: SmallId, body: RecordIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By somebody of the grid or of one above it. A record is never changed; a later one stands beside it."""
    now = context.clock.now()
    found = await yearly_document(session, duty_id, scope=caller.scope, now=now)
    grid = context.directory.grid_by_code(found["grid"])
    demand_in(caller, context, int(grid.id) if grid else 0, *READS)
    await flow.record(
        context.pipeline, session, duty_id, done_on=body.done_on, document=body.document, note=body.note,
        attendees=body.attendees, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await yearly_document(session, duty_id, scope=caller.scope, now=now), 201)
