"""Sends what waits in the outbox: claims, sends with no transaction open, and writes down what became of it."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.context import Context
from app.database import transaction
from app.notices.present import moot
from app.notices.texts import Item, composed, page_of
from models.enums import Channel, EventKind, OutboxState
from models.facts import Told
from notify import addresses, health, links, notices, outbox
from notify.bundling import MOST, OTHERWISE, Waiting, plan
from notify.decide import way_of
from notify.gateway import Gateway, Message, Way
from notify.health import Change
from notify.notices import Pending
from notify.outbox import Claimed
from notify.outcome import DEDUPES, Outcome, retry, undeliverable, unknown
from notify.seal import Address, Seal

log = structlog.get_logger()
PASSES = 20
SIDE_BY_SIDE = 20
"""Messages on their way at once: all of them time out well within the outbox's lease."""
RECHECK = timedelta(minutes=1)
"""How long this process takes a way for working without writing it down again."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Letters that go out as one message."""

    letters: tuple[Claimed, ...]
    message: Message | None = field(default=None, repr=False)
    """To people; None for what machines read."""
    nowhere: str | None = None
    """Why there is no address to send it to."""


class Sender:
    """One process's hands at the outbox; any number of processes may have some."""

    def __init__(self, context: Context, gateways: Mapping[str, Gateway], ways: Mapping[str, Way]) -> None:
        self._context = context
        self._gateways = gateways
        self._ways = ways
        self._seal = Seal(context.secret_key)
        self._signer = links.Signer(context.secret_key)
        self._failing: set[str] = set()
        self._worked: dict[str, datetime] = {}

    @property
    def channels(self) -> list[str]:
        return sorted({*self._gateways, *self._ways})

    async def send(self, channel: str) -> int:
        """Sends what is due on a channel; gives how many letters went out."""
        delivered = 0
        with self._context.metrics.passes.labels(f"outbox-{channel}").time():
            for _ in range(PASSES):
                parcels = await (
                    self._claim_letters(channel)
                    if channel in self._gateways
                    else self._claim_notices(channel)
                )
                delivered += sum(await asyncio.gather(*(self._deliver(parcel) for parcel in parcels)))
                if not parcels:
                    break
        return delivered

    async def _claim_letters(self, channel: str) -> list[Parcel]:
        """One claim holds at most one letter of each lane, so its letters may go out side by side."""
        context = self._context
        async with transaction(context.sessions) as session:
            now = context.clock.now()
            letters = await outbox.claim(session, [channel], now=now, limit=SIDE_BY_SIDE)
            own = [letter for letter in letters if letter.destination.startswith("target:")]
            found = await addresses.resolve(session, [letter.destination for letter in own], self._seal)
        return [_letter(letter, found.get(letter.destination)) for letter in letters]

    async def _claim_notices(self, channel: str) -> list[Parcel]:
        context, settings = self._context, self._context.settings.notify
        async with transaction(context.sessions) as session:
            now = context.clock.now()
            left = await notices.lost(session, channel, ask=channel in settings.waits, now=now)
            if left:
                log.warning("outbox.sender_died", channel=channel, letters=left)
            waiting = await notices.waiting(session, channel, now=now, limit=SIDE_BY_SIDE)
            if not waiting:
                return []
            overtaken = await moot(session, (n for lane in waiting.values() for n in lane))
            tried = await notices.tried(session, channel, list(waiting), now=now)
            found = await addresses.resolve(session, list(waiting), self._seal)
            going: list[tuple[Address, list[Pending]]] = []
            for lane, pending in waiting.items():
                decided = plan(
                    [_waiting(n, overtaken) for n in pending], tried.get(lane, ()), now,
                    most=MOST.get(Channel(channel), OTHERWISE), per_minute=settings.per_minute,
                )  # fmt: skip
                to = found[lane]
                if isinstance(to, str):
                    await notices.give_up(session, [n.id for n in pending], to)
                    continue
                await notices.carry_out(session, decided, now=now)
                by_id = {n.id: n for n in pending}
                if decided.send:
                    going.append((to, [by_id[id_] for id_ in decided.send]))
            urls = await self._urls(session, [n for _, sent in going for n in sent])
        base, segments = context.settings.public_url, context.settings.sms.segments
        return [_parcel(channel, sent, to, urls, base, segments) for to, sent in going]

    async def _urls(self, session: AsyncSession, sent: Sequence[Pending]) -> dict[int, str]:
        """Links, by the id of the notice they go with; the token is made here and stored nowhere."""
        base = self._context.settings.public_url
        if base is None:
            return {}
        wanted = {n.id: link for n in sent if isinstance(link := n.payload.get("link"), int)}
        known = await links.load(session, sorted(set(wanted.values())))
        now = self._context.clock.now()
        return {
            id_: f"{base.rstrip('/')}/a/{self._signer.token(link)}"
            for id_, number in wanted.items()
            if (link := known.get(number)) is not None and link.used_at is None and link.expires_at > now
        }

    async def _deliver(self, parcel: Parcel) -> int:
        context = self._context
        first = parcel.letters[0]
        outcome = await self._attempt(parcel)
        way = way_of(first.channel, first.destination)
        now = context.clock.now()
        async with transaction(context.sessions) as session:
            ask = first.channel in context.settings.notify.waits
            state = await outbox.record(session, parcel.letters, outcome, now=now, ask=ask)
            if outcome.arrived and way in self._failing:
                own = first.destination if way != first.channel else None
                await outbox.hasten(session, first.channel, destination=own, now=now)
            change = await self._note(session, way, outcome)
            if change is not None:
                await context.pipeline.told(session, [self.news(change)], now=now)
        self._remember(way, outcome)
        return self._count(parcel, outcome, state)

    async def _attempt(self, parcel: Parcel) -> Outcome:
        first, message = parcel.letters[0], parcel.message
        now = self._context.clock.now()
        try:
            if parcel.nowhere is not None:
                return undeliverable(parcel.nowhere)
            if message is not None:
                return await self._ways[first.channel].send(message, now=now)
            return await self._gateways[first.channel].send(first, now=now)
        except (httpx.HTTPError, OSError, TimeoutError) as fault:
            error = type(fault).__name__
            return retry(error) if Channel(first.channel) in DEDUPES else unknown(error)

    async def _note(self, session: AsyncSession, way: str, outcome: Outcome) -> Change | None:
        now = self._context.clock.now()
        if outcome.works is None:
            return None
        if not outcome.works:
            return await health.failed(session, way, outcome.error or "", now=now)
        last = self._worked.get(way)
        if way not in self._failing and last is not None and last > now - RECHECK:
            return None
        return await health.worked(session, way, now=now)

    def _remember(self, way: str, outcome: Outcome) -> None:
        """After the commit: what was rolled back is not remembered."""
        if outcome.works is False:
            self._failing.add(way)
            self._worked.pop(way, None)
        elif outcome.works:
            self._failing.discard(way)
            self._worked[way] = self._context.clock.now()

    def news(self, change: Change) -> Told:
        """A way that went down, or works again, as the prefecture hears it."""
        directory, now = self._context.directory, self._context.clock.now()
        prefecture = directory.prefecture
        grid = None if prefecture is None else directory.grid(prefecture)
        detail = {"way": change.way, "since": change.since.isoformat()}
        if change.error is not None:
            detail["error"] = change.error
        kind = EventKind.CHANNEL_DOWN if change.down else EventKind.CHANNEL_UP
        log.warning("channel.down" if change.down else "channel.up", way=change.way, error=change.error)
        return Told(kind, prefecture, None if grid is None else grid.code, now, detail=detail)

    def _count(self, parcel: Parcel, outcome: Outcome, state: OutboxState) -> int:
        metrics, now = self._context.metrics, self._context.clock.now()
        first = parcel.letters[0]
        if not outcome.arrived:
            metrics.outbox_failed.labels(first.channel).inc()
            log.warning(
                "outbox.failed", key=first.key, attempt=first.attempts, state=state.value,
                final=state is OutboxState.FAILED, error=outcome.error,
            )  # fmt: skip
            return 0
        metrics.outbox_sent.labels(first.channel).inc(len(parcel.letters))
        for letter in parcel.letters:
            metrics.lag.labels("outbox").observe(max(0.0, (now - letter.created_at).total_seconds()))
        return len(parcel.letters)


def _letter(letter: Claimed, to: Address | str | None) -> Parcel:
    if isinstance(to, str):
        return Parcel((letter,), nowhere=to)
    return Parcel((letter if to is None else replace(letter, to=to),))


def _waiting(notice: Pending, overtaken: frozenset[int]) -> Waiting:
    clock = notice.payload.get("clock_id")
    return Waiting(
        notice.id, notice.about, notice.urgent, notice.due_at, notice.held,
        clock if isinstance(clock, int) else None, notice.id in overtaken,
    )  # fmt: skip


def _parcel(
    channel: str,
    sent: Sequence[Pending],
    to: Address,
    urls: Mapping[int, str],
    base: str | None,
    segments: int,
) -> Parcel:
    items = [Item(n.about, n.payload, n.again, urls.get(n.id), page_of(base, n.payload)) for n in sent]
    title, text = composed(Channel(channel), items, segments=segments)
    # Another composition is another message: a reader must not take it for a repetition.
    ids = ",".join(str(n.id) for n in sent)
    key = sent[0].key if len(sent) == 1 else f"{sent[0].key}_{hashlib.sha256(ids.encode()).hexdigest()[:12]}"
    return Parcel(tuple(n.claimed(channel) for n in sent), Message(key, title, text, to))
