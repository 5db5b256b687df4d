"""For administrators: what could not be taken in, and what could not be sent out."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import answer
from app.api.described import Cursor, Limit, problems
from app.api.requests import Code, Id, SmallId
from app.api.rights import demand
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import OutboxShape, Page, QuarantinedDetail, QuarantinedShape, ReplayShape
from app.ingest import replay
from app.views import outbox as outbox_view
from app.views import quarantine
from models.enums import Channel, OutboxState, QuarantineReason, Role
from notify import outbox

router = APIRouter(tags=["operations"], route_class=ActRoute, dependencies=SIGN_IN)
_READ = problems(403, 404)
_ACT = problems(400, 403, 404, 409, 413)


@router.get(
    "/ingest/quarantine", summary="The quarantine", response_model=Page[QuarantinedShape], responses=_READ
)
async def list_quarantine(
    session: Session,
    caller: Whoever,
    reason: Annotated[QuarantineReason | None, Query()] = None,
    station: Annotated[Code | None, Query()] = None,
    replayed: Annotated[bool | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Messages that could not be taken, newest first, without their payloads."""
    demand(caller, Role.ADMINISTRATOR)
    page = await quarantine.list_quarantine(
        session, reason=reason, station=station, replayed=replayed, cursor=cursor, limit=limit
    )
    return answer(page)


@router.get(
    "/ingest/quarantine/{quarantine_id}",
    summary="One quarantined message",
    response_model=QuarantinedDetail,
    responses=_READ,
)
async def get_quarantined(quarantine_id: SmallId, session: Session, caller: Whoever) -> Response:
    """With its payload, as text or Base64."""
    demand(caller, Role.ADMINISTRATOR)
    return answer(await quarantine.quarantine_document(session, quarantine_id))


@router.post(
    "/ingest/quarantine/{quarantine_id}/replay",
    summary="Take a quarantined message in again",
    response_model=ReplayShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def replay_quarantined(
    quarantine_id: SmallId, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Through the same decoding as when it came; what is still wrong with it is in `rejected`."""
    demand(caller, Role.ADMINISTRATOR)
    return answer(await replay.replay(context, session, quarantine_id, caller=caller))


@router.get("/outbox", summary="Messages to the outside", response_model=Page[OutboxShape], responses=_READ)
async def list_outbox(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[OutboxState | None, Query()] = None,
    channel: Annotated[Channel | None, Query()] = None,
    stuck: Annotated[
        bool | None, Query(description="What wants a person's look: failed, unknown, or due for too long.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first; `state=failed` lists what was given up, `stuck=true` all that wants a person's look."""
    demand(caller, Role.ADMINISTRATOR)
    found = await outbox_view.list_outbox(
        session,
        now=context.clock.now(),
        state=state,
        channel=channel,
        stuck=bool(stuck),
        cursor=cursor,
        limit=limit,
    )
    return answer(found)


@router.post(
    "/outbox/{message_id}/resend",
    summary="Send a message again that failed, or of which nobody knows whether it arrived",
    response_model=OutboxShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def resend(message_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """Under its old key, so that a receiver that has it already knows it; a text that may have arrived says so."""
    demand(caller, Role.ADMINISTRATOR)
    await outbox.resend(session, message_id, now=context.clock.now())
    return answer(await outbox_view.outbox_document(session, message_id))
