"""The live feed: the journal read in id order, woken by LISTEN/NOTIFY, with nothing missed and nothing twice.

One reader per process reads each event once and encodes it once. A listener has a bounded queue; one that is too
slow loses the queue, not the events: it goes on from the table where it was.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import structlog
from sqlalchemy.engine import make_url

from app.auth.scope import Scope
from app.database import Sessions
from app.journal import CHANNEL
from app.metrics import Metrics
from models.bulk import fetch
from models.clock import Clock

log = structlog.get_logger()
QUEUE = 500
PAGE = 500
REGISTRY_CHANNEL = "geshao_registry"
_SELECT = "SELECT id, kind, grid_id, data::text, recorded_at FROM journal WHERE id > $1"
# Should a notification be lost with its connection, the table is looked at anyway.
LOOK_ANYWAY = 5.0


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event, with its bytes on the wire made once for all listeners."""

    id: int
    kind: str
    grid_id: int | None
    recorded_at: datetime
    wire: bytes

    @property
    def sla(self) -> bool:
        return self.kind.startswith("sla.")


def _event(row: tuple[int, str, int | None, str, datetime]) -> FeedEvent:
    id_, kind, grid_id, data, recorded_at = row
    wire = f"id: {id_}\nevent: {kind}\ndata: {data}\n\n".encode()
    return FeedEvent(id_, kind, grid_id, recorded_at.astimezone(UTC), wire)


class Listener:
    """One open connection's place in the feed."""

    def __init__(self, scope: Scope, *, only_sla: bool, after: int) -> None:
        self._scope = scope
        self._only_sla = only_sla
        self.last = after
        self.queue: asyncio.Queue[FeedEvent | None] = asyncio.Queue(QUEUE)
        self.behind = True
        """Reads from the table until it has caught up with the hub."""

    def wants(self, event: FeedEvent) -> bool:
        return (event.sla or not self._only_sla) and self._scope.sees(event.grid_id)


class FeedHub:
    """Reads the journal once for all listeners of this process."""

    def __init__(self, sessions: Sessions, *, clock: Clock, metrics: Metrics) -> None:
        self._sessions = sessions
        self._clock = clock
        self._metrics = metrics
        self._listeners: set[Listener] = set()
        self._wake = asyncio.Event()
        self._head = 0
        self.closing = False
        self.registry_changed = asyncio.Event()

    async def head(self) -> int:
        """The newest committed event's id."""
        async with self._sessions() as session:
            rows = await fetch(session, "SELECT coalesce(max(id), 0) FROM journal")
            return int(rows[0][0])

    async def run(self, database_url: str) -> None:
        """Listens for ever; a lost connection is made anew with back-off, and the table fills the gap."""
        wait = 0.5
        while True:
            try:
                await self._listen(database_url)
                wait = 0.5
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("feed.listen_lost", error=type(error).__name__)
            await asyncio.sleep(wait * (1 + random.random()) / 2)  # noqa: S311 (jitter)
            wait = min(wait * 2, 15.0)

    async def catch_up(self) -> int:
        """Hands out what was committed since the last look; gives how many events."""
        count = 0
        while True:
            async with self._sessions() as session:
                rows = await fetch(session, f"{_SELECT} ORDER BY id LIMIT $2", self._head, PAGE)
            now = self._clock.now()
            for row in rows:
                event = _event(tuple(row))
                self._head = event.id
                self._metrics.lag.labels("feed").observe(max(0.0, (now - event.recorded_at).total_seconds()))
                self._hand_out(event)
            count += len(rows)
            if len(rows) < PAGE:
                return count

    async def listen(
        self, scope: Scope, *, only_sla: bool = False, after: int | None = None, heartbeat: float = 15.0
    ) -> AsyncIterator[bytes]:
        """Events as bytes on the wire, from `after` (or from now on); a comment line while nothing happens."""
        head = await self.head()
        # An id that is not given yet was heard from another database, before a restore: go on from what there is.
        listener = Listener(scope, only_sla=only_sla, after=head if after is None else min(after, head))
        self._listeners.add(listener)
        self._metrics.feed_listeners.inc()
        try:
            # Proxies hold back an answer until its first bytes: say at once that the stream is open.
            yield b"retry: 2000\n: open\n\n"
            while not self.closing:
                if listener.behind:
                    async for chunk in self._replay(listener):
                        yield chunk
                    continue
                try:
                    event = await asyncio.wait_for(listener.queue.get(), heartbeat)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if event is not None and event.id > listener.last:
                    listener.last = event.id
                    yield event.wire
        finally:
            self._listeners.discard(listener)
            self._metrics.feed_listeners.dec()

    def close(self) -> None:
        """Ends every open stream; clients come back with their Last-Event-ID."""
        self.closing = True
        for listener in self._listeners:
            _empty(listener.queue)
            listener.queue.put_nowait(None)

    # ------------------------------------------------------------------ inside

    async def _replay(self, listener: Listener) -> AsyncIterator[bytes]:
        """From the table, page by page, until the hub's own reading has been reached."""
        # From here on the hub puts new events into the queue again; what is in both is passed over by its id.
        listener.behind = False
        _empty(listener.queue)
        while not self.closing:
            async with self._sessions() as session:
                rows = await fetch(session, f"{_SELECT} ORDER BY id LIMIT $2", listener.last, PAGE)
            for row in rows:
                event = _event(tuple(row))
                listener.last = event.id
                if listener.wants(event):
                    yield event.wire
            if len(rows) < PAGE:
                return

    def _hand_out(self, event: FeedEvent) -> None:
        for listener in self._listeners:
            if listener.behind or not listener.wants(event):
                continue
            try:
                listener.queue.put_nowait(event)
            except asyncio.QueueFull:
                listener.behind = True
                _empty(listener.queue)
                # Wakes a listener that waits on the queue this very moment.
                listener.queue.put_nowait(None)
                self._metrics.feed_resyncs.inc()

    async def _listen(self, database_url: str) -> None:
        url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url, timeout=5)
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
            await connection.add_listener(REGISTRY_CHANNEL, lambda *_: self.registry_changed.set())
            # What changed while nobody listened.
            self.registry_changed.set()
            if self._head == 0:
                self._head = await self.head()
            while not connection.is_closed():
                self._wake.clear()
                await self.catch_up()
                try:
                    await asyncio.wait_for(self._wake.wait(), LOOK_ANYWAY)
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=5)
        finally:
            await connection.close(timeout=2)


def _empty(queue: asyncio.Queue[FeedEvent | None]) -> None:
    while not queue.empty():
        queue.get_nowait()
