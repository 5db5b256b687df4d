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
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.errors import IdempotencyConflict, Invalid

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
_CLAIM = """
INSERT INTO idempotency_key (person_id, key, request_hash, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING key
"""
_KEPT = "SELECT request_hash, status, body::text FROM idempotency_key WHERE person_id = $1 AND key = $2"
_KEEP = "UPDATE idempotency_key SET status = $3, body = $4::text::jsonb WHERE person_id = $1 AND key = $2"
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
        await fetch(self.session, _KEEP, self.person_id, self.key, status, msgspec.json.encode(body).decode())


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
    if await fetch(session, _CLAIM, person_id, key, request_hash, now):
        return Claim(session, person_id, key)
    kept = await fetch(session, _KEPT, person_id, key)
    if not kept or kept[0].request_hash != request_hash:
        raise IdempotencyConflict(f"this {HEADER} was used for another request")
    return Answer(kept[0].status, msgspec.json.decode(kept[0].body))
