"""The consumer at work: under the lease, woken when there are rows, with time, checkpoints and tidying in between."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from app.database import Sessions, database_is_away, transaction
from app.detection import inbox, ledger
from app.detection.ledger import Displaced
from app.detection.port import TIME, Situation
from app.detection.progress import Progress
from app.detection.worker import Worker
from app.feed import REGISTRY_CHANNEL
from app.ingest.lease import DETECTION, share_out
from models.clock import BEIJING, Clock
from models.jitter import spread

log = structlog.get_logger()
LONGEST_WAIT = 30.0
LAST_WORD = 20.0
"""Seconds that the checkpoint of an orderly end may take."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the recurring things are done."""

    poll: timedelta = timedelta(seconds=1)
    """A look at the stream without being woken."""
    time: timedelta = timedelta(seconds=5)
    """Between two times told to the detector."""
    checkpoint: timedelta = timedelta(minutes=5)
    checkpoint_rows: int = 20_000


class Duty:
    """Keeps one worker going while this process holds the lease."""

    def __init__(
        self,
        worker: Worker,
        sessions: Sessions,
        situation: Situation,
        *,
        clock: Clock,
        progress: Progress,
        beside: Situation | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._worker = worker
        self._sessions = sessions
        self._situation = situation
        self._beside = beside
        """What it hears at every look at the time, where it has changed: it changes by itself, nobody tells of it."""
        self._clock = clock
        self._progress = progress
        self._pace = pace or Pace()
        self._awake = asyncio.Event()
        self._ending = asyncio.Event()
        self._look_again = True
        self._looked_on: date | None = None
        """Day in Beijing of the last look: with the day the season may turn."""
        self._time_seq = 0
        self._time_at: datetime | None = None
        self._checkpoint_at: datetime | None = None
        self._wait = 0.5
        self._away = False

    def wake(self) -> None:
        """There may be rows."""
        self._awake.set()

    def situation_changed(self) -> None:
        """Stations or rules may be others than the detector was told."""
        self._look_again = True
        self._awake.set()

    async def stand_by(self, database_url: str) -> None:
        """For ever: works while it is this process's turn."""
        await share_out(
            database_url, DETECTION, 1, lambda _: self.run(), on_change=self._changed,
            listen={inbox.CHANNEL: self.wake, REGISTRY_CHANNEL: self.situation_changed},
        )  # fmt: skip

    async def run(self) -> None:
        """Until cancelled; then the batch under way is finished and a checkpoint written."""
        self._worker.abandon()
        self._ending.clear()
        self._look_again, self._time_at, self._checkpoint_at = True, None, self._clock.now()
        under_way: asyncio.Future[None] | None = None
        try:
            while True:
                under_way = asyncio.ensure_future(self._guarded())
                await asyncio.shield(under_way)
        except asyncio.CancelledError:
            self._ending.set()
            self._awake.set()
            if under_way is not None:
                await asyncio.wait([under_way], timeout=LAST_WORD)
                under_way.cancel()
            await self._last_word()
            raise
        finally:
            self._worker.abandon()

    async def round(self) -> bool:
        """One step and whatever is due beside it; gives whether there may be more to do at once."""
        consumed = await self._worker.step()
        now = self._clock.now()
        due = self._time_at is None or now - self._time_at >= self._pace.time or self._look_again
        if due and self._worker.seq >= self._time_seq:
            await self.tell()
            return True
        rows = self._worker.seq - max(self._worker.saved_seq, 0)
        late = self._checkpoint_at is None or now - self._checkpoint_at >= self._pace.checkpoint
        if late or rows >= self._pace.checkpoint_rows:
            self._checkpoint_at = now
            await self._worker.checkpoint()
        return bool(consumed or await self._worker.prune())

    async def tell(self) -> None:
        """Appends to the stream that time has passed, and before it what has changed since it was told last.

        The detector hears of it when it comes to that row, as at every replay.
        """
        now = self._clock.now()
        today = now.astimezone(BEIJING).date()
        look, self._look_again = self._look_again or today != self._looked_on, False
        async with transaction(self._sessions) as session:
            present = dict(await self._situation(session)) if look else {}
            if self._beside is not None:
                present |= await self._beside(session)
            before = (await ledger.cursor(session, now=now)).told
            digests = {kind: ledger.digest(payload) for kind, payload in present.items()}
            changed = [kind for kind in digests if digests[kind] != before.get(kind)]
            if changed:
                await ledger.told(session, {kind: digests[kind] for kind in changed})
            rows = [inbox.control(kind, present[kind]) for kind in changed]
            rows.append(inbox.control(TIME, {"now": now.timestamp()}))
            self._time_seq = await inbox.append(session, rows, now=now)
        self._time_at = now
        if look:
            self._looked_on = today

    # ------------------------------------------------------------------ inside

    async def _guarded(self) -> None:
        """A round that never raises: what failed is tried again, after a growing pause."""
        self._awake.clear()
        try:
            more = await self.round()
        except Displaced as error:
            log.warning("detection.displaced", error=str(error))
            self._look_again = True
            await self._pause()
        except Exception as error:
            self._look_again = True
            if not database_is_away(error):
                log.error("detection.failed", exc_info=error)
            elif not self._away:
                log.warning("detection.database_away", error=type(error).__name__)
            self._away = database_is_away(error)
            await self._pause()
        else:
            if self._away:
                log.info("detection.database_back")
            self._away, self._wait = False, 0.5
            if not more:
                await _heard(self._awake, self._pace.poll.total_seconds())

    async def _pause(self) -> None:
        pause = spread(self._wait)
        self._wait = min(self._wait * 2, LONGEST_WAIT)
        await _heard(self._ending, pause)

    async def _last_word(self) -> None:
        try:
            async with asyncio.timeout(LAST_WORD):
                await self._worker.checkpoint()
        except Exception as error:
            # The one before and the stream make up for it.
            log.warning("detection.no_last_checkpoint", error=type(error).__name__)

    def _changed(self, held: frozenset[int]) -> None:
        if held:
            self._progress.took_over(self._clock.now())
        else:
            self._progress.gave_up()


async def _heard(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or so long."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
