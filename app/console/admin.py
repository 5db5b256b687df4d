"""The index of administration."""

from fastapi import APIRouter, Request, Response

from app.api.rights import demand
from app.console.admin_menu import RUNNING, admin_of
from app.console.filters import Whoever
from app.console.page_route import PageRoute
from app.console.pages import page

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/admin")
async def index(request: Request, caller: Whoever) -> Response:
    """What there is to run the service with, for those who run it."""
    demand(caller, *sorted(RUNNING))
    return page(request, "admin.html", caller=caller, entries=admin_of(caller))
