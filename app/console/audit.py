"""The page of the journal: who did what and when, and where its chain stands."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app import audit
from app.api.rights import demand, subtree_filter
from app.auth.callers import context_of, storable
from app.console.administering import beijing_instant
from app.console.event_names import EVENT
from app.console.filters import Whoever
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.views.audit import Wanted, list_events
from models.enums import EventKind, Role
from models.errors import DomainError, NotFound

router = APIRouter(prefix="/admin/audit", route_class=PageRoute, include_in_schema=False)
ROWS = 50
Short = Annotated[str, Query(max_length=64)]


@router.get("")
async def journal(
    request: Request,
    caller: Whoever,
    kind: Short = "",
    person: Short = "",
    grid: Short = "",
    order: Short = "",
    since: Annotated[str, Query(alias="from", max_length=32)] = "",
    until: Annotated[str, Query(max_length=32)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Events of the journal, newest first, each with what it says."""
    demand(caller, Role.ADMINISTRATOR)
    context, words = context_of(request), words_of(request)
    if not storable(person + order):
        raise NotFound("nobody and no order is called that")
    typed = {name: value for name, value in (("from", since), ("until", until)) if value}
    message = ""
    found: dict[str, Any] = {"items": [], "next_cursor": None, "walked": None}
    async with context.sessions() as session:
        try:
            wanted = Wanted(
                next((one.value for one in EventKind if one.value == kind), None), person.strip() or None,
                subtree_filter(grid or None, caller, context), order.strip() or None,
                beijing_instant(typed, "from", words), beijing_instant(typed, "until", words),
            )  # fmt: skip
            found = await list_events(session, scope=caller.scope, wanted=wanted, cursor=cursor, limit=ROWS)
        except DomainError as error:
            if "shown" not in error.extra:
                raise
            message = str(error.extra["shown"])
        head = await audit.head(session)
    chosen = {"kind": kind, "person": person, "grid": grid, "order": order, "from": since, "until": until}
    return page(
        request, "audit.html", 422 if message else 200, caller=caller, events=found["items"],
        next_cursor=found["next_cursor"], walked=found["walked"], chosen=chosen, message=message, head=head,
        further=[(name, value) for name, value in chosen.items() if value], grids=context.directory.grids,
        kinds=sorted(((one.value, words.say(name)) for one, name in EVENT.items())),
    )  # fmt: skip
