"""The page of the unrouted queue: every alert nobody answers for, why, and a form that says who does."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.requests import Id, RouteIn
from app.api.rights import demand
from app.api.unrouted import route_waiting
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import checked, do_or_again
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.texts import N_
from app.views.orders import order_document
from app.views.unrouted import list_waiting, order_of
from models.enums import Role
from models.errors import NotFound

router = APIRouter(prefix="/unrouted", route_class=PageRoute, include_in_schema=False)
ROWS = 50
WHY = {
    "station_outside_every_level_2_grid": N_("The station lies in no county or park."),
    "nobody_on_duty": N_("Nobody is on duty for the grid: neither a supervisor nor a chief."),
    "overtaken": N_("Another order of the station changed just then; it is tried again by itself."),
}
UNKNOWN = N_("Nobody was found to answer.")
DONE = {
    "routed": N_("The alert has its order."),
    "found": N_("The alert had found its order already; nothing was changed."),
}
NOBODY_THERE = N_(
    "Nobody answers for this grid: no supervisor or chief is on duty there. Please choose another."
)


@router.get("")
async def queue(
    request: Request,
    caller: Whoever,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: str = "",
    order: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """What waits, the newest first; after an alert was routed, with a link to its order."""
    return await _shown(request, caller, cursor=cursor, done=DONE.get(done), order_id=order)


@router.get("/{unrouted_id}")
async def one(unrouted_id: Id, caller: Whoever) -> Response:
    """An alert stands in its queue; the links of a refused form lead here."""
    return see("/unrouted")


@router.post("/{unrouted_id}/route")
async def route(request: Request, unrouted_id: Id, caller: Whoever) -> Response:
    """Says which grid answers: the order goes out in the same transaction, and the alert waits no longer."""
    demand(caller, Role.DUTY_OFFICER)
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = checked(RouteIn, {"grid": fields.get("grid")}, words)
        # The engine or a colleague may have been quicker; that is no fault of whoever reads this.
        if (found := await order_of(session, unrouted_id, caller.scope)) is not None:
            return {"order": found, "done": "found"}
        order_id = await route_waiting(session, unrouted_id, body, caller=caller, context=context)
        return {"order": order_id, "done": "routed"}

    async def again(message: str, status: int) -> Response:
        return await _shown(
            request, caller, message=message, status=status, tried=unrouted_id, grid=fields.get("grid", "")
        )

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/unrouted?done={said['done']}&order={said['order']}",
        again=again, own={"grid": NOBODY_THERE},
    )  # fmt: skip


async def _shown(
    request: Request,
    caller: Caller,
    *,
    cursor: str | None = None,
    done: str | None = None,
    order_id: int | None = None,
    message: str = "",
    status: int = 200,
    tried: int | None = None,
    grid: str = "",
) -> Response:
    demand(caller, Role.DUTY_OFFICER)
    context = context_of(request)
    order = None
    async with context.sessions() as session:
        found = await list_waiting(session, scope=caller.scope, cursor=cursor, limit=ROWS)
        if done and order_id is not None:
            try:
                order = await order_document(session, order_id, caller.scope)
            except NotFound:
                order = None
    return page(
        request, "unrouted.html", status, caller=caller, now=context.clock.now(), waiting=found["items"],
        next_cursor=found["next_cursor"], why=WHY, unknown=UNKNOWN, done=done, order=order, message=message,
        tried=tried, grid=grid, token=new_token(),
        grids=[one for one in context.directory.grids if one.level == 2 and caller.scope.sees(one.id)],
    )  # fmt: skip
