"""The map of the duty board: its words, and what it is drawn from."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.auth.callers import context_of
from app.console.air_names import HEALTH
from app.console.filters import Chosen, Whoever
from app.console.page_route import PageRoute
from app.console.pages import FRESH
from app.console.texts import N_
from app.views.situation import grids_around, situation

router = APIRouter(prefix="/board", route_class=PageRoute, include_in_schema=False)
MAP_WORDS = {
    **HEALTH,
    "alerts": N_("open alerts"),
    "wind": N_("wind from"),
    "overdue": N_("overdue"),
    "last": N_("last reading"),
    "in": N_("Zoom in"),
    "out": N_("Zoom out"),
}
"""What the map says itself."""


@router.get("/grids")
async def board_grids(request: Request, caller: Whoever, chosen: Chosen) -> Response:
    """The boundaries that the map is drawn on."""
    async with context_of(request).sessions() as session:
        found = await grids_around(session, scope=caller.scope, grid_ids=chosen.grid_ids)
    return JSONResponse({"grids": found}, headers={"Cache-Control": "private, max-age=300"})


@router.get("/map")
async def board_map(request: Request, caller: Whoever, chosen: Chosen) -> Response:
    """The stations on the map, and what goes on at each."""
    context = context_of(request)
    async with context.sessions() as session:
        found = await situation(
            session,
            scope=caller.scope,
            grid_ids=chosen.grid_ids,
            silence=context.settings.engine.offline_after,
            now=context.clock.now(),
        )
    return JSONResponse(found, headers={"Cache-Control": FRESH})
