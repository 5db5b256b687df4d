"""The application of a test: its own state, with the routes that the first one of this process put together.

FastAPI builds the models of every route once an application is asked for its first path; there are 600, and half a
second for each of a thousand tests would be a third of their time.
"""

from fastapi import FastAPI
from starlette.routing import BaseRoute

from app.console.pages import ready
from app.context import Context
from app.main import create_app

_API = frozenset({"api"})
_routes: list[BaseRoute] = []
_described: list[FastAPI] = []
"""The application that was asked last for its description, which is the same for all."""


def application(context: Context) -> FastAPI:
    """As `serve` makes it for the role `api`, its pages read before the first is asked for."""
    app = create_app(context, roles=_API)
    if not _routes:
        ready()
        _routes.extend(app.router.routes)
    app.router.routes[:] = _routes
    if _described:
        app.openapi_schema = _described[0].openapi_schema
    _described[:] = [app]
    return app
