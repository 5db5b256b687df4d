"""Which role may do which act to which grid's order; the one table of it."""

from typing import Protocol

from app.auth.scope import Caller
from models.enums import OrderAct, Role
from models.errors import Forbidden, NotFound

HANDLERS = (Role.SUPERVISOR,)
REVIEWERS = (Role.DUTY_OFFICER,)
SIGNERS = (Role.SUPERVISOR, Role.CHIEF)
"""Who writes and signs the summary of an order that is closed."""

ROLES: dict[OrderAct, tuple[Role, ...]] = {
    OrderAct.ACKNOWLEDGE: HANDLERS,
    OrderAct.FEEDBACK: HANDLERS,
    OrderAct.REPORT: HANDLERS,
    OrderAct.ACCEPT: REVIEWERS,
    OrderAct.RETURN: REVIEWERS,
    OrderAct.VOID: REVIEWERS,
    OrderAct.DISPATCH: REVIEWERS,
}


# Of a duty in the order's own grid nobody reviews: the level above does.
FROM_ABOVE = frozenset({OrderAct.ACCEPT, OrderAct.RETURN})
# Whoever answers for a grid hands tasks down, and judges what is reported to it.
GIVERS = (Role.SUPERVISOR, Role.CHIEF)
# The field: works on tasks, reports upward (annex 1 art. 7, 8).
FIELD = (Role.SUPERVISOR, Role.CHIEF, Role.PATROLLER)
# The prefecture's desk coordinates what goes beyond one county (annex 1 art. 18).
COORDINATORS = (Role.DUTY_OFFICER,)
# Acts against level-2 grids: the prefecture prepares, its chief alone decides, the unit reads and objects.
ACT_PREPARERS = (Role.DUTY_OFFICER, Role.ADMINISTRATOR, Role.CHIEF)
ACT_SIGNERS = (Role.CHIEF,)
ACT_READERS = (Role.CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR)
OBJECTORS = (Role.CHIEF, Role.SUPERVISOR)
CORRECTORS = (Role.CHIEF,)
"""Who reports for the unit what it corrected."""
# The air of months: prepared at the prefecture, signed by its chief, seen by whoever answers for a grid.
AIR_PREPARERS = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
AIR_SIGNERS = (Role.CHIEF,)
AIR_READERS = (Role.CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR)


class Tree(Protocol):
    """What is asked of the grid registry here."""

    def subtree(self, grid_id: int) -> frozenset[int]: ...


def permit(caller: Caller, act: OrderAct, grid_id: int, tree: Tree) -> None:
    """Raises Forbidden unless the caller has a fitting duty in this grid or one above it; for a review, above it."""
    wanted = ROLES[act]
    above = act in FROM_ABOVE
    if not any(
        role in wanted and grid_id in tree.subtree(grid) and not (above and grid == grid_id)
        for role, grid in caller.duties
    ):
        names = " or ".join(role.value for role in wanted)
        where = "in a grid above this one" if above else "in this grid or above it"
        raise Forbidden(f"{act.value} takes the role {names} {where}")


def permit_role(caller: Caller, wanted: tuple[Role, ...], grid_id: int, tree: Tree, *, act: str) -> None:
    """Raises Forbidden unless the caller has one of the roles in this grid or one above it."""
    if not any(role in wanted and grid_id in tree.subtree(grid) for role, grid in caller.duties):
        names = " or ".join(role.value for role in wanted)
        raise Forbidden(f"{act} takes the role {names} in this grid or above it")


def permit_grid(caller: Caller, grid_id: int) -> None:
    """Raises unless the caller may give orders to this grid."""
    if not caller.scope.sees(grid_id):
        raise NotFound("no such grid")
    if not caller.has(*ROLES[OrderAct.DISPATCH]):
        raise Forbidden("giving an order takes a duty officer")
