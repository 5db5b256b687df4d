"""Shards of the intake over MQTT 3.1.1, which can say "these topics" but not "all the others".

Shard 0 keeps the subscription to everything, known grid or not, and passes over what another shard is certain to
get. The other shards subscribe to the topics of their own grids in persistent sessions of their own. From when on a
message may be passed over is told in band: once a shard's subscription for a grid is acknowledged it publishes a mark,
and whatever comes behind the mark in shard 0's own stream was given to the other session as well. What came before
it is taken by shard 0. So nothing falls between the two, and what both take is stored once.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Sessions, database_is_away, transaction
from app.ingest.mqtt import MqttSource
from app.ingest.shards import shard_of
from app.ingest.source import STATION_KINDS, TOPIC_ROOT, Message
from app.registry.directory import Directory
from models.bulk import fetch
from models.clock import Clock

log = structlog.get_logger()
MARK = "~shard"
"""In a topic, where a station's code stands; no station may have it, nor publish under it."""
EVERY = timedelta(seconds=5)
SOON = 0.2
OLD = timedelta(seconds=15)
"""Nothing is passed over on knowledge of covers that is older."""
PAUSE = timedelta(seconds=30)
"""From taking a cover back to ending the subscription: well over OLD, so that shard 0 knows of it."""
_COVERED = "SELECT grid, shard FROM intake_cover WHERE covered_at IS NOT NULL"
_MINE = "SELECT grid, mark, covered_at FROM intake_cover WHERE shard = $1"
_OFFER = """
INSERT INTO intake_cover (grid, shard, mark) SELECT grid, $2, $3 FROM unnest($1::varchar[]) AS t(grid)
ON CONFLICT (grid, shard) DO UPDATE SET mark = excluded.mark WHERE intake_cover.mark = ''
"""
_MET = "UPDATE intake_cover SET covered_at = $4 WHERE grid = $1 AND shard = $2 AND mark = $3 AND covered_at IS NULL"
_TAKE_BACK = (
    "UPDATE intake_cover SET covered_at = NULL, mark = '' WHERE shard = $1 AND grid = ANY($2::varchar[])"
)
_GONE = "DELETE FROM intake_cover WHERE shard = $1 AND grid = ANY($2::varchar[]) AND mark = ''"


def topics(grids: Iterable[str]) -> list[str]:
    """Filters for everything that stations send under these grids."""
    return [f"{TOPIC_ROOT}/{grid}/+/{kind}" for grid in sorted(grids) for kind in STATION_KINDS]


def grids_of(directory: Directory, shard: int, shards: int) -> frozenset[str]:
    """Codes of the grids a shard subscribes to: those that can stand in a station's topic."""
    return frozenset(
        grid.code for grid in directory.grids if grid.level <= 2 and shard_of(grid.code, shards) == shard
    )


async def pieces(sessions: Sessions, shards: int) -> int:
    """How many shards are to be read: also those that a larger setting has left behind, until they are empty."""
    async with sessions() as session:
        ((last,),) = await fetch(session, "SELECT coalesce(max(shard), 0) FROM intake_cover")
    return max(shards, int(last) + 1)


class Sifted:
    """A shard's messages without what belongs to another one; a source like the one it stands before."""

    def __init__(
        self, source: MqttSource, sessions: Sessions, clock: Clock, *, shard: int, shards: int
    ) -> None:
        self._source = source
        self._sessions = sessions
        self._clock = clock
        self._shard = shard
        self._shards = shards
        self._covered: set[str] = set()
        """Grids that shard 0 passes over."""
        self._known_at: datetime | None = None
        self._rest: deque[Message] = deque()
        """Behind a mark that is not entered yet."""

    @property
    def connected(self) -> bool:
        return self._source.connected

    @property
    def waiting(self) -> int:
        return self._source.waiting + len(self._rest)

    async def start(self) -> None:
        await self._source.start()

    async def stop(self) -> None:
        await self._source.stop()

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self._source.acknowledge(messages)

    async def take(self, limit: int, linger: float) -> list[Message]:
        """As the source; what was taken before is done with when this is called again."""
        while True:
            if not self._rest:
                self._rest.extend(await self._source.take(limit, linger))
            await self._look()
            kept = await self._sift(limit)
            if kept:
                return kept

    async def _sift(self, limit: int) -> list[Message]:
        """What is this shard's, up to a mark: that is entered once everything before it is done with."""
        kept: list[Message] = []
        passed: list[Message] = []
        while self._rest and len(kept) < limit:
            message = self._rest[0]
            _, _, grid, station, *_ = (*message.topic.split("/", 4), "", "", "", "")
            if station == MARK:
                if kept and self._shard == 0:
                    break
                await self._enter(grid, message.payload)
                passed.append(message)
            elif self._shard == 0 and grid in self._covered:
                passed.append(message)
            else:
                kept.append(message)
            self._rest.popleft()
        self._source.acknowledge(passed)
        return kept

    async def _enter(self, grid: str, payload: bytes) -> None:
        """A mark in shard 0's stream: from here on the grid is another shard's, if the mark is genuine."""
        shard, _, mark = payload.decode("utf-8", "replace").partition(" ")
        if self._shard != 0 or not mark or not shard.isdecimal() or int(shard) > 2**31 - 1:
            return
        while True:
            try:
                async with transaction(self._sessions) as session:
                    await fetch(session, _MET, grid, int(shard), mark, self._clock.now())
                break
            except Exception as error:
                if not database_is_away(error):
                    raise
                await asyncio.sleep(1)
        self._known_at = None
        await self._look()

    async def _look(self) -> None:
        """Covers as the database has them; none while it cannot be asked."""
        now = self._clock.now()
        if self._shard != 0 or (self._known_at is not None and now - self._known_at < EVERY):
            return
        try:
            async with self._sessions() as session:
                rows = await fetch(session, _COVERED)
        except Exception as error:
            if not database_is_away(error):
                raise
            if self._known_at is None or now - self._known_at > OLD:
                self._covered = set()
            return
        self._covered = {grid for grid, shard in rows if shard and shard == shard_of(grid, self._shards)}
        self._known_at = now


class Cover:
    """Keeps a shard's subscriptions those of its grids, and shard 0 told of them."""

    def __init__(
        self,
        source: MqttSource,
        sessions: Sessions,
        directory: Directory,
        clock: Clock,
        *,
        shard: int,
        shards: int,
    ) -> None:
        self._source = source
        self._sessions = sessions
        self._directory = directory
        self._clock = clock
        self._shard = shard
        self._shards = shards
        self._taken_back: dict[str, datetime] = {}
        """Grids that are another shard's now, and since when shard 0 can know that this one gives them up."""
        self._taken = 0

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            try:
                complete = await self.look()
            except Exception as error:
                # A database that is away the consumer meets too, and says so.
                if not database_is_away(error):
                    log.error("cover.failed", shard=self._shard, exc_info=error)
                complete = False
            await asyncio.sleep(EVERY.total_seconds() if complete else SOON)

    async def look(self) -> bool:
        """One look; whether all of its grids are covered."""
        grids = grids_of(self._directory, self._shard, self._shards)
        async with self._sessions() as session:
            known = {row[0]: row for row in await fetch(session, _MINE, self._shard)}
        given_up = await self._give_up(known.keys() - grids)
        self._source.follow(topics((grids | known.keys()) - given_up))
        missing = {grid for grid in grids if grid not in known or known[grid][2] is None}
        if not missing or not self._source.connected:
            return not missing
        async with transaction(self._sessions) as session:
            await _offer(session, missing, self._shard)
            marks = {row[0]: row[1] for row in await fetch(session, _MINE, self._shard)}
        for grid in sorted(missing):
            # Said again at every look until it is met: shard 0 may never have been connected before.
            topic = f"{TOPIC_ROOT}/{grid}/{MARK}/status"
            self._source.publish(topic, f"{self._shard} {marks[grid]}".encode())
        return False

    async def _give_up(self, grids: Collection[str]) -> set[str]:
        """Grids that another number of shards gives to another one: first shard 0 has to know, then it may end.

        What was queued for this session until then is still read. A cover that was given up is forgotten once
        nothing came any more for a while; without any, the session is one that nobody needs. Gives those whose
        subscription has ended.
        """
        now = self._clock.now()
        quiet = self._source.waiting == 0 and self._source.taken == self._taken
        self._taken = self._source.taken
        new = [grid for grid in grids if grid not in self._taken_back]
        over = {grid for grid in grids if grid in self._taken_back and now - self._taken_back[grid] > PAUSE}
        ended = [grid for grid in over if now - self._taken_back[grid] > 2 * PAUSE and quiet]
        if new or ended:
            async with transaction(self._sessions) as session:
                await fetch(session, _TAKE_BACK, self._shard, new)
                await fetch(session, _GONE, self._shard, ended)
            self._taken_back |= dict.fromkeys(new, now)
        if over and self._source.connected:
            self._source.drop(topics(over))
        if ended:
            log.info("cover.given_up", shard=self._shard, grids=len(ended))
        return over


async def _offer(session: AsyncSession, grids: Collection[str], shard: int) -> None:
    await fetch(session, _OFFER, sorted(grids), shard, secrets.token_urlsafe(24))


@dataclass(frozen=True, slots=True)
class Reader:
    """A shard's source, not started, and what has to run beside it, if anything."""

    source: MqttSource | Sifted
    cover: Cover | None = None


def open_shard(
    url: str,
    client_id: str,
    shard: int,
    shards: int,
    *,
    max_queue: int,
    sessions: Sessions,
    directory: Directory,
    clock: Clock,
) -> Reader:
    """Shard 0 has the session and the subscription that an undivided intake has; the others have their own."""
    if shard == 0:
        source = MqttSource(url, client_id, max_queue=max_queue)
        if shards == 1:
            return Reader(source)
        return Reader(Sifted(source, sessions, clock, shard=shard, shards=shards))
    mine = topics(grids_of(directory, shard, shards))
    own = MqttSource(url, f"{client_id}-{shard}", max_queue=max_queue, topics=mine)
    cover = Cover(own, sessions, directory, clock, shard=shard, shards=shards)
    return Reader(Sifted(own, sessions, clock, shard=shard, shards=shards), cover)
