"""A form does what it says once, however often it is sent: in one transaction, with its answer kept."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app import idempotency
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.forms import once_key
from app.database import transaction

_OWN = ("csrf_token", "once")
"""Fields that say nothing of what is asked for."""


def new_token() -> str:
    """The `once` token of one rendering of a form."""
    return secrets.token_urlsafe(16)


async def do_once(
    request: Request,
    caller: Caller,
    fields: Mapping[str, str],
    work: Callable[[AsyncSession], Awaitable[dict[str, Any]]],
    *,
    files: bytes = b"",
) -> dict[str, Any]:
    """What `work` answered, now or when this very form was sent before; all it wrote is committed on return.

    `fields` carry the form's `once` token, `files` the digests of what was uploaded. Raises Invalid without a token,
    IdempotencyConflict where the same token comes with other content, and whatever `work` raises, with nothing written.
    """
    context = context_of(request)
    said = [f"{name}={fields[name]}".encode() for name in sorted(fields) if name not in _OWN]
    request_hash = idempotency.fingerprint(request.method, request.url.path, b"\0".join([*said, files]))
    async with transaction(context.sessions) as session:
        claimed = await idempotency.claim(
            session,
            person_id=caller.id,
            key=once_key(fields),
            request_hash=request_hash,
            now=context.clock.now(),
        )
        if isinstance(claimed, idempotency.Answer):
            return claimed.body
        answer = await work(session)
        await claimed.keep(200, answer)
        return answer
