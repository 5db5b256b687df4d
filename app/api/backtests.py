"""Back-tests: what a draft would have done on the stored history, beside the rule set in force."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answers import API, answer
from app.api.described import Cursor, Limit, problems
from app.api.requests import SmallId
from app.api.rights import demand, grid_in_scope
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.rule_requests import BacktestIn, Version
from app.api.rule_shapes import BacktestDetail, BacktestShape
from app.api.shapes import Page
from app.auth.scope import Caller
from app.backtest import jobs
from app.context import Context
from app.views import backtests
from models.enums import BacktestState, Role

router = APIRouter(tags=["rules"], route_class=ActRoute, dependencies=SIGN_IN)


async def ask_backtest(
    session: AsyncSession, version: int, body: BacktestIn, *, caller: Caller, context: Context
) -> int:
    """Asked for by an administrator; gives its id."""
    demand(caller, Role.ADMINISTRATOR)
    grid_id = None if body.grid is None else grid_in_scope(body.grid, caller, context).id
    return await jobs.request(
        session,
        version,
        baseline=body.baseline,
        since=body.since,
        until=body.until,
        grid_id=grid_id,
        person_id=caller.id,
        now=context.clock.now(),
    )


@router.post(
    "/rules/{version}/backtests",
    summary="Ask for a back-test",
    status_code=202,
    response_model=BacktestDetail,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def request_backtest(
    version: Version, body: BacktestIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator; at least a day and at most 184 of the past. One at a time for a version.

    An engine computes it. When it is done, a draft that was not edited meanwhile is `back_tested`.
    """
    job_id = await ask_backtest(session, version, body, caller=caller, context=context)
    document = await backtests.backtest_document(session, job_id, caller.scope)
    return answer(document, 202, {"Location": f"{API}/backtests/{job_id}"})


@router.get("/backtests", summary="Back-tests", response_model=Page[BacktestShape], responses=problems())
async def list_backtests(
    session: Session,
    caller: Whoever,
    version: Annotated[Version | None, Query(description="Of this rule set.")] = None,
    state: Annotated[BacktestState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest first, without results. One of all grids is seen by whoever sees the whole prefecture."""
    page = await backtests.list_backtests(
        session, scope=caller.scope, version=version, state=state, cursor=cursor, limit=limit
    )
    return answer(page)


@router.get(
    "/backtests/{job_id}", summary="One back-test", response_model=BacktestDetail, responses=problems(404)
)
async def get_backtest(job_id: SmallId, session: Session, caller: Whoever) -> Response:
    """With its result once it is done: `draft` and `baseline`, each with orders a day, by day, grid and rule,
    alerts by kind and scope, the stations that cause most, and precision where orders have outcomes.
    """
    return answer(await backtests.backtest_document(session, job_id, caller.scope))
