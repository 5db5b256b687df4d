"""Spot checks: from the seed that is fixed beforehand to what the checker found."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from dispatch import acts
from dispatch.review import spot_checks
from dispatch.review.spot_checks import Check
from models.clock import Clock
from models.enums import SpotCheckState
from models.errors import NotFound
from models.ids import GridId, PersonId

if TYPE_CHECKING:
    from app.pipeline import Pipeline


async def commit(
    pipeline: "Pipeline",
    session: AsyncSession,
    *,
    prefecture: tuple[int, str],
    from_at: datetime,
    until_at: datetime,
    size: int | None,
    share: float | None,
    caller: Caller,
    clock: Clock,
) -> int:
    """A draw whose seed is fixed from now on, and told as its hash; gives its id."""
    now = clock.now()
    draw_id, fact = await spot_checks.commit(
        session, (GridId(prefecture[0]), prefecture[1]), from_at=from_at, until_at=until_at, size=size,
        share=share, seed=secrets.token_hex(32), actor=PersonId(caller.id), actor_name=caller.name, now=now,
    )  # fmt: skip
    await pipeline.told(session, [fact], now=now)
    return draw_id


async def draw(
    pipeline: "Pipeline",
    session: AsyncSession,
    draw_id: int,
    checkers: Sequence[str],
    *,
    caller: Caller,
    clock: Clock,
) -> None:
    """Draws once the period is over, and gives the checks out."""
    held = await spot_checks.hold_draw(session, draw_id)
    if held is None or not caller.scope.sees(held.grid_id):
        raise NotFound(f"no draw {draw_id}")
    now = clock.now()
    fact = await spot_checks.draw(
        session, held, checkers, actor=PersonId(caller.id), actor_name=caller.name, now=now
    )  # fmt: skip
    await pipeline.told(session, [fact], now=now)


async def assign(
    pipeline: "Pipeline",
    session: AsyncSession,
    check: Check,
    username: str,
    *,
    caller: Caller,
    clock: Clock,
) -> None:
    """Gives a check to somebody, or to somebody else."""
    held = await spot_checks.hold(session, check.id)
    now = clock.now()
    fact = await spot_checks.assign(
        session, held, username, actor=PersonId(caller.id), actor_name=caller.name, now=now
    )  # fmt: skip
    await pipeline.told(session, [fact], now=now)


async def result(
    pipeline: "Pipeline",
    session: AsyncSession,
    check: Check,
    outcome: SpotCheckState,
    *,
    finding: str,
    evidence: Sequence[uuid.UUID],
    caller: Caller,
    clock: Clock,
) -> None:
    """What was found; the order is held first, as for every act on it."""
    order = await acts.lock_order(session, check.order_id)
    if order is None:
        raise NotFound(f"no spot check {check.id}")
    held = await spot_checks.hold(session, check.id)
    now = clock.now()
    facts = await spot_checks.result(
        session, order, held, outcome, finding=finding, evidence=evidence, actor=PersonId(caller.id),
        actor_name=caller.name, now=now,
    )  # fmt: skip
    await pipeline.told(session, facts, now=now)
