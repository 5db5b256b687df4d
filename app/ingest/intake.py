"""One batch of messages into the database: readings, quarantine and all that follows, in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.detection import inbox
from app.detection.port import STATUS
from app.ingest import parts
from app.ingest.decode import MAX_PAYLOAD, Bounds, Topic, decode, decode_status, parse_topic
from app.ingest.hj212 import message as hj212
from app.ingest.parts import Waiting
from app.ingest.quarantine import Refused, keep
from app.ingest.source import Message
from app.ingest.store import Arrived, Stored, store
from app.ingest.words import Status, note_words
from app.registry.directory import Directory
from models.bulk import fetch
from models.enums import InboxKind, QuarantineReason
from models.facts import Reading, Rejected, StationInfo

_SEEN = """
UPDATE station s
   SET last_observed_at = greatest(s.last_observed_at, n.observed_at),
       last_received_at = greatest(s.last_received_at, n.received_at),
       said_offline_at = CASE WHEN s.said_offline_at < n.received_at THEN NULL ELSE s.said_offline_at END
  FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) AS n(id, observed_at, received_at)
 WHERE s.id = n.id
"""
SEEN_EVERY = timedelta(seconds=5)


@dataclass(slots=True)
class Sorted:
    """A batch after decoding: what goes where."""

    readings: list[Arrived] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    parts: list[Waiting] = field(default_factory=list)
    """Frames of messages in several, HJ 212."""
    part_days: set[date] = field(default_factory=set)

    def days(self) -> set[date]:
        """Days that readings may be stored under: a part may be the last one and make a reading."""
        return {reading.observed_at.date() for _, reading in self.readings} | self.part_days


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch came to, for metrics and answers."""

    stored: int
    duplicates: int
    corrected: int
    refused: Counter[str]
    transport_s: float | None
    """Seconds from the newest reading's instant to its arrival."""


class Intake:
    """Decodes, resolves stations, stores and hands on; knows when each station was last heard."""

    def __init__(self, directory: Directory, *, retention: timedelta) -> None:
        self._directory = directory
        self._retention = retention
        self._seen: dict[int, tuple[datetime, datetime]] = {}
        self._seen_written: datetime | None = None

    def sort(self, messages: Iterable[Message], *, now: datetime) -> Sorted:
        """Decodes messages in their order; touches nothing."""
        batch = Sorted()
        bounds = Bounds.at(now, self._retention)
        for message in messages:
            name, payload = message.topic, message.payload
            topic = parse_topic(name)
            if topic is None:
                _refuse(batch, name, None, QuarantineReason.BAD_TOPIC, "not a station's topic", payload)
                continue
            station = self._directory.station(topic.station)
            if station is None:
                if payload or topic.kind != "status":
                    detail = f"no station {topic.station}"
                    _refuse(batch, name, topic.station, QuarantineReason.UNKNOWN_STATION, detail, payload)
                continue
            if station.grid_code != topic.grid:
                detail = f"{station.code} belongs to {station.grid_code}, not {topic.grid}"
                _refuse(batch, name, topic.station, QuarantineReason.WRONG_GRID, detail, payload)
                continue
            self._take(batch, message, topic, station, bounds)
        return batch

    async def write(self, session: AsyncSession, batch: Sorted, *, now: datetime) -> Outcome:
        """Stores a sorted batch and everything that follows from it; partitions must be there."""
        await self.join(session, batch, now=now)
        stored = await store(session, batch.readings, now=now)
        await keep(session, batch.refused, now=now)
        await self._write_seen(session, batch.readings, now)
        await note_words(session, batch.statuses, now=now)
        rows = _stream(batch, stored, now)
        if rows:
            await inbox.append(session, rows, now=now)
        newest = max((batch.readings[i][1].observed_at for i in stored.new), default=None)
        return Outcome(
            len(stored.new),
            stored.duplicates,
            len(stored.corrected),
            Counter(item.rejected.reason.value for item in batch.refused),
            None if newest is None else max(0.0, (now - newest).total_seconds()),
        )

    async def join(self, session: AsyncSession, batch: Sorted, *, now: datetime) -> None:
        """Turns the parts of a batch into what they complete: readings or refusals. A second call does nothing."""
        if not batch.parts:
            return
        gathered = await parts.gather(session, batch.parts, now=now)
        batch.parts.clear()
        batch.refused += gathered.refused
        bounds = Bounds.at(now, self._retention)
        for whole in gathered.whole:
            station, topic, part = whole.last.station, whole.last.topic, whole.last.part
            dialect = self._directory.dialect(station.id)
            if dialect is None:  # the profile was changed between the decoding and now
                result: Reading | Rejected = _unreadable(b"\r\n".join(whole.frames))
            else:
                result = hj212.join(whole.frames, part.kind, station.code, dialect, bounds)
            if isinstance(result, Rejected):
                await parts.drop(session, whole)
                batch.refused.append(Refused(topic, station.code, result))
            else:
                batch.readings.append((station, result))

    def forget(self) -> None:
        """After a rollback: when stations were last heard is written anew."""
        self._seen_written = None

    def _take(
        self, batch: Sorted, message: Message, topic: Topic, station: StationInfo, bounds: Bounds
    ) -> None:
        name, payload = message.topic, message.payload
        if topic.kind == "reading":
            readings, rejected = decode(station.code, payload, bounds)
            batch.readings += [(station, reading) for reading in readings]
            batch.refused += [Refused(name, station.code, item) for item in rejected]
        elif topic.kind == "status":
            # An empty retained message only takes the old status back.
            said = decode_status(payload) if payload else None
            if isinstance(said, Rejected):
                batch.refused.append(Refused(name, station.code, said))
            elif said is not None:
                batch.statuses.append(Status(station, said, message.retained))
        else:
            self._take_hj212(batch, name, payload, station, bounds)

    def _take_hj212(
        self, batch: Sorted, name: str, payload: bytes, station: StationInfo, bounds: Bounds
    ) -> None:
        dialect = self._directory.dialect(station.id)
        if dialect is None:
            batch.refused.append(Refused(name, station.code, _unreadable(payload)))
            return
        decoded = hj212.decode(station.code, payload, dialect, bounds)
        batch.readings += [(station, reading) for reading in decoded.readings]
        batch.refused += [Refused(name, station.code, item) for item in decoded.rejected]
        for part in decoded.parts:
            batch.parts.append(Waiting(station, name, part))
            if part.observed_at is not None and bounds.oldest <= part.observed_at <= bounds.latest:
                batch.part_days.add(part.observed_at.date())

    async def _write_seen(self, session: AsyncSession, readings: Sequence[Arrived], now: datetime) -> None:
        """Every few seconds instead of with every batch: an update per reading would double the cost of storing."""
        seen = self._seen
        for station, reading in readings:
            known = seen.get(station.id)
            if known is None or known[0] < reading.observed_at or known[1] != now:
                newest = reading.observed_at if known is None else max(known[0], reading.observed_at)
                seen[station.id] = (newest, now)
        if not seen or (self._seen_written is not None and now - self._seen_written < SEEN_EVERY):
            return
        # In one order everywhere, so that two processes never wait for each other in a circle.
        ids = sorted(seen)
        await fetch(session, _SEEN, ids, [seen[i][0] for i in ids], [seen[i][1] for i in ids])
        self._seen = {}
        self._seen_written = now


def _stream(batch: Sorted, stored: Stored, now: datetime) -> list[tuple[InboxKind, bytes]]:
    """What detection has to hear of a batch: what is new in it, in order of arrival, then what stations say."""
    rows = []
    corrected = set(stored.corrected)
    heard = stored.new if not corrected else sorted([*stored.new, *stored.corrected])
    at = now.timestamp()
    if heard:
        arrived = batch.readings
        rows.append(
            inbox.readings(
                [
                    (
                        station.id,
                        said.observed_at,
                        at,
                        said.values,
                        said.met,
                        said.lon,
                        said.lat,
                        n in corrected,
                    )
                    for n, (station, said) in ((n, arrived[n]) for n in heard)
                ]
            )
        )
    if batch.statuses:
        words = [[said.station.id, said.online, said.retained] for said in batch.statuses]
        rows.append(inbox.control(STATUS, {"at": at, "said": words}))
    return rows


def _unreadable(payload: bytes) -> Rejected:
    detail = "the station's hj212 profile is of another release; load the registry again"
    cut = len(payload) > MAX_PAYLOAD
    return Rejected(QuarantineReason.UNSUPPORTED, detail, payload[:MAX_PAYLOAD], truncated=cut)


def _refuse(
    batch: Sorted, topic: str, station: str | None, reason: QuarantineReason, detail: str, payload: bytes
) -> None:
    cut = len(payload) > MAX_PAYLOAD
    clean = detail.replace("\x00", "")[:400]
    batch.refused.append(
        Refused(topic, station, Rejected(reason, clean, payload[:MAX_PAYLOAD], truncated=cut))
    )
