"""Everybody's own API keys: made, shown once, revoked."""

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.auth import MAX_KEYS
from app.api.errors import STATUS
from app.api.requests import SmallId
from app.auth import people, tokens
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.admin_forms import refusal
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import do_once
from app.console.page_route import PageRoute, see
from app.console.pages import page
from app.console.texts import N_
from app.views.paging import instant
from models.errors import DomainError, Invalid, NotFound
from models.journal import ApiKey

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
        keys = await people.keys_of(session, caller.id)
    return page(
        request, "keys.html", status, caller=caller, keys=keys, most=MAX_KEYS, message=message, done=done,
        fields=fields or {}, once=secrets.token_urlsafe(16),
    )  # fmt: skip


@router.post("/new")
async def make_key(request: Request, caller: Whoever) -> Response:
    """A new key, shown on this one answer; the same form sent again shows the same key."""
    context = context_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))
    now = context.clock.now()

    async def work(session: AsyncSession) -> dict[str, Any]:
        name = fields.get("name", "").strip()
        if not 1 <= len(name) <= 100 or not storable(name):
            raise Invalid("a key wants a name", field="name")
        await people.lock_person(session, caller.id)
        if len(await people.keys_of(session, caller.id)) >= MAX_KEYS:
            raise Invalid(f"a person has at most {MAX_KEYS} API keys", field="keys")
        row = ApiKey(id=await people.next_key_id(session), person_id=caller.id, name=name, created_at=now)
        shown = {"id": row.id, "name": name, "created_at": instant(now)}
        row.digest = tokens.key_digest(_text(context.secret_key, caller, shown))
        session.add(row)
        return shown

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
        secret=_text(context.secret_key, caller, shown), back="/me/keys",
        says=N_("It acts as you, and is shown this once: put it where it is needed now."),
    )  # fmt: skip


def _text(secret_key: str, caller: Caller, shown: Mapping[str, Any]) -> str:
    return tokens.api_key(secret_key, person_id=caller.id, key_id=shown["id"], created_at=shown["created_at"])


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
