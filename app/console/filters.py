"""Who looks, and which orders: what the routes of the board read from a request."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from app.api.rights import subtree_filter
from app.auth.callers import caller_of, context_of
from app.auth.scope import Caller
from app.board.only import Only
from app.console.board import Filter
from app.console.texts import Texts
from app.context import Context
from app.registry.directory import GridInfo
from models.enums import OrderState
from models.errors import Invalid

MOST_KNOWN = 400
"""Grids in a list that helps with typing."""
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


def known_grids(caller: Caller, context: Context) -> list[GridInfo]:
    """All that the caller sees, to be typed with help; the near ones where all would weigh a page down."""
    seen = [grid for grid in context.directory.grids if caller.scope.sees(grid.id)]
    return seen if len(seen) <= MOST_KNOWN else near_grids(caller, context)


def nested(grids: Sequence[GridInfo]) -> list[tuple[GridInfo, int]]:
    """Each grid with how many of the others it stands below, those below it next; for a list to choose from."""
    ids = {grid.id for grid in grids}
    below: dict[object, list[GridInfo]] = {}
    for grid in grids:
        below.setdefault(grid.parent_id if grid.parent_id in ids else None, []).append(grid)
    found: list[tuple[GridInfo, int]] = []
    waiting = [(grid, 0) for grid in reversed(below.get(None, []))]
    while waiting:
        grid, depth = waiting.pop()
        found.append((grid, depth))
        waiting += [(one, depth + 1) for one in reversed(below.get(grid.id, []))]
    return found


def code_typed(typed: str, caller: Caller, context: Context, words: Texts) -> str:
    """The code of the grid that was typed by its code or its name; what leads to none is given back as it is.

    Raises Invalid for a name that several grids have.
    """
    said = typed.strip()
    seen = [grid for grid in context.directory.grids if caller.scope.sees(grid.id)]
    codes = [grid.code for grid in seen if said in (grid.code, grid.name)]
    if said in codes or not codes:
        return said
    if len(codes) > 1:
        shown = words.say(
            "Several grids have this name; please give the code: %(codes)s", codes=", ".join(codes[:8])
        )
        raise Invalid("several grids have this name", field="grid", shown=shown)
    return codes[0]


Chosen = Annotated[Filter, Depends(chosen_filter)]
