"""Whose desk it is: who sits there and who may read it. Pure over the registry.

A desk belongs to the grid of the duty: whoever is a duty officer or administrator of that very grid sits there. Those
of a grid above it, and chiefs and viewers of the prefecture, read it; nobody else knows of it.
"""

from dataclasses import dataclass

from app.auth.scope import EVERYTHING, Caller, Scope
from app.registry.directory import Directory, GridInfo
from models.enums import Role
from models.errors import Forbidden, NotFound

SITS = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
READS = (Role.CHIEF, Role.VIEWER)
"""In the prefecture."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of a grid, as somebody who may read it comes to it."""

    grid: GridInfo
    acts: bool
    scope: Scope
    """What is looked after from there."""

    @property
    def whole(self) -> bool:
        """The prefecture's: what concerns the platform is its business alone."""
        return self.grid.level == 1


def desk_of(caller: Caller, directory: Directory, code: str | None = None) -> Desk:
    """The desk of the grid of this code, or the caller's own; raises Forbidden, or NotFound outside the scope."""
    if code is None:
        grid = _own(caller, directory)
        if grid is None:
            raise Forbidden("the desk is for duty officers, and for those who run the prefecture")
        return _desk(caller, directory, grid)
    grid = directory.grid_by_code(code)
    if grid is None or not caller.scope.sees(grid.id):
        raise NotFound(f"no grid {code}")
    if not reads(caller, directory, grid.id):
        raise Forbidden("this desk is another grid's")
    return _desk(caller, directory, grid)


def reads(caller: Caller, directory: Directory, grid_id: int) -> bool:
    """Whether the caller may know of the desk of this grid."""
    return any(
        (role in SITS and grid_id in directory.subtree(grid))
        or (role in READS and grid == directory.prefecture)
        for role, grid in caller.duties
    )


def demand_seat(desk: Desk) -> None:
    """Raises Forbidden unless the caller may sit at this desk."""
    if not desk.acts:
        raise Forbidden("this takes the role duty_officer or administrator in the grid of the desk")


def _own(caller: Caller, directory: Directory) -> GridInfo | None:
    """Where the caller sits, the highest first; else the prefecture's, where it may be read."""
    seats = [directory.grid(grid) for role, grid in caller.duties if role in SITS]
    if found := sorted((g for g in seats if g is not None), key=lambda g: (g.level, g.code)):
        return found[0]
    prefecture = directory.prefecture
    if prefecture is None or not reads(caller, directory, prefecture):
        return None
    return directory.grid(prefecture)


def _desk(caller: Caller, directory: Directory, grid: GridInfo) -> Desk:
    acts = any(role in SITS and at == grid.id for role, at in caller.duties)
    scope = EVERYTHING if grid.level == 1 else Scope(directory.subtree(grid.id))
    return Desk(grid, acts, scope)
