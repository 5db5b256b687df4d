"""Runs a policy over past orders and says what would have been breached. Never commits."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Invalid
from sla import past_repository, policybook
from sla.policy import Policy
from sla.policy_repository import PolicyInfo
from sla.what_if import compare

LONGEST = timedelta(days=184)
MOST = 100_000
"""Clocks of one run; they are judged in one go, within a request."""


def checked_span(since: datetime, until: datetime, *, now: datetime) -> None:
    """Raises Invalid for a span that is empty, too long, or not past."""
    if until > now:
        raise Invalid("until lies in the future", field="until")
    if until <= since:
        raise Invalid("until comes after from", field="until")
    if until - since > LONGEST:
        raise Invalid(f"a what-if run spans at most {LONGEST.days} days", field="until")


async def run(
    session: AsyncSession,
    policy: Policy,
    *,
    since: datetime,
    until: datetime,
    grid_ids: Collection[int] | None,
    now: datetime,
) -> dict[str, Any]:
    """The clocks that were started in [since, until), under `policy` and as they were; stores nothing."""
    checked_span(since, until, now=now)
    wanted = None if grid_ids is None else sorted(grid_ids)
    clocks = await past_repository.past(session, since, until, wanted, MOST + 1)
    if len(clocks) > MOST:
        raise Invalid(f"more than {MOST} clocks: choose fewer days or a grid", field="from")
    versions = {clock.policy_version for clock in clocks}
    own = {version: await policybook.policy_of(session, version) for version in versions}
    # Seconds of arithmetic at most; the loop must go on meanwhile.
    return await asyncio.to_thread(compare, clocks, own.__getitem__, policy, now)


async def record(
    session: AsyncSession,
    found: PolicyInfo,
    result: dict[str, Any],
    *,
    since: datetime,
    until: datetime,
    grid_id: int | None,
    person_id: int,
    now: datetime,
) -> int:
    """Keeps a run of a held policy; a draft is tried from here on. Gives the run's id."""
    await policybook.tried(session, found, now=now)
    return await past_repository.add_trial(
        session, policy_version=found.version, revision=found.revision, since=since, until=until, grid_id=grid_id,
        result=result, person_id=person_id, created_at=now,
    )  # fmt: skip
