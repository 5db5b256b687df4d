"""Which acts on an order lead somewhere now, and are somebody's."""

from collections.abc import Mapping
from typing import Any

from app.auth.permissions import permit
from app.auth.scope import Caller
from app.context import Context
from dispatch.lifecycle import ALLOWED
from models.enums import OrderAct, OrderState
from models.errors import Forbidden


def acts_allowed(order: Mapping[str, Any], caller: Caller, context: Context) -> list[OrderAct]:
    """Those that the order's state takes and the caller's duties allow, in the order of the table."""
    grid = context.directory.grid_by_code(order["grid"])
    if grid is None:
        # One loaded a moment ago may not have reached this process yet.
        return []
    return [act for act in ALLOWED[OrderState(order["state"])] if _may(caller, act, grid.id, context)]


def _may(caller: Caller, act: OrderAct, grid_id: int, context: Context) -> bool:
    try:
        permit(caller, act, grid_id, context.directory)
    except Forbidden:
        return False
    return True
