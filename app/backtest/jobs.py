"""The queue of back-tests: asked for, claimed by one engine at a time, done or given up. All SQL of it.

A claim lasts for a lease that its engine renews; what a killed engine left behind is claimed anew when that ran
out, at most `ATTEMPTS` times.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from alerts import rulebook
from models.alert import RuleSetRow
from models.bulk import fetch
from models.enums import BacktestState
from models.errors import ForbiddenTransition, Invalid, NotFound
from models.rules import BacktestJob

SHORTEST = timedelta(days=1)
LONGEST = timedelta(days=184)
"""Own values: a day is the least that has a night, a morning and an evening; a heating season is the most."""
LEASE = timedelta(seconds=90)
ATTEMPTS = 3
_CLAIM = """
WITH free AS (
    SELECT id FROM backtest_job
     WHERE state = 'queued' OR (state = 'running' AND lease_until < $1)
     ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE backtest_job j
   SET state = 'running', attempts = attempts + 1, started_at = $1, lease_until = $2, progress = 0
  FROM free WHERE j.id = free.id
RETURNING j.id, j.attempts"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A back-test that is ours while the lease lasts; `attempt` tells it from a later claim of the same one."""

    id: int
    attempt: int
    version: int
    revision: int
    body: dict[str, Any]
    baseline_version: int
    baseline_body: dict[str, Any]
    since: datetime
    until: datetime
    grid_id: int | None


def checked_span(since: datetime, until: datetime, *, now: datetime) -> None:
    """Raises Invalid for a span that is too short, too long, or not past."""
    if until > now:
        raise Invalid("until lies in the future", field="until")
    if until - since < SHORTEST:
        raise Invalid(f"a back-test wants at least {SHORTEST.days} day", field="until")
    if until - since > LONGEST:
        raise Invalid(f"a back-test spans at most {LONGEST.days} days", field="until")


async def request(
    session: AsyncSession,
    version: int,
    *,
    baseline: int | None,
    since: datetime,
    until: datetime,
    grid_id: int | None,
    person_id: int,
    now: datetime,
) -> int:
    """Queues a back-test of the rule set as it is now; gives its id."""
    checked_span(since, until, now=now)
    found = await rulebook.held(session, version, "back_test")
    if baseline is None:
        baseline = await rulebook.active_version(session)
    elif await session.scalar(select(RuleSetRow.version).where(RuleSetRow.version == baseline)) is None:
        raise NotFound(f"no rule set {baseline}")
    statement = (
        insert(BacktestJob)
        .values(
            rule_version=version,
            revision=found.revision,
            body=found.body,
            baseline_version=baseline,
            since=since,
            until=until,
            grid_id=grid_id,
            requested_by=person_id,
            requested_at=now,
        )
        .on_conflict_do_nothing()
        .returning(BacktestJob.id)
    )
    job_id = (await session.execute(statement)).scalar_one_or_none()
    if job_id is None:
        raise ForbiddenTransition(
            f"a back-test of rule set {version} is waiting or running", state="running", act="back_test"
        )
    return job_id


async def claim(session: AsyncSession, *, now: datetime) -> Claimed | None:
    """The oldest that waits, or whose engine went away; what another engine takes meanwhile is passed over."""
    rows = await fetch(session, _CLAIM, now, now + LEASE)
    if not rows:
        return None
    if rows[0][1] > ATTEMPTS:
        # Not even its failure was ever told: it takes its engine down.
        await session.execute(
            update(BacktestJob)
            .where(BacktestJob.id == rows[0][0])
            .values(
                state=BacktestState.FAILED.value,
                error=f"its engine went away {ATTEMPTS} times",
                finished_at=now,
                lease_until=None,
            )
            .execution_options(synchronize_session=False)
        )
        return None
    job = (await session.execute(select(BacktestJob).where(BacktestJob.id == rows[0][0]))).scalar_one()
    baseline = await session.scalar(select(RuleSetRow.body).where(RuleSetRow.version == job.baseline_version))
    return Claimed(
        job.id, rows[0][1], job.rule_version, job.revision, job.body, job.baseline_version, baseline or {},
        job.since, job.until, job.grid_id,
    )  # fmt: skip


async def renew(session: AsyncSession, job: Claimed, *, now: datetime) -> bool:
    """False when the job is somebody else's by now."""
    return await _change(session, job, lease_until=now + LEASE)


async def progressed(session: AsyncSession, job_id: int, progress: float) -> None:
    await fetch(
        session,
        "UPDATE backtest_job SET progress = greatest(progress, $2) WHERE id = $1 AND state = 'running'",
        job_id,
        min(1.0, max(0.0, progress)),
    )


async def done(session: AsyncSession, job: Claimed, result: dict[str, Any], *, now: datetime) -> bool:
    """Stores the result and makes the draft a back-tested one, unless it was edited meanwhile.

    False, and nothing done, when the job is somebody else's by now.
    """
    state = BacktestState.DONE.value
    # The rule book first, as whoever asks for a back-test does: neither waits for the other in vain.
    await rulebook.held(session, job.version)
    if not await _change(
        session, job, state=state, result=result, progress=1.0, finished_at=now, lease_until=None
    ):
        return False
    await rulebook.back_tested(session, job.version, job.revision, now=now)
    return True


async def failed(session: AsyncSession, job: Claimed, error: str, *, again: bool, now: datetime) -> None:
    """Gives the job up, or, when trying `again` can help, puts it back until it was tried often enough."""
    if again and job.attempt < ATTEMPTS:
        await _change(
            session, job, state=BacktestState.QUEUED.value, error=error[:2000], lease_until=None, progress=0.0
        )
        return
    await _change(
        session, job, state=BacktestState.FAILED.value, error=error[:2000], finished_at=now, lease_until=None
    )


async def _change(session: AsyncSession, job: Claimed, **values: Any) -> bool:
    changed = await session.execute(
        update(BacktestJob)
        .where(
            BacktestJob.id == job.id,
            BacktestJob.attempts == job.attempt,
            BacktestJob.state == BacktestState.RUNNING.value,
        )
        .values(**values)
        .returning(BacktestJob.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None
