"""What a body about problems means, with the grids and sources it names: the same for a page's form."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.problem_requests import ProblemFindingIn, ProblemIn
from app.api.rights import grid_in_scope
from app.auth.scope import Caller
from app.context import Context
from app.views.reports import source_id_of
from models.errors import Invalid
from supervision.problems.problems import Draft, Finding


def finding_of(body: ProblemFindingIn, context: Context) -> Finding:
    """The finding a body stands for; found now, unless it says when."""
    return Finding(body.kind, body.ref, body.found_at or context.clock.now(), body.note)


async def draft_of(session: AsyncSession, body: ProblemIn, caller: Caller, context: Context) -> Draft:
    """The problem a body stands for; a town or village names the county or park that answers for it.

    Raises NotFound for a grid or source outside the scope, Invalid for the prefecture itself.
    """
    named = grid_in_scope(body.grid, caller, context)
    answering = context.directory.level2(named.id)
    if answering is None:
        raise Invalid("a problem belongs to a county or park", field="grid")
    spot = body.location
    return Draft(
        grid_id=answering.id,
        category=body.category,
        title=body.title,
        text=body.text,
        finding=finding_of(body.finding, context),
        place=body.place,
        lon=None if spot is None else spot.lon,
        lat=None if spot is None else spot.lat,
        place_grid_id=None if named.id == answering.id else named.id,
        source_id=None if body.source is None else await source_id_of(session, body.source, caller.scope),
    )
