"""The page of patrol plans: what is visited oftener, from further away or beside the sources; made and ended here."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.patrol_requests import PlanIn
from app.api.requests import SmallId
from app.api.rights import grid_in_scope, subtree_filter
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.administering import do_or_again, told
from app.console.filters import Whoever
from app.console.forms import checked_by, only, typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_, Texts
from app.flows import patrols as flow
from app.flows.sources import keeps
from app.views import patrols as views
from models.errors import Invalid, NotFound
from supervision.patrols.cover import WITHIN_M

router = APIRouter(prefix="/supervision/patrol-plans", route_class=PageRoute, include_in_schema=False)
HERE = "/supervision/patrol-plans"
FIELD = {
    "source": N_("Code of the source"),
    "grid": N_("Grid"),
    "name": N_("Name"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "per_day": N_("Visits a day"),
    "within_m": N_("Counts within, in metres"),
}
DONE = {
    "planned": N_("The plan is made and holds from today on."),
    "ended": N_("The plan is ended."),
}
REFUSED = {
    "source": N_("There is no active source of this code in your grids."),
    "grid": N_("A point is of a village or town among your grids."),
    "name": N_("Please give the point a name of its own."),
}
_SOURCE, _POINT = ("source", "per_day", "within_m"), ("grid", "name", "lon", "lat", "per_day", "within_m")


@router.get("")
async def plans(
    request: Request,
    caller: Whoever,
    grid: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Plans in force in the reader's grids, by grid and name."""
    return await _shown(request, caller, grid=grid, done=DONE.get(done))


@router.post("/{what}")
async def plan(request: Request, what: str, caller: Whoever) -> Response:
    """How often a source is visited, or a further point of a village or town."""
    context, words = context_of(request), words_of(request)
    if what not in ("source", "point"):
        raise NotFound("no such plan")
    fields = typed(await request.form(max_files=0, max_fields=12))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = plan_of(what, fields, words)
        numbers: dict[str, Any] = {"per_day": body.per_day, "within_m": body.within_m, "caller": caller}
        numbers["now"] = context.clock.now()
        if body.source is not None:
            try:
                grid_id = await views.grid_of_source(session, body.source, caller.scope)
            except NotFound:
                raise Invalid("no such source", field="source") from None
            await flow.plan_source(context.pipeline, session, body.source, grid_id, **numbers)
        else:
            try:
                found = grid_in_scope(body.grid or "", caller, context)
            except NotFound:
                raise Invalid("no such grid", field="grid") from None
            await flow.add_point(
                context.pipeline, session, found.id, name=body.name or "", lon=body.lon or 0.0, lat=body.lat or 0.0,
                **numbers,
            )  # fmt: skip
        return {"made": True}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, message=message, status=status, fields=fields, tried=what)

    return await do_or_again(
        request, caller, fields, work, then=lambda _: f"{HERE}?done=planned", again=again, own=REFUSED
    )


@router.post("/{plan_id:int}/end")
async def end(request: Request, plan_id: SmallId, caller: Whoever) -> Response:
    """A point is not visited any more, a source once a day again."""
    context = context_of(request)
    fields = typed(await request.form(max_files=0, max_fields=5))

    async def work(session: AsyncSession) -> dict[str, Any]:
        await flow.end_plan(context.pipeline, session, plan_id, caller=caller, now=context.clock.now())
        return {"ended": plan_id}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda _: f"{HERE}?done=ended", again=again, own=REFUSED
    )


def plan_of(what: str, fields: Mapping[str, str], words: Texts) -> PlanIn:
    """The body that the API would have taken; raises Invalid in the reader's words."""
    wanted = _SOURCE if what == "source" else _POINT
    for name in wanted:
        if not fields.get(name, "").strip():
            raise told(words.say("Please fill in: %(field)s.", field=words.say(FIELD[name])))
    values: dict[str, Any] = dict(only(fields, *wanted))
    for name, kind in (("lon", float), ("lat", float), ("per_day", int), ("within_m", int)):
        if name in values:
            try:
                values[name] = kind(values[name])
            except ValueError:
                raise told(
                    words.say("%(field)s: please give a number.", field=words.say(FIELD[name]))
                ) from None
    return checked_by(PlanIn, values, words, FIELD)


async def _shown(
    request: Request,
    caller: Caller,
    *,
    grid: str = "",
    done: str | None = None,
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] = {},
    tried: str = "",
) -> Response:
    context = context_of(request)
    directory = context.directory
    async with context.sessions() as session:
        found = await views.list_plans(
            session, scope=caller.scope,
            grid_ids=subtree_filter(grid if grid and storable(grid) else None, caller, context),
        )  # fmt: skip
    mine = [one for one in directory.grids if keeps(caller, one.id, directory, flow.PLANNERS)]
    codes = {one.code for one in mine}
    return page(
        request, "patrol_plans.html", status, caller=caller, plans=found, may=codes, message=message, done=done,
        grids=[one for one in mine if one.level >= 3], may_plan=bool(mine), fields=fields, tried=tried,
        token=new_token(), within=WITHIN_M, most=views.LISTED,
    )  # fmt: skip
