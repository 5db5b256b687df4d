"""Everybody's own API keys: made, shown once, revoked."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.errors import STATUS
from app.api.requests import ApiKeyIn, SmallId
from app.auth import keys, people
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.filters import Whoever
from app.console.forms import checked_by, typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.registry_forms import refusal
from app.console.texts import N_
from models.errors import DomainError, NotFound

SAID = {"name": N_("What it is for")}
"""What the fields are called in a fault."""
router = APIRouter(prefix="/me/keys", route_class=PageRoute, include_in_schema=False)


@router.get("")
async def my_keys(request: Request, caller: Whoever, done: str = "") -> Response:
    """The caller's keys that still work, and the form for a new one."""
    return await _page(request, caller, done=N_("The API key is revoked.") if done == "revoke" else None)


async def _page(
    request: Request,
    caller: Caller,
    *,
    status: int = 200,
    message: str | None = None,
    done: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response:
    async with context_of(request).sessions() as session:
        held = await people.keys_of(session, caller.id)
    return page(
        request, "keys.html", status, caller=caller, keys=held, most=keys.MAX_KEYS, message=message, done=done,
        fields=fields or {}, once=new_token(),
    )  # fmt: skip


@router.post("/new")
async def make_key(request: Request, caller: Whoever) -> Response:
    """A new key, shown on this one answer; the same form sent again shows the same key."""
    context = context_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))
    now = context.clock.now()

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = checked_by(ApiKeyIn, {"name": fields.get("name", "")}, words_of(request), SAID)
        return await keys.make(session, caller, body.name, secret_key=context.secret_key, now=now)

    try:
        shown = await do_once(request, caller, fields, work)
    except DomainError as error:
        return await _page(
            request,
            caller,
            status=STATUS.get(error.code, 400),
            message=refusal(request, error),
            fields=fields,
        )
    return page(
        request, "admin_secret.html", caller=caller, title=N_("API key"), whose=shown["name"],
        secret=keys.text_of(context.secret_key, caller, shown), back="/me/keys",
        says=N_("It acts as you, and is shown this once: put it where it is needed now."),
    )  # fmt: skip


@router.post("/{key_id}/revoke")
async def revoke_key(request: Request, key_id: SmallId, caller: Whoever) -> Response:
    """From now on the key is refused."""
    fields = typed(await request.form(max_files=0, max_fields=10))
    now = context_of(request).clock.now()

    async def work(session: AsyncSession) -> dict[str, Any]:
        if not await people.revoke_key(session, caller.id, key_id, now=now):
            raise NotFound(f"no API key {key_id}")
        return {"id": key_id}

    await do_once(request, caller, fields, work)
    return see("/me/keys?done=revoke")
