"""Around every console page: its language and theme, its headers, and errors that answer with a page."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from inspect import isawaitable
from typing import Any
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.api.errors import STATUS
from app.auth.callers import SESSION_COOKIE, Session, carried_on, context_of
from app.auth.errors import Unauthenticated
from app.console.pages import HEADERS, THEMES, address_of, page, words_of
from app.console.refusals import ERROR, FIELD_ERROR
from app.console.texts import DEFAULT, TAGS, Texts
from app.database import database_is_away
from models.errors import DomainError

log = structlog.get_logger()
LANGUAGE_COOKIE = "geshao_lang"
THEME_COOKIE = "geshao_theme"
_YEAR_S = 365 * 24 * 3600
_NO_PAGE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


def safe_path(wanted: str) -> str:
    """A path of this site to go to after signing in; the board for anything that leads elsewhere."""
    # Browsers read a backslash as a slash and pass over control characters: neither is in a path of ours.
    odd = "\\" in wanted or any(ord(char) < 33 or ord(char) == 127 for char in wanted)
    return wanted if wanted.startswith("/") and not wanted.startswith("//") and not odd else "/"


def secure(request: Request) -> bool:
    """Whether cookies may be kept to encrypted connections."""
    return (context_of(request).settings.public_url or "").lower().startswith("https://")


def see(path: str) -> RedirectResponse:
    """To another page by GET, so that reloading it sends nothing again."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER.value)


class Message(str):
    """What a refused form is told, and the name of the field that is wrong, where it is one."""

    field: str = ""
    problem: str = ""
    """The number of the problem that it speaks of, where it is one."""

    @classmethod
    def of(cls, error: DomainError, text: str) -> "Message":
        message = cls(text)
        message.field = str(error.extra.get("field") or "")
        return message


def keep_session(request: Request, response: Response, session: Session) -> None:
    """The cookie of a session, out of reach of scripts and of other sites."""
    response.set_cookie(
        SESSION_COOKIE, session.token, max_age=session.expires_in, httponly=True, samesite="lax",
        secure=secure(request), path="/",
    )  # fmt: skip


def message_of(words: Texts, error: DomainError, *, megabytes: int) -> Message:
    """What went wrong, in the reader's language, without a word of what is inside."""
    return Message.of(error, _text_of(words, error, megabytes=megabytes))


def _text_of(words: Texts, error: DomainError, *, megabytes: int) -> str:
    text = error.extra.get("shown")
    if isinstance(text, str):
        return text
    if (field := FIELD_ERROR.get(str(error.extra.get("field")))) is not None:
        return words.say(field)
    return words.say(ERROR.get(error.code, ERROR["invalid"]), megabytes=megabytes)


class PageRoute(APIRoute):
    """A console page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def show(request: Request) -> Response:
            _choose(request)
            try:
                response = await handle(request)
            except Exception as error:
                response = _explained(request, error)
            finally:
                # Uploads lie in temporary files that belong to the form.
                await request.close()
            return _dressed(request, response)

        return show


def show_missing_pages(app: FastAPI) -> None:
    """A browser that asks for an address there is none of gets a page; whoever else asks, the problem as ever."""
    tell = app.exception_handlers[HTTPException]

    async def missing(request: Request, error: Exception) -> Response:
        if _wants_page(request) and isinstance(error, HTTPException) and error.status_code in _NO_PAGE:
            _choose(request)
            msgid = ERROR["not_found"]
            text = words_of(request).say(msgid)
            shown = page(request, "error.html", error.status_code, message=text, code=error.status_code)
            return _dressed(request, shown)
        answer = tell(request, error)
        return await answer if isawaitable(answer) else answer

    app.add_exception_handler(HTTPException, missing)


def _wants_page(request: Request) -> bool:
    path = request.url.path
    return (
        path != "/api" and not path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")
    )


def _choose(request: Request) -> None:
    """What the address asks for, else what was chosen before, else Chinese, light or dark as the device is."""
    asked, kept = request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")
    request.state.language = next((known for known in (asked, kept) if known in TAGS), DEFAULT)
    asked, kept = request.query_params.get("theme", ""), request.cookies.get(THEME_COOKIE, "")
    request.state.theme = next((known for known in (asked, kept) if known in THEMES), THEMES[0])


def _dressed(request: Request, response: Response) -> Response:
    """With language and theme kept for the next page, and the headers every page has."""
    for parameter, cookie, known in (("lang", LANGUAGE_COOKIE, TAGS), ("theme", THEME_COOKIE, THEMES)):
        asked = request.query_params.get(parameter, "")
        if asked in known:
            response.set_cookie(
                cookie, asked, max_age=_YEAR_S, httponly=True, samesite="lax", secure=secure(request)
            )
    if (session := carried_on(request)) is not None:
        keep_session(request, response, session)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _explained(request: Request, error: Exception) -> Response:
    """The page that says what went wrong; raises the error again when it is none that is expected."""
    if isinstance(error, Unauthenticated):
        return _to_sign_in(request)
    megabytes = context_of(request).settings.max_upload_mb
    words = words_of(request)
    text: str
    if isinstance(error, DomainError):
        status, text = STATUS.get(error.code, 400), message_of(words, error, megabytes=megabytes)
    else:
        status, code = _outcome(error)
        msgid = ERROR[code]
        text = words.say(msgid, megabytes=megabytes)
    caller = getattr(request.state, "caller", None)
    return page(request, "error.html", status, caller=caller, message=text, code=status)


def _to_sign_in(request: Request) -> Response:
    wanted = address_of(request)
    if request.method == "GET" and request.url.query:
        wanted += f"?{request.url.query}"
    return see("/login" if wanted in ("/", "/logout") else f"/login?{urlencode({'next': wanted})}")


def _outcome(error: Exception) -> tuple[int, str]:
    """Status and code of what is no error of the domain; raises it again when it is none that is expected."""
    if isinstance(error, RequestValidationError):
        return HTTPStatus.NOT_FOUND.value, "not_found"
    if isinstance(error, HTTPException):
        too_large = error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return error.status_code, "too_large" if too_large else "invalid"
    if database_is_away(error):
        log.warning("http.database_unavailable", error=type(error).__name__)
        return HTTPStatus.SERVICE_UNAVAILABLE.value, "database_unavailable"
    raise error
