"""The recurring duties, each one bounded pass; the scheduler only gives the beat.

Any number of engines may run: each pass claims its rows, and what another one holds is passed over.
"""

import asyncio
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx
import structlog

from app import outages, silences
from app.context import Context
from app.database import database_is_away, transaction
from app.health import beat
from app.ingest import parts
from app.ingest.partitions import Partitions
from app.ingest.quarantine import forget as forget_quarantined
from app.integrity.watch import Watch
from dispatch import outbox
from dispatch.gateway import Gateway, Undeliverable
from models.bulk import fetch
from models.enums import OutageKind, QuarantineReason
from models.facts import Breach
from sla import fair
from sla import service as sla

log = structlog.get_logger()
BATCH = 1000
PASSES = 20
"""Of one beat: after 20,000 due clocks the loop is given back, and the next beat goes on."""
SIDE_BY_SIDE = 20
"""Letters on their way at once: all of them time out well within the outbox's lease."""
KEEP_ANSWERS = timedelta(days=7)
KEEP_SENT = timedelta(days=30)
# The newest stays: it tells how long nobody passed.
_OLD_BEATS = """
DELETE FROM engine_beat WHERE passed_at < $1 AND heard_at < (SELECT max(heard_at) FROM engine_beat)
"""


@dataclass(frozen=True, slots=True)
class Passed:
    checked: int
    breached: int
    escalated: int


class Engine:
    """The duties of one engine process."""

    def __init__(self, context: Context, gateways: Mapping[str, Gateway]) -> None:
        self._context = context
        self._gateways = gateways
        self._partitions = Partitions(context.sessions)
        self._watch = Watch(context)
        self._failing: set[str] = set()
        self._database_away = False
        """Since its last pass."""
        self.name = f"{socket.gethostname()[:80]}:{os.getpid()}"

    async def tick(self) -> Passed:
        """Every deadline, warning and rung of the ladder that is due by now."""
        try:
            return await self._pass()
        except Exception as error:
            self._database_away = self._database_away or database_is_away(error)
            raise

    async def _pass(self) -> Passed:
        context, m = self._context, self._context.metrics
        checked = breached = escalated = 0
        with m.passes.labels("sla").time():
            for _ in range(PASSES):
                now = context.clock.now()
                async with transaction(context.sessions) as session:
                    result = await context.pipeline.tick(session, now=now, limit=BATCH)
                checked += result.checked
                breached += result.breached
                escalated += result.escalated
                for fact in result.facts:
                    planned = fact.breached_at if isinstance(fact, Breach) else getattr(fact, "at", now)
                    m.lag.labels("sla").observe(max(0.0, (now - planned).total_seconds()))
                if result.checked < BATCH:
                    break
            async with transaction(context.sessions) as session:
                kind = OutageKind.DATABASE if self._database_away else OutageKind.ENGINE
                now = context.clock.now()
                silent = await outages.engine_silence(session)
                await beat(session, self.name, now)
                await outages.note(session, kind, silent, by=self.name, now=now)
            self._database_away = False
        if checked:
            log.info("sla.pass", checked=checked, breached=breached, escalated=escalated)
        return Passed(checked, breached, escalated)

    @property
    def channels(self) -> list[str]:
        return sorted(self._gateways)

    async def send(self, channel: str) -> int:
        """Delivers what waits for a channel; gives how many went out. No transaction is open while sending.

        One claim holds at most one letter of each lane, so its letters may go out side by side.
        """
        context = self._context
        delivered = 0
        with context.metrics.passes.labels(f"outbox-{channel}").time():
            for _ in range(PASSES):
                async with transaction(context.sessions) as session:
                    letters = await outbox.claim(
                        session, [channel], now=context.clock.now(), limit=SIDE_BY_SIDE
                    )
                delivered += sum(await asyncio.gather(*(self._deliver(letter) for letter in letters)))
                if not letters:
                    break
        return delivered

    async def retry_unrouted(self) -> None:
        context = self._context
        async with transaction(context.sessions) as session:
            await context.pipeline.retry_unrouted(session, now=context.clock.now())

    async def follow_silences(self) -> None:
        """Tells which silences began and ended, and has orders sent for what is open when they are over."""
        context = self._context
        with context.metrics.passes.labels("silences").time():
            async with transaction(context.sessions) as session:
                await silences.tell_due(session, now=context.clock.now(), limit=BATCH)
            # In a transaction of its own: nothing may be locked after the journal.
            async with transaction(context.sessions) as session:
                await context.pipeline.release_silenced(session, now=context.clock.now(), limit=BATCH)

    async def propose_excuses(self) -> None:
        """Where a wrong dispatch or an outage took time of a breached clock, a person is asked to decide."""
        context = self._context
        now = context.clock.now()
        async with transaction(context.sessions) as session:
            await context.pipeline.told(
                session, await fair.propose_due(session, now=now, limit=BATCH), now=now
            )

    async def watch_integrity(self) -> None:
        """Looks for signs of interference: in alerts whose time has come, and in the days that are over."""
        with self._context.metrics.passes.labels("integrity").time():
            await self._watch.follow()
            await self._watch.gather()
            await self._watch.judge()

    async def keep_house(self) -> None:
        """Partitions ahead and behind, what is old put away, and a look at whether clocks are judged in time."""
        context, settings = self._context, self._context.settings
        now = context.clock.now()
        await self._partitions.ahead(now)
        await self._partitions.retire(now, settings.ingest.retention_days)
        async with transaction(context.sessions) as session:
            await fetch(session, "DELETE FROM idempotency_key WHERE created_at < $1", now - KEEP_ANSWERS)
            await fetch(session, "DELETE FROM outbox WHERE state = 'sent' AND sent_at < $1", now - KEEP_SENT)
            expired = await parts.expire(session, now=now)
            await forget_quarantined(session, now - timedelta(days=settings.ingest.quarantine_days))
            await fetch(session, _OLD_BEATS, now - timedelta(days=1))
        await self._watch.forget()
        if expired:
            context.metrics.readings_quarantined.inc(expired)
            context.metrics.quarantined_by_reason.labels(QuarantineReason.INCOMPLETE.value).inc(expired)

    async def audit(self) -> None:
        """Counts clocks a minute past due that nobody judged: anything but 0 means the engine fell behind."""
        context = self._context
        now = context.clock.now()
        async with transaction(context.sessions) as session:
            late = await sla.overdue_without_breach(session, before=now - timedelta(minutes=1))
            waiting = await outbox.waiting_since(session)
        context.metrics.overdue_unjudged.set(late)
        oldest = min(waiting.values(), default=now)
        context.metrics.outbox_oldest.set(max(0.0, (now - oldest).total_seconds()))
        if late:
            log.error("sla.overdue_without_breach", clocks=late)

    async def _deliver(self, letter: outbox.Claimed) -> int:
        context = self._context
        error: str | None = None
        final = False
        try:
            await self._gateways[letter.channel].send(letter, now=context.clock.now())
        except Undeliverable as gone:
            error, final = str(gone), True
        except (httpx.HTTPError, OSError, TimeoutError) as fault:
            error = f"{type(fault).__name__}: {fault}"
        now = context.clock.now()
        async with transaction(context.sessions) as session:
            if error is None:
                await outbox.sent(session, letter.id, now=now)
                if letter.channel in self._failing:
                    await outbox.hasten(session, letter.channel, now=now)
                    self._failing.discard(letter.channel)
            else:
                self._failing.add(letter.channel)
                await outbox.failed(session, letter, error, now=now, final=final)
        if error is not None:
            context.metrics.outbox_failed.labels(letter.channel).inc()
            log.warning(
                "outbox.failed", key=letter.key, attempt=letter.attempts, final=final, error=error[:200]
            )
            return 0
        context.metrics.outbox_sent.labels(letter.channel).inc()
        context.metrics.lag.labels("outbox").observe(max(0.0, (now - letter.created_at).total_seconds()))
        return 1
