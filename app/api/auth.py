"""Signing in, who am I, personal API keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm

from app.api.answers import answer
from app.api.described import problems
from app.api.requests import ApiKeyIn, SmallId
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import ApiKeys, Me, NewApiKey, Token
from app.auth import callers, keys, people
from app.idempotency import Answer
from models.errors import NotFound


class KeyRoute(ActRoute):
    """Keeps the answer without the key itself, and derives the key again for a repeated request."""

    def kept(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name != "key"}

    def repeat(self, request: Request, first: Answer) -> Response:
        context = callers.context_of(request)
        key = keys.text_of(context.secret_key, request.state.caller, first.body)
        return super().repeat(request, Answer(first.status, first.body | {"key": key}))


signing_in = APIRouter(tags=["sign-in"])
router = APIRouter(tags=["sign-in"], route_class=KeyRoute, dependencies=SIGN_IN)


@signing_in.post(
    "/auth/token",
    summary="Sign in with user name and password",
    response_model=Token,
    responses=problems(400, 413, 429),
)
async def token(
    request: Request,
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    context: Shared,
) -> Response:
    """OAuth2 password form; the bearer token lasts `expires_in` seconds.

    Ten failures of one user name within five minutes close the door for the rest of them (429).
    """
    address = request.client.host if request.client else ""
    opened = await callers.sign_in(
        context,
        request.app.state.throttle,
        username=form.username,
        password=form.password,
        address=address,
    )
    body = {"access_token": opened.token, "token_type": "bearer", "expires_in": opened.expires_in}
    return answer(body)


@router.get("/me", summary="The caller, their duties and grids", response_model=Me, responses=problems())
async def me(caller: Whoever, context: Shared) -> Response:
    """Duties in force now, and every grid the caller sees."""
    directory = context.directory
    duties = []
    for role, grid_id in caller.duties:
        # A grid loaded a moment ago may not have reached this process yet.
        if (grid := directory.grid(grid_id)) is not None:
            duties.append({"role": role.value, "grid": grid.code, "grid_name": grid.name})
    seen = sorted(
        (grid for grid in directory.grids if caller.scope.sees(grid.id)), key=lambda g: (g.level, g.code)
    )
    return answer(
        {
            "id": caller.id,
            "username": caller.username,
            "name": caller.name,
            "duties": duties,
            "whole_prefecture": caller.scope.grid_ids is None,
            "grids": [{"code": grid.code, "name": grid.name, "level": grid.level} for grid in seen],
        }
    )


@router.get("/me/api-keys", summary="My API keys", response_model=ApiKeys, responses=problems())
async def list_keys(session: Session, caller: Whoever) -> Response:
    """The keys that still work, newest first; a person has at most 20."""
    return answer(
        {
            "items": [keys.shown_of(row) for row in await people.keys_of(session, caller.id)],
            "next_cursor": None,
        }
    )


@router.post(
    "/me/api-keys",
    summary="Make an API key",
    status_code=201,
    response_model=NewApiKey,
    responses=problems(400, 403, 409, 413),
    dependencies=ONCE,
)
async def make_key(body: ApiKeyIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """It acts as its owner, sent as `Authorization: Bearer gsk_…` or `X-API-Key`, and is shown only here."""
    shown = await keys.make(
        session, caller, body.name, secret_key=context.secret_key, now=context.clock.now()
    )
    key = keys.text_of(context.secret_key, caller, shown)
    return answer(shown | {"key": key}, 201)


@router.delete(
    "/me/api-keys/{key_id}", summary="Revoke an API key", status_code=204, responses=problems(403, 404)
)
async def revoke_key(key_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """From now on the key is refused."""
    if not await people.revoke_key(session, caller.id, key_id, now=context.clock.now()):
        raise NotFound(f"no API key {key_id}")
    return Response(status_code=204)
