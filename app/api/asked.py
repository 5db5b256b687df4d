"""What a request's body means, with the grids that it names: the same for a page's form."""

from app.api.request_bodies import (
    ExtensionIn,
    JointIn,
    RecusalIn,
    RequestIn,
    SuspensionIn,
    TransferIn,
    VoidRequestIn,
)
from app.context import Context
from app.registry.directory import GridInfo
from dispatch.requests.asked import (
    Asked,
    Extension,
    Joint,
    Recusal,
    Suspension,
    Transfer,
    VoidOrder,
)
from models.errors import Invalid


def asked_of(body: RequestIn, context: Context) -> Asked:
    """The request that a body stands for; raises Invalid for a grid there is none of."""
    match body:
        case ExtensionIn():
            return Extension(body.clock_id, body.until, body.reason)
        case TransferIn():
            grid = grid_named(body.grid, context)
            return Transfer(body.code, grid.id, grid.code, body.reason)
        case JointIn():
            return Joint(body.mode, body.lead, tuple(body.others), body.reason)
        case RecusalIn():
            return Recusal(body.reason)
        case SuspensionIn():
            return Suspension(body.plan, body.until, body.reason)
        case VoidRequestIn():
            return VoidOrder(body.reason, body.false_alarm)


def grid_named(code: str, context: Context) -> GridInfo:
    """Any grid there is: a holder may name one that it does not see. Raises Invalid for an unknown code."""
    grid = context.directory.grid_by_code(code)
    if grid is None:
        raise Invalid(f"no grid {code}", field="grid")
    return grid
