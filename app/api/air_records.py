"""What people enter beside the measurements: days dust took out, and indices the Region published."""

import asyncio

from fastapi import APIRouter, Request, Response

from app.api.air import MonthFilter
from app.api.air_shapes import (
    EnteredShape,
    ExclusionIn,
    ExclusionShape,
    PublishedIn,
    PublishedShape,
    WithdrawIn,
)
from app.api.answers import answer
from app.api.described import UPLOAD, Cursor, GridFilter, Limit, problems
from app.api.requests import SmallId
from app.api.rights import demand, demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, IdempotencyKeyHeader, Session, Shared, Whoever
from app.api.shapes import Page
from app.api.uploads import upload_of
from app.auth.permissions import AIR_PREPARERS, AIR_READERS
from app.flows import air as flow
from app.sheets.air import indices_in
from app.views import air as views
from supervision.air.records import LONGEST_DOCUMENT, Row

router = APIRouter(
    prefix="/supervision/air", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 412, 413)


@router.get(
    "/exclusions",
    summary="Days dust took out",
    response_model=Page[ExclusionShape],
    responses=problems(403, 404),
)
async def list_exclusions(
    session: Session,
    caller: Whoever,
    context: Shared,
    month: MonthFilter = None,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest first, withdrawn ones too; counties see their own."""
    demand(caller, *AIR_READERS)
    found = await views.list_exclusions(
        session,
        scope=caller.scope,
        month=None if month is None else views.month_in(month),
        grid_ids=subtree_filter(grid, caller, context),
        cursor=cursor,
        limit=limit,
    )
    return answer(found)


@router.post(
    "/exclusions",
    summary="Take a dust day out",
    status_code=201,
    response_model=ExclusionShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def exclude(body: ExclusionIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture, with the document it rests on."""
    demand_prefecture(caller, context, *AIR_PREPARERS)
    made = await flow.exclude(
        context.pipeline, session, grid=body.grid, day=body.day, pollutants=body.pollutants, document=body.document,
        caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await views.exclusion_document(session, made), 201)


@router.post(
    "/exclusions/{exclusion_id}/withdraw",
    summary="Put a day back",
    response_model=ExclusionShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def withdraw(
    exclusion_id: SmallId, body: WithdrawIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer or administrator of the prefecture, with a reason; it stays on record."""
    demand_prefecture(caller, context, *AIR_PREPARERS)
    await flow.withdraw(
        context.pipeline, session, exclusion_id, why=body.why, caller=caller, clock=context.clock
    )
    return answer(await views.exclusion_document(session, exclusion_id))


@router.get(
    "/published", summary="Published indices", response_model=Page[PublishedShape], responses=problems(403)
)
async def list_published(
    session: Session, caller: Whoever, month: MonthFilter = None, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Every version, the newest entered first; counties see their own."""
    demand(caller, *AIR_READERS)
    first = None if month is None else views.month_in(month)
    return answer(
        await views.list_published(session, scope=caller.scope, month=first, cursor=cursor, limit=limit)
    )


@router.post(
    "/published",
    summary="Enter published indices",
    status_code=201,
    response_model=EnteredShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def publish(body: PublishedIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture; all rows or none. They lead over the service's own."""
    demand_prefecture(caller, context, *AIR_PREPARERS)
    rows = [
        Row(
            row.grid,
            flow.decimal_in(row.value, "value"),
            {name: flow.decimal_in(level, name) for name, level in row.figures.items()},
        )
        for row in body.rows
    ]
    entered = await flow.publish(
        context.pipeline, session, month=body.month, rules=body.rules, document=body.document, rows=rows,
        caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(views.entered_document(entered), 201)


@router.post(
    "/published/import",
    summary="Published indices from a file",
    status_code=201,
    response_model=EnteredShape,
    responses=_ACT,
    openapi_extra=UPLOAD,
)
async def import_published(
    request: Request,
    session: Session,
    caller: Whoever,
    context: Shared,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """CSV or XLSX with a row for each county or park (code or name) and its index; fields `month`, `rules`, `document`.

    Whole or not at all: what is wrong is 422 with `row` and `column`.
    """
    demand_prefecture(caller, context, *AIR_PREPARERS)
    upload = await upload_of(request, session, caller, context, idempotency_key)
    rows = flow.rows_of(context.directory, await asyncio.to_thread(indices_in, upload.content))
    entered = await flow.publish(
        context.pipeline, session, month=upload.field("month", longest=7), rules=upload.field("rules", longest=100),
        document=upload.field("document", longest=LONGEST_DOCUMENT), rows=rows, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(views.entered_document(entered), 201)
