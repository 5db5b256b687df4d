"""Clocks and breaches."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.clock_shapes import ListedClock, NotedShape
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.fair_shapes import FairBreachShape
from app.api.requests import WarningsIn
from app.api.rights import subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.flows.noting import note_warnings
from app.views import fairness, sla
from models.enums import ClockKind, ClockState

router = APIRouter(prefix="/sla", tags=["sla"], dependencies=SIGN_IN)
acts = APIRouter(route_class=ActRoute)
DrillFilter = Annotated[bool, Query(description="Those of drills 演练, instead of the real ones.")]
KindFilter = Annotated[ClockKind | None, Query(alias="kind")]


@router.get("/clocks", summary="Clocks", response_model=Page[ListedClock], responses=problems(404))
async def list_clocks(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[ClockState | None, Query()] = None,
    kind: KindFilter = None,
    drill: DrillFilter = False,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest started first."""
    page = await sla.list_clocks(
        session,
        scope=caller.scope,
        state=state,
        kind=kind,
        drill=drill,
        grid_ids=subtree_filter(grid, caller, context),
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@acts.post(
    "/warnings/acknowledge",
    summary="Acknowledge warnings 知悉",
    response_model=NotedShape,
    responses=problems(400, 403, 409, 413),
    dependencies=ONCE,
)
async def acknowledge_warnings(
    body: WarningsIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Of many orders at once, by a duty officer or chief: it stops no clock, and is on the record of each.

    An order that does not warn (no deadline within 15 minutes, none passed unanswered), or that is outside the
    caller's grids, is passed over. What somebody acknowledged before is in `already`, unless a note is added to it.
    """
    found = await note_warnings(
        context.pipeline, session, body.orders, note=body.note, caller=caller, clock=context.clock
    )
    return answer(
        {
            name: [{"order": one.order_id, "clock": one.clock_id} for one in some]
            for name, some in (("noted", found.noted), ("already", found.already))
        }
    )


@router.get("/breaches", summary="Breaches", response_model=Page[FairBreachShape], responses=problems(404))
async def list_breaches(
    session: Session,
    caller: Whoever,
    context: Shared,
    kind: KindFilter = None,
    drill: DrillFilter = False,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest noticed first; a breach is never taken back. Beside each: where its time went, and its excuses."""
    page = await sla.list_breaches(
        session,
        scope=caller.scope,
        kind=kind,
        drill=drill,
        grid_ids=subtree_filter(grid, caller, context),
        cursor=cursor,
        limit=limit,
    )
    await fairness.beside(session, page["items"], now=context.clock.now())
    return answer(page)


router.include_router(acts)
