"""What routes share: the session that commits before the answer goes out, the caller, and Idempotency-Key."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, APIKeyHeader, OAuth2PasswordBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app import idempotency
from app.api.answers import answer, etag
from app.auth.callers import SESSION_COOKIE, caller_of, context_of
from app.auth.scope import Caller
from app.context import Context
from app.database import transaction
from models.errors import Invalid


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's transaction: rolled back when anything raises."""
    async with transaction(context_of(request).sessions) as session:
        yield session


# scope="function" ends the dependency, and so commits, after the endpoint has returned and before the first
# byte of the answer goes out; the default scope would commit after it, and promise what may yet fail.
Session = Annotated[AsyncSession, Depends(session_of, scope="function")]
Whoever = Annotated[Caller, Depends(caller_of)]
Shared = Annotated[Context, Depends(context_of)]

# These only describe the ways to sign in for OpenAPI; `caller_of` decides.
SIGN_IN = [
    Depends(OAuth2PasswordBearer("/api/v1/auth/token", auto_error=False)),
    Depends(APIKeyHeader(name="X-API-Key", scheme_name="APIKey", auto_error=False)),
    Depends(APIKeyCookie(name=SESSION_COOKIE, scheme_name="Session", auto_error=False)),
    Depends(caller_of),
]
IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias=idempotency.HEADER,
        description="1 to 200 visible ASCII characters. The same key with the same request gives the first "
        "answer again and has no second effect; with another request it is 409.",
    ),
]


class Replay(Exception):
    """The request has been answered before; carries that answer out of the dependencies."""

    def __init__(self, first: idempotency.Answer) -> None:
        super().__init__("answered before")
        self.first = first


async def claim_key(
    request: Request, session: AsyncSession, caller: Caller, key: str | None, request_hash: bytes
) -> None:
    """Claims the key for this request, if it has one; raises Replay when it has been answered before."""
    if key is None:
        return
    claimed = await idempotency.claim(
        session,
        person_id=caller.id,
        key=idempotency.checked_key(key),
        request_hash=request_hash,
        now=context_of(request).clock.now(),
    )
    if isinstance(claimed, idempotency.Answer):
        raise Replay(claimed)
    request.state.claim = claimed


async def once(
    request: Request, session: Session, caller: Whoever, idempotency_key: IdempotencyKeyHeader = None
) -> None:
    """For every POST with a JSON body or none."""
    if idempotency_key is not None:
        body = await request.body()
        request_hash = idempotency.fingerprint(request.method, request.url.path, body)
        await claim_key(request, session, caller, idempotency_key, request_hash)


ONCE = [Depends(once, scope="function")]


class ActRoute(APIRoute):
    """Keeps the answer under the claimed key, in the transaction of the act, or gives the kept one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            try:
                response = await handle(request)
            except Replay as replay:
                return self.repeat(request, replay.first)
            claimed = getattr(request.state, "claim", None)
            if isinstance(claimed, idempotency.Claim):
                body = msgspec.json.decode(bytes(response.body))
                await claimed.keep(response.status_code, self.kept(body))
            return response

        return handle_once

    def kept(self, body: dict[str, Any]) -> dict[str, Any]:
        """What is stored of an answer."""
        return body

    def repeat(self, request: Request, first: idempotency.Answer) -> Response:
        """The first answer again."""
        response = answer(first.body, first.status, {idempotency.REPLAYED_HEADER: "true"})
        if "version" in first.body:
            response.headers["ETag"] = etag(first.body["version"])
        return response


def expected_version(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description='`"<version>"` of the order as it was read; 412 if it changed since.',
        ),
    ] = None,
) -> int | None:
    """The version the caller acts upon; None without the header or for `*`."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip()
    if len(tag) < 3 or tag[0] != '"' or tag[-1] != '"':
        raise Invalid('If-Match wants one version in quotes, such as "3"', field="If-Match")
    inner = tag[1:-1]
    # A tag that is no version of ours matches none, like any other wrong one.
    return int(inner) if inner.isascii() and inner.isdigit() and len(inner) < 10 else -1


IfMatch = Annotated[int | None, Depends(expected_version)]
