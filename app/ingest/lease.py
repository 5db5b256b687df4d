"""Who does what only one process may do: pieces of work divided among the processes that stand ready for them.

Each piece has a session-level advisory lock: it dies with its connection, so a killed process holds nothing. Two
more locks, shared ones, say who stands ready and who waits for a share. A process that finds pieces free takes up
to its share; one that holds more than its share gives it up when somebody waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import asyncpg
import structlog
from sqlalchemy.engine import make_url

from models.jitter import spread

log = structlog.get_logger()
INTAKE = 0x6765_696E
DETECTION = 0x6765_6474
CHECK_EVERY = 2.0
LEFT_LYING = 5
"""Checks after which a free piece is taken by whoever sees it, whatever its share."""
_READY, _WANTING = 1_000_000, 1_000_001
"""In the place of a piece's number."""
_LOCKS = """
SELECT classid::bigint, count(*) FROM pg_locks
 WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND objid = $1::bigint::oid
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
 GROUP BY 1
"""

Work = Callable[[int], Awaitable[None]]
Told = Callable[[frozenset[int]], None]


@dataclass(frozen=True, slots=True)
class Share:
    """What one process should hold of `pieces` that `ready` processes divide."""

    most: int
    least: int

    @classmethod
    def of(cls, pieces: int, ready: int) -> "Share":
        return cls(-(-pieces // max(1, ready)), pieces // max(1, ready))


async def share_out(
    database_url: str,
    lease: int,
    pieces: int,
    work: Work,
    *,
    on_change: Told,
    listen: Mapping[str, Callable[[], None]] | None = None,
) -> None:
    """Runs `work(piece)` for every piece this process holds, for ever, and cancels it when the piece is given up.

    `on_change` hears which are held. `listen`: what to call at a notification on a channel, and once at the start.
    """
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    wait = 0.5
    said_away = False
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=5, command_timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not said_away:
                log.warning("lease.database_away", error=type(error).__name__)
            said_away = True
            await asyncio.sleep(spread(wait))
            wait = min(wait * 2, 15.0)
            continue
        wait, said_away = 0.5, False
        holder = _Holder(connection, lease, pieces, work, on_change)
        try:
            for channel, call in (listen or {}).items():
                await connection.add_listener(channel, lambda *_, call=call: call())
                call()
            await holder.hold()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("lease.lost", error=type(error).__name__)
        finally:
            await holder.drop_all()
            connection.terminate()


@dataclass(slots=True)
class _Holder:
    """One connection's locks, and the work under them."""

    connection: asyncpg.Connection
    lease: int
    pieces: int
    work: Work
    on_change: Told
    tasks: dict[int, "asyncio.Future[None]"] = field(default_factory=dict)
    free_for: dict[int, int] = field(default_factory=dict)
    wanting: bool = False
    said: bool = False

    async def hold(self) -> None:
        await self.connection.execute("SELECT pg_advisory_lock_shared($1)", self._key(_READY))
        while True:
            await self._check()
            if self.tasks:
                await asyncio.wait(
                    self.tasks.values(), timeout=CHECK_EVERY, return_when=asyncio.FIRST_COMPLETED
                )
            else:
                await asyncio.sleep(CHECK_EVERY)
            for task in self.tasks.values():
                if task.done():
                    task.result()
                    raise RuntimeError("work under a lease ended by itself")

    async def drop_all(self) -> None:
        await self._stop(list(self.tasks))

    async def _check(self) -> None:
        locks = {int(row[0]): int(row[1]) for row in await self.connection.fetch(_LOCKS, self.lease)}
        share = Share.of(self.pieces, locks.get(_READY, 1))
        waiting = locks.get(_WANTING, 0) - self.wanting
        if waiting > 0 and len(self.tasks) > share.least:
            await self._give_up(len(self.tasks) - share.least)
            return
        free = [piece for piece in range(self.pieces) if piece not in locks]
        self.free_for = {piece: self.free_for.get(piece, 0) + 1 for piece in free}
        for piece in free:
            if len(self.tasks) < share.most or self.free_for[piece] > LEFT_LYING:
                await self._take(piece)
        await self._want(len(self.tasks) < share.least)
        if not self.tasks and not self.said:
            log.info("lease.standby", lease=f"{self.lease:x}")
            self.on_change(frozenset())
        self.said = True

    async def _take(self, piece: int) -> None:
        if await self.connection.fetchval("SELECT pg_try_advisory_lock($1)", self._key(piece)):
            log.info("lease.held", lease=f"{self.lease:x}", piece=piece)
            self.tasks[piece] = asyncio.ensure_future(self.work(piece))
            self.on_change(frozenset(self.tasks))

    async def _give_up(self, count: int) -> None:
        given = sorted(self.tasks)[-count:]
        await self._stop(given)
        for piece in given:
            await self.connection.execute("SELECT pg_advisory_unlock($1)", self._key(piece))
            log.info("lease.handed_over", lease=f"{self.lease:x}", piece=piece)

    async def _stop(self, pieces: list[int]) -> None:
        tasks = [self.tasks.pop(piece) for piece in pieces]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.on_change(frozenset(self.tasks))

    async def _want(self, more: bool) -> None:
        if more != self.wanting:
            act = "pg_advisory_lock_shared" if more else "pg_advisory_unlock_shared"
            await self.connection.execute(f"SELECT {act}($1)", self._key(_WANTING))
            self.wanting = more

    def _key(self, piece: int) -> int:
        """Piece 0 has the lock that was the only one before work was divided: releases may run side by side."""
        return self.lease + (piece << 32)
