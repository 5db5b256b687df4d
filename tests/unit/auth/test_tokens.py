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
    claims = {"sub": "7", "aud": "geshao", "exp": int((START + HOUR).timestamp())} | over
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, KEY, algorithm="HS256")


def test_what_was_issued_is_read_until_it_expires() -> None:
    token = tokens.issue(KEY, 7, "hash", now=START, valid_for=HOUR)
    assert tokens.read(KEY, token, now=START) == tokens.Claims(7, tokens.password_mark("hash"))
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
        jwt.encode({"sub": "7", "aud": "geshao", "exp": 10**10}, "another key" * 4, algorithm="HS256"),
        jwt.encode({"sub": "7", "aud": "geshao", "exp": 10**10}, "", algorithm="none"),
        jwt.encode({"sub": "7", "aud": "geshao", "exp": 10**10}, KEY * 2, algorithm="HS512"),
    ],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read(KEY, token, now=START)


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
