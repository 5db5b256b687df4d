"""The index of the administration."""

from fastapi import APIRouter, Request, Response

from app.api.rights import demand
from app.console.admin_menu import DESK, admin_menu_of
from app.console.filters import Whoever
from app.console.page_route import PageRoute
from app.console.pages import page

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/admin")
async def administration(request: Request, caller: Whoever) -> Response:
    """The pages that serve the caller, each with what it is for."""
    demand(caller, *DESK)
    return page(request, "admin.html", caller=caller, entries=admin_menu_of(caller))
