"""The index of supervision."""

from fastapi import APIRouter, Request, Response

from app.auth.callers import context_of
from app.console.filters import Whoever
from app.console.page_route import PageRoute
from app.console.pages import page
from app.console.supervision_menu import supervision_of
from app.views.supervision_waiting import waiting

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/supervision")
async def index(request: Request, caller: Whoever) -> Response:
    """Where the duties of the policy beside the orders are done, each person's own."""
    context = context_of(request)
    directory, now = context.directory, context.clock.now()
    grids = [directory.grid(grid_id) for _, grid_id in caller.duties]
    unit = any(grid is not None and grid.level <= 2 for grid in grids)
    async with context.sessions() as session:
        todo = await waiting(session, caller, directory, now=now)
    return page(
        request,
        "supervision.html",
        caller=caller,
        now=now,
        entries=supervision_of(caller, unit=unit),
        waiting=todo,
    )
