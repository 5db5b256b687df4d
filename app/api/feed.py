"""Server-Sent Events: SLA events alone, or all domain events, with nothing missed and nothing twice."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from app.api.described import problems
from app.auth.callers import caller_of
from app.auth.scope import Caller
from app.context import Context
from models.errors import Invalid

router = APIRouter(tags=["feed"])
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "A stream of events", "content": {"text/event-stream": {}}},
    **problems(),
}


def _after(header: str | None, query: int | None) -> int | None:
    """Where to go on. The header wins: an EventSource that reconnects sends it beside the address it began with."""
    if header is None or not header.strip():
        return query
    if not header.strip().isdigit() or len(header) > 18:
        raise Invalid("Last-Event-ID is the id of an event: a whole number")
    return int(header)


async def _stream(
    request: Request, caller: Caller, header: str | None, query: int | None, only_sla: bool
) -> StreamingResponse:
    context: Context = request.app.state.context
    stream = context.feed.listen(caller.scope, only_sla=only_sla, after=_after(header, query))
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)


@router.get(
    "/sla/feed", summary="SLA events as they happen", responses=_RESPONSES, response_class=StreamingResponse
)
async def sla_feed(
    request: Request,
    caller: Annotated[Caller, Depends(caller_of)],
    last_event_id: Annotated[str | None, Header()] = None,
    last_event_id_query: Annotated[int | None, Query(alias="last_event_id", ge=0, lt=2**62)] = None,
) -> StreamingResponse:
    """Warnings, breaches, escalations and late stops of the grids the caller sees.

    Without `Last-Event-ID` the stream begins with what happens next; `0` begins with the first event there is.
    """
    return await _stream(request, caller, last_event_id, last_event_id_query, only_sla=True)


@router.get(
    "/feed",
    summary="All domain events as they happen",
    responses=_RESPONSES,
    response_class=StreamingResponse,
)
async def feed(
    request: Request,
    caller: Annotated[Caller, Depends(caller_of)],
    last_event_id: Annotated[str | None, Header()] = None,
    last_event_id_query: Annotated[int | None, Query(alias="last_event_id", ge=0, lt=2**62)] = None,
) -> StreamingResponse:
    """Everything on the journal that the caller may see; resumes like `/sla/feed`."""
    return await _stream(request, caller, last_event_id, last_event_id_query, only_sla=False)
