"""The register of conflicts 利害关系 (annex 1 art. 11): who has to keep out of what."""

from fastapi import APIRouter, Response

from app.api.answers import answer
from app.api.described import Cursor, Limit, problems
from app.api.requests import SmallId
from app.api.rights import demand_prefecture
from app.api.roster_requests import ConflictIn, EndIn
from app.api.roster_shapes import ConflictShape
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import conflicts as flow
from app.views import units as views
from app.views.people import ids_of
from models.enums import Role
from models.errors import Forbidden
from models.ids import PersonId

router = APIRouter(prefix="/conflicts", tags=["conflicts"], route_class=ActRoute, dependencies=SIGN_IN)
_DESK = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)


@router.get(
    "", summary="Conflicts of interest 利害关系", response_model=Page[ConflictShape], responses=problems()
)
async def list_conflicts(
    session: Session, caller: Whoever, context: Shared, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """One's own; the prefecture's duty officers and administrators read all. The newest first."""
    only = None if _reads_all(caller, context) else caller.id
    return answer(await views.list_conflicts(session, only=only, cursor=cursor, limit=limit))


@router.post(
    "",
    summary="Declare a conflict of interest",
    status_code=201,
    response_model=ConflictShape,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def declare(body: ConflictIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """Of oneself by anybody, of others by the prefecture's desk. The person keeps out of such orders from then on."""
    person = PersonId(caller.id)
    if body.username is not None and body.username != caller.username:
        demand_prefecture(caller, context, *_DESK)
        person = (await ids_of(session, [body.username], "username"))[body.username]
    source, station, grid = await views.subject_ids(
        session, source=body.source, station=body.station, grid=body.grid
    )
    id_ = await flow.declare(
        context.pipeline,
        session,
        person=person,
        source_id=source,
        station_id=station,
        grid_id=grid,
        since=body.since,
        until=body.until,
        reason=body.reason,
        caller=caller,
        clock=context.clock,
    )
    return answer(await views.conflict(session, id_), 201)


@router.post(
    "/{id_}/end",
    summary="A conflict is over",
    response_model=ConflictShape,
    responses=problems(400, 403, 404, 409, 413),
    dependencies=ONCE,
)
async def end(id_: SmallId, body: EndIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By the prefecture's desk, and not by the person: nobody lets themself back in."""
    demand_prefecture(caller, context, *_DESK)
    found = await views.conflict(session, id_)
    if found["person"]["username"] == caller.username:
        raise Forbidden("somebody else has to end what concerns oneself")
    await flow.end(context.pipeline, session, id_, reason=body.reason, caller=caller, clock=context.clock)
    return answer(await views.conflict(session, id_))


def _reads_all(caller: Caller, context: Context) -> bool:
    try:
        demand_prefecture(caller, context, *_DESK)
    except Forbidden:
        return False
    return True
