"""What a caller carries: a signed session token, or a personal API key. Only digests of keys are kept."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import jwt

from app.auth.errors import Unauthenticated

KEY_PREFIX = "gsk_"
_ALGORITHM = "HS256"
_AUDIENCE = "geshao"
_INT4_MAX = 2**31 - 1
_REQUIRED = ("exp", "iat", "auth_time", "sub", "aud", "sid", "pwm")


@dataclass(frozen=True, slots=True)
class Claims:
    person_id: int
    password_mark: str
    """Of the password the session was opened with: a changed password ends every session."""
    session: str
    """What stays the same however often the session is carried on."""
    begun: datetime
    """When the password was given."""
    issued: datetime
    expires: datetime


def password_mark(password_hash: str | None) -> str:
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:16]


def issue(
    secret_key: str, person_id: int, password_hash: str | None, *, now: datetime, valid_for: timedelta
) -> str:
    """A token of a new session for this person, valid from `now` for `valid_for`."""
    expires = now + valid_for
    mark = password_mark(password_hash)
    return _sign(secret_key, Claims(person_id, mark, secrets.token_urlsafe(12), now, now, expires))


def carry_on(
    secret_key: str, claims: Claims, *, now: datetime, idle: timedelta, longest: timedelta
) -> str | None:
    """The token the session goes on with, valid for `idle` more but not past `longest` from its beginning.

    None while a quarter of `idle` has not gone by since the last, and where nothing would be won.
    """
    expires = min(now + idle, claims.begun + longest)
    if now - claims.issued < idle / 4 or expires <= claims.expires:
        return None
    return _sign(secret_key, replace(claims, issued=now, expires=expires))


def _sign(secret_key: str, claims: Claims) -> str:
    return jwt.encode(
        {
            "sub": str(claims.person_id),
            "aud": _AUDIENCE,
            "sid": claims.session,
            "auth_time": int(claims.begun.timestamp()),
            "iat": int(claims.issued.timestamp()),
            "exp": int(claims.expires.timestamp()),
            "pwm": claims.password_mark,
        },
        secret_key,
        algorithm=_ALGORITHM,
    )


def read(secret_key: str, token: str, *, now: datetime) -> Claims:
    """The claims of a token made by `issue` and not yet expired; raises Unauthenticated otherwise."""
    try:
        claims = jwt.decode(
            token,
            secret_key,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            # Times are compared below, with the service's clock instead of the machine's.
            options={"require": list(_REQUIRED), "verify_exp": False, "verify_iat": False},
        )
        expires, issued, begun = (
            datetime.fromtimestamp(int(claims[name]), UTC) for name in ("exp", "iat", "auth_time")
        )
        person_id = int(claims["sub"])
    except (jwt.InvalidTokenError, ValueError, OverflowError, TypeError) as error:
        raise Unauthenticated("the token is not one of ours") from error
    if expires <= now:
        raise Unauthenticated("the session has expired; sign in again")
    if not 0 < person_id <= _INT4_MAX:
        raise Unauthenticated("the token is not one of ours")
    return Claims(person_id, str(claims["pwm"]), str(claims["sid"]), begun, issued, expires)


def csrf_token(secret_key: str, session: str) -> str:
    """What a page must send beside the session cookie; another site can send the one, but not read this.

    The same for as long as the session goes on: a form that lay open meanwhile can be sent.
    """
    return hmac.new(secret_key.encode(), b"csrf:" + session.encode(), hashlib.sha256).hexdigest()


def api_key(secret_key: str, *, person_id: int, key_id: int, created_at: str) -> str:
    """The text of a personal key.

    Derived and not drawn, so that a creation repeated under its Idempotency-Key can show the same key again
    without the key ever being stored.
    """
    facts = f"api-key:{person_id}:{key_id}:{created_at}"
    digest = hmac.new(secret_key.encode(), facts.encode(), hashlib.sha256).digest()
    return KEY_PREFIX + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def key_digest(key: str) -> bytes:
    """What is stored of a key. A plain hash is enough: a key has 256 bits nobody can guess."""
    return hashlib.sha256(key.encode()).digest()


def secret_for(secret_key: str, purpose: str, token: str) -> str:
    """A secret to be shown once, of 120 bits.

    Derived from the token of the form or request that asked for it, so that the same one sent again can show the same
    secret without its ever being stored.
    """
    digest = hmac.new(secret_key.encode(), f"secret:{purpose}:{token}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:15]).decode()
