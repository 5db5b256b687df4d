"""What a unit says and reports on an act against it, and what the prefecture answers (R17)."""

from typing import Any

from fastapi import APIRouter, Response

from app.api.act_reading import demand_corrector, reader_of
from app.api.act_shapes import ActDetail, AnswerIn, ReportIn, ReturnReportIn
from app.api.answers import answer
from app.api.described import problems
from app.api.requests import SmallId
from app.api.rights import demand_prefecture
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.auth.permissions import ACT_PREPARERS, ACT_SIGNERS
from app.auth.scope import Caller
from app.context import Context
from app.flows import acts as flow
from app.views import acts as views

router = APIRouter(
    prefix="/supervision/acts", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 412, 413)


@router.post(
    "/{act_id}/answer",
    summary="Answer a statement on an act",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def answer_statement(
    act_id: SmallId, body: AnswerIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """To what the unit said, by a chief of the prefecture; one answer is to all that was said before it."""
    demand_prefecture(caller, context, *ACT_SIGNERS)
    await flow.answer(context.pipeline, session, act_id, text=body.text, caller=caller, clock=context.clock)
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/report",
    summary="Report what was corrected",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def report(
    act_id: SmallId, body: ReportIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """On an act that demands it, by a chief of the unit itself; after it was sent back, once more."""
    await demand_corrector(session, act_id, caller, context)
    await flow.report(context.pipeline, session, act_id, text=body.report, caller=caller, clock=context.clock)
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/accept-report",
    summary="Accept a report of correction",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def accept_report(act_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """By the prefecture's desk; the act may be completed then."""
    demand_prefecture(caller, context, *ACT_PREPARERS)
    await flow.accept_report(context.pipeline, session, act_id, caller=caller, clock=context.clock)
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/return-report",
    summary="Send a report of correction back",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def return_report(
    act_id: SmallId, body: ReturnReportIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By the prefecture's desk, with a reason and the day another one is due."""
    demand_prefecture(caller, context, *ACT_PREPARERS)
    await flow.return_report(
        context.pipeline, session, act_id, why=body.reason, report_due=body.report_due, caller=caller,
        clock=context.clock,
    )  # fmt: skip
    return answer(await _shown(session, act_id, caller, context))


async def _shown(session: Session, act: int, caller: Caller, context: Context) -> dict[str, Any]:
    return await views.act_document(session, act, reader_of(caller, context), now=context.clock.now())
