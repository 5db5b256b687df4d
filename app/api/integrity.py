"""Integrity cases: what speaks for interference with a station, and the decision of a person of the prefecture."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from alerts.integrity import cases as domain
from app.api.answers import answer
from app.api.described import Cursor, Limit, StationFilter, problems
from app.api.integrity_shapes import CaseDecision, CaseDetail, CaseShape
from app.api.requests import SmallId
from app.api.rights import demand_prefecture
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.views import integrity
from app.views.stations import station_id_of
from models.enums import CaseState, Role
from models.errors import NotFound

router = APIRouter(prefix="/integrity", tags=["integrity"], route_class=ActRoute, dependencies=SIGN_IN)


@router.get(
    "/cases", summary="Integrity cases 干扰监测疑点", response_model=Page[CaseShape], responses=problems(404)
)
async def list_cases(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[CaseState | None, Query()] = None,
    station: StationFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest first, with their signs in brief. They belong to the prefecture: counties and parks see none."""
    page = await integrity.list_cases(
        session,
        scope=caller.scope,
        directory=context.directory,
        state=state,
        station_id=None if station is None else await station_id_of(session, station, caller.scope),
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get(
    "/cases/{case_id}", summary="One integrity case", response_model=CaseDetail, responses=problems(404)
)
async def get_case(case_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With the evidence of every sign: values, chart series, neighbours, the rule's figures and version."""
    return answer(await integrity.case_document(session, case_id, caller.scope, directory=context.directory))


@router.post(
    "/cases/{case_id}/decide",
    summary="Decide an integrity case 认定",
    response_model=CaseDetail,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def decide(
    case_id: SmallId, body: CaseDecision, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer or chief of the prefecture, once: a second decision is 409 `forbidden_transition`.

    The same condition does not open it again; new evidence opens a new case. No order comes of either.
    """
    found = await domain.find(session, case_id)
    if not caller.scope.sees(found.grid_id):
        raise NotFound(f"no integrity case {case_id}")
    demand_prefecture(caller, context, Role.DUTY_OFFICER, Role.CHIEF)
    await context.pipeline.decide_case(
        session, found, CaseState(body.decision), reason=body.reason, caller=caller, clock=context.clock
    )
    return answer(await integrity.case_document(session, case_id, caller.scope, directory=context.directory))


@router.post(
    "/cases/{case_id}/second",
    summary="Second a confirmed integrity case 复核",
    response_model=CaseDetail,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def second(case_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """By another duty officer or chief of the prefecture than the one who confirmed it, once.

    From then on the days of its signs are void, and the ranking of their month takes the month's highest values in
    their place (annex 3 art. 6).
    """
    found = await domain.find(session, case_id)
    if not caller.scope.sees(found.grid_id):
        raise NotFound(f"no integrity case {case_id}")
    demand_prefecture(caller, context, Role.DUTY_OFFICER, Role.CHIEF)
    await context.pipeline.second_case(session, found, caller=caller, clock=context.clock)
    return answer(await integrity.case_document(session, case_id, caller.scope, directory=context.directory))
