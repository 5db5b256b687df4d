"""Who looks, and which orders: what the routes of the board read from a request."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.rights import subtree_filter
from app.auth.callers import caller_of, context_of
from app.auth.scope import Caller
from app.console.board import Filter
from models.enums import OrderState

Whoever = Annotated[Caller, Depends(caller_of)]
_STATES = {state.value: state for state in OrderState}


def chosen_filter(request: Request, caller: Whoever, state: str = "", grid: str = "") -> Filter:
    """The filter in the address; NotFound for a grid the caller does not see."""
    grid_ids = subtree_filter(grid or None, caller, context_of(request))
    return Filter(_STATES.get(state), grid, grid_ids)


Chosen = Annotated[Filter, Depends(chosen_filter)]
