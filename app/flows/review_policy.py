"""A new version of the rules of review."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from dispatch.review import reviews
from models.clock import Clock
from models.enums import EventKind
from models.facts import Told
from models.ids import GridId, PersonId

if TYPE_CHECKING:
    from app.pipeline import Pipeline


async def set_policy(
    pipeline: "Pipeline",
    session: AsyncSession,
    body: Mapping[str, Any],
    *,
    note: str,
    prefecture: tuple[int, str],
    caller: Caller,
    clock: Clock,
) -> int:
    """In force for what is reported and reviewed from now on; gives its number."""
    now = clock.now()
    policy = await reviews.set_policy(session, body, author=caller.username, note=note, now=now)
    fact = Told(
        EventKind.REVIEW_POLICY_SET, GridId(prefecture[0]), prefecture[1], now, PersonId(caller.id), caller.name,
        {"version": policy.version, "note": note},
    )  # fmt: skip
    await pipeline.told(session, [fact], now=now)
    return policy.version
