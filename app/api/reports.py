"""Reports from below: filing, collecting, triage."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.level_asked import decision_of, draft_of
from app.api.level_requests import ForwardIn, SolveIn, TriageIn, UpReportIn
from app.api.level_shapes import UpReportDetail, UpReportShape
from app.api.requests import Id
from app.api.rights import subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.flows import reports as flow
from app.views import reports
from models.enums import ProblemCategory, ReportState

router = APIRouter(prefix="/up-reports", tags=["up-reports"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 413)


@router.get("", summary="Reports from below", response_model=Page[UpReportShape], responses=problems(404))
async def list_reports(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[list[ReportState] | None, Query(description="May be repeated.")] = None,
    category: Annotated[ProblemCategory | None, Query()] = None,
    grid: GridFilter = None,
    at: Annotated[
        str | None,
        Query(max_length=64, description="Waiting or decided there: a grid's code, with all below."),
    ] = None,
    overdue: Annotated[bool | None, Query(description="Past a deadline and not judged.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first; a report belongs to the grid that reports."""
    page = await reports.list_reports(
        session,
        scope=caller.scope,
        now=context.clock.now(),
        states=state or (),
        category=category,
        grid_ids=subtree_filter(grid, caller, context),
        at_ids=subtree_filter(at, caller, context),
        overdue=overdue,
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.post(
    "",
    summary="Report a problem upward 上报",
    status_code=201,
    response_model=UpReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def file(body: UpReportIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a supervisor, chief or patroller of a township or village, for it or for a village below it.

    A village's report goes to its township, where somebody answers there; a township's to the county or park.
    """
    draft = await draft_of(session, body, caller, context)
    report_id = await flow.file(context.pipeline, session, draft, caller=caller, clock=context.clock)
    document = await reports.report_document(session, report_id, caller.scope)
    return answer(document, 201, {"Location": f"{API}/up-reports/{report_id}"})


@router.get(
    "/{report_id}", summary="One report from below", response_model=UpReportDetail, responses=problems(404)
)
async def get_report(report_id: Id, session: Session, caller: Whoever) -> Response:
    """With its evidence, every step of its way, and what may be the same problem nearby."""
    return answer(await reports.report_document(session, report_id, caller.scope))


@router.post(
    "/{report_id}/forward",
    summary="Hand a village's report onward",
    response_model=UpReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def forward(
    report_id: Id, body: ForwardIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor or chief of the township where it waits, or of the county; the county's clock starts."""
    await flow.forward(context.pipeline, session, report_id, body.reason, caller=caller, clock=context.clock)
    return answer(await reports.report_document(session, report_id, caller.scope))


@router.post(
    "/{report_id}/solve",
    summary="A township has dealt with it itself 自行解决",
    response_model=UpReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def solve(report_id: Id, body: SolveIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a supervisor or chief of the township where it waits, with what was done."""
    await flow.solve(
        context.pipeline, session, report_id, body.measures, tuple(body.evidence), caller=caller, clock=context.clock
    )  # fmt: skip
    return answer(await reports.report_document(session, report_id, caller.scope))


@router.post(
    "/{report_id}/triage",
    summary="Judge a report 研判",
    response_model=UpReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def triage(
    report_id: Id, body: TriageIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor or chief of the county or park where it waits; by a duty officer once it was referred.

    `order` gives an order, `task` hands it back down, `merge` says what it is the same as, `dismiss` ends it,
    `refer` passes it on to the prefecture (annex 1 art. 18).
    """
    decision = decision_of(body, caller, context)
    await flow.triage(context.pipeline, session, report_id, decision, caller=caller, clock=context.clock)
    return answer(await reports.report_document(session, report_id, caller.scope))
