"""Drains the source in batches: one transaction a batch, acknowledged only after its commit.

Group commit without a timer: an idle writer commits what has arrived at once, a busy one finds more waiting when
it comes back. A message that cannot be processed on its own goes to quarantine, so that it never blocks the rest.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta

import structlog

from app.database import Sessions, database_is_away, transaction
from app.health import Health
from app.ingest.decode import MAX_PAYLOAD
from app.ingest.intake import Intake, Outcome, Sorted
from app.ingest.partitions import Partitions
from app.ingest.quarantine import Refused
from app.ingest.source import Message, MessageSource
from app.metrics import Metrics
from models.clock import Clock
from models.enums import QuarantineReason
from models.facts import Rejected
from models.jitter import spread

log = structlog.get_logger()
LONGEST_WAIT = 30.0
PIECE = 512 * 1024
"""Bytes of payload in one transaction: some two thousand readings."""


def pieces(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Cuts a batch so that one transaction never gets more than PIECE bytes, or a single message.

    A message may carry a thousand readings: five hundred of those would be one transaction of minutes.
    """
    piece: list[Message] = []
    size = 0
    for message in messages:
        if piece and size + len(message.payload) > PIECE:
            yield piece
            piece, size = [], 0
        piece.append(message)
        size += len(message.payload)
    if piece:
        yield piece


class Consumer:
    """Owns the writing side of the intake in this process."""

    def __init__(
        self,
        source: MessageSource,
        intake: Intake,
        partitions: Partitions,
        sessions: Sessions,
        *,
        clock: Clock,
        metrics: Metrics,
        health: Health,
        max_batch: int,
        linger: timedelta,
    ) -> None:
        self._source = source
        self._intake = intake
        self._partitions = partitions
        self._sessions = sessions
        self._clock = clock
        self._metrics = metrics
        self._health = health
        self._max_batch = max_batch
        self._linger = linger.total_seconds()
        self._away = False

    async def run(self) -> None:
        """Until cancelled; a batch under way is finished or will be delivered again, never half done."""
        while True:
            messages = await self._source.take(self._max_batch, self._linger)
            for piece in pieces(messages):
                await self._until_done(piece)
                self._source.acknowledge(piece)

    async def run_once(self, limit: int | None = None) -> Outcome:
        """One batch, for tests that set the pace."""
        messages = await self._source.take(limit or self._max_batch, 0)
        outcome = await self.process(messages)
        self._source.acknowledge(messages)
        return outcome

    async def process(self, messages: Sequence[Message]) -> Outcome:
        """Writes one batch in one transaction; on any failure nothing of it is written."""
        now = self._clock.now()
        batch = self._intake.sort(messages, now=now)
        return await self._write(batch)

    async def _write(self, batch: Sorted) -> Outcome:
        now = self._clock.now()
        try:
            await self._partitions.ensure(batch.days())
            async with transaction(self._sessions) as session:
                outcome = await self._intake.write(session, batch, now=now)
        except BaseException:
            self._intake.forget()
            self._metrics.batch_failures.inc()
            raise
        self._count(outcome, (self._clock.now() - now).total_seconds())
        return outcome

    async def _until_done(self, messages: Sequence[Message]) -> None:
        wait = 0.5
        while True:
            try:
                await self.process(messages)
            except Exception as error:
                if not database_is_away(error):
                    await self._one_by_one(messages, error)
                    return
                if not self._away:
                    log.warning("ingest.database_away", error=type(error).__name__)
                self._away = True
                self._health.database_lost()
                await asyncio.sleep(spread(wait))
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                if self._away:
                    log.info("ingest.database_back")
                self._away = False
                return

    async def _one_by_one(self, messages: Sequence[Message], error: Exception) -> None:
        """Finds the message that the batch failed on, keeps it in quarantine, and writes the others."""
        log.error("ingest.batch_failed", messages=len(messages), exc_info=error)
        for message in messages:
            while True:
                try:
                    await self.process([message])
                except Exception as cause:
                    if database_is_away(cause):
                        await asyncio.sleep(1)
                        continue
                    log.error("ingest.message_failed", topic=message.topic, exc_info=cause)
                    await self._quarantine(message, cause)
                break

    async def _quarantine(self, message: Message, cause: Exception) -> None:
        cut = len(message.payload) > MAX_PAYLOAD
        rejected = Rejected(
            QuarantineReason.INTERNAL, type(cause).__name__, message.payload[:MAX_PAYLOAD], truncated=cut
        )
        await self._write(Sorted(refused=[Refused(message.topic, None, rejected)]))

    def _count(self, outcome: Outcome, seconds: float) -> None:
        m = self._metrics
        m.batches.inc()
        m.readings_stored.inc(outcome.stored)
        m.lag.labels("commit").observe(seconds)
        if outcome.transport_s is not None:
            m.lag.labels("transport").observe(outcome.transport_s)
        if outcome.duplicates:
            m.readings_duplicate.inc(outcome.duplicates)
        if outcome.corrected:
            m.readings_corrected.inc(outcome.corrected)
        for reason, count in outcome.refused.items():
            m.readings_quarantined.inc(count)
            m.quarantined_by_reason.labels(reason).inc(count)
