"""Argon2, and nothing that says who exists."""

from app.auth.passwords import verify
from tests.factories import PASSWORD, password_hash


async def test_only_the_password_of_the_hash_is_taken() -> None:
    assert password_hash().startswith("$argon2id$")
    assert await verify(PASSWORD, password_hash())
    assert not await verify(PASSWORD + "x", password_hash())


async def test_nobody_and_a_broken_hash_are_refused() -> None:
    assert not await verify(PASSWORD, None)
    assert not await verify("no person has this password", None)
    assert not await verify(PASSWORD, "not a hash")
