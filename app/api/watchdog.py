"""What the service found wrong with itself, for those who run it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.board_shapes import FindingShape
from app.api.described import Cursor, Limit, problems
from app.api.rights import demand
from app.api.route import SIGN_IN, Session, Whoever
from app.api.shapes import Page
from app.views import watchdog
from models.enums import Role

router = APIRouter(prefix="/ops", tags=["operations"], dependencies=SIGN_IN)


@router.get(
    "/watchdog", summary="What the service found wrong with itself", response_model=Page[FindingShape],
    responses=problems(403),
)  # fmt: skip
async def list_findings(
    session: Session,
    caller: Whoever,
    lasting: Annotated[
        bool | None, Query(description="True for what is wrong now, false for what is over.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first; what is over is kept for 90 days. What each code means is in docs/operations.md."""
    demand(caller, Role.ADMINISTRATOR, Role.DUTY_OFFICER)
    return answer(await watchdog.list_findings(session, lasting=lasting, cursor=cursor, limit=limit))
