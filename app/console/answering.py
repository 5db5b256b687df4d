"""Pages of who has to answer in each county: what is missing, the office, the lists filed and published."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answering import NOTES, READS, WRITES, county_in_scope, note
from app.api.answering_shapes import ListIn, OfficeIn
from app.api.requests import SmallId
from app.api.rights import demand, demand_in, demand_prefecture
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.admin_menu import RUNNING
from app.console.administering import do_or_again
from app.console.duty_names import FIELD, REFUSED
from app.console.filters import Whoever
from app.console.forms import checked_by, typed
from app.console.once import new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.texts import N_
from app.context import Context
from app.flows import answering as flow
from app.registry.directory import GridInfo
from app.views.answering import county_document, list_counties, list_document, list_lists
from models.clock import BEIJING
from models.enums import ListKind
from models.errors import Forbidden, NotFound

router = APIRouter(prefix="/supervision/duties", route_class=PageRoute, include_in_schema=False)
ROWS = 20
DONE = {
    "filed": N_("The list is filed as it is now; the prefecture has been told."),
    "published": N_("That the list is published is entered."),
    "noted": N_("The filed list is noted."),
    "office": N_("The office is entered."),
}


@router.get("")
async def counties(request: Request, caller: Whoever) -> Response:
    """Every county and park of the caller's, with what the facts say of items 1 to 3 of the assessment."""
    demand(caller, *READS)
    context = context_of(request)
    async with context.sessions() as session:
        found = await list_counties(session, scope=caller.scope, now=context.clock.now())
    return page(request, "duties.html", caller=caller, counties=found["items"])


@router.get("/lists/{list_id}")
async def one_list(request: Request, list_id: SmallId, caller: Whoever, done: str = "") -> Response:
    """A list as it was filed or published; the prefecture takes note of it here."""
    demand(caller, *READS)
    context = context_of(request)
    async with context.sessions() as session:
        found = await list_document(session, list_id, scope=caller.scope)
    grid = context.directory.grid_by_code(found["grid"])
    names = {one.code: one.name for one in context.directory.grids}
    waits = found["kind"] == ListKind.FILED and found["noted_at"] is None
    return page(
        request, "duties_list.html", caller=caller, found=found, names=names, grid=grid, done=DONE.get(done),
        may=waits and _may_note(caller, context), once=new_token(),
    )  # fmt: skip


def _may_note(caller: Caller, context: Context) -> bool:
    try:
        demand_prefecture(caller, context, *NOTES)
    except Forbidden:
        return False
    return True


@router.post("/lists/{list_id}/note")
async def note_list(request: Request, list_id: SmallId, caller: Whoever) -> Response:
    """The prefecture takes note of a filed list, once."""
    context = context_of(request)
    demand_prefecture(caller, context, *NOTES)
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        await note(session, list_id, caller, context)
        return {"id": list_id}

    async def again(message: str, status: int) -> Response:
        return see(f"/supervision/duties/lists/{list_id}")

    back = f"/supervision/duties/lists/{list_id}?done=noted"
    return await do_or_again(request, caller, fields, work, then=lambda _: back, again=again)


@router.get("/{code}")
async def one_county(
    request: Request,
    code: str,
    caller: Whoever,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: str = "",
) -> Response:
    """One county: who answers for it and every grid below, what is missing, and its lists."""
    return await _shown(request, caller, code, cursor=cursor, done=DONE.get(done))


async def _shown(
    request: Request,
    caller: Caller,
    code: str,
    *,
    cursor: str | None = None,
    status: int = 200,
    message: str = "",
    tried: str = "",
    fields: Mapping[str, str] = {},
    done: str | None = None,
) -> Response:
    demand(caller, *READS)
    context = context_of(request)
    grid = _county(code, caller, context)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await county_document(session, int(grid.id), now=now)
        lists = await list_lists(session, int(grid.id), cursor=cursor, limit=ROWS)
    return page(
        request, "duties_county.html", status, caller=caller, county=found, lists=lists["items"],
        next_cursor=lists["next_cursor"], may=_may_write(caller, context, grid), message=message, tried=tried,
        fields=fields, done=done, today=now.astimezone(BEIJING).date().isoformat(),
        mends=caller.has(*RUNNING),
        once={act: new_token() for act in ("filed", "published", "office")},
    )  # fmt: skip


def _county(code: str, caller: Caller, context: Context) -> GridInfo:
    if not storable(code):
        raise NotFound("no such county or park")
    return county_in_scope(code, caller, context)


def _may_write(caller: Caller, context: Context, grid: GridInfo) -> bool:
    try:
        demand_in(caller, context, int(grid.id), *WRITES)
    except Forbidden:
        return False
    return True


@router.post("/{code}/office")
async def set_office(request: Request, code: str, caller: Whoever) -> Response:
    """The office 大气办 of the county, or of a town in it."""
    context, words = context_of(request), words_of(request)
    county = _county(code, caller, context)
    fields = typed(await request.form(max_files=0, max_fields=20))
    grid = context.directory.grid_by_code(fields.get("grid", county.code))
    if grid is None or (grid.id != county.id and grid.parent_id != county.id):
        raise NotFound("no such grid in this county")
    demand_in(caller, context, int(grid.id), *WRITES)

    async def work(session: AsyncSession) -> dict[str, Any]:
        said: dict[str, Any] = {name: fields[name] for name in ("name", "head", "document") if name in fields}
        body = checked_by(OfficeIn, said, words, FIELD)
        await flow.set_office(
            context.pipeline, session, grid, name=body.name, head=body.head, document=body.document, caller=caller,
            clock=context.clock,
        )  # fmt: skip
        return {"grid": grid.code}

    async def again(message: str, status: int) -> Response:
        return await _shown(
            request, caller, code, status=status, message=message, tried="office", fields=fields
        )

    back = f"/supervision/duties/{county.code}?done=office"
    return await do_or_again(request, caller, fields, work, then=lambda _: back, again=again, own=REFUSED)


@router.post("/{code}/{kind}")
async def enter_list(request: Request, code: str, kind: ListKind, caller: Whoever) -> Response:
    """The county's list was filed, or published."""
    context, words = context_of(request), words_of(request)
    grid = _county(code, caller, context)
    demand_in(caller, context, int(grid.id), *WRITES)
    fields = typed(await request.form(max_files=0, max_fields=20))

    async def work(session: AsyncSession) -> dict[str, Any]:
        said = {name: fields[name] for name in ("as_of", "place", "contact", "document") if name in fields}
        body = checked_by(ListIn, said | {"kind": kind}, words, FIELD)
        made = await flow.enter_list(
            context.pipeline, session, grid, kind, as_of=body.as_of, place=body.place, contact=body.contact,
            document=body.document, caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"id": made.id}

    async def again(message: str, status: int) -> Response:
        return await _shown(
            request, caller, code, status=status, message=message, tried=kind.value, fields=fields
        )

    back = f"/supervision/duties/{grid.code}?done={kind.value}"
    return await do_or_again(request, caller, fields, work, then=lambda _: back, again=again, own=REFUSED)
