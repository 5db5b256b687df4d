"""SQL of reviews and of the rules they follow."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.review.policy import ReviewPolicy, parse_policy
from models.bulk import fetch
from models.enums import VerdictState
from models.ids import OrderId, PersonId
from models.kept import Kept

_kept: Kept[ReviewPolicy] = Kept()
_ADD = """
INSERT INTO review_policy (version, body, author, note, created_at)
SELECT max(version) + 1, $1::text::jsonb, $2, $3, $4 FROM review_policy RETURNING version
"""
_LOCK = 0x7276
"""Advisory lock of the versions: they are numbered without a gap."""
_BEFORE = """
SELECT EXISTS (SELECT FROM order_handler WHERE order_id = $1 AND person_id = $2),
       EXISTS (SELECT FROM disposal_report WHERE order_id = $1 AND person_id = $2)
       OR EXISTS (SELECT FROM feedback WHERE order_id = $1 AND person_id = $2),
       (SELECT cause FROM feedback WHERE order_id = $1 ORDER BY id DESC LIMIT 1),
       (SELECT state FROM order_verdict WHERE order_id = $1 AND round = $3),
       (SELECT max(version) FROM review_policy)
"""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of an order and a person before they review it."""

    handled: bool
    reported: bool
    cause: str | None
    verdict: VerdictState | None
    newest: int
    """Version of the rules in force."""


async def policy(session: AsyncSession) -> ReviewPolicy:
    """The version in force; there is always one."""
    ((version,),) = await fetch(session, "SELECT max(version) FROM review_policy")
    return await policy_of(session, int(version))


async def policy_of(session: AsyncSession, version: int) -> ReviewPolicy:
    if (known := _kept.get(session, version)) is not None:
        return known
    ((body,),) = await fetch(session, "SELECT body::text FROM review_policy WHERE version = $1", version)
    return _kept.put(session, version, parse_policy(version, json.loads(body)))


async def add_policy(
    session: AsyncSession, body: dict[str, Any], *, author: str, note: str, now: datetime
) -> int:
    """The number of the new version."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)
    ((version,),) = await fetch(session, _ADD, json.dumps(body, ensure_ascii=False), author, note, now)
    return int(version)


async def before(session: AsyncSession, order_id: OrderId, round_: int, person_id: PersonId) -> Before:
    ((handled, reported, cause, verdict, newest),) = await fetch(
        session, _BEFORE, order_id, person_id, round_
    )
    return Before(handled, reported, cause, None if verdict is None else VerdictState(verdict), newest)
