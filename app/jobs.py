"""The beat: APScheduler calls each duty, one instance at a time; nothing correct depends on it being punctual."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from app.database import database_is_away
from app.engine import Engine
from models.clock import SystemClock

log = structlog.get_logger()
Duty = Callable[[], Awaitable[object]]
SOON = timedelta(seconds=10)
"""After the start; what would else wait for its first beat is not left undone for an hour."""
SOON_TOO = frozenset({"ladders", "assessment", "yearly", "sweeps", "targets", "consultation"})


class Guarded:
    """Runs a duty and never lets its failure stop the beat; a database that is away is said once.

    A duty cut off by the end of the service is rolled back and done by the next start: no failure, and told as none.
    """

    def __init__(self, name: str, duty: Duty) -> None:
        self._name = name
        self._duty = duty
        self._failing = False

    async def run(self) -> None:
        try:
            await self._duty()
        except asyncio.CancelledError:
            # The scheduler is the one who cancels, at its shutdown, and would log the end of its own task as an error.
            log.info("engine.duty_cut", duty=self._name)
        except Exception as error:
            if not database_is_away(error):
                log.error("engine.duty_failed", duty=self._name, exc_info=error)
            elif not self._failing:
                log.warning("engine.database_away", duty=self._name, error=type(error).__name__)
            self._failing = True
        else:
            if self._failing:
                log.info("engine.duty_back", duty=self._name)
            self._failing = False


def schedule(engine: Engine, backtests: Duty, *, interval: timedelta) -> AsyncIOScheduler:
    """A scheduler that is ready to start. `backtests` brings one waiting back-test to its end."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    beats: list[tuple[str, Duty, timedelta]] = [
        ("sla", engine.tick, interval),
        ("unrouted", engine.retry_unrouted, timedelta(seconds=15)),
        ("requests", engine.lapse_requests, timedelta(seconds=15)),
        ("silences", engine.follow_silences, timedelta(seconds=15)),
        ("verdicts", engine.judge_verdicts, timedelta(seconds=15)),
        ("audit", engine.audit, timedelta(seconds=60)),
        ("excuses", engine.propose_excuses, timedelta(seconds=60)),
        ("watchdog", engine.watch_itself, timedelta(seconds=60)),
        ("integrity", engine.watch_integrity, timedelta(seconds=60)),
        ("air", engine.gather_air, timedelta(minutes=5)),
        ("ladders", engine.judge_ladders, timedelta(minutes=15)),
        ("assessment", engine.claim_points, timedelta(hours=1)),
        ("yearly", engine.keep_yearly, timedelta(hours=1)),
        ("sweeps", engine.remind_of_sweeps, timedelta(hours=1)),
        ("targets", engine.warn_of_targets, timedelta(minutes=15)),
        ("consultation", engine.consult, timedelta(minutes=5)),
        ("house", engine.keep_house, timedelta(hours=1)),
        ("backtests", backtests, timedelta(seconds=5)),
    ]
    # Each channel has its own beat: a dead webhook must not hold up the broker.
    beats += [(f"outbox-{channel}", partial(engine.send, channel), interval) for channel in engine.channels]
    for name, duty, every in beats:
        trigger = IntervalTrigger(seconds=every.total_seconds(), timezone="UTC")
        first = {"next_run_time": SystemClock().now() + SOON} if name in SOON_TOO else {}
        scheduler.add_job(Guarded(name, duty).run, trigger, id=name, **first)
    return scheduler
