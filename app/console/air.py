"""The pages of the air: months with their ranking, down to a unit's days and a day's stations (R12, R4)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import last_of
from app.api.air import MonthPath, Version
from app.api.air_places import Place, place_of
from app.api.papers import press_of
from app.api.rights import demand, demand_prefecture, may_prefecture
from app.auth.callers import context_of
from app.auth.permissions import AIR_PREPARERS, AIR_READERS, AIR_SIGNERS
from app.auth.scope import EVERYTHING, Caller
from app.console.administering import do_or_again
from app.console.air_drawing import aqi_line, improvement_bars
from app.console.air_map import HEIGHT, RADIUS, WIDTH, drawn_map, shade
from app.console.air_names import POLLUTANT
from app.console.air_words import CATEGORY, DONE, NOT_RANKED, OWN_REFUSALS, SOURCE, STATE
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.context import Context
from app.flows import air as flow
from app.flows import bulletin
from app.papers.make import Ending
from app.views import air as views
from app.views import air_index as shown
from app.views.air_days import stations_of_day
from app.views.situation import grids_around, middles
from models.clock import BEIJING
from models.errors import Invalid
from supervision.air import lookups
from supervision.air.months import outdated

router = APIRouter(prefix="/supervision/air", route_class=PageRoute, include_in_schema=False)
ROWS = 36
WORDS: dict[str, Any] = {
    "pollutants": POLLUTANT, "states": STATE, "sources": SOURCE, "not_ranked": NOT_RANKED, "categories": CATEGORY,
}  # fmt: skip


@router.get("")
async def months(
    request: Request,
    caller: Whoever,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    done: str = "",
) -> Response:
    """Every version of every month, and the form that computes one."""
    return await _months(request, caller, cursor=cursor, done=DONE.get(done))


async def _months(
    request: Request,
    caller: Caller,
    *,
    cursor: str | None = None,
    done: str | None = None,
    message: str = "",
    fields: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    demand(caller, *AIR_READERS)
    context = context_of(request)
    async with context.sessions() as session:
        found = await views.list_months(session, scope=caller.scope, cursor=cursor, limit=ROWS)
    now = context.clock.now()
    over = now.astimezone(BEIJING).date().replace(day=1)
    before = date.fromordinal(over.toordinal() - 1)
    return page(
        request, "air_months.html", status, caller=caller, now=now, months=found["items"],
        next_cursor=found["next_cursor"], may_prepare=may_prefecture(caller, context, *AIR_PREPARERS), done=done,
        message=message, fields=fields or {}, last_month=f"{before:%Y-%m}", this_year=before.year, token=new_token(),
        **WORDS,
    )  # fmt: skip


@router.post("/compute")
async def compute(request: Request, caller: Whoever) -> Response:
    """A draft of a month; leads to it."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        month = fields.get("month", "")
        made = await flow.compute(
            context.pipeline, session, month, why=fields.get("why"), caller=caller, clock=context.clock
        )
        return {"month": f"{made.month:%Y-%m}", "version": made.version}

    async def again(message: str, status: int) -> Response:
        return await _months(request, caller, message=message, fields=fields, status=status)

    return await do_or_again(
        request, caller, fields, work, again=again, own=OWN_REFUSALS,
        then=lambda said: f"/supervision/air/months/{said['month']}?version={said['version']}&done=computed",
    )  # fmt: skip


@router.get("/months/{month}")
async def one_month(
    request: Request, month: MonthPath, caller: Whoever, version: Version = None, done: str = ""
) -> Response:
    """The ranking of a month with everything it rests on."""
    return await _month(request, month, caller, version=version, done=DONE.get(done))


async def _month(
    request: Request,
    month: str,
    caller: Caller,
    *,
    version: int | None = None,
    done: str | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    demand(caller, *AIR_READERS)
    context = context_of(request)
    first = views.month_in(month)
    async with context.sessions() as session:
        found = await views.month_document(session, first, scope=caller.scope, version=version)
        versions = await views.list_months(session, scope=caller.scope, month=first)
        inputs = await views.month_inputs(session, first, found["version"], scope=caller.scope, units=None)
        grounds = await grids_around(session, scope=EVERYTHING, grid_ids=None)
        middle = await middles(session, context.directory)
        stale = found["state"] == "draft" and await outdated(session, first, bytes.fromhex(found["sha256"]))
    units = found["units"]
    ranked = sum(unit["place"] is not None for unit in units)
    by_code = {unit["code"]: unit for unit in units}
    drawn = drawn_map(
        {one["code"]: one["boundary"] for one in grounds if one["code"] in by_code},
        {code: at for code, at in middle.items() if code in by_code},
        {code: f"{unit['place'] or '—'} {unit['name']}" for code, unit in by_code.items()},
    )
    excluded = [
        {
            "code": unit["code"],
            "name": by_code[unit["code"]]["name"],
            "day": f"{month}-{day}",
            "pollutants": names,
        }
        for unit in inputs["inputs"]["units"]
        for day, names in sorted(unit["now"].get("excluded", {}).items())
        if unit["code"] in by_code
    ]
    mine = {
        unit["code"] for unit in units
        if (grid := context.directory.grid_by_code(unit["code"])) is not None and caller.scope.sees(grid.id)
    }  # fmt: skip
    draft = found["state"] == "draft"
    return page(
        request, "air_month.html", status, caller=caller, now=context.clock.now(), month=found, units=units,
        versions=versions["items"], excluded=excluded, mine=mine, drawn=drawn,
        shades={code: shade(unit["place"], ranked) for code, unit in by_code.items()}, by_code=by_code,
        bars=improvement_bars(units), stale=stale, map_width=WIDTH, map_height=HEIGHT, radius=RADIUS,
        may_draft=found["state"] == "signed" and may_prefecture(caller, context, *AIR_PREPARERS),
        may_sign=draft and may_prefecture(caller, context, *AIR_SIGNERS),
        done=done, message=message, token=new_token(), **WORDS,
    )  # fmt: skip


@router.get("/months/{month}/ranking.{ending}")
async def month_file(
    request: Request, month: MonthPath, ending: Ending, caller: Whoever, version: Version = None
) -> Response:
    """The ranking as a file, in the language of the page."""
    demand(caller, *AIR_READERS)
    return await press_of(request).ranking(caller, words_of(request), ending, month=month, version=version)


@router.post("/months/{month}/sign")
async def sign(request: Request, month: MonthPath, caller: Whoever) -> Response:
    """A chief's signature under the draft that the page showed."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_SIGNERS)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        try:
            digest = bytes.fromhex(fields.get("sha256", ""))
        except ValueError:
            raise Invalid("no digest", field="sha256") from None
        signed = await flow.sign(
            context.pipeline, session, month, digest=digest, caller=caller, clock=context.clock
        )
        return {"version": signed.version}

    async def again(message: str, status: int) -> Response:
        return await _month(request, month, caller, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, again=again, own=OWN_REFUSALS,
        then=lambda said: f"/supervision/air/months/{month}?version={said['version']}&done=signed",
    )  # fmt: skip


@router.post("/months/{month}/bulletin")
async def draft_bulletin(request: Request, month: MonthPath, caller: Whoever) -> Response:
    """The bulletin of the month in force, as a draft among the papers of the office; leads to it."""
    context = context_of(request)
    demand_prefecture(caller, context, *AIR_PREPARERS)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        return {"paper": await bulletin.draft_bulletin(session, month, caller=caller, context=context)}

    async def again(message: str, status: int) -> Response:
        return await _month(request, month, caller, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, again=again, own=OWN_REFUSALS,
        then=lambda said: f"/supervision/papers/{said['paper']}",
    )  # fmt: skip


@router.get("/units/{code}")
async def unit_days(
    request: Request,
    code: str,
    caller: Whoever,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """A unit's days of a month: figures, AQI, primary pollutants, what was taken out."""
    demand(caller, *AIR_READERS)
    context = context_of(request)
    today = context.clock.now().astimezone(BEIJING).date()
    first = views.month_in(month) if month else today.replace(day=1)
    last = last_of(first)
    async with context.sessions() as session:
        place = await place_of(session, grid=code, station=None, day=first, caller=caller, context=context)
        days = shown.days_document(await lookups.days_on(session, place.stations, first, last, unit=True))
        exclusions = await views.list_exclusions(
            session, scope=caller.scope, month=first, grid_ids=frozenset({_grid_id(request, code)})
        )
    out = {one["day"]: one for one in exclusions["items"] if one["withdrawn_at"] is None}
    points = [
        (date.fromisoformat(one["day"]), one["aqi"]["value"], one["aqi"]["level"])
        for one in days
        if one["aqi"]["value"] is not None
    ]
    return page(
        request, "air_unit.html", caller=caller, now=context.clock.now(), place=place, month=f"{first:%Y-%m}",
        days=days, out=out, line=aqi_line(points, first, last),
        left_out=_left_out(context, place), **WORDS,
    )  # fmt: skip


def _left_out(context: Context, place: Place) -> list[dict[str, str]]:
    """The background stations of a unit by name; one that is retired is not in the directory and has its code only."""
    known = {code: context.directory.station(code) for code in place.left_out}
    return [{"code": code, "name": code if one is None else one.name} for code, one in known.items()]


@router.get("/units/{code}/days/{day}")
async def unit_day(request: Request, code: str, day: date, caller: Whoever) -> Response:
    """A day of a unit: its stations side by side, and its hours."""
    demand(caller, *AIR_READERS)
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        place = await place_of(session, grid=code, station=None, day=day, caller=caller, context=context)
        hours = shown.hours_document(await lookups.hours_on(session, place.stations, day, unit=True, now=now))
        stations = await stations_of_day(session, place.stations, day)
        days = shown.days_document(await lookups.days_on(session, place.stations, day, day, unit=True))
    return page(
        request, "air_day.html", caller=caller, now=now, place=place, day=day.isoformat(), hours=hours,
        stations=stations, whole=days[0] if days else None, left_out=_left_out(context, place), **WORDS,
    )  # fmt: skip


@router.get("/years/{year}")
async def one_year(request: Request, year: int, caller: Whoever) -> Response:
    """The year, or what there is of it, of every county and park the reader sees."""
    demand(caller, *AIR_READERS)
    context = context_of(request)
    if not 2014 <= year <= 2200:
        raise Invalid("a year is 2014 to 2200", field="year")
    units = [one for one in context.directory.grids if one.level == 2 and caller.scope.sees(one.id)]
    now = context.clock.now()
    today = now.astimezone(BEIJING).date()
    async with context.sessions() as session:
        found = await lookups.years(session, year, today=today, units={int(one.id) for one in units})
    items = [shown.year_document(one.code, one.name, *found[one.id]) for one in units if one.id in found]
    return page(request, "air_year.html", caller=caller, now=now, year=year, units=items, **WORDS)


def _grid_id(request: Request, code: str) -> int:
    grid = context_of(request).directory.grid_by_code(code)
    return -1 if grid is None else int(grid.id)
