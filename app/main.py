"""The HTTP application, put together from its routers."""

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, FastAPI

from app.api import errors, health
from app.api.described import Application
from app.api.head import HeadAsGet
from app.api.middleware import Surround
from app.context import Context

DESCRIPTION = """
Turns air-quality microstation readings into orders a county must answer, and keeps the clock on the answer.

Sign in with `POST /api/v1/auth/token` and send the token as `Authorization: Bearer …`; scripts use a personal
API key. Every instant is RFC 3339 with its offset. A caller sees only what belongs to the grids of their
duties: the rest answers 404. Errors are `application/problem+json` with a stable `code`. Every POST takes
`Idempotency-Key`.
"""


def create_app(
    context: Context, *, roles: frozenset[str], extra_routers: Iterable[APIRouter] = ()
) -> FastAPI:
    """The application of a process with these roles; without `api` only its health can be asked."""
    app = Application(title="Geshao", version=_version(), description=DESCRIPTION)
    app.state.context = context
    app.add_middleware(HeadAsGet)
    app.add_middleware(Surround, max_upload_bytes=context.settings.max_upload_mb * 1024 * 1024)
    errors.install(app)
    app.include_router(health.router)
    if "api" in roles:
        # Here, for an engine or an intake alone starts without all of this.
        from app.offered import offer

        offer(app, context)
    for router in extra_routers:
        app.include_router(router)
    return app


def _version() -> str:
    try:
        return version("geshao")
    except PackageNotFoundError:
        return "0"
