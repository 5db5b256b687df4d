"""The recurring duties, each one bounded pass; the scheduler only gives the beat.

Any number of engines may run: each pass claims its rows, and what another one holds is passed over.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app import outages, silences
from app.consultation import drafts as consultation
from app.context import Context
from app.database import database_is_away, transaction
from app.flows import assessment, ladders, lapse, public_reports, roster, sweeps, targets, verdict, yearly
from app.health import beat
from app.ingest import parts
from app.ingest.partitions import Partitions
from app.ingest.quarantine import forget as forget_quarantined
from app.integrity.watch import Watch
from app.notices.sending import Sender
from app.watchdog.service import Watchdog
from models.bulk import fetch
from models.enums import OutageKind, QuarantineReason
from models.facts import Breach
from notify import health, links, outbox
from notify.gateway import Gateway, Way
from sla import fair
from sla import service as sla
from supervision.air import gathering
from supervision.ladders import proposals
from supervision.ladders.proposals import SETTLING
from supervision.public_reports import reports

log = structlog.get_logger()
BATCH = 1000
VERDICTS = 20
"""Of one transaction: each reads some hours of a station and its neighbours."""
DAYS = 5
"""Of one beat: a service that was away catches up on weeks, and other duties have their turn meanwhile."""
PASSES = 20
"""Of one beat: after 20,000 due clocks the loop is given back, and the next beat goes on."""
KEEP_ANSWERS = timedelta(days=7)
KEEP_SENT = timedelta(days=30)
KEEP_ENDED = timedelta(days=90)
"""No session lasts longer: app/settings.py lets none."""
# The newest stays: it tells how long nobody passed.
_OLD_BEATS = """
DELETE FROM engine_beat WHERE passed_at < $1 AND heard_at < (SELECT max(heard_at) FROM engine_beat)
"""


_OVER = """
DELETE FROM outbox WHERE state IN ('sent', 'delivered', 'superseded') AND coalesce(sent_at, created_at) < $1
"""


@dataclass(frozen=True, slots=True)
class Passed:
    checked: int
    breached: int
    escalated: int


class Engine:
    """The duties of one engine process."""

    def __init__(
        self, context: Context, gateways: Mapping[str, Gateway], ways: Mapping[str, Way] | None = None
    ) -> None:
        self._context = context
        self._sender = Sender(context, gateways, ways or {})
        self._partitions = Partitions(context.sessions)
        self._watch = Watch(context)
        self._watchdog = Watchdog(context)
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
        return self._sender.channels

    async def send(self, channel: str) -> int:
        """Delivers what waits for a channel; gives how many went out. No transaction is open while sending."""
        return await self._sender.send(channel)

    async def retry_unrouted(self) -> None:
        context = self._context
        async with transaction(context.sessions) as session:
            await context.pipeline.retry_unrouted(session, now=context.clock.now())

    async def lapse_requests(self) -> None:
        """Ends requests whose time has passed without a decision."""
        context = self._context
        async with transaction(context.sessions) as session:
            await lapse.lapse_overtaken(context.pipeline, session, now=context.clock.now(), limit=BATCH)

    async def follow_silences(self) -> None:
        """Tells which silences began and ended, and has orders sent for what is open when they are over."""
        context = self._context
        with context.metrics.passes.labels("silences").time():
            async with transaction(context.sessions) as session:
                await silences.tell_due(session, now=context.clock.now(), limit=BATCH)
            # In a transaction of its own: nothing may be locked after the journal.
            async with transaction(context.sessions) as session:
                await context.pipeline.release_silenced(session, now=context.clock.now(), limit=BATCH)

    async def judge_verdicts(self) -> None:
        """Asks the stations of reported orders, as far as their time has come."""
        context = self._context
        with context.metrics.passes.labels("verdicts").time():
            for _ in range(PASSES):
                async with transaction(context.sessions) as session:
                    asked = await verdict.judge_due(
                        context.pipeline, session, now=context.clock.now(), limit=VERDICTS
                    )
                if asked < VERDICTS:
                    break

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

    async def gather_air(self) -> None:
        """Makes the figures of the days that are over, a day a transaction, as many as are due."""
        context = self._context
        with context.metrics.passes.labels("air").time():
            now = context.clock.now()
            async with transaction(context.sessions) as session:
                await gathering.plan(session, now)
            for _ in range(DAYS):
                async with transaction(context.sessions) as session:
                    day = await gathering.gather(session, now)
                if day is None:
                    return
                log.info("air.gathered", day=day.isoformat())

    async def judge_ladders(self) -> None:
        """Proposes what the text prescribes for the last months, once they are signed or known."""
        context = self._context
        with context.metrics.passes.labels("ladders").time():
            async with context.sessions() as session:
                months = await proposals.due(session, now=context.clock.now())
            for month in months:
                async with transaction(context.sessions) as session:
                    told = await ladders.evaluate(
                        context.pipeline, session, month, caller=None, clock=context.clock, settling=SETTLING
                    )
                if told:
                    log.info("ladders.proposed", month=month.isoformat(), told=len(told))

    async def claim_points(self) -> None:
        """Claims points of the assessment for what the service knows, so that counties hear of them in time."""
        context = self._context
        async with transaction(context.sessions) as session:
            claimed = await assessment.gather_due(session, context=context)
        if claimed:
            log.info("assessment.claimed", points=claimed)

    async def keep_yearly(self) -> None:
        """Opens the yearly duties of every grid, and tells which are soon due and which overdue."""
        context = self._context
        async with transaction(context.sessions) as session:
            opened = await yearly.keep(context.pipeline, session, clock=context.clock)
        if opened:
            log.info("yearly.opened", duties=opened)

    async def remind_of_sweeps(self) -> None:
        """Tells counties and parks which sweeps of sources are soon due and which overdue, once each."""
        context = self._context
        async with transaction(context.sessions) as session:
            told = await sweeps.remind(context.pipeline, session, now=context.clock.now())
        if told:
            log.info("sweeps.reminded", counties=told)

    async def warn_of_targets(self) -> None:
        """Tells which targets of the month cannot be met any more, once each."""
        context = self._context
        with context.metrics.passes.labels("targets").time():
            async with transaction(context.sessions) as session:
                told = await targets.warn(context.pipeline, session, now=context.clock.now())
        if told:
            log.info("targets.unreachable", targets=told)

    async def consult(self) -> None:
        """Drafts the brief of the morning once it is due; a person edits and issues it."""
        context = self._context
        with context.metrics.passes.labels("consultation").time():
            async with transaction(context.sessions) as session:
                paper = await consultation.write_due(session, context)
            if paper is not None:
                log.info("consultation.drafted", paper=paper)

    async def watch_itself(self) -> None:
        """Looks for what the service itself has missed, and tells what began and what is over."""
        with self._context.metrics.passes.labels("watchdog").time():
            await self._watchdog.look()

    async def say_goodbye(self) -> None:
        """An orderly end: nobody is to look for this engine."""
        async with transaction(self._context.sessions) as session:
            await fetch(session, "DELETE FROM engine_beat WHERE name = $1", self.name)

    async def keep_house(self) -> None:
        """Partitions and turns of duty ahead, what is old put away, and gaps of the coming day told."""
        context, settings = self._context, self._context.settings
        now = context.clock.now()
        await self._partitions.ahead(now)
        await self._partitions.retire(now, settings.ingest.retention_days)
        async with transaction(context.sessions) as session:
            await fetch(session, "DELETE FROM idempotency_key WHERE created_at < $1", now - KEEP_ANSWERS)
            await fetch(session, "DELETE FROM ended_session WHERE ended_at < $1", now - KEEP_ENDED)
            await fetch(session, _OVER, now - KEEP_SENT)
            await links.forget(session, now - KEEP_SENT)
            expired = await parts.expire(session, now=now)
            await forget_quarantined(session, now - timedelta(days=settings.ingest.quarantine_days))
            await fetch(session, _OLD_BEATS, now - timedelta(days=1))
        await self._watch.forget()
        async with transaction(context.sessions) as session:
            await roster.extend(context.pipeline, session, clock=context.clock)
        async with transaction(context.sessions) as session:
            erased = await reports.erase_due(session, now=now, limit=BATCH)
            await public_reports.told(context.pipeline, session, erased, caller=None, now=now)
        if expired:
            context.metrics.readings_quarantined.inc(expired)
            context.metrics.quarantined_by_reason.labels(QuarantineReason.INCOMPLETE.value).inc(expired)

    async def audit(self) -> None:
        """Counts clocks a minute past due that nobody judged, and looks for ways out that do not work.

        Any such clock means that the engine fell behind.
        """
        context = self._context
        now = context.clock.now()
        async with transaction(context.sessions) as session:
            late = await sla.overdue_without_breach(session, before=now - timedelta(minutes=1))
            waiting = await outbox.waiting_since(session)
            stuck = await outbox.stuck(session, now)
            ways = await health.ways(session)
        await self._look_at_ways()
        context.metrics.outbox_stuck.set(stuck)
        for way in ways:
            context.metrics.channel_down.labels(way["way"]).set(float(way["down_at"] is not None))
        context.metrics.overdue_unjudged.set(late)
        oldest = min(waiting.values(), default=now)
        context.metrics.outbox_oldest.set(max(0.0, (now - oldest).total_seconds()))
        if late:
            log.error("sla.overdue_without_breach", clocks=late)

    async def _look_at_ways(self) -> None:
        context = self._context
        async with transaction(context.sessions) as session:
            now = context.clock.now()
            changes = await health.look(session, now=now)
            await context.pipeline.told(session, [self._sender.news(c) for c in changes], now=now)
