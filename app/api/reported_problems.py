"""A report of the public taken over as a problem of the problem list (body §3(五), (七))."""

from fastapi import APIRouter, Response

from app.api.answers import answer
from app.api.described import problems
from app.api.public_report_shapes import PublicReportDetail, TakeOverIn
from app.api.requests import Id
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.flows import reported_problems as flow
from app.views import public_reports as views

router = APIRouter(
    prefix="/public-reports", tags=["public-reports"], route_class=ActRoute, dependencies=SIGN_IN
)


@router.post(
    "/{report_id}/problem",
    summary="Take a public report over as a problem",
    response_model=PublicReportDetail,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def take_over(
    report_id: Id, body: TakeOverIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """A new problem of its county at its place, with the report and all merged into it as findings.

    By a duty officer of the prefecture. Of what the reporter wrote nothing goes along but place and category.
    """
    await flow.take_over(session, report_id, title=body.title, text=body.text, caller=caller, context=context)
    return answer(await views.public_report_document(session, report_id, caller.scope))
