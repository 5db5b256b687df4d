"""Who has to answer in each county, what is missing, and its lists as filed and published (annex 1 art. 5, 13, 19)."""

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answering_shapes import Counties, CountyShape, ListIn, ListRow, ListShape, OfficeIn
from app.api.answers import answer
from app.api.described import Cursor, Limit, problems
from app.api.requests import Code, SmallId
from app.api.rights import demand, demand_in, demand_prefecture, grid_in_scope
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import answering as flow
from app.registry.directory import GridInfo
from app.views.answering import county_document, list_counties, list_document, list_lists
from models.enums import Role
from models.errors import NotFound

router = APIRouter(
    prefix="/supervision/duties", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
READS = (Role.CHIEF, Role.SUB_CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR)
WRITES = (Role.CHIEF, Role.SUPERVISOR, Role.DUTY_OFFICER, Role.ADMINISTRATOR)
NOTES = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
_MADE = problems(400, 403, 404, 409, 413)


def county_in_scope(code: str, caller: Caller, context: Context) -> GridInfo:
    """The county or park of this code; raises NotFound outside the scope, and for a grid of another level."""
    grid = grid_in_scope(code, caller, context)
    if grid.level != 2:
        raise NotFound(f"no county or park {code}")
    return grid


@router.get("", summary="Who answers, by county", response_model=Counties, responses=problems(403))
async def get_counties(session: Session, caller: Whoever, context: Shared) -> Response:
    """Each county and park of the caller's, with what the facts say of items 1 to 3 of the assessment."""
    demand(caller, *READS)
    return answer(await list_counties(session, scope=caller.scope, now=context.clock.now()))


@router.get(
    "/{code}", summary="Who answers in one county", response_model=CountyShape, responses=problems(403, 404)
)
async def get_county(code: Code, session: Session, caller: Whoever, context: Shared) -> Response:
    """Heads, sub-chiefs with their towns, staff by grid, and every gap with its article."""
    demand(caller, *READS)
    grid = county_in_scope(code, caller, context)
    return answer(await county_document(session, int(grid.id), now=context.clock.now()))


@router.post(
    "/{code}/office", summary="The office of a grid 大气办", status_code=201, response_model=CountyShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def set_office(
    code: Code, body: OfficeIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Of a county, park or town, by its own people or those above; answered with the county."""
    grid = grid_in_scope(code, caller, context)
    demand_in(caller, context, int(grid.id), *WRITES)
    await flow.set_office(
        context.pipeline, session, grid, name=body.name, head=body.head, document=body.document, caller=caller,
        clock=context.clock,
    )  # fmt: skip
    county = grid.id if grid.level == 2 else grid.parent_id
    return answer(await county_document(session, int(county or 0), now=context.clock.now()), 201)


@router.get(
    "/{code}/lists", summary="Lists that were filed and published", response_model=Page[ListRow],
    responses=problems(403, 404),
)  # fmt: skip
async def get_lists(
    code: Code, session: Session, caller: Whoever, context: Shared, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """The newest first, without their lines."""
    demand(caller, *READS)
    grid = county_in_scope(code, caller, context)
    return answer(await list_lists(session, int(grid.id), cursor=cursor, limit=limit))


@router.post(
    "/{code}/lists", summary="A list was filed or published", status_code=201, response_model=ListShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def enter_list(
    code: Code, body: ListIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By the county, or the prefecture for it. It is kept as the registry has it at this moment."""
    grid = county_in_scope(code, caller, context)
    demand_in(caller, context, int(grid.id), *WRITES)
    made = await flow.enter_list(
        context.pipeline, session, grid, body.kind, as_of=body.as_of, place=body.place, contact=body.contact,
        document=body.document, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await list_document(session, made.id, scope=caller.scope), 201)


@router.get(
    "/lists/{list_id}", summary="One list with its lines", response_model=ListShape,
    responses=problems(403, 404),
)  # fmt: skip
async def get_list(list_id: SmallId, session: Session, caller: Whoever) -> Response:
    """As it was filed or published, with its SHA-256."""
    demand(caller, *READS)
    return answer(await list_document(session, list_id, scope=caller.scope))


@router.post(
    "/lists/{list_id}/note", summary="Take note of a filed list 备案", response_model=ListShape,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def note_list(list_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """By the prefecture's desk, and not by whoever entered it; once."""
    demand_prefecture(caller, context, *NOTES)
    await note(session, list_id, caller, context)
    return answer(await list_document(session, list_id, scope=caller.scope))


async def note(session: AsyncSession, list_id: int, caller: Caller, context: Context) -> None:
    """Takes note of a filed list of any county."""
    found = await list_document(session, list_id, scope=caller.scope)
    grid = next((one for one in context.directory.grids if one.code == found["grid"]), None)
    if grid is None:
        raise NotFound(f"no list {list_id}")
    await flow.note_list(context.pipeline, session, grid, list_id, caller=caller, clock=context.clock)
