"""The page of an order by hand: a duty officer says who goes where and why, once for a form."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.orders import open_by_hand
from app.api.requests import OrderIn
from app.api.rights import demand
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import checked, do_or_again
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_, Texts
from app.console.unrouted import NOBODY_THERE
from app.context import Context
from app.views.units import categories
from models.enums import Role, Severity

router = APIRouter(prefix="/orders/new", route_class=PageRoute, include_in_schema=False)
REFUSED = {
    "grid": NOBODY_THERE,
    "station": N_("The station does not belong to this grid."),
    "category": N_("No source of the registry is of this category."),
}
_Code = Annotated[str, Query(max_length=64)]


def order_of(fields: Mapping[str, str], words: Texts) -> OrderIn:
    """The order that a form asks for, as the API would take it."""
    values: dict[str, Any] = {
        name: fields.get(name) for name in ("grid", "station", "reason", "severity", "category")
    }
    return checked(OrderIn, values | {"drill": "drill" in fields}, words)


@router.get("")
async def new_order(request: Request, caller: Whoever, grid: _Code = "", station: _Code = "") -> Response:
    """The form; the address may name a grid and a station, and a station brings its county or park along."""
    context = context_of(request)
    fields = {"grid": grid or _answering(station, caller, context), "station": station}
    return await _shown(request, caller, fields={name: value for name, value in fields.items() if value})


@router.post("")
async def open_order(request: Request, caller: Whoever) -> Response:
    """Gives the order and leads to its page."""
    demand(caller, Role.DUTY_OFFICER)
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=20))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = order_of(fields, words)
        return {"order": await open_by_hand(session, body, caller=caller, context=context)}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, fields=fields, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/orders/{said['order']}?done=given", again=again,
        own=REFUSED,
    )  # fmt: skip


def _answering(code: str, caller: Caller, context: Context) -> str:
    """The county or park of a station that the caller sees; nothing for any other code."""
    station = context.directory.station(code)
    if station is None or not caller.scope.sees(station.grid_id):
        return ""
    grid = context.directory.level2(station.grid_id)
    return grid.code if grid is not None and caller.scope.sees(grid.id) else ""


async def _shown(
    request: Request, caller: Caller, *, fields: Mapping[str, str], message: str = "", status: int = 200
) -> Response:
    demand(caller, Role.DUTY_OFFICER)
    context = context_of(request)
    async with context.sessions() as session:
        known = await categories(session)
    directory, scope = context.directory, caller.scope
    return page(
        request, "order_new.html", status, caller=caller, now=context.clock.now(), fields=fields, message=message,
        grids=[grid for grid in directory.grids if grid.level == 2 and scope.sees(grid.id)],
        stations=[one for one in directory.stations if scope.sees(one.grid_id)],
        severities=list(Severity), categories=known, token=new_token(),
    )  # fmt: skip
