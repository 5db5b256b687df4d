"""The rules of review, spot checks, and orders that may not have been put right."""

from enum import Enum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.requests import SmallId
from app.api.review_requests import (
    AssignIn,
    CandidateDecision,
    CheckResultIn,
    DrawIn,
    DrawNowIn,
    ReviewPolicyIn,
)
from app.api.review_shapes import CandidateShape, CheckShape, DrawDetail, DrawShape, ReviewPolicyShape
from app.api.rights import demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import recurrence, review_policy
from app.flows import spot_checks as flow
from app.views import review
from dispatch.review import candidates, spot_checks
from dispatch.review.spot_checks import Check
from models.enums import CandidateKind, CandidateState, Role, SpotCheckState
from models.errors import Invalid, NotFound

router = APIRouter(route_class=ActRoute, dependencies=SIGN_IN)
_ACT: dict[str, Any] = {"responses": problems(400, 403, 404, 409, 413), "dependencies": ONCE}
_CHECKS: list[str | Enum] = ["spot checks"]
_CANDIDATES: list[str | Enum] = ["candidates"]
_DESK = (Role.DUTY_OFFICER, Role.CHIEF)


@router.get(
    "/review-policy",
    tags=["review"],
    summary="The rules of review 审核规则",
    response_model=ReviewPolicyShape,
    responses=problems(404),
)
async def get_policy(
    session: Session, caller: Whoever, version: Annotated[SmallId | None, Query()] = None
) -> Response:
    """Those in force, or a version: checklists, the watch after a report, recurrence, spot checks."""
    return answer(await review.policy_document(session, version))


@router.post(
    "/review-policy",
    tags=["review"],
    summary="New rules of review",
    status_code=201,
    response_model=ReviewPolicyShape,
    **_ACT,
)
async def set_policy(body: ReviewPolicyIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture; for what is reported and reviewed from now on."""
    demand_prefecture(caller, context, Role.DUTY_OFFICER, Role.ADMINISTRATOR)
    version = await review_policy.set_policy(
        context.pipeline, session, body.body.model_dump(), note=body.note, prefecture=_prefecture(context),
        caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await review.policy_document(session, version), 201)


@router.get(
    "/spot-checks/draws", tags=_CHECKS, summary="Draws", response_model=Page[DrawShape], responses=problems()
)
async def list_draws(
    session: Session, caller: Whoever, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Newest first. Draws and spot checks belong to the prefecture: counties and parks see none."""
    return answer(await review.list_draws(session, scope=caller.scope, cursor=cursor, limit=limit))


@router.post(
    "/spot-checks/draws",
    tags=_CHECKS,
    summary="Fix the seed of a draw 抽查",
    status_code=201,
    response_model=DrawDetail,
    **_ACT,
)
async def commit_draw(body: DrawIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or chief of the prefecture. The seed's hash is told now, the seed when it is drawn; no two
    draws are over the same time.
    """
    demand_prefecture(caller, context, *_DESK)
    draw_id = await flow.commit(
        context.pipeline, session, prefecture=_prefecture(context), from_at=body.since, until_at=body.until,
        size=body.size, share=body.share, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await review.draw_document(session, draw_id, caller.scope), 201)


@router.get(
    "/spot-checks/draws/{draw_id}",
    tags=_CHECKS,
    summary="One draw, with its proof",
    response_model=DrawDetail,
    responses=problems(404),
)
async def get_draw(draw_id: SmallId, session: Session, caller: Whoever) -> Response:
    """With the population and the sample; `proved` says whether seed and method give that sample again."""
    return answer(await review.draw_document(session, draw_id, caller.scope))


@router.post(
    "/spot-checks/draws/{draw_id}/draw",
    tags=_CHECKS,
    summary="Draw",
    response_model=DrawDetail,
    **_ACT,
)
async def draw(
    draw_id: SmallId, body: DrawNowIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Once, after the period is over. Each order drawn becomes a check, given in turn to a checker who had nothing
    to do with it; where there is none, it waits to be assigned.
    """
    await review.draw_document(session, draw_id, caller.scope)
    demand_prefecture(caller, context, *_DESK)
    await flow.draw(
        context.pipeline, session, draw_id, body.checkers, caller=caller, clock=context.clock
    )  # fmt: skip
    return answer(await review.draw_document(session, draw_id, caller.scope))


@router.get(
    "/spot-checks", tags=_CHECKS, summary="Spot checks", response_model=Page[CheckShape], responses=problems()
)
async def list_checks(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[SpotCheckState | None, Query()] = None,
    draw: Annotated[SmallId | None, Query(description="Of one draw.")] = None,
    overdue: Annotated[bool | None, Query(description="Open, and past their due time.")] = None,
    mine: Annotated[bool, Query(description="Only those given to the caller.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first."""
    page = await review.list_checks(
        session,
        scope=caller.scope,
        now=context.clock.now(),
        state=state,
        draw_id=draw,
        overdue=overdue,
        checker_id=caller.id if mine else None,
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get(
    "/spot-checks/{check_id}",
    tags=_CHECKS,
    summary="One spot check",
    response_model=CheckShape,
    responses=problems(404),
)
async def get_check(check_id: SmallId, session: Session, caller: Whoever) -> Response:
    """With what was found, once the check was made."""
    return answer(await review.check_document(session, check_id, caller.scope))


@router.post(
    "/spot-checks/{check_id}/assign",
    tags=_CHECKS,
    summary="Give a spot check to somebody",
    response_model=CheckShape,
    **_ACT,
)
async def assign(
    check_id: SmallId, body: AssignIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """To a person of the prefecture who neither handled nor reviewed the order."""
    check = await _check(session, caller, check_id)
    demand_prefecture(caller, context, *_DESK)
    await flow.assign(
        context.pipeline, session, check, body.checker, caller=caller, clock=context.clock
    )  # fmt: skip
    return answer(await review.check_document(session, check_id, caller.scope))


@router.post(
    "/spot-checks/{check_id}/result",
    tags=_CHECKS,
    summary="What the check found",
    response_model=CheckShape,
    **_ACT,
)
async def check_result(
    check_id: SmallId, body: CheckResultIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By the person it was given to, once. What failed raises a candidate 虚假整改 for the prefecture to decide."""
    check = await _check(session, caller, check_id)
    await flow.result(
        context.pipeline, session, check, SpotCheckState(body.outcome), finding=body.finding,
        evidence=body.evidence, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await review.check_document(session, check_id, caller.scope))


@router.get(
    "/candidates",
    tags=_CANDIDATES,
    summary="Orders that may not have been put right 疑似整改不到位",
    response_model=Page[CandidateShape],
    responses=problems(404),
)
async def list_candidates(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[CandidateState | None, Query()] = None,
    kind: Annotated[CandidateKind | None, Query()] = None,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first."""
    page = await review.list_candidates(
        session,
        scope=caller.scope,
        state=state,
        kind=kind,
        grid_ids=subtree_filter(grid, caller, context),
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get(
    "/candidates/{candidate_id}",
    tags=_CANDIDATES,
    summary="One candidate",
    response_model=CandidateShape,
    responses=problems(404),
)
async def get_candidate(candidate_id: SmallId, session: Session, caller: Whoever) -> Response:
    """With what raised it, and the decision, once there is one."""
    return answer(await review.candidate_document(session, candidate_id, caller.scope))


@router.post(
    "/candidates/{candidate_id}/decide",
    tags=_CANDIDATES,
    summary="Decide a candidate 认定",
    response_model=CandidateShape,
    **_ACT,
)
async def decide(
    candidate_id: SmallId, body: CandidateDecision, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer or chief of the prefecture who did not handle the order, once. The closed order stays closed;
    `dispatch_rework` sends out a new one (by a duty officer).
    """
    found = await candidates.find(session, candidate_id)
    if found is None or not caller.scope.sees(found.grid_id):
        raise NotFound(f"no candidate {candidate_id}")
    demand_prefecture(caller, context, *_DESK)
    await recurrence.decide(
        context.pipeline, session, found, CandidateState(body.decision), reason=body.reason,
        dispatch_rework=body.dispatch_rework, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await review.candidate_document(session, candidate_id, caller.scope))


async def _check(session: Session, caller: Caller, check_id: int) -> Check:
    found = await spot_checks.find(session, check_id)
    if found is None or not caller.scope.sees(found.grid_id):
        raise NotFound(f"no spot check {check_id}")
    return found


def _prefecture(context: Context) -> tuple[int, str]:
    grid_id = context.directory.prefecture
    grid = None if grid_id is None else context.directory.grid(grid_id)
    if grid is None:
        raise Invalid("the registry has no prefecture yet")
    return int(grid.id), grid.code
