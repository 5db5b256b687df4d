"""Who is responsible when 值班: the turns, and the rotations, overrides and absences they are made of."""

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer
from app.api.described import Cursor, Limit, problems
from app.api.requests import Code, Instant, SmallId
from app.api.rights import demand_in, grid_in_scope
from app.api.roster_requests import AbsenceIn, EndIn, OverrideIn, RotationIn
from app.api.roster_shapes import (
    AbsenceShape,
    NewAbsence,
    NewOverride,
    NewRotation,
    OverrideShape,
    ResponsibleShape,
    RotationShape,
    TurnShape,
)
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import roster as flow
from app.flows.roster import Whom
from app.registry.directory import GridInfo
from app.views import roster as views
from app.views.paging import instant
from app.views.people import ids_of
from dispatch import recusal
from dispatch.roster import acts, service
from dispatch.roster.acts import POSTS, Said
from dispatch.roster.known import Kind
from models.enums import Role
from models.errors import Invalid, NotFound

router = APIRouter(tags=["roster"], route_class=ActRoute, dependencies=SIGN_IN)
_MADE = problems(400, 403, 404, 409, 413)
_SHOWN = timedelta(days=14)
GridCode = Annotated[str, Query(alias="grid", max_length=64, description="A grid's code; it alone.")]
PostRole = Annotated[Role | None, Query(description="By default every post of the grid.")]


def demand_roster(caller: Caller, context: Context, grid: GridInfo) -> None:
    """Raises Forbidden unless the caller may say who is on duty there."""
    desk = (Role.DUTY_OFFICER, Role.ADMINISTRATOR)
    demand_in(caller, context, grid.id, *(desk if grid.level == 1 else (*desk, Role.CHIEF)))


@router.get(
    "/grids/{code}/responsible",
    summary="Who is responsible at an instant",
    response_model=ResponsibleShape,
    responses=problems(404),
)
async def get_responsible(
    code: Code,
    session: Session,
    caller: Whoever,
    context: Shared,
    role: Annotated[Role | None, Query(description="The first post of the grid by default.")] = None,
    at: Annotated[Instant | None, Query(description="Now by default.")] = None,
) -> Response:
    """Exactly one answer: a person, or a named gap."""
    grid = grid_in_scope(code, caller, context)
    posts = POSTS.get(grid.level, ())
    if not posts or (role is not None and role not in posts):
        raise Invalid("the grid has no such post", field="role")
    now = context.clock.now()
    when, wanted = at or now, role or posts[0]
    found = await service.responsible(session, grid.id, wanted, when, now=now)
    person, other = found.person, found.instead_of
    return answer(
        {
            "grid": grid.code,
            "role": wanted.value,
            "at": instant(when),
            "person": None if person is None else views.person(person.username, person.name),
            "gap": None if found.gap is None else found.gap.value,
            "why": found.why.value,
            "instead_of": None if other is None else views.person(other.username, other.name),
            "since": instant(found.since),
            "until": instant(found.until),
        }
    )


@router.get("/roster/turns", summary="Turns of duty", response_model=Page[TurnShape], responses=problems(404))
async def list_turns(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridCode,
    role: PostRole = None,
    since: Annotated[Instant | None, Query(alias="from", description="Now by default.")] = None,
    until: Annotated[Instant | None, Query(description="14 days after `from` by default.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Planned 60 days ahead. Those of one post come in the order of time, without overlap and without hole."""
    begins = since or context.clock.now()
    page = await views.list_turns(
        session,
        grid_in_scope(grid, caller, context).id,
        role=role,
        since=begins,
        until=until or begins + _SHOWN,
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get(
    "/roster/rotations", summary="Rotations", response_model=Page[RotationShape], responses=problems(403, 404)
)
async def list_rotations(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridCode,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest made first; for those who may change them."""
    where = _where(grid, caller, context)
    return answer(await views.list_rotations(session, where.id, cursor=cursor, limit=limit))


@router.post(
    "/roster/rotations",
    summary="A new rotation",
    status_code=201,
    response_model=NewRotation,
    responses=_MADE,
    dependencies=ONCE,
)
async def rotate(body: RotationIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By the chief of the county or park, or the prefecture's desk. The rotation before it ends where it begins."""
    grid = _where(body.grid, caller, context)
    ids = await ids_of(session, body.members, "members")
    id_ = await flow.rotate(
        context.pipeline,
        session,
        grid,
        body.role,
        members=[Whom(ids[name], name) for name in body.members],
        shift_h=body.shift_h,
        handover=body.handover,
        starts_on=body.starts_on,
        until=body.until,
        reason=body.reason,
        caller=caller,
        clock=context.clock,
    )
    made = await views.rotation(session, id_)
    return await _made(session, context, grid, "rotations", made, ids.values())


@router.get(
    "/roster/overrides", summary="Overrides", response_model=Page[OverrideShape], responses=problems(403, 404)
)
async def list_overrides(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridCode,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest made first; for those who may change them."""
    where = _where(grid, caller, context)
    return answer(await views.list_overrides(session, where.id, cursor=cursor, limit=limit))


@router.post(
    "/roster/overrides",
    summary="Somebody else for a time",
    status_code=201,
    response_model=NewOverride,
    responses=_MADE,
    dependencies=ONCE,
)
async def override(body: OverrideIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By the chief of the county or park, or the prefecture's desk. A turn that runs is cut now."""
    grid = _where(body.grid, caller, context)
    ids = await ids_of(session, [body.person], "person")
    id_ = await flow.override(
        context.pipeline,
        session,
        grid,
        body.role,
        person=Whom(ids[body.person], body.person),
        since=body.since,
        until=body.until,
        reason=body.reason,
        caller=caller,
        clock=context.clock,
    )
    made = await views.override(session, id_)
    return await _made(session, context, grid, "overrides", made, ids.values())


@router.get(
    "/roster/absences", summary="Absences", response_model=Page[AbsenceShape], responses=problems(403, 404)
)
async def list_absences(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridCode,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest made first; for those who may change them."""
    where = _where(grid, caller, context)
    return answer(await views.list_absences(session, where.id, cursor=cursor, limit=limit))


@router.post(
    "/roster/absences",
    summary="Somebody is away",
    status_code=201,
    response_model=NewAbsence,
    responses=_MADE,
    dependencies=ONCE,
)
async def be_away(body: AbsenceIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By the chief of the county or park, or the prefecture's desk. Without a stand-in the turns are a named gap."""
    grid = _where(body.grid, caller, context)
    ids = await ids_of(session, [body.person], "person")
    other = None if body.stand_in is None else await ids_of(session, [body.stand_in], "stand_in")
    id_ = await flow.be_away(
        context.pipeline,
        session,
        grid,
        body.role,
        person=Whom(ids[body.person], body.person),
        stand_in=None
        if other is None or body.stand_in is None
        else Whom(other[body.stand_in], body.stand_in),
        since=body.since,
        until=body.until,
        reason=body.reason,
        caller=caller,
        clock=context.clock,
    )
    made = await views.absence(session, id_)
    return await _made(session, context, grid, "absences", made, [*(other or {}).values()])


@router.post(
    "/roster/rotations/{id_}/end",
    summary="End a rotation",
    response_model=RotationShape,
    responses=_MADE,
    dependencies=ONCE,
)
async def end_rotation(
    id_: SmallId, body: EndIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """From now on, or never to begin; afterwards the longest-serving answers."""
    await _end(session, "rotation", id_, body, caller, context)
    return answer(await views.rotation(session, id_))


@router.post(
    "/roster/overrides/{id_}/end",
    summary="End an override",
    response_model=OverrideShape,
    responses=_MADE,
    dependencies=ONCE,
)
async def end_override(
    id_: SmallId, body: EndIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """From now on, or never to begin."""
    await _end(session, "override", id_, body, caller, context)
    return answer(await views.override(session, id_))


@router.post(
    "/roster/absences/{id_}/end",
    summary="Back from an absence",
    response_model=AbsenceShape,
    responses=_MADE,
    dependencies=ONCE,
)
async def end_absence(
    id_: SmallId, body: EndIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """From now on, or never away."""
    await _end(session, "absence", id_, body, caller, context)
    return answer(await views.absence(session, id_))


def _where(code: str, caller: Caller, context: Context) -> GridInfo:
    grid = grid_in_scope(code, caller, context)
    demand_roster(caller, context, grid)
    return grid


async def _end(session: Session, kind: Kind, id_: int, body: EndIn, caller: Caller, context: Context) -> None:
    said: Said = await acts.find(session, kind, id_)
    grid = context.directory.grid(said.grid_id)
    if grid is None or not caller.scope.sees(grid.id):
        raise NotFound(f"no {kind} {id_}")
    demand_roster(caller, context, grid)
    await flow.end(
        context.pipeline, session, kind, said, reason=body.reason, caller=caller, clock=context.clock
    )


async def _made(
    session: Session,
    context: Context,
    grid: GridInfo,
    kind: str,
    made: dict[str, Any],
    people: Collection[Any],
) -> Response:
    """The new thing, with a warning for every interest in the grid that those named have."""
    below = context.directory.subtree(grid.id)
    found = await recusal.warnings(session, people, below, context.clock.now())
    warnings = [{"username": username, "kind": kind, "code": code} for username, kind, code in found]
    return answer(made | {"warnings": warnings}, 201, {"Location": f"{API}/roster/{kind}/{made['id']}"})
