"""Server-Sent Events: SLA events alone, or all domain events, with nothing missed and nothing twice."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse

from app.api.board import MAX_VALUES, ClocksFilter, GridsFilter, grids_meant
from app.api.described import problems
from app.api.route import Shared
from app.auth.callers import caller_of
from app.auth.scope import Caller
from app.board.wanted import Wanted
from app.context import Context
from models.enums import EventKind
from models.errors import Invalid

router = APIRouter(tags=["feed"])
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "A stream of events", "content": {"text/event-stream": {}}},
    **problems(404),
}


def _after(header: str | None, query: int | None) -> int | None:
    """Where to go on. The header wins: an EventSource that reconnects sends it beside the address it began with."""
    if header is None or not header.strip():
        return query
    if not header.strip().isdigit() or len(header) > 18:
        raise Invalid("Last-Event-ID is the id of an event: a whole number")
    return int(header)


EventFilter = Annotated[
    list[EventKind] | None, Query(alias="event", max_length=MAX_VALUES, description="Names of events.")
]
LevelFilter = Annotated[
    int | None,
    Query(ge=1, le=9, description="Rungs of the ladder from this level on, and what is about such clocks."),
]
LastId = Annotated[int | None, Query(alias="last_event_id", ge=0, lt=2**62)]
LastIdHeader = Annotated[str | None, Header(alias="Last-Event-ID")]
Tick = Annotated[
    bool,
    Query(
        description="Signs of life also as an event `tick` without an id, for clients that see no comments."
    ),
]


def asked(
    caller: Annotated[Caller, Depends(caller_of)],
    context: Shared,
    grid: GridsFilter = None,
    clock: ClocksFilter = None,
    level: LevelFilter = None,
    event: EventFilter = None,
) -> Wanted:
    """The filters of a request, within the caller's scope; NotFound for a grid outside it."""
    return Wanted(
        caller.scope,
        grids=grids_meant(grid, caller, context),
        clocks=frozenset(kind.value for kind in clock) if clock else None,
        level=level or 0,
        kinds=frozenset(kind.value for kind in event) if event else None,
    )


Asked = Annotated[Wanted, Depends(asked)]


def _stream(
    context: Context, wanted: Wanted, header: str | None, query: int | None, tick: bool
) -> StreamingResponse:
    stream = context.feed.listen(wanted, after=_after(header, query), ticks=tick)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)


@router.get(
    "/sla/feed", summary="SLA events as they happen", responses=_RESPONSES, response_class=StreamingResponse
)
async def sla_feed(
    context: Shared,
    wanted: Asked,
    last_event_id: LastIdHeader = None,
    last_event_id_query: LastId = None,
    tick: Tick = False,
) -> StreamingResponse:
    """Warnings, breaches, escalations and late stops of the grids the caller sees.

    Without `Last-Event-ID` the stream begins with what happens next; `0` begins with the first event there is. All
    filters that are given must hold. Every 15 s without an event comes a comment with the time and the newest id, and
    that id in a block without data: a client that keeps it resumes behind what was not for it.
    """
    others = sorted(kind for kind in wanted.kinds or () if not kind.startswith("sla."))
    if others:
        raise Invalid(f"{others[0]} is no SLA event: ask /feed", field="event")
    return _stream(context, replace(wanted, only_sla=True), last_event_id, last_event_id_query, tick)


@router.get(
    "/feed",
    summary="All domain events as they happen",
    responses=_RESPONSES,
    response_class=StreamingResponse,
)
async def feed(
    context: Shared,
    wanted: Asked,
    last_event_id: LastIdHeader = None,
    last_event_id_query: LastId = None,
    tick: Tick = False,
) -> StreamingResponse:
    """Everything on the journal that the caller may see; filters and resuming are those of `/sla/feed`.

    With `clock`, events of orders come too where they started or stopped such a clock. `/sla/board` and the events
    after its `as_of` under the same filters are the board of later.
    """
    return _stream(context, wanted, last_event_id, last_event_id_query, tick)
