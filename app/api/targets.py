"""Yearly targets by month of counties, parks and stations, where they stand, and early warnings (R8)."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.air_shapes import MONTH
from app.api.answers import answer
from app.api.described import UPLOAD, Cursor, Limit, problems
from app.api.rights import demand, demand_prefecture
from app.api.route import ONCE, SIGN_IN, ActRoute, IdempotencyKeyHeader, Session, Shared, Whoever
from app.api.shapes import Page
from app.api.target_shapes import (
    StandingsShape,
    TargetIn,
    TargetsEntered,
    TargetSetShape,
    TargetShape,
    TargetWarningShape,
)
from app.api.uploads import upload_of
from app.auth.permissions import AIR_PREPARERS, AIR_READERS
from app.flows import targets as flow
from app.flows.air import decimal_in
from app.sheets.targets import targets_in
from app.views import targets as views
from app.views.air import month_in
from models.clock import BEIJING
from supervision.air.records import LONGEST_DOCUMENT
from supervision.targets.targets import TargetSet

router = APIRouter(
    prefix="/supervision/targets", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 409, 413)


@router.get("", summary="Air targets", response_model=Page[TargetShape], responses=problems(403))
async def list_targets(
    session: Session,
    caller: Whoever,
    context: Shared,
    year: Annotated[int | None, Query(ge=2013, le=2200)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Every version, the newest set first; counties see their own and their stations'."""
    demand(caller, *AIR_READERS)
    found = await views.list_targets(
        session, scope=caller.scope, directory=context.directory, year=year, cursor=cursor, limit=limit
    )
    return answer(found)


@router.post(
    "",
    summary="Set a target",
    status_code=201,
    response_model=TargetSetShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def set_target(body: TargetIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture; set again, another version of it counts."""
    demand_prefecture(caller, context, *AIR_PREPARERS)
    made = await flow.set_target(
        context.pipeline,
        session,
        grid=body.grid,
        station=body.station,
        year=body.year,
        pollutant=body.pollutant,
        yearly=decimal_in(body.yearly, "yearly"),
        months=None if body.months is None else [decimal_in(one, "months") for one in body.months],
        profile=None if body.profile is None else [decimal_in(one, "profile") for one in body.profile],
        document=body.document,
        caller=caller,
        clock=context.clock,
    )
    return answer(_set(made), 201)


@router.post(
    "/import",
    summary="Targets from a file",
    status_code=201,
    response_model=TargetsEntered,
    responses=_ACT,
    openapi_extra=UPLOAD,
)
async def import_targets(
    request: Request,
    session: Session,
    caller: Whoever,
    context: Shared,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """CSV or XLSX: place (code or name), year, pollutant, yearly target, perhaps 1月 to 12月; field `document`.

    Whole or not at all: what is wrong is 422 with `row` and `column`.
    """
    demand_prefecture(caller, context, *AIR_PREPARERS)
    upload = await upload_of(request, session, caller, context, idempotency_key)
    rows = await asyncio.to_thread(targets_in, upload.content)
    made = await flow.import_targets(
        context.pipeline, session, rows, document=upload.field("document", longest=LONGEST_DOCUMENT), caller=caller,
        clock=context.clock,
    )  # fmt: skip
    return answer({"entered": len(made), "items": [_set(one) for one in made]}, 201)


@router.get(
    "/standing", summary="Where targets stand", response_model=StandingsShape, responses=problems(403)
)
async def get_standing(
    session: Session,
    caller: Whoever,
    context: Shared,
    month: Annotated[str | None, Query(pattern=MONTH, description="This month without it.")] = None,
) -> Response:
    """Month to date against the target, what the remaining days may average, and whether it can still be met."""
    demand(caller, *AIR_READERS)
    today = context.clock.now().astimezone(BEIJING).date()
    first = today.replace(day=1) if month is None else month_in(month)
    found = await views.standing_document(
        session, first, scope=caller.scope, directory=context.directory, today=today
    )
    return answer(found)


@router.get(
    "/warnings", summary="Early warnings", response_model=Page[TargetWarningShape], responses=problems(403)
)
async def list_warnings(
    session: Session, caller: Whoever, context: Shared, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Targets that could not be met any more, each told once in its month; the newest first."""
    demand(caller, *AIR_READERS)
    found = await views.list_warnings(
        session, scope=caller.scope, directory=context.directory, cursor=cursor, limit=limit
    )
    return answer(found)


def _set(made: TargetSet) -> dict[str, object]:
    return {
        "grid": made.grid,
        "station": made.station,
        "year": made.year,
        "pollutant": made.pollutant,
        "version": made.version,
        "yearly": str(made.yearly),
        "months": [str(level) for level in made.months],
    }
