"""Who may file and who may decide a request of which kind; the one table of it."""

from app.auth.permissions import Tree
from app.auth.scope import Caller
from models.enums import RequestKind, Role
from models.errors import Forbidden

HOLDER = (Role.SUPERVISOR, Role.CHIEF)
ABOVE = (Role.DUTY_OFFICER, Role.CHIEF)
CONCERNED = (Role.SUPERVISOR, Role.CHIEF, Role.DUTY_OFFICER)
"""Whoever might act on the order, or decide about it."""

FILERS: dict[RequestKind, tuple[Role, ...]] = {
    RequestKind.EXTENSION: HOLDER,
    RequestKind.TRANSFER: HOLDER,
    RequestKind.JOINT: HOLDER,
    RequestKind.SUSPENSION: HOLDER,
    RequestKind.RECUSAL: CONCERNED,
    RequestKind.VOID: (Role.DUTY_OFFICER,),
}
"""Holders in the grid that holds the order, duty officers in the prefecture; of a recusal in any grid above too."""
DECIDERS: dict[RequestKind, tuple[Role, ...]] = {
    RequestKind.EXTENSION: ABOVE,
    RequestKind.TRANSFER: ABOVE,
    RequestKind.JOINT: ABOVE,
    RequestKind.SUSPENSION: (Role.CHIEF,),
    RequestKind.RECUSAL: ABOVE,
    RequestKind.VOID: ABOVE,
}
"""In the prefecture."""
SECOND_EXTENSION = (Role.CHIEF,)


def permit_filing(
    caller: Caller, kind: RequestKind, *, holder: int, prefecture: int, tree: Tree
) -> tuple[Role, int]:
    """The duty (role, grid) out of which the caller files; raises Forbidden without one."""
    wanted = FILERS[kind]
    for role, grid in caller.duties:
        if role not in wanted:
            continue
        match kind:
            case RequestKind.RECUSAL:
                fits = holder in tree.subtree(grid)
            case RequestKind.VOID:
                fits = grid == prefecture
            case _:
                fits = grid == holder
        if fits:
            return role, grid
    names = " or ".join(role.value for role in wanted)
    where = "the prefecture" if kind is RequestKind.VOID else "the grid that holds the order"
    raise Forbidden(f"a request of the kind {kind.value} takes the role {names} in {where}")


def permit_deciding(caller: Caller, kind: RequestKind, *, level: int, granted: int = 0) -> None:
    """Raises Forbidden unless the caller may decide in the grid `level`; `granted` extensions went before."""
    second = kind is RequestKind.EXTENSION and granted > 0
    wanted = SECOND_EXTENSION if second else DECIDERS[kind]
    permit_in(caller, level, wanted, what=f"deciding {'a second ' if second else ''}{kind.value}")


def permit_in(caller: Caller, grid_id: int, roles: tuple[Role, ...], *, what: str) -> None:
    """Raises Forbidden unless the caller has one of the roles in this very grid."""
    if not any(role in roles and grid == grid_id for role, grid in caller.duties):
        names = " or ".join(role.value for role in roles)
        raise Forbidden(f"{what} takes the role {names} in the prefecture")
