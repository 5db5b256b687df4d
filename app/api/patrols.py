"""Patrols 巡查: a day's places, check-ins, coverage, plans, what is drawn up, and reports left lying."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.patrol_requests import PlanIn, SummaryIn, VisitIn
from app.api.patrol_shapes import (
    CoverageShape,
    LateReports,
    Places,
    PlanMade,
    Plans,
    Summaries,
    SummaryDetail,
    VisitShape,
    VisitTaken,
)
from app.api.requests import SmallId
from app.api.rights import grid_in_scope, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.flows import patrols as flow
from app.views import patrols as views
from app.views.paging import instant
from models.enums import SummaryKind
from models.errors import Invalid
from supervision.patrols.patrols import Planned

router = APIRouter(prefix="/patrols", tags=["patrols"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 413)
MonthOf = Annotated[
    str, Query(pattern=r"^20[0-9][0-9]-(0[1-9]|1[0-2])$", description="Such as 2026-11, in Beijing.")
]
Day = Annotated[date | None, Query(description="In Beijing; today without it.")]


@router.get("/places", summary="Places of a day", response_model=Places, responses=problems(404))
async def places(
    session: Session,
    caller: Whoever,
    context: Shared,
    day: Day = None,
    grid: GridFilter = None,
    mine: Annotated[bool, Query(description="Only those the caller is to visit.")] = False,
) -> Response:
    """What is due in the towns and villages the caller sees, the open ones first; 2,000 at most."""
    when = day or views.today_of(context.clock.now())
    wanted = subtree_filter(grid, caller, context)
    if mine:
        own = flow.own_field(caller, context.directory)
        wanted = own if wanted is None else own & wanted
    grid_ids = views.seen_field(caller.scope, context.directory, wanted)
    items = await views.places_of(session, grid_ids, when, context.directory)
    return answer({"day": when.isoformat(), "items": items})


@router.post(
    "/visits", summary="Check in at a place", status_code=201, response_model=VisitTaken, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def check_in(body: VisitIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By whoever is in the field there. The same person at the same place and instant is one visit.

    With `report_as` it is a report upward as well; both come in, or neither does.
    """
    at = body.location
    done, report_id = await flow.check_in(
        context.pipeline, session, body.place, found=body.found, note=body.note, at=body.visited_at,
        place=None if at is None else (at.lon, at.lat, at.accuracy_m), photos=body.evidence,
        report_as=body.report_as, caller=caller, clock=context.clock,
    )  # fmt: skip
    said = {
        "id": done.visit_id,
        "place": done.spot.key,
        "visited_at": instant(done.at),
        "found": done.found.value,
    }
    flaw = None if done.flaw is None else done.flaw.value
    return answer(said | {"flaw": flaw, "report_id": report_id}, 201)


@router.get("/visits", summary="Check-ins", response_model=Page[VisitShape], responses=problems(404))
async def visits(
    session: Session,
    caller: Whoever,
    context: Shared,
    day: Annotated[date | None, Query(description="In Beijing.")] = None,
    grid: GridFilter = None,
    mine: bool = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Of the caller's grids, the newest first."""
    found = await views.list_visits(
        session, scope=caller.scope, grid_ids=subtree_filter(grid, caller, context), day=day,
        person_id=caller.id if mine else None, cursor=cursor, limit=limit,
    )  # fmt: skip
    return answer(found)


@router.get("/coverage", summary="Coverage and gaps", response_model=CoverageShape, responses=problems(404))
async def coverage(
    session: Session,
    caller: Whoever,
    context: Shared,
    first: Annotated[date | None, Query(alias="from", description="Today without it.")] = None,
    last: Annotated[date | None, Query(alias="to", description="The first day without it.")] = None,
    level: Annotated[int, Query(ge=2, le=4, description="Of the grids to sum up by.")] = 3,
    grid: GridFilter = None,
) -> Response:
    """What was due and covered, by day and by grid, of at most 62 days."""
    begin = first or views.today_of(context.clock.now())
    end = last or begin
    if not 2000 <= begin.year <= end.year <= 2200:
        raise Invalid("the days are not in order", field="to")
    grid_ids = views.seen_field(caller.scope, context.directory, subtree_filter(grid, caller, context))
    found = await views.coverage(
        session, directory=context.directory, grid_ids=grid_ids, first=begin, last=end, level=level
    )
    lost = await views.without_village(session, scope=caller.scope, directory=context.directory)
    return answer(found | {"without_village": lost})


@router.get("/plans", summary="Plans beyond once a day", response_model=Plans, responses=problems(404))
async def plans(session: Session, caller: Whoever, context: Shared, grid: GridFilter = None) -> Response:
    """Sources visited oftener or from further away, and further points; other sources are due once a day."""
    grid_ids = subtree_filter(grid, caller, context)
    return answer({"items": await views.list_plans(session, scope=caller.scope, grid_ids=grid_ids)})


@router.post(
    "/plans", summary="Plan patrols of a source or point", status_code=201, response_model=PlanMade,
    responses=_ACT, dependencies=ONCE,
)  # fmt: skip
async def plan(body: PlanIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a supervisor or chief of the grid or above, or an administrator; from today on."""
    now, pipeline = context.clock.now(), context.pipeline
    if body.source is not None:
        grid_id = await views.grid_of_source(session, body.source, caller.scope)
        made = await flow.plan_source(
            pipeline, session, body.source, grid_id, per_day=body.per_day, within_m=body.within_m,
            caller=caller, now=now,
        )  # fmt: skip
    else:
        grid = grid_in_scope(body.grid or "", caller, context)
        made = await flow.add_point(
            pipeline, session, grid.id, name=body.name or "", lon=body.lon or 0.0, lat=body.lat or 0.0,
            per_day=body.per_day, within_m=body.within_m, caller=caller, now=now,
        )  # fmt: skip
    return answer(_plan(made), 201)


@router.post(
    "/plans/{plan_id}/end", summary="End a plan", response_model=PlanMade, responses=_ACT, dependencies=ONCE
)
async def end_plan(plan_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """A point is not visited any more, a source once a day again."""
    ended = await flow.end_plan(context.pipeline, session, plan_id, caller=caller, now=context.clock.now())
    return answer(_plan(ended))


def _plan(made: Planned) -> dict[str, object]:
    return {
        "id": made.plan_id, "name": made.name, "per_day": made.per_day, "within_m": made.within_m,
        "ended": made.ended,
    }  # fmt: skip


@router.get("/summaries", summary="What was drawn up", response_model=Summaries, responses=problems(404))
async def list_summaries(
    session: Session,
    caller: Whoever,
    context: Shared,
    kind: Annotated[SummaryKind | None, Query()] = None,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    grid: GridFilter = None,
) -> Response:
    """Days collected by towns and weeks dispatched by counties, every version, the newest first; 200 at most."""
    found = await views.list_summaries(
        session, scope=caller.scope, kind=kind, first=first, last=last,
        grid_ids=subtree_filter(grid, caller, context),
    )  # fmt: skip
    return answer({"items": found})


@router.post(
    "/summaries", summary="Collect a day, dispatch a week", status_code=201, response_model=SummaryDetail,
    responses=_ACT, dependencies=ONCE,
)  # fmt: skip
async def sum_up(body: SummaryIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """三级网格收集整理, 二级网格周调度: the figures of this moment, with what the person says; kept for good."""
    made = await flow.sum_up(
        context.pipeline, session, body.grid, body.kind, body.first_on, note=body.note, caller=caller,
        now=context.clock.now(),
    )  # fmt: skip
    return answer(await views.summary_document(session, made, scope=caller.scope), 201)


@router.get(
    "/summaries/{summary_id}", summary="One of them", response_model=SummaryDetail, responses=problems(404)
)
async def get_summary(summary_id: SmallId, session: Session, caller: Whoever) -> Response:
    """With its frozen figures."""
    return answer(await views.summary_document(session, summary_id, scope=caller.scope))


@router.get(
    "/late-reports",
    summary="Reports from below not handed on in time",
    response_model=LateReports,
    responses=problems(404),
)
async def late_reports(session: Session, caller: Whoever, context: Shared, month: MonthOf) -> Response:
    """By level-2 grid, of the month in which their deadline passed: the facts of annex 2 art. 5(二)5."""
    first = date.fromisoformat(f"{month}-01")
    found = await flow.late_reports(
        session, first, caller=caller, directory=context.directory, now=context.clock.now()
    )
    items = [
        asdict(one)
        | {
            "month": one.month.isoformat(),
            "due_at": instant(one.due_at),
            "answered_at": instant(one.answered_at),
        }
        for one in found
    ]
    return answer({"items": items})
