"""How the policy text is read where it leaves a choice: versions, each in force from a day on."""

from datetime import timedelta

from fastapi import APIRouter, Response

from app.api.air_shapes import ReadingsIn, ReadingsPage, ReadingsShape
from app.api.answers import answer
from app.api.described import problems
from app.api.rights import demand, demand_prefecture
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.auth.permissions import AIR_READERS
from app.flows import air as flow
from app.views import air as views
from models.clock import BEIJING
from models.enums import Role
from models.errors import NotFound

router = APIRouter(
    prefix="/supervision/readings", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)


@router.get("", summary="How the policy text is read", response_model=ReadingsPage, responses=problems(403))
async def list_readings(session: Session, caller: Whoever, context: Shared) -> Response:
    """Every version with all its readings, the latest beginning first."""
    demand(caller, *AIR_READERS)
    today = context.clock.now().astimezone(BEIJING).date()
    return answer(await views.list_readings(session, today=today))


@router.post(
    "",
    summary="Another reading of the text",
    status_code=201,
    response_model=ReadingsShape,
    responses=problems(400, 403, 409, 413),
    dependencies=ONCE,
)
async def read_anew(body: ReadingsIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator of the prefecture, with a reason. What was signed keeps the version it was signed with."""
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    version = await flow.read_anew(
        context.pipeline, session, valid_from=body.valid_from, body=body.body, why=body.why, caller=caller,
        clock=context.clock,
    )  # fmt: skip
    listed = await views.list_readings(session, today=body.valid_from + timedelta(days=1))
    found = next((one for one in listed["items"] if one["version"] == version), None)
    if found is None:
        raise NotFound(f"no readings of version {version}")
    return answer(found, 201)
