"""Consumes the stored stream: rows in order into the detector, events carried out, cursor moved, one transaction.

The detector in memory is a cache: after any failure it is thrown away and made again from the newest checkpoint
and the rows up to the cursor, whose events were carried out before and are dropped. So nothing depends on where a
process was killed.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.database import Sessions, transaction
from app.detection import checkpoints, inbox, ledger
from app.detection.checkpoints import Checkpoint
from app.detection.effects import Fed, apply, blame, is_passing
from app.detection.feeding import Fault, feed, learn, left_out
from app.detection.inbox import Row
from app.detection.ledger import Displaced, Treatment
from app.detection.port import RULES, STATIONS, CarryOut, Detector, Factory, Situation
from app.detection.progress import Progress
from app.metrics import Metrics
from models.clock import Clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one transaction."""

    rows: int = 100
    size: int = 256 * 1024
    """Bytes of the rows consumed together: some 2,500 readings; a single row may have more."""
    dropped: int = 200
    """Rows deleted together."""


class Worker:
    """The one consumer of the stream. Any number may exist: the cursor lets one of them win each row."""

    def __init__(
        self,
        sessions: Sessions,
        factory: Factory,
        carry_out: CarryOut,
        situation: Situation,
        *,
        clock: Clock,
        metrics: Metrics,
        progress: Progress,
        bounds: Bounds | None = None,
    ) -> None:
        self._sessions = sessions
        self._factory = factory
        self._carry_out = carry_out
        self._situation = situation
        self._clock = clock
        self._metrics = metrics
        self._progress = progress
        self._bounds = bounds or Bounds()
        self._detector: Detector | None = None
        self.seq = 0
        """The last row that the detector in memory has seen, and whose events are carried out."""
        self.saved_seq = 0
        """That of the newest checkpoint."""
        self._suspects: dict[int, Treatment] = {}
        """Rows that something failed on, and how they are to be taken; each is consumed by itself."""
        self._narrow = 0
        """Rows up to this one are consumed by themselves: the events of some of them failed together."""
        self._floor = 0
        """Rows up to this one are needed by no kept checkpoint and still there."""

    def abandon(self) -> None:
        """Nothing in memory is trusted any more."""
        self._detector = None

    async def step(self) -> int:
        """Consumes one transaction's worth of rows, gives how many; 0 when there are none.

        A row that the detector fails on is tried again otherwise at the next step (app/detection/feeding.py).
        Anything else that goes wrong is raised; the next step starts from what the database says.
        """
        detector = self._detector or await self.rebuild()
        rows = await self._next()
        if not rows:
            self._progress.behind(0, None)
            self._progress.moved(self._clock.now())
            return 0
        try:
            fed = []
            for row in rows:
                treatment = self._suspects.get(row.seq)
                fed.append(Fed(row, treatment, feed(detector, row, treatment)))
                # Others of this process get their turn between two rows.
                await asyncio.sleep(0)
            await self._commit(fed)
        except Fault as fault:
            self.abandon()
            self._suspect(fault)
            return 0
        except BaseException as error:
            self.abandon()
            if isinstance(error, Exception) and not isinstance(error, Displaced) and not is_passing(error):
                self._blame(rows, error)
            raise
        return len(rows)

    async def rebuild(self) -> Detector:
        """The detector as it was after the row the cursor stands at."""
        self.abandon()
        now = self._clock.now()
        async with transaction(self._sessions) as session:
            at = (await ledger.cursor(session, now=now)).seq
            saved = await checkpoints.known(session, at)
        self._metrics.detection_rebuilds.inc()
        for checkpoint in saved:
            detector = await self._restored(checkpoint)
            if detector is not None:
                log.info("detection.restored", seq=checkpoint.seq, replay=at - checkpoint.seq)
                self.saved_seq = checkpoint.seq
                self._progress.saved(checkpoint.created_at)
                return await self._play(detector, checkpoint.seq, at)
        return await self._begin(at, lost=bool(saved))

    async def checkpoint(self) -> int | None:
        """Writes one of what the detector is now, if it has moved since the last; gives its size in bytes."""
        detector, seq = self._detector, self.seq
        if detector is None or seq == self.saved_seq:
            return None
        now = self._clock.now()
        async with transaction(self._sessions) as session:
            size = await checkpoints.write(session, detector, self._factory.format, seq, now=now)
            floor = await checkpoints.retire(session)
        self.saved_seq, self._floor = seq, floor or 0
        self._progress.saved(now)
        log.info("detection.checkpoint", seq=seq, size=size)
        return size

    async def prune(self) -> int:
        """Deletes a piece of the rows that no kept checkpoint needs; gives how many."""
        if not self._floor:
            return 0
        async with transaction(self._sessions) as session:
            dropped = await inbox.drop(session, self._floor, limit=self._bounds.dropped)
            if not dropped:
                await ledger.forget(session, self._floor, now=self._clock.now())
        if not dropped:
            self._floor = 0
        return dropped

    # ------------------------------------------------------------------ consuming

    async def _next(self) -> list[Row]:
        first = self.seq + 1
        upto = min((seq - 1 for seq in self._suspects if seq >= first), default=2**62)
        alone = first in self._suspects or first <= self._narrow
        async with self._sessions() as session:
            rows = await inbox.page(
                session, self.seq, upto=first if alone else upto,
                rows=1 if alone else self._bounds.rows, size=self._bounds.size,
            )  # fmt: skip
            newest = await inbox.head(session)
        if rows:
            self._progress.behind(newest - self.seq if newest else 0, rows[0].created_at)
            if rows[0].seq != first:
                log.error("detection.gap", expected=first, found=rows[0].seq)
        return rows

    async def _commit(self, fed: Sequence[Fed]) -> None:
        last = fed[-1].row.seq
        now = self._clock.now()
        async with transaction(self._sessions) as session:
            # First: a worker that was displaced finds out before it has done anything.
            await ledger.move(session, self.seq, last, now=now)
            lost = await apply(session, self._carry_out, fed, now=now)
        self.seq = last
        m = self._metrics
        m.detection_rows.inc(len(fed))
        m.detection_events_lost.inc(lost)
        for one in fed:
            self._suspects.pop(one.row.seq, None)
            if one.treatment is not None:
                m.detection_left_out.inc(len(left_out(one.row, one.treatment)))
        m.lag.labels("detection").observe(max(0.0, (now - fed[0].row.created_at).total_seconds()))
        self._progress.moved(now)

    def _suspect(self, fault: Fault) -> None:
        treatment = self._suspects.setdefault(fault.row.seq, Treatment())
        learn(treatment, fault)
        log.error(
            "detection.row_failed", seq=fault.row.seq, index=fault.index, next=treatment.kind.value,
            exc_info=fault.cause,
        )  # fmt: skip

    def _blame(self, rows: Sequence[Row], error: Exception) -> None:
        """Narrows down whose events cannot be carried out; the row that fails by itself is treated apart."""
        if len(rows) > 1:
            self._narrow = max(self._narrow, rows[-1].seq)
            return
        blame(self._suspects.setdefault(rows[0].seq, Treatment()), error)

    # ------------------------------------------------------------------ rebuilding

    async def _restored(self, checkpoint: Checkpoint) -> Detector | None:
        if checkpoint.format not in self._factory.reads:
            log.warning("detection.checkpoint_of_another_release", id=checkpoint.id, format=checkpoint.format)
            return None
        try:
            return await checkpoints.read(self._sessions, checkpoint, self._factory)
        except Exception as error:
            if is_passing(error):
                raise
            log.error("detection.checkpoint_unreadable", id=checkpoint.id, exc_info=error)
            return None

    async def _play(self, detector: Detector, seq: int, at: int) -> Detector:
        """Plays the rows after `seq` up to the cursor; their events were carried out already."""
        async with self._sessions() as session:
            known = await ledger.treatments(session, seq)
        while seq < at:
            async with self._sessions() as session:
                rows = await inbox.page(session, seq, upto=at, rows=self._bounds.rows, size=self._bounds.size)
            if not rows or rows[0].seq != seq + 1:
                log.error("detection.gap", expected=seq + 1, found=rows[0].seq if rows else None)
            if not rows:
                break
            for row in rows:
                try:
                    feed(detector, row, self._suspects.get(row.seq) or known.get(row.seq))
                except Fault as fault:
                    # It was taken before; a detector that is not deterministic must not stop the house for that.
                    self._suspect(fault)
                    raise
                await asyncio.sleep(0)
            seq = rows[-1].seq
            self._progress.moved(self._clock.now())
        self._detector, self.seq = detector, at
        return detector

    async def _begin(self, at: int, *, lost: bool) -> Detector:
        """A detector that starts from what the registry and the rules are now, with a checkpoint at once.

        Without one nothing could be rebuilt: at the next time stations and rules may be others.
        """
        async with transaction(self._sessions) as session:
            situation = await self._situation(session)
            first = await inbox.oldest(session)
            # What is played may say otherwise, and of other kinds it knows nothing: those are told once more.
            known = {} if first is not None and first <= at else situation
            told = {kind: ledger.digest(said) for kind, said in known.items()}
            await ledger.told(session, told, anew=True)
        detector = self._factory.fresh(situation[STATIONS], situation[RULES])
        log.log(30 if lost else 20, "detection.begun", seq=at, lost=lost)
        if first is not None and first <= at:
            detector = await self._play(detector, first - 1, at)
        self._detector, self.seq, self.saved_seq = detector, at, -1
        await self.checkpoint()
        return detector
