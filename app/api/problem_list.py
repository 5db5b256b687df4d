"""The problem list 问题清单: entering, pushing, correcting, checking, clearing, and samples of what is cleared."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.problem_asked import draft_of, finding_of
from app.api.problem_requests import (
    ProblemCheckIn,
    ProblemClearIn,
    ProblemCorrectIn,
    ProblemFindingIn,
    ProblemIn,
    ProblemJudgeIn,
    ProblemMergeIn,
    ProblemPushIn,
    ProblemReturnIn,
    ProblemSampledIn,
    ProblemSampleIn,
    ProblemTakeUp,
    ProblemWithdrawIn,
)
from app.api.problem_shapes import (
    ProblemCandidates,
    ProblemDetail,
    ProblemFiguresList,
    ProblemSampleDetail,
    ProblemSampleShape,
    ProblemShape,
)
from app.api.requests import Id, Instant, SmallId
from app.api.rights import demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import problems as flow
from app.flows.problems import Deed
from app.views import problem_candidates, problem_samples
from app.views import problems as views
from app.views.paging import instant
from models.enums import FindingKind, ProblemCategory, ProblemState, Role, SpotCheckState

router = APIRouter(
    prefix="/supervision/problems", tags=["problems"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 413)
_OFFICE = (Role.DUTY_OFFICER, Role.CHIEF, Role.ADMINISTRATOR, Role.VIEWER)


@router.get("", summary="The problem list", response_model=Page[ProblemShape], responses=problems(404))
async def list_problems(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[list[ProblemState] | None, Query(description="May be repeated.")] = None,
    category: Annotated[ProblemCategory | None, Query()] = None,
    kind: Annotated[FindingKind | None, Query(description="Found by this at least once.")] = None,
    grid: GridFilter = None,
    overdue: Annotated[bool | None, Query()] = None,
    missed: Annotated[bool | None, Query(description="Decided as missed by its grid, or as not.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first; counties and parks see their own."""
    page = await views.list_problems(
        session, scope=caller.scope, now=context.clock.now(), states=state or (), category=category, kind=kind,
        grid_ids=subtree_filter(grid, caller, context), overdue=overdue, missed=missed, cursor=cursor, limit=limit,
    )  # fmt: skip
    return answer(page)


@router.post(
    "",
    summary="Enter a problem",
    status_code=201,
    response_model=ProblemDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def enter(body: ProblemIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture, with what found it: document, complaint, address."""
    draft = await draft_of(session, body, caller, context)
    problem = await flow.open_(session, draft, caller=caller, context=context)
    return await _shown(session, problem, caller, context, 201)


@router.get("/figures", summary="动态清零 by grid", response_model=ProblemFiguresList, responses=problems())
async def figures(
    session: Session,
    caller: Whoever,
    context: Shared,
    since: Annotated[
        Instant | None, Query(description="What was found or ended since; all that is open always counts.")
    ] = None,
) -> Response:
    """Open, late, cleared and missed by county and park in the scope."""
    now = context.clock.now()
    rows = await views.figures_by_grid(session, context.directory, caller.scope, since=since, now=now)
    return answer({"as_of": instant(now), "items": rows})


@router.get(
    "/candidates",
    summary="What may belong on the list",
    response_model=ProblemCandidates,
    responses=problems(403),
)
async def candidates(session: Session, caller: Whoever, context: Shared, limit: Limit = 50) -> Response:
    """Of the last 31 days: closed orders with a cause found, returned or failed since, and reports without an order.

    For the prefecture, with the problems each may be the same as.
    """
    demand_prefecture(caller, context, *_OFFICE)
    now = context.clock.now()
    found = await problem_candidates.candidates(session, context.directory, now=now, limit=min(limit, 100))
    return answer({"items": found})


@router.post(
    "/candidates",
    summary="Put a candidate on the list",
    response_model=ProblemDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def take_up(body: ProblemTakeUp, session: Session, caller: Whoever, context: Shared) -> Response:
    """As a new problem, or as a further finding of one that is there."""
    problem = await flow.take_up(session, body.ref, body.into, caller=caller, context=context)
    return await _shown(session, problem, caller, context)


@router.get(
    "/samples",
    summary="Samples of cleared problems 抽查",
    response_model=Page[ProblemSampleShape],
    responses=problems(403),
)
async def list_samples(
    session: Session, caller: Whoever, context: Shared, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """Newest first; they belong to the prefecture."""
    demand_prefecture(caller, context, *_OFFICE)
    return answer(await problem_samples.list_samples(session, cursor=cursor, limit=limit))


@router.post(
    "/samples",
    summary="Draw a sample",
    status_code=201,
    response_model=ProblemSampleDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def draw_sample(body: ProblemSampleIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer of the prefecture; no two over the same time. Each grid with cleared problems has one at least.

    Drawn as spot checks of orders are, with a seed that is recorded: whoever has it draws the same again.
    """
    sample = await flow.draw_sample(
        session, since=body.since, until=body.until, size=body.size, caller=caller, context=context
    )
    document = await problem_samples.sample_document(session, sample)
    return answer(document, 201, {"Location": f"{API}/supervision/problems/samples/{sample}"})


@router.get(
    "/samples/{sample_id}",
    summary="One sample",
    response_model=ProblemSampleDetail,
    responses=problems(403, 404),
)
async def get_sample(sample_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With its population, what was drawn and found, and whether the draw is proved."""
    demand_prefecture(caller, context, *_OFFICE)
    return answer(await problem_samples.sample_document(session, sample_id))


@router.post(
    "/samples/{sample_id}/{problem_id}",
    summary="What a second look found",
    response_model=ProblemSampleDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def sampled(
    sample_id: SmallId,
    problem_id: Id,
    body: ProblemSampledIn,
    session: Session,
    caller: Whoever,
    context: Shared,
) -> Response:
    """By a duty officer, once; where it failed a new problem opens, and what was cleared stays on record."""
    await flow.sampled(
        session, sample_id, problem_id, SpotCheckState(body.outcome), body.finding, caller=caller, context=context
    )  # fmt: skip
    return answer(await problem_samples.sample_document(session, sample_id))


@router.get("/{problem_id}", summary="One problem", response_model=ProblemDetail, responses=problems(404))
async def get_problem(problem_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """With its findings, steps, weekly checks and samples, and what may be the same problem."""
    return await _shown(session, problem_id, caller, context)


@router.post(
    "/{problem_id}/findings", summary="It was found again", response_model=ProblemDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def join(
    problem_id: Id, body: ProblemFindingIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer or administrator of the prefecture; the same kind and reference is one finding only."""
    return await _do(session, problem_id, flow.joined(finding_of(body, context)), caller, context)


@router.post(
    "/{problem_id}/push", summary="Push it to its grid 交办", response_model=ProblemDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def push(
    problem_id: Id, body: ProblemPushIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of the prefecture, with a due day; those who answer for the grid are told."""
    return await _do(session, problem_id, flow.pushed(body.due_on, body.text), caller, context)


@router.post(
    "/{problem_id}/correct", summary="Say it is corrected 整改", response_model=ProblemDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def correct(
    problem_id: Id, body: ProblemCorrectIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor of the county or park, with what was done; the prefecture is told and looks at it."""
    return await _do(session, problem_id, flow.corrected(body.text, body.evidence), caller, context)


@router.post(
    "/{problem_id}/clear", summary="Clear it 销号", response_model=ProblemDetail, responses=_ACT, dependencies=ONCE
)  # fmt: skip
async def clear(
    problem_id: Id, body: ProblemClearIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of the prefecture, who found it corrected."""
    return await _do(session, problem_id, flow.cleared(body.text), caller, context)


@router.post(
    "/{problem_id}/return", summary="Give it back 退回整改", response_model=ProblemDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def give_back(
    problem_id: Id, body: ProblemReturnIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of the prefecture: it is not corrected, and due by another day."""
    return await _do(session, problem_id, flow.given_back(body.due_on, body.text), caller, context)


@router.post(
    "/{problem_id}/withdraw", summary="There was no problem", response_model=ProblemDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def withdraw(
    problem_id: Id, body: ProblemWithdrawIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of the prefecture, with the reason; it stays on record and counts for nobody."""
    return await _do(session, problem_id, flow.withdrawn(body.text), caller, context)


@router.post(
    "/{problem_id}/merge", summary="Merge it into another 合并", response_model=ProblemDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def merge(
    problem_id: Id, body: ProblemMergeIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer or administrator of the prefecture: both are one, found as often as both together."""
    await flow.merge(session, problem_id, body.into, body.text, caller=caller, context=context)
    return await _shown(session, problem_id, caller, context)


@router.post(
    "/{problem_id}/judge", summary="Decide whether its grid missed it", response_model=ProblemDetail,
    responses=_ACT, dependencies=ONCE,
)  # fmt: skip
async def judge(
    problem_id: Id, body: ProblemJudgeIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of the prefecture, with the reason (annex 2 art. 5(二)4); the grid sees it."""
    return await _do(session, problem_id, flow.judged(body.missed, body.text), caller, context)


@router.post(
    "/{problem_id}/checks", summary="A weekly check 核查调度", response_model=ProblemDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def check(
    problem_id: Id, body: ProblemCheckIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of the prefecture, once a week, of what is late with its grid.

    The row says which check it was and what body §4(三) prescribes for it; nothing follows by itself.
    """
    return await _do(session, problem_id, flow.checked(body.text), caller, context)


async def _do(session: Session, problem_id: int, deed: Deed, caller: Caller, context: Context) -> Response:
    await flow.act(session, problem_id, deed, caller=caller, context=context)
    return await _shown(session, problem_id, caller, context)


async def _shown(
    session: Session, problem_id: int, caller: Caller, context: Context, status: int = 200
) -> Response:
    document = await views.problem_document(session, problem_id, caller.scope, now=context.clock.now())
    headers = {"Location": f"{API}/supervision/problems/{problem_id}"} if status == 201 else {}
    return answer(document, status, headers)
