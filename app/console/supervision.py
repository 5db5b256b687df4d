"""The index of supervision."""

from fastapi import APIRouter, Request, Response

from app.console.filters import Whoever
from app.console.page_route import PageRoute
from app.console.pages import page
from app.console.supervision_menu import supervision_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/supervision")
async def index(request: Request, caller: Whoever) -> Response:
    """Where the duties of the policy beside the orders are done, each person's own."""
    return page(request, "supervision.html", caller=caller, entries=supervision_of(caller))
