"""The board of open clocks and its counters, for whoever keeps one from the feed."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.answers import answer
from app.api.board_shapes import BoardShape, CountersShape
from app.api.described import problems
from app.api.requests import MAX_LIMIT
from app.api.rights import grid_in_scope
from app.api.route import SIGN_IN, Shared, Whoever
from app.auth.scope import Caller
from app.board.counters import SharedCells
from app.context import Context
from app.views import board
from models.enums import ClockKind

router = APIRouter(prefix="/sla", tags=["sla"], dependencies=SIGN_IN)
MAX_VALUES = 50
GridsFilter = Annotated[
    list[Annotated[str, Query(max_length=64)]] | None,
    Query(
        alias="grid", max_length=MAX_VALUES, description="Codes of grids; each means everything below it too."
    ),
]
ClocksFilter = Annotated[
    list[ClockKind] | None, Query(alias="clock", max_length=MAX_VALUES, description="Kinds of clocks.")
]


def grids_meant(codes: list[str] | None, caller: Caller, context: Context) -> frozenset[int] | None:
    """The named grids and everything below them; None without a filter. NotFound outside the caller's scope."""
    if not codes:
        return None
    grids = [grid_in_scope(code, caller, context) for code in codes]
    return frozenset().union(*(context.directory.subtree(grid.id) for grid in grids))


def _codes(codes: list[str] | None, caller: Caller, context: Context) -> dict[int, str]:
    """The grids that count: those meant, as far as the caller sees them."""
    meant = grids_meant(codes, caller, context)
    return {
        int(grid.id): grid.code
        for grid in context.directory.grids
        if caller.scope.sees(grid.id) and (meant is None or grid.id in meant)
    }


@router.get("/counters", summary="Counters", response_model=CountersShape, responses=problems(404))
async def counters(request: Request, caller: Whoever, context: Shared, grid: GridsFilter = None) -> Response:
    """What is open, due within 15 minutes, breached and not stopped, breached today (Beijing), and orders that run.

    The answer may be a second old: `now` says of when it is.
    """
    shared: SharedCells = request.app.state.counters
    cells = await shared.get()
    return answer({"now": cells.now.isoformat()} | board.summed(cells, _codes(grid, caller, context)))


@router.get("/board", summary="The board", response_model=BoardShape, responses=problems(404))
async def whole_board(
    caller: Whoever,
    context: Shared,
    grid: GridsFilter = None,
    clock: ClocksFilter = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Clocks at most.")] = MAX_LIMIT,
) -> Response:
    """Every clock that is not stopped, the first due first, and the counters, as the event `as_of` left them.

    With the events of `/feed` after `as_of`, under the same filters, it is the board of later. `complete` is false
    where there are more clocks than `limit`; narrow it down by grid or clock then.
    """
    kinds = frozenset(kind.value for kind in clock) if clock else None
    now = context.clock.now()
    found = await board.snapshot(
        context.sessions, _codes(grid, caller, context), kinds=kinds, limit=limit, now=now
    )
    found["filter"]["grid"] = grid or None
    return answer(found)
