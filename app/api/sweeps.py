"""The quarterly sweep 每季度排查 of the sources of each county and park (annex 1 art. 16)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.described import GridFilter, problems
from app.api.requests import SmallId
from app.api.rights import units_of
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.source_requests import (
    FinishIn,
    SeenIn,
    SweepIn,
)
from app.api.source_shapes import (
    SweepDetail,
    Sweeps,
)
from app.auth.scope import Caller
from app.context import Context
from app.flows import sweeps as flow
from app.views import sweeps as views
from models.errors import Invalid
from supervision.sources.sweep import quarter_named

router = APIRouter(prefix="/sources", tags=["sources"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)


@router.get("/sweeps", summary="Quarterly sweeps", response_model=Sweeps, responses=problems(404))
async def list_sweeps(
    session: Session,
    caller: Whoever,
    context: Shared,
    quarter: Annotated[str | None, Query(max_length=10, description="Like 2026-Q4; this one without it.")] = None,
    grid: GridFilter = None,
) -> Response:  # fmt: skip
    """How every county and park the caller sees stands with a quarter's sweep, begun or not."""
    now = context.clock.now()
    first = views.this_quarter(now) if quarter is None else quarter_named(quarter)
    if first is None:
        raise Invalid("a quarter is written like 2026-Q4", field="quarter")
    units = units_of(caller, context, grid)
    return answer({"items": await views.sweep_board(session, units=units, quarter=first, now=now)})


@router.post(
    "/sweeps", summary="Open this quarter's sweep", status_code=201, response_model=SweepDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def begin_sweep(body: SweepIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By whoever keeps the files of the county."""
    now = context.clock.now()
    made = await flow.begin_sweep(
        context.pipeline, session, body.grid, due_on=body.due_on, caller=caller, now=now
    )
    return answer(await _sweep(session, made, caller, context), 201)


@router.get("/sweeps/{sweep_id}", summary="One sweep", response_model=SweepDetail, responses=problems(404))
async def get_sweep(sweep_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """What was found of each source by whom, and whom nobody has met yet."""
    return answer(await _sweep(session, sweep_id, caller, context))


@router.post(
    "/sweeps/{sweep_id}/seen", summary="Sources met in a sweep", response_model=SweepDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def record_seen(
    sweep_id: SmallId, body: SeenIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By whoever is in the field there; all of them, or none. What is new is registered, what is gone is closed."""
    await flow.record(
        context.pipeline, session, sweep_id, body.sources, note=body.note, caller=caller, now=context.clock.now()
    )  # fmt: skip
    return answer(await _sweep(session, sweep_id, caller, context))


@router.post(
    "/sweeps/{sweep_id}/finish", summary="Finish a sweep", response_model=SweepDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def finish_sweep(
    sweep_id: SmallId, body: FinishIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """For good; with sources that were not met the note says why."""
    await flow.finish_sweep(
        context.pipeline, session, sweep_id, note=body.note, caller=caller, now=context.clock.now()
    )
    return answer(await _sweep(session, sweep_id, caller, context))


async def _sweep(session: Session, sweep_id: int, caller: Caller, context: Context) -> dict[str, Any]:
    return await views.sweep_document(
        session, sweep_id, scope=caller.scope, directory=context.directory, now=context.clock.now()
    )
