"""Official values taken in, and what days and years come to: AQI, yearly figures, good days."""

import asyncio
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.air_places import place_of
from app.api.air_shapes import DailyIndex, DeliveredShape, HourlyIndex, ImportShape, YearsShape
from app.api.answers import answer
from app.api.described import UPLOAD, Cursor, Limit, problems
from app.api.rights import demand, demand_prefecture
from app.api.route import SIGN_IN, ActRoute, IdempotencyKeyHeader, Session, Shared, Whoever
from app.api.shapes import Page
from app.api.uploads import upload_of
from app.auth.permissions import AIR_PREPARERS, AIR_READERS
from app.flows import air as flow
from app.sheets.air import measured_in
from app.views import air as views
from app.views import air_index as shown
from models.clock import BEIJING
from models.errors import Invalid
from supervision.air import lookups
from supervision.air.records import LONGEST_DOCUMENT

router = APIRouter(
    prefix="/supervision/air", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
LONGEST = 366
Grid = Annotated[str | None, Query(alias="grid", max_length=64, description="Code of a county or park.")]
Station = Annotated[str | None, Query(alias="station", max_length=64, description="Code of a station.")]


@router.post(
    "/days/import",
    summary="Official values from a file",
    status_code=201,
    response_model=DeliveredShape,
    responses=problems(400, 403, 409, 413),
    openapi_extra=UPLOAD,
)
async def import_days(
    request: Request,
    session: Session,
    caller: Whoever,
    context: Shared,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """CSV or XLSX by a duty officer or administrator of the prefecture; fields `document` and, for a file of one
    station without a column for it, `station`.

    A row is a station's day (`o3` its largest 8 h mean) or, with a column `hour`, its hour: 1 to 24 as the national
    centre names them by their end, 0 being the last of the day before. They lead over what the service makes of its
    readings. Whole or not at all: what is wrong is 422 with `row` and `column`.
    """
    demand_prefecture(caller, context, *AIR_PREPARERS)
    upload = await upload_of(request, session, caller, context, idempotency_key)
    found = await asyncio.to_thread(measured_in, upload.content)
    made = await flow.deliver(
        context.pipeline, session, found, station=upload.fields.get("station") or None,
        name=upload.name, content=upload.content, document=upload.field("document", longest=LONGEST_DOCUMENT),
        caller=caller, clock=context.clock,
    )  # fmt: skip
    said = {
        "id": made.id, "days": made.days, "stations": made.stations, "from": made.first.isoformat(),
        "until": made.last.isoformat(), "passed_over": made.passed_over,
    }  # fmt: skip
    return answer(said, 201)


@router.get(
    "/imports", summary="Files of official values", response_model=Page[ImportShape], responses=problems(403)
)
async def list_imports(
    session: Session, caller: Whoever, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """What was taken in, by whom and out of which file; the newest first."""
    demand(caller, *AIR_READERS)
    return answer(await views.list_imports(session, cursor=cursor, limit=limit))


@router.get(
    "/index/hourly", summary="Hourly AQI of a day", response_model=HourlyIndex, responses=problems(403, 404)
)
async def hourly_index(
    session: Session, caller: Whoever, context: Shared, day: date, grid: Grid = None, station: Station = None
) -> Response:
    """Of a station, or of a county or park by its reference stations; by the rules of the day."""
    demand(caller, *AIR_READERS)
    place = await place_of(session, grid=grid, station=station, day=day, caller=caller, context=context)
    hours = await lookups.hours_on(session, place.stations, day, unit=place.unit, now=context.clock.now())
    return answer({"place": place.code, "day": day.isoformat(), "items": shown.hours_document(hours)})


@router.get("/index/daily", summary="Daily AQI", response_model=DailyIndex, responses=problems(403, 404))
async def daily_index(
    session: Session,
    caller: Whoever,
    context: Shared,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[
        date | None, Query(alias="until", description="The same day without it; at most a year.")
    ] = None,
    grid: Grid = None,
    station: Station = None,
) -> Response:
    """Each day that was gathered or delivered, with figures and primary pollutants, by the rules of its own date."""
    demand(caller, *AIR_READERS)
    until = last or first
    if not first <= until < first + timedelta(days=LONGEST):
        raise Invalid(f"wants at most {LONGEST} days", field="until")
    place = await place_of(session, grid=grid, station=station, day=first, caller=caller, context=context)
    days = await lookups.days_on(session, place.stations, first, until, unit=place.unit)
    said = {
        "place": place.code, "from": first.isoformat(), "until": until.isoformat(), "items": shown.days_document(days),
    }  # fmt: skip
    return answer(said)


@router.get(
    "/years/{year}",
    summary="Yearly figures and good days",
    response_model=YearsShape,
    responses=problems(403, 422),
)
async def get_year(year: int, session: Session, caller: Whoever, context: Shared) -> Response:
    """Of every county and park that the caller sees, as measured and without dust: the year, or what there is of it."""
    demand(caller, *AIR_READERS)
    if not 2014 <= year <= 2200:
        raise Invalid("a year is 2014 to 2200", field="year")
    units = [one for one in context.directory.grids if one.level == 2 and caller.scope.sees(one.id)]
    today = context.clock.now().astimezone(BEIJING).date()
    found = await lookups.years(session, year, today=today, units={int(one.id) for one in units})
    items = [shown.year_document(one.code, one.name, *found[one.id]) for one in units if one.id in found]
    return answer({"year": year, "items": items})
