"""Around every request: an id, one log line, a limit on the body, and no stack trace for anybody outside."""

import re
import time
import uuid
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.answers import API, problem

log = structlog.get_logger()

REQUEST_ID = "X-Request-ID"
BODY_LIMIT = 1024 * 1024  # the longest JSON request is far below it
MULTIPART_SLACK = 64 * 1024  # boundaries and headers around a file of the greatest allowed size
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Surround:
    """Pure ASGI, so that streams pass through untouched."""

    def __init__(self, app: ASGIApp, *, max_upload_bytes: int) -> None:
        self._app = app
        self._max_upload = max_upload_bytes + MULTIPART_SLACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(REQUEST_ID, "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._serve(scope, receive, send, headers, request_id)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, request_id: str
    ) -> None:
        began = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers_out = MutableHeaders(scope=message)
                headers_out[REQUEST_ID] = request_id
                headers_out.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        try:
            limit = self._limit(headers)
            if _declared(headers) > limit:
                refusal = problem(413, "too_large", f"more than {limit} bytes", request_id=request_id)
                await refusal(scope, receive, send_marked)
            else:
                await self._app(scope, _limited(receive, limit), send_marked)
        except (
            Exception
        ):  # the last resort of a request: logged with its trace and answered with 500, or raised on
            log.exception("http.failed")
            if status:
                raise  # the answer has begun; the server can only cut it off
            failure = problem(
                500, "internal_error", "something went wrong here; it has been logged", request_id=request_id
            )
            await failure(scope, receive, send_marked)
        finally:
            _log_access(scope, status, (time.perf_counter() - began) * 1000)

    def _limit(self, headers: Headers) -> int:
        multipart = headers.get("content-type", "").startswith("multipart/form-data")
        return self._max_upload if multipart else BODY_LIMIT


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive` that counts: a body sent in chunks declares no length."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, f"more than {limit} bytes")
        return message

    return counted


def _template(scope: Scope) -> str | None:
    """The route's template and not the path: no ids, no query, nothing a caller typed."""
    path = getattr(scope.get("route"), "path", None)
    if not isinstance(path, str):
        return None
    # A route of an included router knows its path without the prefix it was included under.
    within = scope["path"].startswith(f"{API}/") and not path.startswith(f"{API}/")
    return f"{API}{path}" if within else path


def _log_access(scope: Scope, status: int, ms: float) -> None:
    caller: Any = scope.get("state", {}).get("caller")
    log.info(
        "http.request",
        method=scope["method"],
        route=_template(scope),
        status=status,
        ms=round(ms, 1),
        person_id=getattr(caller, "id", None),
    )
