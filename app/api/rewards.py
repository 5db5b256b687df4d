"""The ledger of rewards 举报奖励: proposed, approved by another person, paid under a document."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer
from app.api.described import Cursor, Limit, problems
from app.api.public_report_shapes import DeclineIn, PayIn, RewardIn, RewardShape
from app.api.requests import Id
from app.api.rights import demand
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.flows import public_reports as flow
from app.views import public_reports as views
from models.enums import RewardState
from supervision.public_reports.policy import amount_of

router = APIRouter(tags=["rewards"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 413)


@router.get(
    "/rewards", summary="The ledger of rewards", response_model=Page[RewardShape], responses=problems(403)
)
async def list_rewards(
    session: Session,
    caller: Whoever,
    state: Annotated[list[RewardState] | None, Query(description="May be repeated.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first, of the caller's grids; by those who propose, approve or pay, and administrators."""
    demand(caller, *flow.READERS_OF_REWARDS)
    return answer(
        await views.list_rewards(session, scope=caller.scope, states=state or (), cursor=cursor, limit=limit)
    )


@router.post(
    "/public-reports/{report_id}/reward",
    summary="Propose a reward",
    status_code=201,
    response_model=RewardShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def propose(
    report_id: Id, body: RewardIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By whoever handles the report, within the limits of the policy; one at a time."""
    said = await flow.propose_reward(
        context.pipeline, session, report_id, amount_of(body.amount), body.ground, caller=caller,
        clock=context.clock,
    )  # fmt: skip
    document = await views.reward_document(session, said.id, caller.scope)
    return answer(document, 201, {"Location": f"{API}/rewards/{said.id}"})


@router.get(
    "/rewards/{reward_id}", summary="One reward", response_model=RewardShape, responses=problems(403, 404)
)
async def get_reward(reward_id: Id, session: Session, caller: Whoever) -> Response:
    """With who proposed, decided and paid it."""
    demand(caller, *flow.READERS_OF_REWARDS)
    return answer(await views.reward_document(session, reward_id, caller.scope))


@router.post(
    "/rewards/{reward_id}/approve",
    summary="Approve a reward",
    response_model=RewardShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def approve(reward_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a chief of the report's grid or above it, who did not propose it."""
    await flow.decide_reward(
        context.pipeline, session, reward_id, approve=True, why=None, caller=caller, clock=context.clock
    )
    return answer(await views.reward_document(session, reward_id, caller.scope))


@router.post(
    "/rewards/{reward_id}/decline",
    summary="Decline a reward",
    response_model=RewardShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def decline(
    reward_id: Id, body: DeclineIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """As `approve`; another one may be proposed afterwards."""
    await flow.decide_reward(
        context.pipeline,
        session,
        reward_id,
        approve=False,
        why=body.reason,
        caller=caller,
        clock=context.clock,
    )
    return answer(await views.reward_document(session, reward_id, caller.scope))


@router.post(
    "/rewards/{reward_id}/pay",
    summary="Record the payment of a reward",
    response_model=RewardShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def pay(reward_id: Id, body: PayIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a keeper, supervisor or duty officer who did not approve it."""
    await flow.pay_reward(
        context.pipeline, session, reward_id, document=body.document, paid_on=body.paid_on, caller=caller,
        clock=context.clock,
    )  # fmt: skip
    return answer(await views.reward_document(session, reward_id, caller.scope))
