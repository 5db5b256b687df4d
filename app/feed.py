"""The live feed: the journal read in id order, woken by LISTEN/NOTIFY, with nothing missed and nothing twice.

One reader per process reads each event once and encodes it once. A listener has a bounded queue; one that is too
slow loses the queue, not the events: it goes on from the table where it was.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import structlog
from sqlalchemy.engine import make_url

from app.board.wanted import Traits, Wanted, traits_of
from app.database import Sessions
from app.journal import CHANNEL
from app.metrics import Metrics
from models.bulk import fetch
from models.clock import Clock
from models.jitter import spread

log = structlog.get_logger()
QUEUE = 500
PAGE = 500
REGISTRY_CHANNEL = "geshao_registry"
_SELECT = "SELECT id, kind, grid_id, data::text, recorded_at FROM journal WHERE id > $1"
# Should a notification be lost with its connection, the table is looked at anyway.
LOOK_ANYWAY = 5.0
HEARTBEAT = 15.0


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event, with its bytes on the wire made once for all listeners."""

    id: int
    traits: Traits
    recorded_at: datetime
    wire: bytes


def _event(row: Sequence[Any]) -> FeedEvent:
    id_, kind, grid_id, data, recorded_at = row
    wire = f"id: {id_}\nevent: {kind}\ndata: {data}\n\n".encode()
    return FeedEvent(id_, traits_of(kind, grid_id, data), recorded_at.astimezone(UTC), wire)


class Listener:
    """One open connection's place in the feed."""

    def __init__(self, wanted: Wanted, *, after: int, ticks: bool) -> None:
        self.wants = wanted.wants
        self.ticks = ticks
        self.last = after
        """Everything up to this id was sent, or is not for this listener."""
        self.queue: deque[FeedEvent | bytes] = deque()
        self.woken = asyncio.Event()
        self.behind = True
        """Reads from the table until it has caught up with the hub."""
        self._loop = asyncio.get_running_loop()
        self._spoke = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def spoken(self) -> None:
        """Something was sent."""
        self._spoke = self._loop.time()

    def silent_for(self, seconds: float) -> bool:
        """Whether nothing was sent for so long; if not, it is woken when that may be so.

        One timer for a silence, and not one for each event: at 1,000 listeners those cost more than the sending.
        """
        left = self._spoke + seconds - self._loop.time()
        if left <= 0:
            return True
        if self._timer is None:
            self._timer = self._loop.call_later(left, self._ring)
        return False

    def _ring(self) -> None:
        self._timer = None
        self.woken.set()

    def hang_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @property
    def idle(self) -> bool:
        return not self.behind and not self.queue

    def put(self, item: FeedEvent | bytes) -> bool:
        """False when it is too slow: the queue is full."""
        if len(self.queue) >= QUEUE:
            return False
        self.queue.append(item)
        self.woken.set()
        return True

    def fall_behind(self) -> None:
        self.behind = True
        self.queue.clear()
        self.woken.set()

    def taken(self) -> bytes:
        """All that waits, as one piece."""
        wires = []
        while self.queue:
            item = self.queue.popleft()
            if isinstance(item, bytes):
                wires.append(item)
            elif item.id > self.last:
                self.last = item.id
                wires.append(item.wire)
        return b"".join(wires)


class FeedHub:
    """Reads the journal once for all listeners of this process."""

    def __init__(self, sessions: Sessions, *, clock: Clock, metrics: Metrics) -> None:
        self._sessions = sessions
        self._clock = clock
        self._metrics = metrics
        self._listeners: set[Listener] = set()
        self._wake = asyncio.Event()
        self._head = 0
        self._begun = False
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
            await asyncio.sleep(spread(wait))
            wait = min(wait * 2, 15.0)

    async def catch_up(self) -> int:
        """Hands out what was committed since the last look; gives how many events."""
        count = 0
        while True:
            async with self._sessions() as session:
                rows = await fetch(session, f"{_SELECT} ORDER BY id LIMIT $2", self._head, PAGE)
            now = self._clock.now()
            for row in rows:
                event = _event(row)
                self._head = event.id
                self._metrics.lag.labels("feed").observe(max(0.0, (now - event.recorded_at).total_seconds()))
                self._hand_out(event)
            count += len(rows)
            if len(rows) < PAGE:
                return count

    async def listen(
        self, wanted: Wanted, *, after: int | None = None, ticks: bool = False, heartbeat: float = HEARTBEAT
    ) -> AsyncIterator[bytes]:
        """Events as bytes on the wire, from `after` (or from now on).

        While nothing happens that is wanted, every `heartbeat` seconds a comment with the time and the newest id, and
        that id alone, so that a client resumes behind what was not for it. With `ticks` the same as an event `tick`
        without an id, for clients that see no comments.
        """
        head = await self.head()
        # An id that is not given yet was heard from another database, before a restore: go on from what there is.
        listener = Listener(wanted, after=head if after is None else min(after, head), ticks=ticks)
        self._listeners.add(listener)
        self._metrics.feed_listeners.inc()
        try:
            # Proxies hold back an answer until its first bytes: say at once that the stream is open.
            yield b"retry: 2000\n: open\n\n" + self._sign_of_life(listener)
            while not self.closing:
                if listener.behind:
                    async for chunk in self._replay(listener):
                        yield chunk
                    continue
                if chunk := listener.taken():
                    listener.spoken()
                    yield chunk
                    continue
                if listener.silent_for(heartbeat):
                    if listener.idle:
                        # All that the hub has read was handed out here, or passed over.
                        listener.last = max(listener.last, self._head)
                    listener.spoken()
                    yield self._sign_of_life(listener)
                    continue
                listener.woken.clear()
                await listener.woken.wait()
        finally:
            listener.hang_up()
            self._listeners.discard(listener)
            self._metrics.feed_listeners.dec()

    def close(self) -> None:
        """Ends every open stream; clients come back with their Last-Event-ID."""
        self.closing = True
        for listener in self._listeners:
            listener.woken.set()

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @property
    def quiet(self) -> bool:
        """Whether everything the hub has read is on its way to whoever listens."""
        return all(heard.idle and heard.last >= self._head for heard in self._listeners)

    def say(self, name: str, data: Mapping[str, Any]) -> None:
        """A word of this process to all its listeners: no event, without an id, told to nobody who comes later.

        A comment, or an event for those who asked for ticks.
        """
        body = msgspec.json.encode(data).decode()
        comment, event = f": {name} {body}\n\n".encode(), f"event: {name}\ndata: {body}\n\n".encode()
        for listener in self._listeners:
            # Who is behind will look at the table, and who is too slow has other worries.
            listener.put(event if listener.ticks else comment)

    # ------------------------------------------------------------------ inside

    def _sign_of_life(self, listener: Listener) -> bytes:
        """The time, and where to resume: a block with an id and no data moves a client's position and is no event."""
        now, last = self._clock.now().isoformat(), listener.last
        lines = f": now={now} id={last}\nid: {last}\n\n"
        if listener.ticks:
            lines += f'event: tick\ndata: {{"now":"{now}","id":{last}}}\n\n'
        return lines.encode()

    async def _replay(self, listener: Listener) -> AsyncIterator[bytes]:
        """From the table, page by page, until the hub's own reading has been reached."""
        # From here on the hub puts new events into the queue again; what is in both is passed over by its id.
        listener.behind = False
        listener.queue.clear()
        while not self.closing:
            async with self._sessions() as session:
                rows = await fetch(session, f"{_SELECT} ORDER BY id LIMIT $2", listener.last, PAGE)
            found = [_event(row) for row in rows]
            wires = [event.wire for event in found if listener.wants(event.traits)]
            if found:
                listener.last = found[-1].id
                # Also where none of a page is wanted the position moves: who breaks off here begins here again.
                yield b"".join(wires) + f"id: {listener.last}\n\n".encode()
            if len(rows) < PAGE:
                return

    def _hand_out(self, event: FeedEvent) -> None:
        for listener in self._listeners:
            if listener.behind or not listener.wants(event.traits):
                continue
            if not listener.put(event):
                listener.fall_behind()
                self._metrics.feed_resyncs.inc()

    async def _begin(self) -> None:
        """From what there is; listeners that were quicker look at the table for what the hub passes over."""
        self._head = max(self._head, await self.head())
        self._begun = True
        for listener in self._listeners:
            listener.fall_behind()

    async def _listen(self, database_url: str) -> None:
        url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url, timeout=5)
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
            await connection.add_listener(REGISTRY_CHANNEL, lambda *_: self.registry_changed.set())
            # What changed while nobody listened.
            self.registry_changed.set()
            if not self._begun:
                await self._begin()
            while not connection.is_closed():
                self._wake.clear()
                await self.catch_up()
                try:
                    await asyncio.wait_for(self._wake.wait(), LOOK_ANYWAY)
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=5)
        finally:
            await connection.close(timeout=2)
