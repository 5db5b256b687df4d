"""Ladders over months (R11): what the text prescribes is proposed, and a chief of the prefecture signs or declines."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.act_shapes import (
    MONTH,
    ActDetail,
    DeclineIn,
    EvaluatedShape,
    EvaluateIn,
    ProposalShape,
    SignProposalIn,
)
from app.api.answers import API, answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.requests import SmallId
from app.api.rights import demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.permissions import ACT_PREPARERS, ACT_SIGNERS
from app.auth.scope import Scope
from app.flows import ladders as flow
from app.views import acts as act_views
from app.views import ladders as views
from models.enums import LadderKind
from supervision.ladders.proposals import Proposed

router = APIRouter(
    prefix="/supervision/ladders", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 412, 413)
WHOLE = act_views.Reader(Scope(None), prepares=True)


def first_of(month: str) -> date:
    """The first day of a month that matches MONTH."""
    return date.fromisoformat(f"{month}-01")


@router.get(
    "", summary="Proposals of the ladders", response_model=Page[ProposalShape], responses=problems(403, 404)
)
async def list_proposals(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[views.State | None, Query()] = None,
    grid: GridFilter = None,
    ladder: Annotated[LadderKind | None, Query()] = None,
    month: Annotated[str | None, Query(pattern=MONTH)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """For the prefecture alone, the newest first: a county sees what was signed against it (`/supervision/acts`)."""
    demand_prefecture(caller, context, *ACT_PREPARERS)
    return answer(
        await views.list_proposals(
            session,
            state=state,
            grid_ids=subtree_filter(grid, caller, context),
            ladder=ladder,
            month=None if month is None else first_of(month),
            cursor=cursor,
            limit=limit,
        )
    )


@router.post(
    "/evaluate",
    summary="Judge a month on every ladder",
    response_model=EvaluatedShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def evaluate(body: EvaluateIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer, administrator or chief of the prefecture; engines do it by themselves, for the last months.

    Out of what is signed or known now. A second time nothing is proposed anew; where a proposal rests on something
    else by now it is overtaken, and the new one stands beside it.
    """
    demand_prefecture(caller, context, *ACT_PREPARERS)
    told = await flow.evaluate(
        context.pipeline, session, first_of(body.month), caller=caller, clock=context.clock
    )
    return answer(
        {
            "month": body.month,
            "proposed": [one.id for one in told if isinstance(one, Proposed)],
            "overtaken": [one.id for one in told if not isinstance(one, Proposed)],
        }
    )


@router.get(
    "/{proposal_id}", summary="One proposal", response_model=ProposalShape, responses=problems(403, 404)
)
async def get_proposal(proposal_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With the article word for word and everything it rests on."""
    demand_prefecture(caller, context, *ACT_PREPARERS)
    return answer(await views.proposal_document(session, proposal_id))


@router.post(
    "/{proposal_id}/sign",
    summary="Sign a proposal",
    status_code=201,
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def sign(
    proposal_id: SmallId, body: SignProposalIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a chief of the prefecture; it becomes an act of the register, and its unit sees it from then on.

    409 `forbidden_transition` for what is decided or overtaken, `unfinished` while the act of the proposal it took the
    place of is in force, 412 where it rests on something else than what was shown.
    """
    demand_prefecture(caller, context, *ACT_SIGNERS)
    signed = await flow.sign(
        context.pipeline,
        session,
        proposal_id,
        seen=body.sha256,
        note=body.note,
        caller=caller,
        clock=context.clock,
    )
    now = context.clock.now()
    document = await act_views.act_document(session, signed.id, WHOLE, now=now)
    return answer(document, 201, {"Location": f"{API}/supervision/acts/{signed.id}"})


@router.post(
    "/{proposal_id}/decline",
    summary="Decline a proposal",
    response_model=ProposalShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def decline(
    proposal_id: SmallId, body: DeclineIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a chief of the prefecture, with a reason. It is not proposed again unless it rests on something else."""
    demand_prefecture(caller, context, *ACT_SIGNERS)
    await flow.decline(
        context.pipeline, session, proposal_id, why=body.reason, caller=caller, clock=context.clock
    )
    return answer(await views.proposal_document(session, proposal_id))
