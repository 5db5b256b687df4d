"""The page of the service's own health: what it found wrong with itself, and whether its ways out work."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.rights import demand
from app.auth.callers import context_of
from app.console.filters import Whoever
from app.console.page_route import PageRoute
from app.console.pages import page
from app.views.notices import list_ways
from app.views.outbox import outbox_counts
from app.views.watchdog import list_findings
from models.enums import Role

router = APIRouter(prefix="/admin/watch", route_class=PageRoute, include_in_schema=False)
ROWS = 50


@router.get("")
async def watch(
    request: Request, caller: Whoever, cursor: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """What is wrong now, what was, and how each way out has gone."""
    demand(caller, Role.ADMINISTRATOR, Role.DUTY_OFFICER)
    async with context_of(request).sessions() as session:
        lasting = await list_findings(session, lasting=True, limit=ROWS)
        over = await list_findings(session, lasting=False, cursor=cursor, limit=ROWS)
        ways = (await list_ways(session))["items"]
        counts = await outbox_counts(session)
    return page(
        request, "watch.html", caller=caller, lasting=lasting["items"], more_lasting=lasting["next_cursor"],
        over=over["items"], next_cursor=over["next_cursor"], ways=ways, counts=counts,
        administers=caller.has(Role.ADMINISTRATOR),
    )  # fmt: skip
