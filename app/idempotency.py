"""The same POST twice has one effect: the first answer is kept under the caller's Idempotency-Key.

The row is written in the transaction of the act itself. A second request with the same key waits on the
primary key until the first has committed (then it gets that answer) or rolled back (then it acts itself).
"""

import contextlib
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import IdempotencyConflict, Invalid
from models.journal import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,200}")
_canonical = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request was told."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to act under a key; `keep` completes it before the commit."""

    session: AsyncSession
    person_id: int
    key: str

    async def keep(self, status: int, body: dict[str, Any]) -> None:
        """Writes the answer beside the act."""
        await self.session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.person_id == self.person_id, IdempotencyKey.key == self.key)
            .values(status=status, body=body)
        )


def checked_key(key: str) -> str:
    """The key itself; raises Invalid unless it is 1 to 200 visible ASCII characters."""
    if _VISIBLE.fullmatch(key) is None:
        raise Invalid(f"{HEADER} wants 1 to 200 visible ASCII characters", field=HEADER)
    return key


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """What makes two requests the same: method, path, and the body whatever its spacing and order of keys."""
    # What is not JSON is compared as it is.
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        body = _canonical(msgspec.json.decode(body)) if body else b""
    digest = hashlib.sha256()
    for part in (method.encode(), path.encode("utf-8", "surrogateescape"), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


async def claim(
    session: AsyncSession, *, person_id: int, key: str, request_hash: bytes, now: datetime
) -> Claim | Answer:
    """The right to act, or the answer already given; raises IdempotencyConflict for another request's key."""
    statement = (
        insert(IdempotencyKey)
        .values(person_id=person_id, key=key, request_hash=request_hash, created_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    if (await session.execute(statement)).scalar_one_or_none() is not None:
        return Claim(session, person_id, key)
    kept = (
        await session.execute(
            select(IdempotencyKey.request_hash, IdempotencyKey.status, IdempotencyKey.body).where(
                IdempotencyKey.person_id == person_id, IdempotencyKey.key == key
            )
        )
    ).one_or_none()
    if kept is None or kept.request_hash != request_hash:
        raise IdempotencyConflict(f"this {HEADER} was used for another request")
    return Answer(kept.status, kept.body)
