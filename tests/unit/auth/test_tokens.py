"""Session tokens say who, until when, and under which password."""

from datetime import timedelta

import jwt
import pytest

from app.auth import tokens
from app.auth.errors import Unauthenticated
from tests.fakes import START

KEY = "k" * 40
HOUR = timedelta(hours=1)


def _token(**over: object) -> str:
    times = {"exp": int((START + HOUR).timestamp()), "iat": int(START.timestamp())}
    claims = {"sub": "7", "aud": "geshao", "sid": "s", "pwm": "", "auth_time": times["iat"]} | times | over
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, KEY, algorithm="HS256")


def test_what_was_issued_is_read_until_it_expires() -> None:
    token = tokens.issue(KEY, 7, "hash", now=START, valid_for=HOUR)
    claims = tokens.read(KEY, token, now=START)
    assert claims == tokens.Claims(
        7, tokens.password_mark("hash"), claims.session, START, START, START + HOUR
    )
    other = tokens.read(KEY, tokens.issue(KEY, 7, "hash", now=START, valid_for=HOUR), now=START)
    assert len(claims.session) >= 16
    assert claims.session != other.session
    assert tokens.read(KEY, token, now=START + HOUR - timedelta(seconds=1)).person_id == 7
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.read(KEY, token, now=START + HOUR)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "not a token",
        "a.b.c",
        _token(sub=None),
        _token(exp=None),
        _token(sub="x"),
        _token(sub="0"),
        _token(sub=str(2**40)),
        _token(aud="another service"),
        _token(exp=10**30),
        _token(auth_time=10**30),
        _token(iat="then"),
        _token(sid=None),
        _token(auth_time=None),
        _token(pwm=None),
        jwt.encode({"sub": "7", "aud": "geshao", "exp": 10**10}, "another key" * 4, algorithm="HS256"),
        jwt.encode({"sub": "7", "aud": "geshao", "exp": 10**10}, "", algorithm="none"),
        jwt.encode({"sub": "7", "aud": "geshao", "exp": 10**10}, KEY * 2, algorithm="HS512"),
    ],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read(KEY, token, now=START)


def test_a_session_in_use_is_carried_on_but_not_for_ever() -> None:
    first = tokens.read(KEY, tokens.issue(KEY, 7, "hash", now=START, valid_for=HOUR), now=START)
    longest = timedelta(hours=2)

    def later(claims: tokens.Claims, minutes: int) -> tokens.Claims | None:
        now = START + timedelta(minutes=minutes)
        token = tokens.carry_on(KEY, claims, now=now, idle=HOUR, longest=longest)
        return tokens.read(KEY, token, now=now) if token else None

    assert later(first, 14) is None
    second = later(first, 50)
    assert second is not None
    assert (second.session, second.begun, second.password_mark) == (first.session, START, first.password_mark)
    assert second.expires == START + timedelta(minutes=110)
    third = later(second, 80)
    assert third is not None
    assert third.expires == START + longest
    # Nothing would be won any more.
    assert later(third, 115) is None


def test_csrf_token_belongs_to_one_session_and_one_key() -> None:
    mine = tokens.csrf_token(KEY, "session")
    assert mine == tokens.csrf_token(KEY, "session")
    assert len({mine, tokens.csrf_token(KEY, "other"), tokens.csrf_token("o" * 40, "session")}) == 3


def test_api_keys_differ_by_owner_row_and_time() -> None:
    facts = {"person_id": 1, "key_id": 2, "created_at": "2026-11-23T00:00:00+00:00"}
    key = tokens.api_key(KEY, **facts)
    assert key.startswith("gsk_")
    assert len(key) == 47
    others = {
        tokens.api_key(KEY, **facts | {name: value})
        for name, value in [("person_id", 9), ("key_id", 9), ("created_at", "")]
    }
    assert len(others | {key}) == 4
    assert len(tokens.key_digest(key)) == 32
