"""Roles of what is no order, and how codes in a request are looked up within the caller's scope.

The roles of acts on orders are in `app.auth.permissions`.
"""

from app.auth.scope import Caller
from app.context import Context
from app.registry.directory import GridInfo
from models.enums import Role
from models.errors import Forbidden, NotFound
from models.facts import StationInfo


def demand(caller: Caller, *roles: Role) -> None:
    """Raises Forbidden unless the caller has one of the roles somewhere."""
    if not caller.has(*roles):
        wanted = " or ".join(role.value for role in roles)
        raise Forbidden(f"this takes the role {wanted}")


def demand_in(caller: Caller, context: Context, grid_id: int, *roles: Role) -> None:
    """Raises Forbidden unless the caller has one of the roles in this grid or one above it."""
    directory = context.directory
    if not any(role in roles and grid_id in directory.subtree(grid) for role, grid in caller.duties):
        wanted = " or ".join(role.value for role in roles)
        raise Forbidden(f"this takes the role {wanted} in this grid or above it")


def may_prefecture(caller: Caller, context: Context, *roles: Role) -> bool:
    """Whether the caller has one of the roles in the prefecture itself."""
    grids = (context.directory.grid(grid) for role, grid in caller.duties if role in roles)
    return any(grid is not None and grid.level == 1 for grid in grids)


def demand_prefecture(caller: Caller, context: Context, *roles: Role) -> None:
    """Raises Forbidden unless the caller has one of the roles in the prefecture itself."""
    if not may_prefecture(caller, context, *roles):
        wanted = " or ".join(role.value for role in roles)
        raise Forbidden(f"this takes the role {wanted} in the prefecture")


def grid_in_scope(code: str, caller: Caller, context: Context) -> GridInfo:
    """The grid of this code; raises NotFound outside the caller's scope as well."""
    grid = context.directory.grid_by_code(code)
    if grid is None or not caller.scope.sees(grid.id):
        raise NotFound(f"no grid {code}")
    return grid


def subtree_filter(code: str | None, caller: Caller, context: Context) -> frozenset[int] | None:
    """The grids a `grid=` filter means: the named one and everything below it; None without a filter."""
    return None if code is None else context.directory.subtree(grid_in_scope(code, caller, context).id)


def station_in_scope(code: str, caller: Caller, context: Context) -> StationInfo:
    """The working station of this code; raises NotFound outside the caller's scope as well."""
    station = context.directory.station(code)
    if station is None or not caller.scope.sees(station.grid_id):
        raise NotFound(f"no station {code}")
    return station


def units_of(caller: Caller, context: Context, grid: str | None = None) -> list[GridInfo]:
    """The counties and parks that the caller sees, or is in."""
    wanted = subtree_filter(grid, caller, context)
    found = {
        unit.id: unit
        for one in context.directory.grids
        if caller.scope.sees(one.id) and (wanted is None or one.id in wanted)
        if (unit := context.directory.level2(one.id)) is not None
    }
    return sorted(found.values(), key=lambda unit: unit.code)
