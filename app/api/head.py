"""HEAD on a page is answered as GET would be, with its headers and without its body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.answers import API

_OPEN = f"{API}/public"


class HeadAsGet:
    """Pure ASGI. Of the API only what the public may keep: its feed would be a GET without an end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not _is_page(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def bare(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # Changed in place, since what is around reads the route from this very scope.
        scope["method"] = "GET"
        try:
            await self._app(scope, receive, bare)
        finally:
            scope["method"] = "HEAD"


def _is_page(path: str) -> bool:
    return not path.startswith("/api/") or path == _OPEN or path.startswith(f"{_OPEN}/")
