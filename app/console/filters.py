"""Who looks, and which orders: what the routes of the board read from a request."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.rights import subtree_filter
from app.auth.callers import caller_of, context_of
from app.auth.scope import Caller
from app.board.only import Only
from app.console.board import Filter
from app.context import Context
from app.registry.directory import GridInfo
from models.enums import OrderState

Whoever = Annotated[Caller, Depends(caller_of)]
_STATES = {state.value: state for state in OrderState}
_ONLY = {one.value: one for one in Only}


def chosen_filter(
    request: Request, caller: Whoever, state: str = "", grid: str = "", only: str = "", mine: str = ""
) -> Filter:
    """The filter in the address; NotFound for a grid the caller does not see. An unknown word filters nothing."""
    grid_ids = subtree_filter(grid or None, caller, context_of(request))
    return Filter(_STATES.get(state), grid, grid_ids, _ONLY.get(only), caller if mine == "1" else None)


def near_grids(caller: Caller, context: Context) -> list[GridInfo]:
    """The prefecture, counties and parks that the caller sees, to choose from; those below can be thousands."""
    return [grid for grid in context.directory.grids if grid.level <= 2 and caller.scope.sees(grid.id)]


Chosen = Annotated[Filter, Depends(chosen_filter)]
