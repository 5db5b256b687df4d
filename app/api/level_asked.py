"""What a body about tasks and reports from below means, with the grids it names: the same for a page's form."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.level_requests import (
    DismissDecision,
    MergeDecision,
    OrderDecision,
    ReferDecision,
    TaskDecision,
    TaskIn,
    TriageIn,
    UpReportIn,
)
from app.api.rights import grid_in_scope
from app.auth.scope import Caller
from app.context import Context
from app.views import reports
from dispatch.reports.decisions import AsOrder, AsTask, Decision, Dismiss, Merge, Refer
from dispatch.reports.service import Draft
from dispatch.tasks.service import Handed
from models.ids import OrderId, ReportId


def handed_of(body: TaskIn, caller: Caller, context: Context) -> Handed:
    """The task a body stands for; raises NotFound for a grid outside the scope."""
    return Handed(grid_in_scope(body.grid, caller, context).id, body.text, body.due_at)


async def draft_of(session: AsyncSession, body: UpReportIn, caller: Caller, context: Context) -> Draft:
    """The report a body stands for; raises NotFound for a grid or a source outside the scope."""
    source = body.source
    return Draft(
        grid_id=grid_in_scope(body.grid, caller, context).id,
        origin=body.origin,
        category=body.category,
        text=body.text,
        lon=body.location.lon,
        lat=body.location.lat,
        accuracy_m=body.location.accuracy_m,
        place=body.place,
        source_id=None if source is None else await reports.source_id_of(session, source, caller.scope),
        found_at=body.found_at,
        evidence=tuple(body.evidence),
    )


def decision_of(body: TriageIn, caller: Caller, context: Context) -> Decision:
    """The decision a body stands for; raises NotFound for a grid outside the scope."""
    match body:
        case OrderDecision():
            grid = None if body.grid is None else grid_in_scope(body.grid, caller, context).id
            return AsOrder(body.severity, body.reason, grid)
        case TaskDecision():
            return AsTask(handed_of(body, caller, context))
        case MergeDecision():
            return Merge(
                None if body.report is None else ReportId(body.report),
                None if body.order is None else OrderId(body.order),
                body.reason,
            )
        case DismissDecision():
            return Dismiss(body.reason)
        case ReferDecision():
            return Refer(body.reason)
