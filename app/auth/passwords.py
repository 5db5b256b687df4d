"""Argon2 password hashes, computed in a thread: one takes tens of milliseconds on purpose."""

import asyncio
from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

_HASHER = PasswordHash((Argon2Hasher(),))


def hash_password(password: str) -> str:
    """The argon2 form that `verify` understands; blocks, so call it in a thread where a loop runs."""
    return _HASHER.hash(password)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash("no person has this password")


def _verify(password: str, password_hash: str | None) -> bool:
    # Somebody unknown costs the same work, so that the time taken does not tell who exists.
    try:
        matches = _HASHER.verify(password, password_hash or _nobody())
    except UnknownHashError:
        return False
    return matches and password_hash is not None


async def verify(password: str, password_hash: str | None) -> bool:
    """Whether the password made the hash; takes as long where there is no hash at all."""
    return await asyncio.to_thread(_verify, password, password_hash)
