"""Who is calling, with which duties, and therefore which grids they see: decided here and nowhere else."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from fastapi import Request

from app.auth import passwords, people, tokens
from app.auth.errors import CsrfFailed, InvalidCredentials, Unauthenticated
from app.auth.scope import EVERYTHING, Caller, Scope
from app.auth.throttle import Throttle
from app.context import Context
from app.database import transaction
from app.registry.directory import Directory
from models.enums import Role

log = structlog.get_logger()

SESSION_COOKIE = "geshao_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Session:
    """A session just opened: the token and the seconds it lasts."""

    token: str
    expires_in: int


def context_of(request: Request) -> Context:
    """What `create_app` put there."""
    context: Context = request.app.state.context
    return context


async def sign_in(
    context: Context,
    throttle: Throttle,
    *,
    username: str,
    password: str,
    address: str,
) -> Session:
    """Opens a session for the person with this name and password.

    Raises InvalidCredentials (the same for an unknown name, a wrong password, a disabled person), or
    TooManyAttempts.
    """
    now = context.clock.now()
    throttle.attempt(username, address, now=now)
    # PostgreSQL cannot take a NUL, so nobody has such a name.
    person = None
    if storable(username):
        # The connection goes back before the slow part: guesses must not eat up the pool.
        async with context.sessions() as session:
            person = await people.by_username(session, username)
    if not await passwords.verify(password, person.password_hash if person else None) or person is None:
        log.info("auth.refused", address=address)
        raise InvalidCredentials("user name or password is wrong")
    throttle.succeeded(username, address)
    async with transaction(context.sessions) as session:
        await people.signed_in(session, person.id, now=now)
    settings = context.settings
    valid_for = timedelta(hours=min(settings.session_hours, settings.session_longest_hours))
    token = tokens.issue(context.secret_key, person.id, person.password_hash, now=now, valid_for=valid_for)
    return Session(token, int(valid_for.total_seconds()))


def storable(text: str) -> bool:
    """Whether PostgreSQL can take it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def scope_of(duties: tuple[tuple[Role, int], ...], directory: Directory) -> Scope:
    """The whole prefecture for those who run it, else the subtrees of the duty grids; nothing without any."""
    seen: set[int] = set()
    for role, grid_id in duties:
        if role in (Role.ADMINISTRATOR, Role.DUTY_OFFICER):
            return EVERYTHING
        if role in (Role.CHIEF, Role.VIEWER, Role.IDENTITY_KEEPER) and _is_prefecture(directory, grid_id):
            return EVERYTHING
        seen |= directory.subtree(grid_id)
    return Scope(frozenset(seen))


def _is_prefecture(directory: Directory, grid_id: int) -> bool:
    grid = directory.grid(grid_id)
    return grid is not None and grid.level == 1


async def caller_of(request: Request) -> Caller:
    """The caller, by bearer token, API key or session cookie; raises Unauthenticated or CsrfFailed.

    The look-up has a short transaction of its own; the answer is kept for the rest of the request.
    """
    known = getattr(request.state, "caller", None)
    if isinstance(known, Caller):
        return known
    context = context_of(request)
    now = context.clock.now()
    person = await _person(request, context, now=now)
    caller = Caller(
        id=person.id,
        username=person.username,
        name=person.name,
        duties=person.duties,
        scope=scope_of(person.duties, context.directory),
    )
    request.state.caller = caller
    return caller


async def _person(request: Request, context: Context, *, now: datetime) -> people.Known:
    bearer = _bearer(request)
    key = bearer if bearer is not None and bearer.startswith(tokens.KEY_PREFIX) else None
    if bearer is None:
        key = request.headers.get("X-API-Key")
    if key is not None:
        async with context.sessions() as session:
            person = await people.by_key(session, tokens.key_digest(key), now=now)
        if person is None:
            raise Unauthenticated("the API key is unknown or revoked", invalid_token=True)
        return person
    cookie = request.cookies.get(SESSION_COOKIE) if bearer is None else None
    token = bearer if bearer is not None else cookie
    if token is None:
        raise Unauthenticated("sign in first: no token, no API key, no session")
    claims = tokens.read(context.secret_key, token, now=now)
    async with context.sessions() as session:
        person = await people.by_session(session, claims.person_id, claims.session, now=now)
    if person is None or claims.password_mark != tokens.password_mark(person.password_hash):
        raise Unauthenticated("the session has ended; sign in again", invalid_token=True)
    if cookie is not None:
        request.state.session = claims
        if request.method not in _SAFE:
            await _demand_csrf_token(request, context.secret_key, claims.session)
    return person


def csrf_token_of(request: Request) -> str:
    """What the forms of this request's page carry; empty where nobody is signed in by cookie."""
    claims = _session_of(request)
    return tokens.csrf_token(context_of(request).secret_key, claims.session) if claims else ""


def carried_on(request: Request) -> Session | None:
    """The session of the cookie with a later end, once it is time for one: whoever works is not signed out."""
    claims = _session_of(request)
    if claims is None:
        return None
    context = context_of(request)
    now, settings = context.clock.now(), context.settings
    idle, longest = timedelta(hours=settings.session_hours), timedelta(hours=settings.session_longest_hours)
    token = tokens.carry_on(context.secret_key, claims, now=now, idle=idle, longest=longest)
    return Session(token, int(idle.total_seconds())) if token else None


async def sign_out(request: Request, caller: Caller) -> None:
    """Ends the session of the cookie for good: a copy of it opens nothing any more."""
    claims, context = _session_of(request), context_of(request)
    if claims is not None:
        async with transaction(context.sessions) as session:
            await people.end_session(session, claims.session, person_id=caller.id, now=context.clock.now())
        request.state.session = None


def _session_of(request: Request) -> tokens.Claims | None:
    claims = getattr(request.state, "session", None)
    return claims if isinstance(claims, tokens.Claims) else None


def _bearer(request: Request) -> str | None:
    """The credential of an Authorization header; an unknown scheme is refused instead of passed over."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("Authorization wants: Bearer TOKEN", invalid_token=True)
    return credential.strip()


async def _demand_csrf_token(request: Request, secret_key: str, session: str) -> None:
    given: object = request.headers.get(CSRF_HEADER)
    if given is None and request.headers.get("Content-Type", "").startswith(_FORMS):
        given = (await request.form()).get(CSRF_FIELD)
    expected = tokens.csrf_token(secret_key, session)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise CsrfFailed(f"a change by session cookie wants the header {CSRF_HEADER}")
