"""The one table from domain errors to HTTP, and the handlers that keep every error in one shape."""

from http import HTTPStatus

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.api.answers import problem
from models.errors import DomainError

log = structlog.get_logger()

STATUS: dict[str, int] = {
    "unauthenticated": 401,
    "invalid_credentials": 401,
    "csrf_failed": 403,
    "forbidden": 403,
    "handler_may_not_review": 403,
    "conflict_of_interest": 403,
    "may_not_decide": 403,
    "recused": 403,
    "not_found": 404,
    "forbidden_transition": 409,
    "unfinished": 409,
    "overlap": 409,
    "idempotency_conflict": 409,
    "not_replayable": 409,
    "second_person_needed": 409,
    "already_pending": 409,
    "request_closed": 409,
    "past_due": 409,
    "limit_reached": 409,
    "transfer_locked": 409,
    "version_conflict": 412,
    "too_large": 413,
    "unsupported_media": 415,
    "invalid": 422,
    "too_many_attempts": 429,
}
_HTTP_CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media",
    422: "invalid",
}
# Connection trouble (08), out of resources (53), shut down or cancelled by the operator (57), and losing to
# somebody else's transaction (40, 55P03): all of them pass, so the caller is asked to come again.
_PASSING = ("08", "40", "53", "57", "55P03")


def request_id(request: Request) -> str | None:
    found = request.scope.get("state", {}).get("request_id")
    return found if isinstance(found, str) else None


def install(app: FastAPI) -> None:
    """Every error the application can raise, as problem+json."""
    app.exception_handler(DomainError)(_domain_error)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_validation_error)
    for kind in (
        DBAPIError,
        PoolTimeout,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        OSError,
    ):
        app.add_exception_handler(kind, _database_error)


def _domain_error(request: Request, error: DomainError) -> Response:
    status = STATUS.get(error.code, 400)
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        wrong = ', error="invalid_token"' if error.extra.get("invalid_token") else ""
        headers["WWW-Authenticate"] = f'Bearer realm="geshao"{wrong}'
    if "retry_after_s" in error.extra:
        headers["Retry-After"] = str(error.extra["retry_after_s"])
    extra = {name: value for name, value in error.extra.items() if name != "invalid_token"}
    return problem(
        status, error.code, error.detail, request_id=request_id(request), extra=extra, headers=headers
    )


def _http_error(request: Request, error: HTTPException) -> Response:
    code = _HTTP_CODES.get(error.status_code, "http_error")
    detail = "no such address" if error.detail == "Not Found" else str(error.detail)
    headers = dict(error.headers or {})
    return problem(error.status_code, code, detail, request_id=request_id(request), headers=headers)


def _validation_error(request: Request, error: RequestValidationError) -> Response:
    # Where and why, never what came: it may be a password.
    errors = [{"loc": list(e["loc"]), "msg": e["msg"].removeprefix("Value error, ")} for e in error.errors()]
    first = (
        f"{'.'.join(str(part) for part in errors[0]['loc'])}: {errors[0]['msg']}" if errors else "malformed"
    )
    return problem(422, "invalid", first, request_id=request_id(request), errors=errors)


def _passes(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(_PASSING)
    if isinstance(error, asyncpg.PostgresError):
        return (getattr(error, "sqlstate", None) or "").startswith((*_PASSING, "28", "3D"))
    # Refused, timed out, no such socket: the driver lets the system's own errors through while connecting.
    return not isinstance(error, OSError) or _came_through_driver(error)


def _came_through_driver(error: Exception) -> bool:
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals.get("__name__", "").startswith("asyncpg."):
            return True
        step = step.tb_next
    return False


async def _database_error(request: Request, error: Exception) -> Response:
    if not _passes(error):
        raise error
    log.warning("http.database_unavailable", error=type(error).__name__)
    return problem(
        503,
        "database_unavailable",
        "the database cannot be reached or is busy; try again shortly",
        request_id=request_id(request),
        headers={"Retry-After": "2"},
    )
