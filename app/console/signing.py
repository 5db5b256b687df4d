"""Signing in and out on a page: the session lives in a cookie that scripts cannot read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api.errors import STATUS
from app.auth.callers import SESSION_COOKIE, caller_of, context_of, sign_in, sign_out
from app.auth.errors import InvalidCredentials, TooManyAttempts
from app.auth.scope import Caller
from app.console.page_route import PageRoute, keep_session, message_of, safe_path, secure, see
from app.console.pages import page, words_of
from models.errors import Invalid

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_LONGEST = 1000
"""Characters of a password: a longer one only costs hashing time."""


@router.get("/login")
async def login_page(request: Request, wanted: Annotated[str, Query(alias="next")] = "/") -> Response:
    """The form to sign in with."""
    return page(request, "login.html", wanted=safe_path(wanted), username="", message=None)


@router.post("/login")
async def login(request: Request) -> Response:
    """Opens a session and goes where the person wanted to."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        # Another site would sign the person in under a name of its choice.
        raise Invalid("signing in starts on our own page")
    form = await request.form(max_files=0, max_fields=10)
    values = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    username, wanted = values.get("username", "").strip(), safe_path(values.get("next", "/"))
    words = words_of(request)
    try:
        opened = await sign_in(
            context_of(request),
            request.app.state.throttle,
            username=username,
            password=values.get("password", "")[:_LONGEST],
            address=request.client.host if request.client else "",
        )
    except TooManyAttempts as error:
        seconds = error.extra["retry_after_s"]
        text = words.say("Too many failed attempts; try again in %(seconds)s s.", seconds=seconds)
        refused = page(request, "login.html", 429, wanted=wanted, username=username, message=text)
        refused.headers["Retry-After"] = str(seconds)
        return refused
    except InvalidCredentials as error:
        text = message_of(words, error, megabytes=0)
        return page(request, "login.html", STATUS[error.code], wanted=wanted, username=username, message=text)
    response = see(wanted)
    keep_session(request, response, opened)
    return response


@router.post("/logout")
async def logout(request: Request, caller: Annotated[Caller, Depends(caller_of)]) -> Response:
    """Ends the session, in this browser and for whoever copied its cookie."""
    await sign_out(request, caller)
    response = see("/login")
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=secure(request))
    return response
