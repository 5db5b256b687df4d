"""Grids and stations of the registry: what administrators change, by the same services as the pages."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.answers import answer
from app.api.described import problems
from app.api.people_shapes import (
    GridIn,
    GridPatch,
    NewSecret,
    ReasonIn,
    RegisteredGrid,
    RegisteredStation,
    StationIn,
    StationPatch,
)
from app.api.requests import Code
from app.api.rights import demand
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.auth import callers, tokens
from app.auth.scope import Caller
from app.context import Context
from app.idempotency import Answer
from app.registry import editor, permits, rights
from app.registry.editor import Author
from app.views.paging import instant
from app.views.registry import grid_document, registered_station
from models.enums import Role
from models.registry import Grid

_DESK = (Role.ADMINISTRATOR, Role.DUTY_OFFICER)
_MADE = problems(400, 403, 404, 409, 412, 413)


def made_secret(context: Context, caller: Caller, what: str, issued_at: str | None) -> str:
    """A secret that a repeated request can show again without its ever being stored."""
    return tokens.secret_for(context.secret_key, "api", f"{caller.id}:{what}:{issued_at}")


class SecretRoute(ActRoute):
    """Keeps the answer without the secret, and derives it again for a repeated request."""

    def kept(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "secret"}

    def repeat(self, request: Request, first: Answer) -> Response:
        if "issued_at" not in first.body:
            return super().repeat(request, first)
        context, code = callers.context_of(request), first.body["code"]
        secret = made_secret(context, request.state.caller, f"station:{code}", first.body["issued_at"])
        return super().repeat(request, Answer(first.status, first.body | {"secret": secret}))


router = APIRouter(prefix="/registry", tags=["registry"], route_class=SecretRoute, dependencies=SIGN_IN)


@router.get(
    "/grids/{code}", summary="A grid of the registry", response_model=RegisteredGrid,
    responses=problems(403, 404),
)  # fmt: skip
async def get_grid(code: Code, session: Session, caller: Whoever, context: Shared) -> Response:
    """For administrators and duty officers, with the `mark` that a change may carry."""
    demand(caller, *_DESK)
    return answer(await _grid(session, code, caller, context))


async def _grid(session: AsyncSession, code: str, caller: Caller, context: Context) -> dict[str, Any]:
    found = await grid_document(session, code, scope=caller.scope, now=context.clock.now())
    names = ("code", "name", "level", "kind", "parent", "aliases", "has_boundary")
    return {name: found[name] for name in names} | {"mark": found["seen"]}


@router.post(
    "/grids", summary="A new grid", status_code=201, response_model=RegisteredGrid, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def add_grid(body: GridIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator of the grid above it, whose level says its own."""
    await permits.demand_grid(session, caller, body.parent, context.directory)
    entry = body.model_dump(exclude={"reason"}, exclude_none=True)
    await editor.add_grid(session, entry, by=_author(caller, body.reason), now=context.clock.now())
    return answer(await _grid(session, body.code, caller, context), 201)


@router.patch("/grids/{code}", summary="Change a grid", response_model=RegisteredGrid, responses=_MADE)
async def change_grid(
    code: Code, body: GridPatch, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator of it; another parent takes one of both parents. What is left out stays."""
    row = await editor.grid_of(session, code)
    await permits.demand_grid(session, caller, code, context.directory)
    changes = body.model_dump(exclude={"reason", "mark"}, exclude_none=True)
    above = await session.get(Grid, row.parent_id) if row.parent_id else None
    if above is not None and changes.get("parent", above.code) != above.code:
        await permits.demand_grid(session, caller, above.code, context.directory)
        await permits.demand_grid(session, caller, changes["parent"], context.directory)
    by = _author(caller, body.reason)
    await editor.change_grid(session, code, changes, seen=body.mark, by=by, now=context.clock.now())
    return answer(await _grid(session, code, caller, context))


@router.get(
    "/stations/{code}", summary="A station of the registry", response_model=RegisteredStation,
    responses=problems(403, 404),
)  # fmt: skip
async def get_station(code: Code, session: Session, caller: Whoever) -> Response:
    """For administrators and duty officers, one out of service too, with the `mark` that a change may carry."""
    demand(caller, *_DESK)
    return answer(await _station(session, code, caller))


async def _station(session: AsyncSession, code: str, caller: Caller) -> dict[str, Any]:
    found = await registered_station(session, code, scope=caller.scope)
    mark = found.pop("seen")
    del found["grid_name"]
    return found | {"mark": mark}


@router.post(
    "/stations", summary="A new station", status_code=201, response_model=NewSecret, responses=_MADE,
    dependencies=ONCE,
)  # fmt: skip
async def add_station(body: StationIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By an administrator of its grid. Its secret for the broker is made here, and shown only in this answer."""
    await permits.demand_grid(session, caller, body.grid, context.directory)
    now = context.clock.now()
    issued_at = instant(now)
    secret = made_secret(context, caller, f"station:{body.code}", issued_at)
    entry = body.model_dump(exclude={"reason"}, mode="json") | {"secret": secret}
    await editor.add_station(session, entry, by=_author(caller, body.reason), now=now)
    return answer({"code": body.code, "issued_at": issued_at, "secret": secret}, 201)


@router.patch(
    "/stations/{code}", summary="Change a station", response_model=RegisteredStation, responses=_MADE
)
async def change_station(
    code: Code, body: StationPatch, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator of its grid, and of the one it goes to. What is left out stays."""
    await _demand_station(session, caller, code, context)
    changes = body.model_dump(exclude={"reason", "mark"}, exclude_none=True)
    if "grid" in changes:
        await permits.demand_grid(session, caller, changes["grid"], context.directory)
    by = _author(caller, body.reason)
    await editor.change_station(session, code, changes, seen=body.mark, by=by, now=context.clock.now())
    return answer(await _station(session, code, caller))


@router.post(
    "/stations/{code}/secret", summary="Another secret for a station", response_model=NewSecret,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def new_secret(
    code: Code, body: ReasonIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Shown only in this answer; with the one from before the station can sign in no more."""
    await _demand_station(session, caller, code, context)
    now, by = context.clock.now(), _author(caller, body.reason)
    issued_at = instant(now)
    secret = made_secret(context, caller, f"station:{code}", issued_at)
    await editor.change_station(session, code, {"secret": secret}, seen=body.mark, by=by, now=now)
    return answer({"code": code, "issued_at": issued_at, "secret": secret})


@router.post(
    "/stations/{code}/retire", summary="Take a station out of service", response_model=RegisteredStation,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def retire(code: Code, body: ReasonIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """Its messages are taken no more; what it measured stays. Twice is as once."""
    return await _retire(code, body, session, caller, context, retire=True)


@router.post(
    "/stations/{code}/return", summary="Bring a station back into service", response_model=RegisteredStation,
    responses=_MADE, dependencies=ONCE,
)  # fmt: skip
async def bring_back(
    code: Code, body: ReasonIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Twice is as once."""
    return await _retire(code, body, session, caller, context, retire=False)


async def _retire(
    code: str, body: ReasonIn, session: AsyncSession, caller: Caller, context: Context, *, retire: bool
) -> Response:
    await _demand_station(session, caller, code, context)
    by = _author(caller, body.reason)
    await editor.retire_station(session, code, retire=retire, seen=body.mark, by=by, now=context.clock.now())
    return answer(await _station(session, code, caller))


def _author(caller: Caller, reason: str | None) -> Author:
    return Author(caller.id, caller.name, reason)


async def _demand_station(session: AsyncSession, caller: Caller, code: str, context: Context) -> None:
    """Raises NotFound or Forbidden unless there is such a station, and its grid is the caller's to change."""
    demand(caller, *_DESK)
    row = await editor.station_of(session, code)
    rights.demand(rights.may_change_grid(caller, row.grid_id, context.directory))
