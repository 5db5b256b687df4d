"""Takes back-tests from the queue, one at a time, and has them computed beside the service's loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from app.backtest import jobs
from app.backtest.jobs import LEASE, Claimed
from app.backtest.port import Computation
from app.backtest.worker import Failed, Task, in_process
from app.database import Sessions, transaction
from models.clock import Clock

log = structlog.get_logger()
Work = Callable[[Task], Awaitable[dict[str, Any]]]


class Runner:
    """Any number of engines may have one: each claims for itself."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        clock: Clock,
        database_url: str,
        run: Computation,
        work: Work = in_process,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._database_url = database_url
        self._run = run
        self._work = work

    async def run_once(self) -> bool:
        """Brings the oldest waiting back-test to its end; false when none waits. May take very long."""
        async with transaction(self._sessions) as session:
            job = await jobs.claim(session, now=self._clock.now())
        if job is None:
            return False
        log.info("backtest.started", job_id=job.id, rule_version=job.version, attempt=job.attempt)
        try:
            result = await self._while_ours(job)
        except Failed as failure:
            log.warning("backtest.failed", job_id=job.id, reason=failure.reason[:200], again=failure.again)
            async with transaction(self._sessions) as session:
                await jobs.failed(session, job, failure.reason, again=failure.again, now=self._clock.now())
            return True
        if result is None:
            log.warning("backtest.lost", job_id=job.id, attempt=job.attempt)
            return True
        async with transaction(self._sessions) as session:
            kept = await jobs.done(session, job, result, now=self._clock.now())
        log.info("backtest.done" if kept else "backtest.lost", job_id=job.id, attempt=job.attempt)
        return True

    async def _while_ours(self, job: Claimed) -> dict[str, Any] | None:
        """The result; None when another engine has taken the job, because our lease ran out."""
        work = asyncio.ensure_future(self._work(self._task(job)))
        try:
            while True:
                finished, _ = await asyncio.wait({work}, timeout=LEASE.total_seconds() / 3)
                if finished:
                    return work.result()
                async with transaction(self._sessions) as session:
                    if not await jobs.renew(session, job, now=self._clock.now()):
                        return None
        finally:
            if not work.done():
                work.cancel()
                await asyncio.wait({work})

    def _task(self, job: Claimed) -> Task:
        return Task(
            job_id=job.id,
            database_url=self._database_url,
            version=job.version,
            body=job.body,
            baseline_version=job.baseline_version,
            baseline_body=job.baseline_body,
            since=job.since,
            until=job.until,
            grid_id=job.grid_id,
            run=self._run,
        )
