"""Who may change what of the registry: administrators, each within the grids they administer. Pure.

Roles that reach beyond their own grid are given, and people who have them changed, by the prefecture alone:
otherwise an administrator of a county could give the whole prefecture away. So is the role that opens who reported.
"""

from collections.abc import Iterable
from typing import Protocol

from app.auth.scope import Caller
from models.enums import Role
from models.errors import Forbidden

FAR_REACHING = frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER, Role.IDENTITY_KEEPER})


class Tree(Protocol):
    """What is asked of the grid registry here."""

    @property
    def prefecture(self) -> int | None: ...

    def subtree(self, grid_id: int) -> frozenset[int]: ...


class Given(Protocol):
    """What is asked of a duty here."""

    @property
    def id(self) -> int: ...

    @property
    def role(self) -> str: ...

    @property
    def grid_id(self) -> int: ...


def administers(caller: Caller, grid_id: int | None, tree: Tree) -> bool:
    """Whether the grid, or one above it, is the caller's to administer."""
    return grid_id is not None and any(
        role is Role.ADMINISTRATOR and grid_id in tree.subtree(grid) for role, grid in caller.duties
    )


def may_change_grid(caller: Caller, grid_id: int | None, tree: Tree) -> bool:
    """Whether the caller may change the grid and what stands in it."""
    return administers(caller, grid_id, tree)


def may_give(caller: Caller, role: str, grid_id: int | None, tree: Tree) -> bool:
    """Whether the caller may begin or end such a duty."""
    if administers(caller, tree.prefecture, tree):
        return True
    return role not in FAR_REACHING and administers(caller, grid_id, tree)


def may_change_person(caller: Caller, duties: Iterable[tuple[str, int]], tree: Tree) -> bool:
    """Whether the caller may change a person with these duties, as (role, grid); without any, the prefecture does."""
    if administers(caller, tree.prefecture, tree):
        return True
    held = list(duties)
    return bool(held) and all(may_give(caller, role, grid_id, tree) for role, grid_id in held)


def demand_duty(caller: Caller, duties: Iterable[Given], duty_id: int, tree: Tree) -> None:
    """Raises Forbidden where that one of the duties is not the caller's to give."""
    for duty in duties:
        if duty.id == duty_id:
            demand(may_give(caller, duty.role, duty.grid_id, tree))


def demand(allowed: bool) -> None:
    """Raises Forbidden unless it is allowed."""
    if not allowed:
        raise Forbidden("this takes an administrator of this grid or one above it")
